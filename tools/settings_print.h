/*
 * settings_print.h - settings as a config file that says the same again.
 */
#ifndef TOOLS_SETTINGS_PRINT_H
#define TOOLS_SETTINGS_PRINT_H

#include "tools/settings.h"

/* Appends every setting with its meaning, kind, limits and default, and where its value
 * comes from. Header values of [host] sections may be secrets: they are left out. */
MUST_CHECK enum err settings_print(const struct settings *settings, struct buf *out);

#endif
