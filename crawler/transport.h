/*
 * transport.h - one GET after another over the wire: bytes out, bytes in, limits kept.
 *
 * It fetches exactly the URL it is given: no redirect is followed, no coding undone, no
 * cookie kept, no proxy asked. Whatever the other side does comes back as a result; a
 * start that fails (ERR_NOMEM) is the only error. It does not block: the owner polls
 * transport_fd() for input, or until transport_timeout_ms() has passed, and then calls
 * transport_turn(), which calls `done` once for every fetch that has ended.
 *
 * Limits: REQ 57 (times), 59 (head), 60 (wire bytes); addresses: REQ 66-68, judged on
 * the socket that is being connected. Names are looked up without threads (resolver.h),
 * unless `resolve` gives their addresses or there is a proxy. TLS: REQ 69. A request goes
 * out once: one that dies on a reused connection before any answer is reported as lost, for
 * the owner to ask again when the host's delay has passed (REQ 8, 53).
 */
#ifndef CRAWLER_TRANSPORT_H
#define CRAWLER_TRANSPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "crawler/header.h"
#include "store/base/buf.h"

/* Why there is no whole response. Stored in records: only add at the end. */
enum fetch_error {
	FETCH_OK = 0,
	FETCH_DNS,            /* the name does not resolve */
	FETCH_CONNECT,        /* refused, unreachable, reset before the head */
	FETCH_ADDRESS,        /* REQ 66: an address we do not talk to */
	FETCH_TLS,            /* certificate, name or protocol: REQ 69 */
	FETCH_TIMEOUT,        /* REQ 57 */
	FETCH_SLOW,           /* REQ 57: under 64 bytes/s for 20 s */
	FETCH_HEAD_TOO_LARGE, /* REQ 59 */
	FETCH_BODY_TOO_LARGE, /* REQ 60 */
	FETCH_TRUNCATED,      /* REQ 27: framing promised more */
	FETCH_MALFORMED,      /* REQ 32: not HTTP, conflicting lengths, ... */
	FETCH_UNDECODABLE,    /* REQ 27, 61: coding unknown, broken or a bomb */
	FETCH_REDIRECT,       /* REQ 36, 38: loop, too many hops, bad Location */
	FETCH_STOPPED,        /* we gave up on it: shutting down */
	FETCH_CROWDED, /* REQ 65: too many large bodies at once, and this one of the largest */
};

/* "dns", "connect", ...: static, as shown to users. */
const char *fetch_error_text(enum fetch_error error);

/* What of a fetch is kept that decides nothing. */
enum trace_kind {
	TRACE_NONE,
	TRACE_HEADS, /* the heads as bytes: for an archive */
	TRACE_ALL,   /* the TLS too, which costs time: for people who look at one fetch */
};

struct fetch_request {
	const char *url; /* canonical; copied */
	/* Extra "Name: value\n" lines (conditions), none with an empty value; copied. Left
	 * out where the head would pass 12 KiB (REQ 7): the page is then asked for whole. */
	struct span headers;
	int64_t max_wire_bytes; /* body octets on the wire; 0: the default */
	void *owner;            /* handed back in the result */
	enum trace_kind trace;  /* what to keep besides */
	/* Only find the host: result.address is then its first address, without a port; ""
	 * if that is not for us to know. Nothing is sent. */
	bool look_up;
};

/* Kept on request only. All outside text; nothing is decided by it. */
struct fetch_trace {
	/* As on the wire, interim heads and trailers included; cut at HEADER_MAX_BYTES.
	 * Of HTTP/2 what libcurl writes instead. */
	struct buf request_head, response_head;
	/* "TLSv1.3 / TLS_AES_256_GCM_SHA384", and the peer's certificate: of a connection
	 * that this fetch opened, else "" and 0. */
	char tls[64], subject[256], issuer[256];
	int64_t expires_at_ms;
};

void fetch_trace_free(struct fetch_trace *trace);

/* With an error, the head and body are what came before it, for the anomaly's record and
 * for robots.txt (REQ 43); a body over the limit is cut at the limit exactly. */
struct fetch_result {
	void *owner;
	enum fetch_error error;
	char detail[160];           /* what exactly, for people; outside text */
	int http_status;            /* 0: no whole final response head was read */
	int http_version;           /* 10, 11, 20; 0 unknown */
	struct header_list headers; /* of the final response only (REQ 18) */
	struct buf body;            /* as on the wire after transfer coding is undone */
	char address[64];           /* the peer, "127.0.0.1:80"; "" if never connected */
	int64_t started_at_us, finished_at_us; /* monotonic */
	int64_t sent_at_us,
		head_at_us; /* the request went out, its head was whole; 0: never */
	int64_t dns_us, connect_us, tls_us, sent_us, first_byte_us,
		total_us;                      /* since start */
	int64_t wire_bytes_in, wire_bytes_out; /* heads included */
	bool reused_connection;
	bool stray_body; /* bytes came behind a 304 or 204, which has no body (REQ 20) */
	/* A 200 by HTTP/2 that nothing vouches for (REQ 27): no length, and no coding with an
	 * end of its own. libcurl takes a stream that was reset with NO_ERROR for a whole one.
	 * From now on this transport asks the host by HTTP/1.1, where it can be told. */
	bool unproven;
	/* With FETCH_CONNECT: the connection had served before, and ended without a word, or the
	 * server took an HTTP/2 stream back; it may never have looked at the request. */
	bool is_lost;
	struct fetch_trace *trace; /* NULL unless asked for */
};

void fetch_result_release(struct fetch_result *result);

/* What several transports, each on a thread of its own, share of max_bytes_at_once. */
struct transport_room {
	_Atomic int64_t n_bytes;
	_Atomic int n_in_flight;
};

struct transport_config {
	const char *user_agent;
	const char *from;   /* NULL: no From (REQ 3) */
	const char *cacert; /* NULL: the system's */
	const char *const
		*resolve; /* "HOST:PORT:ADDR"..., NULL-terminated; may be NULL */
	/* "ADDRESS[:PORT],..." instead of the system's name servers; may be NULL */
	const char *dns_servers;
	const char *const *allow_net; /* CIDRs opened besides public ones; likewise */
	/* NULL: none, whatever the environment says (REQ 68). A proxy is where every socket
	 * goes then and looks names up itself, so addresses are its business, not ours. */
	const char *proxy;
	/* Of numbers, 0 means the default. */
	int64_t name_ttl_min_ms;    /* a look-up holds for so long at least: 60 s */
	int64_t timeout_ms;         /* the whole fetch: 60 s */
	int64_t connect_timeout_ms; /* name, connection and TLS: 10 s */
	int64_t header_timeout_ms;  /* from the request to the end of the head: 20 s */
	int64_t slow_window_ms;     /* under 64 bytes/s over this long: 20 s */
	int64_t max_wire_bytes;     /* 8 MiB */
	/* Of all bodies that are being received or held by the owner: 128 MiB. Over it, those
	 * end that have more than an equal share (REQ 65). */
	int64_t max_bytes_at_once;
	/* Kept alive in all: 1024. Well above the hosts in play, or connections are closed
	 * that the next visit wants. Also decides how many shards there are. */
	int max_connections;
	struct transport_room *room; /* outlives the transport; NULL: its own */
};

/* Of the scheme's rest: what URLs that can share a connection have in common. */
uint64_t transport_host_hash(const char *url);

struct transport;
typedef void transport_done(void *context, struct fetch_result *result);

/* `config` is only read during the call. `done` may start new fetches; it owns what it
 * takes out of the result, the rest is released after it returns. ERR_INVALID: a bad
 * net, resolve entry or name server; ERR_IO: the CA file cannot be read, or no descriptors are left. */
MUST_CHECK enum err transport_new(const struct transport_config *config,
				  transport_done *done, void *context,
				  struct transport **transport, struct why *why);
/* Ends what is in flight without calling `done`. */
void transport_free(struct transport *transport);

MUST_CHECK enum err transport_start(struct transport *transport,
				    const struct fetch_request *request);
/* Ends every fetch in flight as FETCH_STOPPED, each reported to `done`. */
void transport_stop_all(struct transport *transport);
int transport_n_in_flight(const struct transport *transport);
/* So many more (or, negative, fewer) octets of bodies that were handed out are still kept
 * by the owner: they count against max_bytes_at_once. */
void transport_hold(struct transport *transport, int64_t n_bytes);

int transport_fd(const struct transport *transport);
/* How long the owner may sleep at most; -1: until the fd is readable. */
int transport_timeout_ms(const struct transport *transport);
MUST_CHECK enum err transport_turn(struct transport *transport);

#endif
