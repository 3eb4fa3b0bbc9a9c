/* test_verdict.c - what an answer proves (PRODUCT: what a visit concludes; REQ 9-31). */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "crawler/verdict.h"
#include "store/base/clock.h"
#include "tests/unit/headers.h"

#define NOW INT64_C(1793528000000) /* Sun, 01 Nov 2026 10:13:20 GMT */
#define DATE "Date: Sun, 01 Nov 2026 10:13:20 GMT\n"
#define LM "Sun, 01 Nov 2026 09:00:00 GMT"

/* What the origin's body is, against the one that is stored. */
enum body { NO_BODY, SAME_BYTES, SAME_TEXT, OTHER_TEXT, BROKEN, TOO_LARGE };
/* What the store holds, and how the page was asked. */
enum held { NOTHING, STRONG, WEAK, DATED };
enum asked { PLAIN, CONDITIONS, AUDIT };

static const struct verdict_config config = {
	.gone_after = 2,
	.gone_spacing_ms = MS_PER_HOUR,
};

struct judged {
	struct page page;
	struct document document;
	struct fetch_result result;
	struct exchange exchange;
	struct observation o;
};

static void hold(struct page *page, enum held held)
{
	page_init(page);
	assert_int_equal(buf_set(&page->url, SPAN("http://a.example/")), ERR_OK);
	if (held == NOTHING)
		return;
	page->verdict = VERDICT_UNCHANGED;
	page->version = 1;
	page->digest = digest_of(SPAN("old bytes"));
	page->has_body = true;
	page->body_len = 5000;
	page->last_verified_at_ms = NOW - MS_PER_DAY;
	assert_int_equal(buf_set(&page->last_modified, SPAN(LM)), ERR_OK);
	if (held != DATED)
		assert_int_equal(buf_set(&page->etag, held == WEAK ? SPAN("W/\"v1\"")
								   : SPAN("\"v1\"")),
				 ERR_OK);
}

static void give_body(struct document *d, enum body body)
{
	document_init(d);
	d->status = body == BROKEN      ? FETCH_UNDECODABLE
		    : body == TOO_LARGE ? FETCH_BODY_TOO_LARGE
					: FETCH_OK;
	d->detail = "why";
	if (body == BROKEN || body == TOO_LARGE || body == NO_BODY)
		return;
	d->digest = body == SAME_BYTES ? digest_of(SPAN("old bytes"))
				       : digest_of(SPAN("new bytes"));
	d->same_bytes = body == SAME_BYTES;
	if (d->same_bytes)
		return;
	d->same_text = body == SAME_TEXT;
	d->similarity = 0.5f;
	assert_int_equal(buf_set(&d->body, SPAN("new bytes")), ERR_OK);
	assert_int_equal(buf_set(&d->compressed, SPAN("zstd")), ERR_OK);
	assert_int_equal(buf_set(&d->title, SPAN("Title")), ERR_OK);
}

static void prepare(struct judged *j, enum held held, enum asked asked, int status,
		    const char *headers, enum body body)
{
	memset(j, 0, sizeof(*j));
	hold(&j->page, held);
	give_body(&j->document, body);
	j->result.http_status = status;
	j->result.headers = headers_of(headers);
	j->result.finished_at_us = 5000000;
	j->exchange = (struct exchange){
		.page = &j->page,
		.url = buf_span(&j->page.url),
		.audit = asked == AUDIT,
		.etag_sent = asked == CONDITIONS && (held == STRONG || held == WEAK),
		.date_sent = asked == CONDITIONS,
		.result = &j->result,
		.document = &j->document,
		.first_byte_of_visit_us = 4000000,
		.n_requests = 1,
		.wire_bytes = 300,
	};
	observation_init(&j->o);
}

static void judge(struct judged *j)
{
	assert_int_equal(verdict_judge(&config, &j->exchange, NOW, &j->o), ERR_OK);
}

static void release(struct judged *j)
{
	page_release(&j->page);
	document_release(&j->document);
	fetch_result_release(&j->result);
	observation_release(&j->o);
}

#define BIT(anomaly) (1u << ANOMALY_##anomaly)

static const struct {
	const char *why;
	enum held held;
	enum asked asked;
	int status;
	const char *headers;
	enum body body;
	enum verdict verdict;
	enum evidence evidence;
	uint32_t anomalies;
	bool ask_unconditionally;
} rows[] = {
	{ "first sight", NOTHING, PLAIN, 200, "ETag: \"v1\"\n", OTHER_TEXT, VERDICT_NEW,
	  EVIDENCE_BODY, 0, false },
	{ "REQ 19: 304 without a tag", STRONG, CONDITIONS, 304, "", NO_BODY,
	  VERDICT_UNCHANGED, EVIDENCE_304_STRONG, 0, false },
	{ "REQ 19: 304 with the same tag", STRONG, CONDITIONS, 304, "ETag: \"v1\"\n",
	  NO_BODY, VERDICT_UNCHANGED, EVIDENCE_304_STRONG, 0, false },
	{ "REQ 24: 304 with the tag made weak", STRONG, CONDITIONS, 304,
	  "ETag: W/\"v1\"\n", NO_BODY, VERDICT_UNCHANGED, EVIDENCE_304_STRONG, 0, false },
	{ "304 to a weak tag", WEAK, CONDITIONS, 304, "ETag: W/\"v1\"\n", NO_BODY,
	  VERDICT_UNCHANGED, EVIDENCE_304_WEAK, 0, false },
	{ "304 to a date", DATED, CONDITIONS, 304, "", NO_BODY, VERDICT_UNCHANGED,
	  EVIDENCE_304_DATE, 0, false },
	{ "304 to a date, with a tag that is new to us", DATED, CONDITIONS, 304,
	  "ETag: \"v1\"\n", NO_BODY, VERDICT_UNCHANGED, EVIDENCE_304_DATE, 0, false },
	{ "REQ 21: 304 with another strong tag", STRONG, CONDITIONS, 304,
	  "ETag: \"v2\"\n", NO_BODY, VERDICT_ERROR, EVIDENCE_NONE, BIT(OTHER_TAG_304),
	  true },
	{ "REQ 21: ... to a weak one", WEAK, CONDITIONS, 304, "ETag: \"v2\"\n", NO_BODY,
	  VERDICT_ERROR, EVIDENCE_NONE, BIT(OTHER_TAG_304), true },
	{ "REQ 22: 304 that nobody asked for", STRONG, PLAIN, 304, "ETag: \"v1\"\n",
	  NO_BODY, VERDICT_ERROR, EVIDENCE_NONE, BIT(UNSOLICITED_304), true },
	{ "REQ 22: ... to an audit", STRONG, AUDIT, 304, "", NO_BODY, VERDICT_ERROR,
	  EVIDENCE_NONE, BIT(UNSOLICITED_304), true },
	{ "REQ 25b: 304 without anything stored", NOTHING, CONDITIONS, 304, "", NO_BODY,
	  VERDICT_ERROR, EVIDENCE_NONE, BIT(UNSOLICITED_304), true },
	{ "same bytes, same tag", STRONG, CONDITIONS, 200,
	  "ETag: \"v1\"\nLast-Modified: " LM "\n", SAME_BYTES, VERDICT_UNCHANGED,
	  EVIDENCE_DIGEST, 0, false },
	{ "REQ 26: same bytes, other tag", STRONG, CONDITIONS, 200, "ETag: \"v2\"\n",
	  SAME_BYTES, VERDICT_UNCHANGED, EVIDENCE_DIGEST, BIT(TAG_CHURN), false },
	{ "REQ 35: same words in other bytes", STRONG, CONDITIONS, 200, "ETag: \"v2\"\n",
	  SAME_TEXT, VERDICT_MINOR, EVIDENCE_TEXT, 0, false },
	{ "other words", STRONG, CONDITIONS, 200, "ETag: \"v2\"\n", OTHER_TEXT,
	  VERDICT_CHANGED, EVIDENCE_BODY, 0, false },
	{ "other words under the same strong tag", STRONG, CONDITIONS, 200,
	  "ETag: \"v1\"\n", OTHER_TEXT, VERDICT_CHANGED, EVIDENCE_BODY,
	  BIT(SAME_TAG_OTHER_BODY), false },
	{ "... under the same weak tag: it may", WEAK, CONDITIONS, 200,
	  "ETag: W/\"v1\"\n", SAME_TEXT, VERDICT_MINOR, EVIDENCE_TEXT, 0, false },
	{ "REQ 25: an audit finds a 304 false", STRONG, AUDIT, 200, "ETag: \"v1\"\n",
	  OTHER_TEXT, VERDICT_CHANGED, EVIDENCE_AUDIT,
	  BIT(FALSE_304) | BIT(SAME_TAG_OTHER_BODY), false },
	{ "REQ 25: ... by its date", DATED, AUDIT, 200, "Last-Modified: " LM "\n",
	  OTHER_TEXT, VERDICT_CHANGED, EVIDENCE_AUDIT, BIT(FALSE_304), false },
	{ "REQ 25: an audit finds nothing", STRONG, AUDIT, 200,
	  "ETag: \"v1\"\nLast-Modified: " LM "\n", SAME_BYTES, VERDICT_UNCHANGED,
	  EVIDENCE_AUDIT, 0, false },
	{ "REQ 25: an audit finds an honest change", STRONG, AUDIT, 200, "ETag: \"v2\"\n",
	  OTHER_TEXT, VERDICT_CHANGED, EVIDENCE_AUDIT, 0, false },
	{ "the date went back", DATED, PLAIN, 200,
	  "Last-Modified: Sun, 01 Nov 2026 08:00:00 GMT\n", OTHER_TEXT, VERDICT_CHANGED,
	  EVIDENCE_BODY, BIT(DATE_BACKWARDS), false },
	{ "the date is to come", DATED, PLAIN, 200,
	  "Last-Modified: Sun, 01 Nov 2027 08:00:00 GMT\n", OTHER_TEXT, VERDICT_CHANGED,
	  EVIDENCE_BODY, BIT(DATE_IN_FUTURE), false },
	{ "REQ 28: a body that does not decode", STRONG, CONDITIONS, 200,
	  "ETag: \"v2\"\n", BROKEN, VERDICT_ERROR, EVIDENCE_NONE, 0, false },
	{ "REQ 60: a body that is too large", STRONG, CONDITIONS, 200, "ETag: \"v2\"\n",
	  TOO_LARGE, VERDICT_REFUSED, EVIDENCE_NONE, 0, false },
	{ "REQ 29: 206", STRONG, PLAIN, 206, "ETag: \"v1\"\n", NO_BODY, VERDICT_ERROR,
	  EVIDENCE_STATUS, 0, false },
	{ "REQ 29: 204", STRONG, PLAIN, 204, "", NO_BODY, VERDICT_ERROR, EVIDENCE_STATUS,
	  0, false },
	{ "REQ 23: 412 to conditions", STRONG, CONDITIONS, 412, "", NO_BODY,
	  VERDICT_ERROR, EVIDENCE_STATUS, BIT(CONDITION_REFUSED), true },
	{ "REQ 23: 400 to conditions", STRONG, CONDITIONS, 400, "", NO_BODY,
	  VERDICT_ERROR, EVIDENCE_STATUS, BIT(CONDITION_REFUSED), true },
	{ "REQ 23: 400 without conditions", STRONG, PLAIN, 400, "", NO_BODY,
	  VERDICT_ERROR, EVIDENCE_STATUS, 0, false },
	{ "REQ 31: 401", STRONG, CONDITIONS, 401, "", NO_BODY, VERDICT_ERROR,
	  EVIDENCE_STATUS, 0, false },
	{ "REQ 31: 403", STRONG, CONDITIONS, 403, "", NO_BODY, VERDICT_ERROR,
	  EVIDENCE_STATUS, 0, false },
	{ "REQ 31: 429", STRONG, CONDITIONS, 429, "", NO_BODY, VERDICT_ERROR,
	  EVIDENCE_STATUS, 0, false },
	{ "REQ 31: 500", STRONG, CONDITIONS, 500, "ETag: \"e\"\n", NO_BODY, VERDICT_ERROR,
	  EVIDENCE_STATUS, 0, false },
	{ "REQ 31: a class that there is not", STRONG, CONDITIONS, 799, "", NO_BODY,
	  VERDICT_ERROR, EVIDENCE_STATUS, 0, false },
	{ "REQ 30: 410", STRONG, CONDITIONS, 410, "", NO_BODY, VERDICT_GONE,
	  EVIDENCE_STATUS, 0, false },
	{ "REQ 30: the first 404", STRONG, CONDITIONS, 404, "", NO_BODY, VERDICT_ERROR,
	  EVIDENCE_STATUS, 0, false },
};

static void each_answer_has_its_verdict(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char headers[256];
		struct judged j;

		snprintf(headers, sizeof(headers), DATE "%s", rows[i].headers);
		prepare(&j, rows[i].held, rows[i].asked, rows[i].status, headers,
			rows[i].body);
		judge(&j);
		if (j.o.verdict != rows[i].verdict || j.o.evidence != rows[i].evidence)
			fail_msg("%s: %s by %s", rows[i].why,
				 verdict_text((enum verdict)j.o.verdict),
				 evidence_text((enum evidence)j.o.evidence));
		if (j.o.anomalies != rows[i].anomalies)
			fail_msg("%s: anomalies %x", rows[i].why, j.o.anomalies);
		if (j.o.ask_unconditionally != rows[i].ask_unconditionally)
			fail_msg("%s: how to ask next", rows[i].why);
		/* REQ 28, 31: whatever is no complete 200 stores nothing. */
		if (!j.o.complete_200 &&
		    (j.o.etag.len || j.o.body.len || observation_has_content(&j.o)))
			fail_msg("%s: stores something", rows[i].why);
		assert_int_equal(j.o.at_ms, NOW);
		assert_true(j.o.answered);
		assert_int_equal(j.o.elapsed_ms, 1000);
		release(&j);
	}
}

static const struct {
	enum fetch_error error;
	enum verdict verdict;
	enum answer_health health;
} error_rows[] = {
	{ FETCH_DNS, VERDICT_ERROR, ANSWER_DOWN },
	{ FETCH_CONNECT, VERDICT_ERROR, ANSWER_DOWN },
	{ FETCH_ADDRESS, VERDICT_REFUSED, ANSWER_DOWN },
	{ FETCH_TLS, VERDICT_ERROR, ANSWER_DOWN },
	{ FETCH_TIMEOUT, VERDICT_ERROR, ANSWER_TROUBLE },
	{ FETCH_SLOW, VERDICT_ERROR, ANSWER_TROUBLE },
	{ FETCH_TRUNCATED, VERDICT_ERROR, ANSWER_TROUBLE },
	{ FETCH_MALFORMED, VERDICT_ERROR, ANSWER_TROUBLE },
	{ FETCH_HEAD_TOO_LARGE, VERDICT_REFUSED, ANSWER_GOOD },
	{ FETCH_BODY_TOO_LARGE, VERDICT_REFUSED, ANSWER_GOOD },
	{ FETCH_UNDECODABLE, VERDICT_ERROR, ANSWER_GOOD },
	{ FETCH_REDIRECT, VERDICT_ERROR, ANSWER_GOOD },
};

static void a_fetch_that_failed_stores_nothing_REQ27_28(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(error_rows); i++) {
		struct judged j;

		/* The head came, and looked like a new version, before it broke off. */
		prepare(&j, STRONG, CONDITIONS, 200, DATE "ETag: \"v2\"\n", OTHER_TEXT);
		j.result.error = error_rows[i].error;
		snprintf(j.result.detail, sizeof(j.result.detail), "the reason");
		judge(&j);
		assert_int_equal(j.o.verdict, error_rows[i].verdict);
		assert_int_equal(j.o.error, error_rows[i].error);
		assert_string_equal(buf_text(&j.o.detail), "the reason");
		assert_false(j.o.complete_200 || j.o.answered || j.o.etag.len ||
			     j.o.body.len);
		assert_int_equal(verdict_health(error_rows[i].error, 0),
				 error_rows[i].health);
		release(&j);
	}
}

static const struct {
	int status;
	enum answer_health health;
} health_rows[] = {
	{ 200, ANSWER_GOOD },    { 304, ANSWER_GOOD },    { 404, ANSWER_GOOD },
	{ 410, ANSWER_GOOD },    { 401, ANSWER_DENIED },  { 403, ANSWER_DENIED },
	{ 407, ANSWER_DENIED },  { 429, ANSWER_GO_AWAY }, { 500, ANSWER_TROUBLE },
	{ 502, ANSWER_TROUBLE }, { 503, ANSWER_DOWN },
};

static void a_status_tells_of_the_hosts_health(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(health_rows); i++)
		if (verdict_health(FETCH_OK, health_rows[i].status) !=
		    health_rows[i].health)
			fail_msg("status %d", health_rows[i].status);
}

/* ---- 404 ------------------------------------------------------------------------------------ */

static const struct {
	const char *why;
	int status;
	uint32_t n_before; /* not found in a row so far */
	int64_t since_ms;  /* the last of them */
	enum verdict before;
	bool force;
	enum verdict verdict;
	bool counts;
} gone_rows[] = {
	{ "the first", 404, 0, 0, VERDICT_UNCHANGED, false, VERDICT_ERROR, true },
	{ "the second, too soon", 404, 1, MS_PER_HOUR - 1, VERDICT_ERROR, false,
	  VERDICT_ERROR, false },
	{ "the second, in time", 404, 1, MS_PER_HOUR, VERDICT_ERROR, false, VERDICT_GONE,
	  true },
	{ "the second, forced", 404, 1, 5, VERDICT_ERROR, true, VERDICT_GONE, true },
	{ "410 at once", 410, 0, 0, VERDICT_UNCHANGED, false, VERDICT_GONE, true },
	{ "410 soon after a 404", 410, 1, 5, VERDICT_ERROR, false, VERDICT_GONE, false },
	{ "404 of what is gone", 404, 2, 5, VERDICT_GONE, false, VERDICT_GONE, false },
	{ "404 after an outage of what was gone", 404, 2, 5, VERDICT_ERROR, false,
	  VERDICT_GONE, false },
	{ "a clock set back: too soon", 404, 1, -MS_PER_DAY, VERDICT_ERROR, false,
	  VERDICT_ERROR, false },
};

static void a_404_is_confirmed_and_a_410_is_not_REQ30(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(gone_rows); i++) {
		struct verdict_config own = config;
		struct judged j;

		own.force = gone_rows[i].force;
		prepare(&j, STRONG, CONDITIONS, gone_rows[i].status, DATE, NO_BODY);
		j.page.verdict = (uint8_t)gone_rows[i].before;
		j.page.n_not_found_in_a_row = gone_rows[i].n_before;
		j.page.last_not_found_at_ms = NOW - gone_rows[i].since_ms;
		assert_int_equal(verdict_judge(&own, &j.exchange, NOW, &j.o), ERR_OK);
		if (j.o.verdict != gone_rows[i].verdict ||
		    j.o.not_found != gone_rows[i].counts)
			fail_msg("%s: %s", gone_rows[i].why,
				 verdict_text((enum verdict)j.o.verdict));
		release(&j);
	}
}

/* ---- what is kept of an answer ---------------------------------------------------------------- */

static void a_304_brings_the_fields_it_carries_REQ19(void **unused)
{
	struct judged j;

	(void)unused;
	prepare(&j, STRONG, CONDITIONS, 304,
		DATE "ETag: \"v1\"\nCache-Control: max-age=60\nX-Other: 1\nX-Other: 2\n"
		     "Content-Type: a/b\nContent-Encoding: gzip\nContent-Length: 9\n"
		     "Connection: close\nSet-Cookie: secret\n"
		     "Last-Modified: Sun, 01 Nov 2026 09:30:00 GMT\n",
		NO_BODY);
	judge(&j);
	assert_string_equal(buf_text(&j.o.headers),
			    "Cache-Control: max-age=60\nX-Other: 1\nX-Other: 2\n"
			    "Last-Modified: Sun, 01 Nov 2026 09:30:00 GMT\n");
	assert_string_equal(buf_text(&j.o.last_modified),
			    "Sun, 01 Nov 2026 09:30:00 GMT");
	assert_int_equal(j.o.date_at_ms, NOW);
	assert_int_equal(j.o.bytes_saved, 5000);
	assert_int_equal(j.o.lifetime_ms, 60000);
	release(&j);
}

static void a_200_brings_its_validators_verbatim_REQ10_12_17(void **unused)
{
	struct judged j;

	(void)unused;
	prepare(&j, STRONG, CONDITIONS, 200,
		DATE "ETag:   \"\x80\\,\xff\"  \nLast-Modified: "
		     "Sunday, 01-Nov-26 09:30:00 GMT\nSet-Cookie: secret=1\nX: 1\n"
		     "Content-Type: text/html\n",
		OTHER_TEXT);
	judge(&j);
	assert_true(j.o.complete_200);
	assert_string_equal(buf_text(&j.o.etag), "\"\x80\\,\xff\"");
	assert_string_equal(buf_text(&j.o.last_modified),
			    "Sunday, 01-Nov-26 09:30:00 GMT");
	assert_null(strstr(buf_text(&j.o.headers), "secret"));
	assert_non_null(strstr(buf_text(&j.o.headers), "X: 1\n"));
	assert_string_equal(buf_text(&j.o.content_type), "text/html");
	assert_string_equal(buf_text(&j.o.title), "Title");
	assert_int_equal(j.o.body_len, 9);
	assert_string_equal(buf_text(&j.o.body), "zstd");
	assert_int_equal(j.o.validators_url.len, 0);
	release(&j);
}

static void unusable_validators_are_not_kept_REQ13_14_15(void **unused)
{
	static const char *const headers[] = {
		"ETag: *\nLast-Modified: yesterday\n",
		"ETag: \"a\x01\"\nLast-Modified: 0\n",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		struct judged j;

		prepare(&j, NOTHING, PLAIN, 200, headers[i], OTHER_TEXT);
		judge(&j);
		assert_int_equal(j.o.etag.len, 0);
		assert_int_equal(j.o.last_modified.len, 0);
		release(&j);
	}
}

static void bytes_that_were_known_but_not_kept_are_content(void **unused)
{
	struct judged j;

	(void)unused;
	prepare(&j, STRONG, PLAIN, 200, DATE "ETag: \"v1\"\n", OTHER_TEXT);
	j.page.has_body = false; /* adopted: the document was read in full */
	j.document.digest = j.page.digest;
	judge(&j);
	assert_int_equal(j.o.verdict, VERDICT_UNCHANGED);
	assert_int_equal(j.o.evidence, EVIDENCE_DIGEST);
	assert_true(observation_has_content(&j.o));
	assert_string_equal(buf_text(&j.o.body), "zstd");
	release(&j);
}

static void a_digest_of_a_seed_accuses_nobody(void **unused)
{
	(void)unused;
	for (int adopted = 0; adopted < 2; adopted++) {
		struct judged j;

		prepare(&j, STRONG, AUDIT, 200, DATE "ETag: \"v1\"\n", OTHER_TEXT);
		j.page.has_body = !adopted;
		judge(&j);
		assert_int_equal(j.o.verdict, VERDICT_CHANGED);
		assert_int_equal((j.o.anomalies & 1u << ANOMALY_FALSE_304) != 0,
				 !adopted);
		assert_int_equal((j.o.anomalies & 1u << ANOMALY_SAME_TAG_OTHER_BODY) != 0,
				 !adopted);
		assert_int_equal(observation_contradicts_validators(&j.o), !adopted);
		release(&j);
	}
}

static void retry_after_counts_where_it_means_something_REQ55(void **unused)
{
	static const struct {
		int status;
		const char *value;
		int64_t ms;
	} retry_rows[] = {
		{ 429, "120", 120000 }, { 503, "120", 120000 },        { 500, "7", 7000 },
		{ 200, "120", 0 },      { 503, "99999999", 86400000 }, { 503, "soon", 0 },
		{ 503, "-5", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(retry_rows); i++) {
		char headers[128];
		struct judged j;

		snprintf(headers, sizeof(headers), DATE "Retry-After: %s\n",
			 retry_rows[i].value);
		prepare(&j, STRONG, CONDITIONS, retry_rows[i].status, headers,
			SAME_BYTES);
		judge(&j);
		if (j.o.retry_after_ms != retry_rows[i].ms)
			fail_msg("%d with '%s': %lld", retry_rows[i].status,
				 retry_rows[i].value, (long long)j.o.retry_after_ms);
		release(&j);
	}
}

/* ---- redirects ---------------------------------------------------------------------------------- */

static void a_permanent_chain_to_a_page_is_a_move_REQ40(void **unused)
{
	static const struct {
		int status;
		enum verdict verdict;
	} ends[] = { { 200, VERDICT_MOVED },
		     { 304, VERDICT_MOVED },
		     { 410, VERDICT_GONE },
		     { 500, VERDICT_ERROR } };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct judged j;

		prepare(&j, STRONG, CONDITIONS, ends[i].status, DATE, NO_BODY);
		j.exchange.redirected_for_good = true;
		j.exchange.moved_to = j.exchange.url = SPAN("http://b.example/");
		j.exchange.hops = SPAN("301 http://a.example/\n");
		judge(&j);
		assert_int_equal(j.o.verdict, ends[i].verdict);
		assert_string_equal(buf_text(&j.o.hops), "301 http://a.example/\n");
		if (ends[i].verdict == VERDICT_MOVED)
			assert_string_equal(buf_text(&j.o.redirect_to),
					    "http://b.example/");
		assert_false(j.o.complete_200);
		release(&j);
	}
}

static void validators_belong_to_the_url_that_answered_REQ16(void **unused)
{
	struct judged j;

	(void)unused;
	prepare(&j, NOTHING, PLAIN, 200, DATE "ETag: \"v1\"\n", OTHER_TEXT);
	j.exchange.url = SPAN("http://b.example/");
	j.exchange.hops = SPAN("302 http://a.example/\n");
	judge(&j);
	assert_int_equal(j.o.verdict, VERDICT_NEW);
	assert_string_equal(buf_text(&j.o.validators_url), "http://b.example/");
	assert_string_equal(buf_text(&j.o.redirect_to), "http://b.example/");
	assert_false(j.o.permanent_redirect);
	release(&j);
}

static const struct {
	const char *why;
	enum held held;
	const char *owner, *url;
	bool contradicted, may;
} may_rows[] = {
	{ "REQ 9: nothing is stored", NOTHING, "", "http://a.example/", false, false },
	{ "the page's own tag", STRONG, "", "http://a.example/", false, true },
	{ "a date alone", DATED, "", "http://a.example/", false, true },
	{ "REQ 16: asked of the redirect's target", STRONG, "", "http://b.example/",
	  false, false },
	{ "REQ 16: the target's tag, of the source", STRONG, "http://b.example/",
	  "http://a.example/", false, false },
	{ "REQ 16: the target's tag, of the target", STRONG, "http://b.example/",
	  "http://b.example/", false, true },
	{ "REQ 21-23: after a contradiction", STRONG, "", "http://a.example/", true,
	  false },
};

static void conditions_are_sent_where_they_mean_something(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(may_rows); i++) {
		struct page page;

		hold(&page, may_rows[i].held);
		page.ask_unconditionally = may_rows[i].contradicted;
		assert_int_equal(
			buf_set(&page.validators_url, span_of(may_rows[i].owner)),
			ERR_OK);
		if (verdict_may_ask_conditionally(&page, span_of(may_rows[i].url)) !=
		    may_rows[i].may)
			fail_msg("%s", may_rows[i].why);
		page_release(&page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_has_its_verdict),
		cmocka_unit_test(a_fetch_that_failed_stores_nothing_REQ27_28),
		cmocka_unit_test(a_status_tells_of_the_hosts_health),
		cmocka_unit_test(a_404_is_confirmed_and_a_410_is_not_REQ30),
		cmocka_unit_test(a_304_brings_the_fields_it_carries_REQ19),
		cmocka_unit_test(a_200_brings_its_validators_verbatim_REQ10_12_17),
		cmocka_unit_test(unusable_validators_are_not_kept_REQ13_14_15),
		cmocka_unit_test(bytes_that_were_known_but_not_kept_are_content),
		cmocka_unit_test(a_digest_of_a_seed_accuses_nobody),
		cmocka_unit_test(retry_after_counts_where_it_means_something_REQ55),
		cmocka_unit_test(a_permanent_chain_to_a_page_is_a_move_REQ40),
		cmocka_unit_test(validators_belong_to_the_url_that_answered_REQ16),
		cmocka_unit_test(conditions_are_sent_where_they_mean_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
