/* listener.c - the socket, the thread, the lanes. */
#include "tools/listener_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "tools/gate.h"

/* Of each connection: a head of 8 KiB, what libmicrohttpd makes of it, an answer's head. */
#define CONNECTION_MEMORY ((size_t)32 << 10)
#define TICK_MS 500
/* Requests that may wait in one lane. */
#define LANE_JOBS_MAX LISTEN_CONNECTIONS_MAX
#define TOKEN_FILE_MAX 1024
#define NICENESS 10 /* of each thread by itself: Linux keeps it so */

/* ---- address and token ----------------------------------------------------------------- */

/* "[::1]:80" to "::1" and "80". */
static void split_address(const char *text, char host[256], char port[8])
{
	const char *colon = strrchr(text, ':');
	struct span name = { text, colon ? (size_t)(colon - text) : strlen(text) };

	if (name.len > 1 && name.data[0] == '[')
		name = span_from(name.data + 1, name.len - 2);
	snprintf(host, 256, "%.*s", (int)(name.len < 255 ? name.len : 255), name.data);
	snprintf(port, 8, "%s", colon ? colon + 1 : "");
}

static enum err open_socket(const char *address, int *fd, struct why *why)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char host[256], port[8];
	int one = 1, failed;

	split_address(address, host, port);
	failed = getaddrinfo(host, port, &hints, &found);
	if (failed)
		return why_set(why, ERR_IO, "cannot listen at %s: %s", address,
			       gai_strerror(failed));
	*fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	failed = *fd < 0 ||
		 setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
		 bind(*fd, found->ai_addr, found->ai_addrlen) || listen(*fd, 64);
	freeaddrinfo(found);
	if (!failed)
		return ERR_OK;
	(void)why_set(why, ERR_IO, "cannot listen at %s: %s", address, strerror(errno));
	if (*fd >= 0)
		close(*fd);
	return ERR_IO;
}

static enum err note_url(struct listener *listener, int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	char host[INET6_ADDRSTRLEN + 1], port[8];
	bool v6;

	if (getsockname(fd, (struct sockaddr *)&address, &len) ||
	    getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return ERR_IO;
	v6 = strchr(host, ':') != NULL;
	listener->loopback = gate_is_loopback(span_of(host));
	buf_clear(&listener->url);
	return buf_printf(&listener->url, "http://%s%s%s:%s/", v6 ? "[" : "", host,
			  v6 ? "]" : "", port);
}

static enum err read_token_file(struct buf *token, const char *path, struct why *why)
{
	char text[TOKEN_FILE_MAX + 1];
	struct value unused;
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_mode & 077) {
		close(fd);
		return why_set(why, ERR_INVALID,
			       "listen.token_file '%s' is open to others: chmod 600",
			       path);
	}
	if (fd >= 0)
		n = read(fd, text, sizeof(text));
	if (n < 0)
		(void)why_set(why, ERR_INVALID, "cannot read listen.token_file '%s': %s",
			      path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return ERR_INVALID;
	if (value_parse(VALUE_SECRET, "", span_trim(span_from(text, (size_t)n)), &unused,
			why) ||
	    n > TOKEN_FILE_MAX)
		return why_set(why, ERR_INVALID,
			       "listen.token_file '%s': expected 16 bytes or more, "
			       "visible ASCII",
			       path);
	return buf_set(token, span_trim(span_from(text, (size_t)n)));
}

static enum err find_token(struct listener *listener, struct why *why)
{
	const struct settings *s = &listener->settings;
	enum err err =
		*s->listen_token_file
			? read_token_file(&listener->token, s->listen_token_file, why)
			: buf_set(&listener->token, span_of(s->listen_token));

	if (!err && !listener->loopback && !listener->token.len)
		err = why_set(why, ERR_INVALID,
			      "listen.address %s can be reached from elsewhere: set "
			      "listen.token_file first",
			      s->listen_address);
	return err;
}

/* ---- lanes ------------------------------------------------------------------------------- */

static void enter_lane(struct listener *listener, struct lane_state *lane,
		       struct exchange *exchange)
{
	struct why why = { "" };
	enum err err = store_open_view(listener->store, &exchange->view, &why);

	if (err) {
		answer_failure(exchange, err, why.text);
		return;
	}
	pthread_mutex_lock(&listener->lock);
	lane->view = exchange->view;
	/* Our own report may take as long as it likes. */
	lane->began_us = exchange->connection ? clock_monotonic_us() : INT64_MAX;
	/* Too late for cancel_all(): who ends the run does not wait for this one. */
	if (atomic_load(&listener->stopping))
		store_cancel(lane->view);
	pthread_mutex_unlock(&listener->lock);
}

static void leave_lane(struct listener *listener, struct lane_state *lane,
		       struct exchange *exchange)
{
	pthread_mutex_lock(&listener->lock);
	lane->view = NULL;
	pthread_mutex_unlock(&listener->lock);
	store_close(exchange->view);
	exchange->view = NULL;
}

/* In a worker. */
static void work_on(void *argument, unsigned worker)
{
	struct exchange *exchange = argument;
	struct listener *listener = exchange->listener;
	struct lane_state *lane = &listener->lanes[exchange->route->lane];

	(void)worker;
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	if (exchange->route->lane != LANE_ORDERS)
		enter_lane(listener, lane, exchange);
	if (!exchange->answered)
		exchange->route->answer(exchange);
	if (exchange->view)
		leave_lane(listener, lane, exchange);
	exchange->answered = true;
}

bool listener_submit(struct listener *listener, struct exchange *exchange)
{
	return pool_submit(listener->lanes[exchange->route->lane].pool, work_on,
			   exchange);
}

/* A report for the metrics; without memory or a place for it, another time. */
static void reckon(struct listener *listener)
{
	const char *other;
	struct exchange *exchange = exchange_new(listener, NULL);
	struct why why;

	if (!exchange)
		return;
	exchange->route = route_find("/api/v1/report", "GET", &other);
	listener->reckons = query_parse(&exchange->query, &exchange->route->form, NULL, 0,
					&why) == ERR_OK &&
			    listener_submit(listener, exchange);
	if (!listener->reckons)
		exchange_free(exchange);
}

static void take_finished(struct listener *listener, struct lane_state *lane)
{
	struct exchange *exchange;
	void *argument;
	bool ran;

	while (pool_take(lane->pool, &argument, &ran)) {
		exchange = argument;
		if (!ran)
			answer_failure(exchange, ERR_STOPPED, "the run is ending");
		exchange->answered = true;
		if (exchange->wants_reckoning && !listener->reckons)
			reckon(listener);
		if (exchange->connection) {
			MHD_resume_connection(exchange->connection);
		} else {
			listener->reckons = false;
			exchange_free(exchange);
		}
	}
}

static bool lanes_are_idle(const struct listener *listener)
{
	for (int l = LANE_QUICK; l < N_LANES; l++)
		if (pool_n_jobs(listener->lanes[l].pool))
			return false;
	return true;
}

/* ---- the thread ---------------------------------------------------------------------------- */

struct guest *listener_guest(struct listener *listener, int fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(listener->guests); i++)
		if (listener->guests[i].fd == fd)
			return &listener->guests[i];
	return NULL;
}

/* Who keeps a connection busy with a request that never ends, loses it. */
static void show_out(struct listener *listener, int64_t now_us)
{
	for (size_t i = 0; i < ARRAY_SIZE(listener->guests); i++) {
		struct guest *guest = &listener->guests[i];

		if (guest->fd >= 0 && guest->waits_since_us &&
		    now_us - guest->waits_since_us > LISTEN_REQUEST_US)
			(void)shutdown(guest->fd, SHUT_RDWR);
	}
}

static void give_up_long_answers(struct listener *listener, int64_t now_us)
{
	pthread_mutex_lock(&listener->lock);
	for (int l = LANE_QUICK; l < N_LANES; l++) {
		struct lane_state *lane = &listener->lanes[l];

		if (lane->view && now_us - lane->began_us > LISTEN_ANSWER_US)
			store_cancel(lane->view);
	}
	pthread_mutex_unlock(&listener->lock);
}

static void take_settings(struct listener *listener)
{
	struct settings old = { 0 };
	bool take;

	pthread_mutex_lock(&listener->lock);
	take = listener->has_fresh && lanes_are_idle(listener);
	if (take) {
		old = listener->settings;
		listener->settings = listener->fresh;
		listener->has_fresh = false;
	}
	pthread_mutex_unlock(&listener->lock);
	if (take)
		settings_release(&old);
}

static void turn(struct listener *listener)
{
	struct pollfd fds[2 + N_LANES] = { { .fd = listener->wake_fd,
					     .events = POLLIN } };
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	MHD_UNSIGNED_LONG_LONG ms = TICK_MS;
	nfds_t n = 1;
	int64_t now_us;

	fds[n++] = (struct pollfd){ .fd = info->epoll_fd, .events = POLLIN };
	for (int l = LANE_QUICK; l < N_LANES; l++)
		fds[n++] = (struct pollfd){ .fd = pool_fd(listener->lanes[l].pool),
					    .events = POLLIN };
	if (MHD_get_timeout(listener->daemon, &ms) == MHD_NO || ms > TICK_MS)
		ms = TICK_MS;
	(void)poll(fds, n, (int)ms);
	for (int l = LANE_QUICK; l < N_LANES; l++)
		take_finished(listener, &listener->lanes[l]);
	MHD_run(listener->daemon);
	now_us = clock_monotonic_us();
	show_out(listener, now_us);
	give_up_long_answers(listener, now_us);
	take_settings(listener);
}

static void cancel_all(struct listener *listener)
{
	pthread_mutex_lock(&listener->lock);
	for (int l = LANE_QUICK; l < N_LANES; l++)
		if (listener->lanes[l].view)
			store_cancel(listener->lanes[l].view);
	pthread_mutex_unlock(&listener->lock);
}

/* What waits for an answer is told that there will be none. */
static void *listen_main(void *argument)
{
	struct listener *listener = argument;

	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	while (!atomic_load(&listener->stopping))
		turn(listener);
	cancel_all(listener);
	for (int l = LANE_QUICK; l < N_LANES; l++) {
		pool_stop(listener->lanes[l].pool);
		take_finished(listener, &listener->lanes[l]);
	}
	MHD_run(listener->daemon);
	return NULL;
}

static enum err start_thread(struct listener *listener)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&listener->thread, NULL, listen_main, listener);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	listener->has_thread = !failed;
	return failed ? ERR_IO : ERR_OK;
}

/* ---- making and freeing ---------------------------------------------------------------------- */

static void log_mhd(void *context, const char *format, va_list args) PRINTF_LIKE(2, 0);

static void log_mhd(void *context, const char *format, va_list args)
{
	char text[256];

	(void)context;
	if (!log_enabled(LOG_DEBUG))
		return;
	vsnprintf(text, sizeof(text), format, args);
	log_event(LOG_DEBUG, "listener", "text=%s", text);
}

/* Takes the socket. */
static enum err start_daemon(struct listener *listener, int fd, struct why *why)
{
	listener->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL,
		NULL, request_access, listener, MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)LISTEN_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)LISTEN_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_COMPLETED,
		request_completed, listener, MHD_OPTION_NOTIFY_CONNECTION,
		request_connected, listener, MHD_OPTION_END);
	if (listener->daemon)
		return ERR_OK;
	close(fd);
	return why_set(why, ERR_IO, "cannot start the listener");
}

static enum err start_lanes(struct listener *listener)
{
	enum err err = ERR_OK;

	for (int l = LANE_QUICK; !err && l < N_LANES; l++)
		err = pool_new(1, LANE_JOBS_MAX + 1, &listener->lanes[l].pool);
	return err;
}

static enum err start(struct listener *listener, struct why *why)
{
	int fd = -1;
	enum err err = open_socket(listener->settings.listen_address, &fd, why);

	if (err)
		return err;
	err = note_url(listener, fd);
	if (!err)
		err = find_token(listener, why);
	if (err)
		close(fd);
	else
		err = start_daemon(listener, fd, why);
	if (!err)
		err = start_lanes(listener);
	return err ? err : start_thread(listener);
}

enum err listener_new(struct settings *settings, struct store *store, struct live *live,
		      struct listener **out, struct why *why)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	enum err err;

	if (!listener)
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	listener->settings = *settings;
	*settings = (struct settings){ 0 };
	listener->store = store;
	listener->live = live;
	pthread_mutex_init(&listener->lock, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(listener->guests); i++)
		listener->guests[i].fd = -1;
	listener->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = listener->wake_fd < 0 || stat(store_dir(store), &listener->opened)
		      ? ERR_IO
		      : start(listener, why);
	if (err) {
		if (!why->text[0])
			(void)why_set(why, err, "cannot listen: %s", err_text(err));
		listener_free(listener);
	} else {
		*out = listener;
	}
	return err;
}

void listener_free(struct listener *listener)
{
	uint64_t one = 1;

	if (!listener)
		return;
	atomic_store(&listener->stopping, true);
	if (listener->has_thread) {
		(void)!write(listener->wake_fd, &one, sizeof(one));
		pthread_join(listener->thread, NULL);
	}
	if (listener->daemon)
		MHD_stop_daemon(listener->daemon);
	for (int l = LANE_QUICK; l < N_LANES; l++)
		pool_free(listener->lanes[l].pool);
	if (listener->wake_fd >= 0)
		close(listener->wake_fd);
	settings_release(&listener->settings);
	if (listener->has_fresh)
		settings_release(&listener->fresh);
	pthread_mutex_destroy(&listener->lock);
	buf_release(&listener->report);
	buf_release(&listener->report_target);
	buf_release(&listener->token);
	buf_release(&listener->url);
	free(listener);
}

const char *listener_url(const struct listener *listener)
{
	return buf_text(&listener->url);
}

void listener_reload(struct listener *listener, struct settings *settings)
{
	pthread_mutex_lock(&listener->lock);
	if (listener->has_fresh)
		settings_release(&listener->fresh);
	listener->fresh = *settings;
	listener->has_fresh = true;
	pthread_mutex_unlock(&listener->lock);
	*settings = (struct settings){ 0 };
}
