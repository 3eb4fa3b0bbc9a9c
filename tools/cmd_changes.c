#include "tools/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "tools/acknowledge.h"
#include "tools/bulk.h"
#include "tools/change_reader.h"
#include "tools/follow.h"
#include "tools/out_file.h"
#include "tools/reader.h"
#include "tools/render.h"

/* So many lines at most are written before they are flushed. */
#define FLUSH_EVERY 1000

/* In the order of the choices of --format. */
enum change_format { CHANGES_TABLE, CHANGES_NDJSON, CHANGES_BULK };

struct reading {
	struct command_context *ctx;
	const char *consumer;
	enum change_format format;
	bool all, follows;
	uint64_t after;        /* the last cursor written */
	uint64_t acknowledged; /* of the consumer */
	uint64_t left;         /* how many more may be written */
	int64_t bytes_left;
	bool titled; /* the table's header is out */
	struct bulk *bulk;
	bool stopped; /* a signal, or nobody listens */
	struct follow follow;
	struct buf line;
};

static int write_failed(struct reading *r)
{
	r->stopped = true;
	if (errno == EPIPE)
		return EXIT_FAILED;
	return command_fail(EXIT_FAILED, "cannot write to stdout: %s", strerror(errno));
}

static enum err render(struct reading *r, struct store *store,
		       const struct change *change)
{
	enum err err = ERR_OK;

	buf_clear(&r->line);
	if (r->format == CHANGES_NDJSON)
		return render_json_change(&r->line, change);
	if (r->format == CHANGES_BULK)
		return bulk_append(r->bulk, store, change, &r->line);
	if (!r->titled)
		err = render_text_changes_header(&r->line);
	r->titled = true;
	return err ? err : render_text_change(&r->line, change);
}

static int write_change(struct reading *r, struct store *store,
			const struct change *change)
{
	enum err err = render(r, store, change);

	if (err)
		return reader_fail(store, err);
	if (!r->line.len) { /* the index need not care */
		r->after = change->cursor;
		return EXIT_OK;
	}
	if (r->follows && !follow_wait_writable(&r->follow)) {
		r->stopped = true;
		return EXIT_OK;
	}
	if (fwrite(r->line.data, 1, r->line.len, stdout) != r->line.len)
		return write_failed(r);
	if ((r->follows || r->left % FLUSH_EVERY == 0) && fflush(stdout))
		return write_failed(r);
	r->after = change->cursor;
	r->left--;
	r->bytes_left -= (int64_t)r->line.len;
	if (r->bytes_left <= 0)
		r->left = 0;
	return EXIT_OK;
}

/* Writes what is there now. */
static int write_changes(struct reading *r, struct store *store)
{
	struct change_reader *reader = NULL;
	const struct change *change;
	int code = EXIT_OK;
	enum err err = change_reader_new(store, r->after, r->all, &reader);

	while (!err && !code && !r->stopped && r->left) {
		err = change_reader_next(reader, &change);
		if (!err)
			code = write_change(r, store, change);
	}
	change_reader_free(reader);
	if (!code && fflush(stdout))
		code = write_failed(r);
	if (!code && err && err != ERR_NOT_FOUND)
		code = reader_fail(store, err);
	return code;
}

/* Where to begin, when no cursor was given. */
static int find_start(struct reading *r, struct store *store)
{
	enum err err = store_get_acknowledged(store, r->consumer, &r->acknowledged);

	if (err == ERR_INVALID)
		return command_fail(EXIT_USAGE,
				    "--consumer '%s': a name of 1 to 22 bytes is wanted",
				    r->consumer);
	if (err)
		return reader_fail(store, err);
	if (option_given(r->ctx->options, "since"))
		r->after = (uint64_t)option_count(r->ctx->options, "since", 0);
	else
		r->after = r->acknowledged;
	return EXIT_OK;
}

/* For whoever acknowledges later, when what was written has arrived. */
static int save_cursor(const struct reading *r)
{
	const char *path = option_text(r->ctx->options, "save-cursor", NULL);
	struct why why = { "" };
	struct out_file file;
	enum err err;

	if (!path)
		return EXIT_OK;
	err = out_file_open(&file, path, &why);
	if (!err)
		fprintf(file.stream, "%" PRIu64 "\n", r->after);
	if (!err)
		err = out_file_commit(&file, &why);
	out_file_release(&file);
	return err ? command_fail(EXIT_FAILED, "%s", why.text) : EXIT_OK;
}

/* Everything that was written went out whole, so it may be acknowledged. */
static int acknowledge_written(struct reading *r)
{
	int code;

	if (!option_bool(r->ctx->options, "ack") || r->after <= r->acknowledged)
		return EXIT_OK;
	code = acknowledge(r->ctx, r->consumer, r->after);
	if (!code)
		r->acknowledged = r->after;
	return code;
}

/* Opens the store, writes what is new in it, and acknowledges that. */
static int read_once(struct reading *r, bool is_first)
{
	struct store *store = NULL;
	uint64_t before;
	int code;

	if (r->follows)
		follow_look(&r->follow);
	code = reader_open(r->ctx, &store);
	if (code)
		return code;
	if (is_first)
		code = find_start(r, store);
	before = r->after;
	if (!code)
		code = write_changes(r, store);
	store_close(store);
	if (!code)
		code = save_cursor(r);
	/* With --since alone nothing was written up to there. */
	if (!code && r->after != before)
		code = acknowledge_written(r);
	return code;
}

static int read_all(struct reading *r)
{
	int code = read_once(r, true);

	while (!code && r->follows && !r->stopped && r->left) {
		if (!follow_wait(&r->follow))
			break;
		code = read_once(r, false);
	}
	return r->follow.signal && !code ? 128 + r->follow.signal : code;
}

/* What the flags say that one of them alone cannot. */
static int check_flags(const struct options *options, enum change_format format)
{
	if (format != CHANGES_BULK && option_given(options, "index"))
		return command_fail(EXIT_USAGE, "--index goes with --format bulk");
	if (format == CHANGES_BULK && option_bool(options, "all"))
		return command_fail(EXIT_USAGE,
				    "--all: an index has no use for unchanged "
				    "visits (--format bulk)");
	return EXIT_OK;
}

int cmd_changes(struct command_context *ctx)
{
	const struct options *options = ctx->options;
	enum change_format fallback =
		option_bool(options, "json") ? CHANGES_NDJSON : CHANGES_TABLE;
	struct reading r = {
		.ctx = ctx,
		.consumer = option_text(options, "consumer", "index"),
		.format = (enum change_format)option_choice(options, "format", fallback),
		.all = option_bool(options, "all"),
		.follows = option_bool(options, "follow"),
		.left = (uint64_t)option_count(options, "limit", INT64_MAX),
		.bytes_left = option_size(options, "max-size", INT64_MAX),
		.follow = { .signal_fd = -1 },
	};
	int code = check_flags(options, r.format);

	if (code)
		return code;
	if (r.format == CHANGES_BULK &&
	    bulk_new(option_text(options, "index", NULL), &r.bulk))
		return command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	if (r.follows && follow_start(&r.follow, ctx->settings->db))
		code = command_fail(EXIT_FAILED, "cannot wait for signals: %s",
				    strerror(errno));
	else
		code = read_all(&r);
	follow_end(&r.follow);
	bulk_free(r.bulk);
	buf_release(&r.line);
	return code;
}
