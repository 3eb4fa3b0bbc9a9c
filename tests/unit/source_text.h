/* source_text.h - what a source document says, as one text to compare. */
#ifndef TESTS_UNIT_SOURCE_TEXT_H
#define TESTS_UNIT_SOURCE_TEXT_H

#include "tests/unit/unit.h"

#include "crawler/source_document.h"
#include "crawler/xml.h"
#include "store/base/units.h"

struct source_row {
	const char *why, *text;
	enum source_kind kind;
	const char *said; /* "URL date\n" of each entry, "-" for none */
};

static inline void source_read(const char *text, size_t len,
			       struct source_document *document)
{
	source_document_init(document);
	assert_int_equal(source_document_read(span_from(text, len), NULL, document),
			 ERR_OK);
}

static inline void source_check_row(const struct source_row *row)
{
	struct source_document document;
	struct buf said = BUF_INIT;

	source_read(row->text, strlen(row->text), &document);
	for (size_t i = 0; i < document.n_entries; i++) {
		const struct source_entry *entry = &document.entries[i];
		struct span url = source_entry_url(&document, entry);
		char date[UNITS_TIME_SIZE] = "-";

		if (entry->has_date)
			units_format_time(entry->date.from_ms, date);
		assert_int_equal(
			buf_printf(&said, "%.*s %s\n", (int)url.len, url.data, date),
			ERR_OK);
	}
	if (document.kind != row->kind || strcmp(buf_text(&said), row->said) != 0)
		fail_msg("%s: kind %d, entries:\n%s(%s)", row->why, (int)document.kind,
			 buf_text(&said), document.why.text);
	buf_release(&said);
	source_document_release(&document);
}

#endif
