#include "tools/check_host.h"

#include <poll.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tools/contact.h"
#include "tools/robots_fetch.h"

static void host_free(struct check_host *host)
{
	buf_release(&host->origin);
	buf_release(&host->robots_url);
	fetch_result_release(&host->robots_answer);
	robots_free(host->robots);
	free(host);
}

static enum err read_robots(const struct settings *settings, struct check_host *host,
			    struct why *why)
{
	struct one_fetch one = { 0 };
	struct buf body = BUF_INIT;
	enum err err = one_fetch_open(settings, &one, why);

	if (err)
		goto out;
	err = robots_fetch(&one, buf_span(&host->origin), &host->outcome,
			   &host->robots_url, &body);
	check_host_asked(host);
	if (!err && host->outcome == ROBOTS_PARSED)
		err = robots_parse(buf_span(&body), span_of(settings->bot_name),
				   &host->robots);
	if (err) {
		(void)why_set(why, err, "%s", err_text(err));
		goto out;
	}
	host->robots_answer = one.result;
	one.result = (struct fetch_result){ 0 };
out:
	one_fetch_close(&one);
	buf_release(&body);
	return err;
}

static int64_t delay_of(const struct settings *settings, const struct check_host *host)
{
	int64_t asked_for_ms = host->robots ? robots_crawl_delay_ms(host->robots) : 0;
	struct host_settings rules;

	settings_for_host(settings, buf_span(&host->origin), &rules);
	if (asked_for_ms > settings->fetch_max_crawl_delay_ms)
		asked_for_ms = settings->fetch_max_crawl_delay_ms;
	return asked_for_ms > rules.delay_ms ? asked_for_ms : rules.delay_ms;
}

enum err check_hosts_get(struct check_hosts *hosts, struct span origin,
			 struct check_host **result, struct why *why)
{
	struct check_host *host;
	enum err err;

	for (host = hosts->first; host; host = host->next) {
		if (span_equal(buf_span(&host->origin), origin)) {
			*result = host;
			return ERR_OK;
		}
	}
	err = contact_check(hosts->settings, origin, why);
	if (err)
		return err;
	host = calloc(1, sizeof(*host));
	if (!host || buf_set(&host->origin, origin)) {
		free(host);
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	}
	err = read_robots(hosts->settings, host, why);
	if (err) {
		host_free(host);
		return err;
	}
	host->delay_ms = delay_of(hosts->settings, host);
	host->next = hosts->first;
	hosts->first = host;
	*result = host;
	return ERR_OK;
}

void check_host_wait(struct check_host *host)
{
	int64_t next_at_us = host->asked_at_us + host->delay_ms * 1000, left_us;

	while ((left_us = next_at_us - clock_monotonic_us()) > 0)
		(void)poll(NULL, 0, (int)(left_us / 1000) + 1);
}

void check_host_asked(struct check_host *host)
{
	host->asked_at_us = clock_monotonic_us();
}

void check_hosts_release(struct check_hosts *hosts)
{
	struct check_host *host;

	while ((host = hosts->first)) {
		hosts->first = host->next;
		host_free(host);
	}
}
