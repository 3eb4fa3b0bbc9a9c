#include "tools/sim_signal.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/sim_random.h"
#include "tools/sim_world.h"

/* A source with precision 0 would have to announce without end. */
#define PRECISION_MIN 0.01
#define STREAM_SOURCES 0x50u

static enum err parse_share(struct span text, double least, double *share)
{
	enum err err = units_parse_number(text, share);

	return !err && (*share < least || *share > 1) ? ERR_INVALID : err;
}

static enum err parse_part(struct span name, struct span value, struct sim_signals *s)
{
	int64_t lag_ms;
	enum err err;

	if (span_equal(name, SPAN("share")))
		return parse_share(value, 0, &s->share);
	if (span_equal(name, SPAN("recall")))
		return parse_share(value, 0, &s->recall);
	if (span_equal(name, SPAN("precision")))
		return parse_share(value, PRECISION_MIN, &s->precision);
	if (span_equal(name, SPAN("cost")))
		return parse_share(value, 0, &s->cost);
	if (!span_equal(name, SPAN("lag")))
		return ERR_NOT_FOUND;
	err = units_parse_duration(value, &lag_ms);
	if (!err)
		s->lag_days = (double)lag_ms / (double)MS_PER_DAY;
	return err;
}

enum err sim_signals_parse(struct span spec, struct sim_signals *signals, struct why *why)
{
	struct sim_signals s = { .share = 1, .recall = 1, .precision = 1 };

	while (spec.len) {
		struct span part = span_cut(&spec, ',');
		struct span value = span_trim(part);
		struct span name = span_cut(&value, '=');
		enum err err = parse_part(name, value, &s);

		if (err == ERR_NOT_FOUND)
			return why_set(why, ERR_INVALID,
				       "'%.*s' is none of share, recall, precision, lag "
				       "and cost",
				       (int)name.len, name.data);
		if (err)
			return why_set(why, ERR_INVALID, "%.*s: wants %s", (int)name.len,
				       name.data,
				       span_equal(name, SPAN("lag")) ? "a duration"
				       : span_equal(name, SPAN("precision"))
					       ? "a number from 0.01 to 1"
					       : "a number from 0 to 1");
	}
	*signals = s;
	return ERR_OK;
}

struct draw {
	struct sim_announcement *items;
	size_t n, cap;
};

static enum err announce(struct draw *draw, double at, size_t page)
{
	if (draw->n == draw->cap) {
		size_t cap = draw->cap ? 2 * draw->cap : 1024;
		void *items = realloc(draw->items, cap * sizeof(*draw->items));

		if (!items)
			return ERR_NOMEM;
		draw->items = items;
		draw->cap = cap;
	}
	draw->items[draw->n++] = (struct sim_announcement){ at, (uint32_t)page };
	return ERR_OK;
}

static enum err announce_page(const struct sim_world *world, size_t i, struct draw *draw)
{
	struct sim_random random = sim_random_stream(world->seed, (uint64_t)i << 8 | 1);
	const struct sim_page *page = &world->pages[i];
	const struct sim_signals *s = &world->signals;
	double false_per_day =
		s->recall * page->rate_per_day * (1 - s->precision) / s->precision;
	enum err err = ERR_OK;

	for (size_t k = 0; k < page->n && !err; k++) {
		double at = world->change_at[page->first + k] + s->lag_days;

		if (sim_random_share(&random) < s->recall && at < world->days)
			err = announce(draw, at, i);
	}
	for (double at = 0; !err && false_per_day > 0;) {
		at += sim_random_wait(&random) / false_per_day;
		if (at >= world->days)
			break;
		err = announce(draw, at, i);
	}
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct sim_announcement *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->page > y->page) - (x->page < y->page);
}

enum err sim_signals_draw(struct sim_world *world)
{
	struct sim_random random = sim_random_stream(world->seed, STREAM_SOURCES);
	struct draw draw = { NULL, 0, 0 };
	enum err err = ERR_OK;

	for (size_t i = 0; i < world->n && !err; i++) {
		world->pages[i].has_source =
			sim_random_share(&random) < world->signals.share;
		if (world->pages[i].has_source)
			err = announce_page(world, i, &draw);
	}
	if (err) {
		free(draw.items);
		return err;
	}
	if (draw.n)
		qsort(draw.items, draw.n, sizeof(*draw.items), by_time);
	world->announcements = draw.items;
	world->n_announcements = draw.n;
	return ERR_OK;
}
