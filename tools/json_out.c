#include "tools/json_out.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/units.h"
#include "tools/escape.h"

void json_start(struct json_out *j, struct buf *out)
{
	*j = (struct json_out){ .out = out };
}

enum err json_end(const struct json_out *j)
{
	assert(j->err || (j->depth == 0 && !j->has_key));
	return j->err;
}

static void append(struct json_out *j, const char *text)
{
	if (!j->err)
		j->err = buf_append_text(j->out, text);
}

/* What must stand before a value or a key. */
static void separate(struct json_out *j)
{
	if (j->depth && j->has_items && !j->has_key)
		append(j, ",");
}

static void before_value(struct json_out *j)
{
	assert(!j->depth || j->open[j->depth - 1] == '[' || j->has_key);
	separate(j);
	j->has_key = false;
	j->has_items = true;
}

void json_open(struct json_out *j, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	assert(j->depth < JSON_DEPTH_MAX);
	before_value(j);
	append(j, bracket == '{' ? "{" : "[");
	j->open[j->depth++] = bracket;
	j->has_items = false;
}

void json_close(struct json_out *j, char bracket)
{
	assert(j->depth && !j->has_key);
	assert(j->open[j->depth - 1] == (bracket == '}' ? '{' : '['));
	append(j, bracket == '}' ? "}" : "]");
	j->depth--;
	j->has_items = true;
}

void json_key(struct json_out *j, const char *key)
{
	assert(j->depth && j->open[j->depth - 1] == '{' && !j->has_key);
	separate(j);
	if (!j->err)
		j->err = escape_json_text(j->out, span_of(key));
	append(j, ":");
	j->has_key = true;
}

void json_line(struct json_out *j)
{
	assert(!j->depth);
	append(j, "\n");
}

void json_text(struct json_out *j, struct span text)
{
	before_value(j);
	if (!j->err)
		j->err = escape_json_text(j->out, text);
}

void json_bytes(struct json_out *j, struct span bytes)
{
	before_value(j);
	if (!j->err)
		j->err = escape_json_bytes(j->out, bytes);
}

void json_whole(struct json_out *j, int64_t n)
{
	before_value(j);
	if (!j->err)
		j->err = buf_printf(j->out, "%" PRId64, n);
}

void json_decimal(struct json_out *j, double x)
{
	char text[32];

	before_value(j);
	if (!isfinite(x)) {
		append(j, "null");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	append(j, text);
}

void json_bool(struct json_out *j, bool b)
{
	before_value(j);
	append(j, b ? "true" : "false");
}

void json_nothing(struct json_out *j)
{
	before_value(j);
	append(j, "null");
}

void json_time(struct json_out *j, int64_t at_ms)
{
	char text[UNITS_TIME_SIZE];

	if (!at_ms) {
		json_nothing(j);
		return;
	}
	units_format_time(at_ms, text);
	json_text(j, span_of(text));
}

void json_key_text(struct json_out *j, const char *key, struct span text)
{
	json_key(j, key);
	json_text(j, text);
}

void json_key_bytes(struct json_out *j, const char *key, struct span bytes)
{
	json_key(j, key);
	json_bytes(j, bytes);
}

void json_key_whole(struct json_out *j, const char *key, int64_t n)
{
	json_key(j, key);
	json_whole(j, n);
}

void json_key_real(struct json_out *j, const char *key, double x)
{
	json_key(j, key);
	json_decimal(j, x);
}

void json_key_bool(struct json_out *j, const char *key, bool b)
{
	json_key(j, key);
	json_bool(j, b);
}

void json_key_null(struct json_out *j, const char *key)
{
	json_key(j, key);
	json_nothing(j);
}

void json_key_time(struct json_out *j, const char *key, int64_t at_ms)
{
	json_key(j, key);
	json_time(j, at_ms);
}

void json_key_open(struct json_out *j, const char *key, char bracket)
{
	json_key(j, key);
	json_open(j, bracket);
}

void json_key_text_or_null(struct json_out *j, const char *key, struct span text)
{
	json_key(j, key);
	if (text.len)
		json_text(j, text);
	else
		json_nothing(j);
}
