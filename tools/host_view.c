#include "tools/host_view.h"

#include <math.h>

#include "crawler/profile.h"
#include "scheduler/politeness.h"
#include "store/base/clock.h"

void host_view_make(struct host_view *view, const struct host *host,
		    const struct settings *settings)
{
	uint64_t n_answers = host->n_ok + host->n_not_modified;
	struct politeness_config politeness = {
		.max_crawl_delay_ms = settings->fetch_max_crawl_delay_ms,
	};
	struct host_settings rule;

	settings_for_host(settings, buf_span(&host->name), &rule);
	politeness.host_delay_ms = rule.delay_ms;
	*view = (struct host_view){ .host = host };
	view->delay_ms = host->n_requests ? host->delay_ms
					  : politeness_delay_ms(&politeness, host);
	view->mode = profile_mode(&host->profile);
	view->distrusted = host->profile.n_owed > 0;
	view->audit_rate = profile_audit_rate(&host->profile, rule.audit_rate);
	view->not_modified_rate =
		n_answers ? (double)host->n_not_modified / (double)n_answers : NAN;
	view->one_pass_s = (double)host_n_pages(host) * (double)view->delay_ms /
			   (double)MS_PER_SECOND;
	view->most_per_day =
		view->delay_ms ? (double)MS_PER_DAY / (double)view->delay_ms : INFINITY;
}

enum err host_view_read_sources(struct host_view *view, struct store *store,
				struct source_views *sources)
{
	if (!view->host->n_sources)
		return ERR_OK;
	view->sources = sources;
	return source_views_read(store, &view->host->key, sources);
}
