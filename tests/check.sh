#!/bin/sh
# check.sh - everything `make check` runs: form, builds, unit and flow tests.
#
#   tests/check.sh [WORD]...     only steps and tests whose name holds one of the words
#
# Each test program is one line; the output of one that failed follows it. The last
# line is the sum. Fails when anything failed or nothing passed.
#   CHECK_TIMEOUT=300   seconds for one test program
set -u
cd "$(dirname "$0")/.." || exit 1
logs=build/check
rm -rf "$logs"
mkdir -p "$logs"
scratch=$(mktemp -d /tmp/freshet-check.XXXXXX) || exit 1
chmod 755 "$scratch" # the servers of the box run as an ordinary user
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
export PYTHONDONTWRITEBYTECODE=1 CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-suppressions=$PWD/tests/tsan.supp}"
timeout=${CHECK_TIMEOUT:-300}
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

tap() { # tap NAME COMMAND...: a program that speaks TAP
	name=$1
	shift
	wanted "$name" || return 0
	log=$logs/$(printf '%s' "$name" | tr / -).log
	TMPDIR=$scratch/$(printf '%s' "$name" | cksum | cut -d' ' -f1)
	mkdir -p "$TMPDIR"
	export TMPDIR
	began=$(date +%s)
	timeout -k 10 "$timeout" "$@" >"$log" 2>&1 </dev/null
	count "$name" "$log" $? $(($(date +%s) - began))
	rm -rf "$TMPDIR"
}

step() { # step NAME COMMAND...: passes when the command succeeds
	name=$1
	shift
	wanted "$name" || return 0
	log=$logs/$(printf '%s' "$name" | tr ' /' --).log
	began=$(date +%s)
	status=0
	"$@" >"$log" 2>&1 </dev/null || status=$?
	[ "$status" = 0 ] && echo "ok 1 - $name" >>"$log"
	count "$name" "$log" "$status" $(($(date +%s) - began))
}

formatted() {
	find store scheduler crawler tools tests -name '*.[ch]' ! -path '*/vendor/*' -print0 |
		xargs -0 clang-format --dry-run --Werror
}

build() { # -k: one broken program must not hide what the others say
	make --no-print-directory -s -k -j"$(nproc)" "$@"
}

step "clang-format" formatted
for lint in layers sizes words readme; do
	tap "tests/lint/$lint.py" python3 "tests/lint/$lint.py"
done
step "build with gcc" build build/gcc/freshet
step "build with clang" build build/clang/freshet
step "build of the tests with ASan and UBSan" build test-programs VARIANT=asan

# What has threads, once more under TSan; cmocka and RocksDB are not made for it, the
# programs are chosen so that they need not be.
threaded="unit/test_pool unit/test_control flow/test_transport flow/test_visit flow/test_redirects"
tsan_programs() {
	for program in $threaded; do
		echo "build/tsan/tests/$program"
	done
}
# shellcheck disable=SC2046
step "build of threaded tests with TSan" build $(tsan_programs)

FRESHET=$PWD/build/asan/freshet
export FRESHET
for source in tests/unit/test_*.c tests/flow/test_*.c; do
	[ -e "$source" ] || continue
	tap "${source%.c}" "build/asan/${source%.c}"
done
# What goes over the wire is the same when other threads do it.
for program in flow/test_transport flow/test_transport_faults flow/test_transport_tls; do
	tap "threads/$program" env FETCH_THREADS=2 "build/asan/tests/$program"
done
for program in $threaded; do
	tap "tsan/$program" env FETCH_THREADS=2 "build/tsan/tests/$program"
done
tap "tests/fuzz/replay" build/asan/tests/fuzz/replay tests/fuzz/corpus
tap "tests/fuzz/large" sh tests/fuzz/large.sh
for script in tests/flow/*.sh tests/browser/*.sh; do
	[ -e "$script" ] || continue
	tap "$script" sh "$script"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
