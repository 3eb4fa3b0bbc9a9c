/* render_text_source.c - sources for people: of a host, and of a page. */
#include "tools/render.h"

#include <inttypes.h>

#include "store/base/units.h"
#include "tools/escape.h"
#include "tools/text_out.h"

static enum err append_trust(struct buf *out, const struct source_view *view)
{
	char tells[TEXT_SHARE_SIZE], right[TEXT_SHARE_SIZE];

	if (view->state == SOURCE_STATE_LIES)
		return buf_append_text(out, "hardly ever right, so not listened to");
	text_share(view->quality.recall, tells);
	text_share(view->quality.precision, right);
	return buf_printf(out, "believed to tell %s of the changes, and to be right %s",
			  tells, right);
}

static enum err append_times(struct buf *out, const struct source *source, int64_t now_ms)
{
	enum err err = ERR_OK;

	if (source->last_poll_at_ms) {
		err = buf_printf(out, "\n               polled %u times, last ",
				 (unsigned)source->n_polls);
		if (!err)
			err = text_when(out, source->last_poll_at_ms, now_ms);
	}
	if (!err && source->next_poll_at_ms && !source->retired_at_ms) {
		err = buf_append_text(out, "\n               next ");
		if (!err)
			err = text_when(out, source->next_poll_at_ms, now_ms);
	}
	return err;
}

static enum err append_detail(struct buf *out, const struct source *source)
{
	enum err err;

	if (!source->detail.len)
		return ERR_OK;
	err = buf_append_text(out, "\n               ");
	return err ? err : escape_terminal(out, buf_span(&source->detail));
}

static enum err append_source(struct buf *out, const struct source_view *view,
			      int64_t now_ms)
{
	const struct source *source = &view->source;
	enum err err = buf_printf(out, "%-14s ",
				  source_kind_text((enum source_kind)source->kind));

	if (!err)
		err = escape_terminal(out, buf_span(&source->url));
	if (!err)
		err = buf_printf(out,
				 "\n               %s, named by %s%s; %u URLs, %u pages; "
				 "%" PRIu64 " announcements\n               ",
				 source_state_text(view->state),
				 source_origin_text((enum source_origin)source->named_by),
				 source->adds_pages ? ", adds pages" : "",
				 (unsigned)source->n_entries, (unsigned)source->n_pages,
				 source->n_announced);
	if (!err)
		err = append_trust(out, view);
	if (!err)
		err = append_times(out, source, now_ms);
	if (!err)
		err = append_detail(out, source);
	return err ? err : buf_append_byte(out, '\n');
}

enum err render_text_sources(struct buf *out, const struct source_views *views,
			     int64_t now_ms)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < views->n; i++)
		err = append_source(out, &views->items[i], now_ms);
	if (!err && views->n_dropped)
		err = buf_printf(out, "               and %" PRIu64 " more sources\n",
				 views->n_dropped);
	return err;
}

enum err render_text_told(struct buf *out, const struct source_view *view,
			  unsigned n_announced)
{
	enum err err = buf_printf(out, "  %-15s ",
				  source_kind_text((enum source_kind)view->source.kind));

	if (!err)
		err = escape_terminal(out, buf_span(&view->source.url));
	if (!err)
		err = buf_printf(out,
				 "\n  %-15s %u announcement%s since the last visit, ", "",
				 n_announced, n_announced == 1 ? "" : "s");
	if (!err)
		err = append_trust(out, view);
	return err ? err : buf_append_byte(out, '\n');
}
