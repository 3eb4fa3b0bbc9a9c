#!/bin/sh
# process_crash.sh - kill -9 at random moments of a crawl (REQ 54, 55, 77, 79).
# Speaks TAP. FRESHET names the binary under test; SEED repeats the moments of an
# earlier run; CRASHES=20 is how often.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
delayed=127.77.3.11 asks_delay=127.77.3.12 busy=127.77.3.13 lively=127.77.3.14
take_ports
port=$ports
seed=${SEED:-$$}
each=$((${CRASHES:-20} / 2))
echo "# SEED=$seed"

random_s() { # random_s LEAST MOST: seconds, another number each time
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	awk -v r="$seed" -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a + (b - a) * r / 2147483648 }'
}

pages() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo "http://$delayed:$port/p$i"
		echo "http://$asks_delay:$port/p$i"
		echo "http://$lively:$port/slow/50/$i"
		echo "http://$lively:$port/fresh/$i"
		echo "http://$busy:$port/busy/3600/$i"
	done
}

write_config() {
	cat >"$own/conf" <<-EOT
		[fetch]
		host_delay = 0s
		per_host = 4
		[schedule]
		policy = fixed
		interval = 1s
		min_interval = 1s
		budget = 100/s
		[host "$delayed"]
		delay = 600ms
		per_host = 1
		[host "$asks_delay"]
		per_host = 1
	EOT
	printf 'User-agent: *\nCrawl-delay: 1\n' >"$own/origin/robots-$asks_delay"
}

has_noted_retry_after() {
	json 'sum(h["backoff"]["until"] is not None for h in r) == 1' freshet host --json
}

feed() { # feed FILE: all of the feed
	freshet changes --json --since 0 --consumer nobody >"$1"
}

feed_went_on() { # what was shown before is there still, once, and what follows is newer
	feed "$own/after" && python3 - "$own/before" "$own/after" <<-'EOT' || return 1
		import json, sys
		before, after = ([json.loads(line) for line in open(name)] for name in sys.argv[1:])
		assert after[:len(before)] == before, "what was shown has changed"
		cursors = [c["cursor"] for c in after]
		assert cursors == sorted(set(cursors)), "cursors do not grow"
		seen = {}
		for c in after:
		    assert c["version"] > seen.get(c["url"], 0), f"told twice: {c}"
		    seen[c["url"]] = c["version"]
		print(len(before), "changes before,", len(after), "now")
	EOT
	mv "$own/after" "$own/before"
}

killed() {
	kill -9 "$pid" && wait "$pid" 2>/dev/null
	[ $? = 137 ] || { echo "it had died of itself" && cat "$run.err" && return 1; }
}

crash() { # at any moment of its life
	start -c "$own/conf"
	sleep "$(random_s 0.05 1.3)"
	killed
}

crash_after_orders() { # what it has confirmed must have happened
	up -c "$own/conf" || return 1
	sleep "$(random_s 0 0.3)"
	page=http://$lively:$port/fresh/seeded$1
	echo "$page" >>"$own/seeded"
	feed_went_on || return 1 # for who reads beside the run
	last=$(tail -n 1 "$own/before" | sed 's/.*"cursor":\([0-9]*\),.*/\1/')
	freshet -q seed "$page" && freshet -q ack "$last" && echo "$last" >"$own/acknowledged"
	confirmed=$?
	killed && [ "$confirmed" = 0 ]
}

comes_back() { # comes_back CRASH ARGS...: so often
	i=0
	while [ $((i += 1)) -le "$each" ]; do
		"$@" "$i" && verifies && feed_went_on || return 1
	done
}

orders_held() {
	freshet list --format ndjson --host "$lively" | sed 's/.*"url":"\([^"]*\)".*/\1/' |
		sort >"$own/listed"
	sort "$own/seeded" | comm -23 - "$own/listed" >"$own/lost"
	cat "$own/lost"
	[ "$(wc -l <"$own/seeded")" = "$each" ] && [ ! -s "$own/lost" ] &&
		json "r and r[0]['cursor'] > $(cat "$own/acknowledged")" freshet changes --json
}

lives() { # long enough for everybody's turn
	up -c "$own/conf" && sleep 3 && stop TERM 0 && verifies
}

# The half of it: two requests that leave in time come so much closer to each other where
# the origin hears late of the first. A run that forgot the delay asks at once.
spaced() { # spaced ADDRESS MS: the starts of its requests
	sed -n "s/^S \([0-9]*\) $1 .*/\1/p" "$log" | sort -n | awk -v least="$2" '
		last && $1 - last < least / 2 { print $1 - last " ms after the last"; bad = 1 }
		{ last = $1; count++ }
		END { print count " requests"; exit bad || count < 3 }'
}

was_left_alone() { # but for what was out already when the first answer came
	grep "$busy /busy" "$log"
	first_end=$(sed -n "s/^E \([0-9]*\) $busy \/busy.*/\1/p" "$log" | head -n 1)
	! sed -n "s/^S \([0-9]*\) $busy .*/\1/p" "$log" |
		awk -v end="$first_end" '$1 > end + 1000 { late = 1 } END { exit !late }'
}

killed_seeding() { # killed_seeding LEAST MOST: a seed of $own/list, after so many seconds
	"$FRESHET" -q seed "$own/list" 2>/dev/null &
	pid=$!
	children="$children $pid"
	sleep "$(random_s "$1" "$2")"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}

crash_while_seeding() {
	FRESHET_DB=$own/seeds
	freshet -q seed http://example.org/0/0
	for i in 1 2 3; do
		seq -f "http://example.org/$i/%g" 20000 >"$own/list"
		killed_seeding 0.1 0.8
		verifies || return 1
	done
	freshet -q seed "$own/list" && verifies &&
		[ "$(freshet list --limit 100000 | grep -c 'example.org/3/')" = 20000 ]
}

crash_at_birth() { # a store half made is made by the next who writes
	echo http://example.org/ >"$own/list"
	for i in 1 2 3 4 5 6; do
		FRESHET_DB=$own/birth$i
		killed_seeding 0.02 0.2
		freshet -q seed "$own/list" && verifies || return 1
	done
}

origin "$port" "$delayed" "$asks_delay" "$busy" "$lively"
write_config
pages | freshet -q seed -
feed "$own/before"

claim "a first run is at work" up -c "$own/conf"
claim "... and hears a Retry-After" patiently has_noted_retry_after
killed
claim "$each deaths at any moment: the store verifies, the feed goes on" comes_back crash
claim "$each deaths right after orders that were confirmed" comes_back crash_after_orders
claim "... none of the seeds and acknowledgements is lost" orders_held
claim "after that a life like any other" lives
claim "the delay of the settings held all the time (REQ 54)" spaced "$delayed" 600
claim "... and that of robots.txt" spaced "$asks_delay" 1000
claim "... and the Retry-After (REQ 55)" was_left_alone
claim "a death while seeding: the store verifies, and seeding again is enough" \
	crash_while_seeding
claim "a death while the store is made: the next seed makes it" crash_at_birth
echo "1..$n"
