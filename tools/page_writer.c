#include "tools/page_writer.h"

#include "tools/render.h"

static enum err flush_line(struct page_writer *w)
{
	size_t written =
		w->line.len ? fwrite(w->line.data, 1, w->line.len, w->stream) : 0;
	bool whole = written == w->line.len;

	buf_clear(&w->line);
	return whole ? ERR_OK : ERR_IO;
}

enum err page_writer_start(struct page_writer *w, FILE *stream, enum page_format format)
{
	enum err err = ERR_OK;

	*w = (struct page_writer){ .stream = stream, .format = format };
	if (format == PAGES_TABLE)
		err = render_text_list_header(&w->line);
	else if (format == PAGES_CSV)
		err = render_csv_header(&w->line);
	return err ? err : flush_line(w);
}

enum err page_writer_page(struct page_writer *w, const struct page_view *view)
{
	enum err err;

	if (w->format == PAGES_TABLE)
		err = render_text_page(&w->line, view);
	else if (w->format == PAGES_CSV)
		err = render_csv_page(&w->line, view);
	else
		err = render_json_page(&w->line, view);
	return err ? err : flush_line(w);
}

enum err page_writer_end(struct page_writer *w)
{
	return fflush(w->stream) ? ERR_IO : ERR_OK;
}

void page_writer_release(struct page_writer *w)
{
	buf_release(&w->line);
}
