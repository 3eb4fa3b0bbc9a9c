#!/usr/bin/env python3
"""Was what freshet called news news? Holds its verdicts against what the pages show.

    confusion.py DIR SITE_DIR [EXAMPLES]

DIR holds `truth` and `expected` (truth.py) and `list` (freshet list --format ndjson, after
the new release was crawled); SITE_DIR has the trees. The classes are those of shown.py, made
with a parser of its own. Prints a table for each site and the first EXAMPLES disagreements of
each kind. Fails when a page whose words or numbers differ was called unchanged or minor, or
when less than 99 % of a site's pages that differ in markup, dates or their own version only
were called minor."""
import json
import os
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from urllib.parse import unquote

import shown

SHOWN = ("unchanged", "minor", "changed")
NO_NEWS = ("markup", "volatile")
NEWS = ("digits", "text")
LEAST_MINOR = 0.99


def read(path):
    with open(path, "rb") as f:
        return f.read()


def judge(pair):
    """The class of one pair of files."""
    old, new, *versions = pair
    return shown.difference(read(old), read(new), *versions)


def differing(folder, site_dir, sites):
    """URL -> (site's name, the pair of files with their versions), each pair once."""
    with open(os.path.join(folder, "expected"), encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f]
    for url, truth in lines:
        site = next(s for s in sites if url.startswith(s["origin"] + "/"))
        path = unquote(url[len(site["origin"]) + 1:])
        files = [os.path.realpath(os.path.join(site_dir, release, site["name"], path))
                 for release in ("old", "new")]
        yield url, truth, site["name"], (*files, site["old"], site["new"])


def judged(pages):
    """URL -> class. What the trees already tell needs no parser."""
    pairs = sorted({pair for _, truth, _, pair in pages if truth == "differing"})
    with ProcessPoolExecutor() as pool:
        found = dict(zip(pairs, pool.map(judge, pairs, chunksize=16)))
    return {url: found.get(pair, truth) for url, truth, _, pair in pages}


def disagrees(truth, verdict):
    if truth in NEWS:
        return verdict in ("unchanged", "minor")
    return truth in NO_NEWS and verdict != "minor"


def print_site(name, table, wrong, n_examples):
    """True if the site's verdicts are good enough."""
    minor = sum(table[truth, "minor"] for truth in NO_NEWS)
    others = sum(n for (truth, _), n in table.items() if truth in NO_NEWS)
    print(f"  {name:<12}" + "".join(f"{verdict:>11}" for verdict in SHOWN) +
          (f"    {100 * minor / others:.2f} % of {others} without news are minor"
           if others else ""))
    for truth in shown.CLASSES:
        row = [table[truth, verdict] for verdict in SHOWN]
        if any(row):
            print(f"    {truth:<10}" + "".join(f"{n or '-':>11}" for n in row))
    seen = Counter()
    for truth, verdict, url, (old, new, *versions) in wrong:
        seen[truth, verdict] += 1
        if seen[truth, verdict] <= n_examples:
            before, after = shown.excerpt(read(old), read(new), *versions)
            print(f"    {truth}, but {verdict}: {url}\n      {before!r}\n      {after!r}")
    return not others or minor >= LEAST_MINOR * others


def main(folder, site_dir, n_examples="3"):
    with open(os.path.join(folder, "truth"), encoding="utf-8") as f:
        sites = json.load(f)["sites"]
    with open(os.path.join(folder, "list"), encoding="utf-8") as f:
        verdicts = {r["url"]: r["verdict"] for r in map(json.loads, f)}
    pages = list(differing(folder, site_dir, sites))
    truth = judged(pages)
    tables, wrong = defaultdict(Counter), defaultdict(list)
    for url, _, name, pair in pages:
        kind, verdict = truth[url], verdicts.get(url, "none")
        tables[name][kind, verdict] += 1
        if disagrees(kind, verdict):
            wrong[name].append((kind, verdict, url, pair))
    print("  what differs between the releases, and what freshet called it, in pages")
    good = [print_site(name, tables[name], wrong[name], int(n_examples)) for name in tables]
    missed = sum(kind in NEWS for found in wrong.values() for kind, *_ in found)
    print(f"  {missed} pages with news were called unchanged or minor")
    return 1 if missed or not all(good) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
