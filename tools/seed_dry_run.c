#include "tools/seed_dry_run.h"

#include <stdlib.h>

void seed_dry_run_start(struct seed_dry_run *dry, struct store *store)
{
	*dry = (struct seed_dry_run){ .store = store };
	page_init(&dry->page);
}

void seed_dry_run_release(struct seed_dry_run *dry)
{
	page_release(&dry->page);
	free(dry->hashes);
	dry->hashes = NULL;
}

static enum err grow(struct seed_dry_run *dry)
{
	size_t room = dry->room ? 2 * dry->room : 1024;
	uint64_t *grown = realloc(dry->hashes, room * sizeof(*grown));

	if (!grown)
		return ERR_NOMEM;
	dry->hashes = grown;
	dry->room = room;
	return ERR_OK;
}

enum err seed_dry_run_add(struct seed_dry_run *dry, struct span url)
{
	enum err err =
		dry->store ? store_find_page(dry->store, url, &dry->page) : ERR_NOT_FOUND;

	if (!err)
		dry->n_known++;
	if (err != ERR_NOT_FOUND)
		return err;
	err = dry->n == dry->room ? grow(dry) : ERR_OK;
	if (!err)
		dry->hashes[dry->n++] = hash64(url);
	return err;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t seed_dry_run_end(struct seed_dry_run *dry)
{
	uint64_t n_different = 0;

	if (dry->n)
		qsort(dry->hashes, dry->n, sizeof(*dry->hashes), compare);
	for (size_t i = 0; i < dry->n; i++)
		n_different += i == 0 || dry->hashes[i] != dry->hashes[i - 1];
	dry->n_known += dry->n - n_different;
	dry->n = 0;
	return n_different;
}
