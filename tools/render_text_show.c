/* render_text_show.c - one page in full, for people. */
#include "tools/render.h"

#include <inttypes.h>
#include <math.h>

#include "crawler/transport.h"
#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/escape.h"
#include "tools/text_out.h"

/* "label          ": values stand in one column. */
static enum err label(struct buf *out, const char *text)
{
	return buf_printf(out, "  %-15s ", text);
}

static enum err heading(struct buf *out, const char *text)
{
	return buf_printf(out, "\n%s\n", text);
}

/* Nothing is written for an empty value. */
static enum err line_text(struct buf *out, const char *name, struct span value)
{
	enum err err;

	if (!value.len)
		return ERR_OK;
	err = label(out, name);
	if (!err)
		err = escape_terminal(out, value);
	return err ? err : buf_append_byte(out, '\n');
}

static enum err line_when(struct buf *out, const char *name, int64_t at_ms,
			  int64_t now_ms)
{
	enum err err = label(out, name);

	if (!err)
		err = text_when(out, at_ms, now_ms);
	return err ? err : buf_append_byte(out, '\n');
}

static enum err line_digest(struct buf *out, const char *name,
			    const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(digest, text);
	return line_text(out, name, span_of(text));
}

static enum err append_state(struct buf *out, const struct page_detail *d)
{
	const struct page *page = d->view.page;
	enum err err = label(out, "state");

	if (!err)
		err = buf_printf(out, "%s: version %u, the index has ",
				 state_text(d->view.state), (unsigned)page->version);
	if (!err && page->indexed_version)
		err = buf_printf(out, "version %u\n", (unsigned)page->indexed_version);
	else if (!err)
		err = buf_append_text(out, "none\n");
	if (!err && page->weight != 1) {
		err = label(out, "weight");
		if (!err)
			err = buf_printf(out, "%g\n", (double)page->weight);
	}
	if (!err)
		err = line_text(out, "tags", buf_span(&page->tags));
	return err ? err
		   : line_when(out, "first seen", page->first_seen_at_ms, d->now_ms);
}

static enum err append_hops(struct buf *out, struct span hops)
{
	enum err err = ERR_OK;

	while (!err && hops.len)
		err = line_text(out, "by way of", span_cut(&hops, '\n'));
	return err;
}

static enum err append_verdict(struct buf *out, const struct page_detail *d)
{
	const struct page *page = d->view.page;
	enum err err = label(out, "verdict");

	if (!err)
		err = buf_printf(out, "%s, evidence %s",
				 verdict_text((enum verdict)page->verdict),
				 evidence_text((enum evidence)page->evidence));
	if (!err && page->differs)
		err = buf_printf(out, " (%s)", differs_text((enum differs)page->differs));
	if (!err && page->http_status)
		err = buf_printf(out, ", HTTP %u", (unsigned)page->http_status);
	if (!err)
		err = buf_append_byte(out, '\n');
	if (!err && page->error)
		err = line_text(out, "error",
				span_of(fetch_error_text((enum fetch_error)page->error)));
	if (!err)
		err = line_text(out, "detail", buf_span(&page->error_detail));
	if (!err && page->held)
		err = line_text(out, "held back",
				span_of(hold_text((enum hold)page->held)));
	if (!err)
		err = append_hops(out, buf_span(&page->hops));
	if (!err)
		err = line_text(out, "redirects to", buf_span(&page->redirect_to));
	return err ? err : line_when(out, "visited", page->last_visit_at_ms, d->now_ms);
}

static enum err append_validators(struct buf *out, const struct page_detail *d)
{
	const struct page *page = d->view.page;
	enum err err = heading(out, "validators");

	if (!err)
		err = line_text(out, "ETag", buf_span(&page->etag));
	if (!err)
		err = line_text(out, "Last-Modified", buf_span(&page->last_modified));
	if (!err)
		err = line_text(out, "of", buf_span(&page->validators_url));
	if (!err && !page->etag.len && !page->last_modified.len)
		err = buf_append_text(out, "  none: it is asked for whole\n");
	if (!err && page->ask_unconditionally)
		err = buf_append_text(out, "  not sent next time\n");
	return err;
}

/* What the page says of itself. */
static enum err append_said(struct buf *out, const struct page *page)
{
	enum err err = line_text(out, "canonical", buf_span(&page->canonical));

	if (!err)
		err = line_text(out, "language", buf_span(&page->language));
	if (!err && (page->noindex || page->noarchive))
		err = line_text(out, "to robots",
				!page->noarchive ? SPAN("noindex")
				: page->noindex  ? SPAN("noindex, noarchive")
						 : SPAN("noarchive"));
	return err;
}

static enum err append_content(struct buf *out, const struct page_detail *d)
{
	const struct page *page = d->view.page;
	char size[UNITS_TEXT_SIZE];
	enum err err;

	if (digest_is_none(&page->digest))
		return ERR_OK;
	err = heading(out, "content");
	if (!err)
		err = line_text(out, "title", buf_span(&page->title));
	if (!err)
		err = line_text(out, "type", buf_span(&page->content_type));
	units_format_size(page->body_len, size);
	if (!err)
		err = label(out, "size");
	if (!err)
		err = buf_printf(out, "%s%s\n", size,
				 page->has_body ? "" : " (not stored)");
	if (!err)
		err = line_digest(out, "digest", &page->digest);
	if (!err)
		err = line_digest(out, "text digest", &page->text_digest);
	if (!err)
		err = line_digest(out, "link digest", &page->link_digest);
	if (!err)
		err = append_said(out, page);
	if (!err)
		err = line_when(out, "verified", page->last_verified_at_ms, d->now_ms);
	if (!err && page->changed_after_ms)
		err = line_when(out, "changed after", page->changed_after_ms, d->now_ms);
	if (!err && page->changed_before_ms)
		err = line_when(out,
				page->changed_after_ms ? "and before" : "there since",
				page->changed_before_ms, d->now_ms);
	return err;
}

static enum err append_estimate(struct buf *out, const struct page_detail *d)
{
	struct rate_interval rate = rate_credible_interval(d->view.posterior, 0.9);
	const struct page *page = d->view.page;
	char fresh[TEXT_SHARE_SIZE];
	enum err err = heading(out, "estimate");

	text_share(d->view.fresh_probability, fresh);
	if (!err)
		err = label(out, "changes");
	if (!err)
		err = buf_printf(out, "%.3g a day (90%%: %.2g to %.2g)\n",
				 rate_mean_per_day(d->view.posterior), rate.low_per_day,
				 rate.high_per_day);
	if (!err)
		err = label(out, "still fresh");
	if (!err)
		err = buf_printf(out, "%s\n", fresh);
	if (!err)
		err = label(out, "seen");
	return err ? err
		   : buf_printf(out, "%u changes and %u failures in %u visits\n",
				(unsigned)page->n_changes, (unsigned)page->n_failures,
				(unsigned)page->n_visits);
}

static enum err append_told(struct buf *out, const struct page_detail *d)
{
	const struct page *page = d->view.page;
	bool any = false;
	enum err err = ERR_OK;

	for (int i = 0; !err && i < PAGE_N_TOLD; i++) {
		if (!d->has_source[i])
			continue;
		err = any ? ERR_OK : heading(out, "told of by");
		any = true;
		if (!err)
			err = render_text_told(out, &d->sources[i],
					       page->told[i].n_announced);
	}
	if (!err && page->told_recall > 0)
		err = line_text(out, "so",
				page->told_doubt > 0
					? SPAN("it is visited the sooner")
					: SPAN("while they are silent, it is visited "
					       "less often"));
	return err;
}

static enum err append_plan(struct buf *out, const struct page_detail *d)
{
	const struct page *page = d->view.page;
	enum err err = heading(out, "next visit");

	if (!err)
		err = line_when(out, d->view.overdue_ms ? "due since" : "at",
				page->next_visit_at_ms, d->now_ms);
	if (!err)
		err = line_text(out, "because", span_of(page_view_reason(&d->view)));
	if (!err && !isnan(d->value))
		err = label(out, "gain now");
	if (!err && !isnan(d->value))
		err = buf_printf(out, "%.3g (weight x days; a visit must gain %.3g)\n",
				 d->value, d->price);
	if (!err && d->host) {
		err = label(out, "robots.txt");
		if (!err)
			err = buf_printf(
				out, "%s, read ",
				robots_state_text(
					(enum robots_state)d->host->robots_state));
		if (!err)
			err = text_when(out, d->host->robots_read_at_ms, d->now_ms);
		if (!err)
			err = buf_append_byte(out, '\n');
	}
	if (!err && d->host && d->host->address.len) {
		err = label(out, "address");
		if (!err)
			err = text_host_address(out, d->host);
	}
	if (!err && d->host && d->host->paused)
		err = line_text(out, "but", SPAN("its host is paused"));
	return err;
}

static enum err append_visit(struct buf *out, const struct visit *visit)
{
	char at[TEXT_TIME_SIZE], bytes[UNITS_TEXT_SIZE];
	enum err err;

	text_time(visit->at_ms, at);
	units_format_size(visit->wire_bytes, bytes);
	err = buf_printf(out, "  %-19s  %-9s %-10s", at,
			 verdict_text((enum verdict)visit->verdict),
			 evidence_text((enum evidence)visit->evidence));
	if (!err && visit->http_status)
		err = buf_printf(out, " %4u", (unsigned)visit->http_status);
	else if (!err)
		err = buf_append_text(out, "    -");
	if (!err)
		err = buf_printf(
			out, " %4u %7u ms %10s%s%s%s%s%s\n", (unsigned)visit->version,
			(unsigned)visit->elapsed_ms, bytes, visit->audit ? "  audit" : "",
			visit->differs ? "  " : "",
			visit->differs ? differs_text((enum differs)visit->differs) : "",
			visit->error ? "  " : "",
			visit->error ? fetch_error_text((enum fetch_error)visit->error)
				     : "");
	return err;
}

/* The newest first: that is what somebody looks for. */
static enum err append_history(struct buf *out, const struct page_detail *d)
{
	enum err err;

	if (!d->n_history)
		return ERR_OK;
	err = buf_printf(out, "\n  %-19s  %-9s %-10s %4s %4s %10s %10s\n", "VISIT (UTC)",
			 "VERDICT", "EVIDENCE", "HTTP", "VER", "TIME", "BYTES");
	for (size_t i = d->n_history; !err && i > 0; i--)
		err = append_visit(out, &d->history[i - 1]);
	return err;
}

static enum err append_head(struct buf *out, const struct page_detail *d)
{
	struct span rest = d->head;
	enum err err = d->with_head ? heading(out, "stored response fields") : ERR_OK;

	while (!err && d->with_head && rest.len) {
		err = buf_append_text(out, "  ");
		if (!err)
			err = escape_terminal(out, span_cut(&rest, '\n'));
		if (!err)
			err = buf_append_byte(out, '\n');
	}
	return err;
}

enum err render_text_detail(struct buf *out, const struct page_detail *detail)
{
	static enum err (*const parts[])(struct buf *, const struct page_detail *) = {
		append_state,   append_verdict,  append_validators,
		append_content, append_estimate, append_told,
		append_plan,    append_history,  append_head,
	};
	enum err err = escape_terminal(out, buf_span(&detail->view.page->url));

	if (!err)
		err = buf_append_byte(out, '\n');
	for (size_t i = 0; !err && i < ARRAY_SIZE(parts); i++)
		err = parts[i](out, detail);
	return err;
}
