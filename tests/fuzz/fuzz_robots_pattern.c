/* fuzz_robots_pattern.c - first line: a pattern; the rest: a target. Held against a
 * matcher that is slow and plain. */
#include "tests/fuzz/fuzz.h"

#include "crawler/robots_pattern.h"

#define LONGEST 300

static struct buf normalise(struct span text, enum robots_side side)
{
	struct buf out = BUF_INIT;

	FUZZ_REQUIRE(!buf_reserve(&out, ROBOTS_NORMALISED_GROWTH * text.len + 1));
	out.len = robots_normalise(text, side, out.data);
	FUZZ_REQUIRE(out.len <= ROBOTS_NORMALISED_GROWTH * text.len);
	return out;
}

/* reach[i]: what was read of the pattern can end before the i-th octet of the target. */
static bool plainly_matches(struct span pattern, struct span target)
{
	bool reach[ROBOTS_NORMALISED_GROWTH * LONGEST + 2] = { true };

	for (size_t p = 0; p < pattern.len; p++) {
		char c = pattern.data[p];

		if (c == '$' && p + 1 == pattern.len)
			return reach[target.len];
		if (c == '*') {
			for (size_t i = 1; i <= target.len; i++)
				reach[i] = reach[i] || reach[i - 1];
			continue;
		}
		for (size_t i = target.len; i > 0; i--)
			reach[i] = reach[i - 1] && target.data[i - 1] == c;
		reach[0] = false;
	}
	for (size_t i = 0; i <= target.len; i++)
		if (reach[i])
			return true;
	return false;
}

FUZZ_TARGET(robots_pattern)
{
	struct span text = span_cut(&input, '\n');
	struct buf pattern = normalise(text, ROBOTS_PATTERN), again;
	struct buf target = normalise(input, ROBOTS_TARGET);
	int64_t work = INT64_MAX;
	bool matches =
		robots_pattern_matches(buf_span(&pattern), buf_span(&target), &work);

	if (text.len <= LONGEST && input.len <= LONGEST)
		FUZZ_REQUIRE(matches ==
			     plainly_matches(buf_span(&pattern), buf_span(&target)));
	again = normalise(buf_span(&pattern), ROBOTS_PATTERN);
	FUZZ_REQUIRE(span_equal(buf_span(&pattern), buf_span(&again)));
	buf_release(&again);
	again = normalise(buf_span(&target), ROBOTS_TARGET);
	FUZZ_REQUIRE(span_equal(buf_span(&target), buf_span(&again)));
	buf_release(&again);
	buf_release(&pattern);
	buf_release(&target);
}
