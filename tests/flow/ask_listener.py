#!/usr/bin/env python3
"""Asks a listener as its clients, good and bad, do. ask_listener.py PORT SITE WHAT...

Exits with 0 when everything is as it should be; else it says what is not."""
import base64
import gzip
import json
import math
import re
import socket
import sys
import time
import urllib.parse

PORT, SITE = int(sys.argv[1]), sys.argv[2]
TOKEN = "0123456789abcdef-token"
BEARER = {"Authorization": "Bearer " + TOKEN}
failed = False


def expect(good, what):
    global failed
    if not good:
        failed = True
        print("wrong:", what)


def dial(address="127.0.0.1"):
    s = socket.create_connection((address, PORT), timeout=100)
    return s


def read_all(s):
    got = b""
    while True:
        try:
            more = s.recv(65536)
        except ConnectionResetError:
            return got
        if not more:
            return got
        got += more


def raw(request, address="127.0.0.1"):
    with dial(address) as s:
        try:
            s.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_all(s)


def ask(target, method="GET", headers=None, body=b"", address="127.0.0.1"):
    """(status, headers with small names, body)"""
    fields = {"Host": f"127.0.0.1:{PORT}", "Connection": "close"}
    if method == "POST":
        fields["Content-Length"] = str(len(body))
    fields.update(headers or {})
    head = "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)
    got = raw(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body, address)
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split()[1]) if lines[0] else 0
    return status, {k.lower(): v.strip() for k, _, v in
                    (line.partition(":") for line in lines[1:])}, body


def statuses(rows):
    for why, wanted, target, *rest in rows:
        status, _, body = ask(target, *rest)
        expect(status == wanted, f"{why}: {status}, wanted {wanted}: {body[:200]!r}")


def hosts():
    """REQ 85"""
    for host, wanted in [(f"127.0.0.1:{PORT}", 200), ("127.0.0.1", 200), ("localhost", 200),
                         ("LOCALHOST:1", 200), ("mon.example", 200), ("evil.example", 421),
                         (f"evil.example:{PORT}", 421), ("10.0.0.1", 421), ("", 421),
                         ("localhost.evil.example", 421)]:
        for target in ("/", "/metrics", "/api/v1/live", "/healthz", "/nothing"):
            status = ask(target, headers={"Host": host})[0]
            good = status == wanted or (target == "/nothing" and wanted == 200
                                        and status == 404)
            expect(good, f"Host {host!r} for {target}: {status}")
    expect(ask("/healthz", headers={"Host": None})[0] == 400, "no Host")
    two = raw(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n"
              f"Connection: close\r\n\r\n".encode())
    expect(two.startswith(b"HTTP/1.1 400"), f"two Hosts: {two[:40]!r}")
    # RFC 9112 3.2.2: a target in absolute form, whose authority counts and not Host.
    for target, host, wanted in ((f"http://127.0.0.1:{PORT}/healthz", "127.0.0.1", 200),
                                 ("HTTP://localhost/healthz?x", "evil.example", 200),
                                 ("http://localhost", "localhost", 200),
                                 ("http://localhost/nothing", "localhost", 404),
                                 ("http://evil.example/metrics", "127.0.0.1", 421),
                                 ("http://x@evil.example/", "localhost", 421),
                                 ("http:///healthz", "localhost", 421)):
        status = ask(target, headers={"Host": host})[0]
        expect(status == wanted, f"{target} for {host}: {status}")


def changes():
    """REQ 86: POST, the token in a header, a same-origin Origin."""
    ours = {"Origin": f"http://127.0.0.1:{PORT}"}
    wrong = {"Authorization": "Bearer 0123456789abcdef-tokem"}
    basic = {"Authorization": "Basic " + base64.b64encode(
        b"x:" + TOKEN.encode()).decode()}
    rows = []
    for target in ("/api/v1/ack?cursor=0", "/api/v1/seeds", "/api/v1/recheck",
                   "/api/v1/pings"):
        body = f"{SITE}/1\n".encode() if "ack" not in target else b""
        rows += [
            ("no token", 401, target, "POST", {}, body),
            ("a wrong token", 401, target, "POST", wrong, body),
            ("a token that browsers add", 401, target, "POST", basic, body),
            ("the token in the target", 401, target + ("&" if "?" in target else "?")
             + "token=" + TOKEN, "POST", {}, body),
            ("another Origin", 403, target, "POST",
             {**BEARER, "Origin": "http://evil.example"}, body),
            ("a frame without an origin", 403, target, "POST",
             {**BEARER, "Origin": "null"}, body),
            ("two tokens", 401, target, "POST",
             {**BEARER, "authorization": "Bearer x"}, body),
            ("GET", 405, target, "GET", BEARER),
            ("HEAD", 405, target, "HEAD", BEARER),
            ("PUT", 405, target, "PUT", BEARER),
            ("another Host", 421, target, "POST", {**BEARER, "Host": "evil.example"}, body),
            ("all in order", 200, target, "POST", {**BEARER, **ours}, body),
            ("no page at all", 200, target, "POST", BEARER, body),
        ]
    statuses(rows)


def limits():
    big = f"{SITE}/1\n".encode() * 330000
    statuses([
        ("a head that fits", 200, "/healthz", "GET", {"X": "a" * 7000}),
        ("a head of more than 8 KiB", 431, "/healthz", "GET", {"X": "a" * 8300}),
        ("a head of much more", 431, "/healthz", "GET", {"X": "a" * 100000}),
        ("a body of more than 8 MiB", 413, "/api/v1/seeds", "POST", BEARER, big),
        ("a GET with a body", 400, "/healthz", "GET", {"Content-Length": "3"}, b"abc"),
        ("no such path", 404, "/nothing"),
        ("no such path above", 404, "/../../etc/passwd"),
        ("a method that is none", 405, "/healthz", "BREW"),
        ("POST to what is read", 405, "/metrics", "POST"),
        ("an unknown parameter", 400, "/api/v1/list?db=/etc"),
        ("a parameter that is no number", 400, "/api/v1/list?limit=many"),
        ("a NUL", 400, "/api/v1/show?url=http://a/%00"),
        ("no URL", 400, "/api/v1/show"),
        ("no such page", 404, f"/api/v1/show?url={SITE}/none"),
        ("no such host", 404, "/api/v1/host?host=none.example"),
        ("no cursor", 400, "/api/v1/ack", "POST", BEARER),
        ("a cursor that was never handed out", 400, "/api/v1/ack?cursor=99999999", "POST",
         BEARER),
        ("seeds without a body", 400, "/api/v1/seeds", "POST", BEARER),
        ("seeds in damaged gzip", 400, "/api/v1/seeds", "POST", BEARER,
         gzip.compress(f"{SITE}/1\n".encode() * 9)[:-9]),
        ("seeds in what begins as gzip", 400, "/api/v1/seeds", "POST", BEARER,
         b"\x1f\x8b\x08" + b"\xff" * 40),
        ("seeds of too many lines", 413, "/api/v1/seeds", "POST", BEARER,
         gzip.compress(f"{SITE}/1\n".encode() * 200001)),
        ("blank lines alone", 413, "/api/v1/seeds", "POST", BEARER,
         gzip.compress(b"\n" * 200001)),
        ("one line without an end", 413, "/api/v1/seeds", "POST", BEARER,
         gzip.compress(b"x" * (65 << 20), 1)),
        ("a recheck of too many lines", 413, "/api/v1/recheck", "POST", BEARER,
         b"a\n" * 200001),
        ("an archive as seeds", 400, "/api/v1/seeds?format=warc", "POST", BEARER, b"WARC/1.0"),
        ("recheck of nothing", 400, "/api/v1/recheck", "POST", BEARER),
        ("JSON that is none", 400, "/api/v1/pings", "POST", BEARER, b"{"),
    ])
    target = "/api/v1/show?url=" + "a" * 9000
    expect(ask(target)[0] in (414, 431), "a long target")
    chunks = b"".join(b"10000\r\n" + b"x" * 0x10000 + b"\r\n" for _ in range(140))
    got = raw(f"POST /api/v1/seeds HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
              f"Authorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
              + chunks + b"0\r\n\r\n")
    expect(b"HTTP/1.1 413" in got[:200], f"9 MiB in chunks: {got[:100]!r}")
    for framing in (b"Content-Length: 4\r\nContent-Length: 5", b"Transfer-Encoding: xchunked",
                    b"Content-Length: 4\r\nTransfer-Encoding: chunked"):
        got = raw(b"POST /api/v1/recheck HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                  + TOKEN.encode() + b"\r\n" + framing + b"\r\n\r\n0\r\n\r\n"
                  b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        expect(got.startswith(b"HTTP/1.1 400") and got.count(b"HTTP/1.1 ") == 1,
               f"{framing!r} ends two requests: {got[:40]!r}")
    expect(ask("/api/v1/plan?budgets=" + ",".join(["1/s"] * 65))[0] == 400, "65 budgets")
    for garbage in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50,
                    b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
                    b"POST /api/v1/seeds HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Length: -1\r\n\r\n",
                    b"POST /api/v1/seeds HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Length: 99999999999999999999999\r\n\r\n"):
        with dial() as s:
            s.sendall(garbage)
            s.shutdown(socket.SHUT_WR)
            got = read_all(s)
        expect(not got.startswith(b"HTTP/1.1 2"), f"{garbage[:40]!r}: {got[:40]!r}")
    expect(ask("/healthz")[0] == 200, "it still answers")


def headers():
    for target in ("/", "/metrics", "/api/v1/live", "/nothing"):
        _, h, _ = ask(target)
        for name, value in (("cache-control", "no-store"),
                            ("x-content-type-options", "nosniff"),
                            ("referrer-policy", "no-referrer"),
                            ("cross-origin-resource-policy", "same-origin")):
            expect(h.get(name) == value, f"{target}: {name}: {h.get(name)}")
        policy = h.get("content-security-policy", "")
        expect("frame-ancestors 'none'" in policy, f"{target}: no policy")
        expect(target == "/" or "default-src 'none'" in policy, f"{target}: {policy}")
    _, _, body = ask("/")
    expect(re.search(rb"content=\"default-src 'none'; style-src 'sha256-[^\"]*; "
                     rb"script-src 'sha256-", body) is not None, "the page's own policy")
    status, h, body = ask("/metrics", "HEAD")
    expect(status == 200 and int(h["content-length"]) > 1000 and body == b"", "HEAD")
    expect(ask("/metrics", "POST")[1].get("allow") == "GET, HEAD", "Allow")


def page(path):
    """REQ 73, 86: what the web wrote runs nothing, asks nobody and is nobody."""
    status, h, body = ask("/page?url=" + urllib.parse.quote(path, safe=""))
    policy = h.get("content-security-policy", "")
    rules = dict(r.strip().partition(" ")[::2] for r in policy.split(";"))
    expect(status == 200 and b"<script>" in body, f"the body as it is: {status} {body!r}")
    expect(rules.get("sandbox") == "" and rules.get("default-src") == "'none'", policy)
    expect("script-src" not in rules, policy)
    expect(set(rules) == {"sandbox", "default-src", "style-src", "img-src", "font-src",
                          "frame-ancestors"}, policy)
    expect(rules["img-src"] == "data:" and rules["frame-ancestors"] == "'self'", policy)
    expect(h.get("x-content-type-options") == "nosniff", "nosniff")


def idle():
    """REQ 86: who says nothing, or never comes to an end, is shown out."""
    def times(first, drip):
        with dial() as s:
            began = time.monotonic()
            s.sendall(first)
            s.settimeout(0.5 if drip else 60)
            while True:
                try:
                    if not s.recv(4096):
                        break
                except socket.timeout:
                    try:
                        s.sendall(drip)
                    except OSError:
                        break
                except OSError:
                    break
            return time.monotonic() - began
    silent = times(b"", None)
    expect(9 <= silent <= 28, f"a silent one stayed for {silent:.1f} s")
    half = times(b"GET / HTTP/1.1\r\nHost: loc", None)
    expect(9 <= half <= 28, f"half a head stayed for {half:.1f} s")


def drip():
    with dial() as s:
        began = time.monotonic()
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        s.settimeout(1)
        while time.monotonic() - began < 120:
            try:
                if not s.recv(4096):
                    break
            except socket.timeout:
                try:
                    s.sendall(b"a")
                except OSError:
                    break
            except OSError:
                break
        took = time.monotonic() - began
    expect(29 <= took <= 90, f"a head that drips stayed for {took:.1f} s")


def crowd():
    """REQ 86: the 65th waits until one has gone."""
    guests = [dial() for _ in range(64)]
    for s in guests:  # all 64 are served ...
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        expect(s.recv(4096).startswith(b"HTTP/1.1 200"), "one of 64")
    late = dial()
    late.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    late.settimeout(1)
    try:
        expect(False, f"the 65th was served: {late.recv(100)!r}")
    except socket.timeout:
        pass
    guests.pop().close()
    late.settimeout(60)
    try:
        expect(late.recv(4096).startswith(b"HTTP/1.1 200"), "the 65th, when one has gone")
    except socket.timeout:
        expect(False, "the 65th waited in vain")
    for s in guests + [late]:
        s.close()


def slow():
    """Of 5500 KiB for those who do not read, one answer takes all but a little. Another is
    more than that, and made long before who does not read is shown out."""
    seeds = "".join(f"http://127.77.6.9:1/{'x' * 8000}{i}\n" for i in range(600)).encode()
    status, _, answer = ask("/api/v1/seeds", "POST", BEARER, gzip.compress(seeds))
    expect(status == 200, f"seeds: {status} {answer!r}")

    def begin(n_pages):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.settimeout(100)
        s.connect(("127.0.0.1", PORT))
        s.sendall(f"GET /api/v1/list?host=127.77.6.9&limit={n_pages} HTTP/1.1\r\n"
                  "Host: localhost\r\nConnection: close\r\n\r\n".encode())
        return s, s.recv(12)
    first, got = begin(1000)
    expect(got == b"HTTP/1.1 200", f"the first: {got!r}")
    second, got = begin(30)
    expect(got == b"HTTP/1.1 503", f"the second, while the first is on its way: {got!r}")
    second.close()
    expect(ask("/healthz")[0] == 200, "small answers are given")
    first.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    size = len(read_all(first))
    expect(size > 4 << 20, f"the first has got all of it: {size}")
    first.close()
    status, _, body = ask("/api/v1/list?host=127.77.6.9&limit=1000")
    expect(status == 200 and len(body) > 4 << 20, f"the next one: {status}")


NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"^({NAME})(\{{(.*)\}})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
UNITS = ("seconds", "bytes", "ratio", "total", "info", "pages", "price", "fds", "cursor",
         "flight", "waiting", "play", "second", "stopped")


def metrics():
    """The text format 0.0.4, strictly, and the naming rules that promtool checks."""
    status, h, body = ask("/metrics")
    expect(status == 200 and h["content-type"].startswith("text/plain; version=0.0.4"),
           "content type")
    text = body.decode("utf-8")
    expect(text.endswith("\n"), "the last line has no end")
    types, helps, seen, current = {}, {}, {}, None
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            name, _, words = line[7:].partition(" ")
            expect(name not in helps and words, f"HELP of {name}")
            helps[name] = words
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            expect(name not in types and name in helps, f"TYPE of {name}")
            expect(kind in ("counter", "gauge"), line)
            types[name] = kind
            current = name
        else:
            m = SAMPLE.match(line)
            expect(m is not None, f"no sample: {line}")
            if not m:
                continue
            name, labels, value = m.group(1), m.group(3) or "", m.group(4)
            expect(name == current, f"{name} among those of {current}")
            expect(re.fullmatch(r"(?:" + LABEL.pattern + r")*", labels) is not None, line)
            pairs = LABEL.findall(labels)
            expect(not {"url", "host"} & {p[0] for p in pairs}, f"a label of the web: {line}")
            expect(math.isfinite(float(value)), line)
            key = (name, labels)
            expect(key not in seen, f"twice: {line}")
            seen[key] = float(value)
    for name, kind in types.items():
        expect((kind == "counter") == name.endswith("_total"), f"{name} is a {kind}")
        expect(name.split("_")[-1] in UNITS, f"{name}: unit")
        expect(name.startswith(("freshet_", "process_")), name)
    return seen


def value(name):
    print(metrics().get((name, ""), "nothing"))


def ready():
    expect(ask("/readyz")[0] == 200, "/readyz")


def unready():
    status, _, body = ask("/readyz")
    expect(status == 503 and b"not where it was" in body, f"/readyz: {status} {body!r}")


def at_least(name, labels, least):
    got = metrics().get((name, labels))
    expect(got is not None and got >= float(least), f"{name}: {got}")


def mirrors(target, file):
    """The answer's lines are those of the command, but for what time does to them."""
    status, _, body = ask(target)
    with open(file, encoding="utf-8") as f:
        ours = [json.loads(line) for line in f]
    theirs = [json.loads(line) for line in body.decode().splitlines()]
    expect(status == 200 and len(ours) == len(theirs) > 0,
           f"{status}, {len(theirs)} lines, wanted {len(ours)}")

    def flat(o, path=""):
        if isinstance(o, dict):
            return {k: v for key, x in o.items() for k, v in flat(x, f"{path}.{key}").items()}
        if isinstance(o, list):
            return {k: v for i, x in enumerate(o) for k, v in flat(x, f"{path}.{i}").items()}
        return {path: o}
    for a, b in zip(map(flat, ours), map(flat, theirs)):
        expect(a.keys() == b.keys(), f"keys: {a.keys() ^ b.keys()}")
        for k in a:
            moves = isinstance(a[k], float) or k.endswith(("_s", ".at", ".since", ".until", "_at"))
            expect(moves or a[k] == b[k], f"{k}: {a[k]} and {b[k]}")


def posts(base):
    def post(target, body=b"", **more):
        status, _, answer = ask(target, "POST", {**BEARER, **more}, body)
        expect(status == 200, f"{target}: {status} {answer!r}")
        return json.loads(answer) if status == 200 else {}
    r = post("/api/v1/seeds", f"{base}/n1\nno url\n{base}/n2\ttag=x\n{base}/n1\n".encode())
    expect((r.get("done"), r.get("known"), r.get("refused")) == (2, 1, 1), r)
    expect([f["line"] for f in r.get("refusals", [])] == [2], r)
    r = post("/api/v1/seeds?format=ndjson", f'{{"url":"{base}/n3"}}\n'.encode())
    expect(r.get("done") == 1, r)
    r = post("/api/v1/recheck", f"{base}/n1\n{base}/never\n".encode())
    expect((r.get("done"), r.get("refused")) == (1, 1), r)
    r = post("/api/v1/recheck?tag=x")
    expect(r.get("done") == 1, r)
    r = post("/api/v1/pings", json.dumps(
        {"host": "h", "key": "k", "urlList": [f"{base}/n1", "ftp://a/", 7]}).encode())
    expect((r.get("done"), r.get("refused")) == (1, 2), r)
    r = post("/api/v1/pings", f"{base}/n2\n".encode())
    expect(r.get("done") == 1, r)
    many = "".join(f"{base}/m{i}\n" for i in range(3000)).encode()
    r = post("/api/v1/seeds", many)
    expect(r.get("done") == 3000, r)
    r = post("/api/v1/recheck", many)
    expect(r.get("done") == 3000, r)


def open_to_others(address):
    """REQ 84: away from loopback nothing is told without the token."""
    host = {"Host": f"{address}:{PORT}"}
    basic = {**host, "Authorization": "Basic "
             + base64.b64encode(b"any:" + TOKEN.encode()).decode()}
    for target in ("/", "/metrics", "/api/v1/live", "/api/v1/list", "/page?url=x"):
        status, h, _ = ask(target, headers=host, address=address)
        expect(status == 401 and "www-authenticate" in h, f"{target}: {status}")
    for target in ("/", "/metrics", "/api/v1/live"):
        for who in (basic, {**host, **BEARER}):
            status = ask(target, headers=who, address=address)[0]
            expect(status == 200, f"{target} with the token: {status}")
    status = ask("/healthz", headers=host, address=address)[0]
    expect(status == 200, f"/healthz: {status}")
    status = ask("/metrics", headers={**BEARER, "Host": "evil.example"}, address=address)[0]
    expect(status == 421, f"another Host: {status}")


globals()[sys.argv[3]](*sys.argv[4:])
sys.exit(failed)
