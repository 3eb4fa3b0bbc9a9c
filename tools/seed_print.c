#include "tools/seed_print.h"

#include "store/base/units.h"

static enum err put_interval(struct buf *out, const char *key, int64_t ms)
{
	char text[UNITS_TEXT_SIZE];

	if (!ms)
		return ERR_OK;
	units_spell_duration(ms, text);
	return buf_printf(out, "\t%s=%s", key, text);
}

static enum err put_value(struct buf *out, const char *key, struct span value)
{
	enum err err = value.len ? buf_printf(out, "\t%s=", key) : ERR_OK;

	return err ? err : buf_append_span(out, value);
}

enum err seed_print(const struct seed *seed, struct buf *out)
{
	char digest[DIGEST_TEXT_SIZE], at[UNITS_TIME_SIZE] = "";
	enum err err = buf_append_span(out, seed->url);

	if (!err && seed->has_weight)
		err = buf_printf(out, "\tweight=%.9f", seed->weight);
	for (size_t i = 0; !err && i < seed->n_tags; i++)
		err = put_value(out, "tag", seed->tags[i]);
	if (!err)
		err = put_interval(out, "min_interval", seed->min_interval_ms);
	if (!err)
		err = put_interval(out, "max_interval", seed->max_interval_ms);
	if (!err)
		err = put_value(out, "etag", seed->etag);
	if (!err)
		err = put_value(out, "last_modified", seed->last_modified);
	digest_format(&seed->digest, digest);
	if (!err)
		err = put_value(out, "digest", span_of(digest));
	if (seed->indexed_at_ms)
		units_format_time(seed->indexed_at_ms, at);
	if (!err)
		err = put_value(out, "indexed_at", span_of(at));
	return err ? err : buf_append_byte(out, '\n');
}
