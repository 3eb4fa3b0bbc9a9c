#include "tools/escape.h"

#include "store/base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* As the replacers see it: a code point, or BAD. */
#define BAD (-1)

static int32_t next_point(struct span *rest)
{
	uint32_t point;

	return utf8_take(rest, &point) ? (int32_t)point : BAD;
}

/* What stands for one code point (BAD: a bad byte); NULL: itself. `room` may be used. */
typedef const char *replacer(int32_t point, char room[16]);

/* Copies `text`, code points changed by `replace`; unchanged runs in one piece. */
static enum err append_replaced(struct buf *out, struct span text, replacer *replace)
{
	struct span rest = text;
	const char *run = text.data;
	char room[16];
	enum err err = ERR_OK;

	while (!err && rest.len) {
		const char *at = rest.data, *instead = replace(next_point(&rest), room);

		if (!instead)
			continue;
		err = buf_append(out, run, (size_t)(at - run));
		if (!err)
			err = buf_append_text(out, instead);
		run = rest.data;
	}
	if (!err && rest.data != run)
		err = buf_append(out, run, (size_t)(rest.data - run));
	return err;
}

static bool is_control(int32_t point)
{
	return (point >= 0 && point < 0x20) || (point >= 0x7f && point < 0xa0);
}

static const char *unicode_escape(int32_t point, char room[16])
{
	static const char digits[] = "0123456789abcdef";

	room[0] = '\\';
	room[1] = 'u';
	for (int i = 0; i < 4; i++)
		room[2 + i] = digits[point >> (12 - 4 * i) & 15];
	room[6] = '\0';
	return room;
}

static const char *json_replace(int32_t point, char room[16])
{
	switch (point) {
	case BAD:
		return REPLACEMENT;
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	case '<':
	case 0x2028:
	case 0x2029:
		return unicode_escape(point, room);
	default:
		return is_control(point) ? unicode_escape(point, room) : NULL;
	}
}

static enum err append_quoted(struct buf *out, struct span text, replacer *replace)
{
	enum err err = buf_append_byte(out, '"');

	if (!err)
		err = append_replaced(out, text, replace);
	return err ? err : buf_append_byte(out, '"');
}

enum err escape_json_text(struct buf *out, struct span text)
{
	return append_quoted(out, text, json_replace);
}

static const char *html_json_replace(int32_t point, char room[16])
{
	bool is_markup = point == '<' || point == '>' || point == '&';

	return is_markup ? unicode_escape(point, room) : NULL;
}

enum err escape_json_in_html(struct buf *out, struct span json)
{
	return append_replaced(out, json, html_json_replace);
}

enum err escape_bytes(struct buf *out, struct span bytes)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.data[i];

		if (byte == '\\')
			err = buf_append_text(out, "\\\\");
		else if (byte < 0x20 || byte > 0x7e)
			err = buf_printf(out, "\\x%02x", byte);
		else
			err = buf_append_byte(out, (char)byte);
	}
	return err;
}

enum err escape_json_bytes(struct buf *out, struct span bytes)
{
	struct buf plain = BUF_INIT;
	enum err err = escape_bytes(&plain, bytes);

	if (!err)
		err = escape_json_text(out, buf_span(&plain));
	buf_release(&plain);
	return err;
}

static const char *csv_replace(int32_t point, char room[16])
{
	(void)room;
	if (point == '\r' || point == '\n')
		return " ";
	return point == '"' ? "\"\"" : NULL;
}

static bool needs_quotes(struct span cell)
{
	for (size_t i = 0; i < cell.len; i++) {
		if (strchr(",\"\r\n", cell.data[i]) && cell.data[i])
			return true;
	}
	return false;
}

enum err escape_csv(struct buf *out, struct span cell)
{
	bool guard = cell.len && cell.data[0] && strchr("=+-@\t\r", cell.data[0]);
	bool quoted = needs_quotes(cell);
	enum err err = ERR_OK;

	if (quoted)
		err = buf_append_byte(out, '"');
	if (!err && guard)
		err = buf_append_byte(out, '\'');
	if (!err)
		err = append_replaced(out, cell, csv_replace);
	if (!err && quoted)
		err = buf_append_byte(out, '"');
	return err;
}

static const char *line_replace(int32_t point, char room[16])
{
	(void)room;
	if (point == '\n' || point == '\r' || point == '\t')
		return " ";
	/* Marks that turn the direction of text make a line read as another one. */
	if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))
		return REPLACEMENT;
	return point == BAD || is_control(point) ? REPLACEMENT : NULL;
}

static const char *lines_replace(int32_t point, char room[16])
{
	return point == '\n' || point == '\t' ? NULL : line_replace(point, room);
}

enum err escape_terminal(struct buf *out, struct span text)
{
	return append_replaced(out, text, line_replace);
}

enum err escape_terminal_lines(struct buf *out, struct span text)
{
	return append_replaced(out, text, lines_replace);
}

static const char *html_replace(int32_t point, char room[16])
{
	switch (point) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\r':
		return "&#13;";
	default:
		return lines_replace(point, room);
	}
}

enum err escape_html(struct buf *out, struct span text)
{
	return append_replaced(out, text, html_replace);
}

static const char *roff_replace(int32_t point, char room[16])
{
	if (point == '\\')
		return "\\e";
	return point == '-' ? "\\-" : line_replace(point, room);
}

enum err escape_roff(struct buf *out, struct span text)
{
	enum err err = ERR_OK;

	if (text.len && (text.data[0] == '.' || text.data[0] == '\''))
		err = buf_append_text(out, "\\&");
	return err ? err : append_replaced(out, text, roff_replace);
}
