#!/usr/bin/env python3
"""`make bench-quick`: instructions of one revalidation, one pick, one commit, one page of
text and one that has changed, counted by callgrind and compared with expected.json beside this file. Instructions do
not depend on what else the machine does; on its processor's string functions they do a
little, so a difference of TOLERANCE is none.

  quick.py            prints and compares; 1 if something became dearer
  quick.py --update   takes what it counted for what is expected from now on"""
import json
import os
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.05
EXPECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected.json")
COST = "build/release/tests/cost/cost"
PICK = "build/release/tools/bench/pick"
N_PAGES, N_DOCUMENTS = 1000, 50  # as cost.c has them
N_PICKS = 5000


def number(text):
    return int(text.replace(",", ""))


def count(command, *functions):
    """Instructions within these functions, and a callgrind profile of them."""
    with tempfile.TemporaryDirectory() as folder:
        profile = f"{folder}/profile"
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}",
             *(f"--toggle-collect={f}" for f in functions), *command],
            capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"bench-quick: {' '.join(command)} failed\n{run.stdout}{run.stderr}")
        total = number(re.search(r"Collected : ([\d]+)", run.stderr)[1])
        text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100",
                               profile], capture_output=True, text=True, check=True).stdout
    return total, text


def inclusive(profile, function):
    return max(number(m[1]) for m in
               re.finditer(rf"^\s*([\d,]+) .*:{function} \[", profile, re.M))


def measure():
    total, profile = count([COST, "revalidation"], "counted")
    yield "one revalidation", total / N_PAGES
    yield "of it the commit", inclusive(profile, "store_commit") / N_PAGES
    total, _ = count([PICK, "20000", "1000", str(N_PICKS)], "frontier_next",
                     "frontier_started", "frontier_wake", "frontier_finished",
                     "frontier_committed")
    yield "one pick", total / N_PICKS
    total, _ = count([COST, "text"], "counted")
    yield "one page of text, 10 KB", total / N_DOCUMENTS
    total, _ = count([COST, "changed"], "counted")
    yield "one that has changed", total / N_DOCUMENTS


def main():
    with open(EXPECTED, encoding="ascii") as f:
        expected = json.load(f)
    counted, dearer = {}, False
    print(f"{'instructions':26}{'now':>12}{'expected':>12}")
    for name, n in measure():
        counted[name] = round(n)
        ratio = n / expected.get(name, n)
        dearer = dearer or ratio > 1 + TOLERANCE
        note = "" if abs(ratio - 1) <= TOLERANCE else f"  {ratio - 1:+.1%}"
        print(f"{name:26}{n:12,.0f}{expected.get(name, 0):12,}{note}", flush=True)
    if "--update" in sys.argv:
        with open(EXPECTED, "w", encoding="ascii") as f:
            json.dump(counted, f, indent=1)
            f.write("\n")
    elif dearer:
        sys.exit(f"bench-quick: dearer than expected by more than {TOLERANCE:.0%}; if that is "
                 "meant: quick.py --update")


main()
