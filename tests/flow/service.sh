#!/bin/sh
# service.sh - freshet among the services of a machine: told and telling (sd_notify), its
# lines in the journal, its settings read again, installed and packaged (REQ 58).
# Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.6.3
port=$ports
site=http://$a:$port
export FRESHET_FETCH_HOST_DELAY=0s

n_managed=0
managed() { # managed SOCKET: a run whose manager listens there; sets $pid
	told=$own/told$((n_managed += 1))
	python3 tests/flow/manager.py "$1" "$told" "$FRESHET" -c "$own/conf" run -q \
		--allow-net 127.0.0.0/8 >"$own/managed" 2>&1 &
	manager=$!
	children="$children $manager"
	patiently [ -s "$told.pid" ] && pid=$(cat "$told.pid") && children="$children $pid"
}

was_told() { # was_told PATTERN [TIMES]
	[ "$(grep -c -E -e "$1" "$told")" -ge "${2:-1}" ]
}

tells_its_manager() { # tells_its_manager SOCKET
	: >"$own/conf"
	managed "$1" || return 1
	patiently was_told '^READY=1$' || { cat "$own/managed" && return 1; }
	patiently was_told '^WATCHDOG=1$' 3 && patiently was_told '^STATUS=.* visits' || return 1
	kill -HUP "$pid"
	patiently was_told '^RELOADING=1\|MONOTONIC_USEC=[0-9]+$' &&
		patiently was_told '^READY=1$' 2 || return 1
	kill -TERM "$pid"
	code=0
	wait "$manager" || code=$?
	cat "$told"
	[ "$code" = 0 ] && was_told '^STOPPING=1$'
}

writes_levels() { # to the journal, and to nothing that was redirected since
	stream=$own/stream
	: >"$stream"
	id=$(stat -c %d:%i "$stream")
	FRESHET_NO_SUCH=1 JOURNAL_STREAM=$id freshet list --limit 1 2>"$stream" >/dev/null
	grep -q '^<4>warn variable ignored' "$stream" || { cat "$stream" && return 1; }
	JOURNAL_STREAM=$id freshet --db "$own/none" list 2>"$stream"
	grep -q '^<3>freshet: no store' "$stream" || { cat "$stream" && return 1; }
	FRESHET_NO_SUCH=1 JOURNAL_STREAM=1:1 freshet list --limit 1 2>"$stream" >/dev/null
	grep -q '^warn variable ignored' "$stream"
}

makes_no_store() { # makes_no_store DIR
	fails 1 "no store at '$1' (\`freshet seed\` makes one)" freshet --db "$1" run --once &&
		[ ! -e "$1" ]
}

waits_for_pages() {
	FRESHET_DB=$own/unseeded
	up || return 1
	patiently grep -q 'store empty db=.*/unseeded text=`freshet seed` adds pages' "$run.err" &&
		stop TERM 0
	code=$?
	FRESHET_DB=$own/db
	return $code
}

names_what_needs_a_restart() {
	printf '[fetch]\ntimeout = 5s\n' >"$own/conf"
	up -c "$own/conf" || return 1
	printf '[fetch]\ntimeout = 6s\nretry_min = 2m\n[listen]\naddress = 127.0.0.1:%s\n' \
		$((port + 1)) >"$own/conf"
	kill -HUP "$pid"
	patiently grep -q 'restart needed setting=listen.address' "$run.err" &&
		grep -q 'restart needed setting=fetch.timeout' "$run.err" || return 1
	grep 'retry_min' "$run.err" && return 1
	stop TERM 0
}

says_what_it_did() {
	[ "$(freshet host --pause "$a")" = "1 host paused" ] &&
		[ "$(freshet host --resume "$a")" = "1 host resumed" ] &&
		[ -z "$(freshet -q host --pause "$a")" ] && freshet -q host --resume "$a"
}

suggests() { # suggests VARIABLE TEXT
	env "$1=1" "$FRESHET" list --limit 1 >"$own/out" 2>"$own/err" || return 1
	cat "$own/err"
	grep -qF -e "$2" "$own/err"
}

# ---- installed -----------------------------------------------------------------------------

program=build/gcc/freshet
files="bin/freshet lib/systemd/system/freshet.service lib/systemd/system/freshet@.service
lib/systemd/system/freshet@.timer lib/sysusers.d/freshet.conf
share/bash-completion/completions/freshet share/fish/vendor_completions.d/freshet.fish
share/man/man1/freshet.1 share/man/man5/freshet.conf.5 share/zsh/site-functions/_freshet"

installs() { # by one who keeps his own files to himself
	(umask 077 && make -s install PROGRAM=$program PREFIX=/usr DESTDIR="$own/dest") || return 1
	find "$own/dest/usr" -type f ! -perm -444 | grep . && return 1
	for file in $files; do
		[ -s "$own/dest/usr/$file" ] || { echo "$file is missing" && return 1; }
	done
	grep -q '^ExecStart=/usr/bin/freshet run$' \
		"$own/dest/usr/lib/systemd/system/freshet.service" || return 1
	! grep -r '@BINDIR@' "$own/dest" && "$own/dest/usr/bin/freshet" version
}

keeps_settings() {
	echo '# mine' >"$own/dest/etc/freshet/freshet.conf"
	make -s install PROGRAM=$program PREFIX=/usr DESTDIR="$own/dest" &&
		grep -q mine "$own/dest/etc/freshet/freshet.conf"
}

uninstalls() {
	make -s uninstall PREFIX=/usr DESTDIR="$own/dest" || return 1
	left=$(cd "$own/dest" && find . -type f)
	echo "$left"
	[ "$left" = ./etc/freshet/freshet.conf ]
}

config_is_read() {
	freshet -c tools/packaging/freshet.conf config >"$own/out" && grep -q '^\[listen\]' "$own/out"
}

completions_parse() {
	bash -n "$1/share/bash-completion/completions/freshet"
}

units_are_understood() { # by those who run them; paths of programs are not there
	systemd-analyze verify --man=no --root="$own/dest" freshet.service freshet@x.timer \
		>"$own/verify" 2>&1
	grep -v -e 'sysinit.target not found' -e '/bin/kill is not executable' "$own/verify" &&
		return 1
	return 0
}

packages() {
	version=$(sed -n 's/^VERSION := //p' Makefile)
	PROGRAM=$program tools/packaging/deb.sh "$version" || return 1
	deb=build/freshet_${version}_$(dpkg --print-architecture).deb
	dpkg-deb -x "$deb" "$own/deb" && dpkg-deb -e "$deb" "$own/deb/DEBIAN" || return 1
	(cd "$own/deb" && md5sum -c --quiet DEBIAN/md5sums) || return 1
	[ "$(cat "$own/deb/DEBIAN/conffiles")" = /etc/freshet/freshet.conf ] || return 1
	for script in postinst prerm postrm; do
		sh -n "$own/deb/DEBIAN/$script" || return 1
	done
	dpkg-deb -f "$deb" Depends | tee "$own/depends"
	grep -q 'librocksdb' "$own/depends" && grep -q 'libmicrohttpd' "$own/depends" &&
		"$own/deb/usr/bin/freshet" version
}

freshet -q seed "$site/error/503/1" "$site/2"
origin "$port" "$a"
claim "a manager is told: ready, alive, how it goes, reloading, stopping" \
	tells_its_manager "$own/notify"
claim "... in the abstract namespace, too" tells_its_manager "@freshet-test-$$"
claim "lines in the journal carry their level" writes_levels
claim "run --once makes no store: a typing error is told" makes_no_store "$own/typo"
claim "an endless run does, and says what it waits for" waits_for_pages
claim "SIGHUP: what needs a restart is named, what does not is not" names_what_needs_a_restart
claim "what pages answer never changes the exit code" \
	exits 0 freshet -q run --once --force --until-error --allow-net 127.0.0.0/8
claim "what was done to a host is said" says_what_it_did
claim "a variable that no setting goes by is named, with a guess" \
	suggests FRESHET_FETCH_HOST_DELYA "did you mean 'fetch.host_delay'?"
if [ -x $program ]; then
	claim "make install puts each thing in its place" installs
	claim "... and leaves settings alone" keeps_settings
	claim "... which are read" config_is_read
	claim "... and a completion that bash understands" completions_parse "$own/dest/usr"
	if command -v systemd-analyze >/dev/null; then
		claim "... and units that systemd understands" units_are_understood
	else
		skip "... and units that systemd understands" "no systemd-analyze"
	fi
	claim "make uninstall takes away all but the settings" uninstalls
	claim "make deb: a package that is whole, and needs what the program needs" packages
else
	skip "make install" "no $program"
fi
echo "1..$n"
