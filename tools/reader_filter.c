#include "tools/reader_filter.h"

enum err reader_filter_read(struct reader_filter *rf, const struct options *options,
			    bool with_states, struct why *why)
{
	const char *host = option_text(options, "host", NULL);
	struct why reason = { "" };
	int state;

	*rf = (struct reader_filter){ .host = { .port = 0 } };
	rf->filter.tag = span_of(option_text(options, "tag", ""));
	if (with_states) {
		for (size_t i = 0; option_list(options, "state", i, &state); i++) {
			rf->filter.by_state = true;
			rf->filter.states[state] = true;
		}
	}
	if (!host)
		return ERR_OK;
	if (host_filter_init(&rf->host, span_of(host), &reason))
		return why_set(why, ERR_INVALID, "--host '%s': %s", host, reason.text);
	rf->filter.host = &rf->host;
	return ERR_OK;
}

int reader_filter_init(struct reader_filter *rf, const struct options *options,
		       bool with_states)
{
	struct why why = { "" };

	return reader_filter_read(rf, options, with_states, &why)
		       ? command_fail(EXIT_USAGE, "%s", why.text)
		       : EXIT_OK;
}

void reader_filter_release(struct reader_filter *rf)
{
	host_filter_release(&rf->host);
}
