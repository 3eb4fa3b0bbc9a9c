/*
 * zip.h - stored bodies, zstd-compressed.
 *
 * A frame made here carries its length and a checksum, so unzipping knows beforehand
 * what it will take and never hands out damaged bytes.
 */
#ifndef STORE_BASE_ZIP_H
#define STORE_BASE_ZIP_H

#include "store/base/buf.h"

/* Contexts worth reusing; one per thread. */
struct zip;

/* `level` is zstd's, 1 (fast) to 19. */
MUST_CHECK enum err zip_new(int level, struct zip **zip);
void zip_free(struct zip *zip);

/* Both append to `out`, which is as it was on failure. `bytes` must not lie in `out`. */
MUST_CHECK enum err zip_compress(struct zip *zip, struct span bytes, struct buf *out);
/* ERR_TOO_LARGE when more than `max` bytes would come out; ERR_CORRUPT when `frame` is
 * not one whole frame of zip_compress(). */
MUST_CHECK enum err zip_decompress(struct zip *zip, struct span frame, size_t max,
				   struct buf *out);

#endif
