#!/bin/sh
# valgrind.sh - what `make valgrind` runs: the core flows of the program as users have it
# under memcheck. Beside the sanitizers it sees what is used before it was set, also in
# libraries that were built without them. Each command is one line; what it leaks for good,
# reads or writes where it must not fails it. No suppressions. Some five minutes.
#   VALGRIND_WORDS="run report"   only the commands whose line holds one of the words
cd "$(dirname "$0")/.." || exit 1
FRESHET=$PWD/build/release/freshet
export FRESHET
. tests/lib.sh
take_ports
a=127.77.3.91 port=$ports
site=http://$a:$port
failed=0

checked() { # checked ARGS...: the command, under valgrind, ends well and is clean
	name="freshet $*"
	[ -z "${VALGRIND_WORDS:-}" ] || echo "$name" | grep -qwE "$(echo "$VALGRIND_WORDS" | tr ' ' '|')" || {
		"$FRESHET" "$@" >"$own/said" 2>&1
		return
	}
	code=0
	timeout 300 valgrind --quiet --error-exitcode=99 --leak-check=full \
		--show-leak-kinds=definite --errors-for-leak-kinds=definite \
		"$FRESHET" "$@" >"$own/said" 2>&1 </dev/null || code=$?
	if [ "$code" = 0 ]; then
		echo "ok      $name"
	else
		failed=$((failed + 1))
		echo "FAILED  $name: exit $code"
		sed 's/^/    | /' "$own/said" | tail -n 60
	fi
}

origin "$port" "$a"
crawl="--once --allow-net 127.0.0.0/8 --host-delay 0s"
printf '%s\n' "$site/1" "$site/2" "$site/error/503/1" >"$own/urls"
checked seed "$own/urls"
# shellcheck disable=SC2086
checked run $crawl --warc "$own/warc"
# shellcheck disable=SC2086
checked run $crawl --force
checked report
checked report --format html -o "$own/report.html"
checked list --format ndjson
checked show "$site/1" --history 5
checked cat "$site/1"
checked changes --json --ack
checked export --format warc -o "$own/out.warc"
checked plan
checked host
checked recheck "$site/1"
checked forget "$site/2" --yes
checked db backup "$own/backup"
checked db verify
checked --db "$own/again" db restore "$own/backup"
checked --db "$own/from-warc" seed --format warc "$own/out.warc"
checked simulate tests/data/traces/scoop-extras-200.tsv.gz --pages 40 --relative 1 --policy optimal --window 90d
echo "$failed failed"
[ "$failed" = 0 ]
