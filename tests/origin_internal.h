/* origin_internal.h - what origin.c (the server) and origin_rules.c (script and log)
 * share. Everything behind the mutex. */
#ifndef TESTS_ORIGIN_INTERNAL_H
#define TESTS_ORIGIN_INTERNAL_H

#include <pthread.h>

#include "tests/origin.h"

#define ORIGIN_REQUEST_MAX 65536

struct rule {
	struct rule *next;
	char *path, *condition; /* NULL: any */
	char *raw;
	size_t len;
	struct origin_manner manner;
	unsigned n_used;
};

struct logged {
	struct logged *next;
	struct origin_request request;
	char *path, *bytes;
};

struct origin_text {
	struct origin_text *next;
	char *text;
};

struct connection {
	struct connection *next;
	int fd, number, host;
	char request[ORIGIN_REQUEST_MAX + 1];
	size_t request_len;
	/* the reply under way */
	bool is_replying, is_silent;
	char *reply;
	size_t reply_len, reply_at;
	struct origin_manner manner;
	int64_t next_write_us;
};

struct origin {
	pthread_t thread;
	pthread_mutex_t mutex;
	int port, wake[2];
	int listeners[ORIGIN_N_HOSTS + 2];
	int n_listeners;
	bool has_ipv6, stops, closes_idle;
	int64_t date_s;
	struct rule *rules;
	struct logged *log, *log_last;
	struct origin_text *texts;
	struct connection *connections;
	int n_connections, n_open, most_open;
};

int64_t origin_now_us(void);
/* Memory that tests cannot go on without. */
void *origin_alloc(size_t len);

/* With the mutex held: logs the request and puts the reply in `c`. */
void origin_answer(struct origin *origin, struct connection *c, size_t head_len);

#endif
