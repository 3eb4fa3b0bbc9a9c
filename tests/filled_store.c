#include "tests/filled_store.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/zip.h"

#define MUST(call) assert_int_equal((call), ERR_OK)

void filled_store_make(struct filled_store *f)
{
	struct why why = { "" };

	scratch_dir_make(f->dir, "filled");
	f->store = NULL;
	if (store_open(f->dir, STORE_WRITE, &(struct store_options){ .no_sync = true },
		       &f->store, &why))
		fail_msg("%s", why.text);
}

void filled_store_read(struct filled_store *f)
{
	struct why why = { "" };

	store_close(f->store);
	f->store = NULL;
	if (store_open(f->dir, STORE_READ, NULL, &f->store, &why))
		fail_msg("%s", why.text);
}

void filled_store_remove(struct filled_store *f)
{
	store_close(f->store);
	scratch_remove(f->dir);
}

static struct host *host_of(struct filled_store *f, struct span url)
{
	struct url_parts parts;
	struct host_key key;
	struct host *host = NULL;

	MUST(url_split(url, &parts));
	key = host_key_of(&parts);
	MUST(store_acquire_host(f->store, &key, parts.origin, &host));
	return host;
}

void filled_store_put(struct filled_store *f, struct page *page)
{
	struct host *host = host_of(f, buf_span(&page->url));

	MUST(store_put_page(f->store, page, host));
	store_release_host(f->store, host);
	MUST(store_commit(f->store));
}

void filled_store_get(struct filled_store *f, const char *url, struct page *page)
{
	page_init(page);
	MUST(store_find_page(f->store, span_of(url), page));
}

void filled_store_seed(struct filled_store *f, const char *url, const char *tags,
		       float weight, int64_t at_ms)
{
	struct page page;

	page_init(&page);
	MUST(buf_set(&page.url, span_of(url)));
	MUST(page_key_of(span_of(url), &page.key));
	MUST(buf_set(&page.tags, span_of(tags)));
	page.weight = weight;
	page.first_seen_at_ms = at_ms;
	page.next_visit_at_ms = at_ms;
	page.next_visit_reason = REASON_NEVER_FETCHED;
	page.position = (struct queue_position){ .order_ms = at_ms, .queued = true };
	filled_store_put(f, &page);
	page_release(&page);
}

static void fill_body(struct observation *o, const struct page *page, const char *body)
{
	struct zip *zip = NULL;

	o->digest = digest_of(span_of(body));
	o->same_bytes = digest_equal(&o->digest, &page->digest);
	o->body_len = (uint32_t)strlen(body);
	MUST(buf_set(&o->content_type, SPAN("text/html; charset=utf-8")));
	MUST(zip_new(1, &zip));
	MUST(zip_compress(zip, span_of(body), &o->body));
	zip_free(zip);
}

static void fill(struct observation *o, const struct filled_visit *v,
		 const struct page *page)
{
	const struct {
		struct buf *to;
		const char *from;
	} texts[] = {
		{ &o->etag, v->etag },     { &o->last_modified, v->last_modified },
		{ &o->title, v->title },   { &o->headers, v->headers },
		{ &o->hops, v->hops },     { &o->redirect_to, v->redirect_to },
		{ &o->detail, v->detail },
	};

	observation_init(o);
	o->at_ms = v->at_ms;
	o->verdict = (uint8_t)v->verdict;
	o->evidence = (uint8_t)v->evidence;
	o->http_status = (uint16_t)v->http_status;
	o->error = (uint8_t)v->error;
	o->answered = v->http_status != 0;
	o->not_found = v->http_status == 404 || v->http_status == 410;
	o->complete_200 = v->http_status == 200 && v->body;
	o->noindex = v->noindex;
	o->wire_bytes = v->wire_bytes;
	o->bytes_saved = v->bytes_saved;
	o->elapsed_ms = 12;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		MUST(buf_set(texts[i].to, span_of(texts[i].from)));
	if (v->body)
		fill_body(o, page, v->body);
}

static void count(struct filled_store *f, const struct filled_visit *v)
{
	struct store *s = f->store;

	store_count(s, (enum counter)(COUNT_VERDICT_NONE + v->verdict), 1, v->at_ms);
	store_count(s, (enum counter)(COUNT_EVIDENCE_NONE + v->evidence), 1, v->at_ms);
	store_count(s, (enum counter)(COUNT_BYTES_NONE + v->verdict), v->wire_bytes,
		    v->at_ms);
	store_count(s, COUNT_BYTES_SAVED, v->bytes_saved, v->at_ms);
	store_count(s, COUNT_REQUESTS, 1, v->at_ms);
}

static void put_parts(struct filled_store *f, const struct filled_visit *v,
		      const struct page *page, const struct observation *o,
		      const struct digest *old)
{
	struct visit visit = {
		.at_ms = v->at_ms,
		.cursor = store_last_cursor(f->store),
		.verdict = (uint8_t)v->verdict,
		.evidence = (uint8_t)v->evidence,
		.http_status = (uint16_t)v->http_status,
		.error = (uint8_t)v->error,
		.version = page->version,
		.elapsed_ms = o->elapsed_ms,
		.wire_bytes = v->wire_bytes,
	};

	if (o->body.len && !o->same_bytes)
		MUST(store_swap_body(f->store, old, &o->digest, buf_span(&o->body)));
	if (o->headers.len)
		MUST(store_put_headers(f->store, &page->key, v->http_status == 304,
				       buf_span(&o->headers)));
	MUST(store_append_visit(f->store, &page->key, &visit));
}

uint64_t filled_store_visit(struct filled_store *f, const struct filled_visit *v)
{
	struct observation o;
	struct change change;
	struct digest old;
	struct page page;
	bool announce = false;
	enum err err;

	page_init(&page);
	err = store_find_page(f->store, span_of(v->url), &page);
	if (err == ERR_NOT_FOUND) {
		filled_store_seed(f, v->url, "", 1, v->at_ms);
		err = store_find_page(f->store, span_of(v->url), &page);
	}
	MUST(err);
	old = page.digest;
	fill(&o, v, &page);
	change_init(&change);
	MUST(page_observe(&page, &o, &change, &announce));
	change.cursor = store_next_cursor(f->store);
	if (announce) {
		page.change_cursor = change.cursor;
		MUST(store_append_change(f->store, &change));
	}
	page.next_visit_at_ms = v->next_at_ms ? v->next_at_ms : v->at_ms + MS_PER_DAY;
	page.next_visit_reason = (uint8_t)(v->reason ? v->reason : REASON_INTERVAL);
	page.position.order_ms = page.next_visit_at_ms;
	put_parts(f, v, &page, &o, &old);
	count(f, v);
	filled_store_put(f, &page);
	observation_release(&o);
	change_release(&change);
	page_release(&page);
	return store_last_cursor(f->store);
}
