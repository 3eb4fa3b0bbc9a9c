/* What libcurl is told, and the callbacks it makes. */
#include <stdlib.h>
#include <unistd.h>

#include "crawler/transport_internal.h"
#include "store/base/clock.h"

#define REQUEST_HEAD_MAX (12 * 1024) /* REQ 7 */
/* GET, HTTP/1.1, Host, User-Agent, Accept: their names and line ends */
#define REQUEST_HEAD_FIXED 80
#define DNS_PRUNE_INTERVAL_US (60 * MS_PER_SECOND * 1000)

/* ---- callbacks ------------------------------------------------------------------- */

/* libcurl would send it again at once, up to five times: no delay would hold. On a
 * connection of the fetch's own it does so only for HTTP/2, which the host is spared then. */
static bool goes_out_again(struct fetch *f)
{
	if (!f->was_sent)
		return false;
	fetch_fail(f, FETCH_CONNECT, "the connection was lost before any answer");
	f->result.is_lost = true;
	if (f->any_opened)
		*plain_host(f) = f->host_hash;
	return true;
}

/* REQ 67: the judgement on the very address that would be connected. */
static curl_socket_t on_open(void *context, curlsocktype purpose,
			     struct curl_sockaddr *address)
{
	struct fetch *f = context;
	struct transport *t = f->transport;
	const char *why = NULL;
	char text[ADDRESS_TEXT_SIZE];
	int fd;

	(void)purpose;
	if (goes_out_again(f))
		return CURL_SOCKET_BAD;
	if (!t->proxy)
		why = address_refusal(&address->addr, t->allowed, t->n_allowed);
	if (why) {
		address_format(&address->addr, text);
		snprintf(f->result.detail, sizeof(f->result.detail), "%s is %s", text,
			 why);
		return CURL_SOCKET_BAD;
	}
	f->any_opened = true;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd >= 0 && !socket_opened(t, fd)) {
		close(fd);
		fd = -1;
	}
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_close(void *context, curl_socket_t fd)
{
	socket_closing(context, fd);
	return close(fd);
}

/* The connection stands and the request goes out. */
static int on_send(void *context, char *peer, char *own, int peer_port, int own_port)
{
	struct fetch *f = context;

	(void)peer;
	(void)own;
	(void)peer_port;
	(void)own_port;
	if (goes_out_again(f))
		return CURL_PREREQFUNC_ABORT;
	f->was_sent = true;
	clock_enter(f, PHASE_HEAD);
	f->result.sent_at_us = f->phase_since_us;
	return CURL_PREREQFUNC_OK;
}

static enum fetch_error head_failure(enum head_error error)
{
	switch (error) {
	case HEAD_NOMEM:
		return FETCH_STOPPED;
	case HEAD_TOO_LARGE:
		return FETCH_HEAD_TOO_LARGE;
	default:
		return FETCH_MALFORMED;
	}
}

/* What comes in one read with the head of a 304, libcurl drops and only tells of. */
static int on_trace(CURL *easy, curl_infotype type, char *text, size_t len, void *context)
{
	static const struct span excess = { "Excess found", 12 };
	struct fetch *f = context;

	(void)easy;
	trace_note(f, type, span_from(text, len));
	if (type == CURLINFO_TEXT && f->head.mentions_body &&
	    span_starts_with(span_from(text, len), excess))
		f->result.stray_body = true;
	return 0;
}

static size_t on_header(char *data, size_t size, size_t n, void *context)
{
	struct fetch *f = context;
	struct span line = span_from(data, size * n);
	bool was_complete = f->head.is_complete;
	enum head_error error = response_head_add(&f->head, &f->result.headers, line);

	trace_received(f, line);
	if (error) {
		fetch_fail(f, head_failure(error), "%s", head_error_text(error));
		return 0;
	}
	if (f->head.is_complete && !was_complete) {
		clock_enter(f, PHASE_BODY);
		f->result.head_at_us = f->phase_since_us;
		if (f->head.mentions_body)
			(void)curl_easy_setopt(f->easy, CURLOPT_VERBOSE, 1L);
	}
	return size * n;
}

/* Small pages come through, whatever others send. */
static bool is_crowded(const struct fetch *f)
{
	const struct transport *t = f->transport;

	return t->room->n_bytes > t->max_bytes_at_once &&
	       f->n_body > t->max_bytes_at_once / t->room->n_in_flight;
}

static size_t on_body(char *data, size_t size, size_t n, void *context)
{
	struct fetch *f = context;
	size_t len = size * n, room = (size_t)(f->max_body - f->n_body);
	size_t taken = len < room ? len : room;

	if (buf_append(&f->result.body, data, taken)) {
		fetch_fail(f, FETCH_STOPPED, "out of memory");
		return len + 1; /* anything but len: 0 is all of an empty write */
	}
	f->n_body += (int64_t)taken;
	atomic_fetch_add(&f->transport->room->n_bytes, (int64_t)taken);
	if (is_crowded(f)) {
		fetch_fail(f, FETCH_CROWDED, "no room for it beside other large bodies");
		return len + 1;
	}
	if (taken < len) {
		fetch_fail(f, FETCH_BODY_TOO_LARGE, "over %lld bytes",
			   (long long)f->max_body);
		return len + 1;
	}
	return len;
}

/* ---- options --------------------------------------------------------------------- */

/* The first failure sticks, so that a list of options needs one check. */
#define SET(option, value)                                                   \
	do {                                                                 \
		if (!code)                                                   \
			code = curl_easy_setopt(f->easy, (option), (value)); \
	} while (0)

static CURLcode set_callbacks(struct fetch *f)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PRIVATE, (void *)f);
	SET(CURLOPT_ERRORBUFFER, f->curl_text);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, f);
	/* a connection outlives the fetch that opened it, but not the transport */
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
	SET(CURLOPT_CLOSESOCKETDATA, f->transport);
	SET(CURLOPT_PREREQFUNCTION, on_send);
	SET(CURLOPT_PREREQDATA, f);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, f);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, f);
	SET(CURLOPT_DEBUGFUNCTION, on_trace); /* for few: on_header(), trace_begin() */
	SET(CURLOPT_DEBUGDATA, f);
	return code;
}

static CURLcode set_manners(struct fetch *f)
{
	const struct transport *t = f->transport;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NOPROGRESS, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_USERAGENT, t->user_agent);
	SET(CURLOPT_PROXY, t->proxy ? t->proxy : "");
	SET(CURLOPT_NOPROXY, ""); /* else the environment's, past the guard */
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (t->cacert)
		SET(CURLOPT_CAINFO, t->cacert);
	/* libcurl shares it out over the addresses of a name; transport_clock.c ends it. */
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)t->connect_timeout_ms);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	return code;
}

enum err curl_make_easy(struct fetch *f)
{
	CURLcode code;

	f->easy = curl_easy_init();
	if (!f->easy)
		return ERR_NOMEM;
	code = set_callbacks(f);
	if (!code)
		code = set_manners(f);
	return code ? ERR_NOMEM : ERR_OK;
}

/* A list of our own: libcurl's would copy every line, on every request. *first: the one
 * to begin with, which leads on to the lines that all requests have. */
static enum err set_lines(struct fetch *f, struct span headers, struct curl_slist **first)
{
	size_t n = 0;

	if (buf_set(&f->extra, headers))
		return ERR_NOMEM;
	for (size_t i = 0; i < headers.len; i++)
		n += headers.data[i] == '\n';
	if (n > f->n_lines_max) {
		struct curl_slist *lines = realloc(f->lines, n * sizeof(*lines));

		if (!lines)
			return ERR_NOMEM;
		f->lines = lines;
		f->n_lines_max = n;
	}
	*first = n ? f->lines : f->transport->common;
	for (size_t i = 0, at = 0; i < n; i++) {
		char *line = f->extra.data + at;
		char *end = memchr(line, '\n', f->extra.len - at);

		*end = '\0';
		at = (size_t)(end + 1 - f->extra.data);
		f->lines[i].data = line;
		f->lines[i].next = i + 1 < n ? &f->lines[i + 1] : f->transport->common;
	}
	return ERR_OK;
}

/*
 * libcurl walks its whole name cache after every transfer unless told to keep names
 * forever. So one transfer a minute in each shard is told otherwise, and walks it for all.
 */
static CURLcode set_dns_cache(struct fetch *f)
{
	int64_t now_us = f->result.started_at_us;
	bool prunes = now_us - f->shard->pruned_at_us >= DNS_PRUNE_INTERVAL_US;

	if (prunes)
		f->shard->pruned_at_us = now_us;
	if (prunes == f->dns_prunes)
		return CURLE_OK;
	f->dns_prunes = prunes;
	return curl_easy_setopt(f->easy, CURLOPT_DNS_CACHE_TIMEOUT,
				prunes ? DNS_TTL_S : -1L);
}

/* HTTP/2 by ALPN only, and only where it can be told how an answer ended. */
static CURLcode set_version(struct fetch *f)
{
	long version = *plain_host(f) == f->host_hash ? CURL_HTTP_VERSION_1_1
						      : CURL_HTTP_VERSION_2TLS;

	if (version == f->http_version)
		return CURLE_OK;
	f->http_version = version;
	return curl_easy_setopt(f->easy, CURLOPT_HTTP_VERSION, version);
}

enum err curl_set_request(struct fetch *f, const struct fetch_request *request)
{
	struct transport *t = f->transport;
	struct span headers = request->headers;
	size_t len = REQUEST_HEAD_FIXED + strlen(request->url) + t->common_bytes;
	struct curl_slist *lines;
	CURLcode code = CURLE_OK;

	if (len + headers.len + headers.len / 16 > REQUEST_HEAD_MAX)
		headers.len = 0;
	if (set_lines(f, headers, &lines) || trace_begin(f, request->trace))
		return ERR_NOMEM;
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, lines);
	if (!code)
		code = set_dns_cache(f);
	if (!code)
		code = set_version(f);
	return code ? ERR_NOMEM : ERR_OK;
}
