#!/bin/sh
# sources.sh - sitemaps and feeds as seeds: from files, stdin and URLs, by robots.txt; and
# what a run makes of them. Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
port=$ports
site=http://127.0.0.1:$port
www=$own/www

serve() {
	python3 -m http.server "$port" --bind 127.0.0.1 --directory "$www" \
		>/dev/null 2>"$own/access" &
	children="$children $!"
	patiently curl -s -o /dev/null "$site/"
}

sitemap() { # sitemap ELEMENT URL...: an urlset, or with "sitemap" an index
	root=urlset element=$1
	[ "$element" = url ] || root=sitemapindex
	shift
	printf '<?xml version="1.0"?>\n<%s>' "$root"
	for loc in "$@"; do
		printf '<%s><loc>%s</loc><lastmod>2026-11-01</lastmod></%s>\n' \
			"$element" "$loc" "$element"
	done
	printf '</%s>' "$root"
}

says() { # says LINE COMMAND...: the last line of its output is that one
	line=$1
	shift
	"$@" >"$own/out" 2>"$own/err"
	cat "$own/out" "$own/err"
	[ "$(tail -n 1 "$own/out")" = "$line" ]
}

seed() {
	freshet seed --allow-net 127.0.0.0/8 --set fetch.host_delay=10ms "$@"
}

anew() { # anew COMMAND...: on an empty store
	rm -rf "$FRESHET_DB"
	"$@"
}

tells() { # tells TEXT: it was among the errors of the last command
	grep -qF -e "$1" "$own/err" || { cat "$own/err" && return 1; }
}

mkdir -p "$www/sub"
for i in 1 2 3; do
	echo "<title>$i</title><p>page $i" >"$www/$i.html"
done
sitemap url "$site/1.html" "$site/2.html" >"$www/sitemap.xml"
sitemap url "$site/3.html" >"$www/three.xml"
gzip -nk "$www/three.xml"
sitemap sitemap "$site/sitemap.xml" "$site/three.xml.gz" >"$www/index.xml"
serve

# ---- files and stdin ---------------------------------------------------------------------

claim "a sitemap is told from a list of URLs" \
	says "added 2, known 0, rejected 0" seed "$www/sitemap.xml"
claim "what is known stays as it is" \
	says "added 0, known 2, rejected 0" seed "$www/sitemap.xml"
claim "gzip is seen through" \
	anew says "added 1, known 0, rejected 0" seed "$www/three.xml.gz"
# shellcheck disable=SC2016
claim "stdin is read" \
	anew says "added 2, known 0, rejected 0" sh -c 'cat "$1" | "$2" seed -' - \
	"$www/sitemap.xml" "$FRESHET"
{
	printf '<urlset>'
	i=0
	while [ $i -lt 2000 ]; do
		printf '<url><loc>http://a.example/%d</loc></url>' $i
		i=$((i + 1))
	done
	printf '</urlset>'
} >"$own/long.xml"
claim "a file of one long line is read" \
	anew says "added 2000, known 0, rejected 0" seed "$own/long.xml"
printf '<rss><channel><item><link>http://a.example/x</link></item></channel></rss>' \
	>"$own/feed"
claim "a feed, whatever its name" anew says "added 1, known 0, rejected 0" seed "$own/feed"
printf '<urlset><url><loc>http://a.example/x</loc></url><url><loc>ftp://a/</loc></url><url>' \
	>"$own/cut.xml"
claim "damage is told, and the rest goes in" \
	anew says "added 1, known 0, rejected 2" seed "$own/cut.xml"
claim "... without an entry that there is not" sh -c "! grep -q '\"\"\$' '$own/err'"
claim "... and --strict makes it the exit code" \
	anew exits 3 "$FRESHET" seed --strict "$own/cut.xml"
printf '<html><p>hello' >"$own/page.html"
claim "a page is no sitemap" \
	fails 1 "<html> is neither a sitemap nor a feed" "$FRESHET" seed "$own/page.html"
printf 'hello\n' >"$own/text"
claim "nor is any text" \
	fails 1 "cannot read '$own/text': neither XML nor a list of URLs" "$FRESHET" seed --format sitemap "$own/text"

# ---- by URL --------------------------------------------------------------------------------

claim "a sitemap is fetched" \
	anew says "added 2, known 0, rejected 0" seed "$site/sitemap.xml"
claim "robots.txt is asked first" grep -q '"GET /robots.txt' "$own/access"
claim "an index and its sitemaps, gzip among them" \
	anew says "added 3, known 0, rejected 0" seed "$site/index.xml"
claim "a URL that looks like a page is one" \
	anew says "added 1, known 0, rejected 0" seed "$site/sitemap"
claim "... unless it is said to be a sitemap" \
	fails 1 "HTTP status 404" "$FRESHET" seed --allow-net 127.0.0.0/8 \
	--format sitemap "$site/sitemap"
claim "... and one that looks like a sitemap is a page if that is said" \
	anew says "added 1, known 0, rejected 0" seed --format text "$site/sitemap.xml"
claim "... but no web archive, nor a list" \
	fails 1 "--format says what a file is" "$FRESHET" seed --format warc "$site/a.warc.gz"
claim "a page in a sitemap's place" \
	anew fails 1 "neither a sitemap nor a feed" seed --format sitemap "$site/1.html"
claim "... is not polled from then on" json 'r == []' freshet host --json
sitemap url "$site/1.html" "http://other.example/" >"$www/cross.xml"
claim "of another host it may tell nothing" \
	anew says "added 1, known 0, rejected 1" seed "$site/cross.xml"
claim "... which is said" tells "is of another host than the sitemap"
sitemap sitemap "$site/loop.xml" "$site/sitemap.xml" >"$www/loop.xml"
claim "an index in a circle ends" \
	anew says "added 2, known 0, rejected 0" seed "$site/loop.xml"
for i in 1 2 3 4; do
	sitemap sitemap "$site/deep$((i + 1)).xml" >"$www/deep$i.xml"
done
sitemap url "$site/1.html" >"$www/deep5.xml"
claim "a fourth index is too deep" \
	anew says "added 0, known 0, rejected 1" seed "$site/deep1.xml"
claim "... three are not" anew says "added 1, known 0, rejected 0" seed "$site/deep2.xml"
printf 'User-agent: *\nDisallow: /sub/\n' >"$www/robots.txt"
cp "$www/sitemap.xml" "$www/sub/"
claim "what robots.txt disallows is not fetched" \
	fails 1 "robots.txt, line 2, disallows it" "$FRESHET" seed --allow-net 127.0.0.0/8 \
	"$site/sub/sitemap.xml"
claim "... not even asked for" sh -c "! grep -q 'GET /sub/sitemap' '$own/access'"
claim "private addresses are refused as ever" \
	fails 1 "is loopback" "$FRESHET" seed "$site/sitemap.xml"
claim "nobody is asked without a contact" \
	fails 1 "bot.url" "$FRESHET" seed http://a.example/sitemap.xml

# ---- discovery -----------------------------------------------------------------------------

claim "without a word in robots.txt it is /sitemap.xml" \
	anew says "added 2, known 0, rejected 0" seed --discover "$site"
claim "a host that cannot be asked is not one without sitemaps" \
	fails 1 "robots.txt cannot be read" seed --discover http://127.0.0.1:1
mv "$www/sitemap.xml" "$www/sitemap.away"
claim "why a guess was wrong is told" \
	fails 1 "this is none either: HTTP status 404" seed --discover "$site"
mv "$www/sitemap.away" "$www/sitemap.xml"
printf 'Sitemap: %s/three.xml\nSitemap: /sub/sitemap.xml\n' "$site" >>"$www/robots.txt"
claim "robots.txt names the sitemaps" \
	anew says "added 1, known 0, rejected 0" seed --discover "$site/any/page"
claim "... and what it disallows is not read even so" tells "line 2, disallows it"
claim "--dry-run changes nothing" \
	anew says "would have added 1, known 0, rejected 0" seed --dry-run --discover "$site"

# ---- what a run makes of them ----------------------------------------------------------------

crawl() {
	freshet -q run --once --allow-net 127.0.0.0/8 --set fetch.host_delay=10ms
}

rm -rf "$FRESHET_DB"
seed -q "$site/sitemap.xml"
claim "a run polls what was seeded" crawl
claim "host lists its sources" json \
	'[(s["kind"], s["state"], s["named_by"], s["pages"], s["adds_pages"])
	for s in r[0]["sources"] if s["url"].endswith("/sitemap.xml")
	and "/sub/" not in s["url"]] == [("sitemap", "heard", "user", 2, True)]' \
	freshet host --json 127.0.0.1
claim "... those that robots.txt names, too" json \
	'sorted(s["named_by"] for s in r[0]["sources"]) == ["robots.txt", "robots.txt", "user"]' \
	freshet host --json 127.0.0.1
claim "show tells who tells of a page" json \
	'[(s["url"], s["announced"]) for s in r[0]["sources"]] == [("'"$site"'/sitemap.xml", 0)]' \
	freshet show --json "$site/1.html"
claim "a ping is known of what was pinged" exits 0 freshet recheck --ping "$site/1.html"
claim "... and is no order: the page has its reason" json \
	'r[0]["sources"][1]["kind"] == "ping" and r[0]["sources"][1]["announced"] == 1' \
	freshet show --json "$site/1.html"
claim "nobody is pinged by host" \
	fails 2 "--ping is for URLs" freshet recheck --ping --host 127.0.0.1
claim "people can read it" sh -c "'$FRESHET' host 127.0.0.1 | grep -q 'named by user'"
sed "s/2026-11-01/2036-11-01/" "$www/sitemap.xml" >"$own/old.xml"
rm "$www/sitemap.xml"
claim "a sitemap is forgotten by its URL" exits 0 freshet forget "$site/sitemap.xml"
claim "the store is in order" verifies

# ---- through a run -----------------------------------------------------------------------------

cp "$own/old.xml" "$www/sitemap.xml"
claim "a run takes sources while it is at work" up
claim "... from seed" says "added 0, known 2, rejected 0" seed "$site/sitemap.xml"
is_heard() {
	json 'any(s["state"] == "heard" and s["kind"] == "sitemap" for s in r[0]["sources"])' \
		freshet host --json 127.0.0.1
}
claim "... and polls them at once" patiently is_heard
claim "... and pings" exits 0 freshet recheck --ping "$site/1.html" "$site/2.html"
claim "it stops in order" stop TERM 0
claim "the store is in order still" verifies

echo "1..$n"
