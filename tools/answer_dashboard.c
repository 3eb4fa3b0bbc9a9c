/* answer_dashboard.c - the page that people look at; it asks for its numbers itself. */
#include "tools/listener_internal.h"

#include "tools/web_page.h"

void answer_dashboard(struct exchange *exchange)
{
	enum err err = web_page_make(&exchange->answer, "dashboard.html", SPAN("null"));

	exchange->status = MHD_HTTP_OK;
	exchange->type = "text/html; charset=utf-8";
	/* Which scripts and styles may run says the page itself, by their hashes. */
	exchange->policy = "default-src 'self' 'unsafe-inline'; object-src 'none'; "
			   "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
	if (err)
		answer_failure(exchange, err, "");
}
