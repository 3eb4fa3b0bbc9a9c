#include "tools/one_fetch.h"

#include <poll.h>

#include "store/base/url.h"
#include "tools/contact.h"

static void take_result(void *context, struct fetch_result *result)
{
	struct one_fetch *one = context;

	one->result = *result;
	*result = (struct fetch_result){ 0 };
	one->done = true;
}

enum err one_fetch_open(const struct settings *settings, struct one_fetch *one,
			struct why *why)
{
	struct buf user_agent = BUF_INIT;
	struct transport_config config = {
		.from = *settings->bot_from ? settings->bot_from : NULL,
		.cacert = *settings->fetch_cacert ? settings->fetch_cacert : NULL,
		.resolve = settings->fetch_resolve,
		.dns_servers =
			*settings->fetch_dns_servers ? settings->fetch_dns_servers : NULL,
		.allow_net = settings->fetch_allow_net,
		.proxy = *settings->fetch_proxy ? settings->fetch_proxy : NULL,
		.timeout_ms = settings->fetch_timeout_ms,
		.connect_timeout_ms = settings->fetch_connect_timeout_ms,
		.header_timeout_ms = settings->fetch_header_timeout_ms,
		.max_wire_bytes = settings->fetch_max_wire,
		.max_connections = 4,
	};
	enum err err = contact_user_agent(settings, &user_agent);

	*one = (struct one_fetch){ .settings = settings };
	config.user_agent = buf_text(&user_agent);
	if (err)
		err = why_set(why, err, "%s", err_text(err));
	else
		err = transport_new(&config, take_result, one, &one->transport, why);
	buf_release(&user_agent);
	return err;
}

/* What was asked for, then the lines of the [host] sections. */
static enum err gather_headers(struct one_fetch *one, const struct fetch_request *request)
{
	struct host_settings rules;
	struct url_parts parts;
	enum err err = buf_set(&one->headers, request->headers);

	if (err || url_split(span_of(request->url), &parts))
		return err;
	settings_for_host(one->settings, parts.origin, &rules);
	one->delay_ms = rules.delay_ms;
	for (size_t i = 0; !err && rules.headers[i]; i++)
		err = buf_printf(&one->headers, "%s\n", rules.headers[i]);
	return err;
}

static enum err get(struct one_fetch *one, const struct fetch_request *asked)
{
	struct fetch_request request = *asked;
	enum err err = gather_headers(one, asked);

	fetch_result_release(&one->result);
	one->result = (struct fetch_result){ 0 };
	one->done = false;
	request.headers = buf_span(&one->headers);
	if (!err)
		err = transport_start(one->transport, &request);
	while (!err && !one->done) {
		struct pollfd fd = { .fd = transport_fd(one->transport),
				     .events = POLLIN };

		(void)poll(&fd, 1, transport_timeout_ms(one->transport));
		err = transport_turn(one->transport);
	}
	return err;
}

enum err one_fetch_get(struct one_fetch *one, const struct fetch_request *asked)
{
	enum err err = get(one, asked);

	if (err || !(one->result.is_lost || one->result.unproven))
		return err;
	(void)poll(NULL, 0, (int)one->delay_ms + 1);
	return get(one, asked);
}

void one_fetch_close(struct one_fetch *one)
{
	transport_free(one->transport);
	fetch_result_release(&one->result);
	buf_release(&one->headers);
	*one = (struct one_fetch){ 0 };
}
