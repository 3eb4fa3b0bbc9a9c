#include "tools/sim_world.h"

#include <math.h>
#include <stdlib.h>

#include "tools/sim_random.h"

#define SECONDS_PER_DAY 86400.0
#define YEAR_DAYS 365.0
#define FEW_CHANGES 2000
#define ZIPF_EXPONENT 0.8

void sim_world_init(struct sim_world *world)
{
	memset(world, 0, sizeof(*world));
}

void sim_world_release(struct sim_world *world)
{
	buf_release(&world->name);
	free(world->pages);
	free(world->change_at);
	free(world->announcements);
	sim_world_init(world);
}

uint64_t sim_fnv1a64(struct span s, char suffix)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.len + (suffix != '\0'); i++) {
		h ^= i < s.len ? (unsigned char)s.data[i] : (unsigned char)suffix;
		h *= UINT64_C(0x100000001b3);
	}
	return h;
}

struct ranked {
	uint64_t hash;
	size_t item;
};

static int by_hash(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/* ---- from a history ------------------------------------------------------------------ */

/* The chosen pages of a trace, in the order of their hash. */
struct chosen {
	struct ranked *pages;
	size_t n, n_changes;
	double from_s;
};

static size_t n_changes_since(const struct trace *trace, const struct trace_page *page,
			      double from_s)
{
	size_t n = 0;

	while (n < page->n && (double)trace->at_s[page->first + page->n - n - 1] > from_s)
		n++;
	return n;
}

static void choose(const struct trace *trace, double window_days, size_t max,
		   struct chosen *c)
{
	c->n = c->n_changes = 0;
	c->from_s = (double)trace->last_at_s - window_days * SECONDS_PER_DAY;
	for (size_t i = 0; i < trace->n_pages; i++) {
		const struct trace_page *page = &trace->pages[i];

		if (page->n && (double)trace->at_s[page->first] < c->from_s)
			c->pages[c->n++] = (struct ranked){
				sim_fnv1a64(trace_path(trace, page), '\0'), i
			};
	}
	qsort(c->pages, c->n, sizeof(*c->pages), by_hash);
	if (c->n > max)
		c->n = max;
	for (size_t k = 0; k < c->n; k++)
		c->n_changes += n_changes_since(trace, &trace->pages[c->pages[k].item],
						c->from_s);
}

static int ascending(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

/* From when nine tenths of the pages had been created. */
static double young_window_days(const struct trace *trace, struct ranked *scratch)
{
	for (size_t i = 0; i < trace->n_pages; i++)
		scratch[i].hash = (uint64_t)trace->at_s[trace->pages[i].first];
	qsort(scratch, trace->n_pages, sizeof(*scratch), ascending);
	return (double)(trace->last_at_s -
			(int64_t)scratch[trace->n_pages * 9 / 10].hash - 1) /
	       SECONDS_PER_DAY;
}

/* Chooses the pages of the window that is asked for, or of the rule's; its days. */
static double choose_window(const struct trace *trace, const struct sim_setting *setting,
			    struct chosen *c)
{
	double days = setting->window_days > 0 ? setting->window_days : 3 * YEAR_DAYS;

	choose(trace, days, setting->n_pages_max, c);
	if (setting->window_days > 0)
		return days;
	if (!c->n)
		days = young_window_days(trace, c->pages);
	else if (c->n_changes < FEW_CHANGES)
		days = 5 * YEAR_DAYS;
	if (days != 3 * YEAR_DAYS)
		choose(trace, days, setting->n_pages_max, c);
	return days;
}

/* Pages whose paths begin with the same folder share a host: one document, one site. */
static void assign_hosts(const struct trace *trace, const struct chosen *c,
			 struct sim_world *world)
{
	struct ranked *folders = malloc(c->n * sizeof(*folders));

	world->n_hosts = 1;
	if (!folders)
		return; /* one host for all is right, only less telling */
	for (size_t k = 0; k < c->n; k++) {
		struct span path = trace_path(trace, &trace->pages[c->pages[k].item]);

		folders[k] =
			(struct ranked){ sim_fnv1a64(span_cut(&path, '/'), '\0'), k };
	}
	qsort(folders, c->n, sizeof(*folders), by_hash);
	world->n_hosts = 0;
	for (size_t k = 0; k < c->n; k++) {
		if (k == 0 || folders[k].hash != folders[k - 1].hash)
			world->n_hosts++;
		world->pages[folders[k].item].host = (uint32_t)world->n_hosts - 1;
	}
	free(folders);
}

static void copy_changes(const struct trace *trace, const struct trace_page *from,
			 double from_s, struct sim_world *world, struct sim_page *page)
{
	size_t n = n_changes_since(trace, from, from_s);
	const int64_t *at_s = trace->at_s + from->first + from->n - n;

	page->first = world->n_changes;
	page->n = n;
	page->before = ((double)at_s[-1] - from_s) / SECONDS_PER_DAY;
	page->rate_per_day = (double)n / world->days;
	for (size_t k = 0; k < n; k++)
		world->change_at[world->n_changes++] =
			((double)at_s[k] - from_s) / SECONDS_PER_DAY;
}

/* The budget, and with it the first pass: its length, and each page's turn in it. */
static enum err plan_first_pass(const struct trace *trace, const struct chosen *c,
				const struct sim_setting *setting,
				struct sim_world *world)
{
	struct ranked *turns = malloc(c->n * sizeof(*turns));
	double n = (double)c->n;

	if (!turns)
		return ERR_NOMEM;
	world->budget_per_day =
		setting->relative > 0
			? setting->relative * (double)c->n_changes / world->days
			: setting->budget_per_day;
	world->relative = world->budget_per_day * world->days / (double)c->n_changes;
	world->first_pass_days = fmin(n / world->budget_per_day, world->days / 5);
	world->measured_from = world->first_pass_days;
	for (size_t k = 0; k < c->n; k++)
		turns[k] = (struct ranked){
			sim_fnv1a64(trace_path(trace, &trace->pages[c->pages[k].item]),
				    '#'),
			k
		};
	qsort(turns, c->n, sizeof(*turns), by_hash);
	for (size_t k = 0; k < c->n; k++)
		world->pages[turns[k].item].first_at =
			((double)k + 0.5) / n * world->first_pass_days;
	free(turns);
	return ERR_OK;
}

static enum err allocate(struct sim_world *world, size_t n_pages, size_t n_changes)
{
	world->pages = calloc(n_pages, sizeof(*world->pages));
	world->change_at = malloc((n_changes + 1) * sizeof(*world->change_at));
	world->n = n_pages;
	return world->pages && world->change_at ? ERR_OK : ERR_NOMEM;
}

static enum err fill_from_trace(const struct trace *trace, const struct chosen *c,
				const struct sim_setting *setting,
				struct sim_world *world)
{
	enum err err = allocate(world, c->n, c->n_changes);

	if (!err)
		err = buf_set(&world->name, buf_span(&trace->name));
	if (err)
		return err;
	for (size_t k = 0; k < c->n; k++) {
		world->pages[k].weight =
			setting->zipf ? pow(1 + (double)k, -ZIPF_EXPONENT) : 1;
		copy_changes(trace, &trace->pages[c->pages[k].item], c->from_s, world,
			     &world->pages[k]);
	}
	assign_hosts(trace, c, world);
	return plan_first_pass(trace, c, setting, world);
}

enum err sim_world_of_trace(const struct trace *trace, const struct sim_setting *setting,
			    struct sim_world *world, struct why *why)
{
	struct chosen c = { .pages = malloc(trace->n_pages * sizeof(*c.pages)) };
	enum err err = c.pages ? ERR_OK : ERR_NOMEM;

	if (!err) {
		world->days = choose_window(trace, setting, &c);
		world->zipf = setting->zipf;
		world->seed = setting->seed;
		world->signals = setting->signals;
		if (!c.n || !c.n_changes)
			err = why_set(why, ERR_INVALID,
				      "%s: no page that is older than the window of %g "
				      "days changes in it",
				      buf_text(&trace->name), world->days);
	}
	if (!err)
		err = fill_from_trace(trace, &c, setting, world);
	if (!err)
		err = sim_signals_draw(world);
	free(c.pages);
	return err == ERR_NOMEM ? why_set(why, err, "%s", err_text(err)) : err;
}
