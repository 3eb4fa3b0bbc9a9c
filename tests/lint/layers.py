#!/usr/bin/env python3
"""Who may include, call and print what. Run from the root of the tree; prints TAP."""
import re

import tree

BELOW = {
    "store/base": {"store/base"},
    "store": {"store", "store/base"},
    "scheduler": {"scheduler", "store", "store/base"},
    "crawler": {"crawler", "store", "store/base"},
    "tools": {"tools", "scheduler", "crawler", "store", "store/base"},
}
LIBRARIES = ("store/", "scheduler/", "crawler/")
# A foreign library has one home: header prefix -> files that may include it.
HOMES = {
    "rocksdb/": r"store/[^/]+$",
    "curl/": r"crawler/transport[^/]*$",
    "ares": r"crawler/(transport|resolver)[^/]*$",
    "libxml/": r"crawler/[^/]+$",
    "microhttpd": r"tools/",
    "nats": r"tools/",
}
MAX_XML_FILES = 2  # the HTML one and the XML one
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer(path):
    if path.startswith("store/base/"):
        return "store/base"
    return path.split("/")[0] if "/" in path else ""


def includes():
    for path in tree.c_files():
        for n, line in enumerate(tree.read(path).split("\n"), 1):
            m = INCLUDE.match(line)
            if m and not path.startswith("tests/"):
                yield path, n, m.group(1) == "<", m.group(2)


def wrong_layers():
    return [f'{path}:{n}: includes "{name}"' for path, n, foreign, name in includes()
            if not foreign and layer(name) not in BELOW.get(layer(path), set())]


def wrong_homes():
    bad, xml = [], set()
    for path, n, foreign, name in includes():
        if not foreign:
            continue
        if name.startswith("libxml/"):
            xml.add(path)
        bad += [f"{path}:{n}: includes <{name}>" for prefix, home in HOMES.items()
                if name.startswith(prefix) and not re.match(home, path)]
    if len(xml) > MAX_XML_FILES:
        bad.append("libxml2 is at home in more than two files: " + " ".join(sorted(xml)))
    return bad


def calls(names, wanted):
    pattern = re.compile(r"(?<![\w.>])(?:" + names + r")\s*\(")
    return [f"{path}:{n}: {what.rstrip(' (')}" for path in tree.c_files() if wanted(path)
            for n, what in tree.lines_matching(pattern, tree.code(path))]


def reads_clock(path):
    return path.startswith(LIBRARIES) and not path.startswith("store/base/clock.")


report = tree.Report()
report.claim("a file includes its own folder and folders below", wrong_layers())
report.claim("a foreign library has one home", wrong_homes())
report.claim("libraries never print", calls(
    "printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror",
    lambda p: p.startswith(LIBRARIES)))
report.claim("below tools/ time is an argument", calls(
    "clock_now_ms|time|gettimeofday|clock_gettime", reads_clock))
report.claim("the scheduler has no socket and no file", calls(
    "socket|connect|open|fopen|read|write|poll|clock_monotonic_us|sleep|usleep|nanosleep",
    lambda p: p.startswith("scheduler/")))
report.claim("no banned function is called", calls(
    "strcpy|strcat|stpcpy|v?sprintf|gets|strtok|atoi|atol|atoll|atof|alloca|system|popen|"
    "tmpnam|tempnam|mktemp|v?[fs]?scanf|strncat|rand|srand", lambda p: True))
report.end()
