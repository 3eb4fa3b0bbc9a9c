#include "tests/unit/unit.h"

#include <stdio.h>

#include "tools/order.h"
#include "tools/seed_line.h"
#include "tools/seed_print.h"

static void an_order_survives_its_line_of_json(void **state)
{
	struct order order, back;
	struct buf line = BUF_INIT;
	struct why why;

	(void)state;
	for (int kind = 0; kind < N_ORDER_KINDS; kind++) {
		order_init(&order, (enum order_kind)kind);
		order_init(&back, ORDER_SEED);
		order.cursor = INT64_MAX;
		order.change = HOST_REFRESH_ROBOTS;
		assert_int_equal(buf_set(&order.consumer, SPAN("in\"dex")), ERR_OK);
		assert_int_equal(
			buf_set(&order.urls, SPAN("http://a/?x=<&>\nhttp://b/\n")),
			ERR_OK);
		assert_int_equal(buf_set(&order.host, SPAN("a.example")), ERR_OK);
		assert_int_equal(buf_set(&order.tag, SPAN("\xc3\xa4 b")), ERR_OK);
		buf_clear(&line);
		assert_int_equal(order_encode(&order, &line), ERR_OK);
		assert_int_equal(span_find(buf_span(&line), '\n'), line.len - 1);
		assert_int_equal(
			order_decode(span_from(line.data, line.len - 1), &back, &why),
			ERR_OK);
		assert_int_equal(back.kind, kind);
		assert_true(
			span_equal(buf_span(&order.consumer), buf_span(&back.consumer)));
		assert_true(span_equal(buf_span(&order.urls), buf_span(&back.urls)));
		assert_true(span_equal(buf_span(&order.host), buf_span(&back.host)));
		assert_true(span_equal(buf_span(&order.tag), buf_span(&back.tag)));
		if (kind == ORDER_ACKNOWLEDGE)
			assert_true(back.cursor == INT64_MAX);
		if (kind == ORDER_HOST)
			assert_int_equal(back.change, HOST_REFRESH_ROBOTS);
		order_release(&order);
		order_release(&back);
	}
	buf_release(&line);
}

static const struct {
	const char *why, *line;
} bad_orders[] = {
	{ "not JSON", "{\"op\":\"seed\"" },
	{ "not an object", "[1]" },
	{ "nothing", "" },
	{ "no op", "{}" },
	{ "an op of another version", "{\"op\":\"explode\"}" },
	{ "an op that is no text", "{\"op\":7}" },
	{ "ack of nobody", "{\"op\":\"ack\",\"cursor\":1}" },
	{ "ack of nothing", "{\"op\":\"ack\",\"consumer\":\"index\"}" },
	{ "ack of a fraction", "{\"op\":\"ack\",\"consumer\":\"index\",\"cursor\":1.5}" },
	{ "forget everything", "{\"op\":\"forget\"}" },
	{ "forget everything, said with empty texts",
	  "{\"op\":\"forget\",\"host\":\"\",\"tag\":\"\",\"urls\":\"\"}" },
	{ "a host's change that is none",
	  "{\"op\":\"host\",\"host\":\"a\",\"change\":\"burn\"}" },
	{ "a change of no host", "{\"op\":\"host\",\"change\":\"pause\"}" },
	{ "a key twice", "{\"op\":\"seed\",\"op\":\"forget\"}" },
};

static void an_order_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_orders); i++) {
		struct order order;
		struct why why = { "" };

		order_init(&order, ORDER_SEED);
		if (order_decode(span_of(bad_orders[i].line), &order, &why) !=
		    ERR_INVALID)
			fail_msg("row %zu: %s", i, bad_orders[i].why);
		assert_true(why.text[0]);
		order_release(&order);
	}
}

static void a_reply_survives_its_line_of_json(void **state)
{
	struct reply reply, back;
	struct buf line = BUF_INIT;
	char reason[32];

	(void)state;
	reply_init(&reply);
	reply_init(&back);
	reply.err = why_set(&reply.why, ERR_NOT_FOUND, "no host '\"x\"'");
	reply.n_done = 12;
	reply.n_known = 3;
	for (uint64_t i = 0; i < ORDER_REFUSALS_MAX + 7; i++) {
		snprintf(reason, sizeof(reason), "reason %d", (int)i);
		assert_int_equal(reply_refuse(&reply, 2 * i, reason), ERR_OK);
	}
	assert_int_equal(reply_encode(&reply, &line), ERR_OK);
	assert_int_equal(reply_decode(buf_span(&line), &back), ERR_OK);
	assert_int_equal(back.err, ERR_NOT_FOUND);
	assert_string_equal(back.why.text, reply.why.text);
	assert_int_equal(back.n_done, 12);
	assert_int_equal(back.n_known, 3);
	assert_int_equal(back.n_refused, ORDER_REFUSALS_MAX + 7);
	assert_int_equal(back.n_kept, ORDER_REFUSALS_MAX);
	assert_int_equal(back.refusals[999].index, 1998);
	assert_string_equal(back.refusals[999].reason, "reason 999");
	assert_int_equal(reply_decode(SPAN("{\"busy\":1}"), &reply), ERR_INVALID);
	assert_int_equal(reply_decode(SPAN("hello"), &reply), ERR_INVALID);
	reply_release(&reply);
	reply_release(&back);
	buf_release(&line);
}

/* Byte for byte: validators are echoed to their origin (REQ 10). */
static void a_seed_survives_its_line_of_text(void **state)
{
	static const char text[] =
		"http://a/?b=c%20d\tweight=0.250000000\ttag=x y\ttag=\xc3\xa4\t"
		"min_interval=90s\tmax_interval=30d\tetag=W/\"\xe9\\\"\t"
		"last_modified=Sun, 01 Nov 2026 10:00:00 GMT\t"
		"digest=xxh3:00112233445566778899aabbccddeeff\t"
		"indexed_at=2026-01-01T00:00:00.500Z\n";
	struct buf line = BUF_INIT;
	struct why why = { "" };
	struct seed seed;

	(void)state;
	seed_init(&seed);
	if (seed_line_text(span_from(text, sizeof(text) - 2), &seed, &why))
		fail_msg("%s", why.text);
	assert_int_equal(seed_print(&seed, &line), ERR_OK);
	assert_string_equal(buf_text(&line), text);
	buf_clear(&line);
	seed_init(&seed);
	seed.url = SPAN("http://b/");
	assert_int_equal(seed_print(&seed, &line), ERR_OK);
	assert_string_equal(buf_text(&line), "http://b/\n");
	buf_release(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_survives_its_line_of_json),
		cmocka_unit_test(an_order_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_reply_survives_its_line_of_json),
		cmocka_unit_test(a_seed_survives_its_line_of_text),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
