#include "tests/crawl.h"

#include <stdio.h>
#include <stdlib.h>

#include "scheduler/classes.h"
#include "store/base/clock.h"
#include "tests/unit/unit.h"

static void must(enum err err, const char *what)
{
	if (err)
		fail_msg("%s: %s", what, err_text(err));
}

int crawl_setup(void **state)
{
	struct crawl *c = calloc(1, sizeof(*c));
	struct why why = { "" };

	assert_non_null(c);
	page_init(&c->page);
	if (store_open("/crawl", STORE_MEMORY, NULL, &c->store, &why))
		fail_msg("%s", why.text);
	c->now_ms = CRAWL_START_MS;
	c->config.schedule.policy = &policy_optimal;
	*state = c;
	return 0;
}

int crawl_teardown(void **state)
{
	struct crawl *c = *state;

	frontier_free(c->frontier);
	page_release(&c->page);
	store_close(c->store);
	free(c);
	return 0;
}

static void name_page(struct page *page, int host, int number, struct span *origin)
{
	static char name[64];
	char url[96];

	snprintf(name, sizeof(name), "http://h%d.test", host);
	snprintf(url, sizeof(url), "%s/%d", name, number);
	must(buf_set(&page->url, span_of(url)), "url");
	must(page_key_of(span_of(url), &page->key), "key");
	*origin = span_of(name);
}

/* ... where it stands by now, and tells the frontier. */
static void put_page(struct crawl *c, struct page *page, struct span origin)
{
	struct host *h;

	must(store_acquire_host(c->store, &page->key.host, origin, &h), "host");
	must(store_put_page(c->store, page, h), "page");
	store_release_host(c->store, h);
	if (c->frontier)
		frontier_wake(c->frontier, &page->position);
}

static void add(struct crawl *c, int host, int number, const struct page_worth *worth,
		const struct queue_position *position)
{
	struct page page;
	struct span origin;

	page_init(&page);
	name_page(&page, host, number, &origin);
	page.weight = worth->weight;
	page.verdict = VERDICT_UNCHANGED;
	page.value_class = position->class;
	page.worth = *worth;
	page.position = *position;
	put_page(c, &page, origin);
	page_release(&page);
}

void crawl_add(struct crawl *c, int host, int number, double weight,
	       struct rate_gamma posterior, double tau_days)
{
	static const struct page_worth unknown;
	struct page_worth worth =
		c->worths_are_unknown ? unknown : class_worth(weight, posterior);
	struct queue_position position = {
		.class = class_of(weight, posterior),
		.order_ms = c->now_ms - (int64_t)(tau_days * (double)MS_PER_DAY),
		.queued = true,
	};

	worth.changed_bytes = c->changed_bytes;

	add(c, host, number, &worth, &position);
}

void crawl_add_due(struct crawl *c, int host, int number, int64_t due_at_ms)
{
	struct queue_position position = { .order_ms = due_at_ms, .queued = true };

	add(c, host, number, &(struct page_worth){ .weight = 1 }, &position);
}

void crawl_move(struct crawl *c, int host, int number, int64_t due_at_ms)
{
	struct page page;
	struct span origin;

	page_init(&page);
	name_page(&page, host, number, &origin);
	must(store_get_page(c->store, &page.key, &page), "page");
	page.position = (struct queue_position){ .order_ms = due_at_ms, .queued = true };
	put_page(c, &page, origin);
	page_release(&page);
}

void crawl_commit(struct crawl *c)
{
	must(store_commit(c->store), "commit");
	if (c->frontier)
		frontier_committed(c->frontier);
}

void crawl_open(struct crawl *c)
{
	crawl_commit(c);
	frontier_free(c->frontier);
	c->frontier = NULL;
	must(frontier_new(c->store, &c->config, c->now_ms, &c->frontier), "frontier");
}

/* As the loop does: what stands elsewhere by now is not visited. */
int crawl_next(struct crawl *c)
{
	for (;;) {
		enum err err;

		must(frontier_next(c->frontier, c->now_ms, &c->job), "next");
		if (c->job.kind == JOB_NONE)
			return -1;
		assert_int_equal(c->job.kind, JOB_PAGE);
		page_clear(&c->page);
		err = store_get_page(c->store, &c->job.entry.key, &c->page);
		if (!err && queue_position_is_same_turn(&c->page.position,
							&c->job.entry.position))
			return (int)strtol(strrchr(buf_text(&c->page.url), '/') + 1, NULL,
					   10);
		must(store_drop_entry(c->store, &c->job.entry), "entry");
		frontier_finished(c->frontier, c->job.host);
	}
}

static uint16_t class_now(const struct crawl *c, const struct page *page)
{
	return page->value_class && c->config.schedule.policy->has_price
		       ? c->config.schedule.policy->class_of(&c->config.schedule.context,
							     page)
		       : page->value_class;
}

void crawl_back(struct crawl *c)
{
	struct page *page = &c->page;

	page->stored.position = c->job.entry.position;
	page->stored.certain =
		c->job.certain && !frontier_has_parked(c->frontier, &page->key.host);
	c->config.schedule.context.requests_per_byte =
		frontier_requests_per_byte(c->frontier);
	page->position = (struct queue_position){ .class = class_now(c, page),
						  .order_ms = c->now_ms,
						  .queued = true };
	if (!page->value_class)
		page->position.order_ms += MS_PER_DAY;
	must(store_put_page(c->store, page, c->job.host), "page");
	frontier_wake(c->frontier, &page->position);
	frontier_finished(c->frontier, c->job.host);
}

int crawl_visit(struct crawl *c)
{
	int number = crawl_next(c);

	if (number < 0)
		return -1;
	frontier_started(c->frontier, c->job.host, c->now_ms);
	crawl_back(c);
	return number;
}

struct queue_position crawl_position(struct crawl *c, int host, int number)
{
	struct queue_position position;
	struct span origin;
	struct page page;

	page_init(&page);
	name_page(&page, host, number, &origin);
	must(store_get_page(c->store, &page.key, &page), "page");
	position = page.position;
	page_release(&page);
	return position;
}

static void print_difference(void *context, const char *difference)
{
	(void)context;
	print_message("verify: %s\n", difference);
}

uint64_t crawl_n_differences(struct crawl *c)
{
	uint64_t n = 0;

	must(store_verify(c->store, print_difference, NULL, &n), "verify");
	return n;
}
