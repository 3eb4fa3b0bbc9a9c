#include "crawler/resolver_channel.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two servers, asked twice each, have answered or not before fetch.connect_timeout. */
#define SERVER_TIMEOUT_MS 1500
#define TRIES 2
/* An answer of this size passes everywhere unfragmented (DNS flag day 2020). */
#define UDP_ANSWER_MAX 1232
#define EVENTS_PER_TURN 16
#define RESOLV_CONF "/etc/resolv.conf"

struct question {
	struct channel *channel;
	ares_channel ares;
	void *question;
	struct question *next; /* in channel.spare */
};

struct channel {
	ares_channel ares;
	ares_channel
		before; /* with the servers there were, until its questions are done */
	channel_answered *answered;
	char *servers;           /* NULL: the system's */
	struct timespec read_at; /* RESOLV_CONF's time of change when it was read */
	int epoll_fd;
	int n_open, n_before; /* questions: of all, of `before` */
	struct question *spare;
	bool library_ready, ares_ready, closing;
};

/* ---- descriptors ------------------------------------------------------------------ */

static void on_socket_state(void *context, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = context;
	struct epoll_event event = {
		.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u),
		.data.fd = fd,
	};

	if (!event.events)
		(void)epoll_ctl(channel->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(channel->epoll_fd, EPOLL_CTL_MOD, fd, &event))
		/* A socket that cannot be watched ends by its time limit. */
		(void)epoll_ctl(channel->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

int channel_fd(const struct channel *channel)
{
	return channel->epoll_fd;
}

static int64_t ares_wait_us(ares_channel ares)
{
	struct timeval tv;

	return ares_timeout(ares, NULL, &tv) ? (int64_t)tv.tv_sec * 1000000 + tv.tv_usec
					     : INT64_MAX;
}

int64_t channel_wait_us(const struct channel *channel)
{
	int64_t wait_us = ares_wait_us(channel->ares), before_us = INT64_MAX;

	if (!channel->n_open)
		return INT64_MAX;
	if (channel->before)
		before_us = ares_wait_us(channel->before);
	return before_us < wait_us ? before_us : wait_us;
}

/* A descriptor of the other one is none of its own: it passes over it. */
static void process(struct channel *channel, ares_socket_t in, ares_socket_t out)
{
	ares_process_fd(channel->ares, in, out);
	if (channel->before)
		ares_process_fd(channel->before, in, out);
}

void channel_turn(struct channel *channel)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int n = epoll_wait(channel->epoll_fd, events, EVENTS_PER_TURN, 0);

	for (int i = 0; i < n; i++) {
		int fd = events[i].data.fd;
		bool in = events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR);
		bool out = events[i].events & (EPOLLOUT | EPOLLERR);

		process(channel, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
	}
	process(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (channel->before && !channel->n_before) {
		ares_destroy(channel->before);
		channel->before = NULL;
	}
}

/* ---- birth and end ----------------------------------------------------------------- */

static struct timespec resolv_conf_time(void)
{
	struct stat st;

	return stat(RESOLV_CONF, &st) ? (struct timespec){ 0 } : st.st_mtim;
}

static enum err open_ares(struct channel *channel, struct why *why)
{
	struct ares_options options = {
		/* No search list: what we ask for are whole names out of URLs. */
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.ednspsz = UDP_ANSWER_MAX,
		.timeout = SERVER_TIMEOUT_MS,
		.tries = TRIES,
		.lookups = (char[]){ "fb" }, /* the hosts file, then the servers */
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = channel,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
		   ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
	int status;

	channel->read_at = resolv_conf_time();
	status = ares_init_options(&channel->ares, &options, mask);
	if (status)
		return why_set(why, status == ARES_ENOMEM ? ERR_NOMEM : ERR_IO,
			       "cannot start the resolver: %s", ares_strerror(status));
	channel->ares_ready = true;
	status = channel->servers
			 ? ares_set_servers_ports_csv(channel->ares, channel->servers)
			 : ARES_SUCCESS;
	if (status)
		return why_set(why, status == ARES_ENOMEM ? ERR_NOMEM : ERR_INVALID,
			       "fetch.dns_servers '%.200s': expected ADDRESS[:PORT],...",
			       channel->servers);
	return ERR_OK;
}

enum err channel_open(const char *servers, channel_answered *answered,
		      struct channel **out, struct why *why)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	enum err err;

	if (!channel || (servers && !(channel->servers = strdup(servers)))) {
		free(channel);
		return why_set(why, ERR_NOMEM, "out of memory");
	}
	channel->answered = answered;
	channel->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	channel->library_ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
	if (channel->epoll_fd < 0)
		err = why_set(why, ERR_IO, "cannot poll: %s", strerror(errno));
	else if (!channel->library_ready)
		err = why_set(why, ERR_NOMEM, "cannot start the resolver");
	else
		err = open_ares(channel, why);
	if (err)
		channel_close(channel);
	else
		*out = channel;
	return err;
}

void channel_close(struct channel *channel)
{
	struct question *spare;

	if (!channel)
		return;
	channel->closing = true;
	if (channel->before)
		ares_destroy(channel->before);
	if (channel->ares_ready)
		ares_destroy(channel->ares);
	if (channel->library_ready)
		ares_library_cleanup();
	if (channel->epoll_fd >= 0)
		close(channel->epoll_fd);
	while ((spare = channel->spare)) {
		channel->spare = spare->next;
		free(spare);
	}
	free(channel->servers);
	free(channel);
}

/* The servers may have changed since, as they do on a machine that moves. What is open
 * goes on with the old ones, which are kept where the new ones cannot be had. Not a second
 * time while some of it is: that takes seconds. */
static void reread_servers(struct channel *channel)
{
	struct timespec now = resolv_conf_time();
	ares_channel old = channel->ares;
	struct why why;

	if (channel->servers || channel->before ||
	    (now.tv_sec == channel->read_at.tv_sec &&
	     now.tv_nsec == channel->read_at.tv_nsec))
		return;
	if (open_ares(channel, &why)) {
		channel->ares = old;
		return;
	}
	channel->before = old;
	channel->n_before = channel->n_open;
}

/* ---- one question ------------------------------------------------------------------- */

static void add_address(struct answer *answer, const struct sockaddr *address)
{
	size_t len = strlen(answer->addresses);
	bool v6 = address->sa_family == AF_INET6;
	char text[INET6_ADDRSTRLEN];
	const void *bytes =
		v6 ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)
				->sin6_addr
		   : (const void *)&((const struct sockaddr_in *)(const void *)address)
				->sin_addr;

	if ((v6 || address->sa_family == AF_INET) &&
	    inet_ntop(address->sa_family, bytes, text, sizeof(text)))
		snprintf(answer->addresses + len, sizeof(answer->addresses) - len,
			 v6 ? "%s[%s]" : "%s%s", len ? "," : "", text);
}

static void read_answer(const struct ares_addrinfo *info, struct answer *answer)
{
	const struct ares_addrinfo_node *node = info->nodes;
	int ttl = INT32_MAX;

	for (int n = 0; node && n < ANSWER_ADDRESSES_MAX; node = node->ai_next, n++) {
		add_address(answer, node->ai_addr);
		ttl = node->ai_ttl < ttl ? node->ai_ttl : ttl;
	}
	for (const struct ares_addrinfo_cname *c = info->cnames; c; c = c->next)
		ttl = c->ttl < ttl ? c->ttl : ttl;
	answer->ttl_s = ttl > 0 && ttl < INT32_MAX ? ttl : 0;
	answer->kind = answer->addresses[0] ? ANSWER_ADDRESSES : ANSWER_NO_ADDRESS;
}

static const char *detail_of(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
		return "there is no such name";
	case ARES_SUCCESS:
	case ARES_ENODATA:
		return "the name has no address";
	case ARES_ETIMEOUT:
		return "the name servers did not answer";
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
	case ARES_ECONNREFUSED: /* c-ares tells no better which of these it was */
		return "the name servers failed, refused or cannot be reached";
	default:
		return ares_strerror(status);
	}
}

static enum answer_kind kind_of(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
		return ANSWER_NO_NAME;
	case ARES_ENODATA:
		return ANSWER_NO_ADDRESS;
	default:
		return ANSWER_FAILED;
	}
}

static void on_answer(void *context, int status, int n_timeouts,
		      struct ares_addrinfo *info)
{
	struct question *q = context;
	struct channel *channel = q->channel;
	struct answer answer = { .kind = kind_of(status), .detail = detail_of(status) };
	void *question = q->question;

	(void)n_timeouts;
	channel->n_open--;
	channel->n_before -= q->ares == channel->before;
	if (channel->closing) {
		free(q);
	} else {
		q->next = channel->spare;
		channel->spare = q;
	}
	if (status == ARES_SUCCESS && info)
		read_answer(info, &answer);
	if (info)
		ares_freeaddrinfo(info);
	if (!channel->closing)
		channel->answered(question, &answer);
}

void channel_ask(struct channel *channel, const char *name, int family, void *question)
{
	struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT, /* it would open a socket for each address */
		.ai_family = family,
	};
	struct question *q = channel->spare;

	reread_servers(channel);
	if (q)
		channel->spare = q->next;
	else
		q = malloc(sizeof(*q));
	if (!q) {
		struct answer answer = { .kind = ANSWER_FAILED,
					 .detail = "out of memory" };

		channel->answered(question, &answer);
		return;
	}
	*q = (struct question){ .channel = channel,
				.ares = channel->ares,
				.question = question };
	channel->n_open++;
	ares_getaddrinfo(channel->ares, name, NULL, &hints, on_answer, q);
}

bool channel_has_route(int family)
{
	/* of a root name server: connecting a datagram socket only looks the way up */
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(53) };
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), failed;

	if (fd < 0)
		return false;
	inet_pton(AF_INET, "198.41.0.4", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:503:ba3e::2:30", &v6.sin6_addr);
	if (family == AF_INET6)
		failed = connect(fd, (const struct sockaddr *)&v6, sizeof(v6));
	else
		failed = connect(fd, (const struct sockaddr *)&v4, sizeof(v4));
	close(fd);
	return !failed;
}
