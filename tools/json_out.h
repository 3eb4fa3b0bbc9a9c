/*
 * json_out.h - writes one JSON value after another into a buf; sets commas by itself.
 *
 *	json_open(&j, '{');
 *	json_key(&j, "url");
 *	json_text(&j, url);
 *	json_close(&j, '}');
 *	err = json_end(&j);
 *
 * A failure (ERR_NOMEM only) sticks: what follows does nothing and json_end() reports
 * it. A key without a value, or a wrong bracket, is a mistake of ours (assert).
 */
#ifndef TOOLS_JSON_OUT_H
#define TOOLS_JSON_OUT_H

#include "store/base/buf.h"

#define JSON_DEPTH_MAX 32

struct json_out {
	struct buf *out; /* borrowed */
	enum err err;
	int depth;
	char open[JSON_DEPTH_MAX]; /* '{' or '[' of each level */
	bool has_items;            /* at this level: a comma comes next */
	bool has_key;              /* a value must come next */
};

/* Appends to `out`, which must live until json_end(). */
void json_start(struct json_out *j, struct buf *out);
/* ERR_OK, or the first failure. Every bracket must be closed. */
MUST_CHECK enum err json_end(const struct json_out *j);

void json_open(struct json_out *j, char bracket);  /* '{' or '[' */
void json_close(struct json_out *j, char bracket); /* '}' or ']' */
void json_key(struct json_out *j, const char *key);
/* Between two objects of NDJSON: a line feed. Outside of brackets only. */
void json_line(struct json_out *j);

void json_text(struct json_out *j, struct span text);   /* REQ 71: U+FFFD for bad bytes */
void json_bytes(struct json_out *j, struct span bytes); /* REQ 71: exact, \xHH */
void json_whole(struct json_out *j, int64_t n);
/* The shortest decimal that reads back as the same double; null for NaN and infinity. */
void json_decimal(struct json_out *j, double x);
void json_bool(struct json_out *j, bool b);
void json_nothing(struct json_out *j);
void json_time(struct json_out *j, int64_t at_ms); /* RFC 3339; null for 0: never */

/* Key and value in one call: what most call sites want. */
void json_key_text(struct json_out *j, const char *key, struct span text);
void json_key_bytes(struct json_out *j, const char *key, struct span bytes);
void json_key_whole(struct json_out *j, const char *key, int64_t n);
void json_key_real(struct json_out *j, const char *key, double x);
void json_key_bool(struct json_out *j, const char *key, bool b);
void json_key_null(struct json_out *j, const char *key);
void json_key_time(struct json_out *j, const char *key, int64_t at_ms);
void json_key_open(struct json_out *j, const char *key, char bracket);
/* null instead of an empty text. */
void json_key_text_or_null(struct json_out *j, const char *key, struct span text);

#endif
