#include "tools/contact.h"

enum err contact_user_agent(const struct settings *settings, struct buf *user_agent)
{
	const char *contact = *settings->bot_url ? settings->bot_url : settings->bot_from;
	struct buf fresh = BUF_INIT;
	enum err err = buf_printf(&fresh, "%s/" FRESHET_VERSION, settings->bot_name);

	if (!err && *contact)
		err = buf_printf(&fresh, " (+%s)", contact);
	if (!err)
		err = buf_set(user_agent, buf_span(&fresh));
	buf_release(&fresh);
	return err;
}

static struct span without_scheme(struct span host)
{
	struct span rest = host;

	while (rest.len > 3 && !span_starts_with(rest, SPAN("://")))
		rest = span_from(rest.data + 1, rest.len - 1);
	return span_starts_with(rest, SPAN("://"))
		       ? span_from(rest.data + 3, rest.len - 3)
		       : host;
}

static bool is_loopback(struct span host)
{
	static const char *const names[] = { "localhost", "[::1]", "::1" };

	host = without_scheme(host);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (host.len >= len &&
		    span_equal_nocase(span_from(host.data, len), span_of(names[i])) &&
		    (host.len == len || host.data[len] == ':'))
			return true;
	}
	/* A name such as 127.example.org is not an address. */
	if (!span_starts_with(host, SPAN("127.")))
		return false;
	host = span_cut(&host, ':');
	for (size_t i = 0; i < host.len; i++) {
		if (!strchr("0123456789.", host.data[i]) || !host.data[i])
			return false;
	}
	return true;
}

/* Is the name said to stand for a loopback address (fetch.resolve)? */
static bool resolves_to_loopback(const struct settings *settings, struct span host)
{
	struct span port = without_scheme(host);
	struct span name = span_cut(&port, ':');

	if (!port.len)
		port = span_starts_with(host, SPAN("https:")) ? SPAN("443") : SPAN("80");
	for (size_t i = 0; settings->fetch_resolve[i]; i++) {
		struct span address = span_of(settings->fetch_resolve[i]);
		struct span its_name = span_cut(&address, ':');
		struct span its_port = span_cut(&address, ':');

		if (span_equal_nocase(its_name, name) && span_equal(its_port, port) &&
		    is_loopback(address))
			return true;
	}
	return false;
}

bool contact_is_given(const struct settings *settings)
{
	return *settings->bot_url || *settings->bot_from;
}

enum err contact_check(const struct settings *settings, struct span host, struct why *why)
{
	if (contact_is_given(settings) || is_loopback(host) ||
	    resolves_to_loopback(settings, host))
		return ERR_OK;
	return why_set(
		why, ERR_INVALID,
		"set bot.url or bot.from before crawling '%.*s': its owner must be "
		"able to reach you",
		(int)host.len, host.data);
}
