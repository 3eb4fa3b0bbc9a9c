/* The script and the log of the scripted origin. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/origin_internal.h"

void *origin_alloc(size_t len)
{
	void *memory = calloc(1, len ? len : 1);

	if (!memory) {
		fprintf(stderr, "origin: out of memory\n");
		abort();
	}
	return memory;
}

static char *copy(const void *data, size_t len)
{
	char *text = origin_alloc(len + 1);

	if (len)
		memcpy(text, data, len);
	return text;
}

static char *copy_text(const char *text)
{
	return text ? copy(text, strlen(text)) : NULL;
}

int64_t origin_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- the script ------------------------------------------------------------------ */

void origin_reply_as(struct origin *o, const char *path, const char *condition,
		     const void *raw, size_t len, struct origin_manner manner)
{
	struct rule *rule = origin_alloc(sizeof(*rule)), **end;

	rule->path = copy_text(path);
	rule->condition = copy_text(condition);
	rule->raw = copy(raw, len);
	rule->len = len;
	rule->manner = manner;
	pthread_mutex_lock(&o->mutex);
	for (end = &o->rules; *end; end = &(*end)->next)
		;
	*end = rule;
	pthread_mutex_unlock(&o->mutex);
}

void origin_reply(struct origin *o, const char *path, const char *condition,
		  const char *raw)
{
	origin_reply_as(o, path, condition, raw, strlen(raw),
			(struct origin_manner){ 0 });
}

void origin_reply_n(struct origin *o, const char *path, const char *condition,
		    unsigned n_uses, const char *raw)
{
	origin_reply_as(o, path, condition, raw, strlen(raw),
			(struct origin_manner){ .n_uses = n_uses });
}

const char *origin_response(struct origin *o, const char *status, const char *headers,
			    const char *body)
{
	size_t size = strlen(status) + strlen(headers) + strlen(body) + 64;
	struct origin_text *text = origin_alloc(sizeof(*text));

	text->text = origin_alloc(size);
	snprintf(text->text, size, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s",
		 status, strlen(body), headers, body);
	pthread_mutex_lock(&o->mutex);
	text->next = o->texts;
	o->texts = text;
	pthread_mutex_unlock(&o->mutex);
	return text->text;
}

void origin_reply_body(struct origin *o, const char *path, const char *condition,
		       const char *headers, const void *body, size_t len)
{
	size_t size = strlen(headers) + len + 64;
	char *raw = origin_alloc(size);
	int head = snprintf(raw, size, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n",
			    len, headers);

	memcpy(raw + head, body, len);
	origin_reply_as(o, path, condition, raw, (size_t)head + len,
			(struct origin_manner){ 0 });
	free(raw);
}

void origin_set_date(struct origin *o, int64_t now_s)
{
	pthread_mutex_lock(&o->mutex);
	o->date_s = now_s;
	pthread_mutex_unlock(&o->mutex);
}

/* How well a rule fits, 0: not at all. The order of origin.h as one number. */
static int fit(const struct rule *rule, const char *path, const char *head)
{
	if (rule->manner.n_uses && rule->n_used >= rule->manner.n_uses)
		return 0;
	if (rule->path && strcmp(rule->path, path) != 0)
		return 0;
	if (rule->condition && !strstr(head, rule->condition))
		return 0;
	return 1 + 4 * !!rule->path + 2 * !!rule->condition + !!rule->manner.n_uses;
}

static struct rule *best_rule(struct origin *o, const char *path, const char *head)
{
	struct rule *best = NULL;
	int best_fit = 0;

	for (struct rule *rule = o->rules; rule; rule = rule->next) {
		int n = fit(rule, path, head);

		if (n > best_fit || (n && n == best_fit && !rule->manner.n_uses)) {
			best = rule;
			best_fit = n;
		}
	}
	return best;
}

/* {date} has six characters, an HTTP-date 29: replaced in the head only, so no length
 * that the test computed changes. */
static void fill_dates(struct origin *o, struct connection *c)
{
	static const char mark[] = "{date}";
	const char *body = strstr(c->reply, "\r\n\r\n");
	char date[64];
	time_t now = (time_t)o->date_s;
	struct tm tm;
	char *at;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	while ((at = strstr(c->reply, mark)) && body && at < body) {
		size_t before = (size_t)(at - c->reply), len = strlen(date);
		size_t rest = c->reply_len - before - strlen(mark);
		char *filled = origin_alloc(before + len + rest + 1);

		memcpy(filled, c->reply, before);
		memcpy(filled + before, date, len);
		memcpy(filled + before + len, at + strlen(mark), rest);
		free(c->reply);
		c->reply = filled;
		c->reply_len = before + len + rest;
		body = strstr(c->reply, "\r\n\r\n");
	}
}

static void take_reply(struct origin *o, struct connection *c, const char *path,
		       const char *head)
{
	struct rule *rule = best_rule(o, path, head);

	if (rule) {
		rule->n_used++;
		c->manner = rule->manner;
		c->reply = copy(rule->raw, rule->len);
		c->reply_len = rule->len;
	} else {
		c->manner = (struct origin_manner){ 0 };
		c->reply = copy_text(ORIGIN_NOT_FOUND);
		c->reply_len = strlen(c->reply);
	}
	fill_dates(o, c);
	if (c->manner.cut_at && c->manner.cut_at < c->reply_len)
		c->reply_len = c->manner.cut_at;
	if (strstr(c->reply, "\r\nConnection: close\r\n"))
		c->manner.close = true;
	c->reply_at = 0;
	c->is_silent = c->manner.silent;
	c->is_replying = true;
	c->next_write_us = origin_now_us() + (int64_t)c->manner.delay_ms * 1000;
}

/* ---- the log --------------------------------------------------------------------- */

static struct logged *log_request(struct origin *o, const struct connection *c,
				  size_t len)
{
	struct logged *entry = origin_alloc(sizeof(*entry));
	const char *from, *to;

	entry->bytes = copy(c->request, len);
	from = strchr(entry->bytes, ' ');
	to = from ? strpbrk(from + 1, " \r\n") : NULL;
	entry->path = to ? copy(from + 1, (size_t)(to - from - 1)) : copy("", 0);
	entry->request = (struct origin_request){
		.path = entry->path,
		.bytes = entry->bytes,
		.len = len,
		.at_us = origin_now_us(),
		.connection = c->number,
		.host = c->host,
	};
	if (o->log_last)
		o->log_last->next = entry;
	else
		o->log = entry;
	o->log_last = entry;
	return entry;
}

void origin_answer(struct origin *o, struct connection *c, size_t head_len)
{
	struct logged *entry = log_request(o, c, head_len);

	take_reply(o, c, entry->path, entry->bytes);
	memmove(c->request, c->request + head_len, c->request_len - head_len + 1);
	c->request_len -= head_len;
}

size_t origin_n_requests(struct origin *o, const char *path)
{
	size_t n = 0;

	while (origin_request(o, path, n))
		n++;
	return n;
}

const struct origin_request *origin_request(struct origin *o, const char *path,
					    size_t index)
{
	const struct logged *at;

	pthread_mutex_lock(&o->mutex);
	for (at = o->log; at; at = at->next) {
		if ((!path || strcmp(at->path, path) == 0) && index-- == 0)
			break;
	}
	pthread_mutex_unlock(&o->mutex);
	return at ? &at->request : NULL;
}
