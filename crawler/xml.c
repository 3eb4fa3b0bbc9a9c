#include "crawler/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

/* Pieces in which a document is given to the parser; between two it can be stopped. */
#define PIECE ((size_t)16 * 1024)
/* Names that one document may make up, and how often attributes may be compared: html.c. */
#define NAMES_MAX (64 * 1024)
#define COMPARISONS_MAX (16 << 20)
/* A document with more errors than this is none. */
#define ERRORS_MAX 1000

struct reader {
	const struct xml_limits *limits;
	const struct xml_events *events;
	void *context;
	struct xml_outcome *outcome;
	xmlParserCtxtPtr parser;
	int64_t started_us;
	int depth, n_errors;
	size_t n_comparisons;
	enum err err;
	bool done; /* read no further */
	struct buf text;
	bool is_text_damaged; /* something is missing from it */
};

static void damage(struct reader *r, const char *what)
{
	if (!r->outcome->is_damaged)
		(void)why_set(&r->outcome->why, ERR_INVALID, "%.400s", what);
	r->outcome->is_damaged = true;
}

static void stop(struct reader *r)
{
	r->done = true;
	xmlStopParser(r->parser);
}

static bool is_late(const struct reader *r)
{
	return r->limits->now_us &&
	       r->limits->now_us() - r->started_us > r->limits->max_us;
}

static void clear_text(struct reader *r)
{
	buf_clear(&r->text);
	r->is_text_damaged = false;
}

static struct span span_of_xml(const xmlChar *text)
{
	return span_of((const char *)text);
}

static struct xml_element element_of(const struct reader *r, const xmlChar *name,
				     const xmlChar *name_space)
{
	return (struct xml_element){
		.depth = r->depth,
		.name = span_of_xml(name),
		.name_space = name_space ? span_of_xml(name_space) : SPAN(""),
		.line = (unsigned)xmlSAX2GetLineNumber(r->parser),
	};
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *name_space, int n_names, const xmlChar **names,
		     int n_attributes, int n_defaults, const xmlChar **attributes)
{
	struct reader *r = context;
	struct xml_element element;

	(void)prefix, (void)n_names, (void)names, (void)n_defaults;
	if (r->done)
		return;
	r->n_comparisons += (size_t)n_attributes * (size_t)n_attributes / 2;
	if (r->n_comparisons > COMPARISONS_MAX || is_late(r)) {
		damage(r, "takes too long to read");
		stop(r);
		return;
	}
	if (++r->depth > XML_DEPTH_MAX) {
		damage(r, "nested too deeply");
		stop(r);
		return;
	}
	clear_text(r);
	element = element_of(r, name, name_space);
	element.attributes = attributes;
	element.n_attributes = n_attributes;
	if (!r->events->start(r->context, &element)) {
		r->outcome->stopped = true;
		stop(r);
	}
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *name_space)
{
	struct reader *r = context;
	struct xml_element element;

	(void)prefix;
	if (r->done)
		return;
	element = element_of(r, name, name_space);
	if (r->is_text_damaged)
		buf_clear(&r->text);
	if (!r->events->end(r->context, &element, span_trim(buf_span(&r->text)))) {
		r->outcome->stopped = true;
		stop(r);
	}
	clear_text(r);
	r->depth--;
}

static void on_text(void *context, const xmlChar *text, int len)
{
	struct reader *r = context;
	struct span s = span_from(text, (size_t)len);

	if (r->done)
		return;
	/* Blanks before it must not use up the room of a long URL. */
	if (!r->text.len)
		s = span_trim(s);
	if (s.len > XML_TEXT_MAX - r->text.len)
		s.len = XML_TEXT_MAX - r->text.len;
	if (buf_append_span(&r->text, s)) {
		r->err = ERR_NOMEM;
		stop(r);
	}
}

static void on_error(void *context, xmlErrorPtr error)
{
	struct reader *r = context;

	if (error->code == XML_ERR_NO_MEMORY) {
		r->err = ERR_NOMEM;
		stop(r);
		return;
	}
	/* Undeclared prefixes and the like are none of our business. */
	if (error->level != XML_ERR_FATAL || r->done)
		return;
	if (!r->outcome->is_damaged) {
		struct span message =
			span_trim(span_of(error->message ? error->message : ""));

		(void)why_set(&r->outcome->why, ERR_INVALID, "line %d: %.*s", error->line,
			      (int)(message.len < 400 ? message.len : 400), message.data);
	}
	r->outcome->is_damaged = true;
	r->is_text_damaged = true;
	if (++r->n_errors > ERRORS_MAX)
		stop(r);
}

/* What has no parser to belong to, as errors of encodings, libxml2 prints by itself. */
static void say_nothing(void *context, const char *format, ...)
{
	(void)context, (void)format;
}

/* No handler for declarations: no entity is ever known, so none is replaced. */
static const xmlSAXHandler handler = {
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.serror = on_error,
	.initialized = XML_SAX2_MAGIC,
};

/* How far the next piece reaches; 0: there is none. */
static size_t next_piece(struct reader *r, struct span rest, size_t *since_tag_end)
{
	size_t len = rest.len < PIECE ? rest.len : PIECE;
	const char *at = len ? memrchr(rest.data, '>', len) : NULL;

	*since_tag_end = at ? (size_t)(rest.data + len - at) - 1 : *since_tag_end + len;
	if (*since_tag_end <= XML_TAG_MAX)
		return len;
	damage(r, "a tag, or text without one, is longer than 65536 bytes");
	r->done = true;
	return 0;
}

static void feed(struct reader *r, struct span document)
{
	size_t since_tag_end = 0, len;

	if (document.len > r->limits->max_bytes) {
		damage(r, "larger than what is read");
		document.len = r->limits->max_bytes;
	}
	while (!r->done && (len = next_piece(r, document, &since_tag_end))) {
		(void)xmlParseChunk(r->parser, document.data, (int)len, 0);
		document = span_from(document.data + len, document.len - len);
		if (is_late(r)) {
			damage(r, "takes too long to read");
			r->done = true;
		}
	}
	if (!r->done)
		(void)xmlParseChunk(r->parser, "", 0, 1);
}

void xml_init(void)
{
	xmlInitParser();
}

enum err xml_read(struct span document, const struct xml_limits *limits,
		  const struct xml_events *events, void *context,
		  struct xml_outcome *outcome)
{
	struct reader r = {
		.limits = limits, .events = events, .context = context, .outcome = outcome
	};
	xmlSAXHandler sax = handler;

	*outcome = (struct xml_outcome){ .why = { "" } };
	xmlSetGenericErrorFunc(NULL, say_nothing); /* it is the thread's own */
	r.started_us = limits->now_us ? limits->now_us() : 0;
	r.parser = xmlCreatePushParserCtxt(&sax, &r, NULL, 0, NULL);
	if (!r.parser)
		return ERR_NOMEM;
	(void)xmlCtxtUseOptions(r.parser, XML_PARSE_NONET | XML_PARSE_RECOVER |
						  XML_PARSE_NOERROR |
						  XML_PARSE_NOWARNING);
	xmlDictSetLimit(r.parser->dict, NAMES_MAX);
	feed(&r, document);
	/* libxml2 says of both that there was no memory. A short name may still fit. */
	if (r.err == ERR_NOMEM && xmlDictGetUsage(r.parser->dict) > NAMES_MAX) {
		damage(&r, "too many different names");
		r.err = ERR_OK;
	}
	/* Where entities were declared: libxml2 keeps them, though nobody can ask for them. */
	if (r.parser->myDoc)
		xmlFreeDoc(r.parser->myDoc);
	xmlFreeParserCtxt(r.parser);
	buf_release(&r.text);
	return r.err;
}

/* Where entities are not replaced, libxml2 leaves an & of an attribute as "&#38;". */
static enum err append_value(struct buf *value, struct span s)
{
	enum err err = ERR_OK;

	while (!err && s.len) {
		size_t len = span_find(s, '&');

		err = buf_append_span(value, span_from(s.data, len));
		s = span_from(s.data + len, s.len - len);
		len = span_starts_with(s, SPAN("&#38;")) ? 5 : s.len > 0;
		if (!err && len)
			err = buf_append_byte(value, '&');
		s = span_from(s.data + len, s.len - len);
	}
	return err;
}

enum err xml_attribute(const struct xml_element *element, const char *name,
		       struct buf *value, bool *found)
{
	const xmlChar *const *a = element->attributes;

	*found = false;
	buf_clear(value);
	for (int i = 0; i < element->n_attributes && !*found; i++, a += 5) {
		struct span s = span_from(
			a[3], (size_t)((const char *)a[4] - (const char *)a[3]));

		if (strcmp((const char *)a[0], name) != 0)
			continue;
		*found = true;
		if (s.len > XML_TEXT_MAX)
			s.len = XML_TEXT_MAX;
		return append_value(value, span_trim(s));
	}
	return ERR_OK;
}
