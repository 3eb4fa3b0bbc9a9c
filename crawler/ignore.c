#include "crawler/ignore.h"

#include "crawler/html_element.h"

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static struct span take_name(struct span *rest)
{
	struct span name = { rest->data, 0 };

	while (name.len < rest->len && is_name_byte(rest->data[name.len]))
		name.len++;
	*rest = span_from(rest->data + name.len, rest->len - name.len);
	return name;
}

static bool take(struct span *rest, struct span wanted)
{
	if (!span_starts_with(*rest, wanted))
		return false;
	*rest = span_from(rest->data + wanted.len, rest->len - wanted.len);
	return true;
}

/* [@name], [@name="value"] or [@name='value'] */
static bool take_attribute(struct span *rest, struct ignore_rule *rule)
{
	char quote;

	if (!take(rest, SPAN("[@")))
		return true;
	rule->attribute = take_name(rest);
	if (take(rest, SPAN("="))) {
		if (!rest->len || (rest->data[0] != '"' && rest->data[0] != '\''))
			return false;
		quote = rest->data[0];
		*rest = span_from(rest->data + 1, rest->len - 1);
		if (span_find(*rest, quote) == rest->len)
			return false;
		rule->value = span_cut(rest, quote);
		rule->has_value = true;
	}
	return rule->attribute.len && take(rest, SPAN("]"));
}

static bool parse_path(struct span text, struct ignore_rule *rule)
{
	rule->kind = IGNORE_PATH;
	while (rule->n_steps < IGNORE_STEPS_MAX && take(&text, SPAN("/"))) {
		struct ignore_step *step = &rule->steps[rule->n_steps++];

		step->below = take(&text, SPAN("/"));
		step->name = span_from(text.data, 1);
		if (!take(&text, SPAN("*")))
			step->name = take_name(&text);
		if (!step->name.len)
			return false;
	}
	return take_attribute(&text, rule) && !text.len;
}

enum err ignore_parse(struct span text, struct ignore_rule *rule)
{
	*rule = (struct ignore_rule){ .kind = IGNORE_CLASS };
	if (text.len && text.data[0] == '/')
		return parse_path(text, rule) ? ERR_OK : ERR_INVALID;
	if (take(&text, SPAN("#")))
		rule->kind = IGNORE_ID;
	else if (!take(&text, SPAN(".")))
		return ERR_INVALID;
	rule->name = take_name(&text);
	return rule->name.len && !text.len ? ERR_OK : ERR_INVALID;
}

size_t ignore_parse_lines(struct span lines, struct ignore_rule rules[IGNORE_RULES_MAX])
{
	size_t n = 0;

	while (lines.len && n < IGNORE_RULES_MAX)
		n += ignore_parse(span_cut(&lines, '\n'), &rules[n]) == ERR_OK;
	return n;
}

/* ---- matching --------------------------------------------------------------------------------- */

static bool has_class(const char *const *attributes, struct span class)
{
	struct span list;

	if (!attribute_get(attributes, "class", &list))
		return false;
	while ((list = span_trim(list)).len) {
		size_t n = 0;

		while (n < list.len && (unsigned char)list.data[n] > ' ')
			n++;
		if (span_equal(span_from(list.data, n), class))
			return true;
		list = span_from(list.data + n, list.len - n);
	}
	return false;
}

static bool has_attribute(const char *const *attributes, const struct ignore_rule *rule)
{
	if (!rule->attribute.len)
		return true;
	for (; attributes && attributes[0]; attributes += 2)
		if (span_equal_nocase(span_of(attributes[0]), rule->attribute))
			return !rule->has_value ||
			       span_equal(span_of(attributes[1]), rule->value);
	return false;
}

static bool is_step(const struct ignore_step *step, const char *name)
{
	return span_equal(step->name, SPAN("*")) ||
	       span_equal_nocase(step->name, span_of(name));
}

/* All the ways at once: bit i says that the first i steps lead to the element at hand, or
 * (`above`) to one that it is in. */
static bool matches_path(const struct ignore_rule *rule, const char *const *path,
			 size_t depth)
{
	unsigned here = 1, above = 1;

	for (size_t d = 0; d < depth; d++) {
		unsigned next = 0;

		for (size_t i = 0; i < rule->n_steps; i++) {
			unsigned from = rule->steps[i].below ? above : here;

			if (from >> i & 1 && is_step(&rule->steps[i], path[d]))
				next |= 2u << i;
		}
		here = next;
		above |= next;
	}
	return here >> rule->n_steps & 1;
}

bool ignore_matches(const struct ignore_rule *rule, const char *const *path, size_t depth,
		    const char *const *attributes)
{
	struct span id;

	switch (rule->kind) {
	case IGNORE_CLASS:
		return has_class(attributes, rule->name);
	case IGNORE_ID:
		return attribute_get(attributes, "id", &id) && span_equal(id, rule->name);
	default:
		return has_attribute(attributes, rule) && matches_path(rule, path, depth);
	}
}
