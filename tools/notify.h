/*
 * notify.h - tells the service manager how it goes, by the protocol of sd_notify(3): one
 * datagram of KEY=VALUE lines to $NOTIFY_SOCKET. Without one everything here does nothing.
 * Never blocks and never fails: who does not hear us restarts us, and that is his business.
 */
#ifndef TOOLS_NOTIFY_H
#define TOOLS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
	int fd;                                   /* -1: nobody listens */
	int64_t watchdog_every_us, watched_at_us; /* every 0: no watchdog */
	int64_t told_at_us;                       /* of STATUS */
};

/* By the environment, of which children are to know nothing. */
void notify_start(struct notify *notify);
void notify_end(struct notify *notify);

void notify_ready(struct notify *notify);
void notify_stopping(struct notify *notify);
/* Settings are about to be read again; notify_ready() when it is done. */
void notify_reloading(struct notify *notify, int64_t now_us);
/* To be called each turn of the loop: keeps the watchdog quiet. */
void notify_alive(struct notify *notify, int64_t now_us);
/* Is it time for a new status? At most every 5 s. */
bool notify_wants_status(const struct notify *notify, int64_t now_us);
/* One line for people. */
void notify_status(struct notify *notify, const char *text, int64_t now_us);

#endif
