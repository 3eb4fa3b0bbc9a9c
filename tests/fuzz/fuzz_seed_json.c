/* fuzz_seed_json.c - a line of seeds in NDJSON. */
#include "tests/fuzz/seed_checks.h"

FUZZ_TARGET(seed_json)
{
	struct why why = { "" };
	json_t *root = NULL;
	struct seed seed;

	seed_init(&seed);
	fuzz_require_seed(&seed, seed_line_json(input, &seed, &root, &why), &why);
	json_decref(root);
}
