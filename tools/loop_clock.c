/*
 * The time of a turn, and what moves when the clock is set under a run (REQ 92): delays and
 * Retry-After are of time that goes by, so they stay as far away as they were. What was
 * learned keeps the dates that it has.
 */
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/units.h"
#include "tools/loop_internal.h"

#define STEP_MIN_MS 100 /* what is less may have passed between two looks */

static int64_t read_now_ms(const struct loop *loop)
{
	return loop->config.virtual_now_ms ? *loop->config.virtual_now_ms
					   : clock_now_ms();
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
	return err ? err : frontier_clock_stepped(loop->frontier, step_ms);
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
