"""The tools that are measured: how each is made ready, and the command that rechecks.

Each starts from what an earlier crawl would have left: wget and wget2 from a mirror with
the server's dates, curl from a file per ETag, freshet from its own first crawl."""
import os
import shutil

import slow_peers
from files import write
from origin import PORT

CHUNK = 1000  # transfers per curl process
IN_FLIGHT = (64, 256, 1024, 4096)
SECONDS = "3"
WGET_PAGES = 5000  # wget opens a connection per page when hosts take turns


def mirror(origin, top):
    """The tree that wget -N -x has after a first crawl, under both names it may use."""
    folder = os.path.join(top, "mirror")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(origin.top, "site"), folder)
    for address in origin.addresses:
        os.symlink(address, os.path.join(folder, f"{address}:{PORT}"))
    return folder


def wget(origin, top):
    pages = origin.interleaved()
    lists = {"": pages[:WGET_PAGES], " by host": origin.pages}
    for order, chosen in lists.items():
        name = write(f"{top}/wget{order.replace(' ', '-')}.txt", map(origin.url, chosen))
        yield f"wget -N{order}", ["wget", "-q", "-N", "-x", "-P", f"{top}/mirror", "-i", name]


def wget2(origin, top):
    for order, chosen in {"": origin.interleaved(), " by host": origin.pages}.items():
        name = write(f"{top}/wget2{order.replace(' ', '-')}.txt", map(origin.url, chosen))
        yield f"wget2 -N{order}", ["wget2", "-q", "-N", "-x", "-P", f"{top}/mirror",
                                   "-i", name]


def curl(origin, top):
    """One process per chunk: a single one with every transfer grows without bound."""
    pages = origin.interleaved()
    os.makedirs(f"{top}/etag", exist_ok=True)
    names = []
    for at in range(0, len(pages), CHUNK):
        lines = []
        for n, page in enumerate(pages[at:at + CHUNK], at):
            write(f"{top}/etag/{n}", [page[2]])
            lines += [f'url = "{origin.url(page)}"', 'output = "/dev/null"',
                      f'etag-compare = "{top}/etag/{n}"', "next"]
        names.append(write(f"{top}/curl/{at}.conf", lines[:-1]))
    write(f"{top}/curl/list", names)
    yield "curl --parallel --etag-compare", [
        "xargs", "-a", f"{top}/curl/list", "-n", "1", "curl", "-s", "--parallel",
        "--parallel-max", "64", "-K"]


def wrk(origin, top):
    """The wire itself: wrk keeps nothing and asks one host."""
    pages = [p for p in origin.pages if p[0] == origin.addresses[0]]
    rows = [f'{{ "/{path}", [[{tag}]] }},' for _, path, tag in pages]
    script = write(f"{top}/wrk.lua", [
        "local pages = {", *rows, "}", "local requests, at = {}, 0",
        "init = function()", "  for i, p in ipairs(pages) do",
        '    requests[i] = wrk.format("GET", p[1], { ["If-None-Match"] = p[2] })', "  end",
        "end", "request = function()", "  at = at % #requests + 1", "  return requests[at]",
        "end"])
    for connections in IN_FLIGHT:
        yield f"wrk, {connections} in flight", [
            "wrk", "-t", "1", "-c", str(connections), "-d", SECONDS, "-s", script,
            f"http://{origin.addresses[0]}:{PORT}/"]


def engine(origin, top, program):
    """freshet's transport alone, on as many hosts as half of its places."""
    for n in IN_FLIGHT:
        hosts = set(origin.addresses[:max(n // 2, 1)])
        name = write(f"{top}/engine-{n}.txt", (
            f"{origin.url(p)}\t{p[2]}" for p in origin.interleaved() if p[0] in hosts))
        yield f"freshet's transport, {n} in flight", [program, name, str(n), SECONDS]


def freshet_run(freshet, db, *flags):
    return [freshet, "--db", db, "-q", "run", "--once", "--allow-net", "127.0.0.0/8",
            "--host-delay", "0s", "--budget", "100000/s", "--concurrency", "256",
            "--audit-rate", "0", *flags]


def recheckers(origin, top, freshet):
    """(name, command), freshet first. Missing tools are left out by the caller."""
    mirror(origin, top)
    yield "freshet", freshet_run(freshet, f"{top}/db", "--force")
    for peer in (wget2, wget, curl, slow_peers.aria2, slow_peers.scrapy, slow_peers.httrack):
        yield from peer(origin, top)


def engines(origin, top, program):
    yield from wrk(origin, top)
    yield from engine(origin, top, program)
