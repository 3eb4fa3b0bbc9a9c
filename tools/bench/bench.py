#!/usr/bin/env python3
"""Runs the benchmark that bench.sh describes: three tables, and result.json."""
import json
import os
import platform
import shutil
import signal
import statistics
import sys

import crawlers
import peers
import tables
from files import write
from measure import TOP, must, requests, size_of
from origin import Origin

ROUNDS = int(os.environ.get("ROUNDS", "5"))
PAGES = int(os.environ.get("PAGES", "10000"))
HOSTS = int(os.environ.get("HOSTS", "1000"))
ARTICLES = int(os.environ.get("ARTICLES", "5000"))
SEEDS = int(os.environ.get("SEEDS", "1000000"))
ONLY = os.environ.get("ONLY", "")
FRESHET = os.path.abspath(os.environ.get("FRESHET", "freshet"))
ENGINE = os.path.abspath("build/release/tools/bench/engine")


def nothing():
    pass


def summary(name, runs):
    keys = ("per_second", "cpu_us", "cpu_s", "peak_kib", "requests", "share_304")
    medians = {k: statistics.median(r[k] for r in runs) for k in keys}
    return {"name": name, **medians, "in_time": all(r["in_time"] for r in runs),
            "rounds": runs}


def compare(origin, tools):
    """All tools in turn, so that a noisy minute meets each of them."""
    tools = [(name, command, *(prepare or (nothing,))) for name, command, *prepare in tools
             if shutil.which(command[0]) and ONLY in name]
    runs = {name: [] for name, *_ in tools}
    for i in range(ROUNDS):
        for name, command, prepare in tools:
            prepare()
            runs[name].append(requests(origin, name, command))
            print(f"  round {i + 1}: {name}: {runs[name][-1]['per_second']:.0f}/s, "
                  f"{runs[name][-1]['cpu_us']:.1f} us", flush=True)
    return [summary(name, r) for name, r in runs.items()]


def first_crawl(origin):
    """What freshet's recheck starts from."""
    shutil.rmtree(f"{TOP}/db", ignore_errors=True)
    urls = write(f"{TOP}/urls.txt", map(origin.url, origin.interleaved()))
    must([FRESHET, "--db", f"{TOP}/db", "-q", "seed", urls])
    must(peers.freshet_run(FRESHET, f"{TOP}/db"))


def store():
    """A million pages that are only named: how fast they go in, what they cost."""
    db, urls = f"{TOP}/seeds-db", f"{TOP}/seeds.txt"
    shutil.rmtree(db, ignore_errors=True)
    write(urls, (f"https://site{i % 1000}.example/section{i % 77}/article-{i}.html"
                 for i in range(SEEDS)))
    seed = must([FRESHET, "--db", db, "-q", "seed", urls])
    again = must([FRESHET, "--db", db, "-q", "seed", urls])
    report = must([FRESHET, "--db", db, "report", "--format", "json", "-o",
                   f"{TOP}/seeds-report.json"])
    verify = must([FRESHET, "--db", db, "db", "verify"])
    start = must([FRESHET, "--db", db, "-q", "--set", "bot.url=https://bench.example/", "run",
                  "--for", "1ms", "--host", "none.example"])
    return {"lines": SEEDS, "lines_per_second": SEEDS / seed["seconds"],
            "cpu_us": seed["cpu_s"] * 1e6 / SEEDS,
            "known_lines_per_second": SEEDS / again["seconds"],
            "peak_kib": seed["peak_kib"], "bytes_per_page": size_of(db) / SEEDS,
            "report_seconds": report["seconds"], "report_peak_kib": report["peak_kib"],
            "verify_seconds": verify["seconds"], "start_seconds": start["seconds"]}


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        models = [line.split(":")[1].strip() for line in f if line.startswith("model name")]
    return {"cpu": models[0] if models else "unknown", "cores": os.cpu_count(),
            "kernel": platform.release(), "load_before": os.getloadavg()[0]}


def run(origin):
    result = {"machine": machine(), "pages": PAGES, "hosts": HOSTS, "rounds": ROUNDS}
    first_crawl(origin)
    result["recheck"] = compare(origin, peers.recheckers(origin, TOP, FRESHET))
    result["engines"] = compare(origin, peers.engines(origin, TOP, ENGINE))
    result["crawl"] = compare(origin, crawlers.all_crawlers(origin, TOP, FRESHET))
    result["articles_bytes_per_page"] = size_of(f"{TOP}/articles-db") / ARTICLES
    result["store"] = store()
    return result


def main():
    if not os.access(FRESHET, os.X_OK):
        sys.exit(f"bench: there is no {FRESHET}; run make first")
    os.makedirs(TOP, exist_ok=True)
    origin = Origin(f"{TOP}/origin", PAGES, HOSTS, ARTICLES)
    os.makedirs(origin.top, exist_ok=True)
    print(f"bench: {PAGES} pages on {HOSTS} hosts, {ROUNDS} rounds", flush=True)
    origin.generate()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        origin.start()
        result = run(origin)
    finally:
        origin.stop()
    with open(f"{TOP}/result.json", "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
    tables.show(result)
    print(f"all numbers: {os.path.relpath(TOP)}/result.json; as README.md has them: "
          f"python3 tools/bench/tables.py {os.path.relpath(TOP)}/result.json")


main()
