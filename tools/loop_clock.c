/*
 * The time of a turn, and what moves when the clock is set under a run (REQ 92): delays and
 * Retry-After are of time that goes by, so they stay as far away as they were. What was
 * learned keeps the dates that it has.
 */
#include "scheduler/ahead.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/units.h"
#include "tools/loop_internal.h"

#define STEP_MIN_MS 100 /* what is less may have passed between two looks */

/* A virtual clock is moved while we do not look, and stands still else. */
static void read_virtual(struct loop *loop, int64_t now_ms)
{
	struct clock_reading *r = &loop->reading;

	if (r->from_us && now_ms == r->at_ms)
		return;
	r->before_ms = r->from_us ? r->at_ms : now_ms;
	r->at_ms = now_ms;
	r->from_us = r->to_us = clock_monotonic_us();
}

static int64_t read_now_ms(struct loop *loop)
{
	struct clock_reading *r = &loop->reading;

	if (loop->config.virtual_now_ms) {
		read_virtual(loop, *loop->config.virtual_now_ms);
	} else {
		r->from_us = clock_monotonic_us();
		r->at_ms = clock_now_ms();
		r->to_us = clock_monotonic_us();
	}
	return r->at_ms;
}

static int64_t virtual_ms(const struct loop *loop, int64_t us)
{
	return us >= loop->reading.from_us ? loop->reading.at_ms
					   : loop->reading.before_ms;
}

void loop_time_passed(struct loop *loop, int64_t us)
{
	const struct clock_reading *r = &loop->reading;
	int64_t at_ms = loop->config.virtual_now_ms ? virtual_ms(loop, us)
						    : r->at_ms + (us - r->to_us) / 1000;

	if (at_ms > loop->now_ms)
		loop->now_ms = at_ms;
}

/* The clock leaves out what it has of the millisecond. */
int64_t loop_latest_ms(const struct loop *loop, int64_t us)
{
	const struct clock_reading *r = &loop->reading;

	return loop->config.virtual_now_ms ? virtual_ms(loop, us)
					   : r->at_ms + 2 + (us - r->from_us) / 1000;
}

/* How far the clock is ahead of one that is never set. */
static int64_t read_lead_ms(const struct loop *loop, int64_t now_ms)
{
	int64_t lead_ms;

	if (loop->config.virtual_now_ms)
		return loop->config.virtual_stepped_ms ? *loop->config.virtual_stepped_ms
						       : 0;
	lead_ms = now_ms - clock_since_boot_ms();
	if (llabs(lead_ms - loop->clock_lead_ms) < STEP_MIN_MS)
		return lead_ms;
	return clock_lead_ms(); /* we may have slept between the two */
}

void loop_start_clock(struct loop *loop)
{
	loop->now_ms = loop->started_at_ms = read_now_ms(loop);
	loop->committed_at_ms = loop->now_ms;
	loop->tally.started_at_ms = loop->now_ms;
	loop->clock_lead_ms = read_lead_ms(loop, loop->now_ms);
}

/* Of a clock that is set back the next run must know how far it was (scheduler/ahead.h). */
void loop_note_request(struct loop *loop, int64_t at_ms)
{
	if (at_ms > store_last_request_ms(loop->store))
		store_note_request(loop->store, at_ms);
}

enum err loop_take_back(struct loop *loop, int64_t ahead_ms)
{
	char by[UNITS_TEXT_SIZE];

	if (!ahead_ms)
		return ERR_OK;
	units_format_duration(ahead_ms, by);
	if (ahead_ms > AHEAD_BY_ITSELF_MS) {
		log_event(LOG_WARN, "clock-behind",
			  "there were requests as much as %s later than now: if this "
			  "clock is the right one, `freshet db repair` takes back what "
			  "waits until then",
			  by);
		return ERR_OK;
	}
	log_event(LOG_WARN, "clock-behind",
		  "there were requests as much as %s later than now: what is dated later "
		  "is taken back by that",
		  by);
	return ahead_take_back(loop->store, ahead_ms, loop->now_ms);
}

/* What was dated by a clock that was ahead waits until then; where that is for us to take
 * back it is, as soon as nobody is out who would write the old dates. One pass over all that
 * is due now ends by itself, and the next run does it. */
static enum err note_step(struct loop *loop, int64_t step_ms)
{
	/* What an earlier step left has come to pass. */
	if (!ahead_of_ms(loop->store, loop->now_ms - step_ms))
		loop->ahead_ms = 0;
	loop->ahead_ms -= step_ms;
	if (loop->ahead_ms < 0)
		loop->ahead_ms = 0;
	loop->starts_anew = !loop->config.once && !loop->config.force &&
			    ahead_of_ms(loop->store, loop->now_ms) > 0 &&
			    loop->ahead_ms > 0;
	if (!loop->starts_anew || loop->ahead_ms <= AHEAD_BY_ITSELF_MS)
		return ERR_OK;
	loop->starts_anew = false;
	return loop_take_back(loop, loop->ahead_ms); /* says so, and no more */
}

static enum err move_with_clock(struct loop *loop, int64_t step_ms)
{
	char by[UNITS_TEXT_SIZE];
	enum err err;

	units_format_duration(llabs(step_ms), by);
	log_event(LOG_WARN, "clock-set",
		  "the clock was set %s by %s: what hosts wait for moves with it",
		  step_ms > 0 ? "forward" : "back", by);
	err = loop_commit(loop);
	loop->now_ms += step_ms;
	loop->started_at_ms += step_ms;
	loop->committed_at_ms += step_ms;
	loop->tally.started_at_ms += step_ms;
	loop->budget.at_ms += step_ms;
	loop->bytes.at_ms += step_ms;
	loop->polls_at_ms = 0; /* whatever there is may have come closer */
	if (!err)
		err = frontier_clock_stepped(loop->frontier, step_ms);
	return err ? err : note_step(loop, step_ms);
}

enum err loop_read_time(struct loop *loop)
{
	int64_t now_ms = read_now_ms(loop), lead_ms = read_lead_ms(loop, now_ms);
	int64_t step_ms = lead_ms - loop->clock_lead_ms;
	enum err err = ERR_OK;

	if (llabs(step_ms) >= STEP_MIN_MS) {
		loop->clock_lead_ms = lead_ms;
		err = move_with_clock(loop, step_ms);
		now_ms = read_now_ms(loop);
	}
	/* A clock that is set back makes no run longer. */
	if (now_ms < loop->now_ms)
		loop->started_at_ms -= loop->now_ms - now_ms;
	loop->now_ms = now_ms;
	return err;
}
