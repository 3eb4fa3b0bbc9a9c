/* cmd_run.c - freshet run: signals, progress and summary around the loop. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/units.h"
#include "tools/command.h"
#include "tools/contact.h"
#include "tools/damage.h"
#include "tools/filter.h"
#include "tools/listener.h"
#include "tools/loop.h"
#include "tools/notify.h"
#include "tools/progress.h"
#include "tools/writer.h"

struct run {
	struct command_context *ctx;
	struct store *store;
	struct loop *loop;
	struct live *live; /* NULL: nobody listens */
	struct listener *listener;
	struct progress progress;
	int64_t for_ms; /* --for; 0: no end is set */
	struct notify notify;
	bool told_stopping;
	struct host_filter *hosts;
	const char **tags;
	struct settings reloaded;
	struct settings previous; /* the loop may still hold texts of it */
	bool has_reloaded;
};

/* Signal handlers have no argument; the run is found here while its loop is there. */
static struct run *volatile the_run;
static volatile sig_atomic_t last_signal, reload_wanted;

static void on_stop(int number)
{
	last_signal = number;
	if (the_run)
		loop_ask_to_stop(the_run->loop);
}

static void on_reload(int number)
{
	(void)number;
	reload_wanted = 1;
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction reload = { .sa_handler = on_reload };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &reload, NULL);
}

/* What is made once, when a run begins. */
static const char *const fixed_settings[] = {
	"db",
	"log_format",
	"color",
	"progress",
	"bot.name",
	"bot.url",
	"bot.from",
	"fetch.timeout",
	"fetch.connect_timeout",
	"fetch.header_timeout",
	"fetch.max_wire",
	"fetch.allow_net",
	"fetch.proxy",
	"fetch.cacert",
	"fetch.resolve",
	"fetch.dns_servers",
	"fetch.threads",
	"fetch.workers",
	"store.sync",
	"store.cache",
	"listen.address",
	"listen.token",
	"listen.token_file",
	"warc.dir",
	"warc.max_size",
};

static void name_fixed_settings(const struct settings *old, const struct settings *fresh)
{
	for (size_t i = 0; i < ARRAY_SIZE(fixed_settings); i++)
		if (settings_differ(old, fresh, setting_find(span_of(fixed_settings[i]))))
			log_event(LOG_WARN, "restart needed", "setting=%s",
				  fixed_settings[i]);
}

/* A config file that does not parse leaves the settings in force alone. */
static void reload_settings(struct run *run)
{
	struct settings fresh;
	struct why why;

	reload_wanted = 0;
	notify_reloading(&run->notify, clock_monotonic_us());
	if (settings_load(run->ctx->options, &fresh, &why)) {
		command_fail(EXIT_CONFIG, "settings not reloaded: %s", why.text);
		notify_ready(&run->notify);
		return;
	}
	name_fixed_settings(run->ctx->settings, &fresh);
	if (run->has_reloaded)
		settings_release(&run->previous);
	run->previous = run->reloaded;
	run->reloaded = fresh;
	run->has_reloaded = true;
	loop_ask_to_reload(run->loop, &run->reloaded);
	/* Its threads read settings of their own. */
	if (run->listener && settings_load(run->ctx->options, &fresh, &why) == ERR_OK)
		listener_reload(run->listener, &fresh);
	notify_ready(&run->notify);
}

#define LINE_SIZE 320

static void progress_line(const struct run *run, int64_t now_ms, char line[LINE_SIZE])
{
	const struct loop_tally *t = loop_tally(run->loop);
	double s = (double)(now_ms - t->started_at_ms) / 1000;
	char left[UNITS_TEXT_SIZE] = "";

	if (run->for_ms > now_ms - t->started_at_ms)
		units_format_duration((run->for_ms - (now_ms - t->started_at_ms)) /
					      MS_PER_SECOND * MS_PER_SECOND,
				      left);
	snprintf(line, LINE_SIZE,
		 "%" PRIu64 " visits, %.0f/s; %" PRIu64 " new, %" PRIu64
		 " changed, %" PRIu64 " unchanged, %" PRIu64
		 " failed; %d in flight on %zu hosts; a visit must gain %.3g%s%s",
		 t->n_visits, s > 0 ? (double)t->n_visits / s : 0,
		 t->by_verdict[VERDICT_NEW], t->by_verdict[VERDICT_CHANGED],
		 t->by_verdict[VERDICT_UNCHANGED] + t->by_verdict[VERDICT_MINOR],
		 t->by_verdict[VERDICT_ERROR] + t->by_verdict[VERDICT_REFUSED],
		 t->n_in_flight, t->n_hosts, t->price, *left ? "; ends in " : "", left);
}

static void tell_manager(struct run *run, int64_t now_ms)
{
	int64_t now_us = clock_monotonic_us();
	char line[LINE_SIZE];

	notify_alive(&run->notify, now_us);
	if (last_signal && !run->told_stopping)
		notify_stopping(&run->notify);
	run->told_stopping = last_signal != 0;
	if (!notify_wants_status(&run->notify, now_us))
		return;
	progress_line(run, now_ms, line);
	notify_status(&run->notify, line, now_us);
}

static void show_progress(void *context, int64_t now_ms)
{
	struct run *run = context;
	char line[LINE_SIZE];

	if (reload_wanted)
		reload_settings(run);
	tell_manager(run, now_ms);
	if (!progress_is_due(&run->progress, now_ms))
		return;
	progress_line(run, now_ms, line);
	progress_show(&run->progress, now_ms, span_of(line));
}

static void print_summary(const struct run *run)
{
	const struct loop_tally *t = loop_tally(run->loop);
	double s = (double)(clock_now_ms() - t->started_at_ms) / 1000;
	const char *separator = ": ";

	printf("%" PRIu64 " visits in %.1f s", t->n_visits, s);
	for (int v = VERDICT_NEW; v < N_VERDICTS; v++) {
		if (!t->by_verdict[v])
			continue;
		printf("%s%" PRIu64 " %s", separator, t->by_verdict[v],
		       verdict_text((enum verdict)v));
		separator = ", ";
	}
	printf("\n%" PRIu64 " requests (%" PRIu64 " answered 304, %" PRIu64
	       " for robots.txt), %" PRIu64 " bytes received, %" PRIu64 " saved\n",
	       t->n_requests, t->n_not_modified, t->n_robots, t->wire_bytes,
	       t->bytes_saved);
}

static enum err take_hosts(struct run *run, struct loop_config *config, struct why *why)
{
	const struct options *o = run->ctx->options;
	size_t n = option_times(o, "host");
	enum err err = ERR_OK;

	run->hosts = calloc(n + 1, sizeof(*run->hosts));
	run->tags = calloc(option_times(o, "tag") + 1, sizeof(*run->tags));
	if (!run->hosts || !run->tags)
		return why_set(why, ERR_NOMEM, "out of memory");
	for (size_t i = 0; !err && i < n; i++) {
		struct why wrong;
		const char *name = option_list(o, "host", i, NULL);

		err = host_filter_init(&run->hosts[i], span_of(name), &wrong);
		if (err)
			return why_set(why, err, "--host '%.200s': %.200s", name,
				       wrong.text);
		config->n_hosts++;
	}
	for (size_t i = 0; i < option_times(o, "tag"); i++)
		run->tags[i] = option_list(o, "tag", i, NULL);
	config->hosts = run->hosts;
	config->tags = run->tags;
	return ERR_OK;
}

/* Nobody is crawled who could not find out by whom. */
static enum err check_contact(struct run *run, struct why *why)
{
	struct damage damage = { .n = 0 };
	struct store_walk *walk = NULL;
	struct host host;
	enum err err;

	/* A million hosts take two seconds to look through. */
	if (contact_is_given(run->ctx->settings))
		return ERR_OK;
	err = store_walk_hosts(run->store, &walk);
	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (damage_of_host(&damage, walk, &host.key, err))
			err = ERR_OK;
		else if (!err)
			err = contact_check(run->ctx->settings, buf_span(&host.name),
					    why);
	}
	damage_end(&damage);
	host_release(&host);
	store_walk_end(walk);
	return err == ERR_INVALID ? err : ERR_OK;
}

/* What pages answer never changes it, --until-error or not. */
static int exit_code(bool is_daemon)
{
	if (!last_signal)
		return EXIT_OK;
	/* A service that is told to stop has done its duty (REQ 58). */
	if (last_signal == SIGTERM && is_daemon)
		return EXIT_OK;
	return 128 + last_signal;
}

static enum err start_listener(struct run *run, struct why *why)
{
	struct settings settings;
	enum err err = settings_load(run->ctx->options, &settings, why);

	if (err)
		return err;
	err = listener_new(&settings, run->store, run->live, &run->listener, why);
	if (!err && !option_bool(run->ctx->options, "quiet"))
		fprintf(stderr, "dashboard at %s\n", listener_url(run->listener));
	return err;
}

static int run_loop(struct run *run, struct loop_config *config, bool is_daemon)
{
	struct why why = { "" };
	enum err err = ERR_OK;

	if (*run->ctx->settings->listen_address) {
		err = live_new(&run->live);
		if (!err)
			err = start_listener(run, &why);
		if (err)
			return command_fail(err == ERR_INVALID ? EXIT_CONFIG
							       : EXIT_FAILED,
					    "%s", why.text);
	}
	config->live = run->live;
	err = loop_new(run->store, config, &run->loop, &why);
	if (err)
		return command_fail(err == ERR_INVALID ? EXIT_CONFIG : command_code(err),
				    "%s", why.text);
	the_run = run;
	if (last_signal) /* it came while the store was opened */
		loop_ask_to_stop(run->loop);
	notify_ready(&run->notify);
	err = loop_run(run->loop, &why);
	notify_stopping(&run->notify);
	the_run = NULL;
	progress_end(&run->progress);
	if (err)
		return command_fail(err == ERR_CORRUPT ? EXIT_STORE : EXIT_FAILED,
				    "stopped: %s", why.text);
	if (!option_bool(run->ctx->options, "quiet"))
		print_summary(run);
	return exit_code(is_daemon);
}

static void release(struct run *run)
{
	for (size_t i = 0; run->hosts && i < option_times(run->ctx->options, "host"); i++)
		host_filter_release(&run->hosts[i]);
	free(run->hosts);
	free(run->tags);
	/* In this order: who waits for the loop to answer is told that it has gone. */
	notify_end(&run->notify);
	loop_free(run->loop);
	listener_free(run->listener);
	live_free(run->live);
	store_close(run->store);
	if (run->has_reloaded) {
		settings_release(&run->previous);
		settings_release(&run->reloaded);
	}
}

/* An endless run may well be there before its first seed; one that visits what is due now
 * has a name that was mistyped. */
static enum err check_store(const char *dir, bool once, struct why *why)
{
	if (once && access(dir, F_OK) && errno == ENOENT)
		return why_set(why, ERR_NOT_FOUND,
			       "no store at '%s' (`freshet seed` makes one)", dir);
	return ERR_OK;
}

int cmd_run(struct command_context *ctx)
{
	const struct options *o = ctx->options;
	struct store_options store_options = {
		.cache_bytes = (size_t)ctx->settings->store_cache,
		.no_sync = ctx->settings->store_sync == SYNC_NONE,
	};
	struct run run = { .ctx = ctx, .for_ms = option_duration(o, "for", 0) };
	struct loop_config config = {
		.settings = ctx->settings,
		.once = option_bool(o, "once"),
		.force = option_bool(o, "force"),
		.until_error = option_bool(o, "until-error"),
		.for_ms = run.for_ms,
		.progress = show_progress,
		.progress_context = &run,
	};
	struct why why = { "" };
	bool is_daemon = !config.once && !config.for_ms;
	int code = EXIT_OK;
	enum err err;

	notify_start(&run.notify);
	catch_signals();
	err = take_hosts(&run, &config, &why);
	if (err)
		code = command_fail(EXIT_USAGE, "%s", why.text);
	if (!err) {
		err = check_store(ctx->settings->db, config.once, &why);
		if (err)
			code = command_fail(command_code(err), "%s", why.text);
	}
	if (!err) {
		err = writer_open_for_run(ctx, &store_options, &last_signal, &run.store,
					  &why);
		if (err == ERR_LOCKED && last_signal) /* while it waited */
			code = exit_code(is_daemon);
		else if (err)
			code = command_fail(command_code(err), "%s", why.text);
	}
	if (!err) {
		err = check_contact(&run, &why);
		if (err)
			code = command_fail(EXIT_CONFIG, "%s", why.text);
	}
	if (!err) {
		if (!store_n_pages(run.store))
			log_event(LOG_WARN, "store empty",
				  "db=%s text=`freshet seed` adds pages",
				  ctx->settings->db);
		progress_start(&run.progress, ctx);
		code = run_loop(&run, &config, is_daemon);
	}
	release(&run);
	return code;
}
