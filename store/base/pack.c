#include "store/base/pack.h"

#include <stdint.h>

#include "store/base/codec.h"

enum form {
	FORM_AS_IS = 0,
	FORM_NUMBERS = 0x10,
	FORM_NUMBER = 0x20,
	FORM_DATE = 0x30,
	FORM_KIND = 0xf0,
	FORM_WEAK = 1,
	FORM_CAPITALS = 2,
};

#define NUMBERS_MAX 4
#define NUMBER_DIGITS 15
#define TAG_DIGITS_MAX 128 /* of one number: no hash is longer */
#define DATE_LEN 29
#define DATE_PACKED 5

/* ---- half bytes ------------------------------------------------------------------------ */

struct halves {
	uint8_t *at;
	bool is_low; /* the next one is the lower one of *at */
};

static void put_half(struct halves *h, unsigned value)
{
	if (h->is_low)
		*h->at++ |= (uint8_t)value;
	else
		*h->at = (uint8_t)(value << 4);
	h->is_low = !h->is_low;
}

static char *end_halves(const struct halves *h)
{
	return (char *)h->at + h->is_low;
}

struct half_reader {
	struct span rest;
	bool is_low;
};

static bool take_half(struct half_reader *h, unsigned *value)
{
	if (!h->rest.len)
		return false;
	*value = (uint8_t)*h->rest.data;
	*value = h->is_low ? *value & 15 : *value >> 4;
	if (h->is_low) {
		h->rest.data++;
		h->rest.len--;
	}
	h->is_low = !h->is_low;
	return true;
}

/* At most half a byte is left, and it says nothing. */
static bool is_at_end(struct half_reader *h)
{
	unsigned rest = 0;

	return (!h->is_low || take_half(h, &rest)) && !rest && !h->rest.len;
}

/* ---- tags ------------------------------------------------------------------------------ */

/* 0 to 15, and which case it is in; 16: no digit. */
static unsigned digit_of(char c, unsigned *cases)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f') {
		*cases |= 1;
		return (unsigned)(c - 'a') + 10;
	}
	if (c >= 'A' && c <= 'F') {
		*cases |= FORM_CAPITALS;
		return (unsigned)(c - 'A') + 10;
	}
	return 16;
}

/* What a tag is made of. */
struct tag {
	struct span digits; /* between the quotes */
	unsigned flags;
	unsigned n, lens[NUMBERS_MAX];
};

static bool split_tag(struct span text, struct tag *tag)
{
	unsigned cases = 0, len = 0;

	*tag = (struct tag){ .flags = 0 };
	if (span_starts_with(text, SPAN("W/"))) {
		tag->flags = FORM_WEAK;
		text = span_from(text.data + 2, text.len - 2);
	}
	if (text.len < 3 || text.len > TAG_DIGITS_MAX + 2 || text.data[0] != '"' ||
	    text.data[text.len - 1] != '"')
		return false;
	tag->digits = span_from(text.data + 1, text.len - 2);
	for (size_t i = 0; i < tag->digits.len; i++) {
		bool is_end = tag->digits.data[i] == '-';

		if (is_end ? !len || tag->n == NUMBERS_MAX - 1
			   : digit_of(tag->digits.data[i], &cases) > 15)
			return false;
		if (is_end)
			tag->lens[tag->n++] = len;
		len = is_end ? 0 : len + 1;
	}
	if (!len || cases == (1 | FORM_CAPITALS))
		return false;
	tag->lens[tag->n++] = len;
	tag->flags |= cases & FORM_CAPITALS;
	return true;
}

static char *put_number(const struct tag *tag, char *out)
{
	struct halves h = { (uint8_t *)out + 1, false };
	unsigned cases;

	*out = (char)(FORM_NUMBER | tag->flags | (tag->digits.len & 1) << 2);
	for (size_t i = 0; i < tag->digits.len; i++)
		put_half(&h, digit_of(tag->digits.data[i], &cases));
	return end_halves(&h);
}

/* NULL: one of them has too many digits. */
static char *put_numbers(const struct tag *tag, char *out)
{
	struct halves h = { (uint8_t *)out + 1, false };
	const char *digit = tag->digits.data;
	unsigned cases;

	for (unsigned i = 0; i < tag->n; i++)
		if (tag->lens[i] > NUMBER_DIGITS)
			return NULL;
	*out = (char)(FORM_NUMBERS | tag->flags | (tag->n - 1) << 2);
	for (unsigned i = 0; i < tag->n; i++, digit++) {
		put_half(&h, tag->lens[i]);
		for (unsigned n = tag->lens[i]; n; n--)
			put_half(&h, digit_of(*digit++, &cases));
	}
	return end_halves(&h);
}

/* NULL: it is no such tag. */
static char *pack_tag(struct span text, char *out)
{
	struct tag tag;

	if (!split_tag(text, &tag))
		return NULL;
	return tag.n == 1 ? put_number(&tag, out) : put_numbers(&tag, out);
}

/* Appends so many digits. */
static bool append_digits(struct half_reader *h, unsigned flags, unsigned n, char **at)
{
	const char *digits =
		flags & FORM_CAPITALS ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned value;

	for (; n; n--) {
		if (!take_half(h, &value))
			return false;
		*(*at)++ = digits[value];
	}
	return true;
}

/* The text takes at most 6 bytes more than twice the packed ones. */
static bool unpack_tag(struct span packed, char **at)
{
	uint8_t form = (uint8_t)packed.data[0];
	struct half_reader h = { span_from(packed.data + 1, packed.len - 1), false };
	bool is_one = (form & FORM_KIND) == FORM_NUMBER;
	unsigned n = is_one ? 1 : (form >> 2 & 3) + 1u, len = 0;

	if (is_one && (form & 8 || !h.rest.len || h.rest.len > TAG_DIGITS_MAX / 2))
		return false;
	if (form & FORM_WEAK)
		*at = (char *)memcpy(*at, "W/", 2) + 2;
	*(*at)++ = '"';
	for (unsigned i = 0; i < n; i++) {
		if (is_one)
			len = 2 * (unsigned)h.rest.len - (form >> 2 & 1);
		else if (!take_half(&h, &len))
			return false;
		if (i)
			*(*at)++ = '-';
		if (!len || !append_digits(&h, form, len, at))
			return false;
	}
	*(*at)++ = '"';
	return is_at_end(&h);
}

/* ---- dates ----------------------------------------------------------------------------- */

static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970 began with a Thursday */
static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";

/* Years are reckoned from March on, so that a leap day ends one: then 153 days are five
 * months, 1461 four years, 36524 a century (but 2100 is further than four bytes reach). */
#define DAYS_BEFORE_1970 719468 /* since 1 March of the year 0 */
#define SECONDS_PER_DAY 86400

static char *put_2(char *at, unsigned value)
{
	*at++ = (char)('0' + value / 10 % 10);
	*at++ = (char)('0' + value % 10);
	return at;
}

static char *put_clock(char *at, unsigned second)
{
	at = put_2(at, second / 3600);
	*at++ = ':';
	at = put_2(at, second / 60 % 60);
	*at++ = ':';
	return put_2(at, second % 60);
}

static void put_date(uint32_t seconds, char at[DATE_LEN])
{
	uint32_t days = seconds / SECONDS_PER_DAY, all = days + DAYS_BEFORE_1970;
	uint32_t of_era = all % 146097; /* days in 400 years */
	uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * of_year + 2) / 153;

	year += all / 146097 * 400 + (month >= 10);
	at = (char *)memcpy(at, weekdays + 3 * (days % 7), 3) + 3;
	*at++ = ',';
	*at++ = ' ';
	at = put_2(at, of_year - (153 * month + 2) / 5 + 1);
	*at++ = ' ';
	at = (char *)memcpy(at, months + 3 * month, 3) + 3;
	*at++ = ' ';
	at = put_2(put_2(at, year / 100), year % 100);
	*at++ = ' ';
	at = put_clock(at, seconds % SECONDS_PER_DAY);
	memcpy(at, " GMT", 4);
}

/* Any digits: whoever asks compares. */
static uint32_t get_2(const char *at)
{
	return (uint32_t)(uint8_t)at[0] * 10 + (uint8_t)at[1] - 11 * '0';
}

/* Of a text that may be no date: then it is any instant. */
static uint32_t instant_of(const char *text)
{
	uint32_t month = 0, year = get_2(text + 12) * 100 + get_2(text + 14), days;

	while (month < 11 && memcmp(months + 3 * month, text + 8, 3) != 0)
		month++;
	year -= month >= 10;
	days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
	       get_2(text + 5) - 1 - DAYS_BEFORE_1970;
	return days * SECONDS_PER_DAY + get_2(text + 17) * 3600 + get_2(text + 20) * 60 +
	       get_2(text + 23);
}

/* NULL: it is none that would be written the same. */
static char *pack_date(struct span text, char *out)
{
	char again[DATE_LEN];
	uint32_t seconds;

	if (text.len != DATE_LEN)
		return NULL;
	seconds = instant_of(text.data);
	put_date(seconds, again);
	if (memcmp(again, text.data, DATE_LEN) != 0)
		return NULL;
	*out = FORM_DATE;
	be32_put((uint8_t *)out + 1, seconds);
	return out + DATE_PACKED;
}

/* ---- both ------------------------------------------------------------------------------ */

char *pack_text(struct span text, char *out)
{
	char *end = pack_tag(text, out);

	if (!end)
		end = pack_date(text, out);
	if (end)
		return end;
	*out = FORM_AS_IS;
	if (text.len)
		memcpy(out + 1, text.data, text.len);
	return out + 1 + text.len;
}

static bool unpack_numbers(struct span packed, char text[2 * TAG_DIGITS_MAX], size_t *len)
{
	uint8_t form = (uint8_t)packed.data[0];
	char *end = text;

	switch (form & FORM_KIND) {
	case FORM_NUMBERS:
	case FORM_NUMBER:
		if (!unpack_tag(packed, &end))
			return false;
		break;
	case FORM_DATE:
		if (form != FORM_DATE || packed.len != DATE_PACKED)
			return false;
		put_date(be32_get((const uint8_t *)packed.data + 1), text);
		end += DATE_LEN;
		break;
	default:
		return false;
	}
	*len = (size_t)(end - text);
	return true;
}

enum err unpack_text(struct span packed, size_t max, struct buf *text)
{
	char numbers[2 * TAG_DIGITS_MAX];
	struct span unpacked = { numbers, 0 };

	if (!packed.len)
		return ERR_CORRUPT;
	if (packed.data[0] == FORM_AS_IS)
		unpacked = span_from(packed.data + 1, packed.len - 1);
	else if (!unpack_numbers(packed, numbers, &unpacked.len))
		return ERR_CORRUPT;
	return unpacked.len > max ? ERR_CORRUPT : buf_set(text, unpacked);
}
