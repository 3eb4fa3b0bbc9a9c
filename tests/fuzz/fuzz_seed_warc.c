/* fuzz_seed_warc.c - the pages of a web archive, with their content, as seeds. */
#include "crawler/document.h"
#include "store/base/url.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/seed_checks.h"
#include "tools/seed_warc.h"

FUZZ_TARGET(seed_warc)
{
	struct seed_warc_config config = { .max_body = 100000, .keep_body = true };
	int fd = fuzz_memory_file(input);
	struct seed_warc *warc = NULL;
	struct seed_rejection rejection;
	struct url_parts parts;
	struct why why = { "" };
	struct seed seed;
	enum err err;

	FUZZ_REQUIRE(!seed_warc_open_fd(fd, "input", &config, &warc, &why));
	do {
		err = seed_warc_next(warc, &seed, &rejection, &why);
		if (err == ERR_INVALID)
			FUZZ_REQUIRE(rejection.reason.text[0] &&
				     rejection.excerpt.len <= SEED_EXCERPT_MAX);
		if (err)
			continue;
		FUZZ_REQUIRE(!url_split(seed.url, &parts));
		FUZZ_REQUIRE(!seed.content || !digest_is_none(&seed.digest));
		FUZZ_REQUIRE(!seed.content || !seed.revisit);
		if (seed.content)
			FUZZ_REQUIRE(digest_equal(&seed.content->document->digest,
						  &seed.digest));
	} while (!err || err == ERR_INVALID);
	FUZZ_REQUIRE(err == ERR_NOT_FOUND);
	seed_warc_close(warc);
	close(fd);
}
