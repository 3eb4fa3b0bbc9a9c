#include "tools/progress.h"

#include <math.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "store/base/utf8.h"
#include "tools/command.h"
#include "tools/escape.h"

#define REWRITE_EVERY_MS 250
#define LINE_EVERY_MS (10 * MS_PER_SECOND)

void progress_start(struct progress *p, const struct command_context *ctx)
{
	*p = (struct progress){
		.stream = stderr,
		.style = PROGRESS_LINES,
		.began_at_ms = clock_now_ms(),
	};
	if (ctx->settings->progress == WHEN_NEVER || option_bool(ctx->options, "quiet"))
		p->style = PROGRESS_NONE;
	else if (command_wants_progress_line(ctx->settings, stderr))
		p->style = PROGRESS_REWRITE;
	/* What takes less than 10 s needs no line in a log. */
	if (p->style == PROGRESS_LINES)
		p->shown_at_ms = p->began_at_ms;
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

static size_t append_share(char *line, size_t size, uint64_t n, uint64_t total)
{
	double share = (double)n / (double)total;

	return (size_t)snprintf(line, size, " (%.1f%%)", 100 * fmin(share, 1));
}

/* Nothing is said before there is something to go by. */
static void append_rate(char *line, size_t size, int64_t ms, uint64_t n, uint64_t total)
{
	char rate[UNITS_TEXT_SIZE], left[UNITS_TEXT_SIZE];
	double per_ms = ms > 0 ? (double)n / (double)ms : 0,
	       per_s = per_ms * (double)MS_PER_SECOND;
	size_t len;

	if (per_ms <= 0)
		return;
	units_format_count((int64_t)per_s, rate);
	if (per_s < 10)
		snprintf(rate, sizeof(rate), "%.2g", per_s);
	len = (size_t)snprintf(line, size, ", %s/s", rate);
	if (total <= n)
		return;
	units_format_duration((int64_t)((double)(total - n) / per_ms) / MS_PER_SECOND *
				      MS_PER_SECOND,
			      left);
	snprintf(line + len, size - len, ", %s left", left);
}

void progress_count(struct progress *p, int64_t now_ms, uint64_t n, uint64_t total,
		    const char *what)
{
	char line[256], done[UNITS_TEXT_SIZE], of[UNITS_TEXT_SIZE];
	size_t len;

	if (!progress_is_due(p, now_ms))
		return;
	units_format_count((int64_t)n, done);
	units_format_count((int64_t)total, of);
	len = (size_t)snprintf(line, sizeof(line), "%s%s%s %s", done, total ? " of " : "",
			       total ? of : "", what);
	if (total)
		len += append_share(line + len, sizeof(line) - len, n, total);
	append_rate(line + len, sizeof(line) - len, now_ms - p->began_at_ms, n, total);
	progress_show(p, now_ms, span_of(line));
}

static void show_walk(void *context, uint64_t n_records)
{
	struct progress *p = context;

	progress_count(p, clock_now_ms(), n_records, p->total, p->what);
}

void progress_watch(struct progress *p, const struct command_context *ctx,
		    struct store *store, uint64_t total, const char *what)
{
	progress_start(p, ctx);
	p->total = total;
	p->what = what;
	if (p->style != PROGRESS_NONE)
		store_watch_walks(store, show_walk, p);
}

void progress_end(struct progress *p)
{
	if (p->line_is_open)
		fputc('\n', p->stream);
	p->line_is_open = false;
}
