/*
 * store_log.c - a log that is damaged, not only torn.
 *
 * RocksDB replays a log up to the first record that is not whole and says nothing of what
 * stands behind it. Where a crash tore the end off, nothing does: each commit is on the
 * disk before the next begins. So the beginning of another commit behind a record that is
 * not whole means that something acknowledged is lost.
 *
 * The format is that of RocksDB's "Write Ahead Log File Format": blocks of 32 KiB, in them
 * records of checksum (CRC-32C, masked), length, type and payload; none begins in the last
 * 6 bytes of a block.
 */
#include "store/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

static size_t room_in_block(size_t at, size_t size)
{
	size_t room = BLOCK_SIZE - at % BLOCK_SIZE;

	return room < size - at ? room : size - at;
}

/* Where the first record that is not whole begins; `size`: nowhere. */
static size_t first_damage(const uint8_t *log, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t room = room_in_block(at, size);
		size_t len = record_at(log + at, room);

		if (!len && room >= HEADER_SIZE)
			return at;
		at += len ? len : room; /* what pads a block */
	}
	return size;
}

/* Does another commit begin behind `at`? It may at any byte: the length of what is not
 * whole is not to be trusted. */
static bool more_begins_behind(const uint8_t *log, size_t size, size_t at)
{
	for (at++; at < size; at++) {
		size_t room = room_in_block(at, size);

		if (room < HEADER_SIZE) {
			at += room - 1;
			continue;
		}
		if (log[at + 6] != TYPE_FULL && log[at + 6] != TYPE_FIRST)
			continue;
		if (record_at(log + at, room))
			return true;
	}
	return false;
}

/* *at: where it is damaged; -1: not, as far as can be read. */
static void check_log(const char *path, int64_t *at)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t size, damage;
	void *log;

	*at = -1;
	if (fd < 0)
		return; /* RocksDB says it better */
	size = fstat(fd, &st) || st.st_size <= 0 ? 0 : (size_t)st.st_size;
	log = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	close(fd);
	if (log == MAP_FAILED)
		return;
	damage = first_damage(log, size);
	if (damage < size && more_begins_behind(log, size, damage))
		*at = (int64_t)damage;
	munmap(log, size);
}

enum err store_check_logs(struct store *store, struct buf *damaged)
{
	DIR *d = opendir(store_dir(store));
	enum err err = ERR_OK;
	struct dirent *e;

	buf_clear(damaged);
	make_crc_table();
	while (d && !err && !damaged->len && (e = readdir(d))) {
		size_t len = strlen(e->d_name);
		int64_t at;

		if (len < 5 || strcmp(e->d_name + len - 4, ".log") != 0)
			continue;
		err = store_path(store, e->d_name, &store->scratch);
		if (err)
			break;
		check_log(buf_text(&store->scratch), &at);
		if (at >= 0)
			err = buf_printf(damaged,
					 "log %s is damaged at byte %lld, and what was "
					 "committed behind that is lost",
					 e->d_name, (long long)at);
	}
	if (d)
		closedir(d);
	return err;
}
