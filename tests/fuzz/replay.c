/*
 * replay.c - every fuzz target over its corpus, without a fuzzer; and how long they take.
 *
 *	replay CORPUS          each file in CORPUS/NAME/ through target NAME; prints TAP
 *	replay --limit MS DIR  each file in DIR through every target: none may take longer
 *	                       than so many milliseconds of processor time for a reading,
 *	                       on a machine of 3 GHz or a slower one's time in proportion
 *
 * A target runs in a process of its own, so that one that dies names its input and the
 * others still run.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGETS_MAX 128
#define PATH_SIZE 512

static struct target {
	const char *name;
	fuzz_target *run;
	int n_passes; /* 0: one */
} targets[TARGETS_MAX];
static size_t n_targets;

/* What a child says of itself, also when it dies. */
static struct {
	int n_inputs;
	char path[PATH_SIZE]; /* of the input under way */
	double worst_ms;      /* of processor time, for one reading */
	char worst[PATH_SIZE];
} * shared;

/* Constructors come in any order. */
static struct target *target_of(const char *name)
{
	for (size_t i = 0; i < n_targets; i++)
		if (strcmp(targets[i].name, name) == 0)
			return &targets[i];
	if (n_targets == TARGETS_MAX)
		abort();
	targets[n_targets].name = name;
	return &targets[n_targets++];
}

void fuzz_register(const char *name, fuzz_target *target)
{
	target_of(name)->run = target;
}

void fuzz_register_passes(const char *name, int n_passes)
{
	target_of(name)->n_passes = n_passes;
}

static int compare_targets(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A copy of just the file's size: one byte read behind it is an error that ASan sees. */
static struct span read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	long len = -1;

	if (file && !fseek(file, 0, SEEK_END))
		len = ftell(file);
	if (len >= 0)
		bytes = malloc(len ? (size_t)len : 1);
	if (!bytes || fseek(file, 0, SEEK_SET) ||
	    fread(bytes, 1, (size_t)len, file) != (size_t)len) {
		perror(path);
		exit(1);
	}
	fclose(file);
	return span_from(bytes, (size_t)len);
}

/* Milliseconds of the processor, which others do not use up. */
static double time_once(fuzz_target *run, struct span input)
{
	clock_t began = clock();

	run(input);
	return (double)(clock() - began) * 1e3 / CLOCKS_PER_SEC;
}

/* How often the time of a machine of 3 GHz, of four cycles to a step, this one takes just
 * now; at least once. */
static double slowness(void)
{
	uint64_t x = 1;
	clock_t began = clock();
	double ms;

	for (int i = 0; i < 20000000; i++)
		x = x * UINT64_C(6364136223846793005) + 1;
	ms = (double)(clock() - began) * 1e3 / CLOCKS_PER_SEC;
	return x && ms > 27 ? ms / 27 : 1;
}

/* With a limit, what is over it gets two more tries: a cache may have been cold, or the
 * processor shared. What is over it then is told in the time of a faster machine. */
static void run_file(const struct target *target, double limit_ms)
{
	struct span input = read_file(shared->path);
	int n_passes = target->n_passes ? target->n_passes : 1;
	double least_ms = time_once(target->run, input) / n_passes;

	for (int i = 0; i < 2 && limit_ms > 0 && least_ms > limit_ms; i++) {
		double ms = time_once(target->run, input) / n_passes;

		least_ms = ms < least_ms ? ms : least_ms;
	}
	if (limit_ms > 0 && least_ms > limit_ms)
		least_ms /= slowness();
	if (least_ms > shared->worst_ms) {
		shared->worst_ms = least_ms;
		memcpy(shared->worst, shared->path, PATH_SIZE);
	}
	shared->n_inputs++;
	free((void *)(uintptr_t)input.data);
}

static void run_folder(const struct target *target, const char *folder, double limit_ms)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(shared->path, PATH_SIZE, "%s/%s", folder,
				 entries[i]->d_name);
			run_file(target, limit_ms);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* The exit status of a process that ran the target over the folder. */
static int run_apart(const struct target *target, const char *folder, double limit_ms)
{
	int status = -1;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run_folder(target, folder, limit_ms);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static int replay(const char *corpus)
{
	char folder[PATH_SIZE];
	int n_failed = 0;

	printf("1..%zu\n", n_targets);
	for (size_t i = 0; i < n_targets; i++) {
		int status;

		snprintf(folder, sizeof(folder), "%s/%s", corpus, targets[i].name);
		status = run_apart(&targets[i], folder, 0);
		if (status || !shared->n_inputs) {
			n_failed++;
			printf("not ok %zu - %s: status %d at '%s'\n", i + 1,
			       targets[i].name, status, shared->path);
		} else {
			printf("ok %zu - %s: %d inputs\n", i + 1, targets[i].name,
			       shared->n_inputs);
		}
	}
	return n_failed != 0;
}

static int measure(const char *folder, double limit_ms)
{
	int n_failed = 0;

	printf("1..%zu\n", n_targets);
	for (size_t i = 0; i < n_targets; i++) {
		int status = run_apart(&targets[i], folder, limit_ms);
		const char *slash = strrchr(shared->worst, '/');

		if (status) {
			n_failed++;
			printf("not ok %zu - %s: status %d at '%s'\n", i + 1,
			       targets[i].name, status, shared->path);
			continue;
		}
		n_failed += shared->worst_ms > limit_ms;
		printf("%sok %zu - %s: at most %.1f ms, at %s\n",
		       shared->worst_ms > limit_ms ? "not " : "", i + 1, targets[i].name,
		       shared->worst_ms, slash ? slash + 1 : "nothing");
	}
	return n_failed != 0;
}

int main(int argc, char **argv)
{
	bool timing = argc == 4 && strcmp(argv[1], "--limit") == 0;

	if (argc != 2 && !timing) {
		fprintf(stderr, "usage: replay CORPUS | replay --limit MS DIR\n");
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	qsort(targets, n_targets, sizeof(targets[0]), compare_targets);
	return timing ? measure(argv[3], strtod(argv[2], NULL)) : replay(argv[1]);
}
