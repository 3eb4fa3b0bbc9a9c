#include "crawler/html_element.h"

#include <stdlib.h>

#define ONE TEXT_SPACE
#define BLOCK TEXT_BLOCK

/* Sorted by name. Elements that are not here are inline and joined to their text. */
static const struct element elements[] = {
	{ "a", TEXT_JOINED, ROLE_ANCHOR },
	{ "address", BLOCK, ROLE_TEXT },
	{ "applet", ONE, ROLE_UNSEEN },
	{ "area", TEXT_JOINED, ROLE_ANCHOR },
	{ "article", BLOCK, ROLE_TEXT },
	{ "aside", BLOCK, ROLE_TEXT },
	{ "audio", ONE, ROLE_UNSEEN },
	{ "base", TEXT_JOINED, ROLE_BASE },
	{ "bgsound", TEXT_JOINED, ROLE_VOID },
	{ "blockquote", BLOCK, ROLE_TEXT },
	{ "body", BLOCK, ROLE_TEXT },
	{ "br", ONE, ROLE_TEXT },
	{ "button", ONE, ROLE_TEXT },
	{ "canvas", ONE, ROLE_UNSEEN },
	{ "caption", BLOCK, ROLE_TEXT },
	{ "center", BLOCK, ROLE_TEXT },
	{ "datalist", ONE, ROLE_UNSEEN },
	{ "dd", BLOCK, ROLE_TEXT },
	{ "details", BLOCK, ROLE_TEXT },
	{ "dialog", BLOCK, ROLE_TEXT },
	{ "dir", BLOCK, ROLE_TEXT },
	{ "div", BLOCK, ROLE_TEXT },
	{ "dl", BLOCK, ROLE_TEXT },
	{ "dt", BLOCK, ROLE_TEXT },
	{ "embed", ONE, ROLE_VOID },
	{ "fieldset", BLOCK, ROLE_TEXT },
	{ "figcaption", BLOCK, ROLE_TEXT },
	{ "figure", BLOCK, ROLE_TEXT },
	{ "footer", BLOCK, ROLE_TEXT },
	{ "form", BLOCK, ROLE_TEXT },
	{ "frameset", BLOCK, ROLE_TEXT },
	{ "h1", BLOCK, ROLE_TEXT },
	{ "h2", BLOCK, ROLE_TEXT },
	{ "h3", BLOCK, ROLE_TEXT },
	{ "h4", BLOCK, ROLE_TEXT },
	{ "h5", BLOCK, ROLE_TEXT },
	{ "h6", BLOCK, ROLE_TEXT },
	{ "head", BLOCK, ROLE_TEXT },
	{ "header", BLOCK, ROLE_TEXT },
	{ "hgroup", BLOCK, ROLE_TEXT },
	{ "hr", BLOCK, ROLE_TEXT },
	{ "html", BLOCK, ROLE_ROOT },
	{ "iframe", ONE, ROLE_UNSEEN },
	{ "image", ONE, ROLE_VOID },
	{ "img", ONE, ROLE_TEXT },
	{ "input", ONE, ROLE_BUTTON },
	{ "keygen", ONE, ROLE_VOID },
	{ "legend", BLOCK, ROLE_TEXT },
	{ "li", BLOCK, ROLE_TEXT },
	{ "link", TEXT_JOINED, ROLE_LINK },
	{ "listing", BLOCK, ROLE_TEXT },
	{ "main", BLOCK, ROLE_TEXT },
	{ "menu", BLOCK, ROLE_TEXT },
	{ "meta", TEXT_JOINED, ROLE_META },
	{ "nav", BLOCK, ROLE_TEXT },
	{ "noembed", ONE, ROLE_UNSEEN },
	{ "noframes", BLOCK, ROLE_UNSEEN },
	{ "noscript", TEXT_JOINED, ROLE_UNSEEN },
	{ "object", ONE, ROLE_TEXT },
	{ "ol", BLOCK, ROLE_TEXT },
	{ "optgroup", BLOCK, ROLE_TEXT },
	{ "option", BLOCK, ROLE_TEXT },
	{ "p", BLOCK, ROLE_TEXT },
	{ "plaintext", BLOCK, ROLE_TEXT },
	{ "pre", BLOCK, ROLE_TEXT },
	{ "rp", TEXT_JOINED, ROLE_UNSEEN },
	{ "rt", ONE, ROLE_TEXT },
	{ "script", TEXT_JOINED, ROLE_UNSEEN },
	{ "search", BLOCK, ROLE_TEXT },
	{ "section", BLOCK, ROLE_TEXT },
	{ "select", ONE, ROLE_TEXT },
	{ "source", TEXT_JOINED, ROLE_VOID },
	{ "style", TEXT_JOINED, ROLE_UNSEEN },
	{ "summary", BLOCK, ROLE_TEXT },
	{ "svg", ONE, ROLE_UNSEEN },
	{ "table", BLOCK, ROLE_TEXT },
	{ "tbody", BLOCK, ROLE_TEXT },
	{ "td", BLOCK, ROLE_TEXT },
	{ "template", TEXT_JOINED, ROLE_TEMPLATE },
	{ "textarea", ONE, ROLE_TEXT },
	{ "tfoot", BLOCK, ROLE_TEXT },
	{ "th", BLOCK, ROLE_TEXT },
	{ "thead", BLOCK, ROLE_TEXT },
	{ "title", BLOCK, ROLE_TITLE },
	{ "tr", BLOCK, ROLE_TEXT },
	{ "track", TEXT_JOINED, ROLE_VOID },
	{ "ul", BLOCK, ROLE_TEXT },
	{ "video", ONE, ROLE_UNSEEN },
	{ "wbr", TEXT_JOINED, ROLE_VOID },
	{ "xmp", BLOCK, ROLE_TEXT },
};

static int compare_name(const void *name, const void *element)
{
	return strcmp(name, ((const struct element *)element)->name);
}

const struct element *element_of(const char *name)
{
	static const struct element inlined = { "", TEXT_JOINED, ROLE_TEXT };
	const struct element *found = bsearch(name, elements, ARRAY_SIZE(elements),
					      sizeof(*elements), compare_name);

	return found ? found : &inlined;
}

bool attribute_get(const char *const *attributes, const char *name, struct span *value)
{
	for (; attributes && attributes[0]; attributes += 2) {
		if (attributes[0][0] == name[0] && strcmp(attributes[0], name) == 0) {
			*value = span_of(attributes[1]);
			return true;
		}
	}
	return false;
}

/* Of several declarations the last one holds. */
static bool style_hides(struct span style)
{
	bool hides = false;

	while (style.len) {
		struct span value = span_cut(&style, ';');
		struct span name = span_cut(&value, ':');

		if (!span_equal_nocase(span_trim(name), SPAN("display")))
			continue;
		value = span_trim(value);
		value = span_trim(span_cut(&value, '!'));
		hides = span_equal_nocase(value, SPAN("none"));
	}
	return hides;
}

bool attributes_hide(const char *const *attributes)
{
	struct span value;

	if (!attributes)
		return false;
	return attribute_get(attributes, "hidden", &value) ||
	       (attribute_get(attributes, "style", &value) && style_hides(value));
}

bool attributes_label(const char *const *attributes, struct span *label)
{
	static const char *const buttons[] = { "submit", "button", "reset" };
	struct span type;

	if (!attribute_get(attributes, "type", &type))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(buttons); i++)
		if (span_equal_nocase(span_trim(type), span_of(buttons[i])))
			return attribute_get(attributes, "value", label);
	return false;
}
