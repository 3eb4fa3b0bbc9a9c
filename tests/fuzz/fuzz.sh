#!/bin/sh
# fuzz.sh - what `make fuzz` runs: each target for a bounded time, then all of them over
# large inputs.
#
#   tests/fuzz/fuzz.sh [NAME]...   only these targets, and no large inputs
#
# Inputs that crash a target are kept in build/fuzz/crashes/NAME-*; when the bug is mended,
# move the input to tests/fuzz/corpus/NAME/ under the name of the bug. Inputs that reach
# new code are kept in build/fuzz/corpus/NAME/. Fails when anything was found.
#   FUZZ_SECONDS=10  for one target        FUZZ_JOBS=2  targets at a time
set -u
cd "$(dirname "$0")/../.." || exit 1
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
seconds=${FUZZ_SECONDS:-10} jobs=${FUZZ_JOBS:-2}
crashes=build/fuzz/crashes

number_of() { # number_of NAME LOG: one of libFuzzer's final statistics
	sed -n "s/^stat::$1: *//p" "$2"
}

fuzz_one() { # fuzz_one NAME: one line; its log, too, if it found something
	log=build/fuzz/$1.log
	mkdir -p "build/fuzz/corpus/$1" "tests/fuzz/corpus/$1"
	TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/freshet-fuzz.XXXXXX") || return 1
	export TMPDIR
	status=0
	"build/fuzz/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -max_len=10000 -print_final_stats=1 \
		-artifact_prefix="$crashes/$1-" "build/fuzz/corpus/$1" \
		"tests/fuzz/corpus/$1" >"$log" 2>&1 </dev/null || status=$?
	rm -rf "$TMPDIR"
	coverage=$(sed -n 's/^#[0-9].* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	printf '%-16s %10s executions  %6s edges  %s\n' "$1" \
		"$(number_of number_of_executed_units "$log")" "${coverage:-0}" \
		"$([ "$status" = 0 ] && echo ok || echo "FOUND SOMETHING: $log")"
	[ "$status" = 0 ] || grep -E -A12 '^(==[0-9]+==|.*runtime error|.*does not hold)' "$log" |
		head -n 30 | sed 's/^/    | /'
	return "$status"
}

if [ "${1:-}" = --one ]; then
	fuzz_one "$2"
	exit
fi
programs=
for name in "$@"; do
	programs="$programs build/fuzz/tests/fuzz/fuzz_$name"
done
# shellcheck disable=SC2086
make --no-print-directory -s -j"$(nproc)" ${programs:-fuzz-programs} || exit 1
mkdir -p "$crashes"
if [ $# = 0 ]; then
	for source in tests/fuzz/fuzz_*.c; do
		name=${source##*/fuzz_}
		set -- "$@" "${name%.c}"
	done
fi
found=0
printf '%s\n' "$@" | xargs -P "$jobs" -n 1 "$0" --one || found=1
if [ -z "$programs" ]; then
	echo "the most that 1 MB costs, release build:"
	python3 tests/fuzz/large.py build/fuzz/large
	build/release/tests/fuzz/replay --limit 100 build/fuzz/large || found=1
fi
exit "$found"
