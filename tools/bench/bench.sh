#!/bin/sh
# bench.sh - `make bench`: conditional recrawl of many small pages, beside other tools.
#
#   ROUNDS=5 PAGES=50000 HOSTS=100 SEEDS=1000000 PEER_SECONDS=60 FRESHET=./freshet
#
# Writes a table, and build/bench/result.json. The origin (nginx) has core 0, whoever is
# measured has core 1; what is counted is what the origin logged.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
cd "$top" && exec python3 -B tools/bench/bench.py
