/* record.h - what holds of every record: bytes that decode to something encode to bytes
 * that decode to the same, and those encode to themselves. */
#ifndef TESTS_FUZZ_RECORD_H
#define TESTS_FUZZ_RECORD_H

#include "tests/fuzz/fuzz.h"

/* Defines fuzz_recode_KIND(): 0 when `bytes` are no record. `record` is initialised; it
 * holds what was read. */
#define FUZZ_RECODE(kind)                                                      \
	static bool fuzz_recode_##kind(struct span bytes, struct kind *record) \
	{                                                                      \
		struct buf once = BUF_INIT, twice = BUF_INIT;                  \
		enum err err = kind##_decode(bytes, record);                   \
                                                                               \
		FUZZ_REQUIRE(!err || err == ERR_CORRUPT || err == ERR_NEWER);  \
		if (err)                                                       \
			return false;                                          \
		FUZZ_REQUIRE(!kind##_encode(record, &once));                   \
		FUZZ_REQUIRE(!kind##_decode(buf_span(&once), record));         \
		FUZZ_REQUIRE(!kind##_encode(record, &twice));                  \
		FUZZ_REQUIRE(span_equal(buf_span(&once), buf_span(&twice)));   \
		buf_release(&once);                                            \
		buf_release(&twice);                                           \
		return true;                                                   \
	}

#endif
