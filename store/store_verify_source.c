/* store_verify_source.c - do sources, their number and the order of their polls agree? */
#include "store/internal.h"

#include <inttypes.h>
#include <stdio.h>

struct verify {
	struct store *store;
	store_verify_report *report;
	void *context;
	uint64_t n_differences;
};

static void differ(struct verify *v, const char *format, ...) PRINTF_LIKE(2, 3);

static void differ(struct verify *v, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->n_differences++;
	v->report(v->context, text);
}

/* Every place in the order of polling is that of a record, which says the same. */
static enum err check_due(struct verify *v, uint64_t n_polled)
{
	struct store_walk *walk = NULL;
	struct source source;
	uint64_t n = 0;
	enum err err = store_walk_due(v->store, 0, NULL, &walk);

	source_init(&source);
	while (!err) {
		struct page_key key;
		int64_t at_ms;

		err = store_walk_due_source(walk, &key, &at_ms);
		if (err)
			break;
		n++;
		err = store_get_source(v->store, &key, &source);
		if (err == ERR_NOT_FOUND || (!err && source.stored.due_at_ms != at_ms))
			differ(v,
			       "source %02x%016" PRIx64 "%016" PRIx64
			       ": is to be polled at an instant that it does not know",
			       key.host.partition, key.host.host_id, key.url_hash);
		if (err != ERR_NOMEM && err != ERR_IO)
			err = ERR_OK;
	}
	if (n != n_polled)
		differ(v,
		       "sources: %" PRIu64 " are to be polled, %" PRIu64 " have a time",
		       n_polled, n);
	source_release(&source);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* They lie host by host. */
static enum err check_count(struct verify *v, const struct host_key *key, uint32_t n)
{
	struct host *host = NULL;
	enum err err = n ? store_acquire_host(v->store, key, SPAN(""), &host) : ERR_OK;

	if (host && host->n_sources != n)
		differ(v, "host %s: has %u sources, its record says %u",
		       buf_text(&host->name), n, host->n_sources);
	store_release_host(v->store, host);
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

static enum err check_records(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct host_key host = { 0 };
	struct source source;
	uint64_t n_polled = 0;
	uint32_t n = 0;
	enum err err = store_walk_sources(v->store, NULL, &walk);

	source_init(&source);
	while (!err) {
		err = store_walk_source(walk, &source);
		if (err == ERR_CORRUPT || err == ERR_NEWER) {
			differ(v, "a source: record is %s", err_text(err));
			err = ERR_OK;
			continue;
		}
		if (err)
			break;
		if (!host_key_equal(&host, &source.key.host)) {
			err = check_count(v, &host, n);
			host = source.key.host;
			n = 0;
		}
		n++;
		n_polled += source.stored.due_at_ms != 0;
	}
	if (err == ERR_NOT_FOUND)
		err = check_count(v, &host, n);
	source_release(&source);
	store_walk_end(walk);
	return err ? err : check_due(v, n_polled);
}

enum err store_verify_sources(struct store *store, store_verify_report *report,
			      void *context, uint64_t *n_differences)
{
	struct verify v = { .store = store, .report = report, .context = context };
	enum err err = check_records(&v);

	*n_differences += v.n_differences;
	return err;
}
