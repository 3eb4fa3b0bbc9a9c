/* answer.c - errors, health, metrics and the live numbers. */
#include "tools/listener_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tools/json_out.h"
#include "tools/metrics.h"

#define READY_US (10 * INT64_C(1000000))
#define HEALTHY_US (60 * INT64_C(1000000))
/* Freshness for the metrics is reckoned anew so often, and at most so much of the time. */
#define RECKON_EVERY_US (60 * INT64_C(1000000))
#define RECKON_COST 20

void answer_error(struct exchange *exchange, unsigned status, const char *reason)
{
	struct json_out j;

	exchange->answered = true;
	exchange->status = status;
	exchange->type = "application/json";
	buf_clear(&exchange->answer);
	json_start(&j, &exchange->answer);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.error/1"));
	json_key_whole(&j, "status", status);
	json_key_text(&j, "error", span_of(reason));
	json_close(&j, '}');
	json_line(&j);
	if (json_end(&j))
		buf_clear(&exchange->answer); /* the status has to do */
}

void answer_failure(struct exchange *exchange, enum err err, const char *reason)
{
	static const struct {
		enum err err;
		unsigned status;
	} rows[] = {
		{ ERR_NOT_FOUND, MHD_HTTP_NOT_FOUND },
		{ ERR_INVALID, MHD_HTTP_BAD_REQUEST },
		{ ERR_TOO_LARGE, MHD_HTTP_BAD_REQUEST },
		{ ERR_NOMEM, MHD_HTTP_SERVICE_UNAVAILABLE },
		{ ERR_STOPPED, MHD_HTTP_SERVICE_UNAVAILABLE },
		{ ERR_LOCKED, MHD_HTTP_SERVICE_UNAVAILABLE },
	};
	unsigned status = MHD_HTTP_INTERNAL_SERVER_ERROR;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].err == err)
			status = rows[i].status;
	answer_error(exchange, status, *reason ? reason : err_text(err));
}

/* ---- health ------------------------------------------------------------------------------------ */

/* Before its first turn the loop gathers what it needs, which is no trouble but is not
 * being ready either. */
static bool has_turned(const struct live_numbers *numbers)
{
	return numbers->turned_at_us != 0;
}

static int64_t turn_age_us(const struct live_numbers *numbers)
{
	return clock_monotonic_us() - numbers->turned_at_us;
}

static void answer_state(struct exchange *exchange, bool good, const char *reason)
{
	if (!good) {
		answer_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, reason);
		return;
	}
	exchange->status = MHD_HTTP_OK;
	exchange->type = "text/plain; charset=utf-8";
	if (buf_append_text(&exchange->answer, "ok\n"))
		exchange->status = MHD_HTTP_SERVICE_UNAVAILABLE;
}

void answer_health(struct exchange *exchange)
{
	struct live_numbers numbers = live_numbers(exchange->listener->live);

	answer_state(exchange,
		     !has_turned(&numbers) || turn_age_us(&numbers) < HEALTHY_US,
		     "the loop has not turned for a minute");
}

/* Its files are open and can be read, but no new ones can be made. */
static bool has_moved(const struct listener *listener)
{
	struct stat now;

	return stat(store_dir(listener->store), &now) ||
	       now.st_dev != listener->opened.st_dev ||
	       now.st_ino != listener->opened.st_ino;
}

/* The store is open, or there was no listener. */
void answer_ready(struct exchange *exchange)
{
	struct live_numbers numbers = live_numbers(exchange->listener->live);
	const char *reason = NULL;

	if (numbers.stopping)
		reason = "the run is ending";
	else if (!has_turned(&numbers))
		reason = "the run is starting";
	else if (turn_age_us(&numbers) >= READY_US)
		reason = "the loop has not turned for 10 s";
	else if (has_moved(exchange->listener))
		reason = "the store's directory is not where it was";
	answer_state(exchange, !reason, reason);
}

/* ---- metrics ------------------------------------------------------------------------------------- */

static struct reckoned last_reckoned(struct listener *listener)
{
	struct reckoned reckoned;

	pthread_mutex_lock(&listener->lock);
	reckoned = listener->reckoned;
	pthread_mutex_unlock(&listener->lock);
	return reckoned;
}

void answer_metrics(struct exchange *exchange)
{
	struct listener *listener = exchange->listener;
	struct reckoned reckoned = last_reckoned(listener);
	bool known = reckoned.at_ms != 0;
	struct metrics metrics = {
		.totals = store_totals(exchange->view),
		.live = live_numbers(listener->live),
		.last_cursor = store_last_cursor(exchange->view),
		.freshness = known ? reckoned.freshness : NAN,
		.freshness_weighted = known ? reckoned.freshness_weighted : NAN,
		.n_overdue = reckoned.n_overdue,
		.reported_at_ms = reckoned.at_ms,
	};
	enum err err =
		store_get_acknowledged(exchange->view, "index", &metrics.acknowledged);

	metrics.turn_age_s = has_turned(&metrics.live)
				     ? (double)turn_age_us(&metrics.live) / 1e6
				     : NAN;
	store_gauge(exchange->view, &metrics.store);
	metrics_read_process(&metrics.process);
	exchange->status = MHD_HTTP_OK;
	exchange->type = METRICS_TYPE;
	if (!err)
		err = metrics_render(&exchange->answer, &metrics);
	if (err)
		answer_failure(exchange, err, store_failure(exchange->view));
	exchange->wants_reckoning =
		clock_monotonic_us() - reckoned.at_us >=
		(known ? RECKON_EVERY_US + RECKON_COST * reckoned.cost_us : 0);
}

/* ---- live ------------------------------------------------------------------------------------------ */

static void json_states(struct json_out *j, const struct counters *totals)
{
	json_key_open(j, "pages", '{');
	for (int s = 0; s < N_STATES; s++)
		json_key_whole(j, state_text((enum page_state)s), totals->n[s]);
	json_close(j, '}');
}

static void json_run(struct json_out *j, const struct live_numbers *n)
{
	const struct loop_tally *t = &n->tally;

	json_key_open(j, "run", '{');
	json_key_time(j, "started_at", t->started_at_ms);
	json_key_whole(j, "visits", (int64_t)t->n_visits);
	json_key_whole(j, "requests", (int64_t)t->n_requests);
	json_key_whole(j, "bytes", (int64_t)t->wire_bytes);
	json_key_whole(j, "bytes_saved", (int64_t)t->bytes_saved);
	json_key_whole(j, "in_flight", t->n_in_flight);
	json_key_whole(j, "waiting", n->n_waiting);
	json_key_whole(j, "hosts", (int64_t)t->n_hosts);
	json_key_real(j, "budget_per_s", n->budget_per_s);
	json_key_real(j, "price", t->price > 0 ? t->price : NAN);
	json_key_bool(j, "stopping", n->stopping);
	json_close(j, '}');
}

/* The oldest first; minutes without a visit are left out. */
static void json_minutes(struct json_out *j, const struct live_copy *copy, int64_t now_ms)
{
	int64_t minute = now_ms - now_ms % MS_PER_MINUTE;

	json_key_open(j, "minutes", '[');
	for (int64_t at = minute - (LIVE_MINUTES - 1) * MS_PER_MINUTE; at <= minute;
	     at += MS_PER_MINUTE) {
		const struct live_minute *m =
			&copy->minutes[at / MS_PER_MINUTE % LIVE_MINUTES];

		if (m->at_ms != at)
			continue;
		json_open(j, '{');
		json_key_time(j, "at", at);
		json_key_whole(j, "bytes", (int64_t)m->wire_bytes);
		for (int v = VERDICT_NEW; v < N_VERDICTS; v++)
			json_key_whole(j, verdict_text((enum verdict)v),
				       m->by_verdict[v]);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_visits(struct json_out *j, const struct live_copy *copy)
{
	json_key_open(j, "visits", '[');
	for (size_t i = 0; i < copy->n_visits; i++) {
		const struct live_visit *v = &copy->visits[i];

		json_open(j, '{');
		json_key_time(j, "at", v->at_ms);
		json_key_text(j, "url", span_from(v->url, v->url_len));
		json_key_bool(j, "url_is_cut", v->url_len == LIVE_URL_MAX);
		json_key_text(j, "verdict",
			      span_of(verdict_text((enum verdict)v->verdict)));
		json_key_text(j, "evidence",
			      span_of(evidence_text((enum evidence)v->evidence)));
		json_key_whole(j, "http_status", v->http_status);
		json_key_whole(j, "elapsed_ms", v->elapsed_ms);
		json_key_whole(j, "bytes", v->wire_bytes);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static enum err render_live(struct exchange *exchange, const struct live_copy *copy)
{
	struct listener *listener = exchange->listener;
	struct store_gauges gauges;
	struct json_out j;

	store_gauge(exchange->view, &gauges);
	json_start(&j, &exchange->answer);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.live/1"));
	json_key_time(&j, "at", exchange->now_ms);
	json_key_text(&j, "version", SPAN(FRESHET_VERSION));
	json_key_text(&j, "db", span_of(store_dir(exchange->view)));
	json_key_bool(&j, "can_change", listener->token.len > 0);
	json_run(&j, &copy->numbers);
	json_states(&j, store_totals(exchange->view));
	json_key_open(&j, "store", '{');
	json_key_whole(&j, "bytes", (int64_t)gauges.bytes_on_disk);
	json_close(&j, '}');
	json_minutes(&j, copy, exchange->now_ms);
	json_visits(&j, copy);
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}

void answer_live(struct exchange *exchange)
{
	struct live_copy *copy = malloc(sizeof(*copy));
	enum err err = ERR_NOMEM;

	if (copy) {
		live_read(exchange->listener->live, copy);
		err = render_live(exchange, copy);
	}
	free(copy);
	exchange->status = MHD_HTTP_OK;
	exchange->type = "application/json";
	if (err)
		answer_failure(exchange, err, "");
}
