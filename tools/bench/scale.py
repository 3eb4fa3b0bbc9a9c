#!/usr/bin/env python3
"""What operations cost as the store grows: `make bench-scale`, or scale.py PAGES...

URLs fall on hosts as they do on the web: the n-th host has a share like 1/n, and paths have
a few lengths. Seeding, report, verify and start run the real binary; picks and visits run in
tools/bench/pick, through the real store and frontier, in virtual time. Processor time only."""
import json
import math
import os
import random
import re
import shutil
import sys

from measure import TOP, last_output, measure, must, size_of

FRESHET = os.path.abspath(os.environ.get("FRESHET", "freshet"))
PICK = os.path.abspath("build/release/tools/bench/pick")
PICKS = 100_000
HOUR = 3600  # a step that takes longer is given up


def write_urls(path, n):
    """n pages on about n/100 hosts: a host's number is drawn with density 1/x."""
    draw, n_hosts = random.Random(n), max(n // 100, 10)
    with open(path, "w", encoding="ascii") as f:
        for i in range(n):
            host = int(math.exp(draw.random() * math.log(n_hosts)))
            depth = "/archive/2026/11" if i % 3 == 0 else "/news" if i % 3 == 1 else ""
            f.write(f"https://www.site-{host}.example{depth}/article-{i}.html\n")


def us_each(run, n):
    return run["cpu_s"] * 1e6 / n


def measure_size(n):
    db, urls = f"{TOP}/scale-db", f"{TOP}/scale.txt"
    shutil.rmtree(db, ignore_errors=True)
    write_urls(urls, n)
    seed = must([FRESHET, "--db", db, "-q", "seed", urls], HOUR)
    start = must([FRESHET, "--db", db, "-q", "--set", "bot.url=https://bench.example/", "run",
                  "--for", "1ms", "--host", "none.example"], HOUR)
    report = must([FRESHET, "--db", db, "report", "--format", "json", "-o", os.devnull], HOUR)
    verify = must([FRESHET, "--db", db, "db", "verify"], HOUR)
    row = {"pages": n, "seed_us": us_each(seed, n), "seed_peak_mib": seed["peak_kib"] / 1024,
           "bytes_per_page": size_of(db) / n, "start_s": start["cpu_s"],
           "report_s": report["cpu_s"], "verify_us": us_each(verify, n)}
    shutil.rmtree(db)
    os.remove(urls)
    if measure([PICK, str(n), str(max(n // 100, 10)), str(PICKS)], HOUR)["status"] == 0:
        last = re.findall(r"picks:\s+([\d.]+) us each.* (\d+) MiB", last_output())[-1]
        row["pick_us"], row["pick_peak_mib"] = float(last[0]), float(last[1])
    return row


def main():
    os.makedirs(TOP, exist_ok=True)
    rows = []
    print("| pages | seed us | pick us | start s | report s | verify us | bytes a page | "
          "peak MiB |\n" + "| ---: " * 8 + "|", flush=True)
    for n in [int(float(a)) for a in sys.argv[1:]] or [100_000, 1_000_000]:
        rows.append(measure_size(n))
        r = rows[-1]
        print(f"| {n:,} | {r['seed_us']:.1f} | {r.get('pick_us', math.nan):.1f} | "
              f"{r['start_s']:.2f} | {r['report_s']:.2f} | {r['verify_us']:.1f} | "
              f"{r['bytes_per_page']:.0f} | {r.get('pick_peak_mib', math.nan):.0f} |",
              flush=True)
    with open(f"{TOP}/scale.json", "w", encoding="utf-8") as f:
        json.dump(rows, f, indent=1)


main()
