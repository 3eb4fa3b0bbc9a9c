#include "tools/priors.h"

#include "scheduler/learn.h"

enum err priors_get(struct priors *p, const struct page_key *key, double *per_day)
{
	static const struct host unknown;
	struct host *host = NULL;
	enum err err;

	if (!p->has_host || !host_key_equal(&p->host, &key->host)) {
		err = store_acquire_host(p->store, &key->host, SPAN(""), &host);
		if (err == ERR_NOT_FOUND) /* a page's host has a record */
			err = ERR_CORRUPT;
		if (err && !damage_of_host(&p->damage, NULL, &key->host, err))
			return err;
		p->per_day = learn_prior_per_day(store_classes(p->store),
						 host ? host : &unknown);
		p->host = key->host;
		p->has_host = true;
		store_release_host(p->store, host);
	}
	*per_day = p->per_day;
	return ERR_OK;
}
