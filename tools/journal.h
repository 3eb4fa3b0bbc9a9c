/*
 * journal.h - is stderr the journal of systemd? Then a line may begin with its level, as
 * sd-daemon(3) has it: "<4>".
 */
#ifndef TOOLS_JOURNAL_H
#define TOOLS_JOURNAL_H

#include "store/base/log.h"

/* "<4>" for a warning, or "" where nobody would understand it. */
const char *journal_prefix(enum log_level level);

#endif
