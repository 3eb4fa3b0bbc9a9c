/*
 * check_end.h - what became of a check, in words. Pure.
 */
#ifndef TOOLS_CHECK_END_H
#define TOOLS_CHECK_END_H

#include "tools/check.h"

/* `error` and `status` are of the last answer; for CHECK_NO_ROBOTS, of robots.txt. */
struct explanation check_end_explain(enum check_end end, enum fetch_error error,
				     int status);
bool check_end_works(enum check_end end, int status);

#endif
