#include "tools/reader_filter.h"

int reader_filter_init(struct reader_filter *rf, const struct options *options,
		       bool with_states)
{
	const char *host = option_text(options, "host", NULL);
	struct why why = { "" };
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
		return EXIT_OK;
	if (host_filter_init(&rf->host, span_of(host), &why))
		return command_fail(EXIT_USAGE, "--host '%s': %s", host, why.text);
	rf->filter.host = &rf->host;
	return EXIT_OK;
}

void reader_filter_release(struct reader_filter *rf)
{
	host_filter_release(&rf->host);
}
