/*
 * anomaly_hint.h - what to do about an answer that contradicts HTTP or itself.
 */
#ifndef TOOLS_ANOMALY_HINT_H
#define TOOLS_ANOMALY_HINT_H

#include "store/anomaly.h"

/* For the site's owner or the operator of the crawl, in under 100 characters. Static. */
const char *anomaly_hint(enum anomaly a);
/* The greater, the more it harms the index, as in report_attention.severity. */
int anomaly_severity(enum anomaly a);

#endif
