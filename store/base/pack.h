/*
 * pack.h - validators in fewer bytes: what a page's record holds of them.
 *
 * Among digests a digit costs its byte, whatever compresses the block. So an ETag made of
 * hexadecimal numbers and a date as servers write it are kept as numbers; everything else as
 * it stands, behind a byte that says so. What is unpacked is what was packed, byte for byte.
 *
 *   00            the text follows
 *   10 | W | A | n-1 << 2   W (1): weak; A (2): digits A-F in capitals. In half bytes n
 *                 numbers of 1 to 15 digits, each behind how many; joined by "-"
 *   20 | W | A | odd << 2   one number, in half bytes
 *   30            four bytes: seconds since 1970, "Sun, 06 Nov 1994 08:49:37 GMT"
 *
 * Half bytes come high one first; where they do not fill the last byte it ends with 0.
 */
#ifndef STORE_BASE_PACK_H
#define STORE_BASE_PACK_H

#include "store/base/buf.h"

/* At most this is added to the text's length, of one that cannot be packed. */
#define PACK_OVERHEAD 1

/* Appends the packed text to `out`, where text.len + PACK_OVERHEAD bytes have room. Returns
 * the end of what was written. */
char *pack_text(struct span text, char *out);
/* Replaces `text`. ERR_CORRUPT: nothing packs to these bytes, or to a text over `max` bytes. */
MUST_CHECK enum err unpack_text(struct span packed, size_t max, struct buf *text);

#endif
