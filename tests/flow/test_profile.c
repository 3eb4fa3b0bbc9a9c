/* test_profile.c - servers as they are, and what a recrawl makes of each: conditions that
 * earn 304s, audits that find lies, anomalies with their examples (REQ 21-25a). */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "crawler/conditional.h"
#include "crawler/profile.h"
#include "store/base/clock.h"
#include "tests/world.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define EARLIER "Sun, 06 Nov 1994 08:49:36 GMT"
#define OK_304 "HTTP/1.1 304 Not Modified\r\nDate: {date}\r\n\r\n"
#define HTML "Content-Type: text/html\r\nDate: {date}\r\n"
#define TAG(t) HTML "ETag: " t "\r\n"
#define PAIR(t) TAG(t) "Last-Modified: " DATE "\r\n"

static void revisit(struct world *w)
{
	w->force = true;
	world_sleep(w, MS_PER_DAY);
	world_run_once(w);
}

/* ... and what is to be asked again is. */
static void revisit_to_the_end(struct world *w)
{
	world_set(w, "schedule.min_interval", "1h");
	revisit(w);
	w->force = false;
	world_run_for(w, MS_PER_MINUTE);
}

static void publish(struct world *w, const char *path, const char *headers,
		    const char *words)
{
	origin_reply(w->origin, path, ANY_REQUEST, origin_ok(w->origin, headers, words));
}

static void see_once(struct world *w, const char *headers, const char *words)
{
	publish(w, "/a", headers, words);
	world_seed(w, "/a");
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_NEW);
}

/* The last count of the host's record for that kind, and its example. */
static uint64_t n_anomaly(struct world *w, enum anomaly kind, struct span *example)
{
	struct span log = buf_span(&world_host(w, 0)->anomalies);
	struct anomaly_entry entry;

	while (anomaly_next(&log, &entry)) {
		if (entry.kind != kind)
			continue;
		if (example)
			*example = entry.example;
		return entry.count;
	}
	return 0;
}

/* ---- what each server wants to be asked --------------------------------------------------- */

/* Rules in the order given: the later one goes before those above it. */
static const struct server {
	const char *name, *headers;
	struct {
		const char *if_it_holds, *answer; /* answer NULL: the page */
	} rules[3];
	uint8_t evidence;         /* of a page that stays as it is, once learned */
	enum condition_mode mode; /* asked with then */
	int n_useless;            /* fetched in vain until then */
} servers[] = {
	{ "nginx: compares the date exactly and ANDs it with the tag",
	  PAIR("W/\"a\""),
	  { { "If-Modified-Since: " DATE "\r\nIf-None-Match: W/\"a\"\r\n", OK_304 } },
	  EVIDENCE_304_WEAK,
	  CONDITION_BOTH,
	  0 },
	{ "apache: does not know the tag that mod_deflate has marked",
	  PAIR("\"a-gzip\""),
	  { { "If-None-Match: \"a-gzip\", \"a\"\r\n",
	      "HTTP/1.1 304 x\r\nETag: \"a\"\r\nDate: {date}\r\n\r\n" } },
	  EVIDENCE_304_STRONG,
	  CONDITION_REPAIRED,
	  0 },
	{ "lighttpd: marks the tag and knows it again",
	  PAIR("\"1-gzip\""),
	  { { "\"1-gzip\"",
	      "HTTP/1.1 304 x\r\nETag: \"1-gzip\"\r\nDate: {date}\r\n\r\n" } },
	  EVIDENCE_304_STRONG,
	  CONDITION_REPAIRED,
	  0 },
	{ "h2o, civetweb: no lists, no W/ that was not there",
	  PAIR("\"a\""),
	  { { "If-None-Match: \"a\"\r\n", OK_304 } },
	  EVIDENCE_304_STRONG,
	  CONDITION_BOTH,
	  0 },
	{ "caddy, tomcat: no Last-Modified in a 304",
	  PAIR("\"a\""),
	  { { "If-None-Match: \"a\"",
	      "HTTP/1.1 304 x\r\nETag: \"a\"\r\nDate: {date}\r\n\r\n" } },
	  EVIDENCE_304_STRONG,
	  CONDITION_BOTH,
	  0 },
	{ "busybox: tags only",
	  TAG("\"a\""),
	  { { "If-None-Match: \"a\"", OK_304 } },
	  EVIDENCE_304_STRONG,
	  CONDITION_ETAG,
	  0 },
	{ "python, webfsd, varnish: dates only",
	  HTML "Last-Modified: " DATE "\r\n",
	  { { "If-Modified-Since: " DATE, OK_304 } },
	  EVIDENCE_304_DATE,
	  CONDITION_DATE,
	  0 },
	{ "one that a date keeps from seeing the tag",
	  PAIR("\"a\""),
	  { { "If-None-Match: \"a\"", OK_304 }, { "If-Modified-Since", NULL } },
	  EVIDENCE_304_STRONG,
	  CONDITION_ETAG,
	  2 },
	{ "one that a tag keeps from seeing the date",
	  PAIR("\"a\""),
	  { { "If-Modified-Since: " DATE, OK_304 }, { "If-None-Match", NULL } },
	  EVIDENCE_304_DATE,
	  CONDITION_DATE,
	  4 },
	{ "one without conditional requests",
	  PAIR("\"a\""),
	  { { NULL, NULL } },
	  EVIDENCE_DIGEST,
	  CONDITION_NONE,
	  6 },
};

static void play(struct world *w, const struct server *server)
{
	const char *page = origin_ok(w->origin, server->headers, "<p>the same words");

	origin_reply(w->origin, "/a", ANY_REQUEST, page);
	for (int i = 0; i < 3 && server->rules[i].if_it_holds; i++)
		origin_reply(w->origin, "/a", server->rules[i].if_it_holds,
			     server->rules[i].answer ? server->rules[i].answer : page);
	world_seed(w, "/a");
	world_run_once(w);
}

static void each_server_is_asked_as_it_wants_to_be_REQ25a(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		const struct server *s = &servers[i];
		const struct validator_profile *profile;
		struct asking asked;

		play(w, s);
		for (int visit = 0; visit < 9; visit++)
			revisit(w);
		profile = &world_host(w, 0)->profile;
		if (world_page(w, "/a")->evidence != s->evidence)
			fail_msg("%s: %s", s->name,
				 evidence_text(
					 (enum evidence)world_page(w, "/a")->evidence));
		asked = profile_choose(profile, world_page(w, "/a"), 0);
		if (asked.mode != s->mode)
			fail_msg("%s: asked with %s", s->name,
				 condition_mode_text(asked.mode));
		if (world_host(w, 0)->n_useless_200 != (uint64_t)s->n_useless)
			fail_msg("%s: %d useless answers", s->name,
				 (int)world_host(w, 0)->n_useless_200);
		assert_int_equal(world_n_changes(w), 1);
		assert_int_equal(n_anomaly(w, ANOMALY_FALSE_304, NULL), 0);
		world_teardown(state);
		world_setup(state);
		w = *state;
	}
}

static void a_server_that_refuses_conditions_is_asked_again_at_once_REQ23(void **state)
{
	struct world *w = *state;

	see_once(w, PAIR("\"a\""), "<p>words");
	origin_reply(w->origin, "/a", "If-None-Match",
		     origin_response(w->origin, "400 Bad Request", "", ""));
	origin_reply(w->origin, "/a", "If-Modified-Since",
		     origin_response(w->origin, "412 No", "", ""));
	for (int i = 0; i < 10; i++) {
		revisit_to_the_end(w);
		assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
	}
	/* a rung lower each time, and in the end without */
	assert_in_range(n_anomaly(w, ANOMALY_CONDITION_REFUSED, NULL), 2, 3);
	assert_in_range(origin_n_requests(w->origin, "/a"), 13, 14);
	assert_int_equal(world_n_changes(w), 1);
}

static void one_page_without_304s_does_not_cost_its_site_any(void **state)
{
	struct world *w = *state;
	char path[16];

	publish(w, "/bad", PAIR("\"bad\""), "<p>never a 304");
	world_seed(w, "/bad");
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/p%d", i);
		publish(w, path, PAIR("\"a\""), "<p>words");
		origin_reply(w->origin, path, "If-None-Match: \"a\"", OK_304);
		world_seed(w, path);
	}
	world_run_once(w);
	for (int i = 0; i < 5; i++) {
		revisit(w);
		assert_int_equal(w->tally.n_not_modified, 20);
	}
	assert_int_equal(profile_mode(&world_host(w, 0)->profile), CONDITION_BOTH);
}

/* ---- audits -------------------------------------------------------------------------------- */

static void an_audit_is_unconditional_and_says_so_REQ25(void **state)
{
	struct world *w = *state;

	world_set(w, "fetch.audit_rate", "1");
	see_once(w, PAIR("\"a\""), "<p>first words");
	origin_reply(w->origin, "/a", "If-None-Match", OK_304);
	revisit(w);
	assert_false(world_asked_with(w, "/a", 1, "If-"));
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
	assert_int_equal(world_page(w, "/a")->evidence, EVIDENCE_AUDIT);
	publish(w, "/a", PAIR("\"b\""), "<p>quite other words");
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_CHANGED);
	assert_int_equal(world_page(w, "/a")->evidence, EVIDENCE_AUDIT);
	/* an ordinary change: the tag told of it */
	assert_int_equal(world_host(w, 0)->n_false_304, 0);
	assert_int_equal(world_host(w, 0)->profile.n_audits, 2);
}

static void edit_and_audit(struct world *w, const char *before, const char *after)
{
	see_once(w, before, "<p>first words");
	origin_reply(w->origin, "/a", "If-", OK_304);
	publish(w, "/a", after, "<p>quite other words");
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
	world_set(w, "fetch.audit_rate", "1");
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_CHANGED);
	assert_int_equal(world_n_changes(w), 2);
}

/* All eleven servers measured answer 304 when bytes change under the same size and mtime. */
static void a_false_304_is_found_counted_and_remembered_REQ25(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];
	struct span example = SPAN("");

	edit_and_audit(w, PAIR("\"a\""), PAIR("\"a\""));
	assert_int_equal(world_host(w, 0)->n_false_304, 1);
	assert_int_equal(n_anomaly(w, ANOMALY_FALSE_304, &example), 1);
	assert_true(span_equal(example, span_of(origin_url(w->origin, "/a", url))));
	assert_int_equal(store_totals(w->store)->n[COUNT_FALSE_304], 1);
	/* from now on it is asked without conditions, which a restart does not change */
	world_set(w, "fetch.audit_rate", "0.000001");
	world_restart(w);
	for (size_t i = 0; i < 50; i++) {
		revisit(w);
		assert_false(world_asked_with(w, "/a", 3 + i, "If-"));
	}
	revisit(w); /* it has behaved */
	assert_true(world_asked_with(w, "/a", 53, "If-None-Match"));
}

static void a_rollback_under_a_date_is_a_false_304(void **state)
{
	struct world *w = *state;

	edit_and_audit(w, HTML "Last-Modified: " DATE "\r\n",
		       HTML "Last-Modified: " EARLIER "\r\n");
	assert_int_equal(world_host(w, 0)->n_false_304, 1);
	assert_int_equal(n_anomaly(w, ANOMALY_DATE_BACKWARDS, NULL), 1);
}

static void a_server_that_always_says_304_is_found_out_REQ25(void **state)
{
	struct world *w = *state;
	char path[16], tag[128];
	int visit;

	world_set(w, "fetch.audit_rate", "0.1");
	for (visit = 0; visit < 40; visit++) {
		for (int i = 0; i < 10; i++) {
			snprintf(path, sizeof(path), "/p%d", i);
			/* it gives new tags, but 304 to any */
			snprintf(tag, sizeof(tag), TAG("\"%d-%d\""), visit, i);
			publish(w, path, tag,
				visit % 2 ? "<p>odd words today" : "<p>even day's text");
			if (!visit) {
				origin_reply(w->origin, path, "If-None-Match", OK_304);
				world_seed(w, path);
			}
		}
		revisit(w);
		if (visit && world_host(w, 0)->n_false_304)
			break;
	}
	assert_in_range(visit, 3, 30);
	assert_int_equal(profile_mode(&world_host(w, 0)->profile), CONDITION_NONE);
	visit = (int)world_n_changes(w);
	for (int i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "/p%d", i);
		publish(w, path, TAG("\"last\""),
			"<p>all of this is new and seen at once");
	}
	revisit(w);
	assert_int_equal(world_n_changes(w), visit + 10);
}

/* REQ 25: what audits and probes cost in all, at the default rate. */
static void audits_and_probes_stay_at_a_few_percent_REQ25(void **state)
{
	struct world *w = *state;
	const struct validator_profile *p;
	double all, percent;
	char path[16];

	world_set(w, "fetch.audit_rate", "0.03");
	for (int i = 0; i < 50; i++) {
		snprintf(path, sizeof(path), "/p%d", i);
		publish(w, path, PAIR("\"a\""), "<p>words");
		origin_reply(w->origin, path, "If-None-Match: \"a\"", OK_304);
		world_seed(w, path);
	}
	for (int i = 0; i < 61; i++)
		revisit(w);
	p = &world_host(w, 0)->profile;
	all = p->n_conditional + p->n_audits;
	percent = 100 * (double)(p->n_audits + p->n_probes) / all;
	print_message("%u audits and %u probes in %g revalidations: %.1f %%\n",
		      p->n_audits, p->n_probes, all, percent);
	assert_int_equal((int)all, 3000);
	assert_true(percent > 3 && percent < 7);
	assert_int_equal(store_totals(w->store)->n[COUNT_AUDITS], p->n_audits);
}

/* ---- anomalies ------------------------------------------------------------------------------- */

/* Each is counted with its example, and makes no verdict that the answer does not. */
static const struct {
	enum anomaly kind;
	const char *first, *condition, *answer_head; /* NULL: a 200 with that head */
	const char *headers, *words;
	uint8_t verdict;
} oddities[] = {
	{ ANOMALY_OTHER_TAG_304, PAIR("\"a\""), "If-None-Match",
	  "HTTP/1.1 304 x\r\nETag: \"b\"\r\n\r\n", PAIR("\"a\""), "<p>words",
	  VERDICT_UNCHANGED },
	{ ANOMALY_BODY_ON_304, PAIR("\"a\""), "If-None-Match",
	  "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\nhello", PAIR("\"a\""), "<p>words",
	  VERDICT_UNCHANGED },
	{ ANOMALY_SAME_TAG_OTHER_BODY, PAIR("\"a\""), NULL, NULL, PAIR("\"a\""),
	  "<p>other text", VERDICT_CHANGED },
	{ ANOMALY_TAG_CHURN, PAIR("\"a\""), NULL, NULL, PAIR("\"b\""), "<p>words",
	  VERDICT_UNCHANGED },
	{ ANOMALY_DATE_BACKWARDS, PAIR("\"a\""), NULL, NULL,
	  TAG("\"b\"") "Last-Modified: " EARLIER "\r\n", "<p>other text",
	  VERDICT_CHANGED },
	{ ANOMALY_DATE_IN_FUTURE, PAIR("\"a\""), NULL, NULL,
	  TAG("\"b\"") "Last-Modified: Sun, 06 Nov 2095 08:49:37 GMT\r\n",
	  "<p>other text", VERDICT_CHANGED },
	{ ANOMALY_CONDITION_REFUSED, PAIR("\"a\""), "If-None-Match",
	  "HTTP/1.1 412 x\r\nContent-Length: 0\r\n\r\n", PAIR("\"a\""), "<p>words",
	  VERDICT_UNCHANGED },
	{ ANOMALY_CLOCK_SKEW, PAIR("\"a\""), "If-None-Match",
	  "HTTP/1.1 304 x\r\nDate: Sun, 06 Nov 2005 08:49:37 GMT\r\n\r\n", PAIR("\"a\""),
	  "<p>words", VERDICT_UNCHANGED },
};

static void each_anomaly_is_counted_with_its_example(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(oddities); i++) {
		const char *name = anomaly_code(oddities[i].kind);
		struct span example = SPAN("");

		see_once(w, oddities[i].first, "<p>words");
		publish(w, "/a", oddities[i].headers, oddities[i].words);
		if (oddities[i].condition)
			origin_reply(w->origin, "/a", oddities[i].condition,
				     oddities[i].answer_head);
		if (world_host(w, 0)->anomalies.len)
			fail_msg("%s: before: %s", name,
				 buf_text(&world_host(w, 0)->anomalies));
		revisit_to_the_end(w);
		if (n_anomaly(w, oddities[i].kind, &example) != 1)
			fail_msg("%s: not counted once: %s", name,
				 buf_text(&world_host(w, 0)->anomalies));
		if (!span_equal(example, span_of(origin_url(w->origin, "/a", url))))
			fail_msg("%s: no example", name);
		if (world_page(w, "/a")->verdict != oddities[i].verdict)
			fail_msg(
				"%s: %s", name,
				verdict_text((enum verdict)world_page(w, "/a")->verdict));
		assert_int_equal(world_n_differences(w), 0);
		world_teardown(state);
		world_setup(state);
		w = *state;
	}
}

static void a_304_to_no_condition_is_counted_REQ22(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST, OK_304);
	world_seed(w, "/a");
	world_run_once(w);
	assert_true(n_anomaly(w, ANOMALY_UNSOLICITED_304, NULL) > 0);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
}

static void a_copy_is_as_old_as_its_Age_says(void **state)
{
	struct world *w = *state;

	see_once(w, PAIR("\"a\""), "<p>words");
	origin_reply(w->origin, "/a", "If-None-Match",
		     "HTTP/1.1 304 x\r\nDate: {date}\r\nAge: 30\r\n\r\n");
	revisit(w);
	assert_int_equal(n_anomaly(w, ANOMALY_CLOCK_SKEW, NULL), 0);
	origin_reply(w->origin, "/a", "If-None-Match",
		     "HTTP/1.1 304 x\r\nDate: {date}\r\nAge: 3600\r\n\r\n");
	revisit(w);
	assert_int_equal(n_anomaly(w, ANOMALY_CLOCK_SKEW, NULL), 1);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(each_server_is_asked_as_it_wants_to_be_REQ25a),
		flow(a_server_that_refuses_conditions_is_asked_again_at_once_REQ23),
		flow(one_page_without_304s_does_not_cost_its_site_any),
		flow(an_audit_is_unconditional_and_says_so_REQ25),
		flow(a_false_304_is_found_counted_and_remembered_REQ25),
		flow(a_rollback_under_a_date_is_a_false_304),
		flow(a_server_that_always_says_304_is_found_out_REQ25),
		flow(audits_and_probes_stay_at_a_few_percent_REQ25),
		flow(each_anomaly_is_counted_with_its_example),
		flow(a_304_to_no_condition_is_counted_REQ22),
		flow(a_copy_is_as_old_as_its_Age_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
