#include "store/base/url.h"
#include "tools/cdxj.h"
#include "tools/seed_line.h"

/* What an index of pages has use for: pages as they were, or were once more. */
static bool is_page(const struct cdxj *entry)
{
	struct span url = entry->url, path;

	if (span_equal(entry->mime, SPAN(CDXJ_REVISIT)))
		return !entry->status || entry->status == 200 || entry->status == 304;
	(void)span_cut(&url, '/');
	(void)span_cut(&url, '/');
	(void)span_cut(&url, '/');
	path = url;
	return (!entry->status || entry->status == 200) &&
	       span_starts_with(entry->url, SPAN("http")) &&
	       !span_equal(path, SPAN("robots.txt"));
}

static enum err set(struct seed *seed, const char *key, struct span value,
		    struct why *why)
{
	return value.len ? seed_set(seed, seed_key_find(span_of(key)), value, why)
			 : ERR_OK;
}

/* Its digest is SHA-1 of what was sent: only body_digest, which we write, can be compared
 * with what we get. A revisit tells of no content, so it says only that there is a page. */
enum err seed_line_cdxj(struct span line, struct seed *seed, json_t **root,
			struct why *why)
{
	struct cdxj entry;
	enum err err = cdxj_parse(line, &entry, root, why);

	if (err)
		return err;
	if (!is_page(&entry))
		return ERR_NOT_FOUND;
	err = set(seed, "url", entry.url, why);
	if (err || span_equal(entry.mime, SPAN(CDXJ_REVISIT)))
		return err;
	err = set(seed, "etag", entry.etag, why);
	if (!err)
		err = set(seed, "last_modified", entry.last_modified, why);
	seed->digest = entry.body_digest;
	seed->indexed_at_ms = entry.at_ms;
	return err;
}
