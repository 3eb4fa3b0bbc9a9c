/* fuzz_units.c - what was read as a quantity and spelled out reads as the same again. */
#include "tests/fuzz/fuzz.h"

#include <math.h>

#include "store/base/units.h"

static void whole(struct span input)
{
	char text[UNITS_TEXT_SIZE];
	int64_t n = -7, again = -7;

	if (!units_parse_duration(input, &n)) {
		units_spell_duration(n, text);
		FUZZ_REQUIRE(n >= 0 && !units_parse_duration(span_of(text), &again));
		FUZZ_REQUIRE(n == again);
		units_format_duration(n, text);
	}
	if (!units_parse_size(input, &n)) {
		units_spell_size(n, text);
		FUZZ_REQUIRE(n >= 0 && !units_parse_size(span_of(text), &again));
		FUZZ_REQUIRE(n == again);
		units_format_size(n, text);
	}
	if (!units_parse_count(input, &n)) {
		FUZZ_REQUIRE(n >= 0);
		units_format_count(n, text);
	}
}

static void real(struct span input)
{
	char text[UNITS_TEXT_SIZE];
	double x = -7, again = -7;

	if (!units_parse_rate(input, &x)) {
		units_spell_rate(x, text);
		FUZZ_REQUIRE(x >= 0 && !units_parse_rate(span_of(text), &again));
		FUZZ_REQUIRE(fabs(x - again) <= 1e-9 * x);
	}
	if (!units_parse_number(input, &x)) {
		units_spell_number(x, text);
		FUZZ_REQUIRE(x >= 0 && isfinite(x));
		FUZZ_REQUIRE(!units_parse_number(span_of(text), &again));
		FUZZ_REQUIRE(fabs(x - again) <= 1e-9 * x);
	}
}

FUZZ_TARGET(units)
{
	char text[UNITS_TIME_SIZE];
	int64_t at_ms, again_ms;

	whole(input);
	real(input);
	if (!units_parse_time(input, &at_ms)) {
		units_format_time(at_ms, text);
		FUZZ_REQUIRE(!units_parse_time(span_of(text), &again_ms));
		FUZZ_REQUIRE(text[4] != '-' || at_ms == again_ms || text[0] == '0' ||
			     text[0] == '9');
	}
}
