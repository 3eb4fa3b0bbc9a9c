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
	FIELD(4, FIELD_BOOL, host, backoff_is_retry_after),
	FIELD(5, FIELD_BOOL, host, paused),
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
	/* 80-99: what the scheduler learned */
	FIELD(80, FIELD_U64, host, rate_micro),
	FIELD(81, FIELD_U32, host, n_rated),
	FIELD(33, FIELD_U32, host, profile.n_true_304[1]),
	FIELD(34, FIELD_U32, host, profile.n_true_304[2]),
	FIELD(35, FIELD_U32, host, profile.n_true_304[3]),
	FIELD(36, FIELD_U32, host, profile.n_true_304[4]),
	FIELD(37, FIELD_U32, host, profile.n_useless_200[1]),
	FIELD(38, FIELD_U32, host, profile.n_useless_200[2]),
	FIELD(39, FIELD_U32, host, profile.n_useless_200[3]),
	FIELD(40, FIELD_U32, host, profile.n_useless_200[4]),
	FIELD(41, FIELD_U16, host, profile.good[1]),
	FIELD(42, FIELD_U16, host, profile.good[2]),
	FIELD(43, FIELD_U16, host, profile.good[3]),
	FIELD(44, FIELD_U16, host, profile.good[4]),
	FIELD(45, FIELD_U16, host, profile.useless[1]),
	FIELD(46, FIELD_U16, host, profile.useless[2]),
	FIELD(47, FIELD_U16, host, profile.useless[3]),
	FIELD(48, FIELD_U16, host, profile.useless[4]),
	FIELD(49, FIELD_U32, host, profile.n_conditional),
	FIELD(50, FIELD_U32, host, profile.n_audits),
	FIELD(51, FIELD_U32, host, profile.n_distrusted),
	FIELD(52, FIELD_U32, host, profile.n_probes),
	FIELD(53, FIELD_U32, host, profile.n_owed),
	FIELD(54, FIELD_U8, host, profile.n_strikes),
	FIELD(55, FIELD_F32, host, profile.audit_boost),
	FIELD(56, FIELD_F32, host, profile.hidden_bits),
	FIELD(57, FIELD_U16, host, profile.probe_in),
	FIELD(58, FIELD_U16, host, profile.probe_wait),
	FIELD_TEXT(59, host, anomalies, ANOMALY_LOG_MAX),
	/* 60-79: the mass guard */
	FIELD(60, FIELD_I64, host, guard.since_ms),
	FIELD(61, FIELD_U32, host, guard.n_visited),
	FIELD(62, FIELD_U32, host, guard.n_gone),
	FIELD(63, FIELD_U32, host, guard.n_held[HOLD_GONE]),
	FIELD(64, FIELD_U32, host, guard.n_held[HOLD_SAME_TEXT]),
	FIELD(65, FIELD_HASH64, host, guard.alike[0].now),
	FIELD(66, FIELD_HASH64, host, guard.alike[0].before),
	FIELD(67, FIELD_HASH64, host, guard.alike[1].now),
	FIELD(68, FIELD_HASH64, host, guard.alike[1].before),
	FIELD(69, FIELD_HASH64, host, guard.alike[2].now),
	FIELD(70, FIELD_HASH64, host, guard.alike[2].before),
	FIELD(71, FIELD_HASH64, host, guard.alike[3].now),
	FIELD(72, FIELD_HASH64, host, guard.alike[3].before),
	FIELD(100, FIELD_U32, host, n_sources),
	FIELD_TEXT(101, host, address, HOST_ADDRESS_MAX),
	FIELD(102, FIELD_U32, host, n_at_address),
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
	enum err err = codec_decode(&host_type, bytes, host);

	return !err && host->robots_state >= N_ROBOTS_STATES ? ERR_NEWER : err;
}

/* By way of its encoding, which knows all fields: none can be forgotten, or shared. */
enum err host_copy(struct host *copy, const struct host *host)
{
	struct buf bytes = BUF_INIT;
	enum err err = host_encode(host, &bytes);

	if (!err)
		err = host_decode(buf_span(&bytes), copy);
	if (err)
		host_release(copy);
	else
		copy->key = host->key;
	buf_release(&bytes);
	return err;
}

uint64_t host_n_pages(const struct host *host)
{
	uint64_t n = 0;

	for (int s = 0; s < N_STATES; s++)
		n += host->n_pages[s];
	return n;
}
