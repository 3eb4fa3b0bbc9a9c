/*
 * reader_filter.h - --host, --tag and --state as a filter.
 */
#ifndef TOOLS_READER_FILTER_H
#define TOOLS_READER_FILTER_H

#include "tools/command.h"
#include "tools/filter.h"

struct reader_filter {
	struct filter filter; /* borrows from `host` and from the options */
	struct host_filter host;
};

/* ERR_INVALID: --host names none, and `why` says so. Must not be moved. */
MUST_CHECK enum err reader_filter_read(struct reader_filter *rf,
				       const struct options *options, bool with_states,
				       struct why *why);
/* The same for a command that has --host and --tag, and --state if `with_states`. EXIT_OK, or what
 * went wrong (it is printed). Must not be moved. */
int reader_filter_init(struct reader_filter *rf, const struct options *options,
		       bool with_states);
void reader_filter_release(struct reader_filter *rf);

#endif
