/* fuzz_warc_reader.c - a WARC file, gzip or plain, damaged or not: records and HTTP. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_file.h"
#include "tools/warc_http.h"

#define BODY_MAX 100000

FUZZ_TARGET(warc_reader)
{
	int fd = fuzz_memory_file(input);
	struct warc_reader *reader = NULL;
	struct warc_head head = { .type = WARC_OTHER };
	struct warc_http http = { .status = 0 };
	struct why why = { "" };
	uint64_t offset = 0, end;
	size_t n = 0;
	enum err err;

	FUZZ_REQUIRE(!warc_reader_open_fd(fd, "input", &reader, &why));
	do {
		err = warc_reader_next(reader, &head, &why);
		if (!err) {
			FUZZ_REQUIRE(head.offset >= offset && head.offset < input.len);
			offset = head.offset;
			err = warc_http_read(reader, BODY_MAX, &http, &why);
			FUZZ_REQUIRE(err || http.status >= 200);
			FUZZ_REQUIRE(err || http.too_large == (http.body.len > BODY_MAX));
			if (!err)
				err = warc_reader_finish(reader, &end, &why);
			FUZZ_REQUIRE(err || (end > offset && end <= input.len) ||
				     end == offset); /* more of its member follows */
		}
		FUZZ_REQUIRE(!err || err == ERR_NOT_FOUND || why.text[0]);
		FUZZ_REQUIRE(n++ <= input.len * 1100 + 2); /* gzip at its densest */
	} while (!err || err == ERR_INVALID);
	FUZZ_REQUIRE(err == ERR_NOT_FOUND);
	warc_reader_close(reader);
	warc_http_release(&http);
	header_list_release(&head.fields);
	close(fd);
}
