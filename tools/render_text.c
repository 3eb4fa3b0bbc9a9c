/* render_text.c - lists of pages and changes for people. */
#include "tools/render.h"

#include <inttypes.h>

#include "tools/text_out.h"

enum err render_text_list_header(struct buf *out)
{
	return buf_printf(out, "%-10s %-10s %-10s %4s %6s  %-19s  %-19s  %s\n", "STATE",
			  "VERDICT", "EVIDENCE", "HTTP", "FRESH", "LAST VISIT",
			  "NEXT VISIT", "URL");
}

static enum err append_status(struct buf *out, unsigned status)
{
	return status ? buf_printf(out, " %4u", status) : buf_append_text(out, "    -");
}

enum err render_text_page(struct buf *out, const struct page_view *view)
{
	const struct page *page = view->page;
	char fresh[TEXT_SHARE_SIZE], last[TEXT_TIME_SIZE], next[TEXT_TIME_SIZE];
	enum err err = buf_printf(out, "%-10s %-10s %-10s", state_text(view->state),
				  verdict_text((enum verdict)page->verdict),
				  evidence_text((enum evidence)page->evidence));

	text_share(view->fresh_probability, fresh);
	text_time(page->last_visit_at_ms, last);
	text_time(page->next_visit_at_ms, next);
	if (!err)
		err = append_status(out, page->http_status);
	if (!err)
		err = buf_printf(out, " %6s  %-19s  %-19s  ", fresh, last, next);
	return err ? err : text_url(out, buf_span(&page->url));
}

enum err render_text_changes_header(struct buf *out)
{
	return buf_printf(out, "%10s  %-19s  %-9s %7s %4s  %s\n", "CURSOR", "AT (UTC)",
			  "KIND", "VERSION", "HTTP", "URL");
}

enum err render_text_change(struct buf *out, const struct change *change)
{
	char at[TEXT_TIME_SIZE];
	enum err err;

	text_time(change->at_ms, at);
	err = buf_printf(out, "%10" PRIu64 "  %-19s  %-9s %7u", change->cursor, at,
			 change_kind_text((enum change_kind)change->kind),
			 (unsigned)change->version);
	if (!err)
		err = append_status(out, change->http_status);
	if (!err)
		err = buf_append_text(out, "  ");
	return err ? err : text_url(out, buf_span(&change->url));
}
