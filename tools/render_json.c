/* render_json.c - pages and changes as JSON; additions only within a version. */
#include "tools/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "crawler/transport.h"
#include "store/base/units.h"
#include "tools/json_out.h"
#include "tools/stored_head.h"

static void json_between(struct json_out *j, int64_t from_ms, int64_t until_ms)
{
	if (!from_ms && !until_ms) {
		json_nothing(j);
		return;
	}
	json_open(j, '[');
	json_time(j, from_ms);
	json_time(j, until_ms);
	json_close(j, ']');
}

static void json_list(struct json_out *j, struct span items)
{
	json_open(j, '[');
	while (items.len)
		json_text(j, span_cut(&items, ','));
	json_close(j, ']');
}

static void json_hops(struct json_out *j, struct span lines)
{
	json_open(j, '[');
	while (lines.len) {
		struct span url = span_cut(&lines, '\n'), status = span_cut(&url, ' ');
		int64_t code;

		json_open(j, '{');
		json_key(j, "status");
		if (units_parse_count(status, &code) == ERR_OK)
			json_whole(j, code);
		else
			json_nothing(j);
		json_key_text(j, "url", url);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_digest(struct json_out *j, struct span bytes)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest digest;

	memcpy(digest.bytes, bytes.data, DIGEST_SIZE);
	digest_format(&digest, text);
	if (*text)
		json_text(j, span_of(text));
	else
		json_nothing(j);
}

static void json_hash(struct json_out *j, uint64_t hash)
{
	char text[20];

	snprintf(text, sizeof(text), "%016" PRIx64, hash);
	if (hash)
		json_text(j, span_of(text));
	else
		json_nothing(j);
}

static void json_cell(struct json_out *j, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_TEXT:
		json_key_text_or_null(j, cell->name, cell->text);
		return;
	case CELL_BYTES:
		json_key(j, cell->name);
		if (cell->text.len)
			json_bytes(j, cell->text);
		else
			json_nothing(j);
		return;
	default:
		json_key(j, cell->name);
	}
	switch (cell->kind) {
	case CELL_WHOLE_0:
		if (!cell->whole) {
			json_nothing(j);
			break;
		}
		/* fall through */
	case CELL_WHOLE:
		json_whole(j, cell->whole);
		break;
	case CELL_REAL:
		json_decimal(j, cell->real);
		break;
	case CELL_BOOL:
		json_bool(j, cell->whole != 0);
		break;
	case CELL_TIME:
		json_time(j, cell->whole);
		break;
	case CELL_BETWEEN:
		json_between(j, cell->whole, cell->until);
		break;
	case CELL_LIST:
		json_list(j, cell->text);
		break;
	case CELL_HOPS:
		json_hops(j, cell->text);
		break;
	case CELL_DIGEST:
		json_digest(j, cell->text);
		break;
	default:
		json_hash(j, (uint64_t)cell->whole);
	}
}

static void open_object(struct json_out *j, struct buf *out, const char *schema)
{
	json_start(j, out);
	json_open(j, '{');
	json_key_text(j, "schema", span_of(schema));
}

static enum err close_object(struct json_out *j)
{
	json_close(j, '}');
	json_line(j);
	return json_end(j);
}

static void open_page(struct json_out *j, struct buf *out, const struct page_view *view)
{
	struct cell cells[PAGE_CELLS_MAX];
	size_t n = page_view_cells(view, cells);

	open_object(j, out, "freshet.page/1");
	for (size_t i = 0; i < n; i++)
		json_cell(j, &cells[i]);
}

enum err render_json_page(struct buf *out, const struct page_view *view)
{
	struct json_out j;

	open_page(&j, out, view);
	return close_object(&j);
}

/* ---- one page in full ---------------------------------------------------------------- */

static void json_robots(struct json_out *j, const struct host *host)
{
	json_key(j, "robots");
	if (!host) {
		json_nothing(j);
		return;
	}
	json_open(j, '{');
	json_key_text(j, "state",
		      span_of(robots_state_text((enum robots_state)host->robots_state)));
	json_key_time(j, "read_at", host->robots_read_at_ms);
	json_close(j, '}');
}

static void json_visit(struct json_out *j, const struct visit *visit)
{
	json_open(j, '{');
	json_key_time(j, "at", visit->at_ms);
	json_key_text(j, "verdict", span_of(verdict_text((enum verdict)visit->verdict)));
	json_key_text(j, "evidence",
		      span_of(evidence_text((enum evidence)visit->evidence)));
	json_cell(j, &(struct cell){ .name = "http_status",
				     .kind = CELL_WHOLE_0,
				     .whole = visit->http_status });
	json_key_whole(j, "elapsed_ms", visit->elapsed_ms);
	json_key_whole(j, "bytes", visit->wire_bytes);
	json_key_text_or_null(
		j, "error",
		span_of(visit->error ? fetch_error_text((enum fetch_error)visit->error)
				     : ""));
	json_key_text_or_null(j, "differs",
			      span_of(visit->differs
					      ? differs_text((enum differs)visit->differs)
					      : ""));
	json_key_bool(j, "audit", visit->audit);
	json_key_whole(j, "version", visit->version);
	json_key_whole(j, "cursor", (int64_t)visit->cursor);
	json_key_real(j, "predicted",
		      visit->predicted > 0 ? float_as_written(visit->predicted) : NAN);
	json_close(j, '}');
}

static void json_head(struct json_out *j, struct span lines)
{
	struct span name, value;

	json_key_open(j, "headers", '[');
	while (stored_head_next(&lines, &name, &value)) {
		json_open(j, '{');
		json_key_text(j, "name", name);
		json_key_bytes(j, "value", value);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_sources(struct json_out *j, const struct page_detail *detail)
{
	json_key_open(j, "sources", '[');
	for (int i = 0; i < PAGE_N_TOLD; i++)
		if (detail->has_source[i])
			json_told(j, &detail->sources[i],
				  detail->view.page->told[i].n_announced);
	json_close(j, ']');
}

enum err render_json_detail(struct buf *out, const struct page_detail *detail)
{
	struct json_out j;

	open_page(&j, out, &detail->view);
	json_host_address(&j, detail->host);
	json_robots(&j, detail->host);
	json_key_real(&j, "value", detail->value);
	json_key_real(&j, "price", detail->price > 0 ? detail->price : NAN);
	json_sources(&j, detail);
	json_key_open(&j, "history", '[');
	for (size_t i = 0; i < detail->n_history; i++)
		json_visit(&j, &detail->history[i]);
	json_close(&j, ']');
	if (detail->with_head)
		json_head(&j, detail->head);
	return close_object(&j);
}

/* ---- one change ------------------------------------------------------------------------ */

static void json_change_digest(struct json_out *j, const char *key,
			       const struct digest *digest)
{
	json_key(j, key);
	json_digest(j, span_from(digest->bytes, DIGEST_SIZE));
}

enum err render_json_change(struct buf *out, const struct change *change)
{
	bool compared = change->kind == CHANGE_CHANGED;
	struct json_out j;

	open_object(&j, out, "freshet.change/1");
	json_key_whole(&j, "cursor", (int64_t)change->cursor);
	json_key_time(&j, "at", change->at_ms);
	json_key_text(&j, "url", buf_span(&change->url));
	json_key_text(&j, "kind",
		      span_of(change_kind_text((enum change_kind)change->kind)));
	json_key_whole(&j, "version", change->version);
	json_cell(&j, &(struct cell){ .name = "http_status",
				      .kind = CELL_WHOLE_0,
				      .whole = change->http_status });
	json_key_text(&j, "evidence",
		      span_of(evidence_text((enum evidence)change->evidence)));
	json_key_real(&j, "similarity",
		      compared ? float_as_written(change->similarity) : NAN);
	json_key_text_or_null(&j, "title", buf_span(&change->title));
	json_change_digest(&j, "digest", &change->digest);
	json_change_digest(&j, "previous_digest", &change->previous_digest);
	json_key(&j, "changed_between");
	json_between(&j, change->changed_after_ms, change->changed_before_ms);
	json_key_text_or_null(&j, "redirect_to", buf_span(&change->redirect_to));
	json_key_text_or_null(
		&j, "differs",
		span_of(change->differs ? differs_text((enum differs)change->differs)
					: ""));
	json_key_bool(&j, "noindex", change->noindex);
	json_key_bool(&j, "noarchive", change->noarchive);
	return close_object(&j);
}
