#include "tools/follow.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/digest.h"

#define LOOK_EVERY_MS 1000

enum err follow_start(struct follow *f, const char *dir)
{
	sigset_t stopping;

	*f = (struct follow){ .signal_fd = -1, .dir = dir };
	sigemptyset(&stopping);
	sigaddset(&stopping, SIGINT);
	sigaddset(&stopping, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &stopping, NULL))
		return ERR_IO;
	f->signal_fd = signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signal_fd < 0 ? ERR_IO : ERR_OK;
}

void follow_end(struct follow *f)
{
	if (f->signal_fd >= 0)
		close(f->signal_fd);
	f->signal_fd = -1;
}

/* Only what a writer writes to when it commits: opening a store for reading leaves traces
 * in other files. */
static bool tells_of_commits(const char *name)
{
	size_t len = strlen(name);

	return strncmp(name, "MANIFEST", 8) == 0 ||
	       (len > 4 && strcmp(name + len - 4, ".log") == 0);
}

/* A number that is another one when the files are; their order does not matter. */
static uint64_t look_at(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	uint64_t seen = 0;

	while (d && (e = readdir(d))) {
		uint64_t facts[4] = { 0 };
		struct stat st;

		if (!tells_of_commits(e->d_name) || fstatat(dirfd(d), e->d_name, &st, 0))
			continue;
		facts[0] = hash64(span_of(e->d_name));
		facts[1] = (uint64_t)st.st_size;
		facts[2] = (uint64_t)st.st_mtim.tv_sec;
		facts[3] = (uint64_t)st.st_mtim.tv_nsec;
		seen += hash64(span_from(facts, sizeof(facts)));
	}
	if (d)
		closedir(d);
	return seen;
}

void follow_look(struct follow *f)
{
	f->seen = look_at(f->dir);
}

/* Waits for a signal or for `events` of stdout. False: a signal, or the reader left. */
static bool wait_for(struct follow *f, short events, int timeout_ms)
{
	struct pollfd fds[2] = { { f->signal_fd, POLLIN, 0 },
				 { STDOUT_FILENO, events, 0 } };
	struct signalfd_siginfo info;

	if (poll(fds, 2, timeout_ms) < 0)
		return errno == EINTR;
	if (fds[0].revents &&
	    read(f->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		f->signal = (int)info.ssi_signo;
	return !f->signal && !(fds[1].revents & (POLLERR | POLLNVAL));
}

bool follow_wait(struct follow *f)
{
	do {
		if (!wait_for(f, 0, LOOK_EVERY_MS))
			return false;
	} while (look_at(f->dir) == f->seen);
	return true;
}

bool follow_wait_writable(struct follow *f)
{
	return wait_for(f, POLLOUT, -1);
}
