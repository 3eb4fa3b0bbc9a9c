#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/log_sink.h"
#include "tools/progress.h"

static void check_line(enum setting_log_format format, bool color, const char *fields,
		       const char *expected)
{
	struct buf out = BUF_INIT;

	assert_int_equal(log_sink_line(&out, format, color, 1795356000123, LOG_WARN,
				       "slow", fields),
			 ERR_OK);
	assert_string_equal(buf_text(&out), expected);
	buf_release(&out);
}

static void a_text_line_is_one_line_without_controls(void **unused)
{
	(void)unused;
	check_line(LOG_FORMAT_TEXT, false, "url=http://a/ ms=3",
		   "warn slow url=http://a/ ms=3\n");
	check_line(LOG_FORMAT_TEXT, false, "", "warn slow\n");
	check_line(LOG_FORMAT_TEXT, false, "why=a\n\x1b[2Jb", /* REQ 74 */
		   "warn slow why=a \xef\xbf\xbd[2Jb\n");
	check_line(LOG_FORMAT_TEXT, true, "a=1", "\033[33mwarn\033[0m slow a=1\n");
}

#define HEAD "{\"at\":\"2026-11-22T14:00:00.123Z\",\"level\":\"warn\",\"event\":\"slow\""

static void a_json_line_has_a_key_for_each_field(void **unused)
{
	(void)unused;
	check_line(LOG_FORMAT_JSON, true, "url=http://a/?b=c why=no such host ms=3",
		   HEAD
		   ",\"url\":\"http://a/?b=c\",\"why\":\"no such host\",\"ms\":\"3\"}\n");
	check_line(LOG_FORMAT_JSON, false, "", HEAD "}\n");
	check_line(LOG_FORMAT_JSON, false, "plain words",
		   HEAD ",\"text\":\"plain words\"}\n");
	check_line(LOG_FORMAT_JSON, false, "why=\x1b\"",
		   HEAD ",\"why\":\"\\u001b\\\"\"}\n");
}

static const struct {
	const char *flag;
	enum log_level level;
} levels[] = {
	{ "-q", LOG_ERROR },
	{ "--", LOG_WARN },
	{ "-v", LOG_INFO },
	{ "-vv", LOG_DEBUG },
};

static void quiet_and_verbose_set_the_level(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		const char *argv[] = { "freshet", "config", levels[i].flag };
		struct options options;
		struct why why;

		assert_int_equal(options_parse(3, argv, &options, &why), ERR_OK);
		assert_int_equal(log_sink_level(&options), levels[i].level);
		options_release(&options);
	}
}

/* What two shows at these times leave on the stream. */
static void check_progress(enum progress_style style, int64_t second_ms,
			   const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	struct progress p = { .stream = stream, .style = style };

	assert_non_null(stream);
	progress_show(&p, 1000, SPAN("one\x1b"));
	progress_show(&p, second_ms, SPAN("two"));
	progress_end(&p);
	progress_end(&p);
	fclose(stream);
	assert_string_equal(text, expected);
	free(text);
}

static void progress_comes_when_it_is_due(void **unused)
{
	(void)unused;
	check_progress(PROGRESS_LINES, 10999, "one\xef\xbf\xbd\n");
	check_progress(PROGRESS_LINES, 11000, "one\xef\xbf\xbd\ntwo\n");
	check_progress(PROGRESS_LINES, 500,
		       "one\xef\xbf\xbd\ntwo\n"); /* clock set back */
	check_progress(PROGRESS_REWRITE, 1249, "\rone\xef\xbf\xbd\033[K\n");
	check_progress(PROGRESS_REWRITE, 1250, "\rone\xef\xbf\xbd\033[K\rtwo\033[K\n");
	check_progress(PROGRESS_NONE, 99999, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_line_is_one_line_without_controls),
		cmocka_unit_test(a_json_line_has_a_key_for_each_field),
		cmocka_unit_test(quiet_and_verbose_set_the_level),
		cmocka_unit_test(progress_comes_when_it_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
