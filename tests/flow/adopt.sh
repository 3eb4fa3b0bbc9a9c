#!/bin/sh
# adopt.sh - an index is adopted from lists, from web archives and from their index, so that
# the first visit is already conditional. Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
port=$ports
site=http://127.0.0.1:$port
warc=$own/warc

serve() {
	python3 tests/flow/warc_site.py 127.0.0.1 "$port" &
	children="$children $!"
	patiently curl -s -o /dev/null "$site/etag/0"
}

crawl() {
	freshet -q run --once --force --allow-net 127.0.0.0/8 --host-delay 0s --audit-rate 0 "$@"
}

in_store() { # in_store NAME COMMAND...: with a store of its own
	FRESHET_DB=$own/$1
	shift
	"$@"
	status=$?
	FRESHET_DB=$own/db
	return "$status"
}

seeded() { # seeded WANTED ARGS...: the sum that seed prints
	wanted=$1
	shift
	said=$(freshet seed "$@" 2>"$own/err")
	cat "$own/err"
	[ "$said" = "$wanted" ] || { echo "'$said', wanted '$wanted'" && return 1; }
}

make_archive() {
	{
		seq -f "$site/etag/%g" 5
		echo "$site/gzip/1"
		echo "$site/none"
	} | freshet -q seed - && crawl --warc "$warc" && sleep 0.01 && crawl --warc "$warc" &&
		ls "$warc"/*.warc.gz
}

# All that the visits of the adopted pages may find: what we have is what is there.
is_unchanged() { # is_unchanged PAGES_WITH_304
	crawl && json "len(r) == 6 and all(p['state'] == 'unchanged' for p in r) and
		sum(p['evidence'] == '304-strong' for p in r) == $1" freshet list --format ndjson &&
		[ -z "$(freshet changes --json)" ] && verifies
}

has_content() {
	freshet cat "$site/etag/1" >"$own/body" && curl -s "$site/etag/1" | cmp - "$own/body" &&
		freshet cat "$site/gzip/1" | grep -q 'words of /gzip/1' &&
		freshet cat --headers "$site/etag/1" | grep -q '^ETag: "v1"$' &&
		! freshet cat --headers "$site/etag/1" | grep -qi set-cookie &&
		json 'r[0]["title"] == "/etag/1" and r[0]["version"] == r[0]["indexed_version"] == 1 and
			r[0]["visits"] == 0 and r[0]["text_digest"]' freshet show --json "$site/etag/1"
}

from_warc() { # the robots.txt and the 404 are no pages of an index
	seeded 'added 6, known 6, rejected 0' "$warc"/*.warc.gz && has_content &&
		json 'len(r) == 6 and len({p["last_verified_at"] for p in r}) > 1' \
			freshet list --format ndjson && knows_revisits && is_unchanged 5
}

knows_revisits() { # content was proved when the second crawl saw it
	second=$(ls "$warc"/*.warc.gz | tail -n 1 | sed 's/.*freshet-\([0-9]*\)-.*/\1/')
	json "all(p['last_verified_at'].translate({ord(c): None for c in '-:.TZ'}) >= '$second'[:14]
		for p in r)" freshet list --format ndjson
}

from_plain_stdin() {
	zcat "$warc"/*.warc.gz | seeded 'added 6, known 6, rejected 0' --format warc - &&
		has_content
}

in_any_order() { # later word of what the index has counts, whatever comes first
	seeded 'added 6, known 6, rejected 0' "$(ls "$warc"/*.warc.gz | tail -n 1)" \
		"$(ls "$warc"/*.warc.gz | head -n 1)" && has_content && is_unchanged 5
}

known_pages_learn() { # pages that were seeded as a list are adopted, until they are visited
	seq -f "$site/etag/%g" 5 | freshet -q seed - &&
		seeded 'added 1, known 11, rejected 0' "$warc"/*.warc.gz && has_content &&
		is_unchanged 5 && seeded 'added 0, known 12, rejected 0' "$warc"/*.warc.gz &&
		json 'r[0]["visits"] == 1 and r[0]["verdict"] == "unchanged"' \
			freshet show --json "$site/etag/1" && verifies
}

later_revisits_have_an_original() {
	seeded 'added 6, known 6, rejected 0' "$warc"/*.warc.gz &&
		crawl --warc "$own/warc2" && python3 tests/warc/check.py "$warc"/*.warc.gz \
		"$own"/warc2/*.warc.gz >"$own/records" && grep -c '^revisit 304' "$own/records" &&
		! grep '^resource' "$own/records"
}

without_bodies() {
	freshet -q --set store.body=none seed "$warc"/*.warc.gz &&
		json 'len(r) == 6 and not any(p["has_body"] for p in r)' \
			freshet list --format ndjson && is_unchanged 5
}

a_damaged_file() { # the record that was hit is named; the others go in
	cat "$warc"/*.warc.gz >"$own/damaged.warc.gz" &&
		offset=$(sed -n 's/.*etag.1",.*"offset":"\([0-9]*\)".*/\1/p' "$warc"/*.cdxj | head -n 1) &&
		printf 'XXXXXXXXXXXX' | dd of="$own/damaged.warc.gz" bs=1 seek=$((offset + 60)) \
			conv=notrunc 2>/dev/null &&
		echo "hit at $offset" && seeded "added 6, known 5, rejected 1" "$own/damaged.warc.gz" &&
		grep -q "damaged.warc.gz:.*record at byte $offset: gzip data is damaged" "$own/err"
}

from_cdxj() { # its dates and digests are of no use to us: pages, asked without conditions
	seeded 'added 6, known 6, rejected 0' "$warc"/*.cdxj &&
		crawl && json 'len(r) == 6 and all(p["verdict"] == "new" for p in r)' \
		freshet list --format ndjson
}

from_own_cdxj() {
	freshet export --format cdxj -o "$own/pages.cdxj" && gzip -c "$own/pages.cdxj" \
		>"$own/pages.cdxj.gz" && in_store e seeded 'added 6, known 0, rejected 0' \
		"$own/pages.cdxj.gz" && in_store e is_unchanged 5
}

from_own_warc() {
	freshet export --format warc -o "$own/pages.warc.gz" &&
		in_store f seeded 'added 6, known 0, rejected 0' "$own/pages.warc.gz" &&
		in_store f has_content && in_store f is_unchanged 5
}

from_list() { # etag, digest and date, as the other index had them
	freshet list --format ndjson | python3 -c '
import json, sys
for p in map(json.loads, sys.stdin):
    if p["digest"]:
        print(p["url"], *(f"{key}={p[name]}" for key, name in (("etag", "etag"),
            ("digest", "digest"), ("indexed_at", "last_verified_at")) if p[name]), sep="\t")
' >"$own/list" && in_store g seeded 'added 6, known 0, rejected 0' "$own/list" &&
		in_store g is_unchanged 5
}

through_a_run() { # a run has the store open: pages, validators and digests go through it
	up --host 127.0.0.9 && seeded 'added 6, known 6, rejected 0' "$warc"/*.warc.gz &&
		stop TERM 0 && is_unchanged 5
}

claim "the site answers" serve
claim "an archive of two crawls is made" make_archive
claim "WARC: pages come with validators, bodies and dates" in_store a from_warc
claim "... plain, from standard input" in_store b from_plain_stdin
claim "... in any order" in_store b2 in_any_order
claim "... for pages that are known and were never visited" in_store c known_pages_learn
claim "... and later revisits refer to that archive" in_store d later_revisits_have_an_original
claim "... without bodies, where none are kept" in_store d2 without_bodies
claim "... from a damaged file, but for the record that was hit" in_store d3 a_damaged_file
claim "CDXJ of an archive: its pages" in_store d4 from_cdxj
claim "export --format cdxj is adopted with validators and digests" from_own_cdxj
claim "export --format warc is adopted with bodies" from_own_warc
claim "a list with etag, digest and indexed_at is adopted" from_list
claim "an archive is adopted through a run that is under way" in_store h through_a_run
claim "what is no WARC is refused" fails 1 "" sh -c \
	'echo "no archive" >"$1/x.warc"; "$2" seed --strict "$1/x.warc"; [ $? = 3 ] && exit 1' - \
	"$own" "$FRESHET"
claim "a WARC that auto takes for a list is told" fails 1 "say --format warc" sh -c \
	'gunzip -c "$1"/*.gz | "$2" seed -' - "$warc" "$FRESHET"
echo "1..$n"
