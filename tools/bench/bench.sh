#!/bin/sh
# bench.sh - `make bench`: what a recheck, a first crawl and the store cost, beside other
# tools that do some of the same work in the same run. A tool that is not installed is left
# out; one that takes longer than PEER_SECONDS is judged by what it got done.
#
#   ROUNDS=5 PAGES=10000 HOSTS=1000 ARTICLES=5000 SEEDS=1000000 PEER_SECONDS=60
#   FRESHET=./freshet PORT=8090 ONLY=PART_OF_A_NAME
#
# Writes tables, and build/bench/result.json. The origin (nginx) has core 0, whoever is
# measured has core 1; what is counted is what the origin logged.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
cd "$top" && exec python3 -B tools/bench/bench.py
