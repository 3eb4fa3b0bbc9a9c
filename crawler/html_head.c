/* What a page says about itself: robots, canonical address, language, links. */
#include "crawler/html_element.h"

#include <endian.h>
#include <stdlib.h>

#include "store/page.h"

#define HASH_SIZE sizeof(uint64_t)

void html_robots_add(struct html_robots *robots, struct span directives)
{
	while (directives.len) {
		struct span one = span_trim(span_cut(&directives, ','));
		bool none = span_equal_nocase(one, SPAN("none"));

		robots->noindex |= none || span_equal_nocase(one, SPAN("noindex"));
		robots->nofollow |= none || span_equal_nocase(one, SPAN("nofollow"));
		robots->noarchive |= span_equal_nocase(one, SPAN("noarchive"));
	}
}

/* Does a list of words parted by white space hold `word`? */
static bool has_word(struct span list, struct span word)
{
	while ((list = span_trim(list)).len) {
		size_t n = 0;

		while (n < list.len && (unsigned char)list.data[n] > ' ')
			n++;
		if (span_equal_nocase(span_from(list.data, n), word))
			return true;
		list = span_from(list.data + n, list.len - n);
	}
	return false;
}

/* The first one said is kept; one that is too long to be an address is none. */
static enum err note_address(struct buf *address, const char *const *attributes)
{
	struct span href;

	if (address->len || !attribute_get(attributes, "href", &href))
		return ERR_OK;
	href = span_trim(href);
	return href.len > URL_MAX ? ERR_OK : buf_set(address, href);
}

static enum err note_language(struct buf *language, const char *const *attributes)
{
	struct span value;

	if (language->len || (!attribute_get(attributes, "lang", &value) &&
			      !attribute_get(attributes, "xml:lang", &value)))
		return ERR_OK;
	value = span_trim(value);
	if (value.len > PAGE_LANGUAGE_MAX)
		return ERR_OK;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (!(c >= '0' && c <= '9') &&
		    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '-')
			return ERR_OK;
	}
	return buf_set(language, value);
}

/* Something like "15.18"? */
static bool has_version(struct span text)
{
	for (size_t i = 1; i + 1 < text.len; i++)
		if (text.data[i] == '.' && text.data[i - 1] >= '0' &&
		    text.data[i - 1] <= '9' && text.data[i + 1] >= '0' &&
		    text.data[i + 1] <= '9')
			return true;
	return false;
}

static enum err note_mark(struct buf *marks, const char *const *attributes,
			  const char *name)
{
	struct text_writer writer = { marks, TEXT_BLOCK };
	struct span value;

	if (!attribute_get(attributes, name, &value) || !has_version(value) ||
	    marks->len + value.len >= HTML_MARKS_MAX)
		return ERR_OK;
	return text_add(&writer, value);
}

static enum err note_link(struct buf *links, const char *const *attributes)
{
	struct span href;
	uint64_t hash;

	if (!attribute_get(attributes, "href", &href))
		return ERR_OK;
	href = span_trim(href);
	href.len = span_find(href, '#');
	if (!href.len)
		return ERR_OK;
	hash = htobe64(hash64(href)); /* the digest is stored: one order everywhere */
	return buf_append(links, &hash, sizeof(hash));
}

static enum err note_meta(struct html *html, const char *const *attributes)
{
	struct span name, content;

	if (!attribute_get(attributes, "name", &name) ||
	    !attribute_get(attributes, "content", &content))
		return ERR_OK;
	name = span_trim(name);
	if (span_equal_nocase(name, SPAN("robots")))
		html_robots_add(&html->robots, content);
	return span_equal_nocase(name, SPAN("generator"))
		       ? note_mark(&html->marks, attributes, "content")
		       : ERR_OK;
}

static enum err note_relation(struct html *html, const char *const *attributes)
{
	struct span rel;

	if (attribute_get(attributes, "rel", &rel) && has_word(rel, SPAN("canonical")))
		return note_address(&html->canonical, attributes);
	return note_mark(&html->marks, attributes, "title");
}

static enum err note_anchor(struct html *html, const char *const *attributes)
{
	enum err err = note_link(&html->links, attributes);

	return err ? err : note_mark(&html->marks, attributes, "title");
}

enum err html_note(struct html *html, enum element_role role,
		   const char *const *attributes)
{
	switch (role) {
	case ROLE_ROOT:
		return note_language(&html->language, attributes);
	case ROLE_META:
		return note_meta(html, attributes);
	case ROLE_LINK:
		return note_relation(html, attributes);
	case ROLE_BASE:
		return note_address(&html->base, attributes);
	case ROLE_ANCHOR:
		return note_anchor(html, attributes);
	default:
		return ERR_OK;
	}
}

static int compare_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

void html_finish_links(struct html *html)
{
	char *hashes = html->links.data;
	size_t n_distinct = 0;

	if (!html->links.len)
		return;
	qsort(hashes, html->links.len / HASH_SIZE, HASH_SIZE, compare_hash);
	for (size_t i = 0; i < html->links.len; i += HASH_SIZE) {
		char *end = hashes + n_distinct * HASH_SIZE;

		if (n_distinct && memcmp(end - HASH_SIZE, hashes + i, HASH_SIZE) == 0)
			continue;
		memmove(end, hashes + i, HASH_SIZE);
		n_distinct++;
	}
	html->n_links = (uint32_t)n_distinct;
	html->link_digest = digest_short_of(span_from(hashes, n_distinct * HASH_SIZE));
}
