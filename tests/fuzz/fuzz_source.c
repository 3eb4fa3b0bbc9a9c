/* fuzz_source.c - a source's record. */
#include "tests/fuzz/record.h"

#include "store/source.h"

FUZZ_RECODE(source)

FUZZ_TARGET(source)
{
	struct source source;

	source_init(&source);
	if (fuzz_recode_source(input, &source)) {
		FUZZ_REQUIRE(source.url.len && source.kind < N_SOURCE_KINDS);
		FUZZ_REQUIRE(source.named_by < N_SOURCE_ORIGINS && source.stored.exists);
		FUZZ_REQUIRE(!source.retired_at_ms || !source.stored.due_at_ms);
	}
	source_release(&source);
}
