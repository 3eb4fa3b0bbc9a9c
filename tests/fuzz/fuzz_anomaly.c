/* fuzz_anomaly.c - a host's list of anomalies; something can be noted in a damaged one. */
#include "tests/fuzz/fuzz.h"

#include "store/anomaly.h"

FUZZ_TARGET(anomaly)
{
	struct anomaly_entry entry;
	struct buf log = BUF_INIT;
	struct span rest = input;
	bool found = false;
	size_t n = 0;

	while (anomaly_next(&rest, &entry)) {
		FUZZ_REQUIRE(entry.kind < N_ANOMALIES);
		FUZZ_REQUIRE(*anomaly_text(entry.kind) && *anomaly_code(entry.kind));
		FUZZ_REQUIRE(n++ <= input.len);
	}
	FUZZ_REQUIRE(!buf_set(&log, input));
	FUZZ_REQUIRE(!anomaly_note(&log, 1u << ANOMALY_TAG_CHURN, SPAN("http://a/"), 77));
	rest = buf_span(&log);
	while (anomaly_next(&rest, &entry))
		found = found || (entry.kind == ANOMALY_TAG_CHURN && entry.at_ms == 77);
	FUZZ_REQUIRE(found);
	buf_release(&log);
}
