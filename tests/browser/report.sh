#!/bin/sh
# report.sh - the HTML report in headless Chromium (REQ 73): few pages and many, hostile
# names, both themes, narrow and wide, by keyboard and on paper. Screenshots stay in
# build/browser/.
. tests/lib.sh
. tests/npm.sh
all="the HTML report in a browser"

if ! command -v chromium >/dev/null || ! npm_install >"$own/npm" 2>&1; then
	skip "$all" "no chromium, or npm: $(tail -n 1 "$own/npm" 2>/dev/null)"
	echo "1..$n"
	exit 0
fi
fill=build/asan/tools/bench/fill
make --no-print-directory -s "$fill" >"$own/make" 2>&1 || { cat "$own/make" && exit 1; }

reported() { # reported NAME PAGES [HOSTS [hostile]]: a store, and its report
	name=$1
	shift
	"$fill" "$own/$name" "$@" &&
		freshet --db "$own/$name" --set schedule.budget=8000/d report --format html \
			-o "$own/$name.html"
}

set -e
reported few 10 3
reported many 2000 12
reported hostile 300 4 hostile
"$fill" "$own/hosts" 1500 1200
freshet --db "$own/hosts" report --format html --window 3650d -o "$own/hosts.html"
echo "http://waiting.example/" >"$own/seed"
freshet --db "$own/new" seed "$own/seed" >/dev/null
freshet --db "$own/new" report --format html -o "$own/new.html"
mkdir -p build/browser
node tests/browser/report.js "$modules/playwright-core" "$(command -v chromium)" "$own" build/browser
