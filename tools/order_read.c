/* order_read.c - orders and replies read from JSON. */
#include "tools/order.h"

#include <jansson.h>
#include <stdio.h>

static json_t *load(struct span line)
{
	json_t *root = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(root))
		return root;
	json_decref(root);
	return NULL;
}

/* The text under `key`; "" when there is none. Borrowed from `root`. */
static struct span get_text(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);

	return json_is_string(value)
		       ? span_from(json_string_value(value), json_string_length(value))
		       : SPAN("");
}

static uint64_t get_count(const json_t *root, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(root, key));

	return n > 0 ? (uint64_t)n : 0;
}

static enum order_kind find_kind(struct span name)
{
	int kind = 0;

	while (kind < N_ORDER_KINDS &&
	       !span_equal(name, span_of(order_kind_text((enum order_kind)kind))))
		kind++;
	return (enum order_kind)kind;
}

static enum host_change find_change(struct span name)
{
	int change = 0;

	while (change < N_HOST_CHANGES &&
	       !span_equal(name, span_of(host_change_text((enum host_change)change))))
		change++;
	return (enum host_change)change;
}

static enum err check(const struct order *order, const json_t *root, struct why *why)
{
	bool edits = order->kind == ORDER_RECHECK || order->kind == ORDER_FORGET ||
		     order->kind == ORDER_RETRACT;

	if (order->kind == ORDER_ACKNOWLEDGE && !order->consumer.len)
		return why_set(why, ERR_INVALID, "no consumer");
	if (order->kind == ORDER_ACKNOWLEDGE &&
	    !json_is_integer(json_object_get(root, "cursor")))
		return why_set(why, ERR_INVALID, "no cursor");
	/* An order to forget that names nothing must never mean everything. */
	if (edits && !order->urls.len && !order->host.len && !order->tag.len)
		return why_set(why, ERR_INVALID, "neither urls nor host nor tag");
	if ((order->kind == ORDER_PING || order->kind == ORDER_SOURCE) &&
	    !order->urls.len)
		return why_set(why, ERR_INVALID, "no urls");
	if (order->kind == ORDER_HOST && !order->host.len)
		return why_set(why, ERR_INVALID, "no host");
	if (order->kind == ORDER_HOST && order->change == N_HOST_CHANGES)
		return why_set(why, ERR_INVALID, "no such change");
	return ERR_OK;
}

enum err order_decode(struct span line, struct order *order, struct why *why)
{
	json_t *root = load(line);
	enum err err;

	if (!root)
		return why_set(why, ERR_INVALID, "not a JSON object");
	order->kind = find_kind(get_text(root, "op"));
	order->cursor = get_count(root, "cursor");
	order->change = find_change(get_text(root, "change"));
	err = buf_set(&order->consumer, get_text(root, "consumer"));
	if (!err)
		err = buf_set(&order->urls, get_text(root, "urls"));
	if (!err)
		err = buf_set(&order->host, get_text(root, "host"));
	if (!err)
		err = buf_set(&order->tag, get_text(root, "tag"));
	if (!err && order->kind == N_ORDER_KINDS)
		err = why_set(why, ERR_INVALID, "unknown op");
	if (!err)
		err = check(order, root, why);
	json_decref(root);
	return err;
}

static enum err read_refusals(const json_t *list, struct reply *reply)
{
	uint64_t n_refused = reply->n_refused;
	enum err err = ERR_OK;

	reply->n_refused = 0;
	for (size_t i = 0; !err && i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *reason = json_string_value(json_array_get(one, 1));
		json_int_t index = json_integer_value(json_array_get(one, 0));

		err = reply_refuse(reply, index < 0 ? 0 : (uint64_t)index,
				   reason ? reason : "");
	}
	if (n_refused > reply->n_refused)
		reply->n_refused = n_refused;
	return err;
}

static enum err find_err(struct span text)
{
	for (int e = ERR_NOMEM; e <= ERR_STOPPED; e++)
		if (span_equal(text, span_of(err_text((enum err)e))))
			return (enum err)e;
	return text.len ? ERR_IO : ERR_OK;
}

enum err reply_decode(struct span line, struct reply *reply)
{
	json_t *root = load(line);
	struct span why;
	enum err err;

	if (!root || !json_is_string(json_object_get(root, "error"))) {
		json_decref(root);
		return ERR_INVALID;
	}
	reply->err = find_err(get_text(root, "error"));
	why = get_text(root, "why");
	snprintf(reply->why.text, sizeof(reply->why.text), "%.*s", (int)why.len,
		 why.len ? why.data : "");
	reply->n_done = get_count(root, "done");
	reply->n_known = get_count(root, "known");
	reply->n_refused = get_count(root, "refused");
	err = read_refusals(json_object_get(root, "refusals"), reply);
	json_decref(root);
	return err;
}
