#include "tools/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tools/control.h"
#include "tools/interrupt.h"
#include "tools/seed_pile.h"
#include "tools/seed_print.h"
#include "tools/work.h"

#define WAIT_MS 5000
#define WAIT_STEP_MS 50
#define SLICE 10000 /* pages between two commits */
#define BATCH_SEEDS 1000
#define SAME_TIME_SEEDS 50000 /* read with one look at the clock */
#define BATCH_BYTES ((size_t)256 << 10)

struct place {
	const char *file;
	uint64_t line;
};

struct writer {
	struct writer_config config;
	struct control *control; /* NULL: we have the store */
	struct editor editor;
	struct writer_counts counts;
	struct seed_pile *pile; /* NULL: none yet */
	uint64_t n_read;        /* seeds, of what is timed together */
	int64_t read_at_ms;
	/* Seeds that were sent, or are to be, and have no answer yet. */
	struct buf lines;
	struct place places[BATCH_SEEDS];
	size_t n_lines;
};

/* ---- opening ------------------------------------------------------------------------------- */

static enum err open_store(const struct command_context *ctx, bool in_key_order,
			   struct store **store, struct why *why)
{
	struct store_options options = {
		.cache_bytes = (size_t)ctx->settings->store_cache,
		.no_sync = ctx->settings->store_sync == SYNC_NONE,
		.in_key_order = in_key_order,
	};

	return store_open(ctx->settings->db, STORE_WRITE, &options, store, why);
}

/* `writer` NULL: a run will not do, it must be the store itself. */
static enum err open_once(const struct command_context *ctx, struct writer *writer,
			  struct store **store, struct why *why)
{
	enum err err = ERR_NOT_FOUND;

	if (writer)
		err = control_connect(ctx->settings->db, &writer->control, why);
	/* Who makes a store fills it. */
	return err == ERR_NOT_FOUND
		       ? open_store(ctx, writer && writer->config.create, store, why)
		       : err;
}

/* Only `seed` makes a store: to acknowledge or forget in an empty one is a mistake. */
static enum err check_exists(const char *dir, struct why *why)
{
	struct buf path = BUF_INIT;
	enum err err = buf_printf(&path, "%s/CURRENT", dir);

	if (!err && access(buf_text(&path), F_OK) && errno == ENOENT)
		err = why_set(why, ERR_NOT_FOUND,
			      "no store at '%s' (`freshet seed` makes one)", dir);
	buf_release(&path);
	return err;
}

static void wait_a_little(void)
{
	struct timespec step = { .tv_nsec = WAIT_STEP_MS * 1000000 };

	(void)nanosleep(&step, NULL);
}

static enum err open_in_time(const struct command_context *ctx, struct writer *writer,
			     struct store **store, struct why *why)
{
	int64_t until_us = clock_monotonic_us() + WAIT_MS * INT64_C(1000);
	enum err err = open_once(ctx, writer, store, why);

	while (err == ERR_LOCKED && clock_monotonic_us() < until_us &&
	       !interrupt_signal()) {
		wait_a_little();
		err = open_once(ctx, writer, store, why);
	}
	return err;
}

enum err writer_wait_for_store(const struct command_context *ctx, struct store **store,
			       struct why *why)
{
	enum err err = check_exists(ctx->settings->db, why);

	return err ? err : open_in_time(ctx, NULL, store, why);
}

static bool is_run_there(const struct command_context *ctx)
{
	struct control *control = NULL;
	struct why ignored;
	bool answers = !control_connect(ctx->settings->db, &control, &ignored);

	control_close(control);
	return answers;
}

enum err writer_open_for_run(const struct command_context *ctx,
			     const struct store_options *options,
			     const volatile sig_atomic_t *stop_signal,
			     struct store **store, struct why *why)
{
	int64_t until_us = clock_monotonic_us() + WAIT_MS * INT64_C(1000);
	enum err err = store_open(ctx->settings->db, STORE_WRITE, options, store, why);

	while (err == ERR_LOCKED && clock_monotonic_us() < until_us && !*stop_signal &&
	       !is_run_there(ctx)) {
		wait_a_little();
		err = store_open(ctx->settings->db, STORE_WRITE, options, store, why);
	}
	return err;
}

enum err writer_open_for_repair(const struct command_context *ctx, struct store **store,
				struct why *why)
{
	const struct store_options options = { .repair_at_ms = clock_now_ms() };
	enum err err = check_exists(ctx->settings->db, why);

	return err ? err
		   : store_open(ctx->settings->db, STORE_WRITE, &options, store, why);
}

enum err writer_open(const struct command_context *ctx,
		     const struct writer_config *config, struct writer **out,
		     struct why *why)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	enum err err;

	if (!writer)
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	writer->config = *config;
	err = config->create ? ERR_OK : check_exists(ctx->settings->db, why);
	if (!err)
		err = open_in_time(ctx, writer, &writer->editor.store, why);
	if (err)
		writer_close(writer);
	else
		*out = writer;
	return err;
}

void writer_close(struct writer *writer)
{
	if (!writer)
		return;
	control_close(writer->control);
	store_close(writer->editor.store);
	seed_pile_free(writer->pile);
	buf_release(&writer->lines);
	free(writer);
}

static enum err commit(struct writer *writer, struct why *why)
{
	enum err err = edit_commit(&writer->editor);

	return err ? why_set(why, err, "cannot write store '%s': %s",
			     store_dir(writer->editor.store),
			     store_failure(writer->editor.store))
		   : ERR_OK;
}

/* ---- orders -------------------------------------------------------------------------------- */

static enum err order_here(struct writer *writer, const struct order *order,
			   struct reply *reply, struct why *why)
{
	struct work *work;
	bool done = false;
	enum err err;

	writer->editor.now_ms = clock_now_ms();
	err = work_new(&writer->editor, order, &work);
	if (err)
		return why_set(why, err, "cannot begin: %s", err_text(err));
	while (!err && !done) {
		done = work_step(work, &writer->editor, SLICE, reply);
		err = commit(writer, why);
		if (!err && writer->config.busy)
			writer->config.busy(writer->config.context, reply->n_done);
		if (!err && !done && interrupt_signal())
			err = why_set(why, ERR_STOPPED, "interrupted");
	}
	work_free(work);
	return err;
}

static enum err send_order(struct writer *writer, const struct order *order,
			   struct why *why)
{
	struct buf line = BUF_INIT;
	enum err err = order_encode(order, &line);

	if (!err && line.len > CONTROL_LINE_MAX)
		err = why_set(why, ERR_TOO_LARGE, "the order is too long");
	if (!err)
		err = control_send(writer->control, buf_span(&line), why);
	buf_release(&line);
	return err;
}

enum err writer_order(struct writer *writer, const struct order *order,
		      struct reply *reply, struct why *why)
{
	enum err err;

	if (!writer->control)
		return order_here(writer, order, reply, why);
	err = send_order(writer, order, why);
	return err ? err
		   : control_receive(writer->control, reply, writer->config.busy,
				     writer->config.context, why);
}

int writer_command(const struct command_context *ctx, const struct order *order,
		   struct reply *reply)
{
	struct writer_config config = { 0 };
	struct writer *writer = NULL;
	struct why why = { "" };
	enum err err = writer_open(ctx, &config, &writer, &why);

	reply_init(reply);
	if (!err)
		err = writer_order(writer, order, reply, &why);
	writer_close(writer);
	if (!err && reply->err) {
		err = reply->err;
		why = reply->why;
	}
	if (!err)
		return EXIT_OK;
	reply_release(reply);
	return command_fail(command_code(err), "%s", why.text);
}

/* ---- seeds --------------------------------------------------------------------------------- */

static void refuse(struct writer *writer, const struct place *place, const char *reason,
		   struct span url)
{
	writer->counts.n_refused++;
	if (writer->config.refused)
		writer->config.refused(writer->config.context, place->file, place->line,
				       reason, url);
}

static enum err put_seed(struct writer *writer, const struct seed *seed,
			 const struct seed_place *place, struct why *why)
{
	enum seed_outcome outcome;
	enum err err;

	writer->editor.now_ms = place->at_ms;
	err = edit_seed(&writer->editor, seed, &outcome, why);
	if (err == ERR_INVALID) {
		refuse(writer, &(struct place){ place->file, place->line }, why->text,
		       seed->url);
		return ERR_OK;
	}
	if (err)
		return why_set(why, err, "cannot seed: %s",
			       err == ERR_IO ? store_failure(writer->editor.store)
					     : err_text(err));
	if (outcome == SEED_ADDED)
		writer->counts.n_added++;
	else
		writer->counts.n_known++;
	return edit_is_full(&writer->editor) ? commit(writer, why) : ERR_OK;
}

/* All that was piled up is put; the last of it is still pending. */
static enum err take_pile_down(struct writer *writer, struct why *why)
{
	struct seed_place place;
	struct seed seed;
	enum err err = ERR_OK;

	if (!writer->pile)
		return ERR_OK;
	seed_pile_sort(writer->pile);
	while (!err && seed_pile_next(writer->pile, &seed, &place))
		err = put_seed(writer, &seed, &place, why);
	return err;
}

static enum err pile_seed(struct writer *writer, const struct seed *seed,
			  const struct seed_place *place, struct why *why)
{
	enum err err = writer->pile ? ERR_OK : seed_pile_new(&writer->pile);

	if (!err)
		err = seed_pile_add(writer->pile, seed, place);
	if (err == ERR_TOO_LARGE) {
		err = take_pile_down(writer, why);
		if (err)
			return err;
		err = seed_pile_add(writer->pile, seed, place);
	}
	if (err == ERR_INVALID) {
		refuse(writer, &(struct place){ place->file, place->line },
		       "is not a canonical URL", seed->url);
		return ERR_OK;
	}
	return err ? why_set(why, err, "cannot seed: %s", err_text(err)) : ERR_OK;
}

static enum err seed_here(struct writer *writer, const struct seed *seed,
			  const char *file, struct why *why)
{
	struct seed_place place = { .file = file, .line = seed->line };
	enum err err;

	/* Who came first is visited first. */
	if (writer->n_read++ % SAME_TIME_SEEDS == 0)
		writer->read_at_ms = clock_now_ms();
	place.at_ms = writer->read_at_ms;
	if (seed_pile_takes(seed))
		return pile_seed(writer, seed, &place, why);
	err = take_pile_down(writer, why);
	return err ? err : put_seed(writer, seed, &place, why);
}

enum err writer_flush(struct writer *writer, struct why *why)
{
	struct order end = { .kind = ORDER_SEED };
	struct reply reply;
	struct span rest;
	uint64_t at = 0;
	enum err err;

	if (!writer->control) {
		writer->n_read = 0;
		err = take_pile_down(writer, why);
		return err ? err : commit(writer, why);
	}
	if (!writer->n_lines)
		return ERR_OK;
	reply_init(&reply);
	err = control_send(writer->control, buf_span(&writer->lines), why);
	if (!err)
		err = writer_order(writer, &end, &reply, why);
	if (!err && reply.err)
		err = why_set(why, reply.err, "%s", reply.why.text);
	rest = buf_span(&writer->lines);
	for (size_t i = 0; !err && i < reply.n_kept; i++) {
		const struct refusal *refusal = &reply.refusals[i];
		struct span line = { 0 };

		for (; at <= refusal->index && at < writer->n_lines; at++)
			line = span_cut(&rest, '\n');
		if (at)
			refuse(writer, &writer->places[at - 1], refusal->reason,
			       span_cut(&line, '\t'));
	}
	if (!err) {
		writer->counts.n_added += reply.n_done;
		writer->counts.n_known += reply.n_known;
	}
	writer->n_lines = 0;
	buf_clear(&writer->lines);
	reply_release(&reply);
	return err;
}

enum err writer_seed(struct writer *writer, const struct seed *seed, const char *file,
		     struct why *why)
{
	enum err err;

	if (!writer->control)
		return seed_here(writer, seed, file, why);
	err = seed_print(seed, &writer->lines);
	if (err)
		return why_set(why, err, "%s", err_text(err));
	writer->places[writer->n_lines++] = (struct place){ file, seed->line };
	return writer->n_lines == BATCH_SEEDS || writer->lines.len >= BATCH_BYTES
		       ? writer_flush(writer, why)
		       : ERR_OK;
}

struct writer_counts writer_counts(const struct writer *writer)
{
	return writer->counts;
}
