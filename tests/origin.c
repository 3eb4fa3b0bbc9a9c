/* The server of the scripted origin: one thread, one poll loop. */
#include "tests/origin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/origin_internal.h"

/* Below the system's own ports (32768 on Linux), which clients use. */
#define PORT_FIRST 20000
#define PORT_SPAN 12000
#define OPEN_MAX_AT_ONCE 4096

/* ---- listening ------------------------------------------------------------------- */

static int listen_on(const char *ip, int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons((uint16_t)port) };
	bool is_v6 = strchr(ip, ':') != NULL;
	int one = 1, fd;

	fd = socket(is_v6 ? AF_INET6 : AF_INET,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	inet_pton(AF_INET, ip, &in.sin_addr);
	inet_pton(AF_INET6, ip, &in6.sin6_addr);
	if (is_v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, is_v6 ? (void *)&in6 : (void *)&in,
		 is_v6 ? sizeof(in6) : sizeof(in)) ||
	    listen(fd, 1024)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void close_listeners(struct origin *o)
{
	for (int i = 0; i < o->n_listeners; i++)
		close(o->listeners[i]);
	o->n_listeners = 0;
}

/* All of the addresses or none: another program may hold the port on one. */
static bool listen_at(struct origin *o, int port)
{
	char ip[32];
	int fd;

	for (int i = 0; i <= ORIGIN_N_HOSTS; i++) {
		snprintf(ip, sizeof(ip), "127.77.1.%d", i + 1);
		fd = listen_on(i < ORIGIN_N_HOSTS ? ip : "127.0.0.1", port);
		if (fd < 0) {
			close_listeners(o);
			return false;
		}
		o->listeners[o->n_listeners++] = fd;
	}
	fd = listen_on("::1", port);
	o->has_ipv6 = fd >= 0;
	if (fd >= 0)
		o->listeners[o->n_listeners++] = fd;
	o->port = port;
	return true;
}

/* ---- connections ----------------------------------------------------------------- */

static void accept_all(struct origin *o, int index)
{
	int one = 1, fd;

	while (o->n_open < OPEN_MAX_AT_ONCE &&
	       (fd = accept4(o->listeners[index], NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct connection *c = origin_alloc(sizeof(*c));

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c->fd = fd;
		c->number = ++o->n_connections;
		c->host = index < ORIGIN_N_HOSTS ? index : -1;
		c->next = o->connections;
		o->connections = c;
		if (++o->n_open > o->most_open)
			o->most_open = o->n_open;
	}
}

static void close_connection(struct origin *o, struct connection *c)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (c->is_replying && c->manner.reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(c->fd);
	c->fd = -1;
	free(c->reply);
	c->reply = NULL;
	o->n_open--;
}

static void drop_closed(struct origin *o)
{
	for (struct connection **at = &o->connections; *at;) {
		struct connection *c = *at;

		if (c->fd >= 0) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		free(c);
	}
}

static void answer_next(struct origin *o, struct connection *c)
{
	char *end = strstr(c->request, "\r\n\r\n");

	if (!c->is_replying && end)
		origin_answer(o, c, (size_t)(end + 4 - c->request));
}

static void read_request(struct origin *o, struct connection *c)
{
	size_t room = ORIGIN_REQUEST_MAX - c->request_len;
	ssize_t n = recv(c->fd, c->request + c->request_len, room, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_connection(o, c);
		return;
	}
	c->request_len += (size_t)n;
	c->request[c->request_len] = '\0';
	if (c->request[0] < 'A' || c->request[0] > 'Z')
		close_connection(o, c); /* TLS, or worse */
	else
		answer_next(o, c);
}

static void end_reply(struct origin *o, struct connection *c)
{
	if (c->manner.close || c->manner.reset) {
		close_connection(o, c);
		return;
	}
	free(c->reply);
	c->reply = NULL;
	c->is_replying = false;
	answer_next(o, c);
}

static void write_reply(struct origin *o, struct connection *c)
{
	size_t left = c->reply_len - c->reply_at;
	size_t len = c->manner.drip_bytes && c->manner.drip_bytes < left
			     ? c->manner.drip_bytes
			     : left;
	ssize_t n = len ? send(c->fd, c->reply + c->reply_at, len, MSG_NOSIGNAL) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		close_connection(o, c);
		return;
	}
	c->reply_at += (size_t)n;
	c->next_write_us = origin_now_us() + (int64_t)c->manner.drip_ms * 1000;
	if (c->reply_at < c->reply_len)
		return;
	if (c->manner.endless)
		c->reply_at = c->reply_len > 1024 ? c->reply_len - 1024 : 0;
	else
		end_reply(o, c);
}

static bool is_due(const struct connection *c, int64_t now_us)
{
	return c->is_replying && !c->is_silent && c->next_write_us <= now_us;
}

/* ---- the loop -------------------------------------------------------------------- */

struct polled {
	struct pollfd fds[ORIGIN_N_HOSTS + 3 + OPEN_MAX_AT_ONCE];
	struct connection *connections[OPEN_MAX_AT_ONCE];
	nfds_t n;
	int first, n_connections, timeout_ms;
};

static void gather(struct origin *o, struct polled *p)
{
	int64_t now_us = origin_now_us(), wait_us = 1000000;

	p->n = 0;
	p->n_connections = 0;
	p->fds[p->n++] = (struct pollfd){ .fd = o->wake[0], .events = POLLIN };
	for (int i = 0; i < o->n_listeners; i++)
		p->fds[p->n++] =
			(struct pollfd){ .fd = o->listeners[i], .events = POLLIN };
	p->first = (int)p->n;
	for (struct connection *c = o->connections; c; c = c->next) {
		struct pollfd *fd = &p->fds[p->n++];

		/* while it replies, a client that went away shows as POLLIN too */
		*fd = (struct pollfd){ .fd = c->fd, .events = POLLIN };
		if (is_due(c, now_us))
			fd->events |= POLLOUT;
		else if (c->is_replying && !c->is_silent &&
			 c->next_write_us - now_us < wait_us)
			wait_us = c->next_write_us - now_us;
		p->connections[p->n_connections++] = c;
	}
	p->timeout_ms = (int)((wait_us + 999) / 1000);
}

static void serve_connections(struct origin *o, struct polled *p)
{
	for (int i = 0; i < p->n_connections; i++) {
		struct connection *c = p->connections[i];
		short got = p->fds[p->first + i].revents;

		if (got & (POLLIN | POLLHUP | POLLERR))
			read_request(o, c);
		if (c->fd >= 0 && is_due(c, origin_now_us()))
			write_reply(o, c);
		if (c->fd >= 0 && o->closes_idle && !c->is_replying)
			close_connection(o, c);
	}
	o->closes_idle = false;
}

static void *serve(void *context)
{
	struct origin *o = context;
	struct polled *p = origin_alloc(sizeof(*p));
	char bytes[64];

	pthread_mutex_lock(&o->mutex);
	while (!o->stops) {
		gather(o, p);
		pthread_mutex_unlock(&o->mutex);
		poll(p->fds, p->n, p->timeout_ms);
		pthread_mutex_lock(&o->mutex);
		if (p->fds[0].revents && read(o->wake[0], bytes, sizeof(bytes)) < 0)
			break;
		serve_connections(o, p);
		drop_closed(o);
		for (int i = 0; i < o->n_listeners; i++) {
			if (p->fds[1 + i].revents)
				accept_all(o, i);
		}
	}
	pthread_mutex_unlock(&o->mutex);
	free(p);
	return NULL;
}

static void wake(struct origin *o)
{
	if (write(o->wake[1], "", 1) < 0)
		perror("origin: wake");
}

void origin_close_idle(struct origin *o)
{
	pthread_mutex_lock(&o->mutex);
	o->closes_idle = true;
	pthread_mutex_unlock(&o->mutex);
	wake(o);
}

/* ---- birth and end --------------------------------------------------------------- */

static void release(struct origin *o)
{
	close_listeners(o);
	close(o->wake[0]);
	close(o->wake[1]);
	pthread_mutex_destroy(&o->mutex);
	for (struct connection *c = o->connections; c; c = c->next)
		close_connection(o, c);
	drop_closed(o);
	for (struct rule *rule; (rule = o->rules); free(rule)) {
		o->rules = rule->next;
		free(rule->path);
		free(rule->condition);
		free(rule->raw);
	}
	for (struct logged *entry; (entry = o->log); free(entry)) {
		o->log = entry->next;
		free(entry->path);
		free(entry->bytes);
	}
	for (struct origin_text *text; (text = o->texts); free(text)) {
		o->texts = text->next;
		free(text->text);
	}
	free(o);
}

struct origin *origin_start(void)
{
	struct origin *o = origin_alloc(sizeof(*o));
	int port = (int)((origin_now_us() / 7 + getpid() * 97) % PORT_SPAN);

	o->wake[0] = o->wake[1] = -1;
	pthread_mutex_init(&o->mutex, NULL);
	if (pipe2(o->wake, O_CLOEXEC))
		goto fail;
	for (int i = 0; i < 100 && !o->n_listeners; i++)
		listen_at(o, PORT_FIRST + (port + i * 31) % PORT_SPAN);
	if (o->n_listeners && pthread_create(&o->thread, NULL, serve, o) == 0)
		return o;
fail:
	release(o);
	return NULL;
}

void origin_stop(struct origin *o)
{
	if (!o)
		return;
	pthread_mutex_lock(&o->mutex);
	o->stops = true;
	pthread_mutex_unlock(&o->mutex);
	wake(o);
	pthread_join(o->thread, NULL);
	release(o);
}

int origin_port(const struct origin *o)
{
	return o->port;
}

bool origin_has_ipv6(const struct origin *o)
{
	return o->has_ipv6;
}

const char *origin_url_on(const struct origin *o, int host, const char *path,
			  char url[ORIGIN_URL_SIZE])
{
	snprintf(url, ORIGIN_URL_SIZE, "http://127.77.1.%d:%d%s", host + 1, o->port,
		 path);
	return url;
}

const char *origin_url(const struct origin *o, const char *path,
		       char url[ORIGIN_URL_SIZE])
{
	return origin_url_on(o, 0, path, url);
}

static int count(struct origin *o, const int *counter)
{
	int n;

	pthread_mutex_lock(&o->mutex);
	n = *counter;
	pthread_mutex_unlock(&o->mutex);
	return n;
}

int origin_n_connections(struct origin *o)
{
	return count(o, &o->n_connections);
}

int origin_n_open(struct origin *o)
{
	return count(o, &o->n_open);
}

int origin_most_open(struct origin *o)
{
	return count(o, &o->most_open);
}
