/* The fetches: begun, kept in one list while in flight, reported, and used again. */
#include "crawler/transport.h"

#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#include "crawler/content_coding.h"
#include "crawler/transport_internal.h"
#include "store/base/clock.h"

#define ACCEPT_ENCODING_LINE "Accept-Encoding: " ACCEPT_ENCODING
/* `done` may start what ends at once; the owner's other work waits no longer than this. */
#define ROUNDS_PER_TURN 4

/* ---- birth and end --------------------------------------------------------------- */

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value > 0 ? value : otherwise;
}

static void set_limits(struct transport *t, const struct transport_config *config)
{
	t->timeout_us = or_default(config->timeout_ms, 60000) * 1000;
	t->phase_limit_us[PHASE_CONNECT] =
		or_default(config->connect_timeout_ms, 10000) * 1000;
	t->phase_limit_us[PHASE_HEAD] =
		or_default(config->header_timeout_ms, 20000) * 1000;
	t->phase_limit_us[PHASE_BODY] = or_default(config->slow_window_ms, 20000) * 1000;
	t->connect_timeout_ms = (int)(t->phase_limit_us[PHASE_CONNECT] / 1000);
	t->max_body = or_default(config->max_wire_bytes, 8 << 20);
	t->max_bytes_at_once = or_default(config->max_bytes_at_once, 128 << 20);
}

static bool add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer)
		*list = longer;
	return longer != NULL;
}

static enum err set_texts(struct transport *t, const struct transport_config *config)
{
	struct buf from = BUF_INIT;
	enum err err = ERR_NOMEM;

	t->user_agent = strdup(config->user_agent);
	if (!t->user_agent)
		goto out;
	if (config->cacert && !(t->cacert = strdup(config->cacert)))
		goto out;
	if (config->proxy && !(t->proxy = strdup(config->proxy)))
		goto out;
	if (config->from && buf_printf(&from, "From: %s", config->from))
		goto out;
	if (from.len && !add_line(&t->common, from.data))
		goto out;
	if (!add_line(&t->common, ACCEPT_ENCODING_LINE))
		goto out;
	t->common_bytes =
		strlen(t->user_agent) + from.len + sizeof(ACCEPT_ENCODING_LINE) + 4;
	err = ERR_OK;
out:
	buf_release(&from);
	return err;
}

/* HOST:PORT:ADDR, as libcurl reads it; it would skip a bad one in silence. */
static enum err set_resolve(struct transport *t, const char *const *entries,
			    struct why *why)
{
	for (; entries && *entries; entries++) {
		struct span rest = span_of(*entries);
		struct span host = span_cut(&rest, ':'), port = span_cut(&rest, ':');

		if (!host.len || !port.len ||
		    strspn(port.data, "0123456789") != port.len || !rest.len)
			return why_set(why, ERR_INVALID,
				       "'%.200s' is not HOST:PORT:ADDRESS", *entries);
		if (!add_line(&t->resolve, *entries))
			return why_set(why, ERR_NOMEM, "out of memory");
	}
	return ERR_OK;
}

static enum err set_allowed(struct transport *t, const char *const *nets, struct why *why)
{
	size_t n = 0;

	while (nets && nets[n])
		n++;
	t->allowed = calloc(n + 1, sizeof(*t->allowed));
	if (!t->allowed)
		return why_set(why, ERR_NOMEM, "out of memory");
	for (; t->n_allowed < n; t->n_allowed++) {
		enum err err = address_net_parse(span_of(nets[t->n_allowed]),
						 &t->allowed[t->n_allowed], why);

		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err set_up(struct transport *t, const struct transport_config *config,
		       struct why *why)
{
	enum err err;

	if (config->cacert && access(config->cacert, R_OK) != 0)
		return why_set(why, ERR_IO, "cannot read CA file '%.200s'",
			       config->cacert);
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return why_set(why, ERR_NOMEM, "cannot start libcurl");
	t->curl_ready = true;
	set_limits(t, config);
	if (set_texts(t, config))
		return why_set(why, ERR_NOMEM, "out of memory");
	err = set_resolve(t, config->resolve, why);
	if (!err)
		err = set_allowed(t, config->allow_net, why);
	if (!err)
		err = watch_open(t, why);
	if (!err)
		err = shards_open(t, (int)or_default(config->max_connections, 1024), why);
	return err ? err : names_open(t, config, why);
}

enum err transport_new(const struct transport_config *config, transport_done *done,
		       void *context, struct transport **transport, struct why *why)
{
	struct transport *t = calloc(1, sizeof(*t));
	enum err err;

	if (!t)
		return why_set(why, ERR_NOMEM, "out of memory");
	t->done = done;
	t->context = context;
	t->epoll_fd = -1;
	t->room = config->room ? config->room : &t->own_room;
	err = set_up(t, config, why);
	if (err)
		transport_free(t);
	else
		*transport = t;
	return err;
}

static void fetch_free(struct fetch *f)
{
	curl_easy_cleanup(f->easy);
	buf_release(&f->name_text);
	fetch_result_release(&f->result);
	buf_release(&f->extra);
	free(f->lines);
	free(f);
}

/* libcurl would keep an HTTP/2 connection that a stream was silent on, and the host's next
 * fetches would wait in vain on the same dead one. */
static void forbid_reuse(struct fetch *f, bool forbidden)
{
	(void)curl_easy_setopt(f->easy, CURLOPT_FORBID_REUSE, (long)forbidden);
}

/* What it waits for, and libcurl. */
static void leave(struct fetch *f)
{
	bool was_silent = f->failed == FETCH_TIMEOUT || f->failed == FETCH_SLOW;

	names_leave(f);
	if (!f->has_begun)
		return;
	if (was_silent)
		forbid_reuse(f, true);
	curl_multi_remove_handle(f->shard->multi, f->easy);
	if (was_silent)
		forbid_reuse(f, false);
}

void transport_free(struct transport *t)
{
	struct fetch *f;

	if (!t)
		return;
	while ((f = t->in_flight)) {
		leave(f);
		DL_DELETE(t->in_flight, f);
		fetch_free(f);
	}
	while ((f = t->pool)) {
		LL_DELETE(t->pool, f);
		fetch_free(f);
	}
	names_close(t);
	shards_close(t);
	watch_close(t);
	curl_slist_free_all(t->common);
	curl_slist_free_all(t->resolve);
	free(t->user_agent);
	free(t->cacert);
	free(t->proxy);
	free(t->allowed);
	if (t->curl_ready)
		curl_global_cleanup();
	free(t);
}

/* ---- one fetch ------------------------------------------------------------------- */

/* A handle that was used costs a quarter less than a fresh one. */
static struct fetch *pool_take(struct transport *t)
{
	struct fetch *f = t->pool;

	if (f) {
		LL_DELETE(t->pool, f);
		return f;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->transport = t;
	if (curl_make_easy(f)) {
		fetch_free(f);
		return NULL;
	}
	return f;
}

static void fetch_reset(struct fetch *f)
{
	f->phase = N_PHASES;
	f->n_body = 0;
	f->was_sent = false;
	f->has_begun = false;
	f->looks_up = f->is_found = false;
	f->name_us = 0;
	f->any_opened = false;
	f->failed = FETCH_OK;
	f->curl_text[0] = '\0';
	f->head = (struct response_head){ 0 };
	f->result = (struct fetch_result){ .started_at_us = clock_monotonic_us() };
}

enum err transport_start(struct transport *t, const struct fetch_request *request)
{
	struct fetch *f = pool_take(t);

	if (!f)
		return ERR_NOMEM;
	fetch_reset(f);
	f->result.owner = request->owner;
	f->max_body = or_default(request->max_wire_bytes, t->max_body);
	f->host_hash = transport_host_hash(request->url);
	f->shard = shard_of(t, f->host_hash);
	f->looks_up = request->look_up;
	if ((!f->looks_up && curl_set_request(f, request)) ||
	    names_start(f, request->url)) {
		fetch_result_release(&f->result);
		LL_PREPEND(t->pool, f);
		return ERR_NOMEM;
	}
	DL_APPEND(t->in_flight, f);
	t->n_in_flight++;
	atomic_fetch_add(&t->room->n_in_flight, 1);
	clock_enter(f, PHASE_CONNECT);
	return ERR_OK;
}

void fetch_finish(struct fetch *f, CURLcode code)
{
	struct transport *t = f->transport;
	struct fetch_result result;

	result_fill(f, code);
	leave(f);
	clock_leave(f);
	DL_DELETE(t->in_flight, f);
	t->n_in_flight--;
	atomic_fetch_sub(&t->room->n_in_flight, 1);
	if (f->n_body)
		atomic_fetch_sub(&t->room->n_bytes, f->n_body);
	result = f->result;
	f->result = (struct fetch_result){ 0 };
	LL_PREPEND(t->pool, f);
	t->done(t->context, &result);
	fetch_result_release(&result);
}

void transport_hold(struct transport *t, int64_t n_bytes)
{
	if (n_bytes)
		atomic_fetch_add(&t->room->n_bytes, n_bytes);
}

/* ---- the loop -------------------------------------------------------------------- */

enum err transport_turn(struct transport *t)
{
	if (shards_run_sockets(t))
		return ERR_IO;
	names_turn(t);
	for (int i = 0; i < ROUNDS_PER_TURN; i++) {
		shards_run_due(t);
		if (!shards_collect(t))
			break;
	}
	clock_expire(t);
	return ERR_OK;
}

void transport_stop_all(struct transport *t)
{
	struct fetch *f, *next, *last = t->in_flight ? t->in_flight->prev : NULL;
	bool more = last != NULL;

	/* up to what was the last: `done` may start others */
	for (f = t->in_flight; more; f = next) {
		more = f != last;
		next = f->next;
		fetch_fail(f, FETCH_STOPPED, "stopped");
		fetch_finish(f, CURLE_ABORTED_BY_CALLBACK);
	}
}

int transport_n_in_flight(const struct transport *t)
{
	return t->n_in_flight;
}

int transport_fd(const struct transport *t)
{
	return t->epoll_fd;
}

int transport_timeout_ms(const struct transport *t)
{
	int64_t due_at_us = shards_due_at_us(t), left_us;

	if (clock_due_at_us(t) < due_at_us)
		due_at_us = clock_due_at_us(t);
	if (names_due_at_us(t) < due_at_us)
		due_at_us = names_due_at_us(t);
	if (due_at_us == NEVER)
		return -1;
	left_us = due_at_us - clock_monotonic_us();
	if (left_us <= 0)
		return 0;
	/* rounded up, or the owner would turn for nothing through the last millisecond */
	return left_us < INT64_C(1000000000) ? (int)((left_us + 999) / 1000) : 1000000;
}
