/*
 * check_render.h - a check as text for people, or as a line of JSON (freshet.check/1).
 * Outside text is made safe (REQ 71, 74). Both append to `out`; ERR_NOMEM only.
 */
#ifndef TOOLS_CHECK_RENDER_H
#define TOOLS_CHECK_RENDER_H

#include "tools/check.h"

/* `with_heads`: the request and response heads, byte for byte: in text a line each, what
 * is not printable ASCII as \xHH, and a line feed without its CR as \n. An answer that
 * breaks the protocol is proved by them in any case. */
MUST_CHECK enum err check_render_text(struct buf *out, const struct check *check,
				      bool with_heads, int64_t now_ms);
MUST_CHECK enum err check_render_json(struct buf *out, const struct check *check,
				      bool with_heads, int64_t now_ms);

#endif
