#include "tools/live.h"

#include <pthread.h>
#include <stdlib.h>

#include "store/base/clock.h"

struct live {
	pthread_mutex_t lock; /* of all below */
	struct live_numbers numbers;
	struct live_minute minutes[LIVE_MINUTES]; /* by minute, modulo */
	struct live_visit visits[LIVE_VISITS];    /* a ring */
	uint64_t n_visits;
};

enum err live_new(struct live **out)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return ERR_NOMEM;
	pthread_mutex_init(&live->lock, NULL);
	*out = live;
	return ERR_OK;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	pthread_mutex_destroy(&live->lock);
	free(live);
}

void live_turn(struct live *live, const struct live_numbers *numbers)
{
	pthread_mutex_lock(&live->lock);
	live->numbers = *numbers;
	pthread_mutex_unlock(&live->lock);
}

static void count(struct live *live, const struct visit *visit)
{
	int64_t minute = visit->at_ms / MS_PER_MINUTE;
	struct live_minute *m = &live->minutes[minute % LIVE_MINUTES];

	if (m->at_ms != minute * MS_PER_MINUTE)
		*m = (struct live_minute){ .at_ms = minute * MS_PER_MINUTE };
	m->by_verdict[visit->verdict]++;
	m->wire_bytes += visit->wire_bytes;
}

void live_visited(struct live *live, struct span url, const struct visit *visit)
{
	struct live_visit *v;

	pthread_mutex_lock(&live->lock);
	if (visit->at_ms > 0)
		count(live, visit);
	v = &live->visits[live->n_visits++ % LIVE_VISITS];
	v->at_ms = visit->at_ms;
	v->verdict = visit->verdict;
	v->evidence = visit->evidence;
	v->error = visit->error;
	v->http_status = visit->http_status;
	v->elapsed_ms = visit->elapsed_ms;
	v->wire_bytes = visit->wire_bytes;
	v->url_len = (uint16_t)(url.len < LIVE_URL_MAX ? url.len : LIVE_URL_MAX);
	if (url.len)
		memcpy(v->url, url.data, v->url_len);
	pthread_mutex_unlock(&live->lock);
}

void live_read(struct live *live, struct live_copy *copy)
{
	pthread_mutex_lock(&live->lock);
	copy->numbers = live->numbers;
	memcpy(copy->minutes, live->minutes, sizeof(copy->minutes));
	copy->n_visits = live->n_visits < LIVE_VISITS ? live->n_visits : LIVE_VISITS;
	for (size_t i = 0; i < copy->n_visits; i++)
		copy->visits[i] = live->visits[(live->n_visits - 1 - i) % LIVE_VISITS];
	pthread_mutex_unlock(&live->lock);
}

struct live_numbers live_numbers(struct live *live)
{
	struct live_numbers numbers;

	pthread_mutex_lock(&live->lock);
	numbers = live->numbers;
	pthread_mutex_unlock(&live->lock);
	return numbers;
}
