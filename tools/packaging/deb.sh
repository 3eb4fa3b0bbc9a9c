#!/bin/sh
# deb.sh VERSION - builds build/freshet_VERSION_ARCH.deb out of what `make install` installs.
#
# DEBFULLNAME and DEBEMAIL, as of other tools, say whose package it is.
# No debhelper: the package is small, and each step of it stands here to be read.
set -eu
cd "$(dirname "$0")/../.."
version=$1
arch=$(dpkg --print-architecture)
tree=build/deb/tree
here=tools/packaging
maintainer="${DEBFULLNAME:-freshet} <${DEBEMAIL:-freshet@localhost}>"
rm -rf build/deb
umask 022

make --no-print-directory -s install PREFIX=/usr DESTDIR="$PWD/$tree" \
	PROGRAM="${PROGRAM:-build/release/freshet}"
strip --remove-section=.comment --remove-section=.note "$tree/usr/bin/freshet"

# Debian has places of its own for completions, compressed manual pages and documents.
mkdir -p "$tree/usr/share/zsh/vendor-completions" "$tree/usr/lib/sysusers.d"
mv "$tree/usr/share/zsh/site-functions/_freshet" "$tree/usr/share/zsh/vendor-completions/"
rmdir "$tree/usr/share/zsh/site-functions"
mkdir -p "$tree/lib/systemd"
mv "$tree/usr/lib/systemd/system" "$tree/lib/systemd/system"
rmdir "$tree/usr/lib/systemd"
gzip -9n "$tree"/usr/share/man/man1/freshet.1 "$tree"/usr/share/man/man5/freshet.conf.5
doc=$tree/usr/share/doc/freshet
install -D -m 644 "$here/copyright" "$doc/copyright"
install -m 644 README.md "$doc/README.md"
printf 'freshet (%s) stable; urgency=medium\n\n  * See README.md.\n\n -- %s  %s\n' "$version" \
	"$maintainer" "$(date -R -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")" |
	gzip -9n >"$doc/changelog.gz"

# What the program needs, by the symbols that it uses.
mkdir -p build/deb/debian
printf 'Source: freshet\n\nPackage: freshet\nArchitecture: any\n' >build/deb/debian/control
depends=$(cd build/deb && dpkg-shlibdeps -O -Tsubstvars tree/usr/bin/freshet 2>shlibdeps.log |
	sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { cat build/deb/shlibdeps.log >&2 && exit 1; }

mkdir -p "$tree/DEBIAN"
cat >"$tree/DEBIAN/control" <<EOT
Package: freshet
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -ks --exclude=DEBIAN "$tree" | cut -f1)
Depends: $depends
Recommends: ca-certificates
Section: web
Priority: optional
Description: recrawl scheduler for people who run a search index
 Keeps a search index's copy of the web fresh: asks origins with conditional
 requests whether pages have changed, tells with evidence which are stale, and
 spends a polite request budget where it wins the most freshness.
EOT
echo /etc/freshet/freshet.conf >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
	install -m 755 "$here/deb.$script" "$tree/DEBIAN/$script"
done
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z |
	xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
chmod 644 "$tree/DEBIAN/md5sums" "$tree/DEBIAN/control" "$tree/DEBIAN/conffiles"
dpkg-deb --root-owner-group --build "$tree" "build/freshet_${version}_$arch.deb"
