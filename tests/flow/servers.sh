#!/bin/sh
# servers.sh - how real servers treat their own validators, and what freshet makes of each.
#
# Every server serves the same pages. What it answers to conditions is held against the
# table below; then freshet must learn to earn a 304 for each page, at a few percent of
# audits, and find the edit that no validator shows: other bytes of the same length under
# the same date. Speaks TAP. Servers that are not installed are skipped. FRESHET names the
# binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
here=tools/box
BOX_DIR=$own BOX_PORT=$ports BOX_NET=127.77.2
. tools/box/lib.sh
. tools/box/servers.sh
. tests/more_servers.sh
n_pages=12

# name, last octet of its address, program, and what ask_server.py says of it
cat >"$own/table" <<'EOT'
nginx 1 nginx tag=strong/weak own=304 own_gzip=304 W/=304 list=304 tag+later=200 tag+earlier=200 date=304 later=200 repaired=- carries=ETag+Last-Modified
apache2 2 apache2 tag=strong/marked own=304 own_gzip=200 W/=304 list=304 tag+later=304 tag+earlier=200 date=304 later=304 repaired=304 carries=ETag+Last-Modified
apache2_plain 3 apache2 tag=strong/- own=304 own_gzip=- W/=304 list=304 tag+later=304 tag+earlier=200 date=304 later=304 repaired=- carries=ETag+Last-Modified
lighttpd 4 lighttpd tag=strong/marked own=304 own_gzip=304 W/=304 list=304 tag+later=304 tag+earlier=304 date=304 later=304 repaired=304 carries=ETag+Last-Modified
caddy 5 caddy tag=strong/strong own=304 own_gzip=304 W/=304 list=304 tag+later=304 tag+earlier=304 date=304 later=304 repaired=- carries=ETag
h2o 6 h2o tag=strong/strong own=304 own_gzip=304 W/=200 list=200 tag+later=304 tag+earlier=304 date=304 later=304 repaired=- carries=ETag
python 7 python3 tag=none/- own=- own_gzip=- W/=- list=- tag+later=- tag+earlier=- date=304 later=304 repaired=- carries=neither
varnish 8 varnishd tag=none/- own=- own_gzip=- W/=- list=- tag+later=- tag+earlier=- date=304 later=304 repaired=- carries=Last-Modified
haproxy 9 haproxy tag=strong/- own=304 own_gzip=- W/=304 list=304 tag+later=304 tag+earlier=304 date=304 later=304 repaired=- carries=ETag+Last-Modified
busybox 10 busybox tag=strong/- own=304 own_gzip=- W/=304 list=304 tag+later=304 tag+earlier=304 date=200 later=200 repaired=- carries=neither
civetweb 11 civetweb tag=strong/- own=304 own_gzip=- W/=200 list=200 tag+later=304 tag+earlier=304 date=304 later=304 repaired=- carries=ETag+Last-Modified
webfsd 12 webfsd tag=none/- own=- own_gzip=- W/=- list=- tag+later=- tag+earlier=- date=304 later=200 repaired=- carries=Last-Modified
EOT

end_servers() { # end_servers PID...: told one by one, then waited for
	for pid; do kill "$pid" 2>/dev/null; done
	for pid; do
		for _ in $(seq 250); do
			! has_ended "$pid" || continue 2
			sleep 0.02
		done
		kill -9 "$pid" 2>/dev/null
	done
}
# shellcheck disable=SC2046
trap 'end_servers $(cat "$own"/run/*.pid 2>/dev/null); tidy_up' EXIT

each_server() { # each_server FUNCTION: with name, address, program and the table's facts
	while read -r name octet program facts <&4; do
		"$1" "$name" "$BOX_NET.$octet" "$program" "$facts"
	done 4<"$own/table"
}

empty_cache() { # what the two caches hold ends with them; others never held anything
	case $1 in varnish | haproxy) ;; *) return 0 ;; esac
	started "$1" || return 0
	end_servers "$(cat "$own/run/$1.pid")"
	start_server "$@"
	await_server "$@"
}

started() { # started NAME
	[ -e "$own/run/$1/up" ]
}

start_server() { # start_server NAME ADDRESS PROGRAM
	command -v "$3" >/dev/null || return 0
	run=$own/run/$1
	mkdir -p "$run"
	"configure_$1" "$run" "$2" "$own/site/$1"
	[ "$(id -u)" != 0 ] || chown -R www-data:www-data "$run"
	# shellcheck disable=SC2046
	(as_user $(line_of "$1" "$run" "$2" "$own/site/$1")) >"$run.out" 2>&1 </dev/null &
	echo $! >"$run.pid"
}

await_server() { # await_server NAME ADDRESS PROGRAM
	[ -e "$own/run/$1.pid" ] || return 0
	for _ in $(seq 600); do
		curl -s -o /dev/null --max-time 5 "http://$2:$BOX_PORT/p1.html" &&
			touch "$own/run/$1/up" && return
		! has_ended "$(cat "$own/run/$1.pid")" || break
		sleep 0.1
	done
	sed "s/^/# $1: /" "$own/run/$1.out"
}

same() { # same WANTED GOT
	[ "$1" = "$2" ] || { printf 'want %s\ngot  %s\n' "$1" "$2" && return 1; }
}

measure() { # NAME ADDRESS PROGRAM FACTS
	if ! command -v "$3" >/dev/null; then
		skip "$1 treats its validators as measured before" "there is no $3"
		return
	fi
	got=$(python3 -B tests/flow/ask_server.py "$2:$BOX_PORT" /p1.html 2>&1)
	echo "# $1: $got"
	claim "$1 treats its validators as measured before" same "$4" "$got"
}

pass() { # pass AUDIT_RATE [ARGS...]: all pages once
	rate=$1
	shift
	freshet run --once --force --allow-net 127.0.0.0/8 --host-delay 0s --budget 100000/s \
		--audit-rate "$rate" "$@"
}

passes() { # passes N AUDIT_RATE
	for _ in $(seq "$1"); do pass "$2" || return 1; done
}

look() { # one look for all servers
	freshet list --format ndjson --limit 100000 >"$own/pages" && freshet host --json >"$own/hosts"
}

counts() { # counts ADDRESS WANTED CONDITION: so many pages for which it holds, in Python
	grep -F "\"http://$1:$BOX_PORT/" "$own/pages" | python3 -c '
import json, sys
pages = [json.loads(line) for line in sys.stdin]
got = [p for p in pages if eval(sys.argv[2], {}, p)]
print(f"{len(got)} of {len(pages)} pages: {sys.argv[2]}, wanted {sys.argv[1]}")
for p in pages:
    print(p["url"], p["verdict"], p["evidence"], p["http_status"])
sys.exit(len(got) != int(sys.argv[1]))' "$2" "$3"
}

of_host() { # of_host ADDRESS EXPRESSION: of its profile and anomalies, in Python
	grep -F "\"http://$1:$BOX_PORT\"" "$own/hosts" | python3 -c '
import json, sys
host = json.load(sys.stdin)
kinds = {a["kind"]: a for a in host["anomalies"]}
value = eval(f"({sys.argv[1]})", {"p": host["profile"], "kinds": kinds, "host": host})
print(value)
sys.exit(not value)' "$2"
}

earns_304s() {
	started "$1" || return 0
	claim "$1: the third visit earns a 304 for every page (REQ 25a)" \
		counts "$2" "$n_pages" 'evidence.startswith("304-") and verdict == "unchanged"'
	echo "# $1: asked with $(of_host "$2" 'p["mode"]')," \
		"$(of_host "$2" 'str(p["useless_200"])') useless answers"
}

is_innocent() {
	started "$1" || return 0
	claim "$1: nothing is held against it" \
		of_host "$2" 'not kinds and not p["false_304"] and not p["validator_broken"]'
}

cost() { # what is asked to learn and to make sure, of all revalidations
	python3 -c '
import json, sys
asked = extra = 0
for host in map(json.loads, sys.stdin):
    p = host["profile"]
    more, all = p["audits"] + p["probes"], p["audits"] + p["conditional"]
    print(host["host"], f"{more} of {all}: {100 * more / all:.1f} %")
    asked, extra = asked + all, extra + more
print(f"audits and probes: {extra} of {asked} revalidations: {100 * extra / asked:.1f} %")
sys.exit(not 0.02 < extra / asked < 0.06)' <"$own/hosts"
}

believes() {
	started "$1" || return 0
	claim "$1 says 304 for other bytes of the same length and date" \
		counts "$2" "$n_pages" 'http_status == 304 and verdict == "unchanged"'
}

finds() {
	started "$1" || return 0
	claim "$1: an audit finds the edit" \
		counts "$2" 1 'url.endswith("/p3.html") and verdict == "changed" and evidence == "audit"'
	claim "$1: its 304 is known as false, with an example, and no longer asked for (REQ 25)" \
		of_host "$2" 'p["false_304"] == 1 and p["validator_broken"] and p["mode"] == "none"
			and kinds["false_304"]["example"].endswith("/p3.html")'
}

reported() { # every server that runs stands in the report's list, with an example
	freshet report --format json | python3 -c '
import json, sys
attention = json.load(sys.stdin)["attention"]
broken = {a["host"] for a in attention if a["code"] == "validator_broken" and "/p3.html" in a["hint"]}
print(len(broken), "hosts in", [(a["code"], a["host"], a["hint"]) for a in attention])
sys.exit(len(broken) != int(sys.argv[1]))' "$n_up"
}

sites() { # sites write|edit: all pages; or each p3.html with other words, length and date alike
	# shellcheck disable=SC2046
	python3 -B - "$1" "$n_pages" $(awk -v top="$own/site" '{ print top "/" $1 }' "$own/table") <<-'EOT'
		import itertools, os, sys
		what, n, roots = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
		for root in roots:
		    os.makedirs(root, exist_ok=True)
		for root, i in itertools.product(roots, range(1, n + 1)):
		    path = f"{root}/p{i}.html"
		    words = " ".join(f"word{(i * 31 + k * 7) % 997:03}" for k in range(200))
		    if what == "edit" and i != 3:
		        continue
		    if what == "edit":
		        words = " ".join("news" + w[4:] for w in words.split())
		    with open(path, "r+" if what == "edit" else "w") as f:
		        f.write(f"<!doctype html><title>Page {i}</title><p>{words}\n")
		    os.utime(path, (1700000000, 1700000000))
	EOT
}

seed() {
	each_server list_urls >"$own/urls" && freshet seed "$own/urls"
}

list_urls() {
	! started "$1" || for i in $(seq "$n_pages"); do echo "http://$2:$BOX_PORT/p$i.html"; done
}

sites write
each_server start_server
each_server await_server
n_up=$(find "$own/run" -name up | wc -l)
each_server measure
claim "the pages of $n_up servers are seeded" seed
claim "three passes end by themselves" passes 3 0
look
each_server earns_304s
claim "twenty passes with the usual share of audits end by themselves" passes 20 0.03
look
claim "audits and probes cost 2 to 6 % of the revalidations (REQ 25)" cost
sed 's/^/# /' "$own/said"
each_server is_innocent
sites edit
each_server empty_cache
claim "a pass without audits ends by itself" pass 0
look
each_server believes
claim "a pass of audits ends by itself" pass 1
look
each_server finds
claim "the report names each of them as validator_broken (REQ 25)" reported
claim "nothing is wrong in the store" freshet db verify
echo "1..$n"
