/* headers.h - header lists for tests, from text. */
#ifndef TESTS_UNIT_HEADERS_H
#define TESTS_UNIT_HEADERS_H

#include "crawler/header.h"

/* "Name: value\n" lines to a list; the caller releases it. */
static inline struct header_list headers_of(const char *text)
{
	struct header_list list = HEADER_LIST_INIT;
	struct span rest = span_of(text);

	while (rest.len)
		assert_int_equal(header_add_line(&list, span_cut(&rest, '\n')), ERR_OK);
	return list;
}

#endif
