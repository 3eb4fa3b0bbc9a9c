/* fuzz_validator.c - entity tags, lists of them, and the validators of a header. */
#include "tests/fuzz/fuzz.h"

#include "crawler/field.h"
#include "crawler/validator.h"
#include "tests/fuzz/headers_of.h"

#define NOW_MS INT64_C(1790000000000)

static void require_tag(struct span tag)
{
	FUZZ_REQUIRE(validator_etag_is_usable(tag));
	FUZZ_REQUIRE(tag.len >= 2 && tag.len <= ETAG_MAX);
	FUZZ_REQUIRE(tag.data[tag.len - 1] == '"' && field_is_sendable(tag));
	FUZZ_REQUIRE(validator_weak_match(tag, tag));
	FUZZ_REQUIRE(validator_strong_match(tag, tag) == !validator_etag_is_weak(tag));
}

/* RFC 9110 8.8.3.2: the comparisons take their sides in any order. */
static void read_list(struct span rest)
{
	struct span tag, before = SPAN("\"\"");

	while (validator_list_next(&rest, &tag)) {
		require_tag(tag);
		FUZZ_REQUIRE(validator_weak_match(tag, before) ==
			     validator_weak_match(before, tag));
		FUZZ_REQUIRE(validator_strong_match(tag, before) ==
			     validator_strong_match(before, tag));
		FUZZ_REQUIRE(!validator_strong_match(tag, before) ||
			     validator_weak_match(tag, before));
		before = tag;
	}
}

FUZZ_TARGET(validator)
{
	struct span whole = input, element;
	struct header_list list;
	struct validator_pair pair;
	int64_t at_ms;

	if (validator_etag_is_usable(input))
		require_tag(input);
	read_list(input);
	while (field_list_next(&whole, &element))
		FUZZ_REQUIRE(element.len);
	list = fuzz_headers_of(&input);
	pair = validators_from_headers(&list, NOW_MS);
	if (pair.etag.len)
		require_tag(pair.etag);
	if (pair.last_modified.len)
		FUZZ_REQUIRE(
			validator_date_is_usable(pair.last_modified, NOW_MS, &at_ms) &&
			at_ms == pair.last_modified_at_ms);
	header_list_release(&list);
}
