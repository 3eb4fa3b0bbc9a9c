#include "tools/command.h"

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/progress.h"
#include "tools/sim_policies.h"
#include "tools/sim_store.h"
#include "tools/sim_table.h"

#define RELATIVE_MAX 8
#define N_DRAWN_PAGES 10000

static const char *const default_policies[] = { "oracle", "optimal",      "uniform",
						"nutch",  "stormcrawler", NULL };

struct simulation {
	const struct options *options;
	double relative[RELATIVE_MAX];
	size_t n_relative;
	struct sim_setting setting; /* but for the budget */
	struct sim_results results;
	struct progress progress;
	uint64_t n_runs, n_done; /* of a policy in a world */
};

/* ---- the command line ------------------------------------------------------------------ */

static enum err read_relative(struct simulation *s, struct why *why)
{
	const char *text;
	enum err err = ERR_OK;

	for (size_t i = 0; !err && (text = option_list(s->options, "relative", i, NULL));
	     i++) {
		double c;

		if (i == RELATIVE_MAX)
			return why_set(why, ERR_INVALID, "--relative: more than %d",
				       RELATIVE_MAX);
		err = units_parse_number(span_of(text), &c);
		if (err || c < 1e-3 || c > 1e3)
			return why_set(why, ERR_INVALID,
				       "--relative '%s': not a number from 0.001 to "
				       "1000",
				       text);
		s->relative[s->n_relative++] = c;
	}
	if (option_given(s->options, "budget")) {
		if (s->n_relative)
			return why_set(why, ERR_INVALID,
				       "--budget and --relative: one of them");
		s->setting.budget_per_day = option_rate(s->options, "budget", 0) * 86400;
		s->relative[s->n_relative++] = 0;
	}
	if (!s->n_relative) {
		s->relative[0] = 0.3;
		s->relative[1] = 1;
		s->relative[2] = 2;
		s->n_relative = 3;
	}
	return ERR_OK;
}

static enum err read_setting(struct simulation *s, struct why *why)
{
	const struct options *o = s->options;
	const char *signals = option_text(o, "signals", NULL);
	struct why phrase = { "" };
	enum err err;

	s->setting.window_days =
		(double)option_duration(o, "window", 0) / (double)MS_PER_DAY;
	s->setting.n_pages_max = (size_t)option_count(o, "pages", SIM_PAGES_MAX_DEFAULT);
	s->setting.zipf = option_choice(o, "weights", 1) == 1;
	s->setting.seed = (uint64_t)option_count(o, "seed", 1);
	s->results.seed = s->setting.seed;
	err = read_relative(s, why);
	if (err || !signals)
		return err;
	err = sim_signals_parse(span_of(signals), &s->setting.signals, &phrase);
	return err ? why_set(why, err, "--signals '%s': %s", signals, phrase.text)
		   : ERR_OK;
}

/* The index-th policy asked for, or of the default. */
static const struct sim_policy *policy_at(const struct simulation *s, size_t index)
{
	const char *name;

	if (option_given(s->options, "policy"))
		name = option_list(s->options, "policy", index, NULL);
	else
		name = default_policies[index];
	return name ? sim_policy_find(span_of(name)) : NULL;
}

/* ---- running ---------------------------------------------------------------------------- */

static enum err run_policies(struct simulation *s, const struct sim_world *world)
{
	const struct sim_policy *policy;
	struct sim_result result = {
		.relative = world->relative,
		.budget_per_day = world->budget_per_day,
		.zipf = world->zipf,
		.n_pages = world->n,
		.days = world->days - world->measured_from,
	};
	enum err err = sim_oracle(world, NULL, &result.oracle_freshness);

	for (size_t i = 0; !err && (policy = policy_at(s, i)); i++) {
		result.policy = policy->name;
		err = sim_run(world, policy, &result.score);
		progress_count(&s->progress, clock_now_ms(), ++s->n_done, s->n_runs,
			       "runs");
		if (!err)
			err = sim_results_add(&s->results, &result,
					      buf_span(&world->name));
	}
	return err;
}

/* `trace` NULL: the synthetic world. */
static enum err run_budgets(struct simulation *s, const struct trace *trace, bool dated,
			    struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < s->n_relative && !err; i++) {
		struct sim_setting setting = s->setting;
		struct sim_world world;

		setting.relative = s->relative[i];
		sim_world_init(&world);
		if (trace)
			err = sim_world_of_trace(trace, &setting, &world, why);
		else
			err = sim_world_draw(N_DRAWN_PAGES, dated, &setting, &world);
		if (!err)
			err = run_policies(s, &world);
		sim_world_release(&world);
	}
	return err;
}

static enum err run_trace(struct simulation *s, const char *path, struct why *why)
{
	struct trace trace;
	enum err err;

	trace_init(&trace);
	err = trace_read(path, &trace, why);
	if (!err)
		err = run_budgets(s, &trace, false, why);
	trace_release(&trace);
	return err;
}

static enum err run_store(struct simulation *s, const struct settings *settings,
			  struct why *why)
{
	struct trace trace;
	enum err err;

	trace_init(&trace);
	err = trace_of_store(settings->db, &trace, why);
	if (!err)
		err = run_budgets(s, &trace, false, why);
	trace_release(&trace);
	return err;
}

static uint64_t count_runs(const struct simulation *s)
{
	uint64_t n_worlds = (option_bool(s->options, "synthetic") ? 2 : 0) +
			    option_bool(s->options, "from-store");
	uint64_t n_policies = 0, n_traces = 0;

	while (option_arg(s->options, n_traces))
		n_traces++;
	while (policy_at(s, n_policies))
		n_policies++;
	return (n_worlds + n_traces) * s->n_relative * n_policies;
}

static enum err run_all(struct simulation *s, const struct settings *settings,
			struct why *why)
{
	const char *path;
	enum err err = ERR_OK;

	if (option_bool(s->options, "synthetic")) {
		err = run_budgets(s, NULL, false, why);
		if (!err)
			err = run_budgets(s, NULL, true, why);
	}
	if (!err && option_bool(s->options, "from-store"))
		err = run_store(s, settings, why);
	for (size_t i = 0; !err && (path = option_arg(s->options, i)); i++)
		err = run_trace(s, path, why);
	return err;
}

static int print(const struct simulation *s)
{
	struct buf out = BUF_INIT;
	enum err err = option_bool(s->options, "json")
			       ? sim_results_json(&s->results, &out)
			       : sim_results_text(&s->results, &out);
	int code = err ? command_fail(EXIT_FAILED, "%s", err_text(err))
		       : command_write(buf_span(&out));

	buf_release(&out);
	return code;
}

int cmd_simulate(struct command_context *ctx)
{
	struct simulation s = { .options = ctx->options };
	struct why why = { "" };
	enum err err;
	int code;

	if (!option_arg(ctx->options, 0) && !option_bool(ctx->options, "synthetic") &&
	    !option_bool(ctx->options, "from-store"))
		return command_fail(EXIT_USAGE,
				    "simulate: no TRACE, --synthetic or --from-store");
	if (read_setting(&s, &why))
		return command_fail(EXIT_USAGE, "%s", why.text);
	s.n_runs = count_runs(&s);
	progress_start(&s.progress, ctx);
	err = run_all(&s, ctx->settings, &why);
	progress_end(&s.progress);
	if (err)
		code = command_fail(command_code(err), "%s",
				    why.text[0] ? why.text : err_text(err));
	else
		code = print(&s);
	sim_results_release(&s.results);
	return code;
}
