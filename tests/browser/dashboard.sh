#!/bin/sh
# dashboard.sh - the dashboard of a run in headless Chromium (REQ 73, 84-86): hostile titles
# and URLs, both themes, narrow and wide, by keyboard. Screenshots stay in build/browser/.
. tests/lib.sh
. tests/npm.sh
take_ports
a=127.77.6.2
port=$ports
site=http://$a:$port
listen=127.0.0.1:$((port + 1))

if ! command -v chromium >/dev/null || ! npm_install >"$own/npm" 2>&1; then
	skip "the dashboard in a browser" "no chromium, or npm: $(tail -n 1 "$own/npm" 2>/dev/null)"
	echo "1..$n"
	exit 0
fi
printf '0123456789abcdef-token\n' >"$own/token"
chmod 600 "$own/token"
origin "$port" "$a"
i=0
while [ "$i" -lt 40 ]; do
	echo "$site/fresh/$((i += 1))"
	echo "$site/page/$i"
done >"$own/seeds"
cat >>"$own/seeds" <<EOT
$site/script/1
$site/'"><img%20src=x%20onerror=alert(1)>
$site/<svg%20onload=alert(2)>
$site/javascript:alert(3)//{{data}}
EOT
freshet -q seed "$own/seeds"
up --host-delay 20ms --audit-rate 0 --listen "$listen" --set "listen.token_file=$own/token" \
	--set schedule.min_interval=1s
mkdir -p build/browser
node tests/browser/dashboard.js "$modules/playwright-core" "$(command -v chromium)" \
	"http://$listen/" "$site" build/browser "$pid"
