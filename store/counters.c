#include "store/counters.h"

#include <assert.h>

static_assert((int)COUNT_PAGES_FAILING == STATE_FAILING, "gauges follow enum page_state");
static_assert(COUNT_VERDICT_ERROR - COUNT_VERDICT_NONE == VERDICT_ERROR, "enum verdict");
static_assert(COUNT_BYTES_ERROR - COUNT_BYTES_NONE == VERDICT_ERROR, "enum verdict");
static_assert(COUNT_EVIDENCE_STATUS - COUNT_EVIDENCE_NONE == EVIDENCE_STATUS,
	      "enum evidence");

const char *counter_text(enum counter c)
{
	static const char *const texts[] = {
#define COUNTER(name, text) text,
#include "store/counters.def"
#undef COUNTER
	};

	return (size_t)c < N_COUNTERS ? texts[c] : "unknown";
}

enum err counters_encode(const struct counters *counters, struct buf *out)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; !err && i < N_COUNTERS; i++) {
		if (!counters->n[i])
			continue;
		err = varint_append(out, i);
		if (!err)
			err = varint_append(out, zigzag(counters->n[i]));
	}
	return err;
}

enum err counters_decode(struct span bytes, struct counters *counters)
{
	struct counters read = { { 0 } };
	uint64_t index, value;

	while (bytes.len) {
		if (varint_read(&bytes, &index) || varint_read(&bytes, &value))
			return ERR_CORRUPT;
		if (index < N_COUNTERS)
			read.n[index] = unzigzag(value);
	}
	*counters = read;
	return ERR_OK;
}

int64_t counters_n_pages(const struct counters *counters)
{
	int64_t n = 0;

	for (unsigned i = 0; i < N_STATES; i++)
		n += counters->n[i];
	return n;
}

void counters_add(struct counters *sum, const struct counters *later)
{
	if (counters_n_pages(later))
		memcpy(sum->n, later->n, N_STATES * sizeof(*sum->n));
	for (unsigned i = N_STATES; i < N_COUNTERS; i++)
		sum->n[i] += later->n[i];
}
