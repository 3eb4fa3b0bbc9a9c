/* test_store_corrupt.c - a bit or the end of any file of the store goes wrong: it opens or
 * says what is wrong, `db verify` names what is damaged, and nothing crashes (REQ 82).
 *
 *	FLIPS=500 SEED=1 FIRST=0    in the environment: so many, where, and from which on */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scratch_visits.h"

#define N_PAGES 60
#define N_VISITS 400

static uint64_t random_state;

static uint64_t next_random(uint64_t below)
{
	random_state = random_state * 6364136223846793005U + 1442695040888963407U;
	return (random_state >> 33) % below;
}

/* ---- the other process: looks at everything -------------------------------------------- */

enum looked { LOOKED_WHOLE = 0, LOOKED_DAMAGED = 10, LOOKED_REFUSED = 11 };

static void note(void *context, const char *difference)
{
	assert_true(difference[0] != '\0');
	++*(int *)context;
}

static void read_all(struct store *store, int *n_bad)
{
	struct visit visits[HISTORY_MAX];
	struct store_walk *walk;
	struct buf body = BUF_INIT;
	struct change change;
	struct page page;
	enum err err;
	size_t n;

	page_init(&page);
	must(store_walk_pages(store, NULL, &walk), "walk");
	while ((err = store_walk_page(walk, &page)) != ERR_NOT_FOUND) {
		*n_bad += err != ERR_OK;
		if (err)
			continue;
		*n_bad += store_get_history(store, &page.key, visits, &n) != ERR_OK;
		buf_clear(&body);
		if (page.has_body)
			*n_bad += store_get_body(store, &page.digest, 1 << 20, &body) !=
				  ERR_OK;
	}
	store_walk_end(walk);
	page_release(&page);
	buf_release(&body);
	change_init(&change);
	must(store_walk_changes(store, 0, &walk), "walk");
	while ((err = store_walk_change(walk, &change)) != ERR_NOT_FOUND)
		*n_bad += err != ERR_OK;
	store_walk_end(walk);
	change_release(&change);
}

static int refused(enum err err, const struct why *why)
{
	if (!why->text[0] || err == ERR_OK || err == ERR_NOMEM)
		return 1;
	fprintf(stderr, "# refused: %s\n", why->text);
	return LOOKED_REFUSED;
}

/* Reads it, then writes to it. */
static int look(const char *dir)
{
	struct scratch s = { .now_ms = 1 };
	struct why why = { "" };
	uint64_t n = 0;
	int n_told = 0, n_bad = 0;
	enum err err = store_open(dir, STORE_READ, NULL, &s.store, &why);

	if (!err) {
		err = store_verify(s.store, note, &n_told, &n);
		read_all(s.store, &n_bad);
		store_close(s.store);
		s.store = NULL;
	}
	page_init(&s.page);
	snprintf(s.dir, sizeof(s.dir), "%.63s", dir);
	why.text[0] = '\0';
	err = store_open(dir, STORE_WRITE, NULL, &s.store, &why);
	if (err)
		return refused(err, &why);
	read_all(s.store, &n_bad);
	err = store_verify(s.store, note, &n_told, &n);
	if (!err && !n_told && !n_bad)
		scratch_must_be_whole(&s, N_PAGES, 0);
	if (n_told)
		err = ERR_OK;
	else if (!err && n_bad)
		return 2; /* verify has not seen it */
	store_close(s.store);
	page_release(&s.page);
	return err || n_told ? LOOKED_DAMAGED : LOOKED_WHOLE;
}

/* ---- this process: damages --------------------------------------------------------------- */

static void fill(struct scratch *s)
{
	scratch_add_pages(s, N_PAGES);
	for (int i = 0; i < N_VISITS; i++) {
		scratch_visit(s, i % N_PAGES);
		if (i % 20 == 0)
			must(store_commit(s->store), "commit");
		if (i % 150 == 149)
			must(store_compact(s->store), "compact");
	}
	must(store_commit(s->store), "commit");
}

/* A file of the store, by chance; a greater one with a greater chance. */
static off_t choose(const char *dir, char path[400])
{
	off_t sum = 0, chosen = 0;
	struct dirent *e;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((e = readdir(d))) {
		char candidate[400];
		struct stat st;

		snprintf(candidate, sizeof(candidate), "%.63s/%.255s", dir, e->d_name);
		if (strncmp(e->d_name, "LOG", 3) == 0 ||
		    strncmp(e->d_name, "OPTIONS", 7) == 0 || stat(candidate, &st) ||
		    !S_ISREG(st.st_mode) || !st.st_size)
			continue;
		/* CURRENT has 16 bytes, a table thousands: all have a turn. */
		sum += 2000 + st.st_size;
		if ((off_t)next_random((uint64_t)sum) < 2000 + st.st_size) {
			memcpy(path, candidate, sizeof(candidate));
			chosen = st.st_size;
		}
	}
	closedir(d);
	return chosen;
}

static void damage(const char *dir)
{
	char path[400] = "";
	off_t size = choose(dir, path);
	off_t at = (off_t)next_random((uint64_t)size);
	bool cut = next_random(4) == 0;
	FILE *f = fopen(path, "r+");
	int byte;

	assert_non_null(f);
	printf("# %s of %s at %d of %d\n", cut ? "end" : "bit", strrchr(path, '/') + 1,
	       (int)at, (int)size);
	if (cut) {
		assert_int_equal(ftruncate(fileno(f), at), 0);
	} else {
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		byte = fgetc(f) ^ 1 << next_random(8);
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		assert_int_equal(fputc(byte, f), byte);
	}
	assert_int_equal(fclose(f), 0);
}

static int from_environment(const char *name, int fallback)
{
	const char *text = getenv(name);

	return text ? (int)strtol(text, NULL, 10) : fallback;
}

static void it_opens_or_says_what_is_wrong_REQ82(void **state)
{
	int n = from_environment("FLIPS", 40), n_damaged = 0, n_refused = 0;
	struct scratch *s = *state;
	char copy[80];

	fill(s);
	store_close(s->store);
	s->store = NULL;
	snprintf(copy, sizeof(copy), "%.60s-c", s->dir);
	for (int i = from_environment("FIRST", 0); i < n; i++) {
		int stop, status;
		pid_t helper;

		random_state =
			(uint64_t)from_environment("SEED", 1) * 1000003 + (uint64_t)i;
		scratch_copy(s->dir, copy);
		damage(copy);
		fflush(stdout);
		helper = scratch_start_helper("look", copy, &stop, NULL);
		status = scratch_end_helper(helper, stop);
		if (!WIFEXITED(status) || (WEXITSTATUS(status) != LOOKED_WHOLE &&
					   WEXITSTATUS(status) != LOOKED_DAMAGED &&
					   WEXITSTATUS(status) != LOOKED_REFUSED))
			fail_msg("damage %d: status %x", i, (unsigned)status);
		n_damaged += WEXITSTATUS(status) == LOOKED_DAMAGED;
		n_refused += WEXITSTATUS(status) == LOOKED_REFUSED;
		scratch_remove(copy);
	}
	print_message("# %d damages: %d named, %d refused with a reason, %d harmless\n",
		      n, n_damaged, n_refused, n - n_damaged - n_refused);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_opens_or_says_what_is_wrong_REQ82,
						scratch_setup, scratch_teardown),
	};

	if (argc == 3)
		return look(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
