/*
 * transport_internal.h - what the transport_*.c files share; nobody else includes it.
 *
 * transport.c holds the fetches and the loop, transport_names.c the names, transport_
 * shard.c the sockets, transport_clock.c the time limits, transport_watch.c the calls that do
 * not come back, transport_curl.c what libcurl is
 * told and what it calls, transport_result.c what is reported, transport_trace.c what is
 * kept for people.
 */
#ifndef CRAWLER_TRANSPORT_INTERNAL_H
#define CRAWLER_TRANSPORT_INTERNAL_H

#include <curl/curl.h>
#include <pthread.h>

#include "crawler/address.h"
#include "crawler/resolver.h"
#include "crawler/response_head.h"
#include "crawler/transport.h"

#define NEVER INT64_MAX
#define PLAIN_HOSTS 4096
#define DNS_TTL_S 600L /* so long libcurl keeps a name */

/* What a fetch waits for. Each has one time limit, the same for all fetches, so a queue
 * in order of entry is in order of expiry: no heap, and none of libcurl's timers. */
enum phase {
	PHASE_CONNECT, /* name, connection, TLS */
	PHASE_HEAD,    /* sent; the final head is not whole yet */
	PHASE_BODY,
	N_PHASES,
};

struct fetch {
	struct fetch *prev, *next; /* in flight in order of start; or in the pool */
	struct fetch *phase_prev, *phase_next;
	struct transport *transport;
	struct shard *shard;
	uint64_t host_hash;
	CURL *easy;
	struct buf extra;         /* request headers, NUL where a line ends */
	struct curl_slist *lines; /* one per line in `extra` */
	size_t n_lines_max;
	bool dns_prunes;
	struct buf name_text; /* of `name_line` */
	struct curl_slist name_line;
	long http_version; /* that the handle offers: CURL_HTTP_VERSION_... */

	/* of the fetch in flight */
	struct name_wait wait; /* for its name, or in transport.found */
	bool looks_up, is_found;
	bool has_begun;  /* libcurl has it */
	uint16_t port;   /* of a name that is ours */
	int64_t name_us; /* the look-up took, before libcurl had it */
	enum phase phase;
	int64_t phase_since_us;
	int64_t n_body, n_body_at_phase, max_body;
	bool was_sent;
	bool any_opened; /* a socket was opened: not every address was refused */
	struct response_head head;
	enum fetch_error failed; /* what we decided in a callback; FETCH_OK: nothing */
	char curl_text[CURL_ERROR_SIZE];
	struct fetch_result result;
};

/* One multi handle. libcurl's cost of a transfer grows with what is in the handle, so
 * hosts are dealt out over several; a host keeps to one, where its connection waits. */
struct shard {
	struct transport *transport;
	CURLM *multi;
	int64_t due_at_us; /* libcurl wants to be called; NEVER: only for sockets */
	int64_t pruned_at_us;
	bool resolve_loaded;
};

struct socket_slot {
	struct shard *shard;
	uint32_t watched; /* what epoll knows of it: EPOLLIN, EPOLLOUT */
	uint32_t wanted;
	bool is_ours; /* opened by us, so we hear of its end */
};

/* The call into libcurl that is being made, and who watches it; all but what stands before
 * the lock under it. */
struct transport_watch {
	pthread_t thread;
	bool is_set_up, runs;
	pthread_mutex_t lock; /* over the sockets' owners, too */
	pthread_cond_t wake;
	bool quits, sleeps, has_clock;
	clockid_t clock;     /* of the thread that calls: the processor's time */
	struct shard *shard; /* NULL: no call is being made */
	int fd; /* what it is made for; -1: a timer, or that was shut down in vain */
	uint64_t n_calls, n_seen;
	int64_t seen_at_us; /* by `clock` */
};

struct transport {
	transport_done *done;
	void *context;
	int epoll_fd;
	struct shard *shards;
	size_t n_shards;
	struct socket_slot *sockets; /* by descriptor */
	size_t n_sockets;
	struct transport_watch watch;
	struct fetch *in_flight, *pool;
	struct fetch *phases[N_PHASES];
	int64_t phase_limit_us[N_PHASES], timeout_us;
	int n_in_flight;
	bool curl_ready;

	/* Hosts that get no HTTP/2, by hash, each at its plain_host(); one whose place another
	 * took is found out anew. */
	uint64_t plain_hosts[PLAIN_HOSTS];

	struct resolver *resolver; /* NULL: names are libcurl's business alone */
	struct given_name *given;
	struct name_wait *found; /* of look-ups that have ended */
	bool names_ready;

	int64_t max_body;
	int64_t max_bytes_at_once; /* of bodies, in flight and held */
	struct transport_room own_room, *room;
	int connect_timeout_ms;
	char *user_agent, *cacert, *proxy;
	struct curl_slist *common; /* the header lines of every request */
	struct curl_slist *resolve;
	struct address_net *allowed;
	size_t n_allowed, common_bytes;
};

/* Where the fetch's host stands among them, if it does. */
static inline uint64_t *plain_host(const struct fetch *f)
{
	return &f->transport->plain_hosts[f->host_hash % PLAIN_HOSTS];
}

/* transport.c: ends the fetch and reports it. Not to be called from libcurl's callbacks. */
void fetch_finish(struct fetch *f, CURLcode code);

/* transport_names.c: has libcurl begin with the fetch, as soon as its name is found. */
MUST_CHECK enum err names_start(struct fetch *f, const char *url);
void names_leave(struct fetch *f);
enum err names_open(struct transport *t, const struct transport_config *config,
		    struct why *why);
void names_close(struct transport *t);
/* Sets t->names_ready when it is readable; -1: never is. */
int names_fd(const struct transport *t);
int64_t names_due_at_us(const struct transport *t);
void names_turn(struct transport *t);

/* transport_shard.c */
enum err shards_open(struct transport *t, int max_connections, struct why *why);
void shards_close(struct transport *t);
struct shard *shard_of(struct transport *t, uint64_t host_hash);
MUST_CHECK enum err shards_run_sockets(struct transport *t);
void shards_run_due(struct transport *t);
/* Reports what has ended; true: something had. */
bool shards_collect(struct transport *t);
int64_t shards_due_at_us(const struct transport *t);
/* CURLOPT_OPENSOCKETFUNCTION and its counterpart keep the slots right. */
bool socket_opened(struct transport *t, curl_socket_t fd);
void socket_closing(struct transport *t, curl_socket_t fd);

/* transport_watch.c: each call into libcurl that may read a socket stands between
 * watch_begin() and watch_end(). */
MUST_CHECK enum err watch_open(struct transport *t, struct why *why);
void watch_close(struct transport *t);
void watch_begin(struct transport *t, struct shard *shard, int fd);
void watch_end(struct transport *t);
void watch_lock(struct transport *t);
void watch_unlock(struct transport *t);

/* transport_clock.c */
void clock_enter(struct fetch *f, enum phase phase);
void clock_leave(struct fetch *f);
void clock_expire(struct transport *t);
int64_t clock_due_at_us(const struct transport *t);

/* transport_curl.c: a handle with everything set that is the same for all fetches. */
enum err curl_make_easy(struct fetch *f);
/* The rest, for this request. */
enum err curl_set_request(struct fetch *f, const struct fetch_request *request);

/* transport_trace.c */
MUST_CHECK enum err trace_begin(struct fetch *f, enum trace_kind kind);
void trace_received(struct fetch *f, struct span line);
void trace_note(struct fetch *f, curl_infotype type, struct span bytes);
void trace_finish(struct fetch *f);

/* transport_result.c: `f` fails as `error` unless it has failed already. */
void fetch_fail(struct fetch *f, enum fetch_error error, const char *format, ...)
	PRINTF_LIKE(3, 4);
void result_fill(struct fetch *f, CURLcode code);

#endif
