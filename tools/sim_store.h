/*
 * sim_store.h - the visits of a store as a history to replay.
 *
 * A change is known only to lie between two visits: it is taken to have been made half
 * way between them. Changes that a visit did not see one by one are missing, and so is
 * what lies behind a page's kept history: good for comparing policies on one's own pages,
 * not for absolute numbers.
 */
#ifndef TOOLS_SIM_STORE_H
#define TOOLS_SIM_STORE_H

#include "store/base/err.h"
#include "tools/trace.h"

/* Reads the store in `dir` beside whoever writes it. ERR_INVALID: there is no history yet. */
MUST_CHECK enum err trace_of_store(const char *dir, struct trace *trace, struct why *why);

#endif
