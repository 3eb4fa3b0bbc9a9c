/* fuzz_settings.c - a config file. What it sets holds for some host too. */
#include "tests/fuzz/memory_file.h"

#include "tools/settings.h"

FUZZ_TARGET(settings)
{
	int fd = fuzz_memory_file(input);
	char path[FUZZ_PATH_SIZE];
	struct settings settings;
	struct host_settings host;
	struct why why = { "" };
	enum err err;

	fuzz_memory_path(fd, path);
	FUZZ_REQUIRE(!settings_default(&settings));
	err = settings_read_file(&settings, path, &why);
	FUZZ_REQUIRE(!err || err == ERR_INVALID);
	FUZZ_REQUIRE(!err || span_starts_with(span_of(why.text), span_of(path)));
	settings_for_host(&settings, SPAN("http://www.example.org:8080"), &host);
	settings_release(&settings);
	close(fd);
}
