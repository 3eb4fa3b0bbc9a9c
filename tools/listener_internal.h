/*
 * listener_internal.h - what the listener*.c and answer*.c files share; nobody else
 * includes it.
 *
 * listener.c opens and turns, listener_request.c lets requests in and answers out,
 * listener_routes.c says what there is, answer*.c make the answers.
 */
#ifndef TOOLS_LISTENER_INTERNAL_H
#define TOOLS_LISTENER_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "store/base/pool.h"
#include "tools/listener.h"
#include "tools/query.h"

#define LISTEN_CONNECTIONS_MAX 64 /* REQ 86, as are the next two */
#define LISTEN_IDLE_S 10
#define LISTEN_HEAD_MAX 8192
/* A request must be there in full after this time, however slowly it drips. */
#define LISTEN_REQUEST_US (30 * INT64_C(1000000))
/* An answer that takes longer is given up. */
#define LISTEN_ANSWER_US (120 * INT64_C(1000000))
#define LISTEN_BODY_MAX ((size_t)8 << 20)
#define LISTEN_ANSWER_MAX ((size_t)32 << 20)
/* What one POST may order, unpacked: a few seconds of the run's time. */
#define LISTEN_ORDER_MAX ((size_t)64 << 20)
#define LISTEN_ORDER_LINES 200000

/* Who makes the answer. */
enum lane {
	LANE_HERE,   /* the listener's thread: what costs microseconds */
	LANE_QUICK,  /* a few reads of the store */
	LANE_SLOW,   /* walks over the store */
	LANE_ORDERS, /* waits for the run to carry an order out */
	N_LANES
};

struct exchange;
typedef void answer_function(struct exchange *exchange);

struct route {
	const char *path, *method; /* GET goes for HEAD, too */
	enum lane lane;
	answer_function *answer;
	struct query_form form;
	bool open; /* needs no token anywhere */
};

/* NULL: there is nothing at that path; else *other is the method that there is. */
const struct route *route_find(const char *path, const char *method, const char **other);

struct exchange {
	struct listener *listener;
	struct MHD_Connection *connection; /* NULL: our own question */
	const struct route *route;
	struct span authority; /* of the request's target: whom it is for */
	struct query query;
	int body_fd;               /* -1: none came */
	size_t body_len, came_len; /* kept; in all */
	bool refused;  /* an answer was given before the request was there in full */
	bool answered; /* the answer is ready */
	bool wants_reckoning; /* see struct reckoned */
	int64_t now_ms;
	struct store *view; /* in a lane that reads */
	unsigned status;
	const char *type;
	/* Header fields: Content-Security-Policy, Allow, WWW-Authenticate; may be NULL. */
	const char *policy, *allow, *challenge;
	struct buf answer;
	size_t pending; /* its length, once it is on its way */
};

/* What a walk over all pages found, for the metrics. */
struct reckoned {
	double freshness, freshness_weighted;
	int64_t n_overdue, at_ms; /* 0: never */
	int64_t at_us, cost_us;
};

struct lane_state {
	struct pool *pool;
	/* Of the exchange that its worker is busy with; under listener.lock. */
	struct store *view;
	int64_t began_us;
};

/* A connection that has not sent its request in full. */
struct guest {
	int fd;                 /* -1: a free place */
	int64_t waits_since_us; /* 0: it is being answered */
};

struct listener {
	struct settings settings; /* changed only while no lane is busy */
	struct store *store;      /* the writer's: for store_open_view() alone */
	struct live *live;
	struct buf token, url;
	bool loopback;
	struct MHD_Daemon *daemon;
	pthread_t thread;
	bool has_thread;
	int wake_fd;
	atomic_bool stopping;
	struct lane_state lanes[N_LANES];
	struct guest guests[LISTEN_CONNECTIONS_MAX];
	size_t body_bytes;    /* held by all exchanges */
	size_t answer_bytes;  /* ... on their way to clients */
	struct stat opened;   /* the store's directory, when the run began */
	bool reckons;         /* a report of our own is under way */
	pthread_mutex_t lock; /* of what follows, and the lanes' views */
	struct settings fresh;
	bool has_fresh;
	struct reckoned reckoned;
	/* The last report, which many may ask for: the slow lane's alone. */
	struct buf report, report_target;
	int64_t report_at_us, report_cost_us;
};

/* listener.c */
/* Gives the exchange to its lane. False: too many wait there. */
bool listener_submit(struct listener *listener, struct exchange *exchange);
struct guest *listener_guest(struct listener *listener, int fd);

/* listener_request.c */
/* NULL: out of memory. */
struct exchange *exchange_new(struct listener *listener,
			      struct MHD_Connection *connection);
void exchange_free(struct exchange *exchange);
/* What libmicrohttpd calls. */
enum MHD_Result request_access(void *listener, struct MHD_Connection *connection,
			       const char *url, const char *method, const char *version,
			       const char *body, size_t *body_len, void **exchange);
void request_completed(void *listener, struct MHD_Connection *connection, void **exchange,
		       enum MHD_RequestTerminationCode how);
void request_connected(void *listener, struct MHD_Connection *connection, void **context,
		       enum MHD_ConnectionNotificationCode what);

/* answer.c: an answer that is an error; `reason` may quote outside text. */
void answer_error(struct exchange *exchange, unsigned status, const char *reason);
/* The same for what a function of ours said. */
void answer_failure(struct exchange *exchange, enum err err, const char *reason);

answer_function answer_health, answer_ready, answer_metrics, answer_live, answer_show,
	answer_page, answer_list, answer_changes, answer_host, answer_plan, answer_report,
	answer_dashboard, answer_seeds, answer_recheck, answer_ack, answer_pings;

#endif
