/*
 * disk.h - a disk that fails on demand, for tests that are one program each.
 *
 * Whoever includes it defines write(), fsync() and the others for RocksDB and for the
 * store, which call them through the dynamic linker. Each call that changes a file of a
 * store is counted; the one whose turn it is ends the process, fails, or is the last
 * before the power goes: then whatever was not fsynced is lost, or a part of it.
 */
#ifndef TESTS_UNIT_DISK_H
#define TESTS_UNIT_DISK_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum disk_fault {
	DISK_SOUND,
	DISK_KILL,       /* SIGKILL before the call */
	DISK_KILL_AFTER, /* ... and behind it */
	DISK_FAIL,       /* this one says ENOSPC */
	DISK_FAIL_ON,    /* ... and all that follow */
	DISK_POWER,      /* killed, and what was not fsynced is gone */
	DISK_POWER_TORN, /* ... but for a part of it */
	N_DISK_FAULTS
};

static struct {
	enum disk_fault fault;
	long at, n_calls; /* the call whose turn it is; calls so far */
	bool failed;      /* a call did */
	pthread_mutex_t lock;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* What is known of a file: how much of it a power loss leaves. */
static struct disk_file {
	char path[160];
	off_t synced;
} disk_files[4096];
static size_t n_disk_files;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The store's files, but for RocksDB's log of its own doings: when that cannot be written
 * Debian's build of it aborts (see store_open.c). */
static bool disk_path(int fd, char path[PATH_MAX])
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
	return strstr(path, "/freshet-store-") && !strstr(path, "/LOG");
}

static struct disk_file *disk_file(const char *path)
{
	for (size_t i = 0; i < n_disk_files; i++)
		if (strcmp(disk_files[i].path, path) == 0)
			return &disk_files[i];
	if (n_disk_files == sizeof(disk_files) / sizeof(disk_files[0]))
		abort();
	snprintf(disk_files[n_disk_files].path, sizeof(disk_files[0].path), "%.150s",
		 path);
	return &disk_files[n_disk_files++];
}

static void disk_lose(bool torn)
{
	for (size_t i = 0; i < n_disk_files; i++) {
		struct disk_file *f = &disk_files[i];
		struct stat st;

		if (stat(f->path, &st) || st.st_size <= f->synced)
			continue;
		if (torn)
			f->synced += (off_t)((uint64_t)disk.at * 2654435761U %
					     (uint64_t)(st.st_size - f->synced + 1));
		if (truncate(f->path, f->synced))
			abort();
	}
}

static void disk_die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* Counts a call. True: it must fail. With the lock held, which who dies keeps. */
static bool disk_turn(void)
{
	bool now = ++disk.n_calls == disk.at;

	if (now && disk.fault == DISK_KILL)
		disk_die();
	if (now && (disk.fault == DISK_POWER || disk.fault == DISK_POWER_TORN)) {
		disk_lose(disk.fault == DISK_POWER_TORN);
		disk_die();
	}
	now = (now && disk.fault == DISK_FAIL) ||
	      (disk.at && disk.n_calls >= disk.at && disk.fault == DISK_FAIL_ON);
	disk.failed = disk.failed || now;
	errno = now ? ENOSPC : errno;
	return now;
}

static void disk_done(void)
{
	if (disk.n_calls == disk.at && disk.fault == DISK_KILL_AFTER)
		disk_die();
	pthread_mutex_unlock(&disk.lock);
}

#define DISK_CALL(type, fd, call)                          \
	do {                                               \
		char path[PATH_MAX];                       \
		type result;                               \
		if (!disk.fault || !disk_path((fd), path)) \
			return (call);                     \
		pthread_mutex_lock(&disk.lock);            \
		result = disk_turn() ? -1 : (call);        \
		disk_done();                               \
		return result;                             \
	} while (0)

ssize_t write(int fd, const void *bytes, size_t len)
{
	DISK_CALL(ssize_t, fd, REAL(write)(fd, bytes, len));
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	DISK_CALL(ssize_t, fd, REAL(pwrite)(fd, bytes, len, at));
}

int ftruncate(int fd, off_t len)
{
	DISK_CALL(int, fd, REAL(ftruncate)(fd, len));
}

static int disk_sync(int fd, int (*sync)(int fd))
{
	char path[PATH_MAX];
	struct stat st;
	int result;

	if (!disk.fault || !disk_path(fd, path))
		return sync(fd);
	pthread_mutex_lock(&disk.lock);
	result = disk_turn() ? -1 : sync(fd);
	if (!result && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		disk_file(path)->synced = st.st_size;
	disk_done();
	return result;
}

int fsync(int fd)
{
	return disk_sync(fd, REAL(fsync));
}

int fdatasync(int fd)
{
	return disk_sync(fd, REAL(fdatasync));
}

int rename(const char *from, const char *to)
{
	int result;

	if (!disk.fault || !strstr(from, "/freshet-store-") || strstr(from, "/LOG"))
		return REAL(rename)(from, to);
	pthread_mutex_lock(&disk.lock);
	result = disk_turn() ? -1 : REAL(rename)(from, to);
	if (!result)
		disk_file(to)->synced = disk_file(from)->synced;
	disk_done();
	return result;
}

int unlink(const char *path)
{
	int result;

	if (!disk.fault || !strstr(path, "/freshet-store-") || strstr(path, "/LOG"))
		return REAL(unlink)(path);
	pthread_mutex_lock(&disk.lock);
	result = disk_turn() ? -1 : REAL(unlink)(path);
	disk_done();
	return result;
}

/* A file that is made anew has nothing that a power loss would leave; one that was there
 * before has all of it. */
static int disk_open(const char *path, int flags, mode_t mode)
{
	int (*real)(const char *, int, ...) = REAL(open);
	struct stat st;
	int fd;

	if (!disk.fault || !(flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR)) ||
	    !strstr(path, "/freshet-store-") || strstr(path, "/LOG"))
		return real(path, flags, mode);
	pthread_mutex_lock(&disk.lock);
	if (stat(path, &st) || flags & O_TRUNC)
		st.st_size = 0;
	fd = disk_turn() ? -1 : real(path, flags, mode);
	if (fd >= 0)
		disk_file(path)->synced = st.st_size;
	disk_done();
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return disk_open(path, flags, mode);
}

#endif
