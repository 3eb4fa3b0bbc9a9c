#!/bin/sh
# vendor.sh - what is vendored is what its authors published.
. tests/lib.sh
. tests/npm.sh
vendored=tools/web/vendor/uplot

sums_match() {
	(cd "$vendored" && sha256sum --strict -c SHA256SUMS) &&
		[ "$(find "$vendored" -type f | wc -l)" = "$(($(wc -l <"$vendored/SHA256SUMS") + 1))" ]
}

same_as_published() {
	cmp "$vendored/LICENSE" "$modules/uplot/LICENSE" &&
		cmp "$vendored/uPlot.min.css" "$modules/uplot/dist/uPlot.min.css" &&
		cmp "$vendored/uPlot.iife.min.js" "$modules/uplot/dist/uPlot.iife.min.js"
}

claim "each vendored file has its sum, and no other is there" sums_match
if npm_install >"$own/npm" 2>&1; then
	claim "vendored files are those of the package in the lockfile" same_as_published
else
	skip "vendored files are those of the package in the lockfile" "npm: $(tail -n 1 "$own/npm")"
fi
echo "1..$n"
