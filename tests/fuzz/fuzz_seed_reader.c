/* fuzz_seed_reader.c - a whole file of seeds in any format, gzip or not. */
#include "store/base/url.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/seed_checks.h"
#include "tools/seed_reader.h"

static void require_rejection(const struct seed_rejection *rejection, uint64_t *line)
{
	FUZZ_REQUIRE(rejection->line >= *line && rejection->reason.text[0]);
	FUZZ_REQUIRE(rejection->excerpt.len <= SEED_EXCERPT_MAX);
	*line = rejection->line;
}

FUZZ_TARGET(seed_reader)
{
	int fd = fuzz_memory_file(input);
	struct seed_reader *reader = NULL;
	struct seed_rejection rejection;
	struct url_parts parts;
	struct why why = { "" };
	uint64_t line = 1;
	struct seed seed;
	enum err err;

	FUZZ_REQUIRE(!seed_reader_open_fd(fd, "input", SEED_AUTO, &reader, &why));
	do {
		err = seed_reader_next(reader, &seed, &rejection, &why);
		if (err == ERR_INVALID) {
			require_rejection(&rejection, &line);
		} else if (!err) {
			fuzz_require_seed(&seed, err, &why);
			FUZZ_REQUIRE(!url_split(seed.url, &parts));
			FUZZ_REQUIRE(seed.line >= line);
			line = seed.line;
		}
	} while (!err || err == ERR_INVALID);
	FUZZ_REQUIRE(err == ERR_NOT_FOUND || why.text[0]);
	seed_reader_close(reader);
	close(fd);
}
