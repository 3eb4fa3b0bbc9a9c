/* explain_status.c - the IANA registry of HTTP status codes, as a crawler sees it. */
#include "tools/explain.h"

#define INTERIM "Passed over: only the final answer counts."
#define STRAY \
	"An error: nothing is stored, the last version stays, and it is asked again."
#define LATER "A passing error: the last version stays, and the page is asked for again."
#define FOLLOWED "Followed, if robots.txt of the target allows."
#define NO_VERSION "No new version: only a 200 brings one."
#define DAV "This is for editing over WebDAV; a GET should not get it."
#define NOT_FOR_GET \
	"A plain GET should not get this: look at what answers for this address."
#define FINE "Nothing."

static const struct {
	int status;
	struct explanation text;
} rows[] = {
	/* clang-format off */
	{ 100, { "Continue", "The server waits for the rest of the request.", INTERIM, FINE } },
	{ 101, { "Switching Protocols", "The server goes over to another protocol.", STRAY,
		 "Do not upgrade a connection whose client did not ask for it." } },
	{ 102, { "Processing", "The server is still at work (WebDAV).", INTERIM, FINE } },
	{ 103, { "Early Hints", "Links that a browser may load ahead; the answer follows.",
		 INTERIM, FINE } },
	{ 104, { "Upload Resumption Supported", "An upload could be resumed.", INTERIM, FINE } },

	{ 200, { "OK", "The page is there and came whole.",
		 "Its body is a version of the page, its validators ask whether that is still so.",
		 FINE } },
	{ 201, { "Created", "The request made something new.", NO_VERSION, NOT_FOR_GET } },
	{ 202, { "Accepted", "The request is taken, but not done yet.", NO_VERSION,
		 "Send 503 with Retry-After while a page is being made, and 200 with it then." } },
	{ 203, { "Non-Authoritative Information", "A proxy on the way has changed the page.",
		 NO_VERSION, "Find the proxy that rewrites your pages, or have it leave them alone." } },
	{ 204, { "No Content", "It worked, and there is nothing to show.", NO_VERSION,
		 "If a page should be here, send it with 200; if not, send 404 or 410." } },
	{ 205, { "Reset Content", "It worked; a form should be emptied.", NO_VERSION, NOT_FOR_GET } },
	{ 206, { "Partial Content", "A part of the page, though all of it was asked for.",
		 "An error: a part is no version, and the last one stays.",
		 "Send parts only to requests with a Range field; look at caches on the way." } },
	{ 207, { "Multi-Status", "Several answers in one (WebDAV).", NO_VERSION, DAV } },
	{ 208, { "Already Reported", "Part of a list that has it already (WebDAV).", NO_VERSION, DAV } },
	{ 226, { "IM Used", "A difference to an older version, though none was asked for.",
		 NO_VERSION, "Send differences only to requests with an A-IM field." } },

	{ 300, { "Multiple Choices", "There are several versions to choose from.",
		 "Not followed: a machine cannot choose.", "Choose one, and send it or redirect to it." } },
	{ 301, { "Moved Permanently", "The page has a new address for good.", FOLLOWED,
		 "Nothing; links to the new address save every visitor a request." } },
	{ 302, { "Found", "The page is at another address for now.", FOLLOWED,
		 "If the move is for good, say so with 301 or 308." } },
	{ 303, { "See Other", "The answer is to be had at another address.", FOLLOWED, FINE } },
	{ 304, { "Not Modified", "The page is still the one that the validators name.",
		 "The stored version is confirmed, if the request had validators.", FINE } },
	{ 305, { "Use Proxy", "It is to be had through a proxy; out of use.",
		 "Not followed: it is a danger.", "Do not send it: it is deprecated." } },
	{ 306, { "(Unused)", "This code has no meaning any more.", STRAY, "Do not send it." } },
	{ 307, { "Temporary Redirect", "The page is at another address for now.", FOLLOWED,
		 "If the move is for good, say so with 308." } },
	{ 308, { "Permanent Redirect", "The page has a new address for good.", FOLLOWED,
		 "Nothing; links to the new address save every visitor a request." } },

	{ 400, { "Bad Request", "The server does not understand the request.",
		 LATER " After conditions it is asked once without them.",
		 "Look into the log for what it stumbled on: the length of the head, a field, "
		 "the host name." } },
	{ 401, { "Unauthorized", "A name and a password are wanted.", LATER,
		 "If the page is public, take the password off it." } },
	{ 402, { "Payment Required", "It must be paid for.", LATER, "Only if it should be free: "
		 "let crawlers in." } },
	{ 403, { "Forbidden", "The server will not give it to us.", LATER,
		 "If it is meant to be read, look at file permissions, at rules for addresses and "
		 "at bot protection, which often refuses by User-Agent." } },
	{ 404, { "Not Found", "There is no page at this address.",
		 "Gone, once a second visit has seen it; a single one may be an accident.",
		 "If it was there before, bring it back, redirect it, or send 410." } },
	{ 405, { "Method Not Allowed", "GET is not allowed here.", LATER,
		 "Allow GET where a page is meant to be read." } },
	{ 406, { "Not Acceptable", "No version suits what the request accepts.", LATER,
		 "We accept every type: send your default version instead of this." } },
	{ 407, { "Proxy Authentication Required", "A proxy wants a name and a password.", LATER,
		 "A web server does not send this: a proxy on the way does." } },
	{ 408, { "Request Timeout", "The server waited too long for the request.", LATER,
		 "Is it overloaded, or is its time limit very short?" } },
	{ 409, { "Conflict", "The request contradicts the state of things.", LATER, NOT_FOR_GET } },
	{ 410, { "Gone", "The page was taken away for good.", "Gone, at once.",
		 "Nothing; if it was a mistake, bring it back with 200." } },
	{ 411, { "Length Required", "The request should have had a length.", LATER, NOT_FOR_GET } },
	{ 412, { "Precondition Failed", "A condition of the request does not hold.",
		 LATER " After conditions it is asked once without them.",
		 "Answer If-None-Match on GET with 304, not with this." } },
	{ 413, { "Content Too Large", "The request is too large.", LATER, NOT_FOR_GET } },
	{ 414, { "URI Too Long", "The address is too long for the server.", LATER,
		 "Shorten your addresses, or raise the limit." } },
	{ 415, { "Unsupported Media Type", "The body sent has a wrong type.", LATER, NOT_FOR_GET } },
	{ 416, { "Range Not Satisfiable", "The part asked for does not exist.", LATER,
		 "We ask for no part: look at caches on the way." } },
	{ 417, { "Expectation Failed", "The server cannot do what was expected.", LATER,
		 "We expect nothing: look at proxies on the way." } },
	{ 418, { "(Unused)", "The server says it is a teapot: a joke, or a way to turn bots away.",
		 LATER, "To turn crawlers away, use robots.txt, or 403." } },
	{ 421, { "Misdirected Request", "This server does not answer for this host name.", LATER,
		 "Make the server answer for the name: certificate and virtual host differ." } },
	{ 422, { "Unprocessable Content", "The request makes no sense to the server.", LATER,
		 NOT_FOR_GET } },
	{ 423, { "Locked", "It is being edited (WebDAV).", LATER, DAV } },
	{ 424, { "Failed Dependency", "Something else failed before it (WebDAV).", LATER, DAV } },
	{ 425, { "Too Early", "The request came too early in a connection to be trusted.", LATER,
		 "Answer plain GETs in early data, or turn early data off." } },
	{ 426, { "Upgrade Required", "The server wants another protocol.", LATER,
		 "Serve HTTP/1.1 too, or redirect to https." } },
	{ 428, { "Precondition Required", "The server wants a condition in the request.", LATER,
		 "Ask for conditions only when something is to be changed, never on GET." } },
	{ 429, { "Too Many Requests", "We ask too often.",
		 "We slow down, and wait as long as Retry-After says.",
		 "Say how long to wait with Retry-After, and set Crawl-delay in robots.txt." } },
	{ 431, { "Request Header Fields Too Large", "The request has too long fields.", LATER,
		 "Ours has few: raise the limit, or send shorter entity tags." } },
	{ 451, { "Unavailable For Legal Reasons", "The law keeps it from being shown.", LATER,
		 "Nothing, if a court says so; if only for some countries, that may be why." } },

	{ 500, { "Internal Server Error", "Something in the server broke.", LATER,
		 "The server's error log says what: most often a program or its configuration." } },
	{ 501, { "Not Implemented", "The server cannot do what was asked.", LATER,
		 "It must know GET: look at what answers for this address." } },
	{ 502, { "Bad Gateway", "The server behind the server gave no sound answer.", LATER,
		 "The application behind the proxy is down or breaks off: see the proxy's log." } },
	{ 503, { "Service Unavailable", "Overloaded, or closed for maintenance.",
		 "We slow down, and wait as long as Retry-After says.",
		 "Say when it will be back with Retry-After; if it is not closed, see the load." } },
	{ 504, { "Gateway Timeout", "The server behind the server did not answer in time.", LATER,
		 "The application behind the proxy is too slow or hangs." } },
	{ 505, { "HTTP Version Not Supported", "The server does not speak this HTTP.", LATER,
		 "It must speak HTTP/1.1." } },
	{ 506, { "Variant Also Negotiates", "The server's choice of versions runs in a circle.",
		 LATER, "Its content negotiation is configured wrongly." } },
	{ 507, { "Insufficient Storage", "The server's storage is full.", LATER,
		 "Make room on its disk." } },
	{ 508, { "Loop Detected", "The server ran in a circle (WebDAV).", LATER,
		 "Look for links between folders, or proxies, that lead back to themselves." } },
	{ 510, { "Not Extended", "The request lacks an extension.", LATER,
		 "Do not ask for extensions: this code is obsolete." } },
	{ 511, { "Network Authentication Required", "A network between wants a login.", LATER,
		 "Not the site: a captive portal on our side of the network answers." } },
	/* clang-format on */
};

/* What RFC 9110 15 makes of a code that nobody has registered. */
static const struct explanation classes[] = {
	{ "unregistered",
	  "This is no status code: they have three digits, from 100 to 599.",
	  "An error: nothing is stored, and the last version stays.",
	  "Send a registered status code." },
	{ "unregistered", "An interim answer of a kind that is not registered.", INTERIM,
	  "Send registered status codes." },
	{ "unregistered", "A success of a kind that is not registered.", NO_VERSION,
	  "Send 200 with a page." },
	{ "unregistered", "A redirect of a kind that is not registered.", "Not followed.",
	  "Redirect with 301, 302, 307 or 308." },
	{ "unregistered", "The server refuses the request, for a reason of its own.",
	  LATER, "Send registered status codes, such as 400, 403 or 429." },
	{ "unregistered", "The server, or one in front of it, has failed in its own way.",
	  LATER,
	  "Codes such as 520 to 530 come from a CDN that cannot reach your server." },
};

static const struct explanation *find(int status)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].status == status)
			return &rows[i].text;
	return NULL;
}

bool explain_is_registered(int status)
{
	return find(status) != NULL;
}

const struct explanation *explain_status(int status)
{
	const struct explanation *own = find(status);

	if (own)
		return own;
	return status >= 100 && status < 600 ? &classes[status / 100] : &classes[0];
}
