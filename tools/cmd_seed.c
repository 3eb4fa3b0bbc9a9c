/* cmd_seed.c - freshet seed: files, stdin and URLs into the store. */
#include <inttypes.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/interrupt.h"
#include "tools/seed_dry_run.h"
#include "tools/seed_reader.h"
#include "tools/seed_rejections.h"
#include "tools/seed_sources.h"
#include "tools/seed_warc.h"
#include "tools/writer.h"

#define ARGUMENT "(argument)" /* stands for the file of a URL on the command line */
#define SHOW_EVERY 1024       /* seeds between two looks at the clock */

struct seeding {
	const struct options *options;
	bool has_flags; /* ... that say something of every seed */
	const struct settings *settings;
	struct writer *writer; /* NULL: --dry-run */
	struct store *store;   /* of --dry-run; NULL: none yet */
	struct seed_dry_run dry;
	struct writer_counts dry_counts;
	struct progress progress;
	struct seed_rejections rejections;
	struct seed_sources sources; /* that are fetched */
	uint64_t n_seeds;
	int code; /* of files that could not be read */
};

static void reject_late(void *context, const char *file, uint64_t line,
			const char *reason, struct span url)
{
	struct seeding *s = context;

	seed_rejections_add(&s->rejections, file, line, reason, url);
}

/* ---- what the command line says of every seed ---------------------------------------------- */

static enum err set_flag(struct seed *seed, const char *key, const char *value,
			 struct why *why)
{
	return seed_set(seed, seed_key_find(span_of(key)), span_of(value), why);
}

/* Flags fill in what the line leaves open; tags come on top. */
static enum err apply_flags(const struct options *o, struct seed *seed, struct why *why)
{
	const char *weight = option_text(o, "weight", NULL), *tag;
	enum err err = ERR_OK;

	if (weight && !seed->has_weight)
		err = set_flag(seed, "weight", weight, why);
	if (!seed->min_interval_ms)
		seed->min_interval_ms = option_duration(o, "min-interval", 0);
	if (!seed->max_interval_ms)
		seed->max_interval_ms = option_duration(o, "max-interval", 0);
	for (size_t i = 0; !err && (tag = option_list(o, "tag", i, NULL)); i++)
		err = set_flag(seed, "tag", tag, why);
	return err ? err : seed_check(seed, why);
}

static bool has_flags(const struct options *o)
{
	return option_given(o, "weight") || option_given(o, "min-interval") ||
	       option_given(o, "max-interval") || option_given(o, "tag");
}

static int check_flags(const struct options *o)
{
	struct why why = { "" };
	struct seed seed;

	if (!option_arg(o, 0))
		return command_fail(EXIT_USAGE, "name a FILE, - for stdin, or a URL");
	seed_init(&seed);
	seed.url = SPAN("http://h/");
	return apply_flags(o, &seed, &why) ? command_fail(EXIT_USAGE, "%s", why.text)
					   : EXIT_OK;
}

/* ---- seeds --------------------------------------------------------------------------------- */

static struct writer_counts counts_of(const struct seeding *s)
{
	return s->writer ? writer_counts(s->writer) : s->dry_counts;
}

static void show_progress(struct seeding *s)
{
	char what[64] = "seeds read";

	if (s->rejections.n)
		snprintf(what, sizeof(what), "seeds read, %" PRIu64 " rejected",
			 s->rejections.n);
	progress_count(&s->progress, clock_now_ms(), s->n_seeds, 0, what);
}

static enum err add(struct seeding *s, struct seed *seed, const char *file,
		    struct why *why)
{
	struct why reason = { "" };
	enum err err = s->has_flags ? apply_flags(s->options, seed, &reason)
				    : seed_check(seed, &reason);

	if (err == ERR_INVALID) {
		seed_rejections_add(&s->rejections, file, seed->line, reason.text,
				    seed->url);
		return ERR_OK;
	}
	if (err)
		return why_set(why, err, "%s", err_text(err));
	if (s->n_seeds++ % SHOW_EVERY == 0)
		show_progress(s);
	if (s->writer)
		return writer_seed(s->writer, seed, file, why);
	err = seed_dry_run_add(&s->dry, seed->url);
	return err ? why_set(why, err, "cannot read the store: %s", err_text(err))
		   : ERR_OK;
}

static enum err add_url(struct seeding *s, const char *argument, struct why *why)
{
	struct why reason = { "" };
	struct buf url = BUF_INIT;
	struct seed seed;
	enum err err = url_canonical(span_of(argument), SPAN(""), &url, &reason);

	seed_init(&seed);
	seed.line = 1;
	seed.url = buf_span(&url);
	if (!err)
		err = add(s, &seed, ARGUMENT, why);
	else if (err == ERR_NOMEM)
		err = why_set(why, err, "%s", err_text(err));
	else {
		seed_rejections_add(&s->rejections, ARGUMENT, 1, reason.text,
				    span_of(argument));
		err = ERR_OK;
	}
	buf_release(&url);
	return err;
}

/* ---- files --------------------------------------------------------------------------------- */

static void fail_file(struct seeding *s, const char *text)
{
	progress_end(&s->progress);
	s->code = command_fail(EXIT_FAILED, "%s", text);
}

/* A program or a picture, and not a list with one bad line. */
static bool is_binary(const struct seed_rejection *rejection, uint64_t n_good)
{
	return !n_good && memchr(rejection->excerpt.data ? rejection->excerpt.data : "",
				 '\0', rejection->excerpt.len);
}

/* An entry of a sitemap or feed, or of a file; `source`: where it was fetched, or NULL. */
static enum err take(struct seeding *s, struct seed_reader *reader, struct seed *seed,
		     const struct seed_source *source, const char *file, struct why *why)
{
	const char *reason = NULL;

	if (source && !seed_sources_may_tell(&s->sources, source, seed->url))
		reason = "is of another host than the sitemap";
	else if (!seed_reader_is_index(reader))
		return add(s, seed, file, why);
	else if (source && source->level + 1 > SEED_INDEX_LEVELS)
		reason = "is more than three indexes deep";
	if (reason) {
		seed_rejections_add(&s->rejections, file, seed->line, reason, seed->url);
		return ERR_OK;
	}
	return seed_sources_add(&s->sources,
				&(struct seed_source){
					.url = seed->url,
					.host = source ? source->host : SPAN(""),
					.level = source ? source->level + 1 : 1,
				});
}

static enum err add_all(struct seeding *s, struct seed_reader *reader,
			const struct seed_source *source, const char *file,
			struct why *why)
{
	struct seed_rejection rejection;
	struct why end = { "" };
	uint64_t n_good = 0;
	struct seed seed;
	enum err err = ERR_OK;

	while (!err && !interrupt_signal()) {
		enum err got = seed_reader_next(reader, &seed, &rejection, &end);

		if (got == ERR_NOT_FOUND || interrupt_signal())
			break;
		if (!got) {
			n_good++;
			err = take(s, reader, &seed, source, file, why);
		} else if (got != ERR_INVALID) {
			fail_file(s, got == ERR_NOMEM ? err_text(got) : end.text);
			break;
		} else if (is_binary(&rejection, n_good)) {
			(void)why_set(&end, got,
				      "cannot read '%s': binary data in line "
				      "%" PRIu64,
				      file, rejection.line);
			fail_file(s, end.text);
			break;
		} else {
			seed_rejections_add(&s->rejections, file, rejection.line,
					    rejection.reason.text, rejection.excerpt);
		}
	}
	return err;
}

/* The pages of a web archive, with what it has of them. */
static enum err add_records(struct seeding *s, struct seed_warc *warc, const char *file,
			    struct why *why)
{
	struct seed_rejection rejection;
	struct why end = { "" };
	struct seed seed;
	enum err err = ERR_OK;

	while (!err && !interrupt_signal()) {
		enum err got = seed_warc_next(warc, &seed, &rejection, &end);

		if (got == ERR_NOT_FOUND)
			break;
		if (!got) {
			err = add(s, &seed, file, why);
		} else if (got == ERR_INVALID) {
			seed_rejections_add(&s->rejections, file, rejection.line,
					    rejection.reason.text, rejection.excerpt);
		} else {
			fail_file(s, got == ERR_NOMEM ? err_text(got) : end.text);
			break;
		}
	}
	return err;
}

static enum err add_warc(struct seeding *s, const char *path, struct why *why)
{
	struct seed_warc_config config = {
		.max_body = (size_t)s->settings->fetch_max_body,
		.keep_body = s->settings->store_body != BODY_NONE,
	};
	struct seed_warc *warc = NULL;
	struct why reason = { "" };
	enum err err = seed_warc_open(path, &config, &warc, &reason);

	if (err) {
		fail_file(s, err == ERR_NOMEM ? err_text(err) : reason.text);
		return ERR_OK;
	}
	err = add_records(s, warc, strcmp(path, "-") == 0 ? "(standard input)" : path,
			  why);
	seed_warc_close(warc);
	return err;
}

static bool ends_with(const char *text, const char *ending)
{
	size_t len = strlen(text), n = strlen(ending);

	return len > n && strcmp(text + len - n, ending) == 0;
}

static bool is_warc(const char *path, int format)
{
	return format == SEED_WARC ||
	       (format == SEED_AUTO &&
		(ends_with(path, ".warc") || ends_with(path, ".warc.gz")));
}

/* A file that cannot be read costs itself, not those behind it. */
static enum err add_file(struct seeding *s, const char *path, struct why *why)
{
	int format = option_choice(s->options, "format", SEED_AUTO);
	struct seed_reader *reader;
	struct why reason = { "" };

	if (is_warc(path, format))
		return add_warc(s, path, why);
	enum err err = seed_reader_open(path, (enum seed_format)format, &reader, &reason);

	if (err) {
		fail_file(s, err == ERR_NOMEM ? err_text(err) : reason.text);
		return ERR_OK;
	}
	err = add_all(s, reader, NULL, strcmp(path, "-") == 0 ? "(standard input)" : path,
		      why);
	seed_reader_close(reader);
	return err;
}

static bool looks_like_url(const char *argument)
{
	struct span s = span_of(argument);

	return (s.len >= 7 && span_equal_nocase(span_from(s.data, 7), SPAN("http://"))) ||
	       (s.len >= 8 && span_equal_nocase(span_from(s.data, 8), SPAN("https://")));
}

/* ---- sitemaps and feeds by URL --------------------------------------------------------------- */

static void fail_source(struct seeding *s, struct span url, const char *reason)
{
	struct buf text = BUF_INIT;

	if (buf_printf(&text, "cannot read '%.*s': %s", (int)url.len, url.data, reason))
		fail_file(s, err_text(ERR_NOMEM));
	else
		fail_file(s, buf_text(&text));
	buf_release(&text);
}

static enum err add_source_url(struct seeding *s, const char *argument, struct why *why)
{
	struct why reason = { "" };
	struct buf url = BUF_INIT;
	enum err err = url_canonical(span_of(argument), SPAN(""), &url, &reason);

	if (!err)
		err = seed_sources_add(&s->sources,
				       &(struct seed_source){ .url = buf_span(&url) });
	else if (err != ERR_NOMEM) {
		fail_source(s, span_of(argument), reason.text);
		err = ERR_OK;
	}
	buf_release(&url);
	return err ? why_set(why, err, "%s", err_text(err)) : ERR_OK;
}

/* Why a source was not read. Where nobody named it, that it is not there is no wonder. */
static void fail_fetched(struct seeding *s, const struct seed_source *source,
			 const struct why *reason)
{
	struct why guess;

	(void)why_set(&guess, ERR_INVALID,
		      "robots.txt names no sitemap, and this is none either: %.400s",
		      reason->text);
	fail_source(s, source->url, source->is_guess ? guess.text : reason->text);
}

/* What was fetched: the pages of a sitemap, or more sitemaps. */
static enum err add_document(struct seeding *s, const struct seed_source *source,
			     bool *is_source, struct why *why)
{
	struct buf file = BUF_INIT;
	struct seed_reader *reader = NULL;
	struct why reason = { "" };
	enum err err = seed_reader_open_document(buf_span(&s->sources.fetch.body),
						 buf_span(&s->sources.fetch.url), &reader,
						 &reason);

	*is_source = !err;
	if (err == ERR_INVALID) {
		fail_fetched(s, source, &reason);
		return ERR_OK;
	}
	if (!err)
		err = buf_set(&file, source->url);
	if (!err)
		err = add_all(s, reader, source, buf_text(&file), why);
	seed_reader_close(reader);
	buf_release(&file);
	return err;
}

/* The run is to go on listening to it. What an index names, it will find there. */
static enum err keep_source(struct seeding *s, const struct seed_source *source,
			    struct why *why)
{
	struct order order;
	struct reply reply;
	enum err err;

	if (!s->writer || source->level)
		return ERR_OK;
	order_init(&order, ORDER_SOURCE);
	reply_init(&reply);
	err = writer_flush(s->writer, why);
	if (!err)
		err = buf_set(&order.urls, source->url);
	if (!err)
		err = buf_append_byte(&order.urls, '\n');
	if (!err)
		err = buf_set(&order.host, source->host);
	if (!err)
		err = writer_order(s->writer, &order, &reply, why);
	if (!err && reply.err)
		err = why_set(why, reply.err, "%s", reply.why.text);
	order_release(&order);
	reply_release(&reply);
	return err;
}

static enum err add_sources(struct seeding *s, struct why *why)
{
	struct seed_source source;
	struct why reason = { "" };
	bool is_source;
	enum err err = ERR_OK;

	while (!err) {
		err = seed_sources_next(&s->sources, &source, &reason);
		if (!err) {
			err = add_document(s, &source, &is_source, why);
			if (!err && is_source)
				err = keep_source(s, &source, why);
		} else if (err == ERR_INVALID) {
			fail_fetched(s, &source, &reason);
			err = ERR_OK;
		} else if (err != ERR_NOT_FOUND) {
			(void)why_set(why, err, "%s", reason.text);
		}
		if (!err)
			show_progress(s);
		reason.text[0] = '\0';
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err discover(struct seeding *s, const char *where, struct why *why)
{
	struct why reason = { "" };
	enum err err = seed_sources_discover(&s->sources, where, &reason);

	if (err == ERR_INVALID) {
		fail_source(s, span_of(where), reason.text);
		return ERR_OK;
	}
	return err ? why_set(why, err, "%s", reason.text[0] ? reason.text : err_text(err))
		   : ERR_OK;
}

/* A URL is a page, unless it is said, or looks, to be a source. */
static bool is_source_url(const struct seeding *s, const char *argument)
{
	int format = option_choice(s->options, "format", SEED_AUTO);

	return format == SEED_SITEMAP ||
	       (format == SEED_AUTO && seed_sources_looks_like_one(span_of(argument)));
}

static enum err add_argument(struct seeding *s, const char *arg, struct why *why)
{
	if (option_bool(s->options, "discover"))
		return discover(s, arg, why);
	if (!looks_like_url(arg))
		return add_file(s, arg, why);
	if (is_source_url(s, arg))
		return add_source_url(s, arg, why);
	if (option_choice(s->options, "format", SEED_AUTO) > SEED_TEXT) {
		fail_source(s, span_of(arg),
			    "only pages, sitemaps and feeds are URLs; "
			    "--format says what a file is");
		return ERR_OK;
	}
	return add_url(s, arg, why);
}

static enum err add_arguments(struct seeding *s, struct why *why)
{
	const char *arg;
	enum err err = ERR_OK;

	for (size_t i = 0;
	     !err && !interrupt_signal() && (arg = option_arg(s->options, i)); i++)
		err = add_argument(s, arg, why);
	if (!err)
		err = add_sources(s, why);
	if (err)
		return err;
	if (s->writer) /* after an interrupt too: what was read is kept */
		return writer_flush(s->writer, why);
	s->dry_counts.n_added = seed_dry_run_end(&s->dry);
	s->dry_counts.n_known = s->dry.n_known;
	return ERR_OK;
}

/* ---- the command --------------------------------------------------------------------------- */

static enum err open_store(struct seeding *s, const struct command_context *ctx,
			   struct why *why)
{
	struct writer_config config = { .create = true,
					.refused = reject_late,
					.context = s };
	enum err err;

	if (!option_bool(s->options, "dry-run"))
		return writer_open(ctx, &config, &s->writer, why);
	err = store_open(ctx->settings->db, STORE_READ, NULL, &s->store, why);
	seed_dry_run_start(&s->dry, s->store);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static int print_summary(const struct seeding *s)
{
	struct writer_counts counts = counts_of(s);
	struct buf out = BUF_INIT;
	int code = EXIT_OK;

	if (!option_bool(s->options, "quiet") &&
	    buf_printf(&out,
		       "%sadded %" PRIu64 ", known %" PRIu64 ", rejected %" PRIu64 "\n",
		       s->writer ? "" : "would have ", counts.n_added, counts.n_known,
		       s->rejections.n) == ERR_OK)
		code = command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

static int finish(const struct seeding *s)
{
	int code = print_summary(s);

	if (interrupt_signal())
		return interrupt_code();
	if (s->code || code)
		return s->code ? s->code : code;
	return s->rejections.n && option_bool(s->options, "strict") ? EXIT_CONFIG
								    : EXIT_OK;
}

int cmd_seed(struct command_context *ctx)
{
	struct seeding s = { .options = ctx->options,
			     .has_flags = has_flags(ctx->options),
			     .settings = ctx->settings };
	struct why why = { "" };
	enum err err;
	int code = check_flags(ctx->options);

	if (code)
		return code;
	interrupt_catch();
	seed_sources_init(&s.sources, ctx->settings);
	progress_start(&s.progress, ctx);
	s.progress.shown_at_ms = clock_now_ms(); /* short work needs none */
	s.rejections.progress = &s.progress;
	err = open_store(&s, ctx, &why);
	if (!err)
		err = add_arguments(&s, &why);
	seed_rejections_end(&s.rejections);
	if (err == ERR_STOPPED)
		code = interrupt_code();
	else if (err)
		code = command_fail(command_code(err), "%s", why.text);
	else
		code = finish(&s);
	writer_close(s.writer);
	seed_sources_release(&s.sources);
	seed_dry_run_release(&s.dry);
	store_close(s.store);
	return code;
}
