/* fuzz_response_head.c - a head line by line; what is kept of it reads the same again. */
#include "tests/fuzz/fuzz.h"

#include "crawler/response_head.h"

static void require_whole(const struct header_list *fields)
{
	struct header_list again = HEADER_LIST_INIT;
	struct span name, value;
	size_t at = 0, n = 0;

	while (header_next(fields, &at, &name, &value)) {
		struct span line = span_from(
			name.data, (size_t)(value.data + value.len - name.data));

		FUZZ_REQUIRE(name.len && span_find(value, '\n') == value.len &&
			     span_find(value, '\r') == value.len &&
			     span_find(value, '\0') == value.len);
		FUZZ_REQUIRE(!header_add_line(&again, line));
		n++;
	}
	FUZZ_REQUIRE(n == fields->n_lines);
	FUZZ_REQUIRE(span_equal(buf_span(&again.lines), buf_span(&fields->lines)));
	header_list_release(&again);
}

FUZZ_TARGET(response_head)
{
	struct header_list fields = HEADER_LIST_INIT;
	struct response_head head = { .status = 0 };
	enum head_error error = HEAD_OK;

	while (!error && input.len) {
		size_t len = span_find(input, '\n');

		len += len < input.len;
		error = response_head_add(&head, &fields, span_from(input.data, len));
		input.data += len;
		input.len -= len;
	}
	FUZZ_REQUIRE(error != HEAD_NOMEM);
	FUZZ_REQUIRE(fields.n_lines <= HEADER_MAX_LINES);
	require_whole(&fields);
	header_list_release(&fields);
}
