#include "store/base/codec.h"

#include <endian.h>

#include "store/base/digest.h"
#include "store/base/pack.h"

enum wire { WIRE_VARINT, WIRE_4, WIRE_8, WIRE_16, WIRE_BYTES, WIRE_2, WIRE_RUN };

#define VARINT_MAX 10 /* bytes */
/* What a tag and a value of fixed size may take. */
#define FIELD_ROOM (VARINT_MAX + DIGEST_SIZE)

uint64_t zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

void be16_put(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void be32_put(uint8_t *at, uint32_t value)
{
	be16_put(at, (uint16_t)(value >> 16));
	be16_put(at + 2, (uint16_t)value);
}

void be64_put(uint8_t *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
}

uint16_t be16_get(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t be32_get(const uint8_t *at)
{
	return (uint32_t)be16_get(at) << 16 | be16_get(at + 2);
}

uint64_t be64_get(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return be64toh(value);
}

uint16_t half_of(float x)
{
	uint32_t bits;

	if (!(x > 0))
		return 0;
	memcpy(&bits, &x, sizeof(bits));
	return (uint16_t)((bits + (1u << 14)) >> 15);
}

float half_value(uint16_t half)
{
	uint32_t bits = (uint32_t)half << 15;
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Where the next byte goes. */
static char *put_varint(char *at, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (char)(value | 0x80);
	*at++ = (char)value;
	return at;
}

/* buf_reserve() without a call where there is room, as there nearly always is. */
static inline enum err make_room(struct buf *out, size_t more)
{
	return out->cap - out->len > more ? ERR_OK : buf_reserve(out, more);
}

static inline void end_at(struct buf *out, char *end)
{
	*end = '\0';
	out->len = (size_t)(end - out->data);
}

enum err varint_append(struct buf *out, uint64_t value)
{
	enum err err = make_room(out, VARINT_MAX);

	if (!err)
		end_at(out, put_varint(out->data + out->len, value));
	return err;
}

enum err varint_read(struct span *in, uint64_t *value)
{
	uint64_t result = 0;

	for (size_t i = 0; i < VARINT_MAX && i < in->len; i++) {
		uint64_t bits = (uint8_t)in->data[i] & 0x7f;

		if (i == 9 && bits > 1)
			return ERR_CORRUPT;
		result |= bits << (7 * i);
		if (!((uint8_t)in->data[i] & 0x80)) {
			in->data += i + 1;
			in->len -= i + 1;
			*value = result;
			return ERR_OK;
		}
	}
	return ERR_CORRUPT;
}

/* Without a call where it is short, as tags and most values are. */
static inline enum err read_varint(struct span *in, uint64_t *value)
{
	const uint8_t *at = (const uint8_t *)in->data;
	size_t n = 1;

	if (in->len && at[0] < 0x80) {
		*value = at[0];
	} else if (in->len > 1 && at[1] < 0x80) {
		*value = (uint64_t)at[1] << 7 | (at[0] & 0x7f);
		n = 2;
	} else {
		return varint_read(in, value);
	}
	in->data += n;
	in->len -= n;
	return ERR_OK;
}

static inline enum wire wire_of(enum field_type type)
{
	static const uint8_t wires[] = {
		[FIELD_F32] = WIRE_4,        [FIELD_HASH64] = WIRE_8,
		[FIELD_HASH32] = WIRE_4,     [FIELD_HASH64_TOP] = WIRE_8,
		[FIELD_DIGEST] = WIRE_16,    [FIELD_SHORT_DIGEST] = WIRE_8,
		[FIELD_BYTES] = WIRE_BYTES,  [FIELD_PACKED] = WIRE_BYTES,
		[FIELD_BOOL] = WIRE_VARINT,  [FIELD_HALF] = WIRE_2,
		[FIELD_SINCE] = WIRE_VARINT,
	};

	return wires[type];
}

/* The bits of what is no digest and no buf; of a half those that are kept. */
static inline uint64_t load_bits(enum field_type type, const char *at)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	float f32;

	switch (type) {
	case FIELD_BOOL:
	case FIELD_U8:
		return *(const uint8_t *)(const void *)at;
	case FIELD_U16:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case FIELD_U32:
	case FIELD_F32:
	case FIELD_HASH32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case FIELD_HASH64_TOP:
		memcpy(&u32, at, sizeof(u32));
		return (uint64_t)u32 << 32;
	case FIELD_SHORT_DIGEST:
		return be64_get((const uint8_t *)at);
	case FIELD_HALF:
		memcpy(&f32, at, sizeof(f32));
		return half_of(f32);
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}

static inline enum err store_integer(enum field_type type, uint64_t value, char *at)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;
	float f32;

	switch (type) {
	case FIELD_BOOL:
		if (value > 1)
			return ERR_CORRUPT;
		*(bool *)(void *)at = value;
		return ERR_OK;
	case FIELD_U8:
		memcpy(at, &u8, sizeof(u8));
		return value > UINT8_MAX ? ERR_CORRUPT : ERR_OK;
	case FIELD_U16:
		memcpy(at, &u16, sizeof(u16));
		return value > UINT16_MAX ? ERR_CORRUPT : ERR_OK;
	case FIELD_U32:
	case FIELD_F32:
	case FIELD_HASH32:
		memcpy(at, &u32, sizeof(u32));
		return value > UINT32_MAX ? ERR_CORRUPT : ERR_OK;
	case FIELD_HASH64_TOP:
		u32 = (uint32_t)(value >> 32);
		memcpy(at, &u32, sizeof(u32));
		return ERR_OK;
	case FIELD_SHORT_DIGEST:
		be64_put((uint8_t *)at, value);
		return ERR_OK;
	case FIELD_HALF:
		f32 = half_value(u16);
		memcpy(at, &f32, sizeof(f32));
		return value > HALF_INFINITE ? ERR_CORRUPT : ERR_OK;
	case FIELD_I64:
		value = (uint64_t)unzigzag(value);
		break;
	default:
		break;
	}
	memcpy(at, &value, sizeof(value));
	return ERR_OK;
}

/* Of what a field is in memory, its default is all zeros; a buf keeps its memory. */
static inline size_t size_of(enum field_type type)
{
	static const uint8_t sizes[] = {
		[FIELD_BOOL] = sizeof(bool),
		[FIELD_U8] = 1,
		[FIELD_U16] = 2,
		[FIELD_U32] = 4,
		[FIELD_F32] = 4,
		[FIELD_HALF] = sizeof(float),
		[FIELD_I64] = 8,
		[FIELD_SINCE] = 8,
		[FIELD_U64] = 8,
		[FIELD_HASH64] = 8,
		[FIELD_HASH32] = 4,
		[FIELD_HASH64_TOP] = 4,
		[FIELD_DIGEST] = DIGEST_SIZE,
		[FIELD_SHORT_DIGEST] = DIGEST_SIZE,
		[FIELD_BYTES] = 0,
		[FIELD_PACKED] = 0,
	};

	return sizes[type];
}

/* The run that is being written. */
struct run {
	size_t count_at; /* in the record, where its length stands */
	unsigned next;   /* number of the field that would go on with it; 0: none is */
};

/* Where the field's value goes. There is room. */
static inline char *put_tag(const struct field *f, struct buf *out, struct run *run)
{
	char *at = out->data + out->len;

	if (f->rule != FIELD_IN_RUN) {
		run->next = 0;
		return put_varint(at, (uint64_t)f->number << 3 | wire_of(f->type));
	}
	if (run->next != f->number) {
		at = put_varint(at, (uint64_t)f->number << 3 | WIRE_RUN);
		run->count_at = (size_t)(at - out->data);
		*at++ = 0;
	}
	out->data[run->count_at]++;
	run->next = f->number + 1u;
	return at;
}

static enum err encode_bytes(const struct field *f, const struct buf *bytes,
			     struct buf *out, struct run *run)
{
	enum err err;
	char *at;

	if (!bytes->len)
		return ERR_OK;
	if (bytes->len > f->max)
		return ERR_TOO_LARGE;
	err = make_room(out, 2 * VARINT_MAX + bytes->len);
	if (err)
		return err;
	at = put_varint(put_tag(f, out, run), bytes->len);
	memcpy(at, bytes->data, bytes->len);
	end_at(out, at + bytes->len);
	return ERR_OK;
}

/* How long it becomes is known only then, but that it takes one byte to say is likely. */
static enum err encode_packed(const struct field *f, const struct buf *text,
			      struct buf *out, struct run *run)
{
	char *at, *end;
	enum err err;
	size_t len;

	if (!text->len)
		return ERR_OK;
	if (text->len > f->max)
		return ERR_TOO_LARGE;
	err = make_room(out, 2 * VARINT_MAX + text->len + PACK_OVERHEAD);
	if (err)
		return err;
	at = put_tag(f, out, run);
	end = pack_text(buf_span(text), at + 1);
	len = (size_t)(end - (at + 1));
	if (len < 0x80)
		*at = (char)len;
	else
		end = pack_text(buf_span(text), put_varint(at, len));
	end_at(out, end);
	return ERR_OK;
}

/* There is room for it. */
static void encode_digest(const struct field *f, const char *digest, struct buf *out,
			  struct run *run)
{
	char *at;

	if (digest_is_none((const struct digest *)(const void *)digest))
		return;
	at = put_tag(f, out, run);
	memcpy(at, digest, DIGEST_SIZE);
	end_at(out, at + DIGEST_SIZE);
}

/* Likewise. */
static inline void encode_number(const struct field *f, uint64_t bits, struct buf *out,
				 struct run *run)
{
	char *at = put_tag(f, out, run);

	switch (wire_of(f->type)) {
	case WIRE_2:
		be16_put((uint8_t *)at, (uint16_t)bits);
		at += 2;
		break;
	case WIRE_4:
		be32_put((uint8_t *)at, (uint32_t)bits);
		at += 4;
		break;
	case WIRE_8:
		be64_put((uint8_t *)at, bits);
		at += 8;
		break;
	default:
		at = put_varint(at, f->type == FIELD_I64 ? zigzag((int64_t)bits) : bits);
	}
	end_at(out, at);
}

/* Likewise. */
static void encode_like(const struct field *f, struct buf *out)
{
	char *at = out->data + out->len;

	at = put_varint(at, (uint64_t)f->number << 3 | WIRE_BYTES);
	*at++ = 0;
	end_at(out, at);
}

/* What has its default is left out. */
static inline enum err encode_field(const struct field *f, const char *record,
				    struct buf *out, struct run *run)
{
	const char *at = record + f->offset;
	enum err err;
	uint64_t bits;

	if (f->type == FIELD_BYTES)
		return encode_bytes(f, (const struct buf *)(const void *)at, out, run);
	if (f->type == FIELD_PACKED)
		return encode_packed(f, (const struct buf *)(const void *)at, out, run);
	err = make_room(out, FIELD_ROOM);
	if (err)
		return err;
	if (f->type == FIELD_DIGEST) {
		encode_digest(f, at, out, run);
		return ERR_OK;
	}
	bits = load_bits(f->type, at);
	if (!bits)
		return ERR_OK;
	if (f->type == FIELD_SINCE)
		bits = zigzag((int64_t)(bits - load_bits(f->type, record + f->base)));
	if (f->rule == FIELD_LIKE && bits == load_bits(f->type, record + f->base)) {
		run->next = 0;
		encode_like(f, out);
	} else {
		encode_number(f, bits, out, run);
	}
	return ERR_OK;
}

enum err codec_encode(const struct record_type *type, const void *record, struct buf *out)
{
	size_t before = out->len;
	struct run run = { 0, 0 };
	enum err err = buf_append_byte(out, (char)type->version);

	for (size_t i = 0; !err && i < type->n_fields; i++)
		if (type->fields[i].rule != FIELD_READ)
			err = encode_field(&type->fields[i], record, out, &run);
	if (err && out->len > before) {
		out->len = before;
		out->data[before] = '\0';
	}
	return err;
}

/* Reads the value that follows a tag: an integer, or the bytes it is made of. */
static inline enum err read_value(struct span *in, enum wire wire, uint64_t *integer,
				  struct span *bytes)
{
	static const size_t widths[] = {
		[WIRE_2] = 2, [WIRE_4] = 4, [WIRE_8] = 8, [WIRE_16] = 16
	};
	uint64_t len;

	if (wire == WIRE_VARINT)
		return read_varint(in, integer);
	if (wire > WIRE_2)
		return ERR_CORRUPT;
	if (wire != WIRE_BYTES)
		len = widths[wire];
	else if (read_varint(in, &len))
		return ERR_CORRUPT;
	if (len > in->len)
		return ERR_CORRUPT;
	*bytes = span_from(in->data, (size_t)len);
	in->data += len;
	in->len -= len;
	if (wire == WIRE_4)
		*integer = be32_get((const uint8_t *)bytes->data);
	else if (wire == WIRE_8)
		*integer = be64_get((const uint8_t *)bytes->data);
	else if (wire == WIRE_2)
		*integer = be16_get((const uint8_t *)bytes->data);
	return ERR_OK;
}

/* Records are written in the order of the table: what comes next stands a few steps on from
 * `*at`, where the last one was found. */
static inline const struct field *find_field(const struct record_type *type,
					     uint64_t number, size_t *at)
{
	size_t i = *at;

	for (size_t n = 0; n < type->n_fields; n++, i++) {
		if (i == type->n_fields)
			i = 0;
		if (type->fields[i].number == number) {
			*at = i;
			return &type->fields[i];
		}
	}
	return NULL;
}

static enum err decode_bytes(const struct field *f, struct span bytes, struct buf *to)
{
	if (f->type == FIELD_PACKED)
		return unpack_text(bytes, f->max, to);
	return bytes.len > f->max ? ERR_CORRUPT : buf_set(to, bytes);
}

/* The value that follows the tag; of a field that is not known (NULL) it is skipped. */
static inline enum err decode_value(const struct field *f, enum wire wire,
				    struct span *in, char *record)
{
	struct span bytes = { NULL, 0 };
	uint64_t integer = 0;
	enum err err = read_value(in, wire, &integer, &bytes);

	if (err || !f)
		return err;
	if (wire == WIRE_BYTES && f->rule == FIELD_LIKE && !bytes.len) {
		memcpy(record + f->offset, record + f->base, size_of(f->type));
		return ERR_OK;
	}
	if (wire != wire_of(f->type))
		return ERR_CORRUPT;
	if (wire == WIRE_16)
		memcpy(record + f->offset, bytes.data, DIGEST_SIZE);
	else if (wire == WIRE_BYTES)
		return decode_bytes(f, bytes, (struct buf *)(void *)(record + f->offset));
	else if (f->type == FIELD_SINCE)
		integer = (uint64_t)unzigzag(integer) +
			  load_bits(f->type, record + f->base);
	return wire == WIRE_16 ? ERR_OK
			       : store_integer(f->type, integer, record + f->offset);
}

static enum err decode_run(const struct record_type *type, uint64_t number,
			   struct span *in, char *record, size_t *at)
{
	uint64_t n;
	enum err err = read_varint(in, &n);

	for (uint64_t i = 0; !err && i < n; i++) {
		const struct field *f = find_field(type, number + i, at);

		err = f ? decode_value(f, wire_of(f->type), in, record) : ERR_CORRUPT;
	}
	return err;
}

static inline enum err decode_field(const struct record_type *type, struct span *in,
				    char *record, size_t *at)
{
	uint64_t tag;
	enum err err = read_varint(in, &tag);

	if (err)
		return err;
	if ((tag & 7) == WIRE_RUN)
		return decode_run(type, tag >> 3, in, record, at);
	return decode_value(find_field(type, tag >> 3, at), tag & 7, in, record);
}

static void set_default(const struct field *f, char *at)
{
	switch (size_of(f->type)) {
	case 0:
		buf_clear((struct buf *)(void *)at);
		break;
	case 1:
		*at = 0;
		break;
	case 4:
		memset(at, 0, 4);
		break;
	case 8:
		memset(at, 0, 8);
		break;
	default:
		memset(at, 0, size_of(f->type));
	}
}

void codec_clear(const struct record_type *type, void *record)
{
	for (size_t i = 0; i < type->n_fields; i++)
		set_default(&type->fields[i], (char *)record + type->fields[i].offset);
}

enum err codec_decode(const struct record_type *type, struct span bytes, void *record)
{
	enum err err = ERR_OK;
	size_t at = 0;

	codec_clear(type, record);
	if (!bytes.len)
		return ERR_CORRUPT;
	if ((uint8_t)bytes.data[0] > type->version)
		return ERR_NEWER;
	bytes.data++;
	bytes.len--;
	while (!err && bytes.len)
		err = decode_field(type, &bytes, record, &at);
	return err;
}

void codec_release(const struct record_type *type, void *record)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (!size_of(type->fields[i].type))
			buf_release((struct buf *)(void *)((char *)record +
							   type->fields[i].offset));
}
