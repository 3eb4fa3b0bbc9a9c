#!/usr/bin/env python3
"""Short files, short functions. Run from the root of the tree; prints TAP.

A file over the limit gives its reason in its first 10 lines ("long file: ...")."""
import statistics

import tree

MAX_FILE, MEDIAN_FILE = 600, 250
MAX_FUNCTION, MEDIAN_FUNCTION = 100, 15


def functions(path):
    """(line, lines) of each function: in our format its braces stand in column 0."""
    start = None
    for n, line in enumerate(tree.read(path).split("\n"), 1):
        if line == "{":
            start = n
        elif line == "}" and start:
            yield start, n - start - 1
            start = None


def length(path):
    return tree.read(path).count("\n")


def too_long(path):
    head = "\n".join(tree.read(path).split("\n")[:10])
    return length(path) > MAX_FILE and "long file:" not in head


def over(what, middle, limit):
    return [] if middle < limit else [f"the median {what} has {middle:g} lines"]


sources = [p for p in tree.c_files() + tree.files(".sh", ".py", ".js") if "/vendor/" not in p]
file_median = statistics.median([length(p) for p in sources])
sized = [(p, n, lines) for p in tree.c_files() for n, lines in functions(p)]
function_median = statistics.median([lines for _, _, lines in sized])

report = tree.Report()
report.claim(f"no file has over {MAX_FILE} lines",
             [f"{p}: {length(p)} lines" for p in sources if too_long(p)])
report.claim(f"the median file has under {MEDIAN_FILE} lines (now {file_median:g})",
             over("file", file_median, MEDIAN_FILE))
report.claim(f"no function has over {MAX_FUNCTION} lines",
             [f"{p}:{n}: {lines} lines" for p, n, lines in sized if lines > MAX_FUNCTION])
report.claim(f"the median function has under {MEDIAN_FUNCTION} lines (now {function_median:g})",
             over("function", function_median, MEDIAN_FUNCTION))
report.end()
