/*
 * store_regular.c - what is opened is a file.
 *
 * To open a FIFO, or to read a device to its end, is to wait for ever, and RocksDB opens
 * what the names in a directory say. So whoever opens a store or its backups looks first.
 */
#include "store/internal.h"

#include <dirent.h>
#include <sys/stat.h>

/* What is not there, or may not be looked at, whoever opens it next says better; a socket
 * cannot be opened at all. */
static enum err check_entry(const char *path, int levels, struct why *why)
{
	struct stat st;

	if (stat(path, &st) || S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode))
		return ERR_OK;
	if (S_ISDIR(st.st_mode))
		return levels > 1 ? store_check_regular(path, levels - 1, why) : ERR_OK;
	return why_set(why, ERR_CORRUPT, "'%s' is not a file", path);
}

enum err store_check_regular(const char *dir, int levels, struct why *why)
{
	DIR *d = opendir(dir);
	struct buf path = BUF_INIT;
	enum err err = ERR_OK;
	struct dirent *e;

	while (d && !err && (e = readdir(d))) {
		if (e->d_type == DT_REG || strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		buf_clear(&path);
		err = buf_printf(&path, "%s/%s", dir, e->d_name);
		if (!err)
			err = check_entry(buf_text(&path), levels, why);
	}
	if (d)
		closedir(d);
	buf_release(&path);
	return err;
}
