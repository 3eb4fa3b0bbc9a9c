#!/bin/sh
# seed.sh - what the commands that write promise: seed, ack, recheck, forget, db; alone and
# through a run that has the store open. TAP.
set -u
freshet=${FRESHET:?the path of the binary}
unset FRESHET_DB FRESHET_CONFIG NO_COLOR
work=$(mktemp -d "${TMPDIR:-/tmp}/seed.XXXXXX") || exit 1
run_pid=
cleanup() {
	[ -z "$run_pid" ] || kill "$run_pid" 2>/dev/null
	chmod -R u+w "$work"
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
export FRESHET_DB="$work/store"
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

run() { # run ARGS...: sets $code, fills the files out and err; reads the file in
	code=0
	"$freshet" "$@" >out 2>err <in || code=$?
}

exits() { # exits CODE TEXT ARGS...
	wanted=$1 text=$2
	shift 2
	run "$@"
	[ "$code" = "$wanted" ]
	claim $? "$text (exit $wanted)"
}

out_is() { # out_is LINE TEXT: standard output is exactly that line
	[ "$(cat out)" = "$1" ]
	claim $? "$2"
}

err_has() { # err_has TEXT CLAIM
	grep -qF -e "$1" err
	claim $? "$2"
}

: >in

# ---- good input -----------------------------------------------------------------------
printf 'http://a.example/1\n# a comment\n\nhttp://a.example/2\tweight=2\ttag=x\n' >good
exits 0 "a file is seeded" seed good
out_is "added 2, known 0, rejected 0" "the summary counts what was added"
[ ! -s err ]
claim $? "nothing is said on stderr"
exits 0 "the same file again" seed good
out_is "added 0, known 2, rejected 0" "seeding is idempotent"
[ "$(stat -c %a store)" = 700 ]
claim $? "the store's directory is its owner's alone (REQ 77)"
find store -type f -perm /077 | grep -q . && false
[ $? != 0 ]
claim $? "so is every file in it (REQ 77)"
exits 0 "one page in many spellings" seed HTTP://A.example/1 http://a.example:80/1 \
	'http://a.example/%31/../1' http://a.example/1#top
out_is "added 0, known 4, rejected 0" "spellings of one page are one page"
printf 'http://s.example/1\nhttp://s.example/2\n' >in
exits 0 "standard input is seeded" seed -
out_is "added 2, known 0, rejected 0" "all of standard input counts"
: >in
gzip -c good >good.gz
exits 0 "gzip is seen through" seed good.gz
out_is "added 0, known 2, rejected 0" "gzip holds the same seeds"
printf 'url,tag\nhttp://c.example/1,"a"\n' >table.csv
printf '{"url":"http://j.example/1","weight":1.5,"tags":["a"]}\n' >lines.ndjson
exits 0 "text, CSV, NDJSON and a URL together" seed good table.csv lines.ndjson \
	http://u.example/
out_is "added 3, known 2, rejected 0" "each file is read in its own format"
exits 0 "-q" -q seed http://u.example/
[ ! -s out ] && [ ! -s err ]
claim $? "-q says nothing"

# ---- bad input ------------------------------------------------------------------------
exits 1 "a file that is missing" seed missing http://m.example/
err_has "cannot open 'missing'" "the missing file is named"
out_is "added 1, known 0, rejected 0" "what stands beside it goes in"
exits 1 "a directory" seed "$work"
err_has "is a directory" "the directory is called one"
exits 1 "a binary file" seed "$freshet"
err_has "binary data in line" "a binary file is called one"
[ "$(wc -l <err)" = 1 ]
claim $? "a binary file costs one line"
exits 2 "no argument at all" seed
exits 2 "a weight out of range" seed --weight 0 http://w.example/
exits 2 "intervals in the wrong order" seed --min-interval 2d --max-interval 1d good
exits 2 "a tag with a control character" seed --tag "$(printf 'a\tb')" good
{
	printf 'http://b.example/1\n'
	printf 'ftp://b.example/\n'
	printf 'http://u:p@b.example/\n'
	printf 'http://b.example/%s\n' "$(head -c 9216 /dev/zero | tr '\0' x)"
	printf 'http://b.example/\tweight=heavy\n'
	printf 'http://b.example/\t\033[31mred=1\n'
	printf 'http://b.example/\ttag=\377\376\n'
	head -c 10485760 /dev/zero | tr '\0' y
	printf '\nhttp://b.example/2\n'
} >bad
exits 0 "a file with bad lines" seed bad
out_is "added 2, known 0, rejected 7" "the rest of it goes in"
for row in 2 3 4 5 6 7 8; do
	grep -q "^bad:$row: .*: \"" err
	claim $? "line $row is named with its reason and an excerpt"
done
err_has "bad:8: line is longer than" "a line of 10 MB costs itself"
LC_ALL=C grep -q "$(printf '[\033\377]')" err && false
[ $? != 0 ]
claim $? "no escape or bad byte reaches the terminal (REQ 74)"
exits 3 "--strict" seed --strict bad
yes 'ftp://x/' | head -n 250 >many
exits 0 "very many bad lines" seed many
[ "$(grep -c '^many:' err)" = 100 ]
claim $? "the first 100 are shown"
err_has "... and 150 more rejected" "the others are counted"
head -c 20 good.gz >cut.gz
exits 1 "gzip that ends early" seed cut.gz
err_has "cut.gz" "the cut file is named"

# ---- flags ----------------------------------------------------------------------------
exits 0 "--dry-run" seed --dry-run good http://d.example/ http://d.example/
out_is "would have added 1, known 3, rejected 0" "--dry-run counts"
exits 0 "and it has changed nothing" seed http://d.example/
out_is "added 1, known 0, rejected 0" "the page was still new"
exits 0 "--dry-run without a store" --db nowhere seed --dry-run good
out_is "would have added 2, known 0, rejected 0" "all is new there"
[ ! -e nowhere ]
claim $? "--dry-run makes no store"
exits 0 "flags for every line" seed --tag t1,t2 --weight 3 --min-interval 1h good
out_is "added 0, known 2, rejected 0" "known pages take new tags"

# ---- seeds are put in another order than they come in -----------------------------------
{
	seq -f 'http://o.example/%g' 200
	printf 'http://o.example/7\tweight=5\n'
	printf 'http://o.example/7\tweight=6\ttag=last\n'
	for i in $(seq 3); do # 3 x 16 tags of 60 bytes are more than a page takes
		printf 'http://o.example/8'
		for k in $(seq 16); do printf '\ttag=%060d' "$((i * 100 + k))"; done
		echo
	done
} >order
exits 0 "a file that says more and more of a page" seed order
out_is "added 200, known 4, rejected 1" "each line counts once"
err_has "order:205: the page's tags would be longer" "the line that is one too many is named"
"$freshet" show http://o.example/7 >out 2>err
grep -q 'weight.* 6' out && grep -q last out
claim $? "what comes last counts"

# ---- stores that will not do ------------------------------------------------------------
mkdir foreign && echo hello >foreign/mail
exits 1 "a directory with other files" --db foreign seed good
[ "$(ls foreign)" = mail ]
claim $? "somebody's files are left alone"
exits 1 "a store below a file" --db good/store seed good
if [ "$(id -u)" != 0 ]; then
	mkdir readonly && chmod 500 readonly
	exits 1 "an unwritable directory" --db readonly seed good
else
	exits 1 "a directory that nobody can write" --db /proc/store seed good
fi
err_has "cannot" "it says what it cannot"
for command in "ack 0" "forget http://a.example/1" "recheck http://a.example/1" \
	"db verify" "db compact"; do
	# shellcheck disable=SC2086
	exits 1 "$command without a store" --db nowhere $command
	[ ! -e nowhere ]
	claim $? "$command makes none"
done

# ---- ack --------------------------------------------------------------------------------
exits 0 "ack of nothing yet" ack 0
exits 2 "ack of no number" ack ten
exits 2 "ack of a negative number" ack -- -1
exits 1 "ack of what was never handed out" ack 999
err_has "has not been handed out" "ack says why"
exits 1 "ack by a name that is too long" ack --consumer "$(head -c 40 /dev/zero | tr '\0' n)" 0

# ---- recheck, forget ----------------------------------------------------------------------
exits 0 "recheck of a page" recheck http://A.example/1
out_is "1 page due now" "recheck counts"
exits 1 "recheck of a page that is not known" recheck http://a.example/1 http://a.example/no
err_has "URL 'http://a.example/no' is not known" "the unknown page is named"
out_is "1 page due now" "the known one is dealt with"
exits 1 "recheck of what is no URL" recheck 'not a url'
exits 0 "recheck by tag" recheck --tag x
exits 1 "recheck by a tag that nobody has" recheck --tag nobody
exits 2 "recheck of nothing" recheck
exits 2 "recheck by URL and by host" recheck --host a.example http://a.example/1
exits 2 "forget by host asks to be confirmed" forget --host s.example
err_has "--yes" "it says how"
exits 0 "forget by host" forget --host s.example --yes
out_is "2 pages forgotten" "forget counts"
exits 1 "forget by host again" forget --host s.example --yes
printf 'http://b.example/1\n# comment\nhttp://b.example/2\n' >in
exits 0 "forget from standard input" forget -
out_is "2 pages forgotten" "all of standard input is forgotten"
: >in
exits 0 "what was forgotten is new" seed http://b.example/1
out_is "added 1, known 0, rejected 0" "it is added again"

# ---- db -----------------------------------------------------------------------------------
exits 0 "db verify" db verify
grep -q '^ok: [0-9]* pages' out
claim $? "the store is in order after all that"
exits 0 "db verify --json" db verify --json
python3 -c 'import json; v = json.load(open("out")); assert v["ok"] and not v["differences"]'
claim $? "its JSON says the same"
exits 0 "db compact" db compact
exits 0 "db stats" db stats
grep -q '^page.bytes_on_disk: [1-9]' out
claim $? "the page records have a size"
exits 0 "db stats --json" db stats --json
python3 -c 'import json; v = json.load(open("out")); assert v["schema"] == "freshet.stats/1" and v["pages"] > 0'
claim $? "stats are JSON"
exits 0 "db verify after compacting" db verify
exits 2 "db with an unknown word" db explode

# ---- beside a run -------------------------------------------------------------------------
# Without bot.url a run asks nobody but loopback, and that only with --allow-net: it waits.
export FRESHET_DB="$work/live"
run seed http://127.0.0.1:9/
"$freshet" -q run >run.out 2>run.err </dev/null &
run_pid=$!
tries=0
while [ ! -S live/control ] && [ "$tries" -lt 1200 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
[ -S live/control ] && [ "$(stat -c %a live/control)" = 600 ]
claim $? "a run listens on a socket for its owner alone"
seq -f 'http://r%.0f.example/' 1 3000 >plenty
exits 0 "seed through a run" seed --tag through plenty http://u:p@no/
out_is "added 3000, known 0, rejected 1" "it counts as ever"
exits 0 "the same again through a run" seed plenty
out_is "added 0, known 3000, rejected 0" "and is idempotent"
exits 0 "recheck through a run" recheck http://r1.example/
exits 1 "recheck of an unknown page through a run" recheck http://r0.example/
err_has "URL 'http://r0.example/' is not known" "the unknown page is named"
exits 1 "ack of too much through a run" ack 999
exits 0 "forget through a run" forget --tag through --yes
out_is "3000 pages forgotten" "forget counts through a run"
began=$(date +%s)
exits 4 "db compact beside a run" db compact
err_has "lock held by process $run_pid" "it names the process"
[ $(($(date +%s) - began)) -le 60 ]
claim $? "it gives up, and does not wait for its end"
exits 0 "db verify beside a run" db verify
kill "$run_pid"
wait "$run_pid"
run_pid=
[ ! -e live/control ]
claim $? "the socket is gone with the run"
exits 0 "db verify after the run" db verify

code=0
timeout --preserve-status -k 10 1 "$freshet" seed /dev/zero >out 2>err || code=$?
[ "$code" = 143 ]
claim $? "a line without an end is read no longer than until SIGTERM"

echo "1..$n"
