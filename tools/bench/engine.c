/*
 * engine.c - the fetch engine alone: conditional requests through crawler/transport.h, with
 * no store, schedule or verdict behind them.
 *
 *   make build/release/tools/bench/engine
 *   build/release/tools/bench/engine LIST IN_FLIGHT SECONDS
 *
 * LIST holds "URL<TAB>ETAG" lines, asked one after another, over and over, IN_FLIGHT at a
 * time. What it reached is counted by the origin and by time(1), as for every other tool.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "crawler/transport.h"
#include "store/base/clock.h"

struct target {
	char *url, *condition;
};

struct bench {
	struct transport *transport;
	struct target *targets;
	size_t n_targets, at;
	int64_t until_us;
	size_t n_failed;
};

static void die(const char *what)
{
	fprintf(stderr, "engine: %s\n", what);
	exit(1);
}

static void read_list(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[1024], condition[600];

	if (!f)
		die("cannot read the list");
	while (fgets(line, sizeof(line), f)) {
		char *tab = strchr(line, '\t');
		struct target *grown;

		if (!tab || strlen(tab) > 512)
			die("a line is not URL<TAB>ETAG");
		*tab = '\0';
		grown = realloc(b->targets, (b->n_targets + 1) * sizeof(*grown));
		if (!grown)
			die("out of memory");
		b->targets = grown;
		snprintf(condition, sizeof(condition), "If-None-Match: %s", tab + 1);
		grown[b->n_targets++] =
			(struct target){ strdup(line), strdup(condition) };
	}
	fclose(f);
	if (!b->n_targets)
		die("the list is empty");
}

static void ask(struct bench *b)
{
	const struct target *target = &b->targets[b->at++ % b->n_targets];
	struct fetch_request request = { .url = target->url,
					 .headers = span_of(target->condition) };

	if (transport_start(b->transport, &request))
		die("out of memory");
}

static void answered(void *context, struct fetch_result *result)
{
	struct bench *b = context;

	b->n_failed += result->error != FETCH_OK;
	if (clock_monotonic_us() < b->until_us)
		ask(b);
}

static void run(struct bench *b)
{
	while (transport_n_in_flight(b->transport)) {
		struct pollfd fd = { transport_fd(b->transport), POLLIN, 0 };

		(void)poll(&fd, 1, transport_timeout_ms(b->transport));
		if (transport_turn(b->transport))
			die("cannot poll");
	}
}

int main(int argc, char **argv)
{
	static const char *const nets[] = { "127.0.0.0/8", NULL };
	struct transport_config config = { .user_agent = "freshet-bench",
					   .allow_net = nets };
	struct why why = { "" };
	struct bench b = { 0 };
	int n_in_flight = argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0;

	if (n_in_flight < 1) {
		fprintf(stderr, "usage: engine LIST IN_FLIGHT SECONDS\n");
		return 2;
	}
	read_list(&b, argv[1]);
	config.max_connections = 4 * n_in_flight;
	if (transport_new(&config, answered, &b, &b.transport, &why))
		die(why.text);
	b.until_us = clock_monotonic_us() + (int64_t)(1e6 * strtod(argv[3], NULL));
	for (int i = 0; i < n_in_flight; i++)
		ask(&b);
	run(&b);
	transport_free(b.transport);
	for (size_t i = 0; i < b.n_targets; i++) {
		free(b.targets[i].url);
		free(b.targets[i].condition);
	}
	free(b.targets);
	if (b.n_failed)
		fprintf(stderr, "engine: %zu failed\n", b.n_failed);
	return b.n_failed ? 1 : 0;
}
