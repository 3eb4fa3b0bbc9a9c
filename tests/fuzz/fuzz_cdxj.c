/* fuzz_cdxj.c - a line of an archive's index; what it says can be written and read back. */
#include "store/base/url.h"
#include "tests/fuzz/fuzz.h"
#include "tools/cdxj.h"

static void require_round_trip(const struct cdxj *entry)
{
	struct cdxj again;
	struct why why = { "" };
	json_t *root = NULL;
	struct buf line = BUF_INIT;

	FUZZ_REQUIRE(!cdxj_begin(&line, entry) && !cdxj_end(&line, 1, 2, "f"));
	FUZZ_REQUIRE(line.data[line.len - 1] == '\n');
	line.len--;
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&line), ""));
	FUZZ_REQUIRE(cdxj_is_line(buf_span(&line)));
	FUZZ_REQUIRE(!cdxj_parse(buf_span(&line), &again, &root, &why));
	FUZZ_REQUIRE(span_equal(again.url, entry->url));
	FUZZ_REQUIRE(again.at_ms == entry->at_ms && again.status == entry->status);
	FUZZ_REQUIRE(digest_equal(&again.body_digest, &entry->body_digest));
	json_decref(root);
	buf_release(&line);
}

FUZZ_TARGET(cdxj)
{
	struct buf url = BUF_INIT;
	struct why why = { "" };
	json_t *root = NULL;
	struct cdxj entry;
	enum err err = cdxj_parse(input, &entry, &root, &why);

	(void)cdxj_is_line(input);
	FUZZ_REQUIRE(!err || err == ERR_NOT_FOUND || (err == ERR_INVALID && why.text[0]));
	FUZZ_REQUIRE(err || entry.url.len);
	if (!err && url_canonical(entry.url, SPAN(""), &url, &why) == ERR_OK) {
		entry.url = buf_span(&url);
		require_round_trip(&entry);
	}
	json_decref(root);
	buf_release(&url);
}
