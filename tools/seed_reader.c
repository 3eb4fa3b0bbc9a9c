#include "tools/seed_reader.h"

#include <stdlib.h>

#include "crawler/source_document.h"
#include "store/base/clock.h"
#include "store/base/url.h"
#include "tools/cdxj.h"
#include "tools/lines.h"
#include "tools/seed_line.h"

struct seed_reader {
	struct lines *lines;
	enum seed_format format; /* SEED_AUTO until a line has told */
	bool ended;              /* nothing that follows could be understood */
	struct seed_columns columns;
	/* SEED_SITEMAP: what was read, and how much of it has been handed out */
	bool has_document;
	struct source_document document;
	size_t n_taken;
	struct buf base; /* where relative links are taken from; may be empty */
	/* What the current seed borrows from. */
	struct buf url, unquoted;
	json_t *root;
};

/* Takes `lines` over, also on failure. */
static enum err reader_new(struct lines *lines, enum seed_format format,
			   struct seed_reader **reader)
{
	struct seed_reader *r = calloc(1, sizeof(*r));

	if (!r) {
		lines_close(lines);
		return ERR_NOMEM;
	}
	r->lines = lines;
	r->format = format;
	*reader = r;
	return ERR_OK;
}

enum err seed_reader_open(const char *path, enum seed_format format,
			  struct seed_reader **reader, struct why *why)
{
	struct lines *lines;
	enum err err = lines_open(path, &lines, why);

	return err ? err : reader_new(lines, format, reader);
}

enum err seed_reader_open_fd(int fd, const char *name, enum seed_format format,
			     struct seed_reader **reader, struct why *why)
{
	struct lines *lines;
	enum err err = lines_open_fd(fd, name, &lines, why);

	return err ? err : reader_new(lines, format, reader);
}

void seed_reader_close(struct seed_reader *reader)
{
	if (!reader)
		return;
	lines_close(reader->lines);
	source_document_release(&reader->document);
	buf_release(&reader->base);
	buf_release(&reader->url);
	buf_release(&reader->unquoted);
	json_decref(reader->root);
	free(reader);
}

/* ---- sitemaps and feeds: read whole ------------------------------------------------------ */

enum err seed_reader_open_document(struct span bytes, struct span url,
				   struct seed_reader **reader, struct why *why)
{
	struct seed_reader *r = calloc(1, sizeof(*r));
	enum err err = r ? buf_set(&r->base, url) : ERR_NOMEM;

	if (!err)
		err = source_document_read(bytes, clock_monotonic_us, &r->document);
	if (!err && !r->document.kind)
		err = why_set(why, ERR_INVALID, "%s", r->document.why.text);
	if (err) {
		seed_reader_close(r);
		return err;
	}
	r->format = SEED_SITEMAP;
	r->has_document = true;
	*reader = r;
	return ERR_OK;
}

bool seed_reader_is_index(const struct seed_reader *reader)
{
	return reader->document.kind == SOURCE_INDEX;
}

static enum err read_document(struct seed_reader *r, struct why *why)
{
	struct buf bytes = BUF_INIT;
	enum err err = lines_rest(r->lines, SOURCE_MAX_BYTES, &bytes, why);

	if (err == ERR_TOO_LARGE)
		err = why_set(why, ERR_CORRUPT,
			      "cannot read '%s': the sitemap is larger than 50 MiB",
			      lines_name(r->lines));
	if (!err)
		err = source_document_read(buf_span(&bytes), clock_monotonic_us,
					   &r->document);
	if (!err && !r->document.kind)
		err = why_set(why, ERR_CORRUPT, "cannot read '%s': %s",
			      lines_name(r->lines), r->document.why.text);
	else if (err == ERR_INVALID)
		err = ERR_CORRUPT;
	buf_release(&bytes);
	r->ended = err;
	r->has_document = true;
	return err;
}

/* Is the input one, as far as can be seen? */
static bool wants_document(struct seed_reader *r)
{
	if (r->has_document || r->ended)
		return false;
	return r->format == SEED_SITEMAP ||
	       (r->format == SEED_AUTO && !lines_number(r->lines) &&
		source_looks_like_xml(lines_peek(r->lines)));
}

/* The next entry; behind the last one, once, what was wrong with the document. */
static enum err next_entry(struct seed_reader *r, struct seed *seed,
			   struct seed_rejection *rejection)
{
	const struct source_entry *entry = r->document.entries + r->n_taken;
	enum err err;

	*rejection = (struct seed_rejection){ .line = 1, .reason = { "" } };
	if (r->n_taken > r->document.n_entries)
		return ERR_NOT_FOUND;
	if (r->n_taken++ == r->document.n_entries) {
		if (r->document.is_cut)
			return why_set(&rejection->reason, ERR_INVALID,
				       "more than %d URLs: the rest is left out",
				       SOURCE_MAX_ENTRIES);
		if (r->document.is_damaged)
			return why_set(&rejection->reason, ERR_INVALID, "%s",
				       r->document.why.text);
		return ERR_NOT_FOUND;
	}
	seed_init(seed);
	seed->line = rejection->line = entry->line;
	rejection->excerpt = source_entry_url(&r->document, entry);
	err = url_canonical(rejection->excerpt, buf_span(&r->base), &r->url,
			    &rejection->reason);
	if (rejection->excerpt.len > SEED_EXCERPT_MAX)
		rejection->excerpt.len = SEED_EXCERPT_MAX;
	seed->url = buf_span(&r->url);
	return err == ERR_TOO_LARGE ? ERR_INVALID : err;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static enum seed_format guess_format(struct span line)
{
	if (span_starts_with(line, SPAN("{")))
		return SEED_NDJSON;
	if (cdxj_is_line(line))
		return SEED_CDXJ;
	return seed_line_is_csv_header(line) ? SEED_CSV : SEED_TEXT;
}

/* Has the header still to come? */
static bool wants_header(const struct seed_reader *r)
{
	return r->format == SEED_CSV && !r->columns.n;
}

/* Blank lines, and comments where the format has them. */
static bool is_skipped(const struct seed_reader *r, struct span trimmed)
{
	if (!trimmed.len)
		return true;
	return trimmed.data[0] == '#' &&
	       (r->format == SEED_AUTO || r->format == SEED_TEXT || wants_header(r));
}

static bool has_odd_quotes(struct span s)
{
	bool odd = false;

	for (size_t i = 0; i < s.len; i++)
		odd ^= s.data[i] == '"';
	return odd;
}

/* Adds lines to `line` until one may close the open quotes. Only then is the row parsed
 * again: after each line, it would take time in the square of its length. */
static enum err extend_row(struct seed_reader *r, struct span *line, struct why *why)
{
	size_t len;
	enum err err;

	do {
		len = line->len;
		err = lines_extend(r->lines, line, why);
	} while (!err && !has_odd_quotes(span_from(line->data + len, line->len - len)));
	return err;
}

/* A row, with as many more lines as its quotes reach over. */
static enum err read_row(struct seed_reader *r, struct span *line, struct seed *seed,
			 struct why *reason, struct why *why)
{
	enum err err = ERR_NOT_FOUND;
	bool more = true;

	while (more) {
		err = seed_line_csv(*line, &r->columns, seed, &r->unquoted, reason);
		more = err == ERR_NOT_FOUND;
		if (more)
			err = extend_row(r, line, why);
		more = more && !err;
	}
	/* One quote too many must not take the rest of the file with it. */
	if (err == ERR_INVALID || err == ERR_NOT_FOUND || err == ERR_TOO_LARGE) {
		lines_shorten(r->lines);
		return ERR_INVALID;
	}
	return err;
}

static enum err read_line(struct seed_reader *r, struct span *line, struct seed *seed,
			  struct why *reason, struct why *why)
{
	switch (r->format) {
	case SEED_CSV:
		return read_row(r, line, seed, reason, why);
	case SEED_NDJSON:
		return seed_line_json(*line, seed, &r->root, reason);
	case SEED_CDXJ:
		return seed_line_cdxj(*line, seed, &r->root, reason);
	default:
		return seed_line_text(*line, seed, reason);
	}
}

/* Parses `line`, checks what it says, and makes its URL canonical. */
static enum err make_seed(struct seed_reader *r, struct span *line, struct seed *seed,
			  struct why *reason, struct why *why)
{
	enum err err;

	seed_init(seed);
	seed->line = lines_number(r->lines);
	err = read_line(r, line, seed, reason, why);
	if (!err)
		err = seed_check(seed, reason);
	if (!err)
		err = url_canonical(seed->url, SPAN(""), &r->url, reason);
	if (!err)
		seed->url = buf_span(&r->url);
	return err == ERR_TOO_LARGE ? ERR_INVALID : err;
}

static enum err read_header(struct seed_reader *r, struct span line, struct why *reason)
{
	enum err err = seed_line_csv_header(line, &r->columns, reason);

	r->ended = !r->columns.n;
	return err;
}

/* The next line that has something to say. */
static enum err next_line(struct seed_reader *r, struct span *line, struct why *why)
{
	struct span trimmed;
	enum err err;

	do {
		err = r->ended ? ERR_NOT_FOUND : lines_next(r->lines, line, why);
		if (err)
			return err;
		trimmed = span_trim(*line);
	} while (is_skipped(r, trimmed));
	if (r->format != SEED_AUTO)
		return ERR_OK;
	r->format = guess_format(trimmed);
	r->ended = span_starts_with(trimmed, SPAN("WARC/1."));
	return r->ended ? why_set(why, ERR_CORRUPT,
				  "cannot read '%s': a web archive: say --format warc",
				  lines_name(r->lines))
			: ERR_OK;
}

enum err seed_reader_next(struct seed_reader *reader, struct seed *seed,
			  struct seed_rejection *rejection, struct why *why)
{
	struct why *reason = &rejection->reason;
	struct span line = { 0 };
	enum err err = ERR_OK;

	if (wants_document(reader))
		err = read_document(reader, why);
	if (reader->has_document)
		return err ? err : next_entry(reader, seed, rejection);
	err = next_line(reader, &line, why);
	if (!err && wants_header(reader)) {
		err = read_header(reader, line, reason);
		if (!err)
			err = next_line(reader, &line, why);
		else
			goto out;
	}
	while (!err) {
		err = make_seed(reader, &line, seed, reason, why);
		if (err != ERR_NOT_FOUND)
			goto out;
		err = next_line(reader, &line, why); /* it named no page */
	}
	if (err == ERR_TOO_LARGE)
		err = why_set(reason, ERR_INVALID, "line is longer than %d bytes",
			      LINES_MAX_LEN);
out:
	rejection->line = lines_number(reader->lines);
	rejection->excerpt = line;
	if (line.len > SEED_EXCERPT_MAX)
		rejection->excerpt.len = SEED_EXCERPT_MAX;
	return err;
}
