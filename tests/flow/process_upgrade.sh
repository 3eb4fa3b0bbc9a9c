#!/bin/sh
# process_upgrade.sh - stores that older builds made are opened, whole, and crawled on
# (REQ 83). Speaks TAP. FRESHET names the binary under test.
#
#   tests/flow/process_upgrade.sh --make DIR     makes such a store with this build, for
#                                                the day on which the format changes
#
# tests/data/store-FORMAT.tar.gz holds a store, and what that build said of it: `pages`
# (URL, state, version, tags, ETag, digest) and `feed` (its changes).
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
a=127.77.3.61 b=127.77.3.62 port=18961
fast="--allow-net 127.0.0.0/8 --host-delay 0s --audit-rate 0 --set fetch.gone_spacing=0s"

pages() { # what must not change with the build
	freshet list --format ndjson --sort url | python3 -c '
import json, sys
for line in sys.stdin:
    p = json.loads(line)
    print(*(json.dumps(p[k]) for k in ("url", "state", "version", "indexed_version", "tags",
                                       "weight", "etag", "digest", "visits", "changes")))'
}

feed() {
	freshet changes --json --since 0 --consumer nobody | python3 -c '
import json, sys
for line in sys.stdin:
    c = json.loads(line)
    print(*(json.dumps(c[k]) for k in ("cursor", "url", "kind", "version", "digest",
                                       "previous_digest", "redirect_to")))'
}

crawl() {
	# shellcheck disable=SC2086
	freshet -q run --once $fast "$@"
}

make_store() { # make_store DIR: pages of every kind, visited three times
	printf 'User-agent: *\nDisallow: /private\n' >"$own/origin/robots-$b"
	for page in 1 2 fresh/1 fresh/2 error/404/1 error/503/1 slow/1/1; do
		printf 'http://%s:%s/%s\tweight=2\ttag=t\n' "$a" "$port" "$page"
	done | freshet -q seed -
	freshet -q seed "http://$b:$port/1" "http://$b:$port/private" "http://$b:$port/busy/60/1"
	crawl && crawl --force
	freshet changes --json --ack --limit 3 >"$own/acknowledged"
	echo second >"$own/origin/version"
	crawl --force
	freshet -q seed "http://$a:$port/late" "http://127.77.3.63:$port/paused"
	freshet -q host --pause 127.77.3.63
	verifies && mkdir -p "$1" && pages >"$1/pages" && feed >"$1/feed" &&
		rm -rf "$1/db" && cp -r "$FRESHET_DB" "$1/db"
}

unpack() { # unpack ARCHIVE
	rm -rf "$own/old" && mkdir "$own/old" && tar -xzf "$1" -C "$own/old" --no-same-owner &&
		FRESHET_DB=$own/old/db && chmod 700 "$FRESHET_DB"
}

says_the_same() {
	pages | diff "$own/old/pages" - && feed | diff "$own/old/feed" -
}

keeps_bodies_and_heads() {
	page=http://$a:$port/1
	freshet cat "$page" | grep -q '^<title>/1</title><p>second' &&
		json 'r[0]["url"] == "'"$page"'" and len(r[0]["history"]) == 3' \
			freshet show --json "$page" &&
		freshet show --headers "$page" >"$own/out" && grep -qi '^ *content-type' "$own/out"
}

crawls_on() { # unchanged pages answer 304; what is new gets the next cursors
	echo second >"$own/origin/version"
	: >"$log"
	before=$(feed | wc -l)
	crawl --force && verifies && asked 1 "$a /late" && ! asked 1 "$b /private" &&
		! asked 1 "127.77.3.63 /paused" && grep -q "E .* $a /1 304" "$log" &&
		feed | head -n "$before" | diff "$own/old/feed" - && [ "$(feed | wc -l)" -gt "$before" ]
}

take_port "$port" # the URLs in the stores have it
origin "$port" "$a" "$b" 127.77.3.63
if [ "${1:-}" = --make ]; then
	make_store "$2"
	exit
fi
for archive in tests/data/store-*.tar.gz; do
	claim "$archive is a store" unpack "$archive"
	unpack "$archive"
	claim "... that a reader verifies" verifies
	claim "... with all pages and changes that it had" says_the_same
	claim "... bodies, heads and histories" keeps_bodies_and_heads
	claim "... and is crawled on" crawls_on
done
echo "1..$n"
