/* What the transport says and hears when all is well, and whom it talks to. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "crawler/content_coding.h"
#include "tests/origin_client.h"

static int set_up(void **state)
{
	*state = client_start(NULL);
	return 0;
}

static int tear_down(void **state)
{
	client_stop(*state);
	return 0;
}

/* ---- requests -------------------------------------------------------------------- */

static void the_request_is_exactly_these_bytes(void **state) /* REQ 1-5 */
{
	struct client *c = *state;
	char want[512];

	client_get(c, "/a/./b/../c%7e?x=|&y=%20#fragment");
	snprintf(want, sizeof(want),
		 "GET /a/./b/../c%%7e?x=|&y=%%20 HTTP/1.1\r\nHost: 127.77.1.1:%d\r\n"
		 "User-Agent: freshet/0 (+test)\r\nAccept: */*\r\n"
		 "Accept-Encoding: " ACCEPT_ENCODING "\r\n\r\n",
		 origin_port(c->origin));
	assert_string_equal(origin_request(c->origin, ANY_PATH, 0)->bytes, want);
}

static void an_empty_query_is_kept(void **state) /* REQ 5: /a and /a? are two pages */
{
	struct client *c = *state;

	client_get(c, "/a?");
	assert_string_equal(origin_request(c->origin, ANY_PATH, 0)->path, "/a?");
}

static void conditions_go_out_byte_for_byte(void **state) /* REQ 10, 12 */
{
	static const char lines[] = "If-None-Match: W/\"a\\,\x80\xff \"\n"
				    "If-Modified-Since: Sun, 01 Nov 2026 10:00:00 GMT\n";
	struct client *c = *state;
	const char *bytes;

	client_get_with(c, "/a", lines);
	bytes = origin_request(c->origin, "/a", 0)->bytes;
	assert_non_null(strstr(bytes, "\r\nIf-None-Match: W/\"a\\,\x80\xff \"\r\n"));
	assert_non_null(strstr(bytes,
			       "\r\nIf-Modified-Since: Sun, 01 Nov 2026 10:00:00 GMT"
			       "\r\n"));
	/* and not with the next one, which has fewer */
	client_get_with(c, "/b", "If-None-Match: \"b\"\n");
	bytes = origin_request(c->origin, "/b", 0)->bytes;
	assert_non_null(strstr(bytes, "\r\nIf-None-Match: \"b\"\r\n"));
	assert_null(strstr(bytes, "If-Modified-Since"));
	client_get(c, "/c");
	assert_null(strstr(origin_request(c->origin, "/c", 0)->bytes, "If-"));
}

static void from_is_sent_when_configured(void **unused) /* REQ 3 */
{
	struct transport_config config = client_config();
	struct client *c;

	(void)unused;
	config.from = "bot@example.org";
	c = client_start(&config);
	client_get(c, "/a");
	assert_non_null(strstr(origin_request(c->origin, "/a", 0)->bytes,
			       "\r\nFrom: bot@example.org\r\n"));
	client_stop(c);
}

static void a_head_over_12_kib_goes_without_conditions(void **state) /* REQ 7 */
{
	struct client *c = *state;
	char url[9000], lines[5000];

	origin_url(c->origin, "/", url);
	memset(url + strlen(url), 'u', 8000);
	url[8020] = '\0';
	snprintf(lines, sizeof(lines), "If-None-Match: \"%04200d\"\n", 0);
	client_fetch(c, url, lines);
	assert_true(origin_request(c->origin, ANY_PATH, 0)->len < 12 * 1024);
	assert_null(
		strstr(origin_request(c->origin, ANY_PATH, 0)->bytes, "If-None-Match"));
}

static void the_environments_proxy_is_ignored(void **unused) /* REQ 68 */
{
	struct client *c;

	(void)unused;
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
	c = client_start(NULL);
	assert_int_equal(client_get(c, "/a")->error, FETCH_OK);
	client_stop(c);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void userinfo_is_never_sent(void **state) /* REQ 70 */
{
	struct client *c = *state;
	char url[128];

	snprintf(url, sizeof(url), "http://me:secret@127.77.1.1:%d/",
		 origin_port(c->origin));
	assert_int_equal(client_fetch(c, url, NULL)->error, FETCH_MALFORMED);
	assert_int_equal(origin_n_requests(c->origin, ANY_PATH), 0);
}

/* ---- responses ------------------------------------------------------------------- */

static void the_result_holds_what_came(void **state)
{
	struct client *c = *state;
	const struct fetch_result *r;
	struct span etag;
	char address[64];

	origin_reply(c->origin, "/a", ANY_REQUEST,
		     origin_ok(c->origin, "ETag:  \"v1\" \r\nX-Odd: \x80\r\n", "hello"));
	r = client_get(c, "/a");
	assert_int_equal(r->error, FETCH_OK);
	assert_string_equal(r->detail, "");
	assert_int_equal(r->http_status, 200);
	assert_int_equal(r->http_version, 11);
	assert_true(header_get(&r->headers, "etag", 0, &etag));
	assert_true(span_equal(etag, SPAN("\"v1\"")));
	assert_true(span_equal(buf_span(&r->body), SPAN("hello")));
	snprintf(address, sizeof(address), "127.77.1.1:%d", origin_port(c->origin));
	assert_string_equal(r->address, address);
	assert_true(r->total_us > 0 && r->finished_at_us >= r->started_at_us);
	assert_true(r->first_byte_us > 0 && r->first_byte_us <= r->total_us);
	assert_int_equal(r->wire_bytes_out, origin_request(c->origin, "/a", 0)->len);
	assert_int_equal(r->wire_bytes_in,
			 strlen(origin_ok(c->origin, "ETag:  \"v1\" \r\nX-Odd: \x80\r\n",
					  "hello")));
}

static void codings_are_left_alone(void **state)
{
	static const char gzip[] = "\x1f\x8b\x08\0not really";
	struct client *c = *state;

	origin_reply_body(c->origin, "/z", ANY_REQUEST, "Content-Encoding: gzip\r\n",
			  gzip, sizeof(gzip));
	origin_reply_body(c->origin, "/q", ANY_REQUEST,
			  "Content-Encoding: a,b,c,d,e,f,g\r\n", gzip, sizeof(gzip));
	assert_true(span_equal(buf_span(&client_get(c, "/z")->body),
			       span_from(gzip, sizeof(gzip))));
	assert_int_equal(client_get(c, "/q")->error, FETCH_OK);
}

static void interim_responses_are_read_over(void **state) /* REQ 18 */
{
	struct client *c = *state;
	const struct fetch_result *r;
	struct span value;

	origin_reply(c->origin, "/a", ANY_REQUEST,
		     "HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\nLink: </x>\r\n\r\n"
		     "HTTP/1.1 100 Continue\r\n\r\n"
		     "HTTP/1.1 200 OK\r\nETag: \"late\"\r\nContent-Length: 2\r\n\r\nok");
	r = client_get(c, "/a");
	assert_int_equal(r->error, FETCH_OK);
	assert_int_equal(r->http_status, 200);
	assert_int_equal(r->headers.n_lines, 2);
	assert_true(header_get(&r->headers, "ETag", 0, &value));
	assert_true(span_equal(value, SPAN("\"late\"")));
}

static void trailers_are_no_headers(void **state) /* RFC 9110 6.5 */
{
	struct client *c = *state;
	const struct fetch_result *r;
	struct span value;

	origin_reply(
		c->origin, "/a", ANY_REQUEST,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n"
		"5\r\nhello\r\n0\r\nETag: \"late\"\r\n\r\n");
	r = client_get(c, "/a");
	assert_int_equal(r->error, FETCH_OK);
	assert_true(span_equal(buf_span(&r->body), SPAN("hello")));
	assert_false(header_get(&r->headers, "ETag", 0, &value));
}

static void redirects_are_not_followed(
	void **state) /* REQ 37: every hop is checked anew */
{
	struct client *c = *state;

	origin_reply(c->origin, "/a", ANY_REQUEST,
		     origin_response(c->origin, "302 Found", "Location: /b\r\n", ""));
	assert_int_equal(client_get(c, "/a")->http_status, 302);
	assert_int_equal(origin_n_requests(c->origin, ANY_PATH), 1);
}

static void cookies_do_not_come_back(void **state) /* REQ 1, 70 */
{
	struct client *c = *state;

	origin_reply(
		c->origin, "/a", ANY_REQUEST,
		origin_ok(c->origin, "Set-Cookie: a=b\r\nAlt-Svc: h2=\":9\"\r\n", ""));
	client_get(c, "/a");
	client_get(c, "/a");
	assert_null(strstr(origin_request(c->origin, "/a", 1)->bytes, "ookie"));
}

/* ---- connections ----------------------------------------------------------------- */

static void a_host_keeps_its_connection(void **state)
{
	struct client *c = *state;

	origin_reply(c->origin, "/a", ANY_REQUEST, ORIGIN_NOT_MODIFIED);
	assert_false(client_get(c, "/a")->reused_connection);
	for (int i = 0; i < 20; i++)
		assert_true(client_get(c, "/a")->reused_connection);
	assert_int_equal(origin_n_connections(c->origin), 1);
}

/* The idle sockets stay in the poll set; a close there must not make a busy loop. */
static void a_connection_closed_while_idle_costs_nothing(void **state)
{
	struct client *c = *state;

	client_get(c, "/a");
	origin_close_idle(c->origin);
	client_turn_for(c, 50);
	assert_int_equal(fetcher_timeout_ms(c->fetcher), -1);
	assert_int_equal(client_get(c, "/a")->error, FETCH_OK);
	assert_int_equal(origin_n_connections(c->origin), 2);
	assert_int_equal(origin_n_requests(c->origin, "/a"), 2);
}

/* libcurl would send it again at once. */
static void a_request_lost_on_a_reused_connection_is_reported(void **state) /* REQ 8 */
{
	struct client *c = *state;
	const struct fetch_result *r;

	client_get(c, "/warm");
	origin_reply_as(c->origin, "/a", ANY_REQUEST, "", 0,
			(struct origin_manner){ .n_uses = 1, .close = true });
	r = client_get(c, "/a");
	assert_int_equal(r->error, FETCH_CONNECT);
	assert_true(r->is_lost);
	assert_true(r->sent_at_us > 0);
	assert_int_equal(origin_n_requests(c->origin, "/a"), 1);
	assert_int_equal(origin_n_connections(c->origin), 1);
	r = client_get(c, "/a");
	assert_int_equal(r->error, FETCH_OK);
	assert_false(r->is_lost);
}

static void a_request_goes_out_once(void **state) /* REQ 8 */
{
	struct client *c = *state;
	char url[ORIGIN_URL_SIZE];

	/* four warm connections that would each be tried */
	origin_reply_as(c->origin, "/warm", ANY_REQUEST, ORIGIN_NOT_FOUND,
			strlen(ORIGIN_NOT_FOUND),
			(struct origin_manner){ .delay_ms = 50 });
	for (int i = 0; i < 4; i++)
		client_begin(c, origin_url(c->origin, "/warm", url), NULL);
	client_wait(c);
	assert_int_equal(origin_n_connections(c->origin), 4);
	origin_reply_as(c->origin, "/a", ANY_REQUEST, "", 0,
			(struct origin_manner){ .close = true });
	assert_true(client_get(c, "/a")->is_lost);
	assert_int_equal(origin_n_requests(c->origin, "/a"), 1);
	/* a connection of its own that is closed is no such accident */
	origin_close_idle(c->origin);
	client_turn_for(c, 10);
	assert_int_equal(client_get(c, "/a")->error, FETCH_CONNECT);
	assert_false(c->results[c->n_results - 1].is_lost);
	assert_int_equal(origin_n_requests(c->origin, "/a"), 2);
}

static void three_hundred_go_in_parallel(void **state)
{
	struct client *c = *state;
	char url[ORIGIN_URL_SIZE], path[32];

	origin_reply_as(c->origin, ANY_PATH, ANY_REQUEST, ORIGIN_NOT_FOUND,
			strlen(ORIGIN_NOT_FOUND),
			(struct origin_manner){ .delay_ms = 100 });
	for (int i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		client_begin(c, origin_url_on(c->origin, i % ORIGIN_N_HOSTS, path, url),
			     NULL);
	}
	assert_int_equal(fetcher_n_in_flight(c->fetcher), 300);
	client_wait(c);
	assert_int_equal(c->n_results, 300);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(c->results[i].error, FETCH_OK);
		assert_int_equal(c->results[i].http_status, 404);
	}
	assert_int_equal(origin_n_requests(c->origin, ANY_PATH), 300);
	assert_true(origin_most_open(c->origin) > 150);
}

static void stop_all_reports_each_as_stopped(void **state) /* REQ 58 */
{
	struct client *c = *state;
	char url[ORIGIN_URL_SIZE];

	origin_reply_as(c->origin, "/a", ANY_REQUEST, "", 0,
			(struct origin_manner){ .silent = true });
	for (int i = 0; i < 10; i++)
		client_begin(c, origin_url_on(c->origin, i % 3, "/a", url), NULL);
	client_turn_for(c, 30);
	fetcher_stop_all(c->fetcher);
	assert_int_equal(fetcher_n_in_flight(c->fetcher), 0);
	assert_int_equal(c->n_results, 10);
	for (int i = 0; i < 10; i++)
		assert_int_equal(c->results[i].error, FETCH_STOPPED);
	assert_int_equal(fetcher_timeout_ms(c->fetcher), -1);
	assert_int_equal(client_get(c, "/b")->error, FETCH_OK);
}

static void it_can_be_freed_with_fetches_in_flight(void **state)
{
	struct client *c = *state;
	char url[ORIGIN_URL_SIZE];

	origin_reply_as(c->origin, "/a", ANY_REQUEST, "", 0,
			(struct origin_manner){ .silent = true });
	client_begin(c, origin_url(c->origin, "/a", url), NULL);
	client_turn_for(c, 20);
	client_begin(c, origin_url(c->origin, "/b", url), NULL);
	/* tear_down frees it */
}

struct chain {
	struct client *client;
	int left;
	char url[ORIGIN_URL_SIZE];
};

static void start_another(void *context, struct fetch_result *result)
{
	struct chain *chain = context;
	struct fetch_request request = { .url = chain->url, .owner = chain };

	assert_ptr_equal(result->owner, chain);
	assert_int_equal(result->error, FETCH_OK);
	if (chain->left-- > 0)
		assert_int_equal(fetcher_start(chain->client->fetcher, &request), ERR_OK);
}

static void done_may_start_the_next(void **unused)
{
	struct transport_config config = client_config();
	struct client *c = client_start(NULL);
	struct chain chain = { .client = c, .left = 50 };
	struct fetch_request request = { .url = chain.url, .owner = &chain };

	(void)unused;
	origin_url(c->origin, "/a", chain.url);
	fetcher_free(c->fetcher);
	assert_int_equal(fetcher_new(&config, client_threads(), start_another, &chain,
				     &c->fetcher, NULL),
			 ERR_OK);
	assert_int_equal(fetcher_start(c->fetcher, &request), ERR_OK);
	client_wait(c);
	assert_int_equal(origin_n_requests(c->origin, "/a"), 51);
	assert_int_equal(origin_n_connections(c->origin), 1);
	client_stop(c);
}

/* ---- traces ---------------------------------------------------------------------- */

static void a_trace_holds_the_heads_byte_for_byte(void **state)
{
	static const char head[] =
		"HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\n"
		"HTTP/1.1 200 OK\r\nX:  a\x1b[31m\xff \nContent-Length: 2\r\n\r\n";
	static const char reply[] =
		"HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\n"
		"HTTP/1.1 200 OK\r\nX:  a\x1b[31m\xff \nContent-Length: 2\r\n\r\nok";
	struct client *c = *state;
	const struct fetch_result *r;

	client_trace(c);
	origin_reply(c->origin, "/a", ANY_REQUEST, reply);
	r = client_get_with(c, "/a", "If-None-Match: \"a\"\n");
	assert_int_equal(r->error, FETCH_OK);
	assert_string_equal(buf_text(&r->trace->request_head),
			    origin_request(c->origin, "/a", 0)->bytes);
	assert_string_equal(buf_text(&r->trace->response_head), head);
	assert_false(r->stray_body);
}

static void a_fetch_that_is_not_traced_keeps_none(void **state)
{
	struct client *c = *state;

	client_trace(c);
	client_get(c, "/a");
	c->traces = false;
	assert_null(client_get(c, "/b")->trace); /* the same handle */
}

static void what_a_lost_connection_was_asked_is_traced(void **state) /* REQ 8 */
{
	struct client *c = *state;
	const struct fetch_result *r;

	client_trace(c);
	origin_reply_as(c->origin, "/b", ANY_REQUEST, "", 0,
			(struct origin_manner){ .n_uses = 1, .close = true });
	client_get(c, "/a");
	r = client_get(c, "/b");
	assert_int_equal(origin_n_requests(c->origin, "/b"), 1);
	assert_string_equal(buf_text(&r->trace->request_head),
			    origin_request(c->origin, "/b", 0)->bytes);
}

static void a_trace_of_a_head_without_end_has_one(void **state) /* REQ 59 */
{
	struct client *c = *state;
	const struct fetch_result *r;
	char line[1025];

	memset(line, 'a', 1024);
	line[1024] = '\0';
	memcpy(line + 1, ": ", 2);
	memcpy(line + 1022, "\r\n", 2);
	client_trace(c);
	origin_reply_as(c->origin, "/a", ANY_REQUEST, line, 1024,
			(struct origin_manner){ .endless = true });
	r = client_get(c, "/a");
	assert_int_not_equal(r->error, FETCH_OK);
	assert_true(r->trace->response_head.len <= HEADER_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		CASE(the_request_is_exactly_these_bytes),
		CASE(an_empty_query_is_kept),
		CASE(conditions_go_out_byte_for_byte),
		cmocka_unit_test(from_is_sent_when_configured),
		CASE(a_head_over_12_kib_goes_without_conditions),
		cmocka_unit_test(the_environments_proxy_is_ignored),
		CASE(userinfo_is_never_sent),
		CASE(a_trace_holds_the_heads_byte_for_byte),
		CASE(a_fetch_that_is_not_traced_keeps_none),
		CASE(what_a_lost_connection_was_asked_is_traced),
		CASE(a_trace_of_a_head_without_end_has_one),
		CASE(the_result_holds_what_came),
		CASE(codings_are_left_alone),
		CASE(interim_responses_are_read_over),
		CASE(trailers_are_no_headers),
		CASE(redirects_are_not_followed),
		CASE(cookies_do_not_come_back),
		CASE(a_host_keeps_its_connection),
		CASE(a_connection_closed_while_idle_costs_nothing),
		CASE(a_request_lost_on_a_reused_connection_is_reported),
		CASE(a_request_goes_out_once),
		CASE(three_hundred_go_in_parallel),
		CASE(stop_all_reports_each_as_stopped),
		CASE(it_can_be_freed_with_fetches_in_flight),
		cmocka_unit_test(done_may_start_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
