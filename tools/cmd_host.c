#include "tools/command.h"

#include "store/base/clock.h"
#include "tools/damage.h"
#include "tools/filter.h"
#include "tools/host_change.h"
#include "tools/reader.h"
#include "tools/render.h"

/* The flags that change a host, by enum host_change. */
static const char *const change_flags[N_HOST_CHANGES] = {
	[HOST_PAUSE] = "pause",
	[HOST_RESUME] = "resume",
	[HOST_RELEASE] = "release",
	[HOST_REFRESH_ROBOTS] = "refresh-robots",
};

struct host_listing {
	struct command_context *ctx;
	struct store *store;
	const struct host_filter *wanted; /* NULL: all */
	int64_t now_ms;
	size_t n;
	struct source_views sources; /* of the present host */
	struct buf out;
};

static enum err render_host(struct host_listing *l, const struct host_view *view)
{
	enum err err = ERR_OK;

	if (option_bool(l->ctx->options, "json"))
		return render_json_host(&l->out, view);
	if (!l->wanted) {
		if (!l->n)
			err = render_text_hosts_header(&l->out);
		return err ? err : render_text_host_row(&l->out, view);
	}
	if (l->n)
		err = buf_append_byte(&l->out, '\n');
	return err ? err : render_text_host(&l->out, view, l->now_ms);
}

/* A list with a line a host has no room for them. */
static enum err read_sources(struct host_listing *l, struct host_view *view)
{
	if (!l->wanted && !option_bool(l->ctx->options, "json"))
		return ERR_OK;
	return host_view_read_sources(view, l->store, &l->sources);
}

/* Writes one host, as it is read: there may be millions. */
static int write_host(struct host_listing *l, const struct host *host)
{
	struct host_view view;
	enum err err;

	host_view_make(&view, host, l->ctx->settings);
	buf_clear(&l->out);
	err = read_sources(l, &view);
	if (!err)
		err = render_host(l, &view);
	if (err)
		return command_fail(EXIT_FAILED, "%s", err_text(err));
	l->n++;
	/* A failure is found out when the last line is flushed. */
	(void)!fwrite(l->out.data, 1, l->out.len, stdout);
	return ferror(stdout) ? EXIT_FAILED : EXIT_OK;
}

static int list_hosts(struct host_listing *l)
{
	struct damage damage = { .n = 0 };
	struct store_walk *walk = NULL;
	struct host host;
	int code = EXIT_OK;
	enum err err = store_walk_hosts(l->store, &walk);

	host_init(&host);
	while (!err && !code) {
		err = store_walk_host(walk, &host);
		if (damage_of_host(&damage, walk, &host.key, err))
			err = ERR_OK;
		else if (!err && (!l->wanted ||
				  host_filter_matches(l->wanted, buf_span(&host.name))))
			code = write_host(l, &host);
	}
	damage_end(&damage);
	host_release(&host);
	store_walk_end(walk);
	if (!code && err && err != ERR_NOT_FOUND)
		return reader_fail(l->store, err);
	if (l->wanted && !l->n && !code)
		return command_fail(EXIT_FAILED, "no host '%s' in store '%s'",
				    option_arg(l->ctx->options, 0), store_dir(l->store));
	return command_write(SPAN(""));
}

static int show_hosts(struct command_context *ctx)
{
	const char *argument = option_arg(ctx->options, 0);
	struct host_listing l = { .ctx = ctx, .now_ms = clock_now_ms() };
	struct host_filter wanted = { .port = 0 };
	struct why why = { "" };
	int code;

	if (argument && host_filter_init(&wanted, span_of(argument), &why))
		return command_fail(EXIT_USAGE, "host '%s': %s", argument, why.text);
	if (argument)
		l.wanted = &wanted;
	code = reader_open(ctx, &l.store);
	if (!code)
		code = list_hosts(&l);
	store_close(l.store);
	buf_release(&l.out);
	source_views_release(&l.sources);
	host_filter_release(&wanted);
	return code;
}

int cmd_host(struct command_context *ctx)
{
	const char *argument = option_arg(ctx->options, 0);
	int wanted = -1;

	for (int change = 0; change < N_HOST_CHANGES; change++) {
		if (!option_bool(ctx->options, change_flags[change]))
			continue;
		if (wanted >= 0)
			return command_fail(EXIT_USAGE, "--%s and --%s: one at a time",
					    change_flags[wanted], change_flags[change]);
		wanted = change;
	}
	if (wanted < 0)
		return show_hosts(ctx);
	if (!argument)
		return command_fail(EXIT_USAGE, "--%s needs a HOST",
				    change_flags[wanted]);
	return host_change(ctx, argument, (enum host_change)wanted);
}
