/*
 * html_element.h - what each HTML element means to the reader of a text, and reading its
 * attributes. Internal to html.
 */
#ifndef CRAWLER_HTML_ELEMENT_H
#define CRAWLER_HTML_ELEMENT_H

#include "crawler/html.h"
#include "crawler/text.h"

enum element_role {
	ROLE_TEXT,   /* it and what is in it is read */
	ROLE_UNSEEN, /* it is skipped with all that is in it */
	ROLE_ROOT,
	ROLE_TITLE,
	ROLE_META,
	ROLE_LINK,
	ROLE_BASE,
	ROLE_ANCHOR,
	ROLE_BUTTON,   /* one that is <input>: what it says is in an attribute */
	ROLE_TEMPLATE, /* unseen, but for one that is its element's shadow root */
	ROLE_VOID,     /* has no end tag, and libxml2 2.9 does not know that */
};

struct element {
	const char *name;
	enum text_gap gap; /* how it stands apart from what is around it */
	enum element_role role;
};

/* Never NULL: what HTML does not know is inline text, as in browsers. `name` is in lower
 * case. */
const struct element *element_of(const char *name);

/* `attributes` as libxml2 gives them: name, value (NULL: none), ..., NULL; or NULL. */

/* False: no such attribute. One without value is empty. */
bool attribute_get(const char *const *attributes, const char *name, struct span *value);
/* Taken out of sight by `hidden` or by style="display: none"? */
bool attributes_hide(const char *const *attributes);

/* The label of an <input> that is a button. False: it is none. */
bool attributes_label(const char *const *attributes, struct span *label);

/* Note what an element outside of the text says. ERR_NOMEM only. */
MUST_CHECK enum err html_note(struct html *html, enum element_role role,
			      const char *const *attributes);
/* Counts the links that were noted and makes their digest. */
void html_finish_links(struct html *html);

#endif
