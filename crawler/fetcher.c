/* Tickets go round: out to a thread with a request, and back with its result. */
#include "crawler/fetcher.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Started and not yet handed over: enough to be worth waking somebody, few enough to keep
 * the wire busy while the owner looks for more. */
#define HAND_OVER_AT 16

enum ticket_kind {
	TICKET_FETCH,
	TICKET_STOP,   /* comes back behind all that it ended */
	TICKET_BROKEN, /* comes back by itself: this transport cannot poll */
	TICKET_QUIT,   /* the thread ends */
};

struct ticket {
	enum ticket_kind kind;
	struct ticket *next, *next_of_all;
	struct buf url, headers;
	struct fetch_request request;
	struct fetch_result result;
};

struct list {
	struct ticket *first, *last;
	unsigned n;
};

/* Many write, one reads and sleeps on `fd`, which is written only to a sleeper. */
struct mailbox {
	pthread_mutex_t lock;
	struct list tickets;
	bool awaited, rung;
	int fd;
};

struct lane {
	struct fetcher *fetcher;
	struct transport *transport;
	struct mailbox box;
	pthread_t thread;
	bool runs;
	struct ticket stop, broken, quit;
	struct list out;      /* the owner's: started, not yet handed over */
	struct list finished; /* the thread's: not yet handed back */
};

struct fetcher {
	transport_done *done;
	void *context;
	struct transport *transport; /* NULL with threads */
	struct transport_room room;
	struct lane *lanes;
	unsigned n_lanes;
	struct mailbox box;
	struct ticket *all, *idle;
	int n_in_flight;
};

/* ---- lists and boxes -------------------------------------------------------------- */

static void list_add(struct list *list, struct ticket *ticket)
{
	ticket->next = NULL;
	if (list->last)
		list->last->next = ticket;
	else
		list->first = ticket;
	list->last = ticket;
	list->n++;
}

static struct ticket *list_pop(struct list *list)
{
	struct ticket *ticket = list->first;

	if (!ticket)
		return NULL;
	list->first = ticket->next;
	if (!list->first)
		list->last = NULL;
	list->n--;
	return ticket;
}

static void list_move(struct list *to, struct list *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	to->n += from->n;
	*from = (struct list){ 0 };
}

static enum err box_open(struct mailbox *box)
{
	pthread_mutex_init(&box->lock, NULL);
	box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return box->fd < 0 ? ERR_IO : ERR_OK;
}

static void box_close(struct mailbox *box)
{
	if (box->fd >= 0)
		close(box->fd);
	pthread_mutex_destroy(&box->lock);
}

static void box_put(struct mailbox *box, struct list *tickets)
{
	uint64_t one = 1;

	if (!tickets->first)
		return;
	pthread_mutex_lock(&box->lock);
	list_move(&box->tickets, tickets);
	if (box->awaited) {
		box->awaited = false;
		box->rung = true;
		(void)!write(box->fd, &one, sizeof(one)); /* it was 0: there is room */
	}
	pthread_mutex_unlock(&box->lock);
}

static struct list box_take(struct mailbox *box)
{
	struct list tickets = { 0 };
	uint64_t count;

	pthread_mutex_lock(&box->lock);
	list_move(&tickets, &box->tickets);
	if (box->rung)
		(void)!read(box->fd, &count, sizeof(count));
	box->awaited = box->rung = false;
	pthread_mutex_unlock(&box->lock);
	return tickets;
}

/* True: there is nothing to be taken, and what comes makes `fd` readable. */
static bool box_await(struct mailbox *box)
{
	bool empty;

	pthread_mutex_lock(&box->lock);
	empty = !box->tickets.first;
	box->awaited = empty;
	pthread_mutex_unlock(&box->lock);
	return empty;
}

/* ---- in a thread ------------------------------------------------------------------ */

static void finish(struct lane *lane, struct ticket *ticket, struct fetch_result *result)
{
	ticket->result = *result;
	*result = (struct fetch_result){ 0 };
	ticket->result.owner = ticket->request.owner;
	/* on its way it is held by nobody else */
	transport_hold(lane->transport, (int64_t)ticket->result.body.len);
	list_add(&lane->finished, ticket);
}

static void take_result(void *context, struct fetch_result *result)
{
	finish(context, result->owner, result);
}

static void start(struct lane *lane, struct ticket *ticket)
{
	struct fetch_request request = ticket->request;
	struct fetch_result failed = { .error = FETCH_STOPPED };

	request.url = buf_text(&ticket->url);
	request.headers = buf_span(&ticket->headers);
	request.owner = ticket;
	if (transport_start(lane->transport, &request))
		finish(lane, ticket, &failed);
}

/* False: the thread is to end. */
static bool take_orders(struct lane *lane)
{
	struct list tickets = box_take(&lane->box);
	struct ticket *ticket;

	while ((ticket = list_pop(&tickets))) {
		if (ticket->kind == TICKET_QUIT)
			return false;
		if (ticket->kind == TICKET_FETCH) {
			start(lane, ticket);
			continue;
		}
		transport_stop_all(lane->transport);
		list_add(&lane->finished, ticket);
	}
	return true;
}

/* Until it is told to quit: also one that cannot poll still answers its owner. */
static void *lane_main(void *context)
{
	struct lane *lane = context;
	bool works = true;

	pthread_setname_np(pthread_self(), "fetch");
	while (take_orders(lane)) {
		struct pollfd fds[] = {
			{ .fd = lane->box.fd, .events = POLLIN },
			{ .fd = transport_fd(lane->transport), .events = POLLIN },
		};

		if (works && transport_turn(lane->transport)) {
			works = false;
			list_add(&lane->finished, &lane->broken);
		}
		box_put(&lane->fetcher->box, &lane->finished);
		if (box_await(&lane->box))
			(void)poll(fds, works ? 2 : 1,
				   works ? transport_timeout_ms(lane->transport) : -1);
	}
	return NULL;
}

/* ---- birth and end ---------------------------------------------------------------- */

static enum err lane_open(struct fetcher *f, const struct transport_config *config,
			  struct why *why)
{
	struct lane *lane = &f->lanes[f->n_lanes];

	*lane = (struct lane){
		.fetcher = f,
		.stop.kind = TICKET_STOP,
		.broken.kind = TICKET_BROKEN,
		.quit.kind = TICKET_QUIT,
	};
	f->n_lanes++;
	if (box_open(&lane->box))
		return why_set(why, ERR_IO, "no descriptor for a thread");
	return transport_new(config, take_result, lane, &lane->transport, why);
}

/* Signals are the owner's business: threads are born with all of them blocked. */
static enum err run_lanes(struct fetcher *f, struct why *why)
{
	sigset_t all, before;
	enum err err = ERR_OK;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; !err && i < f->n_lanes; i++) {
		struct lane *lane = &f->lanes[i];

		lane->runs = !pthread_create(&lane->thread, NULL, lane_main, lane);
		if (!lane->runs)
			err = why_set(why, ERR_IO, "cannot start a thread");
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static enum err open_lanes(struct fetcher *f, const struct transport_config *config,
			   unsigned n, struct why *why)
{
	struct transport_config share = *config;
	enum err err = ERR_OK;

	share.room = &f->room;
	if (share.max_connections)
		share.max_connections = (config->max_connections + (int)n - 1) / (int)n;
	f->lanes = calloc(n, sizeof(*f->lanes));
	if (!f->lanes)
		return why_set(why, ERR_NOMEM, "out of memory");
	if (box_open(&f->box))
		return why_set(why, ERR_IO, "no descriptor for threads");
	while (!err && f->n_lanes < n)
		err = lane_open(f, &share, why);
	return err ? err : run_lanes(f, why);
}

enum err fetcher_new(const struct transport_config *config, unsigned n_threads,
		     transport_done *done, void *context, struct fetcher **fetcher,
		     struct why *why)
{
	struct fetcher *f = calloc(1, sizeof(*f));
	enum err err;

	if (!f)
		return why_set(why, ERR_NOMEM, "out of memory");
	f->done = done;
	f->context = context;
	f->box.fd = -1;
	err = n_threads ? open_lanes(f, config, n_threads, why)
			: transport_new(config, done, context, &f->transport, why);
	if (err)
		fetcher_free(f);
	else
		*fetcher = f;
	return err;
}

static void lane_close(struct lane *lane)
{
	struct list quit = { 0 };

	if (lane->runs) {
		list_add(&quit, &lane->quit);
		box_put(&lane->box, &quit);
		pthread_join(lane->thread, NULL);
	}
	transport_free(lane->transport);
	box_close(&lane->box);
}

void fetcher_free(struct fetcher *f)
{
	struct ticket *ticket;

	if (!f)
		return;
	transport_free(f->transport);
	for (unsigned i = 0; i < f->n_lanes; i++)
		lane_close(&f->lanes[i]);
	while ((ticket = f->all)) {
		f->all = ticket->next_of_all;
		fetch_result_release(&ticket->result);
		buf_release(&ticket->url);
		buf_release(&ticket->headers);
		free(ticket);
	}
	if (f->lanes)
		box_close(&f->box);
	free(f->lanes);
	free(f);
}

/* ---- the owner's side ------------------------------------------------------------- */

static struct ticket *ticket_take(struct fetcher *f)
{
	struct ticket *ticket = f->idle;

	if (ticket) {
		f->idle = ticket->next;
		return ticket;
	}
	ticket = calloc(1, sizeof(*ticket));
	if (!ticket)
		return NULL;
	ticket->next_of_all = f->all;
	f->all = ticket;
	return ticket;
}

static void ticket_leave(struct fetcher *f, struct ticket *ticket)
{
	ticket->next = f->idle;
	f->idle = ticket;
}

enum err fetcher_start(struct fetcher *f, const struct fetch_request *request)
{
	struct ticket *ticket;
	struct lane *lane;

	if (f->transport)
		return transport_start(f->transport, request);
	ticket = ticket_take(f);
	if (!ticket)
		return ERR_NOMEM;
	ticket->request = *request;
	if (buf_set(&ticket->url, span_of(request->url)) ||
	    buf_set(&ticket->headers, request->headers)) {
		ticket_leave(f, ticket);
		return ERR_NOMEM;
	}
	/* not the bits that choose the shard within the lane */
	lane = &f->lanes[(transport_host_hash(request->url) >> 32) % f->n_lanes];
	list_add(&lane->out, ticket);
	f->n_in_flight++;
	if (lane->out.n >= HAND_OVER_AT)
		box_put(&lane->box, &lane->out);
	return ERR_OK;
}

static void report(struct fetcher *f, struct ticket *ticket)
{
	struct fetch_result result = ticket->result;
	int64_t n_bytes = (int64_t)result.body.len;

	ticket->result = (struct fetch_result){ 0 };
	ticket_leave(f, ticket);
	f->n_in_flight--;
	f->done(f->context, &result);
	fetcher_hold(f, -n_bytes);
	fetch_result_release(&result);
}

/* Reports what has come; the stop tickets among it are counted. */
static enum err take_results(struct fetcher *f, unsigned *n_stopped)
{
	struct list tickets = box_take(&f->box);
	struct ticket *ticket;
	enum err err = ERR_OK;

	while ((ticket = list_pop(&tickets))) {
		if (ticket->kind == TICKET_FETCH)
			report(f, ticket);
		else if (ticket->kind == TICKET_BROKEN)
			err = ERR_IO;
		else
			++*n_stopped;
	}
	return err;
}

static void hand_over(struct fetcher *f)
{
	for (unsigned i = 0; i < f->n_lanes; i++)
		box_put(&f->lanes[i].box, &f->lanes[i].out);
}

void fetcher_stop_all(struct fetcher *f)
{
	struct pollfd fd = { .fd = f->box.fd, .events = POLLIN };
	unsigned n_stopped = 0;

	if (f->transport) {
		transport_stop_all(f->transport);
		return;
	}
	for (unsigned i = 0; i < f->n_lanes; i++) {
		list_add(&f->lanes[i].out, &f->lanes[i].stop);
		box_put(&f->lanes[i].box, &f->lanes[i].out);
	}
	while (n_stopped < f->n_lanes) {
		if (box_await(&f->box))
			(void)poll(&fd, 1, -1);
		(void)take_results(f,
				   &n_stopped); /* broken: it is stopped all the same */
	}
}

int fetcher_n_in_flight(const struct fetcher *f)
{
	return f->transport ? transport_n_in_flight(f->transport) : f->n_in_flight;
}

void fetcher_hold(struct fetcher *f, int64_t n_bytes)
{
	if (f->transport)
		transport_hold(f->transport, n_bytes);
	else
		atomic_fetch_add(&f->room.n_bytes, n_bytes);
}

int fetcher_fd(const struct fetcher *f)
{
	return f->transport ? transport_fd(f->transport) : f->box.fd;
}

int fetcher_timeout_ms(struct fetcher *f)
{
	if (f->transport)
		return transport_timeout_ms(f->transport);
	hand_over(f);
	return box_await(&f->box) ? -1 : 0;
}

enum err fetcher_turn(struct fetcher *f)
{
	unsigned n_stopped = 0;

	if (f->transport)
		return transport_turn(f->transport);
	hand_over(f);
	return take_results(f, &n_stopped);
}
