#include "store/guard.h"

#include "store/base/clock.h"

#define CONFIRMED_AFTER_MS (12 * MS_PER_HOUR)
/* So many pages visited are halved: a host of thousands, all seen well this morning, must
 * not lose half of them before noon is noticed. */
#define VISITED_MAX 200

static uint64_t hash_of(const struct digest *digest)
{
	return hash64(span_from(digest->bytes, DIGEST_SIZE));
}

/* What the page shows: its text or, where it has none, its bytes. */
static uint64_t words_of(const struct digest *text, const struct digest *bytes)
{
	return hash_of(digest_is_none(text) ? bytes : text);
}

/* ---- a host's day ------------------------------------------------------------------------ */

/* A day ends when it is over and nothing is held any more. */
static void begin_day(struct guard *guard, int64_t now_ms)
{
	int64_t age_ms = now_ms - guard->since_ms;
	bool holds = guard->n_held[HOLD_GONE] || guard->n_held[HOLD_SAME_TEXT];

	if (guard->since_ms && age_ms >= 0 && (age_ms < MS_PER_DAY || holds))
		return;
	guard->since_ms = now_ms;
	guard->n_visited = guard->n_gone = 0;
	memset(guard->alike, 0, sizeof(guard->alike));
}

static unsigned n_pages_alike(const struct guard_alike *alike)
{
	return (unsigned)__builtin_popcountll(alike->before);
}

/* Notes that a page which showed `before` shows `now`. How many showed something else
 * before is counted by bits of a hash: close enough up to a dozen, and never too high. */
static unsigned note_alike(struct guard *guard, uint64_t now, uint64_t before)
{
	struct guard_alike *least = &guard->alike[0], *found = NULL;

	for (size_t i = 0; i < GUARD_N_ALIKE; i++) {
		struct guard_alike *alike = &guard->alike[i];

		if (alike->now == now && alike->before)
			found = alike;
		if (n_pages_alike(alike) < n_pages_alike(least))
			least = alike;
	}
	if (!found) {
		found = least;
		*found = (struct guard_alike){ .now = now };
	}
	found->before |= UINT64_C(1) << (before & 63);
	return n_pages_alike(found);
}

static bool is_known_wall(const struct guard *guard, uint64_t now)
{
	for (size_t i = 0; i < GUARD_N_ALIKE; i++)
		if (guard->alike[i].now == now &&
		    n_pages_alike(&guard->alike[i]) >= GUARD_ALIKE_MIN)
			return true;
	return false;
}

/* ---- one page ------------------------------------------------------------------------------ */

static bool is_confirmed(const struct page *page, const struct observation *o,
			 bool asked_for)
{
	return asked_for || o->at_ms - page->held_at_ms >= CONFIRMED_AFTER_MS;
}

static enum hold judge_gone(struct guard *guard, const struct page *page,
			    const struct observation *o, bool asked_for)
{
	if (page->announced == STATE_GONE)
		return HOLD_NONE;
	if (page->held == HOLD_GONE)
		return is_confirmed(page, o, asked_for) ? HOLD_NONE : HOLD_GONE;
	guard->n_gone++;
	return guard->n_visited >= GUARD_VISITED_MIN &&
			       guard->n_gone * 2 > guard->n_visited
		       ? HOLD_GONE
		       : HOLD_NONE;
}

static enum hold judge_words(struct guard *guard, const struct page *page,
			     const struct observation *o, uint64_t now, bool asked_for)
{
	if (page->held == HOLD_SAME_TEXT && page->held_words == now)
		return is_confirmed(page, o, asked_for) ? HOLD_NONE : HOLD_SAME_TEXT;
	if (o->verdict == VERDICT_NEW)
		return is_known_wall(guard, now) ? HOLD_SAME_TEXT : HOLD_NONE;
	return note_alike(guard, now, words_of(&page->text_digest, &page->digest)) >=
			       GUARD_ALIKE_MIN
		       ? HOLD_SAME_TEXT
		       : HOLD_NONE;
}

static enum hold judge(struct guard *guard, const struct page *page,
		       struct observation *o, bool asked_for)
{
	bool has_content = !digest_is_none(&page->digest);

	switch (o->verdict) {
	case VERDICT_GONE:
		return has_content ? judge_gone(guard, page, o, asked_for) : HOLD_NONE;
	case VERDICT_MOVED:
		if (!has_content || page->announced == STATE_MOVED)
			return HOLD_NONE;
		o->held_words = hash64(buf_span(&o->redirect_to));
		return judge_words(guard, page, o, o->held_words, asked_for);
	case VERDICT_CHANGED:
	case VERDICT_NEW:
		o->held_words = words_of(&o->text_digest, &o->digest);
		return judge_words(guard, page, o, o->held_words, asked_for);
	default:
		return HOLD_NONE;
	}
}

/* Nothing of what came may take the place of the last good version. */
static void withhold(struct observation *o, enum hold hold)
{
	o->hold = (uint8_t)hold;
	o->complete_200 = false;
	buf_clear(&o->etag);
	buf_clear(&o->last_modified);
	buf_clear(&o->validators_url);
	buf_clear(&o->headers);
	buf_clear(&o->body);
}

void guard_visit(struct host *host, const struct page *page, struct observation *o,
		 bool asked_for)
{
	struct guard *guard = &host->guard;
	enum hold hold;

	if (o->verdict == VERDICT_BLOCKED)
		return;
	begin_day(guard, o->at_ms);
	guard->n_visited += page->last_visit_at_ms < guard->since_ms;
	if (guard->n_visited >= VISITED_MAX) {
		guard->n_visited /= 2;
		guard->n_gone /= 2;
	}
	host->dirty = true;
	hold = judge(guard, page, o, asked_for);
	if (hold)
		withhold(o, hold);
}

void guard_release(struct host *host)
{
	struct guard *guard = &host->guard;

	guard->since_ms = 0;
	guard->n_visited = guard->n_gone = 0;
	memset(guard->alike, 0, sizeof(guard->alike));
	host->dirty = true;
}
