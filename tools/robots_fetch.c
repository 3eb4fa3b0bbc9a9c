#include "tools/robots_fetch.h"

enum err robots_from_origin(const struct settings *settings, struct span origin,
			    enum robots_outcome *outcome, struct buf *body,
			    struct why *why)
{
	(void)settings, (void)outcome, (void)body;
	return why_set(why, ERR_IO, "cannot fetch robots.txt of '%.*s' yet: give --file",
		       (int)origin.len, origin.data);
}
