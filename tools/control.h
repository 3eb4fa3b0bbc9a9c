/*
 * control.h - the socket `control` in the store's directory, by which other commands reach
 * the run that has the store open.
 *
 * A line that begins with '{' is an order (order.h) and gets one line in return when it
 * has been carried out and is durable; {"busy":N} lines may come before. Any other line is
 * a seed in the text format, and {"op":"seed"} asks what became of those since the last
 * time. Only the user who owns the store gets in.
 */
#ifndef TOOLS_CONTROL_H
#define TOOLS_CONTROL_H

#include <poll.h>

#include "tools/order.h"

#define CONTROL_LINE_MAX 65536
#define CONTROL_CLIENTS_MAX 16
/* Descriptors that control_server_fds() may ask for. */
#define CONTROL_FDS_MAX (CONTROL_CLIENTS_MAX + 2)

/* ---- the side of the run: never blocks -------------------------------------------------- */

struct control_server;

/* Listens in `dir`, whose lock the caller holds: a socket that an earlier run left behind
 * is replaced. */
MUST_CHECK enum err control_server_new(const char *dir, struct control_server **server,
				       struct why *why);
void control_server_free(struct control_server *server); /* NULL is allowed */
/* What to poll for; returns how many. One of them is ready while work is left. */
size_t control_server_fds(const struct control_server *server, struct pollfd *fds,
			  size_t max);
/*
 * Does a bounded amount of work for the clients whose descriptors are ready, commits it
 * with edit_commit(), and answers. Whatever clients send or ask for, it fails only with
 * what edit_commit() fails with; then nobody was told that his order was carried out.
 */
MUST_CHECK enum err control_server_turn(struct control_server *server,
					struct editor *editor, const struct pollfd *fds,
					size_t n);

/* ---- the side of a command: blocks, 30 s at most --------------------------------------- */

struct control;

/* ERR_NOT_FOUND: no run has the store in `dir` open. */
MUST_CHECK enum err control_connect(const char *dir, struct control **control,
				    struct why *why);
void control_close(struct control *control); /* NULL is allowed */
/* ERR_STOPPED: a signal came. ERR_IO: the run has gone. */
MUST_CHECK enum err control_send(struct control *control, struct span bytes,
				 struct why *why);
/* The next reply. `n_busy` (may be NULL) is told of progress meanwhile. */
MUST_CHECK enum err control_receive(struct control *control, struct reply *reply,
				    void (*busy)(void *context, uint64_t n),
				    void *context, struct why *why);

/* For both sides: the address of the socket in `dir`, however long its path is. `*dir_fd`
 * must stay open while it is used. */
struct sockaddr_un;
MUST_CHECK enum err control_address(const char *dir, struct sockaddr_un *address,
				    int *dir_fd, struct why *why);

#endif
