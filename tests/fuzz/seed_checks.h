/* seed_checks.h - what holds of a seed, whatever the format it came in. */
#ifndef TESTS_FUZZ_SEED_CHECKS_H
#define TESTS_FUZZ_SEED_CHECKS_H

#include "tests/fuzz/fuzz.h"
#include "tools/seed_line.h"

static inline void fuzz_require_seed(const struct seed *seed, enum err err,
				     const struct why *why)
{
	FUZZ_REQUIRE(!err || err == ERR_INVALID || err == ERR_NOT_FOUND);
	if (err)
		FUZZ_REQUIRE(err == ERR_NOT_FOUND || why->text[0]);
	if (err)
		return;
	FUZZ_REQUIRE(seed->weight >= SEED_WEIGHT_MIN && seed->weight <= SEED_WEIGHT_MAX);
	FUZZ_REQUIRE(seed->min_interval_ms >= 0 && seed->max_interval_ms >= 0);
	FUZZ_REQUIRE(seed->n_tags <= SEED_TAGS_MAX);
	for (size_t i = 0; i < seed->n_tags; i++) {
		FUZZ_REQUIRE(seed->tags[i].len && seed->tags[i].len <= SEED_TAG_MAX);
		FUZZ_REQUIRE(fuzz_is_clean_utf8(seed->tags[i], ""));
	}
}

#endif
