#include "tools/sim_table.h"

#include <stdlib.h>

#include "tools/escape.h"
#include "tools/json_out.h"

enum err sim_results_add(struct sim_results *results, const struct sim_result *result,
			 struct span name)
{
	struct sim_result *item;
	enum err err;

	if (results->n == results->cap) {
		size_t cap = results->cap ? 2 * results->cap : 16;
		void *items = realloc(results->items, cap * sizeof(*results->items));

		if (!items)
			return ERR_NOMEM;
		results->items = items;
		results->cap = cap;
	}
	item = &results->items[results->n];
	*item = *result;
	item->trace = (struct buf)BUF_INIT;
	err = buf_set(&item->trace, name);
	results->n += !err;
	return err;
}

void sim_results_release(struct sim_results *results)
{
	for (size_t i = 0; i < results->n; i++)
		buf_release(&results->items[i].trace);
	free(results->items);
	memset(results, 0, sizeof(*results));
}

static double percent(const struct sim_result *r)
{
	return 100 * r->score.freshness / r->oracle_freshness;
}

static bool begins_group(const struct sim_results *results, size_t i)
{
	const struct sim_result *r = &results->items[i];

	return i == 0 || r->relative != r[-1].relative ||
	       !span_equal(buf_span(&r->trace), buf_span(&r[-1].trace));
}

static enum err append_head(const struct sim_result *r, struct buf *out)
{
	enum err err = out->len ? buf_append_byte(out, '\n') : ERR_OK;

	if (!err)
		err = escape_terminal(out, buf_span(&r->trace));
	if (!err)
		err = buf_printf(out,
				 ": %zu pages, %.0f days, %.1f requests a day "
				 "(%.3g of the changes), %s weights\n",
				 r->n_pages, r->days, r->budget_per_day, r->relative,
				 r->zipf ? "zipf" : "uniform");
	if (!err)
		err = buf_printf(out, "  %-13s %9s %9s %9s %9s %9s %9s %9s\n", "policy",
				 "freshness", "of oracle", "age", "harmonic", "requests",
				 "found", "visits/s");
	return err;
}

enum err sim_results_text(const struct sim_results *results, struct buf *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < results->n && !err; i++) {
		const struct sim_result *r = &results->items[i];

		if (begins_group(results, i))
			err = append_head(r, out);
		if (!err)
			err = buf_printf(out,
					 "  %-13s %8.2f%% %8.2f%% %8.2fd %9.3f %9llu "
					 "%9llu %9.0f\n",
					 r->policy, 100 * r->score.freshness, percent(r),
					 r->score.age_days, r->score.harmonic,
					 (unsigned long long)r->score.n_requests,
					 (unsigned long long)r->score.n_changes_found,
					 r->score.visits_per_second);
	}
	return err;
}

static void append_result(const struct sim_result *r, struct json_out *j)
{
	json_open(j, '{');
	json_key_text(j, "trace", buf_span(&r->trace));
	json_key_text(j, "policy", span_of(r->policy));
	json_key_real(j, "relative", r->relative);
	json_key_real(j, "budget_per_day", r->budget_per_day);
	json_key_text(j, "weights", r->zipf ? SPAN("zipf") : SPAN("uniform"));
	json_key_whole(j, "pages", (int64_t)r->n_pages);
	json_key_real(j, "days", r->days);
	json_key_real(j, "freshness", r->score.freshness);
	json_key_real(j, "oracle_freshness", r->oracle_freshness);
	json_key_real(j, "percent_of_oracle", percent(r));
	json_key_real(j, "age_days", r->score.age_days);
	json_key_real(j, "harmonic", r->score.harmonic);
	json_key_whole(j, "requests", (int64_t)r->score.n_requests);
	json_key_whole(j, "changes_found", (int64_t)r->score.n_changes_found);
	json_key_real(j, "visits_per_second", r->score.visits_per_second);
	json_close(j, '}');
}

enum err sim_results_json(const struct sim_results *results, struct buf *out)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.simulate/1"));
	json_key_whole(&j, "seed", (int64_t)results->seed);
	json_key_open(&j, "results", '[');
	for (size_t i = 0; i < results->n; i++)
		append_result(&results->items[i], &j);
	json_close(&j, ']');
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}
