#!/usr/bin/env python3
"""A server that breaks off what it says by HTTP/2, and not by HTTP/1.1: odd_h2.py DIR PORT ADDRESS

Speaks both over TLS (DIR/good.pem, DIR/good.key), knows no path, and answers everything with
the same text, without a length. By HTTP/2 only half of it comes, and then what DIR/manner
says: "reset" takes the stream back without an error code, "frame" sends one that is broken.
"gzip" sends all of it, compressed; "refuse" refuses the stream; "silent" says nothing at all
to who holds on to the connection that was told nothing first, "gzip" to others. What FLOODS
has a name for is sent until the other side has had enough. By HTTP/1.1 it is chunked.

DIR/odd.log gets a line for each request: "unix_ms protocol connection"."""
import gzip
import os
import socket
import ssl
import sys
import threading
import time

folder, port, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
log_fd = os.open(os.path.join(folder, "odd.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
TEXT = b"# a text\n<title>whole</title><p>" + b"some words of it, " * 40 + b"and the last one</p>\n"
DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM = ACK = 1
END_HEADERS = 4
REFUSED = bytes([0, 0, 0, 7])  # REFUSED_STREAM


def manner():
    with open(os.path.join(folder, "manner"), encoding="ascii") as f:
        return f.read().strip()


def note(protocol, number):
    os.write(log_fd, f"{time.time() * 1000:.0f} {protocol} {number}\n".encode())


def field(name, value):  # a literal without indexing, RFC 7541 6.2.2
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def frame(kind, flags, stream, payload=b""):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
            + payload)


HEAD = b"\x88" + field(b"content-type", b"text/html")
# An entry of the table of 4,000 bytes, which a byte stands for each time from then on.
ENTRY = b"\x40\1x\x7f\xa1\x1e" + b"v" * 4000
FLOODS = {  # what comes first, and what comes then, on stream 1
    "pings": (b"", frame(6, 0, 0, bytes(8))),
    "windows": (b"", frame(8, 0, 0, bytes([0, 0, 0, 1]))),
    "heads": (frame(HEADERS, 0, 1, HEAD), frame(9, 0, 1, field(b"x", b"y" * 100))),
    "table": (frame(HEADERS, 0, 1, HEAD + ENTRY), frame(9, 0, 1, b"\xbe" * 100)),
}


class Http2:
    any_dead = is_dead = False

    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile("rb")

    def send(self, kind, flags, stream, payload=b""):
        self.connection.sendall(frame(kind, flags, stream, payload))

    def flood(self, first, then):
        self.connection.sendall(first)
        while True:
            self.connection.sendall(then * 500)

    def answer(self, stream):
        how = manner()
        self.is_dead = self.is_dead or (how == "silent" and not Http2.any_dead)
        if self.is_dead:
            Http2.any_dead = True
            return None
        if how == "refuse":
            return self.send(RST_STREAM, 0, stream, REFUSED)
        if how in FLOODS:
            self.flood(*FLOODS[how])
        if how in ("gzip", "silent"):
            self.send(HEADERS, END_HEADERS, stream, HEAD + field(b"content-encoding", b"gzip"))
            return self.send(DATA, END_STREAM, stream, gzip.compress(TEXT))
        self.send(HEADERS, END_HEADERS, stream, HEAD)
        self.send(DATA, 0, stream, TEXT[: len(TEXT) // 2])
        if how == "reset":
            return self.send(RST_STREAM, 0, stream, bytes(4))
        return self.send(DATA, 8, stream, b"\xff....")  # padding longer than the frame

    def serve(self, number):
        self.stream.read(24)  # the preface
        self.send(SETTINGS, 0, 0)
        while len(head := self.stream.read(9)) == 9:
            self.stream.read(int.from_bytes(head[:3], "big"))
            if head[3] == SETTINGS and not head[4] & ACK:
                self.send(SETTINGS, ACK, 0)
            elif head[3] == HEADERS:
                note("h2", number)
                self.answer(int.from_bytes(head[5:], "big"))


def serve_plain(connection, number):
    stream = connection.makefile("rb")
    while stream.readline():
        while stream.readline().strip():
            pass
        note("http/1.1", number)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked"
                           b"\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT))


def serve(raw, number):
    try:
        with context.wrap_socket(raw, server_side=True) as connection:
            if connection.selected_alpn_protocol() == "h2":
                Http2(connection).serve(number)
            else:
                serve_plain(connection, number)
    except OSError:  # who hangs up has his reasons
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(folder, "good.pem"), os.path.join(folder, "good.key"))
context.set_alpn_protocols(["h2", "http/1.1"])
listener = socket.create_server((address, port))
for count in range(1, 1000):
    threading.Thread(target=serve, args=(listener.accept()[0], count), daemon=True).start()
