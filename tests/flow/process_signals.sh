#!/bin/sh
# process_signals.sh - SIGINT, SIGTERM and SIGHUP at all moments of a run (REQ 58, 79).
# Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.3.1 b=127.77.3.2 port=$ports
site=http://$a:$port
other=http://$b:$port
fast="--host-delay 0s --budget 100000/s --audit-rate 0"

new_store() { # new_store NAME URL...: an empty log, and a store with these pages
	FRESHET_DB=$own/$1
	shift
	: >"$log"
	[ $# = 0 ] || freshet -q seed "$@"
}

ends_idle() { # ends_idle SIGNAL CODE: nothing is due, nothing in flight
	new_store "idle$1" "$site/1" || return 1
	freshet -q run --once --allow-net 127.0.0.0/8 $fast || return 1
	up $fast && stop "$1" "$2" && grep -q '^0 visits' "$run.out"
}

ends_at_birth() { # the moment the store is its own, SIGTERM is an orderly end
	new_store birth "$site/1"
	for i in 1 2 3 4 5; do
		start $fast
		until [ "$(cat "$FRESHET_DB/lock")" = "$pid" ] || has_ended "$pid"; do :; done
		stop TERM 0 || return 1
	done
	verifies
}

has_visited() { # has_visited COUNT: so many pages have a version now
	json "sum(p['version'] > 0 for p in r) == $1" freshet list --format ndjson
}

finishes_its_request() { # finishes_its_request SIGNAL CODE ARGS...
	signal=$1 code_wanted=$2
	shift 2
	rm -f "$own/origin/release"
	new_store "held$signal$code_wanted" "$site/held/1" "$site/held/2" "$site/held/3" \
		"$other/held/1" || return 1
	up $fast "$@" && patiently asked 2 held && kill "-$signal" "$pid" && sleep 0.5 &&
		: >"$own/origin/release" && ends "$code_wanted" || return 1
	n_at_end=$(n_asked .)
	echo "asked $n_at_end times"
	[ "$n_at_end" = 4 ] && grep -q '^2 visits.*2 new' "$run.out" && has_visited 2 &&
		verifies
}

hangs() { # one page that never answers, one that does
	new_store "$1" "$site/hang/1" "$other/1" || return 1
	up $fast && patiently asked 1 hang && patiently asked 1 "$b /1" &&
		patiently grep -q "^E .* $b /1" "$log"
}

second_signal_ends_it() { # second_signal_ends_it SIGNAL CODE
	hangs "twice$1" || return 1
	kill "-$1" "$pid"
	sleep 0.3
	! has_ended "$pid" || { echo "gone at once" && return 1; }
	kill "-$1" "$pid" && ends "$2" 8000 && has_visited 1 && verifies
}

drops_what_hangs() { # began earlier, so that its 10 s are over when we come here
	pid=$hung run=$hung_run FRESHET_DB=$own/dropped
	ends 0 60000 && patiently [ -s "$own/hung.ms" ] || return 1
	echo "it took $(cat "$own/hung.ms") ms"
	[ "$(cat "$own/hung.ms")" -ge 9500 ] && [ "$(cat "$own/hung.ms")" -lt 30000 ] && has_visited 1 && verifies
}

time_its_end() { # time_its_end PID: writes how long the process is still there
	began_ms=$(now_ms)
	until has_ended "$1"; do sleep 0.1; done
	echo $(($(now_ms) - began_ms)) >"$own/hung.ms"
}

n_page_requests() {
	n_asked "$a /p"
}

seed_pages() { # seed_pages COUNT
	i=0
	while [ "$i" -lt "$1" ]; do
		echo "$site/p$((i += 1))"
	done | freshet -q seed -
}

reload() { # reload LINE...: a config with these lines in force
	printf '%s\n' "$@" >"$own/conf"
	kill -HUP "$pid"
}

a_reload_changes() { # a_reload_changes NAME PAGES SLOW_LINE FAST_LINE
	new_store "$1" && seed_pages "$2" || return 1
	printf '%s\n' '[fetch]' 'host_delay = 0s' 'per_host = 8' "$3" >"$own/conf"
	up -c "$own/conf" && patiently asked 1 "$a /p" || return 1
	sleep 0.5
	slow=$(n_page_requests)
	reload '[fetch]' 'host_delay = 0s' 'per_host = 8' "$4"
	patiently asked "$2" "$a /p" || { cat "$run.err" && return 1; }
	echo "asked $slow times before it"
	[ "$slow" -lt $(($2 / 2)) ] && stop TERM 0 && verifies
}

a_broken_config_changes_nothing() {
	new_store broken && seed_pages 20 || return 1
	printf '[fetch]\nhost_delay = 0s\n[schedule]\nbudget = 10/s\n' >"$own/conf"
	up -c "$own/conf" && patiently asked 1 "$a /p" || return 1
	reload '[schedule]' 'budget = many'
	patiently grep -q "not reloaded: $own/conf:2: schedule.budget" "$run.err" &&
		patiently asked 20 "$a /p" && stop TERM 0
}

many_reloads() { # settings that requests in flight still use are not freed under them
	new_store many "$site/slow/700/1" "$other/slow/700/1" || return 1
	printf '[host "127.77.3.*"]\nheader = X-One: 1\ndelay = 0s\n' >"$own/conf"
	up -c "$own/conf" && patiently asked 2 slow || return 1
	for i in 1 2 3 4; do
		reload "[host \"127.77.3.*\"]" "header = X-Other: $i" "delay = ${i}ms"
		sleep 0.2
	done
	freshet -q seed "$site/late" && patiently asked 1 late && stop TERM 0
}

origin "$port" "$a" "$b"

hangs dropped || echo "Bail out! nothing is fetched"
kill -TERM "$pid"
hung=$pid hung_run=$run
time_its_end "$hung" &

claim "an idle run ends on SIGTERM with 0" ends_idle TERM 0
claim "... and on SIGINT with 130" ends_idle INT 130
claim "a run is stopped in order from the moment it has the store" ends_at_birth
claim "on SIGTERM what is in flight is finished, and nothing begun" \
	finishes_its_request TERM 0
claim "... so too on SIGINT, with 130" finishes_its_request INT 130
claim "... so too a run --once, with 143" finishes_its_request TERM 143 --once
claim "a second SIGTERM ends it at once, and keeps what was committed" \
	second_signal_ends_it TERM 0
claim "... so too a second SIGINT" second_signal_ends_it INT 130
claim "SIGHUP: a greater budget is used at once" \
	a_reload_changes budget 30 '[schedule]
budget = 1/s' '[schedule]
budget = 1000/s'
claim "SIGHUP: a smaller delay of a host is used after the one begun" \
	a_reload_changes delay 30 "[host \"$a\"]
delay = 1s" "[host \"$a\"]
delay = 1ms"
claim "SIGHUP: more concurrency is used at once" \
	a_reload_changes concurrency 200 'concurrency = 1
[schedule]
budget = 5/s' 'concurrency = 64
[schedule]
budget = 10000/s'
claim "SIGHUP: a config that does not parse changes nothing, and says where" \
	a_broken_config_changes_nothing
claim "SIGHUP: again and again, beside requests in flight" many_reloads
claim "what hangs is dropped after 10 s, and is still due" drops_what_hangs
echo "1..$n"
