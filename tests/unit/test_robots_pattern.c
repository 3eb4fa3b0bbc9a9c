#include "tests/unit/unit.h"

#include "crawler/robots_pattern.h"

static struct buf normal(const char *text, enum robots_side side)
{
	struct span s = span_of(text);
	struct buf b = BUF_INIT;

	assert_int_equal(buf_reserve(&b, s.len * ROBOTS_NORMALISED_GROWTH), ERR_OK);
	b.len = robots_normalise(s, side, b.data);
	b.data[b.len] = '\0';
	return b;
}

/* REQ 48; RFC 9309 2.2.2 */
static const struct {
	const char *text, *target, *pattern;
} normal_rows[] = {
	{ "", "", "" },
	{ "/a-B_c.d~9", "/a-B_c.d~9", "/a-B_c.d~9" },
	{ "/%62%61%7A%7e", "/baz~", "/baz~" },
	{ "/\xe3\x83\x84", "/%E3%83%84", "/%E3%83%84" },
	{ "/%e3%83%84", "/%E3%83%84", "/%E3%83%84" },
	{ "/a b\"<>\\^`{|}\x01", "/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%01",
	  "/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%01" },
	{ "/a%20b", "/a%20b", "/a%20b" },
	/* delimiters of the path keep their spelling, other reserved octets do not */
	{ "/a%2fb%3Fc", "/a%2Fb%3Fc", "/a%2Fb%3Fc" },
	{ "/a%3Ab%40c%2Cd", "/a:b@c,d", "/a:b@c,d" },
	{ "/a?b=c%3D&d%26+%2B;%3b", "/a?b=c%3D&d%26+%2B;%3B", "/a?b=c%3D&d%26+%2B;%3B" },
	{ "/?u=http%3A%2F%2Fx%3Fy", "/?u=http://x?y", "/?u=http://x?y" },
	/* special in a pattern, literal in a URL */
	{ "/*a*", "/%2Aa%2A", "/*a*" },
	{ "/%2Aa%2a", "/%2Aa%2A", "/%2Aa%2A" },
	{ "/a$b$", "/a%24b%24", "/a%24b$" },
	{ "/a%24", "/a%24", "/a%24" },
	{ "$$", "%24%24", "%24$" },
	/* a percent sign that encodes nothing */
	{ "/100%", "/100%25", "/100%25" },
	{ "/%4", "/%254", "/%254" },
	{ "/%zz%4g%25", "/%25zz%254g%25", "/%25zz%254g%25" },
	{ "/a%23b%00", "/a%23b%00", "/a%23b%00" },
};

static void both_sides_meet_in_one_spelling(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(normal_rows); i++) {
		struct buf target = normal(normal_rows[i].text, ROBOTS_TARGET);
		struct buf pattern = normal(normal_rows[i].text, ROBOTS_PATTERN);

		assert_string_equal(buf_text(&target), normal_rows[i].target);
		assert_string_equal(buf_text(&pattern), normal_rows[i].pattern);
		buf_release(&target);
		buf_release(&pattern);
	}
}

/* REQ 47; RFC 9309 2.2.3. Already in normal form. */
static const struct {
	const char *pattern, *target;
	bool match;
} match_rows[] = {
	{ "/", "/", true },
	{ "/", "/any/thing", true },
	{ "/fish", "/fishheads", true },
	{ "/fish", "/Fish", false },
	{ "/fish", "/fis", false },
	{ "/fish/", "/fish", false },
	{ "fish", "/fish", false },
	{ "*", "/", true },
	{ "**", "/", true },
	{ "/fish*", "/fish", true },
	{ "*.php", "/a.php?x", true },
	{ "*.php", "/a.ph", false },
	{ "/*.php$", "/a.php", true },
	{ "/*.php$", "/a.php5", false },
	{ "/*.php$", "/a.php.php", true },
	{ "/a$", "/a", true },
	{ "/a$", "/ab", false },
	{ "$", "/", false },
	{ "*$", "/", true },
	{ "/a*$", "/a", true },
	{ "/a*b*c", "/a-b-c", true },
	{ "/a*b*c", "/a-c-b", false },
	{ "/a*b*c$", "/abcabc", true },
	{ "/a*b*c$", "/abcab", false },
	{ "/*b*b$", "/b", false },
	{ "/*bb$", "/b", false },
	{ "/*ab*ab", "/aab", false },
	{ "/*ab*ab", "/aabab", true },
	/* what the head and the tail of a pattern use up must not overlap */
	{ "/aba*aba$", "/ababa", false },
	{ "/aba*ba$", "/ababa", true },
	{ "/a**b", "/ab", true },
};

static void stars_and_dollars_match_as_rfc9309_2_2_3_says(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(match_rows); i++) {
		int64_t work = 1000;

		if (robots_pattern_matches(span_of(match_rows[i].pattern),
					   span_of(match_rows[i].target),
					   &work) != match_rows[i].match)
			fail_msg("row %zu: %s on %s", i, match_rows[i].pattern,
				 match_rows[i].target);
		assert_true(work < 1000);
	}
}

/* The obvious recursive definition, which takes for ever on long input. */
static bool slow_match(const char *pattern, const char *target)
{
	if (*pattern == '\0')
		return true;
	if (*pattern == '$' && pattern[1] == '\0')
		return *target == '\0';
	if (*pattern == '*')
		return slow_match(pattern + 1, target) ||
		       (*target && slow_match(pattern, target + 1));
	return *pattern == *target && slow_match(pattern + 1, target + 1);
}

static void make_text(char *text, size_t max, const char *letters, uint32_t *seed)
{
	size_t len;

	*seed = *seed * 1664525 + 1013904223;
	len = (*seed >> 16) % (max + 1);
	for (size_t i = 0; i < len; i++) {
		*seed = *seed * 1664525 + 1013904223;
		text[i] = letters[(*seed >> 16) % strlen(letters)];
	}
	text[len] = '\0';
}

static void it_agrees_with_the_obvious_definition(void **unused)
{
	char pattern[10], target[10];
	uint32_t seed = 9309;
	int n_matches = 0;

	(void)unused;
	for (int i = 0; i < 200000; i++) {
		int64_t work = 1000;
		bool want, got;

		make_text(pattern, 7, "ab*", &seed);
		if (seed & 0x10000)
			memcpy(pattern + strlen(pattern), "$", 2);
		make_text(target, 8, "ab", &seed);
		want = slow_match(pattern, target);
		got = robots_pattern_matches(span_of(pattern), span_of(target), &work);
		if (want != got)
			fail_msg("%s on %s", pattern, target);
		n_matches += got;
	}
	assert_in_range(n_matches, 20000, 180000);
}

/* REQ 50: linear in the target, however many stars there are */
static void work_is_a_few_times_the_length_of_both(void **unused)
{
	static char pattern[4000], target[4000];
	int64_t work = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof(pattern) - 1] = 'b';
	memset(target, 'a', sizeof(target));
	assert_false(robots_pattern_matches(span_from(pattern, sizeof(pattern)),
					    span_from(target, sizeof(target)), &work));
	assert_true(work < -(int64_t)sizeof(target));
	assert_true(work > -40 * (int64_t)sizeof(target));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_meet_in_one_spelling),
		cmocka_unit_test(stars_and_dollars_match_as_rfc9309_2_2_3_says),
		cmocka_unit_test(it_agrees_with_the_obvious_definition),
		cmocka_unit_test(work_is_a_few_times_the_length_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
