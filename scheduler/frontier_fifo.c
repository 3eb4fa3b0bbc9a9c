/* frontier_fifo.c - the queue: a class is read from where it was last left. */
#include "scheduler/frontier_internal.h"

#include <stdlib.h>

static enum err get_fifo(struct frontier *frontier, uint16_t class, struct fifo **out)
{
	struct fifo *fifo = frontier->fifos[class];

	if (!fifo) {
		fifo = calloc(1, sizeof(*fifo));
		if (!fifo)
			return ERR_NOMEM;
		fifo->class = class;
		fifo->exhausted = true;
		frontier->fifos[class] = fifo;
	}
	*out = fifo;
	return ERR_OK;
}

void frontier_free_fifos(struct frontier *frontier)
{
	for (size_t class = 0; frontier->fifos && class < N_QUEUE_CLASSES; class ++)
		free(frontier->fifos[class]);
	free(frontier->fifos);
}

/* Reads on behind what was read, as far as there is room. */
static enum err read_on(struct frontier *frontier, struct fifo *fifo)
{
	size_t kept = fifo->n - fifo->from, room = FIFO_BATCH - kept, n;
	enum err err;

	memmove(fifo->batch, fifo->batch + fifo->from, kept * sizeof(*fifo->batch));
	fifo->from = 0;
	fifo->n = kept;
	err = store_read_queue(frontier->store, fifo->class,
			       fifo->has_read_to ? fifo->read_to.position.order_ms
						 : fifo->read_from_ms,
			       fifo->has_read_to ? &fifo->read_to.key : NULL,
			       fifo->batch + fifo->n, room, &n);
	if (err)
		return err;
	fifo->exhausted = n < room;
	if (!n)
		return ERR_OK;
	fifo->n += n;
	fifo->read_to = fifo->batch[fifo->n - 1];
	fifo->has_read_to = true;
	return ERR_OK;
}

/* Makes the FIFO's first entries known, and the FIFO a head if it has any. */
static enum err load(struct frontier *frontier, struct fifo *fifo)
{
	enum err err = ERR_OK;

	if (fifo->n - fifo->from < FIFO_WINDOW && !fifo->exhausted)
		err = read_on(frontier, fifo);
	if (err || fifo->from == fifo->n) {
		heap_remove(&frontier->best, &fifo->head.node);
		return err;
	}
	fifo->best = SIZE_MAX;
	return frontier_put_head(frontier, &fifo->head);
}

/* From then on, whatever was read before. */
static void read_from(struct fifo *fifo, int64_t from_ms)
{
	fifo->has_read_to = false;
	fifo->read_from_ms = from_ms;
	fifo->from = fifo->n = 0;
}

enum err frontier_discover(struct frontier *frontier)
{
	uint16_t class = 0;
	enum err err;

	while (!(err = store_next_class(frontier->store, class, &class))) {
		struct fifo *fifo;

		err = get_fifo(frontier, class, &fifo);
		if (!err && fifo->exhausted && !fifo->n) {
			fifo->exhausted = false;
			err = load(frontier, fifo);
		}
		if (err)
			return err;
		if (class == UINT16_MAX)
			return ERR_OK;
		class ++;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err frontier_take(struct frontier *frontier, struct fifo *fifo,
		       struct queue_entry *entry)
{
	*entry = fifo->batch[fifo->best];
	memmove(fifo->batch + fifo->from + 1, fifo->batch + fifo->from,
		(fifo->best - fifo->from) * sizeof(*fifo->batch));
	fifo->from++;
	return load(frontier, fifo);
}

void frontier_wake(struct frontier *frontier, const struct queue_position *position)
{
	struct fifo *fifo;

	if (!position->queued || position->parked)
		return;
	if (get_fifo(frontier, position->class, &fifo)) {
		frontier->must_discover = true;
		return;
	}
	if (!fifo->woken || position->order_ms < fifo->woken_ms)
		fifo->woken_ms = position->order_ms;
	if (fifo->woken)
		return;
	fifo->woken = true;
	fifo->next_woken = frontier->woken;
	frontier->woken = fifo;
}

/* Goes back as far as something was put in; what lies behind what was read will be met.
 * Within one ms the order is that of keys, so a new entry may stand before those that were
 * read. Some that were taken are then read again: see frontier_next(). */
static enum err read_woken(struct frontier *frontier, struct fifo *fifo)
{
	int64_t read_to_ms = fifo->read_to.position.order_ms;
	int64_t first_ms = fifo->from < fifo->n
				   ? fifo->batch[fifo->from].position.order_ms
				   : fifo->woken_ms;

	if (fifo->has_read_to && fifo->woken_ms <= read_to_ms)
		read_from(fifo, first_ms < fifo->woken_ms ? first_ms : fifo->woken_ms);
	else if (!fifo->has_read_to &&
		 (fifo->exhausted || fifo->woken_ms < fifo->read_from_ms))
		read_from(fifo, fifo->woken_ms);
	fifo->exhausted = false;
	return load(frontier, fifo);
}

enum err frontier_read_woken(struct frontier *frontier)
{
	enum err err = ERR_OK;

	if (frontier->frozen)
		return ERR_OK;
	while (!err && frontier->woken) {
		struct fifo *fifo = frontier->woken;

		frontier->woken = fifo->next_woken;
		fifo->woken = false;
		err = read_woken(frontier, fifo);
	}
	if (!err && frontier->must_discover) {
		frontier->must_discover = false;
		err = frontier_discover(frontier);
	}
	return err;
}

enum err frontier_read_anew(struct frontier *frontier)
{
	for (size_t class = 0; class < N_QUEUE_CLASSES; class ++) {
		struct fifo *fifo = frontier->fifos[class];

		if (!fifo)
			continue;
		read_from(fifo, 0);
		fifo->exhausted = true;
		heap_remove(&frontier->best, &fifo->head.node);
	}
	return frontier_discover(frontier);
}

bool frontier_has_entries(const struct frontier *frontier)
{
	for (size_t i = 0; i < frontier->best.n; i++)
		if (!frontier_head_of(frontier->best.nodes[i])->is_play)
			return true;
	return false;
}
