#!/usr/bin/env python3
"""Writes inputs of 1 MB into a folder, each with one thing repeated that a parser might pay
for more than once: large.py FOLDER"""
import gzip
import os
import sys

SIZE = 1_000_000
REPEATED = {
    "zeros": b"\0",
    "letters": b"a",
    "digits": b"9",
    "spaces": b" ",
    "lines": b"\n",
    "commas": b",",
    "quotes": b'"',
    "stars": b"*",
    "percents": b"%",
    "slashes": b"/",
    "dots": b"../",
    "high": b"\xff",
    "two-byte": "ä".encode(),
    "wide": "語".encode(),
    "not-utf8": b"\xe4a",
    "words": b"one two three four five six seven. ",
    "header": b"X-Name: value, \"quoted\"\r\n",
    "cache-control": b"Cache-Control: max-age=1, no-cache=\"a\"\n",
    "tags": b'W/"abc", "d", ',
    "urls": b"http://example.org/path?query#fragment\n",
    "hosts": b"a.",
    "rules": b"Disallow: /*a*b*c$\n",
    "groups": b"User-agent: *\nDisallow: /\n",
    "csv": b'"http://a/","x""y",1\n',
    "objects": b'{"url":',
    "arrays": b"[",
    "pairs": b'{"url":"http://a/","tag":"x"}\n',
    "divs": b"<div>",
    "ends": b"</div>",
    "opens": b"<",
    "comments": b"<!--",
    "entities": b"&amp;",
    "references": b"&#x110000;",
    "links": b'<a href="/page">text</a> ',
    "attributes": b' a="b"',
    "scripts": b"<script>",
    "tables": b"<table><tr><td>",
    "formatting": b"<b><i>",
    "titles": b"<title>",
    "history": b"a\t1,2,3\n",
    "increments": b"1,",
    "settings": b"[host \"*a*b*\"]\ndelay = 1s\n",
    "record": b"\x01\x0a\x01a",
}
HEADS = {
    "robots-stars": (b"/" + b"a" * 500_000 + b"\nUser-agent: *\n", b"Disallow: /*a*a*b\n"),
    "element": (b"<p ", b'a="b" '),
    "json-string": (b'{"url":"', b"\\u0061"),
    "csv-cell": (b'url\n"', b'""'),
    "history-line": (b"a\t1", b",1"),
    "encoded": (b"Content-Type: text/html\n\n", b"<p>one <b>two</b> three"),
}


def filled(head, unit):
    return (head + unit * (SIZE // len(unit) + 1))[:SIZE]


def main(folder):
    os.makedirs(folder, exist_ok=True)
    inputs = {name: filled(b"", unit) for name, unit in REPEATED.items()}
    inputs |= {name: filled(*parts) for name, parts in HEADS.items()}
    inputs["random"] = gzip.compress(os.urandom(SIZE - 100), mtime=0)
    for name, data in inputs.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


main(sys.argv[1])
