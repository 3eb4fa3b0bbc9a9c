/* fuzz_host.c - a host's record, its profile and its list of anomalies. */
#include "tests/fuzz/record.h"

#include "store/host.h"

FUZZ_RECODE(host)

FUZZ_TARGET(host)
{
	struct anomaly_entry entry;
	struct host host;
	struct span rest;

	host_init(&host);
	if (fuzz_recode_host(input, &host)) {
		FUZZ_REQUIRE(host.robots_state < N_ROBOTS_STATES);
		rest = buf_span(&host.anomalies);
		while (anomaly_next(&rest, &entry))
			FUZZ_REQUIRE(entry.kind < N_ANOMALIES);
	}
	host_release(&host);
}
