#include "tools/seed_sources.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "store/base/digest.h"
#include "store/base/url.h"
#include "tools/interrupt.h"

struct seen_source {
	UT_hash_handle hh;
	uint64_t url_hash;
};

void seed_sources_init(struct seed_sources *sources, const struct settings *settings)
{
	*sources = (struct seed_sources){ .settings = settings };
}

void seed_sources_release(struct seed_sources *sources)
{
	struct seen_source *seen, *next;

	HASH_ITER(hh, sources->seen, seen, next)
	{
		HASH_DELETE(hh, sources->seen, seen);
		free(seen);
	}
	if (sources->is_open)
		source_fetch_close(&sources->fetch);
	buf_release(&sources->list);
	buf_release(&sources->line);
}

static enum err open_fetch(struct seed_sources *sources, struct why *why)
{
	if (sources->is_open)
		return ERR_OK;
	sources->is_open = true;
	return source_fetch_open(sources->settings, &sources->fetch, why);
}

/* ---- what is to be read ------------------------------------------------------------------ */

static enum err see(struct seed_sources *sources, struct span url, bool *is_new)
{
	uint64_t hash = hash64(url);
	struct seen_source *seen;

	HASH_FIND(hh, sources->seen, &hash, sizeof(hash), seen);
	*is_new = !seen;
	if (seen)
		return ERR_OK;
	seen = calloc(1, sizeof(*seen));
	if (!seen)
		return ERR_NOMEM;
	seen->url_hash = hash;
	HASH_ADD(hh, sources->seen, url_hash, sizeof(hash), seen);
	if (seen->hh.tbl)
		return ERR_OK;
	free(seen);
	return ERR_NOMEM;
}

enum err seed_sources_add(struct seed_sources *sources, const struct seed_source *source)
{
	bool is_new;
	enum err err = see(sources, source->url, &is_new);

	if (err || !is_new)
		return err;
	return buf_printf(&sources->list, "%d %d %.*s %.*s\n", source->level,
			  source->is_guess, (int)source->host.len,
			  source->host.len ? source->host.data : "", (int)source->url.len,
			  source->url.data);
}

/* Takes the next line off the list. ERR_NOT_FOUND: there is none. */
static enum err take(struct seed_sources *sources, struct seed_source *source)
{
	struct span rest = span_from(sources->list.data + sources->taken,
				     sources->list.len - sources->taken);
	struct span line;
	enum err err;

	if (!rest.len)
		return ERR_NOT_FOUND;
	line = span_cut(&rest, '\n');
	sources->taken += line.len + 1;
	err = buf_set(&sources->line, line);
	if (err)
		return err;
	rest = buf_span(&sources->line);
	source->level = span_cut(&rest, ' ').data[0] - '0';
	source->is_guess = span_cut(&rest, ' ').data[0] == '1';
	source->host = span_cut(&rest, ' ');
	source->url = rest;
	return ERR_OK;
}

/* ---- discovery ------------------------------------------------------------------------------ */

/* "example.org" means https, as browsers have it. */
static enum err origin_of(const char *where, struct buf *url, struct span *origin,
			  struct why *why)
{
	struct span input = span_of(where);
	struct buf with_scheme = BUF_INIT;
	struct url_parts parts;
	enum err err = ERR_OK;

	if (!strstr(where, "://")) {
		err = buf_printf(&with_scheme, "https://%s/", where);
		input = buf_span(&with_scheme);
	}
	if (!err)
		err = url_canonical(input, SPAN(""), url, why);
	if (!err)
		err = url_split(buf_span(url), &parts);
	if (!err)
		*origin = parts.origin;
	buf_release(&with_scheme);
	return err == ERR_TOO_LARGE ? ERR_INVALID : err;
}

static enum err add_named(struct seed_sources *sources, struct span named,
			  struct span origin, bool is_guess)
{
	struct buf url = BUF_INIT, base = BUF_INIT;
	struct why ignored;
	enum err err = buf_set(&base, origin);

	if (!err)
		err = buf_append_byte(&base, '/');
	if (!err)
		err = url_canonical(named, buf_span(&base), &url, &ignored);
	if (!err)
		err = seed_sources_add(sources,
				       &(struct seed_source){ .url = buf_span(&url),
							      .host = origin,
							      .is_guess = is_guess });
	buf_release(&url);
	buf_release(&base);
	/* A line of robots.txt that names nothing is its writer's business. */
	return err == ERR_INVALID || err == ERR_TOO_LARGE ? ERR_OK : err;
}

enum err seed_sources_discover(struct seed_sources *sources, const char *where,
			       struct why *why)
{
	struct buf url = BUF_INIT;
	struct span origin, named;
	enum err err = origin_of(where, &url, &origin, why);

	if (!err)
		err = open_fetch(sources, why);
	if (!err)
		err = source_fetch_named(&sources->fetch, origin, &named, why);
	if (!err && !named.len)
		err = add_named(sources, SPAN("/sitemap.xml"), origin, true);
	while (!err && named.len)
		err = add_named(sources, span_cut(&named, '\n'), origin, false);
	buf_release(&url);
	return err;
}

/* ---- reading -------------------------------------------------------------------------------- */

enum err seed_sources_next(struct seed_sources *sources, struct seed_source *source,
			   struct why *why)
{
	enum err err = interrupt_signal() ? ERR_NOT_FOUND : take(sources, source);

	if (!err)
		err = open_fetch(sources, why);
	if (!err)
		err = source_fetch_get(&sources->fetch, source->url, why);
	return err;
}

static bool is_host_of(struct span url, struct span host)
{
	struct url_parts parts;

	return url_split(url, &parts) == ERR_OK && span_equal(parts.host, host);
}

bool seed_sources_may_tell(const struct seed_sources *sources,
			   const struct seed_source *source, struct span url)
{
	struct url_parts parts;

	if (url_split(url, &parts))
		return false;
	return is_host_of(source->url, parts.host) ||
	       is_host_of(buf_span(&sources->fetch.url), parts.host) ||
	       is_host_of(source->host, parts.host);
}

static bool ends_with(struct span s, struct span end)
{
	return s.len >= end.len &&
	       span_equal_nocase(span_from(s.data + s.len - end.len, end.len), end);
}

bool seed_sources_looks_like_one(struct span url)
{
	static const char *const ends[] = { ".xml", ".rss", ".atom" };
	struct span path = span_from(url.data, span_find(url, '?'));

	path.len = span_find(path, '#');
	if (ends_with(path, SPAN(".gz")))
		path.len -= 3;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (ends_with(path, span_of(ends[i])))
			return true;
	return false;
}
