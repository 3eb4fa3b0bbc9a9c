/*
 * ignore.h - rules that leave parts of a page unread: what is in them is no news.
 *
 *   .class     elements with that word in their class
 *   #id        the element of that id
 *   /a/b//c    elements on that path: / is a child, // anything below, * any name; at the
 *              end of the path [@name] or [@name="value"] asks for an attribute
 *
 * The paths are the part of XPath that can be told while a page streams by, without a tree.
 */
#ifndef CRAWLER_IGNORE_H
#define CRAWLER_IGNORE_H

#include <stdbool.h>

#include "store/base/buf.h"

#define IGNORE_STEPS_MAX 8
#define IGNORE_RULES_MAX 32 /* of a page */
#define IGNORE_RULE_MAX 256 /* bytes */

enum ignore_kind { IGNORE_CLASS, IGNORE_ID, IGNORE_PATH };

struct ignore_rule {
	enum ignore_kind kind;
	struct span name; /* of class or id */
	struct ignore_step {
		struct span name; /* "*": any */
		bool below;       /* at any depth, not a child only */
	} steps[IGNORE_STEPS_MAX];
	size_t n_steps;
	struct span attribute, value; /* no attribute: none is asked for */
	bool has_value;
};

/* ERR_INVALID: no such rule. `rule` borrows `text`. */
MUST_CHECK enum err ignore_parse(struct span text, struct ignore_rule *rule);

/* Rules, a line each; those that are none, and beyond the greatest number, are left out. */
size_t ignore_parse_lines(struct span lines, struct ignore_rule rules[IGNORE_RULES_MAX]);

/* Does the rule name the element whose path from the root is `path`, itself the last of
 * `depth`? `attributes` as libxml2 gives them, see html_element.h. */
bool ignore_matches(const struct ignore_rule *rule, const char *const *path, size_t depth,
		    const char *const *attributes);

#endif
