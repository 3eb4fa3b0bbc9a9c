#include "crawler/profile.h"

#include <math.h>

#include "crawler/validator.h"

#define AUDIT_AT_LEAST_EVERY 30
#define AUDIT_RATE_MAX 0.5
#define AUDIT_BOOST 10.0f
/* Of what the boost exceeds 1, so much is left after a clean audit: some forty audits for
 * each lie, however large the host. */
#define AUDIT_BOOST_KEPT 0.9f
#define BOOST_IS_OVER 1.1f

/* Scores are in 1/256; each answer takes an eighth off both and adds one to one of them,
 * so neither passes eight. Three failures in a row make 2.6. */
#define SCORE_ONE 256
#define SCORE_FAILED 640
#define SCORE_WORKS 128
#define PAGE_FAILURES_MAX 2

#define PROBE_WAIT_MIN 64
#define PROBE_WAIT_MAX 4096

#define OWED_MIN 50u
#define OWED_MAX 6400u
#define STRIKES_MAX 7
/*
 * An honest host tells of a change at an ordinary visit with the chance 1 - share; when
 * the audits find it instead, that was luck worth -log2(share) bits. Twenty of them in a
 * row: one in a million. A host that has lied before needs less luck to be caught.
 */
#define HIDDEN_BITS_PROOF 20.0f

#define N_RUNGS_MAX 3

/* ---- choosing ------------------------------------------------------------------------- */

/* The modes that make a difference for this page's validators, best first. */
static int rungs_of(const struct page *page, enum condition_mode rungs[N_RUNGS_MAX])
{
	int64_t unused_at_ms;
	struct span etag = buf_span(&page->etag);
	bool has_date = validator_date_is_usable(buf_span(&page->last_modified), 0,
						 &unused_at_ms);
	int n = 0;

	if (validator_etag_is_usable(etag)) {
		if (conditional_is_repairable(etag))
			rungs[n++] = CONDITION_REPAIRED;
		else if (has_date)
			rungs[n++] = CONDITION_BOTH;
		rungs[n++] = CONDITION_ETAG;
	}
	if (has_date)
		rungs[n++] = CONDITION_DATE;
	return n;
}

static bool has_failed(const struct validator_profile *p, enum condition_mode mode)
{
	return p->useless[mode] >= SCORE_FAILED && p->good[mode] < SCORE_WORKS;
}

/* Where a page without a record of its own begins. Where all has failed it may find out
 * for itself: a condition in vain costs two lines. */
static int first_rung(const struct validator_profile *p,
		      const enum condition_mode rungs[N_RUNGS_MAX], int n)
{
	int at = 0;

	while (at < n && has_failed(p, rungs[at]))
		at++;
	return at < n ? at : 0;
}

/* n: no rung is left. */
static int rung_for(const struct validator_profile *p, const struct page *page,
		    const enum condition_mode rungs[N_RUNGS_MAX], int n)
{
	int own = 0;

	while (own < n && rungs[own] != page->mode_tried)
		own++;
	if (own == n)
		return first_rung(p, rungs, n);
	if (page->n_useless >= PAGE_FAILURES_MAX)
		own++;
	while (page->n_useless && own + 1 < n && has_failed(p, rungs[own]))
		own++;
	return own;
}

double profile_audit_rate(const struct validator_profile *p, double configured)
{
	double rate =
		p->audit_boost > 1 ? configured * (double)p->audit_boost : configured;

	return rate < AUDIT_RATE_MAX || rate <= configured ? rate : AUDIT_RATE_MAX;
}

static bool is_audit_due(const struct page *page, double rate)
{
	uint64_t seed[2] = { page->key.url_hash, page->n_visits };
	double throw = (double)(hash64(span_from(seed, sizeof(seed))) >> 11) * 0x1p-53;

	if (rate <= 0)
		return false;
	return page->n_since_audit + 1 >= AUDIT_AT_LEAST_EVERY || throw < rate;
}

struct asking profile_choose(const struct validator_profile *p, const struct page *page,
			     double audit_rate)
{
	double rate = profile_audit_rate(p, audit_rate);
	double least = 1.0 / AUDIT_AT_LEAST_EVERY;
	struct asking a = { .share = (float)(rate > least ? rate : least) };
	enum condition_mode rungs[N_RUNGS_MAX];
	int n = rungs_of(page, rungs), at = rung_for(p, page, rungs, n);

	a.distrusted = n && p->n_owed;
	if (!n || a.distrusted)
		return a;
	a.probe = at > 0 && !p->probe_in;
	if (a.probe)
		at = (int)(p->n_probes % (uint32_t)at);
	/* without conditions it is none: every visit proves the bytes */
	a.audit = at < n && is_audit_due(page, rate);
	a.probe = a.probe && !a.audit;
	if (at < n && !a.audit)
		a.mode = rungs[at];
	return a;
}

enum condition_mode profile_mode(const struct validator_profile *p)
{
	enum condition_mode best = CONDITION_NONE;

	if (p->n_owed)
		return CONDITION_NONE;
	for (int mode = 1; mode < N_CONDITION_MODES; mode++)
		if (p->good[mode] >= SCORE_WORKS && p->good[mode] > p->good[best])
			best = (enum condition_mode)mode;
	if (best != CONDITION_NONE || has_failed(p, CONDITION_DATE))
		return best;
	if (has_failed(p, CONDITION_ETAG))
		return CONDITION_DATE;
	return has_failed(p, CONDITION_BOTH) || has_failed(p, CONDITION_REPAIRED)
		       ? CONDITION_ETAG
		       : CONDITION_BOTH;
}

/* ---- learning which conditions work ----------------------------------------------------- */

static void score(struct validator_profile *p, enum condition_mode mode, bool works)
{
	uint16_t *of = works ? p->good : p->useless;

	p->good[mode] = (uint16_t)(p->good[mode] * 7 / 8);
	p->useless[mode] = (uint16_t)(p->useless[mode] * 7 / 8);
	of[mode] = (uint16_t)(of[mode] + SCORE_ONE);
}

static void note_tried(struct page *page, enum condition_mode mode, unsigned n_failures)
{
	unsigned n = n_failures;

	if (n && page->mode_tried == mode)
		n += page->n_useless;
	page->mode_tried = (uint8_t)mode;
	page->n_useless = (uint8_t)(n < UINT8_MAX ? n : UINT8_MAX);
}

/* The bytes that we have came back, and one of their validators stood still: asked in
 * another way the host could have known. With both renewed, as by a new release of the
 * same file, no way of asking would have helped. */
static bool was_useless(const struct observation *o)
{
	return o->complete_200 && o->same_bytes && (o->same_etag || o->same_date);
}

static void learn_304(struct validator_profile *p, struct page *page,
		      enum condition_mode mode, const struct observation *o)
{
	/* the list was sent, but the tag as it stands was what matched */
	bool unrepaired = mode == CONDITION_REPAIRED && !o->plain_tag;
	enum condition_mode worked = unrepaired ? CONDITION_BOTH : mode;

	p->n_true_304[worked]++;
	score(p, worked, true);
	if (unrepaired)
		p->good[mode] = p->good[worked];
	note_tried(page, mode, 0);
}

/* A failed probe waits twice as long for the next one, and leaves the page where it was. */
static void learn_failure(struct validator_profile *p, struct page *page,
			  const struct asking *asked, unsigned n_failures)
{
	score(p, asked->mode, false);
	if (!asked->probe)
		note_tried(page, asked->mode, n_failures);
}

static void count_probe(struct validator_profile *p, const struct asking *asked)
{
	unsigned wait = p->probe_wait ? p->probe_wait : PROBE_WAIT_MIN;

	if (!asked->probe) {
		p->probe_in -= p->probe_in > 0;
		return;
	}
	p->n_probes++;
	p->probe_wait = (uint16_t)(2 * wait < PROBE_WAIT_MAX ? 2 * wait : PROBE_WAIT_MAX);
	p->probe_in = p->probe_wait;
}

static void learn_condition(struct validator_profile *p, struct page *page,
			    const struct asking *asked, const struct observation *o)
{
	bool below = page->n_useless > 0;

	if (o->verdict == VERDICT_UNCHANGED && o->http_status == 304) {
		learn_304(p, page, asked->mode, o);
	} else if (was_useless(o)) {
		p->n_useless_200[asked->mode]++;
		learn_failure(p, page, asked, 1);
	} else if (o->ask_unconditionally) {
		/* each further try would cost a second request (REQ 21, 23) */
		learn_failure(p, page, asked, PAGE_FAILURES_MAX);
	}
	/* the wait begins when there is something to try again */
	if (!below && page->n_useless && !p->probe_in)
		p->probe_in = p->probe_wait ? p->probe_wait : PROBE_WAIT_MIN;
}

/* ---- learning whether a 304 is true ------------------------------------------------------ */

static void learn_lie(struct validator_profile *p)
{
	uint32_t owed = OWED_MIN << p->n_strikes;

	p->n_owed = owed < OWED_MAX ? owed : OWED_MAX;
	p->n_strikes =
		(uint8_t)(p->n_strikes < STRIKES_MAX ? p->n_strikes + 1 : STRIKES_MAX);
	p->audit_boost = AUDIT_BOOST;
	p->hidden_bits = 0;
}

/* Other words, found by an audit: were they hidden, or was it chance? */
static bool weigh_hidden(struct validator_profile *p, const struct page *page,
			 const struct asking *asked, const struct observation *o)
{
	if (o->verdict != VERDICT_CHANGED || !page->n_since_audit || asked->share <= 0)
		return false;
	p->hidden_bits -= log2f(asked->share);
	return p->hidden_bits * (float)(1 + p->n_strikes) >= HIDDEN_BITS_PROOF;
}

static bool learn_audit(struct validator_profile *p, const struct page *page,
			const struct asking *asked, const struct observation *o)
{
	p->n_audits++;
	if (!o->complete_200)
		return false;
	if (observation_contradicts_validators(o) || weigh_hidden(p, page, asked, o)) {
		learn_lie(p);
		return true;
	}
	if (p->audit_boost > 1)
		p->audit_boost = 1 + (p->audit_boost - 1) * AUDIT_BOOST_KEPT;
	if (p->audit_boost && p->audit_boost < BOOST_IS_OVER) {
		p->audit_boost = 0;
		p->n_strikes = 0;
	}
	return false;
}

/* Sends the whole debt up again when the host would have lied once more. */
static void learn_distrusted(struct validator_profile *p, const struct observation *o)
{
	p->n_distrusted++;
	if (!o->complete_200)
		return;
	if (observation_contradicts_validators(o))
		learn_lie(p);
	else if (p->n_owed && --p->n_owed == 0)
		p->n_probes++;
}

bool profile_learn(struct validator_profile *p, struct page *page,
		   const struct asking *asked, const struct observation *o)
{
	if (asked->audit)
		return learn_audit(p, page, asked, o);
	if (asked->distrusted) {
		learn_distrusted(p, o);
		return false;
	}
	count_probe(p, asked);
	if (asked->mode == CONDITION_NONE)
		return false;
	p->n_conditional++;
	if (o->complete_200 && o->verdict == VERDICT_CHANGED)
		p->hidden_bits = 0; /* it does tell of changes */
	learn_condition(p, page, asked, o);
	return false;
}
