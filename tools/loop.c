/* loop.c - turns and waits. */
#include "tools/loop_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "tools/control.h"
#include "tools/edit.h"
#include "tools/live.h"

#define COMMIT_EVERY_MS 100
#define COMMIT_EVERY 1000 /* visits; each puts some five records */
#define RECORDS_PER_VISIT 5
#define STOP_WITHIN_MS 10000 /* REQ 58 */
#define FDS_MAX 32
/* The greatest fetch.concurrency: a reload may raise it, the pool is made once. */
#define POOL_JOBS_MAX 10000

/* ---- what the editor asks of us -------------------------------------------- */

static struct flight *find_flight(struct loop *loop, const struct page_key *key)
{
	uint8_t encoded[PAGE_KEY_SIZE];
	struct flight *flight;

	page_key_encode(key, encoded);
	HASH_FIND(hh, loop->flights, encoded, sizeof(encoded), flight);
	return flight;
}

struct page *loop_page_in_flight(void *context, const struct page_key *key)
{
	struct flight *flight = find_flight(context, key);

	return flight ? &flight->page : NULL;
}

static void page_forgotten(void *context, const struct page_key *key)
{
	struct flight *flight = find_flight(context, key);
	struct loop *loop = context;

	if (!flight)
		return;
	/* Out of the way of the same page seeded anew. */
	HASH_DELETE(hh, loop->flights, flight);
	flight->forgotten = true;
	HASH_ADD(hh, loop->forgotten, key, sizeof(flight->key), flight);
}

static void pages_due(void *context, int64_t at_ms)
{
	struct loop *loop = context;
	struct queue_position position = { .order_ms = at_ms, .queued = true };

	/* The editor has committed already. */
	frontier_wake(loop->frontier, &position);
	frontier_committed(loop->frontier);
}

static void host_changed(void *context, const struct host_key *key)
{
	frontier_host_changed(((struct loop *)context)->frontier, key);
}

static void page_moved(void *context, const struct queue_position *position)
{
	struct loop *loop = context;

	frontier_wake(loop->frontier, position);
	loop->woken = true;
}

/* ---- making and freeing ---------------------------------------------------------------------- */

static enum err make_pool(struct loop *loop, struct why *why)
{
	unsigned n = (unsigned)loop->settings->fetch_workers;
	enum err err = pool_new(n, POOL_JOBS_MAX, &loop->pool);

	if (err)
		return why_set(why, err, "cannot make a pool of %u workers: %s", n,
			       err == ERR_IO ? strerror(errno) : err_text(err));
	loop->workers = calloc(n + 1, sizeof(struct document_worker *));
	if (!loop->workers)
		return ERR_NOMEM;
	for (unsigned i = 0; !err && i < n; i++)
		err = document_worker_new(1, &loop->workers[i]);
	return err;
}

enum err loop_new(struct store *store, const struct loop_config *config,
		  struct loop **out, struct why *why)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	enum err err;

	if (!loop)
		return ERR_NOMEM;
	loop->config = *config;
	loop->store = store;
	loop_start_clock(loop);
	loop_take_settings(loop, config->settings);
	err = loop_make_fetcher(loop, why);
	if (!err)
		err = make_pool(loop, why);
	if (!err)
		err = archive_open(loop, why);
	if (!err)
		err = loop_begin(loop);
	if (!err && !config->no_control)
		err = control_server_new(store_dir(store), &loop->control, why);
	if (err) {
		if (why && !why->text[0])
			(void)why_set(why, err, "%s", err_text(err));
		loop_free(loop);
	} else {
		*out = loop;
	}
	return err;
}

void loop_free(struct loop *loop)
{
	struct flight *flight;

	if (!loop)
		return;
	damage_end(&loop->damage);
	archive_free(loop);
	control_server_free(loop->control);
	fetcher_free(loop->fetcher);
	pool_free(loop->pool);
	loop_drop_flights(loop);
	frontier_free(loop->frontier);
	while ((flight = loop->idle)) {
		loop->idle = flight->next;
		page_release(&flight->page);
		buf_release(&flight->url);
		buf_release(&flight->hops);
		buf_release(&flight->moved_to);
		buf_release(&flight->headers);
		archive_flight_free(flight->archive);
		free(flight);
	}
	for (unsigned i = 0; loop->workers && loop->workers[i]; i++)
		document_worker_free(loop->workers[i]);
	free(loop->workers);
	buf_release(&loop->user_agent);
	free(loop);
}

/* ---- a turn ------------------------------------------------------------------------------------ */

static enum err take_judged(struct loop *loop)
{
	void *flight;
	bool ran;
	enum err err = ERR_OK;

	while (!err && pool_take(loop->pool, &flight, &ran)) {
		loop->worked = true;
		err = visit_judged(loop, flight, ran);
	}
	return err;
}

/* What was pending can be read from the queue now. */
static void note_commit(struct loop *loop)
{
	loop->committed_at_ms = loop->now_ms;
	loop->must_commit = false;
	frontier_committed(loop->frontier);
	loop->polls_at_ms = 0; /* one may have come, or may be due at another time */
	store_set_price(loop->store, frontier_price(loop->frontier));
}

enum err loop_commit(struct loop *loop)
{
	enum err err = store_commit(loop->store);

	if (!err)
		note_commit(loop);
	return err;
}

void loop_told_to_wait(struct loop *loop, int64_t until_ms, int64_t delay_ms)
{
	if (until_ms > loop->now_ms + delay_ms)
		loop->must_commit = true;
}

/*
 * Many visits share one fsync, so that it costs each of them next to nothing. A store that
 * is slow to take the batch holds the loop up in here, and with it all that would need
 * memory: no visit begins and none is judged meanwhile, so what is in flight stays below
 * fetch.concurrency, and what is pending below this much and a turn's visits.
 */
static enum err commit_if_due(struct loop *loop)
{
	size_t n = store_n_pending(loop->store);

	if (loop->must_commit || n >= COMMIT_EVERY * RECORDS_PER_VISIT ||
	    loop->now_ms - loop->committed_at_ms >= COMMIT_EVERY_MS ||
	    loop->now_ms < loop->committed_at_ms)
		return loop_commit(loop);
	return ERR_OK;
}

bool loop_begins_nothing(const struct loop *loop)
{
	return loop->stops || loop->done || loop->starts_anew;
}

static bool may_start(const struct loop *loop)
{
	return !loop_begins_nothing(loop) &&
	       loop->n_flights - loop->n_waiting < (int)loop->settings->fetch_concurrency;
}

static enum err start(struct loop *loop, const struct job *job)
{
	switch (job->kind) {
	case JOB_WAITING:
		return visit_go_on(loop, job->waiting, job->host);
	case JOB_GIVEN_UP:
		return visit_give_up(loop, job->waiting, job->next_at_ms);
	default:
		return visit_begin(loop, job);
	}
}

/* Fills free places with the most urgent jobs that may start now. */
static enum err fill(struct loop *loop)
{
	struct job job;
	enum err err = ERR_OK;

	loop->next_job_at_ms = POLITENESS_NEVER;
	while (!err && may_start(loop)) {
		loop->next_job_at_ms = visit_affordable_at_ms(loop);
		if (loop->next_job_at_ms > loop->now_ms)
			return ERR_OK;
		err = frontier_next(loop->frontier, loop->now_ms, &job);
		if (err)
			return err;
		if (job.kind == JOB_NONE) {
			loop->next_job_at_ms = job.next_at_ms;
			return ERR_OK;
		}
		loop->worked = true;
		err = start(loop, &job);
		if (!err)
			err = commit_if_due(loop);
	}
	return err;
}

static void note_end(struct loop *loop)
{
	bool idle = !loop->n_flights && loop->next_job_at_ms == POLITENESS_NEVER &&
		    loop->polls_at_ms == POLITENESS_NEVER;

	if (loop->config.once && idle && !store_n_pending(loop->store))
		loop->done = true;
	if (loop->config.for_ms &&
	    loop->now_ms - loop->started_at_ms >= loop->config.for_ms)
		loop->done = true;
	if (loop->config.until_error && loop->failed_visit)
		loop->done = true;
}

static void tell_live(const struct loop *loop)
{
	struct live_numbers numbers = {
		.tally = loop->tally,
		.n_waiting = loop->n_waiting,
		.budget_per_s = loop->settings->schedule_budget_per_s,
		.turned_at_us = clock_monotonic_us(),
		.stopping = loop->stops || loop->done,
	};

	if (loop->config.live)
		live_turn(loop->config.live, &numbers);
}

static enum err turn(struct loop *loop)
{
	enum err err = loop_read_time(loop);

	if (!err && loop->starts_anew && !loop->n_in_flight)
		err = loop_start_anew(loop);
	if (loop->reload)
		loop_reload(loop);
	if (!err)
		err = fetcher_turn(loop->fetcher);
	if (!err)
		err = loop->failure;
	if (!err)
		err = take_judged(loop);
	if (!err)
		err = commit_if_due(loop);
	if (!err)
		err = polls_turn(loop);
	if (!err)
		err = fill(loop);
	note_end(loop);
	loop->tally.n_in_flight = loop->n_in_flight;
	loop->tally.n_hosts = frontier_n_hosts(loop->frontier);
	loop->tally.price = frontier_price(loop->frontier);
	tell_live(loop);
	if (loop->config.progress)
		loop->config.progress(loop->config.progress_context, loop->now_ms);
	return err;
}

/* ---- waiting ------------------------------------------------------------------------------------ */

/* How long nothing can happen that we must do ourselves. */
static int64_t idle_ms(const struct loop *loop)
{
	int64_t until_ms = loop->now_ms + 1000; /* progress, reload, --for */
	int64_t wait_ms;

	if (store_n_pending(loop->store) &&
	    loop->committed_at_ms + COMMIT_EVERY_MS < until_ms)
		until_ms = loop->committed_at_ms + COMMIT_EVERY_MS;
	if (may_start(loop) && loop->next_job_at_ms < until_ms)
		until_ms = loop->next_job_at_ms;
	if (loop->polls_at_ms < until_ms)
		until_ms = loop->polls_at_ms;
	wait_ms = until_ms - loop->now_ms;
	return wait_ms < 0 ? 0 : wait_ms;
}

/* A clock of our own stands still while anything is out, and else jumps to what is next. */
static bool jump(struct loop *loop)
{
	int64_t *now_ms = loop->config.virtual_now_ms;
	int64_t until_ms = loop->next_job_at_ms;

	if (!now_ms || loop->n_in_flight)
		return false;
	if (loop->polls_at_ms < until_ms)
		until_ms = loop->polls_at_ms;
	if (store_n_pending(loop->store) &&
	    loop->committed_at_ms + COMMIT_EVERY_MS < until_ms)
		until_ms = loop->committed_at_ms + COMMIT_EVERY_MS;
	if (loop->config.for_ms && loop->started_at_ms + loop->config.for_ms < until_ms)
		until_ms = loop->started_at_ms + loop->config.for_ms;
	if (until_ms != POLITENESS_NEVER && until_ms > *now_ms)
		*now_ms = until_ms;
	return true;
}

struct editor loop_editor(struct loop *loop)
{
	return (struct editor){
		.store = loop->store,
		.now_ms = loop->now_ms,
		.in_flight = loop_page_in_flight,
		.forgotten = page_forgotten,
		.wake = pages_due,
		.host_changed = host_changed,
		.moved = page_moved,
		.context = loop,
	};
}

static enum err serve(struct loop *loop, const struct pollfd *fds, size_t n)
{
	struct editor editor = loop_editor(loop);
	size_t n_pending = store_n_pending(loop->store);
	enum err err;

	if (!loop->control)
		return ERR_OK;
	err = control_server_turn(loop->control, &editor, fds, n);
	/* An order is durable before it is answered, and what was pending with it. */
	if (!err && (store_n_pending(loop->store) < n_pending || loop->woken))
		note_commit(loop);
	loop->woken = false;
	return err;
}

static enum err wait_for_events(struct loop *loop)
{
	struct pollfd fds[FDS_MAX] = {
		{ .fd = fetcher_fd(loop->fetcher), .events = POLLIN },
		{ .fd = pool_fd(loop->pool), .events = POLLIN },
	};
	size_t n = 2, n_control = 0;
	int transport_ms = fetcher_timeout_ms(loop->fetcher);
	int64_t ms = loop->worked || jump(loop) ? 0 : idle_ms(loop);
	enum err err;

	loop->worked = false;
	if (transport_ms >= 0 && transport_ms < ms)
		ms = transport_ms;
	if (loop->control)
		n_control = control_server_fds(loop->control, fds + n, FDS_MAX - n);
	(void)poll(fds, n + n_control, (int)ms); /* EINTR: a signal; the turn will see */
	err = loop_read_time(loop);
	return err ? err : serve(loop, fds + n, n_control);
}

/* ---- running -------------------------------------------------------------------------------------- */

static bool has_more(struct loop *loop)
{
	if (!loop->stops && !loop->done)
		return true;
	if (loop->stops > 1)
		return false;
	if (!loop->stop_at_ms)
		loop->stop_at_ms = clock_monotonic_us() / 1000 + STOP_WITHIN_MS;
	return loop->n_in_flight && clock_monotonic_us() / 1000 < loop->stop_at_ms;
}

/* What is still out is dropped: it is still due. What is finished is committed. */
static enum err wind_up(struct loop *loop, enum err err)
{
	bool unclean;

	fetcher_stop_all(loop->fetcher);
	pool_stop(loop->pool);
	if (!err)
		err = take_judged(loop);
	if (!err)
		err = store_mark_running(loop->store, false, &unclean);
	if (!err)
		err = loop_commit(loop);
	if (!err)
		err = archive_close(loop);
	return err;
}

enum err loop_run(struct loop *loop, struct why *why)
{
	enum err err = ERR_OK;

	while (!err && has_more(loop)) {
		err = turn(loop);
		if (!err && has_more(loop))
			err = wait_for_events(loop);
	}
	err = wind_up(loop, err);
	if (!err)
		return ERR_OK;
	if (archive_failure(loop)[0])
		return why_set(why, err, "%s", archive_failure(loop));
	return why_set(why, err, "%s",
		       err == ERR_IO || err == ERR_CORRUPT ? store_failure(loop->store)
							   : err_text(err));
}

void loop_ask_to_stop(struct loop *loop)
{
	loop->stops++;
}

void loop_ask_to_reload(struct loop *loop, const struct settings *settings)
{
	loop->new_settings = settings;
	loop->reload = 1;
}

const struct loop_tally *loop_tally(const struct loop *loop)
{
	return &loop->tally;
}
