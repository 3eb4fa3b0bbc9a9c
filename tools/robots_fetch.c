#include "tools/robots_fetch.h"

#include "crawler/redirect.h"
#include "crawler/robots_answer.h"
#include "tools/contact.h"

/* Follows redirects, whatever authority they lead to (RFC 9309 2.3.1.2). */
static enum err follow(struct one_fetch *one, struct buf *url)
{
	struct fetch_request request = { .max_wire_bytes = ROBOTS_MAX_BYTES,
					 .trace = TRACE_ALL };
	struct redirect r = REDIRECT_INIT;
	enum err err = ERR_OK;

	for (int hops = 0; !err && hops <= REDIRECT_MAX_HOPS; hops++) {
		request.url = buf_text(url);
		err = one_fetch_get(one, &request);
		if (err || one->result.error != FETCH_OK)
			break;
		err = redirect_judge(one->result.http_status, buf_span(url),
				     &one->result.headers, &r);
		if (err || r.verdict != REDIRECT_TO || hops == REDIRECT_MAX_HOPS)
			break;
		err = buf_set(url, buf_span(&r.target));
	}
	redirect_release(&r);
	return err;
}

enum err robots_fetch(struct one_fetch *one, struct span origin,
		      enum robots_outcome *outcome, struct buf *url, struct buf *body)
{
	enum err err = buf_set(url, origin);

	if (!err)
		err = buf_append_text(url, "/robots.txt");
	if (!err)
		err = follow(one, url);
	return err ? err : robots_answer_judge(&one->result, outcome, body);
}

enum err robots_from_origin(const struct settings *settings, struct span origin,
			    enum robots_outcome *outcome, struct buf *body,
			    struct why *why)
{
	struct one_fetch one = { 0 };
	struct buf url = BUF_INIT;
	enum err err = contact_check(settings, origin, why);

	if (!err)
		err = one_fetch_open(settings, &one, why);
	if (!err) {
		err = robots_fetch(&one, origin, outcome, &url, body);
		if (err)
			(void)why_set(why, err, "%s", err_text(err));
	}
	one_fetch_close(&one);
	buf_release(&url);
	return err;
}
