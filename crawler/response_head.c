#include "crawler/response_head.h"

#include "crawler/field.h"

const char *head_error_text(enum head_error error)
{
	static const char *const texts[] = {
		[HEAD_OK] = "ok",
		[HEAD_NOMEM] = "out of memory",
		[HEAD_TOO_LARGE] = "response head over 64 KiB or 256 lines",
		[HEAD_BAD_STATUS] = "bad status line",
		[HEAD_BAD_LENGTH] = "bad Content-Length",
		[HEAD_TWO_LENGTHS] = "conflicting Content-Length",
		[HEAD_BAD_FRAMING] = "framing that cannot be trusted",
	};

	return texts[error];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* HTTP-version SP 3DIGIT [SP reason]: RFC 9112 4. HTTP/2 has no minor version. */
static bool parse_status(struct span line, struct response_head *head)
{
	struct span rest = span_trim(line);
	struct span version = span_cut(&rest, ' '), code = span_cut(&rest, ' ');

	if (!span_starts_with(version, SPAN("HTTP/")) || code.len != 3)
		return false;
	for (size_t i = 0; i < code.len; i++) {
		if (!is_digit(code.data[i]))
			return false;
	}
	version = span_from(version.data + 5, version.len - 5);
	if (!(version.len == 1 || (version.len == 3 && version.data[1] == '.' &&
				   is_digit(version.data[2]))) ||
	    !is_digit(version.data[0]))
		return false;
	head->version = (version.data[0] - '0') * 10;
	if (version.len == 3)
		head->version += version.data[2] - '0';
	head->status = (code.data[0] - '0') * 100 + (code.data[1] - '0') * 10 +
		       (code.data[2] - '0');
	return head->status >= 100;
}

/* A folded line continues the one before it: RFC 9112 5.2 wants a space instead. */
static enum err unfold(struct header_list *fields, struct span line)
{
	struct span more = span_trim(line);
	enum err err = buf_reserve(&fields->lines, more.len + 2);

	if (err)
		return err;
	/* what header.h would not take in a value ends the line here */
	for (size_t i = 0; i < more.len; i++) {
		if (more.data[i] == '\0' || more.data[i] == '\r')
			more.len = i;
	}
	more = span_trim(more);
	if (!more.len)
		return ERR_OK;
	/* "Name: " has its space already */
	if (fields->lines.data[fields->lines.len - 2] == ' ')
		fields->lines.len--;
	else
		fields->lines.data[fields->lines.len - 1] = ' ';
	err = buf_append_span(&fields->lines, more);
	return err ? err : buf_append_byte(&fields->lines, '\n');
}

/* Is it Content-Length or Transfer-Encoding, with blanks before the colon if need be? */
static bool is_framing(struct span line)
{
	struct span name = span_trim(span_cut(&line, ':'));

	return span_equal_nocase(name, SPAN("Content-Length")) ||
	       span_equal_nocase(name, SPAN("Transfer-Encoding"));
}

static struct span last_line(const struct header_list *fields)
{
	struct span lines = { fields->lines.data, fields->lines.len - 1 };
	size_t from = lines.len;

	while (from && lines.data[from - 1] != '\n')
		from--;
	return span_from(lines.data + from, lines.len - from);
}

/* libcurl reads the framing from plain lines alone. Where one is folded, or has a blank
 * before its colon (RFC 9112 5.1, 5.2), it and we could disagree on what the body is. */
static bool hides_framing(const struct response_head *head,
			  const struct header_list *fields, struct span line, bool folded)
{
	size_t colon = span_find(line, ':');

	if (folded)
		return head->last_kept && is_framing(last_line(fields));
	return colon && colon < line.len && strchr(" \t", line.data[colon - 1]) &&
	       is_framing(line);
}

static enum head_error add_field(struct response_head *head, struct header_list *fields,
				 struct span line)
{
	bool folded = line.data[0] == ' ' || line.data[0] == '\t';
	enum err err;

	if (hides_framing(head, fields, line, folded))
		return HEAD_BAD_FRAMING;
	if (folded) {
		err = head->last_kept ? unfold(fields, line) : ERR_OK;
	} else {
		err = header_add_line(fields, line);
		head->last_kept = !err;
	}
	/* A line that is no field is left out; it spoils no other. */
	if (err == ERR_INVALID)
		err = ERR_OK;
	if (err)
		return err == ERR_NOMEM ? HEAD_NOMEM : HEAD_TOO_LARGE;
	return HEAD_OK;
}

/* Without a body, fields that describe one tell of the page, not of this message. */
static bool mentions_body(const struct header_list *fields)
{
	struct span value;

	if (header_get(fields, "Content-Length", 0, &value))
		return !span_equal(value, SPAN("0"));
	return header_get(fields, "Transfer-Encoding", 0, &value);
}

/* RFC 9112 6.3: lengths must agree, whether they stand in one line or in many. A
 * Transfer-Encoding overrides them all (REQ 33). */
static enum head_error check_lengths(const struct header_list *fields)
{
	struct span line, element;
	int64_t first = -1, length;

	if (header_get(fields, "Transfer-Encoding", 0, &line))
		return HEAD_OK;
	for (size_t i = 0; header_get(fields, "Content-Length", i, &line); i++) {
		bool any = false;

		while (field_list_next(&line, &element)) {
			any = true;
			if (!field_parse_number(element, &length) || length == INT64_MAX)
				return HEAD_BAD_LENGTH;
			if (first >= 0 && length != first)
				return HEAD_TWO_LENGTHS;
			first = length;
		}
		if (!any)
			return HEAD_BAD_LENGTH;
	}
	return HEAD_OK;
}

/* We ask for no transfer coding (no TE), so only chunked may be applied, and once. libcurl
 * passes over the others: their bytes would be taken for the page's. */
static enum head_error check_codings(const struct header_list *fields)
{
	struct span line, coding;
	bool chunked = false;

	for (size_t i = 0; header_get(fields, "Transfer-Encoding", i, &line); i++) {
		while (field_list_next(&line, &coding)) {
			if (span_equal_nocase(coding, SPAN("identity")) && !chunked)
				continue;
			if (chunked || !span_equal_nocase(coding, SPAN("chunked")))
				return HEAD_BAD_FRAMING;
			chunked = true;
		}
	}
	return HEAD_OK;
}

static enum head_error end_head(struct response_head *head, struct header_list *fields)
{
	enum head_error error;

	head->in_fields = false;
	head->last_kept = false;
	if (head->status < 200) {
		header_list_clear(fields);
		return HEAD_OK;
	}
	head->is_complete = true;
	if (head->status == 204 || head->status == 304) { /* REQ 20 */
		head->mentions_body = mentions_body(fields);
		return HEAD_OK;
	}
	error = check_lengths(fields);
	return error ? error : check_codings(fields);
}

enum head_error response_head_add(struct response_head *head, struct header_list *fields,
				  struct span line)
{
	bool is_end = span_trim(line).len == 0 && line.len <= 2;

	head->n_bytes += line.len;
	if (head->in_fields || head->is_complete)
		head->n_lines += !is_end;
	if (head->n_bytes > HEADER_MAX_BYTES || head->n_lines > HEADER_MAX_LINES)
		return HEAD_TOO_LARGE;
	if (head->is_complete) /* a trailer */
		return HEAD_OK;
	if (!head->in_fields) {
		head->in_fields = true;
		return parse_status(line, head) ? HEAD_OK : HEAD_BAD_STATUS;
	}
	if (is_end)
		return end_head(head, fields);
	return add_field(head, fields, line);
}
