/*
 * surt.h - the key under which a web archive's index files a URL.
 *
 * "http://www.Example.org:8080/A/?b=2&a=1" is "org,example:8080)/a?a=1&b=2": the host from
 * its end, without "www."; all in lower case; parameters in order; no last slash. As the
 * Internet Archive's rules have it, but for session ids, which are left in.
 */
#ifndef TOOLS_SURT_H
#define TOOLS_SURT_H

#include "store/base/buf.h"

/* Appends the key of a canonical URL. ERR_INVALID: it is none. */
MUST_CHECK enum err surt_append(struct buf *out, struct span url);

#endif
