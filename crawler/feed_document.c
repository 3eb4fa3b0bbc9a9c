/* feed_document.c - RSS 2.0, RSS 1.0 (RDF) and Atom: an entry is a page that is new. */
#include "crawler/source_reading.h"

/* Ranks of links: an identifier that is a URL will do where there is no link. */
enum { LINK_GUID = 1, LINK_PAGE };

static bool is_date(struct span name)
{
	static const char *const names[] = { "pubDate",   "date",   "updated", "modified",
					     "published", "issued", "created" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (span_equal(name, span_of(names[i])))
			return true;
	return false;
}

/* RFC 4287 4.2.7: a link without rel is the page itself; RSS often holds Atom's links. */
static enum err take_link(struct source_reading *r, const struct xml_element *child)
{
	struct buf rel = BUF_INIT;
	bool found;
	int rank = LINK_PAGE;
	enum err err = xml_attribute(child, "rel", &rel, &found);

	if (!err && found && !span_equal(buf_span(&rel), SPAN("alternate")))
		rank = 0;
	if (!err && rank)
		err = xml_attribute(child, "href", &r->value, &found);
	if (!err && rank && found)
		err = source_take_url(r, buf_span(&r->value), rank);
	buf_release(&rel);
	return err;
}

static enum err start_child(struct source_reading *r, const struct xml_element *child)
{
	enum err err = ERR_OK;
	bool found;

	if (span_equal(child->name, SPAN("link")))
		return take_link(r, child);
	buf_clear(&r->value);
	if (span_equal(child->name, SPAN("guid")))
		err = xml_attribute(child, "isPermaLink", &r->value, &found);
	return err;
}

static bool looks_like_url(struct span text)
{
	return span_starts_with(text, SPAN("http://")) ||
	       span_starts_with(text, SPAN("https://"));
}

static enum err end_child(struct source_reading *r, const struct xml_element *child,
			  struct span text)
{
	if (span_equal(child->name, SPAN("link")) && text.len)
		return source_take_url(r, text, LINK_PAGE);
	if (span_equal(child->name, SPAN("guid")) && looks_like_url(text) &&
	    !span_equal_nocase(buf_span(&r->value), SPAN("false")))
		return source_take_url(r, text, LINK_GUID);
	if (is_date(child->name))
		source_take_date(r, text);
	return ERR_OK;
}

const struct source_format *feed_format(struct span root)
{
	static const struct source_format formats[] = {
		{ "rss", SOURCE_FEED, "item", 3, start_child, end_child },
		{ "RDF", SOURCE_FEED, "item", 2, start_child, end_child },
		{ "feed", SOURCE_FEED, "entry", 2, start_child, end_child },
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (span_equal(root, span_of(formats[i].root)))
			return &formats[i];
	return NULL;
}
