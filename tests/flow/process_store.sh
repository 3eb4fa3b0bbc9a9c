#!/bin/sh
# process_store.sh - one writer and its helpers on one store; stores that are none (REQ 77,
# 83). Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.3.21 b=127.77.3.22 port=$ports
site=http://$a:$port other=http://$b:$port
umask 000 # what is private is so by our own doing

quick() { # quick MS COMMAND...: and it takes no longer
	limit_ms=$1 quick_ms=$(now_ms)
	shift
	"$@" || return 1
	quick_ms=$(($(now_ms) - quick_ms))
	[ "$quick_ms" -le "$limit_ms" ] || { echo "it took $quick_ms ms" && return 1; }
}

second_run_is_refused() {
	for _ in 1 2 3; do # for a writer that is no run it would wait for 5 s
		quick 4500 fails 4 "lock held by process $pid" freshet run && is_up && return
	done
	return 1
}

was_fetched_once_more() { # was_fetched_once_more PATH COUNT_BEFORE
	patiently asked $(($2 + 1)) "$a $1\$"
}

seeds_are_fetched() {
	freshet -q seed "$site/1" "$site/2" && printf '%s\ttag=t\n' "$other/1" |
		freshet -q seed - && patiently asked 1 "$a /1" && patiently asked 1 "$a /2" &&
		patiently asked 1 "$b /1"
}

recheck_is_at_once() {
	before=$(n_asked "$a /1\$") before_tag=$(n_asked "$b /1\$")
	freshet -q recheck "$site/1" && was_fetched_once_more /1 "$before" &&
		freshet -q recheck --tag t && patiently asked $((before_tag + 1)) "$b /1\$"
}

recheck_of_what_is_being_answered_is_kept() {
	freshet -q seed "$site/slow/700/r" && patiently asked 1 "$a /slow/700/r\$" &&
		freshet -q recheck "$site/slow/700/r" && patiently asked 2 "$a /slow/700/r\$" &&
		freshet -q forget --yes "$site/slow/700/r"
}

paused_means_silence() {
	freshet -q host --pause "$a:$port" || return 1
	before=$(n_asked "$a ")
	freshet -q recheck "$site/1" "$site/2" "$other/1" && freshet -q seed "$site/3" || return 1
	patiently asked 3 "$b /1\$" && sleep 0.3
	[ "$(n_asked "$a ")" = "$before" ] || { echo "asked while paused" && return 1; }
	freshet -q host --resume "$a:$port" && patiently asked $((before + 3)) "$a "
}

forgotten_is_gone() {
	freshet -q forget --yes "$site/2" && exits 1 freshet show "$site/2" &&
		json 'len(r) == 3' freshet list --format ndjson
}

acknowledged_is_taken() {
	last=$(freshet changes --json | tail -n 1 | sed 's/.*"cursor":\([0-9]*\),.*/\1/')
	[ -n "$last" ] && freshet -q ack "$last" && json 'r == []' freshet changes --json &&
		fails 1 "$((last + 100))" freshet ack $((last + 100))
}

readers_work_beside_it() {
	for reader in 'report' 'report --format json' 'list' "show $site/1" 'changes --since 0' \
		"cat $site/1" 'host' 'db stats' 'db verify'; do
		# shellcheck disable=SC2086
		freshet $reader >"$own/out" || { echo "exit $? of $reader" && return 1; }
		[ -s "$own/out" ] || { echo "nothing: $reader" && return 1; }
	done
	is_up
}

modes_are_private() {
	[ "$(stat -c %a "$FRESHET_DB")" = 700 ] && [ "$(stat -c %a "$FRESHET_DB/control")" = 600 ] &&
		[ -z "$(find "$FRESHET_DB" -type f ! -perm 600)" ] ||
		{ ls -laR "$FRESHET_DB" && return 1; }
}

stale_socket_is_no_obstacle() { # of a run that was killed
	kill -9 "$pid"
	patiently has_ended "$pid"
	[ -S "$FRESHET_DB/control" ] && freshet -q seed "$site/late" && up --host-delay 0s &&
		patiently asked 1 late && stop TERM 0 && [ ! -e "$FRESHET_DB/control" ]
}

waits_for_a_writer() { # who holds the lock, but is no run
	flock "$FRESHET_DB/lock" sleep 2 &
	children="$children $!"
	patiently is_locked && exits 0 freshet -q run --once --host none
}

is_locked() {
	! flock -n "$FRESHET_DB/lock" true
}

catches_term() { # itself, not the shell that is about to become it
	[ "/proc/$pid/exe" -ef "$FRESHET" ] || return 1
	caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$pid/status")
	[ $((0x$caught >> 14 & 1)) = 1 ]
}

can_be_stopped_as_it_waits() {
	(flock 9 && exec sleep 20) 9>>"$FRESHET_DB/lock" &
	writer=$!
	children="$children $writer"
	patiently is_locked && start && patiently catches_term && stop TERM 0 && kill "$writer"
}

ends_without_its_store() {
	FRESHET_DB=$own/doomed
	freshet -q seed "$site/slow/700/doomed" && up && patiently asked 1 "$a /slow/700/doomed" &&
		mv "$FRESHET_DB" "$own/moved" && ends 1 60000 && grep -q 'was removed, moved' "$run.err" &&
		[ ! -e "$FRESHET_DB" ] && freshet db verify --db "$own/moved"
}

left_alone() { # left_alone CODE TEXT DIR COMMAND...: DIR holds what it held
	code_wanted=$1 text_wanted=$2 dir=$3
	shift 3
	ls -la --time-style=full-iso "$dir" >"$own/listed"
	fails "$code_wanted" "$text_wanted" "$@" --db "$dir" &&
		ls -la --time-style=full-iso "$dir" | diff "$own/listed" -
}

writers_leave_alone() { # writers_leave_alone TEXT DIR
	left_alone 1 "$1" "$2" freshet run && left_alone 1 "$1" "$2" freshet seed "$site/1"
}

becomes_private() {
	mkdir "$own/made" && freshet -q seed --db "$own/made" "$site/1" &&
		[ "$(stat -c %a "$own/made")" = 700 ]
}

foreign_directory_is_left_alone() {
	mkdir "$own/foreign" && echo mine >"$own/foreign/letter" &&
		writers_leave_alone "is not a store and not empty" "$own/foreign" &&
		exits 1 freshet list --db "$own/foreign"
}

readable_store_is_read() { # by a user who may not write there
	chmod -R a-w "$own/nobody/db" && as_nobody list >"$own/out" && grep -q "$site/1" "$own/out" &&
		fails 1 "cannot write store '$own/nobody/db'" as_nobody run
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$own/nobody/freshet" \
		--db "$own/nobody/db" "$@"
}

nobody_has_a_store() {
	mkdir -m 777 "$own/nobody" && cp "$FRESHET" "$own/nobody/freshet" &&
		as_nobody -q seed "$site/1"
}

origin "$port" "$a" "$b"

claim "a run makes its store and waits for pages" up --host-delay 0s --audit-rate 0
claim "a second run is refused at once and told by whom" second_run_is_refused
claim "pages seeded while it runs are fetched" seeds_are_fetched
claim "a recheck of a page or a tag is at once" recheck_is_at_once
claim "... and while the page is being answered, once more behind it" \
	recheck_of_what_is_being_answered_is_kept
claim "a paused host gets no request until it is resumed" paused_means_silence
claim "a forgotten page is gone" forgotten_is_gone
claim "an acknowledgement is taken, and one beyond the feed refused" acknowledged_is_taken
claim "all readers work beside it" readers_work_beside_it
claim "directory, files and socket are their owner's only, whatever the umask" \
	modes_are_private
claim "the socket that a killed run left is no obstacle" stale_socket_is_no_obstacle
claim "... and the store verifies" verifies
claim "a run waits for somebody who writes for a moment" waits_for_a_writer
claim "... and ends in order when it is told to meanwhile (REQ 58)" can_be_stopped_as_it_waits
claim "a run whose store is taken away ends with 1, and makes none there" ends_without_its_store

echo text >"$own/file"
claim "a plain file is no store" fails 1 "'$own/file' is not a directory" \
	freshet run --db "$own/file"
claim "... nor is a place in one" fails 1 "$own/file/db': Not a directory" \
	freshet seed --db "$own/file/db" "$site/1"
claim "a directory of other files is left alone" foreign_directory_is_left_alone
claim "an empty directory that was there becomes private" becomes_private
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	mkdir "$own/theirs" && chown 65534 "$own/theirs"
	claim "a directory of another user is refused" \
		writers_leave_alone "belongs to user 65534, not to you" "$own/theirs"
	claim "an ordinary user has a store" nobody_has_a_store
	claim "... and reads it where he may not write" readable_store_is_read
else
	skip "stores of other users" "needs root and setpriv"
fi
echo "1..$n"
