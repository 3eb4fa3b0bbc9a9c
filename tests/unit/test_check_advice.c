#include "tests/unit/unit.h"

#include <stdio.h>

#include "tools/check_advice.h"

/* A sound page with both validators, every audit answered as the RFC wants. */
static struct check_findings sound(void)
{
	return (struct check_findings){
		.works = true,
		.has_page = true,
		.certificate_days = -1,
		.n_etags = 1,
		.n_dates = 1,
		.etag_usable = true,
		.date_usable = true,
		.date_trusted = true,
		.audited = true,
		.outcomes = { [AUDIT_TAG] = OUTCOME_304,
			      [AUDIT_DATE] = OUTCOME_304,
			      [AUDIT_BOTH] = OUTCOME_304,
			      [AUDIT_WEAK] = OUTCOME_304,
			      [AUDIT_LIST] = OUTCOME_304,
			      [AUDIT_LATER_DATE] = OUTCOME_304,
			      [AUDIT_MADE_UP] = OUTCOME_WHOLE },
	};
}

/* All that is said to `reader`, one after another. */
static const char *told(const struct check_findings *f, enum advice_reader reader,
			char text[4096])
{
	struct advice advice[CHECK_ADVICE_MAX];
	size_t n = check_advise(f, advice), len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		if (advice[i].reader == reader)
			len += (size_t)snprintf(text + len, 4096 - len, "%s\n",
						advice[i].text);
	return text;
}

static void is_told(const struct check_findings *f, const char *crawler,
		    const char *owner)
{
	char text[4096];

	if (crawler && !strstr(told(f, FOR_CRAWLER, text), crawler))
		fail_msg("no '%s' to a crawler, but: %s", crawler, text);
	if (owner && !strstr(told(f, FOR_OWNER, text), owner))
		fail_msg("no '%s' to the owner, but: %s", owner, text);
}

static void is_not_told(const struct check_findings *f, const char *word)
{
	char text[4096];

	if (strstr(told(f, FOR_CRAWLER, text), word) ||
	    strstr(told(f, FOR_OWNER, text), word))
		fail_msg("'%s' in: %s", word, text);
}

static void a_sound_server_is_told_so_and_nothing_else(void **unused)
{
	struct check_findings f = sound();
	struct advice advice[CHECK_ADVICE_MAX];

	(void)unused;
	assert_int_equal(check_advise(&f, advice), 2);
	is_told(&f, "byte for byte", "as it should");
	f.audited = false;
	memset(f.outcomes, 0, sizeof(f.outcomes));
	assert_int_equal(check_advise(&f, advice), 0);
}

/* What each server measured is told, by what it answers. */
static const struct {
	const char *why;
	enum audit_kind kind;
	enum audit_outcome outcome;
	const char *crawler, *owner;
} single_rows[] = {
	{ "nginx", AUDIT_LATER_DATE, OUTCOME_WHOLE, "never a later one",
	  "if_modified_since before" },
	{ "h2o: lists", AUDIT_LIST, OUTCOME_WHOLE, "never a list", "Read lists" },
	{ "h2o: weak", AUDIT_WEAK, OUTCOME_WHOLE, "W/ included", "weakly" },
	{ "pair", AUDIT_BOTH, OUTCOME_WHOLE, "If-None-Match alone: the pair", "13.1.3" },
	{ "busybox", AUDIT_DATE, OUTCOME_WHOLE, "If-None-Match alone", "13.1.3" },
	{ "tag", AUDIT_TAG, OUTCOME_WHOLE, "If-Modified-Since alone", "its own ETag" },
	{ "fails", AUDIT_LIST, OUTCOME_ERROR, "without conditions", "no reason to fail" },
	{ "made up", AUDIT_MADE_UP, OUTCOME_FALSE, "unconditionally",
	  "without comparing" },
	{ "lie", AUDIT_TAG, OUTCOME_FALSE, "hid a change", "from the content" },
};

static void one_wrong_answer_brings_its_advice(void **unused)
{
	struct check_findings usual = sound();

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(single_rows); i++) {
		struct check_findings f = usual;

		print_message("%s\n", single_rows[i].why);
		is_not_told(&f, single_rows[i].crawler);
		f.outcomes[single_rows[i].kind] = single_rows[i].outcome;
		is_told(&f, single_rows[i].crawler, single_rows[i].owner);
	}
}

static void apaches_mark_has_its_own_remedy(void **unused) /* REQ 25a */
{
	struct check_findings f = sound();

	(void)unused;
	f.outcomes[AUDIT_TAG] = OUTCOME_WHOLE;
	f.outcomes[AUDIT_BOTH] = OUTCOME_WHOLE;
	f.outcomes[AUDIT_REPAIRED] = OUTCOME_304;
	is_told(&f, "without -gzip", "DeflateAlterETag NoChange");
	is_not_told(&f, "its own ETag");
}

static void nothing_is_praised_where_a_304_lies(void **unused)
{
	struct check_findings f = sound();

	(void)unused;
	f.outcomes[AUDIT_MADE_UP] = OUTCOME_FALSE;
	is_not_told(&f, "as it should");
	f = sound();
	f.outcomes[AUDIT_DATE] = OUTCOME_FALSE;
	is_not_told(&f, "as it should");
}

static void a_page_that_changes_earns_no_304_and_no_blame(void **unused)
{
	struct check_findings f = sound();

	(void)unused;
	for (int i = 0; i < N_AUDITS; i++)
		f.outcomes[i] = OUTCOME_OTHER;
	f.page_changes = true;
	is_told(&f, "rather than its bytes", "differs");
	is_not_told(&f, "earn no 304");
	is_not_told(&f, "its own ETag");
}

static void validators_that_earn_nothing_are_named(void **unused)
{
	struct check_findings f = sound();

	(void)unused;
	for (int i = 0; i < N_AUDITS; i++)
		f.outcomes[i] = OUTCOME_WHOLE;
	is_told(&f, "compare digests", "earn no 304");
}

static void what_is_unfit_is_named(void **unused)
{
	struct check_findings f = { .works = true,
				    .has_page = true,
				    .certificate_days = -1 };

	(void)unused;
	is_told(&f, "digests", "ETag or a Last-Modified");
	f.has_page = false; /* a 204 has nothing to validate */
	is_not_told(&f, "Last-Modified");
	f.n_etags = 1;
	is_told(&f, "Do not send this tag", "double quotes");
	f.n_etags = 2;
	is_told(&f, "neither tag", "one ETag");
	f.n_dates = 1;
	is_told(&f, "Do not send this date", "HTTP-date");
	f.n_dates = 2;
	is_told(&f, "neither date", "one Last-Modified");
	f = sound();
	f.date_trusted = false;
	is_not_told(&f, "time of the answer"); /* the tag serves */
	f.etag_usable = false;
	is_told(&f, "for the time of the last change", "time of the answer");
}

static void a_certificate_is_called_near_its_end_in_time(void **unused)
{
	struct check_findings f = sound();

	(void)unused;
	f.certificate_days = 21;
	is_not_told(&f, "certificate");
	f.certificate_days = 20;
	is_told(&f, NULL, "renew it");
	f.certificate_days = 0;
	is_told(&f, NULL, "renew it");
}

static void redirects_are_remarked_on(void **unused)
{
	struct check_findings f = sound();

	(void)unused;
	f.n_redirects = 1;
	is_not_told(&f, "edirect");
	f.n_redirects = 2;
	is_told(&f, NULL, "straight to the last");
	f.moved_for_good = true;
	is_told(&f, "new address", "new address");
	f.works = false; /* an address that fails is nothing to go over to */
	is_not_told(&f, "new address");
}

static void there_is_room_for_all_of_it(void **unused)
{
	struct check_findings f = sound();
	struct advice advice[CHECK_ADVICE_MAX];

	(void)unused;
	f.stray_body = f.other_tag = f.page_changes = f.moved_for_good = true;
	f.n_redirects = f.n_etags = f.n_dates = 9;
	f.certificate_days = 0;
	for (int outcome = OUTCOME_NOT_ASKED; outcome <= OUTCOME_ERROR; outcome++) {
		for (int i = 0; i < N_AUDITS; i++)
			f.outcomes[i] = (enum audit_outcome)outcome;
		assert_true(check_advise(&f, advice) <= CHECK_ADVICE_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_server_is_told_so_and_nothing_else),
		cmocka_unit_test(one_wrong_answer_brings_its_advice),
		cmocka_unit_test(apaches_mark_has_its_own_remedy),
		cmocka_unit_test(nothing_is_praised_where_a_304_lies),
		cmocka_unit_test(a_page_that_changes_earns_no_304_and_no_blame),
		cmocka_unit_test(validators_that_earn_nothing_are_named),
		cmocka_unit_test(what_is_unfit_is_named),
		cmocka_unit_test(a_certificate_is_called_near_its_end_in_time),
		cmocka_unit_test(redirects_are_remarked_on),
		cmocka_unit_test(there_is_room_for_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
