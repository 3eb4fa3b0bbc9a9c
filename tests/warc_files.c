#include "tests/warc_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/url.h"
#include "tests/unit/unit.h"

static int is_warc(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 8 && strcmp(e->d_name + len - 8, ".warc.gz") == 0;
}

const char *warc_files_field(const struct warc_entry *entry, const char *name)
{
	static char text[1024];
	struct span value = { "", 0 };

	(void)header_get(&entry->head.fields, name, 0, &value);
	snprintf(text, sizeof(text), "%.*s", (int)value.len, value.data);
	return text;
}

/* What stands behind the head of a block that has one. */
static struct span payload_of(const struct warc_entry *entry)
{
	struct span block = buf_span(&entry->block);
	const char *end = memmem(block.data, block.len, "\r\n\r\n", 4);

	if (!span_starts_with(block, SPAN("HTTP/")))
		return block;
	assert_non_null(end);
	return span_from(end + 4, block.len - (size_t)(end + 4 - block.data));
}

static void check_digests(const struct warc_entry *entry)
{
	char digest[WARC_DIGEST_SIZE];

	assert_int_equal(warc_digest(buf_span(&entry->block), SPAN(""), digest), ERR_OK);
	assert_string_equal(warc_files_field(entry, "WARC-Block-Digest"), digest);
	if (entry->head.type != WARC_RESPONSE && entry->head.type != WARC_RESOURCE)
		return;
	if (*warc_files_field(entry, "WARC-Truncated"))
		return;
	assert_int_equal(warc_digest(payload_of(entry), SPAN(""), digest), ERR_OK);
	assert_string_equal(warc_files_field(entry, "WARC-Payload-Digest"), digest);
}

/* The record at `offset` is the one that its line in the index tells of. */
static void check_index(const char *warc_path, const struct warc_entry *entry,
			uint64_t length)
{
	char path[512], wanted[128], line[16384];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%.*s.cdxj", (int)strlen(warc_path) - 8, warc_path);
	snprintf(wanted, sizeof(wanted), "\"length\":\"%llu\",\"offset\":\"%llu\"",
		 (unsigned long long)length, (unsigned long long)entry->head.offset);
	f = fopen(path, "r");
	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, wanted) && strstr(line, buf_text(&entry->uri));
	fclose(f);
	if (!found)
		fail_msg("%s has no %s", path, wanted);
}

static void read_file(const char *path, int file, struct warc_files *files)
{
	struct warc_reader *reader = NULL;
	struct why why = { "" };
	enum err err = warc_reader_open(path, &reader, &why);

	while (!err) {
		struct warc_entry e = { .file = file };
		uint64_t end = 0;
		size_t before;

		err = warc_reader_next(reader, &e.head, &why);
		if (err)
			break;
		do {
			before = e.block.len;
			err = warc_reader_block(reader, SIZE_MAX, &e.block, &why);
		} while (!err && e.block.len > before);
		if (!err)
			err = warc_reader_finish(reader, &end, &why);
		assert_int_equal(e.block.len, e.head.length);
		assert_int_equal(buf_set(&e.uri, e.head.uri), ERR_OK);
		check_digests(&e);
		if (e.head.type >= WARC_RESPONSE)
			check_index(path, &e, end - e.head.offset);
		files->entries =
			realloc(files->entries, (files->n + 1) * sizeof(*files->entries));
		assert_non_null(files->entries);
		files->entries[files->n++] = e;
	}
	if (err != ERR_NOT_FOUND)
		fail_msg("%s: %s %s", path, err_text(err), why.text);
	warc_reader_close(reader);
}

void warc_files_read(const char *dir, struct warc_files *files)
{
	struct dirent **names = NULL;
	char path[512];
	int n = scandir(dir, &names, is_warc, alphasort);

	*files = (struct warc_files){ .n_files = n < 0 ? 0 : n };
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		read_file(path, i, files);
		free(names[i]);
	}
	free(names);
}

void warc_files_release(struct warc_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		header_list_release(&files->entries[i].head.fields);
		buf_release(&files->entries[i].uri);
		buf_release(&files->entries[i].block);
	}
	free(files->entries);
	*files = (struct warc_files){ .n = 0 };
}

static struct span path_of(const struct warc_entry *entry)
{
	struct url_parts parts = { .target = { "", 0 } };

	(void)!url_split(buf_span(&entry->uri), &parts);
	return parts.target;
}

struct buf warc_files_summary(const struct warc_files *files)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < files->n; i++) {
		const struct warc_entry *e = &files->entries[i];
		struct span path = path_of(e), status = buf_span(&e->block);

		if (e->head.type < WARC_RESPONSE)
			continue;
		(void)span_cut(&status, ' ');
		if (!span_starts_with(buf_span(&e->block), SPAN("HTTP/")))
			status = SPAN("");
		if (status.len > 3)
			status.len = 3;
		assert_int_equal(buf_printf(&out, "%s %.*s%s%.*s;",
					    warc_type_text(e->head.type), (int)path.len,
					    path.data, status.len ? " " : "",
					    (int)status.len, status.data),
				 ERR_OK);
	}
	return out;
}

const struct warc_entry *warc_files_find(const struct warc_files *files,
					 enum warc_type type, const char *path,
					 size_t index)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct warc_entry *e = &files->entries[i];

		if (e->head.type == type && span_equal(path_of(e), span_of(path)) &&
		    !index--)
			return e;
	}
	fail_msg("no such %s of %s", warc_type_text(type), path);
	return NULL;
}
