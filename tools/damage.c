#include "tools/damage.h"

#include <inttypes.h>

#include "store/base/log.h"

static bool is_one_record(const struct store_walk *walk, enum err err)
{
	return (err == ERR_CORRUPT || err == ERR_NEWER) &&
	       !(walk && store_walk_is_broken(walk));
}

/* Is the next one still to be named? */
static bool count(struct damage *damage)
{
	return damage->n++ < DAMAGE_NAMED_MAX;
}

static void name_page(struct damage *damage, const char *what, const struct page_key *key,
		      enum err err)
{
	if (count(damage))
		log_event(LOG_WARN, "record-damaged",
			  "%s=%02x%016" PRIx64 "%016" PRIx64 " is=%s", what,
			  key->host.partition, key->host.host_id, key->url_hash,
			  err_text(err));
}

bool damage_of_page(struct damage *damage, const struct store_walk *walk,
		    const struct page_key *key, enum err err)
{
	if (!is_one_record(walk, err))
		return false;
	name_page(damage, "page", key, err);
	return true;
}

bool damage_of_history(struct damage *damage, const struct page_key *key, enum err err)
{
	if (!is_one_record(NULL, err))
		return false;
	name_page(damage, "history", key, err);
	return true;
}

bool damage_of_host(struct damage *damage, const struct store_walk *walk,
		    const struct host_key *key, enum err err)
{
	if (!is_one_record(walk, err))
		return false;
	if (count(damage))
		log_event(LOG_WARN, "record-damaged", "host=%02x%016" PRIx64 " is=%s",
			  key->partition, key->host_id, err_text(err));
	return true;
}

bool damage_of_change(struct damage *damage, const struct store_walk *walk,
		      uint64_t cursor, enum err err)
{
	if (!is_one_record(walk, err))
		return false;
	if (count(damage))
		log_event(LOG_WARN, "record-damaged", "change=%" PRIu64 " is=%s", cursor,
			  err_text(err));
	return true;
}

void damage_end(const struct damage *damage)
{
	if (damage->n > DAMAGE_NAMED_MAX)
		log_event(LOG_WARN, "records-damaged",
			  "n=%" PRIu64 " named=%d all-are-named-by='db verify'",
			  damage->n, DAMAGE_NAMED_MAX);
}
