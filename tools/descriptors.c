#include "tools/descriptors.h"

#include <dirent.h>
#include <limits.h>
#include <sys/resource.h>

/* Of 17 descriptors one is no connection: each transport handle takes two for itself, and
 * has 32 connections (see crawler/transport_shard.c). */
#define CONNECTIONS(n_descriptors) ((n_descriptors) / 17 * 16)

int descriptors_n_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -1; /* the directory itself is one */

	if (!d)
		return -1;
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* The soft limit is low for programs that use select(), which none of ours does. */
static int raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return INT_MAX;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = { limit.rlim_max, limit.rlim_max };

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	return limit.rlim_cur < INT_MAX ? (int)limit.rlim_cur : INT_MAX;
}

enum err descriptors_for_connections(int least, int wanted, int n_spare, int *n,
				     struct why *why)
{
	int limit = raise_limit(), n_open = descriptors_n_open(), n_left, most;

	if (n_open < 0)
		n_open = 0;
	n_left = limit - n_open - n_spare;
	most = n_left > 0 ? CONNECTIONS(n_left) : 0;
	if (most < least)
		return why_set(
			why, ERR_IO,
			"no descriptors for fetch.concurrency %d: this process may "
			"have %d files and sockets open (ulimit -n), has %d and "
			"leaves %d for its store and its guests",
			least, limit, n_open, n_spare);
	*n = wanted < most ? wanted : most;
	return ERR_OK;
}
