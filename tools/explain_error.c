/* explain_error.c - why there is no whole response, and who can do what about it. */
#include "tools/explain.h"

#define LATER "A passing error: the last version stays, and the page is asked for again."

static const struct explanation rows[] = {
	[FETCH_OK] = { "whole", "A whole response came.", "Judged by its status.",
		       "Nothing." },
	[FETCH_DNS] = { "no address", "The host name does not resolve to an address.",
			LATER,
			"Look at the spelling of the name, at its A and AAAA records, and at "
			"whether the domain has expired." },
	[FETCH_CONNECT] = { "no connection",
			    "The server takes no connection, or drops it.", LATER,
			    "Is the server running, does it listen on this port, and does a "
			    "firewall let us through?" },
	[FETCH_ADDRESS] = { "address refused",
			    "The name leads to an address that the public cannot reach, and "
			    "that we do not talk to unless told.",
			    LATER,
			    "Give the name a public address; for an own network, use "
			    "--allow-net." },
	[FETCH_TLS] = { "no secure connection",
			"The certificate or the TLS protocol does not hold.", LATER,
			"Look at the certificate: has it expired, does it name this host, is "
			"its chain complete? TLS 1.2 is the least." },
	[FETCH_TIMEOUT] = { "timeout", "It took longer than we wait.", LATER,
			    "The phase it stopped in says where to look: name servers, "
			    "network, or what makes the page." },
	[FETCH_SLOW] = { "too slow", "Next to nothing came, for a long time.", LATER,
			 "Look at the load of the server and at its line." },
	[FETCH_HEAD_TOO_LARGE] = { "head too large",
				   "The response head is larger than any should be.",
				   LATER,
				   "Look for fields that repeat without end, such as "
				   "Set-Cookie or Link." },
	[FETCH_BODY_TOO_LARGE] = { "body too large", "The page is larger than our limit.",
				   LATER,
				   "If it is meant to be indexed, make it smaller; "
				   "fetch.max_body and fetch.max_wire raise the limit." },
	[FETCH_TRUNCATED] = { "cut off",
			      "The connection ended before all that was announced had come.",
			      LATER,
			      "The program breaks off, or Content-Length is wrong: see the "
			      "error log." },
	[FETCH_MALFORMED] = { "not HTTP", "What came is not an HTTP response.", LATER,
			      "Something else answers on this port, or a program writes its "
			      "head wrongly." },
	[FETCH_UNDECODABLE] = { "cannot be decoded",
				"The body is not coded as its Content-Encoding says, or in a "
				"coding that was not asked for.",
				LATER,
				"Compress once only, and only with what Accept-Encoding "
				"offers." },
	[FETCH_REDIRECT] = { "redirect goes nowhere",
			     "The redirects lead in a circle, on and on, or to nothing that "
			     "can be fetched.",
			     LATER,
			     "Follow the hops above: one of them is wrong. Rules for https, "
			     "www and slashes often contradict each other." },
	[FETCH_STOPPED] = { "stopped", "We gave up.", LATER, "Nothing." },
	[FETCH_CROWDED] = { "no room", "Too many large bodies came at the same time.",
			    LATER, "Nothing; on our side, a lower fetch.concurrency." },
};

const struct explanation *explain_error(enum fetch_error error)
{
	return &rows[(size_t)error < ARRAY_SIZE(rows) ? error : FETCH_STOPPED];
}
