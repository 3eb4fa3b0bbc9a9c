/*
 * store_log.c - a log that is damaged, not only torn.
 *
 * RocksDB replays a log up to the first record that is not whole and says nothing of what
 * stands behind it. Where a crash tore the end off, nothing does: each commit is on the
 * disk before the next begins. So the beginning of another commit behind a record that is
 * not whole means that something acknowledged is lost. What cannot be read RocksDB takes
 * for such an end, too, and that it never is.
 *
 * The format is that of RocksDB's "Write Ahead Log File Format": blocks of 32 KiB, in them
 * records of checksum (CRC-32C, masked), length, type and payload; none begins in the last
 * 6 bytes of a block.
 */
#include "store/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK_SIZE ((size_t)32768)
#define HEADER_SIZE ((size_t)7)

enum { TYPE_FULL = 1, TYPE_FIRST = 2, TYPE_LAST = 4 };

static uint32_t crc_table[256];

static void make_crc_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
		crc_table[i] = crc;
	}
}

static uint32_t masked_crc(const uint8_t *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;

	while (len--)
		crc = crc >> 8 ^ crc_table[(crc ^ *bytes++) & 0xff];
	crc = ~crc;
	return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

/* The length of the whole record at `at`, of `room` bytes; 0: there is none. */
static size_t record_at(const uint8_t *at, size_t room)
{
	size_t len;
	uint32_t crc;

	if (room < HEADER_SIZE || at[6] < TYPE_FULL || at[6] > TYPE_LAST)
		return 0;
	len = (size_t)at[4] | (size_t)at[5] << 8;
	crc = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	      (uint32_t)at[3] << 24;
	if (len > room - HEADER_SIZE || masked_crc(at + 6, len + 1) != crc)
		return 0;
	return HEADER_SIZE + len;
}

/* Where the first record of the block that is not whole begins; `size`: nowhere. */
static size_t first_damage(const uint8_t *block, size_t size)
{
	size_t at = 0;

	while (size - at >= HEADER_SIZE) {
		size_t len = record_at(block + at, size - at);

		if (!len)
			return at;
		at += len;
	}
	return size; /* what is left pads it */
}

/* Does another commit begin at `at` or behind? It may at any byte: the length of what is not
 * whole is not to be trusted. */
static bool one_begins_behind(const uint8_t *block, size_t size, size_t at)
{
	for (; size - at >= HEADER_SIZE; at++)
		if ((block[at + 6] == TYPE_FULL || block[at + 6] == TYPE_FIRST) &&
		    record_at(block + at, size - at))
			return true;
	return false;
}

/* As much of a block as the file has; *size: how much. */
static bool read_block(int fd, int64_t offset, int64_t end, uint8_t block[BLOCK_SIZE],
		       size_t *size)
{
	size_t len =
		end - offset < (int64_t)BLOCK_SIZE ? (size_t)(end - offset) : BLOCK_SIZE;
	ssize_t n = 1;

	for (*size = 0; *size < len && n > 0; *size += n > 0 ? (size_t)n : 0)
		n = pread(fd, block + *size, len - *size, offset + (off_t)*size);
	return n >= 0;
}

/* *at: where it is damaged; -1: not. False: it cannot be read there, for the reason in
 * errno. By calls and not as a part of memory, where a bad sector would be a signal. */
static bool check_log(int fd, uint8_t block[BLOCK_SIZE], int64_t *at)
{
	int64_t end = lseek(fd, 0, SEEK_END), damage = -1;
	size_t size;

	*at = 0;
	if (end < 0)
		return false;
	for (; *at < end; *at += BLOCK_SIZE) {
		size_t from = 0;

		if (!read_block(fd, *at, end, block, &size))
			return false;
		if (damage < 0) {
			from = first_damage(block, size);
			if (from < size)
				damage = *at + (int64_t)from++;
		}
		if (damage >= 0 && one_begins_behind(block, size, from)) {
			*at = damage;
			return true;
		}
	}
	*at = -1;
	return true;
}

static enum err check_file(const char *path, const char *name, uint8_t block[BLOCK_SIZE],
			   struct buf *damaged)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err = ERR_OK;
	int64_t at;

	if (fd < 0)
		return ERR_OK; /* RocksDB says it better */
	if (!check_log(fd, block, &at))
		err = buf_printf(damaged,
				 "log %s cannot be read at byte %lld: %s, and what was "
				 "committed there and behind is lost",
				 name, (long long)at, strerror(errno));
	else if (at >= 0)
		err = buf_printf(damaged,
				 "log %s is damaged at byte %lld, and what was committed "
				 "behind that is lost",
				 name, (long long)at);
	close(fd);
	return err;
}

enum err store_check_logs(struct store *store, struct buf *damaged)
{
	DIR *d = opendir(store_dir(store));
	uint8_t *block = malloc(BLOCK_SIZE);
	enum err err = block ? ERR_OK : ERR_NOMEM;
	struct dirent *e;

	buf_clear(damaged);
	make_crc_table();
	while (d && !err && !damaged->len && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 4, ".log") != 0)
			continue;
		err = store_path(store, e->d_name, &store->scratch);
		if (!err)
			err = check_file(buf_text(&store->scratch), e->d_name, block,
					 damaged);
	}
	if (d)
		closedir(d);
	free(block);
	return err;
}
