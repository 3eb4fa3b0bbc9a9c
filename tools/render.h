/*
 * render.h - numbers to bytes. Knows formats, not the store; whatever comes from outside
 * is made safe for where it goes (REQ 71-74).
 *
 * Every function appends to `out`; on failure (ERR_NOMEM only) that may hold a part.
 */
#ifndef TOOLS_RENDER_H
#define TOOLS_RENDER_H

#include "store/visit.h"
#include "tools/host_view.h"
#include "tools/page_detail.h"
#include "tools/report.h"
#include "tools/source_view.h"
#include "tools/text_out.h"

/* ---- JSON: each is one line, with its line feed ---------------------------------------- */

MUST_CHECK enum err render_json_page(struct buf *out, const struct page_view *view);
MUST_CHECK enum err render_json_detail(struct buf *out, const struct page_detail *detail);
MUST_CHECK enum err render_json_change(struct buf *out, const struct change *change);
MUST_CHECK enum err render_json_host(struct buf *out, const struct host_view *view);
/* A source in the list of its host's; and what one says of a page. Within an object. */
struct json_out;
/* "address": where the host answered last, and how many hosts took turns there; or null. */
void json_host_address(struct json_out *j, const struct host *host);
/* The same in words, a line; nothing where it is not known. */
MUST_CHECK enum err text_host_address(struct buf *out, const struct host *host);
void json_source(struct json_out *j, const struct source_view *view);
void json_told(struct json_out *j, const struct source_view *view, unsigned n_announced);
MUST_CHECK enum err render_json_report(struct buf *out, const struct report *report);

/* ---- HTML: one file, whole in itself (tools/web_page.h) ------------------------------------ */

/* Of freshet.report/1 with no more than so many hosts: it stays under 1 MB. */
#define REPORT_HTML_HOSTS_MAX 200
MUST_CHECK enum err render_html_report(struct buf *out, const struct report *report);

/* ---- CSV (RFC 4180): one row a page ----------------------------------------------------- */

MUST_CHECK enum err render_csv_header(struct buf *out);
MUST_CHECK enum err render_csv_page(struct buf *out, const struct page_view *view);

/* ---- text for people --------------------------------------------------------------------- */

MUST_CHECK enum err render_text_list_header(struct buf *out);
MUST_CHECK enum err render_text_page(struct buf *out, const struct page_view *view);
MUST_CHECK enum err render_text_detail(struct buf *out, const struct page_detail *detail);
MUST_CHECK enum err render_text_changes_header(struct buf *out);
MUST_CHECK enum err render_text_change(struct buf *out, const struct change *change);
MUST_CHECK enum err render_text_hosts_header(struct buf *out);
MUST_CHECK enum err render_text_host_row(struct buf *out, const struct host_view *view);
MUST_CHECK enum err render_text_host(struct buf *out, const struct host_view *view,
				     int64_t now_ms);
/* What tells of a host's pages; and what one of them says of a page. */
MUST_CHECK enum err render_text_sources(struct buf *out, const struct source_views *views,
					int64_t now_ms);
MUST_CHECK enum err render_text_told(struct buf *out, const struct source_view *view,
				     unsigned n_announced);
/* At most REPORT_LINES_MAX lines of 80 columns. */
#define REPORT_LINES_MAX 60
MUST_CHECK enum err render_text_report(struct buf *out, const struct report *report,
				       const struct text_style *style);

#endif
