#include "tools/priors.h"

#include "scheduler/learn.h"

enum err priors_get(struct priors *p, const struct page_key *key, double *per_day)
{
	struct host *host = NULL;
	enum err err;

	if (!p->has_host || !host_key_equal(&p->host, &key->host)) {
		err = store_acquire_host(p->store, &key->host, SPAN(""), &host);
		if (err) /* a page's host has a record */
			return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
		p->per_day = learn_prior_per_day(store_classes(p->store), host);
		p->host = key->host;
		p->has_host = true;
		store_release_host(p->store, host);
	}
	*per_day = p->per_day;
	return ERR_OK;
}
