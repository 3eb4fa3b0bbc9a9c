#include "store/base/log.h"

#include <stdarg.h>
#include <stdio.h>

static struct {
	log_sink *sink;
	void *context;
	enum log_level most;
} the_log;

void log_set_sink(log_sink *sink, void *context, enum log_level most)
{
	the_log.sink = sink;
	the_log.context = context;
	the_log.most = most;
}

int log_enabled(enum log_level level)
{
	return the_log.sink && level <= the_log.most;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	char fields[2048];
	va_list args;

	if (!log_enabled(level))
		return;
	va_start(args, format);
	vsnprintf(fields, sizeof(fields), format, args);
	va_end(args);
	the_log.sink(the_log.context, level, event, fields);
}
