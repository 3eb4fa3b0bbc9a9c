/* The multi handles, the one epoll descriptor under them, and their timers. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crawler/transport_internal.h"
#include "store/base/clock.h"
#include "store/base/digest.h"

/* Kept connections per handle. Against nginx with 1024 in flight a 304 cost 41 us of CPU
 * at 96, 26 us at 32; below that the handles themselves begin to cost. */
#define SHARD_CONNECTIONS 32
/* Each that speaks TLS holds the CA store once: 0.8 MiB. */
#define SHARDS_MAX 128
#define EVENTS_PER_TURN 256

/* ---- sockets --------------------------------------------------------------------- */

static struct socket_slot *slot_of(struct transport *t, curl_socket_t fd)
{
	size_t need = (size_t)fd + 1, n = t->n_sockets ? t->n_sockets : 64;
	struct socket_slot *grown;

	if (need <= t->n_sockets)
		return &t->sockets[fd];
	while (n < need)
		n *= 2;
	watch_lock(t);
	grown = realloc(t->sockets, n * sizeof(*grown));
	if (grown) {
		memset(grown + t->n_sockets, 0, (n - t->n_sockets) * sizeof(*grown));
		t->sockets = grown;
		t->n_sockets = n;
	}
	watch_unlock(t);
	return grown ? &t->sockets[fd] : NULL;
}

static void set_slot(struct transport *t, struct socket_slot *slot,
		     struct socket_slot value)
{
	watch_lock(t);
	*slot = value;
	watch_unlock(t);
}

bool socket_opened(struct transport *t, curl_socket_t fd)
{
	struct socket_slot *slot = slot_of(t, fd);

	if (slot)
		set_slot(t, slot, (struct socket_slot){ .is_ours = true });
	return slot != NULL;
}

/* close() takes the descriptor out of epoll by itself. */
void socket_closing(struct transport *t, curl_socket_t fd)
{
	if ((size_t)fd < t->n_sockets)
		set_slot(t, &t->sockets[fd], (struct socket_slot){ 0 });
}

static void watch(struct transport *t, struct socket_slot *slot, uint32_t events)
{
	int fd = (int)(slot - t->sockets);
	struct epoll_event event = { .events = events, .data.fd = fd };
	int op = EPOLL_CTL_MOD;

	if (events == slot->watched)
		return;
	if (!slot->watched)
		op = EPOLL_CTL_ADD;
	else if (!events)
		op = EPOLL_CTL_DEL;
	/* A socket that cannot be watched ends by its time limit. */
	if (epoll_ctl(t->epoll_fd, op, fd, &event) == 0 || !events)
		slot->watched = events;
}

/*
 * A connection that waits for its next request has nothing to say: what comes is a body
 * after a 304 (REQ 20), and libcurl would take it for the head of the next response. So
 * the connection is ended in a way that libcurl sees when it wants it again: read empty
 * and shut down. A close or a TLS alert ends here too; an HTTP/2 ping costs a connection.
 */
static void end_idle(struct transport *t, struct socket_slot *slot)
{
	int fd = (int)(slot - t->sockets);
	char bytes[4096];

	watch(t, slot, 0);
	for (int i = 0; i < 16; i++) {
		if (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0)
			break;
	}
	shutdown(fd, SHUT_RDWR);
}

/* Where the response made one expect a body that it cannot have, some may be there now;
 * later it shows as input on an idle connection. */
static bool has_stray_input(CURL *easy, curl_socket_t fd)
{
	char *fetch = NULL, byte;
	struct fetch *f;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &fetch);
	f = (struct fetch *)(void *)fetch;
	if (!f || !f->head.mentions_body ||
	    recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		return false;
	f->result.stray_body = true;
	return true;
}

/*
 * CURLMOPT_SOCKETFUNCTION. libcurl lets go of a socket after every transfer and asks for
 * it again on the next one. Two system calls a request are saved by leaving an idle
 * connection watched for input; if some comes, it is ended. Only our own sockets: the
 * resolver closes its sockets without telling.
 */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	struct shard *shard = context;
	struct transport *t = shard->transport;
	struct socket_slot *slot = slot_of(t, fd);

	(void)unused;
	if (!slot)
		return 0;
	if (slot->shard != shard) {
		watch_lock(t);
		slot->shard = shard;
		watch_unlock(t);
	}
	slot->wanted = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		slot->wanted |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		slot->wanted |= EPOLLOUT;
	if (slot->wanted || !slot->is_ours || slot->watched != EPOLLIN)
		watch(t, slot, slot->wanted);
	else if (has_stray_input(easy, fd))
		end_idle(t, slot);
	return 0;
}

enum err shards_run_sockets(struct transport *t)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int n = epoll_wait(t->epoll_fd, events, EVENTS_PER_TURN, 0), running;

	if (n < 0 && errno != EINTR)
		return ERR_IO;
	for (int i = 0; i < n; i++) {
		int fd = events[i].data.fd, bits = 0;
		struct socket_slot *slot;

		if (fd == names_fd(t)) {
			t->names_ready = true;
			continue;
		}
		slot = &t->sockets[fd];
		if (!slot->wanted) {
			/* not one that was closed since epoll spoke of it */
			if (slot->watched)
				end_idle(t, slot);
			continue;
		}
		if (events[i].events & (EPOLLIN | EPOLLHUP))
			bits |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			bits |= CURL_CSELECT_OUT;
		if (events[i].events & EPOLLERR)
			bits |= CURL_CSELECT_ERR;
		watch_begin(t, slot->shard, fd);
		curl_multi_socket_action(slot->shard->multi, fd, bits, &running);
		watch_end(t);
	}
	return ERR_OK;
}

/* ---- timers and endings ---------------------------------------------------------- */

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct shard *shard = context;

	(void)multi;
	shard->due_at_us =
		timeout_ms < 0 ? NEVER : clock_monotonic_us() + timeout_ms * 1000;
	return 0;
}

void shards_run_due(struct transport *t)
{
	int64_t now_us = clock_monotonic_us();
	int running;

	for (size_t i = 0; i < t->n_shards; i++) {
		struct shard *shard = &t->shards[i];

		if (shard->due_at_us > now_us)
			continue;
		shard->due_at_us = NEVER; /* libcurl sets it anew where it wants to */
		watch_begin(t, shard, -1);
		curl_multi_socket_action(shard->multi, CURL_SOCKET_TIMEOUT, 0, &running);
		watch_end(t);
	}
}

bool shards_collect(struct transport *t)
{
	bool any = false;

	for (size_t i = 0; i < t->n_shards; i++) {
		CURLM *multi = t->shards[i].multi;
		CURLMsg *message;
		int n_left;

		while ((message = curl_multi_info_read(multi, &n_left))) {
			CURLcode code = message->data.result;
			char *fetch = NULL;

			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
			fetch_finish((struct fetch *)(void *)fetch, code);
			any = true;
		}
	}
	return any;
}

int64_t shards_due_at_us(const struct transport *t)
{
	int64_t due_at_us = NEVER;

	for (size_t i = 0; i < t->n_shards; i++) {
		if (t->shards[i].due_at_us < due_at_us)
			due_at_us = t->shards[i].due_at_us;
	}
	return due_at_us;
}

/* ---- birth and end --------------------------------------------------------------- */

static enum err shard_open(struct shard *shard, struct transport *t, long n_kept)
{
	*shard = (struct shard){ .transport = t, .due_at_us = NEVER };
	shard->multi = curl_multi_init();
	if (!shard->multi)
		return ERR_NOMEM;
	curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard);
	curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard);
	curl_multi_setopt(shard->multi, CURLMOPT_MAXCONNECTS, n_kept);
	return ERR_OK;
}

enum err shards_open(struct transport *t, int max_connections, struct why *why)
{
	size_t n = ((size_t)max_connections + SHARD_CONNECTIONS - 1) / SHARD_CONNECTIONS;
	/* Hosts do not fall evenly on shards: leave half as much again. */
	long n_kept;

	n = n > SHARDS_MAX ? SHARDS_MAX : n;
	n_kept = (long)((size_t)max_connections / n * 3 / 2 + 16);
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (t->epoll_fd < 0)
		return why_set(why, ERR_IO, "cannot poll: %s", strerror(errno));
	t->shards = calloc(n, sizeof(*t->shards));
	if (!t->shards)
		return why_set(why, ERR_NOMEM, "out of memory");
	while (t->n_shards < n) {
		if (shard_open(&t->shards[t->n_shards], t, n_kept))
			return why_set(why, ERR_NOMEM, "out of memory");
		t->n_shards++;
	}
	return ERR_OK;
}

void shards_close(struct transport *t)
{
	for (size_t i = 0; i < t->n_shards; i++)
		curl_multi_cleanup(t->shards[i].multi);
	free(t->shards);
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	free(t->sockets);
}

/* By authority: what is between "//" and the target. */
uint64_t transport_host_hash(const char *url)
{
	const char *from = strstr(url, "//");

	from = from ? from + 2 : url;
	return hash64(span_from(from, strcspn(from, "/?#")));
}

struct shard *shard_of(struct transport *t, uint64_t host_hash)
{
	return &t->shards[host_hash % t->n_shards];
}
