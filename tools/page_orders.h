/*
 * page_orders.h - what `recheck` and `forget` have in common: the pages that they are
 * about, by URL, from stdin, or by host and tag.
 */
#ifndef TOOLS_PAGE_ORDERS_H
#define TOOLS_PAGE_ORDERS_H

#include "tools/command.h"
#include "tools/order.h"

/* Carries out `kind` on the pages that the command line names, and prints how many were
 * "N pages DONE". URLs that are not known are named on stderr: EXIT_FAILED. */
int page_orders(struct command_context *ctx, enum order_kind kind, const char *done);

#endif
