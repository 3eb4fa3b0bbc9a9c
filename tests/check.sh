#!/bin/sh
# check.sh - everything `make check` runs: form, builds, unit and flow tests.
#
#   tests/check.sh [WORD]...     only steps and tests whose name holds one of the words
#
# Each test program is one line; the output of one that failed follows it. The last
# line is the sum. Fails when anything failed or nothing passed. Programs and scripts run
# beside each other, each with addresses and ports of its own; their lines stay in order.
#   CHECK_TIMEOUT=600   seconds for one test program
#   CHECK_JOBS=N        so many beside each other instead of one for each processor
#   CHECK_VARIANT=tsan  the test programs and the flows of the process once more, with all
#                       of ours under TSan: `make tsan`
set -u
cd "$(dirname "$0")/.." || exit 1
variant=${CHECK_VARIANT:-asan}
logs=build/check
[ "$variant" = asan ] || logs=build/check-$variant
rm -rf "$logs"
mkdir -p "$logs"
scratch='' pool='' way='' n_jobs=0
trap 'kill $pool 2>/dev/null; wait; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# In memory where there is room for it and programs may be run from there: on a disk a test
# of the store waits twice as long for fsync() as it works.
new_scratch() {
	scratch=$(mktemp -d /dev/shm/freshet.XXXXXX 2>/dev/null) && chmod 755 "$scratch" &&
		[ "$(df -Pk "$scratch" | awk 'NR == 2 { print $4 }')" -ge 4194304 ] &&
		echo '#!/bin/sh' >"$scratch/runs" && chmod 755 "$scratch/runs" &&
		"$scratch/runs" 2>/dev/null && return
	rm -rf "$scratch"
	scratch=$(mktemp -d /tmp/freshet.XXXXXX) && chmod 755 "$scratch"
}
new_scratch || exit 1 # where the servers of the box, ordinary users, may look

# A python3 that is itself a script, and looks for the one that is meant, is asked once: each
# of some hundred starts would cost half a second.
python=$(python3 -c 'import sys; print(sys.executable)')
[ "$python" = "$(command -v python3)" ] || PATH=${python%/*}:$PATH
export PATH PYTHONDONTWRITEBYTECODE=1 CMOCKA_MESSAGE_OUTPUT=TAP
# What is freed is kept from use for 64 MiB: with 256 a test of the store costs half as much again.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:quarantine_size_mb=64}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
# A child of a process with threads may start some of its own, as the tests' helpers do.
export TSAN_OPTIONS="${TSAN_OPTIONS:-suppressions=$PWD/tests/tsan.supp:die_after_fork=0}"
timeout=${CHECK_TIMEOUT:-$([ "$variant" = tsan ] && echo 1200 || echo 600)}
n_workers=${CHECK_JOBS:-$(nproc)}
words=$*
passed=0 failed=0 skipped=0

wanted() { # wanted NAME: is it named on the command line?
	[ -n "$words" ] || return 0
	for word in $words; do
		case $1 in *"$word"*) return 0 ;; esac
	done
	return 1
}

count() { # count NAME LOG STATUS SECONDS: the line of one program, and its numbers
	lines=$(awk -v name="$1" -v status="$3" -v seconds="$4" -f tests/tally.awk "$2")
	printf '%s\n' "$lines" | sed '$d'
	# shellcheck disable=SC2046
	set -- "$2" $(printf '%s\n' "$lines" | tail -n 1)
	passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
	[ "$4" = 0 ] || show "$1"
}

show() { # show LOG: all of it, but not ten thousand lines of what a failed test leaked
	sed -n '1,200s/^/    | /p' "$1"
	[ "$(wc -l <"$1")" -le 200 ] || sed -n '201,${/^not ok/s/^/    | /p;}' "$1"
	[ "$(wc -l <"$1")" -le 200 ] || echo "    | ... the rest is in $1"
}

log_of() { # log_of NAME
	echo "$logs/$(printf '%s' "$1" | tr ' /' --).log"
}

run() { # run NAME COMMAND...: with a TMPDIR of its own; sets status and seconds
	log=$(log_of "$1")
	TMPDIR=$scratch/$(printf '%s' "$1" | cksum | cut -d' ' -f1)
	mkdir -p "$TMPDIR"
	export TMPDIR
	shift
	began=$(date +%s)
	status=0
	$way timeout -k 10 "$timeout" "$@" >"$log" 2>&1 </dev/null || status=$?
	seconds=$(($(date +%s) - began))
	rm -rf "$TMPDIR"
}

tap() { # tap NAME COMMAND...: a program that speaks TAP
	wanted "$1" || return 0
	run "$@"
	count "$1" "$(log_of "$1")" "$status" "$seconds"
}

step() { # step NAME COMMAND...: passes when the command succeeds
	name=$1
	shift
	wanted "$name" || return 0
	log=$(log_of "$name")
	began=$(date +%s)
	status=0
	"$@" >"$log" 2>&1 </dev/null || status=$?
	[ "$status" = 0 ] && echo "ok 1 - $name" >>"$log"
	count "$name" "$log" "$status" $(($(date +%s) - began))
}

# ---- programs beside each other ---------------------------------------------------------

later() { # later NAME COMMAND...: as tap, when together is called; no word has a space
	wanted "$1" || return 0
	n_jobs=$((n_jobs + 1))
	echo "$*" >"$scratch/job.$n_jobs"
}

endable() { # endable COMMAND...: in the background, where a signal can reach who waits
	"$@" &
	running=$!
	wait "$running"
}

worker() { # takes job after job; says the number of each that has ended
	running='' way=endable
	trap 'kill $running 2>/dev/null; exit 143' TERM
	job=0
	while [ "$job" -lt "$n_jobs" ]; do
		job=$((job + 1))
		mkdir "$scratch/taken.$job" 2>/dev/null || continue
		# shellcheck disable=SC2046
		run $(cat "$scratch/job.$job")
		echo "$status $seconds" >"$scratch/ending.$job" # there when it is whole
		mv "$scratch/ending.$job" "$scratch/ended.$job"
		echo "$job"
	done
}

workers() {
	ids=
	trap 'kill $ids 2>/dev/null; wait; exit 143' TERM
	for _ in $(seq "$n_workers"); do
		worker &
		ids="$ids $!"
	done
	wait
}

tell() { # tell JOB: one that has no end was lost with its worker
	read -r name rest <"$scratch/job.$1"
	[ -e "$scratch/ended.$1" ] || echo "1 0" >"$scratch/ended.$1"
	read -r status seconds <"$scratch/ended.$1"
	touch "$(log_of "$name")"
	count "$name" "$(log_of "$name")" "$status" "$seconds"
}

together() { # all that was put off, told in the order in which it was
	rm -rf "$scratch"/taken.* "$scratch"/ended*
	mkfifo "$scratch/ended" || exit 1
	workers >"$scratch/ended" &
	pool=$!
	told=0
	while read -r job; do
		while [ -e "$scratch/ended.$((told + 1))" ]; do
			told=$((told + 1))
			tell "$told"
		done
	done <"$scratch/ended"
	while [ "$told" -lt "$n_jobs" ]; do
		told=$((told + 1))
		tell "$told"
	done
	wait "$pool"
	pool='' n_jobs=0
}

formatted() {
	find store scheduler crawler tools tests -name '*.[ch]' ! -path '*/vendor/*' -print0 |
		xargs -0 clang-format --dry-run --Werror
}

build() { # -k: one broken program must not hide what the others say
	make --no-print-directory -s -k -j"$(nproc)" "$@"
}

# What has threads, once more under TSan; cmocka and RocksDB are not made for it, the
# programs are chosen so that they need not be.
threaded="unit/test_pool unit/test_control flow/test_transport flow/test_visit flow/test_redirects"
tsan_programs() {
	for program in $threaded; do
		echo "build/tsan/tests/$program"
	done
}
# Catches the very calls that TSan must catch itself.
[ "$variant" = asan ] || left_out=tests/flow/test_faults
# These wait for real seconds, and say how many.
timed="tests/flow/test_limits"

form_and_builds() {
	step "clang-format" formatted
	for lint in layers sizes words readme; do
		tap "tests/lint/$lint.py" python3 "tests/lint/$lint.py"
	done
	step "build with gcc" build build/gcc/freshet
	# shellcheck disable=SC2046
	step "build with clang, for TSan" build build/tsan/freshet $(tsan_programs)
	step "build of the tests with ASan and UBSan" build test-programs VARIANT=asan
}

programs() { # each test program, and what goes over the wire when other threads do it
	for source in tests/unit/test_*.c tests/flow/test_*.c; do
		case " $timed ${left_out:-} " in *" ${source%.c} "*) continue ;; esac
		later "${source%.c}" "build/$variant/${source%.c}"
	done
	for program in flow/test_transport flow/test_transport_faults flow/test_transport_tls; do
		later "threads/$program" env FETCH_THREADS=2 "build/$variant/tests/$program"
	done
	[ "$variant" = tsan ] || for program in $threaded; do
		later "tsan/$program" env FETCH_THREADS=2 "build/tsan/tests/$program"
	done
}

flows() { # flows FILE...
	for script in "$@"; do
		[ ! -e "$script" ] || later "$script" sh "$script"
	done
}

alone() {
	for program in $timed; do
		tap "$program" "build/$variant/$program"
	done
}

FRESHET=$PWD/build/$variant/freshet
export FRESHET
if [ "$variant" = tsan ]; then
	step "build of the tests with TSan" build test-programs VARIANT=tsan
	programs
	flows tests/flow/*.sh
else
	form_and_builds
	programs
	later "tests/fuzz/replay" build/asan/tests/fuzz/replay tests/fuzz/corpus
	later "tests/fuzz/large" sh tests/fuzz/large.sh
	flows tests/flow/*.sh tests/browser/*.sh
fi
together
alone

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
