/*
 * origin.h - a scripted HTTP server for tests: it says exactly the bytes it is told to,
 * well-formed or not, and remembers what it was asked.
 *
 * It shares no code with the crawler, so that one misreading of HTTP cannot hide in both.
 * One thread, one poll loop, loopback only: 127.77.1.1 to .8 and 127.0.0.1 (and ::1 where
 * there is one) on one port. All functions may be called from the test's thread at any
 * time. A path that no rule matches is answered 404; so is /robots.txt until told.
 */
#ifndef TESTS_ORIGIN_H
#define TESTS_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORIGIN_N_HOSTS 8 /* 127.77.1.1 ... */
#define ANY_REQUEST NULL
#define ANY_PATH NULL

struct origin;

/* NULL when nothing could be bound. */
struct origin *origin_start(void);
/* Closes everything and joins the thread. */
void origin_stop(struct origin *origin);

int origin_port(const struct origin *origin);
bool origin_has_ipv6(const struct origin *origin);
#define ORIGIN_URL_SIZE 256
/* "http://127.77.1.1:PORT/path", written to `url` and returned. */
const char *origin_url(const struct origin *origin, const char *path,
		       char url[ORIGIN_URL_SIZE]);
/* The same on host 0 .. ORIGIN_N_HOSTS - 1. */
const char *origin_url_on(const struct origin *origin, int host, const char *path,
			  char url[ORIGIN_URL_SIZE]);

/* ---- what it answers ------------------------------------------------------------- */

/* How the bytes of a reply go out. All zero: at once, the connection stays open unless
 * the reply says "Connection: close". */
struct origin_manner {
	unsigned n_uses;   /* 0: any number; else the rule is spent after so many */
	unsigned delay_ms; /* before the first byte */
	size_t drip_bytes; /* so many at a time, drip_ms apart; 0: all at once */
	unsigned drip_ms;
	size_t cut_at; /* only the first so many bytes; 0: all */
	bool close;    /* FIN afterwards */
	bool reset;    /* RST afterwards */
	bool silent;   /* no byte at all, the connection stays open */
	bool endless;  /* the last KiB (or less) of the reply again and again */
};

/*
 * A request for `path` (ANY_PATH: every one; the path with its query, exactly) that holds
 * the text `condition` in its head, such as "If-None-Match: \"v1\"", is answered with
 * these raw bytes. Rules with a path come before those without, rules with a condition
 * before ANY_REQUEST; among equals the limited ones are used up first, in the order given,
 * and the newest unlimited one replaces those before it. `raw` is copied.
 */
void origin_reply(struct origin *origin, const char *path, const char *condition,
		  const char *raw);
void origin_reply_n(struct origin *origin, const char *path, const char *condition,
		    unsigned n_uses, const char *raw);
void origin_reply_as(struct origin *origin, const char *path, const char *condition,
		     const void *raw, size_t len, struct origin_manner manner);

/*
 * A reply with the right Content-Length: `status` as "200 OK", `headers` as lines that
 * end in CRLF ("" for none). Valid until origin_stop().
 */
const char *origin_response(struct origin *origin, const char *status,
			    const char *headers, const char *body);
#define origin_ok(origin, headers, body) \
	origin_response((origin), "200 OK", (headers), (body))
/* A body that may hold NULs goes straight to a rule. */
void origin_reply_body(struct origin *origin, const char *path, const char *condition,
		       const char *headers, const void *body, size_t len);
#define ORIGIN_NOT_MODIFIED "HTTP/1.1 304 Not Modified\r\n\r\n"
#define ORIGIN_NOT_FOUND "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

/* From now on "{date}" in a head becomes this time (Unix seconds), as an HTTP-date. */
void origin_set_date(struct origin *origin, int64_t now_s);
/* Closes the connections that wait for a request, as a server at its keep-alive limit. */
void origin_close_idle(struct origin *origin);

/* ---- what it was asked ----------------------------------------------------------- */

struct origin_request {
	const char *path;  /* target as sent */
	const char *bytes; /* the whole head as received, NUL-terminated */
	size_t len;
	int64_t at_us;  /* monotonic, when the head was whole */
	int connection; /* 1 is the first */
	int host;       /* 0 .. ORIGIN_N_HOSTS - 1; -1: 127.0.0.1 or ::1 */
};

/* Requests for `path` (ANY_PATH: all of them, robots.txt too). */
size_t origin_n_requests(struct origin *origin, const char *path);
/* The index-th, or NULL. Valid until origin_stop(). */
const struct origin_request *origin_request(struct origin *origin, const char *path,
					    size_t index);
int origin_n_connections(struct origin *origin);
/* Connections that stand right now, and how many stood at the same time at most. */
int origin_n_open(struct origin *origin);
int origin_most_open(struct origin *origin);

#endif
