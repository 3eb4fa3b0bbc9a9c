#!/bin/sh
# warc.sh - `run --warc`: the files are read by others, survive kill -9, and a disk that is
# full ends the run. Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/npm.sh
take_ports
port=$ports
other_port=$((ports + 1))
site=http://127.0.0.1:$port
warc=$own/warc

serve() {
	python3 tests/flow/warc_site.py 127.0.0.1 "$port" &
	children="$children $!"
	patiently curl -s -o /dev/null "$site/etag/0"
}

pages() {
	echo "$site/moved"
	echo "$site/none"
	for kind in etag same gzip chunked; do
		seq -f "$site/$kind/%g" "$1"
	done
}

crawl() {
	freshet -q run --once --force --allow-net 127.0.0.0/8 --host-delay 0s --audit-rate 0 \
		--warc "$warc" "$@"
}

checked() { # all files of the archive, by tests/warc/check.py; its lines in $own/records
	ls "$warc"/*.warc.gz >/dev/null && ! ls "$warc"/*.open 2>/dev/null &&
		python3 tests/warc/check.py "$warc"/*.warc.gz >"$own/records" &&
		tail -n 1 "$own/records"
}

has_records() { # has_records COUNT PATTERN
	found=$(grep -c -E "$2" "$own/records")
	[ "$found" = "$1" ] || { echo "$found records '$2', wanted $1" && return 1; }
}

first_crawl() {
	crawl && checked && has_records 16 '^response 200 .*/(etag|same|gzip|chunked)/[1-4]$' &&
		has_records 1 '^response 302' && has_records 1 '^response 404 .*/none' &&
		has_records 1 '^response 404 .*/robots.txt' && has_records 0 '^revisit'
}

second_crawl() { # the page that /moved leads to is visited as itself, too
	crawl && checked && has_records 12 '^revisit 200 .*/(same|gzip|chunked)/' &&
		has_records 5 '^revisit 304 .*/etag/'
}

by_warcio() {
	cp tests/warc/check.mjs "$modules/.." && node "$modules/../check.mjs" "$warc"/*.warc.gz
}

index_by_warcio() { # line by line what its own indexer says
	for file in "$warc"/*.warc.gz; do
		node "$modules/warcio/dist/cli.js" cdx-index "$file" | LC_ALL=C sort >"$own/cdxj" &&
			diff "$own/cdxj" "${file%.warc.gz}.cdxj" || return 1
	done
}

kill_at_work() { # a run that writes is killed, seven times
	pages 400 | freshet -q seed - || return 1
	for ms in 150 250 350 450 550 700 900; do
		start --force --host-delay 0s --audit-rate 0 --warc "$warc" --budget 2000/s \
			--set fetch.per_host=8
		patiently is_up || return 1
		sleep "$(awk -v ms="$ms" 'BEGIN { print ms / 1000 }')"
		kill -9 "$pid"
		wait "$pid" 2>/dev/null
	done
	ls "$warc"/*.open && verifies
}

every_visit_is_there() { # the next run finishes what was left, and no visit is missing
	crawl --host 127.0.0.9 && checked || return 1
	freshet list --format ndjson >"$own/pages"
	python3 - "$own/pages" "$own/records" <<-'EOT'
		import collections, json, sys
		told = collections.Counter(line.split()[2] for line in open(sys.argv[2])
			if line.startswith(("response ", "revisit ")))
		pages = [json.loads(line) for line in open(sys.argv[1])]
		missing = [p["url"] for p in pages if told[p["url"]] < p["visits"] > 0]
		print(len(pages), "pages,", sum(p["visits"] for p in pages), "visits, missing:", missing)
		sys.exit(bool(missing) or sum(p["visits"] for p in pages) < 50)
	EOT
}

limited() { # files of 1 MiB at most
	(
		# shellcheck disable=SC3045
		ulimit -f 2048 && "$@" # of 512 bytes
	)
}

full_disk_stops() {
	head -c 3000000 /dev/urandom >"$own/noise" && mkdir "$own/big" "$own/small" || return 1
	for i in 1 2 3; do cp "$own/noise" "$own/big/$i"; done
	python3 -m http.server "$other_port" --bind 127.0.0.1 --directory "$own/big" \
		>/dev/null 2>&1 &
	children="$children $!"
	patiently curl -s -o /dev/null http://127.0.0.1:$other_port/
	FRESHET_DB=$own/db2
	seq -f "http://127.0.0.1:$other_port/%g" 3 | freshet -q seed - || return 1
	fails 1 "cannot write '$own/small" limited freshet -q run --once --host-delay 0s \
		--allow-net 127.0.0.0/8 --set store.body=none --warc "$own/small"
	status=$?
	verifies && [ "$(freshet changes --json | wc -l)" -lt 3 ] || status=1
	FRESHET_DB=$own/db
	return "$status"
}

claim "the site answers" serve
pages 4 | freshet -q seed -
claim "every exchange is in the archive" first_crawl
claim "a second crawl adds revisits of what has not changed" second_crawl
if npm_install >"$own/npm" 2>&1; then
	claim "npm's warcio reads every record and replays every revisit" by_warcio
	claim "... and its index is ours" index_by_warcio
else
	skip "npm's warcio reads every record and replays every revisit" \
		"npm: $(tail -n 1 "$own/npm")"
fi
claim "a directory that cannot be made is said" fails 1 "cannot make '$own/no/dir'" \
	freshet run --once --warc "$own/no/dir"
claim "kill -9 leaves a file open, and the store whole" kill_at_work
claim "... the next run finishes it, and no visit is missing in it" every_visit_is_there
claim "a full disk under the archive stops the run, and no visit counts" full_disk_stops
echo "1..$n"
