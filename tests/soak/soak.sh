#!/bin/sh
# soak.sh - what `make soak` runs: the tests of faults with many times the points that
# `make check` has time for, then a year in compressed time. The last line is the sum.
#
#   SOAK_MINUTES=20   for the year; its table is in build/soak/year.log
#   CRASHES=200       deaths of a run, half at any moment, half right behind orders
#   KILLS=200         deaths of a writer of the store
#   FAULTS=0          calls of disk, allocator and store that fail; 0: each of them
#   FLIPS=500         damages to a store's files; SEED says where
set -u
cd "$(dirname "$0")/../.." || exit 1
export CRASHES="${CRASHES:-200}" KILLS="${KILLS:-200}" FLIPS="${FLIPS:-500}"
export FAULTS="${FAULTS:-0}" PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}"
FRESHET=$PWD/build/asan/freshet
export FRESHET
logs=build/soak
mkdir -p "$logs"
TMPDIR=$(mktemp -d /tmp/freshet-soak.XXXXXX) || exit 1 # a test that is killed leaves it all there
export TMPDIR
memory=$(mktemp -d /dev/shm/freshet-soak.XXXXXX 2>/dev/null) || memory=$TMPDIR
trap 'rm -rf "$TMPDIR" "$memory"' EXIT
trap 'exit 130' INT TERM
failed=0

try() { # try NAME COMMAND...: its numbers are the lines that begin with "#"
	name=$1 began=$(date +%s)
	shift
	if "$@" >"$logs/$name.log" 2>&1 && ! grep -aq '^not ok' "$logs/$name.log"; then
		verdict=ok
	else
		verdict=FAILED failed=$((failed + 1))
	fi
	echo "$verdict  $name ($(($(date +%s) - began)) s)"
	grep -a "^# .* \(failed\|harmless\)$" "$logs/$name.log"
	[ "$verdict" = ok ] || tail -n 30 "$logs/$name.log"
}

# apart PROGRAM CLAIM...: each claim (its name, or how that begins) is a process of its own, beside
# the others and not on the disk, whose fsyncs would be most of the time: some thousand stores
# are made, and opened twice.
apart() {
	program=$1 status=0 each=$logs/$(basename "$1")
	shift
	# shellcheck disable=SC2016
	printf '%s\n' "$@" |
		TMPDIR=$memory xargs -P "$(nproc)" -I CLAIM sh -c 'timeout 1800 \
			"$1" "CLAIM*" >"$0-CLAIM.log" 2>&1' "$each" "$program" || status=1
	cat "$each"-*.log
	return "$status"
}

try crash sh tests/flow/process_crash.sh
try kill build/asan/tests/unit/test_store_kill
try disk apart build/asan/tests/unit/test_store_disk \
	a_kill_before a_kill_behind a_call a_disk a_power_loss_at a_power_loss_that
try faults apart build/asan/tests/flow/test_faults \
	visiting verifying reporting seeding reading acknowledging
try corrupt build/asan/tests/unit/test_store_corrupt
try year build/release/tests/soak/soak_year "${SOAK_MINUTES:-20}"
cat "$logs/year.log"
echo "$failed failed"
[ "$failed" = 0 ]
