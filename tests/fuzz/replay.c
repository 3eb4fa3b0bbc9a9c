/*
 * replay.c - every fuzz target over its corpus, without a fuzzer; and how long they take.
 *
 *	replay CORPUS          each file in CORPUS/NAME/ through target NAME; prints TAP
 *	replay --time DIR      each file in DIR through every target: milliseconds per MB
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

static struct {
	const char *name;
	fuzz_target *run;
} targets[TARGETS_MAX];
static size_t n_targets;

/* What a child says of itself, also when it dies. */
static struct {
	int n_inputs;
	char path[PATH_SIZE]; /* of the input under way */
	double worst_ms_per_mb;
	char worst[PATH_SIZE];
} * shared;

void fuzz_register(const char *name, fuzz_target *target)
{
	if (n_targets == TARGETS_MAX)
		abort();
	targets[n_targets].name = name;
	targets[n_targets++].run = target;
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

static void run_file(fuzz_target *run)
{
	struct span input = read_file(shared->path);
	clock_t began = clock(); /* of the processor: others may be busy */
	double ms_per_mb;

	run(input);
	ms_per_mb = (double)(clock() - began) * 1e3 / CLOCKS_PER_SEC /
		    ((double)(input.len + 1) / 1e6);
	if (ms_per_mb > shared->worst_ms_per_mb) {
		shared->worst_ms_per_mb = ms_per_mb;
		memcpy(shared->worst, shared->path, PATH_SIZE);
	}
	shared->n_inputs++;
	free((void *)(uintptr_t)input.data);
}

static void run_folder(fuzz_target *run, const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(shared->path, PATH_SIZE, "%s/%s", folder,
				 entries[i]->d_name);
			run_file(run);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* The exit status of a process that ran the target over the folder. */
static int run_apart(fuzz_target *run, const char *folder)
{
	int status = -1;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run_folder(run, folder);
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
		status = run_apart(targets[i].run, folder);
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

static int measure(const char *folder)
{
	int code = 0;

	for (size_t i = 0; i < n_targets; i++) {
		const char *slash;
		int status = run_apart(targets[i].run, folder);

		slash = strrchr(shared->worst, '/');
		printf("%-16s %9.1f ms/MB  %s%s\n", targets[i].name,
		       shared->worst_ms_per_mb, slash ? slash + 1 : "",
		       status ? "  DIED" : "");
		code |= status != 0;
	}
	return code;
}

int main(int argc, char **argv)
{
	bool timing = argc == 3 && strcmp(argv[1], "--time") == 0;

	if (argc != 2 && !timing) {
		fprintf(stderr, "usage: replay CORPUS | replay --time DIR\n");
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	qsort(targets, n_targets, sizeof(targets[0]), compare_targets);
	return timing ? measure(argv[2]) : replay(argv[1]);
}
