#include "tools/report.h"

#include <math.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tools/priors.h"
#include "tools/source_view.h"

/* What is under way while the pages are walked. */
struct making {
	struct store *store;
	const struct report_query *query;
	struct report *report;
	bool from_history;        /* there are no counters for this filter */
	bool has_host;            /* `host` is begun */
	struct host_key host_key; /* ... of these pages */
	struct report_host host;
	struct priors priors;
	struct damage damage; /* of histories */
};

static int compare_hosts(const void *a, const void *b)
{
	const struct report_host *x = a, *y = b;

	return x->n_total > y->n_total ? -1 : x->n_total < y->n_total;
}

static void release_host(void *item)
{
	struct report_host *h = item;

	host_release(&h->host);
}

/* A copy of the host's record. */
static enum err copy_host(struct store *store, const struct host_key *key,
			  struct host *copy)
{
	struct host *host = NULL;
	enum err err = store_acquire_host(store, key, SPAN(""), &host);

	if (!err)
		err = host_copy(copy, host);
	store_release_host(store, host);
	return err;
}

static enum err attend_sources(struct making *m, const struct report_host *h)
{
	struct source_views sources = { .items = NULL };
	enum err err = source_views_read(m->store, &m->host_key, &sources);

	if (!err)
		err = report_attend_sources(m->report, h, &sources);
	source_views_release(&sources);
	return err;
}

/* Takes over what is in `h`. */
static enum err add_host(struct making *m, struct report_host *h)
{
	enum err err;

	host_view_make(&h->view, &h->host, m->query->settings);
	m->report->budget.polite_per_day += h->view.most_per_day;
	for (enum hold hold = HOLD_NONE + 1; hold < N_HOLDS; hold++)
		m->report->n_held += h->host.guard.n_held[hold];
	err = report_attend_host(m->report, h, m->query->settings);
	if (!err && h->host.n_sources)
		err = attend_sources(m, h);
	if (err)
		release_host(h);
	return err ? err : best_offer(&m->report->hosts, h);
}

/* All pages of the host have been seen. One whose record is damaged is left out: the priors
 * have named it. */
static enum err end_host(struct making *m)
{
	struct report_host h = m->host;
	enum err err;

	if (!m->has_host)
		return ERR_OK;
	m->has_host = false;
	err = copy_host(m->store, &m->host_key, &h.host);
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER)
		return ERR_OK;
	return err ? err : add_host(m, &h);
}

static enum err begin_host(struct making *m, const struct host_key *key)
{
	enum err err = end_host(m);

	m->has_host = true;
	m->host_key = *key;
	m->host = (struct report_host){ .n_total = 0 };
	return err;
}

void report_host_add(struct report_host *h, const struct page_view *view)
{
	if (!view->has_version)
		return;
	h->fresh_sum += view->fresh_probability;
	h->n_fresh++;
}

static void add_to_host(struct report_host *h, const struct page_view *view)
{
	h->n_pages[view->state]++;
	h->n_total++;
	h->n_overdue += view->overdue_ms > 0;
	report_host_add(h, view);
}

static enum err add_history(struct making *m, const struct page *page)
{
	struct visit visits[HISTORY_MAX];
	size_t n;
	enum err err = store_get_history(m->store, &page->key, visits, &n);

	for (size_t i = 0; !err && i < n; i++)
		report_add_visit(m->report, &visits[i]);
	return damage_of_history(&m->damage, &page->key, err) ? ERR_OK : err;
}

static enum err add_page(struct making *m, const struct page *page)
{
	struct page_view view;
	double prior = 0;
	enum err err = priors_get(&m->priors, &page->key, &prior);

	if (err)
		return err;
	if (!m->has_host || !host_key_equal(&m->host_key, &page->key.host))
		err = begin_host(m, &page->key.host);
	if (err)
		return err;
	page_view_make(&view, page, prior, m->report->at_ms);
	report_pages_add(&m->report->pages, &view);
	add_to_host(&m->host, &view);
	return m->from_history ? add_history(m, page) : ERR_OK;
}

static enum err walk_pages(struct making *m)
{
	struct filter_walk *walk = NULL;
	struct page page;
	enum err err = filter_walk_start(m->store, m->query->filter, &walk);

	page_init(&page);
	while (!err) {
		err = filter_walk_page(walk, &page);
		if (!err)
			err = add_page(m, &page);
	}
	if (err == ERR_NOT_FOUND)
		err = end_host(m);
	damage_end(&m->damage);
	page_release(&page);
	filter_walk_end(walk);
	return err;
}

/* A host by its own record. */
static enum err take_host(struct making *m, struct host *host)
{
	struct report_host h = { .n_total = 0 };
	enum err err;

	for (int s = 0; s < N_STATES; s++) {
		h.n_pages[s] = host->n_pages[s];
		h.n_total += host->n_pages[s];
	}
	if (!h.n_total)
		return ERR_OK;
	m->host_key = host->key;
	err = host_copy(&h.host, host);
	return err ? err : add_host(m, &h);
}

static enum err walk_hosts(struct making *m)
{
	struct store_walk *walk = NULL;
	struct host host;
	enum err err = store_walk_hosts(m->store, &walk);

	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (!err)
			err = take_host(m, &host);
		else if (!store_walk_is_broken(walk) &&
			 damage_of_host(&m->damage, NULL, &host.key, err))
			err = ERR_OK;
	}
	damage_end(&m->damage);
	host_release(&host);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool wants_census(const struct making *m)
{
	if (m->from_history || m->query->source == REPORT_OF_PAGES)
		return false;
	return m->query->source == REPORT_OF_CENSUS ||
	       store_n_pages(m->store) > REPORT_WALKED_MAX;
}

/* Pages and hosts. A census that is missing or damaged is done without. */
static enum err read_store(struct making *m)
{
	enum err err =
		wants_census(m) ? report_read_census(m->report, m->store) : ERR_NOT_FOUND;

	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
		return walk_pages(m);
	m->report->from_census = true;
	if (!err)
		err = walk_hosts(m);
	return err ? err : report_sample_hosts(m->report, m->store);
}

static enum err fill(struct making *m)
{
	struct report *report = m->report;
	enum err err = report_pages_init(&report->pages);

	if (!err)
		err = report_make_series(report, m->query);
	if (!err)
		err = read_store(m);
	if (!err && !m->from_history)
		err = report_read_counters(report, m->store);
	if (!err)
		err = store_get_acknowledged(m->store, "index", &report->acknowledged);
	calibration_read(&report->window, &report->calibration);
	if (!err)
		err = report_make_budget(report, m->query->settings);
	if (!err)
		err = report_attend_all(report);
	return err;
}

enum err report_make(struct store *store, const struct report_query *query,
		     struct report *out)
{
	struct report report = { .at_ms = query->now_ms,
				 .host = query->host,
				 .tag = query->tag };
	struct making m = { .store = store,
			    .query = query,
			    .report = &report,
			    .priors = { .store = store },
			    .from_history = !filter_is_empty(query->filter) };
	enum err err;

	report.filtered = m.from_history;
	report.last_cursor = store_last_cursor(store);
	best_init(&report.hosts, sizeof(struct report_host), REPORT_HOSTS_MAX,
		  compare_hosts, release_host);
	err = fill(&m);
	if (err) {
		report_release(&report);
		return err;
	}
	report_trim_series(&report);
	best_sort(&report.hosts);
	for (size_t i = 0; i < report.hosts.n; i++) {
		struct report_host *h = best_item(&report.hosts, i);

		host_view_make(&h->view, &h->host, query->settings);
	}
	*out = report;
	return ERR_OK;
}

void report_release(struct report *report)
{
	report_pages_release(&report->pages);
	best_release(&report->hosts);
	best_release(&report->attention);
	free(report->series);
	report->series = NULL;
}
