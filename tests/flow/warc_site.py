#!/usr/bin/env python3
"""warc_site.py ADDRESS PORT - a site with an answer of each kind that an archive must get
right: by path /etag/N, /same/N (no validators), /gzip/N, /chunked/N, /moved, else 404."""
import gzip
import http.server
import socketserver
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, *fields):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body or b"")

    def do_GET(self):
        kind = self.path.split("/")[1]
        body = f"<title>{self.path}</title><p>words of {self.path}".encode()
        html = "Content-Type", "text/html; charset=utf-8"
        if kind == "etag" and self.headers["If-None-Match"] == '"v1"':
            self.answer(304, None, ("ETag", '"v1"'))
        elif kind == "etag":
            self.answer(200, body, html, ("ETag", '"v1"'), ("Set-Cookie", "a=b"))
        elif kind == "same":
            self.answer(200, body, html)
        elif kind == "gzip":
            self.answer(200, gzip.compress(body, mtime=0), html, ("Content-Encoding", "gzip"))
        elif kind == "chunked":
            chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            self.answer(200, None, html, ("Transfer-Encoding", "chunked"))
            self.wfile.write(chunk)
        elif kind == "moved":
            self.answer(302, b"", ("Location", "/etag/0"))
        else:
            self.answer(404, b"no such page", ("Content-Type", "text/plain"))

    def log_message(self, *unused):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
