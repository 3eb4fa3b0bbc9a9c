#!/bin/sh
# box.sh - recrawls of a small site behind each real server, held against the files.
# Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
export BOX_DIR=$own/box BOX_SITES=$own/sites BOX_PORT=$ports BOX_NET=127.77.1 BOX_LEAST_SITES=1
box=tools/box/box.sh
trap '"$box" stop; tidy_up' EXIT

pass() { # one crawl of everything, between two looks at the servers' logs
	rm -f "$own"/served-*
	"$box" served >"$own/served-0" &&
		freshet run --once --allow-net 127.0.0.0/8 --host-delay 0s --budget 100000/s \
			--audit-rate 0 "$@" &&
		"$box" served >"$own/served-1"
}

verdicts_match() { # verdicts_match before|after
	freshet list --format ndjson --limit 100000 >"$own/list" &&
		python3 -B tools/box/compare.py "$1" "$own"
}

not_modified() { # not_modified SITE N: the site's server logged N more 304s in the pass
	[ -e "$own/served-1" ] || { echo "the pass did not end well" && return 1; }
	python3 -B - "$own" "$1" "$2" <<-'EOT'
		import json, sys
		folder, site, want = sys.argv[1:]
		before, after = (json.load(open(f"{folder}/served-{i}"))[site].get("304", 0) for i in (0, 1))
		print(f"{site}: {after - before} answers were 304, wanted {want}")
		sys.exit(after - before != int(want))
	EOT
}

all_answer() { # every URL of the old release is there, under the path as it is written
	"$box" expected | awk -F'\t' '$2 != "added" { print "url=" $1 "\noutput=/dev/null" }' |
		curl -s -K - -w '%{http_code} %{url_effective}\n' >"$own/answers"
	! grep -v '^200 ' "$own/answers"
}

seeded() { # every page once, and none twice
	freshet seed "$own/urls" && freshet list --format ndjson --limit 100000 >"$own/list" &&
		[ "$(wc -l <"$own/list")" = "$(wc -l <"$own/urls")" ]
}

none_left() { # no process of this box survives it
	pids=$(cat "$BOX_DIR"/run/*.pid)
	"$box" stop
	for pid in $pids; do
		! grep -qF "$own" "/proc/$pid/cmdline" 2>/dev/null || return 1
	done
}

mkdir -p "$BOX_DIR/site/old" "$BOX_DIR/site/new"
for server in nginx apache2 lighttpd caddy python; do
	case $server in python) program=python3 ;; *) program=$server ;; esac
	command -v "$program" >/dev/null || { echo "# no $program here" && continue; }
	echo "$server $server $((n = n + 1)) - -"
done | tee "$BOX_SITES" | grep '^#'
n=0
# shellcheck disable=SC2046
python3 -B tests/flow/small_site.py "$BOX_DIR/site" $(cut -d' ' -f1 "$BOX_SITES")
real=build/box/site
if [ -d "$real/old/git" ] && [ -d "$real/new/git" ] && grep -q '^caddy' "$BOX_SITES"; then
	cp -a "$real/old/git" "$BOX_DIR/site/old/" && cp -a "$real/new/git" "$BOX_DIR/site/new/"
	echo "git caddy 9 git-doc -" >>"$BOX_SITES"
fi

claim "every server of the box starts" "$box" start
"$box" truth >"$own/truth"
"$box" expected >"$own/expected"
"$box" urls >"$own/urls"
claim "every page answers 200 under its own name" all_answer
claim "the seed list goes in, each page once" seeded
claim "a first crawl ends by itself" pass
claim "a crawl of sites that did not change ends by itself" pass --force
claim "nothing changed, and every verdict says so" verdicts_match before
for site in nginx lighttpd caddy python; do
	! grep -q "^$site" "$BOX_SITES" || claim "$site confirmed every page with a 304" \
		not_modified "$site" 39
done
if grep -q '^apache2' "$BOX_SITES"; then
	pass --force >"$own/said" 2>&1
	claim "apache2 with mod_deflate gives 304s to a repaired tag (REQ 25a)" \
		not_modified apache2 39
fi
"$box" switch new
claim "a crawl after a new release ends by itself" pass --force --set fetch.gone_after=1
claim "what changed, came and went is what the files say" verdicts_match after
claim "a stopped box leaves no process" none_left
echo "1..$n"
