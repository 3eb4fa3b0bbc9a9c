/* fuzz_history.c - a page's history as it lies in the store, damaged or not. */
#include "tests/fuzz/fuzz.h"

#include "store/internal.h"

/* One store for all inputs: nothing is ever committed to it. Whoever set TMPDIR removes it. */
static struct store *open_store(void)
{
	const char *tmp = getenv("TMPDIR");
	char dir[512];
	struct store_options options = { .no_sync = true };
	struct store *store = NULL;
	struct why why = { "" };

	snprintf(dir, sizeof(dir), "%s/freshet-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	FUZZ_REQUIRE(mkdtemp(dir) != NULL);
	if (store_open(dir, STORE_WRITE, &options, &store, &why))
		fprintf(stderr, "%s\n", why.text);
	FUZZ_REQUIRE(store != NULL);
	return store;
}

FUZZ_TARGET(history)
{
	static struct store *store;
	const struct page_key key = { .url_hash = 1 };
	struct visit visits[HISTORY_MAX];
	uint8_t encoded[PAGE_KEY_SIZE];
	size_t n = 0;
	enum err err;

	if (!store)
		store = open_store();
	page_key_encode(&key, encoded);
	FUZZ_REQUIRE(!store_put(store, FAMILY_HISTORY,
				span_from(encoded, sizeof(encoded)), input, true));
	err = store_get_history(store, &key, visits, &n);
	FUZZ_REQUIRE(!err || err == ERR_CORRUPT || err == ERR_NEWER);
	FUZZ_REQUIRE(n <= HISTORY_MAX);
	for (size_t i = 0; !err && i < n; i++)
		FUZZ_REQUIRE(visits[i].verdict < N_VERDICTS);
	store_forget_pending(store);
}
