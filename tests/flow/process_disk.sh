#!/bin/sh
# process_disk.sh - a disk that fills up under a run (REQ 81).
# Speaks TAP. FRESHET names the binary under test. A small file system needs root; a limit
# on the size of files, which all can have, stands for it otherwise.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.3.41 port=$ports
mounted=

unmount() {
	[ -z "$mounted" ] || umount "$own/disk"
	tidy_up
}
trap unmount EXIT

crawl() { # what was fetched is not due again, however slow the machine
	freshet run --once --allow-net 127.0.0.0/8 --host-delay 0s --budget 100000/s \
		--concurrency 2 --set schedule.min_interval=1d
}

seed_big() { # seed_big COUNT: pages of 300 KiB that do not compress
	seq -f "http://$a:$port/big/300/%g" "$1" | freshet -q seed -
}

stops_and_says() { # stops_and_says TEXT COMMAND...: exit 1, and TEXT in the message
	fails 1 "$@" && grep -q '^freshet: ' "$own/err"
}

n_fetched() {
	freshet list --format ndjson | grep -c '"version":1'
}

is_readable() { # what was committed is there, although nothing can be written
	json 'len(r) > 0' freshet changes --json &&
		[ "$(freshet changes --json | wc -l)" = "$(n_fetched)" ] &&
		freshet report >/dev/null &&
		page=$(freshet changes --json --limit 1 | sed 's/.*"url":"\([^"]*\)".*/\1/') &&
		freshet cat "$page" >"$own/body" &&
		[ "$(wc -c <"$own/body")" -gt 300000 ] && verifies
}

read_only() {
	mount -o remount,ro "$own/disk" && is_readable &&
		stops_and_says 'Read-only' crawl && stops_and_says 'Read-only' freshet seed "http://$a/" &&
		mount -o remount,rw "$own/disk"
}

goes_on() { # all is fetched, what was there before only once
	before=$(n_fetched)
	: >"$log"
	crawl && [ "$(n_fetched)" = 60 ] && [ "$(n_asked big)" = $((60 - before)) ] && verifies
}

seed_is_refused() {
	seq -f "http://$a:$port/%0900g" 30000 >"$own/list"
	stops_and_says 'No space left' freshet seed "$own/list" && verifies
}

limited() { # limited COMMAND...: with files of 8 MiB at most
	(
		# shellcheck disable=SC3045
		ulimit -f 16384 && "$@" # of 512 bytes
	)
}

origin "$port" "$a"

mkdir "$own/disk"
if mount -t tmpfs -o size=12m,mode=700 tmpfs "$own/disk" 2>"$own/said"; then
	mounted=1
	FRESHET_DB=$own/disk/db
	claim "a small disk takes the seeds" seed_big 60
	claim "a full disk stops the run with 1 and a message" \
		stops_and_says 'No space left' crawl
	claim "... the store is readable while it is full" is_readable
	claim "... a second run stops too" stops_and_says 'No space left' crawl
	claim "... and so does a seed" seed_is_refused
	claim "with space again it takes up where it was" \
		sh -c 'mount -o remount,size=80m "$1"' - "$own/disk"
	claim "... and fetches what is missing" goes_on
	claim "a file system that can only be read can be read from" read_only
else
	skip "a full disk stops the run" "no right to mount a small one"
fi

FRESHET_DB=$own/db
claim "a store takes the seeds" seed_big 60
claim "files that may not grow stop the run with 1 and a message" \
	stops_and_says 'File too large' limited crawl
claim "... the store is readable" is_readable
claim "... and without the limit fetches what is missing" goes_on
echo "1..$n"
