#include "tools/warc.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <zlib.h>

#include "store/base/units.h"

#define SHA1_SIZE 20

const char *warc_type_text(enum warc_type type)
{
	static const char *const texts[] = {
		[WARC_INFO] = "warcinfo",     [WARC_REQUEST] = "request",
		[WARC_RESPONSE] = "response", [WARC_REVISIT] = "revisit",
		[WARC_RESOURCE] = "resource", [WARC_METADATA] = "metadata",
		[WARC_OTHER] = "other",
	};

	return texts[type];
}

/* RFC 9562 5.4 */
enum err warc_make_id(char id[WARC_ID_SIZE])
{
	unsigned char u[16];

	if (getrandom(u, sizeof(u), 0) != (ssize_t)sizeof(u))
		return ERR_IO;
	u[6] = (unsigned char)((u[6] & 0x0f) | 0x40);
	u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
	snprintf(id, WARC_ID_SIZE,
		 "<urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x>",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
		 u[12], u[13], u[14], u[15]);
	return ERR_OK;
}

/* RFC 4648 6; 20 octets need no padding. */
static void spell_base32(const unsigned char sha1[SHA1_SIZE], char text[33])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	int n_bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < SHA1_SIZE; i++) {
		bits = bits << 8 | sha1[i];
		for (n_bits += 8; n_bits >= 5; n_bits -= 5)
			text[n++] = digits[bits >> (n_bits - 5) & 31];
	}
	text[n] = '\0';
}

enum err warc_digest(struct span bytes, struct span more, char text[WARC_DIGEST_SIZE])
{
	EVP_MD_CTX *sha1 = EVP_MD_CTX_new();
	unsigned char hash[EVP_MAX_MD_SIZE];
	bool done = sha1 && EVP_DigestInit_ex(sha1, EVP_sha1(), NULL) &&
		    EVP_DigestUpdate(sha1, bytes.data, bytes.len) &&
		    EVP_DigestUpdate(sha1, more.data, more.len) &&
		    EVP_DigestFinal_ex(sha1, hash, NULL);

	EVP_MD_CTX_free(sha1);
	if (!done)
		return ERR_NOMEM;
	memcpy(text, "sha1:", 5);
	spell_base32(hash, text + 5);
	return ERR_OK;
}

/* ---- the header ----------------------------------------------------------------------------- */

enum err warc_field(struct buf *fields, const char *name, struct span value)
{
	enum err err = buf_append_text(fields, name);
	size_t start = fields->len;

	if (!err)
		err = buf_append_text(fields, ": ");
	if (!err)
		err = buf_append_span(fields, value);
	for (size_t i = start; !err && i < fields->len; i++) {
		unsigned char c = (unsigned char)fields->data[i];

		if (c < ' ' || c == 0x7f)
			fields->data[i] = ' ';
	}
	return err ? err : buf_append_text(fields, "\r\n");
}

static enum err append_digests(struct buf *out, struct warc_record *r)
{
	char block[WARC_DIGEST_SIZE];
	enum err err = warc_digest(r->head, r->body, block);

	if (!err)
		err = warc_field(out, "WARC-Block-Digest", span_of(block));
	if (err || !r->has_payload)
		return err;
	if (!r->payload_digest[0])
		err = warc_digest(r->body, SPAN(""), r->payload_digest);
	return err ? err
		   : warc_field(out, "WARC-Payload-Digest", span_of(r->payload_digest));
}

enum err warc_append_header(struct buf *out, struct warc_record *r)
{
	char at[UNITS_TIME_SIZE];
	enum err err;

	units_format_time(r->at_ms, at);
	err = buf_printf(out, "WARC/1.1\r\nWARC-Type: %s\r\n", warc_type_text(r->type));
	if (!err)
		err = warc_field(out, "WARC-Record-ID", span_of(r->id));
	if (!err)
		err = warc_field(out, "WARC-Date", span_of(at));
	if (!err && r->uri.len)
		err = warc_field(out, "WARC-Target-URI", r->uri);
	if (!err)
		err = buf_append_span(out, r->fields);
	if (!err)
		err = append_digests(out, r);
	if (!err && r->content_type.len)
		err = warc_field(out, "Content-Type", r->content_type);
	return err ? err
		   : buf_printf(out, "Content-Length: %zu\r\n\r\n",
				r->head.len + r->body.len);
}

/* ---- gzip ------------------------------------------------------------------------------------ */

struct warc_packer {
	z_stream stream;
	struct buf header;
};

#define GZIP_WINDOW (15 + 16) /* zlib: a gzip wrapper around the largest window */
#define ROOM_STEP 16384

enum err warc_packer_new(int level, struct warc_packer **out)
{
	struct warc_packer *p = calloc(1, sizeof(*p));

	if (!p)
		return ERR_NOMEM;
	if (deflateInit2(&p->stream, level, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		free(p);
		return ERR_NOMEM;
	}
	*out = p;
	return ERR_OK;
}

void warc_packer_free(struct warc_packer *packer)
{
	if (!packer)
		return;
	(void)deflateEnd(&packer->stream);
	buf_release(&packer->header);
	free(packer);
}

static enum err deflate_some(z_stream *z, struct span bytes, int flush, struct buf *out)
{
	int code;

	z->next_in = (Bytef *)(uintptr_t)bytes.data; /* zlib only reads it */
	z->avail_in = (uInt)bytes.len;
	do {
		if (buf_reserve(out, ROOM_STEP))
			return ERR_NOMEM;
		z->next_out = (Bytef *)out->data + out->len;
		z->avail_out = ROOM_STEP;
		code = deflate(z, flush);
		out->len += ROOM_STEP - z->avail_out;
	} while (z->avail_in || (flush == Z_FINISH && code == Z_OK));
	return code == Z_STREAM_ERROR ? ERR_INVALID : ERR_OK;
}

enum err warc_pack(struct warc_packer *p, struct warc_record *r, struct buf *out)
{
	size_t start = out->len;
	enum err err;

	buf_clear(&p->header);
	err = warc_append_header(&p->header, r);
	if (!err && deflateReset(&p->stream) != Z_OK)
		err = ERR_INVALID;
	if (!err)
		err = deflate_some(&p->stream, buf_span(&p->header), Z_NO_FLUSH, out);
	if (!err)
		err = deflate_some(&p->stream, r->head, Z_NO_FLUSH, out);
	if (!err)
		err = deflate_some(&p->stream, r->body, Z_NO_FLUSH, out);
	if (!err)
		err = deflate_some(&p->stream, SPAN(WARC_RECORD_END), Z_FINISH, out);
	if (err)
		out->len = start;
	if (out->data)
		out->data[out->len] = '\0';
	return err;
}

static enum err append_info(struct buf *block, struct span user_agent)
{
	enum err err = warc_field(block, "software", SPAN("freshet/" FRESHET_VERSION));

	if (!err)
		err = warc_field(block, "format", SPAN("WARC File Format 1.1"));
	if (!err)
		err = warc_field(block, "conformsTo",
				 SPAN("http://iipc.github.io/warc-specifications/"
				      "specifications/warc-format/warc-1.1/"));
	if (!err && user_agent.len)
		err = warc_field(block, "robots", SPAN("classic"));
	if (!err && user_agent.len)
		err = warc_field(block, "http-header-user-agent", user_agent);
	return err;
}

enum err warc_info_pack(struct warc_packer *packer, struct span filename,
			struct span user_agent, int64_t now_ms, struct buf *out)
{
	struct warc_record r = { .type = WARC_INFO,
				 .at_ms = now_ms,
				 .content_type = SPAN("application/warc-fields") };
	struct buf fields = BUF_INIT, block = BUF_INIT;
	enum err err = warc_make_id(r.id);

	if (!err && filename.len)
		err = warc_field(&fields, "WARC-Filename", filename);
	if (!err)
		err = append_info(&block, user_agent);
	r.fields = buf_span(&fields);
	r.body = buf_span(&block);
	if (!err)
		err = warc_pack(packer, &r, out);
	buf_release(&fields);
	buf_release(&block);
	return err;
}
