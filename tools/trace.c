#include "tools/trace.h"

#include <stdlib.h>

#include "store/base/units.h"
#include "tools/lines.h"

/* The year 9999; also keeps sums of two instants far from overflow. */
#define AT_MAX_S INT64_C(253402300799)

void trace_init(struct trace *trace)
{
	memset(trace, 0, sizeof(*trace));
}

void trace_release(struct trace *trace)
{
	buf_release(&trace->name);
	buf_release(&trace->text);
	free(trace->pages);
	free(trace->at_s);
	trace_init(trace);
}

struct span trace_path(const struct trace *trace, const struct trace_page *page)
{
	return span_from(trace->text.data + page->path_at, page->path_len);
}

/* Room for one more of `size` bytes in the array `items`. */
static enum err grow(void **items, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap ? *cap * 2 : 256;
	void *bigger;

	if (n < *cap)
		return ERR_OK;
	bigger = realloc(*items, more * size);
	if (!bigger)
		return ERR_NOMEM;
	*items = bigger;
	*cap = more;
	return ERR_OK;
}

enum err trace_add_page(struct trace *trace, struct span path)
{
	void *pages = trace->pages;
	enum err err = trace->n_pages < TRACE_PAGES_MAX ? ERR_OK : ERR_TOO_LARGE;
	size_t at = trace->text.len;

	if (!err)
		err = grow(&pages, &trace->pages_cap, trace->n_pages,
			   sizeof(*trace->pages));
	trace->pages = pages;
	if (!err)
		err = buf_append_span(&trace->text, path);
	if (!err)
		trace->pages[trace->n_pages++] = (struct trace_page){
			.path_at = at,
			.path_len = path.len,
			.first = trace->n_at,
		};
	return err;
}

enum err trace_add_version(struct trace *trace, int64_t at_s)
{
	struct trace_page *page = &trace->pages[trace->n_pages - 1];
	void *at = trace->at_s;
	enum err err = trace->n_at < TRACE_CHANGES_MAX ? ERR_OK : ERR_TOO_LARGE;

	if (at_s < 0 || at_s > AT_MAX_S ||
	    (page->n && at_s < trace->at_s[trace->n_at - 1]))
		return ERR_INVALID;
	if (!err)
		err = grow(&at, &trace->at_cap, trace->n_at, sizeof(*trace->at_s));
	trace->at_s = at;
	if (err)
		return err;
	trace->at_s[trace->n_at++] = at_s;
	page->n++;
	trace_reach(trace, at_s);
	return ERR_OK;
}

void trace_reach(struct trace *trace, int64_t at_s)
{
	if (at_s > trace->last_at_s)
		trace->last_at_s = at_s;
}

/* What is wrong with the line, or NULL. `*err` is set when something is. */
static const char *parse_line(struct trace *trace, struct span line, enum err *err)
{
	struct span path = span_cut(&line, '\t');
	int64_t at_s = 0;

	*err = ERR_INVALID;
	if (!path.len)
		return "no path";
	if (!line.len)
		return "no times behind the path";
	*err = trace_add_page(trace, path);
	while (!*err && line.len) {
		int64_t delta_s;

		*err = units_parse_count(span_cut(&line, ','), &delta_s);
		if (*err)
			return "a time that is not a whole number of seconds";
		if (delta_s > AT_MAX_S)
			*err = ERR_INVALID;
		else
			*err = trace_add_version(trace, at_s + delta_s);
		if (*err == ERR_INVALID)
			return "a time beyond the year 9999";
		at_s += delta_s;
	}
	return *err == ERR_TOO_LARGE ? "more pages or changes than a trace may have"
	       : *err                ? err_text(*err)
				     : NULL;
}

/* The file's name up to its first dot. */
static enum err name_trace(struct trace *trace, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct span name = span_of(slash ? slash + 1 : path);

	return buf_set(&trace->name, span_cut(&name, '.'));
}

static enum err read_lines(struct lines *lines, const char *path, struct trace *trace,
			   struct why *why)
{
	struct span line;
	enum err err;

	while (!(err = lines_next(lines, &line, why))) {
		const char *wrong = NULL;

		if (line.len && line.data[0] != '#')
			wrong = parse_line(trace, line, &err);
		if (wrong)
			return why_set(why, err, "%s:%llu: %s", path,
				       (unsigned long long)lines_number(lines), wrong);
	}
	if (err == ERR_TOO_LARGE)
		return why_set(why, ERR_INVALID, "%s:%llu: line too long", path,
			       (unsigned long long)lines_number(lines));
	if (err != ERR_NOT_FOUND)
		return err;
	return trace->n_pages ? ERR_OK : why_set(why, ERR_INVALID, "%s: no pages", path);
}

enum err trace_read(const char *path, struct trace *trace, struct why *why)
{
	struct lines *lines = NULL;
	enum err err = lines_open(path, &lines, why);

	if (err)
		return err;
	err = name_trace(trace, path);
	if (err)
		err = why_set(why, err, "%s: %s", path, err_text(err));
	else
		err = read_lines(lines, path, trace, why);
	lines_close(lines);
	return err;
}
