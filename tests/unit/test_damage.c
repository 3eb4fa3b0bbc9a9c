/* One damaged record costs itself and is named, the others go on (REQ 82). */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/internal.h"
#include "tests/filled_store.h"
#include "tools/change_reader.h"
#include "tools/damage.h"
#include "tools/filter.h"
#include "tools/priors.h"
#include "tools/report.h"

#define NOW (INT64_C(1790000000) * 1000)
#define MUST(call) assert_int_equal((call), ERR_OK)

/* ---- what is logged ------------------------------------------------------------------- */

struct lines {
	int n_named, n_summed;
	char last[128];
};

static void note(void *context, enum log_level level, const char *event,
		 const char *fields)
{
	struct lines *lines = context;

	assert_int_equal(level, LOG_WARN);
	lines->n_named += strcmp(event, "record-damaged") == 0;
	lines->n_summed += strcmp(event, "records-damaged") == 0;
	snprintf(lines->last, sizeof(lines->last), "%.100s", fields);
}

static void listen_to(struct lines *lines)
{
	*lines = (struct lines){ .n_named = 0 };
	log_set_sink(note, lines, LOG_WARN);
}

/* ---- damage --------------------------------------------------------------------------- */

static void damage(struct filled_store *f, enum family family, struct span key)
{
	MUST(store_put(f->store, family, key, SPAN("\x01\xff\xff"), true));
	MUST(store_commit(f->store));
}

static void damage_page(struct filled_store *f, const char *url, enum family family)
{
	uint8_t encoded[PAGE_KEY_SIZE];
	struct page_key key;

	MUST(page_key_of(span_of(url), &key));
	page_key_encode(&key, encoded);
	damage(f, family, span_from(encoded, sizeof(encoded)));
}

static void damage_host(struct filled_store *f, const char *url)
{
	uint8_t encoded[HOST_KEY_SIZE];
	struct page_key key;

	MUST(page_key_of(span_of(url), &key));
	host_key_encode(&key.host, encoded);
	damage(f, FAMILY_HOST, span_from(encoded, sizeof(encoded)));
}

/* Two hosts with three pages each, visited once. */
static void fill(struct filled_store *f)
{
	char url[64];

	filled_store_make(f);
	for (int i = 0; i < 6; i++) {
		snprintf(url, sizeof(url), "http://%c.test/%d", i < 3 ? 'a' : 'b', i);
		filled_store_visit(f, &(struct filled_visit){ .url = url,
							      .at_ms = NOW,
							      .verdict = VERDICT_NEW,
							      .http_status = 200,
							      .body = url });
	}
}

static void reopen_and_listen(struct filled_store *f, struct lines *lines)
{
	filled_store_read(f);
	listen_to(lines);
}

static void done(struct filled_store *f)
{
	log_set_sink(NULL, NULL, LOG_WARN);
	filled_store_remove(f);
}

static size_t count_pages(struct store *store, const struct filter *filter)
{
	struct filter_walk *walk = NULL;
	struct page page;
	size_t n = 0;
	enum err err;

	page_init(&page);
	MUST(filter_walk_start(store, filter, &walk));
	while (!(err = filter_walk_page(walk, &page)))
		n++;
	assert_int_equal(err, ERR_NOT_FOUND);
	filter_walk_end(walk);
	page_release(&page);
	return n;
}

/* ---- claims --------------------------------------------------------------------------- */

static void a_damaged_page_is_named_and_the_others_are_listed(void **unused)
{
	const struct filter filter = { .by_state = false };
	char expected[64];
	struct page_key key;
	struct filled_store f;
	struct lines lines;

	(void)unused;
	fill(&f);
	damage_page(&f, "http://a.test/1", FAMILY_PAGE);
	reopen_and_listen(&f, &lines);
	assert_int_equal(count_pages(f.store, &filter), 5);
	assert_int_equal(lines.n_named, 1);
	MUST(page_key_of(SPAN("http://a.test/1"), &key));
	snprintf(expected, sizeof(expected), "page=%02x%016llx%016llx is=corrupt",
		 key.host.partition, (unsigned long long)key.host.host_id,
		 (unsigned long long)key.url_hash);
	assert_string_equal(lines.last, expected);
	done(&f);
}

static void a_damaged_host_hides_no_other_from_a_filter(void **unused)
{
	struct host_filter host;
	struct filter filter = { .host = &host };
	struct filled_store f;
	struct lines lines;

	(void)unused;
	fill(&f);
	damage_host(&f, "http://a.test/0");
	reopen_and_listen(&f, &lines);
	MUST(host_filter_init(&host, SPAN("b.test"), NULL));
	assert_int_equal(count_pages(f.store, &filter), 3);
	assert_int_equal(lines.n_named, 1);
	assert_true(span_starts_with(span_of(lines.last), SPAN("host=")));
	host_filter_release(&host);
	done(&f);
}

static void a_page_of_a_damaged_host_has_the_prior_of_all(void **unused)
{
	struct page_key key;
	struct filled_store f;
	struct lines lines;
	double per_day = 0;

	(void)unused;
	fill(&f);
	damage_host(&f, "http://a.test/0");
	reopen_and_listen(&f, &lines);
	struct priors priors = { .store = f.store };

	MUST(page_key_of(SPAN("http://a.test/0"), &key));
	MUST(priors_get(&priors, &key, &per_day));
	assert_true(per_day > 0);
	assert_int_equal(lines.n_named, 1);
	done(&f);
}

static void a_report_is_made_of_what_can_be_read(void **unused)
{
	const struct filter filter = { .tag = SPAN("") };
	struct settings settings;
	struct filled_store f;
	struct report report;
	struct lines lines;

	(void)unused;
	MUST(settings_default(&settings));
	fill(&f);
	damage_page(&f, "http://a.test/1", FAMILY_PAGE);
	damage_host(&f, "http://b.test/4");
	reopen_and_listen(&f, &lines);
	MUST(report_make(f.store,
			 &(struct report_query){ .settings = &settings,
						 .filter = &filter,
						 .now_ms = NOW + 1,
						 .window_ms = MS_PER_DAY },
			 &report));
	assert_int_equal(report.pages.n_total, 5);
	assert_int_equal(report.hosts.n, 1);
	assert_int_equal(lines.n_named, 2);
	report_release(&report);
	settings_release(&settings);
	done(&f);
}

static size_t count_changes(struct store *store, bool all)
{
	struct change_reader *reader = NULL;
	const struct change *change;
	size_t n = 0;
	enum err err;

	MUST(change_reader_new(store, 0, all, &reader));
	while (!(err = change_reader_next(reader, &change)))
		n++;
	assert_int_equal(err, ERR_NOT_FOUND);
	change_reader_free(reader);
	return n;
}

static void a_damaged_change_is_passed_over(void **unused)
{
	struct filled_store f;
	struct lines lines;
	uint8_t key[8];

	(void)unused;
	fill(&f);
	be64_put(key, 2);
	damage(&f, FAMILY_FEED, span_from(key, sizeof(key)));
	reopen_and_listen(&f, &lines);
	assert_int_equal(count_changes(f.store, false), 5);
	assert_int_equal(lines.n_named, 1);
	assert_string_equal(lines.last, "change=2 is=corrupt");
	done(&f);
}

/* changes --all reads every page and its history. */
static void damaged_histories_are_passed_over(void **unused)
{
	struct filled_store f;
	struct lines lines;
	uint8_t encoded[PAGE_KEY_SIZE];
	struct page_key key;

	(void)unused;
	fill(&f);
	MUST(page_key_of(SPAN("http://a.test/0"), &key));
	page_key_encode(&key, encoded);
	/* One visit, of three bytes that are none. */
	MUST(store_put(f.store, FAMILY_HISTORY, span_from(encoded, sizeof(encoded)),
		       SPAN("\x03\x01\xff\xff"), true));
	damage_page(&f, "http://b.test/3", FAMILY_PAGE);
	reopen_and_listen(&f, &lines);
	assert_int_equal(count_changes(f.store, true), 6);
	assert_int_equal(lines.n_named, 2);
	done(&f);
}

static void a_store_full_of_damage_is_summed_up(void **unused)
{
	struct damage damage = { .n = 0 };
	const struct host_key key = { 1, 2 };
	struct lines lines;

	(void)unused;
	listen_to(&lines);
	for (int i = 0; i < 3 * DAMAGE_NAMED_MAX; i++)
		assert_true(damage_of_host(&damage, NULL, &key, ERR_CORRUPT));
	damage_end(&damage);
	assert_int_equal(lines.n_named, DAMAGE_NAMED_MAX);
	assert_int_equal(lines.n_summed, 1);
	assert_non_null(strstr(lines.last, "n=60"));
	/* Too little to be summed up. */
	damage = (struct damage){ .n = 0 };
	assert_true(damage_of_host(&damage, NULL, &key, ERR_NEWER));
	damage_end(&damage);
	assert_int_equal(lines.n_summed, 1);
	log_set_sink(NULL, NULL, LOG_WARN);
}

static void what_is_no_damage_ends_the_walk(void **unused)
{
	static const enum err rows[] = { ERR_OK, ERR_NOMEM, ERR_IO, ERR_NOT_FOUND };
	struct damage damage = { .n = 0 };
	const struct page_key key = { .url_hash = 1 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_false(damage_of_page(&damage, NULL, &key, rows[i]));
	assert_int_equal(damage.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_damaged_page_is_named_and_the_others_are_listed),
		cmocka_unit_test(a_damaged_host_hides_no_other_from_a_filter),
		cmocka_unit_test(a_page_of_a_damaged_host_has_the_prior_of_all),
		cmocka_unit_test(a_report_is_made_of_what_can_be_read),
		cmocka_unit_test(a_damaged_change_is_passed_over),
		cmocka_unit_test(damaged_histories_are_passed_over),
		cmocka_unit_test(a_store_full_of_damage_is_summed_up),
		cmocka_unit_test(what_is_no_damage_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
