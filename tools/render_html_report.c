/* render_html_report.c - the page is drawn by tools/web/report.js from the report's JSON. */
#include "tools/render.h"

#include "tools/web_page.h"

enum err render_html_report(struct buf *out, const struct report *report)
{
	struct report shown = *report; /* borrows all that `report` owns */
	struct buf json = BUF_INIT;
	enum err err;

	if (shown.hosts.n > REPORT_HTML_HOSTS_MAX) {
		shown.hosts.n_dropped += shown.hosts.n - REPORT_HTML_HOSTS_MAX;
		shown.hosts.n = REPORT_HTML_HOSTS_MAX;
	}
	err = render_json_report(&json, &shown);
	if (!err)
		err = web_page_make(out, "report.html", span_trim(buf_span(&json)));
	buf_release(&json);
	return err;
}
