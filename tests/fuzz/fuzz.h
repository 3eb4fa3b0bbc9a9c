/*
 * fuzz.h - a fuzz target: what must hold of a parser whatever bytes it is given.
 *
 *	FUZZ_TARGET(url)
 *	{
 *		... `input` ...
 *		FUZZ_REQUIRE(claim);
 *	}
 *
 * Each file fuzz_NAME.c is one target. With FUZZING it is a libFuzzer program (`make
 * fuzz`); without, it registers itself with replay.c, which `make check` runs over the
 * files in corpus/NAME/. The bytes of `input` are a copy of just that size, so that ASan
 * sees the first one read behind it; a target leaves nothing allocated behind.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "store/base/buf.h"

typedef void fuzz_target(struct span input);

#ifdef FUZZING
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
#define FUZZ_PASSES(name, n)
#define FUZZ_ENTRY(name)                                            \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) \
	{                                                           \
		fuzz_##name(span_from(data, len));                  \
		return 0;                                           \
	}
#else
void fuzz_register(const char *name, fuzz_target *target);
void fuzz_register_passes(const char *name, int n_passes);
/* Of a target that reads the whole of its input (or what it has made of it) so many times,
 * for one limit of time on a reading of 1 MB. */
#define FUZZ_PASSES(name, n)                                                  \
	__attribute__((constructor)) static void register_passes_##name(void) \
	{                                                                     \
		fuzz_register_passes(#name, n);                               \
	}
#define FUZZ_ENTRY(name)                                               \
	__attribute__((constructor)) static void register_##name(void) \
	{                                                              \
		fuzz_register(#name, fuzz_##name);                     \
	}
#endif

#define FUZZ_TARGET(name)               \
	static fuzz_target fuzz_##name; \
	FUZZ_ENTRY(name)                \
	static void fuzz_##name(struct span input)

/* Not assert(): a claim must be tried in every build. */
#define FUZZ_REQUIRE(claim)                                                              \
	do {                                                                             \
		if (!(claim)) {                                                          \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, \
				#claim);                                                 \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* Is it UTF-8 without controls (C0, DEL, C1) but those in `allowed`? Written anew here, as
 * a witness against the code under test. "\x80" allows C1. */
static inline bool fuzz_is_clean_utf8(struct span s, const char *allowed)
{
	for (size_t i = 0; i < s.len;) {
		const unsigned char *b = (const unsigned char *)s.data + i;
		size_t left = s.len - i, n = 1;
		uint32_t c = b[0];

		if (c >= 0xc2 && c <= 0xdf)
			n = 2, c &= 0x1f;
		else if (c >= 0xe0 && c <= 0xef)
			n = 3, c &= 0x0f;
		else if (c >= 0xf0 && c <= 0xf4)
			n = 4, c &= 0x07;
		else if (c >= 0x80)
			return false;
		if (n > left)
			return false;
		for (size_t k = 1; k < n; k++) {
			if ((b[k] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (b[k] & 0x3f);
		}
		if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) ||
		    (c >= 0xd800 && c <= 0xdfff))
			return false;
		if ((c < 0x20 && (!c || !strchr(allowed, (int)c))) || c == 0x7f ||
		    (c >= 0x80 && c <= 0x9f && !strchr(allowed, 0x80)))
			return false;
		i += n;
	}
	return true;
}

#endif
