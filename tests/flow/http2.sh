#!/bin/sh
# http2.sh - HTTP/2 and TLS against nginx, over TLS on loopback (REQ 39, 69), and answers
# that HTTP/2 cuts off against odd_h2.py (REQ 27, 28).
# Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
take_ports
a=127.77.3.71 tls=$ports plain=$((ports + 1)) odd_port=$((ports + 2))
odd=https://127.77.3.72:$odd_port
site=https://$a:$tls

if ! nginx -V 2>&1 | grep -q http_v2_module; then
	skip "HTTP/2" "there is no nginx with it"
	echo "1..$n"
	exit 0
fi

make_certificate() { # make_certificate NAME ADDRESS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
		-subj "/CN=$1" -addext "subjectAltName=IP:$2" \
		-keyout "$own/$1.key" -out "$own/$1.pem" 2>/dev/null
}

serve() {
	make_certificate good "$a" && make_certificate other 127.77.3.99 || return 1
	mkdir -p "$own/www" "$own/temp" && echo '<title>one</title><p>first words' >"$own/www/1" &&
		cp "$own/www/1" "$own/www/2" && cp "$own/www/1" "$own/www/target"
	cat >"$own/nginx.conf" <<-EOT
		daemon off;
		master_process off;
		pid $own/nginx.pid;
		error_log $own/error.log;
		events {}
		http {
			log_format protocol '\$server_protocol \$scheme \$uri \$status';
			access_log $own/access.log protocol;
			default_type text/html;
			client_body_temp_path $own/temp;
			proxy_temp_path $own/temp;
			fastcgi_temp_path $own/temp;
			uwsgi_temp_path $own/temp;
			scgi_temp_path $own/temp;
			root $own/www;
			server {
				listen $a:$tls ssl http2;
				ssl_certificate $own/good.pem;
				ssl_certificate_key $own/good.key;
				location = /down { return 302 http://$a:$plain/target; }
			}
			server { listen $a:$plain; }
		}
	EOT
	[ "$(id -u)" = 0 ] && sed -i '1i user root;' "$own/nginx.conf"
	nginx -c "$own/nginx.conf" -p "$own" 2>"$own/nginx.err" &
	children="$children $!"
	patiently curl -s -o /dev/null "http://$a:$plain/1"
}

crawl() { # crawl CA ARGS...
	ca=$own/$1.pem
	shift
	freshet -q run --once --force --allow-net 127.0.0.0/8 --host-delay 0s --cacert "$ca" \
		--audit-rate 0 "$@"
}

served() { # served COUNT LINE: so often, in nginx's log
	[ "$(grep -c -x -e "$2" "$own/access.log")" = "$1" ] || { cat "$own/access.log" && return 1; }
}

first_visit() {
	freshet -q seed "$site/1" "$site/2" && crawl good && served 1 'HTTP/2.0 https /1 200' &&
		served 1 'HTTP/2.0 https /2 200' && served 1 'HTTP/2.0 https /robots.txt 404' &&
		json 'all(p["verdict"] == "new" for p in r)' freshet list --format ndjson
}

revalidates() {
	crawl good && served 1 'HTTP/2.0 https /1 304' &&
		json 'all(p["evidence"] == "304-strong" for p in r)' freshet list --format ndjson
}

sees_a_change() {
	sleep 1.1 # nginx's tags have whole seconds
	echo '<title>one</title><p>other words altogether, and more' >"$own/www/1"
	crawl good && json 'r[0]["verdict"] == "changed"' freshet show --json "$site/1"
}

stays_above() { # REQ 39
	freshet -q seed "$site/down" && crawl good && served 1 'HTTP/2.0 https /down 302' &&
		served 0 'HTTP/1.1 http /target 200' &&
		json 'r[0]["verdict"] == "error" and "https" in r[0]["error_detail"]' \
			freshet show --json "$site/down"
}

goes_down_when_told() {
	crawl good --allow-downgrade && served 1 'HTTP/1.1 http /target 200' &&
		json "r[0]['verdict'] == 'new' and r[0]['hops'] == \
			[{'status': 302, 'url': '$site/down'}]" freshet show --json "$site/down"
}

trusts_nobody_else() { # REQ 69: an error of its own, and never http instead
	before=$(wc -l <"$own/access.log")
	crawl other && [ "$(wc -l <"$own/access.log")" = "$before" ] &&
		json 'r[0]["verdict"] == "error" and r[0]["version"] == 2' freshet show --json "$site/1"
}

serve_oddly() { # serve_oddly MANNER: a store of its own, too
	FRESHET_DB=$own/db-$1
	echo "$1" >"$own/manner" && : >"$own/odd.log" && freshet -q seed "$odd/1"
}

crawl_oddly() {
	freshet -q run --once --force --allow-net 127.0.0.0/8 --cacert "$own/odd.pem" \
		--audit-rate 0 "$@"
}

spoke() { # spoke PROTOCOL...: so the requests came, a second (less a handshake) after each other
	cut -d ' ' -f 2 "$own/odd.log" | xargs >"$own/spoken"
	cat "$own/spoken" "$own/odd.log"
	[ "$*" = "$(cat "$own/spoken")" ] && awk '
		NR > 1 && $1 - last < 500 { bad = 1 }
		{ last = $1 }
		END { exit bad }' "$own/odd.log"
}

is_whole() {
	freshet cat "$odd/1" | grep -q 'and the last one' &&
		json 'r[0]["verdict"] == "new"' freshet show --json "$odd/1"
}

odd_server() {
	make_certificate odd 127.77.3.72 && cp "$own/odd.pem" "$own/good.pem" &&
		cp "$own/odd.key" "$own/good.key"
	echo reset >"$own/manner"
	python3 tests/flow/odd_h2.py "$own" "$odd_port" 127.77.3.72 &
	children="$children $!"
	patiently curl -s -o /dev/null --http1.1 --cacert "$own/odd.pem" "$odd/"
}

asks_again() { # asks_again MANNER: robots.txt and the page; of HTTP/1.1 once it has been cut
	serve_oddly "$1" && crawl_oddly && is_whole && spoke h2 http/1.1 http/1.1 && verifies
}

believes_a_coding() {
	serve_oddly gzip && crawl_oddly && is_whole && spoke h2 h2
}

is_checked_whole() { # by the commands that fetch one by one, too
	serve_oddly reset
	size=$(curl -s --http1.1 --cacert "$own/odd.pem" "$odd/1" | wc -c) && : >"$own/odd.log"
	json "r[0]['http_version'] == 11 and r[0]['bytes']['body'] == $size" freshet check --json \
		--allow-net 127.0.0.0/8 --cacert "$own/odd.pem" "$odd/1" &&
		spoke h2 http/1.1 h2 http/1.1
}

leaves_the_dead() {
	serve_oddly silent
	up -q --cacert "$own/odd.pem" --set fetch.header_timeout=1s --set fetch.retry_min=1s &&
		patiently is_whole && stop TERM 0 && cat "$own/odd.log" &&
		awk 'NR == 1 { dead = $3 } { n += $3 == dead } END { exit n != 1 }' "$own/odd.log"
}

floods() { # each ends as an error, whether or not the frames come faster than they are read
	for manner in pings windows heads table; do
		serve_oddly "$manner"
		crawl_oddly --timeout 4s --set fetch.header_timeout=2s --concurrency 4 &&
			json 'r[0]["verdict"] == "blocked" and "unreachable" in r[0]["error_detail"]' \
				freshet show --json "$odd/1" || return 1
	done
}

claim "nginx serves HTTP/2" serve
claim "pages and robots.txt come by HTTP/2" first_visit
claim "... a 304 too" revalidates
claim "... and a change" sees_a_change
claim "a redirect from https to http ends the visit (REQ 39)" stays_above
claim "... and is followed with --allow-downgrade, and recorded" goes_down_when_told
claim "a certificate of nobody we trust is an error, never http (REQ 69)" trusts_nobody_else
claim "the store verifies" verifies
claim "a server cuts off what it says by HTTP/2" odd_server
claim "what is reset without an error is asked for again, by HTTP/1.1, at the host's next turn" \
	asks_again reset
claim "... and what ends with a broken frame" asks_again frame
claim "... and what is refused" asks_again refuse
claim "... but not what is compressed, and whole" believes_a_coding
claim "\`check\` asks again, too" is_checked_whole
claim "a connection that was silent is not asked again" leaves_the_dead
claim "frames without end come to one" floods
echo "1..$n"
