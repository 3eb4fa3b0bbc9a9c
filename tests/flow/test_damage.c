/* test_damage.c - the loop visits whatever can be read (REQ 82). */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/log.h"
#include "store/internal.h"
#include "tests/steps.h"

static int n_named;
static char named[128];

static void note(void *context, enum log_level level, const char *event,
		 const char *fields)
{
	(void)context, (void)level;
	if (strcmp(event, "record-damaged"))
		return;
	n_named++;
	snprintf(named, sizeof(named), "%.100s", fields);
}

static int setup(void **state)
{
	n_named = 0;
	log_set_sink(note, NULL, LOG_WARN);
	return world_setup(state);
}

static int teardown(void **state)
{
	log_set_sink(NULL, NULL, LOG_WARN);
	return world_teardown(state);
}

static void damage(struct world *w, enum family family, const struct page_key *key)
{
	uint8_t encoded[PAGE_KEY_SIZE];
	struct span span = { (const char *)encoded,
			     family == FAMILY_HOST ? HOST_KEY_SIZE : PAGE_KEY_SIZE };

	page_key_encode(key, encoded); /* which begins with its host's */
	assert_int_equal(store_put(w->store, family, span, SPAN("\x01\xff\xff"), true),
			 ERR_OK);
	assert_int_equal(store_commit(w->store), ERR_OK);
	world_restart(w);
}

static void a_damaged_page_is_named_and_the_others_are_visited(void **state)
{
	struct world *w = *state;
	struct page_key key;

	step_ok(w, "/a", "Content-Type: text/html\r\n", "<p>a");
	step_ok(w, "/c", "Content-Type: text/html\r\n", "<p>c");
	world_seed(w, "/a");
	world_seed(w, "/b");
	world_seed(w, "/c");
	key = world_page(w, "/b")->key;
	damage(w, FAMILY_PAGE, &key);
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_NEW);
	assert_int_equal(world_page(w, "/c")->verdict, VERDICT_NEW);
	assert_int_equal(n_named, 1);
	assert_non_null(strstr(named, "page="));
	/* ... once: it waits for repair. */
	world_sleep(w, 1000);
	world_run_once(w);
	assert_int_equal(n_named, 1);
}

static void a_damaged_host_is_made_anew_of_its_pages(void **state)
{
	struct world *w = *state;
	struct page_key key;

	step_ok(w, "/a", "Content-Type: text/html\r\n", "<p>a");
	world_seed_on(w, 1, "/b");
	world_seed_on(w, 1, "/c");
	world_seed(w, "/a");
	key = world_page_on(w, 1, "/b")->key;
	damage(w, FAMILY_HOST, &key);
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_NEW);
	assert_int_equal(world_page_on(w, 1, "/b")->verdict, VERDICT_ERROR); /* 404 */
	assert_int_equal(world_page_on(w, 1, "/c")->verdict, VERDICT_ERROR);
	assert_int_equal(world_n_differences(w), 0);
}

static void damage_host(struct world *w, int host, const char *path)
{
	struct page_key key = world_page_on(w, host, path)->key;

	damage(w, FAMILY_HOST, &key);
}

static void a_seed_on_a_damaged_host_is_a_seed_like_any_other(void **state)
{
	struct world *w = *state;

	world_seed(w, "/a");
	damage_host(w, 0, "/a");
	world_seed(w, "/b");
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
	assert_int_equal(world_page(w, "/b")->verdict, VERDICT_ERROR);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_redirect_to_a_damaged_host_is_followed(void **state)
{
	struct world *w = *state;
	char to[ORIGIN_URL_SIZE];

	step_ok(w, "/there", "Content-Type: text/html\r\n", "<p>there");
	step_redirect(w, "/from", "302 Found", origin_url_on(w->origin, 1, "/there", to));
	world_seed_on(w, 1, "/there");
	world_seed(w, "/from");
	damage_host(w, 1, "/there");
	world_run_once(w);
	assert_int_equal(world_page(w, "/from")->verdict, VERDICT_NEW);
	assert_int_equal(world_page_on(w, 1, "/there")->verdict, VERDICT_NEW);
	assert_int_equal(world_n_differences(w), 0);
}

/* ... and one that a newer freshet wrote is left to it. */
static void a_newer_host_stays_and_keeps_no_other_from_its_visits(void **state)
{
	struct world *w = *state;
	uint8_t encoded[HOST_KEY_SIZE];
	char to[ORIGIN_URL_SIZE];

	step_ok(w, "/a", "Content-Type: text/html\r\n", "<p>a");
	step_redirect(w, "/from", "302 Found", origin_url_on(w->origin, 1, "/b", to));
	world_seed_on(w, 1, "/b");
	world_seed(w, "/from");
	world_seed(w, "/a");
	host_key_encode(&world_page_on(w, 1, "/b")->key.host, encoded);
	assert_int_equal(store_put(w->store, FAMILY_HOST,
				   span_from(encoded, sizeof(encoded)), SPAN("\x63"),
				   true),
			 ERR_OK);
	assert_int_equal(store_commit(w->store), ERR_OK);
	world_restart(w);
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_NEW);
	assert_int_equal(world_page_on(w, 1, "/b")->verdict, VERDICT_NONE);
}

#define damaged(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		damaged(a_damaged_page_is_named_and_the_others_are_visited),
		damaged(a_damaged_host_is_made_anew_of_its_pages),
		damaged(a_seed_on_a_damaged_host_is_a_seed_like_any_other),
		damaged(a_redirect_to_a_damaged_host_is_followed),
		damaged(a_newer_host_stays_and_keeps_no_other_from_its_visits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
