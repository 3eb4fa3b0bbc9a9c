/* The time limits of REQ 57, each a queue in order of expiry. */
#include <utlist.h>

#include "crawler/transport_internal.h"
#include "store/base/clock.h"

#define SLOW_BYTES_PER_SECOND 64

void clock_leave(struct fetch *f)
{
	if (f->phase < N_PHASES)
		DL_DELETE2(f->transport->phases[f->phase], f, phase_prev, phase_next);
	f->phase = N_PHASES;
}

void clock_enter(struct fetch *f, enum phase phase)
{
	clock_leave(f);
	f->phase = phase;
	f->phase_since_us = clock_monotonic_us();
	f->n_body_at_phase = f->n_body;
	DL_APPEND2(f->transport->phases[phase], f, phase_prev, phase_next);
}

static int64_t phase_due_at_us(const struct transport *t, enum phase phase)
{
	const struct fetch *first = t->phases[phase];

	return first ? first->phase_since_us + t->phase_limit_us[phase] : NEVER;
}

static int64_t total_due_at_us(const struct transport *t)
{
	return t->in_flight ? t->in_flight->result.started_at_us + t->timeout_us : NEVER;
}

int64_t clock_due_at_us(const struct transport *t)
{
	int64_t due_at_us = total_due_at_us(t);

	for (enum phase p = 0; p < N_PHASES; p++) {
		if (phase_due_at_us(t, p) < due_at_us)
			due_at_us = phase_due_at_us(t, p);
	}
	return due_at_us;
}

static void time_out(struct fetch *f, const char *what, int64_t limit_us)
{
	fetch_fail(f, FETCH_TIMEOUT, "%s took over %lld ms", what,
		   (long long)(limit_us / 1000));
	fetch_finish(f, CURLE_OPERATION_TIMEDOUT);
}

static void end_connecting(struct fetch *f)
{
	int64_t limit_us = f->transport->phase_limit_us[PHASE_CONNECT];

	if (f->wait.name)
		fetch_fail(f, FETCH_DNS, "%.100s: no answer in %lld ms",
			   f->wait.name->text, (long long)(limit_us / 1000));
	time_out(f, "connecting", limit_us);
}

/* A body that came fast enough through one window is watched through another. */
static void end_body_window(struct fetch *f)
{
	int64_t window_us = f->transport->phase_limit_us[PHASE_BODY];
	int64_t n = f->n_body - f->n_body_at_phase;

	if (n * MS_PER_SECOND * 1000 >= SLOW_BYTES_PER_SECOND * window_us) {
		clock_enter(f, PHASE_BODY);
		return;
	}
	fetch_fail(f, FETCH_SLOW, "%lld bytes in %lld ms", (long long)n,
		   (long long)(window_us / 1000));
	fetch_finish(f, CURLE_OPERATION_TIMEDOUT);
}

void clock_expire(struct transport *t)
{
	int64_t now_us = clock_monotonic_us();

	while (total_due_at_us(t) <= now_us)
		time_out(t->in_flight, "the fetch", t->timeout_us);
	while (phase_due_at_us(t, PHASE_CONNECT) <= now_us)
		end_connecting(t->phases[PHASE_CONNECT]);
	while (phase_due_at_us(t, PHASE_HEAD) <= now_us)
		time_out(t->phases[PHASE_HEAD], "the response head",
			 t->phase_limit_us[PHASE_HEAD]);
	while (phase_due_at_us(t, PHASE_BODY) <= now_us)
		end_body_window(t->phases[PHASE_BODY]);
}
