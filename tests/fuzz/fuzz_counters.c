/* fuzz_counters.c - the counters' record. */
#include "tests/fuzz/record.h"

#include "store/counters.h"

FUZZ_RECODE(counters)

FUZZ_TARGET(counters)
{
	struct counters counters = { .n = { 0 } };

	(void)fuzz_recode_counters(input, &counters);
}
