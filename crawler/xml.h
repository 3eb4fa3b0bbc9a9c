/*
 * xml.h - an XML document as a row of events; the home of libxml2 for sitemaps and feeds.
 *
 * Everything in XML that reaches outside or multiplies is off (REQ 64): no DTD is read, no
 * entity is replaced but the five predefined ones, nothing is loaded. A document that is
 * not well formed is read on past the damage as far as possible, as feeds in the wild ask
 * for; whoever counts on what is missing from it looks at is_damaged.
 */
#ifndef CRAWLER_XML_H
#define CRAWLER_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

/* The text of an element is cut here: the longest URL, and one byte to know it is over. */
#define XML_TEXT_MAX (8192 + 1)
/* libxml2 compares every attribute of a tag with all before it; a tag (or anything else
 * without a '>' in it) that is longer than this ends the reading. */
#define XML_TAG_MAX (64 * 1024)

/* No sitemap or feed is so deep; a document that is has elements for no other reason. */
#define XML_DEPTH_MAX 256

struct xml_element {
	int depth;                    /* 1: the root */
	struct span name, name_space; /* local name, and the URI of its namespace or "" */
	unsigned line;
	const void *attributes; /* for xml_attribute() */
	int n_attributes;
};

/* All spans are borrowed for the call. False: read no further. */
struct xml_events {
	bool (*start)(void *context, const struct xml_element *element);
	/* `text`: what stands in the element since its start, or its last child's end, with
	 * blanks trimmed; empty when there is damage in it, which makes another URL of it. The
	 * element has no attributes any more. */
	bool (*end)(void *context, const struct xml_element *element, struct span text);
};

struct xml_limits {
	size_t max_bytes;
	int64_t max_us;
	int64_t (*now_us)(void); /* clock_monotonic_us(); NULL: take all the time */
};

struct xml_outcome {
	bool is_damaged; /* not well formed, too deep, or over a limit: not read wholly */
	bool stopped;    /* by an event */
	struct why why;  /* the first damage; outside text */
};

/* Puts the value of the attribute of that local name, whatever its namespace, into `value`
 * (replaced); *found: is there one? */
MUST_CHECK enum err xml_attribute(const struct xml_element *element, const char *name,
				  struct buf *value, bool *found);

/* Before threads start: xml_init() readies libxml2. */
void xml_init(void);

/* The error is ERR_NOMEM only. */
MUST_CHECK enum err xml_read(struct span document, const struct xml_limits *limits,
			     const struct xml_events *events, void *context,
			     struct xml_outcome *outcome);

#endif
