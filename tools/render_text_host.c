/* render_text_host.c - hosts for people: a line each, or one in full. */
#include "tools/render.h"

#include <inttypes.h>

#include "store/anomaly.h"
#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/escape.h"
#include "tools/text_out.h"

enum err render_text_hosts_header(struct buf *out)
{
	return buf_printf(out, "%9s %9s %9s %6s %8s %-12s %-8s %s\n", "PAGES", "STALE",
			  "FAILING", "304", "DELAY", "ROBOTS.TXT", "NOW", "HOST");
}

static const char *host_now(const struct host *host)
{
	if (host->paused)
		return "paused";
	if (host->n_failures_in_a_row)
		return host->backoff_is_retry_after ? "waits" : "failing";
	return "ok";
}

enum err render_text_host_row(struct buf *out, const struct host_view *view)
{
	const struct host *host = view->host;
	char rate[TEXT_SHARE_SIZE], delay[UNITS_TEXT_SIZE];
	enum err err;

	text_share(view->not_modified_rate, rate);
	units_spell_duration(view->delay_ms, delay);
	err = buf_printf(out, "%9" PRIu64 " %9u %9u %6s %8s %-12s %-8s ",
			 host_n_pages(host), (unsigned)host->n_pages[STATE_STALE],
			 (unsigned)host->n_pages[STATE_FAILING], rate, delay,
			 robots_state_text((enum robots_state)host->robots_state),
			 host_now(host));
	return err ? err : text_url(out, buf_span(&host->name));
}

static enum err append_host_pages(struct buf *out, const struct host *host)
{
	enum err err = buf_printf(out, "pages          %" PRIu64, host_n_pages(host));

	for (int s = 0; !err && s < N_STATES; s++)
		if (host->n_pages[s])
			err = buf_printf(out, ", %u %s", (unsigned)host->n_pages[s],
					 state_text((enum page_state)s));
	return err ? err : buf_append_byte(out, '\n');
}

static enum err append_host_robots(struct buf *out, const struct host *host,
				   int64_t now_ms)
{
	enum err err =
		buf_printf(out, "robots.txt     %s",
			   robots_state_text((enum robots_state)host->robots_state));

	if (!err && host->robots_http_status)
		err = buf_printf(out, ", HTTP %u", (unsigned)host->robots_http_status);
	if (!err && host->robots_read_at_ms) {
		err = buf_append_text(out, ", read ");
		if (!err)
			err = text_when(out, host->robots_read_at_ms, now_ms);
	}
	if (!err && host->robots_expires_at_ms) {
		err = buf_append_text(out, "\n               again ");
		if (!err)
			err = text_when(out, host->robots_expires_at_ms, now_ms);
	}
	return err ? err : buf_append_byte(out, '\n');
}

enum err text_host_address(struct buf *out, const struct host *host)
{
	enum err err;

	if (!host->address.len)
		return ERR_OK;
	err = escape_terminal(out, buf_span(&host->address));
	if (!err && host->n_at_address > 1)
		err = buf_printf(out, ", where %u hosts take turns (fetch.per_address)",
				 (unsigned)host->n_at_address);
	return err ? err : buf_append_byte(out, '\n');
}

static enum err append_host_manners(struct buf *out, const struct host_view *view,
				    int64_t now_ms)
{
	const struct host *host = view->host;
	char delay[UNITS_TEXT_SIZE];
	enum err err;

	units_format_duration(view->delay_ms, delay);
	err = buf_printf(out, "delay          %s between two requests", delay);
	if (!err && host->crawl_delay_ms) {
		units_format_duration(host->crawl_delay_ms, delay);
		err = buf_printf(out, " (Crawl-delay %s)", delay);
	}
	if (!err && host->paused)
		err = buf_append_text(out, "\npaused         until --resume");
	if (!err && host->backoff_until_ms > now_ms) {
		err = buf_printf(out, "\nback-off       %s, %u failures in a row, until ",
				 host->backoff_is_retry_after ? "Retry-After" : "our own",
				 (unsigned)host->n_failures_in_a_row);
		if (!err)
			err = text_when(out, host->backoff_until_ms, now_ms);
	}
	if (!err && host->address.len)
		err = buf_append_text(out, "\naddress        ");
	if (!err)
		err = host->address.len ? text_host_address(out, host)
					: buf_append_byte(out, '\n');
	return err;
}

static enum err append_host_counts(struct buf *out, const struct host_view *view)
{
	const struct host *host = view->host;
	char bytes[UNITS_TEXT_SIZE], pass[UNITS_TEXT_SIZE], rate[TEXT_SHARE_SIZE];
	enum err err;

	units_format_size((int64_t)host->wire_bytes, bytes);
	units_format_duration((int64_t)(view->one_pass_s * 1000), pass);
	text_share(view->not_modified_rate, rate);
	err = buf_printf(out,
			 "requests       %" PRIu64 ", %s: %" PRIu64 " answered 200, "
			 "%" PRIu64 " answered 304 (%s), %" PRIu64 " failed\n",
			 host->n_requests, bytes, host->n_ok, host->n_not_modified, rate,
			 host->n_errors);
	if (!err)
		err = buf_printf(out,
				 "validators     %" PRIu64 " useless 200, %" PRIu64
				 " false 304, %" PRIu64 " anomalies; asked: %s\n",
				 host->n_useless_200, host->n_false_304,
				 host->n_anomalies,
				 view->distrusted ? "without conditions"
						  : condition_mode_text(view->mode));
	for (enum hold hold = HOLD_NONE + 1; !err && hold < N_HOLDS; hold++)
		if (host->guard.n_held[hold])
			err = buf_printf(
				out, "held back      %u pages, %s: see --release\n",
				(unsigned)host->guard.n_held[hold], hold_text(hold));
	return err ? err : buf_printf(out, "one pass       %s\n", pass);
}

/* Each kind with a page that showed it, to look at. */
static enum err append_host_anomalies(struct buf *out, const struct host *host)
{
	struct span rest = buf_span(&host->anomalies);
	struct anomaly_entry entry;
	enum err err = ERR_OK;

	while (!err && anomaly_next(&rest, &entry)) {
		err = buf_printf(out, "anomaly        %" PRIu64 " %s", entry.count,
				 anomaly_text(entry.kind));
		if (!err && entry.example.len)
			err = buf_append_text(out, ": ");
		if (!err)
			err = text_column(out, entry.example, ANOMALY_EXAMPLE_MAX, false);
		if (!err)
			err = buf_append_byte(out, '\n');
	}
	return err;
}

enum err render_text_host(struct buf *out, const struct host_view *view, int64_t now_ms)
{
	enum err err = text_url(out, buf_span(&view->host->name));

	if (!err)
		err = append_host_pages(out, view->host);
	if (!err)
		err = append_host_manners(out, view, now_ms);
	if (!err)
		err = append_host_robots(out, view->host, now_ms);
	if (!err)
		err = append_host_counts(out, view);
	if (!err)
		err = append_host_anomalies(out, view->host);
	return err || !view->sources ? err
				     : render_text_sources(out, view->sources, now_ms);
}
