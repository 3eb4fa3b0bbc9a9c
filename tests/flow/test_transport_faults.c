/* What goes wrong on the wire, and what the transport calls it. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/origin_client.h"

#define AT_ONCE ((struct origin_manner){ 0 })
#define THEN_CLOSE ((struct origin_manner){ .close = true })
#define THEN_RESET ((struct origin_manner){ .reset = true })
#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define NEXT "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext"

static int set_up(void **state)
{
	struct transport_config config = client_config();

	config.timeout_ms = 1500;
	config.connect_timeout_ms = 1000;
	config.header_timeout_ms = 300;
	config.slow_window_ms = 300;
	*state = client_start(&config);
	origin_reply(((struct client *)*state)->origin, "/next", ANY_REQUEST, NEXT);
	return 0;
}

static int tear_down(void **state)
{
	client_stop(*state);
	return 0;
}

/* Whatever happened before must not spoil what comes next from the same host. */
static void the_next_is_sound(struct client *c, const char *why)
{
	const struct fetch_result *r = client_get(c, "/next");

	if (r->error || !span_equal(buf_span(&r->body), SPAN("next")))
		fail_msg("%s: the next one failed: %s %s", why,
			 fetch_error_text(r->error), r->detail);
}

/* ---- framing --------------------------------------------------------------------- */

#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
static const struct {
	const char *why, *raw;
	struct origin_manner manner;
	enum fetch_error error;
	const char *body; /* NULL: not looked at */
} framing_rows[] = {
	{ "REQ 27: Content-Length bytes", OK_HEAD "Content-Length: 5\r\n\r\nhello",
	  AT_ONCE, FETCH_OK, "hello" },
	{ "REQ 27: fewer than that", OK_HEAD "Content-Length: 9\r\n\r\nhello", THEN_CLOSE,
	  FETCH_TRUNCATED, "hello" },
	{ "REQ 27: fewer, and a reset", OK_HEAD "Content-Length: 9\r\n\r\nhello",
	  THEN_RESET, FETCH_TRUNCATED, NULL },
	{ "more than that", OK_HEAD "Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n",
	  AT_ONCE, FETCH_OK, "hello" },
	{ "REQ 27: the last chunk", CHUNKED "5\r\nhello\r\n0\r\n\r\n", AT_ONCE, FETCH_OK,
	  "hello" },
	{ "chunk extensions", CHUNKED "5;a=b\r\nhello\r\n0;c\r\n\r\n", AT_ONCE, FETCH_OK,
	  "hello" },
	{ "REQ 27: no last chunk", CHUNKED "5\r\nhello\r\n", THEN_CLOSE, FETCH_TRUNCATED,
	  "hello" },
	{ "REQ 27: half a chunk", CHUNKED "5\r\nhel", THEN_CLOSE, FETCH_TRUNCATED,
	  "hel" },
	{ "a chunk of no size", CHUNKED "zz\r\nhello\r\n0\r\n\r\n", AT_ONCE,
	  FETCH_MALFORMED, NULL },
	{ "REQ 27: close-delimited", "HTTP/1.0 200 OK\r\n\r\nhello", THEN_CLOSE, FETCH_OK,
	  "hello" },
	{ "close-delimited HTTP/1.1", OK_HEAD "\r\nhello", THEN_CLOSE, FETCH_OK,
	  "hello" },
	{ "REQ 27: close-delimited and reset", "HTTP/1.0 200 OK\r\n\r\nhello", THEN_RESET,
	  FETCH_TRUNCATED, NULL },
	{ "REQ 32: two lengths",
	  OK_HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", AT_ONCE,
	  FETCH_MALFORMED, NULL },
	{ "REQ 32: two in one line", OK_HEAD "Content-Length: 5, 6\r\n\r\nhello!",
	  AT_ONCE, FETCH_MALFORMED, NULL },
	{ "RFC 9110 8.6: twice the same",
	  OK_HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", AT_ONCE,
	  FETCH_OK, "hello" },
	{ "a length that is none", OK_HEAD "Content-Length: abc\r\n\r\nhello", AT_ONCE,
	  FETCH_MALFORMED, NULL },
	{ "a length with more behind", OK_HEAD "Content-Length: 5x\r\n\r\nhello", AT_ONCE,
	  FETCH_MALFORMED, NULL },
	{ "a negative length", OK_HEAD "Content-Length: -5\r\n\r\nhello", AT_ONCE,
	  FETCH_MALFORMED, NULL },
	{ "a length past all integers",
	  OK_HEAD "Content-Length: 99999999999999999999\r\n\r\nhello", AT_ONCE,
	  FETCH_MALFORMED, NULL },
	{ "REQ 33: chunked wins",
	  OK_HEAD "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "5\r\nhello\r\n0\r\n\r\n",
	  AT_ONCE, FETCH_OK, "hello" },
	{ "REQ 33: ... in this order too",
	  OK_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
		  "5\r\nhello\r\n0\r\n\r\n",
	  AT_ONCE, FETCH_OK, "hello" },
	{ "REQ 29: 206 as it is",
	  "HTTP/1.1 206 Partial\r\nContent-Length: 2\r\nContent-Range: bytes 3-4/9\r\n\r\nhe",
	  AT_ONCE, FETCH_OK, "he" },
	{ "a 204 has no body", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", AT_ONCE,
	  FETCH_OK, "" },
};

static void framing_decides_what_is_whole(void **state)
{
	struct client *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(framing_rows); i++) {
		const struct fetch_result *r;
		char path[32];

		snprintf(path, sizeof(path), "/%zu", i);
		r = client_get_raw(c, path, framing_rows[i].raw,
				   strlen(framing_rows[i].raw), framing_rows[i].manner);
		if (r->error != framing_rows[i].error)
			fail_msg("%s: %s (%s)", framing_rows[i].why,
				 fetch_error_text(r->error), r->detail);
		if (framing_rows[i].body &&
		    !span_equal(buf_span(&r->body), span_of(framing_rows[i].body)))
			fail_msg("%s: '%s'", framing_rows[i].why, buf_text(&r->body));
		if (!r->error != !r->detail[0])
			fail_msg("%s: detail '%s'", framing_rows[i].why, r->detail);
		the_next_is_sound(c, framing_rows[i].why);
	}
}

/* ---- heads that are none --------------------------------------------------------- */

static const struct {
	const char *why, *raw;
	struct origin_manner manner;
	enum fetch_error error;
} head_rows[] = {
	{ "REQ 32: garbage", "\x16\x03\x01 what is this\r\n\r\n", AT_ONCE,
	  FETCH_MALFORMED },
	{ "REQ 32: HTTP/0.9", "<html>hello</html>", THEN_CLOSE, FETCH_MALFORMED },
	{ "REQ 32: two digits", "HTTP/1.1 20 OK\r\n\r\n", THEN_CLOSE, FETCH_MALFORMED },
	{ "REQ 32: four digits", "HTTP/1.1 2000 OK\r\n\r\n", THEN_CLOSE,
	  FETCH_MALFORMED },
	{ "REQ 32: no digits", "HTTP/1.1 OK\r\n\r\n", THEN_CLOSE, FETCH_MALFORMED },
	{ "REQ 32: digits and more", "HTTP/1.1 200OK\r\n\r\n", THEN_CLOSE,
	  FETCH_MALFORMED },
	{ "status under 100", "HTTP/1.1 099 No\r\n\r\n", THEN_CLOSE, FETCH_MALFORMED },
	{ "a version to come", "HTTP/4.0 200 OK\r\n\r\n", THEN_CLOSE, FETCH_MALFORMED },
	{ "a line without colon", OK_HEAD "no colon\r\n\r\n", THEN_CLOSE,
	  FETCH_MALFORMED },
	{ "only interim heads", "HTTP/1.1 103 Hints\r\n\r\n", THEN_CLOSE,
	  FETCH_TRUNCATED },
	{ "closed within the head", OK_HEAD "Content-Le", THEN_CLOSE, FETCH_TRUNCATED },
	{ "reset within the head", OK_HEAD "Content-Length: 5\r\n", THEN_RESET,
	  FETCH_TRUNCATED },
	{ "closed before the head", "", THEN_CLOSE, FETCH_CONNECT },
	{ "reset before the head", "", THEN_RESET, FETCH_CONNECT },
};

static void a_broken_head_is_no_response(void **state)
{
	struct client *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(head_rows); i++) {
		const struct fetch_result *r;
		char path[32];

		snprintf(path, sizeof(path), "/%zu", i);
		/* on a connection of its own: on a reused one it is lost, REQ 8 */
		origin_close_idle(c->origin);
		client_turn_for(c, 10);
		r = client_get_raw(c, path, head_rows[i].raw, strlen(head_rows[i].raw),
				   head_rows[i].manner);
		if (r->error != head_rows[i].error)
			fail_msg("%s: %s (%s)", head_rows[i].why,
				 fetch_error_text(r->error), r->detail);
		if (!r->detail[0])
			fail_msg("%s: no detail", head_rows[i].why);
		the_next_is_sound(c, head_rows[i].why);
	}
}

static void a_nul_in_the_head_is_refused(void **state)
{
	static const char raw[] = OK_HEAD "X: a\0b\r\nContent-Length: 0\r\n\r\n";
	struct client *c = *state;

	assert_int_equal(client_get_raw(c, "/a", raw, sizeof(raw) - 1, AT_ONCE)->error,
			 FETCH_MALFORMED);
}

/* ---- 304 ------------------------------------------------------------------------- */

#define NOT_MODIFIED "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n"
static const struct {
	const char *why, *raw;
	struct origin_manner manner;
} not_modified_rows[] = {
	{ "a length of what is not sent", NOT_MODIFIED "Content-Length: 5000\r\n\r\n",
	  AT_ONCE },
	{ "chunked, but nothing comes", NOT_MODIFIED "Transfer-Encoding: chunked\r\n\r\n",
	  AT_ONCE },
	{ "two lengths", NOT_MODIFIED "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
	  AT_ONCE },
	{ "a body all the same", NOT_MODIFIED "Content-Length: 5\r\n\r\nhello", AT_ONCE },
	{ "a chunked body",
	  NOT_MODIFIED "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
		       "0\r\n\r\n",
	  AT_ONCE },
	{ "a body that is a response",
	  NOT_MODIFIED "Content-Length: 41\r\n\r\n"
		       "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
	  AT_ONCE },
	{ "a body that comes later",
	  NOT_MODIFIED "Content-Length: 41\r\n\r\n"
		       "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
	  { .drip_bytes = sizeof(NOT_MODIFIED "Content-Length: 41\r\n\r\n") - 1,
	    .drip_ms = 20 } },
};

static void a_304_has_no_body_whatever_it_says(void **state) /* REQ 20 */
{
	struct client *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(not_modified_rows); i++) {
		const struct fetch_result *r;
		char path[32];

		snprintf(path, sizeof(path), "/%zu", i);
		r = client_get_raw(c, path, not_modified_rows[i].raw,
				   strlen(not_modified_rows[i].raw),
				   not_modified_rows[i].manner);
		if (r->error || r->http_status != 304 || r->body.len)
			fail_msg("%s: %s (%s)", not_modified_rows[i].why,
				 fetch_error_text(r->error), r->detail);
		client_turn_for(c, 40); /* hosts are asked a second apart, not at once */
		the_next_is_sound(c, not_modified_rows[i].why);
	}
}

/* ---- limits ---------------------------------------------------------------------- */

static const struct {
	const char *why, *line;
	int n;
	const char *before, *after;
	enum fetch_error error;
} large_rows[] = {
	{ "256 lines", "A: b\r\n", 256, OK_HEAD, "\r\n", FETCH_OK },
	{ "257 lines", "A: b\r\n", 257, OK_HEAD, "\r\n", FETCH_HEAD_TOO_LARGE },
	{ "257 in interim heads", "HTTP/1.1 103 H\r\nA: b\r\n\r\n", 257, "",
	  OK_HEAD "\r\n", FETCH_HEAD_TOO_LARGE },
	{ "under 64 KiB in one line", "aaaaaaaaaa", 6500, OK_HEAD "A: ", "\r\n\r\n",
	  FETCH_OK },
	{ "over 64 KiB in one line", "aaaaaaaaaa", 6600, OK_HEAD "A: ", "\r\n\r\n",
	  FETCH_HEAD_TOO_LARGE },
	{ "over 64 KiB in lines", "A: bbbbbbbbbbbbbbbbbbbb\r\n", 2700, OK_HEAD, "\r\n",
	  FETCH_HEAD_TOO_LARGE },
	{ "a line without end", "aaaaaaaaaa", 20000, OK_HEAD "A: ", "",
	  FETCH_HEAD_TOO_LARGE },
	{ "trailers", "A: b\r\n", 300, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n",
	  "\r\n", FETCH_HEAD_TOO_LARGE },
};

static void a_head_has_a_limit(void **state) /* REQ 59 */
{
	struct client *c = *state;
	struct buf raw = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(large_rows); i++) {
		const struct fetch_result *r;
		char path[32];

		snprintf(path, sizeof(path), "/%zu", i);
		buf_clear(&raw);
		assert_int_equal(buf_append_text(&raw, large_rows[i].before), ERR_OK);
		for (int n = 0; n < large_rows[i].n; n++)
			assert_int_equal(buf_append_text(&raw, large_rows[i].line),
					 ERR_OK);
		assert_int_equal(buf_append_text(&raw, large_rows[i].after), ERR_OK);
		r = client_get_raw(c, path, raw.data, raw.len, THEN_CLOSE);
		if (r->error != large_rows[i].error)
			fail_msg("%s: %s (%s)", large_rows[i].why,
				 fetch_error_text(r->error), r->detail);
		the_next_is_sound(c, large_rows[i].why);
	}
	buf_release(&raw);
}

static void fetch_limited(struct client *c, const char *path, int64_t limit)
{
	char url[ORIGIN_URL_SIZE];
	struct fetch_request request = { .url = origin_url(c->origin, path, url),
					 .max_wire_bytes = limit };

	assert_int_equal(fetcher_start(c->fetcher, &request), ERR_OK);
	client_wait(c);
}

static void a_body_is_cut_at_its_limit(void **state) /* REQ 43, 60 */
{
	struct client *c = *state;

	origin_reply(c->origin, "/a", ANY_REQUEST,
		     origin_ok(c->origin, "", "0123456789"));
	fetch_limited(c, "/a", 10);
	assert_int_equal(c->results[0].error, FETCH_OK);
	fetch_limited(c, "/a", 9);
	assert_int_equal(c->results[1].error, FETCH_BODY_TOO_LARGE);
	assert_true(span_equal(buf_span(&c->results[1].body), SPAN("012345678")));
	the_next_is_sound(c, "a cut body");
}

/* What the owner holds counts wherever the next body is received. */
static void bodies_have_a_limit_together(void **state) /* REQ 65 */
{
	struct transport_config config = client_config();
	struct client *c = *state;
	char url[ORIGIN_URL_SIZE], body[5000];

	config.max_bytes_at_once = 4000;
	client_reconfigure(c, &config);
	memset(body, 'x', sizeof(body));
	origin_reply_body(c->origin, "/large", ANY_REQUEST, "", body, 5000);
	origin_reply_body(c->origin, "/small", ANY_REQUEST, "", body, 3000);
	fetcher_hold(c->fetcher, 3000);
	for (int i = 0; i < ORIGIN_N_HOSTS; i++) {
		client_fetch(c, origin_url_on(c->origin, i, "/large", url), NULL);
		client_fetch(c, origin_url_on(c->origin, i, "/small", url), NULL);
		assert_int_equal(c->results[2 * i].error, FETCH_CROWDED);
		/* together too much, but it is not the large one */
		assert_int_equal(c->results[2 * i + 1].error, FETCH_OK);
	}
	/* given back, all of it: the same together is allowed */
	fetcher_hold(c->fetcher, -3000);
	origin_reply_body(c->origin, "/fits", ANY_REQUEST, "", body, 4000);
	assert_int_equal(client_get(c, "/fits")->error, FETCH_OK);
}

static void a_body_without_end_ends(void **state) /* REQ 60: the default limit */
{
	struct client *c = *state;
	char *endless = malloc(65536);
	const struct fetch_result *r;

	assert_non_null(endless);
	memset(endless, 'x', 65536);
	memcpy(endless, "HTTP/1.0 200 OK\r\n\r\n", 19);
	r = client_get_raw(c, "/a", endless, 65536,
			   (struct origin_manner){ .endless = true });
	assert_int_equal(r->error, FETCH_BODY_TOO_LARGE);
	assert_int_equal(r->body.len, 8 << 20);
	free(endless);
}

/* ---- time ------------------------------------------------------------------------ */

static void took_between(const struct fetch_result *r, int least_ms, int most_ms)
{
	if (r->total_us < least_ms * 1000 || r->total_us > most_ms * 1000)
		fail_msg("took %lld us", (long long)r->total_us);
}

static void a_head_that_never_comes_times_out(void **state) /* REQ 57 */
{
	struct client *c = *state;
	const struct fetch_result *r =
		client_get_raw(c, "/a", "", 0, (struct origin_manner){ .silent = true });

	assert_int_equal(r->error, FETCH_TIMEOUT);
	assert_int_equal(r->http_status, 0);
	took_between(r, 300, 1200);
	the_next_is_sound(c, "a silent origin");
}

static void interim_heads_do_not_buy_time(void **state) /* REQ 57 */
{
	static const char raw[] = "HTTP/1.1 102 Wait\r\n\r\n";
	struct client *c = *state;
	const struct fetch_result *r = client_get_raw(
		c, "/a", raw, sizeof(raw) - 1,
		(struct origin_manner){
			.endless = true, .drip_bytes = 21, .drip_ms = 20 });

	assert_int_equal(r->error, FETCH_TIMEOUT);
	took_between(r, 300, 1200);
}

static void a_slow_body_is_given_up(void **state) /* REQ 57 */
{
	static const char raw[] =
		OK_HEAD "Content-Length: 1000\r\n\r\nxxxxxxxxxxxxxxxxxxx";
	struct client *c = *state;
	const struct fetch_result *r = client_get_raw(
		c, "/a", raw, sizeof(raw) - 1,
		(struct origin_manner){ .drip_bytes = sizeof(raw) - 15, .drip_ms = 40 });

	assert_int_equal(r->error, FETCH_SLOW);
	assert_int_equal(r->http_status, 200);
	took_between(r, 300, 1200);
	the_next_is_sound(c, "a slow origin");
}

static void a_steady_body_may_take_its_time_but_not_for_ever(void **state) /* REQ 57 */
{
	struct client *c = *state;
	char raw[2048];
	int head = snprintf(raw, sizeof(raw), "HTTP/1.0 200 OK\r\n\r\n");
	const struct fetch_result *r;

	memset(raw + head, 'x', sizeof(raw) - (size_t)head);
	r = client_get_raw(c, "/a", raw, sizeof(raw),
			   (struct origin_manner){
				   .endless = true, .drip_bytes = 100, .drip_ms = 10 });
	assert_int_equal(r->error,
			 FETCH_TIMEOUT); /* three windows passed; then the whole */
	took_between(r, 1500, 3000);
}

static void one_slow_host_delays_no_other(void **state) /* REQ 57 */
{
	struct client *c = *state;
	char url[ORIGIN_URL_SIZE];

	origin_reply_as(c->origin, "/a", ANY_REQUEST, "", 0,
			(struct origin_manner){ .silent = true });
	client_begin(c, origin_url(c->origin, "/a", url), NULL);
	client_begin(c, origin_url_on(c->origin, 1, "/next", url), NULL);
	client_wait(c);
	assert_int_equal(c->results[0].error, FETCH_OK);
	took_between(&c->results[0], 0, 250);
	assert_int_equal(c->results[1].error, FETCH_TIMEOUT);
}

/* ---- names, connections, addresses ----------------------------------------------- */

static void a_closed_port_is_no_connection(void **state)
{
	struct client *c = *state;
	const struct fetch_result *r = client_fetch(c, "http://127.77.1.1:9/", NULL);

	assert_int_equal(r->error, FETCH_CONNECT);
	assert_non_null(strstr(r->detail, "127.77.1.1"));
	assert_false(r->reused_connection);
}

static void a_name_that_does_not_resolve_is_dns(void **state)
{
	struct client *c = *state;

	/* libcurl refuses .onion itself (RFC 7686): no look-up leaves the machine */
	assert_int_equal(client_fetch(c, "http://abc.onion/", NULL)->error, FETCH_DNS);
}

static void plain_http_where_tls_was_asked_is_tls(void **state) /* REQ 69 */
{
	struct transport_config config = client_config();
	struct client *c = *state;
	char url[64];

	/* reading the system's certificates alone takes seconds on a busy machine */
	config.timeout_ms = config.connect_timeout_ms = 18000;
	client_reconfigure(c, &config);
	snprintf(url, sizeof(url), "https://127.77.1.1:%d/", origin_port(c->origin));
	assert_int_equal(client_fetch(c, url, NULL)->error, FETCH_TLS);
}

static const struct {
	const char *why, *url, *detail;
	bool passes;
} address_rows[] = {
	{ "the allowed net", "http://127.77.1.2:PORT_/next", "", true },
	{ "its neighbour", "http://127.0.0.1:PORT_/next", "127.0.0.1", false },
	{ "hexadecimal", "http://0x7f.1:PORT_/next", "127.0.0.1", false },
	{ "one number", "http://2130706433:PORT_/next", "127.0.0.1", false },
	{ "octal", "http://0177.0.0.1:PORT_/next", "127.0.0.1", false },
	{ "a name for loopback", "http://rebound.test:PORT_/next", "127.0.0.1", false },
	{ "a name for the allowed", "http://fine.test:PORT_/next", "", true },
	{ "IPv6 loopback", "http://[::1]:PORT_/next", "[::1]", false },
	{ "mapped", "http://[::ffff:127.0.0.1]:PORT_/next", "loopback", false },
	{ "any address", "http://0.0.0.0:PORT_/next", "unspecified", false },
	{ "metadata", "http://169.254.169.254:PORT_/next", "metadata", false },
};

static void only_the_addresses_we_may_talk_to(void **unused) /* REQ 66, 67 */
{
	struct transport_config config = client_config();
	struct client *c = client_start(NULL);
	char bad[64], good[64], url[128], port[8];
	const char *const resolve[] = { bad, good, NULL };

	(void)unused;
	snprintf(port, sizeof(port), "%d", origin_port(c->origin));
	snprintf(bad, sizeof(bad), "rebound.test:%d:127.0.0.1", origin_port(c->origin));
	snprintf(good, sizeof(good), "fine.test:%d:127.77.1.1", origin_port(c->origin));
	config.resolve = resolve;
	client_reconfigure(c, &config);
	origin_reply(c->origin, "/next", ANY_REQUEST, NEXT);
	for (size_t i = 0; i < ARRAY_SIZE(address_rows); i++) {
		enum fetch_error want = address_rows[i].passes ? FETCH_OK : FETCH_ADDRESS;
		const struct fetch_result *r;
		size_t n = origin_n_requests(c->origin, ANY_PATH);

		/* PORT is five digits wide, as the origin's port is */
		snprintf(url, sizeof(url), "%s", address_rows[i].url);
		memcpy(strstr(url, "PORT_"), port, 5);
		r = client_fetch(c, url, NULL);
		if (r->error != want || !strstr(r->detail, address_rows[i].detail))
			fail_msg("%s: %s (%s)", address_rows[i].why,
				 fetch_error_text(r->error), r->detail);
		assert_int_equal(origin_n_requests(c->origin, ANY_PATH),
				 n + address_rows[i].passes);
	}
	client_stop(c);
}

static void a_bad_setting_is_named(void **unused)
{
	static const char *const nets[] = { "127.0.0.0/8", "10.0.0.1/8", NULL };
	static const char *const entries[] = { "a.test:80", NULL };
	struct transport_config config = { .user_agent = "u", .allow_net = nets };
	struct transport *t = NULL;
	struct why why;

	(void)unused;
	assert_int_equal(transport_new(&config, NULL, NULL, &t, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, "10.0.0.1/8"));
	config = (struct transport_config){ .user_agent = "u", .resolve = entries };
	assert_int_equal(transport_new(&config, NULL, NULL, &t, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, "a.test:80"));
	config = (struct transport_config){ .user_agent = "u", .cacert = "/nowhere.pem" };
	assert_int_equal(transport_new(&config, NULL, NULL, &t, &why), ERR_IO);
	assert_non_null(strstr(why.text, "/nowhere.pem"));
	assert_null(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		CASE(framing_decides_what_is_whole),
		CASE(a_broken_head_is_no_response),
		CASE(a_nul_in_the_head_is_refused),
		CASE(a_304_has_no_body_whatever_it_says),
		CASE(a_head_has_a_limit),
		CASE(a_body_is_cut_at_its_limit),
		CASE(bodies_have_a_limit_together),
		CASE(a_body_without_end_ends),
		CASE(a_head_that_never_comes_times_out),
		CASE(interim_heads_do_not_buy_time),
		CASE(a_slow_body_is_given_up),
		CASE(a_steady_body_may_take_its_time_but_not_for_ever),
		CASE(one_slow_host_delays_no_other),
		CASE(a_closed_port_is_no_connection),
		CASE(a_name_that_does_not_resolve_is_dns),
		CASE(plain_http_where_tls_was_asked_is_tls),
		cmocka_unit_test(only_the_addresses_we_may_talk_to),
		cmocka_unit_test(a_bad_setting_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
