#include "store/anomaly.h"

#include <inttypes.h>

#include "store/base/units.h"

/* clang-format off: one line a kind reads as the table that it is */
static const struct {
	const char *code, *text;
} kinds_table[N_ANOMALIES] = {
	[ANOMALY_UNSOLICITED_304] = { "unsolicited_304", "304 that was not asked for" },
	[ANOMALY_OTHER_TAG_304] = { "other_tag_304", "304 with another strong tag" },
	[ANOMALY_FALSE_304] = { "false_304", "304 for other content" },
	[ANOMALY_SAME_TAG_OTHER_BODY] = { "same_tag_other_body",
					  "same tag, other content" },
	[ANOMALY_TAG_CHURN] = { "tag_churn", "other tag, same content" },
	[ANOMALY_DATE_BACKWARDS] = { "date_backwards", "Last-Modified went backwards" },
	[ANOMALY_DATE_IN_FUTURE] = { "date_in_future", "Last-Modified in the future" },
	[ANOMALY_CONDITION_REFUSED] = { "condition_refused", "condition refused" },
	[ANOMALY_BODY_ON_304] = { "body_on_304", "304 with a body" },
	[ANOMALY_CLOCK_SKEW] = { "clock_skew", "its clock is off" },
};
/* clang-format on */

const char *anomaly_text(enum anomaly a)
{
	return (size_t)a < N_ANOMALIES ? kinds_table[a].text : "unknown";
}

const char *anomaly_code(enum anomaly a)
{
	return (size_t)a < N_ANOMALIES ? kinds_table[a].code : "unknown";
}

/* "KIND COUNT AT_MS URL"; a URL has no space (it is canonical). */
static bool read_line(struct span line, struct anomaly_entry *entry)
{
	int64_t kind, count, at_ms;

	if (units_parse_count(span_cut(&line, ' '), &kind) ||
	    units_parse_count(span_cut(&line, ' '), &count) ||
	    units_parse_count(span_cut(&line, ' '), &at_ms) || kind >= N_ANOMALIES)
		return false;
	*entry = (struct anomaly_entry){ (enum anomaly)kind, (uint64_t)count, at_ms,
					 line };
	return true;
}

bool anomaly_next(struct span *rest, struct anomaly_entry *entry)
{
	while (rest->len)
		if (read_line(span_cut(rest, '\n'), entry))
			return true;
	return false;
}

static struct anomaly_entry find(struct span log, enum anomaly kind)
{
	struct anomaly_entry entry;

	while (anomaly_next(&log, &entry))
		if (entry.kind == kind)
			return entry;
	return (struct anomaly_entry){ .kind = kind };
}

enum err anomaly_note(struct buf *log, uint32_t kinds, struct span url, int64_t at_ms)
{
	struct buf fresh = BUF_INIT;
	enum err err = ERR_OK;

	for (int kind = 0; !err && kind < N_ANOMALIES; kind++) {
		struct anomaly_entry e = find(buf_span(log), (enum anomaly)kind);

		if (kinds & 1u << kind) {
			e.count++;
			e.at_ms = at_ms;
			if (url.len <= ANOMALY_EXAMPLE_MAX)
				e.example = url;
		}
		if (e.count)
			err = buf_printf(&fresh, "%d %" PRIu64 " %" PRId64 " %.*s\n",
					 kind, e.count, e.at_ms, (int)e.example.len,
					 e.example.data);
	}
	if (!err) {
		buf_release(log);
		*log = buf_take(&fresh);
	}
	buf_release(&fresh);
	return err;
}
