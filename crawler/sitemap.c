/* sitemap.c - sitemaps and their indexes, as sitemaps.org has them. */
#include "crawler/source_reading.h"

/* <image:loc> and the like stand deeper; a namespace is often missing or wrong. */
static enum err end_child(struct source_reading *r, const struct xml_element *child,
			  struct span text)
{
	if (span_equal(child->name, SPAN("loc")))
		return source_take_url(r, text, 1);
	if (span_equal(child->name, SPAN("lastmod")))
		source_take_date(r, text);
	return ERR_OK;
}

const struct source_format *sitemap_format(struct span root)
{
	static const struct source_format formats[] = {
		{ "urlset", SOURCE_SITEMAP, "url", 2, NULL, end_child },
		{ "sitemapindex", SOURCE_INDEX, "sitemap", 2, NULL, end_child },
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (span_equal(root, span_of(formats[i].root)))
			return &formats[i];
	return NULL;
}

static bool is_http_url(struct span line)
{
	return span_starts_with(line, SPAN("http://")) ||
	       span_starts_with(line, SPAN("https://"));
}

enum err sitemap_read_text(struct span text, struct source_document *document,
			   bool *is_sitemap)
{
	enum err err = ERR_OK;
	unsigned line = 0;

	*is_sitemap = true;
	if (span_starts_with(text, SPAN("\xef\xbb\xbf")))
		text = span_from(text.data + 3, text.len - 3);
	while (!err && *is_sitemap && text.len) {
		struct span url = span_trim(span_cut(&text, '\n'));

		line++;
		if (url.len && !is_http_url(url))
			*is_sitemap = false;
		else if (url.len)
			err = source_add_entry(document, url, line, NULL);
	}
	*is_sitemap = *is_sitemap && document->n_entries;
	return err;
}
