#include "tools/warc_exchange.h"

#include <stdio.h>

#include "store/base/units.h"

/* ---- heads ----------------------------------------------------------------------------------- */

static bool names(struct span line, struct span wanted)
{
	return span_equal_nocase(span_trim(span_cut(&line, ':')), wanted);
}

/* Lengths of a message that is framed otherwise now. */
static bool is_undone(struct span line, bool is_coded)
{
	return is_coded && (names(line, SPAN("Transfer-Encoding")) ||
			    names(line, SPAN("Content-Length")));
}

/* "HTTP/2 200": readers of archives know no such thing. */
static enum err append_status_line(struct buf *out, struct span line)
{
	struct span rest = line;
	enum err err;

	if (!span_starts_with(line, SPAN("HTTP/2")))
		return buf_append_span(out, line);
	(void)span_cut(&rest, ' ');
	err = buf_append_text(out, "HTTP/1.1 ");
	return err ? err : buf_append_span(out, rest);
}

static bool is_interim(struct span status_line)
{
	(void)span_cut(&status_line, ' ');
	return span_starts_with(status_line, SPAN("1"));
}

static struct span take_line(struct span *rest)
{
	struct span line = { rest->data, 0 };

	(void)span_cut(rest, '\n');
	line.len = (size_t)(rest->data - line.data);
	return line;
}

static bool is_blank(struct span line)
{
	return line.len <= 2 && !span_trim(line).len;
}

/* The final head: neither what came before it nor the trailers. */
static enum err append_response_head(struct buf *out, struct span raw, bool is_coded)
{
	bool at_start = true, interim = false;
	enum err err = ERR_OK;

	while (!err && raw.len) {
		struct span line = take_line(&raw);

		if (at_start) {
			buf_clear(out);
			interim = is_interim(line);
			err = append_status_line(out, line);
			at_start = false;
		} else if (is_blank(line)) {
			at_start = true;
			err = buf_append_text(out, "\r\n");
			if (!interim)
				break;
		} else {
			if (is_undone(line, is_coded))
				err = buf_append_text(out, "X-Orig-");
			if (!err)
				err = buf_append_span(out, line);
		}
	}
	return err;
}

static bool is_secret(struct span line, struct span secrets)
{
	struct span name = span_trim(span_cut(&line, ':'));

	while (secrets.len)
		if (names(span_cut(&secrets, '\n'), name))
			return true;
	return false;
}

static enum err append_request_head(struct buf *out, struct span raw, struct span secrets)
{
	struct span first = take_line(&raw), end = SPAN(" HTTP/2");
	struct span start = span_trim(first);
	enum err err;

	if (start.len > end.len &&
	    span_equal(span_from(start.data + start.len - end.len, end.len), end)) {
		start.len -= end.len;
		err = buf_append_span(out, start);
		if (!err)
			err = buf_append_text(out, " HTTP/1.1\r\n");
	} else {
		err = buf_append_span(out, first);
	}
	while (!err && raw.len) {
		struct span line = take_line(&raw);

		if (is_blank(line) || !is_secret(line, secrets))
			err = buf_append_span(out, line);
	}
	return err;
}

/* ---- fields ------------------------------------------------------------------------------------ */

/* "[::1]:80" and "127.0.0.1:80" without their ports. */
static enum err add_address(struct buf *fields, const struct warc_exchange *x)
{
	struct span address = span_of(x->result->address);

	if (!address.len || x->via_proxy)
		return ERR_OK;
	while (address.len && address.data[address.len - 1] != ':')
		address.len--;
	if (address.len)
		address.len--;
	if (address.len > 2 && address.data[0] == '[')
		address = span_from(address.data + 1, address.len - 2);
	return warc_field(fields, "WARC-IP-Address", address);
}

static enum err add_protocol(struct buf *fields, const struct warc_exchange *x)
{
	return x->result->http_version == 20
		       ? warc_field(fields, "WARC-Protocol", SPAN("h2"))
		       : ERR_OK;
}

/* Only what is in an archive is referred to (6.7.2, 6.7.3 of the standard; all of these
 * are optional). */
static enum err add_original(struct buf *fields, const struct warc_original *original)
{
	char at[UNITS_TIME_SIZE];
	enum err err;

	if (!original || !original->uri.len)
		return ERR_OK;
	units_format_time(original->at_ms, at);
	err = warc_field(fields, "WARC-Refers-To", span_of(original->id));
	if (!err)
		err = warc_field(fields, "WARC-Refers-To-Target-URI",
				 buf_span(&original->uri));
	if (!err)
		err = warc_field(fields, "WARC-Refers-To-Date", span_of(at));
	return err ? err
		   : warc_field(fields, "WARC-Payload-Digest",
				span_of(original->payload_digest));
}

static enum err add_fields(struct buf *fields, const struct warc_exchange *x,
			   enum exchange_kind kind, bool is_cut)
{
	enum err err = add_address(fields, x);

	if (!err)
		err = add_protocol(fields, x);
	if (!err && kind == EXCHANGE_NOT_MODIFIED)
		err = warc_field(fields, "WARC-Profile", SPAN(WARC_PROFILE_NOT_MODIFIED));
	if (!err && kind == EXCHANGE_SAME_PAYLOAD)
		err = warc_field(fields, "WARC-Profile", SPAN(WARC_PROFILE_SAME_PAYLOAD));
	if (!err && kind != EXCHANGE_RESPONSE)
		err = add_original(fields, x->original);
	if (!err && (is_cut || kind == EXCHANGE_SAME_PAYLOAD))
		err = warc_field(fields, "WARC-Truncated", SPAN("length"));
	return err;
}

/* ---- records ------------------------------------------------------------------------------------ */

static enum err pack(struct warc_packer *packer, struct warc_record *r,
		     const struct cdxj *entry, struct warc_batch *batch)
{
	size_t len = batch->bytes.len, line_len = batch->lines.len;
	enum err err = warc_pack(packer, r, &batch->bytes);
	struct cdxj named;

	if (!err && entry) {
		named = *entry;
		if (r->has_payload)
			named.digest = span_of(r->payload_digest);
		err = cdxj_begin(&batch->lines, &named);
	}
	batch->items[batch->n].len = batch->bytes.len - len;
	batch->items[batch->n].line_len = batch->lines.len - line_len;
	batch->n += !err;
	return err;
}

static enum err note_written(const struct warc_record *r, struct warc_original *written)
{
	if (!written)
		return ERR_OK;
	warc_original_clear(written);
	if (!r->has_payload)
		return ERR_OK;
	written->at_ms = r->at_ms;
	memcpy(written->id, r->id, sizeof(written->id));
	memcpy(written->payload_digest, r->payload_digest,
	       sizeof(written->payload_digest));
	return buf_set(&written->uri, r->uri);
}

static enum err pack_answer(struct warc_packer *packer, const struct warc_exchange *x,
			    enum exchange_kind kind, struct span head, struct span fields,
			    struct warc_batch *batch, struct warc_record *r)
{
	struct span body = buf_span(&x->result->body);
	struct cdxj entry = { .url = x->uri,
			      .at_ms = x->at_ms,
			      .status = x->result->http_status,
			      .mime = SPAN(CDXJ_REVISIT) };
	bool is_cut = x->max_body && body.len > x->max_body;

	*r = (struct warc_record){ .type = WARC_REVISIT,
				   .at_ms = x->at_ms,
				   .uri = x->uri,
				   .fields = fields,
				   .content_type = SPAN(WARC_HTTP_RESPONSE),
				   .head = head };
	if (kind == EXCHANGE_RESPONSE) {
		r->type = WARC_RESPONSE;
		r->has_payload = !is_cut;
		r->body = is_cut ? span_from(body.data, x->max_body) : body;
		entry.mime = SPAN("");
		(void)header_get(&x->result->headers, "Content-Type", 0, &entry.mime);
	} else if (x->original) {
		entry.digest = span_of(x->original->payload_digest);
	}
	enum err err = warc_make_id(r->id);

	return err ? err : pack(packer, r, &entry, batch);
}

static enum err pack_request(struct warc_packer *packer, const struct warc_exchange *x,
			     struct span head, struct span fields,
			     struct warc_batch *batch)
{
	struct warc_record r = { .type = WARC_REQUEST,
				 .at_ms = x->at_ms,
				 .uri = x->uri,
				 .fields = fields,
				 .content_type = SPAN(WARC_HTTP_REQUEST),
				 .head = head };
	enum err err = warc_make_id(r.id);

	return err ? err : pack(packer, &r, NULL, batch);
}

enum err warc_exchange_pack(struct warc_packer *packer, const struct warc_exchange *x,
			    enum exchange_kind kind, struct warc_batch *batch,
			    struct warc_original *written)
{
	const struct fetch_trace *trace = x->result->trace;
	bool is_cut = kind == EXCHANGE_RESPONSE && x->max_body &&
		      x->result->body.len > x->max_body;
	struct buf head = BUF_INIT, fields = BUF_INIT;
	struct warc_record answer = { .has_payload = false };
	enum err err = append_response_head(
		&head, buf_span(&trace->response_head),
		header_count(&x->result->headers, "Transfer-Encoding") > 0);

	if (!err)
		err = add_fields(&fields, x, kind, is_cut);
	if (!err)
		err = pack_answer(packer, x, kind, buf_span(&head), buf_span(&fields),
				  batch, &answer);
	if (!err)
		err = note_written(&answer, written);
	buf_clear(&head);
	buf_clear(&fields);
	if (!err)
		err = append_request_head(&head, buf_span(&trace->request_head),
					  x->secrets);
	if (!err)
		err = warc_field(&fields, "WARC-Concurrent-To", span_of(answer.id));
	if (!err)
		err = add_protocol(&fields, x);
	if (!err && head.len)
		err = pack_request(packer, x, buf_span(&head), buf_span(&fields), batch);
	buf_release(&head);
	buf_release(&fields);
	return err;
}

enum err warc_resource_pack(struct warc_packer *packer, struct span uri, int64_t at_ms,
			    struct span content_type, struct span body,
			    struct warc_batch *batch, struct warc_original *written)
{
	struct cdxj entry = { .url = uri, .at_ms = at_ms, .mime = content_type };
	struct warc_record r = { .type = WARC_RESOURCE,
				 .at_ms = at_ms,
				 .uri = uri,
				 .content_type =
					 content_type.len
						 ? content_type
						 : SPAN("application/octet-stream"),
				 .body = body,
				 .has_payload = true };
	enum err err = warc_make_id(r.id);

	if (!err)
		err = pack(packer, &r, &entry, batch);
	return err ? err : note_written(&r, written);
}
