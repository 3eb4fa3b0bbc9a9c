#include "tests/origin_client.h"

#include <poll.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tests/unit/unit.h"

#define WAIT_MAX_US (20 * 1000000)

static const char *const loopback[] = { "127.77.1.0/24", NULL };

struct transport_config client_config(void)
{
	return (struct transport_config){
		.user_agent = "freshet/0 (+test)",
		.allow_net = loopback,
		.timeout_ms = 8000,
		.connect_timeout_ms = 4000,
		.header_timeout_ms = 4000,
		.slow_window_ms = 4000,
	};
}

unsigned client_threads(void)
{
	const char *n = getenv("FETCH_THREADS");

	return n ? (unsigned)strtoul(n, NULL, 10) : 0;
}

static void keep(void *context, struct fetch_result *result)
{
	struct client *c = context;

	assert_true(c->n_results < CLIENT_RESULTS_MAX);
	c->results[c->n_results++] = *result;
	*result = (struct fetch_result){ 0 };
}

struct client *client_start(const struct transport_config *config)
{
	struct transport_config usual = client_config();
	struct client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->origin = origin_start();
	assert_non_null(c->origin);
	client_reconfigure(c, config ? config : &usual);
	return c;
}

void client_reconfigure(struct client *c, const struct transport_config *config)
{
	struct why why = { "" };

	fetcher_free(c->fetcher);
	c->fetcher = NULL;
	if (fetcher_new(config, client_threads(), keep, c, &c->fetcher, &why))
		fail_msg("%s", why.text);
}

void client_stop(struct client *c)
{
	for (int i = 0; i < c->n_results; i++)
		fetch_result_release(&c->results[i]);
	fetcher_free(c->fetcher);
	origin_stop(c->origin);
	free(c);
}

void client_trace(struct client *c)
{
	c->traces = true;
}

void client_begin(struct client *c, const char *url, const char *headers)
{
	struct fetch_request request = { .url = url,
					 .headers = span_of(headers),
					 .trace = c->traces ? TRACE_ALL : TRACE_NONE };

	assert_int_equal(fetcher_start(c->fetcher, &request), ERR_OK);
}

static void turn(struct client *c, int at_most_ms)
{
	struct pollfd fd = { .fd = fetcher_fd(c->fetcher), .events = POLLIN };
	int ms = fetcher_timeout_ms(c->fetcher);

	if (ms < 0 || ms > at_most_ms)
		ms = at_most_ms;
	poll(&fd, 1, ms);
	assert_int_equal(fetcher_turn(c->fetcher), ERR_OK);
}

void client_wait(struct client *c)
{
	int64_t began_us = clock_monotonic_us();

	while (fetcher_n_in_flight(c->fetcher)) {
		if (clock_monotonic_us() - began_us > WAIT_MAX_US)
			fail_msg("%d fetches never ended",
				 fetcher_n_in_flight(c->fetcher));
		turn(c, 1000);
	}
}

void client_turn_for(struct client *c, int ms)
{
	int64_t until_us = clock_monotonic_us() + (int64_t)ms * 1000, left_us;

	while ((left_us = until_us - clock_monotonic_us()) > 0)
		turn(c, (int)(left_us / 1000) + 1);
}

const struct fetch_result *client_fetch(struct client *c, const char *url,
					const char *headers)
{
	client_begin(c, url, headers);
	client_wait(c);
	return &c->results[c->n_results - 1];
}

const struct fetch_result *client_get_with(struct client *c, const char *path,
					   const char *headers)
{
	char url[ORIGIN_URL_SIZE];

	return client_fetch(c, origin_url(c->origin, path, url), headers);
}

const struct fetch_result *client_get(struct client *c, const char *path)
{
	return client_get_with(c, path, NULL);
}

const struct fetch_result *client_get_raw(struct client *c, const char *path,
					  const void *raw, size_t len,
					  struct origin_manner manner)
{
	origin_reply_as(c->origin, path, ANY_REQUEST, raw, len, manner);
	return client_get(c, path);
}
