#!/bin/sh
# memory.sh - 64 hosts that each want all memory there is, at once, and one that does not
# (REQ 57, 59, 60, 61, 65, 66).
# Speaks TAP. Sanitizers would count for themselves, so this runs the plain build.
cd "$(dirname "$0")/../.." || exit 1
FRESHET=${PLAIN:-$PWD/build/gcc/freshet}
. tests/lib.sh

if [ ! -x "$FRESHET" ]; then
	skip "memory stays under 400 MiB" "build/gcc/freshet is not built"
	echo "1..$n"
	exit 0
fi
mkfifo "$own/end"
python3 -B tests/flow/hostile_origin.py "$own/port" <"$own/end" &
children=$!
exec 7>"$own/end"

seed_all() {
	patiently test -s "$own/port" || patiently test -s "$own/port" || return 1 # much to make
	port=$(cat "$own/port")
	for i in $(seq 65); do
		echo "http://127.88.0.$i:$port/page"
	done | freshet -q seed -
}

stays_under() { # stays_under MIB RUN-FLAGS...
	mib=$1
	shift
	python3 - "$mib" "$FRESHET" -q run --allow-net 127.88.0.0/16 \
		--concurrency 65 "$@" <<-'EOT'
		import resource, subprocess, sys
		code = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL).returncode
		peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
		print(f"exit {code}, peak {peak:.0f} MiB")
		sys.exit(code or peak > int(sys.argv[1]))
	EOT
}

has_a_verdict_on_all() {
	json "len(r) == 65 and all(p['verdict'] in ('new', 'error', 'refused') for p in r)" \
		freshet list --format ndjson
}

the_good_one_is_unharmed() { # fetched at once, while the others hold on
	json "r[0]['verdict'] == 'new' and r[0]['history'][0]['elapsed_ms'] < 15000" \
		freshet show --json "http://127.88.0.65:$port/page"
}

nobody_led_it_home() { # REQ 66: to where the robots.txt of that host could not be read
	json "all((p['error'], p['version'], p['http_status']) == ('redirect', 0, 302) for p in r \
		if int(p['host'].split(':')[1].split('.')[3]) % 16 == 11)" \
		freshet list --format ndjson
}

# ---- eight sitemaps that were small when they were seeded -------------------------------

name_sitemaps() {
	rm -rf "$FRESHET_DB"
	for i in $(seq 8); do
		freshet -q seed --allow-net 127.88.0.0/16 "http://127.88.0.$((8 * i)):$port/s.xml" ||
			return 1
	done
}

all_are_read() { # and each is of 50,000 pages of its host
	for i in $(seq 8); do
		json "[s['urls'] for s in r[0]['sources']] == [50000]" \
			freshet host --json "http://127.88.0.$((8 * i)):$port" || return 1
	done
}

claim "64 hostile hosts are seeded" seed_all
claim "memory stays under 400 MiB" stays_under 400 --once
claim "each page has its verdict" has_a_verdict_on_all
claim "the one that is no enemy is unharmed" the_good_one_is_unharmed
claim "redirects into the own network lead nowhere (REQ 66)" nobody_led_it_home
claim "the store is sound" freshet db verify
claim "eight sitemaps are named" name_sitemaps
claim "memory stays under 400 MiB when they are 50 MB each" \
	stays_under 400 --once --set sources.max_pages=1
claim "all of them are read" all_are_read
claim "the store is sound then, too" freshet db verify
echo "1..$n"
