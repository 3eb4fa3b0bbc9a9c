/* loop_robots.c - robots.txt first: read it, keep it, ask it (REQ 41-52). */
#include "tools/loop_internal.h"

#include <stdlib.h>

#include "crawler/robots_answer.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/zip.h"

/* Parsed rules in memory: those of hosts that are asked now, and some more (law 9). */
#define ROBOTS_KEPT_MAX 4096

static struct robots_entry *find_entry(struct loop *loop, const struct host_key *key)
{
	uint8_t encoded[HOST_KEY_SIZE];
	struct robots_entry *entry;

	host_key_encode(key, encoded);
	HASH_FIND(hh, loop->robots, encoded, sizeof(encoded), entry);
	return entry;
}

static void free_entry(struct loop *loop, struct robots_entry *entry)
{
	HASH_DELETE(hh, loop->robots, entry);
	robots_free(entry->robots);
	if (entry->reader)
		flight_free(loop, entry->reader);
	while (entry->waiting) {
		struct flight *flight = entry->waiting;

		entry->waiting = flight->next;
		flight_free(loop, flight);
	}
	free(entry);
}

static void shrink(struct loop *loop)
{
	struct robots_entry *entry, *next;

	HASH_ITER(hh, loop->robots, entry, next)
	{
		if (!entry->reader && !entry->waiting)
			free_entry(loop, entry);
	}
}

static enum err get_entry(struct loop *loop, const struct host_key *key,
			  struct robots_entry **out)
{
	struct robots_entry *entry = find_entry(loop, key);

	if (!entry) {
		if (HASH_COUNT(loop->robots) >= ROBOTS_KEPT_MAX)
			shrink(loop);
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return ERR_NOMEM;
		host_key_encode(key, entry->key);
		HASH_ADD(hh, loop->robots, key, sizeof(entry->key), entry);
		if (!entry->hh.tbl) {
			free(entry);
			return ERR_NOMEM;
		}
	}
	*out = entry;
	return ERR_OK;
}

void robots_free_all(struct loop *loop)
{
	struct robots_entry *entry, *next;

	HASH_ITER(hh, loop->robots, entry, next)
	{
		free_entry(loop, entry);
	}
}

static bool must_read(const struct loop *loop, const struct host *host)
{
	return host->robots_state == ROBOTS_STATE_NOT_READ ||
	       host->robots_expires_at_ms <= loop->now_ms;
}

/* The rules that the host's record names, parsed once. */
static enum err load_rules(struct loop *loop, const struct host *host,
			   struct robots_entry *entry)
{
	struct buf body = BUF_INIT;
	enum err err = ERR_OK;

	if (entry->robots && entry->read_at_ms == host->robots_read_at_ms)
		return ERR_OK;
	robots_free(entry->robots);
	entry->robots = NULL;
	if (!digest_is_none(&host->robots_digest))
		err = store_get_body(loop->store, &host->robots_digest, ROBOTS_MAX_BYTES,
				     &body);
	if (!err)
		err = robots_parse(buf_span(&body), span_of(loop->settings->bot_name),
				   &entry->robots);
	if (!err)
		entry->read_at_ms = host->robots_read_at_ms;
	buf_release(&body);
	return err;
}

/* A text that cannot be read any more is read anew from the host (REQ 82). */
static enum err know_rules(struct loop *loop, struct host *host,
			   struct robots_entry *entry)
{
	static const struct digest none;
	enum err err;

	if (host->robots_state != ROBOTS_STATE_PARSED)
		return ERR_OK;
	err = load_rules(loop, host, entry);
	if (err != ERR_NOT_FOUND && err != ERR_CORRUPT)
		return err;
	log_event(LOG_WARN, "record-damaged", "robots=%s is=%s", buf_text(&host->name),
		  err_text(err));
	err = store_swap_body(loop->store, &host->robots_digest, &none, SPAN(""));
	host->robots_state = ROBOTS_STATE_NOT_READ;
	host->robots_digest = none;
	host->dirty = true;
	return err == ERR_CORRUPT ? ERR_OK : err;
}

/* Begins to read the host's robots.txt, in the place that the flight had. */
static enum err begin_reading(struct loop *loop, struct host *host,
			      struct robots_entry *entry)
{
	struct flight *reader = flight_new(loop);
	enum err err;

	if (!reader)
		return ERR_NOMEM;
	reader->is_robots = true;
	err = buf_set(&reader->url, buf_span(&host->name));
	if (!err)
		err = buf_append_text(&reader->url, "/robots.txt");
	if (!err)
		err = store_acquire_host(loop->store, &host->key, SPAN(""),
					 &reader->owner);
	if (err) {
		flight_free(loop, reader);
		return err;
	}
	reader->at_host = host;
	entry->reader = reader;
	frontier_close(loop->frontier, host, true);
	return flight_fetch(loop, reader);
}

static enum err ask_rules(struct loop *loop, const struct flight *flight,
			  const struct host *host, struct robots_entry *entry,
			  enum permission *permission, struct why *detail)
{
	enum robots_outcome outcome = (enum robots_outcome)host->robots_state;
	struct robots_match match;
	struct url_parts parts;
	enum err err = url_split(buf_span(&flight->url), &parts);

	if (!err && outcome == ROBOTS_PARSED)
		err = load_rules(loop, host, entry);
	if (!err)
		err = robots_outcome_match(outcome, entry->robots, parts.target, &match);
	if (err)
		return err;
	*permission = match.allowed ? PERMITTED : FORBIDDEN;
	if (outcome == ROBOTS_UNREACHABLE)
		(void)why_set(detail, ERR_OK, "robots.txt of %s is unreachable",
			      buf_text(&host->name));
	else
		(void)why_set(detail, ERR_OK, "robots.txt of %s, line %u: %.*s",
			      buf_text(&host->name), match.line, (int)match.rule.len,
			      match.rule.data ? match.rule.data : "");
	return ERR_OK;
}

enum err robots_permit(struct loop *loop, struct flight *flight, struct host *host,
		       enum permission *permission, struct why *detail)
{
	struct robots_entry *entry;
	enum err err;

	if (flight->is_robots) { /* a redirect of robots.txt is robots.txt (2.3.1.2) */
		*permission = PERMITTED;
		return ERR_OK;
	}
	err = get_entry(loop, &host->key, &entry);
	if (!err && !entry->reader)
		err = know_rules(loop, host, entry);
	if (err)
		return err;
	if (!entry->reader && !must_read(loop, host))
		return ask_rules(loop, flight, host, entry, permission, detail);
	*permission = ASKING;
	flight_waits(flight, true);
	flight->next = entry->waiting;
	entry->waiting = flight;
	flight->at_host = NULL;
	if (!entry->reader)
		return begin_reading(loop, host, entry);
	frontier_finished(loop->frontier, host); /* the place; the reader has its own */
	return ERR_OK;
}

/* ---- the reading has ended ------------------------------------------------------------- */

static enum err keep_rules(struct loop *loop, struct host *host, struct span text)
{
	static const struct digest none;
	struct digest digest = text.len ? digest_of(text) : none;
	struct buf zipped = BUF_INIT;
	struct zip *zip = NULL;
	enum err err = zip_new(1, &zip);

	if (!err && text.len)
		err = zip_compress(zip, text, &zipped);
	if (!err)
		err = store_swap_body(loop->store, &host->robots_digest, &digest,
				      buf_span(&zipped));
	if (!err)
		host->robots_digest = digest;
	zip_free(zip);
	buf_release(&zipped);
	return err;
}

static enum err note_rules(struct loop *loop, struct host *host, struct span text)
{
	struct robots_entry *entry = find_entry(loop, &host->key);
	enum err err = keep_rules(loop, host, text);

	if (!err && entry)
		err = load_rules(loop, host, entry);
	if (!err && entry && entry->robots)
		host->crawl_delay_ms = robots_crawl_delay_ms(entry->robots);
	if (!err && entry && entry->robots)
		err = polls_found(loop, host, robots_sitemaps(entry->robots));
	return err;
}

static void note_unreachable(struct loop *loop, struct host *host)
{
	int64_t retry_ms;

	host->robots_n_failures++;
	if (!host->robots_unreachable_since_ms)
		host->robots_unreachable_since_ms = loop->now_ms;
	retry_ms = backoff_ms(host->robots_n_failures, loop->settings->fetch_retry_min_ms,
			      loop->settings->fetch_retry_max_ms, host->key.host_id);
	host->robots_expires_at_ms = loop->now_ms + retry_ms;
	if (!robots_outage_is_over(host->robots_unreachable_since_ms, loop->now_ms))
		return;
	/* After 30 days a cached copy, or none, may be used (REQ 45). The back-off that this
	 * very failure caused would otherwise last until robots.txt is tried again. */
	host->robots_state = digest_is_none(&host->robots_digest) ? ROBOTS_STATE_NONE
								  : ROBOTS_STATE_PARSED;
	if (!host->backoff_is_retry_after)
		host->backoff_until_ms = 0;
}

static int64_t delay_in_force_ms(const struct loop *loop, const struct host *host)
{
	struct politeness_config politeness = frontier_politeness(loop->frontier, host);

	return politeness_delay_ms(&politeness, host);
}

static enum err note_outcome(struct loop *loop, struct flight *reader)
{
	struct host *host = reader->owner;
	int64_t delay_ms = delay_in_force_ms(loop, host);
	struct buf body = BUF_INIT;
	enum robots_outcome outcome;
	enum err err;

	err = robots_answer_judge(&reader->result, &outcome, &body);
	if (err)
		goto out;
	host->robots_state = (uint8_t)outcome;
	host->robots_http_status = (uint16_t)reader->result.http_status;
	host->robots_read_at_ms = loop->now_ms;
	host->dirty = true;
	if (outcome == ROBOTS_UNREACHABLE) {
		note_unreachable(loop, host);
		if (host->robots_http_status)
			loop_told_to_wait(loop, host->robots_expires_at_ms, delay_ms);
		goto out;
	}
	host->robots_n_failures = 0;
	host->robots_unreachable_since_ms = 0;
	host->crawl_delay_ms = 0;
	host->robots_expires_at_ms = loop->now_ms + loop->settings->fetch_robots_ttl_ms;
	if (outcome == ROBOTS_PARSED)
		err = note_rules(loop, host, buf_span(&body));
	else
		err = keep_rules(loop, host, SPAN(""));
	loop_told_to_wait(loop, loop->now_ms + delay_in_force_ms(loop, host), delay_ms);
out:
	buf_release(&body);
	return err;
}

/* What may not be fetched is recorded at once; the rest waits for the host's turn, and
 * asks again then. */
static enum err wake(struct loop *loop, struct flight *flight, struct host *host,
		     struct robots_entry *entry)
{
	enum permission permission = PERMITTED;
	struct why detail = { "" };
	enum err err = ERR_OK;

	if (!must_read(loop, host))
		err = ask_rules(loop, flight, host, entry, &permission, &detail);
	if (err)
		return err;
	if (permission == FORBIDDEN)
		return record_blocked(loop, flight, host, &detail);
	return flight_wait(loop, flight, &host->key, buf_span(&host->name));
}

/* Who waited is asked again, first come first served. */
static enum err wake_waiting(struct loop *loop, struct host *host)
{
	struct robots_entry *entry = find_entry(loop, &host->key);
	struct flight *in_order = NULL;
	enum err err = ERR_OK;

	if (!entry)
		return ERR_OK;
	while (entry->waiting) {
		struct flight *flight = entry->waiting;

		entry->waiting = flight->next;
		flight->next = in_order;
		in_order = flight;
	}
	while (in_order && !err) {
		struct flight *flight = in_order;

		in_order = flight->next;
		err = wake(loop, flight, host, entry);
	}
	return err;
}

enum err robots_fetched(struct loop *loop, struct flight *reader)
{
	struct robots_entry *entry = find_entry(loop, &reader->owner->key);
	struct why why = { "" };
	bool moved = false;
	enum err err = ERR_OK;

	if (reader->result.error == FETCH_OK)
		err = flight_redirect(loop, reader, &moved, &why);
	if (err || moved)
		return err;
	if (entry)
		entry->reader = NULL;
	if (reader->result.error != FETCH_STOPPED)
		err = note_outcome(loop, reader);
	frontier_delay_changed(loop->frontier, reader->owner);
	flight_leave_host(loop, reader);
	frontier_close(loop->frontier, reader->owner, false);
	if (!err)
		err = wake_waiting(loop, reader->owner);
	flight_free(loop, reader);
	return err;
}
