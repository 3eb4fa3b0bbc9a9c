/*
 * backup.h - db backup and db restore.
 */
#ifndef TOOLS_BACKUP_H
#define TOOLS_BACKUP_H

#include "tools/command.h"

/* Both return the exit code. `dir` holds the backups. */
int backup_make(struct command_context *ctx, const char *dir);
int backup_restore(struct command_context *ctx, const char *dir);

#endif
