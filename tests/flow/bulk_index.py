#!/usr/bin/env python3
"""bulk_index.py FILE PORT - an index that takes `POST /_bulk` as strictly as OpenSearch does,
and answers every GET with its documents. While FILE exists it answers 503 instead."""
import http.server
import json
import os
import sys

refusing, port = sys.argv[1], int(sys.argv[2])
documents = {}


def items(body):
    """Applies the body; (status, items). One bad line and nothing of it is applied."""
    if not body.endswith(b"\n"):
        raise ValueError("the body must end with a line feed")
    lines, todo = iter(body[:-1].split(b"\n")), []
    for line in lines:
        action = json.loads(line.decode("utf-8"))
        (name, meta), = action.items()
        if name not in ("index", "delete") or set(meta) - {"_id", "_index"}:
            raise ValueError(f"unknown action or parameter: {line!r}")
        if not 0 < len(meta["_id"].encode()) <= 512:
            raise ValueError("an id of 1 to 512 bytes is wanted")
        source = json.loads(next(lines).decode("utf-8")) if name == "index" else None
        if name == "index" and not isinstance(source, dict):
            raise ValueError("a document must be an object")
        todo.append((name, meta["_id"], source))
    for name, key, source in todo:
        if name == "index":
            documents[key] = source
        else:
            documents.pop(key, None)
    return [{name: {"_id": key, "status": 200}} for name, key, _ in todo]


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, documents)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if os.path.exists(refusing):
            self.answer(503, {"error": "not now"})
        elif self.path != "/_bulk" or self.headers["Content-Type"] != "application/x-ndjson":
            self.answer(406, {"error": "what is this?"})
        else:
            try:
                self.answer(200, {"errors": False, "items": items(body)})
            except (ValueError, KeyError, StopIteration) as e:
                self.answer(400, {"error": str(e)})

    def log_message(self, *unused):
        pass


http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
