/*
 * store_seal.c - how far the MANIFEST must reach.
 *
 * RocksDB takes the first record of its MANIFEST that is not whole for an end that a crash
 * tore off: it opens the store as it was then, without a word, and a writer removes the
 * files that came later. But it fsyncs each record before it goes on, so what stood there
 * when the store was opened or closed is there, or the disk has lost it. The file SEAL keeps
 * that: "MANIFEST-000005 5055 HASH CHECK", the hash of the end (what lies before it RocksDB
 * checks itself), and one of the line. A seal that is torn, or of another MANIFEST (a kill
 * came between the two), says nothing.
 */
#include "store/internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/digest.h"

#define END_SIZE 65536 /* two blocks of the MANIFEST */
#define LINE_SIZE 128

struct seal {
	char manifest[64];
	uint64_t size, end_hash;
};

static bool read_line(struct store *store, const char *file, char line[LINE_SIZE])
{
	FILE *f = store_path(store, file, &store->scratch)
			  ? NULL
			  : fopen(buf_text(&store->scratch), "re");
	bool is_read = f && fgets(line, LINE_SIZE, f);

	if (f)
		fclose(f);
	if (is_read)
		line[strcspn(line, "\n")] = '\0';
	return is_read;
}

/* Of the first `size` bytes. */
static bool hash_end(int fd, uint64_t size, uint64_t *hash)
{
	size_t len = size < END_SIZE ? (size_t)size : END_SIZE;
	char *end = malloc(END_SIZE);
	bool is_read = end && pread(fd, end, len, (off_t)(size - len)) == (ssize_t)len;

	if (is_read)
		*hash = hash64((struct span){ end, len });
	free(end);
	return is_read;
}

static int open_manifest(struct store *store, const char *name, uint64_t *size)
{
	struct stat st;
	int fd = store_path(store, name, &store->scratch)
			 ? -1
			 : open(buf_text(&store->scratch), O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st)) {
		close(fd);
		return -1;
	}
	*size = fd >= 0 ? (uint64_t)st.st_size : 0;
	return fd;
}

static uint64_t check_of(const struct seal *seal)
{
	char line[LINE_SIZE];
	int len = snprintf(line, sizeof(line), "%s %" PRIu64 " %" PRIx64, seal->manifest,
			   seal->size, seal->end_hash);

	return hash64((struct span){ line, (size_t)len });
}

/* The check proves that it is the line that was written. */
static bool parse(char *line, struct seal *seal)
{
	size_t len = strcspn(line, " ");
	char *rest = line + len;

	if (len >= sizeof(seal->manifest))
		return false;
	*seal = (struct seal){ 0 };
	memcpy(seal->manifest, line, len);
	seal->size = strtoull(rest, &rest, 10);
	seal->end_hash = strtoull(rest, &rest, 16);
	return strtoull(rest, &rest, 16) == check_of(seal);
}

/* False: there is none that says something about the MANIFEST in force. */
static bool read_seal(struct store *store, struct seal *seal)
{
	char line[LINE_SIZE];

	return read_line(store, "SEAL", line) && parse(line, seal) &&
	       read_line(store, "CURRENT", line) && strcmp(line, seal->manifest) == 0;
}

enum err store_check_seal(struct store *store, struct why *why)
{
	uint64_t size, end_hash = 0;
	enum err err = ERR_OK;
	struct seal seal;
	int fd;

	if (!read_seal(store, &seal))
		return ERR_OK;
	fd = open_manifest(store, seal.manifest, &size);
	if (fd < 0)
		return ERR_OK; /* RocksDB says it better; of a reader, a writer has replaced it */
	if (size < seal.size)
		err = why_set(
			why, ERR_CORRUPT,
			"store '%s': %s has %" PRIu64 " of the %" PRIu64
			" bytes that it had (`freshet db restore` brings a backup back)",
			store_dir(store), seal.manifest, size, seal.size);
	else if (hash_end(fd, seal.size, &end_hash) && end_hash != seal.end_hash)
		err = why_set(why, ERR_CORRUPT,
			      "store '%s': %s is damaged before byte %" PRIu64
			      " (`freshet db restore` brings a backup back)",
			      store_dir(store), seal.manifest, seal.size);
	close(fd);
	return err;
}

/* Whole or not at all. */
static void write_seal(struct store *store, const struct seal *seal)
{
	int fd = store_path(store, "SEAL.new", &store->scratch)
			 ? -1
			 : open(buf_text(&store->scratch),
				O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool is_written;

	if (fd < 0)
		return;
	is_written =
		dprintf(fd, "%s %" PRIu64 " %" PRIx64 " %" PRIx64 "\n", seal->manifest,
			seal->size, seal->end_hash, check_of(seal)) > 0;
	is_written = close(fd) == 0 && is_written;
	if (store_path(store, "SEAL", &store->scratch2) || !is_written ||
	    rename(buf_text(&store->scratch), buf_text(&store->scratch2)))
		unlink(buf_text(&store->scratch));
}

void store_seal(struct store *store)
{
	char line[LINE_SIZE];
	struct seal seal = { 0 };
	int fd;

	if (!read_line(store, "CURRENT", line) || strlen(line) >= sizeof(seal.manifest))
		return;
	memcpy(seal.manifest, line, strlen(line));
	fd = open_manifest(store, seal.manifest, &seal.size);
	if (fd < 0)
		return;
	/* What is written beside us may not be on the disk yet. */
	if (fdatasync(fd) == 0 && hash_end(fd, seal.size, &seal.end_hash))
		write_seal(store, &seal);
	close(fd);
}
