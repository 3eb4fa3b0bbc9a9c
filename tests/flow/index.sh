#!/bin/sh
# index.sh - a search index is fed through `changes --format bulk` and stays the same as the
# site; and `export` in the formats that are rows. Speaks TAP. FRESHET names the binary.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
port=$ports
index_port=$((ports + 1))
site=http://127.0.0.1:$port
index=http://127.0.0.1:$index_port

serve() {
	python3 -m http.server "$port" --bind 127.0.0.1 --directory "$own/www" \
		>/dev/null 2>&1 &
	children="$children $!"
	python3 tests/flow/bulk_index.py "$own/refuse" "$index_port" &
	children="$children $!"
	patiently curl -s -o /dev/null "$site/" && patiently curl -s -o /dev/null "$index/"
}

crawl() {
	freshet -q run --once --force --allow-net 127.0.0.0/8 --host-delay 0s --audit-rate 0 \
		--set fetch.gone_after=1
}

write() { # write NAME TEXT: with a time of change of its own
	age=$((age - 1))
	echo "<title>$1</title><p>$2" >"$own/www/$1.html"
	touch -d "$age hours ago" "$own/www/$1.html"
}

post() {
	curl -sS --fail -o "$own/answer" -H 'Content-Type: application/x-ndjson' \
		--data-binary @- "$index/_bulk"
}

# As the README has it: acknowledged when the index has said that it has everything.
deliver() {
	freshet changes --format bulk --max-size "${1:-1M}" --save-cursor "$own/cursor" \
		>"$own/bulk" || return 1
	[ -s "$own/bulk" ] || return 0
	post <"$own/bulk" && grep -q '"errors": *false' "$own/answer" &&
		freshet -q ack "$(cat "$own/cursor")"
}

index_has() { # index_has EXPRESSION over r[0], the documents by URL, and `site`
	json "(lambda r, site: $1)(r[0], '$site/')" curl -sS "$index/"
}

everything_is_indexed() {
	deliver && index_has 'len(r) == 3 and
		r[site + "a.html"]["text"].split() == ["a", "one"] and r[site + "a.html"]["title"] == "a" and
		r[site + "a.html"]["tags"] == ["docs"] and r[site + "a.html"]["version"] == 1' &&
		[ -z "$(freshet changes --json)" ]
}

nothing_is_sent_when_nothing_changed() {
	crawl && freshet changes --format bulk >"$own/bulk" && ! [ -s "$own/bulk" ]
}

only_what_changed_is_sent() {
	write a two && rm "$own/www/b.html" && crawl &&
		freshet changes --format bulk >"$own/bulk" && [ "$(wc -l <"$own/bulk")" = 3 ] &&
		deliver && index_has 'set(r) == {site + "a.html", site + "c.html"} and
			r[site + "a.html"]["text"].split() == ["a", "two"]'
}

an_index_that_is_down_misses_nothing() {
	write a three && write b back && crawl && : >"$own/refuse" || return 1
	if deliver; then return 1; fi
	rm "$own/refuse"
	deliver && index_has 'len(r) == 3 and r[site + "a.html"]["text"].split() == ["a", "three"] and
		r[site + "b.html"]["text"].split() == ["b", "back"]'
}

small_requests_bring_all() {
	write a four && write b four && write c four && crawl || return 1
	for i in 1 2 3; do
		deliver 1 && [ "$(wc -l <"$own/bulk")" = 2 ] || return 1
	done
	deliver 1 && ! [ -s "$own/bulk" ] &&
		index_has 'all(d["text"].endswith("four") for d in r.values())'
}

a_pipe_will_do() { # what is acknowledged was written to the pipe, no more
	write a five && crawl && freshet changes --format bulk --index pages --ack | post &&
		index_has 'r[site + "a.html"]["text"].split() == ["a", "five"]' &&
		[ -z "$(freshet changes --json)" ]
}

consumers_do_not_disturb_each_other() {
	json 'len(r) > 3' freshet changes --json --consumer second &&
		freshet -q changes --json --consumer second --ack >"$own/out" &&
		[ -z "$(freshet changes --json --consumer second)" ] &&
		write c six && crawl &&
		json 'len(r) == 1' freshet changes --json --consumer second &&
		json 'len(r) == 1' freshet changes --json
}

rows() { # rows FORMAT WANTED ARGS...: that many pages
	format=$1 wanted=$2
	shift 2
	freshet export --format "$format" -o "$own/export" "$@" || return 1
	python3 - "$format" "$own/export" "$wanted" <<-'EOT'
		import csv, json, sys
		file = open(sys.argv[2], newline="", encoding="utf-8")
		rows = list(csv.DictReader(file)) if sys.argv[1] == "csv" else [json.loads(l) for l in file]
		print(rows)
		sys.exit(len(rows) != int(sys.argv[3]) or any(not row["url"] for row in rows))
	EOT
}

exports_what_changed_since() {
	cursor=$(freshet changes --json --since 0 | tail -n 1 | sed 's/.*"cursor":\([0-9]*\),.*/\1/')
	at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	sleep 1
	write a seven && crawl && rows ndjson 1 --since "$cursor" && rows csv 1 --since "$at" &&
		rows ndjson 0 --since 2099-01-01T00:00:00Z && rows ndjson 3 --since 0
}

a_failed_export_leaves_the_old_file() {
	echo old >"$own/export" && exits 4 freshet --db "$own/nowhere" export -o "$own/export"
	fails 1 "cannot make '$own/nowhere/export'" freshet export -o "$own/nowhere/export" &&
		exits 2 freshet export -o "$own/export" --since yesterday &&
		[ "$(cat "$own/export")" = old ] && [ "$(ls "$own"/export*)" = "$own/export" ]
}

keeps_a_link() { # a file that a link leads to is replaced, the link is not
	mkdir -p "$own/elsewhere" && echo old >"$own/elsewhere/out" || return 1
	ln -sf elsewhere/out "$own/link" && ln -sf elsewhere/none "$own/dangling" || return 1
	for link in link dangling; do
		freshet export --format csv -o "$own/$link" || return 1
		[ -L "$own/$link" ] && head -n 1 "$own/$link" | grep -q url || return 1
	done
	[ "$(ls "$own/elsewhere")" = "none
out" ]
}

what_is_forgotten_can_be_announced() { # which goes for a run, too
	write a eight && crawl && deliver && freshet -q forget "$site/c.html" && deliver &&
		index_has 'len(r) == 3' &&
		freshet -q forget --announce --tag docs --yes && deliver &&
		index_has 'set(r) == {site + "b.html", site + "c.html"} and
			r[site + "b.html"]["noarchive"] is False' && verifies
}

mkdir "$own/www"
age=200
for i in a b c; do write $i one; done
claim "the site and the index answer" serve
printf '%s\n' "$site/a.html	tag=docs" "$site/b.html" "$site/c.html" | freshet -q seed -
claim "the site is crawled" crawl
claim "bulk: an empty index gets every page" everything_is_indexed
claim "bulk: nothing for what is unchanged" nothing_is_sent_when_nothing_changed
claim "bulk: only what changed is sent, and what is gone is deleted" only_what_changed_is_sent
claim "bulk: an index that is down misses nothing" an_index_that_is_down_misses_nothing
claim "bulk: --max-size makes small requests, and they bring all" small_requests_bring_all
claim "bulk: --ack into a pipe" a_pipe_will_do
claim "bulk: nothing is acknowledged that could not be written" sh -c \
	'"$1" changes --format bulk --since 0 --consumer fresh --ack >/dev/full
	[ $? = 1 ] && [ "$("$1" changes --json --consumer fresh | wc -l)" -gt 3 ]' - "$FRESHET"
claim "bulk and --all make no sense together" exits 2 freshet changes --format bulk --all
claim "--index without bulk makes none either" exits 2 freshet changes --index pages
claim "several consumers do not disturb each other" consumers_do_not_disturb_each_other
claim "a consumer without a name is refused" exits 2 freshet changes --consumer ''
claim "an acknowledgement of what nobody has seen is refused" exits 1 freshet ack 999999
claim "... and one that goes back" exits 1 freshet ack 1
claim "export: NDJSON has every page" rows ndjson 3
claim "export: CSV has every page" rows csv 3
claim "export: only pages with the tag" rows csv 1 --tag docs
claim "export: what changed since a cursor, or a time" exports_what_changed_since
claim "export: a failure leaves the old file" a_failed_export_leaves_the_old_file
claim "export -o LINK writes the file that it leads to" keeps_a_link
claim "bulk: what is forgotten stays, or is deleted if that is announced" \
	what_is_forgotten_can_be_announced
echo "1..$n"
