/*
 * head.h - the fields of a page's last 200 in few bytes, so that they fit into its record: a
 * key of their own would take as much as they do.
 *
 * Of each line, one byte and what it calls for:
 *
 *   0             a length and so many bytes: the line
 *   1 to 31       which name of a list; + 32: in small letters. Its value is, by what is added,
 *                 0    a length and so many bytes, see pack.h
 *                 64   the page's ETag
 *                 128  ... Last-Modified, of the field of that name
 *                 192  ... type of content
 *
 * So it is read with the validators and the type that the page had when it was packed. Who
 * changes these without a new head unpacks it first, or has what is new laid over it, as it is
 * with the Last-Modified of a 304.
 */
#ifndef STORE_HEAD_H
#define STORE_HEAD_H

#include "store/page.h"

/* Of "Name: value\n" lines; replaces `packed`. ERR_TOO_LARGE: it does not fit into a record,
 * because it has more than PAGE_HEAD_MAX bytes or does not end with a line's end. */
MUST_CHECK enum err head_pack(const struct page *page, struct span lines,
			      struct buf *packed);
/* The lines of page->head, byte for byte; replaces `lines`. ERR_CORRUPT: nothing packs so. */
MUST_CHECK enum err head_unpack(const struct page *page, struct buf *lines);
/* Are names and lengths of a packed head possible? What reads a record asks; head_unpack()
 * may still find that a value is not. */
bool head_is_sound(struct span packed);

#endif
