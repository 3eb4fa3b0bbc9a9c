/* fuzz_digest.c - the text of a digest is read back as it was written, unless it is short. */
#include "tests/fuzz/fuzz.h"

#include "store/base/digest.h"

FUZZ_TARGET(digest)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest digest = digest_of(input), again;

	digest_format(&digest, text);
	FUZZ_REQUIRE(!digest_parse(span_of(text), &again));
	FUZZ_REQUIRE(digest_equal(&digest, &again));
	if (!digest_parse(input, &digest) && !digest_is_none(&digest)) {
		digest_format(&digest, text);
		FUZZ_REQUIRE(span_equal_nocase(span_of(text),
					       span_from(input.data, strlen(text))));
		again = digest;
		digest_shorten(&again);
		FUZZ_REQUIRE((strlen(text) < input.len) == digest_equal(&digest, &again));
	}
}
