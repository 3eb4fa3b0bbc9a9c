#!/bin/sh
# process_limits.sh - how much a run does and when it ends: --for, --once, --host, --tag,
# --until-error, --budget, --concurrency, --resolve, and whom it may crawl at all.
# Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.3.31 b=127.77.3.32 port=$ports
site=http://$a:$port other=http://$b:$port
fast="--host-delay 0s --audit-rate 0 --set fetch.per_host=8"

new_store() { # new_store NAME URL...: an empty log, and a store with these pages
	FRESHET_DB=$own/$1
	shift
	: >"$log"
	[ $# = 0 ] || freshet -q seed "$@"
}

many() { # many COUNT PREFIX
	i=0
	while [ "$i" -lt "$1" ]; do
		echo "$2$((i += 1))"
	done
}

crawl() {
	# shellcheck disable=SC2086
	timeout 100 "$FRESHET" run --allow-net 127.0.0.0/8 $fast "$@"
}

lasts() { # lasts LEAST_MS MOST_MS COMMAND...
	least_ms=$1 most_ms=$2 began_ms=$(now_ms)
	shift 2
	"$@" || return 1
	took_ms=$(($(now_ms) - began_ms))
	echo "it took $took_ms ms"
	[ "$took_ms" -ge "$least_ms" ] && [ "$took_ms" -le "$most_ms" ]
}

for_ends_in_time() { # also while a request is out: that one is finished
	new_store for "$site/1" "$other/slow/2400/1" || return 1
	lasts 1900 30000 crawl --for 2s && asked 1 "$a /1" &&
		json 'all(p["version"] == 1 for p in r)' freshet list --format ndjson
}

for_nothing_is_no_time() {
	new_store for0 "$site/1" || return 1
	fails 2 "--for '0s'" crawl --for 0s
}

nothing_due_ends_at_once() {
	new_store due "$site/1" && crawl --once || return 1
	: >"$log"
	lasts 0 60000 crawl --once && [ ! -s "$log" ]
}

empty_store_ends_at_once() {
	new_store empty && freshet -q seed - </dev/null || return 1
	lasts 0 60000 crawl --once && grep -q . "$own/said" && verifies
}

filters() { # filters PAGES ARGS...: only this many of a's and b's pages are asked for
	wanted_pages=$1
	shift
	new_store "filter$#$wanted_pages" "$site/1" "$other/1" || return 1
	printf '%s\ttag=t\n%s\ttag=u\n' "$other/2" "$other/3" | freshet -q seed - || return 1
	crawl --once "$@" || return 1
	[ "$(n_asked ' /[0-9]$')" = "$wanted_pages" ] || { cat "$log" && return 1; }
}

ends_at_an_error() {
	new_store error "$site/1" "$other/error/503/1" || return 1
	lasts 0 60000 crawl --until-error && asked 1 error
}

budget_bounds_the_rate() { # 5/s over 3 s: 15, and what a burst may add
	new_store budget && many 100 "$site/" | freshet -q seed - || return 1
	crawl --budget 5/s --for 3s || return 1
	requests=$(n_asked .)
	echo "$requests requests"
	[ "$requests" -ge 3 ] && [ "$requests" -le 20 ]
}

most_at_once() { # most_at_once: requests that overlapped, by the origin's log
	sort -n -k 2 -s "$log" | awk '
		$1 == "S" { if (++now > most) most = now }
		$1 == "E" { now-- }
		END { print most + 0 }'
}

concurrency_is_bounded() { # concurrency_is_bounded MOST MS ARGS...: each answer takes so long
	most=$1 each_ms=$2
	shift 2
	new_store "concurrency$most" && many 12 "$site/slow/$each_ms/" | freshet -q seed - || return 1
	crawl --once "$@" || return 1
	echo "$(most_at_once) at once"
	[ "$(most_at_once)" = "$most" ] && [ "$(n_asked slow)" = 12 ]
}

resolves() {
	new_store resolve "http://test.example:$port/1" || return 1
	crawl --once --resolve "test.example:$port:$a" --set bot.url=https://bot.example/ &&
		asked 1 "$a /1" && json 'r[0]["version"] == 1' freshet list --format ndjson
}

nobody_is_crawled_by_nobody() { # a name of ours on another port is a stranger here
	new_store contact "$site/1" http://host.invalid/1 || return 1
	fails 3 bot.url crawl --once --resolve "host.invalid:$port:$a" && [ ! -s "$log" ] &&
		crawl --once --host "$a" --set bot.from=me@example.org && asked 1 "$a /1"
}

# As a user of its own, whose threads nobody else has.
limited_to() { # limited_to THREADS ARGS...
	threads=$1
	shift
	setpriv --reuid 54321 --regid 54321 --clear-groups \
		prlimit --nproc="$threads:$threads" env ASAN_OPTIONS=detect_leaks=0 		FRESHET_DB="$own/threads" "$FRESHET" "$@" # a search for leaks needs one more
}

says_that_threads_are_short() {
	limited_to 100 -q seed "$site/1" || return 1
	for threads in 1 2 3; do
		fails 1 'threads' limited_to "$threads" run --once || return 1
	done
	limited_to 100 db verify
}

opens_at_most() { # opens_at_most DESCRIPTORS COMMAND...
	# shellcheck disable=SC3045
	(ulimit -n "$1" && shift && "$@")
}

says_that_descriptors_are_short() {
	new_store descriptors "$site/1" || return 1
	fails 1 "may have 40 files and sockets open (ulimit -n)" \
		opens_at_most 40 crawl --once && [ ! -s "$log" ] || return 1
	fails 1 "Too many open files" opens_at_most 10 freshet seed "$site/2" || return 1
	opens_at_most 160 crawl --once --concurrency 8 && asked 1 "$a /1" && verifies
}

private_nets_are_closed() { # REQ 66: loopback too, unless it is opened
	new_store closed "$site/1" || return 1
	freshet run --once && [ ! -s "$log" ] &&
		json 'r[0]["version"] == 0' freshet list --format ndjson
}

origin "$port" "$a" "$b"

claim "--for ends in time, and finishes what is in flight" for_ends_in_time
claim "--for 0s is refused, not taken for ever" for_nothing_is_no_time
claim "--once with nothing due sends nothing and ends" nothing_due_ends_at_once
claim "--once on an empty store ends" empty_store_ends_at_once
claim "--host chooses pages" filters 3 --host "$b:$port"
claim "--tag chooses pages" filters 1 --tag t
claim "... and any of several" filters 2 --tag t --tag u
claim "--host and --tag together" filters 0 --host "$a" --tag t
claim "--until-error ends at the first failure" ends_at_an_error
claim "--budget bounds the rate" budget_bounds_the_rate
claim "name servers that are none are a mistake of the settings" \
	fails 3 "fetch.dns_servers 'bogus,,'" crawl --once --set fetch.dns_servers=bogus,,
claim "--concurrency bounds the requests in flight" concurrency_is_bounded 3 400 --concurrency 3
claim "... and fetch.per_host those of a host (REQ 53)" \
	concurrency_is_bounded 2 400 --set fetch.per_host=2
claim "... which is one by default" concurrency_is_bounded 1 50 --set fetch.per_host=1
claim "--resolve names the address of a host" resolves
claim "a public host is not crawled without bot.url, nor is any other" \
	nobody_is_crawled_by_nobody
mkdir "$own/threads" && chmod 711 "$own" && chown 54321 "$own/threads" 2>/dev/null
if limited_to 100 version >/dev/null 2>&1; then
	claim "too few threads are said, and end nothing half done" says_that_threads_are_short
else
	skip "too few threads are said" "no right to run as another user"
fi
claim "too few descriptors are said with all numbers, and fewer connections need fewer" \
	says_that_descriptors_are_short
claim "loopback is closed without --allow-net (REQ 66)" private_nets_are_closed
echo "1..$n"
