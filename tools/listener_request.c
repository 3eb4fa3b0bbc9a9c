/* listener_request.c - a request comes in through the gates, an answer goes out. */
#include "tools/listener_internal.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "tools/gate.h"

#define TOO_MUCH "a body may have 8 MiB"
/* Bodies of all connections together. */
#define BODIES_MAX (4 * LISTEN_BODY_MAX)

/* ---- what a connection says ------------------------------------------------------------------ */

struct header_field {
	const char *name;
	struct span value;
	int n; /* how often it came */
};

static enum MHD_Result find_field(void *context, enum MHD_ValueKind kind,
				  const char *name, size_t name_len, const char *value,
				  size_t value_len)
{
	struct header_field *field = context;

	(void)kind;
	if (strlen(field->name) == name_len &&
	    strncasecmp(field->name, name, name_len) == 0) {
		field->value = span_from(value, value ? value_len : 0);
		field->n++;
	}
	return MHD_YES;
}

static struct header_field header(struct MHD_Connection *connection, const char *name)
{
	struct header_field field = { .name = name };

	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, find_field, &field);
	return field;
}

struct pairs {
	struct query_pair pairs[QUERY_PAIRS_MAX + 1];
	size_t n;
};

static enum MHD_Result add_pair(void *context, enum MHD_ValueKind kind, const char *name,
				size_t name_len, const char *value, size_t value_len)
{
	struct pairs *p = context;

	(void)kind;
	if (p->n < ARRAY_SIZE(p->pairs))
		p->pairs[p->n++] =
			(struct query_pair){ span_from(name, name_len),
					     span_from(value, value ? value_len : 0) };
	return MHD_YES;
}

static int socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

/* The address that the connection came in on; "" when the system does not say. */
static void local_address(int fd, char text[INET6_ADDRSTRLEN])
{
	static const char mapped[] = "::ffff:"; /* IPv4 on a socket for both */
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	text[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0)
		(void)getnameinfo((struct sockaddr *)&address, len, text,
				  INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST);
	if (strncmp(text, mapped, sizeof(mapped) - 1) == 0)
		memmove(text, text + sizeof(mapped) - 1,
			strlen(text) - (sizeof(mapped) - 1) + 1);
}

/* ---- exchanges --------------------------------------------------------------------------------- */

struct exchange *exchange_new(struct listener *listener,
			      struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->listener = listener;
	exchange->connection = connection;
	exchange->body_fd = -1;
	exchange->now_ms = clock_now_ms();
	return exchange;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	if (exchange->body_fd >= 0)
		close(exchange->body_fd);
	exchange->listener->body_bytes -= exchange->body_len;
	exchange->listener->answer_bytes -= exchange->pending;
	query_release(&exchange->query);
	buf_release(&exchange->answer);
	free(exchange);
}

static void add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
	static const char *const rows[][2] = {
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
	};
	const char *policy = exchange->policy
				     ? exchange->policy
				     : "default-src 'none'; frame-ancestors 'none'";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		MHD_add_response_header(response, rows[i][0], rows[i][1]);
	MHD_add_response_header(response, "Content-Type", exchange->type);
	MHD_add_response_header(response, "Content-Security-Policy", policy);
	if (exchange->allow)
		MHD_add_response_header(response, "Allow", exchange->allow);
	if (exchange->challenge)
		MHD_add_response_header(response, "WWW-Authenticate",
					exchange->challenge);
	if (exchange->status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, "Retry-After", "5");
}

/* Who reads slowly keeps an answer in memory; many of them may not keep more than that. */
static void count_pending(struct exchange *exchange)
{
	struct listener *listener = exchange->listener;

	if (listener->answer_bytes &&
	    listener->answer_bytes + exchange->answer.len >
		    (size_t)listener->settings.listen_max_pending)
		answer_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			     "other answers wait for those who asked for them "
			     "(listen.max_pending)");
	exchange->pending = exchange->answer.len;
	listener->answer_bytes += exchange->pending;
}

static enum MHD_Result deliver(struct exchange *exchange)
{
	struct MHD_Response *response;
	struct buf answer;
	enum MHD_Result result;

	count_pending(exchange);
	answer = buf_take(&exchange->answer);
	response = MHD_create_response_from_buffer(answer.len, answer.data,
						   MHD_RESPMEM_MUST_FREE);
	if (!response) {
		buf_release(&answer);
		return MHD_NO;
	}
	add_headers(exchange, response);
	result = MHD_queue_response(exchange->connection, exchange->status, response);
	MHD_destroy_response(response);
	return result;
}

/* ---- gates --------------------------------------------------------------------------------------- */

static bool is_post(const struct exchange *exchange)
{
	return strcmp(exchange->route->method, "POST") == 0;
}

static void refuse(struct exchange *exchange, unsigned status, const char *reason)
{
	exchange->refused = true;
	answer_error(exchange, status, reason);
}

/* The authority and the path of a target in absolute form, which whoever asks through a
 * proxy sends, and which counts more than Host (RFC 9112 3.2.2); else Host, and `target`. */
static const char *read_target(struct exchange *exchange, const char *target)
{
	static const char scheme[] = "http://";
	const char *authority = target + sizeof(scheme) - 1;
	size_t len;

	exchange->authority = header(exchange->connection, "Host").value;
	if (strncasecmp(target, scheme, sizeof(scheme) - 1) != 0)
		return target;
	len = strcspn(authority, "/");
	exchange->authority = span_from(authority, len);
	return authority[len] ? authority + len : "/";
}

static void check_head(struct exchange *exchange)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct header_field host = header(exchange->connection, "Host");
	char local[INET6_ADDRSTRLEN];

	local_address(socket_of(exchange->connection), local);
	if (info && info->header_size > LISTEN_HEAD_MAX)
		refuse(exchange, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
		       "a request head may have 8192 bytes");
	else if (host.n != 1)
		refuse(exchange, MHD_HTTP_BAD_REQUEST, "one Host field is wanted");
	else if (!gate_host_is_ours(exchange->authority, span_of(local),
				    exchange->listener->settings.listen_host))
		refuse(exchange, MHD_HTTP_MISDIRECTED_REQUEST,
		       "Host is none of ours (listen.host adds names)");
}

static void find_route(struct exchange *exchange, const char *path, const char *method)
{
	const char *other = NULL;

	exchange->route = route_find(path, method, &other);
	if (exchange->route)
		return;
	if (other) {
		exchange->allow = strcmp(other, "GET") == 0 ? "GET, HEAD" : other;
		refuse(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "not with this method");
	} else {
		refuse(exchange, MHD_HTTP_NOT_FOUND, "there is nothing here");
	}
}

/* State changes: from our own pages or from no page at all, with the token in a header
 * that no browser adds by itself. */
static void check_change(struct exchange *exchange)
{
	struct span token = buf_span(&exchange->listener->token);
	struct header_field origin = header(exchange->connection, "Origin");
	struct header_field authorization = header(exchange->connection, "Authorization");

	if (origin.n &&
	    !(origin.n == 1 && gate_origin_is_ours(origin.value, exchange->authority)))
		refuse(exchange, MHD_HTTP_FORBIDDEN, "Origin is another site");
	else if (!token.len)
		refuse(exchange, MHD_HTTP_FORBIDDEN,
		       "read-only: no token is set (listen.token_file)");
	else if (authorization.n != 1 ||
		 !gate_brings_token(authorization.value, token, false)) {
		exchange->challenge = "Bearer realm=\"freshet\"";
		refuse(exchange, MHD_HTTP_UNAUTHORIZED,
		       "Authorization: Bearer with the token is wanted");
	}
}

static void check_reader(struct exchange *exchange)
{
	struct span token = buf_span(&exchange->listener->token);
	struct header_field authorization = header(exchange->connection, "Authorization");

	if (exchange->listener->loopback || exchange->route->open ||
	    (authorization.n == 1 && gate_brings_token(authorization.value, token, true)))
		return;
	exchange->challenge = "Basic realm=\"freshet\", charset=\"UTF-8\"";
	refuse(exchange, MHD_HTTP_UNAUTHORIZED, "the token is wanted");
}

/* A body whose end two readers may see in two places is none (RFC 9112 6.3): what follows it
 * would be a request for one of them. */
static bool is_framed_once(const struct header_field *length,
			   const struct header_field *coding)
{
	return length->n + coding->n <= 1 &&
	       (!coding->n ||
		span_equal_nocase(span_trim(coding->value), SPAN("chunked")));
}

static void check_length(struct exchange *exchange)
{
	struct header_field length = header(exchange->connection, "Content-Length");
	struct header_field coding = header(exchange->connection, "Transfer-Encoding");
	unsigned long long n =
		length.value.len ? strtoull(length.value.data, NULL, 10) : 0;

	if (!is_framed_once(&length, &coding))
		refuse(exchange, MHD_HTTP_BAD_REQUEST,
		       "one Content-Length is wanted, or chunked and none");
	else if (!is_post(exchange) && (n || coding.n))
		refuse(exchange, MHD_HTTP_BAD_REQUEST, "a GET has no body here");
	else if (n > LISTEN_BODY_MAX)
		refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE, TOO_MUCH);
}

static void read_query(struct exchange *exchange)
{
	struct pairs pairs = { .n = 0 };
	struct why why = { "" };
	enum err err;

	MHD_get_connection_values_n(exchange->connection, MHD_GET_ARGUMENT_KIND, add_pair,
				    &pairs);
	err = query_parse(&exchange->query, &exchange->route->form, pairs.pairs, pairs.n,
			  &why);
	if (err) {
		exchange->refused = true;
		answer_failure(exchange, err, why.text);
	}
}

/* The head is there; the body, if any, is not. */
static void let_in(struct exchange *exchange, const char *target, const char *method)
{
	const char *path = read_target(exchange, target);

	check_head(exchange);
	if (!exchange->refused)
		find_route(exchange, path, method);
	if (!exchange->refused && is_post(exchange))
		check_change(exchange);
	else if (!exchange->refused)
		check_reader(exchange);
	if (!exchange->refused)
		check_length(exchange);
	if (!exchange->refused)
		read_query(exchange);
}

/* ---- the body --------------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Too much is thrown away, so that the answer can be given once all has come; but not for
 * ever. False: the connection is to end. */
static bool take_body(struct exchange *exchange, const char *bytes, size_t len)
{
	struct listener *listener = exchange->listener;

	exchange->came_len += len;
	if (exchange->came_len > LISTEN_BODY_MAX)
		return exchange->came_len < 4 * LISTEN_BODY_MAX;
	if (listener->body_bytes + len > BODIES_MAX)
		return false;
	if (exchange->body_fd < 0)
		exchange->body_fd = memfd_create("freshet-body", MFD_CLOEXEC);
	if (exchange->body_fd < 0 || !write_all(exchange->body_fd, bytes, len))
		return false;
	exchange->body_len += len;
	listener->body_bytes += len;
	return true;
}

/* ---- libmicrohttpd's side ------------------------------------------------------------------------------ */

/* The request is there in full. */
static enum MHD_Result answer(struct exchange *exchange)
{
	struct guest *guest =
		listener_guest(exchange->listener, socket_of(exchange->connection));

	if (guest)
		guest->waits_since_us = 0;
	if (exchange->came_len > LISTEN_BODY_MAX) {
		answer_error(exchange, MHD_HTTP_CONTENT_TOO_LARGE, TOO_MUCH);
		return deliver(exchange);
	}
	if (exchange->route->lane == LANE_HERE) {
		exchange->route->answer(exchange);
		return deliver(exchange);
	}
	if (exchange->body_fd >= 0)
		(void)lseek(exchange->body_fd, 0, SEEK_SET);
	MHD_suspend_connection(exchange->connection);
	if (listener_submit(exchange->listener, exchange))
		return MHD_YES;
	MHD_resume_connection(exchange->connection);
	answer_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests wait");
	exchange->answered = true;
	return MHD_YES;
}

enum MHD_Result request_access(void *context, struct MHD_Connection *connection,
			       const char *url, const char *method, const char *version,
			       const char *body, size_t *body_len, void **place)
{
	struct exchange *exchange = *place;

	(void)version;
	if (!exchange) {
		exchange = *place = exchange_new(context, connection);
		if (!exchange)
			return MHD_NO;
		let_in(exchange, url, method);
		return exchange->refused ? deliver(exchange) : MHD_YES;
	}
	if (exchange->answered)
		return deliver(exchange);
	if (!*body_len)
		return answer(exchange);
	if (!take_body(exchange, body, *body_len))
		return MHD_NO;
	*body_len = 0;
	return MHD_YES;
}

void request_completed(void *context, struct MHD_Connection *connection, void **place,
		       enum MHD_RequestTerminationCode how)
{
	struct guest *guest = listener_guest(context, socket_of(connection));

	(void)how;
	if (guest)
		guest->waits_since_us = clock_monotonic_us();
	exchange_free(*place);
	*place = NULL;
}

void request_connected(void *context, struct MHD_Connection *connection, void **unused,
		       enum MHD_ConnectionNotificationCode what)
{
	bool comes = what == MHD_CONNECTION_NOTIFY_STARTED;
	int fd = socket_of(connection);
	struct guest *guest = listener_guest(context, comes ? -1 : fd);

	(void)unused;
	if (guest)
		*guest = (struct guest){ .fd = comes ? fd : -1,
					 .waits_since_us =
						 comes ? clock_monotonic_us() : 0 };
}
