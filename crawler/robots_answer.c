#include "crawler/robots_answer.h"

#include "crawler/content_coding.h"

static enum err read_text(const struct fetch_result *r, bool *arrived, struct buf *text)
{
	enum coding_verdict verdict = CODING_BROKEN;
	enum err err;

	*arrived = r->error == FETCH_OK;
	buf_clear(text);
	if (r->http_status / 100 != 2)
		return ERR_OK;
	if (r->error == FETCH_BODY_TOO_LARGE &&
	    !header_count(&r->headers, "Content-Encoding")) {
		*arrived = true;
		return buf_set(text, buf_span(&r->body));
	}
	if (r->error != FETCH_OK)
		return ERR_OK;
	err = content_decode(&r->headers, buf_span(&r->body), DECODED_MAX_BYTES, text,
			     &verdict);
	*arrived = verdict == DECODED;
	return err;
}

enum err robots_answer_judge(const struct fetch_result *result,
			     enum robots_outcome *outcome, struct buf *text)
{
	bool arrived;
	enum err err = read_text(result, &arrived, text);

	if (err)
		return err;
	if (text->len > ROBOTS_MAX_BYTES)
		err = buf_set(text, span_from(text->data, ROBOTS_MAX_BYTES));
	*outcome = robots_judge_fetch(arrived, result->http_status);
	return err;
}
