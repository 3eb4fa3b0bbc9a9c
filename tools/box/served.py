#!/usr/bin/env python3
"""What the servers of the box say they answered: served.py RUN_DIR

Prints a JSON object: site -> {"requests": n, "200": n, "304": n, ...}, read from access
logs alone, robots.txt and box.sh's own question left out. It is the witness that freshet's own counts are checked
against."""
import glob
import json
import os
import re
import sys
from collections import Counter

SHORT = re.compile(r"^(\d{3}) \S+ (\S+)")  # nginx, apache2, lighttpd: "status bytes path"
NOT_PAGES = ("/robots.txt", "/is-it-up")
PYTHON = re.compile(r'"GET (\S+) HTTP/[\d.]+" (\d{3})')


def answers(line):
    """(path, status) of one line of a log; None if it is not about a request."""
    if line.startswith("{"):
        record = json.loads(line)
        return (record["request"]["uri"], record["status"]) if "status" in record else None
    m = SHORT.match(line)
    if m:
        return m.group(2), int(m.group(1))
    m = PYTHON.search(line)
    return (m.group(1), int(m.group(2))) if m else None


def count(run):
    counts = Counter()
    for name in ("access.log", "out"):
        path = os.path.join(run, name)
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8", errors="replace") as f:
            found = [a for a in map(answers, f) if a and a[0] not in NOT_PAGES]
        counts.update(str(status) for _, status in found)
        counts["requests"] += len(found)
    return dict(counts)


runs = sorted(d for d in glob.glob(os.path.join(sys.argv[1], "*")) if os.path.isdir(d))
print(json.dumps({os.path.basename(d): count(d) for d in runs}))
