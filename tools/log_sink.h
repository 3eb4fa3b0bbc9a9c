/*
 * log_sink.h - log lines on stderr, as text or JSON, safe whatever they quote (REQ 74).
 *
 *	info fetched url=https://example.org/ status=304
 *	{"at":"2026-11-22T14:00:00.123Z","level":"info","event":"fetched","fields":"..."}
 *
 * The sink may be called from several threads; a line is written in one piece.
 */
#ifndef TOOLS_LOG_SINK_H
#define TOOLS_LOG_SINK_H

#include <stdio.h>

#include "store/base/log.h"
#include "tools/command.h"

/* What one line looks like; appended to `out`, with its line feed. Pure. */
MUST_CHECK enum err log_sink_line(struct buf *out, enum setting_log_format format,
				  bool color, int64_t at_ms, enum log_level level,
				  const char *event, const char *fields);

/* Errors alone under -q; warnings; info with -v; all with -vv. */
enum log_level log_sink_level(const struct options *options);
/* Sends the log to stderr from now on. `settings` may be NULL: text, no colour. */
void log_sink_start(const struct options *options, const struct settings *settings);

#endif
