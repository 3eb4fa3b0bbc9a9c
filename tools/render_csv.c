/* render_csv.c - one row a page, RFC 4180 (REQ 72). */
#include "tools/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "store/base/units.h"
#include "tools/escape.h"

static enum err append_time(struct buf *out, int64_t at_ms)
{
	char text[UNITS_TIME_SIZE];

	if (!at_ms)
		return ERR_OK;
	units_format_time(at_ms, text);
	return buf_append_text(out, text);
}

/* ISO 8601 writes a time interval with a slash. */
static enum err append_between(struct buf *out, const struct cell *cell)
{
	enum err err;

	if (!cell->whole && !cell->until)
		return ERR_OK;
	err = append_time(out, cell->whole);
	if (!err)
		err = buf_append_byte(out, '/');
	return err ? err : append_time(out, cell->until);
}

static enum err append_digest(struct buf *out, struct span bytes)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest digest;

	memcpy(digest.bytes, bytes.data, DIGEST_SIZE);
	digest_format(&digest, text);
	return buf_append_text(out, text);
}

static enum err append_real(struct buf *out, double real)
{
	char text[UNITS_TEXT_SIZE];

	if (isnan(real))
		return ERR_OK;
	units_spell_number(real, text);
	return buf_append_text(out, text);
}

static enum err append_cell(struct buf *out, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_TEXT:
	case CELL_BYTES:
	case CELL_LIST:
	case CELL_HOPS:
		return escape_csv(out, span_trim(cell->text));
	case CELL_WHOLE_0:
	case CELL_WHOLE:
		if (cell->kind == CELL_WHOLE_0 && !cell->whole)
			return ERR_OK;
		return buf_printf(out, "%" PRId64, cell->whole);
	case CELL_REAL:
		return append_real(out, cell->real);
	case CELL_BOOL:
		return buf_append_text(out, cell->whole ? "true" : "false");
	case CELL_TIME:
		return append_time(out, cell->whole);
	case CELL_BETWEEN:
		return append_between(out, cell);
	case CELL_DIGEST:
		return append_digest(out, cell->text);
	case CELL_HASH:
		return cell->whole ? buf_printf(out, "%016" PRIx64, (uint64_t)cell->whole)
				   : ERR_OK;
	}
	return ERR_OK;
}

enum err render_csv_page(struct buf *out, const struct page_view *view)
{
	struct cell cells[PAGE_CELLS_MAX];
	size_t n = page_view_cells(view, cells);
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n; i++) {
		if (i)
			err = buf_append_byte(out, ',');
		if (!err)
			err = append_cell(out, &cells[i]);
	}
	return err ? err : buf_append_text(out, "\r\n");
}

/* The names come from the cells of a page that does not exist. */
enum err render_csv_header(struct buf *out)
{
	struct cell cells[PAGE_CELLS_MAX];
	struct page_view view;
	struct page page;
	enum err err = ERR_OK;
	size_t n;

	page_init(&page);
	page_view_make(&view, &page, 1, 0);
	n = page_view_cells(&view, cells);
	for (size_t i = 0; !err && i < n; i++) {
		if (i)
			err = buf_append_byte(out, ',');
		if (!err)
			err = buf_append_text(out, cells[i].name);
	}
	page_release(&page);
	return err ? err : buf_append_text(out, "\r\n");
}
