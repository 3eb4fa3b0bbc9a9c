#!/usr/bin/env python3
"""What operations cost as the store grows: `make bench-scale`, or scale.py PAGES...

Each size is measured twice over: pages that are only named, which the real binary seeds,
and pages with all that some visits leave but bodies, which tools/bench/pick puts through the
real store, hands out by the real frontier and puts back as visits do, in virtual time.
PAGES may end in "n": only the first. URLs fall on hosts as they do on the web: the n-th host
has a share like 1/n, and paths have a few lengths. Processor time only, of all threads."""
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys

from measure import TOP, last_output, must, size_of

FRESHET = os.path.abspath(os.environ.get("FRESHET", "freshet"))
PICK = os.path.abspath("build/release/tools/bench/pick")
PICKS, PICKS_MAX = 50_000, 2_000_000  # visits are half as many as pages, in these bounds
DAY = 86400  # a step that takes longer is given up
DB, URLS = f"{TOP}/scale-db", f"{TOP}/scale.txt"
COLUMNS = [  # of the table: key, heading, format
    ("pages", "pages", "{:,}"), ("seed_us", "seed, us", "{:.1f}"),
    ("fill_us", "first visit, us", "{:.1f}"), ("pick_us", "pick, us", "{:.1f}"),
    ("visit_us", "visit, us", "{:.1f}"), ("start_s", "start, s", "{:.2f}"),
    ("report_s", "report, s", "{:.2f}"), ("verify_us", "verify, us a page", "{:.1f}"),
    ("named_bytes", "bytes, named", "{:.0f}"), ("visited_bytes", "visited", "{:.0f}"),
    ("seed_mib", "MiB, seeding", "{:.0f}"), ("run_mib", "visiting", "{:.0f}"),
]


def n_hosts(n):
    return max(n // 100, 10)


def write_urls(path, n):
    """n pages on about n/100 hosts: a host's number is drawn with density 1/x."""
    draw, many = random.Random(n), math.log(n_hosts(n))
    with open(path, "w", encoding="ascii") as f:
        for i in range(n):
            host = int(math.exp(draw.random() * many))
            depth = "/archive/2026/11" if i % 3 == 0 else "/news" if i % 3 == 1 else ""
            f.write(f"https://www.site-{host}.example{depth}/article-{i}.html\n")


def us_each(run, n):
    return run["cpu_s"] * 1e6 / n


def freshet(*arguments):
    return must([FRESHET, "--db", DB, *arguments], DAY)


def bytes_by_family(n):
    """Of its tables, without logs; and what its open files take of memory."""
    text = subprocess.run([FRESHET, "--db", DB, "db", "stats"], capture_output=True,
                          text=True, check=True).stdout

    def each(what):
        return {m[1]: int(m[2]) / n for m in
                re.finditer(rf"^(\w+)\.{what}: (\d+)$", text, re.M)}
    return each("bytes_on_disk"), sum(each("bytes_of_table_readers").values())


def seed(n):
    write_urls(URLS, n)
    run = freshet("-q", "seed", URLS)
    os.remove(URLS)
    return {"seed_us": us_each(run, n), "seed_wall_s": run["seconds"],
            "seed_mib": run["peak_kib"] / 1024, "named_bytes": size_of(DB) / n,
            "named_families": bytes_by_family(n)[0]}


def visit(n, filled):
    """Fills a store if there is none, and visits half as many pages as it has, up to two
    million. Another process does that, or its peak memory would be that of filling. Of the
    five blocks of picks counts the median; of visits the mean of the last three, whose work
    in the background is their own, not what filling left to do."""
    n_visits = min(max(PICKS, n // 2), PICKS_MAX)
    must([PICK, str(n), str(n_hosts(n)), "0", "1000", DB], DAY)
    filling = last_output()
    must([PICK, str(n), str(n_hosts(n)), str(n_visits), "1000", DB], DAY)
    text = last_output()
    blocks = [[float(x) for x in m] for m in
              re.findall(r"picks:\s+([\d.]+) us each, visits ([\d.]+) us.* (\d+) MiB", text)]
    row = {"pick_us": sorted(b[0] for b in blocks)[len(blocks) // 2],
           "visit_us": sum(b[1] for b in blocks[2:]) / len(blocks[2:]),
           "visit_first_us": blocks[0][1],
           "run_mib": blocks[-1][2]}
    if filled:
        row["fill_us"] = float(re.search(r"hosts, ([\d.]+) us each", filling)[1])
        row["visited_bytes"] = size_of(DB) / n
    return row


def ask(n):
    start = freshet("-q", "--set", "bot.url=https://bench.example/", "run", "--for", "1ms",
                    "--host", "none.example")
    report = freshet("report", "--format", "json", "-o", os.devnull)
    verify = freshet("db", "verify")
    return {"start_s": start["cpu_s"], "start_wall_s": start["seconds"],
            "start_mib": start["peak_kib"] / 1024, "report_s": report["cpu_s"],
            "verify_us": us_each(verify, n)}


def measure_size(n, named_only):
    shutil.rmtree(DB, ignore_errors=True)
    row = {"pages": n, "named_only": named_only, **seed(n)}
    if not named_only:
        shutil.rmtree(DB)
    row.update(visit(n, not named_only))
    row.update(ask(n))
    if not named_only:
        freshet("db", "compact")
        row["visited_families"], row["reader_bytes"] = bytes_by_family(n)
    shutil.rmtree(DB)
    return row


def cell(row, key, form):
    return form.format(row[key]) if key in row else "-"


def print_families(rows):
    names = sorted({name for r in rows for name, b in r.get("visited_families", {}).items()
                    if b >= 0.5})
    if not names:
        return
    print("\n| bytes of a visited page, compacted | " + " | ".join(names) + " |\n| ---: "
          + "| ---: " * len(names) + "|")
    for r in rows:
        if "visited_families" in r:
            print(f"| {r['pages']:,} | " + " | ".join(
                f"{r['visited_families'][name]:.1f}" for name in names) + " |")


def main():
    os.makedirs(TOP, exist_ok=True)
    rows = []
    print("| " + " | ".join(heading for _, heading, _ in COLUMNS) + " |\n"
          + "| ---: " * len(COLUMNS) + "|", flush=True)
    for size in sys.argv[1:] or ["1e5", "1e6"]:
        row = measure_size(int(float(size.rstrip("n"))), size.endswith("n"))
        rows.append(row)
        print("| " + " | ".join(cell(row, key, form) for key, _, form in COLUMNS) + " |",
              flush=True)
        with open(f"{TOP}/scale.json", "w", encoding="utf-8") as f:
            json.dump(rows, f, indent=1)
    print_families(rows)


main()
