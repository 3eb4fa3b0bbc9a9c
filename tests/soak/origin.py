#!/usr/bin/env python3
"""origin.py - the web of a simulated year: origin.py PORT ADDRESS...

Says "ready" on stdout when it serves, and obeys lines on stdin: "deploy N" (one page in 20
gets a new version, another fifth of them each time), "down ADDRESS" (it hangs up on every
request), "up ADDRESS". Ends with its stdin. A process of its own, so that its memory is
nobody else's. Every page has an ETag; each tenth denies that anything changed."""
import asyncio
import sys
import zlib

port, addresses = int(sys.argv[1]), sys.argv[2:]
deployed = 0
down = set()
versions = {}


def version_of(path):
    known, version = versions.get(path, (0, 0))
    for deploy in range(known, deployed):
        version += zlib.crc32(b"%s %d" % (path, deploy)) % 20 == 0
    versions[path] = deployed, version
    return version


def page(address, path, head):
    if path == b"/robots.txt":
        return b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n"
    version = version_of(address.encode() + path)
    tag = b'"%d"' % version
    if b"If-None-Match: " + tag in head:
        return b"HTTP/1.1 304 Same\r\nETag: %s\r\n\r\n" % tag
    words = b"".join(b"word%d " % (zlib.crc32(b"%s %d %d" % (path, version, i)) % 5000)
                     for i in range(150))
    body = b"<title>%s</title><p>%s" % (path, words)
    return (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: %s\r\nContent-Length: %d\r\n"
            b"\r\n%s" % (tag, len(body), body))


async def answer(reader, writer):
    address = writer.get_extra_info("sockname")[0]
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if address in down:
                break
            writer.write(page(address, head.split(b" ", 2)[1], head))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def obey(line):
    global deployed
    word, argument = line.split()
    if word == "deploy":
        deployed = int(argument)
    elif word == "down":
        down.add(argument)
    else:
        down.discard(argument)


async def main():
    for address in addresses:
        await asyncio.start_server(answer, address, port)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        obey(line)
        print("done", flush=True)

asyncio.run(main())
