/* render_text_report.c - the freshness report for a terminal: at most REPORT_LINES_MAX
 * lines of 80 columns, the most important first. */
#include "tools/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/text_out.h"

#define COLUMNS 80
#define HOSTS_SHOWN 10
#define ATTENTION_SHOWN 4
#define BAR_WIDTH 20
#define SPARKS_MAX 60
#define PREVIOUS_SIZE (UNITS_TEXT_SIZE + 20)
#define BAR_SIZE TEXT_BAR_SIZE(BAR_WIDTH)

/* What the lines go to. */
struct paper {
	struct buf *buf;
	struct text_style style;
};

static struct span span_trim_end(struct span s)
{
	while (s.len && s.data[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* Paints the line that begins at `start`, from its character `column` to its end. */
static enum err paint(struct paper *out, size_t start, size_t column, const char *color)
{
	/* Without its line feed. */
	struct span text =
		span_from(buf_text(out->buf) + start, out->buf->len - start - 1);
	size_t skipped = text_measure(text, column);
	struct buf line = BUF_INIT;
	enum err err;

	if (!out->style.color || !*color || skipped == text.len)
		return ERR_OK;
	err = buf_set(&line, span_from(text.data + skipped, text.len - skipped));
	out->buf->len = start + skipped;
	if (!err)
		err = buf_printf(out->buf, "%s%s" TEXT_PLAIN "\n", color,
				 buf_text(&line));
	buf_release(&line);
	return err;
}

/* One line of a format, cut to the width; painted from `column` on. */
static enum err colored(struct paper *out, const char *color, size_t column,
			const char *format, ...) PRINTF_LIKE(4, 5);

static enum err colored(struct paper *out, const char *color, size_t column,
			const char *format, ...)
{
	char text[512];
	size_t start = out->buf->len;
	va_list args;
	enum err err;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err = buf_append_span(out->buf, span_trim_end(span_of(text)));
	if (!err)
		err = text_end_line(out->buf, start, COLUMNS);
	return err ? err : paint(out, start, column, color);
}

#define line(out, ...) colored(out, "", 0, __VA_ARGS__)

/* The same as a title, below an empty line. */
#define section(out, ...)                              \
	(buf_append_byte((out)->buf, '\n') ? ERR_NOMEM \
					   : colored(out, TEXT_BOLD, 0, __VA_ARGS__))

static double part_of(int64_t n, int64_t total)
{
	return total ? (double)n / (double)total : NAN;
}

static enum err append_title(struct paper *out, const struct report *r)
{
	char at[TEXT_TIME_SIZE], window[UNITS_TEXT_SIZE];

	text_time(r->at_ms, at);
	units_format_duration(r->at_ms - r->since_ms, window);
	return colored(out, TEXT_BOLD, 0, "Freshness at %s UTC, last %s%s%s%s%s", at,
		       window, r->host ? ", host " : "", r->host ? r->host : "",
		       r->tag ? ", tag " : "", r->tag ? r->tag : "");
}

/* "the window before", or which one --compare picked. */
static void name_previous(const struct report *r, char text[PREVIOUS_SIZE])
{
	char ago[UNITS_TEXT_SIZE];

	if (r->previous.until_ms == r->since_ms) {
		snprintf(text, PREVIOUS_SIZE, "the window before");
		return;
	}
	units_format_duration(r->at_ms - r->previous.until_ms, ago);
	snprintf(text, PREVIOUS_SIZE, "the window %s ago", ago);
}

/* How the index stood at the end of the window before, if that is known. */
static enum err append_then(struct paper *out, const struct report *r)
{
	static const enum page_state states[] = { STATE_UNCHANGED, STATE_STALE,
						  STATE_GONE, STATE_FAILING };
	const int64_t *n = r->previous.counters.n;
	int64_t total = counters_n_pages(&r->previous.counters);
	char then[160] = "", share[TEXT_SHARE_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(states) && len < sizeof(then); i++) {
		text_share(part_of(n[states[i]], total), share);
		len += (size_t)snprintf(then + len, sizeof(then) - len, "%s%s %s",
					i ? ", " : "", share, state_text(states[i]));
	}
	return total ? line(out, "%-10s %s", "then", then) : ERR_OK;
}

/* What was done, and how much that was before. */
static enum err append_trend(struct paper *out, const struct report *r)
{
	int64_t now = counters_visits(&r->window),
		before = counters_visits(&r->previous.counters);
	char n[UNITS_TEXT_SIZE], was[UNITS_TEXT_SIZE], size[UNITS_TEXT_SIZE],
		saved[UNITS_TEXT_SIZE], name[PREVIOUS_SIZE];
	enum err err;

	units_format_count(now, n);
	units_format_count(before, was);
	units_format_size(counters_bytes(&r->window), size);
	units_format_size(r->window.n[COUNT_BYTES_SAVED], saved);
	name_previous(r, name);
	err = line(out, "%-10s %s visits (%s in %s), %s received", "work", n, was, name,
		   size);
	if (!err && !r->filtered)
		err = line(out, "%-10s %s saved by revalidation", "", saved);
	return err;
}

static enum err append_headline(struct paper *out, const struct report *r)
{
	const struct report_pages *p = &r->pages;
	char fresh[TEXT_SHARE_SIZE], low[TEXT_SHARE_SIZE], high[TEXT_SHARE_SIZE],
		weighted[TEXT_SHARE_SIZE], index[TEXT_SHARE_SIZE], n[UNITS_TEXT_SIZE];
	double from, to;
	enum err err;

	report_freshness_interval(p, &from, &to);
	text_share(report_freshness(p), fresh);
	text_share(from, low);
	text_share(to, high);
	text_share(report_freshness_weighted(p), weighted);
	text_share(report_freshness_of_index(p), index);
	units_format_count(p->n_total, n);
	err = line(out, "%-10s %s (90%%: %s to %s); by weight %s, in the index %s",
		   "freshness", fresh, low, high, weighted, index);
	if (!err)
		err = line(out,
			   "%-10s %s: %" PRId64 " unchanged, %" PRId64 " stale, %" PRId64
			   " gone, %" PRId64 " failing",
			   "pages", n, p->n[STATE_UNCHANGED], p->n[STATE_STALE],
			   p->n[STATE_GONE], p->n[STATE_FAILING]);
	if (!err)
		err = line(out,
			   "%-10s %" PRId64 " unfetched, %" PRId64 " moved, %" PRId64
			   " blocked; %" PRId64 " overdue",
			   "", p->n[STATE_UNFETCHED], p->n[STATE_MOVED],
			   p->n[STATE_BLOCKED], p->n_overdue);
	if (!err)
		err = append_then(out, r);
	return err ? err : append_trend(out, r);
}

static const char *verdict_color(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_UNCHANGED:
		return TEXT_GREEN;
	case VERDICT_NEW:
	case VERDICT_CHANGED:
		return TEXT_BLUE;
	case VERDICT_GONE:
	case VERDICT_ERROR:
	case VERDICT_REFUSED:
		return TEXT_RED;
	default:
		return "";
	}
}

static enum err append_verdicts(struct paper *out, const struct report *r)
{
	int64_t total = counters_visits(&r->window);
	enum err err = section(out, "%-12s %16s %10s", "Verdicts", "visits", "bytes");

	for (int v = VERDICT_NEW; !err && v < N_VERDICTS; v++) {
		int64_t n = r->window.n[COUNT_VERDICT_NONE + v];
		char count[UNITS_TEXT_SIZE], size[UNITS_TEXT_SIZE], drawn[BAR_SIZE];

		if (!n)
			continue;
		units_format_count(n, count);
		units_format_size(r->window.n[COUNT_BYTES_NONE + v], size);
		text_bar(&out->style, part_of(n, total), BAR_WIDTH, drawn);
		err = colored(out, verdict_color((enum verdict)v), 41,
			      "  %-10s %16s %10s  %s", verdict_text((enum verdict)v),
			      count, size, drawn);
	}
	if (!err && !total)
		err = line(out, "  no visit in this time");
	return err;
}

static const char *step_text(int64_t step_ms)
{
	if (step_ms == MS_PER_HOUR)
		return "hour";
	return step_ms == MS_PER_DAY ? "day" : "week";
}

/* The newest buckets, one mark each, scaled to the greatest. */
static enum err append_series(struct paper *out, const struct report *r)
{
	size_t shown = r->n_series < SPARKS_MAX ? r->n_series : SPARKS_MAX;
	const struct report_bucket *first = r->series + (r->n_series - shown);
	char drawn[TEXT_BAR_SIZE(SPARKS_MAX)] = "";
	int64_t visits[SPARKS_MAX];

	if (shown < 2)
		return ERR_OK;
	for (size_t i = 0; i < shown; i++)
		visits[i] = counters_visits(&first[i].counters);
	text_sparks(&out->style, visits, shown, drawn);
	return line(out, "  by %-4s    [%s]", step_text(r->series_step_ms), drawn);
}

static enum err append_staleness(struct paper *out, const struct report *r)
{
	static const struct {
		const char *text;
		int from, to; /* buckets of a tenth each */
		const char *color;
	} rows[] = {
		{ "90-100% fresh", 9, 10, TEXT_GREEN },
		{ "70-90%", 7, 9, TEXT_GREEN },
		{ "50-70%", 5, 7, TEXT_YELLOW },
		{ "30-50%", 3, 5, TEXT_YELLOW },
		{ "0-30%", 0, 3, TEXT_RED },
	};
	char age[UNITS_TEXT_SIZE] = "-";
	double median = report_age_s(&r->pages, 0.5);
	enum err err;

	if (!isnan(median))
		units_format_duration((int64_t)(median * 1000), age);
	err = section(out,
		      "Staleness now: pages by chance to be as we know them; "
		      "median age %s",
		      age);
	for (size_t i = 0; !err && i < ARRAY_SIZE(rows); i++) {
		char drawn[BAR_SIZE];
		int64_t n = 0;

		for (int b = rows[i].from; b < rows[i].to; b++)
			n += r->pages.fresh_buckets[b];
		text_bar(&out->style, part_of(n, r->pages.n_fresh), BAR_WIDTH, drawn);
		err = colored(out, rows[i].color, 30, "  %-14s %12" PRId64 "  %s",
			      rows[i].text, n, drawn);
	}
	return err;
}

static enum err append_rates(struct paper *out, const struct report *r)
{
	enum err err = section(out, "%-24s %10s %10s %9s %7s", "Pages by change rate",
			       "pages", "visits", "changes", "fresh");

	for (int i = 0; !err && i < N_RATE_CLASSES; i++) {
		const struct rate_class_sum *sum = &r->pages.rates[i];
		char fresh[TEXT_SHARE_SIZE];

		if (!sum->n_pages)
			continue;
		text_share(sum->n_fresh ? sum->fresh_sum / (double)sum->n_fresh : NAN,
			   fresh);
		err = line(out, "  %-22s %10" PRId64 " %10" PRId64 " %9" PRId64 " %7s",
			   rate_classes[i].name, sum->n_pages, sum->n_visits,
			   sum->n_changes, fresh);
	}
	return err;
}

static enum err append_hosts(struct paper *out, const struct report *r)
{
	char title[32];
	enum err err;

	snprintf(title, sizeof(title), "Hosts (%zu)", r->hosts.n + r->hosts.n_dropped);
	err = section(out, "%-26s %7s %7s %7s %7s %7s", title, "pages", "stale",
		      "failing", "fresh", "304");
	for (size_t i = 0; !err && i < r->hosts.n && i < HOSTS_SHOWN; i++) {
		const struct report_host *h = best_item(&r->hosts, i);
		char fresh[TEXT_SHARE_SIZE], rate[TEXT_SHARE_SIZE];
		size_t start = out->buf->len;

		text_share(h->n_fresh ? h->fresh_sum / (double)h->n_fresh : NAN, fresh);
		text_share(h->view.not_modified_rate, rate);
		err = buf_append_text(out->buf, "  ");
		if (!err)
			err = text_column(out->buf, buf_span(&h->host.name), 24, true);
		if (!err)
			err = buf_printf(out->buf,
					 " %7" PRId64 " %7" PRId64 " %7" PRId64
					 " %7s %7s",
					 h->n_total, h->n_pages[STATE_STALE],
					 h->n_pages[STATE_FAILING], fresh, rate);
		if (!err)
			err = text_end_line(out->buf, start, COLUMNS);
	}
	return err;
}

static enum err append_validators(struct paper *out, const struct report *r)
{
	const int64_t *v = r->pages.validators;
	const struct counters *c = &r->window;
	int64_t asked = c->n[COUNT_REQUESTS_CONDITIONAL];
	char rate[TEXT_SHARE_SIZE];
	enum err err;

	err = section(out,
		      "Validators: %" PRId64 " pages strong, %" PRId64 " weak, %" PRId64
		      " date, %" PRId64 " none",
		      v[VALIDATOR_KIND_STRONG], v[VALIDATOR_KIND_WEAK],
		      v[VALIDATOR_KIND_DATE], v[VALIDATOR_KIND_NONE]);
	if (err || r->filtered)
		return err;
	if (!asked)
		return line(out, "  nothing was asked conditionally in this time");
	text_share(part_of(c->n[COUNT_STATUS_304], asked), rate);
	return line(out,
		    "  %s of %" PRId64 " conditional requests: 304; %" PRId64
		    " useless 200; %" PRId64 " of %" PRId64 " audits false",
		    rate, asked, c->n[COUNT_USELESS_200], c->n[COUNT_FALSE_304],
		    c->n[COUNT_AUDITS]);
}

/* Did we foretell changes rightly? */
static enum err append_calibration(struct paper *out, const struct report *r)
{
	const struct calibration *c = &r->calibration;
	char predicted[TEXT_SHARE_SIZE], observed[TEXT_SHARE_SIZE];

	if (!c->n)
		return ERR_OK;
	text_share(c->predicted, predicted);
	text_share(c->observed, observed);
	return line(out,
		    "  of %" PRIu64 " visits %s were foretold to find a change, %s did; "
		    "Brier %.3f",
		    c->n, predicted, observed, c->brier);
}

static enum err append_budget(struct paper *out, const struct report *r)
{
	const struct report_budget *b = &r->budget;
	char half[TEXT_SHARE_SIZE], best[TEXT_SHARE_SIZE], twice[TEXT_SHARE_SIZE],
		uniform[TEXT_SHARE_SIZE], used[32] = "-";
	enum err err;

	text_share(b->best_half, half);
	text_share(b->best, best);
	text_share(b->best_double, twice);
	text_share(b->uniform, uniform);
	if (!isnan(b->used_per_day))
		snprintf(used, sizeof(used), "%.0f", b->used_per_day);
	err = section(out, "Budget: %.0f requests a day, %s used", b->per_day, used);
	return err ? err
		   : line(out,
			  "  best freshness %s (half: %s, double: %s); uniform visits: %s",
			  best, half, twice, uniform);
}

static enum err append_attention(struct paper *out, const struct report *r)
{
	size_t shown =
		r->attention.n < ATTENTION_SHOWN ? r->attention.n : ATTENTION_SHOWN;
	size_t more = r->attention.n + r->attention.n_dropped - shown;
	enum err err = shown ? section(out, "Attention") : ERR_OK;

	for (size_t i = 0; !err && i < shown; i++) {
		const struct report_attention *a = best_item(&r->attention, i);
		struct span host = buf_span(&a->host);
		size_t start = out->buf->len, scheme = span_find(host, '/');

		if (scheme + 2 < host.len) /* the line is short */
			host = span_from(host.data + scheme + 2, host.len - scheme - 2);
		err = buf_append_text(out->buf, "! ");
		if (!err && host.len)
			err = text_column(out->buf, host, 24, false);
		else if (!err)
			err = buf_printf(out->buf, "%" PRId64, a->n_pages);
		if (!err)
			err = buf_printf(out->buf, " %s", buf_text(&a->hint));
		if (!err)
			err = text_end_line(out->buf, start, COLUMNS);
		if (!err)
			err = paint(out, start, 0,
				    a->severity >= ATTENTION_URGENT ? TEXT_RED
								    : TEXT_YELLOW);
	}
	if (!err && more)
		err = line(out, "  and %zu more: `freshet report --format json`", more);
	return err;
}

enum err render_text_report(struct buf *out, const struct report *report,
			    const struct text_style *style)
{
	static enum err (*const parts[])(struct paper *, const struct report *) = {
		append_title,       append_headline, append_verdicts,  append_series,
		append_staleness,   append_rates,    append_hosts,     append_validators,
		append_calibration, append_budget,   append_attention,
	};
	struct paper paper = { .buf = out, .style = *style };
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < ARRAY_SIZE(parts); i++)
		err = parts[i](&paper, report);
	return err;
}
