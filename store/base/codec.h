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
 *                and that many bytes; fixed widths are big-endian
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
	FIELD_HASH64, /* uint64_t whose bits are all alike: eight bytes */
	FIELD_DIGEST, /* struct digest */
	FIELD_BYTES,  /* struct buf, at most `max` bytes */
	FIELD_BOOL,   /* 0 or 1: anything else in a bool is undefined behaviour */
};

struct field {
	uint8_t number; /* unique in the record type, never reused */
	uint8_t type;
	uint16_t offset;
	uint32_t max; /* FIELD_BYTES only */
};

#define FIELD(number, type, record, member)                      \
	{                                                        \
		number, type, offsetof(struct record, member), 0 \
	}
#define FIELD_TEXT(number, record, member, max)                           \
	{                                                                 \
		number, FIELD_BYTES, offsetof(struct record, member), max \
	}

struct record_type {
	const char *name;
	uint8_t version; /* written; a greater one than this is ERR_NEWER on reading */
	const struct field *fields;
	size_t n_fields;
};

/* Appends the record to `out`; ERR_TOO_LARGE if a FIELD_BYTES is over its max. */
MUST_CHECK enum err codec_encode(const struct record_type *type, const void *record,
				 struct buf *out);
/* Fills an initialised record (its bufs are reused). ERR_CORRUPT and ERR_NEWER leave it
 * valid to release, with unspecified contents. */
MUST_CHECK enum err codec_decode(const struct record_type *type, struct span bytes,
				 void *record);
/* Sets every field to its default; buffers keep their memory. */
void codec_clear(const struct record_type *type, void *record);
/* Frees every FIELD_BYTES of `record`. */
void codec_release(const struct record_type *type, void *record);

/* Varints (LEB128), also used by themselves. Reading moves `in` on. */
MUST_CHECK enum err varint_append(struct buf *out, uint64_t value);
MUST_CHECK enum err varint_read(struct span *in, uint64_t *value);
uint64_t zigzag(int64_t value);
int64_t unzigzag(uint64_t value);

/* Big-endian integers, whose byte order is their order. */
void be16_put(uint8_t *at, uint16_t value);
void be32_put(uint8_t *at, uint32_t value);
void be64_put(uint8_t *at, uint64_t value);
uint16_t be16_get(const uint8_t *at);
uint32_t be32_get(const uint8_t *at);
uint64_t be64_get(const uint8_t *at);

#endif
