#include "tools/warc_http.h"

#include "crawler/response_head.h"

#define STEP 65536

void warc_http_release(struct warc_http *http)
{
	header_list_release(&http->headers);
	buf_release(&http->body);
	buf_release(&http->block);
}

void warc_http_describe(const struct warc_http *http, struct cdxj *entry)
{
	entry->status = http->status;
	(void)header_get(&http->headers, "Content-Type", 0, &entry->mime);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "1a2b[;extension]CRLF" */
static bool take_chunk_size(struct span *rest, size_t *size)
{
	struct span line = span_cut(rest, '\n');
	struct span digits = span_trim(span_cut(&line, ';'));
	size_t sum = 0;

	if (!digits.len || digits.len > 8)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		int value = hex_value(digits.data[i]);

		if (value < 0)
			return false;
		sum = sum << 4 | (size_t)value;
	}
	*size = sum;
	return true;
}

enum err warc_http_dechunk(struct span bytes, struct buf *body, bool *is_chunked)
{
	size_t size = 1;
	enum err err = ERR_OK;

	*is_chunked = false;
	buf_clear(body);
	while (!err && take_chunk_size(&bytes, &size) && size && size < bytes.len) {
		err = buf_append(body, bytes.data, size);
		bytes = span_from(bytes.data + size, bytes.len - size);
		if (span_trim(span_cut(&bytes, '\n')).len)
			return err; /* a chunk that is longer than it says */
		size = 1;
	}
	*is_chunked = !size; /* what follows the last chunk are trailers */
	return err;
}

/* Reads on until `block` holds `len` bytes, or all. */
static enum err read_up_to(struct warc_reader *reader, size_t len, struct buf *block,
			   struct why *why)
{
	size_t before;
	enum err err = ERR_OK;

	do {
		before = block->len;
		if (before < len)
			err = warc_reader_block(reader, len - before, block, why);
	} while (!err && block->len > before);
	return err;
}

/* The lines of the head off the front of `block`. */
static enum err read_head(struct warc_http *http, struct span *block, struct why *why)
{
	struct response_head head = { .status = 0 };

	header_list_clear(&http->headers);
	while (!head.is_complete && block->len) {
		struct span line = { block->data, 0 };
		enum head_error error;

		(void)span_cut(block, '\n');
		line.len = (size_t)(block->data - line.data);
		error = response_head_add(&head, &http->headers, line);
		if (error == HEAD_NOMEM)
			return ERR_NOMEM;
		if (error)
			return why_set(why, ERR_INVALID, "no HTTP response: %s",
				       head_error_text(error));
	}
	http->status = head.status;
	return head.is_complete ? ERR_OK
				: why_set(why, ERR_INVALID,
					  "no HTTP response: its head does not end");
}

static bool says_chunked(const struct header_list *headers)
{
	struct span value;

	return header_get(headers, "Transfer-Encoding", 0, &value) &&
	       span_equal_nocase(value, SPAN("chunked"));
}

enum err warc_http_read(struct warc_reader *reader, size_t max_body,
			struct warc_http *http, struct why *why)
{
	bool is_chunked = false;
	struct span rest;
	enum err err;

	http->too_large = false;
	buf_clear(&http->block);
	buf_clear(&http->body);
	err = read_up_to(reader, STEP, &http->block, why);
	if (err)
		return err;
	rest = buf_span(&http->block);
	err = read_head(http, &rest, why);
	if (!err && max_body) {
		size_t head_len = http->block.len - rest.len;

		/* Chunks take a little more than what is in them. */
		err = read_up_to(reader, head_len + max_body + max_body / 8 + STEP,
				 &http->block, why);
		rest = span_from(http->block.data + head_len, http->block.len - head_len);
	}
	if (!err && says_chunked(&http->headers))
		err = warc_http_dechunk(rest, &http->body, &is_chunked);
	if (!err && !is_chunked)
		err = buf_set(&http->body, rest);
	http->too_large = http->body.len > max_body;
	return err;
}

enum err warc_http_read_plain(struct warc_reader *reader, size_t max_body,
			      struct warc_http *http, struct why *why)
{
	enum err err;

	http->status = 0;
	header_list_clear(&http->headers);
	buf_clear(&http->body);
	err = read_up_to(reader, max_body + 1, &http->body, why);
	http->too_large = http->body.len > max_body;
	return err;
}
