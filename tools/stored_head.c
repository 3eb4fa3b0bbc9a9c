#include "tools/stored_head.h"

bool stored_head_next(struct span *rest, struct span *name, struct span *value)
{
	while (rest->len) {
		*value = span_cut(rest, '\n');
		*name = span_cut(value, ':');
		*value = span_trim(*value);
		if (name->len)
			return true;
	}
	return false;
}

static bool has_name(struct span lines, struct span wanted)
{
	struct span name, value;

	while (stored_head_next(&lines, &name, &value))
		if (span_equal_nocase(name, wanted))
			return true;
	return false;
}

static enum err append_line(struct buf *lines, struct span name, struct span value)
{
	enum err err = buf_append_span(lines, name);

	if (!err)
		err = buf_append_text(lines, ": ");
	if (!err)
		err = buf_append_span(lines, value);
	return err ? err : buf_append_byte(lines, '\n');
}

enum err stored_head_merge(struct span older, struct span newer, struct buf *lines)
{
	struct span rest = older, name, value;
	enum err err = ERR_OK;

	while (!err && stored_head_next(&rest, &name, &value))
		if (!has_name(newer, name))
			err = append_line(lines, name, value);
	rest = newer;
	while (!err && stored_head_next(&rest, &name, &value))
		err = append_line(lines, name, value);
	return err;
}

enum err stored_head_get(struct store *store, const struct page *page, struct buf *lines)
{
	struct buf whole = BUF_INIT, fresh = BUF_INIT;
	enum err err = store_get_head(store, page, &whole);

	buf_clear(lines);
	if (!err)
		err = store_get_headers(store, &page->key, 1, &fresh);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (!err)
		err = stored_head_merge(buf_span(&whole), buf_span(&fresh), lines);
	buf_release(&whole);
	buf_release(&fresh);
	return err;
}
