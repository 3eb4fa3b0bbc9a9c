/*
 * escape.h - outside text made safe for where it is shown (REQ 71-74).
 *
 * Each function appends to `out`; on failure (ERR_NOMEM only) `out` may hold a part.
 * "Bad UTF-8" is what the Unicode Standard calls ill-formed: overlong, surrogate, beyond
 * U+10FFFF, cut short. One U+FFFD stands for each bad byte.
 */
#ifndef TOOLS_ESCAPE_H
#define TOOLS_ESCAPE_H

#include "store/base/buf.h"

/* With its quotes. Bad UTF-8 becomes U+FFFD; C0, DEL and C1 are \u escapes; so are < and
 * U+2028/9, so that the JSON may stand in a script element (REQ 73). */
MUST_CHECK enum err escape_json_text(struct buf *out, struct span text);
/* Exact bytes as printable ASCII, for any place: the others as \xHH, a backslash as \\. */
MUST_CHECK enum err escape_bytes(struct buf *out, struct span bytes);
/* The same as a JSON string (REQ 71: validators): a parser gives back what escape_bytes()
 * makes. */
MUST_CHECK enum err escape_json_bytes(struct buf *out, struct span bytes);
/* JSON that is done, for a script element: < > & can only stand in its strings, and become
 * \u escapes there. */
MUST_CHECK enum err escape_json_in_html(struct buf *out, struct span json);
/* One RFC 4180 cell, quoted where needed, with the guard against formulas (REQ 72). */
MUST_CHECK enum err escape_csv(struct buf *out, struct span cell);
/* One line for a terminal or a log: C0, DEL, C1, marks of direction and bad UTF-8 become
 * U+FFFD; CR, LF and TAB become spaces (REQ 74). */
MUST_CHECK enum err escape_terminal(struct buf *out, struct span text);
/* The same, with LF and TAB left alone: for text of several lines. */
MUST_CHECK enum err escape_terminal_lines(struct buf *out, struct span text);
/* For element content and quoted attributes; controls and bad UTF-8 become U+FFFD. */
MUST_CHECK enum err escape_html(struct buf *out, struct span text);
/* One roff word or line: backslash, hyphen and a leading . or ' are safe. */
MUST_CHECK enum err escape_roff(struct buf *out, struct span text);

#endif
