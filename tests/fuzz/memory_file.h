/* memory_file.h - the input as a file, for what reads files. */
#ifndef TESTS_FUZZ_MEMORY_FILE_H
#define TESTS_FUZZ_MEMORY_FILE_H

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* A descriptor at the start of `content`; its path is "/proc/self/fd/N". */
static inline int fuzz_memory_file(struct span content)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_REQUIRE(fd >= 0);
	FUZZ_REQUIRE(!content.len ||
		     write(fd, content.data, content.len) == (ssize_t)content.len);
	FUZZ_REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

#define FUZZ_PATH_SIZE 32

static inline void fuzz_memory_path(int fd, char path[FUZZ_PATH_SIZE])
{
	snprintf(path, FUZZ_PATH_SIZE, "/proc/self/fd/%d", fd);
}

#endif
