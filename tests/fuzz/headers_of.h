/* headers_of.h - a header list made of an input's lines, for the targets that read one. */
#ifndef TESTS_FUZZ_HEADERS_OF_H
#define TESTS_FUZZ_HEADERS_OF_H

#include "crawler/header.h"
#include "tests/fuzz/fuzz.h"

/* Takes lines off `input` up to an empty one; those that are no fields are left out. */
static inline struct header_list fuzz_headers_of(struct span *input)
{
	struct header_list list = HEADER_LIST_INIT;

	while (input->len) {
		struct span line = span_cut(input, '\n');
		enum err err;

		if (!span_trim(line).len)
			break;
		err = header_add_line(&list, line);
		FUZZ_REQUIRE(!err || err == ERR_INVALID || err == ERR_TOO_LARGE);
	}
	FUZZ_REQUIRE(list.n_lines <= HEADER_MAX_LINES);
	FUZZ_REQUIRE(list.lines.len <= HEADER_MAX_BYTES);
	return list;
}

#endif
