/*
 * fuzz_warc_exchange.c - an answer as it came off the wire becomes records that read back:
 * nothing in it ends a line of theirs or makes a record of its own (REQ 75).
 * The input is a response head, and behind its empty line a body.
 */
#include "crawler/response_head.h"
#include "tests/fuzz/memory_file.h"
#include "tools/warc_exchange.h"
#include "tools/warc_reader.h"

/* The part that transport.c would have kept; false: it would have refused it. */
static bool receive(struct span input, struct fetch_result *result)
{
	struct response_head head = { .status = 0 };
	struct span rest = input;

	while (rest.len && !head.is_complete) {
		struct span line = { rest.data, 0 };

		(void)span_cut(&rest, '\n');
		line.len = (size_t)(rest.data - line.data);
		if (response_head_add(&head, &result->headers, line))
			return false;
		FUZZ_REQUIRE(!buf_append_span(&result->trace->response_head, line));
	}
	result->http_status = head.status;
	result->http_version = head.version;
	FUZZ_REQUIRE(!buf_append_span(&result->body, rest));
	return head.is_complete;
}

static void require_records(struct span file, const struct fetch_result *result)
{
	int fd = fuzz_memory_file(file);
	struct warc_reader *reader = NULL;
	struct warc_head head = { .type = WARC_OTHER };
	struct why why = { "" };
	uint64_t end;
	size_t n = 0;

	FUZZ_REQUIRE(!warc_reader_open_fd(fd, "file", &reader, &why));
	while (!warc_reader_next(reader, &head, &why)) {
		FUZZ_REQUIRE(head.type == (n ? WARC_REQUEST : WARC_RESPONSE));
		FUZZ_REQUIRE(span_equal(head.uri, SPAN("http://a/")));
		FUZZ_REQUIRE(n || head.length >= result->body.len);
		FUZZ_REQUIRE(!warc_reader_finish(reader, &end, &why));
		FUZZ_REQUIRE(n++ || end < file.len);
	}
	FUZZ_REQUIRE(n == 2 && end == file.len);
	warc_reader_close(reader);
	header_list_release(&head.fields);
	close(fd);
}

FUZZ_TARGET(warc_exchange)
{
	static struct warc_packer *packer;
	struct fetch_trace trace = { .request_head = BUF_INIT };
	struct fetch_result result = { .trace = &trace, .address = "127.0.0.1:80" };
	struct warc_exchange x = { .uri = SPAN("http://a/"),
				   .at_ms = 1790000000000,
				   .result = &result };
	struct warc_batch batch = { .n = 0 };
	struct warc_original written = { .uri = BUF_INIT };

	if (!packer)
		FUZZ_REQUIRE(!warc_packer_new(1, &packer));
	FUZZ_REQUIRE(!buf_set(&trace.request_head, SPAN("GET / HTTP/1.1\r\n\r\n")));
	if (receive(input, &result)) {
		FUZZ_REQUIRE(!warc_exchange_pack(packer, &x, EXCHANGE_RESPONSE, &batch,
						 &written));
		require_records(buf_span(&batch.bytes), &result);
	}
	header_list_release(&result.headers);
	buf_release(&result.body);
	buf_release(&trace.request_head);
	buf_release(&trace.response_head);
	warc_batch_release(&batch);
	warc_original_release(&written);
}
