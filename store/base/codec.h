/*
 * codec.h - records to bytes and back, driven by one table per record type.
 *
 * A record is a version byte and then its fields, each a tag and a value; a field
 * with its default value (zero, empty) takes no space. Tags are never used again for
 * something else, so an older record reads as one whose new fields have their defaults,
 * and fields that this build does not know are skipped.
 *
 *   tag          varint of number << 3 | wire type (one byte for numbers below 16)
 *   wire types   0 varint, 1 four bytes, 2 eight bytes, 3 sixteen bytes, 4 varint length
 *                and that many bytes, 5 two bytes, 6 a run; fixed widths are big-endian
 *   a run        one byte: how many; then the values of so many fields, of this number and
 *                those that follow it, without tags. Who does not know all of them cannot
 *                read on: a field joins a run only together with a new version.
 *   a like field with the value of the field before it that it usually has: its tag with
 *                wire type 4 and length 0
 */
#ifndef STORE_BASE_CODEC_H
#define STORE_BASE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "store/base/buf.h"

enum field_type {
	FIELD_U8, /* uint8_t and enums kept in one */
	FIELD_U16,
	FIELD_U32,
	FIELD_U64, /* uint64_t counted things: varint */
	FIELD_I64, /* int64_t, zigzag varint */
	FIELD_F32,
	FIELD_HASH64,       /* uint64_t whose bits are all alike: eight bytes */
	FIELD_HASH32,       /* uint32_t, likewise: four bytes */
	FIELD_HASH64_TOP,   /* uint32_t: the upper half of what stands in eight bytes */
	FIELD_DIGEST,       /* struct digest */
	FIELD_SHORT_DIGEST, /* ... of which only the first half is not zero */
	FIELD_BYTES,        /* struct buf, at most `max` bytes */
	FIELD_PACKED,       /* ... a validator, see pack.h */
	FIELD_BOOL,         /* 0 or 1: anything else in a bool is undefined behaviour */
	FIELD_HALF,  /* float above 0 in two bytes, see half_of(); another is kept as 0 */
	FIELD_SINCE, /* int64_t, as zigzag varint of what it lies beyond its base */
};

enum field_rule {
	FIELD_ALONE,
	FIELD_IN_RUN, /* without a tag when the number before it stands before it */
	FIELD_LIKE,   /* ... its base: then it is one empty tag */
	FIELD_READ,   /* of older records: never written */
};

struct field {
	uint8_t number; /* unique in the record type, never reused */
	uint8_t type, rule;
	uint16_t offset;
	uint32_t max; /* FIELD_BYTES and FIELD_PACKED only */
	/* FIELD_SINCE and FIELD_LIKE: offset of a field that stands before it in the table */
	uint16_t base;
};

#define FIELD(number, type, record, member) \
	FIELD_BY(FIELD_ALONE, number, type, record, member)
#define FIELD_BY(rule, number, type, record, member)                      \
	{                                                                 \
		number, type, rule, offsetof(struct record, member), 0, 0 \
	}
#define FIELD_TEXT(number, record, member, max)                                         \
	{                                                                               \
		number, FIELD_BYTES, FIELD_ALONE, offsetof(struct record, member), max, \
			0                                                               \
	}
#define FIELD_VALIDATOR(number, record, member, max)                                     \
	{                                                                                \
		number, FIELD_PACKED, FIELD_ALONE, offsetof(struct record, member), max, \
			0                                                                \
	}
#define FIELD_BASED(rule, number, type, record, member, base)           \
	{                                                               \
		number, type, rule, offsetof(struct record, member), 0, \
			offsetof(struct record, base)                   \
	}

struct record_type {
	const char *name;
	uint8_t version; /* written; a greater one than this is ERR_NEWER on reading */
	const struct field *fields;
	size_t n_fields;
};

/* Appends the record to `out`; ERR_TOO_LARGE if bytes are over their max. */
MUST_CHECK enum err codec_encode(const struct record_type *type, const void *record,
				 struct buf *out);
/* Fills an initialised record (its bufs are reused). ERR_CORRUPT and ERR_NEWER leave it
 * valid to release, with unspecified contents. */
MUST_CHECK enum err codec_decode(const struct record_type *type, struct span bytes,
				 void *record);
/* Sets every field to its default; buffers keep their memory. */
void codec_clear(const struct record_type *type, void *record);
/* Frees every struct buf of `record`. */
void codec_release(const struct record_type *type, void *record);

/* Varints (LEB128), also used by themselves. Reading moves `in` on. */
MUST_CHECK enum err varint_append(struct buf *out, uint64_t value);
MUST_CHECK enum err varint_read(struct span *in, uint64_t *value);
uint64_t zigzag(int64_t value);
int64_t unzigzag(uint64_t value);

/* A float in two bytes: exponent and eight bits of fraction, to 0.2 %. Infinity stays what
 * it is; what is not above 0 is 0. */
#define HALF_INFINITE 0xff00 /* more is none */
uint16_t half_of(float x);
float half_value(uint16_t half);

/* Big-endian integers, whose byte order is their order. */
void be16_put(uint8_t *at, uint16_t value);
void be32_put(uint8_t *at, uint32_t value);
void be64_put(uint8_t *at, uint64_t value);
uint16_t be16_get(const uint8_t *at);
uint32_t be32_get(const uint8_t *at);
uint64_t be64_get(const uint8_t *at);

#endif
