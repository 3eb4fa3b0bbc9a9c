#!/bin/sh
# confusion.sh - every site pair of sites-all: crawled in its old release, crawled again in
# its new one, and each verdict held against what the pages show (confusion.py).
#
#   FRESHET=./freshet   the binary     CONFUSION_DIR=build/confusion   where it writes
#   EXAMPLES=3          disagreements shown of each kind
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$(dirname "$(dirname "$here")")"
FRESHET=${FRESHET:-./freshet}
own=${CONFUSION_DIR:-build/confusion}
BOX_SITES=${BOX_SITES:-$here/sites-all}
export BOX_SITES
box=tools/box/box.sh
rm -rf "$own"
mkdir -p "$own"
trap '"$box" stop' EXIT
trap 'exit 130' INT TERM

crawl() {
	"$FRESHET" --db "$own/db" run --once --allow-net 127.0.0.0/8 --host-delay 0s \
		--budget 100000/s "$@" 2>&1 | tail -n 2
}

"$box" start 2>&1
"$box" truth >"$own/truth"
"$box" expected >"$own/expected"
"$box" urls | "$FRESHET" --db "$own/db" seed -
crawl
"$box" switch new
crawl --force --set fetch.gone_after=1
"$FRESHET" --db "$own/db" list --format ndjson --limit 1000000 >"$own/list"
python3 -B "$here/confusion.py" "$own" "$("$box" dir)/site" "${EXAMPLES:-3}"
