#include "store/base/digest.h"

#include <stdio.h>
#include <xxhash.h>

struct digest digest_of(struct span bytes)
{
	XXH128_canonical_t canonical;
	struct digest d;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data, bytes.len));
	memcpy(d.bytes, canonical.digest, DIGEST_SIZE);
	return d;
}

void digest_shorten(struct digest *d)
{
	memset(d->bytes + DIGEST_SIZE / 2, 0, DIGEST_SIZE / 2);
}

struct digest digest_short_of(struct span bytes)
{
	struct digest d = digest_of(bytes);

	digest_shorten(&d);
	return d;
}

static size_t shown_bytes(const struct digest *d)
{
	static const struct digest zeros;
	const size_t half = DIGEST_SIZE / 2;

	return memcmp(d->bytes + half, zeros.bytes, half) == 0 ? half : DIGEST_SIZE;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

bool digest_is_none(const struct digest *d)
{
	static const struct digest none;

	return digest_equal(d, &none);
}

void digest_format(const struct digest *d, char text[DIGEST_TEXT_SIZE])
{
	text[0] = '\0';
	if (digest_is_none(d))
		return;
	memcpy(text, "xxh3:", 6);
	for (size_t i = 0; i < shown_bytes(d); i++)
		snprintf(text + 5 + 2 * i, 3, "%02x", d->bytes[i]);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err digest_parse(struct span text, struct digest *d)
{
	struct digest parsed;

	if (text.len != DIGEST_TEXT_SIZE - 1 || !span_starts_with(text, SPAN("xxh3:")))
		return ERR_INVALID;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_value(text.data[5 + 2 * i]);
		int low = hex_value(text.data[6 + 2 * i]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		parsed.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*d = parsed;
	return ERR_OK;
}

uint64_t hash64(struct span bytes)
{
	return XXH3_64bits(bytes.data, bytes.len);
}
