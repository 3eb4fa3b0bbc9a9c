/*
 * log.h - one line per event, to whoever listens. The sink is the only global here.
 *
 * A log line is an event name and fixed keys: log_event(LOG_INFO, "fetched",
 * "url=%s status=%d", ...). Outside text in it is escaped by the sink (REQ 74).
 */
#ifndef STORE_BASE_LOG_H
#define STORE_BASE_LOG_H

#include "store/base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

typedef void log_sink(void *context, enum log_level level, const char *event,
		      const char *fields);

/* NULL drops everything (the default). `context` is passed through. Not thread-safe:
 * set it before starting threads; the sink itself must be. */
void log_set_sink(log_sink *sink, void *context, enum log_level most);
/* Is anybody listening at this level? Lets callers skip costly formatting. */
int log_enabled(enum log_level level);
/* `format` makes the fields: "key=value key=value". */
void log_event(enum log_level level, const char *event, const char *format, ...)
	PRINTF_LIKE(3, 4);

#endif
