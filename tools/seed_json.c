#include "tools/seed_line.h"

#include <stdio.h>

static enum err set_text(struct seed *seed, const struct seed_key *key,
			 const json_t *value, struct why *why)
{
	if (!json_is_string(value))
		return why_set(why, ERR_INVALID, "%s is not a string",
			       seed_key_name(key));
	return seed_set(seed, key,
			span_from(json_string_value(value), json_string_length(value)),
			why);
}

static enum err set_number(struct seed *seed, const struct seed_key *key,
			   const json_t *value, struct why *why)
{
	char digits[400];

	/* As a decimal, whatever its exponent: the check is that of the other formats. */
	snprintf(digits, sizeof(digits), "%.9f", json_number_value(value));
	return seed_set(seed, key, span_of(digits), why);
}

static enum err set_list(struct seed *seed, const struct seed_key *key,
			 const json_t *list, struct why *why)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		enum err err = set_text(seed, key, json_array_get(list, i), why);

		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err set_member(struct seed *seed, const char *name, const json_t *value,
			   struct why *why)
{
	const struct seed_key *key = seed_key_find(span_of(name));

	if (!key)
		return why_set(why, ERR_INVALID, "unknown key '%.40s'", name);
	if (json_is_null(value))
		return ERR_OK;
	if (json_is_number(value) && key == seed_key_find(SPAN("weight")))
		return set_number(seed, key, value, why);
	if (json_is_array(value) && seed_key_repeats(key))
		return set_list(seed, key, value, why);
	return set_text(seed, key, value, why);
}

enum err seed_line_json(struct span line, struct seed *seed, json_t **root,
			struct why *why)
{
	json_error_t error;
	const char *name;
	json_t *value;
	enum err err = ERR_OK;

	json_decref(*root);
	*root = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, &error);
	if (!*root)
		return why_set(why, ERR_INVALID, "not JSON: %s", error.text);
	if (!json_is_object(*root))
		return why_set(why, ERR_INVALID, "not a JSON object");
	json_object_foreach(*root, name, value)
	{
		err = set_member(seed, name, value, why);
		if (err)
			break;
	}
	return err;
}
