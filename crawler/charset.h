/*
 * charset.h - any declared encoding of a page to clean UTF-8.
 *
 * The choice follows the WHATWG Encoding and HTML standards: a byte order mark, then the
 * charset parameter of Content-Type, then what the page says in its first 1024 bytes.
 * Without any of them bytes that are valid UTF-8 are UTF-8, others windows-1252. Only
 * the standard's encodings are known, under its labels; iconv is never handed a name
 * from outside.
 */
#ifndef CRAWLER_CHARSET_H
#define CRAWLER_CHARSET_H

#include <stdbool.h>

#include "store/base/buf.h"

/*
 * `*utf8` becomes `bytes` as valid UTF-8 without a byte order mark and without control
 * characters of ASCII but TAB, LF and CR (they turn to spaces; what does not decode, to
 * U+FFFD).
 * `label` is the charset parameter, may be empty. `markup`: look for a declaration in
 * the bytes too. Borrowed: from `bytes` where nothing had to change, else from `scratch`
 * (replaced). At most three bytes come out for each that goes in.
 */
MUST_CHECK enum err charset_decode(struct span bytes, struct span label, bool markup,
				   struct buf *scratch, struct span *utf8);

/* The iconv name of the encoding with that label; NULL if there is none such. */
const char *charset_iconv_name(struct span label);

/* What `markup` declares: <meta charset>, <meta http-equiv content> or an XML
 * declaration, in its first 1024 bytes. Empty: nothing. Borrowed. */
struct span charset_declared(struct span markup);

/* How many bytes at the start of `s` are whole, valid UTF-8 and neither control characters
 * of ASCII but TAB, LF and CR nor U+FFFE, U+FFFF. */
size_t charset_clean_prefix(struct span s);

#endif
