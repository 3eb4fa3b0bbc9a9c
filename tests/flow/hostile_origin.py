#!/usr/bin/env python3
"""hostile_origin.py - 64 hosts that each want as much of a crawler's memory as they can get.

Usage: hostile_origin.py FILE    writes "PORT" to FILE when it serves; ends with its stdin.

Every host is an address 127.88.0.1 to .64 on one port. Which trick a host plays follows from
its number. Most hold their last byte back for some seconds, so that they stand at once; some
never come to an end, of their head or of their body, and some send the crawler to an address
in its own network. 127.88.0.65 is a host like any other. /s.xml is a sitemap of one page
when it is asked for the first time, and from then on one of 50 MB.
"""

import asyncio
import gzip
import sys

HOSTS = 64
LIMIT = 8 << 20  # the crawler's
WAIT_S = 4


def deep_html(size):
    return b"<html>" + b"<div a=b>" * (size // 9)


def wide_html(size):
    return b"<html><body>" + b"<p class=x>w</p>" * (size // 16)


def text_html(size):
    return b"<html><body>" + b"lorem ipsum dolor " * (size // 18)


def attributes(size):
    return b"<html><p " + b" ".join(b"a%d=1" % i for i in range(size // 10)) + b">"


# body, coding
BODIES = [
    (text_html(LIMIT - 64), None),
    (wide_html(LIMIT - 64), None),
    (deep_html(LIMIT - 64), None),
    (attributes(LIMIT - 2 * 1024 * 1024), None),
    (gzip.compress(text_html(LIMIT - 64)), "gzip"),
    (gzip.compress(bytes(512 << 20), 1), "gzip"),
    (b"x" * (LIMIT + 4096), None),
    (wide_html(LIMIT - 64), None),
]


def large_sitemap():
    """50,000 URLs of 1,000 octets each, of which most grow threefold in the canonical form."""
    letters = "\u00e9".encode() * 450
    urls = b"".join(b"<url><loc>/%064x%s</loc></url>" % (i, letters) for i in range(50000))
    return gzip.compress(b"<urlset>" + urls + b"</urlset>", 1)


LARGE_SITEMAP = large_sitemap()
asked_for_sitemap = set()


def sitemap(number):
    if number in asked_for_sitemap:
        return LARGE_SITEMAP
    asked_for_sitemap.add(number)
    return gzip.compress(b"<urlset><url><loc>/page</loc></url></urlset>")


async def flood(writer, piece):
    while True:
        writer.write(piece)
        await writer.drain()


async def trick(number, writer):
    """True: one of those that are no body was played."""
    if number == HOSTS + 1:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<p>good words")
    elif number % 16 == 1:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        await flood(writer, b"<p>endless " * 4096)
    elif number % 16 == 9:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await flood(writer, b"X-Endless: more\r\n" * 4096)
    elif number % 16 == 11:
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                     b"Location: http://169.254.169.254/latest/meta-data/\r\n\r\n")
    else:
        return False
    return True


async def answer(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1]
            number = int(writer.get_extra_info("sockname")[0].split(".")[3])
            if path == b"/robots.txt":
                writer.write(b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n")
                continue
            if path == b"/s.xml":
                body = sitemap(number)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                             b"Content-Length: %d\r\n\r\n" % len(body) + body)
                continue
            if await trick(number, writer):
                continue
            body, coding = BODIES[number % len(BODIES)]
            fields = b"Content-Type: text/html\r\n"
            if coding:
                fields += b"Content-Encoding: " + coding.encode() + b"\r\n"
            fields += b"".join(b"X-%d: %s\r\n" % (i, b"y" * 200) for i in range(200))
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(body) + fields + b"\r\n"
            )
            writer.write(body[:-1])
            await writer.drain()
            await asyncio.sleep(WAIT_S)
            writer.write(body[-1:])
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    servers = [await asyncio.start_server(answer, "127.88.0.1", 0)]
    port = servers[0].sockets[0].getsockname()[1]
    for i in range(2, HOSTS + 2):
        servers.append(await asyncio.start_server(answer, f"127.88.0.{i}", port))
    with open(sys.argv[1], "w") as f:
        f.write(f"{port}\n")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
