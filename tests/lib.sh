# lib.sh - what the shell tests of the program as a process share; to be sourced.
#
# Gives $own (a directory that goes away), $n (tests so far) and an empty store's path in
# FRESHET_DB. What start() and origin() started is ended by its id when the script ends.
# shellcheck shell=sh
set -u
FRESHET=${FRESHET:-$PWD/build/asan/freshet}
own=$(mktemp -d "${TMPDIR:-/tmp}/process.XXXXXX") || exit 1
chmod 755 "$own"
FRESHET_DB=$own/db
export FRESHET_DB PYTHONDONTWRITEBYTECODE=1
# A leak behind a failure that was wanted is told by its code from that failure.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}:exitcode=99"
unset FRESHET_CONFIG NO_COLOR
n=0
runs=0
children=

tidy_up() {
	for child in $children; do
		kill -9 "$child" 2>/dev/null
	done
	rm -rf "$own"
}
trap tidy_up EXIT
trap 'exit 130' INT TERM

claim() { # claim TEXT COMMAND...: one test; what the command says is shown when it fails
	text=$1
	shift
	n=$((n + 1))
	if "$@" >"$own/said" 2>&1; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		tail -n 40 "$own/said" | sed 's/^/# /'
	fi
}

skip() { # skip TEXT WHY
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

patiently() { # patiently COMMAND...: until it succeeds, at most a minute
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -le 2400 ] || { echo "waited in vain: $*" && return 1; }
		sleep 0.025
	done
}

now_ms() {
	date +%s%3N
}

freshet() {
	"$FRESHET" "$@"
}

exits() { # exits CODE COMMAND...
	wanted=$1 code=0
	shift
	"$@" || code=$?
	[ "$code" = "$wanted" ] || { echo "exit $code, wanted $wanted: $*" && return 1; }
}

fails() { # fails CODE TEXT COMMAND...: with this exit code, and TEXT in its message
	wanted=$1 text_wanted=$2 code=0
	shift 2
	"$@" >"$own/out" 2>"$own/err" </dev/null || code=$?
	cat "$own/out" "$own/err"
	[ "$code" = "$wanted" ] || { echo "exit $code, wanted $wanted" && return 1; }
	grep -qF -e "$text_wanted" "$own/err" || { echo "no word of '$text_wanted'" && return 1; }
}

json() { # json EXPRESSION COMMAND...: python over the lines that the command writes, `r`
	expression=$1
	shift
	"$@" >"$own/json" || return 1
	python3 - "$expression" "$own/json" <<-'EOT'
		import json, sys
		r = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
		print(r)
		sys.exit(not eval("(" + sys.argv[1] + ")"))
	EOT
}

# ---- ports ------------------------------------------------------------------------------

# Below 32768, where the system's own begin, and below 20000, where those of origin.c do. A
# lock on a file says whose they are, to scripts of another checkout, too; it goes with the
# script and with whatever servers it leaves behind.
locks=/tmp/freshet-ports.$(id -u)

are_unused() { # are_unused FIRST COUNT: nobody listens at one of these ports
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v first="$1" -v count="$2" '
		BEGIN { for (i = 0; i < count; i++) ours[sprintf("%04X", first + i)] = 1 }
		{ sub(/.*:/, "", $2) }
		$4 == "0A" && $2 in ours { used = 1 }
		END { exit used }'
}

are_ours() { # are_ours FIRST: the eight ports from there
	exec 9>"$locks/$1"
	flock -n 9 && are_unused "$1" 8
}

take_ports() { # sets $ports, the first of eight that are this script's as long as it lives
	mkdir -p -m 700 "$locks"
	ports=$((10000 + $$ % 1000 * 8)) tries=0
	until are_ours "$ports"; do
		tries=$((tries + 1))
		[ "$tries" -lt 1000 ] || { echo "Bail out! all ports are in use" && exit 1; }
		ports=$((10000 + (ports - 10000 + 8) % 8000))
	done
}

take_port() { # take_port PORT: one that must be this; whoever has it is waited for
	mkdir -p -m 700 "$locks"
	exec 9>"$locks/$1"
	if ! flock -w 500 9 || ! patiently are_unused "$1" 1; then
		echo "Bail out! port $1 is in use"
		exit 1
	fi
}

# ---- a run in the background ------------------------------------------------------------

start() { # start ARGS...: freshet run ARGS; sets $pid; it writes to $run.out and $run.err
	runs=$((runs + 1))
	run=$own/run$runs
	"$FRESHET" run --allow-net 127.0.0.0/8 "$@" >"$run.out" 2>"$run.err" </dev/null &
	pid=$!
	children="$children $pid"
}

is_up() { # its socket answers: the run of this id made it, and not one that was killed
	[ "$FRESHET_DB/control" -nt "$run.out" ] && [ "$(cat "$FRESHET_DB/lock")" = "$pid" ]
}

up() { # up ARGS...: start, and wait until it is at work
	start "$@"
	patiently is_up || { cat "$run.err" && return 1; }
}

has_ended() { # has_ended PID: or is a zombie, which only waits for us
	! grep -q '^State:[^Z]*$' "/proc/$1/status" 2>/dev/null
}

# Less than the 10 s after which a run that is told to stop drops what it waits for: so it
# has waited for nothing. As long as can be beyond that, for who has little of a processor.
ends() { # ends CODE [MS]: the run ends with this exit code within so many ms from now
	until_ms=$(($(now_ms) + ${2:-9500})) code=0
	until has_ended "$pid"; do
		[ "$(now_ms)" -le "$until_ms" ] || { echo "still there" && return 1; }
		sleep 0.025
	done
	wait "$pid" || code=$?
	cat "$run.out" "$run.err"
	[ "$code" = "$1" ] || { echo "exit $code, wanted $1" && return 1; }
}

stop() { # stop SIGNAL CODE
	kill "-$1" "$pid" && ends "$2"
}

verifies() {
	exits 0 freshet db verify
}

# ---- the origin ----------------------------------------------------------------------------

origin() { # origin PORT ADDRESS...: starts slow_origin.py; sets $log and $port
	port=$1
	log=$own/origin/log
	mkdir -p "$own/origin"
	python3 tests/flow/slow_origin.py "$own/origin" "$@" &
	children="$children $!"
	: >>"$log"
	patiently curl -s -o /dev/null "http://$2:$port/robots.txt" && : >"$log"
}

asked() { # asked COUNT PATTERN: at least COUNT requests whose "address path" matches
	[ "$(n_asked "$2")" -ge "$1" ]
}

n_asked() { # n_asked PATTERN
	sed -n 's/^S [0-9]* \(.*\) 0$/\1/p' "$log" | grep -c -E -e "$1"
}
