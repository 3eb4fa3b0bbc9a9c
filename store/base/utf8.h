/*
 * utf8.h - reading UTF-8 from outside (RFC 3629): no overlong forms, no surrogates.
 */
#ifndef STORE_BASE_UTF8_H
#define STORE_BASE_UTF8_H

#include "store/base/buf.h"

/* Takes one code point off `rest`, which is not empty. False when it starts with none:
 * then one octet is taken, and `code_point` is that octet. */
bool utf8_take(struct span *rest, uint32_t *code_point);

/* Is `s` UTF-8 that a terminal only shows: no control, line or direction characters? */
bool utf8_is_printable(struct span s);

#endif
