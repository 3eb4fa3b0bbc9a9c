# npm.sh - the npm packages of tests/browser, exactly those of its lockfile; to be sourced.
# Gives $modules. They are fetched once, into build/, by whichever script comes first, and
# never needed by users.
# shellcheck shell=sh
modules=$PWD/build/browser/npm/node_modules

npm_install() { # false: the registry cannot be reached, or there is no npm
	mkdir -p build/browser
	(flock 9 && npm_install_alone) 9>build/browser/npm.lock
}

npm_install_alone() {
	for file in package.json package-lock.json; do
		cmp -s "tests/browser/$file" "build/browser/npm/$file" || rm -rf build/browser/npm
	done
	[ ! -d "$modules" ] || return 0
	mkdir -p build/browser/npm
	cp tests/browser/package.json tests/browser/package-lock.json build/browser/npm
	(cd build/browser/npm && timeout 120 npm ci --ignore-scripts --no-audit --no-fund) ||
		{ rm -rf build/browser/npm && return 1; }
}
