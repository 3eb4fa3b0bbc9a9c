#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tests/scratch_dir.h"
#include "tools/contact.h"
#include "tools/settings.h"
#include "tools/settings_print.h"

/* A config file with these contents; the caller removes it. */
static void write_config(char path[SCRATCH_DIR_SIZE], struct span text)
{
	FILE *f = scratch_file_make(path, "settings");

	assert_int_equal(fwrite(text.data, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
}

static enum err load_args(const char *const *flags, size_t n, struct settings *s,
			  struct why *why)
{
	const char *argv[16] = { "freshet", "config" };
	struct options options;
	enum err err;

	for (size_t i = 0; i < n; i++)
		argv[2 + i] = flags[i];
	assert_int_equal(options_parse((int)n + 2, argv, &options, why), ERR_OK);
	err = settings_load(&options, s, why);
	options_release(&options);
	return err;
}

/* Loads a file of these contents, with flags behind it. */
static enum err load(const char *text, const char *const *flags, size_t n,
		     struct settings *s, struct why *why)
{
	char path[SCRATCH_DIR_SIZE];
	const char *all[14] = { "-c", path };
	enum err err;

	write_config(path, span_of(text));
	for (size_t i = 0; i < n; i++)
		all[2 + i] = flags[i];
	err = load_args(all, n + 2, s, why);
	unlink(path);
	return err;
}

static void defaults_are_those_promised(void **unused)
{
	struct settings s;

	(void)unused;
	assert_int_equal(settings_default(&s), ERR_OK);
	assert_string_equal(s.bot_name, "freshet");
	assert_string_equal(s.bot_url, "");
	assert_int_equal(s.fetch_concurrency, 256);
	assert_int_equal(s.fetch_host_delay_ms, 1000);       /* REQ 53 */
	assert_int_equal(s.fetch_connect_timeout_ms, 10000); /* REQ 57 */
	assert_int_equal(s.fetch_header_timeout_ms, 20000);
	assert_int_equal(s.fetch_timeout_ms, 60000);
	assert_int_equal(s.fetch_max_body, 8 << 20); /* REQ 60 */
	assert_int_equal(s.fetch_max_wire, 8 << 20);
	assert_int_equal(s.fetch_max_redirects, 10); /* REQ 36 */
	assert_true(s.fetch_audit_rate == 0.03);     /* REQ 25 */
	assert_int_equal(s.fetch_gone_after, 2);     /* REQ 30 */
	assert_int_equal(s.fetch_gone_spacing_ms, MS_PER_HOUR);
	assert_int_equal(s.fetch_robots_ttl_ms, MS_PER_DAY);   /* REQ 41 */
	assert_int_equal(s.fetch_retry_min_ms, MS_PER_MINUTE); /* REQ 56 */
	assert_int_equal(s.fetch_retry_max_ms, MS_PER_DAY);    /* REQ 55 */
	assert_int_equal(s.fetch_max_crawl_delay_ms, 60000);   /* REQ 51 */
	assert_null(s.fetch_allow_net[0]);                     /* REQ 66 */
	assert_false(s.fetch_allow_downgrade);                 /* REQ 39 */
	assert_string_equal(s.fetch_proxy, "");                /* REQ 68 */
	assert_true(s.schedule_budget_per_s == 50);
	assert_int_equal(s.schedule_policy, POLICY_OPTIMAL);
	assert_int_equal(s.store_sync, SYNC_GROUP);
	assert_int_equal(s.store_body, BODY_KEEP);
	assert_string_equal(s.listen_address, ""); /* REQ 84 */
	assert_int_equal(s.log_format, LOG_FORMAT_TEXT);
	settings_release(&s);
}

static void choices_keep_the_order_of_their_enums(void **unused)
{
	static const char *const flags[] = { "--set=schedule.policy=fixed",
					     "--set=store.sync=none",
					     "--set=store.body=none",
					     "--log-format=json",
					     "--color=never",
					     "--progress=always" };
	struct settings s;
	struct why why;

	(void)unused;
	assert_int_equal(load_args(flags, ARRAY_SIZE(flags), &s, &why), ERR_OK);
	assert_int_equal(s.schedule_policy, POLICY_FIXED);
	assert_int_equal(s.store_sync, SYNC_NONE);
	assert_int_equal(s.store_body, BODY_NONE);
	assert_int_equal(s.log_format, LOG_FORMAT_JSON);
	assert_int_equal(s.color, WHEN_NEVER);
	assert_int_equal(s.progress, WHEN_ALWAYS);
	settings_release(&s);
}

static void a_flag_beats_the_environment_beats_the_file(void **unused)
{
	static const char file[] =
		"db = from-file\n[fetch]\nhost_delay = 2s\ntimeout = 3s\n"
		"[schedule]\nbudget = 7/s\n";
	static const char *const flags[] = { "--db", "from-flag", "--set",
					     "fetch.timeout=9s" };
	struct settings s;
	struct why why;

	(void)unused;
	setenv("FRESHET_FETCH_HOST_DELAY", "5s", 1);
	setenv("FRESHET_FETCH_TIMEOUT", "6s", 1);
	setenv("FRESHET_DB", "from-environment", 1);
	setenv("FRESHET_FETCH_PER_HOST", "", 1); /* empty: as if not set */
	assert_int_equal(load(file, flags, ARRAY_SIZE(flags), &s, &why), ERR_OK);
	assert_string_equal(s.db, "from-flag");
	assert_int_equal(s.fetch_timeout_ms, 9000);
	assert_int_equal(s.fetch_host_delay_ms, 5000);
	assert_true(s.schedule_budget_per_s == 7);
	assert_int_equal(s.fetch_concurrency, 256);
	assert_int_equal(s.sources[SETTING_ID_db], SOURCE_FLAG);
	assert_int_equal(s.sources[SETTING_ID_fetch_host_delay_ms], SOURCE_ENVIRONMENT);
	assert_int_equal(s.sources[SETTING_ID_schedule_budget_per_s], SOURCE_FILE);
	assert_int_equal(s.sources[SETTING_ID_fetch_concurrency], SOURCE_DEFAULT);
	settings_release(&s);
	unsetenv("FRESHET_FETCH_HOST_DELAY");
	unsetenv("FRESHET_FETCH_TIMEOUT");
	unsetenv("FRESHET_FETCH_PER_HOST");
	unsetenv("FRESHET_DB");
}

static void a_list_of_a_higher_source_replaces_the_lower(void **unused)
{
	static const char file[] = "[fetch]\nallow_net = 10.0.0.0/8, 11.0.0.0/8\n"
				   "allow_net = 12.0.0.0/8\n";
	static const char *const flags[] = { "--set", "fetch.allow_net=::1/128", "--set",
					     "fetch.allow_net=127.0.0.0/8" };
	struct settings s;
	struct why why;

	(void)unused;
	assert_int_equal(load(file, NULL, 0, &s, &why), ERR_OK);
	assert_string_equal(s.fetch_allow_net[0], "10.0.0.0/8");
	assert_string_equal(s.fetch_allow_net[1], "11.0.0.0/8");
	assert_string_equal(s.fetch_allow_net[2], "12.0.0.0/8");
	assert_null(s.fetch_allow_net[3]);
	settings_release(&s);
	assert_int_equal(load(file, flags, ARRAY_SIZE(flags), &s, &why), ERR_OK);
	assert_string_equal(s.fetch_allow_net[0], "::1/128");
	assert_string_equal(s.fetch_allow_net[1], "127.0.0.0/8");
	assert_null(s.fetch_allow_net[2]);
	settings_release(&s);
}

/* What follows the name of the file in the message. */
static const struct {
	const char *file, *message;
} bad_files[] = {
	{ "\n[fetch]\nhost_dealy = 1s\n",
	  ":3: unknown key 'fetch.host_dealy' (did you mean 'fetch.host_delay'?)" },
	{ "[fetch]\nhost_delay = soon\n",
	  ":2: fetch.host_delay 'soon': expected a duration "
	  "such as 500ms, 90s, 15m, 6h or 30d" },
	{ "[fetch]\nper_host = 65\n", ":2: fetch.per_host '65': not within 1..64" },
	{ "; note\n# note\n[fecth]\n",
	  ":3: unknown section 'fecth' (did you mean 'fetch'?)" },
	{ "[fetch]\nhost_delay\n", ":2: expected [section] or key = value" },
	{ "[fetch\n", ":1: expected [section]" },
	{ "[host example.org]\n", ":1: unknown section 'host example.org'" },
	{ "[host \"\"]\n", ":1: expected [host \"pattern\"]" },
	{ "[host \"a\"]\ndealy = 1s\n",
	  ":2: unknown key 'dealy' (did you mean 'delay'?)" },
	{ "[host \"a\"]\nheader = Host: secret\n",
	  ":2: header '...': expected 'Name: value', and no field that freshet sets itself" },
	{ "[fetch]\nhost_delay = 1s ; soon\n",
	  ":2: fetch.host_delay '1s ; soon': expected a duration such as 500ms, 90s, 15m, "
	  "6h or 30d" },
	{ "dbb = x\n[fetch]\nhost_dealy = 1s\n",
	  ":1: unknown key 'dbb' (did you mean 'db'?)" },
};

static void a_bad_file_is_refused_with_line_and_suggestion(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad_files); i++) {
		struct settings s;
		struct why why = { "" };
		const char *colon;

		assert_int_equal(load(bad_files[i].file, NULL, 0, &s, &why), ERR_INVALID);
		colon = strchr(why.text, ':');
		assert_non_null(colon);
		assert_string_equal(colon, bad_files[i].message);
	}
}

static void a_long_line_is_refused_and_a_longish_one_read(void **unused)
{
	struct buf text = BUF_INIT;
	struct settings s;
	struct why why;

	(void)unused;
	assert_int_equal(buf_append_text(&text, "[bot]\nurl = http://a/"), ERR_OK);
	for (int i = 0; i < 4000; i++)
		assert_int_equal(buf_append_byte(&text, 'x'), ERR_OK);
	assert_int_equal(load(buf_text(&text), NULL, 0, &s, &why), ERR_OK);
	assert_int_equal(strlen(s.bot_url), 4009);
	settings_release(&s);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_append_byte(&text, 'x'), ERR_OK);
	assert_int_equal(load(buf_text(&text), NULL, 0, &s, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, ":2: the line is too long"));
	buf_release(&text);
}

static void a_missing_file_is_an_error_that_names_it(void **unused)
{
	static const char *const flags[] = { "-c", "/nonexistent/f.conf" };
	struct settings s;
	struct why why;

	(void)unused;
	assert_int_equal(load_args(flags, 2, &s, &why), ERR_IO);
	assert_string_equal(why.text,
			    "cannot open config file '/nonexistent/f.conf': No such "
			    "file or directory");
}

static void a_failed_load_leaves_the_settings_in_force(void **unused)
{
	static const char *const bad[] = { "--set", "fetch.per_host=0" };
	struct settings s;
	struct why why;

	(void)unused;
	assert_int_equal(load("[fetch]\nper_host = 3\n", NULL, 0, &s, &why), ERR_OK);
	assert_int_equal(load("[fetch]\nper_host = 4\n", bad, 2, &s, &why), ERR_INVALID);
	assert_string_equal(why.text, "--set: fetch.per_host '0': not within 1..64");
	assert_int_equal(s.fetch_per_host, 3);
	settings_release(&s);
}

static void intervals_must_not_cross(void **unused)
{
	static const char *const flags[] = { "--set", "schedule.min_interval=100d" };
	struct settings s;
	struct why why;

	(void)unused;
	assert_int_equal(load_args(flags, 2, &s, &why), ERR_INVALID);
	assert_string_equal(
		why.text, "schedule.min_interval is greater than schedule.max_interval");
}

static const char hosts_file[] =
	"[fetch]\nhost_delay = 3s\n"
	"[host \"*.example.org\"]\ndelay = 5s\nbudget = 2/s\nheader = X-A: 1\nheader = X-B: 2,3\n"
	"[host \"API.example.org\"]\ndelay = 100ms\n"
	"[host \"*:8080\"]\npause = yes\n"
	"[host \"a-very-long-name-that-inih-alone-would-cut.example.net\"]\nper_host = 9\n";

static const struct {
	const char *host;
	int64_t delay_ms, per_host;
	bool pause;
	double budget;
} host_rows[] = {
	{ "other.net", 3000, 1, false, 0 },
	{ "www.example.org", 5000, 1, false, 2 },
	{ "http://www.example.org:81", 5000, 1, false, 2 },
	{ "api.example.org", 100, 1, false, 2 },
	{ "https://api.example.org:8080", 100, 1, true, 2 },
	{ "[::1]:8080", 3000, 1, true, 0 },
	{ "[::1]", 3000, 1, false, 0 },
	{ "a-very-long-name-that-inih-alone-would-cut.example.net", 3000, 9, false, 0 },
};

static void host_sections_override_key_by_key(void **unused)
{
	struct settings s;
	struct host_settings h;
	struct why why = { "" };

	(void)unused;
	if (load(hosts_file, NULL, 0, &s, &why))
		fail_msg("%s", why.text);
	for (size_t i = 0; i < ARRAY_SIZE(host_rows); i++) {
		settings_for_host(&s, span_of(host_rows[i].host), &h);
		if (h.delay_ms != host_rows[i].delay_ms ||
		    h.per_host != host_rows[i].per_host ||
		    h.pause != host_rows[i].pause ||
		    h.budget_per_s != host_rows[i].budget)
			fail_msg("%s", host_rows[i].host);
		assert_int_equal(h.max_interval_ms, 90 * MS_PER_DAY);
		assert_true(h.audit_rate == 0.03);
	}
	settings_for_host(&s, SPAN("api.example.org"), &h);
	assert_string_equal(h.headers[0], "X-A: 1");
	assert_string_equal(h.headers[1], "X-B: 2,3");
	assert_null(h.headers[2]);
	settings_for_host(&s, SPAN("other.net"), &h);
	assert_null(h.headers[0]);
	settings_release(&s);
}

static void what_is_printed_reads_back_the_same(void **unused)
{
	static const char *const flags[] = {
		"--set", "fetch.allow_net=10.0.0.0/8,::1/128",
		"--set", "schedule.budget=100000/d",
		"--set", "bot.url=https://example.org/bot"
	};
	struct settings first, second;
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct why why = { "" };

	(void)unused;
	assert_int_equal(load(hosts_file, flags, ARRAY_SIZE(flags), &first, &why),
			 ERR_OK);
	assert_int_equal(settings_print(&first, &once), ERR_OK);
	assert_null(strstr(buf_text(&once), "X-A"));
	if (load(buf_text(&once), NULL, 0, &second, &why))
		fail_msg("%s", why.text);
	assert_true(first.schedule_budget_per_s == second.schedule_budget_per_s);
	assert_string_equal(second.fetch_allow_net[1], "::1/128");
	assert_string_equal(second.bot_url, "https://example.org/bot");
	assert_int_equal(second.n_rules, first.n_rules);
	/* A second time only what is said of the source may differ: now all is a file's. */
	memset(second.sources, SOURCE_FLAG, sizeof(second.sources));
	memset(first.sources, SOURCE_FLAG, sizeof(first.sources));
	second.rules[0].set[HOST_SETTING_ID_headers] = true;
	buf_clear(&once);
	assert_int_equal(settings_print(&first, &once), ERR_OK);
	assert_int_equal(settings_print(&second, &twice), ERR_OK);
	assert_string_equal(buf_text(&once), buf_text(&twice));
	settings_release(&first);
	settings_release(&second);
	buf_release(&once);
	buf_release(&twice);
}

static void strangers_are_crawled_only_with_a_contact(void **unused)
{
	static const char *const from[] = { "--set", "bot.from=bot@example.org" };
	static const char *const loopback[] = { "localhost", "http://127.0.0.1:8080",
						"LocalHost:80", "[::1]:80", "127.9.9.9" };
	static const char *const strangers[] = { "example.org", "127.example.org",
						 "localhost.example.org", "[::2]" };
	struct settings s;
	struct why why = { "" };

	(void)unused;
	assert_int_equal(settings_default(&s), ERR_OK);
	for (size_t i = 0; i < ARRAY_SIZE(loopback); i++)
		assert_int_equal(contact_check(&s, span_of(loopback[i]), &why), ERR_OK);
	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
		assert_int_equal(contact_check(&s, span_of(strangers[i]), &why),
				 ERR_INVALID);
	assert_non_null(strstr(why.text, "bot.url"));
	settings_release(&s);
	assert_int_equal(load_args(from, 2, &s, &why), ERR_OK);
	assert_true(contact_is_given(&s));
	assert_int_equal(contact_check(&s, SPAN("example.org"), &why), ERR_OK);
	settings_release(&s);
}

static void the_user_agent_follows_req_2(void **unused)
{
	static const char *const url[] = { "--set", "bot.url=https://example.org/b",
					   "--set", "bot.name=Foo-Bot" };
	struct settings s;
	struct buf agent = BUF_INIT;
	struct why why;

	(void)unused;
	assert_int_equal(settings_default(&s), ERR_OK);
	assert_int_equal(contact_user_agent(&s, &agent), ERR_OK);
	assert_string_equal(buf_text(&agent), "freshet/" FRESHET_VERSION);
	settings_release(&s);
	assert_int_equal(load_args(url, 4, &s, &why), ERR_OK);
	assert_int_equal(contact_user_agent(&s, &agent), ERR_OK);
	assert_string_equal(buf_text(&agent),
			    "Foo-Bot/" FRESHET_VERSION " (+https://example.org/b)");
	settings_release(&s);
	buf_release(&agent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_promised),
		cmocka_unit_test(choices_keep_the_order_of_their_enums),
		cmocka_unit_test(a_flag_beats_the_environment_beats_the_file),
		cmocka_unit_test(a_list_of_a_higher_source_replaces_the_lower),
		cmocka_unit_test(a_bad_file_is_refused_with_line_and_suggestion),
		cmocka_unit_test(a_long_line_is_refused_and_a_longish_one_read),
		cmocka_unit_test(a_missing_file_is_an_error_that_names_it),
		cmocka_unit_test(a_failed_load_leaves_the_settings_in_force),
		cmocka_unit_test(intervals_must_not_cross),
		cmocka_unit_test(host_sections_override_key_by_key),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(strangers_are_crawled_only_with_a_contact),
		cmocka_unit_test(the_user_agent_follows_req_2),
	};

	unsetenv("FRESHET_CONFIG"); /* the tester's own must not count */
	unsetenv("FRESHET_DB");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
