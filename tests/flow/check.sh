#!/bin/sh
# check.sh - `freshet check`: sound, broken and hostile servers, honest and lying
# validators, seen from outside. Speaks TAP; FRESHET names the binary under test.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
port=$ports
a=http://127.77.4.1:$port
tls=$((port + 1)) closed=$((port + 2))

python3 tests/flow/odd_server.py "$port" 127.77.4.1 127.77.4.2 127.77.4.3 >"$own/log" &
children="$children $!"
patiently curl -s -o /dev/null "$a/robots.txt"
# shellcheck disable=SC2119
check() {
	FRESHET_FETCH_ALLOW_NET=127.0.0.0/8 freshet check --host-delay 0s "$@" </dev/null
}

says() { # says CODE PATTERN... -- ARGS...: the text has a line for each pattern
	wanted=$1 patterns=
	shift
	while [ "$1" != -- ]; do
		patterns="$patterns$1
"
		shift
	done
	shift
	code=0
	check "$@" >"$own/out" 2>"$own/err" || code=$?
	cat "$own/out" "$own/err"
	[ "$code" = "$wanted" ] || { echo "exit $code, wanted $wanted" && return 1; }
	printf '%s' "$patterns" | while read -r pattern; do
		grep -qE -e "$pattern" "$own/out" "$own/err" || { echo "no line for '$pattern'" && exit 1; }
	done
}

finds() { # finds CODE EXPRESSION ARGS...: python over the JSON; `c` is the first object
	wanted=$1 expression=$2 code=0
	shift 2
	check --json "$@" >"$own/json" || code=$?
	[ "$code" = "$wanted" ] || { cat "$own/json" && echo "exit $code, wanted $wanted" && return 1; }
	python3 - "$expression" "$own/json" <<-'EOT'
		import json, sys
		r = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
		c = r[0]
		print(json.dumps(c, indent=1))
		audit = {x["name"]: x for x in c["audit"]}
		got = {name: (x.get("status"), x.get("true")) for name, x in audit.items()}
		told = {who: " ".join(x["text"] for x in c["advice"] if x["to"] == who)
		        for who in ("crawler", "owner")}
		sys.exit(not eval("(" + sys.argv[1] + ")"))
	EOT
}

harmless() { # harmless FILE: UTF-8, and no control octet in it
	python3 - "$1" <<-'EOT'
		import sys, unicodedata
		text = open(sys.argv[1], encoding="utf-8", newline="").read()
		bad = [c for c in text if c != "\n" and unicodedata.category(c) == "Cc"]
		sys.exit(repr(bad) if bad or not text else 0)
	EOT
}

# ---- one cycle --------------------------------------------------------------------------
claim "a page that works is said to, with every phase (exit 0)" \
	says 0 'works: 200 OK\. The page is there' 'name lookup .* ms  127\.77\.4\.1:'$port \
	'connect +[0-9.]+ ms' 'request +[0-9.]+ ms  [0-9]+ bytes sent' \
	'first byte .*head of [0-9]+ bytes' 'last byte .*body of 43 bytes' 'ETag +"v1"' \
	-- "$a/page"
claim "in JSON too" finds 0 'c["schema"] == "freshet.check/1" and c["ok"] and c["problem"] is None and c["status"] == 200
	and c["address"] == "127.77.4.1:'$port'" and c["tls"] is None and c["bytes"]["body"] == 43
	and c["phases"]["total_ms"] > 0 and c["phases"]["tls_ms"] is None
	and c["validators"]["etag"] == "\"v1\"" and c["robots"]["outcome"] == "none"
	and c["audit"] == [] and len(c["hops"]) == 1' "$a/page"
claim "time is charged to the phase that took it" \
	finds 0 'c["phases"]["first_byte_ms"] > 350 and c["phases"]["first_byte_ms"] >
	sum(v for k, v in c["phases"].items() if k in ("dns_ms", "connect_ms", "request_ms",
	"last_byte_ms"))' "$a/slow"
claim "every hop is shown, and the chain is remarked on" \
	says 0 'answer +301 Moved Permanently, to .*/hop2$' 'answer +302 Found, to .*/page$' \
	'Use the new address' 'Redirect straight to the last' -- "$a/hop"
claim "each hop has its phases" finds 0 '[h["status"] for h in c["hops"]] == [301, 302, 200]
	and c["final_url"].endswith("/page") and c["url"].endswith("/hop")
	and not c["hops"][0]["phases"]["reused_connection"]
	and c["hops"][1]["phases"]["reused_connection"]' "$a/hop"
claim "a circle ends at its second visit (REQ 36)" \
	says 1 'does not work: redirect goes nowhere' 'back to where it came from' -- "$a/circle"
claim "a redirect to nowhere is one" finds 1 'c["error"] == "redirect" and c["detail"]' "$a/nowhere"
for status in 404:'Not Found' 410:Gone 503:'Service Unavailable' 418:'(Unused)' 599:unregistered; do
	claim "status ${status%%:*} is explained" finds 1 "c['status'] == ${status%%:*} and not c['ok']
		and c['explanation'].startswith('${status#*:}. ') and c['to_owner'] and c['to_crawler']" \
		"$a/status/${status%%:*}"
done
claim "no content is no failure" finds 0 'c["ok"] and c["status"] == 204' "$a/status/204"
claim "several URLs are an object each, and one that fails fails all" \
	finds 1 '[x["ok"] for x in r] == [True, False, True]' "$a/page" "$a/status/500" "$a/plain"
claim "-q says nothing of what works" says 0 -- -q "$a/page"
claim "... not a byte" test ! -s "$own/out"
claim "-q says all of what does not" says 1 'does not work: 500' -- -q "$a/page" "$a/status/500"
claim "... and of that only" test "$(grep -c '^http' "$own/out")" = 1
: >"$own/log"
claim "a URL that is none is a usage error" says 2 'ftp' -- "$a/page" ftp://example.org/
claim "... found before anything is asked" test ! -s "$own/log"
claim "an address that is not allowed is refused, and said to be (REQ 66)" \
	says 1 'does not work: robots.txt is out of reach' "$port is loopback" \
	-- --set fetch.allow_net=192.0.2.0/24 "$a/page"
claim "who does not say who asks does not ask" \
	finds 1 'c["problem"] == "contact" and "bot.url" in c["detail"] and c["phases"] is None' http://192.0.2.1/

# ---- what servers do wrong ----------------------------------------------------------------
claim "a 304 to no condition is a protocol error, with the proof (REQ 22)" \
	says 1 'does not work: Not Modified, unasked\. A protocol error' '> GET /unasked HTTP/1\.1$' \
	'< HTTP/1\.1 304 Not Modified$' 'ETag: "u"' -- "$a/unasked"
claim "... that has no condition in it" sh -c "! grep -q '> If-' '$own/out'"
claim "... in JSON too" finds 1 'c["problem"] == "unasked-304" and c["status"] == 304 and "If-" not in
	c["hops"][0]["exchange"]["request"] and "304" in c["hops"][0]["exchange"]["response"]' \
	"$a/unasked"
claim "a part of a page is one too (REQ 29)" \
	says 1 'Partial Content, unasked' '< Content-Range: bytes 0-3/9' -- "$a/part"
claim "a silent server times out in the phase it was silent in (REQ 57)" \
	finds 1 'c["error"] == "timeout" and c["phases"]["failed"] == "first byte"
	and c["phases"]["first_byte_ms"] > 1000' --timeout 1500ms "$a/silent"
claim "a reset is no connection" finds 1 'c["error"] == "connect"' "$a/reset"
claim "garbage is no HTTP" finds 1 'c["error"] == "malformed" and c["status"] is None' "$a/garbage"
claim "a head without end has one (REQ 59)" finds 1 'c["error"] == "head-too-large"' "$a/huge"
claim "... with its bytes cut" finds 1 'len(c["hops"][0]["exchange"]["response"]) < 300000' \
	-v "$a/huge"
claim "a body cut short is not whole (REQ 27)" \
	finds 1 'c["error"] == "truncated" and c["status"] == 200 and c["phases"]["failed"] ==
	"last byte"' "$a/cut"
claim "a body that cannot be decoded is no page (REQ 61)" finds 1 'c["error"] == "undecodable"' \
	"$a/not-gzip"
claim "a closed port is no connection, in the phase it was" \
	says 1 'robots.txt is out of reach' 'connect +[0-9.]+ ms +failed here' 'running' \
	-- "http://127.77.4.1:$closed/"
claim "-v shows the heads byte for byte" says 0 '> GET /escapes HTTP/1\.1$' '> Host: 127' \
	'< X-Esc: \\x1b\]0;own\\x07\\x9b31m$' '< X-Bare: \\\\ lf\\n$' '< ETag: "\\xe9\\x80"$' \
	-- -v "$a/escapes"
claim "... and nothing a terminal would obey (REQ 74)" harmless "$own/out"
for path in escapes unasked garbage huge; do
	check "$a/$path" >"$own/out" 2>&1
	claim "/$path sends no control octet to the terminal" harmless "$own/out"
	claim "... nor to a JSON reader" finds "$([ $path = escapes ] && echo 0 || echo 1)" \
		'"\x1b" not in open(sys.argv[2]).read()' -v "$a/$path"
done

# ---- robots.txt -----------------------------------------------------------------------------
b=http://127.77.4.2:$port
: >"$own/log"
claim "what robots.txt disallows is not asked for (exit 1)" \
	says 1 'disallowed by robots.txt, line 2' -- "$b/private"
claim "... really not" sh -c "! grep -q '^/private' '$own/log'"
claim "... unless told to" says 1 'disallowed \(ignored\), line 2: Disallow: /private' \
	'404 Not Found' -- --ignore-robots "$b/private"
claim "a redirect is asked about where it leads (REQ 37)" \
	finds 1 'c["hops"][1]["robots"]["allowed"] is False and c["hops"][1]["robots"]["line"] == 2' \
	"$a/elsewhere"
claim "a robots.txt out of reach disallows all, and is explained (REQ 45)" \
	says 1 'robots.txt is out of reach' 'answer +500 Internal' 'error log' \
	-- "http://127.77.4.3:$port/page"

# ---- the audit --------------------------------------------------------------------------------
claim "the verbatim pair works with nginx's rules, and a later date does not" \
	finds 0 'got["tag alone"] == (304, True) and got["date alone"] == (304, True)
	and got["tag and date"] == (304, True) and got["other strength"] == (304, True)
	and got["list of tags"] == (304, True) and got["later date"] == (200, None)
	and got["made-up tag"] == (200, None) and "byte for byte, never a later one" in told["crawler"]
	and "if_modified_since before" in told["owner"]' --conditional "$a/exact"
claim "Apache's mark is found, with its remedy (REQ 25a)" \
	finds 0 'got["tag alone"] == (200, None) and got["tag without -gzip"] == (304, True)
	and "DeflateAlterETag" in told["owner"] and "without -gzip" in told["crawler"]
	and audit["tag without -gzip"]["sent"] == ["If-None-Match: \"a-gzip\", \"a\""]
	and not audit["tag without -gzip"]["other_tag"]' --conditional "$a/apache"
claim "a server without lists and weak tags is told apart" \
	finds 0 'got["tag alone"] == (304, True) and got["list of tags"] == (200, None)
	and got["other strength"] == (500, None) and "never a list" in told["crawler"]
	and "no reason to fail" in told["owner"]' --conditional "$a/picky"
claim "a 304 to everything is a lie" \
	finds 0 'got["made-up tag"] == (304, False) and "unconditionally" in told["crawler"]
	and "without comparing" in told["owner"] and "Send back" not in told["crawler"]' \
	--conditional "$a/yes"
claim "a 304 that hides a change is found by another fetch (REQ 25)" \
	finds 0 'got["tag alone"] == (304, False) and got["made-up tag"] == (200, None)
	and "hid a change" in told["crawler"] and "content" in told["owner"]' --conditional "$a/liar"
claim "a page that is never the same is said to be, and no 304 is doubted" \
	finds 0 'audit["tag alone"]["content"] == "other" and "differs" in told["owner"]
	and "does not know its own" not in told["owner"]' --conditional "$a/moving"
claim "validators that earn nothing are said to" \
	finds 0 'got["tag alone"] == (200, None) and audit["tag alone"]["content"] == "same"
	and "earn no 304" in told["owner"] and "whole" in told["crawler"]' --conditional "$a/page"
claim "a 304 may not name another tag (REQ 21)" \
	finds 0 'audit["tag alone"]["other_tag"] and "15.4.5" in told["owner"]' --conditional "$a/other"
claim "a page without validators is only asked with a made-up one" \
	finds 0 '[n for n, x in audit.items() if x["sent"]] == ["made-up tag"]
	and "ETag or a Last-Modified" in told["owner"]' --conditional "$a/plain"
claim "validators that are unfit are not sent (REQ 13, 14)" \
	finds 0 '[n for n, x in audit.items() if x["sent"]] == ["made-up tag"]
	and "double quotes" in told["owner"] and "HTTP-date" in told["owner"]' --conditional "$a/bad-tags"
: >"$own/log"
claim "a server that has had enough is not asked again" \
	finds 0 'got["tag alone"] == (429, None) and all(x["sent"] is None for n, x in audit.items()
	if n != "tag alone")' --conditional "$a/busy"
claim "... really not" test "$(grep -c '^/busy' "$own/log")" = 2
: >"$own/log"
began=$(now_ms)
claim "between two requests a host has its delay (REQ 53)" \
	check --host-delay 150ms --conditional "$a/plain"
took=$(($(now_ms) - began))
claim "... three requests, two delays at least: $took ms" \
	test "$(grep -c . "$own/log")" = 3 -a "$took" -ge 300

# ---- TLS ----------------------------------------------------------------------------------------
certificate() { # certificate NAME DAYS...
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
		-addext "subjectAltName=DNS:$1" -days "$2" -keyout "$own/key.pem" -out "$own/cert.pem" \
		2>/dev/null
}

nginx_conf() { # nginx_conf: static files with and without TLS, as Debian has it
	cat <<-EOT
		daemon off;
		master_process off;
		pid $own/nginx.pid;
		error_log $own/error.log;
		events { worker_connections 64; }
		http {
			types { text/html html; }
			client_body_temp_path $own/t1; proxy_temp_path $own/t2; fastcgi_temp_path $own/t3;
			uwsgi_temp_path $own/t4; scgi_temp_path $own/t5;
			access_log off;
			gzip on;
			server {
				listen 127.77.4.9:$port;
				listen 127.77.4.9:$tls ssl;
				ssl_certificate $own/cert.pem;
				ssl_certificate_key $own/key.pem;
				root $own/site;
			}
		}
	EOT
}

if command -v nginx >/dev/null && command -v openssl >/dev/null && certificate secure.test 9; then
	mkdir -p "$own/site"
	yes 'some words of a page' | head -n 200 >"$own/site/page.html"
	touch -d 2024-01-01 "$own/site/page.html"
	chmod -R a+rX "$own/site"
	nginx_conf >"$own/nginx.conf"
	nginx -e "$own/error.log" -p "$own" -c "$own/nginx.conf" &
	children="$children $!"
	patiently curl -s -o /dev/null "http://127.77.4.9:$port/page.html"
	secure="--resolve secure.test:$tls:127.77.4.9 --cacert $own/cert.pem"
	claim "the real nginx is found to be what it is" \
		finds 0 'got == {"tag alone": (304, True), "date alone": (304, True),
		"tag and date": (304, True), "other strength": (304, True), "list of tags": (304, True),
		"tag without -gzip": (None, None), "later date": (200, None), "made-up tag": (200, None)}
		and "if_modified_since before" in told["owner"] and "Send back what came" in told["crawler"]' \
		--conditional "http://127.77.4.9:$port/page.html"
	# shellcheck disable=SC2086
	claim "a certificate's end is seen, and called near" \
		finds 0 'c["tls"]["days_left"] == 8 and c["tls"]["subject"] == "CN = secure.test"
		and c["tls"]["protocol"].startswith("TLSv1.") and c["phases"]["tls_ms"] > 0
		and "renew it" in told["owner"]' $secure "https://secure.test:$tls/page.html"
	claim "a certificate that nobody vouches for is no secure connection (REQ 69)" \
		says 1 'TLS +[0-9.]+ ms.*failed here' 'Look at the certificate' \
		-- --resolve "secure.test:$tls:127.77.4.9" "https://secure.test:$tls/page.html"
else
	skip "the real nginx and its certificate" "no nginx or openssl here"
fi
echo "1..$n"
