/* control_server.c - the side of the run. */
#include "tools/control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "tools/work.h"

/* Per turn, for all clients together: about 20 ms of the loop's time. */
#define TURN_SEEDS 2000
#define TURN_PAGES 1000
#define IN_MAX ((size_t)2 * CONTROL_LINE_MAX)
#define OUT_MAX ((size_t)1 << 20) /* somebody who does not read his replies waits */
#define IDLE_MS (60 * MS_PER_SECOND)
#define BUSY_EVERY_MS MS_PER_SECOND

struct client {
	int fd; /* -1: a free place */
	struct buf in, out;
	size_t taken; /* bytes of `in` that have been dealt with */
	bool ended;   /* will send no more, or is not listened to any more */
	int64_t active_at_ms, told_at_ms;
	struct order order; /* of `work` */
	struct work *work;
	struct reply reply; /* to `order` */
	struct reply seeds; /* since the last reply to ORDER_SEED */
	uint64_t n_seeds;
};

struct control_server {
	int listener, dir_fd;
	int work_left_fd; /* always readable: polled for while there is work left */
	bool work_left;
	struct sockaddr_un address;
	struct client clients[CONTROL_CLIENTS_MAX];
};

/* ---- coming and going -------------------------------------------------------------------- */

static enum err listen_at(struct control_server *server, struct why *why)
{
	const struct sockaddr_un *address = &server->address;
	struct stat st;

	/* The lock is ours, so whoever listened here is gone. */
	if (lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(address->sun_path);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	server->work_left_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->listener < 0 || server->work_left_fd < 0 ||
	    bind(server->listener, (const struct sockaddr *)address, sizeof(*address)) ||
	    chmod(address->sun_path, 0600) || listen(server->listener, 64))
		return why_set(why, ERR_IO, "cannot listen at '%s': %s",
			       address->sun_path, strerror(errno));
	return ERR_OK;
}

enum err control_server_new(const char *dir, struct control_server **out, struct why *why)
{
	struct control_server *server = calloc(1, sizeof(*server));
	enum err err;

	if (!server)
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	server->listener = server->dir_fd = server->work_left_fd = -1;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		server->clients[i].fd = -1;
	err = control_address(dir, &server->address, &server->dir_fd, why);
	if (!err)
		err = listen_at(server, why);
	if (err)
		control_server_free(server);
	else
		*out = server;
	return err;
}

static void end_work(struct client *client)
{
	work_free(client->work);
	client->work = NULL;
	order_release(&client->order);
	reply_release(&client->reply);
}

static void drop_client(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	end_work(client);
	reply_release(&client->seeds);
	buf_release(&client->in);
	buf_release(&client->out);
	*client = (struct client){ .fd = -1 };
}

void control_server_free(struct control_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		drop_client(&server->clients[i]);
	if (server->listener >= 0) {
		(void)unlink(server->address.sun_path);
		close(server->listener);
	}
	if (server->work_left_fd >= 0)
		close(server->work_left_fd);
	if (server->dir_fd >= 0)
		close(server->dir_fd);
	free(server);
}

static struct client *free_place(struct control_server *server)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (server->clients[i].fd < 0)
			return &server->clients[i];
	return NULL;
}

/* The directory keeps others out; this holds even where its mode was changed. */
static bool is_welcome(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void take_clients(struct control_server *server, int64_t now_ms)
{
	struct client *place;
	int fd;

	while ((place = free_place(server)) &&
	       (fd = accept4(server->listener, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (!is_welcome(fd)) {
			log_event(LOG_WARN, "control refused", "reason=other-user");
			close(fd);
			continue;
		}
		*place = (struct client){ .fd = fd,
					  .active_at_ms = now_ms,
					  .told_at_ms = now_ms };
	}
}

/* ---- what to wait for -------------------------------------------------------------------- */

static size_t n_waiting(const struct client *client)
{
	return client->in.len - client->taken;
}

static bool wants_input(const struct client *client)
{
	return !client->ended && !client->work && client->out.len < OUT_MAX &&
	       n_waiting(client) < IN_MAX;
}

size_t control_server_fds(const struct control_server *server, struct pollfd *fds,
			  size_t max)
{
	bool has_place = false;
	size_t n = 0;

	if (server->work_left && n < max)
		fds[n++] =
			(struct pollfd){ .fd = server->work_left_fd, .events = POLLIN };
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct client *client = &server->clients[i];
		short events = (short)((wants_input(client) ? POLLIN : 0) |
				       (client->out.len ? POLLOUT : 0));

		if (client->fd < 0)
			has_place = true;
		else if (n < max)
			fds[n++] = (struct pollfd){ .fd = client->fd, .events = events };
	}
	/* With no place free, those who come wait in the kernel's queue. */
	if (has_place && n < max)
		fds[n++] = (struct pollfd){ .fd = server->listener, .events = POLLIN };
	return n;
}

static short events_of(const struct pollfd *fds, size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i].fd == fd)
			return fds[i].revents;
	return 0;
}

/* ---- one client -------------------------------------------------------------------------- */

static void receive(struct client *client)
{
	struct buf *in = &client->in;

	if (client->taken) {
		memmove(in->data, in->data + client->taken, n_waiting(client));
		in->len -= client->taken;
		client->taken = 0;
	}
	while (in->len < IN_MAX) {
		ssize_t n;

		if (buf_reserve(in, 16384))
			return;
		n = recv(client->fd, in->data + in->len, 16384, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			client->ended = true;
			return;
		}
		in->len += (size_t)n;
	}
}

static void answer(struct client *client, struct reply *reply)
{
	if (reply_encode(reply, &client->out))
		client->ended = true; /* out of memory: his connection ends */
	reply_release(reply);
}

static void refuse(struct client *client, enum err err, const char *text)
{
	struct reply reply;

	reply_init(&reply);
	reply.err = why_set(&reply.why, err, "%s", text);
	answer(client, &reply);
}

/* The next whole line, or false. A line that is too long ends the connection. */
static bool next_line(struct client *client, struct span *line)
{
	struct span rest = span_from(client->in.data + client->taken, n_waiting(client));

	if (!rest.len)
		return false;
	line->data = rest.data;
	line->len = span_find(rest, '\n');
	if (line->len > CONTROL_LINE_MAX) {
		refuse(client, ERR_TOO_LARGE, "a line is longer than 65536 bytes");
		client->taken = client->in.len;
		client->ended = true;
		return false;
	}
	if (line->len == rest.len)
		return false;
	client->taken += line->len + 1;
	return true;
}

static void take_order(struct client *client, struct editor *editor, struct span line)
{
	struct why why = { "" };
	enum err err;

	order_init(&client->order, ORDER_SEED);
	err = order_decode(line, &client->order, &why);
	if (!err && client->order.kind == ORDER_SEED) {
		answer(client, &client->seeds);
		client->n_seeds = 0;
	} else if (!err) {
		err = work_new(editor, &client->order, &client->work);
		if (err)
			(void)why_set(&why, err, "cannot begin: %s", err_text(err));
		client->told_at_ms = editor->now_ms;
	}
	if (err)
		refuse(client, err, why.text);
	if (!client->work)
		order_release(&client->order);
}

static void go_on(struct client *client, struct editor *editor)
{
	if (work_step(client->work, editor, TURN_PAGES, &client->reply)) {
		answer(client, &client->reply);
		end_work(client);
	} else if (editor->now_ms - client->told_at_ms >= BUSY_EVERY_MS) {
		client->told_at_ms = editor->now_ms;
		if (buf_printf(&client->out, "{\"busy\":%" PRIu64 "}\n",
			       client->reply.n_done))
			client->ended = true;
	}
}

/* True: there is more to do for him. */
static bool serve(struct client *client, struct editor *editor, size_t *n_seeds)
{
	struct span line;

	while (!client->work && *n_seeds && client->out.len < OUT_MAX &&
	       next_line(client, &line)) {
		client->active_at_ms = editor->now_ms;
		if (line.len && line.data[0] == '{') {
			take_order(client, editor, line);
		} else if (span_trim(line).len) {
			work_seed(editor, line, client->n_seeds++, &client->seeds);
			--*n_seeds;
		}
	}
	if (client->work) {
		client->active_at_ms = editor->now_ms;
		go_on(client, editor);
		return true;
	}
	return !*n_seeds && n_waiting(client);
}

static void deliver(struct client *client, int64_t now_ms)
{
	struct buf *out = &client->out;

	while (out->len) {
		ssize_t n = send(client->fd, out->data, out->len,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) { /* gone; what he ordered stays done */
			client->ended = true;
			buf_clear(out);
			return;
		}
		memmove(out->data, out->data + n, out->len - (size_t)n);
		out->len -= (size_t)n;
		client->active_at_ms = now_ms;
	}
}

static bool is_over(struct client *client, int64_t now_ms)
{
	if (now_ms < client->active_at_ms) /* the clock was set back */
		client->active_at_ms = now_ms;
	if (now_ms - client->active_at_ms >= IDLE_MS)
		return true;
	return client->ended && !client->work && !client->out.len &&
	       (!n_waiting(client) ||
		!memchr(client->in.data + client->taken, '\n', n_waiting(client)));
}

enum err control_server_turn(struct control_server *server, struct editor *editor,
			     const struct pollfd *fds, size_t n)
{
	size_t n_seeds = TURN_SEEDS;
	enum err err;

	server->work_left = false;
	if (events_of(fds, n, server->listener))
		take_clients(server, editor->now_ms);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = &server->clients[i];
		short events;

		if (client->fd < 0)
			continue;
		events = events_of(fds, n, client->fd);
		if (events & POLLIN && wants_input(client))
			receive(client);
		if (events & (POLLHUP | POLLERR)) {
			client->ended = true;
			end_work(client); /* nobody waits for the rest */
		}
		if (serve(client, editor, &n_seeds))
			server->work_left = true;
	}
	err = n_seeds < TURN_SEEDS || server->work_left ? edit_commit(editor) : ERR_OK;
	for (size_t i = 0; !err && i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = &server->clients[i];

		if (client->fd < 0)
			continue;
		deliver(client, editor->now_ms);
		if (is_over(client, editor->now_ms))
			drop_client(client);
	}
	return err;
}
