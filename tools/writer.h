/*
 * writer.h - how a command changes the store: itself, or through the run that has it open.
 * It cannot tell the difference.
 */
#ifndef TOOLS_WRITER_H
#define TOOLS_WRITER_H

#include <signal.h>

#include "tools/command.h"
#include "tools/order.h"

struct writer;

struct writer_config {
	bool create; /* make the store where there is none */
	/* A seed was refused that the reader had found in order; `file` and `line` are as
	 * they were given with it. */
	void (*refused)(void *context, const char *file, uint64_t line,
			const char *reason, struct span url);
	/* How far a long order has come. Both may be NULL. */
	void (*busy)(void *context, uint64_t n);
	void *context;
};

/*
 * Waits up to 5 s for another command that is writing. ERR_LOCKED: it did not end;
 * ERR_NOT_FOUND: there is no store, and `create` is not set.
 */
MUST_CHECK enum err writer_open(const struct command_context *ctx,
				const struct writer_config *config,
				struct writer **writer, struct why *why);
/* What was not flushed may be lost. NULL is allowed. */
void writer_close(struct writer *writer);

/* Carries an order out, durably. Only the failure of that is told by the return value;
 * what came of it stands in `reply`, which is released by the caller. */
MUST_CHECK enum err writer_order(struct writer *writer, const struct order *order,
				 struct reply *reply, struct why *why);

/* Opens the store itself, which must exist, for what no run can do for others; waits in
 * the same way. */
MUST_CHECK enum err writer_wait_for_store(const struct command_context *ctx,
					  struct store **store, struct why *why);

/* ... at once, and to be repaired: also with a log that has lost something, which nobody
 * else may write to. */
MUST_CHECK enum err writer_open_for_repair(const struct command_context *ctx,
					   struct store **store, struct why *why);

/* For a run: another run is not waited for, whoever else is writing is, as above, until
 * `*stop_signal` is set. */
MUST_CHECK enum err writer_open_for_run(const struct command_context *ctx,
					const struct store_options *options,
					const volatile sig_atomic_t *stop_signal,
					struct store **store, struct why *why);

struct writer_counts {
	uint64_t n_added, n_known, n_refused;
};

/* Adds a seed; `file` must live until the next writer_flush(). */
MUST_CHECK enum err writer_seed(struct writer *writer, const struct seed *seed,
				const char *file, struct why *why);
/* Makes durable, and counts, what was seeded. */
MUST_CHECK enum err writer_flush(struct writer *writer, struct why *why);
struct writer_counts writer_counts(const struct writer *writer);

/* For most commands: opens, carries one order out, prints what went wrong. EXIT_OK: it
 * was carried out, and `reply` is the caller's to release. */
int writer_command(const struct command_context *ctx, const struct order *order,
		   struct reply *reply);

#endif
