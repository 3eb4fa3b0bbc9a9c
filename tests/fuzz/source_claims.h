/* source_claims.h - what holds of every source document, whatever its bytes are. */
#ifndef TESTS_FUZZ_SOURCE_CLAIMS_H
#define TESTS_FUZZ_SOURCE_CLAIMS_H

#include "tests/fuzz/fuzz.h"

#include "crawler/source_document.h"

static inline void require_entries(const struct source_document *document, size_t most)
{
	FUZZ_REQUIRE(document->n_entries <= SOURCE_MAX_ENTRIES);
	FUZZ_REQUIRE(document->kind < N_SOURCE_KINDS && document->kind != SOURCE_PING);
	FUZZ_REQUIRE(document->kind || !document->n_entries);
	FUZZ_REQUIRE(document->kind || document->why.text[0]);
	for (size_t i = 0; i < document->n_entries; i++) {
		const struct source_entry *entry = &document->entries[i];

		FUZZ_REQUIRE(entry->url_len && entry->url_len <= most);
		FUZZ_REQUIRE(entry->url_at + entry->url_len <= document->urls.len);
		FUZZ_REQUIRE(!entry->has_date ||
			     (entry->date.from_ms >= 0 &&
			      entry->date.from_ms <= entry->date.until_ms));
	}
}

/* Read twice, a document says the same. */
static inline void require_source(struct span input)
{
	struct source_document a, b;

	source_document_init(&a);
	source_document_init(&b);
	FUZZ_REQUIRE(!source_document_read(input, NULL, &a));
	FUZZ_REQUIRE(!source_document_read(input, NULL, &b));
	require_entries(&a, input.len * 1032 + 1); /* gzip's greatest ratio */
	FUZZ_REQUIRE(a.kind == b.kind && a.n_entries == b.n_entries);
	FUZZ_REQUIRE(span_equal(buf_span(&a.urls), buf_span(&b.urls)));
	source_document_release(&a);
	source_document_release(&b);
}

#endif
