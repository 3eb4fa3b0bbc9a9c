/* fuzz_seed_csv.c - a table of seeds: the first line is the header, then rows. */
#include "tests/fuzz/seed_checks.h"

FUZZ_TARGET(seed_csv)
{
	struct seed_columns columns = { .n = 0 };
	struct span header = span_cut(&input, '\n');
	struct buf unquoted = BUF_INIT;
	struct why why = { "" };
	enum err err = seed_line_csv_header(header, &columns, &why);

	(void)seed_line_is_csv_header(header);
	FUZZ_REQUIRE(!err || err == ERR_INVALID);
	FUZZ_REQUIRE(columns.n <= SEED_COLUMNS_MAX);
	while (columns.n && input.len) {
		struct span row = span_cut(&input, '\n');
		struct seed seed;

		seed_init(&seed);
		why.text[0] = '\0';
		err = seed_line_csv(row, &columns, &seed, &unquoted, &why);
		fuzz_require_seed(&seed, err, &why);
	}
	buf_release(&unquoted);
}
