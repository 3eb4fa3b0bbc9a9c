#include "tools/warc_index.h"

#include <stdlib.h>

#include "tools/out_file.h"

static int compare_lines(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

enum err warc_index_sort(struct buf *lines)
{
	struct span rest = buf_span(lines), *array;
	struct buf sorted = BUF_INIT;
	size_t n = 0;
	enum err err = buf_reserve(&sorted, lines->len);

	for (size_t i = 0; i < lines->len; i++)
		n += lines->data[i] == '\n';
	array = calloc(n + 1, sizeof(*array));
	if (!array)
		err = ERR_NOMEM;
	for (size_t i = 0; !err && i < n; i++)
		array[i] = span_cut(&rest, '\n');
	if (!err)
		qsort(array, n, sizeof(*array), compare_lines);
	for (size_t i = 0; !err && i < n; i++) {
		err = buf_append_span(&sorted, array[i]);
		if (!err)
			err = buf_append_byte(&sorted, '\n');
	}
	free(array);
	if (!err) {
		buf_release(lines);
		*lines = buf_take(&sorted);
	}
	buf_release(&sorted);
	return err;
}

/* The name of the index: that of the WARC file with another ending. */
static enum err make_path(const char *warc, struct buf *name)
{
	static const struct span endings[] = { { ".gz", 3 }, { ".warc", 5 } };
	struct span stem = span_of(warc);

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t len = endings[i].len;

		if (stem.len > len &&
		    span_equal(span_from(stem.data + stem.len - len, len), endings[i]))
			stem.len -= len;
	}
	return buf_printf(name, "%.*s.cdxj", (int)stem.len, stem.data);
}

enum err warc_index_write(struct buf *lines, const char *path, struct why *why)
{
	struct out_file file = { .stream = NULL };
	struct buf index_path = BUF_INIT;
	enum err err = warc_index_sort(lines);

	if (!err)
		err = make_path(path, &index_path);
	if (!err)
		err = out_file_open(&file, buf_text(&index_path), why);
	/* What does not go in is noticed by the commit. */
	if (!err)
		(void)!fwrite(buf_text(lines), 1, lines->len, file.stream);
	if (!err)
		err = out_file_commit(&file, why);
	out_file_release(&file);
	buf_release(&index_path);
	return err;
}
