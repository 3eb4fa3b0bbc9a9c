#include "store/base/codec.h"

#include "store/base/digest.h"

enum wire { WIRE_VARINT, WIRE_4, WIRE_8, WIRE_16, WIRE_BYTES };

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
	for (int i = 7; i >= 0; i--, value >>= 8)
		at[i] = (uint8_t)value;
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
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

/* buf_append_byte() without a call where there is room, as there nearly always is. */
static enum err append_byte(struct buf *out, char byte)
{
	if (out->cap - out->len < 2)
		return buf_append_byte(out, byte);
	out->data[out->len++] = byte;
	out->data[out->len] = '\0';
	return ERR_OK;
}

enum err varint_append(struct buf *out, uint64_t value)
{
	char bytes[10];
	size_t n = 0;

	if (value < 0x80) /* most are short */
		return append_byte(out, (char)value);
	while (value >= 0x80) {
		bytes[n++] = (char)(value | 0x80);
		value >>= 7;
	}
	bytes[n++] = (char)value;
	return buf_append(out, bytes, n);
}

enum err varint_read(struct span *in, uint64_t *value)
{
	uint64_t result = 0;

	if (in->len && !(*in->data & 0x80)) { /* most are short */
		*value = (uint8_t)*in->data;
		in->data++;
		in->len--;
		return ERR_OK;
	}
	for (size_t i = 0; i < 10 && i < in->len; i++) {
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

static enum wire wire_of(enum field_type type)
{
	switch (type) {
	case FIELD_F32:
		return WIRE_4;
	case FIELD_HASH64:
		return WIRE_8;
	case FIELD_DIGEST:
		return WIRE_16;
	case FIELD_BYTES:
		return WIRE_BYTES;
	default:
		return WIRE_VARINT;
	}
}

static uint64_t load_integer(enum field_type type, const char *at)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (type) {
	case FIELD_BOOL:
		return *(const bool *)(const void *)at;
	case FIELD_U8:
		memcpy(&u8, at, sizeof(u8));
		return u8;
	case FIELD_U16:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case FIELD_U32:
	case FIELD_F32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case FIELD_I64:
		memcpy(&u64, at, sizeof(u64));
		return zigzag((int64_t)u64);
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}

static enum err store_integer(enum field_type type, uint64_t value, char *at)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;

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
		memcpy(at, &u32, sizeof(u32));
		return value > UINT32_MAX ? ERR_CORRUPT : ERR_OK;
	case FIELD_I64:
		value = (uint64_t)unzigzag(value);
		break;
	default:
		break;
	}
	memcpy(at, &value, sizeof(value));
	return ERR_OK;
}

static enum err append_fixed(struct buf *out, uint64_t value, size_t width)
{
	uint8_t bytes[8];

	be64_put(bytes, value);
	return buf_append(out, bytes + 8 - width, width);
}

static enum err encode_bytes(const struct field *f, const struct buf *bytes,
			     struct buf *out)
{
	enum err err;

	if (bytes->len > f->max)
		return ERR_TOO_LARGE;
	err = varint_append(out, bytes->len);
	return err ? err : buf_append_span(out, buf_span(bytes));
}

/* Of what a field is in memory, its default is all zeros; a buf keeps its memory. */
static size_t size_of(enum field_type type)
{
	static const uint8_t sizes[] = {
		[FIELD_BOOL] = sizeof(bool),
		[FIELD_U8] = 1,
		[FIELD_U16] = 2,
		[FIELD_U32] = 4,
		[FIELD_F32] = 4,
		[FIELD_I64] = 8,
		[FIELD_U64] = 8,
		[FIELD_HASH64] = 8,
		[FIELD_DIGEST] = DIGEST_SIZE,
		[FIELD_BYTES] = 0,
	};

	return sizes[type];
}

static bool is_default(const struct field *f, const char *at)
{
	uint64_t u64;
	uint32_t u32;

	switch (size_of(f->type)) {
	case 0:
		return ((const struct buf *)(const void *)at)->len == 0;
	case 1:
		return *at == 0;
	case 2:
		return at[0] == 0 && at[1] == 0;
	case 4:
		memcpy(&u32, at, sizeof(u32));
		return u32 == 0;
	case 8:
		memcpy(&u64, at, sizeof(u64));
		return u64 == 0;
	default:
		return digest_is_none((const struct digest *)(const void *)at);
	}
}

static enum err encode_field(const struct field *f, const char *at, struct buf *out)
{
	enum wire wire = wire_of(f->type);
	enum err err;

	if (is_default(f, at))
		return ERR_OK;
	err = varint_append(out, (uint64_t)f->number << 3 | wire);
	if (err)
		return err;
	switch (wire) {
	case WIRE_4:
		return append_fixed(out, load_integer(f->type, at), 4);
	case WIRE_8:
		return append_fixed(out, load_integer(f->type, at), 8);
	case WIRE_16:
		return buf_append(out, at, DIGEST_SIZE);
	case WIRE_BYTES:
		return encode_bytes(f, (const struct buf *)(const void *)at, out);
	default:
		return varint_append(out, load_integer(f->type, at));
	}
}

enum err codec_encode(const struct record_type *type, const void *record, struct buf *out)
{
	size_t before = out->len;
	enum err err = buf_append_byte(out, (char)type->version);

	for (size_t i = 0; !err && i < type->n_fields; i++)
		err = encode_field(&type->fields[i],
				   (const char *)record + type->fields[i].offset, out);
	if (err && out->len > before) {
		out->len = before;
		out->data[before] = '\0';
	}
	return err;
}

/* Reads the value that follows a tag: an integer, or the bytes it is made of. */
static enum err read_value(struct span *in, enum wire wire, uint64_t *integer,
			   struct span *bytes)
{
	static const size_t widths[] = { [WIRE_4] = 4, [WIRE_8] = 8, [WIRE_16] = 16 };
	uint64_t len;

	if (wire == WIRE_VARINT)
		return varint_read(in, integer);
	if (wire > WIRE_BYTES)
		return ERR_CORRUPT;
	if (wire != WIRE_BYTES)
		len = widths[wire];
	else if (varint_read(in, &len))
		return ERR_CORRUPT;
	if (len > in->len)
		return ERR_CORRUPT;
	*bytes = span_from(in->data, (size_t)len);
	in->data += len;
	in->len -= len;
	if (wire == WIRE_4 || wire == WIRE_8) {
		uint8_t wide[8] = { 0 };

		memcpy(wide + 8 - bytes->len, bytes->data, bytes->len);
		*integer = be64_get(wide);
	}
	return ERR_OK;
}

/* Records are written in the order of the table: what comes next stands a few steps on from
 * `*at`, where the last one was found. */
static const struct field *find_field(const struct record_type *type, uint64_t number,
				      size_t *at)
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

static enum err decode_field(const struct record_type *type, struct span *in,
			     char *record, size_t *at)
{
	struct span bytes = { NULL, 0 };
	uint64_t tag, integer = 0;
	const struct field *f;
	enum wire wire;
	enum err err = varint_read(in, &tag);

	if (err)
		return err;
	wire = tag & 7;
	err = read_value(in, wire, &integer, &bytes);
	f = find_field(type, tag >> 3, at);
	if (err || !f)
		return err;
	if (wire != wire_of(f->type))
		return ERR_CORRUPT;
	if (wire == WIRE_16)
		memcpy(record + f->offset, bytes.data, DIGEST_SIZE);
	else if (wire == WIRE_BYTES)
		return bytes.len > f->max
			       ? ERR_CORRUPT
			       : buf_set((struct buf *)(void *)(record + f->offset),
					 bytes);
	else
		return store_integer(f->type, integer, record + f->offset);
	return ERR_OK;
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
		if (type->fields[i].type == FIELD_BYTES)
			buf_release((struct buf *)(void *)((char *)record +
							   type->fields[i].offset));
}
