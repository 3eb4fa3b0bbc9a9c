#include "store/base/zip.h"

#include <stdlib.h>
#include <zstd.h>

struct zip {
	ZSTD_CCtx *compressor;
	ZSTD_DCtx *decompressor;
};

enum err zip_new(int level, struct zip **zip)
{
	struct zip *fresh = calloc(1, sizeof(*fresh));

	if (!fresh)
		return ERR_NOMEM;
	fresh->compressor = ZSTD_createCCtx();
	fresh->decompressor = ZSTD_createDCtx();
	if (!fresh->compressor || !fresh->decompressor) {
		zip_free(fresh);
		return ERR_NOMEM;
	}
	if (ZSTD_isError(ZSTD_CCtx_setParameter(fresh->compressor,
						ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(
		    ZSTD_CCtx_setParameter(fresh->compressor, ZSTD_c_checksumFlag, 1))) {
		zip_free(fresh);
		return ERR_INVALID;
	}
	*zip = fresh;
	return ERR_OK;
}

void zip_free(struct zip *zip)
{
	if (!zip)
		return;
	ZSTD_freeCCtx(zip->compressor);
	ZSTD_freeDCtx(zip->decompressor);
	free(zip);
}

/* Accepts what was written behind the last byte of `out`, and ends it with the NUL that
 * a buf always has. */
static void extend(struct buf *out, size_t written)
{
	out->len += written;
	out->data[out->len] = '\0';
}

enum err zip_compress(struct zip *zip, struct span bytes, struct buf *out)
{
	size_t bound = ZSTD_compressBound(bytes.len);
	size_t written;
	enum err err;

	if (ZSTD_isError(bound))
		return ERR_TOO_LARGE;
	err = buf_reserve(out, bound);
	if (err)
		return err;
	written = ZSTD_compress2(zip->compressor, out->data + out->len, bound, bytes.data,
				 bytes.len);
	if (ZSTD_isError(written)) /* the bound fits, so only memory can lack */
		return ERR_NOMEM;
	extend(out, written);
	return ERR_OK;
}

enum err zip_decompress(struct zip *zip, struct span frame, size_t max, struct buf *out)
{
	unsigned long long size = ZSTD_getFrameContentSize(frame.data, frame.len);
	size_t written;
	enum err err;

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
		return ERR_CORRUPT;
	if (size > max)
		return ERR_TOO_LARGE;
	/* Two frames, or none but skippable ones, are not of our making. */
	if (ZSTD_findFrameCompressedSize(frame.data, frame.len) != frame.len)
		return ERR_CORRUPT;
	err = buf_reserve(out, (size_t)size);
	if (err)
		return err;
	written = ZSTD_decompressDCtx(zip->decompressor, out->data + out->len,
				      (size_t)size, frame.data, frame.len);
	if (ZSTD_isError(written) || written != size) {
		out->data[out->len] = '\0';
		return ERR_CORRUPT;
	}
	extend(out, written);
	return ERR_OK;
}
