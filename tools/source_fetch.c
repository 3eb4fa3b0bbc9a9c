#include "tools/source_fetch.h"

#include "crawler/content_coding.h"
#include "crawler/redirect.h"
#include "crawler/source_document.h"

enum err source_fetch_open(const struct settings *settings, struct source_fetch *fetch,
			   struct why *why)
{
	*fetch = (struct source_fetch){ .settings = settings };
	fetch->hosts.settings = settings;
	return one_fetch_open(settings, &fetch->one, why);
}

void source_fetch_close(struct source_fetch *fetch)
{
	one_fetch_close(&fetch->one);
	check_hosts_release(&fetch->hosts);
	buf_release(&fetch->url);
	buf_release(&fetch->body);
}

static enum err unreachable(const struct check_host *host, struct why *why)
{
	const struct fetch_result *answer = &host->robots_answer;

	return answer->error
		       ? why_set(why, ERR_INVALID, "robots.txt cannot be read: %s",
				 answer->detail[0] ? answer->detail
						   : fetch_error_text(answer->error))
		       : why_set(why, ERR_INVALID,
				 "robots.txt cannot be read: HTTP status %d",
				 answer->http_status);
}

/* Asks robots.txt, waits for the host's turn, fetches fetch->url. */
static enum err ask(struct source_fetch *fetch, struct why *why)
{
	struct fetch_request request = { .url = buf_text(&fetch->url),
					 .max_wire_bytes = (int64_t)SOURCE_MAX_BYTES };
	struct check_host *host;
	struct robots_match match;
	struct url_parts parts;
	enum err err = url_split(buf_span(&fetch->url), &parts);

	if (!err)
		err = check_hosts_get(&fetch->hosts, parts.origin, &host, why);
	if (!err)
		err = robots_outcome_match(host->outcome, host->robots, parts.target,
					   &match);
	if (err)
		return err;
	if (!match.allowed && host->outcome == ROBOTS_UNREACHABLE)
		return unreachable(host, why);
	if (!match.allowed)
		return why_set(why, ERR_INVALID, "robots.txt, line %u, disallows it",
			       (unsigned)match.line);
	check_host_wait(host);
	err = one_fetch_get(&fetch->one, &request);
	check_host_asked(host);
	if (!err && fetch->one.result.error)
		err = why_set(why, ERR_INVALID, "%s: %s",
			      fetch_error_text(fetch->one.result.error),
			      fetch->one.result.detail);
	return err;
}

/* *moved: fetch->url is the redirect's target now. */
static enum err follow(struct source_fetch *fetch, bool *moved, struct why *why)
{
	struct redirect r = REDIRECT_INIT;
	enum err err =
		redirect_judge(fetch->one.result.http_status, buf_span(&fetch->url),
			       &fetch->one.result.headers, &r);

	*moved = false;
	if (!err && r.verdict == REDIRECT_BAD)
		err = why_set(why, ERR_INVALID, "redirect: %s", r.why.text);
	if (!err && r.verdict == REDIRECT_DOWNGRADE &&
	    !fetch->settings->fetch_allow_downgrade)
		err = why_set(why, ERR_INVALID, "redirect from https to http");
	if (!err && r.verdict != REDIRECT_NONE) {
		*moved = true;
		err = buf_set(&fetch->url, buf_span(&r.target));
	}
	redirect_release(&r);
	return err;
}

static enum err take_body(struct source_fetch *fetch, struct why *why)
{
	const struct fetch_result *result = &fetch->one.result;
	enum coding_verdict verdict;
	enum err err;

	if (result->http_status != 200)
		return why_set(why, ERR_INVALID, "HTTP status %d", result->http_status);
	err = content_decode(&result->headers, buf_span(&result->body), SOURCE_MAX_BYTES,
			     &fetch->body, &verdict);
	if (!err && verdict != DECODED)
		err = why_set(why, ERR_INVALID, "%s", coding_verdict_text(verdict));
	return err;
}

enum err source_fetch_get(struct source_fetch *fetch, struct span url, struct why *why)
{
	int64_t hops_left = fetch->settings->fetch_max_redirects;
	bool moved = true;
	enum err err = buf_set(&fetch->url, url);

	while (!err && moved) {
		err = ask(fetch, why);
		if (!err)
			err = follow(fetch, &moved, why);
		if (!err && moved && hops_left-- == 0)
			err = why_set(why, ERR_INVALID, "too many redirects");
	}
	if (!err)
		err = take_body(fetch, why);
	if (err && !why->text[0])
		(void)why_set(why, err, "%s", err_text(err));
	return err;
}

enum err source_fetch_named(struct source_fetch *fetch, struct span origin,
			    struct span *sitemaps, struct why *why)
{
	struct check_host *host;
	enum err err = check_hosts_get(&fetch->hosts, origin, &host, why);

	if (!err && host->outcome == ROBOTS_UNREACHABLE)
		err = unreachable(host, why);
	if (!err)
		*sitemaps = host->robots ? robots_sitemaps(host->robots) : SPAN("");
	return err;
}
