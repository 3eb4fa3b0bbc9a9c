#!/bin/sh
# memory.sh - 64 hosts that each want all memory there is, at once (REQ 57, 60, 61, 65).
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
	patiently test -s "$own/port" || return 1
	port=$(cat "$own/port")
	for i in $(seq 64); do
		echo "http://127.88.0.$i:$port/page"
	done | freshet -q seed -
}

stays_under() { # stays_under MIB
	python3 - "$1" "$FRESHET" -q run --once --allow-net 127.88.0.0/16 \
		--concurrency 64 <<-'EOT'
		import resource, subprocess, sys
		code = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL).returncode
		peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
		print(f"exit {code}, peak {peak:.0f} MiB")
		sys.exit(code or peak > int(sys.argv[1]))
	EOT
}

has_a_verdict_on_all() {
	json "len(r) == 64 and all(p['verdict'] in ('new', 'error', 'refused') for p in r)" \
		freshet list --format ndjson
}

claim "64 hostile hosts are seeded" seed_all
claim "memory stays under 400 MiB" stays_under 400
claim "each page has its verdict" has_a_verdict_on_all
claim "the store is sound" freshet db verify
echo "1..$n"
