#!/bin/sh
# demo.sh - `make demo`: real documentation sites are crawled, crawled again when nothing
# has changed, and crawled after a new release was published. Every verdict is held against
# the files themselves; the demo fails when a single one is wrong.
#
#   FRESHET=./freshet   the binary     DEMO_DIR=build/demo   where the store goes
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$(dirname "$here")")
cd "$top"
FRESHET=${FRESHET:-./freshet}
demo=${DEMO_DIR:-build/demo}
box=tools/box/box.sh
rm -rf "$demo"
mkdir -p "$demo"
trap '"$box" stop' EXIT
trap 'exit 130' INT TERM

tell() {
	printf '\n== %s\n' "$*"
}

shown() { # prints the command as a user would type it, then runs it
	shown_quietly "$@"
	"$FRESHET" --db "$demo/db" "$@"
}

shown_quietly() {
	printf '$ freshet --db %s %s\n' "$demo/db" "$*"
}

crawl() { # crawl NAME [FLAG]...: one pass, timed
	pass=$1
	shift
	"$box" served >"$demo/served-0"
	began=$(date +%s%3N)
	shown run --once --allow-net 127.0.0.0/8 --host-delay 0s --budget 100000/s "$@"
	took=$(($(date +%s%3N) - began))
	"$box" served >"$demo/served-1"
	"$FRESHET" --db "$demo/db" report --format json -o "$demo/report-$pass.json"
	python3 -B "$here/pass.py" "$demo/report-$pass.json" "$demo/report-$last.json" "$took"
	last=$pass
}

verdicts() { # verdicts before|after: against the truth
	"$FRESHET" --db "$demo/db" list --format ndjson --limit 1000000 >"$demo/list"
	python3 -B "$here/compare.py" "$1" "$demo" || wrong=1
}

wrong=0 last=none
tell "the web in a box: real sites, their older release, one web server each"
"$box" start 2>&1
"$box" truth >"$demo/truth"
"$box" expected >"$demo/expected"
"$box" urls >"$demo/urls.txt"
"$box" origins

tell "1. tell freshet what to keep fresh: one URL a line"
shown seed "$demo/urls.txt"
tell "   the first crawl: everything is due (no delay between requests: the sites are ours)"
crawl 1
tell "   the indexer takes what is new and acknowledges it"
shown_quietly changes --ack '> /dev/null'
"$FRESHET" --db "$demo/db" changes --ack >/dev/null

tell "2. crawl again at once (--force: before anything is due). Nothing has changed."
crawl 2 --force
verdicts before

tell "3. the newer release of every site is published: one rename()"
"$box" switch new
crawl 3 --force --set fetch.gone_after=1
verdicts after
tell "   was it news? A parser of its own says what each page shows (tools/box/shown.py)"
python3 -B "$here/confusion.py" "$demo" "$("$box" dir)/site" || wrong=1

tell "the freshness report"
shown report
shown report --format json -o "$demo/report.json"
shown report --format html -o "$demo/report.html"
tell "what to try next (the store is yours, in $demo/db)"
url=$(awk -F'\t' '$2 == "differing" { print $1; exit }' "$demo/expected")
shown_quietly "changes --json --limit 3"
shown_quietly "show $url"
shown_quietly "plan"
printf 'look at it: the report as a page is %s\n' "$demo/report.html"
if [ "$wrong" != 0 ]; then
	tell "FAILED: a verdict is not what the files say"
	exit 1
fi
tell "every verdict is what the files say"
