/* What fetches: made of the settings, once for the run. */
#include <sched.h>

#include "tools/contact.h"
#include "tools/descriptors.h"
#include "tools/loop_internal.h"

/* Descriptors that a run leaves alone: files that the store opens, names that are looked up,
 * an archive, a backup; and those of whoever listens. */
#define SPARE 64
#define SPARE_WITH_LISTENER 160

#define THREADS_AUTO 0 /* the choices of fetch.threads go on with 0, 1, ... */

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

/*
 * A thread of its own takes a third of a revalidation off the main one (54 of 149 us under
 * load), and a second one nothing more: what is left is scheduling and commits. 20,000 of
 * them took 13 and 14 % less time and no more CPU, where the two cores had the origin and
 * other work for ten besides. On a single core there is nothing to win.
 */
static unsigned n_threads(const struct settings *settings)
{
	cpu_set_t cores;

	if (settings->fetch_threads != THREADS_AUTO)
		return (unsigned)settings->fetch_threads - 1;
	return sched_getaffinity(0, sizeof(cores), &cores) == 0 && CPU_COUNT(&cores) > 1;
}

enum err loop_make_fetcher(struct loop *loop, struct why *why)
{
	const struct settings *s = loop->settings;
	struct transport_config config = {
		.from = text_or_null(s->bot_from),
		.cacert = text_or_null(s->fetch_cacert),
		.resolve = s->fetch_resolve,
		.dns_servers = text_or_null(s->fetch_dns_servers),
		.allow_net = s->fetch_allow_net,
		.proxy = text_or_null(s->fetch_proxy),
		.timeout_ms = s->fetch_timeout_ms,
		.connect_timeout_ms = s->fetch_connect_timeout_ms,
		.header_timeout_ms = s->fetch_header_timeout_ms,
		.max_wire_bytes = s->fetch_max_wire,
	};
	int concurrency = (int)s->fetch_concurrency;
	enum err err = contact_user_agent(s, &loop->user_agent);

	if (!err)
		err = descriptors_for_connections(concurrency, 4 * concurrency,
						  loop->config.live ? SPARE_WITH_LISTENER
								    : SPARE,
						  &config.max_connections, why);
	config.user_agent = buf_text(&loop->user_agent);
	return err ? err
		   : fetcher_new(&config, n_threads(s), answer_fetched, loop,
				 &loop->fetcher, why);
}
