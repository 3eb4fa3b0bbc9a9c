"""Runs one command and says what it cost. Every number is measured in this run."""
import os
import subprocess
import sys
import time

TOP = os.path.abspath("build/bench")
PEER_SECONDS = float(os.environ.get("PEER_SECONDS", "60"))
TIMED_OUT = (124, 137)  # as timeout(1) says it


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
            "peak_kib": int(peak), "status": status, "in_time": status not in TIMED_OUT}


def last_output():
    with open(f"{TOP}/last-output", encoding="utf-8", errors="replace") as f:
        return f.read()


def must(command, limit=600):
    run = measure(command, limit)
    if run["status"] != 0 or not run["in_time"]:
        sys.stderr.write(last_output()[-3000:])
        sys.exit(f"bench: failed with {run['status']}: {' '.join(command)}")
    return run


def requests(origin, name, command):
    """One round of one tool, by what the origin logged. A tool that ran into its time
    limit is judged by what it got done until then."""
    origin.answered()
    run = measure(command)
    run["requests"], run["not_modified"] = origin.answered()
    if run["requests"] == 0:
        sys.exit(f"bench: {name} asked for nothing, see {TOP}/last-output")
    run["per_second"] = run["requests"] / run["seconds"]
    run["cpu_us"] = run["cpu_s"] * 1e6 / run["requests"]
    run["share_304"] = run["not_modified"] / run["requests"]
    return run


def size_of(folder):
    return sum(os.path.getsize(os.path.join(at, name))
               for at, _, names in os.walk(folder) for name in names)
