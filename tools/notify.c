#include "tools/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/base/buf.h"

#define STATUS_EVERY_US (5 * INT64_C(1000000))

static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd;

	if ((path[0] != '/' && path[0] != '@') || len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@') /* in the abstract namespace */
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	len += offsetof(struct sockaddr_un, sun_path);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&address, (socklen_t)len) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Half of what is allowed, as sd_watchdog_enabled(3) advises. */
static int64_t watchdog_every_us(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!us || (pid && strtoll(pid, NULL, 10) != (long long)getpid()))
		return 0;
	return strtoll(us, NULL, 10) / 2;
}

void notify_start(struct notify *notify)
{
	const char *path = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){ .fd = path ? dial(path) : -1 };
	if (notify->fd >= 0)
		notify->watchdog_every_us = watchdog_every_us();
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

void notify_end(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

static void say(struct notify *notify, const char *text)
{
	if (notify->fd >= 0)
		(void)!send(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void notify_ready(struct notify *notify)
{
	say(notify, "READY=1");
}

void notify_stopping(struct notify *notify)
{
	say(notify, "STOPPING=1");
}

void notify_reloading(struct notify *notify, int64_t now_us)
{
	char text[80];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_us);
	say(notify, text);
}

void notify_alive(struct notify *notify, int64_t now_us)
{
	if (!notify->watchdog_every_us ||
	    now_us - notify->watched_at_us < notify->watchdog_every_us)
		return;
	notify->watched_at_us = now_us;
	say(notify, "WATCHDOG=1");
}

bool notify_wants_status(const struct notify *notify, int64_t now_us)
{
	return notify->fd >= 0 &&
	       (!notify->told_at_us || now_us - notify->told_at_us >= STATUS_EVERY_US);
}

void notify_status(struct notify *notify, const char *text, int64_t now_us)
{
	struct buf line = BUF_INIT;

	notify->told_at_us = now_us;
	if (buf_printf(&line, "STATUS=%s", text) == ERR_OK)
		say(notify, buf_text(&line));
	buf_release(&line);
}
