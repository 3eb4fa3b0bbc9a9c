#!/usr/bin/env python3
"""A server that does one thing wrong at a time: odd_server.py PORT ADDRESS...

Its paths say what they do; see the table below. Each request is one line on stdout: the
path and what conditions it had. robots.txt of an address that ends in .2 disallows
/private, that of .3 is an error 500, and there is none elsewhere."""
import email.utils
import random
import socket
import socketserver
import struct
import sys
import threading
import time

port, addresses = int(sys.argv[1]), sys.argv[2:]
OLD = "Mon, 01 Jan 2024 00:00:00 GMT"
PAGE = b"<title>page</title><p>Some words of a page."


def reply(status, headers=(), body=b""):
    lines = [f"HTTP/1.1 {status}", "Date: " + email.utils.formatdate(usegmt=True), *headers]
    if not status.startswith(("304", "204")):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def page(tag=None, date=None, body=PAGE):
    fields = [f"ETag: {tag}"] if tag else []
    return reply("200 OK", fields + ([f"Last-Modified: {date}"] if date else []), body)


def noise():
    return PAGE + str(random.random()).encode()


def apache(tag, date):  # mod_deflate: it marks the tag and does not know it again
    known = tag and '"a"' in tag.split(", ")
    return reply("304 x", ['ETag: "a"']) if known or (not tag and date) else page('"a-gzip"', OLD)


def exact(tag, date):  # nginx
    if (tag or date) and (not tag or '"e"' in tag) and (not date or date == OLD):
        return reply("304 x", ['ETag: "e"'])
    return page('"e"', OLD)


def picky(tag, date):  # h2o, civetweb: no lists, no weak tags; and conditions are no reason
    if tag == '"p"':
        return reply("304 x", ['ETag: "p"'])
    return reply("500 x") if tag and tag.startswith("W/") else page('"p"')


def liar(tag, date):  # the validators stand, the page does not
    return reply("304 x") if tag and '"l"' in tag else page('"l"', body=noise())


def moving(tag, date):  # a new page and new validators each time
    body = noise()
    return page(f'"{hash(body):x}"', body=body)


ANSWERS = {
    "/page": lambda tag, date: page('"v1"', OLD),
    "/plain": lambda tag, date: page(),
    "/bad-tags": lambda tag, date: page("v1", "yesterday"),
    "/unasked": lambda tag, date: reply("304 Not Modified", ['ETag: "u"', "X: \x1b[31m\x9b"]),
    "/part": lambda tag, date: reply("206 x", ["Content-Range: bytes 0-3/9"], b"part"),
    "/yes": lambda tag, date: reply("304 x") if tag or date else page('"y"', OLD),
    "/apache": apache,
    "/exact": exact,
    "/picky": picky,
    "/liar": liar,
    "/moving": moving,
    "/busy": lambda tag, date: reply("429 x") if tag or date else page('"b"', OLD),
    "/other": lambda tag, date: reply("304 x", ['ETag: "z"']) if tag else page('"o"'),
    "/hop": lambda tag, date: reply("301 x", ["Location: /hop2"]),
    "/hop2": lambda tag, date: reply("302 x", ["Location: /page"]),
    "/circle": lambda tag, date: reply("302 x", ["Location: /circle"]),
    "/nowhere": lambda tag, date: reply("302 x"),
    "/elsewhere": lambda tag, date: reply("302 x", [f"Location: http://127.77.4.2:{port}/private"]),
    "/not-gzip": lambda tag, date: reply("200 OK", ["Content-Encoding: gzip"], PAGE),
    "/garbage": lambda tag, date: b"\x00\x01 220 this is no HTTP \x1b[2J\r\n\r\n",
    "/escapes": lambda tag, date: b"HTTP/1.1 200 OK\r\nX-Esc: \x1b]0;own\x07\x9b31m\r\nX-Bare: \\ lf\n"
                                  b"ETag: \"\xe9\x80\"\r\nContent-Length: 2\r\n\r\nok",
}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, *_):
        pass


class Odd(socketserver.StreamRequestHandler):
    def handle(self):
        while self.one():
            pass

    def one(self):
        path = self.rfile.readline().decode("latin-1").split(" ")[1]
        fields = {}
        while (line := self.rfile.readline().strip()):
            name, _, value = line.decode("latin-1").partition(": ")
            fields[name.lower()] = value
        tag, date = fields.get("if-none-match"), fields.get("if-modified-since")
        print(path, self.server.server_address[0], tag, date, flush=True)
        return self.answer(path, tag, date)

    def answer(self, path, tag, date):
        last = self.server.server_address[0].rpartition(".")[2]
        if path == "/robots.txt":
            rules = reply("200 OK", [], b"User-agent: *\nDisallow: /private\n")
            self.wfile.write({"2": rules, "3": reply("500 x")}.get(last, reply("404 x")))
        elif path == "/silent":
            self.rfile.read(1)
            return False
        elif path == "/reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
            return False
        elif path == "/slow":
            time.sleep(0.4)
            self.wfile.write(page())
        elif path == "/huge":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X: " + b"y" * 1000 + b"\r\n")
        elif path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
            return False
        elif path.startswith("/status/"):
            self.wfile.write(reply(path[8:] + " x"))
        else:
            self.wfile.write(ANSWERS.get(path, lambda *_: reply("404 x"))(tag, date))
        return True


servers = [Server((address, port), Odd) for address in addresses]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
