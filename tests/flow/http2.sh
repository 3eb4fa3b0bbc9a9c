#!/bin/sh
# http2.sh - HTTP/2 and TLS against nginx, over TLS on loopback (REQ 39, 69).
# Speaks TAP. FRESHET names the binary under test.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
a=127.77.3.71 tls=18971 plain=18972
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

claim "nginx serves HTTP/2" serve
claim "pages and robots.txt come by HTTP/2" first_visit
claim "... a 304 too" revalidates
claim "... and a change" sees_a_change
claim "a redirect from https to http ends the visit (REQ 39)" stays_above
claim "... and is followed with --allow-downgrade, and recorded" goes_down_when_told
claim "a certificate of nobody we trust is an error, never http (REQ 69)" trusts_nobody_else
claim "the store verifies" verifies
echo "1..$n"
