/* frontier_rank.c - how urgent is it, and what is the most urgent? */
#include "scheduler/frontier_internal.h"

#include <assert.h>
#include <math.h>

#include "scheduler/classes.h"
#include "store/base/clock.h"

/* -(bits of a double) of the values stays above the instants of the other two. */
#define RANK_DUE (INT64_MIN + 1)
#define RANK_STARVED (INT64_MIN + (INT64_C(1) << 51))
#define RANK_VALUE (INT64_MIN + (INT64_C(1) << 52))
#define ORDER_MAX (INT64_C(1) << 50)
/* A visit that seems to lie further ahead than this was made by another clock. */
#define CLOCK_SLACK_MS MS_PER_MINUTE
/* Nobody is left alone for longer than so many rounds of the budget, or of the host ... */
#define FLOOR_ROUNDS 10
/* ... nor for longer than the greatest interval, if that takes a quarter of the budget at
 * most. */
#define FLOOR_ROUNDS_LEAST 4
#define HORIZON_MAX_MS MS_PER_DAY

static int64_t greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* After how long a page is starved, if a round of all pages takes `round_ms`. */
static int64_t floor_of_round(const struct frontier_schedule *schedule, int64_t round_ms)
{
	int64_t floor_ms = FLOOR_ROUNDS * round_ms;
	int64_t wanted_ms =
		greater(schedule->max_interval_ms, FLOOR_ROUNDS_LEAST * round_ms);

	return schedule->max_interval_ms && wanted_ms < floor_ms ? wanted_ms : floor_ms;
}

static int64_t floor_of(const struct frontier *frontier, const struct host *host)
{
	int64_t round_ms;

	if (!frontier->floor_ms || !host)
		return frontier->floor_ms;
	round_ms = (int64_t)host_n_pages(host) * host->delay_ms;
	return greater(frontier->floor_ms,
		       floor_of_round(&frontier->config.schedule, round_ms));
}

static void renew_floor(struct frontier *frontier)
{
	struct frontier_schedule *schedule = &frontier->config.schedule;
	int64_t round_ms;

	schedule->context.n_pages = store_n_pages(frontier->store);
	round_ms = policy_round_ms(&schedule->context);
	frontier->floor_ms =
		round_ms && schedule->policy->class_of
			? floor_of_round(schedule,
					 greater(round_ms, schedule->min_interval_ms))
			: 0;
}

/* What passed while nobody was crawling starves nobody: after a week's downtime the order
 * is still that by value. */
static bool is_starved(const struct frontier *frontier, int64_t order_ms,
		       const struct host *host, int64_t at_ms)
{
	int64_t floor_ms = floor_of(frontier, host);
	int64_t max_ms = frontier->config.schedule.max_interval_ms;

	if (!floor_ms)
		return false;
	return at_ms - greater(order_ms, frontier->started_at_ms) > floor_ms ||
	       (max_ms && at_ms - order_ms > greater(max_ms, floor_ms));
}

static const struct page_worth unknown;

static int64_t class_interval(const struct frontier_schedule *schedule, uint16_t class)
{
	return schedule->policy->class_interval_ms(&schedule->context, class, &unknown);
}

/* How long the pages of a class other than 0 are left alone. */
static int64_t wait_of(struct frontier *frontier, uint16_t class)
{
	const struct frontier_schedule *schedule = &frontier->config.schedule;
	int64_t wait_ms = frontier->waits_ms ? frontier->waits_ms[class] : 0;

	if (wait_ms)
		return wait_ms;
	wait_ms = schedule->min_interval_ms;
	if (frontier->config.once || !schedule->policy->class_of)
		wait_ms = greater(wait_ms, class_interval(schedule, class));
	wait_ms = greater(wait_ms, 1);
	if (schedule->max_interval_ms && wait_ms > schedule->max_interval_ms)
		wait_ms = greater(schedule->max_interval_ms, schedule->min_interval_ms);
	if (frontier->waits_ms)
		frontier->waits_ms[class] = wait_ms;
	return wait_ms;
}

/* Visited by a clock that was ahead of ours? */
static bool is_ahead(int64_t order_ms, int64_t at_ms)
{
	return order_ms - at_ms > CLOCK_SLACK_MS;
}

/* A page visited by a clock that was ahead has waited for as long as its class does. */
static int64_t waited_ms(struct frontier *frontier, const struct queue_position *position,
			 int64_t at_ms)
{
	const struct frontier_schedule *schedule = &frontier->config.schedule;

	if (!is_ahead(position->order_ms, at_ms))
		return at_ms - position->order_ms;
	return greater(wait_of(frontier, position->class),
		       class_interval(schedule, position->class));
}

static double value_of(struct frontier *frontier, const struct queue_position *position,
		       const struct page_worth *worth, int64_t at_ms)
{
	double days = (double)waited_ms(frontier, position, at_ms) / (double)MS_PER_DAY;
	double value =
		frontier->config.schedule.policy->value(position->class, worth, days);

	if (frontier->requests_per_byte > 0)
		value /= 1 +
			 frontier->requests_per_byte * cost_marginal_bytes(worth, days);
	return value;
}

static int64_t rank_of_value(double value)
{
	int64_t bits;

	if (!(value > 0))
		return 0;
	memcpy(&bits, &value, sizeof(bits));
	return -bits;
}

static int64_t in_order(int64_t order_ms)
{
	return order_ms < 0 ? 0 : order_ms > ORDER_MAX ? ORDER_MAX : order_ms;
}

int64_t frontier_due_at_ms(struct frontier *frontier,
			   const struct queue_position *position)
{
	int64_t due_ms = position->order_ms;

	if (frontier->all || (position->class && is_ahead(due_ms, frontier->now_ms)))
		return 0;
	if (position->class)
		due_ms += wait_of(frontier, position->class);
	if (frontier->config.once)
		return due_ms <= frontier->started_at_ms ? 0 : POLITENESS_NEVER;
	return due_ms;
}

/* The rank of a page that does not go by its value; false if it does. */
static bool rank_of_time(struct frontier *frontier, const struct queue_position *position,
			 const struct host *host, int64_t at_ms, int64_t *rank)
{
	bool is_due = frontier_due_at_ms(frontier, position) <= at_ms;

	if (!is_due)
		*rank = RANK_NEVER;
	else if (!position->class)
		*rank = RANK_DUE + in_order(position->order_ms);
	else if (is_starved(frontier, position->order_ms, host, at_ms))
		*rank = RANK_STARVED + in_order(position->order_ms);
	else
		return false;
	return true;
}

int64_t frontier_rank(struct frontier *frontier, const struct queue_position *position,
		      const struct page_worth *worth, const struct host *host,
		      int64_t at_ms)
{
	int64_t rank;

	if (rank_of_time(frontier, position, host, at_ms, &rank))
		return rank;
	return rank_of_value(value_of(frontier, position, worth, at_ms));
}

int64_t frontier_rank_behind(struct frontier *frontier,
			     const struct queue_position *position,
			     const struct host *host, int64_t at_ms)
{
	int64_t rank;

	if (rank_of_time(frontier, position, host, at_ms, &rank))
		return rank;
	return rank_of_value(CLASS_SPREAD *
			     value_of(frontier, position, &unknown, at_ms));
}

bool frontier_rank_is_of_value(int64_t rank)
{
	return rank >= RANK_VALUE && rank != RANK_NEVER;
}

bool frontier_rank_is_starved(int64_t rank)
{
	return rank >= RANK_STARVED && rank < RANK_VALUE;
}

/* ---- heads ------------------------------------------------------------------------------ */

static struct fifo *fifo_of(struct head *head)
{
	return (struct fifo *)(void *)((char *)head - offsetof(struct fifo, head));
}

static struct play *play_of(struct head *head)
{
	return (struct play *)(void *)((char *)head - offsetof(struct play, head));
}

static int64_t entry_rank(struct frontier *frontier, const struct queue_entry *entry,
			  int64_t at_ms)
{
	return frontier_rank(frontier, &entry->position, &entry->worth, NULL, at_ms);
}

/* The best of the first pages at `at_ms`. */
static int64_t best_rank(struct frontier *frontier, struct fifo *fifo, int64_t at_ms)
{
	int64_t best = RANK_NEVER;

	fifo->best = fifo->from;
	for (size_t i = fifo->from; i < fifo->n && i < fifo->from + FIFO_WINDOW; i++) {
		int64_t rank = entry_rank(frontier, &fifo->batch[i], at_ms);

		if (rank < best) {
			best = rank;
			fifo->best = i;
		}
		if (!fifo->class)
			break; /* in order anyway */
	}
	return best;
}

/* Many pages of a class have waited for nearly as long as each other, and which of them is
 * the best hardly changes; few have not, and are compared anew each time. */
static bool is_small(const struct fifo *fifo)
{
	return fifo->exhausted && fifo->n - fifo->from <= FIFO_WINDOW;
}

static int64_t fifo_rank(struct frontier *frontier, struct fifo *fifo, int64_t at_ms)
{
	int64_t rank;

	assert(fifo->from < fifo->n);
	if (is_small(fifo) || fifo->best == SIZE_MAX)
		return best_rank(frontier, fifo, at_ms);
	/* The oldest may starve, and be due where the one chosen is not yet. */
	if (rank_of_time(frontier, &fifo->batch[fifo->from].position, NULL, at_ms, &rank))
		fifo->best = fifo->from;
	rank = entry_rank(frontier, &fifo->batch[fifo->best], at_ms);
	return rank == RANK_NEVER ? best_rank(frontier, fifo, at_ms) : rank;
}

static int64_t head_rank(struct frontier *frontier, struct head *head, int64_t at_ms)
{
	if (head->is_play) {
		const struct play *play = play_of(head);
		const struct held *held = &play->held[play->held_from];

		if (play->first)
			return RANK_FIRST;
		return play->n_held ? frontier_rank(frontier, &held->position,
						    &held->worth, play->host, at_ms)
				    : RANK_NEVER;
	}
	return fifo_rank(frontier, fifo_of(head), at_ms);
}

enum err frontier_put_head(struct frontier *frontier, struct head *head)
{
	return heap_put(&frontier->best, &head->node,
			head_rank(frontier, head, frontier->horizon_ms));
}

static int64_t rank_at_horizon(void *context, const struct heap_node *node)
{
	struct frontier *frontier = context;

	return head_rank(frontier, frontier_head_of((struct heap_node *)(uintptr_t)node),
			 frontier->horizon_ms);
}

/*
 * So many picks should fall between two renewals: a renewal reckons every head once, and
 * each pick about as many heads as will be picked until then, so a multiple of the square
 * root costs the least (measured: 2; a renewal does more for each head).
 */
static double picks_wanted(const struct frontier *frontier)
{
	return 4 + 2 * sqrt((double)frontier->best.n);
}

static void renew_horizon(struct frontier *frontier, int64_t now_ms)
{
	double wanted = picks_wanted(frontier);
	bool is_over = now_ms > frontier->horizon_ms;
	bool is_full = (double)frontier->n_picks > 4 * wanted;
	double factor;

	if (now_ms >= frontier->horizon_from_ms && !is_over && !is_full)
		return;
	if (is_over || is_full) {
		factor = wanted / fmax(1, (double)frontier->n_picks);
		factor = fmin(fmax(factor, 0.25), 4);
		frontier->horizon_length_ms =
			(int64_t)fmin(ceil((double)frontier->horizon_length_ms * factor),
				      (double)HORIZON_MAX_MS);
	}
	frontier->n_picks = 0;
	frontier->horizon_from_ms = now_ms;
	frontier->horizon_ms = now_ms + greater(frontier->horizon_length_ms, 1);
	renew_floor(frontier);
	frontier->requests_per_byte = frontier->exchange.requests_per_byte;
	heap_rerank(&frontier->best, rank_at_horizon, frontier);
}

struct search {
	struct frontier *frontier;
	int64_t now_ms, rank;
	struct head *found;
};

/* The heap below `place`, without what cannot be better than what was found. */
static void look(struct search *s, size_t place)
{
	const struct heap *heap = &s->frontier->best;
	struct head *head;
	int64_t rank;

	if (place > heap->n || heap->nodes[place - 1]->rank >= s->rank)
		return;
	head = frontier_head_of(heap->nodes[place - 1]);
	rank = head_rank(s->frontier, head, s->now_ms);
	if (rank < s->rank) {
		s->rank = rank;
		s->found = head;
	}
	look(s, 2 * place);
	look(s, 2 * place + 1);
}

struct head *frontier_best_head(struct frontier *frontier, int64_t now_ms)
{
	struct search s = { .frontier = frontier, .now_ms = now_ms, .rank = RANK_NEVER };

	renew_horizon(frontier, now_ms);
	frontier->n_picks++;
	look(&s, 1);
	return s.found;
}

int64_t frontier_heads_due_at_ms(struct frontier *frontier)
{
	int64_t at_ms = POLITENESS_NEVER;

	for (size_t i = 0; i < frontier->best.n; i++) {
		struct head *head = frontier_head_of(frontier->best.nodes[i]);
		int64_t due_ms = POLITENESS_NEVER;

		if (!head->is_play) {
			const struct fifo *fifo = fifo_of(head);

			due_ms = frontier_due_at_ms(frontier,
						    &fifo->batch[fifo->from].position);
		} else if (play_of(head)->n_held) {
			const struct play *play = play_of(head);
			const struct held *held = &play->held[play->held_from];

			due_ms = frontier_due_at_ms(frontier, &held->position);
		}
		if (due_ms < at_ms)
			at_ms = due_ms;
	}
	return at_ms;
}
