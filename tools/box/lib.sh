# lib.sh - where things are in the box; sourced by its scripts, which set `here` first.
#
#   BOX_DIR    everything the box writes (default build/box)
#   BOX_SITES  the table of sites (default tools/box/sites)
#   BOX_PORT   the one port that all servers listen on, below 32768
#   BOX_NET    first three octets of their addresses, in 127.0.0.0/8
BOX_SITES=${BOX_SITES:-$here/sites}
BOX_PORT=${BOX_PORT:-8077}
BOX_NET=${BOX_NET:-127.77.0}
BOX_DIR=${BOX_DIR:-$(dirname "$(dirname "$here")")/build/box}

say() {
	echo "box: $*" >&2
}

# The servers never run as root: what a box needs is an ordinary user's business.
as_user() { # in place of the calling (sub)shell
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=www-data --regid=www-data --clear-groups "$@"
	exec "$@"
}

# A tree under a private home is out of an ordinary user's sight; then the box moves.
box_dir() {
	mkdir -p "$BOX_DIR"
	if ! (as_user test -x "$BOX_DIR/.") 2>/dev/null; then
		BOX_DIR=/var/tmp/freshet-box
		mkdir -p "$BOX_DIR"
	fi
	BOX_DIR=$(cd "$BOX_DIR" && pwd)
	mkdir -p "$BOX_DIR/deb" "$BOX_DIR/site/old" "$BOX_DIR/site/new" "$BOX_DIR/run"
}

# each_site FUNCTION: calls it with name, server, origin, package and root of each line.
each_site() {
	while read -r name server octet package root <&3; do
		case $name in '' | '#'*) continue ;; esac
		"$1" "$name" "$server" "$BOX_NET.$octet" "$package" "$root"
	done 3<"$BOX_SITES"
}

have_site() {
	[ -d "$BOX_DIR/site/old/$1" ] && [ -d "$BOX_DIR/site/new/$1" ]
}
