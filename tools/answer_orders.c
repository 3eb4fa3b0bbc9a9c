/* answer_orders.c - POST: orders for the run, by the same way as those of other commands. */
#include "tools/listener_internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/url.h"
#include "tools/filter.h"
#include "tools/json_out.h"
#include "tools/lines.h"
#include "tools/seed_reader.h"
#include "tools/writer.h"

/* URLs that go into one order: escaped, they stay within a line of the control socket. */
#define BATCH_BYTES 10000
#define REFUSALS_MAX 100

/* What is done with one POST. */
struct posting {
	struct exchange *exchange;
	struct writer *writer;
	struct order order;
	uint64_t n_done, n_known, n_refused;
	size_t n_shown;
	struct buf refusals; /* JSON objects, with commas */
	struct buf url;
	struct why why;
};

static void note_refusal(struct posting *p, uint64_t line, const char *reason,
			 struct span url)
{
	struct json_out j;

	p->n_refused++;
	if (p->n_shown == REFUSALS_MAX)
		return;
	if (p->n_shown++ && buf_append_byte(&p->refusals, ','))
		return;
	json_start(&j, &p->refusals);
	json_open(&j, '{');
	if (line)
		json_key_whole(&j, "line", (int64_t)line);
	json_key_text(&j, "url", url);
	json_key_text(&j, "reason", span_of(reason));
	json_close(&j, '}');
	(void)!json_end(&j);
}

static enum err render_done(struct posting *p, struct buf *out)
{
	return buf_printf(out,
			  "{\"schema\":\"freshet.done/1\",\"done\":%" PRIu64
			  ",\"known\":%" PRIu64 ",\"refused\":%" PRIu64
			  ",\"refusals\":[%s]}\n",
			  p->n_done, p->n_known, p->n_refused, buf_text(&p->refusals));
}

static enum err begin(struct posting *p, struct exchange *exchange,
		      const struct writer_config *config)
{
	struct command_context ctx = { &exchange->query.options,
				       &exchange->listener->settings };

	return writer_open(&ctx, config, &p->writer, &p->why);
}

static void finish(struct posting *p, enum err err)
{
	struct exchange *exchange = p->exchange;

	if (!err)
		err = render_done(p, &exchange->answer);
	exchange->status = MHD_HTTP_OK;
	exchange->type = "application/json";
	/* The way to the run failed, or the run did: it ends, and another may do it. */
	if (err)
		answer_failure(exchange, err == ERR_IO ? ERR_STOPPED : err, p->why.text);
	writer_close(p->writer);
	order_release(&p->order);
	buf_release(&p->refusals);
	buf_release(&p->url);
}

/* One order must not hold up those of others for a minute. */
static bool is_too_much(struct exchange *exchange)
{
	bool fits = true;

	if (exchange->body_fd < 0 || (lines_fit(exchange->body_fd, LISTEN_ORDER_MAX,
						LISTEN_ORDER_LINES, &fits) == ERR_OK &&
				      fits))
		return false;
	answer_error(exchange, MHD_HTTP_CONTENT_TOO_LARGE,
		     "one body may have 200,000 lines and, unpacked, 64 MiB");
	return true;
}

/* ---- seeds --------------------------------------------------------------------------------- */

static void seed_refused(void *context, const char *file, uint64_t line,
			 const char *reason, struct span url)
{
	(void)file;
	note_refusal(context, line, reason, url);
}

static enum err take_seeds(struct posting *p, struct seed_reader *reader)
{
	struct seed_rejection rejection;
	struct seed seed;
	enum err err = ERR_OK;

	while (!err) {
		err = seed_reader_next(reader, &seed, &rejection, &p->why);
		if (err == ERR_CORRUPT) {
			return ERR_INVALID; /* it is in memory: its sender's mistake */
		} else if (!err) {
			err = writer_seed(p->writer, &seed, "", &p->why);
		} else if (err == ERR_INVALID) {
			note_refusal(p, rejection.line, rejection.reason.text,
				     rejection.excerpt);
			err = ERR_OK;
		}
	}
	return err == ERR_NOT_FOUND ? writer_flush(p->writer, &p->why) : err;
}

void answer_seeds(struct exchange *exchange)
{
	int format = option_choice(&exchange->query.options, "format", SEED_AUTO);
	struct posting p = { .exchange = exchange };
	struct writer_config config = { .refused = seed_refused, .context = &p };
	struct seed_reader *reader = NULL;
	struct writer_counts counts = { 0 };
	enum err err;

	if (exchange->body_fd < 0) {
		answer_failure(exchange, ERR_INVALID, "a body with seeds is wanted");
		return;
	}
	if (format == SEED_WARC) {
		answer_failure(exchange, ERR_INVALID,
			       "an archive is taken by `freshet seed` alone");
		return;
	}
	if (is_too_much(exchange))
		return;
	err = seed_reader_open_fd(exchange->body_fd, "body", (enum seed_format)format,
				  &reader, &p.why);
	if (err == ERR_CORRUPT)
		err = ERR_INVALID;
	if (!err)
		err = begin(&p, exchange, &config);
	if (!err)
		err = take_seeds(&p, reader);
	if (p.writer)
		counts = writer_counts(p.writer);
	p.n_done = counts.n_added;
	p.n_known = counts.n_known;
	seed_reader_close(reader);
	finish(&p, err);
}

/* ---- pages by URL ---------------------------------------------------------------------------- */

static enum err carry_out(struct posting *p)
{
	struct reply reply;
	enum err err;

	reply_init(&reply);
	err = writer_order(p->writer, &p->order, &reply, &p->why);
	if (!err && reply.err) {
		err = reply.err;
		p->why = reply.why;
	}
	p->n_done += reply.n_done;
	if (!err) {
		struct span rest = buf_span(&p->order.urls), url = { 0 };
		uint64_t at = 0;

		for (size_t i = 0; i < reply.n_kept; i++) {
			for (; rest.len && at <= reply.refusals[i].index; at++)
				url = span_cut(&rest, '\n');
			note_refusal(p, 0, reply.refusals[i].reason, url);
		}
		p->n_refused += reply.n_refused - reply.n_kept;
	}
	reply_release(&reply);
	buf_clear(&p->order.urls);
	return err;
}

static enum err add_url(struct posting *p, struct span text)
{
	struct why why = { "" };
	enum err err = url_canonical(text, SPAN(""), &p->url, &why);

	if (err == ERR_INVALID || err == ERR_TOO_LARGE) {
		note_refusal(p, 0, why.text,
			     span_from(text.data, text.len < 200 ? text.len : 200));
		return ERR_OK;
	}
	if (!err && p->order.urls.len + p->url.len > BATCH_BYTES)
		err = carry_out(p);
	if (!err)
		err = buf_append_span(&p->order.urls, buf_span(&p->url));
	return err ? err : buf_append_byte(&p->order.urls, '\n');
}

static enum err add_lines(struct posting *p, struct span rest)
{
	enum err err = ERR_OK;

	while (!err && rest.len) {
		struct span line = span_trim(span_cut(&rest, '\n'));

		if (line.len && line.data[0] != '#')
			err = add_url(p, line);
	}
	return err;
}

/* {"urlList": [...]}, as IndexNow has it; its other members do not matter here. */
static enum err add_json(struct posting *p, struct span body)
{
	json_t *root = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *list = json_object_get(root, "urlList");
	enum err err = ERR_OK;

	if (!json_is_array(list))
		err = why_set(&p->why, ERR_INVALID,
			      "the body is no JSON object with urlList, nor lines");
	else if (json_array_size(list) > LISTEN_ORDER_LINES)
		err = why_set(&p->why, ERR_INVALID, "urlList may have 200,000 URLs");
	for (size_t i = 0; !err && i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);

		if (json_is_string(item))
			err = add_url(p, span_from(json_string_value(item),
						   json_string_length(item)));
		else
			note_refusal(p, 0, "is no text", SPAN(""));
	}
	json_decref(root);
	return err;
}

static enum err read_body(const struct exchange *exchange, struct buf *body)
{
	enum err err = buf_reserve(body, exchange->body_len);

	while (!err && body->len < exchange->body_len) {
		ssize_t n = pread(exchange->body_fd, body->data + body->len,
				  exchange->body_len - body->len, (off_t)body->len);

		if (n <= 0)
			return ERR_IO;
		body->len += (size_t)n;
	}
	return err;
}

static enum err order_urls(struct posting *p)
{
	struct buf body = BUF_INIT;
	enum err err = read_body(p->exchange, &body);
	struct span text = span_trim(buf_span(&body));

	if (!err)
		err = text.len && text.data[0] == '{' ? add_json(p, text)
						      : add_lines(p, text);
	if (!err && p->order.urls.len)
		err = carry_out(p);
	buf_release(&body);
	return err;
}

/* All pages of a host, or with a tag, or both. */
static enum err order_filter(struct posting *p)
{
	const struct options *o = &p->exchange->query.options;
	const char *host = option_list(o, "host", 0, NULL);
	const char *tag = option_list(o, "tag", 0, NULL);
	struct host_filter filter;
	enum err err = ERR_OK;

	if (option_times(o, "host") > 1 || option_times(o, "tag") > 1)
		return why_set(&p->why, ERR_INVALID, "one host and one tag at a time");
	if (host) {
		err = host_filter_init(&filter, span_of(host), &p->why);
		if (err)
			return err;
		host_filter_release(&filter);
		err = buf_set(&p->order.host, span_of(host));
	}
	if (!err && tag)
		err = buf_set(&p->order.tag, span_of(tag));
	return err ? err : carry_out(p);
}

static void order_pages(struct exchange *exchange, enum order_kind kind, bool filters)
{
	static const struct writer_config config;
	struct posting p = { .exchange = exchange };
	const struct options *o = &exchange->query.options;
	bool many = filters && (option_given(o, "host") || option_given(o, "tag"));
	enum err err;

	if (is_too_much(exchange))
		return;
	order_init(&p.order, kind);
	if (many == (exchange->body_fd >= 0))
		err = why_set(&p.why, ERR_INVALID, "%s",
			      filters ? "URLs in the body are wanted, or host and tag"
				      : "URLs in the body are wanted");
	else
		err = begin(&p, exchange, &config);
	if (!err)
		err = many ? order_filter(&p) : order_urls(&p);
	finish(&p, err);
}

void answer_recheck(struct exchange *exchange)
{
	order_pages(exchange, ORDER_RECHECK, true);
}

/* Somebody says that these pages have changed: evidence, believed as far as visits bear it
 * out (tools/sources.h). */
void answer_pings(struct exchange *exchange)
{
	order_pages(exchange, ORDER_PING, false);
}

/* ---- acknowledgements -------------------------------------------------------------------------- */

void answer_ack(struct exchange *exchange)
{
	static const struct writer_config config;
	const struct options *o = &exchange->query.options;
	const char *cursor = option_arg(o, 0);
	struct posting p = { .exchange = exchange };
	struct value value = { 0 };
	enum err err;

	order_init(&p.order, ORDER_ACKNOWLEDGE);
	err = value_parse(VALUE_COUNT, "", span_of(cursor), &value, &p.why);
	if (!err)
		err = buf_set(&p.order.consumer,
			      span_of(option_text(o, "consumer", "index")));
	p.order.cursor = (uint64_t)value.whole;
	if (!err)
		err = begin(&p, exchange, &config);
	if (!err)
		err = carry_out(&p);
	finish(&p, err);
}
