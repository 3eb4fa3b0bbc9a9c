/* store_verify_beside.c - what is kept beside a page under its key. */
#include "store/verify.h"

#include <inttypes.h>

typedef bool check_value(struct verify *v, struct span value);

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
	rocksdb_iterator_t *it = store_iterator(v->store, family);
	enum err err = ERR_OK, end;

	for (rocksdb_iter_seek_to_first(it); !err && rocksdb_iter_valid(it);
	     rocksdb_iter_next(it)) {
		bool found = false;
		struct span at, value;

		store_walked(v->store);
		at.data = rocksdb_iter_key(it, &at.len);
		value.data = rocksdb_iter_value(it, &value.len);
		if (at.len >= PAGE_KEY_SIZE)
			err = verify_read(v, FAMILY_PAGE,
					  span_from(at.data, PAGE_KEY_SIZE), &found);
		if (!err && !found)
			report(v, what, at, "there is no such page");
		else if (!err && !is_sound(v, value))
			report(v, what, at, err_text(ERR_CORRUPT));
	}
	end = verify_end(v, it, what);
	return err ? err : end;
}

static bool is_history(struct verify *v, struct span value)
{
	struct visit visit;
	struct span one;

	(void)v;
	while (history_next(&value, &one))
		if (visit_decode(one, &visit))
			return false;
	return !value.len;
}

/* Bytes as they came from the web. */
static bool is_anything(struct verify *v, struct span value)
{
	(void)v, (void)value;
	return true;
}

enum err verify_histories(struct verify *v)
{
	return check_beside(v, FAMILY_HISTORY, "history", is_history);
}

enum err verify_headers(struct verify *v)
{
	return check_beside(v, FAMILY_HEADERS, "headers", is_anything);
}
