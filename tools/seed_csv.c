#include "tools/seed_line.h"

/* The cells of one row, each with its quotes still around it. */
struct row {
	struct span cells[SEED_COLUMNS_MAX];
	size_t n;
};

static bool is_quoted(struct span cell)
{
	return cell.len && cell.data[0] == '"';
}

/* Length of the quoted cell at the start of `rest`, with both its quotes; 0 when it does
 * not end. */
static size_t measure_quoted(struct span rest)
{
	for (size_t i = 1; i < rest.len; i++) {
		if (rest.data[i] != '"')
			continue;
		if (i + 1 == rest.len || rest.data[i + 1] != '"')
			return i + 1;
		i++;
	}
	return 0;
}

/* ERR_NOT_FOUND: the last cell is quoted and does not end. */
static enum err split(struct span line, struct row *row, struct why *why)
{
	size_t len;

	for (row->n = 0;;) {
		len = is_quoted(line) ? measure_quoted(line) : span_find(line, ',');
		if (row->n == SEED_COLUMNS_MAX)
			return why_set(why, ERR_INVALID, "more than %d cells",
				       SEED_COLUMNS_MAX);
		if (is_quoted(line) && !len)
			return why_set(why, ERR_NOT_FOUND, "quotes are not closed");
		if (len < line.len && line.data[len] != ',')
			return why_set(why, ERR_INVALID, "text behind closed quotes");
		row->cells[row->n++] = span_from(line.data, len);
		if (len == line.len)
			return ERR_OK;
		line = span_from(line.data + len + 1, line.len - len - 1);
	}
}

/* The cell without its quotes; one that was trimmed may have a first one and no last.
 * Doubled ones are made single in `room`, which has space for the whole row, so that what
 * is borrowed from it stays where it is. */
static struct span unquote(struct span cell, struct buf *room)
{
	size_t start = room->len;

	if (!is_quoted(cell) || cell.len < 2 || cell.data[cell.len - 1] != '"')
		return cell;
	cell = span_from(cell.data + 1, cell.len - 2);
	if (span_find(cell, '"') == cell.len)
		return cell;
	for (size_t i = 0; i < cell.len; i++) {
		room->data[room->len++] = cell.data[i];
		if (cell.data[i] == '"')
			i++;
	}
	return span_from(room->data + start, room->len - start);
}

bool seed_line_is_csv_header(struct span line)
{
	bool has_url = false;
	struct row row;

	if (split(line, &row, NULL))
		return false;
	for (size_t i = 0; i < row.n; i++) {
		struct span cell = span_trim(row.cells[i]);

		/* "http://h/?a,url" is a seed and no header. */
		if (memmem(cell.data, cell.len, "://", 3))
			return false;
		if (span_equal_nocase(cell, SPAN("url")) ||
		    span_equal_nocase(cell, SPAN("\"url\"")))
			has_url = true;
	}
	return has_url;
}

/* The key that a column is named after, in any case of letters. */
static const struct seed_key *find_column(struct span cell, struct buf *room)
{
	struct span name = span_trim(unquote(span_trim(cell), room));
	char lower[32];

	if (name.len > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return seed_key_find(span_from(lower, name.len));
}

enum err seed_line_csv_header(struct span line, struct seed_columns *columns,
			      struct why *why)
{
	const struct seed_key *url = seed_key_find(SPAN("url"));
	struct span unknown = { 0 };
	struct buf room = BUF_INIT;
	bool has_url = false;
	struct row row;
	enum err err = buf_reserve(&room, line.len);

	columns->n = 0;
	if (!err)
		err = split(line, &row, why);
	if (err)
		goto out;
	for (size_t i = 0; i < row.n; i++) {
		columns->keys[i] = find_column(row.cells[i], &room);
		has_url = has_url || columns->keys[i] == url;
		if (!columns->keys[i] && !unknown.data)
			unknown = row.cells[i];
	}
	if (!has_url)
		err = why_set(why, ERR_INVALID, "the CSV header has no column 'url'");
	else
		columns->n = row.n;
	if (!err && unknown.data)
		err = why_set(why, ERR_INVALID, "unknown column '%.*s' is ignored",
			      (int)(unknown.len < 40 ? unknown.len : 40), unknown.data);
out:
	buf_release(&room);
	return err == ERR_NOT_FOUND ? ERR_INVALID : err;
}

enum err seed_line_csv(struct span line, const struct seed_columns *columns,
		       struct seed *seed, struct buf *unquoted, struct why *why)
{
	struct row row;
	enum err err = split(line, &row, why);

	if (err)
		return err;
	/* More cells than columns: most often a URL with a comma and no quotes. */
	if (row.n != columns->n)
		return why_set(why, ERR_INVALID, "%zu cells, but the header has %zu",
			       row.n, columns->n);
	buf_clear(unquoted);
	err = buf_reserve(unquoted, line.len);
	for (size_t i = 0; !err && i < row.n; i++) {
		struct span cell = span_trim(unquote(row.cells[i], unquoted));

		if (columns->keys[i] && cell.len)
			err = seed_set(seed, columns->keys[i], cell, why);
	}
	return err;
}
