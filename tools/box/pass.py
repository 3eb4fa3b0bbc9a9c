#!/usr/bin/env python3
"""What one pass cost, from the reports after and before it:
pass.py AFTER.json BEFORE.json MILLISECONDS (BEFORE may be missing: the first pass)."""
import json
import os
import sys


def totals(path):
    """visits, 304s, bytes and bytes saved, summed over the verdicts of a report."""
    if not os.path.exists(path):
        return [0, 0, 0, 0]
    with open(path, encoding="utf-8") as f:
        verdicts = json.load(f)["verdicts"]
    rows = [v for v in verdicts.values() if isinstance(v, dict) and "count" in v]
    evidence = [e for v in rows for e in v.get("evidence", v.get("by_evidence", {})).items()]

    def number(value):
        return value["count"] if isinstance(value, dict) else value

    return [sum(v["count"] for v in rows),
            sum(number(n) for name, n in evidence if name.startswith("304")),
            sum(v.get("bytes", 0) for v in rows), sum(v.get("bytes_saved") or 0 for v in rows)]


after, before, took = sys.argv[1:]
visits, unmodified, received, saved = (a - b for a, b in zip(totals(after), totals(before)))
print(f"  the report adds {visits} visits, {unmodified} answered 304, "
      f"{received / 1e6:.1f} MB received, {saved / 1e6:.1f} MB saved, {int(took) / 1000:.1f} s")
