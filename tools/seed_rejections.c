#include "tools/seed_rejections.h"

#include <inttypes.h>

#include "tools/escape.h"
#include "tools/seed_reader.h"

/* It may have any bytes in it. */
static enum err append_quoted(struct buf *text, struct span excerpt)
{
	enum err err = buf_append_text(text, ": \"");

	if (!err)
		err = buf_append_span(text, excerpt);
	return err ? err : buf_append_byte(text, '"');
}

void seed_rejections_add(struct seed_rejections *r, const char *file, uint64_t line,
			 const char *reason, struct span excerpt)
{
	struct buf text = BUF_INIT, safe = BUF_INIT;
	enum err err;

	if (r->n++ >= SEED_REJECTIONS_SHOWN)
		return;
	if (excerpt.len > SEED_EXCERPT_MAX)
		excerpt.len = SEED_EXCERPT_MAX;
	err = buf_printf(&text, "%s:%" PRIu64 ": %s", file, line, reason);
	if (!err && excerpt.len)
		err = append_quoted(&text, excerpt);
	if (!err)
		err = escape_terminal(&safe, buf_span(&text));
	progress_end(r->progress);
	if (!err)
		fprintf(stderr, "%s\n", buf_text(&safe));
	buf_release(&text);
	buf_release(&safe);
}

void seed_rejections_end(struct seed_rejections *r)
{
	progress_end(r->progress);
	if (r->n > SEED_REJECTIONS_SHOWN)
		fprintf(stderr, "... and %" PRIu64 " more rejected\n",
			r->n - SEED_REJECTIONS_SHOWN);
}
