/* loop_profile.c - how a host is asked, and what its answers teach of it. */
#include "tools/loop_internal.h"

#include "crawler/conditional.h"
#include "crawler/profile.h"
#include "crawler/verdict.h"
#include "store/base/log.h"

enum err conditions_add(struct loop *loop, struct flight *flight)
{
	struct page *page = &flight->page;
	size_t identity_len = loop->user_agent.len + strlen(loop->settings->bot_from);
	enum err err;

	flight->etag_sent = flight->date_sent = false;
	flight->asked = (struct asking){ .mode = CONDITION_NONE };
	if (!verdict_may_ask_conditionally(page, buf_span(&flight->url)))
		return ERR_OK;
	flight->asked = profile_choose(&flight->at_host->profile, page,
				       loop->settings->fetch_audit_rate);
	err = conditional_append(
		buf_span(&page->etag), buf_span(&page->last_modified), flight->asked.mode,
		conditional_room(buf_span(&flight->url), identity_len), &flight->headers);
	flight->etag_sent = strstr(buf_text(&flight->headers), "If-None-Match:") != NULL;
	flight->date_sent =
		strstr(buf_text(&flight->headers), "If-Modified-Since:") != NULL;
	return err;
}

static enum err learn(struct loop *loop, struct flight *flight, struct host *host,
		      struct observation *o)
{
	uint32_t n_strikes = host->profile.n_strikes;

	if (profile_learn(&host->profile, &flight->page, &flight->asked, o))
		o->anomalies |= 1u << ANOMALY_FALSE_304;
	if (host->profile.n_strikes > n_strikes)
		log_event(LOG_WARN, "validators-broken", "host=%s url=%s",
			  buf_text(&host->name), buf_text(&flight->url));
	host->dirty = true;
	if (!o->anomalies)
		return ERR_OK;
	host->n_anomalies++;
	if (o->anomalies & 1u << ANOMALY_FALSE_304)
		host->n_false_304++;
	return anomaly_note(&host->anomalies, o->anomalies, buf_span(&flight->url),
			    loop->now_ms);
}

/* After redirects it is another host than the page's that answered. */
enum err profile_record(struct loop *loop, struct flight *flight, struct observation *o)
{
	struct url_parts parts;
	struct host_key key;
	struct host *host = NULL;
	enum err err;

	if (!o->answered)
		return ERR_OK;
	if (!flight->n_hops)
		return learn(loop, flight, flight->owner, o);
	err = url_split(buf_span(&flight->url), &parts);
	if (err)
		return err;
	key = host_key_of(&parts);
	err = store_acquire_host(loop->store, &key, parts.origin, &host);
	if (!err)
		err = learn(loop, flight, host, o);
	store_release_host(loop->store, host);
	return err;
}
