#include "tests/scratch_dir.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* A TMPDIR that leaves no room is not used. */
static void name_it(char path[SCRATCH_DIR_SIZE], const char *what)
{
	const char *tmp = getenv("TMPDIR");
	const size_t room = SCRATCH_DIR_SIZE - sizeof("/freshet-12345678-XXXXXX");

	if (!tmp || !tmp[0] || strlen(tmp) > room)
		tmp = "/tmp";
	snprintf(path, SCRATCH_DIR_SIZE, "%.*s/freshet-%.8s-XXXXXX", (int)room, tmp,
		 what);
}

void scratch_dir_make(char dir[SCRATCH_DIR_SIZE], const char *what)
{
	name_it(dir, what);
	assert_non_null(mkdtemp(dir));
}

FILE *scratch_file_make(char path[SCRATCH_DIR_SIZE], const char *what)
{
	int fd;
	FILE *f;

	name_it(path, what);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	return f;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void scratch_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
