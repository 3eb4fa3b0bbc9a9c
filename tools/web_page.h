/*
 * web_page.h - one HTML page made whole from the parts in tools/web/: it asks nobody for
 * anything more, and its policy lets no other script or style in (REQ 73).
 *
 * A template holds, each once or as often as it likes:
 *
 *	{{style FILE}}  {{script FILE}}      the file, in an element of its own
 *	{{style-hashes}}  {{script-hashes}}  what the policy needs to let those in
 *	{{data}}                             JSON in a <script type="application/json" id="data">
 */
#ifndef TOOLS_WEB_PAGE_H
#define TOOLS_WEB_PAGE_H

#include "store/base/buf.h"

/* Appends the page of template `name`, such as "report.html". ERR_NOMEM only, and then
 * `out` may hold a part. `json` is any JSON, of any origin. */
MUST_CHECK enum err web_page_make(struct buf *out, const char *name, struct span json);

#endif
