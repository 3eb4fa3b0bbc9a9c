/* test_profile.c - how a host's answers change the way it is asked (REQ 25, 25a). */
#include "tests/unit/unit.h"

#include "crawler/profile.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

/* What a server makes of a condition. */
enum manner {
	WORKS,      /* 304 to whatever is sent */
	IGNORES,    /* 200 with the same bytes and validators */
	KNOWS_TAG,  /* 304 unless a date comes along, as one that ANDs them wrongly */
	KNOWS_DATE, /* 304 to a date alone: its tag is new every time */
	REFUSES,    /* 400 to any condition */
	ALWAYS_304, /* whatever became of the page */
	N_MANNERS
};

struct site {
	struct validator_profile profile;
	struct page page;
	int n_304, n_useless, n_audits, n_unconditional, n_proofs;
};

static void site_init(struct site *s, const char *etag, const char *date)
{
	memset(s, 0, sizeof(*s));
	page_init(&s->page);
	assert_int_equal(buf_set(&s->page.etag, span_of(etag)), ERR_OK);
	assert_int_equal(buf_set(&s->page.last_modified, span_of(date)), ERR_OK);
}

static struct observation ok_200(void)
{
	return (struct observation){ .http_status = 200,
				     .answered = true,
				     .complete_200 = true,
				     .verdict = VERDICT_UNCHANGED,
				     .same_bytes = true,
				     .same_etag = true,
				     .same_date = true };
}

static struct observation answer(enum manner manner, const struct asking *a)
{
	struct observation o = ok_200();
	bool sends = a->mode != CONDITION_NONE;

	if ((manner == WORKS || manner == ALWAYS_304) && sends)
		o = (struct observation){ .http_status = 304,
					  .answered = true,
					  .verdict = VERDICT_UNCHANGED };
	else if ((manner == KNOWS_TAG && a->mode == CONDITION_ETAG) ||
		 (manner == KNOWS_DATE && a->mode == CONDITION_DATE))
		return answer(WORKS, a);
	else if (manner == KNOWS_DATE)
		o.same_etag = false;
	else if (manner == REFUSES && sends)
		o = (struct observation){ .http_status = 400,
					  .answered = true,
					  .verdict = VERDICT_ERROR,
					  .ask_unconditionally = true };
	return o;
}

/* One visit; the page's counts go on as page_observe() would have it. */
static struct asking visit(struct site *s, struct page *page, double rate,
			   const struct observation *given, enum manner manner)
{
	struct asking a = profile_choose(&s->profile, page, rate);
	struct observation o = given ? *given : answer(manner, &a);

	s->n_proofs += profile_learn(&s->profile, page, &a, &o);
	s->n_304 += o.http_status == 304;
	s->n_useless += a.mode != CONDITION_NONE && o.http_status == 200;
	s->n_audits += a.audit;
	s->n_unconditional += a.mode == CONDITION_NONE;
	page->n_visits++;
	page->n_since_audit = o.http_status == 304 ? page->n_since_audit + 1 : 0;
	return a;
}

static void visits(struct site *s, int n, enum manner manner)
{
	for (int i = 0; i < n; i++)
		(void)visit(s, &s->page, 0, NULL, manner);
}

/* REQ 25a: which mode is reached, and what it costs to find it. */
static const struct {
	const char *why, *etag, *date;
	enum manner manner;
	enum condition_mode mode;
	int n_useless; /* at most so many known bytes fetched in 50 visits */
} rows[] = {
	{ "the pair works", "\"a\"", DATE, WORKS, CONDITION_BOTH, 0 },
	{ "a tag alone works", "\"a\"", "", WORKS, CONDITION_ETAG, 0 },
	{ "a date alone works", "", DATE, WORKS, CONDITION_DATE, 0 },
	{ "a marked tag is repaired", "\"a-gzip\"", DATE, WORKS, CONDITION_REPAIRED, 0 },
	{ "the date goes where it defeats the tag", "\"a\"", DATE, KNOWS_TAG,
	  CONDITION_ETAG, 2 },
	{ "likewise with a mark", "\"a-gzip\"", DATE, KNOWS_TAG, CONDITION_ETAG, 2 },
	{ "the tag goes where it is new every time", "\"a\"", DATE, KNOWS_DATE,
	  CONDITION_DATE, 4 },
	{ "nothing works", "\"a\"", DATE, IGNORES, CONDITION_NONE, 6 },
	{ "a condition that is refused is not sent again", "\"a\"", DATE, REFUSES,
	  CONDITION_NONE, 3 },
};

static void each_page_finds_what_works_and_keeps_it(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct site s;
		struct asking a;

		site_init(&s, rows[i].etag, rows[i].date);
		visits(&s, 50, rows[i].manner);
		a = profile_choose(&s.profile, &s.page, 0);
		if (a.mode != rows[i].mode)
			fail_msg("%s: it asks with %s", rows[i].why,
				 condition_mode_text(a.mode));
		if (s.n_useless > rows[i].n_useless)
			fail_msg("%s: %d in vain", rows[i].why, s.n_useless);
		page_release(&s.page);
	}
}

static void nothing_to_send_is_no_lesson(void **unused)
{
	struct site s;

	(void)unused;
	site_init(&s, "", "");
	visits(&s, 50, IGNORES);
	assert_int_equal(s.profile.n_conditional, 0);
	assert_int_equal(profile_mode(&s.profile), CONDITION_BOTH);
	page_release(&s.page);
}

/* A hundred pages of which the first `n_bad` never earn a 304, visited in turn. */
static void mixed_site(struct site *s, struct page pages[100], int n_bad, int n_rounds)
{
	site_init(s, "", "");
	for (int i = 0; i < 100; i++) {
		page_init(&pages[i]);
		assert_int_equal(buf_set(&pages[i].etag, SPAN("\"a\"")), ERR_OK);
		assert_int_equal(buf_set(&pages[i].last_modified, SPAN(DATE)), ERR_OK);
	}
	for (int round = 0; round < n_rounds; round++)
		for (int i = 0; i < 100; i++)
			(void)visit(s, &pages[(i * 37) % 100], 0, NULL,
				    (i * 37) % 100 < n_bad ? IGNORES : WORKS);
}

static void a_bad_page_does_not_ruin_a_site(void **unused)
{
	static const int n_bad[] = { 1, 10, 30, 60, 90 };
	static struct page pages[100];

	(void)unused;
	for (size_t k = 0; k < ARRAY_SIZE(n_bad); k++) {
		struct site s;
		int n_304, n_good = 100 - n_bad[k];

		mixed_site(&s, pages, n_bad[k], 10);
		n_304 = s.n_304;
		for (int i = n_bad[k]; i < 100; i++)
			(void)visit(&s, &pages[i], 0, NULL, WORKS);
		/* in the end every good page earns one, whatever the others do */
		assert_int_equal(s.n_304 - n_304, n_good);
		assert_true(n_304 >= n_good * 9);
		for (int i = 0; i < 100; i++)
			page_release(&pages[i]);
	}
}

static void a_busy_bad_page_teaches_its_host_nothing(void **unused)
{
	struct page other;
	struct site s;

	(void)unused;
	site_init(&s, "\"a\"", DATE);
	page_init(&other);
	assert_int_equal(buf_set(&other.etag, SPAN("\"b\"")), ERR_OK);
	assert_int_equal(buf_set(&other.last_modified, SPAN(DATE)), ERR_OK);
	visits(&s, 500, IGNORES);
	assert_int_equal(profile_choose(&s.profile, &other, 0).mode, CONDITION_BOTH);
	page_release(&s.page);
	page_release(&other);
}

static void a_site_teaches_its_lesson_once(void **unused)
{
	static struct page pages[100];
	struct site s;

	(void)unused;
	site_init(&s, "", "");
	for (int i = 0; i < 100; i++) {
		page_init(&pages[i]);
		assert_int_equal(buf_set(&pages[i].etag, SPAN("\"a\"")), ERR_OK);
		assert_int_equal(buf_set(&pages[i].last_modified, SPAN(DATE)), ERR_OK);
		(void)visit(&s, &pages[i], 0, NULL, KNOWS_TAG);
	}
	assert_int_equal(s.n_useless, 3 + s.profile.n_probes);
	assert_in_range(s.profile.n_probes, 0, 1);
	assert_int_equal(profile_mode(&s.profile), CONDITION_ETAG);
	for (int i = 0; i < 100; i++)
		page_release(&pages[i]);
}

static void what_failed_is_tried_again_ever_less_often(void **unused)
{
	struct site s;
	uint32_t n_probes;

	(void)unused;
	site_init(&s, "\"a\"", DATE);
	visits(&s, 10000, KNOWS_TAG);
	n_probes = s.profile.n_probes;
	assert_in_range(n_probes, 4, 10);
	assert_int_equal(s.n_useless, 2 + n_probes);
	/* the server was mended: the next probe brings the pair back, and one is enough */
	visits(&s, 5000, WORKS);
	assert_int_equal(profile_choose(&s.profile, &s.page, 0).mode, CONDITION_BOTH);
	page_release(&s.page);
}

static void a_server_that_breaks_is_followed_down(void **unused)
{
	struct site s;

	(void)unused;
	site_init(&s, "\"a\"", DATE);
	visits(&s, 1000, WORKS);
	visits(&s, 3, KNOWS_TAG);
	assert_int_equal(profile_choose(&s.profile, &s.page, 0).mode, CONDITION_ETAG);
	page_release(&s.page);
}

static void a_new_release_of_the_same_bytes_is_no_failure(void **unused)
{
	struct observation touched = ok_200();
	struct site s;

	(void)unused;
	touched.same_etag = touched.same_date = false;
	site_init(&s, "\"a\"", DATE);
	for (int i = 0; i < 50; i++)
		(void)visit(&s, &s.page, 0, &touched, WORKS);
	assert_int_equal(profile_choose(&s.profile, &s.page, 0).mode, CONDITION_BOTH);
	page_release(&s.page);
}

/* ---- audits ------------------------------------------------------------------------------ */

static void audits_cost_their_share_REQ25(void **unused)
{
	static const struct {
		double rate;
		int least, most;
	} shares[] = {
		{ 0, 0, 0 }, { 0.0001, 300, 360 }, { 0.03, 400, 600 }, { 1, 10000, 10000 }
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
		struct site s;

		site_init(&s, "\"a\"", DATE);
		s.page.key.url_hash = 4711;
		for (int k = 0; k < 10000; k++)
			(void)visit(&s, &s.page, shares[i].rate, NULL, WORKS);
		assert_in_range(s.n_audits, shares[i].least, shares[i].most);
		page_release(&s.page);
	}
}

static void every_30th_revalidation_is_an_audit_REQ25(void **unused)
{
	struct site s;
	int since = 0;

	(void)unused;
	site_init(&s, "\"a\"", DATE);
	for (int k = 0; k < 1000; k++) {
		since = visit(&s, &s.page, 1e-9, NULL, WORKS).audit ? 0 : since + 1;
		assert_in_range(since, 0, 29);
	}
	page_release(&s.page);
}

/* Visits until the next audit, which gets `found`. */
static void audit(struct site *s, double rate, const struct observation *found)
{
	for (int i = 0; i < 100; i++) {
		struct asking a = profile_choose(&s->profile, &s->page, rate);

		(void)visit(s, &s->page, rate, a.audit ? found : NULL, WORKS);
		if (a.audit)
			return;
	}
	fail_msg("no audit in 100 visits");
}

/* Not to be released. */
static struct buf borrowed(const char *text)
{
	return (struct buf){ .data = (char *)(uintptr_t)text, .len = strlen(text) };
}

static struct observation changed(bool same_etag, bool same_date)
{
	struct observation o = ok_200();

	o.verdict = VERDICT_CHANGED;
	o.same_bytes = false;
	o.same_etag = same_etag;
	o.same_date = same_date;
	o.last_modified = borrowed(DATE);
	return o;
}

/* REQ 25: which findings of an audit prove a false 304. */
static const struct {
	const char *why;
	bool same_etag, same_date, has_etag, earlier;
	enum verdict verdict;
	bool is_lie;
} findings[] = {
	{ "same tag, other words", true, true, true, false, VERDICT_CHANGED, true },
	{ "same tag under a new date", true, false, true, false, VERDICT_CHANGED, true },
	{ "same date, no tag", false, true, false, false, VERDICT_CHANGED, true },
	{ "same date under a new tag: the tag tells", false, true, true, false,
	  VERDICT_CHANGED, false },
	{ "an ordinary change", false, false, true, false, VERDICT_CHANGED, false },
	{ "same tag, other markup", true, true, true, false, VERDICT_MINOR, false },
	{ "nothing new", true, true, true, false, VERDICT_UNCHANGED, false },
	{ "an earlier date, no tag: a roll-back", false, false, false, true,
	  VERDICT_CHANGED, true },
	{ "an earlier date under a new tag", false, false, true, true, VERDICT_CHANGED,
	  false },
};

static void other_words_under_the_same_validators_are_a_false_304(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(findings); i++) {
		struct observation o =
			changed(findings[i].same_etag, findings[i].same_date);
		struct site s;

		site_init(&s, "\"a\"", DATE);
		o.verdict = (uint8_t)findings[i].verdict;
		if (findings[i].has_etag)
			o.etag = borrowed("\"a\"");
		if (findings[i].earlier)
			o.anomalies = 1u << ANOMALY_DATE_BACKWARDS;
		audit(&s, 0.03, &o);
		if (s.n_proofs != findings[i].is_lie)
			fail_msg("%s: %d proofs", findings[i].why, s.n_proofs);
		assert_int_equal(profile_choose(&s.profile, &s.page, 0).distrusted,
				 findings[i].is_lie);
		page_release(&s.page);
	}
}

static void a_liar_is_asked_unconditionally_until_it_behaves_REQ25a(void **unused)
{
	struct observation lie = changed(true, true);
	struct site s;
	int n;

	(void)unused;
	site_init(&s, "\"a\"", DATE);
	audit(&s, 0.03, &lie);
	assert_int_equal(profile_mode(&s.profile), CONDITION_NONE);
	s.n_unconditional = 0;
	for (n = 0; n < 1000 && profile_choose(&s.profile, &s.page, 0.03).distrusted; n++)
		(void)visit(&s, &s.page, 0.03, NULL, WORKS);
	assert_int_equal(n, 50);
	assert_int_equal(s.n_unconditional, 50);
	/* then it is audited ten times as often, until it has been honest for long */
	assert_true(profile_audit_rate(&s.profile, 0.03) > 0.29);
	s.n_audits = 0;
	for (int i = 0; i < 1000; i++)
		(void)visit(&s, &s.page, 0.03, NULL, WORKS);
	assert_in_range(s.n_audits, 60, 110);
	assert_true(profile_audit_rate(&s.profile, 0.03) <= 0.03);
	page_release(&s.page);
}

static void a_relapse_costs_twice_as_much(void **unused)
{
	struct observation lie = changed(true, true);
	struct site s;

	(void)unused;
	site_init(&s, "\"a\"", DATE);
	for (uint32_t owed = 50; owed <= 6400; owed *= 2) {
		audit(&s, 0.03, &lie);
		assert_int_equal(s.profile.n_owed, owed);
		while (s.profile.n_owed)
			(void)visit(&s, &s.page, 0.03, NULL, WORKS);
	}
	audit(&s, 0.03, &lie);
	assert_int_equal(s.profile.n_owed, 6400);
	/* and a lie while it is asked unconditionally starts it again */
	(void)visit(&s, &s.page, 0.03, NULL, WORKS);
	(void)visit(&s, &s.page, 0.03, &lie, WORKS);
	assert_int_equal(s.profile.n_owed, 6400);
	page_release(&s.page);
}

/* The page gets new words and new validators every `every` visits; a server that always
 * says 304 lets only the audits see them. */
static void changing_page(struct site *s, enum manner manner, int n, int every)
{
	struct observation o = changed(false, false);
	bool is_new = false;

	for (int i = 0; i < n; i++) {
		struct asking a = profile_choose(&s->profile, &s->page, 0.03);

		is_new = is_new || i % every == 0;
		if (is_new && (a.mode == CONDITION_NONE || manner != ALWAYS_304)) {
			(void)visit(s, &s->page, 0.03, &o, manner);
			is_new = false;
		} else {
			(void)visit(s, &s->page, 0.03, NULL, manner);
		}
	}
}

static void changes_that_only_audits_find_prove_false_304s(void **unused)
{
	struct site s;

	(void)unused;
	site_init(&s, "\"a\"", DATE);
	changing_page(&s, ALWAYS_304, 300, 10);
	assert_in_range(s.n_proofs, 1, 3);
	/* it relapses: most of its visits are unconditional in the long run */
	s.n_unconditional = 0;
	changing_page(&s, ALWAYS_304, 10000, 10);
	assert_true(s.n_unconditional > 8000);
	page_release(&s.page);
}

static void an_honest_busy_host_is_never_accused(void **unused)
{
	(void)unused;
	for (int seed = 0; seed < 20; seed++) {
		struct site s;

		site_init(&s, "\"a\"", DATE);
		s.page.key.url_hash = (uint64_t)seed;
		changing_page(&s, WORKS, 20000, 5);
		assert_int_equal(s.n_proofs, 0);
		page_release(&s.page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_finds_what_works_and_keeps_it),
		cmocka_unit_test(nothing_to_send_is_no_lesson),
		cmocka_unit_test(a_bad_page_does_not_ruin_a_site),
		cmocka_unit_test(a_busy_bad_page_teaches_its_host_nothing),
		cmocka_unit_test(a_site_teaches_its_lesson_once),
		cmocka_unit_test(what_failed_is_tried_again_ever_less_often),
		cmocka_unit_test(a_server_that_breaks_is_followed_down),
		cmocka_unit_test(a_new_release_of_the_same_bytes_is_no_failure),
		cmocka_unit_test(audits_cost_their_share_REQ25),
		cmocka_unit_test(every_30th_revalidation_is_an_audit_REQ25),
		cmocka_unit_test(other_words_under_the_same_validators_are_a_false_304),
		cmocka_unit_test(a_liar_is_asked_unconditionally_until_it_behaves_REQ25a),
		cmocka_unit_test(a_relapse_costs_twice_as_much),
		cmocka_unit_test(changes_that_only_audits_find_prove_false_304s),
		cmocka_unit_test(an_honest_busy_host_is_never_accused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
