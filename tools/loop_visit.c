/* loop_visit.c - one page from its job to its verdict, hop by hop. */
#include "tools/loop_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "crawler/redirect.h"
#include "crawler/source_document.h"
#include "crawler/verdict.h"
#include "scheduler/cost.h"
#include "store/base/clock.h"
#include "store/base/log.h"

/* ---- flights ---------------------------------------------------------------------------- */

struct flight *flight_new(struct loop *loop)
{
	struct flight *flight = loop->idle;

	if (flight) {
		loop->idle = flight->next;
		flight->next = NULL;
	} else {
		flight = calloc(1, sizeof(*flight));
		if (!flight)
			return NULL;
		page_init(&flight->page);
		flight->loop = loop;
	}
	flight->for_good = true;
	loop->n_flights++;
	return flight;
}

static void empty_flight(struct flight *flight)
{
	struct loop *loop = flight->loop;
	struct flight kept = { .page = flight->page,
			       .url = flight->url,
			       .hops = flight->hops,
			       .moved_to = flight->moved_to,
			       .headers = flight->headers,
			       .archive = flight->archive,
			       .loop = loop };

	archive_flight_clear(flight->archive);
	fetch_result_release(&flight->result);
	document_release(&flight->document);
	buf_release(&flight->known);
	buf_release(&flight->ignore);
	boilerplate_release(&flight->boilerplate);
	*flight = kept;
	page_clear(&flight->page);
	buf_clear(&flight->url);
	buf_clear(&flight->hops);
	buf_clear(&flight->moved_to);
	buf_clear(&flight->headers);
}

void flight_free(struct loop *loop, struct flight *flight)
{
	if (flight->poll)
		polls_free_flight(loop, flight);
	else if (flight->hh.tbl && flight->forgotten)
		HASH_DELETE(hh, loop->forgotten, flight);
	else if (flight->hh.tbl)
		HASH_DELETE(hh, loop->flights, flight);
	flight_leave_host(loop, flight);
	flight_waits(flight, false);
	store_release_host(loop->store, flight->owner);
	empty_flight(flight);
	flight->next = loop->idle;
	loop->idle = flight;
	loop->n_flights--;
}

void flight_leave_host(struct loop *loop, struct flight *flight)
{
	if (flight->at_host)
		frontier_finished(loop->frontier, flight->at_host);
	flight->at_host = NULL;
}

void flight_waits(struct flight *flight, bool waits)
{
	flight->loop->n_waiting += waits - flight->waits;
	flight->waits = waits;
}

enum err flight_wait(struct loop *loop, struct flight *flight, const struct host_key *key,
		     struct span name)
{
	flight_waits(flight, true);
	return frontier_wait(loop->frontier, key, name, flight);
}

/* ---- the request -------------------------------------------------------------------------- */

static enum err add_host_headers(struct loop *loop, struct flight *flight)
{
	struct host_settings rules;
	enum err err = ERR_OK;

	if (!loop->settings->n_rules)
		return ERR_OK;
	settings_for_host(loop->settings, buf_span(&flight->at_host->name), &rules);
	for (size_t i = 0; !err && rules.headers[i]; i++)
		err = buf_printf(&flight->headers, "%s\n", rules.headers[i]);
	return err;
}

/* What the answer is expected to cost is taken now, or all flights would start on the same
 * bytes; the rest when it has come. */
static void reserve_bytes(struct loop *loop, struct flight *flight)
{
	const struct page *page = &flight->page;
	double days = (double)(loop->now_ms - page->learned_at_ms) / (double)MS_PER_DAY;

	flight->reserved_bytes =
		flight->is_robots ? 0 : cost_expected_bytes(&page->worth, days);
	budget_charge(&loop->bytes, flight->reserved_bytes, loop->now_ms);
}

int64_t visit_affordable_at_ms(struct loop *loop)
{
	int64_t request_ms = budget_ready_at_ms(&loop->budget, loop->now_ms);
	int64_t bytes_ms = budget_ready_at_ms(&loop->bytes, loop->now_ms);

	return request_ms > bytes_ms ? request_ms : bytes_ms;
}

/* Its host's own count is the frontier's business. */
static void count_request(struct loop *loop, struct flight *flight)
{
	int64_t now_ms = loop->now_ms;

	flight->n_requests++;
	store_count(loop->store, COUNT_REQUESTS, 1, now_ms);
	if (flight->is_robots)
		store_count(loop->store, COUNT_REQUESTS_ROBOTS, 1, now_ms);
	if (flight->etag_sent || flight->date_sent)
		store_count(loop->store, COUNT_REQUESTS_CONDITIONAL, 1, now_ms);
	loop->tally.n_requests++;
	loop->tally.n_robots += flight->is_robots;
}

enum err flight_fetch(struct loop *loop, struct flight *flight)
{
	struct fetch_request request = { .owner = flight, .trace = archive_trace(loop) };
	enum err err;

	buf_clear(&flight->headers);
	if (flight->poll)
		err = poll_conditions_add(loop, flight);
	else
		err = flight->is_robots ? ERR_OK : conditions_add(loop, flight);
	flight->n_conditions = flight->headers.len;
	if (!err)
		err = add_host_headers(loop, flight);
	if (err)
		return err;
	request.url = buf_text(&flight->url);
	request.headers = buf_span(&flight->headers);
	request.max_wire_bytes = flight->is_robots ? ROBOTS_MAX_BYTES
				 : flight->poll    ? (int64_t)SOURCE_MAX_BYTES
						   : loop->settings->fetch_max_wire;
	flight->seen[flight->n_hops] = hash64(buf_span(&flight->url));
	if (!flight->first_us) {
		flight->first_us = clock_monotonic_us();
		flight->page.recheck_asked = false; /* this request answers it */
	}
	err = fetcher_start(loop->fetcher, &request);
	if (err)
		return err;
	frontier_started(loop->frontier, flight->at_host, loop->now_ms);
	loop_note_request(loop, loop->now_ms);
	(void)budget_take(&loop->budget, loop->now_ms);
	reserve_bytes(loop, flight);
	count_request(loop, flight);
	loop->n_in_flight++;
	return ERR_OK;
}

/* ---- from the frontier ---------------------------------------------------------------------- */

bool page_is_wanted(void *context, const struct page_key *key)
{
	struct loop *loop = context;
	const char *const *tags = loop->config.tags;
	bool wanted = false;
	struct page page;

	page_init(&page);
	if (store_get_page(loop->store, key, &page) == ERR_OK)
		for (; *tags && !wanted; tags++)
			wanted = page_has_tag(&page, span_of(*tags));
	page_release(&page);
	return wanted;
}

static enum err admit(struct loop *loop, const struct job *job, struct flight *flight,
		      bool *admitted)
{
	struct flight *other;
	bool too_soon = false;
	enum err err;

	*admitted = false;
	page_key_encode(&job->entry.key, flight->key);
	HASH_FIND(hh, loop->flights, flight->key, sizeof(flight->key), other);
	if (other)
		return ERR_OK; /* out already: the queue was read anew */
	err = store_get_page(loop->store, &job->entry.key, &flight->page);
	/* It was visited, rechecked or forgotten since the entry was read. */
	if (err == ERR_NOT_FOUND ||
	    (!err &&
	     !queue_position_is_same_turn(&flight->page.position, &job->entry.position)))
		return store_drop_entry(loop->store, &job->entry);
	/* It waits for repair, not for its turn. */
	if (damage_of_page(&loop->damage, NULL, &job->entry.key, err))
		return store_drop_entry(loop->store, &job->entry);
	if (err)
		return err;
	flight->page.stored.position = job->entry.position;
	flight->page.stored.certain = job->certain;
	err = store_acquire_host(loop->store, &job->entry.key.host, SPAN(""),
				 &flight->owner);
	if (!err)
		err = record_too_soon(loop, flight, &too_soon);
	if (!err)
		err = buf_set(&flight->url, buf_span(&flight->page.url));
	*admitted = !err && !too_soon;
	return err;
}

enum err visit_begin(struct loop *loop, const struct job *job)
{
	struct flight *flight = flight_new(loop);
	bool admitted = false;
	enum err err = flight ? admit(loop, job, flight, &admitted) : ERR_NOMEM;

	if (admitted) {
		HASH_ADD(hh, loop->flights, key, sizeof(flight->key), flight);
		if (flight->hh.tbl)
			return visit_go_on(loop, flight, job->host);
		err = ERR_NOMEM;
	}
	frontier_finished(loop->frontier, job->host);
	if (flight)
		flight_free(loop, flight);
	return err;
}

enum err visit_go_on(struct loop *loop, struct flight *flight, struct host *host)
{
	enum permission permission = FORBIDDEN;
	struct why detail = { "" };
	bool permitted = false;
	enum err err;

	flight_waits(flight, false);
	flight->at_host = host;
	err = address_permit(loop, flight, host, &permitted);
	if (err || !permitted)
		return err;
	err = robots_permit(loop, flight, host, &permission, &detail);
	if (err)
		return err;
	if (permission == PERMITTED)
		return flight_fetch(loop, flight);
	return permission == ASKING ? ERR_OK
				    : record_blocked(loop, flight, host, &detail);
}

/* ---- redirects ------------------------------------------------------------------------------- */

#define ROBOTS_HOPS_MIN 5 /* REQ 44, RFC 9309 2.3.1.2 */
/* Visits that wait for a redirect's host, to each place of fetch.concurrency. */
#define WAITING_PER_PLACE 4

static bool was_seen(const struct flight *flight, uint64_t hash)
{
	for (int i = 0; i <= flight->n_hops; i++)
		if (flight->seen[i] == hash)
			return true;
	return false;
}

static enum err check_hop(const struct loop *loop, const struct flight *flight,
			  const struct redirect *r, struct why *why)
{
	int most = (int)loop->settings->fetch_max_redirects;

	if (flight->is_robots && most < ROBOTS_HOPS_MIN)
		most = ROBOTS_HOPS_MIN;
	if (r->verdict == REDIRECT_BAD)
		return why_set(why, ERR_INVALID, "redirect: %.400s", r->why.text);
	if (r->verdict == REDIRECT_DOWNGRADE && !loop->settings->fetch_allow_downgrade)
		return why_set(why, ERR_INVALID, "redirect from https to %.120s",
			       buf_text(&r->target));
	if (flight->n_hops >= most || flight->n_hops >= HOPS_MAX)
		return why_set(why, ERR_INVALID, "more than %d redirects", most);
	if (was_seen(flight, hash64(buf_span(&r->target))))
		return why_set(why, ERR_INVALID,
			       "redirects lead back to where they were");
	if (loop->n_waiting >= WAITING_PER_PLACE * (int)loop->settings->fetch_concurrency)
		return why_set(why, ERR_INVALID, "too many redirects wait for hosts");
	return ERR_OK;
}

/* Is the record of its host one that this build can read? */
static enum err check_target(struct loop *loop, const struct redirect *r, struct why *why)
{
	struct host *host = NULL;
	struct url_parts parts;
	struct host_key key;
	enum err err = url_split(buf_span(&r->target), &parts);

	if (err)
		return err;
	key = host_key_of(&parts);
	err = store_acquire_host(loop->store, &key, parts.origin, &host);
	store_release_host(loop->store, host);
	if (damage_of_host(&loop->damage, NULL, &key, err))
		(void)why_set(why, err, "redirect to a host whose record is %s",
			      err_text(err));
	return err;
}

/* Takes the hop: the flight now stands before its target's host. */
static enum err take_hop(struct loop *loop, struct flight *flight,
			 const struct redirect *r)
{
	struct url_parts parts;
	struct host_key key;
	enum err err = buf_printf(&flight->hops, "%d %s\n", flight->result.http_status,
				  buf_text(&flight->url));

	if (!err)
		err = buf_set(&flight->url, buf_span(&r->target));
	if (!err && !r->is_permanent)
		flight->for_good = false;
	if (!err && flight->for_good)
		err = buf_set(&flight->moved_to, buf_span(&r->target));
	if (!err)
		err = url_split(buf_span(&flight->url), &parts);
	if (err)
		return err;
	flight->n_hops++;
	flight_leave_host(loop, flight);
	fetch_result_release(&flight->result);
	key = host_key_of(&parts);
	return flight_wait(loop, flight, &key, parts.origin);
}

enum err flight_redirect(struct loop *loop, struct flight *flight, bool *moved,
			 struct why *why)
{
	struct redirect r = REDIRECT_INIT;
	enum err err = redirect_judge(flight->result.http_status, buf_span(&flight->url),
				      &flight->result.headers, &r);

	*moved = false;
	if (err || r.verdict == REDIRECT_NONE || check_hop(loop, flight, &r, why))
		goto out;
	err = check_target(loop, &r, why);
	if (!err)
		err = take_hop(loop, flight, &r);
	*moved = !err;
	if (err == ERR_CORRUPT || err == ERR_NEWER)
		err = ERR_OK;
out:
	redirect_release(&r);
	return err;
}

/* ---- the answer -------------------------------------------------------------------------------- */

/* In a worker. A document that could not be read for want of memory is one that does not
 * decode: the page is still due, and its last good version stays. */
static void read_document(void *argument, unsigned worker)
{
	struct flight *flight = argument;
	const struct page *page = &flight->page;
	struct document_request request = {
		.headers = &flight->result.headers,
		.wire = buf_span(&flight->result.body),
		.max_bytes = flight->max_body,
		.html = { HTML_MAX_BYTES, HTML_MAX_DEPTH, HTML_MAX_US,
			  clock_monotonic_us },
		.ignore = buf_span(&flight->ignore),
		.epoch = flight->epoch,
		.may_compare = page->has_body,
	};
	bool is_stale = page->epoch != request.epoch;

	if (!is_stale) {
		request.known_text_digest = page->text_digest;
		request.known_simhash = page->simhash;
		request.known_words_hash = page->words_hash;
	}
	/* Of an old epoch the text is read anew, also when the bytes are the same. */
	if (!is_stale && (page->has_body || flight->keeps_no_body))
		request.known_digest = page->digest;
	if (document_read(flight->loop->workers[worker], &request, &flight->document) ||
	    archive_work(flight, worker))
		flight->result.error = FETCH_STOPPED;
}

static void archive_only(void *argument, unsigned worker)
{
	struct flight *flight = argument;

	if (archive_work(flight, worker))
		flight->result.error = FETCH_STOPPED;
}

static enum err judge(struct loop *loop, struct flight *flight)
{
	struct verdict_config config = {
		.gone_after = (uint32_t)loop->settings->fetch_gone_after,
		.gone_spacing_ms = loop->settings->fetch_gone_spacing_ms,
		.force = loop->config.force,
	};
	struct exchange exchange = {
		.page = &flight->page,
		.url = buf_span(&flight->url),
		.audit = flight->asked.audit,
		.etag_sent = flight->etag_sent,
		.date_sent = flight->date_sent,
		.result = &flight->result,
		.document = &flight->document,
		.redirected_for_good = flight->moved_to.len > 0,
		.moved_to = buf_span(&flight->moved_to),
		.hops = buf_span(&flight->hops),
		.first_byte_of_visit_us = flight->first_us,
		.n_requests = flight->n_requests,
		.wire_bytes = flight->wire_bytes,
	};
	struct observation o;
	enum err err;

	observation_init(&o);
	err = verdict_judge(&config, &exchange, loop->now_ms, &o);
	if (!err && loop->settings->store_body == BODY_NONE)
		buf_release(&o.body);
	if (!err)
		err = archive_visit(loop, flight, &o);
	if (!err)
		err = record_visit(loop, flight, &o);
	observation_release(&o);
	flight_free(loop, flight);
	return err;
}

/* A page that has not left its own host is still due: nothing happened. A hop of a visit
 * cannot be put off, so the visit ends; the place it had is worth more than the page. */
enum err visit_give_up(struct loop *loop, struct flight *flight, int64_t ready_at_ms)
{
	char *detail = flight->result.detail;
	struct queue_position position = flight->page.position;

	flight_waits(flight, false);
	flight->result.error = FETCH_REDIRECT;
	if (ready_at_ms == POLITENESS_NEVER)
		snprintf(detail, sizeof(flight->result.detail),
			 "redirect to a host that may not be asked now");
	else
		snprintf(detail, sizeof(flight->result.detail),
			 "redirect to a host that may be asked in %lld s only",
			 (long long)(ready_at_ms - loop->now_ms) / MS_PER_SECOND);
	if (flight->is_robots)
		return robots_fetched(loop, flight);
	if (flight->poll)
		return poll_give_up(loop, flight, ready_at_ms);
	if (flight->n_hops)
		return judge(loop, flight);
	flight_free(loop, flight);
	frontier_wake(loop->frontier, &position);
	return ERR_OK;
}

/* To a worker, and from there to visit_judged(). */
static enum err submit(struct loop *loop, struct flight *flight, pool_function *job)
{
	fetcher_hold(loop->fetcher, (int64_t)flight->result.body.len);
	if (!pool_submit(loop->pool, job, flight))
		return ERR_NOMEM; /* the pool holds as many jobs as can be in flight */
	loop->n_in_flight++;
	return ERR_OK;
}

/* A whole 200 goes through a worker; everything else is judged here and now, if there is
 * not much of it to be archived. */
enum err visit_answered(struct loop *loop, struct flight *flight)
{
	struct why why = { "" };
	bool moved = false, needs_worker = false;
	enum err err = ERR_OK;

	if (flight->result.error == FETCH_OK)
		err = flight_redirect(loop, flight, &moved, &why);
	if (err || moved)
		return err;
	if (why.text[0]) {
		flight->result.error = FETCH_REDIRECT;
		snprintf(flight->result.detail, sizeof(flight->result.detail), "%.150s",
			 why.text);
	}
	flight_leave_host(loop, flight);
	if (flight->result.error == FETCH_STOPPED) {
		flight_free(loop, flight); /* never happened: it is still due */
		return ERR_OK;
	}
	err = archive_prepare(loop, flight, &needs_worker);
	if (err)
		return err;
	if (flight->result.error == FETCH_OK && flight->result.http_status == 200 &&
	    !flight->moved_to.len) {
		err = compare_ready(loop, flight);
		return err ? err : submit(loop, flight, read_document);
	}
	return needs_worker ? submit(loop, flight, archive_only) : judge(loop, flight);
}

enum err visit_judged(struct loop *loop, struct flight *flight, bool ran)
{
	bool taken = false;
	enum err err;

	loop->n_in_flight--;
	fetcher_hold(loop->fetcher, -(int64_t)flight->result.body.len);
	if (flight->poll)
		return poll_judged(loop, flight, ran);
	if (ran && flight->result.error != FETCH_STOPPED) {
		err = compare_begin(loop, flight, &taken);
		return err || taken ? err : judge(loop, flight);
	}
	flight_free(loop, flight); /* shutting down: it is still due */
	return ERR_OK;
}
