#include "crawler/header.h"

/* Most heads need no more, and nothing is copied while they grow. */
#define FIRST_BYTES 500
#define FIRST_LINES 15

static struct span strip_line_end(struct span line)
{
	if (line.len && line.data[line.len - 1] == '\n')
		line.len--;
	if (line.len && line.data[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool name_is_valid(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (c <= ' ' || c == 0x7f)
			return false;
	}
	return name.len > 0;
}

/* What would start a line of its own, or end a C string, must not get in. */
static bool value_is_valid(struct span value)
{
	return span_find(value, '\n') == value.len &&
	       span_find(value, '\r') == value.len && span_find(value, '\0') == value.len;
}

enum err header_append(struct buf *lines, struct span name, struct span value)
{
	enum err err = buf_reserve(lines, name.len + value.len + 3);

	char *at;

	if (err)
		return err;
	at = lines->data + lines->len;
	memcpy(at, name.data, name.len);
	at += name.len;
	*at++ = ':';
	*at++ = ' ';
	if (value.len)
		memcpy(at, value.data, value.len);
	at[value.len] = '\n';
	at[value.len + 1] = '\0';
	lines->len += name.len + value.len + 3;
	return ERR_OK;
}

static enum err add(struct header_list *list, struct span name, struct span value)
{
	struct header_mark mark = { (uint32_t)list->lines.len, (uint32_t)name.len };
	enum err err = ERR_OK;

	if (!list->marks.cap)
		err = buf_reserve(&list->marks, FIRST_LINES * sizeof(mark));
	if (!err && !list->lines.cap)
		err = buf_reserve(&list->lines, FIRST_BYTES);
	if (!err)
		err = buf_reserve(&list->marks, sizeof(mark));
	if (!err)
		err = header_append(&list->lines, name, value);
	if (!err)
		err = buf_append(&list->marks, &mark, sizeof(mark));
	return err;
}

enum err header_add_line(struct header_list *list, struct span line)
{
	struct span value = strip_line_end(line);
	size_t colon = span_find(value, ':');
	struct span name = { value.data, colon };
	enum err err;

	if (colon == value.len || !name_is_valid(name))
		return ERR_INVALID;
	value = span_trim(span_from(value.data + colon + 1, value.len - colon - 1));
	if (!value_is_valid(value))
		return ERR_INVALID;
	if (list->n_lines >= HEADER_MAX_LINES || line.len > HEADER_MAX_BYTES ||
	    list->lines.len + name.len + value.len + 3 > HEADER_MAX_BYTES)
		return ERR_TOO_LARGE;
	err = add(list, name, value);
	if (!err)
		list->n_lines++;
	return err;
}

void header_list_clear(struct header_list *list)
{
	buf_clear(&list->lines);
	buf_clear(&list->marks);
	list->n_lines = 0;
}

void header_list_release(struct header_list *list)
{
	buf_release(&list->lines);
	buf_release(&list->marks);
	list->n_lines = 0;
}

static struct header_mark mark_of(const struct header_list *list, size_t line)
{
	struct header_mark mark;

	memcpy(&mark, list->marks.data + line * sizeof(mark), sizeof(mark));
	return mark;
}

/* It ends before the line end of its line, wherever that is by now. */
static struct span value_of(const struct header_list *list, struct header_mark mark,
			    size_t line)
{
	size_t from = mark.at + mark.name_len + 1;
	size_t end =
		line + 1 < list->n_lines ? mark_of(list, line + 1).at : list->lines.len;

	return span_trim(span_from(list->lines.data + from, end - 1 - from));
}

bool header_next(const struct header_list *list, size_t *at, struct span *name,
		 struct span *value)
{
	struct header_mark mark;

	if (*at >= list->n_lines)
		return false;
	mark = mark_of(list, *at);
	*name = span_from(list->lines.data + mark.at, mark.name_len);
	*value = value_of(list, mark, (*at)++);
	return true;
}

bool header_get(const struct header_list *list, const char *name, size_t index,
		struct span *value)
{
	struct span wanted = span_of(name);

	for (size_t i = 0; i < list->n_lines; i++) {
		struct header_mark mark = mark_of(list, i);

		if (!span_equal_nocase(
			    span_from(list->lines.data + mark.at, mark.name_len),
			    wanted) ||
		    index--)
			continue;
		*value = value_of(list, mark, i);
		return true;
	}
	return false;
}

size_t header_count(const struct header_list *list, const char *name)
{
	struct span value;
	size_t n = 0;

	while (header_get(list, name, n, &value))
		n++;
	return n;
}
