/* From what libcurl says and what we saw to one of the errors of transport.h. */
#include <stdarg.h>
#include <stdio.h>

#include "crawler/transport_internal.h"
#include "store/base/clock.h"

const char *fetch_error_text(enum fetch_error error)
{
	static const char *const texts[] = {
		[FETCH_OK] = "ok",
		[FETCH_DNS] = "dns",
		[FETCH_CONNECT] = "connect",
		[FETCH_ADDRESS] = "address",
		[FETCH_TLS] = "tls",
		[FETCH_TIMEOUT] = "timeout",
		[FETCH_SLOW] = "slow",
		[FETCH_HEAD_TOO_LARGE] = "head-too-large",
		[FETCH_BODY_TOO_LARGE] = "body-too-large",
		[FETCH_TRUNCATED] = "truncated",
		[FETCH_MALFORMED] = "malformed",
		[FETCH_UNDECODABLE] = "undecodable",
		[FETCH_REDIRECT] = "redirect",
		[FETCH_STOPPED] = "stopped",
		[FETCH_CROWDED] = "crowded",
	};

	return (size_t)error < ARRAY_SIZE(texts) ? texts[error] : "unknown";
}

void fetch_result_release(struct fetch_result *result)
{
	header_list_release(&result->headers);
	buf_release(&result->body);
	fetch_trace_free(result->trace);
	result->trace = NULL;
}

void fetch_fail(struct fetch *f, enum fetch_error error, const char *format, ...)
{
	va_list args;

	if (f->failed)
		return;
	f->failed = error;
	va_start(args, format);
	vsnprintf(f->result.detail, sizeof(f->result.detail), format, args);
	va_end(args);
}

/* The connection ended, in good order or not, before the framing said so. */
static enum fetch_error judge_end(const struct fetch *f)
{
	/* libcurl reports a broken chunk as it does a broken connection */
	if (strstr(f->curl_text, "chunked-encoding"))
		return FETCH_MALFORMED;
	return f->head.n_bytes ? FETCH_TRUNCATED : FETCH_CONNECT;
}

static enum fetch_error judge(const struct fetch *f, CURLcode code)
{
	switch (code) {
	case CURLE_OK: /* also when the connection closes within the head */
		return f->head.is_complete ? FETCH_OK : judge_end(f);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return FETCH_DNS;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_ENGINE_SETFAILED:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_USE_SSL_FAILED:
		return FETCH_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_TIMEOUT;
	case CURLE_PARTIAL_FILE:
		return FETCH_TRUNCATED;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_HTTP2_STREAM:
		return judge_end(f);
	case CURLE_UNSUPPORTED_PROTOCOL: /* a status line that is none, HTTP/0.9 */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_URL_MALFORMAT:
	case CURLE_LOGIN_DENIED: /* userinfo in the URL: REQ 70 */
	case CURLE_HTTP2:
		return FETCH_MALFORMED;
	case CURLE_BAD_CONTENT_ENCODING: /* a transfer coding that we never asked for */
		return FETCH_UNDECODABLE;
	case CURLE_OUT_OF_MEMORY: /* so libcurl calls a line without end, at 100 KiB */
		return f->phase == PHASE_HEAD ? FETCH_HEAD_TOO_LARGE : FETCH_STOPPED;
	default:
		return FETCH_CONNECT;
	}
}

/* libcurl says "done" of HTTP/2 also when the other side took a stream back without an
 * error code, and when nghttp2 ended the session over a frame it could not read. A length
 * shows that something is missing; so does a coding that ends by itself. */
static bool is_unproven(const struct fetch *f)
{
	const struct header_list *fields = &f->result.headers;
	struct span value;

	if (f->result.http_version != 20 || f->result.http_status / 100 != 2 ||
	    f->result.http_status == 204 ||
	    header_get(fields, "Content-Length", 0, &value))
		return false;
	return !header_get(fields, "Content-Encoding", 0, &value) ||
	       span_equal_nocase(span_trim(value), SPAN("identity"));
}

/* libcurl's clock begins when the name has been found. */
static int64_t time_of(struct fetch *f, CURLINFO info)
{
	curl_off_t us = 0;

	if (f->has_begun)
		curl_easy_getinfo(f->easy, info, &us);
	return us || info == CURLINFO_NAMELOOKUP_TIME_T ? f->name_us + us : 0;
}

static void fill_times(struct fetch *f)
{
	struct fetch_result *r = &f->result;

	r->dns_us = time_of(f, CURLINFO_NAMELOOKUP_TIME_T);
	r->connect_us = time_of(f, CURLINFO_CONNECT_TIME_T);
	r->tls_us = time_of(f, CURLINFO_APPCONNECT_TIME_T);
	r->sent_us = time_of(f, CURLINFO_PRETRANSFER_TIME_T);
	r->first_byte_us = time_of(f, CURLINFO_STARTTRANSFER_TIME_T);
	r->finished_at_us = clock_monotonic_us();
	r->total_us = r->finished_at_us - r->started_at_us;
}

static void fill_peer(struct fetch_result *r, CURL *easy, bool was_sent)
{
	const char *ip = NULL;
	long port = 0, n_connects = 1;

	curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &n_connects);
	r->reused_connection = was_sent && n_connects == 0;
	if (ip && *ip)
		snprintf(r->address, sizeof(r->address),
			 strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port);
}

void result_fill(struct fetch *f, CURLcode code)
{
	struct fetch_result *r = &f->result;
	long n_sent = 0;

	if (f->looks_up) {
		r->error = f->failed;
		fill_times(f);
		return;
	}
	if (f->failed)
		r->error = f->failed;
	else if (code == CURLE_COULDNT_CONNECT && r->detail[0] && !f->any_opened)
		r->error = FETCH_ADDRESS; /* detail: which one, set as it was refused */
	else
		r->error = judge(f, code);
	if (r->error == FETCH_OK)
		r->detail[0] = '\0';
	else if (!f->failed && r->error != FETCH_ADDRESS)
		snprintf(r->detail, sizeof(r->detail), "%.*s", (int)sizeof(r->detail) - 1,
			 f->curl_text[0] ? f->curl_text : curl_easy_strerror(code));
	if (f->head.is_complete) {
		r->http_status = f->head.status;
		r->http_version = f->head.version;
	}
	if (r->error == FETCH_OK && is_unproven(f)) {
		r->unproven = true;
		*plain_host(f) = f->host_hash;
	}
	fill_times(f);
	if (!f->has_begun)
		return; /* what the handle could tell is of the fetch before */
	curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &n_sent);
	r->wire_bytes_out = n_sent;
	r->wire_bytes_in = (int64_t)f->head.n_bytes + f->n_body;
	fill_peer(r, f->easy, f->was_sent);
	trace_finish(f);
}
