#include "tools/backup.h"

#include <inttypes.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/json_out.h"
#include "tools/writer.h"

static enum err append_json(struct buf *out, const struct store_backup_info *info)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.backup/1"));
	json_key_whole(&j, "id", info->id);
	json_key_time(&j, "at", info->at_ms);
	json_key_whole(&j, "pages", (int64_t)info->n_pages);
	json_key_whole(&j, "cursor", (int64_t)info->last_cursor);
	json_key_whole(&j, "bytes", (int64_t)info->bytes);
	json_key_whole(&j, "backups", info->n_backups);
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}

static enum err append_text(struct buf *out, const char *did,
			    const struct store_backup_info *info)
{
	char at[UNITS_TIME_SIZE], bytes[UNITS_TEXT_SIZE];

	units_format_time(info->at_ms, at);
	units_format_size((int64_t)info->bytes, bytes);
	return buf_printf(out,
			  "%s backup %" PRIu32 " of %s: %" PRIu64
			  " page%s, cursor %" PRIu64 ", %s\n",
			  did, info->id, at, info->n_pages, info->n_pages == 1 ? "" : "s",
			  info->last_cursor, bytes);
}

static int print(const struct command_context *ctx, const char *did,
		 const struct store_backup_info *info)
{
	struct buf out = BUF_INIT;
	bool as_json = option_bool(ctx->options, "json");
	enum err err = ERR_OK;
	int code = EXIT_OK;

	if (as_json)
		err = append_json(&out, info);
	else if (!option_bool(ctx->options, "quiet"))
		err = append_text(&out, did, info);
	if (err)
		code = command_fail(EXIT_FAILED, "%s", err_text(err));
	else if (out.len)
		code = command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

/* By the run that has the store open, or by ourselves. */
static int make_checkpoint(const struct command_context *ctx)
{
	struct order order;
	struct reply reply;
	int code;

	order_init(&order, ORDER_CHECKPOINT);
	code = writer_command(ctx, &order, &reply);
	if (!code)
		reply_release(&reply);
	order_release(&order);
	return code;
}

int backup_make(struct command_context *ctx, const char *dir)
{
	uint32_t keep = (uint32_t)option_count(ctx->options, "keep", 0);
	struct store_backup_info info = { .id = 0 };
	struct store_backup *backup = NULL;
	struct why why = { "" };
	enum err err = store_backup_begin(ctx->settings->db, &backup, &why);
	int code = err ? EXIT_FAILED : make_checkpoint(ctx);

	if (!code)
		err = store_backup_copy(backup, dir, keep, &info, &why);
	store_backup_end(backup);
	if (err)
		return command_fail(command_code(err), "%s", why.text);
	return code ? code : print(ctx, "made", &info);
}

int backup_restore(struct command_context *ctx, const char *dir)
{
	uint32_t id = (uint32_t)option_count(ctx->options, "id", 0);
	struct store_backup_info info = { .id = 0 };
	struct why why = { "" };
	enum err err = store_restore(dir, id, ctx->settings->db,
				     option_bool(ctx->options, "yes"), clock_now_ms(),
				     &info, &why);

	return err ? command_fail(command_code(err), "%s", why.text)
		   : print(ctx, "restored", &info);
}
