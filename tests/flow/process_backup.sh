#!/bin/sh
# process_backup.sh - backups beside a crawl, and the way back from them.
# Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.3.51 port=$ports
copies=$own/copies back=$own/back

write_config() { # every page again and again, each time another
	cat >"$own/conf" <<-EOT
		[fetch]
		host_delay = 0s
		per_host = 4
		[schedule]
		policy = fixed
		interval = 1s
		min_interval = 1s
		budget = 200/s
	EOT
}

back_up() {
	freshet -q db backup "$copies" "$@"
}

feed() { # feed STORE: all of its feed but for what a restore changes
	freshet --db "$1" changes --json --since 0 --consumer nobody
}

many_beside_a_run() { # many_beside_a_run COUNT
	i=0
	while [ $((i += 1)) -le "$1" ]; do
		back_up || return 1
	done
	is_up && [ ! -e "$FRESHET_DB/backup/checkpoint" ]
}

each_is_a_moment_of_it() { # each_is_a_moment_of_it COUNT: whole, and what it fed was fed
	feed "$FRESHET_DB" >"$own/feed"
	i=0 last=0
	while [ $((i += 1)) -le "$1" ]; do
		freshet -q --db "$back" db restore "$copies" --id "$i" --yes &&
			freshet --db "$back" db verify && feed "$back" >"$own/fed" || return 1
		lines=$(wc -l <"$own/fed")
		echo "backup $i: $lines changes"
		head -n "$lines" "$own/feed" | cmp - "$own/fed" && [ "$lines" -ge "$last" ] || return 1
		last=$lines
	done
	[ "$last" -gt 0 ]
}

pages() { # but for what depends on the moment of asking
	freshet "$@" list --format csv --sort url | cut -d, -f 1-13
}

same_pages() {
	pages >"$own/pages" && grep -q "$page" "$own/pages" && freshet cat "$page" >"$own/body" &&
		pages --db "$back" | cmp - "$own/pages" &&
		freshet --db "$back" cat "$page" | cmp - "$own/body"
}

survives_a_kill() { # a backup that was killed at any moment is none, and in nobody's way
	for ms in 010 030 060 100 200; do
		"$FRESHET" -q db backup "$copies" &
		killed=$!
		sleep "0.$ms"
		kill -9 "$killed" 2>/dev/null
		wait "$killed" 2>/dev/null
		back_up && freshet -q --db "$back" db restore "$copies" --yes &&
			freshet --db "$back" db verify || return 1
	done
}

is_refused_beside_another() { # util-linux's flock stands for the other one
	mkdir -p "$FRESHET_DB/backup" || return 1
	fails 4 "another backup works in" flock "$FRESHET_DB/backup" "$FRESHET" db backup "$copies"
}

goes_on_crawling() { # the restored store is one like any other
	FRESHET_DB=$back
	: >"$log"
	freshet run --once --force -c "$own/conf" --allow-net 127.0.0.0/8 &&
		asked 20 "$a /fresh" && verifies && freshet db backup "$copies"
}

is_private() {
	[ -z "$(find "$copies" -type f ! -perm 600)" ] && [ -z "$(find "$copies" -type d ! -perm 700)" ]
}

reads_only() { # a place of backups that cannot be written to, as archives are
	chmod -R a-w "$copies" && freshet -q --db "$own/again" db restore "$copies" &&
		freshet --db "$own/again" db verify
	result=$?
	chmod -R u+w "$copies"
	return $result
}

origin "$port" "$a"
write_config
page=http://$a:$port/fresh/1
seq -f "http://$a:$port/fresh/%g" 20 | freshet -q seed -
umask 000

claim "a run is at work" up -c "$own/conf" --host-delay 0s
patiently asked 40 "$a /fresh"
claim "backups are made beside it" many_beside_a_run 5
claim "... and are their owner's only, whatever the umask" is_private
claim "each of them is a moment of that crawl, and whole" each_is_a_moment_of_it 5
claim "a backup that is killed is none, and hinders no other" survives_a_kill
claim "two at once are one too many" is_refused_beside_another
claim "the run ends as ever" stop TERM 0
claim "without a run it is the same" back_up --keep 3
claim "--keep drops the older ones" \
	json 'r[0]["backups"] == 3' freshet db backup "$copies" --keep 3 --json
claim "a store that is there is not replaced unasked" \
	fails 1 "there is a store at '$back' already" freshet --db "$back" db restore "$copies"
claim "... and is with --yes" freshet --db "$back" db restore "$copies" --yes
claim "... with all that it held" same_pages
claim "a restore that finds no backups says so" \
	fails 1 "there are no backups in '$own'" freshet --db "$own/none" db restore "$own"
claim "... as does one of a number that is none" \
	fails 1 "there is no sound backup 99" freshet --db "$own/none" db restore "$copies" --id 99
claim "DIR is wanted" fails 2 "'db backup' needs DIR" freshet db backup
claim "... and by nobody else" fails 2 "does not take the argument" freshet db verify "$copies"
claim "a restore only reads the backups" reads_only
claim "a restored store is crawled and backed up like any other" goes_on_crawling
echo "1..$n"
