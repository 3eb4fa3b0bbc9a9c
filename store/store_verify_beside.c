/* store_verify_beside.c - what is kept beside a page under its key. */
#include "store/verify.h"

#include <inttypes.h>

#include "store/sketch.h"

/* What is kept in one family: what is wrong with a value, and how it is mended. */
struct beside {
	enum family family;
	const char *what;
	enum err (*check)(struct span key, struct span value);
	enum err (*mend)(struct verify *v, struct span key, struct span value);
};

static void report(struct verify *v, const char *what, struct span at,
		   const char *difference)
{
	struct page_key key = { .url_hash = 0 };

	if (at.len >= PAGE_KEY_SIZE)
		page_key_decode((const uint8_t *)at.data, &key);
	verify_differ(v, "%s of page %02x%016" PRIx64 "%016" PRIx64 ": %s", what,
		      key.host.partition, key.host.host_id, key.url_hash, difference);
}

static enum err bad_value(struct verify *v, const struct beside *b, struct span at,
			  struct span value, enum err why)
{
	report(v, b->what, at, err_text(why));
	if (why == ERR_NEWER && !v->unfit)
		v->unfit = why;
	return why == ERR_CORRUPT && v->mends ? b->mend(v, at, value) : ERR_OK;
}

/* The pages, walked in step with what lies beside them: a look-up costs more than a step. */
struct pages {
	struct store_walk *walk;
	struct span key; /* of the page that it stands at, if !err */
	enum err err;    /* ERR_NOT_FOUND: past the last one */
};

static void next_page(struct pages *pages)
{
	struct span value;

	pages->err = store_walk_next(pages->walk, &pages->key, &value);
}

static int compare_to_page(const struct pages *pages, struct span at)
{
	size_t len = pages->key.len < PAGE_KEY_SIZE ? pages->key.len : PAGE_KEY_SIZE;
	int order = memcmp(pages->key.data, at.data, len);

	return order || len == PAGE_KEY_SIZE ? order : -1;
}

/* Where pages cannot be read each may be there. */
static enum err find_page(struct pages *pages, struct span at, bool *found)
{
	int order = 1;

	*found = false;
	if (at.len < PAGE_KEY_SIZE)
		return ERR_OK;
	while (!pages->err && (order = compare_to_page(pages, at)) < 0)
		next_page(pages);
	*found = (!pages->err && !order) || store_walk_is_broken(pages->walk);
	return pages->err == ERR_NOT_FOUND || *found ? ERR_OK : pages->err;
}

static enum err check_one(struct verify *v, const struct beside *b, struct pages *pages,
			  struct span at, struct span value)
{
	bool found;
	enum err err = find_page(pages, at, &found), wrong;

	if (err)
		return err;
	if (!found) {
		report(v, b->what, at, "there is no such page");
		return mend_drop(v, b->family, at);
	}
	wrong = b->check(at, value);
	return wrong ? bad_value(v, b, at, value, wrong) : ERR_OK;
}

/* It must not outlive its page, and be readable. */
static enum err check_beside(struct verify *v, const struct beside *b)
{
	struct pages pages = { .walk = NULL };
	struct store_walk *walk = NULL;
	struct span at, value;
	enum err err = store_walk_pages(v->store, NULL, &pages.walk);

	if (!err)
		err = store_walk_new(v->store, b->family, SPAN(""), SPAN(""), &walk);
	if (!err)
		next_page(&pages);
	while (!err && !(err = verify_next(v, walk, b->what, &at, &value)))
		err = check_one(v, b, &pages, at, value);
	store_walk_end(walk);
	store_walk_end(pages.walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- history ----------------------------------------------------------------------------- */

static enum err check_history(struct span key, struct span value)
{
	struct visit visit;
	struct span one;
	enum err err = ERR_OK;

	(void)key;
	while (!err && history_next(&value, &one))
		err = visit_decode(one, &visit);
	return !err && value.len ? ERR_CORRUPT : err;
}

/* The visits that can be read stay. */
static enum err mend_history(struct verify *v, struct span key, struct span value)
{
	struct visit visit;
	struct span one;
	enum err err = ERR_OK;

	buf_clear(&v->text);
	while (!err && history_next(&value, &one)) {
		if (visit_decode(one, &visit) == ERR_CORRUPT)
			continue;
		err = varint_append(&v->text, one.len);
		if (!err)
			err = buf_append_span(&v->text, one);
	}
	if (!err && !v->text.len)
		return mend_drop(v, FAMILY_HISTORY, key);
	if (!err)
		err = store_put(v->store, FAMILY_HISTORY, key, buf_span(&v->text), false);
	return err ? err : mend_flush(v, false);
}

enum err verify_histories(struct verify *v)
{
	static const struct beside histories = { FAMILY_HISTORY, "history", check_history,
						 mend_history };

	return check_beside(v, &histories);
}

/* ---- headers ----------------------------------------------------------------------------- */

/* Fields are bytes as they came from the web; a sketch has a form. */
static enum err check_part(struct span key, struct span value)
{
	return key.len <= PAGE_KEY_SIZE || key.data[PAGE_KEY_SIZE] != HEADERS_SKETCH ||
			       sketch_is_sound(value)
		       ? ERR_OK
		       : ERR_CORRUPT;
}

static enum err drop_part(struct verify *v, struct span key, struct span value)
{
	(void)value;
	return mend_drop(v, FAMILY_HEADERS, key);
}

enum err verify_headers(struct verify *v)
{
	static const struct beside headers = { FAMILY_HEADERS, "headers", check_part,
					       drop_part };

	return check_beside(v, &headers);
}
