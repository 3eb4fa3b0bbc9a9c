/* fuzz_order.c - a line to the control socket; what is understood is written the same. */
#include "tests/fuzz/fuzz.h"

#include "tools/order.h"

static struct buf recode_order(struct span line, bool *fine)
{
	struct buf out = BUF_INIT;
	struct order order;
	struct why why = { "" };
	enum err err;

	order_init(&order, ORDER_SEED);
	err = order_decode(line, &order, &why);
	FUZZ_REQUIRE(!err || (err == ERR_INVALID && why.text[0]));
	*fine = !err;
	if (!err) {
		FUZZ_REQUIRE(order.kind < N_ORDER_KINDS);
		FUZZ_REQUIRE(!order_encode(&order, &out));
		FUZZ_REQUIRE(span_find(buf_span(&out), '\n') + 1 == out.len);
	}
	order_release(&order);
	return out;
}

static struct buf recode_reply(struct span line, bool *fine)
{
	struct buf out = BUF_INIT;
	struct reply reply;
	enum err err;

	reply_init(&reply);
	err = reply_decode(line, &reply);
	FUZZ_REQUIRE(!err || err == ERR_INVALID);
	*fine = !err;
	if (!err) {
		FUZZ_REQUIRE(reply.n_kept <= ORDER_REFUSALS_MAX);
		FUZZ_REQUIRE(!reply_encode(&reply, &out));
	}
	reply_release(&reply);
	return out;
}

typedef struct buf recode(struct span line, bool *fine);

static void require_stable(recode *recode_line, struct span line)
{
	bool fine;
	struct buf once = recode_line(line, &fine), twice;

	if (fine) {
		twice = recode_line(buf_span(&once), &fine);
		FUZZ_REQUIRE(fine);
		FUZZ_REQUIRE(span_equal(buf_span(&once), buf_span(&twice)));
		buf_release(&twice);
	}
	buf_release(&once);
}

FUZZ_PASSES(order, 2)

FUZZ_TARGET(order)
{
	require_stable(recode_order, input);
	require_stable(recode_reply, input);
}
