#include "tests/unit/unit.h"

#include "tools/help.h"
#include "tools/options.h"

/* The tests use only commands and flags that need no store. */
#define ARGV(...)                                                \
	((const char *const[]){ "freshet", __VA_ARGS__, NULL }), \
		(int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)) + 1

static enum err parse(const char *const *argv, int argc, struct options *o,
		      struct why *why)
{
	*why = (struct why){ "" };
	return options_parse(argc, argv, o, why);
}

static void flags_stand_anywhere(void **unused)
{
	struct options o;
	struct why why;

	(void)unused;
	assert_int_equal(
		parse(ARGV("-q", "robots", "http://a/", "--file=f", "--agent", "bot"), &o,
		      &why),
		ERR_OK);
	assert_string_equal(o.command->name, "robots");
	assert_int_equal(o.n_args, 1);
	assert_string_equal(option_arg(&o, 0), "http://a/");
	assert_null(option_arg(&o, 1));
	assert_string_equal(option_text(&o, "file", NULL), "f");
	assert_string_equal(option_text(&o, "agent", NULL), "bot");
	assert_true(option_bool(&o, "quiet"));
	assert_false(option_given(&o, "verbose"));
	options_release(&o);
}

static void two_dashes_end_flags_and_one_is_an_argument(void **unused)
{
	struct options o;
	struct why why;

	(void)unused;
	assert_int_equal(parse(ARGV("url", "-", "--", "--help"), &o, &why), ERR_OK);
	assert_false(o.help);
	assert_string_equal(option_arg(&o, 0), "-");
	assert_string_equal(option_arg(&o, 1), "--help");
	options_release(&o);
}

static void letters_join_and_take_values(void **unused)
{
	struct options o;
	struct why why;

	(void)unused;
	assert_int_equal(parse(ARGV("-vvcsite.conf", "config"), &o, &why), ERR_OK);
	assert_int_equal(option_times(&o, "verbose"), 2);
	assert_string_equal(option_text(&o, "config", NULL), "site.conf");
	options_release(&o);
	assert_int_equal(parse(ARGV("config", "-c", "a", "-c", "b"), &o, &why), ERR_OK);
	assert_string_equal(option_text(&o, "config", NULL), "b"); /* the last one */
	options_release(&o);
}

static void a_list_repeats_and_splits_at_commas(void **unused)
{
	struct options o;
	struct why why;

	(void)unused;
	assert_int_equal(parse(ARGV("robots", "u", "--allow-net", "10.0.0.0/8, ::1/128",
				    "--allow-net=127.0.0.0/8"),
			       &o, &why),
			 ERR_OK);
	assert_string_equal(option_list(&o, "allow-net", 0, NULL), "10.0.0.0/8");
	assert_string_equal(option_list(&o, "allow-net", 1, NULL), "::1/128");
	assert_string_equal(option_list(&o, "allow-net", 2, NULL), "127.0.0.0/8");
	assert_null(option_list(&o, "allow-net", 3, NULL));
	options_release(&o);
}

static void help_and_version_stop_the_parser(void **unused)
{
	struct options o;
	struct why why;

	(void)unused;
	assert_int_equal(parse(ARGV("robots", "-h", "--what"), &o, &why), ERR_OK);
	assert_true(o.help);
	assert_string_equal(o.command->name, "robots");
	options_release(&o);
	assert_int_equal(parse(ARGV("-V"), &o, &why), ERR_OK);
	assert_true(o.version);
	options_release(&o);
}

static const struct {
	const char *argv[6];
	const char *message;
} mistakes[] = {
	{ { "freshet" }, "no command given" },
	{ { "freshet", "robts" }, "unknown command 'robts' (did you mean 'robots'?)" },
	{ { "freshet", "urll" }, "unknown command 'urll' (did you mean 'url'?)" },
	{ { "freshet", "zzzzzz" }, "unknown command 'zzzzzz'" },
	{ { "freshet", "robots", "u", "--fiel", "x" },
	  "unknown flag '--fiel' of 'robots' (did you mean '--file'?)" },
	{ { "freshet", "--file", "x", "robots" }, "unknown flag '--file'" },
	{ { "freshet", "url", "--file", "x" }, "unknown flag '--file' of 'url'" },
	{ { "freshet", "--quite" }, "unknown flag '--quite' (did you mean '--quiet'?)" },
	{ { "freshet", "-qx", "url" }, "unknown flag '-x' in '-qx'" },
	{ { "freshet", "robots", "u", "--file" }, "--file needs a value (FILE)" },
	{ { "freshet", "robots", "u", "--allow-net=" },
	  "--allow-net needs a value (CIDR)" },
	{ { "freshet", "config", "-c" }, "--config needs a value (FILE)" },
	{ { "freshet", "config", "--default=yes" }, "--default takes no value" },
	{ { "freshet", "config", "x" }, "'config' does not take the argument 'x'" },
	{ { "freshet", "url" }, "'url' needs URL [BASE]" },
	{ { "freshet", "url", "a", "b", "c" }, "'url' does not take the argument 'c'" },
	{ { "freshet", "completion", "tcsh" },
	  "completion 'tcsh': expected one of bash|zsh|fish" },
	{ { "freshet", "--color", "pink", "url" },
	  "--color 'pink': expected one of auto|always|never" },
	{ { "freshet", "robots", "u", "--agent", "a b" },
	  "--agent 'a b': expected only letters, '_' and '-'" },
	{ { "freshet", "robots", "u", "--allow-net", "10.0.0.0/33" },
	  "--allow-net '10.0.0.0/33': expected a net such as 10.0.0.0/8 or fd00::/8" },
};

static void each_mistake_has_its_own_message(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct options o;
		struct why why = { "" };
		int argc = 0;

		while (argc < 6 && mistakes[i].argv[argc])
			argc++;
		assert_int_equal(options_parse(argc, mistakes[i].argv, &o, &why),
				 ERR_INVALID);
		assert_string_equal(why.text, mistakes[i].message);
		options_release(&o);
	}
}

static const struct {
	enum value_kind kind;
	const char *limits, *text;
	bool ok;
} value_rows[] = {
	{ VALUE_BOOL, "", "yes", true },
	{ VALUE_BOOL, "", "maybe", false },
	{ VALUE_COUNT, "1..64", "64", true },
	{ VALUE_COUNT, "1..64", "65", false },
	{ VALUE_COUNT, "1..64", "0", false },
	{ VALUE_COUNT, "", "-1", false },
	{ VALUE_NUMBER, "0..1", "1.0", true },
	{ VALUE_NUMBER, "0..1", "1.01", false },
	{ VALUE_DURATION, "1s..1d", "24h", true },
	{ VALUE_DURATION, "1s..1d", "25h", false },
	{ VALUE_DURATION, "1s..1d", "999ms", false },
	{ VALUE_SIZE, "1K..1G", "1023", false },
	{ VALUE_RATE, "1/d..100/s", "1/h", true },
	{ VALUE_RATE, "1/d..100/s", "0/s", false },
	{ VALUE_TIME, "", "2026-11-22T14:00:00Z", true },
	{ VALUE_TIME, "", "yesterday", false },
	{ VALUE_TOKEN, "", "Foo_Bot-x", true },
	{ VALUE_TOKEN, "", "Bot2", false },
	{ VALUE_TOKEN, "", "", false },
	{ VALUE_CONTACT, "", "https://example.org/bot?a=b", true },
	{ VALUE_CONTACT, "", "", true },
	{ VALUE_CONTACT, "", "a)b", false },
	{ VALUE_CONTACT, "", "\"a\"", false },
	{ VALUE_CONTACT, "", "a\r\nX: y", false },
	{ VALUE_TEXT, "", "a\x1b[31m", false },
	{ VALUE_LISTEN, "", "127.0.0.1:8380", true },
	{ VALUE_LISTEN, "", "[::1]:0", true },
	{ VALUE_LISTEN, "", "localhost:80", true },
	{ VALUE_LISTEN, "", ":80", false },
	{ VALUE_LISTEN, "", "127.0.0.1", false },
	{ VALUE_LISTEN, "", "127.0.0.1:65536", false },
	{ VALUE_CIDRS, "", "127.0.0.0/8", true },
	{ VALUE_CIDRS, "", "fd00::/8", true },
	{ VALUE_CIDRS, "", "::/129", false },
	{ VALUE_CIDRS, "", "127.0.0.1", false },
	{ VALUE_CIDRS, "", "example.org/8", false },
	{ VALUE_RESOLVES, "", "example.org:80:127.0.0.1", true },
	{ VALUE_RESOLVES, "", "example.org:80:[::1]", true },
	{ VALUE_RESOLVES, "", "example.org:80", false },
	{ VALUE_RESOLVES, "", "example.org:http:127.0.0.1", false },
	{ VALUE_RESOLVES, "", "example.org:80:localhost", false },
	{ VALUE_HEADERS, "", "Authorization: Basic Zm9vOmJhcg==", true },
	{ VALUE_HEADERS, "", "X-Key:1", true },
	{ VALUE_HEADERS, "", "X-Key:", false },
	{ VALUE_HEADERS, "", "X Key: 1", false },
	{ VALUE_HEADERS, "", "host: example.org", false },         /* REQ 5 */
	{ VALUE_HEADERS, "", "Range: bytes=0-1", false },          /* REQ 1 */
	{ VALUE_HEADERS, "", "If-None-Match: \"a\"", false },      /* REQ 10 */
	{ VALUE_HEADERS, "", "Accept-Encoding: identity", false }, /* REQ 4 */
	{ VALUE_HEADERS, "", "X: a\nHost: b", false },
};

static void every_kind_judges_its_values(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(value_rows); i++) {
		struct value value;
		struct why why = { "" };
		enum err err = value_parse(value_rows[i].kind, value_rows[i].limits,
					   span_of(value_rows[i].text), &value, &why);

		if ((err == ERR_OK) != value_rows[i].ok)
			fail_msg("row %zu: '%s': %s", i, value_rows[i].text, why.text);
	}
}

/* Both ends of "a..b" must be values of the kind, and in order. */
static void check_limits(const char *name, enum value_kind kind, const char *limits)
{
	const char *dots = strstr(limits, "..");
	struct span ends[2];
	struct value value;

	if (kind == VALUE_CHOICE || kind == VALUE_CHOICES) {
		assert_true(*limits != '\0');
		return;
	}
	if (!dots) {
		if (*limits)
			fail_msg("%s: limits without '..'", name);
		return;
	}
	ends[0] = span_from(limits, (size_t)(dots - limits));
	ends[1] = span_of(dots + 2);
	for (int i = 0; i < 2; i++) {
		if (ends[i].len && value_parse(kind, limits, ends[i], &value, NULL))
			fail_msg("%s: limits '%s' are not within themselves", name,
				 limits);
	}
}

static void check_flag(const struct flag_row *flag)
{
	if (flag->setting && !setting_find(span_of(flag->setting)))
		fail_msg("--%s: no setting %s", flag->name, flag->setting);
	if (!flag_is_global(flag) && !command_find(span_of(flag->command)))
		fail_msg("--%s: no command %s", flag->name, flag->command);
	assert_true(*flag_help(flag) != '\0');
	if (flag_kind(flag) != VALUE_BOOL && !*flag_word(flag))
		fail_msg("--%s: no word for its value", flag->name);
	for (const struct flag_row *other = flag_rows; other < flag; other++) {
		bool same = strcmp(other->name, flag->name) == 0 ||
			    (flag->letter && other->letter == flag->letter);

		if (same &&
		    (flag_is_global(other) || !strcmp(other->command, flag->command)))
			fail_msg("--%s of %s is there twice", flag->name, flag->command);
	}
	check_limits(flag->name, flag_kind(flag), flag_limits(flag));
}

static void every_row_of_the_table_makes_sense(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < n_flag_rows; i++)
		check_flag(&flag_rows[i]);
	for (size_t i = 0; i < n_setting_rows; i++) {
		assert_ptr_equal(setting_find(span_of(setting_rows[i].name)),
				 &setting_rows[i]);
		check_limits(setting_rows[i].name, setting_rows[i].kind,
			     setting_rows[i].limits);
	}
	for (size_t i = 0; i < n_host_setting_rows; i++)
		check_limits(host_setting_rows[i].name, host_setting_rows[i].kind,
			     host_setting_rows[i].limits);
}

static void check_every_flag_in(help_maker *make, const char *before, const char *hyphen)
{
	struct buf text = BUF_INIT, wanted = BUF_INIT;

	assert_int_equal(make(&text), ERR_OK);
	for (size_t i = 0; i < n_flag_rows; i++) {
		assert_int_equal(buf_set(&wanted, span_of(before)), ERR_OK);
		for (const char *c = flag_rows[i].name; *c; c++)
			assert_int_equal(buf_append(&wanted, *c == '-' ? hyphen : c,
						    *c == '-' ? strlen(hyphen) : 1),
					 ERR_OK);
		if (!strstr(buf_text(&text), buf_text(&wanted)))
			fail_msg("no '%s' in\n%s", buf_text(&wanted), buf_text(&text));
	}
	buf_release(&wanted);
	buf_release(&text);
}

static void every_flag_is_in_every_generated_text(void **unused)
{
	(void)unused;
	check_every_flag_in(help_man, "\\-\\-", "\\-");
	check_every_flag_in(completion_bash, "--", "-");
	check_every_flag_in(completion_zsh, "--", "-");
	check_every_flag_in(completion_fish, " -l ", "-");
}

static void arguments_are_counted_from_their_syntax(void **unused)
{
	static const struct {
		const char *arguments;
		size_t least, most;
	} rows[] = {
		{ "", 0, 0 },
		{ "URL", 1, 1 },
		{ "[HOST]", 0, 1 },
		{ "URL [BASE]", 1, 2 },
		{ "[FILE|-]...", 0, SIZE_MAX },
		{ "URL|-...", 1, SIZE_MAX },
		{ "verify|stats [DIR]", 1, 2 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct command_row row = { "x", false, rows[i].arguments, "", "" };
		size_t least, most;

		command_arity(&row, &least, &most);
		if (least != rows[i].least || most != rows[i].most)
			fail_msg("'%s': %zu to %zu", rows[i].arguments, least, most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_stand_anywhere),
		cmocka_unit_test(two_dashes_end_flags_and_one_is_an_argument),
		cmocka_unit_test(letters_join_and_take_values),
		cmocka_unit_test(a_list_repeats_and_splits_at_commas),
		cmocka_unit_test(help_and_version_stop_the_parser),
		cmocka_unit_test(each_mistake_has_its_own_message),
		cmocka_unit_test(every_kind_judges_its_values),
		cmocka_unit_test(every_row_of_the_table_makes_sense),
		cmocka_unit_test(every_flag_is_in_every_generated_text),
		cmocka_unit_test(arguments_are_counted_from_their_syntax),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
