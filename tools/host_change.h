/*
 * host_change.h - what a user can do to a host.
 */
#ifndef TOOLS_HOST_CHANGE_H
#define TOOLS_HOST_CHANGE_H

#include "tools/command.h"
#include "tools/edit.h"

/*
 * Makes the change, durably, through the `run` that has the store open if there is one.
 * `host` is "example.org", "example.org:8080" or "http://example.org"; without a scheme
 * both http and https are meant. Says on stderr what went wrong, and nothing else;
 * returns an exit code.
 */
int host_change(struct command_context *ctx, const char *host, enum host_change change);

#endif
