#!/usr/bin/env python3
"""Holds freshet's verdicts against the ground truth, page by page.

    compare.py before|after DIR

DIR holds `truth` and `expected` (truth.py), `list` (freshet list --format ndjson) and
`served-0`, `served-1` (served.py before and after the pass). `before`: nothing was
published since the last pass; `after`: the new release was. Prints a table; exits with 1
and the pages concerned when a single verdict is not what the files say."""
import json
import os
import sys
from collections import Counter, defaultdict

# What a verdict claims about a page, in the words of the truth.
CLAIMS = {"unchanged": "same", "changed": "differing", "minor": "differing", "new": "added",
          "gone": "removed"}
SHOWN = ("same", "differing", "added", "removed")


def wanted(truth, phase):
    """Before the release every page that exists is the same; the others are not there."""
    if phase == "after":
        return truth
    return "absent" if truth == "added" else "same"


def claim(record):
    if record is None:
        return "no record"
    if record.get("http_status") in (404, 410):
        return "removed" if record["verdict"] == "gone" else "absent"
    return CLAIMS.get(record["verdict"], record["verdict"])


def matches(want, got):
    return want == got or (want == "absent" and got == "removed")


def read(folder):
    with open(os.path.join(folder, "truth"), encoding="utf-8") as f:
        sites = json.load(f)["sites"]
    with open(os.path.join(folder, "expected"), encoding="utf-8") as f:
        expected = dict(line.rstrip("\n").split("\t") for line in f)
    with open(os.path.join(folder, "list"), encoding="utf-8") as f:
        records = {r["url"]: r for r in map(json.loads, f)}
    served = []
    for n in (0, 1):
        with open(os.path.join(folder, f"served-{n}"), encoding="utf-8") as f:
            served.append(json.load(f))
    return sites, expected, records, served


def site_of(sites, url):
    return next(s["name"] for s in sites if url.startswith(s["origin"] + "/"))


def row(site, want, got, served):
    before, after = (s.get(site["name"], {}) for s in served)
    pairs = [f"{want[c]}/{got[c]}" for c in SHOWN]
    asked = after.get("requests", 0) - before.get("requests", 0)
    not_modified = after.get("304", 0) - before.get("304", 0)
    return [site["name"], site["server"], *pairs, str(asked), str(not_modified)]


def print_table(rows):
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  " + "  ".join(cell.ljust(w) if i < 2 else cell.rjust(w)
                               for i, (cell, w) in enumerate(zip(r, widths))))


def main(phase, folder):
    sites, expected, records, served = read(folder)
    want, got, wrong = defaultdict(Counter), defaultdict(Counter), []
    for url, truth in expected.items():
        w, g = wanted(truth, phase), claim(records.get(url))
        site = site_of(sites, url)
        want[site][w] += 1
        got[site][w if matches(w, g) else g] += 1
        if not matches(w, g):
            wrong.append(f"{url}: the files say {w}, freshet says {g}")
    wrong += [f"{url}: listed, but never seeded" for url in records.keys() - expected.keys()]
    print("  files/freshet, counted in pages; requests and 304 as the servers logged them")
    print_table([["site", "server", *SHOWN, "requests", "304"]] +
                [row(s, want[s["name"]], got[s["name"]], served) for s in sites])
    for line in wrong[:20]:
        print("  WRONG", line)
    print(f"  {len(expected) - len(wrong)} of {len(expected)} verdicts are right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
