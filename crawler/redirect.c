#include "crawler/redirect.h"

#include "store/base/url.h"

static bool redirects(int http_status)
{
	return http_status == 301 || http_status == 302 || http_status == 303 ||
	       http_status == 307 || http_status == 308;
}

/* The one Location there is; NULL, or why there is none to follow. */
static const char *find_location(const struct header_list *headers, struct span *location)
{
	struct span other;

	if (!header_get(headers, "Location", 0, location))
		return "redirect without Location";
	for (size_t i = 1; header_get(headers, "Location", i, &other); i++) {
		if (!span_equal(*location, other))
			return "two Location lines that differ";
	}
	/* "" would resolve to the source itself, which no server means (REQ 38) */
	return location->len ? NULL : "empty Location";
}

static bool is_downgrade(struct span source, struct span target)
{
	return span_starts_with(source, SPAN("https:")) &&
	       span_starts_with(target, SPAN("http:"));
}

enum err redirect_judge(int http_status, struct span source,
			const struct header_list *headers, struct redirect *r)
{
	struct span location;
	const char *problem;
	enum err err;

	buf_clear(&r->target);
	r->why.text[0] = '\0';
	r->is_permanent = http_status == 301 || http_status == 308;
	r->verdict = redirects(http_status) ? REDIRECT_BAD : REDIRECT_NONE;
	if (r->verdict == REDIRECT_NONE)
		return ERR_OK;
	problem = find_location(headers, &location);
	if (problem) {
		why_set(&r->why, ERR_INVALID, "%s", problem);
		return ERR_OK;
	}
	err = url_canonical(location, source, &r->target, &r->why);
	if (err == ERR_OK)
		r->verdict = is_downgrade(source, buf_span(&r->target))
				     ? REDIRECT_DOWNGRADE
				     : REDIRECT_TO;
	return err == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
}

void redirect_release(struct redirect *r)
{
	buf_release(&r->target);
}
