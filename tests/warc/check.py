#!/usr/bin/env python3
"""check.py FILE... - reads WARC files with Python's own gzip and hashes, and no word of C.

Checks members, lengths, digests, the index beside each file, and that every revisit leads to
a record with the payload that it stands for. Prints a line a record: "TYPE STATUS URI"."""
import base64
import gzip
import hashlib
import io
import json
import os
import re
import sys
import zlib


def sha1(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def members(data):
    """(offset, length, content) of each gzip member."""
    at = 0
    while at < len(data):
        z = zlib.decompressobj(31)
        content = z.decompress(data[at:]) + z.flush()
        assert z.eof, f"member at {at} is cut"
        length = len(data) - at - len(z.unused_data)
        yield at, length, content
        at += length


def parse(content):
    """Fields and block of one record; exactly one must be there."""
    head, rest = content.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("utf-8").split("\r\n")
    assert first == "WARC/1.1", first
    fields = {}
    for line in lines:
        assert not re.search(r"[\x00-\x1f\x7f]", line), f"control octet: {line!r}"
        name, value = line.split(": ", 1)
        assert name.lower() not in fields, f"{name} comes twice"
        fields[name.lower()] = value
    length = int(fields["content-length"])
    assert rest[length:] == b"\r\n\r\n", "the block is not as long as it says"
    return fields, rest[:length]


def payload_of(fields, block):
    return block.split(b"\r\n\r\n", 1)[1] if "http" in fields.get("content-type", "") else block


def status_of(block):
    return block.split(b" ", 2)[1].decode() if block.startswith(b"HTTP/") else "-"


def check_record(fields, block):
    for name in ("warc-type", "warc-record-id", "warc-date"):
        assert name in fields, f"no {name}"
    assert re.fullmatch(r"<urn:uuid:[0-9a-f-]{36}>", fields["warc-record-id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", fields["warc-date"])
    assert fields["warc-block-digest"] == sha1(block)
    if fields["warc-type"] in ("response", "resource") and "warc-truncated" not in fields:
        assert fields["warc-payload-digest"] == sha1(payload_of(fields, block))
    if fields["warc-type"] in ("response", "revisit"):
        assert not re.search(rb"\r\ntransfer-encoding:", block.split(b"\r\n\r\n")[0].lower())


def check_index(path, places):
    lines = open(path, encoding="utf-8").read().splitlines()
    assert lines == sorted(lines), "the index is not in order"
    assert len(lines) == len(places), f"{len(lines)} lines for {len(places)} records"
    for line in lines:
        key, at, text = line.split(" ", 2)
        entry = json.loads(text)
        fields, length, block = places[int(entry["offset"])]
        assert int(entry["length"]) == length
        assert entry["url"] == fields["warc-target-uri"] and "(" not in key
        assert at == re.sub(r"\D", "", fields["warc-date"])[:14]
        assert entry.get("status", "-") == status_of(block)
        assert "sha1:" + entry.get("digest", "") == fields.get("warc-payload-digest", "sha1:")


def check_revisit(fields, records):
    """The record that it refers to must be there, and give the payload it stands for."""
    if "warc-refers-to" not in fields:
        return
    original, block = records[fields["warc-refers-to"]]
    assert original["warc-type"] in ("response", "resource")
    assert original["warc-target-uri"] == fields["warc-refers-to-target-uri"]
    assert original["warc-date"] == fields["warc-refers-to-date"] < fields["warc-date"]
    assert sha1(payload_of(original, block)) == fields["warc-payload-digest"]


records, revisits = {}, []
for name in sys.argv[1:]:
    data, places = open(name, "rb").read(), {}
    assert len(gzip.GzipFile(fileobj=io.BytesIO(data)).read()) > 0
    for offset, length, content in members(data):
        fields, block = parse(content)
        check_record(fields, block)
        records[fields["warc-record-id"]] = fields, block
        kind = fields["warc-type"]
        assert (kind == "warcinfo") == (offset == 0)
        if kind in ("response", "revisit", "resource"):
            places[offset] = fields, length, block
        if kind == "revisit":
            revisits.append(fields)
        if kind == "request":
            assert fields["warc-concurrent-to"] in records
        print(kind, status_of(block), fields.get("warc-target-uri", "-"))
    check_index(re.sub(r"\.warc\.gz$", ".cdxj", name), places)
for fields in revisits:
    check_revisit(fields, records)
assert len(records) > 1, "no records"
print(len(records), "records,", len(revisits), "revisits,", os.path.basename(sys.argv[-1]))
