#include "tools/seed.h"

#include "store/base/units.h"
#include "store/base/utf8.h"

#define VALIDATOR_MAX 4096 /* REQ 14 */

/* Stores one value, its blanks trimmed, not empty. The phrase in `why` goes behind the
 * name of the key. */
typedef enum err set_value(struct seed *seed, struct span value, struct why *why);

struct seed_key {
	const char *name;
	set_value *set;
	bool repeats;
};

static enum err refuse(struct why *why, const char *reason)
{
	return why_set(why, ERR_INVALID, "%s", reason);
}

static enum err set_url(struct seed *seed, struct span value, struct why *why)
{
	(void)why;
	seed->url = value;
	return ERR_OK;
}

static enum err set_weight(struct seed *seed, struct span value, struct why *why)
{
	double weight;

	if (units_parse_number(value, &weight))
		return refuse(why, "is not a number between 0.000001 and 1000000");
	/* Written so that a NaN is refused too. */
	if (!(weight >= SEED_WEIGHT_MIN && weight <= SEED_WEIGHT_MAX))
		return refuse(why, "is not between 0.000001 and 1000000");
	seed->weight = weight;
	seed->has_weight = true;
	return ERR_OK;
}

static enum err set_tag(struct seed *seed, struct span value, struct why *why)
{
	if (value.len > SEED_TAG_MAX)
		return why_set(why, ERR_INVALID, "is longer than %d bytes", SEED_TAG_MAX);
	if (!utf8_is_printable(value))
		return refuse(why, "is not printable UTF-8");
	/* The store keeps tags in a list with commas. */
	if (span_find(value, ',') < value.len)
		return refuse(why, "has a comma");
	for (size_t i = 0; i < seed->n_tags; i++) {
		if (span_equal(seed->tags[i], value))
			return ERR_OK;
	}
	if (seed->n_tags == SEED_TAGS_MAX)
		return why_set(why, ERR_INVALID, "is one of more than %d", SEED_TAGS_MAX);
	seed->tags[seed->n_tags++] = value;
	return ERR_OK;
}

static enum err set_tags(struct seed *seed, struct span value, struct why *why)
{
	while (value.len) {
		struct span tag = span_trim(span_cut(&value, ','));
		enum err err = tag.len ? set_tag(seed, tag, why) : ERR_OK;

		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err parse_interval(struct span value, int64_t *ms, struct why *why)
{
	if (units_parse_duration(value, ms))
		return refuse(why, "is not a duration (as 90s, 15m, 6h, 30d)");
	return ERR_OK;
}

static enum err set_min_interval(struct seed *seed, struct span value, struct why *why)
{
	return parse_interval(value, &seed->min_interval_ms, why);
}

static enum err set_max_interval(struct seed *seed, struct span value, struct why *why)
{
	int64_t ms;
	enum err err = parse_interval(value, &ms, why);

	if (err)
		return err;
	if (!ms)
		return refuse(why, "is zero");
	seed->max_interval_ms = ms;
	return ERR_OK;
}

/* Validators are echoed byte for byte (REQ 10), so nothing may end a header line. */
static enum err set_validator(struct span *to, struct span value, struct why *why)
{
	if (value.len > VALIDATOR_MAX)
		return why_set(why, ERR_INVALID, "is longer than %d bytes",
			       VALIDATOR_MAX);
	for (size_t i = 0; i < value.len; i++) {
		if ((unsigned char)value.data[i] < ' ' || value.data[i] == 0x7f)
			return refuse(why, "has a control character");
	}
	*to = value;
	return ERR_OK;
}

static enum err set_etag(struct seed *seed, struct span value, struct why *why)
{
	return set_validator(&seed->etag, value, why);
}

static enum err set_last_modified(struct seed *seed, struct span value, struct why *why)
{
	return set_validator(&seed->last_modified, value, why);
}

static enum err set_digest(struct seed *seed, struct span value, struct why *why)
{
	if (digest_parse(value, &seed->digest))
		return refuse(why, "is not 'xxh3:' and 32 hex digits");
	return ERR_OK;
}

static enum err set_indexed_at(struct seed *seed, struct span value, struct why *why)
{
	int64_t at_ms;

	if (units_parse_time(value, &at_ms))
		return refuse(why, "is not a time (as 2026-11-22T14:00:00Z)");
	if (at_ms <= 0)
		return refuse(why, "is before 1970");
	seed->indexed_at_ms = at_ms;
	return ERR_OK;
}

static const struct seed_key keys[] = {
	{ "url", set_url, false },
	{ "weight", set_weight, false },
	{ "tag", set_tag, true },
	{ "tags", set_tags, true },
	{ "min_interval", set_min_interval, false },
	{ "max_interval", set_max_interval, false },
	{ "etag", set_etag, false },
	{ "last_modified", set_last_modified, false },
	{ "digest", set_digest, false },
	{ "indexed_at", set_indexed_at, false },
};

void seed_init(struct seed *seed)
{
	memset(seed, 0, sizeof(*seed));
	seed->weight = 1;
}

const struct seed_key *seed_key_find(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (span_equal(span_of(keys[i].name), name))
			return &keys[i];
	}
	return NULL;
}

const char *seed_key_name(const struct seed_key *key)
{
	return key->name;
}

bool seed_key_repeats(const struct seed_key *key)
{
	return key->repeats;
}

enum err seed_set(struct seed *seed, const struct seed_key *key, struct span value,
		  struct why *why)
{
	unsigned bit = 1u << (key - keys);
	struct why reason = { "" };
	enum err err;

	value = span_trim(value);
	if ((seed->given & bit) && !key->repeats)
		return why_set(why, ERR_INVALID, "%s is given twice", key->name);
	if (!value.len)
		return why_set(why, ERR_INVALID, "%s is empty", key->name);
	err = key->set(seed, value, &reason);
	if (err)
		return why_set(why, err, "%s %s", key->name, reason.text);
	seed->given |= bit;
	return ERR_OK;
}

enum err seed_check(const struct seed *seed, struct why *why)
{
	if (!seed->url.len)
		return refuse(why, "there is no url");
	if (seed->max_interval_ms && seed->min_interval_ms > seed->max_interval_ms)
		return refuse(why, "min_interval is over max_interval");
	return ERR_OK;
}
