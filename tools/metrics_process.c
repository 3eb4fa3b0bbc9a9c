/* metrics_process.c - the numbers that every Prometheus client gives of its process. */
#include "tools/metrics.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tools/descriptors.h"

/* Fields of /proc/self/stat, from 1; see proc(5). */
#define FIELD_START 22
#define FIELD_VIRTUAL 23
#define FIELD_RESIDENT 24

static bool read_stat(char text[1024])
{
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, 1023);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The name of the program is field 2 and may hold anything: count from its last bracket. */
static double stat_field(const char *text, int wanted)
{
	const char *bracket = strrchr(text, ')');
	struct span rest = span_of(bracket ? bracket + 1 : "");

	(void)span_cut(&rest, ' ');
	for (int field = 3; field < wanted; field++)
		(void)span_cut(&rest, ' ');
	return rest.len ? strtod(rest.data, NULL) : NAN;
}

static double cpu_s(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return NAN;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Field 22 counts ticks since the machine was started. */
static double started_at_s(double start_ticks)
{
	struct timespec now, up;

	if (clock_gettime(CLOCK_REALTIME, &now) || clock_gettime(CLOCK_BOOTTIME, &up))
		return NAN;
	return (double)(now.tv_sec - up.tv_sec) +
	       (double)(now.tv_nsec - up.tv_nsec) / 1e9 +
	       start_ticks / (double)sysconf(_SC_CLK_TCK);
}

void metrics_read_process(struct metrics_process *process)
{
	int n_fds = descriptors_n_open();
	struct rlimit fds;
	char stat[1024];
	bool has_stat = read_stat(stat);

	*process = (struct metrics_process){
		.cpu_s = cpu_s(),
		.n_fds = n_fds < 0 ? NAN : (double)n_fds,
		.most_fds = getrlimit(RLIMIT_NOFILE, &fds) ? NAN : (double)fds.rlim_cur,
		.started_at_s =
			has_stat ? started_at_s(stat_field(stat, FIELD_START)) : NAN,
		.virtual_bytes = has_stat ? stat_field(stat, FIELD_VIRTUAL) : NAN,
		.resident_bytes = has_stat ? stat_field(stat, FIELD_RESIDENT) *
						     (double)sysconf(_SC_PAGESIZE)
					   : NAN,
	};
}
