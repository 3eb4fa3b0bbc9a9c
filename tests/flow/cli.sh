#!/bin/sh
# cli.sh - what the command line promises before any store or network is touched: help,
# exit codes, suggestions, precedence of settings, config errors, generated texts. TAP.
set -u
freshet=${FRESHET:?the path of the binary}
unset FRESHET_DB FRESHET_CONFIG NO_COLOR
work=$(mktemp -d "${TMPDIR:-/tmp}/cli.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
n=0

claim() { # claim STATUS TEXT
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
		return
	fi
	echo "not ok $n - $2"
	sed 's/^/# out: /' out
	sed 's/^/# err: /' err
}

run() { # run ARGS...: sets $code, fills the files out and err
	code=0
	"$freshet" "$@" >out 2>err </dev/null || code=$?
}

exits() { # exits CODE TEXT ARGS...
	wanted=$1 text=$2
	shift 2
	run "$@"
	[ "$code" = "$wanted" ]
	claim $? "$text (exit $wanted)"
}

said() { # said FILE TEXT CLAIM: the last run wrote exactly this line
	grep -qxF -e "$2" "$1"
	claim $? "$3"
}

setting() { # setting KEY ARGS...: its value by `freshet config`, read as a config file
	key=$1
	shift
	run "$@" config
	sed -n "s/^$key = //p" out
}

commands=$("$freshet" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')

# ---- help -----------------------------------------------------------------------------
[ "$(echo "$commands" | wc -w)" -ge 6 ]
claim $? "help names the commands"
exits 0 "--help succeeds" --help
grep -q '^Usage: freshet' out && [ ! -s err ]
claim $? "--help is on stdout, and stderr is empty"
cp out program-help
run help
cmp -s out program-help
claim $? "'help' says the same as --help"
status=0
for command in $commands; do
	run "$command" --help
	[ "$code" = 0 ] && [ ! -s err ] && grep -q "^Usage: freshet $command" out || status=1
	cp out command-help
	run help "$command"
	cmp -s out command-help || status=1
	run "$command" -h --no-such-flag
	cmp -s out command-help || status=1
done
claim $status "every command explains itself, in three ways alike"
exits 0 "--version succeeds" --version
grep -qE '^freshet [0-9]+\.[0-9]+\.[0-9]+$' out
claim $? "--version prints name and version"

# ---- usage errors ---------------------------------------------------------------------
exits 2 "no command is a usage error"
exits 2 "an unknown command is a usage error" confgi
said err "freshet: unknown command 'confgi' (did you mean 'config'?)" "it is suggested"
exits 2 "help on an unknown command is a usage error" help confgi
exits 2 "an unknown flag is a usage error" config --defualt
said err "freshet: unknown flag '--defualt' of 'config' (did you mean '--default'?)" \
	"the near flag is suggested"
said err "Try 'freshet config --help'." "the command's help is pointed to"
exits 2 "a flag without its value is a usage error" config -c
exits 2 "a bad value is a usage error" config --color pink
said err "freshet: --color 'pink': expected one of auto|always|never" \
	"the message says what, where and why"
exits 2 "too many arguments are a usage error" url a b c
exits 2 "a missing argument is a usage error" url
run "$(printf 'a\033[31m\nb')"
! grep -q "$(printf '\033')" err && [ "$(wc -l <err)" = 2 ]
claim $? "what was typed is echoed without control characters (REQ 74)"

# ---- url and robots -------------------------------------------------------------------
exits 0 "a URL is made canonical" url 'HTTP://EXAMPLE.org:80/a/../b#c'
said out "http://example.org/b" "scheme, host, port, dots and fragment are normalised"
exits 0 "a URL is resolved against a base" url ../c http://example.org/a/b
said out "http://example.org/c" "as a browser would"
exits 2 "a URL with userinfo is refused (REQ 70)" url http://user@example.org/
exits 2 "a base that is none is refused" url a b
printf 'User-agent: *\nDisallow: /private\nUser-agent: Foo\nAllow: /\n' >robots.txt
exits 0 "robots allows" robots --file robots.txt http://example.org/public
[ "$(head -n 1 out)" = allowed ]
claim $? "and says so first"
exits 10 "robots disallows" robots --file robots.txt http://example.org/private/x
[ "$(head -n 1 out)" = disallowed ] && grep -q '^line 2: ' out
claim $? "and names the line"
exits 0 "robots judges for another agent" robots http://a/private --agent Foo --file robots.txt
exits 1 "a robots file that is not there is a failure" robots --file none http://a/
code=0
"$freshet" robots --file - http://a/private <robots.txt >out 2>err || code=$?
[ "$code" = 10 ]
claim $? "robots reads stdin"

# ---- settings -------------------------------------------------------------------------
exits 0 "config --default prints every setting" config --default
cp out default.conf
run -c default.conf config
sed 's/; set by the config file)$/)/' out >again.conf
cmp -s default.conf again.conf
claim $? "what it prints is a config file that means the same"
[ "$(setting host_delay -c default.conf)" = 1s ]
claim $? "the default of fetch.host_delay is 1s (REQ 53)"

printf '[fetch]\nhost_delay = 2s\n' >site.conf
[ "$(setting host_delay -c site.conf)" = 2s ]
claim $? "the file beats the default"
[ "$(FRESHET_CONFIG=site.conf setting host_delay)" = 2s ]
claim $? "the file may come from the environment"
[ "$(FRESHET_FETCH_HOST_DELAY=3s setting host_delay -c site.conf)" = 3s ]
claim $? "the environment beats the file"
[ "$(FRESHET_FETCH_HOST_DELAY=3s setting host_delay -c site.conf \
	--set fetch.host_delay=4s)" = 4s ]
claim $? "a flag beats the environment"
[ "$(FRESHET_DB=/var/lib/freshet setting db)" = /var/lib/freshet ]
claim $? "FRESHET_DB names the store"
[ "$(FRESHET_DB=/var/lib/freshet setting db --db here)" = here ]
claim $? "--db beats it"

printf '[fetch]\n\nhost_dealy = 2s\n' >bad.conf
exits 3 "an unknown key is a config error" -c bad.conf config
said err "freshet: bad.conf:3: unknown key 'fetch.host_dealy' (did you mean 'fetch.host_delay'?)" \
	"with file, line and suggestion"
printf '[fetch]\nhost_delay = soon\n' >bad.conf
exits 3 "a bad value is a config error" -c bad.conf config
grep -q "^freshet: bad.conf:2: fetch.host_delay 'soon': expected" err
claim $? "with file, line and what was expected"
exits 3 "a config file that is not there is a config error" -c none.conf config
code=0
FRESHET_FETCH_PER_HOST=0 "$freshet" config >out 2>err || code=$?
[ "$code" = 3 ] && grep -q 'FRESHET_FETCH_PER_HOST' err
claim $? "a bad variable is a config error that names it (exit 3)"
exits 3 "a bad --set is a config error" --set fetch.per_host=0 config
exits 0 "help works beside a broken config file" -c bad.conf help
exits 0 "url works beside a broken config file" -c bad.conf url http://a/

# ---- generated texts ------------------------------------------------------------------
exits 0 "the man page is printed" help --man
grep -q '^\.TH FRESHET 1 ' out && grep -q '^\.SH NAME$' out &&
	grep -q '^\.SH "\{0,1\}EXIT STATUS' out &&
	! grep -nE '^\.[^A-Z]|^\.(TH|SH|SS)$|[^\\]--' out >&2 2>>err
claim $? "its macros are known ones, and no hyphen of a flag is bare"
if command -v man >/dev/null && man -l -Tutf8 -E UTF-8 /dev/null >/dev/null 2>&1; then
	cp out freshet.1
	MANWIDTH=80 man -l --warnings freshet.1 >out 2>err && [ ! -s err ]
	claim $? "man renders it without a warning"
fi
exits 0 "the README's table is printed" help --markdown
status=0
for command in $commands; do
	grep -q "^| \`$command" out || status=1
done
[ "$(grep -cvE '^\|.*\|$' out)" = 0 ] || status=1
claim $status "one row a command"
for shell in bash zsh fish; do
	exits 0 "completion for $shell is printed" completion $shell
	cp out "completion.$shell"
done
exits 2 "there is no completion for other shells" completion tcsh

complete_with_bash() { # complete_with_bash WORD...: the offers for the last word
	bash -c 'source completion.bash || exit 1
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_freshet 2>&1
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@" >out 2>err
}
if command -v bash >/dev/null; then
	complete_with_bash freshet comp
	[ "$(cat out err)" = completion ]
	claim $? "bash completes commands"
	complete_with_bash freshet config --def
	[ "$(cat out err)" = --default ]
	claim $? "bash completes flags of a command"
	complete_with_bash freshet --color al
	[ "$(cat out err)" = always ]
	claim $? "bash completes values"
	complete_with_bash freshet completion z
	[ "$(cat out err)" = zsh ]
	claim $? "bash completes fixed arguments"
	complete_with_bash freshet -c sit
	[ "$(cat out err)" = site.conf ]
	claim $? "bash completes files"
fi
for shell in zsh fish; do
	command -v $shell >/dev/null || continue
	$shell -n "completion.$shell" >out 2>err
	claim $? "$shell can read its completion"
done

"$freshet" help >/dev/full 2>err
[ $? = 1 ] && grep -q '^freshet: cannot write to stdout: ' err
claim $? "a full disk under stdout is a failure"
echo "1..$n"
