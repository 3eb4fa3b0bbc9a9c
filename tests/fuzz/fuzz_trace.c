/* fuzz_trace.c - a file of change histories. */
#include "tests/fuzz/memory_file.h"

#include "tools/trace.h"

FUZZ_TARGET(trace)
{
	int fd = fuzz_memory_file(input);
	char path[FUZZ_PATH_SIZE];
	struct why why = { "" };
	struct trace trace;
	enum err err;

	fuzz_memory_path(fd, path);
	trace_init(&trace);
	err = trace_read(path, &trace, &why);
	FUZZ_REQUIRE(!err || why.text[0]);
	for (size_t i = 0; !err && i < trace.n_pages; i++) {
		const struct trace_page *page = &trace.pages[i];

		FUZZ_REQUIRE(page->n && page->first + page->n <= trace.n_at);
		for (size_t k = 1; k < page->n; k++)
			FUZZ_REQUIRE(trace.at_s[page->first + k] >=
				     trace.at_s[page->first + k - 1]);
		FUZZ_REQUIRE(trace.at_s[page->first + page->n - 1] <= trace.last_at_s);
		(void)trace_path(&trace, page);
	}
	trace_release(&trace);
	close(fd);
}
