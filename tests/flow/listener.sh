#!/bin/sh
# listener.sh - dashboard, API and metrics beside a run: who gets in, what is told
# (REQ 71, 73, 77, 80, 84-86). Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.6.1
port=$ports
site=http://$a:$port
away=$((port + 1))
# By the environment, so that readers reckon with them too.
export FRESHET_FETCH_HOST_DELAY=0s FRESHET_SCHEDULE_BUDGET=100000/s
export FRESHET_FETCH_AUDIT_RATE=0
token=$own/token
printf '0123456789abcdef-token\n' >"$token"
chmod 600 "$token"

ask() { # ask WHAT ARGS...: see ask_listener.py
	python3 tests/flow/ask_listener.py "$away" "$site" "$@"
}

listen() { # listen ARGS...: a run that listens, with the token
	up --listen "127.0.0.1:$away" --set "listen.token_file=$token" \
		--set listen.host=mon.example "$@"
}

moves_away() { # the store's directory, under a run that writes nothing: it would end
	freshet -q host --pause "$a:$port" && mv "$FRESHET_DB" "$own/moved" && ask unready
	status=$?
	mv "$own/moved" "$FRESHET_DB" && ask ready && freshet -q host --resume "$a:$port" &&
		return "$status"
}

refuses() { # refuses TEXT ARGS...: the run does not start, and says why
	wanted=$1
	shift
	fails 3 "$wanted" freshet run --once "$@"
}

shows_no_secret() {
	printf '[listen]\ntoken = 0123456789abcdef-token\n' >"$own/conf"
	freshet -c "$own/conf" config >"$own/config" || return 1
	grep -n abcdef "$own/config" && return 1
	FRESHET_LISTEN_TOKEN=0123456789abcdef-token freshet config >"$own/config" || return 1
	grep -n abcdef "$own/config" && return 1
	printf '[listen]\ntoken = short-abc\n' >"$own/conf"
	fails 3 "listen.token '...'" freshet -c "$own/conf" list
}

has_visited() { # has_visited COUNT
	json "sum(p['version'] > 0 for p in r) >= $1" freshet list --format ndjson
}

mirrors() { # mirrors TARGET COMMAND...: some time, as a visit may come between the two
	target=$1
	shift
	for try in 1 2 3 4 5; do
		freshet "$@" >"$own/mirrored" && ask mirrors "$target" "$own/mirrored" &&
			return
		echo "differed in try $try"
	done
	return 1
}

told() { # told STATUS FILE: of something that ran beside us
	cat "$2"
	[ "$1" = 0 ]
}

survives_a_kill() { # what was answered is durable (REQ 79, 80)
	ask posts "$site/x" || return 1
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	json "sum('/x/m' in p['url'] for p in r) == 3000" freshet list --format ndjson &&
		verifies
}

counts_go_on() { # counts_go_on: a new run begins where the last one ended
	ask at_least freshet_visits_total 'verdict="new"' 4 &&
		ask at_least freshet_requests_total '' 4
}

is_reckoned() {
	ask at_least freshet_freshness_ratio '' 0.01
}

freshet -q seed "$site/1" "$site/2" "$site/3" "$site/script/1"
claim "REQ 84: another address than loopback needs a token" \
	refuses "can be reached from elsewhere" --listen "0.0.0.0:$away"
claim "... on IPv6, too" refuses "can be reached from elsewhere" --listen "[::]:$away"
chmod 644 "$token"
claim "... in a file that nobody else can read" refuses "is open to others" \
	--listen "127.0.0.1:$away" --set "listen.token_file=$token"
chmod 600 "$token"
claim "... that is there" refuses "cannot read listen.token_file" \
	--listen "127.0.0.1:$away" --set listen.token_file=/nonexistent
claim "... and never in the list of processes" refuses "config file or the environment" \
	--set listen.token=0123456789abcdef-token
claim "a token is never shown" shows_no_secret
origin "$port" "$a"
listen
claim "pages are crawled beside it" patiently has_visited 4
# These take their time: they begin now and are asked for at the end.
ask idle >"$own/idle" 2>&1 &
idle=$!
ask drip >"$own/drip" 2>&1 &
drip=$!
claim "REQ 85: Host must be the address, localhost or a configured name" ask hosts
claim "REQ 86: what changes anything needs POST, the token and our Origin" ask changes
claim "heads, bodies, methods, paths and parameters have limits" ask limits
claim "every answer carries its policy; HEAD has no body" ask headers
claim "REQ 73: a stored page is shown in a sandbox that asks nobody" \
	ask page "$site/script/1"
claim "/metrics keeps to the text format and the naming rules" ask metrics
claim "... counts visits" ask at_least freshet_visits_total 'verdict="new"' 4
claim "... and freshness, once it is reckoned" patiently is_reckoned
claim "list is that of the command" mirrors "/api/v1/list?sort=url" \
	list --sort url --format ndjson
claim "show is that of the command" mirrors "/api/v1/show?url=$site/1&history=5&headers" \
	show --json --history 5 --headers "$site/1"
claim "changes are those of the command" mirrors "/api/v1/changes?since=0" \
	changes --json --since 0
claim "host is that of the command" mirrors "/api/v1/host?host=$a" host --json "$a"
claim "plan is that of the command" mirrors "/api/v1/plan?limit=2&budgets=1/s,2/s" \
	plan --json --limit 2 --budgets 1/s,2/s
claim "report is that of the command" mirrors "/api/v1/report?window=1d" \
	report --json --window 1d
freshet --db "$own/other" -q seed "$site/1"
claim "a second run finds the address taken" fails 1 "cannot listen at 127.0.0.1:$away" \
	freshet --db "$own/other" run --allow-net 127.0.0.0/8 --once --listen "127.0.0.1:$away"
wait "$idle"
idle=$?
wait "$drip"
drip=$?
claim "/readyz says so when the store is moved away" moves_away
claim "REQ 86: 64 connections, and the 65th waits" ask crowd
claim "what was ordered and answered is durable" survives_a_kill
listen --set listen.max_pending=5500K
claim "slow readers keep no more than that in memory" ask slow
claim "counters go on after a restart" patiently counts_go_on
claim "SIGTERM ends it in order, whoever is connected" stop TERM 0
claim "REQ 86: a silent client is shown out after 10 s" told "$idle" "$own/idle"
claim "... and one that drips after 30 s" told "$drip" "$own/drip"

up --listen "0.0.0.0:$away" --set "listen.token_file=$token"
claim "REQ 84: away from loopback nothing is told without the token" \
	ask open_to_others 127.0.0.1
stop TERM 0 >"$own/said" || cat "$own/said"
echo "1..$n"
