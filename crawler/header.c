#include "crawler/header.h"

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

	if (!err)
		err = buf_append_span(lines, name);
	if (!err)
		err = buf_append(lines, ": ", 2);
	if (!err)
		err = buf_append_span(lines, value);
	return err ? err : buf_append_byte(lines, '\n');
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
	err = header_append(&list->lines, name, value);
	if (!err)
		list->n_lines++;
	return err;
}

void header_list_clear(struct header_list *list)
{
	buf_clear(&list->lines);
	list->n_lines = 0;
}

void header_list_release(struct header_list *list)
{
	buf_release(&list->lines);
	list->n_lines = 0;
}

bool header_next(const struct header_list *list, size_t *at, struct span *name,
		 struct span *value)
{
	struct span rest = buf_span(&list->lines);
	struct span line;

	if (*at >= rest.len)
		return false;
	rest = span_from(rest.data + *at, rest.len - *at);
	line = span_cut(&rest, '\n');
	*at = list->lines.len - rest.len;
	*name = span_cut(&line, ':');
	*value = span_trim(line);
	return true;
}

bool header_get(const struct header_list *list, const char *name, size_t index,
		struct span *value)
{
	struct span wanted = span_of(name), rest = buf_span(&list->lines);

	while (rest.len) {
		struct span line = span_cut(&rest, '\n');

		/* A name has no colon in it, so this one ends the name. */
		if (line.len <= wanted.len || line.data[wanted.len] != ':' ||
		    !span_equal_nocase(span_from(line.data, wanted.len), wanted))
			continue;
		if (index-- == 0) {
			*value = span_trim(span_from(line.data + wanted.len + 1,
						     line.len - wanted.len - 1));
			return true;
		}
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
