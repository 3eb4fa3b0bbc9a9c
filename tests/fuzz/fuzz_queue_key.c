/* fuzz_queue_key.c - keys of the queue and of parked pages, whose order is the entries', and
 * values: a worth is usable or none. */
#include "tests/fuzz/fuzz.h"

#include "store/internal.h"

FUZZ_TARGET(queue_key)
{
	uint8_t queued[QUEUE_KEY_SIZE], parked[PARKED_KEY_SIZE];
	struct queue_entry entry;
	struct page_worth worth;

	if (!queue_key_decode(input, &entry)) {
		FUZZ_REQUIRE(entry.position.order_ms >= 0);
		queue_key_encode(&entry, queued);
		FUZZ_REQUIRE(span_equal(span_from(queued, sizeof(queued)), input));
	}
	if (!parked_key_decode(input, &entry)) {
		parked_key_encode(&entry, parked);
		FUZZ_REQUIRE(span_equal(span_from(parked, sizeof(parked)), input));
	}
	worth_decode(input, &worth);
	FUZZ_REQUIRE(worth.a > 0
			     ? worth.b_days > 0 && worth.weight >= 0
			     : worth.a == 0 && worth.b_days == 0 && worth.weight == 0);
}
