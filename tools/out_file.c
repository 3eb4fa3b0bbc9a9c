#include "tools/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a new file of ours may be, which mkstemp() does not ask for. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A device or a pipe is written to: a file in its place would take it away from all. */
static bool is_special(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && !S_ISREG(found.st_mode);
}

/* The name of what is to be replaced. A link that leads nowhere yet is followed by the
 * system alone. */
static enum err find_target(struct out_file *f)
{
	char *real = realpath(f->path, NULL);
	enum err err = buf_set(&f->target, span_of(real ? real : f->path));

	free(real);
	return err;
}

static bool leads_nowhere(const char *path)
{
	struct stat link, target;

	return lstat(path, &link) == 0 && S_ISLNK(link.st_mode) && stat(path, &target);
}

static enum err open_special(struct out_file *f, struct why *why)
{
	f->stream = fopen(f->path, "we");
	return f->stream ? ERR_OK
			 : why_set(why, ERR_IO, "cannot write '%s': %s", f->path,
				   strerror(errno));
}

static enum err open_temporary(struct out_file *f, struct why *why)
{
	enum err err = find_target(f);
	int fd;

	if (!err)
		err = buf_printf(&f->temporary, "%s.XXXXXX", buf_text(&f->target));
	if (err)
		return why_set(why, err, "%s", err_text(err));
	fd = mkostemp(f->temporary.data, O_CLOEXEC);
	if (fd < 0)
		buf_release(&f->temporary); /* nothing to remove */
	else
		f->stream = fdopen(fd, "w");
	if (f->stream && fchmod(fd, usual_mode()) == 0)
		return ERR_OK;
	err = why_set(why, ERR_IO, "cannot make '%s': %s", f->path, strerror(errno));
	if (fd >= 0 && !f->stream)
		close(fd);
	return err;
}

enum err out_file_open(struct out_file *f, const char *path, struct why *why)
{
	enum err err;

	*f = (struct out_file){ .stream = stdout };
	if (!path || strcmp(path, "-") == 0)
		return ERR_OK;
	f->stream = NULL;
	f->path = path;
	err = is_special(path) || leads_nowhere(path) ? open_special(f, why)
						      : open_temporary(f, why);
	if (err)
		out_file_release(f);
	return err;
}

enum err out_file_commit(struct out_file *f, struct why *why)
{
	bool failed = fflush(f->stream) || ferror(f->stream);

	why_set(why, ERR_OK, "%s", "");
	if (!f->path)
		return !failed ? ERR_OK
		       : errno == EPIPE
			       ? ERR_IO
			       : why_set(why, ERR_IO, "cannot write to stdout: %s",
					 strerror(errno));
	failed = failed || (f->temporary.len && fsync(fileno(f->stream)));
	failed = fclose(f->stream) || failed;
	f->stream = NULL;
	if (!failed && f->temporary.len)
		failed = rename(buf_text(&f->temporary), buf_text(&f->target));
	if (failed)
		return why_set(why, ERR_IO, "cannot write '%s': %s", f->path,
			       strerror(errno));
	buf_release(&f->temporary);
	buf_release(&f->target);
	return ERR_OK;
}

void out_file_release(struct out_file *f)
{
	if (f->path && f->stream)
		fclose(f->stream);
	f->stream = NULL;
	if (f->temporary.len)
		unlink(buf_text(&f->temporary));
	buf_release(&f->temporary);
	buf_release(&f->target);
}
