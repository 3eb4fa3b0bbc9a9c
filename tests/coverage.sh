#!/bin/sh
# coverage.sh - what `make coverage` runs: the tests on a build that counts, then the share
# of lines and branches that they reached, by folder (goals: 90 % of the lines, 85 % of the
# branches of the parsers). Details are in build/coverage.txt.
set -u
cd "$(dirname "$0")/.." || exit 1
export PYTHONDONTWRITEBYTECODE=1 FAULTS="${FAULTS:-12}"
FRESHET=$PWD/build/cover/freshet
export FRESHET
make --no-print-directory -s -k -j"$(nproc)" test-programs VARIANT=cover || exit 1
find build/cover -name '*.gcda' -delete
for program in build/cover/tests/unit/test_* build/cover/tests/flow/test_*; do
	case $program in *.*) continue ;; esac
	timeout 300 "$program" >/dev/null 2>&1 || echo "failed: $program"
done
build/cover/tests/fuzz/replay tests/fuzz/corpus >/dev/null 2>&1
for script in cli seed readers process_store process_signals process_limits process_backup \
	process_upgrade check index warc sources adopt listener service; do
	sh "tests/flow/$script.sh" >/dev/null 2>&1
done

measure() { # measure FILTER...: "lines% branches%" over the files that match
	gcovr --root . --object-directory build/cover --exclude 'tests/' --exclude 'build/' \
		--exclude 'tools/web/' --exclude-unreachable-branches --exclude-throw-branches \
		"$@" 2>/dev/null
}

measure --txt build/coverage.txt --json-summary build/coverage.json >/dev/null
python3 - <<'EOT'
import json
PARSERS = """crawler/http_date crawler/header crawler/validator crawler/cache_control
crawler/retry_after crawler/response_head crawler/robots crawler/robots_pattern crawler/charset
crawler/content_coding crawler/html crawler/redirect store/base/codec store/base/url
store/base/units tools/seed_csv tools/seed_json tools/seed_text tools/settings_file
tools/order_read tools/trace tools/value""".split()
files = json.load(open("build/coverage.json"))["files"]


def show(name, chosen):
    sums = [sum(f[k] for f in chosen) for k in
            ("line_covered", "line_total", "branch_covered", "branch_total")]
    print(f"{name:<12} lines {100 * sums[0] / sums[1]:5.1f} % of {sums[1]:6}   "
          f"branches {100 * sums[2] / sums[3]:5.1f} % of {sums[3]:6}")


for folder in ("store/", "crawler/", "scheduler/", "tools/"):
    show(folder, [f for f in files if f["filename"].startswith(folder)])
show("parsers", [f for f in files if f["filename"].rsplit(".", 1)[0] in PARSERS])
show("all", files)
print("least covered:")
for f in sorted(files, key=lambda f: f["line_percent"])[:12]:
    print(f"  {f['line_percent']:5.1f} % of {f['line_total']:4} lines  {f['filename']}")
EOT
