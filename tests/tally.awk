# tally.awk - one line for one test program: reads its TAP, writes how it went.
#
#   awk -v name=NAME -v status=EXIT -v seconds=S -f tests/tally.awk LOG
#
# The last line is "tally PASSED FAILED SKIPPED" for the caller. A program that died, ran
# out of time, stopped before its plan was done or tested nothing has failed, whatever its
# lines said. cmocka 1.1.5 writes a skipped test as "not ok 3 # SKIP name", and one
# program may hold several plans: their sum is what must have run.
/^ *1\.\.[0-9]+/ {
	split($1, plan, /\.\./)
	planned += plan[2]
	if (plan[2] == 0 && /# *[Ss][Kk][Ii][Pp]/)
		skip(name, $0)
}
/^(not )?ok( |$)/ {
	seen++
	if (/# *[Ss][Kk][Ii][Pp]/)
		skip(what($0), $0)
	else if (/^not/)
		failed++
	else
		passed++
}
function what(line) {
	sub(/^(not )?ok *[0-9]* *-? */, "", line)
	sub(/ *# *[Ss][Kk][Ii][Pp].*/, "", line)
	return line
}
function skip(test, line) {
	sub(/.*# *[Ss][Kk][Ii][Pp](ped)?:? */, "", line)
	reasons[++skipped] = test == "" ? line : test (line == "" ? "" : ": " line)
}
function died(why) {
	failed += !failed
	ill = ill ", " why
}
END {
	if (status == 124 || status == 137)
		died("no end within its time limit")
	else if (status != 0 && !failed)
		died("exit status " status)
	else if (seen < planned)
		died("stopped after " (seen + 0) " of " planned)
	else if (seen == 0 && !skipped)
		died("tested nothing")
	printf "%s %s: %d passed", failed ? "FAILED" : "ok    ", name, passed
	if (failed)
		printf ", %d failed", failed
	if (skipped)
		printf ", %d skipped", skipped
	printf "%s (%ds)\n", ill, seconds
	for (i = 1; i <= skipped; i++)
		printf "       skipped %s\n", reasons[i]
	printf "tally %d %d %d\n", passed, failed, skipped
}
