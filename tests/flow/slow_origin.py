#!/usr/bin/env python3
"""An origin that is slow, busy, big or silent on demand: slow_origin.py DIR PORT ADDRESS...

Its paths say what they do: /slow/2000/x answers after 2 s, /held/x when there is a
DIR/release, /hang/x never, /busy/60/x with 429 and Retry-After: 60, /error/503/x with that
status, /big/300/x with 300 KiB that do not compress, /fresh/x with other words each time,
/script/x with what a hostile page has; anything else is a small page that changes with the
text in DIR/version. robots.txt is DIR/robots-ADDRESS if there is one.

DIR/log gets a line when a request comes and one when its answer is done:
"S|E unix_ms address path status", where status is 0 in the first."""
import hashlib
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder, port, addresses = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
log_fd = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def read(name):
    try:
        with open(os.path.join(folder, name), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


SCRIPT = b"""<title>&lt;img src=x onerror=alert(1)>"'&lt;b></title>
<img src=x onerror=alert(1)>
<p>words <script>document.title = "taken"; parent.taken = 1</script>
<img src="http://127.77.6.9:18929/outside.png"><meta http-equiv=refresh content="0;url=/2">
<form action="/api/v1/ack?cursor=1" method=post><button>go</button></form>"""


class Origin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def note(self, event, status=0):
        address = self.connection.getsockname()[0]
        line = f"{event} {time.time() * 1000:.0f} {address} {self.path} {status}\n"
        os.write(log_fd, line.encode())

    def answer(self, status, body=b"", headers=()):
        if status == 200:
            tag = '"%s"' % hashlib.sha1(body).hexdigest()[:12]
            headers = (("ETag", tag), ("Content-Type", "text/html"), *headers)
            if self.headers.get("If-None-Match") == tag:
                status, body = 304, b""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.note("E", status)

    def page(self, words):
        text = f"<title>{self.path}</title><p>{words} of {self.path}</p>"
        self.answer(200, text.encode())

    def do_GET(self):
        self.note("S")
        kind, argument = (self.path.split("/") + ["", ""])[1:3]
        if kind == "robots.txt":
            rules = read("robots-" + self.connection.getsockname()[0])
            return self.answer(404) if rules is None else self.answer(200, rules)
        if kind == "hang":
            self.rfile.read(1)  # until the other side has had enough
            return None
        while kind == "held" and read("release") is None:
            time.sleep(0.02)
        if kind == "slow":
            time.sleep(int(argument) / 1000)
        if kind == "busy":
            return self.answer(429, headers=(("Retry-After", argument),))
        if kind == "error":
            return self.answer(int(argument))
        if kind == "big":
            noise = random.Random(self.path).randbytes(int(argument) * 512).hex()
            return self.answer(200, f"<title>big</title><p>{noise}".encode())
        if kind == "script":
            return self.answer(200, SCRIPT)
        if kind == "fresh":
            return self.page(f"words {random.random()} {time.time()}")
        return self.page((read("version") or b"first").decode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_):  # who hangs up has his reasons
        pass


servers = [Server((address, port), Origin) for address in addresses]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
