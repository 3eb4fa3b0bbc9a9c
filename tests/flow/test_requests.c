/* test_requests.c - no wrong octet goes out, whatever came in (REQ 1-8, 62, 70). */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tests/steps.h"

#define HTML "Content-Type: text/html\r\n"

/* The names of all fields that a request may have. */
static bool may_be_sent(const char *name, size_t len)
{
	static const char *const names[] = { "Host",          "User-Agent",
					     "Accept",        "Accept-Encoding",
					     "If-None-Match", "If-Modified-Since",
					     "Connection" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && !strncasecmp(names[i], name, len))
			return true;
	return false;
}

static void check_fields(const struct origin_request *r)
{
	const char *line = strstr(r->bytes, "\r\n") + 2;

	while (line < r->bytes + r->len - 2) {
		const char *end = strstr(line, "\r\n"), *colon = strchr(line, ':');

		assert_non_null(end);
		if (!colon || colon > end || !may_be_sent(line, (size_t)(colon - line)))
			fail_msg("'%.*s' was sent", (int)(end - line), line);
		for (const char *c = line; c < end; c++)
			if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
				fail_msg("0x%02x was sent", (unsigned char)*c);
		line = end + 2;
	}
}

static void check_request_line(const struct origin_request *r)
{
	const char *end = strstr(r->bytes, " HTTP/1.1\r\n");

	assert_int_equal(strncmp(r->bytes, "GET /", 5), 0);
	assert_non_null(end);
	for (const char *c = r->bytes + 4; c < end; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f || *c == '#')
			fail_msg("0x%02x in the target", (unsigned char)*c);
}

/* Everything that was ever asked in this world. */
static void check_all(struct world *w)
{
	const struct origin_request *r, *first = origin_request(w->origin, ANY_PATH, 0);
	const char *coding = strstr(first->bytes, "\r\nAccept-Encoding: ");
	size_t coding_len;

	assert_non_null(coding);
	coding_len = strcspn(coding + 2, "\r") + 2;
	assert_non_null(memmem(coding, coding_len, "gzip", 4));
	for (size_t i = 0; (r = origin_request(w->origin, ANY_PATH, i)); i++) {
		assert_true(r->len <= 12 * 1024); /* REQ 7 */
		check_request_line(r);
		check_fields(r);
		assert_non_null(strstr(r->bytes, "\r\nUser-Agent: freshet/"));
		assert_non_null(memmem(r->bytes, r->len, coding, coding_len));
	}
}

static void nothing_else_is_sent_whatever_came_REQ1_6(void **state)
{
	static const char *const hostile[] = {
		"Set-Cookie: a=b; Path=/; Max-Age=99999999",
		"Set-Cookie: a=b\r\nSet-Cookie: c=d",
		"WWW-Authenticate: Basic realm=\"x\"",
		"Accept-Ranges: bytes",
		"Strict-Transport-Security: max-age=31536000",
		"Alt-Svc: h3=\":443\", http/1.1=\"127.77.1.5:1\"",
		"Link: </style.css>; rel=preload, </next>; rel=prefetch",
		"Refresh: 0; url=/refreshed",
		"Content-Location: /elsewhere",
		"Upgrade: h2c\r\nConnection: upgrade",
		"ETag: \"a\x02\"",
		"ETag: \"a\"\r\nX: \"\x0b\x0c\x1f\"",
		"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\x7f",
		"Vary: *\r\nETag: \"v\"",
		"Accept-Encoding: br\r\nVary: Accept-Encoding\r\nETag: \"v\"",
		"Clear-Site-Data: \"*\"",
		"Accept-CH: Sec-CH-UA, Device-Memory\r\nCritical-CH: Device-Memory",
		"Proxy-Authenticate: Basic",
	};
	static const char *const statuses[] = { "200 OK", "401 x", "407 x", "417 x",
						"426 x" };
	struct world *w = *state;
	char path[16], fields[256];

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		snprintf(fields, sizeof(fields), HTML "%s\r\n", hostile[i]);
		step_reply(w, path,
			   origin_response(w->origin, statuses[i % 5], fields,
					   "<a href=/link><img src=/image><meta "
					   "http-equiv=refresh content='0;/meta'>"));
		world_seed(w, path);
	}
	world_run_once(w);
	step_revisit(w);
	check_all(w);
	/* robots.txt twice (a day apart), each page twice: nothing else is fetched */
	assert_int_equal(origin_n_requests(w->origin, ANY_PATH),
			 2 + 2 * ARRAY_SIZE(hostile));
}

static void targets_are_clean_and_the_host_is_the_authority_REQ5(void **state)
{
	static const struct {
		const char *seed, *asked;
	} rows[] = {
		{ "/a b", "/a%20b" },      { "/caf\xc3\xa9", "/caf%C3%A9" },
		{ "/x#fragment", "/x" },   { "/q?a=\"b\"#c", "/q?a=%22b%22" },
		{ "/a/../b/./c", "/b/c" }, { "/%7Euser", "/%7Euser" },
		{ "/a//b", "/a//b" },      { "/semi;colon?x;y", "/semi;colon?x;y" },
		{ "/empty?", "/empty?" },  { "/pipe|caret^", "/pipe|caret%5E" },
	};
	struct world *w = *state;
	const struct origin_request *r;
	char url[ORIGIN_URL_SIZE], host[64];
	struct url_parts parts;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf canonical = BUF_INIT;
		struct why why;

		assert_int_equal(
			url_canonical(span_of(origin_url(w->origin, rows[i].seed, url)),
				      SPAN(""), &canonical, &why),
			ERR_OK);
		assert_int_equal(url_split(buf_span(&canonical), &parts), ERR_OK);
		snprintf(url, sizeof(url), "%.*s", (int)parts.target.len,
			 parts.target.data);
		step_ok(w, url, HTML, "<p>here");
		world_seed(w, url);
		buf_release(&canonical);
	}
	world_run_once(w);
	check_all(w);
	snprintf(host, sizeof(host), "\r\nHost: 127.77.1.1:%d\r\n",
		 origin_port(w->origin));
	for (size_t i = 0; (r = origin_request(w->origin, ANY_PATH, i)); i++)
		assert_non_null(strstr(r->bytes, host));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (origin_n_requests(w->origin, rows[i].asked) != 1)
			fail_msg("%s was not asked as %s", rows[i].seed, rows[i].asked);
}

static void the_head_stays_under_12_kib_REQ7(void **state)
{
	struct world *w = *state;
	char *path = malloc(8192), *fields = malloc(8192);
	char url[ORIGIN_URL_SIZE];
	size_t room = 8192 - 1 - strlen(origin_url(w->origin, "", url));
	struct buf location = BUF_INIT;

	assert_true(path && fields);
	memset(path, 'p', 8192);
	path[0] = '/';
	path[room - 8] = '\0';
	memset(fields, 'x', 8192);
	memcpy(fields, "ETag: \"", 7);
	memcpy(fields + 4096, "\"\r\n", 4);
	/* it is too long for a test's URL buffer: a redirect leads to it */
	assert_int_equal(buf_set(&location, span_of(path)), ERR_OK);
	step_redirect(w, "/a", "302 Found", buf_text(&location));
	step_ok(w, path, fields, "words");
	world_seed(w, "/a");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_NEW);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	assert_int_equal(origin_n_requests(w->origin, path), 2);
	check_all(w);
	buf_release(&location);
	free(path);
	free(fields);
}

static void a_page_is_fetched_once_a_round_REQ8(void **state)
{
	struct world *w = *state;

	step_ok(w, "/a", HTML, "<p>here");
	for (int i = 0; i < 5; i++)
		world_seed(w, "/a");
	world_run_once(w);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	for (size_t round = 2; round < 5; round++) {
		step_revisit(w);
		assert_int_equal(origin_n_requests(w->origin, "/a"), round);
	}
}

static void a_failure_is_not_retried_within_the_round_REQ8(void **state)
{
	static const struct origin_manner manners[] = {
		{ .reset = true, .cut_at = 50 },
		{ .close = true, .cut_at = 1 },
		{ .close = true, .cut_at = 30 },
	};
	struct world *w = *state;
	const char *raw = origin_ok(w->origin, HTML, "<p>here");

	world_seed(w, "/a");
	for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
		origin_reply_as(w->origin, "/a", ANY_REQUEST, raw, strlen(raw),
				manners[i]);
		step_revisit(w);
		step_expect(w, "/a", VERDICT_ERROR);
		/* at most one retry, of a request on a connection that was kept */
		assert_in_range(origin_n_requests(w->origin, "/a"), i + 1, 2 * (i + 1));
	}
}

/* The second answer on one connection belongs to nobody. */
static void an_answer_nobody_asked_for_is_nobodys_REQ16(void **state)
{
	struct world *w = *state;

	step_reply(w, "/a",
		   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords"
		   "HTTP/1.1 200 OK\r\nETag: \"stolen\"\r\nContent-Length: "
		   "6\r\n\r\nsmuggl");
	step_reply(w, "/c",
		   "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		   "chunked\r\n\r\n5\r\nwords\r\n0\r\n\r\n"
		   "HTTP/1.1 200 OK\r\nETag: \"stolen\"\r\nContent-Length: "
		   "6\r\n\r\nsmuggl");
	step_ok(w, "/b", HTML "ETag: \"b\"\r\n", "<p>right");
	step_ok(w, "/d", HTML "ETag: \"b\"\r\n", "<p>right");
	world_seed(w, "/a");
	world_run_once(w);
	world_seed(w, "/b");
	world_run_once(w);
	world_seed(w, "/c");
	world_seed(w, "/d");
	world_run_once(w);
	step_revisit(w);
	step_revisit(w);
	assert_int_equal(world_page(w, "/a")->body_len, 5);
	assert_int_equal(world_page(w, "/c")->body_len, 5);
	assert_int_equal(world_page(w, "/b")->body_len, 8);
	assert_int_equal(world_page(w, "/d")->body_len, 8);
	assert_int_equal(world_n_changes(w), 4);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(nothing_else_is_sent_whatever_came_REQ1_6),
		flow(targets_are_clean_and_the_host_is_the_authority_REQ5),
		flow(the_head_stays_under_12_kib_REQ7),
		flow(a_page_is_fetched_once_a_round_REQ8),
		flow(a_failure_is_not_retried_within_the_round_REQ8),
		flow(an_answer_nobody_asked_for_is_nobodys_REQ16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
