#!/bin/sh
# box.sh - the web in a box: real sites in two releases, behind the servers people run.
#
#   box.sh fetch              get both releases of each site
#   box.sh start              fetch, then start every server on the old release
#   box.sh switch old|new     publish a release, at once on all sites
#   box.sh urls|origins|truth|expected   see truth.py
#   box.sh served             what the servers' logs say they answered (served.py)
#   box.sh dir                where it keeps all this
#   box.sh stop               stop what start started
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
box_dir
. "$here/servers.sh"

start_site() { # name server address package root
	have_site "$1" || return 0
	if ! command -v "$(server_program "$2")" >/dev/null; then
		say "left out: $1, there is no $(server_program "$2")"
		return
	fi
	if curl -s -o /dev/null --max-time 2 "http://$3:$BOX_PORT/"; then
		say "something else listens on $3:$BOX_PORT already"
		return 1
	fi
	run=$BOX_DIR/run/$1
	rm -rf "$run"
	mkdir -p "$run"
	"configure_$2" "$run" "$3" "$BOX_DIR/site/current/$1"
	[ "$(id -u)" != 0 ] || chown -R www-data:www-data "$run"
	# shellcheck disable=SC2046
	as_user $(command_of "$2" "$run" "$3" "$BOX_DIR/site/current/$1") \
		>"$run/out" 2>&1 </dev/null &
	echo $! >"$BOX_DIR/run/$1.pid"
	await "$1" "http://$3:$BOX_PORT" "$run"
}

await() { # await NAME URL RUN: until it answers, or it is dead, or 15 s
	for _ in $(seq 150); do
		curl -s -o /dev/null --max-time 2 "$2/is-it-up" && say "serving $1 at $2/" && return
		kill -0 "$(cat "$BOX_DIR/run/$1.pid")" 2>/dev/null || break
		sleep 0.1
	done
	say "cannot start the server of $1:"
	cat "$3/out" >&2
	return 1
}

ours() { # ours PID: does it live, and is it still the process that we started?
	grep -qF "$BOX_DIR" "/proc/$1/cmdline" 2>/dev/null
}

stop() { # all are told first, then waited for
	pids=$(cat "$BOX_DIR"/run/*.pid 2>/dev/null) || true
	rm -f "$BOX_DIR"/run/*.pid
	for pid in $pids; do
		! ours "$pid" || kill "$pid" 2>/dev/null || true
	done
	for pid in $pids; do
		for _ in $(seq 100); do
			ours "$pid" || continue 2
			sleep 0.1
		done
		kill -9 "$pid" 2>/dev/null || true
	done
}

switch() { # one rename(): no request ever sees half a release
	[ -d "$BOX_DIR/site/$1" ] || return 1
	ln -sfn "$1" "$BOX_DIR/site/next"
	mv -T "$BOX_DIR/site/next" "$BOX_DIR/site/current"
}

start() {
	"$here/fetch.sh"
	stop
	switch old
	trap 'stop' EXIT
	trap 'exit 130' INT TERM
	each_site start_site
	trap - EXIT
}

flush_log() { # lighttpd writes its log when 8 KiB are full or somebody hangs up
	if [ "$2" = lighttpd ] && [ -e "$BOX_DIR/run/$1.pid" ]; then
		kill -HUP "$(cat "$BOX_DIR/run/$1.pid")"
		sleep 0.2
	fi
}

truth() {
	python3 -B "$here/truth.py" "$1" "$BOX_DIR/site" "$BOX_SITES" "$BOX_NET" "$BOX_PORT"
}

case ${1:-} in
fetch) exec "$here/fetch.sh" ;;
start) start ;;
switch) switch "${2:?old or new}" ;;
urls | origins | truth | expected) truth "$1" ;;
served)
	each_site flush_log
	python3 -B "$here/served.py" "$BOX_DIR/run"
	;;
dir) echo "$BOX_DIR" ;;
stop) stop ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
