/* order.c - orders and replies made, and written as JSON. */
#include "tools/order.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/json_out.h"

static const char *const kind_names[N_ORDER_KINDS] = { "seed",   "ack",    "recheck",
						       "forget", "host",   "checkpoint",
						       "ping",   "source", "retract" };
static const char *const change_names[N_HOST_CHANGES] = { "pause", "resume", "release",
							  "refresh-robots" };

const char *order_kind_text(enum order_kind kind)
{
	return (size_t)kind < N_ORDER_KINDS ? kind_names[kind] : "unknown";
}

const char *host_change_text(enum host_change change)
{
	return (size_t)change < N_HOST_CHANGES ? change_names[change] : "unknown";
}

void order_init(struct order *order, enum order_kind kind)
{
	memset(order, 0, sizeof(*order));
	order->kind = kind;
}

void order_release(struct order *order)
{
	buf_release(&order->consumer);
	buf_release(&order->urls);
	buf_release(&order->host);
	buf_release(&order->tag);
}

void reply_init(struct reply *reply)
{
	memset(reply, 0, sizeof(*reply));
}

void reply_release(struct reply *reply)
{
	free(reply->refusals);
	reply_init(reply);
}

enum err reply_refuse(struct reply *reply, uint64_t index, const char *reason)
{
	struct refusal *grown = reply->refusals;
	size_t n = reply->n_kept;

	reply->n_refused++;
	if (n == ORDER_REFUSALS_MAX)
		return ERR_OK;
	/* Sizes double: it grows when what there is is full. */
	if ((n & (n - 1)) == 0)
		grown = realloc(grown, (n ? 2 * n : 1) * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	reply->refusals = grown;
	reply->n_kept++;
	grown[n].index = index;
	snprintf(grown[n].reason, sizeof(grown[n].reason), "%s", reason);
	return ERR_OK;
}

static void put_text(struct json_out *j, const char *key, const struct buf *text)
{
	if (text->len)
		json_key_text(j, key, buf_span(text));
}

enum err order_encode(const struct order *order, struct buf *out)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "op", span_of(order_kind_text(order->kind)));
	put_text(&j, "consumer", &order->consumer);
	if (order->kind == ORDER_ACKNOWLEDGE)
		json_key_whole(&j, "cursor", (int64_t)order->cursor);
	put_text(&j, "urls", &order->urls);
	put_text(&j, "host", &order->host);
	put_text(&j, "tag", &order->tag);
	if (order->kind == ORDER_HOST)
		json_key_text(&j, "change", span_of(host_change_text(order->change)));
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}

enum err reply_encode(const struct reply *reply, struct buf *out)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "error", reply->err ? span_of(err_text(reply->err)) : SPAN(""));
	json_key_text(&j, "why", span_of(reply->err ? reply->why.text : ""));
	json_key_whole(&j, "done", (int64_t)reply->n_done);
	json_key_whole(&j, "known", (int64_t)reply->n_known);
	json_key_whole(&j, "refused", (int64_t)reply->n_refused);
	json_key_open(&j, "refusals", '[');
	for (size_t i = 0; i < reply->n_kept; i++) {
		json_open(&j, '[');
		json_whole(&j, (int64_t)reply->refusals[i].index);
		json_text(&j, span_of(reply->refusals[i].reason));
		json_close(&j, ']');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}
