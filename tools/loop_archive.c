/*
 * loop_archive.c - what `--warc` writes down of each exchange.
 *
 * Bodies are packed by the workers, the rest on the spot. A record is on the disk before
 * the visit that it tells of is (store_before_commit()): after a crash the archive may have
 * an exchange twice, but never misses one that the store knows of.
 */
#include "tools/loop_internal.h"

#include <stdlib.h>

#include "tools/body_time.h"
#include "tools/warc_exchange.h"

#define PACK_LEVEL 3
/* Larger bodies are packed by a worker, or, of redirects, cut. */
#define BODY_AT_ONCE_MAX ((size_t)64 << 10)
#define BODY_MAX ((size_t)1 << 30)

struct archive {
	struct warc_writer *writer;
	struct warc_packer *packer;   /* of the loop's own thread */
	struct warc_packer **packers; /* of the workers */
	struct warc_batch batch;
	bool via_proxy; /* copied: workers must not read settings, which may be replaced */
};

/* What a flight carries for it. */
struct flight_archive {
	int64_t at_ms;
	bool is_done;   /* the exchange has been written down */
	bool is_packed; /* the answer stands in `batch` */
	struct warc_batch batch;
	struct warc_original original; /* of the page's content; empty: in no archive */
	struct warc_original written;  /* a new one */
	struct buf body;               /* content that the store has and no archive */
	int64_t body_at_ms;
};

/* ---- making and freeing ------------------------------------------------------------------------ */

static enum err sync_archive(void *context)
{
	struct loop *loop = context;

	return warc_writer_sync(loop->archive->writer);
}

static enum err make_packers(struct loop *loop)
{
	unsigned n = (unsigned)loop->settings->fetch_workers;
	struct archive *a = loop->archive;
	enum err err = warc_packer_new(PACK_LEVEL, &a->packer);

	a->packers = calloc(n + 1, sizeof(*a->packers));
	if (!a->packers)
		err = ERR_NOMEM;
	for (unsigned i = 0; !err && i < n; i++)
		err = warc_packer_new(PACK_LEVEL, &a->packers[i]);
	return err;
}

enum err archive_open(struct loop *loop, struct why *why)
{
	const struct settings *s = loop->settings;
	struct warc_writer_config config = {
		.dir = s->warc_dir,
		.max_bytes = s->warc_max_size,
		.no_sync = s->store_sync == SYNC_NONE,
		.user_agent = buf_text(&loop->user_agent),
	};
	enum err err;

	if (!s->warc_dir[0])
		return ERR_OK;
	loop->archive = calloc(1, sizeof(*loop->archive));
	if (!loop->archive)
		return ERR_NOMEM;
	loop->archive->via_proxy = s->fetch_proxy[0] != '\0';
	err = make_packers(loop);
	if (!err)
		err = warc_writer_new(&config, &loop->archive->writer, why);
	if (!err)
		store_before_commit(loop->store, sync_archive, loop);
	return err;
}

enum err archive_close(struct loop *loop)
{
	return loop->archive ? warc_writer_close(loop->archive->writer) : ERR_OK;
}

const char *archive_failure(const struct loop *loop)
{
	return loop->archive ? warc_writer_failure(loop->archive->writer) : "";
}

void archive_free(struct loop *loop)
{
	struct archive *a = loop->archive;

	if (!a)
		return;
	store_before_commit(loop->store, NULL, NULL);
	warc_writer_free(a->writer);
	warc_packer_free(a->packer);
	for (unsigned i = 0; a->packers && a->packers[i]; i++)
		warc_packer_free(a->packers[i]);
	free(a->packers);
	warc_batch_release(&a->batch);
	free(a);
	loop->archive = NULL;
}

void archive_flight_clear(struct flight_archive *f)
{
	struct flight_archive kept;

	if (!f)
		return;
	warc_batch_clear(&f->batch);
	warc_original_clear(&f->original);
	warc_original_clear(&f->written);
	buf_release(&f->body);
	kept = (struct flight_archive){ .batch = f->batch,
					.original = f->original,
					.written = f->written };
	*f = kept;
}

void archive_flight_free(struct flight_archive *f)
{
	if (!f)
		return;
	warc_batch_release(&f->batch);
	warc_original_release(&f->original);
	warc_original_release(&f->written);
	buf_release(&f->body);
	free(f);
}

enum trace_kind archive_trace(const struct loop *loop)
{
	return loop->archive ? TRACE_HEADS : TRACE_NONE;
}

/* ---- one exchange ------------------------------------------------------------------------------- */

static struct warc_exchange make_exchange(const struct flight *flight, size_t max_body)
{
	return (struct warc_exchange){
		.uri = buf_span(&flight->url),
		.at_ms = flight->archive->at_ms,
		.result = &flight->result,
		.secrets = span_from(flight->headers.data + flight->n_conditions,
				     flight->headers.len - flight->n_conditions),
		.via_proxy = flight->loop->archive->via_proxy,
		.max_body = max_body,
		.original = &flight->archive->original,
	};
}

/* Makes flight->archive ready for the exchange that has ended. */
static enum err begin(struct loop *loop, struct flight *flight)
{
	if (!flight->archive)
		flight->archive = calloc(1, sizeof(*flight->archive));
	if (!flight->archive)
		return ERR_NOMEM;
	archive_flight_clear(flight->archive);
	flight->archive->at_ms = loop->now_ms - flight->result.total_us / 1000;
	return ERR_OK;
}

/* These are written down by archive_hop(), wherever they lead. */
static bool is_redirect(const struct flight *flight)
{
	int status = flight->result.http_status;

	return status >= 300 && status <= 399 && status != 304;
}

enum err archive_hop(struct loop *loop, struct flight *flight)
{
	struct archive *a = loop->archive;
	struct warc_exchange x;
	enum err err;

	if (!a || flight->result.error != FETCH_OK ||
	    !(flight->is_robots || is_redirect(flight)))
		return ERR_OK;
	err = begin(loop, flight);
	if (err)
		return err;
	x = make_exchange(flight,
			  flight->is_robots ? ROBOTS_MAX_BYTES : BODY_AT_ONCE_MAX);
	warc_batch_clear(&a->batch);
	err = warc_exchange_pack(a->packer, &x, EXCHANGE_RESPONSE, &a->batch, NULL);
	if (!err)
		err = warc_writer_add(a->writer, &a->batch, loop->now_ms);
	flight->archive->is_done = true;
	return err;
}

/* ---- a visit's last exchange ---------------------------------------------------------------------- */

/* Is the archive's record of the page's present content, and from this URL? */
static bool is_of_page(const struct warc_original *original, const struct flight *flight)
{
	return digest_equal(&original->body_digest, &flight->page.digest) &&
	       span_equal(buf_span(&original->uri), buf_span(&flight->url));
}

/* A revisit must not refer to what is in no archive: the body goes in first. */
static enum err fetch_body(struct loop *loop, struct flight *flight)
{
	struct flight_archive *f = flight->archive;
	enum err err =
		store_get_body(loop->store, &flight->page.digest, BODY_MAX, &f->body);

	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) {
		buf_clear(&f->body); /* `db verify` tells of it */
		return ERR_OK;
	}
	return err ? err : body_time(loop->store, &flight->page, &f->body_at_ms);
}

enum err archive_prepare(struct loop *loop, struct flight *flight, bool *needs_worker)
{
	int status = flight->result.http_status;
	struct flight_archive *f;
	enum err err;

	*needs_worker = false;
	if (!loop->archive || flight->result.error != FETCH_OK || is_redirect(flight))
		return ERR_OK;
	err = begin(loop, flight);
	if (err)
		return err;
	f = flight->archive;
	if (status == 200 || status == 304)
		err = warc_original_get(loop->store, &flight->page.key, &f->original);
	if (!err && !is_of_page(&f->original, flight))
		warc_original_clear(&f->original);
	if (!err && status == 304 && !f->original.uri.len && flight->page.has_body)
		err = fetch_body(loop, flight);
	*needs_worker = f->body.len || flight->result.body.len > BODY_AT_ONCE_MAX;
	return err;
}

static enum err pack_body(struct flight *flight, struct warc_packer *packer)
{
	struct flight_archive *f = flight->archive;
	enum err err = warc_resource_pack(packer, buf_span(&flight->url), f->body_at_ms,
					  buf_span(&flight->page.content_type),
					  buf_span(&f->body), &f->batch, &f->original);

	f->original.body_digest = flight->page.digest;
	return err;
}

/* Is the body, as it was sent, that of the original? */
static enum err compare_payload(const struct flight *flight, bool *same)
{
	const struct flight_archive *f = flight->archive;
	char digest[WARC_DIGEST_SIZE];
	enum err err;

	*same = false;
	if (!f->original.uri.len ||
	    !digest_equal(&f->original.body_digest, &flight->document.digest))
		return ERR_OK;
	err = warc_digest(buf_span(&flight->result.body), SPAN(""), digest);
	*same = !err && strcmp(digest, f->original.payload_digest) == 0;
	return err;
}

static enum err pack_answer(struct flight *flight, struct warc_packer *packer,
			    enum exchange_kind kind)
{
	struct flight_archive *f = flight->archive;
	struct warc_exchange x = make_exchange(flight, 0);
	enum err err = warc_exchange_pack(packer, &x, kind, &f->batch, &f->written);

	f->written.body_digest = flight->document.digest;
	f->is_packed = !err;
	return err;
}

enum err archive_work(struct flight *flight, unsigned worker)
{
	struct loop *loop = flight->loop;
	bool same = false;
	enum err err;

	if (!loop->archive)
		return ERR_OK;
	if (flight->result.http_status == 304)
		return pack_body(flight, loop->archive->packers[worker]);
	err = compare_payload(flight, &same);
	return err ? err
		   : pack_answer(flight, loop->archive->packers[worker],
				 same ? EXCHANGE_SAME_PAYLOAD : EXCHANGE_RESPONSE);
}

/* Only a 304 that is believed is a revisit; one that is none stays what it is. */
static enum err pack_304(struct loop *loop, struct flight *flight,
			 const struct observation *o)
{
	bool believed = o->verdict == VERDICT_UNCHANGED || o->verdict == VERDICT_MOVED;

	if (!believed) {
		warc_batch_clear(&flight->archive->batch);
		warc_original_clear(&flight->archive->original);
	}
	return pack_answer(flight, loop->archive->packer,
			   believed ? EXCHANGE_NOT_MODIFIED : EXCHANGE_RESPONSE);
}

enum err archive_visit(struct loop *loop, struct flight *flight,
		       const struct observation *o)
{
	struct flight_archive *f = flight->archive;
	enum err err = ERR_OK;

	if (!loop->archive || !f || f->is_done || !f->at_ms)
		return ERR_OK;
	if (flight->result.http_status == 304)
		err = pack_304(loop, flight, o);
	else if (!f->is_packed)
		err = pack_answer(flight, loop->archive->packer, EXCHANGE_RESPONSE);
	f->is_done = true;
	return err ? err
		   : warc_writer_add(loop->archive->writer, &f->batch, loop->now_ms);
}

enum err archive_note(struct loop *loop, const struct flight *flight,
		      const struct observation *o)
{
	const struct flight_archive *f = flight->archive;
	const struct warc_original *new = NULL;

	if (!loop->archive || !f || !f->is_done)
		return ERR_OK;
	if (o->complete_200 && f->written.uri.len)
		new = &f->written;
	else if (f->body.len && f->original.uri.len)
		new = &f->original;
	if (!new || !digest_equal(&new->body_digest, &flight->page.digest))
		return ERR_OK;
	return warc_original_put(loop->store, &flight->page.key, new);
}
