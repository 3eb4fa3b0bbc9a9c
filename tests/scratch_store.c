#include "tests/scratch_store.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/zip.h"
#include "tests/unit/unit.h"

void must(enum err err, const char *what)
{
	if (err)
		fail_msg("%s: %s", what, err_text(err));
}

static void open_writer(struct scratch *s)
{
	struct why why = { "" };

	if (store_open(s->dir, STORE_WRITE, NULL, &s->store, &why))
		fail_msg("%s", why.text);
}

int scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	scratch_dir_make(s->dir, "store");
	page_init(&s->page);
	s->now_ms = INT64_C(1790000000000);
	open_writer(s);
	*state = s;
	return 0;
}

void scratch_copy(const char *dir, const char *to)
{
	int status = -1;
	pid_t cp;

	scratch_remove(to);
	cp = fork();
	assert_true(cp >= 0);
	if (!cp) {
		execlp("cp", "cp", "-r", dir, to, (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(cp, &status, 0), cp);
	assert_int_equal(status, 0);
}

int scratch_teardown(void **state)
{
	struct scratch *s = *state;

	page_release(&s->page);
	store_close(s->store);
	scratch_remove(s->dir);
	free(s);
	return 0;
}

void scratch_reopen(struct scratch *s)
{
	store_close(s->store);
	s->store = NULL;
	s->host = NULL;
	open_writer(s);
}

struct store *scratch_open_reader(struct scratch *s)
{
	struct store *reader = NULL;
	struct why why = { "" };

	if (store_open(s->dir, STORE_READ, NULL, &reader, &why))
		fail_msg("%s", why.text);
	return reader;
}

static void page_url(int i, char url[64])
{
	snprintf(url, 64, "http://h.example/p%d", i);
}

void scratch_page(struct scratch *s, int i, struct page *page)
{
	char url[64];

	page_url(i, url);
	page_clear(page);
	must(buf_set(&page->url, span_of(url)), "url");
	must(page_key_of(span_of(url), &page->key), "key");
	page->first_seen_at_ms = s->now_ms;
	page->position = (struct queue_position){ .order_ms = s->now_ms, .queued = true };
}

void scratch_put(struct scratch *s, struct page *page)
{
	if (!s->host)
		must(store_acquire_host(s->store, &page->key.host,
					SPAN("http://h.example"), &s->host),
		     "host");
	must(store_put_page(s->store, page, s->host), "put");
}

void scratch_add_pages(struct scratch *s, int n)
{
	struct page page;

	page_init(&page);
	for (int i = 0; i < n; i++) {
		scratch_page(s, i, &page);
		page.position.order_ms += i;
		scratch_put(s, &page);
	}
	page_release(&page);
	must(store_commit(s->store), "commit");
}

void scratch_load(struct scratch *s, int i, struct page *page)
{
	char url[64];

	page_url(i, url);
	must(store_find_page(s->store, span_of(url), page), url);
}

void scratch_swap_body(struct scratch *s, struct page *page, const struct digest *old,
		       struct span body)
{
	struct buf zipped = BUF_INIT;
	struct zip *zip;

	must(zip_new(1, &zip), "zip");
	must(zip_compress(zip, body, &zipped), "zip");
	page->digest = digest_of(body);
	page->has_body = true;
	must(store_swap_body(s->store, old, &page->digest, buf_span(&zipped)), "body");
	zip_free(zip);
	buf_release(&zipped);
}

uint64_t scratch_append_change(struct scratch *s, struct page *page)
{
	struct change change;

	change_init(&change);
	change.cursor = page->change_cursor = store_next_cursor(s->store);
	change.at_ms = s->now_ms;
	change.key = page->key;
	change.version = page->version;
	must(buf_set(&change.url, buf_span(&page->url)), "url");
	must(store_append_change(s->store, &change), "change");
	change_release(&change);
	return page->change_cursor;
}

size_t scratch_read_parked(struct scratch *s, const struct host_key *host,
			   struct queue_entry *entries, size_t max)
{
	struct parked_reader *reader;
	enum err err = ERR_OK;
	size_t n = 0;

	must(store_begin_parked(s->store, host, &reader), "parked");
	while (n < max && !(err = store_next_parked(reader, false, &entries[n])))
		n++;
	assert_true(!err || err == ERR_NOT_FOUND);
	store_end_parked(reader);
	return n;
}

pid_t scratch_start_helper(const char *what, const char *dir, int *stop, int *out)
{
	int in_ends[2], out_ends[2];
	pid_t helper;

	assert_int_equal(pipe2(in_ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out_ends, O_CLOEXEC), 0);
	helper = fork();
	assert_true(helper >= 0);
	if (!helper) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(in_ends[0], STDIN_FILENO) == STDIN_FILENO &&
		    dup2(out_ends[1], STDOUT_FILENO) == STDOUT_FILENO)
			execl("/proc/self/exe", "helper", what, dir, (char *)NULL);
		_exit(99);
	}
	close(in_ends[0]);
	close(out_ends[1]);
	*stop = in_ends[1];
	if (out)
		*out = out_ends[0];
	else
		close(out_ends[0]);
	return helper;
}

int scratch_end_helper(pid_t helper, int stop)
{
	int status = -1;

	close(stop);
	assert_int_equal(waitpid(helper, &status, 0), helper);
	return status;
}

static void print_difference(void *context, const char *difference)
{
	struct why *last = context;

	print_message("verify: %s\n", difference);
	if (last)
		snprintf(last->text, sizeof(last->text), "%.500s", difference);
}

uint64_t scratch_n_differences(struct store *store, struct why *last)
{
	uint64_t n = 0;

	must(store_verify(store, print_difference, last, &n), "verify");
	return n;
}

void scratch_flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}
