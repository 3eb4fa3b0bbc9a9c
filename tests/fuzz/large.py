#!/usr/bin/env python3
"""Writes inputs of 1 MB (or BYTES) into a folder, each with one thing repeated that a parser
might pay for more than once: large.py FOLDER [BYTES]"""
import gzip
import os
import sys

SIZE = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
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
    "letter-lines": b"a\n",
    "numbers": b"1 ",
    "number-lines": b"12\n",
    "times": b"12:30 ",
    "dates": b"12 May 2026 ",
    "stamps": b"Last updated on 12 May 2026 at 12:30:01\n",
    "ago": b"3 hours ago ",
    "words-and-times": b"lpbcszdmauor 12:30 ",
    "all-letters-and-numbers": b"abcdefghijklmnopqrstuvwxyz 1 ",
    "years": b"\xc2\xa9 2001-2026 ",
    "views": b"1,234 views\n",
    "releases": b"6.1.170 ",
    "unclosed": b"<a href=",
    "unclosed-quotes": b"<a title=\"",
    "processing": b"<?a ",
    "cdata": b"<![CDATA[",
    "sections": b"]]>",
    "nested-names": b"<a:b xmlns:a='a'>",
    "selects": b"<select><option>",
    "anchors": b"<a><p>",
    "lists": b"<ul><li>",
    "paragraphs": b"<p>a",
    "bodies": b"<body a=b>",
    "hidden": b"<div style='display:none' hidden>",
    "ampersands": b"&",
    "long-references": b"&#0000000000000000000065;",
    "names": b"&notin;&amp",
    "entries": b"<entry><link href='/a'/><updated>2026-05-12</updated></entry>",
    "items": b"<item><guid>http://a/</guid></item>",
    "sites": b"<url><loc>http://a/</loc><lastmod>2026</lastmod></url>",
    "escapes": b"\x1b[1m",
    "crlf": b"\r\n",
    "returns": b"\r",
    "tabs": b"\t",
    "continued": b"a: b\r\n c\r\n",
    "backslashes": b"\\",
    "semicolons": b"a;",
    "equals": b"a=",
    "pairs-of-query": b"host=a&",
    "warc": b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
    "cdxj-lines": b'org,a)/ 20260512000000 {"url": "http://a.org/"}\n',
    "orders": b'{"op":"recheck","urls":"http://a/"}\n',
    "punycode": b"xn--a.",
    "ports": b"http://a:1/",
    "rules-of-stars": b"Disallow: /" + b"*a" * 400 + b"\n",
}


def tag_of(n, name, form):
    return b"<" + name + b" " + b"".join(form % i for i in range(n)) + b">"


HEADS = {
    "robots-stars": (b"/" + b"a" * 500_000 + b"\nUser-agent: *\n", b"Disallow: /*a*a*b\n"),
    "robots-prefixes": (b"/" + b"a" * 8000 + b"\nUser-agent: *\n", b"Disallow: /a*a*a*a*a*$\n"),
    "robots-one-rule": (b"/" + b"a" * 500_000 + b"\nUser-agent: *\nDisallow: /", b"*a"),
    "robots-target": (b"/", b"aaaa%2f"),
    "element": (b"<p ", b'a="b" '),
    "feed": (b"<feed>", b"<entry><link href='/a'/><updated>2026-05-12</updated></entry>"),
    "feed-depth": (b"<feed><entry>", b"<a>"),
    "feed-text": (b"<feed><entry><id>", b"a &amp; "),
    "feed-names": (b"<feed ", b"xmlns:a='a' "),
    "feed-attributes": (b"<feed>", tag_of(3000, b"e", b"a%x='' ")),
    "rss": (b"<rss><channel>", b"<item><guid>http://a/</guid></item>"),
    "sitemap": (b"<urlset>", b"<url><loc>http://a/</loc></url>"),
    "entity-declarations": (b"<!DOCTYPE a [", b"<!ENTITY a 'bbbb'>"),
    "json-depth": (b'{"op":', b'{"op":'),
    "json-keys": (b"{", b'"a":1,'),
    "json-urls": (b'{"urlList":[', b'"http://a/",'),
    "chunked": (b"Content-Encoding: gzip, gzip\n\n", b"\x1f\x8b\x08\x00"),
    "difference": (b"a\nb\n", b"one line\n\0two line\n"),
    "json-string": (b'{"url":"', b"\\u0061"),
    "csv-cell": (b'url\n"', b'""'),
    "history-line": (b"a\t1", b",1"),
    "encoded": (b"Content-Type: text/html\n\n", b"<p>one <b>two</b> three"),
}


def filled(head, unit):
    return (head + unit * (SIZE // len(unit) + 1))[:SIZE]


def two_texts():
    """For difference: two texts of many blocks of which none is in both."""
    half = SIZE // 2 // 8
    return (b"".join(b"a%06d\n" % i for i in range(half)) + b"\0" +
            b"".join(b"b%06d\n" % i for i in range(half)))[:SIZE]


def distinct(form):
    """As many different names as fit: what is kept by name must find it at once."""
    rows, size, i = [], 0, 0
    while size < SIZE:
        rows.append(form % i)
        size += len(rows[-1])
        i += 1
    return b"".join(rows)[:SIZE]


def main(folder):
    os.makedirs(folder, exist_ok=True)
    inputs = {name: filled(b"", unit) for name, unit in REPEATED.items()}
    inputs |= {name: filled(*parts) for name, parts in HEADS.items()}
    inputs["tags-of-attributes"] = filled(b"", tag_of(3000, b"p", b"a%x "))
    inputs["attributes-again"] = filled(tag_of(3000, b"p", b"a%x ")[:-1], b"a%x " % 2999)
    inputs["two-texts"] = two_texts()
    inputs["elements"] = distinct(b"<e%d>")
    inputs["names-of-attributes"] = b"<p " + distinct(b"a%d=b ")
    inputs["distinct-links"] = distinct(b"<a href=/%d>a</a>")
    inputs["distinct-rules"] = b"/9\nUser-agent: *\n" + distinct(b"Disallow: /%d\n")
    inputs["distinct-keys"] = b"{" + distinct(b'"a%d":1,')
    inputs["distinct-fields"] = distinct(b"X-%d: a\r\n")
    inputs["distinct-hosts"] = distinct(b"http://h%d.example/\n")
    inputs["random"] = gzip.compress(os.urandom(SIZE - 100), mtime=0)
    for name, data in inputs.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


main(sys.argv[1])
