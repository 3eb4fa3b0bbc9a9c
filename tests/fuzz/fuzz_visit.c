/* fuzz_visit.c - one visit of a page's history. */
#include "tests/fuzz/record.h"

#include "store/visit.h"

FUZZ_RECODE(visit)

FUZZ_TARGET(visit)
{
	struct visit visit = { .at_ms = 0 };

	if (fuzz_recode_visit(input, &visit))
		FUZZ_REQUIRE(visit.verdict < N_VERDICTS && visit.evidence < N_EVIDENCES);
}
