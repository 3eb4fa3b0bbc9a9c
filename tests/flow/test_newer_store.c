/* test_newer_store.c - the program beside a store of a later version (REQ 83). FRESHET names
 * the binary under test. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

/* Its exit code; what it says on stderr is put into `said`. */
static int run(const char *dir, const char *command, const char *argument, char *said,
	       size_t size)
{
	const char *freshet = getenv("FRESHET");
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		(void)dup2(ends[1], STDERR_FILENO);
		execl(freshet ? freshet : "build/asan/freshet", "freshet", "--db", dir,
		      command, argument, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while (len < size - 1 && (n = read(ends[0], said + len, size - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const struct {
	const char *command, *argument;
} rows[] = {
	{ "run", "--once" }, { "seed", "http://a/" }, { "list", NULL },
	{ "changes", NULL }, { "report", NULL },      { "db", "verify" },
	{ "ack", "0" },
};

static void every_command_refuses_a_newer_store_with_4_REQ83(void **state)
{
	struct scratch *s = *state;
	char said[512];

	must(store_put(s->store, FAMILY_META, SPAN("format"), SPAN("\x63"), false),
	     "put");
	must(store_commit(s->store), "commit");
	store_close(s->store);
	s->store = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int code = run(s->dir, rows[i].command, rows[i].argument, said,
			       sizeof(said));

		if (code != 4 || !strstr(said, "has format 99, this freshet knows"))
			fail_msg("%s: exit %d, '%s'", rows[i].command, code, said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_command_refuses_a_newer_store_with_4_REQ83, scratch_setup,
			scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
