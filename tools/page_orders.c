#include "tools/page_orders.h"

#include <inttypes.h>

#include "store/base/clock.h"
#include "tools/filter.h"
#include "tools/interrupt.h"
#include "tools/lines.h"
#include "tools/progress.h"
#include "tools/writer.h"

/* URLs that go into one order: escaped, they stay within a line of the control socket. */
#define BATCH_BYTES 10000

struct page_orders {
	struct command_context *ctx;
	struct writer *writer;
	struct order order;
	struct progress progress;
	struct buf url;
	uint64_t n_done;
	int code; /* of what was wrong with single URLs */
};

static void show_busy(void *context, uint64_t n)
{
	struct page_orders *p = context;

	progress_count(&p->progress, clock_now_ms(), p->n_done + n, 0, "pages");
}

/* Names the URLs of the order that were refused. */
static void report_refusals(struct page_orders *p, const struct reply *reply)
{
	struct span rest = buf_span(&p->order.urls), url = { 0 };
	uint64_t at = 0;

	progress_end(&p->progress);
	for (size_t i = 0; i < reply->n_kept; i++) {
		for (; rest.len && at <= reply->refusals[i].index; at++)
			url = span_cut(&rest, '\n');
		p->code = command_fail(EXIT_FAILED, "URL '%.*s' %s", (int)url.len,
				       url.data, reply->refusals[i].reason);
	}
}

/* Sends the order as it stands. EXIT_OK, or what ends the command. */
static int send_order(struct page_orders *p)
{
	struct why why = { "" };
	struct reply reply;
	enum err err;

	reply_init(&reply);
	err = writer_order(p->writer, &p->order, &reply, &why);
	if (!err && reply.err) {
		err = reply.err;
		why = reply.why;
	}
	p->n_done += reply.n_done;
	if (!err)
		report_refusals(p, &reply);
	reply_release(&reply);
	buf_clear(&p->order.urls);
	progress_end(&p->progress);
	if (err == ERR_STOPPED)
		return interrupt_code();
	return err ? command_fail(command_code(err), "%s", why.text) : EXIT_OK;
}

static int add_url(struct page_orders *p, struct span input)
{
	struct why why = { "" };
	enum err err = url_canonical(input, SPAN(""), &p->url, &why);
	int code = EXIT_OK;

	if (err == ERR_INVALID || err == ERR_TOO_LARGE) {
		p->code = command_fail(EXIT_FAILED, "URL '%.*s': %s",
				       (int)(input.len < 200 ? input.len : 200),
				       input.data, why.text);
		return EXIT_OK;
	}
	if (!err && p->order.urls.len + p->url.len > BATCH_BYTES)
		code = send_order(p);
	if (!err)
		err = buf_append_span(&p->order.urls, buf_span(&p->url));
	if (!err)
		err = buf_append_byte(&p->order.urls, '\n');
	return err ? command_fail(EXIT_FAILED, "%s", err_text(err)) : code;
}

static int add_stdin(struct page_orders *p)
{
	struct lines *lines;
	struct span line;
	struct why why = { "" };
	enum err err = lines_open("-", &lines, &why);
	int code = EXIT_OK;

	if (err)
		return command_fail(EXIT_FAILED, "%s", why.text);
	while (!code) {
		err = lines_next(lines, &line, &why);
		if (err == ERR_TOO_LARGE)
			p->code =
				command_fail(EXIT_FAILED, "line %" PRIu64 " is too long",
					     lines_number(lines));
		else if (err)
			break;
		else if (span_trim(line).len && span_trim(line).data[0] != '#')
			code = add_url(p, span_trim(line));
	}
	lines_close(lines);
	if (!code && interrupt_signal())
		return interrupt_code();
	return code || err == ERR_NOT_FOUND ? code
					    : command_fail(EXIT_FAILED, "%s", why.text);
}

static int order_urls(struct page_orders *p)
{
	const char *arg;
	int code = EXIT_OK;

	for (size_t i = 0; !code && (arg = option_arg(p->ctx->options, i)); i++)
		code = strcmp(arg, "-") == 0 ? add_stdin(p) : add_url(p, span_of(arg));
	return code || !p->order.urls.len ? code : send_order(p);
}

/* One order for each host with each tag. */
static int order_hosts_and_tags(struct page_orders *p)
{
	const struct options *o = p->ctx->options;
	size_t n_hosts = option_times(o, "host"), n_tags = option_times(o, "tag");
	int code = EXIT_OK;

	for (size_t i = 0; !code && i < n_hosts + !n_hosts; i++) {
		for (size_t k = 0; !code && k < n_tags + !n_tags; k++) {
			const char *host = option_list(o, "host", i, NULL);
			const char *tag = option_list(o, "tag", k, NULL);

			if (buf_set(&p->order.host, span_of(host ? host : "")) ||
			    buf_set(&p->order.tag, span_of(tag ? tag : "")))
				return command_fail(EXIT_FAILED, "%s",
						    err_text(ERR_NOMEM));
			code = send_order(p);
		}
	}
	return code;
}

/* Before anything is changed. */
static int check(const struct options *o)
{
	bool many = option_given(o, "host") || option_given(o, "tag");
	struct host_filter filter;
	struct why why = { "" };
	const char *host;

	if (many && option_arg(o, 0))
		return command_fail(EXIT_USAGE,
				    "name URLs or --host and --tag, not both");
	if (!many && !option_arg(o, 0))
		return command_fail(EXIT_USAGE, "name a URL, - for stdin, --host or "
						"--tag");
	for (size_t i = 0; (host = option_list(o, "host", i, NULL)); i++) {
		if (host_filter_init(&filter, span_of(host), &why))
			return command_fail(EXIT_USAGE, "--host '%s': %s", host,
					    why.text);
		host_filter_release(&filter);
	}
	return EXIT_OK;
}

static int print_done(const struct page_orders *p, const char *done)
{
	struct buf out = BUF_INIT;
	int code = EXIT_OK;

	if (option_bool(p->ctx->options, "quiet"))
		return EXIT_OK;
	if (buf_printf(&out, "%" PRIu64 " page%s %s\n", p->n_done,
		       p->n_done == 1 ? "" : "s", done) == ERR_OK)
		code = command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

int page_orders(struct command_context *ctx, enum order_kind kind, const char *done)
{
	struct page_orders p = { .ctx = ctx, .code = EXIT_OK };
	struct writer_config config = { .busy = show_busy, .context = &p };
	struct why why = { "" };
	enum err err;
	int code = check(ctx->options);

	if (code)
		return code;
	interrupt_catch();
	progress_start(&p.progress, ctx);
	p.progress.shown_at_ms = clock_now_ms(); /* short work needs none */
	order_init(&p.order, kind);
	err = writer_open(ctx, &config, &p.writer, &why);
	if (err)
		return command_fail(command_code(err), "%s", why.text);
	code = option_arg(ctx->options, 0) ? order_urls(&p) : order_hosts_and_tags(&p);
	writer_close(p.writer);
	progress_end(&p.progress);
	if (p.n_done || !code) {
		int printed = print_done(&p, done);

		code = code ? code : printed;
	}
	order_release(&p.order);
	buf_release(&p.url);
	return code ? code : p.code;
}
