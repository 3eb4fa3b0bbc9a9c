/* fuzz_document.c - header lines, an empty line, a body: all that a worker does with it. */
#include "tests/fuzz/fuzz.h"

#include "crawler/document.h"
#include "tests/fuzz/headers_of.h"

static void require_same(struct document_worker *worker,
			 const struct document_request *request,
			 const struct document *first)
{
	struct document_request again = *request;
	struct document second;

	document_init(&second);
	again.known_digest = first->digest;
	FUZZ_REQUIRE(!document_read(worker, &again, &second));
	FUZZ_REQUIRE(second.status == FETCH_OK && second.same_bytes);
	again.known_digest = (struct digest){ { 0 } };
	again.known_text_digest = first->text_digest;
	FUZZ_REQUIRE(!document_read(worker, &again, &second));
	FUZZ_REQUIRE(second.same_text == !digest_is_none(&first->text_digest));
	document_release(&second);
}

FUZZ_TARGET(document)
{
	static struct document_worker *worker;
	struct header_list list = fuzz_headers_of(&input);
	struct document_request request = { .headers = &list,
					    .wire = input,
					    .max_bytes = 1 << 20,
					    .html = { 1 << 20, HTML_MAX_DEPTH, 0,
						      NULL } };
	struct document document;

	if (!worker)
		FUZZ_REQUIRE(!document_worker_new(1, &worker));
	document_init(&document);
	FUZZ_REQUIRE(!document_read(worker, &request, &document));
	if (document.status == FETCH_OK) {
		struct digest digest = digest_of(buf_span(&document.body));

		FUZZ_REQUIRE(digest_equal(&digest, &document.digest));
		FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&document.title), ""));
		require_same(worker, &request, &document);
	} else {
		FUZZ_REQUIRE(document.detail && !document.body.len);
	}
	document_release(&document);
	header_list_release(&list);
}
