#include "tools/page_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "crawler/transport.h"
#include "scheduler/learn.h"
#include "store/base/clock.h"

/* The rate lies between rate_low and rate_high with this probability. */
#define RATE_LEVEL 0.9

double float_as_written(float x)
{
	char text[32];

	snprintf(text, sizeof(text), "%.7g", (double)x);
	return strtod(text, NULL);
}

/* When what we know of the page was last proved. A page that is gone or moved was seen to
 * be so at its last visit; a failure proves nothing, and nor does robots.txt. */
static int64_t proved_at_ms(const struct page *page, enum page_state state)
{
	if (state == STATE_GONE || state == STATE_MOVED)
		return page->last_visit_at_ms;
	return page->last_verified_at_ms;
}

static double days_since(int64_t at_ms, int64_t now_ms)
{
	if (!at_ms)
		return NAN;
	return now_ms > at_ms ? (double)(now_ms - at_ms) / (double)MS_PER_DAY : 0;
}

void page_view_make(struct page_view *view, const struct page *page,
		    double prior_mean_per_day, int64_t now_ms)
{
	struct url_parts parts;

	*view = (struct page_view){ .page = page, .state = page_state(page) };
	if (url_split(buf_span(&page->url), &parts) == ERR_OK)
		view->host = parts.origin;
	view->posterior = learn_posterior(page, prior_mean_per_day);
	view->age_days = days_since(proved_at_ms(page, view->state), now_ms);
	view->fresh_probability =
		isnan(view->age_days) ? NAN
				      : learn_fresh_probability(page, prior_mean_per_day,
								view->age_days);
	view->interval_s =
		page->last_visit_at_ms && page->next_visit_at_ms
			? (double)(page->next_visit_at_ms - page->last_visit_at_ms) /
				  (double)MS_PER_SECOND
			: NAN;
	if (page->next_visit_at_ms && page->next_visit_at_ms < now_ms)
		view->overdue_ms = now_ms - page->next_visit_at_ms;
	view->has_version = page->last_verified_at_ms &&
			    (view->state == STATE_UNCHANGED ||
			     view->state == STATE_STALE || view->state == STATE_FAILING);
}

const char *validator_kind_text(enum validator_kind kind)
{
	static const char *const texts[N_VALIDATOR_KINDS] = { "strong", "weak", "date",
							      "none" };

	return texts[kind];
}

/* ---- cells --------------------------------------------------------------------------- */

struct filling {
	struct cell *cells;
	size_t n;
};

static struct cell *add(struct filling *f, const char *name, enum cell_kind kind)
{
	struct cell *cell = &f->cells[f->n++];

	*cell = (struct cell){ .name = name, .kind = kind };
	return cell;
}

static void add_text(struct filling *f, const char *name, const char *text)
{
	add(f, name, CELL_TEXT)->text = span_of(text);
}

static void add_buf(struct filling *f, const char *name, enum cell_kind kind,
		    const struct buf *buf)
{
	add(f, name, kind)->text = buf_span(buf);
}

static void add_whole(struct filling *f, const char *name, enum cell_kind kind,
		      int64_t whole)
{
	add(f, name, kind)->whole = whole;
}

static void add_real(struct filling *f, const char *name, double real)
{
	add(f, name, CELL_REAL)->real = real;
}

static void add_digest(struct filling *f, const char *name, const struct digest *digest)
{
	add(f, name, CELL_DIGEST)->text = span_from(digest->bytes, DIGEST_SIZE);
}

static void add_bound(struct filling *f, const char *name, int64_t bound_ms)
{
	add_real(f, name, bound_ms ? (double)bound_ms / (double)MS_PER_SECOND : NAN);
}

static void add_conclusion(struct filling *f, const struct page_view *view)
{
	const struct page *page = view->page;

	add_buf(f, "url", CELL_TEXT, &page->url);
	add(f, "host", CELL_TEXT)->text = view->host;
	add_text(f, "state", state_text(view->state));
	add_text(f, "verdict", verdict_text((enum verdict)page->verdict));
	add_text(f, "evidence", evidence_text((enum evidence)page->evidence));
	add_text(f, "differs",
		 page->differs ? differs_text((enum differs)page->differs) : "");
	add_whole(f, "version", CELL_WHOLE, page->version);
	add_whole(f, "indexed_version", CELL_WHOLE, page->indexed_version);
	add_whole(f, "http_status", CELL_WHOLE_0, page->http_status);
	add_text(f, "error",
		 page->error ? fetch_error_text((enum fetch_error)page->error) : "");
	add_buf(f, "error_detail", CELL_TEXT, &page->error_detail);
	add_text(f, "held", page->held ? hold_text((enum hold)page->held) : "");
	add_real(f, "weight", float_as_written(page->weight));
	add_buf(f, "tags", CELL_LIST, &page->tags);
}

static void add_content(struct filling *f, const struct page_view *view)
{
	const struct page *page = view->page;

	add_buf(f, "etag", CELL_BYTES, &page->etag);
	add_buf(f, "last_modified", CELL_BYTES, &page->last_modified);
	add_text(f, "validator", validator_kind_text(page_validator(page)));
	add_digest(f, "digest", &page->digest);
	add_digest(f, "text_digest", &page->text_digest);
	add_digest(f, "link_digest", &page->link_digest);
	add_whole(f, "simhash", CELL_HASH, (int64_t)page->simhash);
	add_buf(f, "content_type", CELL_TEXT, &page->content_type);
	add_buf(f, "title", CELL_TEXT, &page->title);
	add_buf(f, "canonical", CELL_TEXT, &page->canonical);
	add_buf(f, "language", CELL_TEXT, &page->language);
	add_whole(f, "noindex", CELL_BOOL, page->noindex);
	add_whole(f, "noarchive", CELL_BOOL, page->noarchive);
	add_whole(f, "noisy", CELL_BOOL, page_is_noisy(page));
	add_whole(f, "body_len", CELL_WHOLE, page->body_len);
	add_whole(f, "has_body", CELL_BOOL, page->has_body);
	add_buf(f, "redirect_to", CELL_TEXT, &page->redirect_to);
	add_buf(f, "hops", CELL_HOPS, &page->hops);
}

static void add_times(struct filling *f, const struct page_view *view)
{
	const struct page *page = view->page;
	struct cell *between;

	add_whole(f, "first_seen_at", CELL_TIME, page->first_seen_at_ms);
	add_whole(f, "last_visit_at", CELL_TIME, page->last_visit_at_ms);
	add_whole(f, "last_verified_at", CELL_TIME, page->last_verified_at_ms);
	add_whole(f, "last_change_at", CELL_TIME, page->last_change_at_ms);
	between = add(f, "changed_between", CELL_BETWEEN);
	between->whole = page->changed_after_ms;
	between->until = page->changed_before_ms;
	add_whole(f, "next_visit_at", CELL_TIME, page->next_visit_at_ms);
	add_text(f, "next_visit_reason",
		 reason_text((enum visit_reason)page->next_visit_reason));
	add_real(f, "interval_s", view->interval_s);
	add_bound(f, "min_interval_s", page->min_interval_ms);
	add_bound(f, "max_interval_s", page->max_interval_ms);
}

static void add_estimate(struct filling *f, const struct page_view *view)
{
	struct rate_interval interval =
		rate_credible_interval(view->posterior, RATE_LEVEL);

	add_real(f, "rate_per_day", rate_mean_per_day(view->posterior));
	add_real(f, "rate_low", interval.low_per_day);
	add_real(f, "rate_high", interval.high_per_day);
	add_real(f, "fresh_probability", view->fresh_probability);
	add_whole(f, "class", CELL_WHOLE, view->page->value_class);
}

size_t page_view_cells(const struct page_view *view, struct cell cells[PAGE_CELLS_MAX])
{
	struct filling f = { cells, 0 };
	const struct page *page = view->page;

	add_conclusion(&f, view);
	add_content(&f, view);
	add_times(&f, view);
	add_estimate(&f, view);
	add_whole(&f, "visits", CELL_WHOLE, page->n_visits);
	add_whole(&f, "changes", CELL_WHOLE, page->n_changes);
	add_whole(&f, "failures", CELL_WHOLE, page->n_failures);
	add_whole(&f, "change_cursor", CELL_WHOLE_0, (int64_t)page->change_cursor);
	return f.n;
}

const char *page_view_reason(const struct page_view *view)
{
	static const char *const texts[] = {
		[REASON_NONE] = "not planned",
		[REASON_NEVER_FETCHED] = "it was never fetched",
		[REASON_INTERVAL] = "the interval that the policy chose ends then",
		[REASON_MIN_INTERVAL] = "its least interval ends then; the policy would "
					"look sooner",
		[REASON_MAX_INTERVAL] =
			"its greatest interval ends then; the policy would wait longer",
		[REASON_BACKOFF] = "the last visit failed; the back-off ends then",
		[REASON_RETRY_AFTER] = "the origin asked for it (Retry-After)",
		[REASON_CONFIRM_GONE] = "a second look shall confirm that it is gone",
		[REASON_ASK_AGAIN] = "the last answer contradicted itself; it is asked "
				     "without conditions",
		[REASON_ROBOTS] = "robots.txt forbids it; that is read anew then",
		[REASON_VALUE] = "a visit is expected to be worth its price then",
		[REASON_RECHECK] = "a recheck was asked for",
		[REASON_CONFIRM_HELD] = "a second look shall confirm what is held back",
		[REASON_ANNOUNCED] = "a source says that it has changed",
		[REASON_NOISY] = "it is noisy: other bytes at every visit, never other "
				 "words; it is visited less for that",
	};
	uint8_t reason = view->page->next_visit_reason;

	if (reason < ARRAY_SIZE(texts) && texts[reason])
		return texts[reason];
	return reason_text((enum visit_reason)reason);
}
