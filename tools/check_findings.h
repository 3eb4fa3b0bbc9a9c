/*
 * check_findings.h - from all that a check saw to what advice goes by. Pure.
 */
#ifndef TOOLS_CHECK_FINDINGS_H
#define TOOLS_CHECK_FINDINGS_H

#include "tools/check.h"
#include "tools/check_advice.h"

void check_find(const struct check *check, int64_t now_ms, struct check_findings *f);

/* What is left of the certificate in days; -1: unknown. */
int64_t check_certificate_days(const struct fetch_result *result, int64_t now_ms);

#endif
