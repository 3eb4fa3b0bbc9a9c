/* store_verify_beside.c - what is kept beside a page under its key. */
#include "store/verify.h"

#include <inttypes.h>

#include "store/sketch.h"

typedef bool check_value(struct span key, struct span value);

static void report(struct verify *v, const char *what, struct span at,
		   const char *difference)
{
	struct page_key key = { .url_hash = 0 };

	if (at.len >= PAGE_KEY_SIZE)
		page_key_decode((const uint8_t *)at.data, &key);
	verify_differ(v, "%s of page %02x%016" PRIx64 "%016" PRIx64 ": %s", what,
		      key.host.partition, key.host.host_id, key.url_hash, difference);
}

/* It must not outlive its page, and be readable. */
static enum err check_beside(struct verify *v, enum family family, const char *what,
			     check_value *is_sound)
{
	struct store_walk *walk = NULL;
	struct span at, value;
	enum err err = store_walk_new(v->store, family, SPAN(""), SPAN(""), &walk);

	while (!err && !(err = verify_next(v, walk, what, &at, &value))) {
		bool found = false;

		if (at.len >= PAGE_KEY_SIZE)
			err = verify_read(v, FAMILY_PAGE,
					  span_from(at.data, PAGE_KEY_SIZE), &found);
		if (!err && !found)
			report(v, what, at, "there is no such page");
		else if (!err && !is_sound(at, value))
			report(v, what, at, err_text(ERR_CORRUPT));
		else
			continue;
		if (!err)
			err = mend_drop(v, family, at);
	}
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool is_history(struct span key, struct span value)
{
	struct visit visit;
	struct span one;

	(void)key;
	while (history_next(&value, &one))
		if (visit_decode(one, &visit))
			return false;
	return !value.len;
}

/* Fields are bytes as they came from the web; a sketch has a form. */
static bool is_part(struct span key, struct span value)
{
	return key.len <= PAGE_KEY_SIZE || key.data[PAGE_KEY_SIZE] != HEADERS_SKETCH ||
	       sketch_is_sound(value);
}

enum err verify_histories(struct verify *v)
{
	return check_beside(v, FAMILY_HISTORY, "history", is_history);
}

enum err verify_headers(struct verify *v)
{
	return check_beside(v, FAMILY_HEADERS, "headers", is_part);
}
