/* fuzz_robots.c - first line: a target; the rest: a robots.txt (REQ 43-51). */
#include "tests/fuzz/fuzz.h"

#include "crawler/robots.h"

static void require_same(const struct robots_match *a, const struct robots_match *b)
{
	FUZZ_REQUIRE(a->allowed == b->allowed && a->line == b->line);
	FUZZ_REQUIRE(span_equal(a->rule, b->rule));
}

/* The file with CR LF for each LF says the same, unless it has CRs of its own. */
static void require_same_with_crlf(struct span body, struct span target,
				   const struct robots_match *match)
{
	struct robots *robots = NULL;
	struct buf crlf = BUF_INIT;
	struct robots_match other;
	enum err err = ERR_OK;

	if (span_find(body, '\r') < body.len || 2 * body.len > ROBOTS_MAX_BYTES)
		return;
	for (size_t i = 0; !err && i < body.len; i++) {
		if (body.data[i] == '\n')
			err = buf_append_byte(&crlf, '\r');
		if (!err)
			err = buf_append_byte(&crlf, body.data[i]);
	}
	FUZZ_REQUIRE(!err);
	FUZZ_REQUIRE(!robots_parse(buf_span(&crlf), SPAN("freshet"), &robots));
	FUZZ_REQUIRE(!robots_match(robots, target, &other));
	require_same(match, &other);
	robots_free(robots);
	buf_release(&crlf);
}

FUZZ_TARGET(robots)
{
	struct span target = span_cut(&input, '\n'), sitemaps;
	struct robots *robots = NULL;
	struct robots_match match, again;
	int64_t delay_ms;

	FUZZ_REQUIRE(!robots_parse(input, SPAN("freshet/0.1 (+x)"), &robots));
	FUZZ_REQUIRE(!robots_match(robots, target, &match));
	FUZZ_REQUIRE(!robots_match(robots, target, &again));
	require_same(&match, &again);
	FUZZ_REQUIRE(match.allowed || match.rule.len);
	FUZZ_REQUIRE(match.line <= input.len + 1);
	FUZZ_REQUIRE(match.allowed || robots_n_rules(robots));
	require_same_with_crlf(input, target, &match);
	FUZZ_REQUIRE(!robots_match(robots, SPAN("/robots.txt"), &again));
	FUZZ_REQUIRE(again.allowed);
	delay_ms = robots_crawl_delay_ms(robots);
	FUZZ_REQUIRE(delay_ms >= 0 && delay_ms <= ROBOTS_MAX_DELAY_MS);
	sitemaps = robots_sitemaps(robots);
	FUZZ_REQUIRE(!sitemaps.len || sitemaps.data[sitemaps.len - 1] == '\n');
	robots_free(robots);
}
