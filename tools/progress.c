#include "tools/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/utf8.h"
#include "tools/command.h"
#include "tools/escape.h"

#define REWRITE_EVERY_MS 250
#define LINE_EVERY_MS (10 * MS_PER_SECOND)

void progress_start(struct progress *p, const struct command_context *ctx)
{
	*p = (struct progress){ .stream = stderr, .style = PROGRESS_LINES };
	if (ctx->settings->progress == WHEN_NEVER || option_bool(ctx->options, "quiet"))
		p->style = PROGRESS_NONE;
	else if (command_wants_progress_line(ctx->settings, stderr))
		p->style = PROGRESS_REWRITE;
	/* What takes less than 10 s needs no line in a log. */
	if (p->style == PROGRESS_LINES)
		p->shown_at_ms = clock_now_ms();
}

bool progress_is_due(const struct progress *p, int64_t now_ms)
{
	int64_t every_ms =
		p->style == PROGRESS_REWRITE ? REWRITE_EVERY_MS : LINE_EVERY_MS;

	if (p->style == PROGRESS_NONE)
		return false;
	/* A clock that was set back must not silence it. */
	return !p->shown_at_ms || now_ms < p->shown_at_ms ||
	       now_ms - p->shown_at_ms >= every_ms;
}

static size_t terminal_columns(FILE *stream)
{
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		return (size_t)size.ws_col - 1; /* a full line would wrap */
	return 79;
}

static struct span first_columns(struct span text, size_t columns)
{
	struct span rest = text;
	uint32_t point;

	while (rest.len && columns--)
		utf8_take(&rest, &point);
	return span_from(text.data, text.len - rest.len);
}

void progress_show(struct progress *p, int64_t now_ms, struct span text)
{
	struct buf safe = BUF_INIT;
	struct span line;

	if (!progress_is_due(p, now_ms))
		return;
	p->shown_at_ms = now_ms;
	if (escape_terminal(&safe, text) == ERR_OK) {
		line = buf_span(&safe);
		if (p->style == PROGRESS_REWRITE) {
			line = first_columns(line, terminal_columns(p->stream));
			fprintf(p->stream, "\r%.*s\033[K", (int)line.len, line.data);
			p->line_is_open = true;
		} else {
			fprintf(p->stream, "%.*s\n", (int)line.len, line.data);
		}
		fflush(p->stream);
	}
	buf_release(&safe);
}

void progress_end(struct progress *p)
{
	if (p->line_is_open)
		fputc('\n', p->stream);
	p->line_is_open = false;
}
