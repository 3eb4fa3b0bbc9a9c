#include "tools/robots_fetch.h"

#include <poll.h>

#include "crawler/redirect.h"
#include "crawler/robots_answer.h"
#include "tools/contact.h"

/* One fetch after another, waited for on the spot. */
struct reader {
	struct transport *transport;
	struct fetch_result result;
	bool done;
};

static void take_result(void *context, struct fetch_result *result)
{
	struct reader *reader = context;

	reader->result = *result;
	memset(result, 0, sizeof(*result));
	reader->done = true;
}

static enum err make_transport(const struct settings *settings, struct span user_agent,
			       struct reader *reader, struct why *why)
{
	struct transport_config config = {
		.user_agent = user_agent.data,
		.from = *settings->bot_from ? settings->bot_from : NULL,
		.cacert = *settings->fetch_cacert ? settings->fetch_cacert : NULL,
		.resolve = settings->fetch_resolve,
		.allow_net = settings->fetch_allow_net,
		.proxy = *settings->fetch_proxy ? settings->fetch_proxy : NULL,
		.timeout_ms = settings->fetch_timeout_ms,
		.connect_timeout_ms = settings->fetch_connect_timeout_ms,
		.header_timeout_ms = settings->fetch_header_timeout_ms,
		.max_connections = 4,
	};

	return transport_new(&config, take_result, reader, &reader->transport, why);
}

static enum err fetch(struct reader *reader, const char *url)
{
	struct fetch_request request = { .url = url, .max_wire_bytes = ROBOTS_MAX_BYTES };
	enum err err;

	fetch_result_release(&reader->result);
	reader->done = false;
	err = transport_start(reader->transport, &request);
	while (!err && !reader->done) {
		struct pollfd fd = { .fd = transport_fd(reader->transport),
				     .events = POLLIN };

		(void)poll(&fd, 1, transport_timeout_ms(reader->transport));
		err = transport_turn(reader->transport);
	}
	return err;
}

/* Follows redirects, whatever authority they lead to (RFC 9309 2.3.1.2). */
static enum err fetch_robots(struct reader *reader, struct buf *url)
{
	struct redirect r = REDIRECT_INIT;
	enum err err = ERR_OK;

	for (int hops = 0; !err && hops <= REDIRECT_MAX_HOPS; hops++) {
		err = fetch(reader, buf_text(url));
		if (err || reader->result.error != FETCH_OK)
			break;
		err = redirect_judge(reader->result.http_status, buf_span(url),
				     &reader->result.headers, &r);
		if (err || r.verdict != REDIRECT_TO)
			break;
		err = buf_set(url, buf_span(&r.target));
	}
	redirect_release(&r);
	return err;
}

enum err robots_from_origin(const struct settings *settings, struct span origin,
			    enum robots_outcome *outcome, struct buf *body,
			    struct why *why)
{
	struct reader reader = { NULL, { 0 }, false };
	struct buf user_agent = BUF_INIT, url = BUF_INIT;
	enum err err = contact_check(settings, origin, why);

	if (err)
		return err;
	err = contact_user_agent(settings, &user_agent);
	if (!err)
		err = buf_set(&url, origin);
	if (!err)
		err = buf_append_text(&url, "/robots.txt");
	if (!err)
		err = make_transport(settings, buf_span(&user_agent), &reader, why);
	else
		(void)why_set(why, err, "%s", err_text(err));
	if (!err) {
		err = fetch_robots(&reader, &url);
		if (!err)
			err = robots_answer_judge(&reader.result, outcome, body);
		if (err)
			(void)why_set(why, err, "%s", err_text(err));
	}
	fetch_result_release(&reader.result);
	transport_free(reader.transport);
	buf_release(&user_agent);
	buf_release(&url);
	return err;
}
