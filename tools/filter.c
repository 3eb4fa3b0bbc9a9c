#include "tools/filter.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/damage.h"

/* Scheme, a DNS name of at most 253 octets, port; with room to spare. */
#define HOST_NAME_SIZE 300

/* ---- naming a host ------------------------------------------------------------------- */

/* Does "host", "host:port" or "[v6]:port" name a port? */
static bool names_port(struct span authority)
{
	size_t bracket = span_find(authority, ']');

	if (bracket < authority.len)
		return bracket + 1 < authority.len;
	return span_find(authority, ':') < authority.len;
}

static bool has_scheme(struct span text)
{
	for (size_t i = 0; i + 3 <= text.len; i++)
		if (memcmp(text.data + i, "://", 3) == 0)
			return true;
	return false;
}

static enum err fill_host_filter(struct host_filter *filter, struct span text,
				 struct span url)
{
	struct url_parts parts;
	enum err err = url_split(url, &parts);

	if (err)
		return err;
	if (has_scheme(text))
		return buf_set(&filter->origin, parts.origin);
	filter->port = names_port(text) ? parts.port : 0;
	return buf_set(&filter->host, parts.host);
}

enum err host_filter_init(struct host_filter *filter, struct span text, struct why *why)
{
	struct buf input = BUF_INIT, url = BUF_INIT;
	enum err err = ERR_OK;

	*filter = (struct host_filter){ .port = 0 };
	text = span_trim(text);
	if (!has_scheme(text))
		err = buf_append_text(&input, "http://");
	if (!err)
		err = buf_append_span(&input, text);
	if (!err)
		err = url_canonical(buf_span(&input), SPAN(""), &url, why);
	if (!err)
		err = fill_host_filter(filter, text, buf_span(&url));
	if (err == ERR_NOMEM)
		why_set(why, err, "%s", err_text(err));
	if (err)
		host_filter_release(filter);
	buf_release(&input);
	buf_release(&url);
	return err;
}

void host_filter_release(struct host_filter *filter)
{
	buf_release(&filter->host);
	buf_release(&filter->origin);
}

bool host_filter_matches(const struct host_filter *filter, struct span name)
{
	char url[HOST_NAME_SIZE];
	struct url_parts parts;

	if (filter->origin.len)
		return span_equal(buf_span(&filter->origin), name);
	if (name.len + 2 > sizeof(url))
		return false;
	snprintf(url, sizeof(url), "%.*s/", (int)name.len, name.data);
	if (url_split(span_of(url), &parts))
		return false;
	return span_equal(buf_span(&filter->host), parts.host) &&
	       (!filter->port || filter->port == parts.port);
}

/* ---- walking ------------------------------------------------------------------------- */

bool filter_is_empty(const struct filter *filter)
{
	return !filter->by_state && !filter->host && !filter->tag.len;
}

struct filter_walk {
	struct store *store;
	const struct filter *filter;
	struct store_walk *pages, *hosts; /* hosts: only with a host filter */
	struct host host;
	struct damage damage;
};

enum err filter_walk_start(struct store *store, const struct filter *filter,
			   struct filter_walk **out)
{
	struct filter_walk *walk = calloc(1, sizeof(*walk));
	enum err err;

	if (!walk)
		return ERR_NOMEM;
	walk->store = store;
	walk->filter = filter;
	host_init(&walk->host);
	if (filter->host)
		err = store_walk_hosts(store, &walk->hosts);
	else
		err = store_walk_pages(store, NULL, &walk->pages);
	if (err)
		filter_walk_end(walk);
	else
		*out = walk;
	return err;
}

void filter_walk_end(struct filter_walk *walk)
{
	if (!walk)
		return;
	damage_end(&walk->damage);
	store_walk_end(walk->pages);
	store_walk_end(walk->hosts);
	host_release(&walk->host);
	free(walk);
}

/* Goes on to the pages of the next host that matches. */
static enum err next_host(struct filter_walk *walk)
{
	enum err err;

	do
		err = store_walk_host(walk->hosts, &walk->host);
	while (damage_of_host(&walk->damage, walk->hosts, &walk->host.key, err) ||
	       (!err &&
		!host_filter_matches(walk->filter->host, buf_span(&walk->host.name))));
	return err ? err : store_walk_pages(walk->store, &walk->host.key, &walk->pages);
}

static enum err next_page(struct filter_walk *walk, struct page *page)
{
	enum err err = ERR_NOT_FOUND;

	for (;;) {
		if (walk->pages)
			err = store_walk_page(walk->pages, page);
		if (err != ERR_NOT_FOUND || !walk->hosts)
			return err;
		store_walk_end(walk->pages);
		walk->pages = NULL;
		err = next_host(walk);
		if (err)
			return err;
	}
}

static bool matches(const struct filter *filter, const struct page *page)
{
	if (filter->by_state && !filter->states[page_state(page)])
		return false;
	return !filter->tag.len || page_has_tag(page, filter->tag);
}

enum err filter_walk_page(struct filter_walk *walk, struct page *page)
{
	enum err err;

	do
		err = next_page(walk, page);
	while (damage_of_page(&walk->damage, walk->pages, &page->key, err) ||
	       (!err && !matches(walk->filter, page)));
	return err;
}
