#include "store/host.h"

const char *robots_state_text(enum robots_state s)
{
	static const char *const texts[] = { "not read", "parsed", "none",
					     "unreachable" };

	return (size_t)s < ARRAY_SIZE(texts) ? texts[s] : "unknown";
}

/* clang-format off: one line a field reads as the table that it is */
static const struct field host_fields[] = {
	FIELD_TEXT(1, host, name, URL_MAX),
	FIELD(2, FIELD_I64, host, next_request_at_ms),
	FIELD(3, FIELD_I64, host, backoff_until_ms),
	FIELD(4, FIELD_U8, host, backoff_is_retry_after),
	FIELD(5, FIELD_U8, host, paused),
	FIELD(6, FIELD_U32, host, n_failures_in_a_row),
	FIELD(7, FIELD_I64, host, delay_ms),
	FIELD(8, FIELD_U8, host, robots_state),
	FIELD(9, FIELD_U16, host, robots_http_status),
	FIELD(10, FIELD_I64, host, robots_read_at_ms),
	FIELD(11, FIELD_I64, host, robots_expires_at_ms),
	FIELD(12, FIELD_I64, host, robots_unreachable_since_ms),
	FIELD(13, FIELD_U32, host, robots_n_failures),
	FIELD(14, FIELD_I64, host, crawl_delay_ms),
	FIELD(15, FIELD_DIGEST, host, robots_digest),
	FIELD(16, FIELD_U32, host, n_pages[STATE_UNFETCHED]),
	FIELD(17, FIELD_U32, host, n_pages[STATE_UNCHANGED]),
	FIELD(18, FIELD_U32, host, n_pages[STATE_STALE]),
	FIELD(19, FIELD_U32, host, n_pages[STATE_GONE]),
	FIELD(20, FIELD_U32, host, n_pages[STATE_MOVED]),
	FIELD(21, FIELD_U32, host, n_pages[STATE_BLOCKED]),
	FIELD(22, FIELD_U32, host, n_pages[STATE_FAILING]),
	FIELD(23, FIELD_U64, host, n_requests),
	FIELD(24, FIELD_U64, host, n_not_modified),
	FIELD(25, FIELD_U64, host, n_ok),
	FIELD(26, FIELD_U64, host, n_errors),
	FIELD(27, FIELD_U64, host, n_useless_200),
	FIELD(28, FIELD_U64, host, n_false_304),
	FIELD(29, FIELD_U64, host, n_anomalies),
	FIELD(30, FIELD_U64, host, wire_bytes),
	FIELD(31, FIELD_I64, host, last_success_at_ms),
	FIELD(32, FIELD_I64, host, last_failure_at_ms),
};
/* clang-format on */

static const struct record_type host_type = { "host", 1, host_fields,
					      ARRAY_SIZE(host_fields) };

void host_init(struct host *host)
{
	memset(host, 0, sizeof(*host));
}

void host_release(struct host *host)
{
	codec_release(&host_type, host);
}

enum err host_encode(const struct host *host, struct buf *out)
{
	return codec_encode(&host_type, host, out);
}

enum err host_decode(struct span bytes, struct host *host)
{
	return codec_decode(&host_type, bytes, host);
}

uint64_t host_n_pages(const struct host *host)
{
	uint64_t n = 0;

	for (int s = 0; s < N_STATES; s++)
		n += host->n_pages[s];
	return n;
}
