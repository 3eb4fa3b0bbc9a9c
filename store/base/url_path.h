/*
 * url_path.h - path and query of a canonical URL. Clauses are of the WHATWG URL Standard.
 *
 * Escapes that the input already has stay as they are, `%7e` beside `%7E`: the standard
 * calls those two URLs, and an origin may answer them differently. What is escaped here
 * is escaped in upper case. Octets that are not UTF-8 are escaped one by one.
 */
#ifndef STORE_BASE_URL_PATH_H
#define STORE_BASE_URL_PATH_H

#include "store/base/url_text.h"

/* Appends the segments at the start of `rest` and moves `rest` to the '?', '#' or end
 * behind them (path state, 4.4). `text` ends with a '/'; the path's first one stands at
 * `path_at`, and no dot segment climbs over it. */
void url_path_put(struct url_text *text, size_t path_at, struct span *rest);

/* Appends '?' and the query when `rest` starts with one; stops at the fragment. */
void url_path_put_query(struct url_text *text, struct span rest);

/* Drops what stands behind the last '/' of the path (shorten, 4.4). */
void url_path_shorten(struct url_text *text);

#endif
