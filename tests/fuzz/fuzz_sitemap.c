/* fuzz_sitemap.c - sitemaps, XML, text or gzip, from anybody (REQ 64). */
#include "tests/fuzz/source_claims.h"

FUZZ_PASSES(sitemap, 2)

FUZZ_TARGET(sitemap)
{
	require_source(input);
}
