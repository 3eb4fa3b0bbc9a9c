#include "crawler/html.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "crawler/charset.h"
#include "crawler/html_element.h"
#include "crawler/ignore.h"
#include "store/page.h"

/* libxml2's stack may be deeper than the page: it does not close every void element. */
#define STACK_MAX 1024

/*
 * libxml2 compares every attribute of a tag with all before it, so a page could have it
 * compare for hours. It cannot make up many names: 16 KiB of them (libxml2 takes up to a
 * third more; honest pages have a few hundred names) are compared in 20 ms. Nor can it say
 * the same ones again and again, in one tag or in many: 20 ms and 60 ms.
 */
#define NAMES_MAX (16 * 1024)
#define NAME_LEN_MAX 100 /* libxml2's HTML_PARSER_BUFFER_SIZE: a longer one is cut */
#define REPEATED_MAX 1024
#define COMPARISONS_MAX (16 << 20)
/* An error costs libxml2 a tenth of a microsecond, and a page may be nothing else. */
#define ERRORS_MAX 250000

#define CACHE_SIZE 64 /* a power of two */

struct open_element {
	const struct element *element;
	int depth;
};

struct reader {
	struct html *html;
	xmlParserCtxtPtr parser;
	const struct html_limits *limits;
	int64_t started_us;
	unsigned n_events, n_errors;
	unsigned n_repeated; /* attributes that their tag has already */
	size_t n_comparisons;
	enum err err; /* once set, nothing more is read */
	struct text_writer writer;
	size_t title_at;  /* where in the text the title starts */
	int title_depth;  /* in libxml2's stack; 0: not in the title */
	int unseen_depth; /* likewise, of the element that is skipped; 0: none */
	bool has_open_comment;
	bool in_declaration; /* "<!" that is no comment, up to its ">" */
	struct {
		const xmlChar *name; /* interned, so the address will do */
		const struct element *element;
	} cache[CACHE_SIZE];
	struct ignore_rule rules[IGNORE_RULES_MAX];
	size_t n_rules;
	struct open_element stack[STACK_MAX];
	const char *path[STACK_MAX]; /* names of what is on the stack, from 1 */
};

static const struct element *look_up(struct reader *r, const xmlChar *name)
{
	size_t slot = (uintptr_t)name / 4 % CACHE_SIZE;

	if (r->cache[slot].name != name) {
		r->cache[slot].name = name;
		r->cache[slot].element = element_of((const char *)name);
	}
	return r->cache[slot].element;
}

static bool is_late(const struct reader *r)
{
	return r->limits->now_us &&
	       r->limits->now_us() - r->started_us > r->limits->max_us;
}

static bool is_unseen(const struct reader *r)
{
	return r->unseen_depth && r->parser->nameNr >= r->unseen_depth;
}

/* Elements can vanish from libxml2's stack without an end event. */
static void drop_closed(struct reader *r, int depth)
{
	if (depth <= r->unseen_depth)
		r->unseen_depth = 0;
	if (depth <= r->title_depth)
		r->title_depth = 0;
}

static void open_title(struct reader *r, int depth)
{
	if (r->html->title.len || r->title_depth) {
		r->unseen_depth = depth;
		return;
	}
	r->title_depth = depth;
	r->title_at = r->html->text.len;
}

/* `text` cut to at most `max` bytes without cutting a character. */
static struct span cut_text(struct span text, size_t max)
{
	if (text.len <= max)
		return text;
	while (max && ((unsigned char)text.data[max] & 0xC0) == 0x80)
		max--;
	return span_trim(span_from(text.data, max));
}

/* Elements that a page nests in its title may be blocks; a title is one line. */
static enum err close_title(struct reader *r)
{
	struct buf *title = &r->html->title;
	struct span said = buf_span(&r->html->text);
	enum err err = ERR_OK;

	if (said.len) {
		said = span_from(said.data + r->title_at, said.len - r->title_at);
		err = buf_set(title, cut_text(span_trim(said), PAGE_TITLE_MAX));
	}
	for (size_t i = 0; !err && i < title->len; i++)
		if (title->data[i] == '\n')
			title->data[i] = ' ';
	return err;
}

/* Puts the new element on the stack. False: the page is given up. */
static bool push(struct reader *r, int at, const struct element *element)
{
	int depth;

	if (at < 1 || at >= STACK_MAX) {
		r->err = ERR_TOO_LARGE;
		return false;
	}
	depth = r->stack[at - 1].depth + (element->role != ROLE_VOID);
	if (depth > r->limits->max_depth || (++r->n_events % 16 == 0 && is_late(r)))
		r->err = ERR_TOO_LARGE;
	r->stack[at] = (struct open_element){ element, depth };
	return !r->err;
}

/* False: the page is given up. */
static bool count_comparisons(struct reader *r, const char *const *attributes)
{
	size_t n = 0;

	while (attributes && attributes[2 * n])
		n++;
	r->n_comparisons += n * n / 2;
	r->html->n_steps += n * n / 2;
	if (!r->err && r->n_comparisons > COMPARISONS_MAX)
		r->err = ERR_TOO_LARGE;
	return !r->err;
}

static bool is_ignored(struct reader *r, int at, const char *const *attributes)
{
	for (size_t i = 0; i < r->n_rules; i++)
		if (ignore_matches(&r->rules[i], r->path + 1, (size_t)at, attributes))
			return true;
	return false;
}

static bool is_out_of_sight(const struct element *element, const char *const *attributes)
{
	struct span mode;

	return element->role == ROLE_UNSEEN || attributes_hide(attributes) ||
	       (element->role == ROLE_TEMPLATE &&
		!attribute_get(attributes, "shadowrootmode", &mode));
}

static enum err read_button(struct reader *r, const char *const *attributes)
{
	struct span label;
	enum err err;

	if (!attributes_label(attributes, &label))
		return ERR_OK;
	err = text_add(&r->writer, label);
	text_gap(&r->writer, TEXT_SPACE);
	return err;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *r = context;
	const char *const *pairs = (const char *const *)attributes;
	const struct element *element = look_up(r, name);
	int at = r->parser->nameNr;

	r->html->n_steps++;
	if (r->err || !push(r, at, element) || !count_comparisons(r, pairs)) {
		xmlStopParser(r->parser);
		return;
	}
	drop_closed(r, at);
	r->path[at] = (const char *)name;
	r->in_declaration = false;
	if (r->unseen_depth)
		return;
	text_gap(&r->writer, element->gap);
	if (element->role == ROLE_VOID)
		return; /* what follows is not in it, hidden or not */
	if (is_out_of_sight(element, pairs) || is_ignored(r, at, pairs))
		r->unseen_depth = at;
	else if (element->role == ROLE_TITLE)
		open_title(r, at);
	else if (element->role == ROLE_BUTTON)
		r->err = read_button(r, pairs);
	else if (element->role != ROLE_TEXT)
		r->err = html_note(r->html, element->role, pairs);
}

static void on_end(void *context, const xmlChar *name)
{
	struct reader *r = context;
	int at = r->parser->nameNr;

	r->html->n_steps++;
	if (r->err)
		return;
	if (r->title_depth && at == r->title_depth)
		r->err = close_title(r);
	drop_closed(r, at);
	if (!r->unseen_depth)
		text_gap(&r->writer, look_up(r, name)->gap);
}

/* "<![endif]>" and the like are comments to a browser (HTML 13.2.5.42), text to libxml2:
 * it reports the "<" by itself, standing on it. */
static bool starts_declaration(const struct reader *r, struct span text)
{
	const xmlChar *at = r->parser->input->cur;

	return text.len == 1 && text.data[0] == '<' && at[0] == '<' && at[1] == '!';
}

static void on_text(void *context, const xmlChar *data, int len)
{
	struct reader *r = context;
	struct span text = span_from(data, (size_t)len);

	r->html->n_steps++;
	if (r->err || is_unseen(r))
		return;
	if (r->in_declaration) {
		size_t end = span_find(text, '>');

		r->in_declaration = end == text.len;
		span_cut(&text, '>');
	}
	if (starts_declaration(r, text))
		r->in_declaration = true;
	else
		r->err = text_add(&r->writer, text);
}

/*
 * "<!-->" is a whole comment to a browser (HTML 13.2.5.43), to libxml2 the start of one that
 * takes in what follows: such a page is not known by its text.
 */
static bool ends_at_once(struct span comment)
{
	return span_starts_with(comment, SPAN(">")) ||
	       span_starts_with(comment, SPAN("->"));
}

static void on_comment(void *context, const xmlChar *value)
{
	struct reader *r = context;

	if (!r->err && value && ends_at_once(span_of((const char *)value)))
		r->err = ERR_TOO_LARGE;
}

/* Of a comment that does not end nothing is reported but that. */
static bool has_such_a_comment(struct span page)
{
	static const struct span start = { "<!--", 4 };
	size_t next;

	while (page.len) {
		if (span_starts_with(page, start) &&
		    ends_at_once(span_from(page.data + start.len, page.len - start.len)))
			return true;
		page = span_from(page.data + 1, page.len - 1);
		next = span_find(page, '<');
		page = span_from(page.data + next, page.len - next);
	}
	return false;
}

/* May the parser be stopped while it reports this error? Not in the middle of a text or a
 * script, where it has yet to step over the character it is at; but charset_decode()
 * leaves none in a text that it could complain of. These errors can come by the million
 * without an element between them. */
static bool is_safe_to_stop(const struct reader *r, int code)
{
	switch (code) {
	case XML_ERR_ATTRIBUTE_REDEFINED:
	case XML_ERR_NAME_REQUIRED:
	case XML_ERR_ENTITYREF_SEMICOL_MISSING:
	case XML_ERR_INVALID_CHAR:
	case XML_ERR_INVALID_HEX_CHARREF:
	case XML_ERR_INVALID_DEC_CHARREF:
	case XML_ERR_PI_NOT_STARTED:
		return true;
	case XML_ERR_TAG_NAME_MISMATCH:
		return !is_unseen(r);
	default:
		return false;
	}
}

static void on_error(void *context, xmlErrorPtr error)
{
	struct reader *r = context;

	r->html->n_steps++;
	if (error->code == XML_ERR_NO_MEMORY)
		r->err = ERR_NOMEM;
	r->has_open_comment |= error->code == XML_ERR_COMMENT_NOT_FINISHED;
	if (!is_safe_to_stop(r, error->code))
		return;
	r->n_repeated += error->code == XML_ERR_ATTRIBUTE_REDEFINED;
	if (!r->err &&
	    (++r->n_errors > ERRORS_MAX || r->n_repeated > REPEATED_MAX || is_late(r)))
		r->err = ERR_TOO_LARGE;
	if (r->err)
		xmlStopParser(r->parser);
}

static const xmlSAXHandler handler = {
	.startElement = on_start,
	.endElement = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.comment = on_comment,
	.serror = on_error,
	.initialized = XML_SAX2_MAGIC, /* else serror is not asked, and it prints */
};

/* One event at a time from memory, not chunks pushed: the push parser of 2.9 ends a page
 * that lacks <html> at its first closed element, and takes as long. */
static enum err parse_utf8(struct reader *r, struct span utf8)
{
	xmlParserCtxtPtr parser = htmlCreateMemoryParserCtxt(utf8.data, (int)utf8.len);
	xmlChar unknown[NAME_LEN_MAX]; /* a name that no page has; others may still fit */
	enum err err;

	if (!parser)
		return ERR_NOMEM;
	r->parser = parser;
	memcpy(parser->sax, &handler, sizeof(handler));
	parser->userData = r;
	htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NONET |
					   HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
					   HTML_PARSE_NOIMPLIED | HTML_PARSE_NODEFDTD |
					   HTML_PARSE_IGNORE_ENC);
	xmlDictSetLimit(parser->dict, NAMES_MAX);
	xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
	htmlParseDocument(parser);
	err = r->err;
	if (!err && r->has_open_comment && has_such_a_comment(utf8))
		err = ERR_TOO_LARGE;
	/* With the room for names used up some were dropped: not the page's text then. */
	memset(unknown, '?', sizeof(unknown));
	if (!err && !xmlDictLookup(parser->dict, unknown, sizeof(unknown)))
		err = ERR_TOO_LARGE;
	htmlFreeParserCtxt(parser);
	return err;
}

void html_init(struct html *html)
{
	xmlInitParser();
	*html = (struct html){ .text = BUF_INIT };
}

void html_release(struct html *html)
{
	buf_release(&html->text);
	buf_release(&html->title);
	buf_release(&html->canonical);
	buf_release(&html->base);
	buf_release(&html->language);
	buf_release(&html->marks);
	buf_release(&html->links);
	buf_release(&html->scratch);
}

void html_clear(struct html *html)
{
	buf_clear(&html->text);
	buf_clear(&html->title);
	buf_clear(&html->canonical);
	buf_clear(&html->base);
	buf_clear(&html->language);
	buf_clear(&html->marks);
	buf_clear(&html->links);
	html->robots = (struct html_robots){ false, false, false };
	html->n_links = 0;
	html->link_digest = (struct digest){ { 0 } };
}

enum err html_parse(struct span page, struct span charset,
		    const struct html_limits *limits, struct html *html)
{
	struct reader r;
	struct span utf8;
	enum err err;

	html_clear(html);
	html->n_steps = 0;
	if (page.len > limits->max_bytes || page.len > INT32_MAX / 4)
		return ERR_TOO_LARGE;
	err = charset_decode(page, charset, true, &html->scratch, &utf8);
	if (err || !utf8.len)
		return err;
	memset(&r, 0, offsetof(struct reader, stack) + sizeof(r.stack[0]));
	r.html = html;
	r.limits = limits;
	r.n_rules = ignore_parse_lines(html->ignore, r.rules);
	r.writer.out = &html->text;
	if (limits->now_us)
		r.started_us = limits->now_us();
	err = parse_utf8(&r, utf8);
	if (err)
		html_clear(html);
	else
		html_finish_links(html);
	return err;
}
