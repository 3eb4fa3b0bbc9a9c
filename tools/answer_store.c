/* answer_store.c - what show, list, changes, host, plan and report tell, over HTTP. */
#include "tools/listener_internal.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/url.h"
#include "tools/change_reader.h"
#include "tools/damage.h"
#include "tools/outlook_budgets.h"
#include "tools/page_gather.h"
#include "tools/page_list.h"
#include "tools/reader_filter.h"
#include "tools/render.h"

#define TYPE_JSON "application/json"
#define TYPE_NDJSON "application/x-ndjson"
#define LIST_DEFAULT 100
#define CHANGES_DEFAULT 1000
#define LINES_MAX 10000
#define REPORT_COST 10
#define WINDOW_DEFAULT_MS (30 * MS_PER_DAY)

static void finish(struct exchange *x, enum err err, const char *type)
{
	bool has_more = err == ERR_IO || err == ERR_CORRUPT;

	x->status = MHD_HTTP_OK;
	x->type = type;
	if (err == ERR_STOPPED)
		answer_failure(x, err, "it took too long, or the run is ending");
	else if (err)
		answer_failure(x, err, has_more ? store_failure(x->view) : "");
}

/* --limit, with a default and a ceiling. */
static size_t limit_of(const struct exchange *x, int64_t fallback)
{
	int64_t limit = option_count(&x->query.options, "limit", fallback);

	return (size_t)(limit < LINES_MAX ? limit : LINES_MAX);
}

static enum err check_size(const struct exchange *x)
{
	return x->answer.len > LISTEN_ANSWER_MAX ? ERR_TOO_LARGE : ERR_OK;
}

/* ---- one page ---------------------------------------------------------------------------------- */

/* False: an answer was given already. */
static bool find_page(struct exchange *x, struct page *page)
{
	struct buf url = BUF_INIT;
	struct why why = { "" };
	enum err err = url_canonical(span_of(option_arg(&x->query.options, 0)), SPAN(""),
				     &url, &why);

	if (!err) {
		err = store_find_page(x->view, buf_span(&url), page);
		if (err == ERR_NOT_FOUND)
			(void)why_set(&why, err, "no such page");
		else if (err)
			(void)why_set(&why, err, "%s", store_failure(x->view));
	}
	buf_release(&url);
	if (err)
		answer_failure(x, err, why.text);
	return !err;
}

void answer_show(struct exchange *x)
{
	const struct options *o = &x->query.options;
	struct page_gather gather;
	enum err err;

	page_gather_init(&gather, x->view);
	if (find_page(x, &gather.page)) {
		err = page_gather(&gather, &x->listener->settings,
				  (size_t)option_count(o, "history", PAGE_GATHER_HISTORY),
				  option_bool(o, "headers"), x->now_ms);
		if (!err)
			err = render_json_detail(&x->answer, &gather.detail);
		finish(x, err, TYPE_JSON);
	}
	page_gather_release(&gather);
}

/* Only HTML is shown as what it says it is; no byte of the web gets into our head. */
static const char *type_of(const struct page *page)
{
	struct span rest = buf_span(&page->content_type);
	struct span type = span_trim(span_cut(&rest, ';'));

	if (!span_equal_nocase(type, SPAN("text/html")) &&
	    !span_equal_nocase(type, SPAN("application/xhtml+xml")))
		return "text/plain; charset=utf-8";
	while (rest.len) {
		struct span parameter = span_trim(span_cut(&rest, ';'));

		if (span_equal_nocase(parameter, SPAN("charset=utf-8")))
			return "text/html; charset=utf-8";
	}
	return "text/html"; /* its own <meta> says the rest */
}

void answer_page(struct exchange *x)
{
	struct page page;
	enum err err;

	page_init(&page);
	if (find_page(x, &page) && !page.has_body) {
		answer_failure(x, ERR_NOT_FOUND, "no body of this page is stored");
	} else if (!x->answered) {
		err = store_get_body(x->view, &page.digest, LISTEN_ANSWER_MAX,
				     &x->answer);
		finish(x, err, type_of(&page));
		x->policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
			    "img-src data:; font-src data:; frame-ancestors 'self'";
	}
	page_release(&page);
}

/* ---- many ---------------------------------------------------------------------------------------- */

/* False: an answer was given already. */
static bool read_filter(struct exchange *x, struct reader_filter *filter,
			bool with_states)
{
	struct why why = { "" };

	if (reader_filter_read(filter, &x->query.options, with_states, &why) == ERR_OK)
		return true;
	answer_failure(x, ERR_INVALID, why.text);
	return false;
}

static enum err write_list(struct exchange *x, const struct page_list *list)
{
	struct page_writer writer = { .stream = NULL };
	char *bytes = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&bytes, &len);
	enum err err =
		stream ? page_writer_start(&writer, stream, PAGES_NDJSON) : ERR_NOMEM;

	if (!err)
		err = page_list_write(x->view, list, &writer);
	page_writer_release(&writer);
	if (stream && fclose(stream))
		err = ERR_NOMEM;
	if (!err)
		x->answer = (struct buf){ bytes, len, len + 1 };
	else
		free(bytes);
	return err;
}

void answer_list(struct exchange *x)
{
	const struct options *o = &x->query.options;
	struct page_list list = {
		.min_p_changed = option_number(o, "min-p-changed", 0),
		.limit = limit_of(x, LIST_DEFAULT),
		.sort = (enum page_sort)option_choice(o, "sort", SORT_NONE),
		.now_ms = x->now_ms,
	};
	struct reader_filter filter;

	if (!read_filter(x, &filter, true))
		return;
	list.filter = &filter.filter;
	finish(x, write_list(x, &list), TYPE_NDJSON);
	reader_filter_release(&filter);
}

void answer_changes(struct exchange *x)
{
	const struct options *o = &x->query.options;
	struct change_reader *reader = NULL;
	const struct change *change;
	uint64_t after = 0;
	enum err err = store_get_acknowledged(
		x->view, option_text(o, "consumer", "index"), &after);

	if (err == ERR_INVALID) {
		answer_failure(x, err, "consumer: a name of 1 to 22 bytes is wanted");
		return;
	}
	if (option_given(o, "since"))
		after = (uint64_t)option_count(o, "since", 0);
	if (!err)
		err = change_reader_new(x->view, after, option_bool(o, "all"), &reader);
	for (size_t left = limit_of(x, CHANGES_DEFAULT); !err && left; left--) {
		err = change_reader_next(reader, &change);
		if (!err)
			err = render_json_change(&x->answer, change);
		if (!err)
			err = check_size(x);
	}
	change_reader_free(reader);
	finish(x, err == ERR_NOT_FOUND ? ERR_OK : err, TYPE_NDJSON);
}

static enum err write_hosts(struct exchange *x, const struct host_filter *wanted)
{
	struct damage damage = { .n = 0 };
	struct source_views sources = { .n = 0 };
	struct store_walk *walk = NULL;
	struct host_view view;
	struct host host;
	enum err err = store_walk_hosts(x->view, &walk);

	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (damage_of_host(&damage, walk, &host.key, err)) {
			err = ERR_OK;
			continue;
		}
		if (err || (wanted && !host_filter_matches(wanted, buf_span(&host.name))))
			continue;
		host_view_make(&view, &host, &x->listener->settings);
		err = host_view_read_sources(&view, x->view, &sources);
		if (!err)
			err = render_json_host(&x->answer, &view);
		if (!err)
			err = check_size(x);
	}
	damage_end(&damage);
	source_views_release(&sources);
	host_release(&host);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void answer_host(struct exchange *x)
{
	const char *argument = option_arg(&x->query.options, 0);
	struct host_filter wanted = { .port = 0 };
	struct why why = { "" };
	enum err err = ERR_OK;

	if (argument)
		err = host_filter_init(&wanted, span_of(argument), &why);
	if (err) {
		answer_failure(x, err, why.text);
		return;
	}
	err = write_hosts(x, argument ? &wanted : NULL);
	host_filter_release(&wanted);
	if (!err && argument && !x->answer.len)
		answer_failure(x, ERR_NOT_FOUND, "no such host");
	else if (err == ERR_TOO_LARGE)
		answer_failure(x, err, "over 32 MiB: ask for one host");
	else
		finish(x, err, TYPE_NDJSON);
}

/* ---- reckoning -------------------------------------------------------------------------------------- */

void answer_plan(struct exchange *x)
{
	const struct options *o = &x->query.options;
	struct outlook_request request = {
		.settings = &x->listener->settings,
		.n_visits = limit_of(x, 20),
		.within_ms = option_duration(o, "within", 0),
		.target = option_number(o, "target", 0),
	};
	struct outlook outlook = { .n_visits = 0 };
	struct why why = { "" };
	double *budgets = NULL;
	enum err err = outlook_budgets(o, &x->listener->settings, &budgets,
				       &request.n_budgets, &why);

	if (err) {
		answer_failure(x, err, why.text);
	} else {
		request.budgets_per_s = budgets;
		if (option_given(o, "within") && !option_given(o, "limit"))
			request.n_visits = LINES_MAX;
		err = outlook_make(&outlook, x->view, &request, x->now_ms);
		if (!err)
			err = render_json_outlook(&x->answer, &outlook);
		finish(x, err, TYPE_JSON);
		outlook_release(&outlook);
	}
	free(budgets);
}

static void note_reckoned(struct exchange *x, const struct report *report,
			  int64_t began_us)
{
	struct reckoned reckoned = {
		.freshness = report_freshness(&report->pages),
		.freshness_weighted = report_freshness_weighted(&report->pages),
		.n_overdue = report->pages.n_overdue,
		.at_ms = report->at_ms,
		.at_us = clock_monotonic_us(),
	};

	reckoned.cost_us = reckoned.at_us - began_us;
	pthread_mutex_lock(&x->listener->lock);
	x->listener->reckoned = reckoned;
	pthread_mutex_unlock(&x->listener->lock);
}

static enum err make_report(struct exchange *x, const struct reader_filter *filter)
{
	const struct options *o = &x->query.options;
	struct report_query query = {
		.settings = &x->listener->settings,
		.filter = &filter->filter,
		.host = option_text(o, "host", NULL),
		.tag = option_text(o, "tag", NULL),
		.now_ms = x->now_ms,
		.window_ms = option_duration(o, "window", WINDOW_DEFAULT_MS),
	};
	int64_t began_us = clock_monotonic_us();
	struct report report = { .series = NULL };
	enum err err = report_make(x->view, &query, &report);

	if (err)
		return err;
	if (!query.host && !query.tag)
		note_reckoned(x, &report, began_us);
	err = render_json_report(&x->answer, &report);
	report_release(&report);
	return err;
}

/* What the report depends on: the words that were asked. */
static enum err target_of(const struct exchange *x, struct buf *target)
{
	enum err err = ERR_OK;

	for (int i = 0; !err && i < x->query.n_words; i++)
		err = buf_printf(target, "%s\n", x->query.words[i]);
	return err;
}

/* Many may watch: the same report is given again until it is ten times as old as what it
 * cost, so that reports take a tenth of one core at most. */
static bool give_again(struct exchange *x, struct span target)
{
	struct listener *l = x->listener;

	return l->report.len && span_equal(buf_span(&l->report_target), target) &&
	       clock_monotonic_us() - l->report_at_us < REPORT_COST * l->report_cost_us &&
	       buf_set(&x->answer, buf_span(&l->report)) == ERR_OK;
}

static void keep(struct exchange *x, struct buf *target, int64_t began_us)
{
	struct listener *l = x->listener;

	buf_release(&l->report_target);
	l->report_target = buf_take(target);
	if (buf_set(&l->report, buf_span(&x->answer)))
		buf_clear(&l->report);
	l->report_at_us = clock_monotonic_us();
	l->report_cost_us = l->report_at_us - began_us;
}

void answer_report(struct exchange *x)
{
	int64_t began_us = clock_monotonic_us();
	struct buf target = BUF_INIT;
	struct reader_filter filter;
	enum err err = target_of(x, &target);

	if (!err && give_again(x, buf_span(&target))) {
		finish(x, ERR_OK, TYPE_JSON);
	} else if (read_filter(x, &filter, false)) {
		if (!err)
			err = make_report(x, &filter);
		if (!err)
			keep(x, &target, began_us);
		finish(x, err, TYPE_JSON);
		reader_filter_release(&filter);
	}
	buf_release(&target);
}
