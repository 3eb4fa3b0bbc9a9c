/*
 * scratch_dir.h - a directory or a file of a test's own, under TMPDIR: who runs the tests
 * gives them one and takes it away, so that a test that is killed leaves nothing.
 *
 * Every function fails the test when something of ours goes wrong.
 */
#ifndef TESTS_SCRATCH_DIR_H
#define TESTS_SCRATCH_DIR_H

#include <stdio.h>

/* Room for a path; a socket in it must still have a name that is short enough. */
#define SCRATCH_DIR_SIZE 64

/* Makes a directory; `what` (up to 8 letters) is a part of its name. */
void scratch_dir_make(char dir[SCRATCH_DIR_SIZE], const char *what);
/* ... a file; open for writing. */
FILE *scratch_file_make(char path[SCRATCH_DIR_SIZE], const char *what);
/* Removes a directory with all that is in it. Nothing there is nothing to do. */
void scratch_remove(const char *dir);

#endif
