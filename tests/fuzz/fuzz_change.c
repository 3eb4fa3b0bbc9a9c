/* fuzz_change.c - one record of the change feed; and as an indexer gets it, it is JSON. */
#include "tests/fuzz/record.h"

#include <jansson.h>

#include "store/visit.h"
#include "tools/render.h"

FUZZ_RECODE(change)

FUZZ_TARGET(change)
{
	struct buf out = BUF_INIT;
	struct change change;
	json_t *json;

	change_init(&change);
	if (fuzz_recode_change(input, &change)) {
		FUZZ_REQUIRE(change.kind < N_CHANGE_KINDS);
		FUZZ_REQUIRE(!render_json_change(&out, &change));
		FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&out), "\n"));
		json = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
		FUZZ_REQUIRE(json != NULL);
		json_decref(json);
		buf_clear(&out);
		FUZZ_REQUIRE(!render_text_change(&out, &change));
		FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&out), "\n"));
	}
	change_release(&change);
	buf_release(&out);
}
