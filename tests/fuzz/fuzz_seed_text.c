/* fuzz_seed_text.c - a line of seeds in plain text. */
#include "tests/fuzz/seed_checks.h"

FUZZ_TARGET(seed_text)
{
	struct seed seed;
	struct why why = { "" };

	seed_init(&seed);
	fuzz_require_seed(&seed, seed_line_text(input, &seed, &why), &why);
}
