#!/bin/sh
# readers.sh - the commands that read a store, on one that a real crawl of a small site
# has filled. Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
port=$ports
site=http://127.0.0.1:$port

serve() {
	python3 -m http.server "$port" --bind 127.0.0.1 --directory "$own/www" \
		>/dev/null 2>&1 &
	children="$children $!"
	patiently curl -s -o /dev/null "$site/"
}

crawl() {
	freshet -q run --once --force --allow-net 127.0.0.0/8 --host-delay 0s --audit-rate 0 \
		--set fetch.gone_after=9
}

same_body() {
	freshet cat "$site/1.html" >"$own/body" && cmp "$own/body" "$own/www/1.html"
}

needs_no_mercy() { # a reader that stops reading acknowledges nothing
	freshet changes --json --ack >/dev/full
	[ "$?" = 1 ] && json 'len(r) == 4' freshet changes --json
}

follows() { # new changes come out while it waits, and SIGTERM ends it
	freshet changes --json --follow --ack >"$own/followed" 2>"$own/errors" &
	follower=$!
	echo "<title>other</title><p>quite another text now" >"$own/www/2.html"
	touch -d '+1 hour' "$own/www/2.html"
	crawl || return 1
	patiently [ -s "$own/followed" ]
	kill -TERM "$follower"
	code=0
	wait "$follower" || code=$?
	cat "$own/followed" "$own/errors"
	[ "$code" = 143 ] && json 'len(r) == 1 and r[0]["kind"] == "changed"' \
		cat "$own/followed" && json 'r == []' freshet changes --json
}

report_file_is_whole() {
	freshet report --format json -o "$own/report.json" &&
		json 'r[0]["schema"] == "freshet.report/1" and r[0]["pages"]["total"] == 5 and
			r[0]["verdicts"]["new"]["count"] == 4' cat "$own/report.json" &&
		exits 1 freshet report -o "$own/nowhere/report" &&
		[ "$(ls "$own"/report.json*)" = "$own/report.json" ]
}

special_files_stay() {
	mkfifo "$own/fifo"
	timeout 60 cat "$own/fifo" >"$own/piped" &
	reader=$!
	freshet report --json -o "$own/fifo" && wait "$reader" &&
		grep -q '"schema":"freshet.report/1"' "$own/piped" && [ -p "$own/fifo" ]
}

csv_is_read_by_others() {
	freshet report --format csv >"$own/csv" || return 1
	python3 -B - "$own/csv" <<-'EOT'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
		print(rows)
		sys.exit(len(rows) != 5 or any(None in row or None in row.values() for row in rows))
	EOT
}

mkdir "$own/www"
for i in 1 2 3; do
	echo "<title>page $i</title><p>words of page $i</p>" >"$own/www/$i.html"
done
echo "plain <b>text" >"$own/www/4.txt"
touch -d '2 days ago' "$own"/www/*

claim "a reader makes no store" exits 1 freshet list
claim "the site answers" serve
printf '%s\n' "$site/1.html	tag=docs" "$site/2.html" "$site/3.html" "$site/4.txt" \
	"$site/none.html" | freshet -q seed -
claim "list tells what was never fetched" json \
	'len(r) == 5 and all(p["state"] == "unfetched" for p in r)' \
	freshet list --format ndjson
claim "the site is crawled" crawl
claim "list filters by state, host and tag" json '[p["url"][-6:] for p in r] == ["1.html"]' \
	freshet list --format ndjson --state stale,gone --tag docs --host "127.0.0.1:$port"
claim "... and a host of another port has none" json 'r == []' \
	freshet list --format ndjson --host 127.0.0.1:1
claim "list sorts and stops" json '[p["url"][-6:] for p in r] == ["1.html", "2.html"]' \
	freshet list --format ndjson --sort url --limit 2
claim "show finds any spelling of a URL" json \
	'r[0]["verdict"] == "new" and len(r[0]["history"]) == 1' \
	freshet show --json "HTTP://127.0.0.1:$port/./1.html#x"
claim "show --history 0 shows none" json 'r[0]["history"] == []' \
	freshet show --json --history 0 "$site/1.html"
claim "a page nobody seeded is a failure" exits 1 freshet show "$site/unknown"
claim "what is no URL is a usage error" exits 2 freshet show nonsense
claim "cat gives the bytes as they came" same_body
claim "cat --text gives the words" sh -c \
	'[ "$("$1" cat --text "$2")" = "plain <b>text" ]' - "$FRESHET" "$site/4.txt"
claim "cat has nothing for a page without a body" exits 1 freshet cat "$site/none.html"
claim "changes tells each new page once" json \
	'[c["cursor"] for c in r] == sorted({c["cursor"] for c in r}) and len(r) == 4' \
	freshet changes --json
claim "nothing is acknowledged that could not be written" needs_no_mercy
claim "changes --limit --ack takes one" json 'len(r) == 1' \
	freshet changes --json --limit 1 --ack
claim "... and goes on behind it" json 'len(r) == 3' freshet changes --json --ack
claim "another consumer has all before it" json 'len(r) == 4' \
	freshet changes --json --consumer other
claim "the site is crawled again" crawl
claim "an unchanged page is no change" json 'r == []' freshet changes --json
claim "... but is told with --all" json \
	'len(r) == 4 and {c["kind"] for c in r} == {"unchanged"}' freshet changes --json --all
claim "changes --follow waits, acknowledges and ends on SIGTERM" follows
claim "report --json is --format json" json 'r[0]["schema"] == "freshet.report/1"' freshet report --json
claim "... and no other format" exits 2 freshet report --json --format csv
claim "report -o writes a whole file or none" report_file_is_whole
claim "report --format csv is one row a page" csv_is_read_by_others
claim "-o to a device or a pipe writes into it and leaves it there" special_files_stay
claim "report --check that holds exits with 10" exits 10 freshet report --check 'pages>=5'
claim "... that does not, with 0" exits 0 freshet report --check 'stale>5%,pages>5'
claim "... that makes no sense, with 2" exits 2 freshet report --check 'stale>often'
claim "host tells of every host" json \
	'len(r) == 1 and r[0]["pages"]["total"] == 5 and r[0]["robots"]["outcome"] == "none"' \
	freshet host --json
claim "a host nobody knows is a failure" exits 1 freshet host example.org
echo "1..$n"
