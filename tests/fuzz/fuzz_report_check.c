/* fuzz_report_check.c - the expression of --check: what is well-formed can be judged. */
#include "tests/fuzz/fuzz.h"

#include "tools/report_check.h"

FUZZ_TARGET(report_check)
{
	static struct report report;
	struct buf holding = BUF_INIT;
	struct why why = { "" };
	bool holds = false;

	if (!report.pages.classes)
		FUZZ_REQUIRE(!report_pages_init(&report.pages));
	if (report_check_parse(input, &why)) {
		FUZZ_REQUIRE(why.text[0]);
	} else {
		FUZZ_REQUIRE(!report_check(input, &report, &holds, &holding));
		FUZZ_REQUIRE(holds == (holding.len > 0));
	}
	buf_release(&holding);
}
