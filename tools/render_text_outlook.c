/* render_text_outlook.c - what is ahead, for people. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/escape.h"
#include "tools/outlook.h"
#include "tools/text_out.h"

/* A rate with three digits: budgets are no more exact than that. */
static void rate_text(double per_s, char text[UNITS_TEXT_SIZE])
{
	if (isnan(per_s))
		snprintf(text, UNITS_TEXT_SIZE, "-");
	else if (per_s >= 0.1)
		snprintf(text, UNITS_TEXT_SIZE, "%.3g/s", per_s);
	else
		snprintf(text, UNITS_TEXT_SIZE, "%.3g/d", per_s * 86400);
}

static enum err append_head(struct buf *out, const struct outlook *o)
{
	char pages[UNITS_TEXT_SIZE], rated[UNITS_TEXT_SIZE], budget[UNITS_TEXT_SIZE],
		round[UNITS_TEXT_SIZE];

	units_format_count((int64_t)o->n_pages, pages);
	units_format_count((int64_t)o->n_rated, rated);
	units_format_duration(o->round_ms, round);
	rate_text(o->budget_per_s, budget);
	return buf_printf(out,
			  "%s page%s, the change rate of %s is known\n"
			  "budget %s: once round in %s; a visit must gain %.3g\n",
			  pages, o->n_pages == 1 ? "" : "s", rated, budget, round,
			  o->price);
}

static enum err append_visit(struct buf *out, const struct outlook_visit *v,
			     int64_t now_ms)
{
	char in[UNITS_TEXT_SIZE], ago[UNITS_TEXT_SIZE] = "never", chance[TEXT_SHARE_SIZE],
				  value[32] = "-";
	enum err err;

	units_format_duration(v->at_ms - now_ms, in);
	if (v->last_visit_at_ms)
		units_format_duration(now_ms - v->last_visit_at_ms, ago);
	text_share(v->change_probability, chance);
	if (!isnan(v->value))
		snprintf(value, sizeof(value), "%.3g", v->value);
	err = buf_printf(out, "%9s %9s %9s %9s  %-17s ", in, value, chance, ago,
			 reason_text((enum visit_reason)v->reason));
	if (!err)
		err = escape_terminal(out, buf_span(&v->url));
	if (!err && v->address_at_ms)
		err = buf_append_text(out, "  (in line for its address)");
	return err ? err : buf_append_byte(out, '\n');
}

static enum err append_visits(struct buf *out, const struct outlook *o)
{
	enum err err = ERR_OK;

	if (o->n_visits)
		err = buf_printf(out, "\n%9s %9s %9s %9s  %-17s %s\n", "IN", "GAIN",
				 "CHANGED", "VISITED", "WHY", "URL");
	for (size_t i = 0; !err && i < o->n_visits; i++)
		err = append_visit(out, &o->visits[i], o->at_ms);
	return err;
}

static enum err append_budgets(struct buf *out, const struct outlook *o)
{
	enum err err = ERR_OK;
	char rate[UNITS_TEXT_SIZE], best[TEXT_SHARE_SIZE], uniform[TEXT_SHARE_SIZE];

	if (o->n_rated)
		err = buf_printf(out, "\n%12s %10s %10s\n", "BUDGET", "FRESHNESS",
				 "UNIFORM");
	for (size_t i = 0; !err && o->n_rated && i < o->n_budgets; i++) {
		const struct outlook_budget *b = &o->budgets[i];

		rate_text(b->per_s, rate);
		text_share(b->best, best);
		text_share(b->uniform, uniform);
		err = buf_printf(out, "%12s %10s %10s%s\n", rate, best, uniform,
				 fabs(b->per_s / o->budget_per_s - 1) < 1e-9
					 ? "  <- schedule.budget"
					 : "");
	}
	if (!err && o->target > 0 && o->n_rated) {
		rate_text(o->target_per_s, rate);
		text_share(o->target, best);
		err = buf_printf(out, "a freshness of %s takes %s\n", best, rate);
	}
	return err;
}

static enum err append_host(struct buf *out, const struct outlook_host *h)
{
	char pages[UNITS_TEXT_SIZE], delay[UNITS_TEXT_SIZE], pass[UNITS_TEXT_SIZE],
		bound[UNITS_TEXT_SIZE];
	enum err err;

	units_format_count((int64_t)h->n_pages, pages);
	units_format_duration(h->delay_ms, delay);
	units_format_duration(h->pass_ms, pass);
	err = text_column(out, buf_span(&h->name), 60, false);
	if (!err)
		err = buf_printf(out, ": %s page%s at %s delay: one pass takes %s", pages,
				 h->n_pages == 1 ? "" : "s", delay, pass);
	if (!err && h->max_interval_ms) {
		units_format_duration(h->max_interval_ms, bound);
		err = buf_printf(out, "; a greatest interval of %s cannot be met", bound);
	}
	return err ? err : buf_append_byte(out, '\n');
}

static enum err append_hosts(struct buf *out, const struct outlook *o)
{
	enum err err = ERR_OK;

	if (!o->n_hosts)
		return ERR_OK;
	err = buf_printf(out,
			 "\n%" PRIu64 " hosts can be asked less often than the budget "
			 "would have it%s\n",
			 o->n_slow_hosts,
			 o->n_slow_hosts > o->n_hosts ? "; the slowest:" : ":");
	for (size_t i = 0; !err && i < o->n_hosts; i++)
		err = append_host(out, &o->hosts[i]);
	return err;
}

enum err render_text_outlook(struct buf *out, const struct outlook *o)
{
	enum err err = append_head(out, o);

	if (!err)
		err = append_visits(out, o);
	if (!err)
		err = append_budgets(out, o);
	return err ? err : append_hosts(out, o);
}
