#include "tests/unit/unit.h"

#include "store/base/clock.h"
#include "store/base/units.h"

static const struct {
	const char *text;
	enum err err;
	int64_t ms;
} duration_rows[] = {
	{ "0", ERR_OK, 0 },
	{ "0s", ERR_OK, 0 },
	{ "500ms", ERR_OK, 500 },
	{ "90s", ERR_OK, 90 * MS_PER_SECOND },
	{ "15m", ERR_OK, 15 * MS_PER_MINUTE },
	{ "6h", ERR_OK, 6 * MS_PER_HOUR },
	{ "30d", ERR_OK, 30 * MS_PER_DAY },
	{ "1.5h", ERR_OK, 90 * MS_PER_MINUTE },
	{ "0.001s", ERR_OK, 1 },
	{ "1.0000000000000000001s", ERR_OK, 1000 },
	{ "106751991167d", ERR_OK, 106751991167 * MS_PER_DAY },
	{ "106751991168d", ERR_TOO_LARGE, 0 },
	{ "99999999999999999999s", ERR_TOO_LARGE, 0 },
	{ "", ERR_INVALID, 0 },
	{ "5", ERR_INVALID, 0 },
	{ "0.5", ERR_INVALID, 0 },
	{ "-1s", ERR_INVALID, 0 },
	{ "+1s", ERR_INVALID, 0 },
	{ "1 s", ERR_INVALID, 0 },
	{ " 1s", ERR_INVALID, 0 },
	{ "1.s", ERR_INVALID, 0 },
	{ ".5s", ERR_INVALID, 0 },
	{ "1e3s", ERR_INVALID, 0 },
	{ "1S", ERR_INVALID, 0 },
	{ "1s5", ERR_INVALID, 0 },
	{ "s", ERR_INVALID, 0 },
};

static void a_duration_is_a_number_and_a_unit(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(duration_rows); i++) {
		int64_t ms = -7;
		enum err err = units_parse_duration(span_of(duration_rows[i].text), &ms);

		if (err != duration_rows[i].err || ms != (err ? -7 : duration_rows[i].ms))
			fail_msg("'%s': %s, %lld", duration_rows[i].text, err_text(err),
				 (long long)ms);
	}
}

static const struct {
	const char *text;
	enum err err;
	int64_t bytes;
} size_rows[] = {
	{ "0", ERR_OK, 0 },
	{ "512", ERR_OK, 512 },
	{ "512B", ERR_OK, 512 },
	{ "512K", ERR_OK, 512 << 10 },
	{ "8M", ERR_OK, 8 << 20 },
	{ "8m", ERR_OK, 8 << 20 },
	{ "1.5MiB", ERR_OK, 3 << 19 },
	{ "1GB", ERR_OK, 1 << 30 },
	{ "2T", ERR_OK, INT64_C(2) << 40 },
	{ "8388608T", ERR_TOO_LARGE, 0 },
	{ "8X", ERR_INVALID, 0 },
	{ "8MM", ERR_INVALID, 0 },
	{ "8Mi", ERR_INVALID, 0 },
	{ "8BB", ERR_INVALID, 0 },
	{ "-1", ERR_INVALID, 0 },
	{ "M", ERR_INVALID, 0 },
};

static void a_size_counts_in_powers_of_1024(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(size_rows); i++) {
		int64_t bytes = -7;
		enum err err = units_parse_size(span_of(size_rows[i].text), &bytes);

		if (err != size_rows[i].err || bytes != (err ? -7 : size_rows[i].bytes))
			fail_msg("'%s': %s, %lld", size_rows[i].text, err_text(err),
				 (long long)bytes);
	}
}

static void a_rate_is_a_number_per_time(void **unused)
{
	double rate = -1;

	(void)unused;
	assert_int_equal(units_parse_rate(SPAN("50/s"), &rate), ERR_OK);
	assert_true(rate == 50);
	assert_int_equal(units_parse_rate(SPAN("86400/d"), &rate), ERR_OK);
	assert_true(rate == 1);
	assert_int_equal(units_parse_rate(SPAN("30/m"), &rate), ERR_OK);
	assert_true(rate == 0.5);
	assert_int_equal(units_parse_rate(SPAN("1.8/h"), &rate), ERR_OK);
	assert_true(rate == 1.8 / 3600);
	assert_int_equal(units_parse_rate(SPAN("50"), &rate), ERR_INVALID);
	assert_int_equal(units_parse_rate(SPAN("50/w"), &rate), ERR_INVALID);
	assert_int_equal(units_parse_rate(SPAN("/s"), &rate), ERR_INVALID);
	assert_int_equal(units_parse_rate(SPAN("-1/s"), &rate), ERR_INVALID);
}

static const struct {
	const char *text;
	enum err err;
	int64_t at_ms;
	const char *shown;
} time_rows[] = {
	{ "1970-01-01T00:00:00Z", ERR_OK, 0, "1970-01-01T00:00:00.000Z" },
	{ "2026-11-22T14:00:00.123Z", ERR_OK, 1795356000123, "2026-11-22T14:00:00.123Z" },
	{ "2026-11-22t14:00:00.1239z", ERR_OK, 1795356000123,
	  "2026-11-22T14:00:00.123Z" },
	{ "2026-11-22 15:30:00+01:30", ERR_OK, 1795356000000,
	  "2026-11-22T14:00:00.000Z" },
	{ "2026-11-22T04:00:00-10:00", ERR_OK, 1795356000000,
	  "2026-11-22T14:00:00.000Z" },
	{ "2024-02-29T00:00:00Z", ERR_OK, 1709164800000, "2024-02-29T00:00:00.000Z" },
	{ "2016-12-31T23:59:60Z", ERR_OK, 1483228800000, "2017-01-01T00:00:00.000Z" },
	{ "1969-12-31T23:59:59.999Z", ERR_OK, -1, "1969-12-31T23:59:59.999Z" },
	{ "0000-01-01T00:00:00Z", ERR_OK, -62167219200000, "0000-01-01T00:00:00.000Z" },
	{ "9999-12-31T23:59:59.999Z", ERR_OK, 253402300799999,
	  "9999-12-31T23:59:59.999Z" },
	{ "2026-02-29T00:00:00Z", ERR_INVALID, 0, NULL },
	{ "2026-13-01T00:00:00Z", ERR_INVALID, 0, NULL },
	{ "2026-00-01T00:00:00Z", ERR_INVALID, 0, NULL },
	{ "2026-01-00T00:00:00Z", ERR_INVALID, 0, NULL },
	{ "2026-01-01T24:00:00Z", ERR_INVALID, 0, NULL },
	{ "2026-01-01T00:60:00Z", ERR_INVALID, 0, NULL },
	{ "2026-01-01T00:00:61Z", ERR_INVALID, 0, NULL },
	{ "2026-01-01T00:00:00", ERR_INVALID, 0, NULL },
	{ "2026-01-01T00:00:00.Z", ERR_INVALID, 0, NULL },
	{ "2026-01-01T00:00:00+0100", ERR_INVALID, 0, NULL },
	{ "2026-01-01T00:00:00+24:00", ERR_INVALID, 0, NULL },
	{ "2026-01-01T00:00:00ZZ", ERR_INVALID, 0, NULL },
	{ "2026-01-01", ERR_INVALID, 0, NULL },
	{ "26-01-01T00:00:00Z", ERR_INVALID, 0, NULL },
	{ "", ERR_INVALID, 0, NULL },
};

static void an_instant_follows_rfc3339(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(time_rows); i++) {
		int64_t at_ms = -7;
		char shown[UNITS_TIME_SIZE];
		enum err err = units_parse_time(span_of(time_rows[i].text), &at_ms);

		if (err != time_rows[i].err || at_ms != (err ? -7 : time_rows[i].at_ms))
			fail_msg("'%s': %s, %lld", time_rows[i].text, err_text(err),
				 (long long)at_ms);
		if (err)
			continue;
		units_format_time(at_ms, shown);
		assert_string_equal(shown, time_rows[i].shown);
	}
}

static void an_instant_beyond_four_digit_years_is_clamped(void **unused)
{
	char text[UNITS_TIME_SIZE];

	(void)unused;
	units_format_time(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	units_format_time(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

typedef void formatter(int64_t value, char text[UNITS_TEXT_SIZE]);

static const struct {
	formatter *format;
	int64_t value;
	const char *text;
} format_rows[] = {
	{ units_format_duration, 0, "0s" },
	{ units_format_duration, 250, "250 ms" },
	{ units_format_duration, 2500, "2.5s" },
	{ units_format_duration, 2040, "2s" },
	{ units_format_duration, 59999, "59.9s" },
	{ units_format_duration, 15 * MS_PER_MINUTE, "15m" },
	{ units_format_duration, 3 * MS_PER_DAY + 4 * MS_PER_HOUR + 59, "3d 4h" },
	{ units_format_duration, 90 * MS_PER_DAY, "90d" },
	{ units_format_duration, -250, "-250 ms" },
	{ units_format_duration, INT64_MAX, "106751991167d 7h" },
	{ units_format_duration, INT64_MIN, "-106751991167d 7h" },
	{ units_format_size, 0, "0 B" },
	{ units_format_size, 1023, "1023 B" },
	{ units_format_size, 1536, "1.5 KiB" },
	{ units_format_size, 8 << 20, "8.0 MiB" },
	{ units_format_size, INT64_MAX, "8388608.0 TiB" },
	{ units_format_size, INT64_MIN, "-8388608.0 TiB" },
	{ units_format_count, 0, "0" },
	{ units_format_count, 999, "999" },
	{ units_format_count, 1000, "1,000" },
	{ units_format_count, -123456, "-123,456" },
	{ units_format_count, 1234567, "1,234,567" },
	{ units_format_count, INT64_MIN, "-9,223,372,036,854,775,808" },
	{ units_spell_duration, 0, "0s" },
	{ units_spell_duration, 500, "500ms" },
	{ units_spell_duration, 90 * MS_PER_SECOND, "90s" },
	{ units_spell_duration, 24 * MS_PER_HOUR, "1d" },
	{ units_spell_size, 0, "0" },
	{ units_spell_size, 1000, "1000" },
	{ units_spell_size, 8 << 20, "8M" },
};

static void people_get_the_two_leading_units(void **unused)
{
	char text[UNITS_TEXT_SIZE];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(format_rows); i++) {
		format_rows[i].format(format_rows[i].value, text);
		assert_string_equal(text, format_rows[i].text);
	}
}

static void a_spelled_rate_reads_back(void **unused)
{
	static const char *const rates[] = { "50/s", "100000/d", "10/m", "3/h",
					     "0/s",  "1/d",      "0.5/d" };
	char text[UNITS_TEXT_SIZE];
	double rate, again;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		assert_int_equal(units_parse_rate(span_of(rates[i]), &rate), ERR_OK);
		units_spell_rate(rate, text);
		assert_string_equal(text, rates[i]);
		assert_int_equal(units_parse_rate(span_of(text), &again), ERR_OK);
		assert_true(rate == again);
	}
	units_spell_number(0.03, text);
	assert_string_equal(text, "0.03");
	units_spell_number(200, text);
	assert_string_equal(text, "200");
	units_spell_number(1e30, text);
	assert_int_equal(text[0], '1');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_is_a_number_and_a_unit),
		cmocka_unit_test(a_size_counts_in_powers_of_1024),
		cmocka_unit_test(a_rate_is_a_number_per_time),
		cmocka_unit_test(an_instant_follows_rfc3339),
		cmocka_unit_test(an_instant_beyond_four_digit_years_is_clamped),
		cmocka_unit_test(people_get_the_two_leading_units),
		cmocka_unit_test(a_spelled_rate_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
