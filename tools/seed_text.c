#include "tools/seed_line.h"

/* Blanks where TABs should be would become part of the URL, and nobody would notice. */
static bool has_key_behind_blank(struct span url)
{
	(void)span_cut(&url, ' ');
	while (url.len) {
		struct span word = span_cut(&url, ' ');
		struct span name = span_from(word.data, span_find(word, '='));

		if (name.len < word.len && seed_key_find(name))
			return true;
	}
	return false;
}

enum err seed_line_text(struct span line, struct seed *seed, struct why *why)
{
	struct span url = span_trim(span_cut(&line, '\t'));
	enum err err;

	if (has_key_behind_blank(url))
		return why_set(why, ERR_INVALID, "key=value must stand behind a TAB");
	err = seed_set(seed, seed_key_find(SPAN("url")), url, why);
	while (!err && line.len) {
		struct span value = span_trim(span_cut(&line, '\t'));
		const struct seed_key *key;
		struct span name;

		if (!value.len)
			continue;
		if (span_find(value, '=') == value.len)
			return why_set(why, ERR_INVALID, "'%.*s' is not key=value",
				       (int)(value.len < 40 ? value.len : 40),
				       value.data);
		name = span_cut(&value, '=');
		key = seed_key_find(name);
		if (!key)
			return why_set(why, ERR_INVALID, "unknown key '%.*s'",
				       (int)(name.len < 40 ? name.len : 40), name.data);
		err = seed_set(seed, key, value, why);
	}
	return err;
}
