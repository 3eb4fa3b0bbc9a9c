/* control_client.c - the side of a command. */
#include "tools/control.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TIMEOUT_S 30
/* A reply with as many refusals as there may be fits in easily. */
#define REPLY_MAX ((size_t)4 << 20)

struct control {
	int fd;
	struct buf in; /* received and not yet taken */
};

enum err control_address(const char *dir, struct sockaddr_un *address, int *dir_fd,
			 struct why *why)
{
	int n;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd < 0)
		return why_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			       "cannot open '%s': %s", dir, strerror(errno));
	/* A Unix address holds 107 bytes; the path of a store may be longer. */
	n = snprintf(address->sun_path, sizeof(address->sun_path), "%s/control", dir);
	if (n < 0 || (size_t)n >= sizeof(address->sun_path))
		snprintf(address->sun_path, sizeof(address->sun_path),
			 "/proc/self/fd/%d/control", *dir_fd);
	return ERR_OK;
}

static enum err open_socket(const char *dir, int *fd, struct why *why)
{
	struct timeval timeout = { .tv_sec = TIMEOUT_S };
	struct sockaddr_un address;
	int dir_fd;
	enum err err = control_address(dir, &address, &dir_fd, why);

	if (err)
		return err;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0 ||
	    setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) ||
	    setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)))
		err = why_set(why, ERR_IO, "cannot make a socket: %s", strerror(errno));
	else if (connect(*fd, (struct sockaddr *)&address, sizeof(address)))
		err = why_set(why,
			      errno == ENOENT || errno == ECONNREFUSED ? ERR_NOT_FOUND
								       : ERR_IO,
			      "cannot reach the run that has store '%s' open: %s", dir,
			      strerror(errno));
	close(dir_fd);
	if (err && *fd >= 0)
		close(*fd);
	return err;
}

enum err control_connect(const char *dir, struct control **control, struct why *why)
{
	struct control *made = calloc(1, sizeof(*made));
	enum err err = made ? open_socket(dir, &made->fd, why) : ERR_NOMEM;

	if (err)
		free(made);
	else
		*control = made;
	return err;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	close(control->fd);
	buf_release(&control->in);
	free(control);
}

static enum err failure(struct why *why)
{
	if (errno == EINTR)
		return why_set(why, ERR_STOPPED, "interrupted");
	if (errno == EAGAIN)
		return why_set(why, ERR_IO,
			       "the run that has the store open does not "
			       "answer");
	return why_set(why, ERR_IO, "the run that had the store open has gone: %s",
		       strerror(errno));
}

enum err control_send(struct control *control, struct span bytes, struct why *why)
{
	while (bytes.len) {
		ssize_t n = send(control->fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (n < 0)
			return failure(why);
		bytes = span_from(bytes.data + n, bytes.len - (size_t)n);
	}
	return ERR_OK;
}

static enum err fill(struct control *control, struct why *why)
{
	enum err err = buf_reserve(&control->in, 16384);
	ssize_t n;

	if (err)
		return why_set(why, err, "%s", err_text(err));
	if (control->in.len > REPLY_MAX)
		return why_set(why, ERR_IO, "the run's reply has no end");
	n = recv(control->fd, control->in.data + control->in.len, 16384, 0);
	if (n == 0)
		return why_set(why, ERR_IO, "the run that had the store open has gone");
	if (n < 0)
		return failure(why);
	control->in.len += (size_t)n;
	return ERR_OK;
}

static bool is_busy_line(struct span line, uint64_t *n)
{
	json_t *root = json_loadb(line.data, line.len, 0, NULL);
	json_t *busy = json_object_get(root, "busy");
	bool is_busy = json_is_integer(busy);

	*n = is_busy ? (uint64_t)json_integer_value(busy) : 0;
	json_decref(root);
	return is_busy;
}

/* Takes the first line out of what was received. */
static void drop_line(struct buf *in, size_t len)
{
	memmove(in->data, in->data + len, in->len - len);
	in->len -= len;
}

enum err control_receive(struct control *control, struct reply *reply,
			 void (*busy)(void *context, uint64_t n), void *context,
			 struct why *why)
{
	enum err err = ERR_OK;
	uint64_t n;

	while (!err) {
		struct span line = buf_span(&control->in);
		size_t len = line.len ? span_find(line, '\n') : 0;

		if (len == line.len) {
			err = fill(control, why);
			continue;
		}
		line.len = len;
		if (!is_busy_line(line, &n)) {
			err = reply_decode(line, reply);
			drop_line(&control->in, len + 1);
			return err ? why_set(why, ERR_IO,
					     "the run's reply makes no sense")
				   : ERR_OK;
		}
		if (busy)
			busy(context, n);
		drop_line(&control->in, len + 1);
	}
	return err;
}
