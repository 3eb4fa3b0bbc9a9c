/* render_json_outlook.c - freshet.plan/1. */
#include "tools/json_out.h"
#include "tools/outlook.h"

#include "store/base/clock.h"

static void json_visits(struct json_out *j, const struct outlook *o)
{
	json_key_open(j, "next", '[');
	for (size_t i = 0; i < o->n_visits; i++) {
		const struct outlook_visit *v = &o->visits[i];

		json_open(j, '{');
		json_key_time(j, "at", v->at_ms);
		json_key_text(j, "url", buf_span(&v->url));
		json_key_text(j, "reason",
			      span_of(reason_text((enum visit_reason)v->reason)));
		json_key_time(j, "waited_for_address_until", v->address_at_ms);
		json_key_real(j, "value", v->value);
		json_key_real(j, "p_changed", v->change_probability);
		json_key_real(j, "weight", v->weight);
		json_key_time(j, "last_visit_at", v->last_visit_at_ms);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_budgets(struct json_out *j, const struct outlook *o)
{
	json_key_open(j, "budgets", '[');
	for (size_t i = 0; i < o->n_budgets; i++) {
		json_open(j, '{');
		json_key_real(j, "per_s", o->budgets[i].per_s);
		json_key_real(j, "freshness", o->budgets[i].best);
		json_key_real(j, "uniform", o->budgets[i].uniform);
		json_key_real(j, "price", o->budgets[i].price);
		json_close(j, '}');
	}
	json_close(j, ']');
	if (!(o->target > 0))
		return;
	json_key_open(j, "target", '{');
	json_key_real(j, "freshness", o->target);
	json_key_real(j, "per_s", o->target_per_s);
	json_close(j, '}');
}

static double seconds(int64_t ms)
{
	return (double)ms / (double)MS_PER_SECOND;
}

static void json_hosts(struct json_out *j, const struct outlook *o)
{
	json_key_whole(j, "n_slow_hosts", (int64_t)o->n_slow_hosts);
	json_key_open(j, "slow_hosts", '[');
	for (size_t i = 0; i < o->n_hosts; i++) {
		const struct outlook_host *h = &o->hosts[i];

		json_open(j, '{');
		json_key_text(j, "host", buf_span(&h->name));
		json_key_whole(j, "pages", (int64_t)h->n_pages);
		json_key_real(j, "delay_s", seconds(h->delay_ms));
		json_key_real(j, "one_pass_s", seconds(h->pass_ms));
		json_key_bool(j, "max_interval_can_be_met", !h->max_interval_ms);
		json_close(j, '}');
	}
	json_close(j, ']');
}

enum err render_json_outlook(struct buf *out, const struct outlook *o)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.plan/1"));
	json_key_time(&j, "at", o->at_ms);
	json_key_whole(&j, "pages", (int64_t)o->n_pages);
	json_key_whole(&j, "pages_with_a_rate", (int64_t)o->n_rated);
	json_key_real(&j, "budget_per_s", o->budget_per_s);
	json_key_real(&j, "round_s", seconds(o->round_ms));
	json_key_real(&j, "price", o->price);
	json_visits(&j, o);
	json_budgets(&j, o);
	json_hosts(&j, o);
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}
