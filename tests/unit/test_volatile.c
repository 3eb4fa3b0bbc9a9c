#include "tests/unit/unit.h"

#include <stdlib.h>

#include "crawler/moment.h"
#include "crawler/volatile.h"

static const struct {
	const char *text;
	size_t len; /* 0: no moment */
	bool has_seconds;
} moment_rows[] = {
	{ "2026-05-12", 10, false },
	{ "2026-05-12T10:33:21Z", 20, true },
	{ "2026-05-12 10:33:21.123456 +02:00", 33, true },
	{ "2026/5/12, 10:33", 16, false },
	{ "12.05.2026", 10, false },
	{ "5/12/2026 3:05 pm", 17, false },
	{ "05/12/26", 8, false },
	{ "12 May 2026", 11, false },
	{ "12th of May, 2026", 17, false },
	{ "12-May-2026 10:33", 17, false },
	{ "May 12, 2026", 12, false },
	{ "October 07, 2026. Found", 16, false },
	{ "May 2026", 8, false },
	{ "12. März 2026 um 10:33 Uhr", 27, false },
	{ "1er août 2026", 14, false },
	{ "12 de mayo de 2026", 18, false },
	{ "12 мая 2026", 14, false },
	{ "2026年5月12日", 16, false },
	{ "2026년 5월 12일", 18, false },
	{ "Tue, 12 May 2026 10:33:21 GMT", 29, true },
	{ "Sun Nov 6 08:49:37 1994", 23, true },
	{ "Mon Feb 3 10:00:00 UTC 2026", 27, false },
	{ "Donnerstag, den 12. Mai 2026", 28, false },
	{ "10:33", 5, false },
	/* traps */
	{ "15.18.2", 0, false },
	{ "2026-13-12", 0, false },
	{ "2026-05-32", 0, false },
	{ "10.1.55", 0, false },
	{ "192.168.1.2", 0, false },
	{ "31.31.2026", 0, false },
	{ "May we", 0, false },
	{ "may 5 people", 0, false },
	{ "1:1", 0, false },
	{ "25:00", 0, false },
	{ "12 May", 0, false },
	{ "2026-05-123", 0, false },
	{ "99999999999999999999", 0, false },
	{ "", 0, false },
};

static void moments_are_read_in_many_forms(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(moment_rows); i++) {
		struct moment m = moment_at(span_of(moment_rows[i].text));

		if (m.len != moment_rows[i].len ||
		    m.has_seconds != moment_rows[i].has_seconds)
			fail_msg("'%s': %zu bytes, seconds %d", moment_rows[i].text,
				 m.len, m.has_seconds);
	}
}

/* `*` stands for the mark. */
static const struct {
	const char *why, *in, *out;
} rows[] = {
	{ "a stamp", "Last updated on May 12, 2026. Found a bug?",
	  "Last updated on *. Found a bug?" },
	{ "with a time", "Last updated 2025-01-11 19:46:03 UTC", "Last updated *" },
	{ "that is a sentence",
	  "This page was last edited on 12 May 2026, at 10:33 (UTC).",
	  "This page was last edited on *." },
	{ "whose label is the block before", "Last modified\n12 May 2026",
	  "Last modified\n*" },
	{ "of a generator",
	  "Generated on Mon Feb 3 2025 10:00:00 for Lib by doxygen 1.9.4",
	  "Generated on * for Lib by doxygen 1.9.4" },
	{ "in German", "Zuletzt geändert am 12. Mai 2026 um 10:33 Uhr",
	  "Zuletzt geändert am *" },
	{ "in French", "Dernière mise à jour le 1er août 2026",
	  "Dernière mise à jour le *" },
	{ "in Spanish", "Última actualización: 12 de mayo de 2026",
	  "Última actualización: *" },
	{ "in Russian", "Обновлено: 12 мая 2026", "Обновлено: *" },
	{ "in Japanese", "最終更新日 2026年5月12日", "最終更新日 *" },
	{ "in Chinese, without a space", "最后更新2026年5月12日 10:33", "最后更新*" },
	{ "in one short word", "Updated: 5/12/2026", "Updated: *" },
	{ "nothing but a moment to the second", "2026-05-12 10:33:21", "*" },
	{ "relative time", "posted 3 hours ago by me", "posted * by me" },
	{ "in German", "vor 3 Stunden", "vor *" },
	{ "in French", "il y a 12 jours", "il y a *" },
	{ "in Japanese", "3時間前", "*" },
	{ "without a number", "just now", "*" },
	{ "a counter", "1,234 views", "* views" },
	{ "counters in a row", "1,234 views | 12 comments", "* views | * comments" },
	{ "a counter behind its label", "Comments (12)", "Comments (*)" },
	{ "copyright", "© 2001-2026 Example Inc.", "© * Example Inc." },
	{ "in words", "Copyright 2026 Example", "Copyright * Example" },
	{ "a generator's version", "Created using Sphinx 5.3.0.",
	  "Created using Sphinx *." },
	{ "how long it took", "Page generated in 0.123 seconds, 12 queries",
	  "Page generated in * seconds, * queries" },
	{ "in milliseconds", "Processed in 34 ms", "Processed in * ms" },
	{ "a generator's version among others", "Built with MkDocs 1.5 using a theme",
	  "Built with MkDocs * using a theme" },
	{ "a stamp of one word behind another item", "By Ann | Updated 12 May 2026",
	  "By Ann | Updated *" },
	{ "a stamp that names the page", "This page was generated on 12 May 2026",
	  "This page was generated on *" },
	{ "a word of copyright with its sign", "All texts copyright © 2026 Example",
	  "All texts copyright © * Example" },
	{ "a sign of copyright in brackets", "Copyright (c) 2026 Example",
	  "Copyright (c) * Example" },
	{ "years, but no telephone's number", "© 2001-2026 0800 123 456",
	  "© * 0800 123 456" },
	{ "years, short", "© 2001-26 Example", "© * Example" },
	{ "ago, in Chinese", "更新于 3 天前", "更新于 *" },
	{ "in Turkish", "3 gün önce", "*" },
	{ "counts beside a running time, but no price",
	  "Page generated in 0.034 seconds, 12 queries. Total 12.50 EUR",
	  "Page generated in * seconds, * queries. Total 12.50 EUR" },
	{ "a release of what something was made with", "Made with Sphinx 5.3.0",
	  "Made with Sphinx *" },
	{ "a request's id", "Request ID: 8f2b-11c0-77aa", "Request ID: *" },
	{ "a build", "Build 3f2a1bc9", "Build *" },
	/* traps: all of these are news */
	{ "a price", "Price: $12.50", NULL },
	{ "a price behind words", "now only 12.50 EUR", NULL },
	{ "a quantity", "5 in stock", NULL },
	{ "a number in prose", "The timeout defaults to 30 seconds.", NULL },
	{ "a version in prose", "Requires PostgreSQL 15.18 or newer.", NULL },
	{ "a release", "Release 15.18", NULL },
	{ "an RFC", "See RFC 9110 section 13.1.3", NULL },
	{ "the date of an event", "The fair opens on 12 May 2026 at 10:33", NULL },
	{ "a date by itself", "12 May 2026", NULL },
	{ "a date of publication", "Published 12 May 2026", NULL },
	{ "opening hours", "Mon 9:00 - 17:00", NULL },
	{ "a date in code", "SELECT timestamp '2004-10-19 10:23:54' AS t;", NULL },
	{ "a date behind a date", "Last updated on a whim. Due 12 May 2026", NULL },
	{ "views that are no count of visits", "The schema has 12 views of the table",
	  NULL },
	{ "a quota", "Plan: 5 comments", NULL },
	{ "a result", "Alice 12 points, Bob 7 points", NULL },
	{ "a plan's years", "Support ends in 3 years", NULL },
	{ "a checksum", "3f2a1bc94e5d3f2a1bc94e5d3f2a1bc94e5d3f2a", NULL },
	{ "a commit in a list of fixes", "Fixed crash in commit 3f2a1bc9", NULL },
	{ "a phone number", "Call 555-1234", NULL },
	{ "an address", "192.168.1.2", NULL },
	{ "a year in prose", "founded in 1998", NULL },
	{ "a section", "E.18. Release 15.1", NULL },
	{ "what is built", "Built with 30 engineers", NULL },
	{ "a date from which something holds", "The law applies as of 1 June 2026",
	  NULL },
	{ "what was modified is no page", "The law was modified on 3 May 2019", NULL },
	{ "a house", "House built on 12 May 1901", NULL },
	{ "a judgement", "Judgement rendered on 12 May 1901", NULL },
	{ "a stand", "Hall 4, Stand 12:30", NULL },
	{ "a start by the local time", "Kickoff\nLocal time\n19:30", NULL },
	{ "a last train", "Last change for Oxford: 17:42", NULL },
	{ "a label that tells of no event", "Last updated\nConcert 12 May 2026", NULL },
	{ "a recipe", "Made with 2.5 kg of sugar", NULL },
	{ "a beer", "Created with 4.5 % alcohol", NULL },
	{ "a brewery", "Brewed and created with hops 4.5 % alcohol", NULL },
	{ "a year of founding", "Company created in 1998", NULL },
	{ "a delivery", "Orders are processed in 3 days", NULL },
	{ "an execution", "He was executed in 1793", NULL },
	{ "a limit", "Max load time 30 seconds", NULL },
	{ "a law of copyright", "The Copyright 1976 act applies", NULL },
	{ "an error's number", "Error ID\nE100234", NULL },
	{ "a session of a conference", "Session ID: BRK2001", NULL },
	{ "a build of a product", "Build\n22F770820d", NULL },
	{ "history", "Humans settled here 300 years ago", NULL },
	{ "what a plan has", "10 visits", NULL },
	{ "a holding", "1,200 shares", NULL },
	{ "a statistic", "Visitors\n1,200,000", NULL },
	{ "a launch, to the second", "2026-05-12 19:30:00", NULL },
	{ "a label that goes on", "Laatste updates\n12 May 2026", NULL },
	{ "a label of more than a date", "Last updated\n12 May 2026 Concert", NULL },
	{ "an event that was updated", "Last updated: exam on 12 May 2026", NULL },
	{ "a law's last change", "Last modified by law 12 May 2026", NULL },
	{ "hours that were updated", "Updated hours: 24 Dec 2026", NULL },
	{ "a date from which prices hold", "As of 1 January 2027 tickets cost 12 EUR",
	  NULL },
	{ "... or doors are closed", "As of 1 March 2027, the pool is closed.", NULL },
	{ "a standard", "Standard 12.5.2026", NULL },
	{ "the last second of a call for papers", "Deadline\n2026-12-31 23:59:59", NULL },
	{ "three days before, in Japanese", "キャンセルは3日前まで", NULL },
	{ "in Chinese", "3天前免费取消", NULL },
	{ "in Turkish", "Etkinlikten 3 gün önce", NULL },
	{ "the third item of a list", "(c) 2000 EUR beyond 1500 km", NULL },
	{ "a product with its price", "Made with organic oats, $4.99", NULL },
	{ "without a sign", "Made with love - 12.50", NULL },
	{ "behind its maker", "Created by Bob, price 12.50", NULL },
	{ "a modified law",
	  "The act of 1998, which the ministry had modified in part and at length "
	  "on 12 May 2026, is void.",
	  NULL },
};

static void a_token_is_volatile_by_form_and_context_together(void **unused)
{
	struct buf masked = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *wanted = rows[i].out ? rows[i].out : rows[i].in;

		assert_int_equal(volatile_mask(span_of(rows[i].in), &masked), ERR_OK);
		for (size_t at = 0; at < masked.len; at++)
			if (masked.data[at] == VOLATILE_MARK)
				masked.data[at] = '*';
		if (strcmp(buf_text(&masked), wanted) != 0)
			fail_msg("%s: '%s' becomes '%s'", rows[i].why, rows[i].in,
				 buf_text(&masked));
	}
	buf_release(&masked);
}

static void masking_keeps_the_blocks(void **unused)
{
	struct buf masked = BUF_INIT;

	(void)unused;
	assert_int_equal(
		volatile_mask(SPAN("a\njust now\n1\nLast update\n12 May 2026"), &masked),
		ERR_OK);
	assert_string_equal(masked.data, "a\n\x01\n1\nLast update\n\x01");
	assert_int_equal(volatile_mask(SPAN(""), &masked), ERR_OK);
	assert_int_equal(masked.len, 0);
	buf_release(&masked);
}

static void a_text_of_over_a_mebibyte_stands_as_it_is_REQ63(void **unused)
{
	static const char stamp[] = "Last updated on 12 May 2026\n";
	struct buf text = BUF_INIT, masked = BUF_INIT;

	(void)unused;
	while (text.len + sizeof(stamp) < VOLATILE_MAX_BYTES)
		assert_int_equal(buf_append(&text, stamp, sizeof(stamp) - 1), ERR_OK);
	assert_int_equal(volatile_mask(buf_span(&text), &masked), ERR_OK);
	assert_true(masked.len < text.len);
	assert_int_equal(buf_append(&text, stamp, sizeof(stamp) - 1), ERR_OK);
	assert_int_equal(volatile_mask(buf_span(&text), &masked), ERR_OK);
	assert_true(span_equal(buf_span(&masked), buf_span(&text)));
	buf_release(&text);
	buf_release(&masked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_read_in_many_forms),
		cmocka_unit_test(a_token_is_volatile_by_form_and_context_together),
		cmocka_unit_test(masking_keeps_the_blocks),
		cmocka_unit_test(a_text_of_over_a_mebibyte_stands_as_it_is_REQ63),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
