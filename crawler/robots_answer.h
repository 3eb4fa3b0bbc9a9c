/*
 * robots_answer.h - what one answer to GET /robots.txt comes to (REQ 43-45). Pure.
 */
#ifndef CRAWLER_ROBOTS_ANSWER_H
#define CRAWLER_ROBOTS_ANSWER_H

#include "crawler/robots.h"
#include "crawler/transport.h"

/*
 * Judges the end of a fetch, redirects followed. For ROBOTS_PARSED `text` (replaced) is
 * the decoded body, of which what lies within the limit counts even when the rest was cut
 * off (REQ 43). A body that does not decode is as good as none: ROBOTS_UNREACHABLE.
 * ERR_NOMEM only.
 */
MUST_CHECK enum err robots_answer_judge(const struct fetch_result *result,
					enum robots_outcome *outcome, struct buf *text);

#endif
