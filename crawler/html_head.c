/* What a page says about itself: robots, canonical address, language, links. */
#include "crawler/html_element.h"

#include <endian.h>
#include <stdlib.h>

#include "store/base/url.h"

#define LANGUAGE_MAX 35 /* RFC 5646 4.4.1 */
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
	if (value.len > LANGUAGE_MAX)
		return ERR_OK;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (!(c >= '0' && c <= '9') &&
		    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '-')
			return ERR_OK;
	}
	return buf_set(language, value);
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

static void note_meta(struct html_robots *robots, const char *const *attributes)
{
	struct span name, content;

	if (attribute_get(attributes, "name", &name) &&
	    attribute_get(attributes, "content", &content) &&
	    span_equal_nocase(span_trim(name), SPAN("robots")))
		html_robots_add(robots, content);
}

enum err html_note(struct html *html, enum element_role role,
		   const char *const *attributes)
{
	struct span rel;

	switch (role) {
	case ROLE_ROOT:
		return note_language(&html->language, attributes);
	case ROLE_META:
		note_meta(&html->robots, attributes);
		return ERR_OK;
	case ROLE_LINK:
		if (!attribute_get(attributes, "rel", &rel) ||
		    !has_word(rel, SPAN("canonical")))
			return ERR_OK;
		return note_address(&html->canonical, attributes);
	case ROLE_BASE:
		return note_address(&html->base, attributes);
	case ROLE_ANCHOR:
		return note_link(&html->links, attributes);
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
	html->link_digest = digest_of(span_from(hashes, n_distinct * HASH_SIZE));
}
