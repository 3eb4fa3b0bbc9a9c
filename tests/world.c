#include "tests/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tools/edit.h"

#define START_MS INT64_C(1790000000000) /* some day in 2026 */

static struct page the_page;
static struct change the_change;
static struct host the_host;

static void must(enum err err, const char *what)
{
	if (err)
		fail_msg("%s: %s", what, err_text(err));
}

static void open_store(struct world *w)
{
	struct why why = { "" };

	if (store_open(w->dir, STORE_WRITE, NULL, &w->store, &why))
		fail_msg("%s", why.text);
}

int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	scratch_dir_make(w->dir, "world");
	w->now_ms = START_MS;
	must(settings_default(&w->settings), "settings");
	world_set(w, "fetch.allow_net", "127.0.0.0/8");
	world_set(w, "fetch.audit_rate", "0");
	world_set(w, "fetch.timeout", "3s");
	world_set(w, "fetch.threads",
		  getenv("FETCH_THREADS") ? getenv("FETCH_THREADS") : "0");
	w->origin = origin_start();
	assert_non_null(w->origin);
	origin_set_date(w->origin, w->now_ms / 1000);
	open_store(w);
	page_init(&the_page);
	change_init(&the_change);
	host_init(&the_host);
	*state = w;
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	origin_stop(w->origin);
	settings_release(&w->settings);
	scratch_remove(w->dir);
	page_release(&the_page);
	change_release(&the_change);
	host_release(&the_host);
	free(w);
	return 0;
}

void world_set(struct world *w, const char *name, const char *value)
{
	struct why why = { "" };

	if (settings_set(&w->settings, span_of(name), span_of(value), SOURCE_FLAG, &why))
		fail_msg("%s", why.text);
}

void world_seed_on(struct world *w, int host, const char *path)
{
	char url[ORIGIN_URL_SIZE];

	world_seed_url(w, origin_url_on(w->origin, host, path, url));
}

void world_seed_url(struct world *w, const char *url)
{
	struct editor editor = { .store = w->store, .now_ms = w->now_ms };
	enum seed_outcome outcome;
	struct why why = { "" };
	struct seed seed;

	seed_init(&seed);
	seed.url = span_of(url);
	if (edit_seed(&editor, &seed, &outcome, &why))
		fail_msg("%s", why.text);
	must(edit_commit(&editor), "commit");
}

void world_seed(struct world *w, const char *path)
{
	world_seed_on(w, 0, path);
}

void world_set_clock(struct world *w, int64_t step_ms)
{
	w->now_ms += step_ms;
	w->stepped_ms += step_ms;
}

static void turn(void *context, int64_t now_ms)
{
	struct world *w = context;

	(void)now_ms;
	w->tally = *loop_tally(w->loop);
	if (w->turn)
		w->turn(w);
}

static void run(struct world *w, struct loop_config *config)
{
	struct why why = { "" };

	config->settings = &w->settings;
	config->virtual_now_ms = &w->now_ms;
	config->virtual_stepped_ms = &w->stepped_ms;
	config->no_control = true;
	config->progress = turn;
	config->progress_context = w;
	config->force = w->force;
	if (loop_new(w->store, config, &w->loop, &why) || loop_run(w->loop, &why))
		fail_msg("%s", why.text);
	w->tally = *loop_tally(w->loop);
	loop_free(w->loop);
	w->loop = NULL;
	origin_set_date(w->origin, w->now_ms / 1000);
}

void world_run_once(struct world *w)
{
	struct loop_config config = { .once = true };

	run(w, &config);
}

void world_run_for(struct world *w, int64_t ms)
{
	struct loop_config config = { .for_ms = ms };
	int64_t end_ms = w->now_ms + ms;

	run(w, &config);
	if (w->now_ms < end_ms)
		world_sleep(w, end_ms - w->now_ms);
}

void world_sleep(struct world *w, int64_t ms)
{
	w->now_ms += ms;
	origin_set_date(w->origin, w->now_ms / 1000);
}

void world_restart(struct world *w)
{
	store_close(w->store);
	w->store = NULL;
	open_store(w);
}

const struct page *world_page_on(struct world *w, int host, const char *path)
{
	char url[ORIGIN_URL_SIZE];

	must(store_find_page(w->store, span_of(origin_url_on(w->origin, host, path, url)),
			     &the_page),
	     path);
	return &the_page;
}

const struct page *world_page(struct world *w, const char *path)
{
	return world_page_on(w, 0, path);
}

const struct host *world_host(struct world *w, int host)
{
	struct store_walk *walk;
	char url[ORIGIN_URL_SIZE];
	struct span name;

	origin_url_on(w->origin, host, "", url);
	name = span_of(url);
	must(store_walk_hosts(w->store, &walk), "walk");
	do
		must(store_walk_host(walk, &the_host), url);
	while (!span_equal(buf_span(&the_host.name), name));
	store_walk_end(walk);
	return &the_host;
}

size_t world_n_changes(struct world *w)
{
	struct store_walk *walk;
	uint64_t last = 0;
	size_t n = 0;

	must(store_walk_changes(w->store, 0, &walk), "walk");
	while (!store_walk_change(walk, &the_change)) {
		assert_true(the_change.cursor > last);
		last = the_change.cursor;
		n++;
	}
	store_walk_end(walk);
	return n;
}

const struct change *world_change(struct world *w, size_t index)
{
	struct store_walk *walk;

	must(store_walk_changes(w->store, 0, &walk), "walk");
	for (size_t i = 0; i <= index; i++)
		must(store_walk_change(walk, &the_change), "change");
	store_walk_end(walk);
	return &the_change;
}

static void print_difference(void *context, const char *difference)
{
	(void)context;
	print_message("verify: %s\n", difference);
}

uint64_t world_n_differences(struct world *w)
{
	uint64_t n = 0;

	must(store_verify(w->store, print_difference, NULL, &n), "verify");
	return n;
}

bool world_asked_with(struct world *w, const char *path, size_t index, const char *text)
{
	const struct origin_request *request = origin_request(w->origin, path, index);

	if (!request)
		fail_msg("%s: there was no request %zu", path, index);
	return strstr(request->bytes, text) != NULL;
}
