/*
 * Names, found by our own resolver before libcurl begins, which would start a thread for
 * each. libcurl is told through CURLOPT_RESOLVE, only when it does not know the addresses
 * yet: it keeps them in the name cache of the host's shard, an entry for each port, and
 * throws them out when they have been there for DNS_TTL_S. A later entry replaces the one
 * before; connections that stand are used on.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <utlist.h>

#include "crawler/transport_internal.h"
#include "store/base/clock.h"
#include "store/base/url.h"

/* Told again when it may soon be thrown out. */
#define TELL_AGAIN_US (DNS_TTL_S / 2 * MS_PER_SECOND * 1000)
#define USES_MAX 16 /* ports of one name that are remembered */
/* The longest "HOST:PORT" of a name that is ours. */
#define HOST_PORT_SIZE 264

/* ---- names that the settings give ------------------------------------------------- */

/* libcurl has these in its cache for good. */
struct given_name {
	UT_hash_handle hh;
	const char *addresses; /* behind them, in transport.resolve */
	char text[];           /* "host:port" */
};

static enum err add_given(struct transport *t, const char *entry)
{
	struct span rest = span_of(entry);
	size_t len = span_cut(&rest, ':').len + 1;
	struct given_name *given;

	len += span_cut(&rest, ':').len;
	given = calloc(1, sizeof(*given) + len + 1);
	if (!given)
		return ERR_NOMEM;
	for (size_t i = 0; i < len; i++)
		given->text[i] = entry[i] >= 'A' && entry[i] <= 'Z'
					 ? (char)(entry[i] - 'A' + 'a')
					 : entry[i];
	given->addresses = rest.data;
	HASH_ADD_KEYPTR(hh, t->given, given->text, len, given);
	if (!given->hh.tbl) {
		free(given);
		return ERR_NOMEM;
	}
	return ERR_OK;
}

static struct given_name *given_as(const struct transport *t, struct span host,
				   uint16_t port)
{
	char text[HOST_PORT_SIZE];
	int len = snprintf(text, sizeof(text), "%.*s:%u", (int)host.len, host.data, port);
	struct given_name *given = NULL;

	if (len > 0 && (size_t)len < sizeof(text))
		HASH_FIND(hh, t->given, text, (size_t)len, given);
	return given;
}

static struct given_name *find_given(const struct transport *t,
				     const struct url_parts *parts)
{
	struct given_name *given;

	if (!t->given)
		return NULL;
	given = given_as(t, parts->host, parts->port);
	return given ? given : given_as(t, SPAN("*"), parts->port);
}

/* ---- what libcurl is told --------------------------------------------------------- */

/* Where it is noted what libcurl knows of the name; NULL: nowhere, so it is told. */
static struct name_use *use_of(struct fetch *f, struct name *name)
{
	struct transport *t = f->transport;
	uint16_t shard = (uint16_t)(f->shard - t->shards);
	struct name_use *grown;

	for (int i = 0; i < name->n_uses; i++)
		if (name->uses[i].port == f->port && name->uses[i].shard == shard)
			return &name->uses[i];
	if (name->n_uses == USES_MAX)
		return NULL;
	grown = realloc(name->uses, (size_t)(name->n_uses + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	name->uses = grown;
	grown += name->n_uses++;
	*grown = (struct name_use){ .port = f->port, .shard = shard };
	return grown;
}

/* Puts the addresses into `f`'s line if libcurl does not know them. */
static enum err write_line(struct fetch *f, struct name *name, bool *written)
{
	struct name_use *use = use_of(f, name);
	int64_t now_us = clock_monotonic_us();

	*written = false;
	if (use && use->version == name->version &&
	    now_us - use->since_us < TELL_AGAIN_US)
		return ERR_OK;
	buf_clear(&f->name_text);
	/* "+": not for good */
	if (buf_printf(&f->name_text, "+%s:%u:%s", name->text, f->port, name->addresses))
		return ERR_NOMEM;
	f->name_line.data = f->name_text.data;
	if (use) {
		use->version = name->version;
		use->since_us = now_us;
	}
	*written = true;
	return ERR_OK;
}

/* `name` may be NULL: libcurl is on its own. */
static enum err begin(struct fetch *f, struct name *name)
{
	struct transport *t = f->transport;
	/* These stay in the shard's cache, so the first fetch there brings them. */
	struct curl_slist *list = f->shard->resolve_loaded ? NULL : t->resolve;
	bool written = false;

	if (name && name->state == NAME_KNOWN && write_line(f, name, &written))
		return ERR_NOMEM;
	if (written) {
		f->name_line.next = list;
		list = &f->name_line;
	}
	if (list && curl_easy_setopt(f->easy, CURLOPT_RESOLVE, list))
		return ERR_NOMEM;
	if (curl_multi_add_handle(f->shard->multi, f->easy) != CURLM_OK)
		return ERR_NOMEM;
	f->shard->resolve_loaded = true;
	f->has_begun = true;
	return ERR_OK;
}

/* ---- one fetch ---------------------------------------------------------------------- */

/* A look-up has ended: it is reported in the next turn. `addresses` may be NULL. */
static void find(struct fetch *f, const char *addresses)
{
	size_t len = addresses ? strcspn(addresses, ",") : 0;

	if (len < sizeof(f->result.address))
		snprintf(f->result.address, sizeof(f->result.address), "%.*s", (int)len,
			 len ? addresses : "");
	f->is_found = true;
	DL_APPEND(f->transport->found, &f->wait);
}

static struct fetch *fetch_of(struct name_wait *wait)
{
	return (struct fetch *)(void *)((char *)wait - offsetof(struct fetch, wait));
}

void names_leave(struct fetch *f)
{
	if (f->is_found)
		DL_DELETE(f->transport->found, &f->wait);
	else
		resolver_leave(&f->wait);
	f->is_found = false;
}

static void on_name(void *context, struct name_wait *wait, struct name *name)
{
	struct fetch *f = fetch_of(wait);

	(void)context;
	f->name_us = clock_monotonic_us() - f->result.started_at_us;
	if (name->state == NAME_FAILED) {
		fetch_fail(f, FETCH_DNS, "%.100s: %s", name->text, name->detail);
		fetch_finish(f, CURLE_COULDNT_RESOLVE_HOST);
	} else if (f->looks_up) {
		find(f, name->state == NAME_KNOWN ? name->addresses : NULL);
	} else if (begin(f, name)) {
		fetch_fail(f, FETCH_STOPPED, "out of memory");
		fetch_finish(f, CURLE_OUT_OF_MEMORY);
	}
}

/* All that we can know of the host is known. */
static enum err go_on(struct fetch *f, struct name *name, const char *addresses)
{
	if (!f->looks_up)
		return begin(f, name);
	find(f, addresses);
	return ERR_OK;
}

enum err names_start(struct fetch *f, const char *url)
{
	struct transport *t = f->transport;
	struct given_name *given;
	struct url_parts parts;
	struct name *name;

	if (url_split(span_of(url), &parts))
		return go_on(f, NULL, NULL);
	given = find_given(t, &parts);
	if (given || !t->resolver)
		return go_on(f, NULL, given ? given->addresses : NULL);
	name = resolver_find(t->resolver, parts.host, f->result.started_at_us);
	f->port = parts.port;
	if (!name || name->state == NAME_FOREIGN)
		return go_on(f, NULL, NULL);
	if (name->state == NAME_KNOWN)
		return go_on(f, name, name->addresses);
	resolver_wait(name, &f->wait);
	return ERR_OK;
}

/* ---- the loop ----------------------------------------------------------------------- */

void names_turn(struct transport *t)
{
	int64_t now_us = clock_monotonic_us();
	struct name_wait *wait;
	int n;

	if (t->resolver && (t->names_ready || names_due_at_us(t) <= now_us)) {
		t->names_ready = false;
		resolver_turn(t->resolver, now_us);
	}
	/* not those that are begun meanwhile */
	DL_COUNT(t->found, wait, n);
	while (n-- && t->found)
		fetch_finish(fetch_of(t->found), CURLE_OK);
}

int64_t names_due_at_us(const struct transport *t)
{
	if (t->found)
		return 0;
	return t->resolver ? resolver_due_at_us(t->resolver) : NEVER;
}

int names_fd(const struct transport *t)
{
	return t->resolver ? resolver_fd(t->resolver) : -1;
}

/* ---- birth and end ------------------------------------------------------------------ */

/* A proxy looks names up itself. Without a resolver of our own libcurl uses the system's. */
enum err names_open(struct transport *t, const struct transport_config *config,
		    struct why *why)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct why ignored;
	enum err err = ERR_OK;

	for (const struct curl_slist *line = t->resolve; line && !err; line = line->next)
		err = add_given(t, line->data);
	if (err)
		return why_set(why, err, "out of memory");
	if (t->proxy)
		return ERR_OK;
	err = resolver_new(config->dns_servers, config->name_ttl_min_ms, on_name, t,
			   &t->resolver, config->dns_servers ? why : &ignored);
	if (err)
		return err == ERR_IO && !config->dns_servers ? ERR_OK : err;
	event.data.fd = resolver_fd(t->resolver);
	if (epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, event.data.fd, &event))
		return why_set(why, ERR_IO, "cannot poll the resolver");
	return ERR_OK;
}

void names_close(struct transport *t)
{
	struct given_name *given, *next;

	resolver_free(t->resolver);
	HASH_ITER(hh, t->given, given, next)
	{
		HASH_DELETE(hh, t->given, given);
		free(given);
	}
}
