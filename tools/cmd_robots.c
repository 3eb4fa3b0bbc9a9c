#include "tools/command.h"

#include <errno.h>

#include "store/base/url.h"
#include "tools/escape.h"
#include "tools/robots_fetch.h"

/* The question, and what was found out to answer it. */
struct question {
	struct buf url, body;
	struct url_parts parts; /* of url */
	struct span agent;
	enum robots_outcome outcome;
};

/* All of FILE ("-": stdin), or as much as counts. */
static enum err read_file(const char *path, struct buf *body, struct why *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	enum err err = ERR_OK;
	char chunk[8192];
	size_t n;

	if (!file)
		return why_set(why, ERR_IO, "cannot open '%s': %s", path,
			       strerror(errno));
	while (!err && body->len <= ROBOTS_MAX_BYTES &&
	       (n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		err = buf_append(body, chunk, n);
	if (err)
		err = why_set(why, err, "%s", err_text(err));
	else if (ferror(file))
		err = why_set(why, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
	if (!is_stdin)
		fclose(file);
	return err;
}

static enum err find_rules(struct command_context *ctx, struct question *q,
			   struct why *why)
{
	const char *path = option_text(ctx->options, "file", NULL);

	if (!path)
		return robots_from_origin(ctx->settings, q->parts.origin, &q->outcome,
					  &q->body, why);
	q->outcome = ROBOTS_PARSED;
	return read_file(path, &q->body, why);
}

/* "allowed" or "disallowed", then why. */
static enum err append_answer(struct buf *out, const struct question *q,
			      const struct robots_match *match)
{
	enum err err =
		buf_append_text(out, match->allowed ? "allowed\n" : "disallowed\n");

	if (err)
		return err;
	if (match->line) {
		err = buf_printf(out, "line %u: ", (unsigned)match->line);
		if (!err)
			err = escape_terminal(out, match->rule);
		return err ? err : buf_append_byte(out, '\n');
	}
	if (q->outcome == ROBOTS_PARSED && match->rule.len) {
		err = escape_terminal(out, match->rule);
		return err ? err : buf_append_byte(out, '\n');
	}
	if (q->outcome == ROBOTS_PARSED)
		return buf_append_text(out, "no rule matches\n");
	return buf_printf(out, "robots.txt: %s\n", robots_outcome_text(q->outcome));
}

static enum err answer(const struct question *q, struct buf *out, bool *allowed)
{
	struct robots_match match;
	struct robots *robots = NULL;
	enum err err = robots_parse(buf_span(&q->body), q->agent, &robots);

	if (!err)
		err = robots_outcome_match(q->outcome, robots, q->parts.target, &match);
	if (!err)
		err = append_answer(out, q, &match);
	if (!err)
		*allowed = match.allowed;
	robots_free(robots);
	return err;
}

/* A file can be asked about URLs that are too long to be fetched. */
static enum err read_url(const struct command_context *ctx, const char *url,
			 struct question *q, struct why *why)
{
	enum err err = url_canonical(span_of(url), SPAN(""), &q->url, why);

	if (err == ERR_TOO_LARGE && option_given(ctx->options, "file")) {
		q->parts.target = robots_target(span_of(url));
		return ERR_OK;
	}
	return err ? err : url_split(buf_span(&q->url), &q->parts);
}

static int ask(struct command_context *ctx, struct question *q, struct buf *out)
{
	const char *url = option_arg(ctx->options, 0);
	struct why why = { "" };
	bool allowed = false;
	int code;

	if (read_url(ctx, url, q, &why))
		return command_fail(EXIT_USAGE, "URL '%s': %s", url, why.text);
	if (find_rules(ctx, q, &why))
		return command_fail(EXIT_FAILED, "%s", why.text);
	if (answer(q, out, &allowed))
		return command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	code = command_write(buf_span(out));
	return code || allowed ? code : EXIT_CHECKED;
}

int cmd_robots(struct command_context *ctx)
{
	const char *agent = option_text(ctx->options, "agent", ctx->settings->bot_name);
	struct question q = { .agent = span_of(agent) };
	struct buf out = BUF_INIT;
	int code = ask(ctx, &q, &out);

	buf_release(&q.url);
	buf_release(&q.body);
	buf_release(&out);
	return code;
}
