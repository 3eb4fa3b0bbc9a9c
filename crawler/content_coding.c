#include "crawler/content_coding.h"

#include <limits.h>
#include <zlib.h>

#include "crawler/field.h"

#define CHUNK ((size_t)32 * 1024)

/* zlib's windowBits: how the stream is wrapped. */
enum wrapping {
	WRAPPED_RAW = -MAX_WBITS,
	WRAPPED_ZLIB = MAX_WBITS,
	WRAPPED_GZIP = MAX_WBITS + 16,
};

enum coding { CODING_GZIP, CODING_DEFLATE };

struct limits {
	size_t wire_len; /* of the whole body: a ratio is judged over all codings */
	size_t max_bytes;
};

const char *coding_verdict_text(enum coding_verdict verdict)
{
	static const char *const texts[] = { "decoded", "unknown coding", "broken coding",
					     "decompression bomb", "too large" };

	return (size_t)verdict < ARRAY_SIZE(texts) ? texts[verdict] : "unknown";
}

static enum coding_verdict judge_size(size_t n_bytes, const struct limits *limits)
{
	if (n_bytes > DECODED_RATIO_FROM &&
	    n_bytes > limits->wire_len * DECODED_RATIO_MAX)
		return CODING_BOMB;
	return n_bytes > limits->max_bytes ? CODING_TOO_LARGE : DECODED;
}

/* Runs zlib once into fresh room at the end of `out`. */
static enum err inflate_chunk(z_stream *z, struct buf *out, int *status)
{
	enum err err = buf_reserve(out, CHUNK);

	if (err)
		return err;
	z->next_out = (unsigned char *)out->data + out->len;
	z->avail_out = CHUNK;
	*status = inflate(z, Z_NO_FLUSH);
	out->len += CHUNK - z->avail_out;
	out->data[out->len] = '\0';
	return *status == Z_MEM_ERROR ? ERR_NOMEM : ERR_OK;
}

/* One zlib stream or gzip member, up to its end. */
static enum err inflate_stream(z_stream *z, const struct limits *limits, struct buf *out,
			       enum coding_verdict *verdict)
{
	int status = Z_OK;
	enum err err = ERR_OK;

	*verdict = DECODED;
	while (!err && *verdict == DECODED && status != Z_STREAM_END) {
		err = inflate_chunk(z, out, &status);
		if (err)
			break;
		if (status != Z_OK && status != Z_STREAM_END)
			*verdict = CODING_BROKEN;
		else
			*verdict = judge_size(out->len, limits);
	}
	return err;
}

static bool another_member_follows(const z_stream *z)
{
	return z->avail_in >= 2 && z->next_in[0] == 0x1f && z->next_in[1] == 0x8b;
}

static enum err inflate_all(struct span in, enum wrapping wrapping,
			    const struct limits *limits, struct buf *out,
			    enum coding_verdict *verdict)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)in.data,
		       .avail_in = (unsigned)in.len };
	enum err err;

	if (inflateInit2(&z, (int)wrapping) != Z_OK)
		return ERR_NOMEM;
	do {
		err = inflate_stream(&z, limits, out, verdict);
	} while (!err && *verdict == DECODED && wrapping == WRAPPED_GZIP &&
		 another_member_follows(&z) && inflateReset(&z) == Z_OK);
	inflateEnd(&z);
	return err;
}

static bool looks_like_zlib(struct span in)
{
	unsigned cmf, flags;

	if (in.len < 2)
		return false;
	cmf = (unsigned char)in.data[0];
	flags = (unsigned char)in.data[1];
	return (cmf & 15) == Z_DEFLATED && (cmf * 256 + flags) % 31 == 0;
}

/* RFC 9110 8.4.1.2 means the zlib wrapper and notes that some leave it out. A raw stream
 * can begin like a wrapped one, so what fails as that is tried raw. */
static enum err inflate_deflate(struct span in, const struct limits *limits,
				struct buf *out, enum coding_verdict *verdict)
{
	enum err err;

	*verdict = CODING_BROKEN;
	if (looks_like_zlib(in)) {
		err = inflate_all(in, WRAPPED_ZLIB, limits, out, verdict);
		if (err || *verdict != CODING_BROKEN)
			return err;
		buf_clear(out);
	}
	return inflate_all(in, WRAPPED_RAW, limits, out, verdict);
}

/* `out` is empty. */
static enum err undo(enum coding coding, struct span in, const struct limits *limits,
		     struct buf *out, enum coding_verdict *verdict)
{
	if (in.len > UINT_MAX) {
		*verdict = CODING_TOO_LARGE;
		return ERR_OK;
	}
	if (coding == CODING_GZIP)
		return inflate_all(in, WRAPPED_GZIP, limits, out, verdict);
	return inflate_deflate(in, limits, out, verdict);
}

static bool coding_named(struct span name, enum coding *coding)
{
	if (span_equal_nocase(name, SPAN("gzip")) ||
	    span_equal_nocase(name, SPAN("x-gzip")))
		*coding = CODING_GZIP;
	else if (span_equal_nocase(name, SPAN("deflate")))
		*coding = CODING_DEFLATE;
	else
		return false;
	return true;
}

/* The codings in the order they were applied. False: one that we cannot undo. */
static bool list_codings(const struct header_list *headers,
			 enum coding codings[CODINGS_MAX], int *n_codings)
{
	struct span line, name;

	*n_codings = 0;
	for (size_t i = 0; header_get(headers, "Content-Encoding", i, &line); i++) {
		while (field_list_next(&line, &name)) {
			if (span_equal_nocase(name, SPAN("identity")))
				continue;
			if (*n_codings == CODINGS_MAX ||
			    !coding_named(name, &codings[*n_codings]))
				return false;
			++*n_codings;
		}
	}
	return true;
}

enum err content_decode(const struct header_list *headers, struct span wire,
			size_t max_bytes, struct buf *body, enum coding_verdict *verdict)
{
	struct limits limits = { wire.len, max_bytes };
	struct buf in = BUF_INIT, out = BUF_INIT;
	enum coding codings[CODINGS_MAX];
	int n_codings;
	enum err err = ERR_OK;

	*verdict = CODING_UNKNOWN;
	if (!list_codings(headers, codings, &n_codings))
		goto out;
	*verdict = judge_size(wire.len, &limits);
	if (*verdict == DECODED && n_codings == 0)
		err = buf_set(body, wire);
	while (!err && *verdict == DECODED && n_codings > 0) {
		err = undo(codings[--n_codings], wire, &limits, &out, verdict);
		buf_release(&in);
		in = buf_take(&out);
		wire = buf_span(&in);
		if (!err && *verdict == DECODED && n_codings == 0) {
			buf_release(body);
			*body = buf_take(&in);
		}
	}
out:
	buf_release(&in);
	buf_release(&out);
	return err;
}
