#!/bin/sh
# fetch.sh - two releases of each site from Debian's archive: downloaded and unpacked,
# never installed. What is already there is not fetched again. A site that cannot be had
# in two releases is left out; fewer than three sites are a failure.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
box_dir
least=${BOX_LEAST_SITES:-3}

versions() { # versions PACKAGE: those that apt can download, oldest first
	apt-cache madison "$1" 2>/dev/null | awk '{ print $3 }' | sort -uV
}

unpack() { # unpack PACKAGE VERSION ROOT TARGET
	work=$BOX_DIR/deb/$1-$(printf '%s' "$2" | tr ':~+' '___')
	mkdir -p "$work"
	if ! ls "$work"/*.deb >/dev/null 2>&1; then
		say "downloading $1 $2"
		(cd "$work" && apt-get download -q -o APT::Sandbox::User=root "$1=$2" >&2) || return 1
	fi
	rm -rf "$work/x"
	dpkg-deb -x "$work"/*.deb "$work/x" || return 1
	[ -d "$work/x/$3" ] || return 1
	chmod -R a+rX "$work/x"
	printf '%s\n' "$2" >"$BOX_DIR/site/${4%/*}/.${4##*/}.version"
	rm -rf "$BOX_DIR/site/${4:?}"
	mv "$work/x/$3" "$BOX_DIR/site/$4"
	rm -rf "$work/x"
}

fetch() { # name server address package root
	have_site "$1" && return
	old=$(versions "$4" | head -n 1)
	new=$(versions "$4" | tail -n 1)
	if [ "$old" = "$new" ]; then
		say "left out: $1, the archive has ${old:+only }${old:-no release} of $4"
		return
	fi
	unpack "$4" "$old" "$5" "old/$1" && unpack "$4" "$new" "$5" "new/$1" && return
	rm -rf "$BOX_DIR/site/old/${1:?}" "$BOX_DIR/site/new/${1:?}"
	say "left out: $1, cannot download or unpack $4 $old and $new"
}

count() {
	have_site "$1" && n=$((n + 1)) || true
}

lists_missing() {
	[ "$(id -u)" = 0 ] && ! apt-cache madison git-doc 2>/dev/null | grep -q .
}

n=0
each_site count
if [ "$n" -lt "$(grep -c '^[a-z]' "$BOX_SITES")" ]; then
	! lists_missing || apt-get update -qq >&2 || say "apt-get update failed"
	each_site fetch
fi
n=0
each_site count
say "$n sites in $BOX_DIR/site"
[ "$n" -ge "$least" ]
