#include "tools/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/escape.h"
#include "tools/journal.h"

int command_fail(int code, const char *format, ...)
{
	struct buf safe = BUF_INIT;
	char message[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (escape_terminal(&safe, span_of(message)) == ERR_OK)
		fprintf(stderr, "%sfreshet: %s\n", journal_prefix(LOG_ERROR),
			buf_text(&safe));
	buf_release(&safe);
	return code;
}

int command_code(enum err err)
{
	switch (err) {
	case ERR_OK:
		return EXIT_OK;
	case ERR_LOCKED:
	case ERR_CORRUPT:
	case ERR_NEWER:
		return EXIT_STORE;
	default:
		return EXIT_FAILED;
	}
}

int command_write(struct span bytes)
{
	if (fwrite(bytes.len ? bytes.data : "", 1, bytes.len, stdout) == bytes.len &&
	    fflush(stdout) == 0)
		return EXIT_OK;
	if (errno == EPIPE) /* a reader that had enough, as in `| head` */
		return EXIT_FAILED;
	return command_fail(EXIT_FAILED, "cannot write to stdout: %s", strerror(errno));
}

bool command_wants_color(const struct settings *settings, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");

	if (settings->color != WHEN_AUTO)
		return settings->color == WHEN_ALWAYS;
	return isatty(fileno(stream)) && !(no_color && *no_color);
}

bool command_wants_progress_line(const struct settings *settings, FILE *stream)
{
	return settings->progress == WHEN_ALWAYS || isatty(fileno(stream));
}
