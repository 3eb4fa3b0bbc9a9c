#!/bin/sh
# embed.sh FILE... - C to stdout: the bytes of each file, and the table of tools/web_assets.h.
set -eu
echo '#include "tools/web_assets.h"'
n=0
table=
for file in "$@"; do
	echo "static const unsigned char bytes_$n[] = {"
	od -An -v -tu1 "$file" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
	echo '};'
	table="$table{ \"${file#tools/web/}\", { (const char *)bytes_$n, sizeof(bytes_$n) } },
"
	n=$((n + 1))
done
echo 'const struct web_asset web_assets[] = {'
printf '%s' "$table"
echo '};'
echo "const size_t n_web_assets = $n;"
