#include "store/base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *err_text(enum err err)
{
	static const char *const texts[] = {
		[ERR_OK] = "ok",
		[ERR_NOMEM] = "out of memory",
		[ERR_IO] = "input/output error",
		[ERR_NOT_FOUND] = "not found",
		[ERR_INVALID] = "invalid",
		[ERR_TOO_LARGE] = "too large",
		[ERR_CORRUPT] = "corrupt",
		[ERR_LOCKED] = "locked",
		[ERR_NEWER] = "written by a newer version",
		[ERR_STOPPED] = "stopped",
	};

	return (size_t)err < ARRAY_SIZE(texts) ? texts[err] : "unknown error";
}

enum err why_set(struct why *why, enum err err, const char *format, ...)
{
	va_list args;

	if (!why)
		return err;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return err;
}
