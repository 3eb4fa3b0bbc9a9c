#!/usr/bin/env python3
"""Runs the benchmark that bench.sh describes. Every number is measured in this run."""
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time

import peers
from origin import Origin

TOP = os.path.abspath("build/bench")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
PAGES = int(os.environ.get("PAGES", "50000"))
HOSTS = int(os.environ.get("HOSTS", "100"))
SEEDS = int(os.environ.get("SEEDS", "1000000"))
PEER_SECONDS = float(os.environ.get("PEER_SECONDS", "60"))
TIMED_OUT = 124  # as timeout(1) says it
FRESHET = os.path.abspath(os.environ.get("FRESHET", "freshet"))


def measure(command, limit=PEER_SECONDS):
    """Runs `command` on core 1: seconds, CPU seconds, peak KiB, status, in time or not.
    time(1) is the parent, because a child begins with the peak memory of its parent, and
    Python's is larger than that of most tools here."""
    usage = f"{TOP}/usage"
    began = time.monotonic()
    with open(f"{TOP}/last-output", "w", encoding="utf-8") as out:
        status = subprocess.call(
            ["/usr/bin/time", "-q", "-o", usage, "-f", "%U %S %M",
             "timeout", "--foreground", "-k", "5", str(limit), "taskset", "-c", "1", *command],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    seconds = time.monotonic() - began
    with open(usage, encoding="ascii") as f:
        user, system, peak = f.read().split()[-3:]
    return {"seconds": seconds, "cpu_s": float(user) + float(system),
            "peak_kib": int(peak), "status": status, "in_time": status != TIMED_OUT}


def must(command, limit=600):
    run = measure(command, limit)
    if run["status"] != 0 or not run["in_time"]:
        with open(f"{TOP}/last-output", encoding="utf-8", errors="replace") as f:
            sys.stderr.write(f.read()[-3000:])
        sys.exit(f"bench: failed with {run['status']}: {' '.join(command)}")
    return run


def size_of(folder):
    return sum(os.path.getsize(os.path.join(at, name))
               for at, _, names in os.walk(folder) for name in names)


def recheck(origin, name, command):
    """One round of one tool. A tool that ran into its time limit is judged by what it
    got done until then."""
    origin.answered()
    run = measure(command)
    run["requests"], run["not_modified"] = origin.answered()
    if run["requests"] == 0:
        sys.exit(f"bench: {name} asked for nothing, see {TOP}/last-output")
    run["per_second"] = run["requests"] / run["seconds"]
    run["cpu_us"] = run["cpu_s"] * 1e6 / run["requests"]
    run["share_304"] = run["not_modified"] / run["requests"]
    return run


def summary(name, runs):
    keys = ("per_second", "cpu_us", "cpu_s", "peak_kib", "requests", "share_304")
    medians = {k: statistics.median(r[k] for r in runs) for k in keys}
    return {"name": name, **medians, "in_time": all(r["in_time"] for r in runs),
            "rounds": runs}


def first_crawl(origin):
    shutil.rmtree(f"{TOP}/db", ignore_errors=True)
    urls = peers.write(f"{TOP}/urls.txt", map(origin.url, origin.interleaved()))
    must([FRESHET, "--db", f"{TOP}/db", "-q", "seed", urls])
    origin.answered()
    run = must(peers.freshet_run(FRESHET, f"{TOP}/db"))
    requests, _ = origin.answered()
    return {"pages_per_second": requests / run["seconds"], "requests": requests,
            "cpu_us": run["cpu_s"] * 1e6 / max(requests, 1), "peak_kib": run["peak_kib"],
            "store_bytes_per_page": size_of(f"{TOP}/db") / PAGES}


def many_seeds():
    """A million pages that are only named: how fast they go in, what they cost."""
    db, urls = f"{TOP}/seeds-db", f"{TOP}/seeds.txt"
    shutil.rmtree(db, ignore_errors=True)
    peers.write(urls, (f"https://site{i % 1000}.example/section{i % 77}/article-{i}.html"
                       for i in range(SEEDS)))
    seed = must([FRESHET, "--db", db, "-q", "seed", urls])
    again = must([FRESHET, "--db", db, "-q", "seed", urls])
    report = must([FRESHET, "--db", db, "report", "--format", "json", "-o",
                   f"{TOP}/seeds-report.json"])
    return {"lines": SEEDS, "lines_per_second": SEEDS / seed["seconds"],
            "known_lines_per_second": SEEDS / again["seconds"],
            "peak_kib": seed["peak_kib"], "store_bytes_per_page": size_of(db) / SEEDS,
            "report_seconds": report["seconds"], "report_peak_kib": report["peak_kib"]}


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        models = [line.split(":")[1].strip() for line in f if line.startswith("model name")]
    return {"cpu": models[0] if models else "unknown", "cores": os.cpu_count(),
            "kernel": platform.release(), "load_before": os.getloadavg()[0]}


def print_result(result):
    m, first, seeds = result["machine"], result["first_crawl"], result["seeding"]
    print(f"\n{m['cores']} cores, {m['cpu']}, load {m['load_before']:.1f} before; {PAGES} pages "
          f"on {HOSTS} hosts, medians of {ROUNDS} rounds; requests and 304s as nginx logged them")
    print(f"{'recheck with':32}{'requests/s':>11}{'CPU us each':>12}{'peak MiB':>10}"
          f"{'requests':>10}{'304':>8}")
    for r in result["recheck"]:
        print(f"{r['name']:32}{r['per_second']:11.0f}{r['cpu_us']:12.1f}"
              f"{r['peak_kib'] / 1024:10.1f}{r['requests']:10.0f}{r['share_304']:8.1%}"
              f"{'' if r['in_time'] else f'  stopped after {PEER_SECONDS:g} s'}")
    print(f"freshet's first crawl: {first['pages_per_second']:.0f} pages/s, "
          f"{first['cpu_us']:.0f} us CPU each, {first['store_bytes_per_page']:.0f} bytes "
          "stored a page, bodies included")
    print(f"seeding {seeds['lines']} lines: {seeds['lines_per_second']:.0f} lines/s new, "
          f"{seeds['known_lines_per_second']:.0f} known; {seeds['store_bytes_per_page']:.0f}"
          f" bytes stored a page; a report on them takes {seeds['report_seconds']:.2f} s")


def main():
    if not os.access(FRESHET, os.X_OK):
        sys.exit(f"bench: there is no {FRESHET}; run make first")
    os.makedirs(TOP, exist_ok=True)
    origin = Origin(f"{TOP}/origin", PAGES, HOSTS)
    os.makedirs(origin.top, exist_ok=True)
    print(f"bench: {PAGES} pages on {HOSTS} hosts, {ROUNDS} rounds", flush=True)
    origin.generate()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        origin.start()
        result = {"machine": machine(), "pages": PAGES, "hosts": HOSTS,
                  "first_crawl": first_crawl(origin)}
        tools = [(n, c) for n, c in peers.all_peers(origin, TOP, FRESHET)
                 if shutil.which(c[0])]
        runs = {name: [] for name, _ in tools}
        for i in range(ROUNDS):
            for name, command in tools:
                runs[name].append(recheck(origin, name, command))
                print(f"  round {i + 1}: {name}: {runs[name][-1]['per_second']:.0f}/s",
                      flush=True)
        result["recheck"] = [summary(name, r) for name, r in runs.items()]
        result["seeding"] = many_seeds()
    finally:
        origin.stop()
    with open(f"{TOP}/result.json", "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
    print_result(result)
    print(f"all numbers: {os.path.relpath(TOP)}/result.json")


main()
