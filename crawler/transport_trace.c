/* What a fetch that is to be explained keeps besides: heads as bytes, and the TLS. */
#include <stdlib.h>

#include "crawler/transport_internal.h"
#include "store/base/clock.h"

#define TLS_TEXT "SSL connection using "

void fetch_trace_free(struct fetch_trace *trace)
{
	if (!trace)
		return;
	buf_release(&trace->request_head);
	buf_release(&trace->response_head);
	free(trace);
}

enum err trace_begin(struct fetch *f, enum trace_kind kind)
{
	bool wanted = kind != TRACE_NONE;
	CURLcode code =
		curl_easy_setopt(f->easy, CURLOPT_CERTINFO, kind == TRACE_ALL ? 1L : 0L);

	if (!code)
		code = curl_easy_setopt(f->easy, CURLOPT_VERBOSE, wanted ? 1L : 0L);
	if (code)
		return ERR_NOMEM;
	if (wanted && !(f->result.trace = calloc(1, sizeof(*f->result.trace))))
		return ERR_NOMEM;
	return ERR_OK;
}

/* Without memory for it the trace is cut: it decides nothing. */
static void keep(struct buf *head, struct span bytes)
{
	size_t room = HEADER_MAX_BYTES - head->len;

	(void)!buf_append(head, bytes.data, bytes.len < room ? bytes.len : room);
}

/* Not CURLINFO_HEADER_IN, where the end of an interim head is missing. */
void trace_received(struct fetch *f, struct span line)
{
	if (f->result.trace)
		keep(&f->result.trace->response_head, line);
}

void trace_note(struct fetch *f, curl_infotype type, struct span bytes)
{
	struct fetch_trace *trace = f->result.trace;

	if (!trace)
		return;
	if (type == CURLINFO_HEADER_OUT)
		keep(&trace->request_head, bytes);
	else if (type == CURLINFO_TEXT && span_starts_with(bytes, SPAN(TLS_TEXT)))
		snprintf(trace->tls, sizeof(trace->tls), "%.*s",
			 (int)span_trim(bytes).len - (int)strlen(TLS_TEXT),
			 bytes.data + strlen(TLS_TEXT));
}

/* The value of a line "Name:value" of the certificate; NULL: another line. */
static const char *value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 && line[len] == ':' ? line + len + 1 : NULL;
}

static void read_certificate(struct fetch_trace *trace, const struct curl_slist *lines)
{
	for (; lines; lines = lines->next) {
		const char *subject = value_of(lines->data, "Subject");
		const char *issuer = value_of(lines->data, "Issuer");
		const char *expires = value_of(lines->data, "Expire date");
		time_t at = expires ? curl_getdate(expires, NULL) : -1;

		if (subject)
			snprintf(trace->subject, sizeof(trace->subject), "%s", subject);
		if (issuer)
			snprintf(trace->issuer, sizeof(trace->issuer), "%s", issuer);
		if (at != -1)
			trace->expires_at_ms = (int64_t)at * MS_PER_SECOND;
	}
}

void trace_finish(struct fetch *f)
{
	struct curl_certinfo *info = NULL;

	if (f->result.trace &&
	    curl_easy_getinfo(f->easy, CURLINFO_CERTINFO, &info) == CURLE_OK && info &&
	    info->num_of_certs > 0)
		read_certificate(f->result.trace, info->certinfo[0]);
}
