/* fuzz_page.c - a page's record, and what commands make of it. */
#include "tests/fuzz/record.h"

#include "tools/page_view.h"

FUZZ_RECODE(page)

FUZZ_TARGET(page)
{
	struct page page;
	struct span tags;

	page_init(&page);
	if (fuzz_recode_page(input, &page)) {
		FUZZ_REQUIRE(page_state(&page) < N_STATES && page.verdict < N_VERDICTS &&
			     page.evidence < N_EVIDENCES && page.held < N_HOLDS);
		FUZZ_REQUIRE(*reason_text((enum visit_reason)page.next_visit_reason));
		FUZZ_REQUIRE(page_validator(&page) < N_VALIDATOR_KINDS);
		tags = buf_span(&page.tags);
		while (tags.len) {
			struct span tag = span_cut(&tags, ',');

			FUZZ_REQUIRE(!tag.len || page_has_tag(&page, tag));
		}
	}
	page_release(&page);
}
