#include "tests/unit/unit.h"

#include "tests/unit/source_text.h"

#define RSS(items) \
	"<rss version=\"2.0\"><channel><link>http://h/</link>" items "</channel></rss>"
#define ATOM(entries)                                                               \
	"<feed xmlns=\"http://www.w3.org/2005/Atom\"><updated>2026-01-01T00:00:00Z" \
	"</updated><link href=\"http://h/\"/>" entries "</feed>"

static const struct source_row rows[] = {
	{ "RSS 2.0",
	  RSS("<item><title>A</title><link>http://h/a</link>"
	      "<pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate></item>"),
	  SOURCE_FEED, "http://h/a 2026-11-22T10:00:00.000Z\n" },
	{ "a link in CDATA", RSS("<item><link><![CDATA[ http://h/?a&b ]]></link></item>"),
	  SOURCE_FEED, "http://h/?a&b -\n" },
	{ "a guid for a link", RSS("<item><guid>http://h/a</guid></item>"), SOURCE_FEED,
	  "http://h/a -\n" },
	{ "a link beats a guid before and behind it",
	  RSS("<item><guid>http://h/1</guid><link>http://h/a</link></item>"
	      "<item><link>http://h/b</link><guid>http://h/2</guid></item>"),
	  SOURCE_FEED, "http://h/a -\nhttp://h/b -\n" },
	{ "a guid that is no link",
	  RSS("<item><guid isPermaLink=\"false\">http://h/1</guid></item>"
	      "<item><guid>urn:1</guid></item>"),
	  SOURCE_FEED, "" },
	{ "Dublin Core's date",
	  RSS("<item><link>http://h/a</link><dc:date "
	      "xmlns:dc=\"x\">2026-11-22</dc:date></item>"),
	  SOURCE_FEED, "http://h/a 2026-11-22T00:00:00.000Z\n" },
	{ "the latest date counts",
	  RSS("<item><link>http://h/a</link><atom:updated xmlns:atom=\"x\">"
	      "2026-11-23T00:00:00Z</atom:updated>"
	      "<pubDate>22 Nov 2026 10:00:00 GMT</pubDate></item>"),
	  SOURCE_FEED, "http://h/a 2026-11-23T00:00:00.000Z\n" },
	{ "a date that is none",
	  RSS("<item><link>http://h/a</link><pubDate>x</pubDate></item>"), SOURCE_FEED,
	  "http://h/a -\n" },
	{ "RSS 1.0",
	  "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
	  "xmlns=\"http://purl.org/rss/1.0/\"><channel><link>http://h/</link></channel>"
	  "<item rdf:about=\"http://h/a\"><link>http://h/a</link></item></rdf:RDF>",
	  SOURCE_FEED, "http://h/a -\n" },
	{ "Atom",
	  ATOM("<entry><id>urn:1</id><link href=\"http://h/a\"/>"
	       "<published>2026-11-01T00:00:00Z</published>"
	       "<updated>2026-11-22T10:00:00.5Z</updated></entry>"),
	  SOURCE_FEED, "http://h/a 2026-11-22T10:00:00.500Z\n" },
	{ "Atom's link rel",
	  ATOM("<entry><link rel=\"self\" href=\"http://h/self\"/>"
	       "<link rel=\"enclosure\" href=\"http://h/p.mp3\"/>"
	       "<link rel=\"alternate\" href=\"/a?b=1&amp;c=2\"/></entry>"),
	  SOURCE_FEED, "/a?b=1&c=2 -\n" },
	{ "the content of an entry is not looked at",
	  ATOM("<entry><link href=\"http://h/a\"/><content type=\"xhtml\"><div>"
	       "<link href=\"http://h/x\"/><updated>2030</updated></div></content></entry>"),
	  SOURCE_FEED, "http://h/a -\n" },
	{ "an old DOCTYPE",
	  "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" "
	  "\"http://my.netscape.com/publish/formats/rss-0.91.dtd\">" RSS(
		  "<item><link>http://h/a</link></item>"),
	  SOURCE_FEED, "http://h/a -\n" },
	{ "entities of HTML cost themselves",
	  RSS("<item><title>a&nbsp;b</title><link>http://h/a</link></item>"
	      "<item><link>http://h/b</link></item>"),
	  SOURCE_FEED, "http://h/a -\nhttp://h/b -\n" },
	{ "no entries", RSS(""), SOURCE_FEED, "" },
};

static void feeds_tell_pages_and_dates_req64(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		source_check_row(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(feeds_tell_pages_and_dates_req64),
	};

	xml_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
