/* The head of a response, line by line: RFC 9112 4, 5.2, 6.3; RFC 9110 15.2. */
#include "tests/unit/unit.h"

#include "crawler/response_head.h"

/* The lines of `text` one by one, as they come off the wire; the first error. */
static enum head_error read_head(struct response_head *head, struct header_list *fields,
				 const char *text)
{
	while (*text) {
		const char *end = strchr(text, '\n');
		size_t len = end ? (size_t)(end + 1 - text) : strlen(text);
		enum head_error error =
			response_head_add(head, fields, span_from(text, len));

		if (error)
			return error;
		text += len;
	}
	return HEAD_OK;
}

static const struct {
	const char *line;
	int status, version; /* 0: refused */
} status_rows[] = {
	{ "HTTP/1.1 200 OK\r\n", 200, 11 },
	{ "HTTP/1.0 404 Not Found\r\n", 404, 10 },
	{ "HTTP/2 304 \r\n", 304, 20 },
	{ "HTTP/1.1 204\r\n", 204, 11 },
	{ "HTTP/1.1 999 Odd\r\n", 999, 11 },
	{ "HTTP/1.1 200 OK\n", 200, 11 },
	{ "HTTP/1.1 099 No\r\n", 0, 0 },
	{ "HTTP/1.1 20 OK\r\n", 0, 0 },
	{ "HTTP/1.1 2000 OK\r\n", 0, 0 },
	{ "HTTP/1.1  200 OK\r\n", 0, 0 },
	{ "HTTP/1.1\t200 OK\r\n", 0, 0 },
	{ "HTTP/1.1 2x0 OK\r\n", 0, 0 },
	{ "HTTP/1.1 +20 OK\r\n", 0, 0 },
	{ "HTTP/x.1 200 OK\r\n", 0, 0 },
	{ "HTTP/1. 200 OK\r\n", 0, 0 },
	{ "HTTP/1,1 200 OK\r\n", 0, 0 },
	{ "http/1.1 200 OK\r\n", 0, 0 },
	{ "ICY 200 OK\r\n", 0, 0 },
	{ "HTTP/ 200 OK\r\n", 0, 0 },
	{ "HTTP\r\n", 0, 0 },
	{ "\r\n", 0, 0 },
	{ "", 0, 0 },
};

static void a_status_line_has_three_digits(void **unused) /* REQ 32 */
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(status_rows); i++) {
		struct response_head head = { 0 };
		struct header_list fields = HEADER_LIST_INIT;
		enum head_error error =
			response_head_add(&head, &fields, span_of(status_rows[i].line));

		if (!error != (status_rows[i].status != 0) ||
		    (!error && (head.status != status_rows[i].status ||
				head.version != status_rows[i].version)))
			fail_msg("'%s': %d %d", status_rows[i].line, head.status,
				 head.version);
		header_list_release(&fields);
	}
}

static const struct {
	const char *why, *head, *fields; /* as header.h keeps them */
} field_rows[] = {
	{ "plain", "HTTP/1.1 200 OK\r\nA: b\r\nC:d\r\n\r\n", "A: b\nC: d\n" },
	{ "folded", "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\t d \r\n\r\n", "A: b c d\n" },
	{ "folded around nothing", "HTTP/1.1 200 OK\r\nA:\r\n b\r\n\r\n", "A: b\n" },
	{ "a fold of a line left out",
	  "HTTP/1.1 200 OK\r\nA: b\r\nno colon\r\n c\r\n\r\n", "A: b\n" },
	{ "a fold with a colon is no field", "HTTP/1.1 200 OK\r\nA: b\r\n E: f\r\n\r\n",
	  "A: b E: f\n" },
	{ "a fold of the status line", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n", "" },
	{ "space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\nC: d\r\n\r\n",
	  "C: d\n" },
	{ "interim", "HTTP/1.1 103 Hint\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nC: d\r\n\r\n",
	  "C: d\n" },
	{ "no fold into the interim",
	  "HTTP/1.1 103 H\r\nA: b\r\n\r\nHTTP/1.1 200 O\r\n c\r\n\r\n", "" },
	{ "trailers", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nE: f\r\n\r\n", "A: b\n" },
	{ "bare line feeds", "HTTP/1.1 200 OK\nA: b\n\n", "A: b\n" },
};

static void only_the_final_heads_fields_are_kept(void **unused) /* REQ 18 */
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(field_rows); i++) {
		struct response_head head = { 0 };
		struct header_list fields = HEADER_LIST_INIT;

		if (read_head(&head, &fields, field_rows[i].head) || !head.is_complete)
			fail_msg("%s: refused", field_rows[i].why);
		if (strcmp(buf_text(&fields.lines), field_rows[i].fields) != 0)
			fail_msg("%s: '%s'", field_rows[i].why, buf_text(&fields.lines));
		header_list_release(&fields);
	}
}

#define OK "HTTP/1.1 200 OK\r\n"
static const struct {
	const char *head;
	enum head_error error;
	bool mentions_body;
} length_rows[] = {
	{ OK "\r\n", HEAD_OK, false },
	{ OK "Content-Length: 5\r\n\r\n", HEAD_OK, false },
	{ OK "Content-Length: 5\r\ncontent-length: 5\r\n\r\n", HEAD_OK, false },
	{ OK "Content-Length: 5, 5\r\n\r\n", HEAD_OK, false },
	{ OK "Content-Length: 5, 6\r\n\r\n", HEAD_TWO_LENGTHS, false },
	{ OK "Content-Length: 5\r\nContent-Length: 05\r\n\r\n", HEAD_OK, false },
	{ OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", HEAD_TWO_LENGTHS, false },
	{ OK "Content-Length:\r\n\r\n", HEAD_BAD_LENGTH, false },
	{ OK "Content-Length: ,\r\n\r\n", HEAD_BAD_LENGTH, false },
	{ OK "Content-Length: 5 5\r\n\r\n", HEAD_BAD_LENGTH, false },
	{ OK "Content-Length: -1\r\n\r\n", HEAD_BAD_LENGTH, false },
	{ OK "Content-Length: 0x5\r\n\r\n", HEAD_BAD_LENGTH, false },
	{ OK "Content-Length: 9223372036854775808\r\n\r\n", HEAD_BAD_LENGTH, false },
	{ OK "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n", HEAD_OK, false },
	{ "HTTP/1.1 304 N\r\nContent-Length: x\r\n\r\n", HEAD_OK, true },
	{ "HTTP/1.1 304 N\r\nContent-Length: 0\r\n\r\n", HEAD_OK, false },
	{ "HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\n", HEAD_OK, true },
	{ "HTTP/1.1 304 N\r\nETag: \"a\"\r\n\r\n", HEAD_OK, false },
	{ "HTTP/1.1 204 N\r\nContent-Length: 3\r\n\r\n", HEAD_OK, true },
};

static void lengths_agree(void **unused) /* REQ 20, 32, 33 */
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(length_rows); i++) {
		struct response_head head = { 0 };
		struct header_list fields = HEADER_LIST_INIT;
		enum head_error error = read_head(&head, &fields, length_rows[i].head);

		if (error != length_rows[i].error ||
		    head.mentions_body != length_rows[i].mentions_body)
			fail_msg("'%s': %s", length_rows[i].head, head_error_text(error));
		header_list_release(&fields);
	}
}

static void a_head_has_a_limit_over_all_its_parts(void **unused) /* REQ 59 */
{
	struct response_head head = { 0 };
	struct header_list fields = HEADER_LIST_INIT;
	enum head_error error = HEAD_OK;
	int n = 0;

	(void)unused;
	while (!error && n < 100000) {
		error = read_head(&head, &fields, "HTTP/1.1 100 Continue\r\n\r\n");
		n++;
	}
	assert_int_equal(error, HEAD_TOO_LARGE);
	assert_int_equal(n, HEADER_MAX_BYTES / 25 + 1);
	header_list_release(&fields);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_line_has_three_digits),
		cmocka_unit_test(only_the_final_heads_fields_are_kept),
		cmocka_unit_test(lengths_agree),
		cmocka_unit_test(a_head_has_a_limit_over_all_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
