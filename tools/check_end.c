/* check_end.c - what became of it, in words. */
#include "tools/check_end.h"

static const struct explanation ends[] = {
	[CHECK_DISALLOWED] = { "disallowed by robots.txt",
			       "The site asks crawlers not to fetch this page.",
			       "Not fetched; what the index has stays, marked as blocked.",
			       "If it should be found, change that line of robots.txt." },
	[CHECK_NO_ROBOTS] = { "robots.txt is out of reach",
			      "Nobody can tell what crawlers may fetch here, so nothing may "
			      "be (RFC 9309 2.3.1.4).",
			      "Nothing is fetched from this host until robots.txt answers.",
			      "" },
	[CHECK_NO_CONTACT] = { "not asked",
			       "Nobody is crawled by somebody who cannot be reached.",
			       "Nothing is fetched.", "Nothing." },
	[CHECK_UNASKED_304] = { "Not Modified, unasked",
				"A protocol error of the server: the request had no "
				"condition that a 304 could answer (RFC 9110 15.4.5).",
				"An error: nothing is stored, and it is asked again "
				"without conditions.",
				"A cache or a program answers for a client that is not "
				"there: whoever has no copy yet sees no page." },
	[CHECK_UNASKED_PART] = { "Partial Content, unasked",
				 "A protocol error of the server: all of the page was asked "
				 "for (RFC 9110 15.3.7).",
				 "An error: a part is no version, and the last one stays.",
				 "Send parts only to requests with a Range field; look at "
				 "caches on the way." },
};

/* Of an answer, or of its lack. */
static struct explanation of_answer(enum fetch_error error, int status)
{
	return error ? *explain_error(error) : *explain_status(status);
}

struct explanation check_end_explain(enum check_end end, enum fetch_error error,
				     int status)
{
	struct explanation text;

	if (end == CHECK_ANSWERED || end == CHECK_FAILED)
		return of_answer(end == CHECK_FAILED ? error : FETCH_OK, status);
	text = ends[end];
	if (end == CHECK_NO_ROBOTS) /* what is wrong with it is what to mend */
		text.owner = of_answer(error, status).owner;
	return text;
}

bool check_end_works(enum check_end end, int status)
{
	return end == CHECK_ANSWERED && status / 100 == 2;
}
