/* cmd_db.c - freshet db: care of the store. */
#include <inttypes.h>

#include "scheduler/ahead.h"
#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/backup.h"
#include "tools/json_out.h"
#include "tools/progress.h"
#include "tools/reader.h"
#include "tools/writer.h"

struct db {
	struct command_context *ctx;
	struct store *store;
	struct buf out;
	struct json_out json;
	bool as_json;
	enum err err; /* of writing to `out` */
	struct progress progress;
};

static int print(struct db *db)
{
	return db->err ? command_fail(EXIT_FAILED, "%s", err_text(db->err))
		       : command_write(buf_span(&db->out));
}

/* ---- verify -------------------------------------------------------------------------------- */

static void note_difference(void *context, const char *difference)
{
	struct db *db = context;

	progress_end(&db->progress);
	if (db->as_json)
		json_text(&db->json, span_of(difference));
	else
		command_fail(EXIT_STORE, "%s", difference);
}

static int verify(struct db *db)
{
	struct store_gauges gauges;
	uint64_t n = 0;
	enum err err;
	int code;

	json_start(&db->json, &db->out);
	if (db->as_json) {
		json_open(&db->json, '{');
		json_key_text(&db->json, "schema", SPAN("freshet.verify/1"));
		json_key_open(&db->json, "differences", '[');
	}
	store_gauge(db->store, &gauges);
	/* It walks the pages three times. */
	progress_watch(&db->progress, db->ctx, db->store,
		       gauges.n_records + 2 * store_n_pages(db->store), "records");
	err = store_verify(db->store, note_difference, db, &n);
	progress_end(&db->progress);
	if (err)
		return reader_fail(db->store, err);
	if (db->as_json) {
		json_close(&db->json, ']');
		json_key_whole(&db->json, "n_differences", (int64_t)n);
		json_key_whole(&db->json, "pages", (int64_t)store_n_pages(db->store));
		json_key_bool(&db->json, "ok", n == 0);
		json_close(&db->json, '}');
		json_line(&db->json);
		db->err = json_end(&db->json);
	} else if (!n) {
		db->err = buf_printf(
			&db->out, "ok: %" PRIu64 " pages, cursor %" PRIu64 "\n",
			store_n_pages(db->store), store_last_cursor(db->store));
	}
	code = print(db);
	if (!n || code)
		return code;
	return command_fail(EXIT_STORE, "store '%s': %" PRIu64 " differences",
			    store_dir(db->store), n);
}

/* ---- stats --------------------------------------------------------------------------------- */

static int stats(struct db *db)
{
	struct buf text = BUF_INIT;
	struct span rest;
	enum err err = store_stats(db->store, &text);

	if (err) {
		buf_release(&text);
		return reader_fail(db->store, err);
	}
	rest = buf_span(&text);
	json_start(&db->json, &db->out);
	if (db->as_json) {
		json_open(&db->json, '{');
		json_key_text(&db->json, "schema", SPAN("freshet.stats/1"));
		json_key_whole(&db->json, "pages", (int64_t)store_n_pages(db->store));
		while (rest.len) {
			struct span value = span_cut(&rest, '\n');
			struct span key = span_cut(&value, ':');
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)key.len, key.data);
			json_key_text(&db->json, name, span_trim(value));
		}
		json_close(&db->json, '}');
		json_line(&db->json);
		db->err = json_end(&db->json);
	} else {
		db->err = buf_printf(&db->out, "pages: %" PRIu64 "\n",
				     store_n_pages(db->store));
		if (!db->err)
			db->err = buf_append_span(&db->out, rest);
	}
	buf_release(&text);
	return print(db);
}

/* ---- the command --------------------------------------------------------------------------- */

static int compact(struct command_context *ctx)
{
	struct store *store;
	struct why why = { "" };
	enum err err = writer_wait_for_store(ctx, &store, &why);
	int code;

	if (err)
		return command_fail(command_code(err), "%s", why.text);
	err = store_compact(store);
	code = err ? command_fail(command_code(err), "cannot compact store '%s': %s",
				  store_dir(store), store_failure(store))
		   : EXIT_OK;
	store_close(store);
	return code;
}

/* Whoever repairs says with it that the clock is right. */
static enum err take_back(struct db *db)
{
	int64_t now_ms = clock_now_ms(), ahead_ms = ahead_of_ms(db->store, now_ms);
	char by[UNITS_TEXT_SIZE];

	if (!ahead_ms)
		return ERR_OK;
	units_format_duration(ahead_ms, by);
	db->err = buf_printf(&db->out,
			     "what is dated later than now is taken back by %s\n", by);
	return ahead_take_back(db->store, ahead_ms, now_ms);
}

/* Only who alone has the store may: what a run holds in memory it would write back. */
static int repair(struct command_context *ctx)
{
	struct db db = { .ctx = ctx };
	uint64_t n_found = 0, n_left = 0;
	struct why why = { "" };
	enum err err = writer_open_for_repair(ctx, &db.store, &why);
	int code = EXIT_OK;

	if (err)
		return command_fail(command_code(err), "%s", why.text);
	err = store_repair(db.store, note_difference, &db, &n_found, &n_left);
	if (!err)
		err = take_back(&db);
	if (err == ERR_CORRUPT || err == ERR_NEWER)
		code = command_fail(EXIT_STORE, "store '%s': %s; nothing was changed",
				    store_dir(db.store),
				    err == ERR_NEWER
					    ? "a newer freshet has written to it"
					    : "a file cannot be read (`freshet db "
					      "verify` names it, `db restore` brings "
					      "back a backup)");
	else if (err)
		code = command_fail(command_code(err), "cannot repair store '%s': %s",
				    store_dir(db.store), store_failure(db.store));
	else if (n_left)
		code = command_fail(EXIT_STORE,
				    "store '%s': %" PRIu64 " differences stay",
				    store_dir(db.store), n_left);
	else
		db.err = buf_printf(&db.out,
				    "ok: %" PRIu64 " differences mended, %" PRIu64
				    " pages\n",
				    n_found, store_n_pages(db.store));
	if (!code)
		code = print(&db);
	store_close(db.store);
	buf_release(&db.out);
	return code;
}

static int read_store(struct command_context *ctx, int (*use)(struct db *db))
{
	struct db db = { .ctx = ctx, .as_json = option_bool(ctx->options, "json") };
	int code = reader_open(ctx, &db.store);

	if (code)
		return code;
	code = use(&db);
	store_close(db.store);
	buf_release(&db.out);
	return code;
}

int cmd_db(struct command_context *ctx)
{
	const char *what = option_arg(ctx->options, 0),
		   *dir = option_arg(ctx->options, 1);
	bool copies = strcmp(what, "backup") == 0 || strcmp(what, "restore") == 0;

	if (copies && !dir)
		return command_fail(EXIT_USAGE, "'db %s' needs DIR", what);
	if (!copies && dir)
		return command_fail(EXIT_USAGE, "'db %s' does not take the argument '%s'",
				    what, dir);
	if (copies)
		return what[0] == 'b' ? backup_make(ctx, dir) : backup_restore(ctx, dir);
	if (strcmp(what, "compact") == 0)
		return compact(ctx);
	if (strcmp(what, "repair") == 0)
		return repair(ctx);
	return read_store(ctx, strcmp(what, "verify") == 0 ? verify : stats);
}
