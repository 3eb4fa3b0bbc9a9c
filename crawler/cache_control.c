#include "crawler/cache_control.h"

#include "crawler/field.h"
#include "crawler/http_date.h"
#include "store/base/clock.h"

#define SECONDS_MAX (INT64_C(1) << 31)

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* `text` may be quoted: the grammar says not, but caches ought to take both (5.2). */
static int64_t read_seconds(struct span text)
{
	int64_t seconds;

	if (!field_parse_number(field_unquote(text), &seconds))
		return 0;
	return seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
}

static void note_flag(struct cache_control *c, struct span name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "no-cache", &c->no_cache },
		{ "no-store", &c->no_store },
		{ "private", &c->is_private },
		{ "immutable", &c->immutable },
		{ "must-revalidate", &c->must_revalidate },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (span_equal_nocase(name, span_of(flags[i].name)))
			*flags[i].flag = true;
	}
}

static void note_seconds(struct cache_control *c, struct span name, struct span value)
{
	const struct {
		const char *name;
		int64_t *seconds;
	} durations[] = {
		{ "max-age", &c->max_age_s },
		{ "s-maxage", &c->s_maxage_s },
		{ "stale-while-revalidate", &c->stale_while_revalidate_s },
		{ "stale-if-error", &c->stale_if_error_s },
	};

	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		if (span_equal_nocase(name, span_of(durations[i].name)) &&
		    *durations[i].seconds < 0)
			*durations[i].seconds = read_seconds(value);
	}
}

struct cache_control cache_control_from_headers(const struct header_list *headers)
{
	struct cache_control c = {
		.max_age_s = -1,
		.s_maxage_s = -1,
		.stale_while_revalidate_s = -1,
		.stale_if_error_s = -1,
	};
	struct span line, value, name;

	for (size_t i = 0; header_get(headers, "Cache-Control", i, &line); i++) {
		while (field_list_next(&line, &value)) {
			name = span_trim(span_cut(&value, '='));
			value = span_trim(value);
			note_flag(&c, name);
			note_seconds(&c, name, value);
		}
	}
	return c;
}

/* The instant a field names, or `otherwise` when it is absent or no date. */
static int64_t date_of(const struct header_list *headers, const char *name,
		       const struct cache_times *t, int64_t otherwise)
{
	struct span value;
	int64_t at_ms;

	if (!header_get(headers, name, 0, &value) ||
	    !http_date_parse(value, t->received_at_ms, &at_ms))
		return otherwise;
	return at_ms;
}

static int64_t lifetime_ms(const struct cache_control *c,
			   const struct header_list *headers, const struct cache_times *t)
{
	int64_t date_at_ms;

	if (c->s_maxage_s >= 0)
		return c->s_maxage_s * MS_PER_SECOND;
	if (c->max_age_s >= 0)
		return c->max_age_s * MS_PER_SECOND;
	if (!header_count(headers, "Expires"))
		return -1;
	date_at_ms = date_of(headers, "Date", t, t->received_at_ms);
	return larger(0, date_of(headers, "Expires", t, date_at_ms) - date_at_ms);
}

int64_t cache_lifetime_ms(const struct header_list *headers, const struct cache_times *t)
{
	struct cache_control c = cache_control_from_headers(headers);

	return lifetime_ms(&c, headers, t);
}

/* Only the first member of the first line counts, and garbage does not (5.1). */
static int64_t age_field_ms(const struct header_list *headers)
{
	struct span value, first;

	if (!header_get(headers, "Age", 0, &value) || !field_list_next(&value, &first))
		return 0;
	return read_seconds(first) * MS_PER_SECOND;
}

int64_t cache_age_ms(const struct header_list *headers, const struct cache_times *t)
{
	int64_t delay_ms = larger(0, t->received_at_ms - t->requested_at_ms);
	int64_t apparent_ms =
		t->received_at_ms - date_of(headers, "Date", t, t->received_at_ms);

	return larger(apparent_ms, age_field_ms(headers) + delay_ms);
}

int64_t cache_fresh_for_ms(const struct header_list *headers, const struct cache_times *t)
{
	struct cache_control c = cache_control_from_headers(headers);
	int64_t fresh_ms = lifetime_ms(&c, headers, t);

	if (c.no_cache || c.no_store)
		return 0;
	return fresh_ms < 0 ? -1 : larger(0, fresh_ms - cache_age_ms(headers, t));
}
