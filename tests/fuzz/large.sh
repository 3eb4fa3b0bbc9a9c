#!/bin/sh
# large.sh - every parser over inputs of 50 KB that are made to hurt. No measurement: the
# limit is ten times what any of them takes under ASan, and more on a machine that is slow
# just then; only what costs more than its share meets it. `make complexity` has 1 MB, and
# measures.
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d "${TMPDIR:-/tmp}/large.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
python3 -B tests/fuzz/large.py "$folder" 50000 &&
	build/asan/tests/fuzz/replay --limit 2000 "$folder"
