#include "crawler/resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>

#include "crawler/resolver_channel.h"
#include "store/base/clock.h"

#define US_PER_SECOND (MS_PER_SECOND * 1000)
/* Names are looked through for what has passed when there are twice as many as were left
 * the last time, and so many more. */
#define SWEEP_MORE 1024
#define NAME_LEN_MAX 253
#define NSSWITCH "/etc/nsswitch.conf"

struct resolver {
	name_answered *answered;
	void *context;
	struct channel *channel;
	struct name *names, *answers; /* `answers`: their waits are to be told */
	int families[2];              /* in the order they are asked for */
	bool has_other_sources;
	unsigned sweep_at;
	int64_t now_us, due_at_us, ttl_min_us;
};

/* ---- which names are ours ----------------------------------------------------------- */

/* Does the system look elsewhere than into files and the DNS? */
static bool system_has_other_sources(void)
{
	FILE *file = fopen(NSSWITCH, "re");
	char line[512];
	bool others = false;

	while (file && fgets(line, sizeof(line), file)) {
		struct span rest = span_of(line);

		if (!span_starts_with(rest, SPAN("hosts:")))
			continue;
		for (rest.data += 6, rest.len -= 6; rest.len;) {
			struct span word;

			rest = span_trim(rest);
			word = span_from(rest.data, strcspn(rest.data, " \t\r\n"));
			rest = span_from(rest.data + word.len, rest.len - word.len);
			others |= word.len && !span_equal(word, SPAN("files")) &&
				  !span_equal(word, SPAN("dns")) && *word.data != '[';
		}
	}
	if (file)
		fclose(file);
	return others;
}

static bool ends_in(struct span host, struct span end)
{
	return host.len >= end.len &&
	       span_equal(span_from(host.data + host.len - end.len, end.len), end);
}

/* Addresses, in whatever spelling, have a last label that begins with a digit, which no
 * top-level domain does. Of .localhost and .onion libcurl knows itself what to make. */
static bool is_ours(struct span host)
{
	size_t at = host.len;

	while (at && host.data[at - 1] != '.')
		at--;
	return at && at < host.len && host.len <= NAME_LEN_MAX && host.data[0] != '[' &&
	       !(host.data[at] >= '0' && host.data[at] <= '9') &&
	       !ends_in(host, SPAN(".local")) && !ends_in(host, SPAN(".localhost")) &&
	       !ends_in(host, SPAN(".onion"));
}

/* ---- answers ------------------------------------------------------------------------ */

static void tell_later(struct name *name)
{
	struct resolver *r = name->resolver;

	if (name->is_answered)
		return;
	name->is_answered = true;
	name->next_answered = r->answers;
	r->answers = name;
	r->due_at_us = 0;
}

static void settle(struct name *name, enum name_state state, int64_t for_us)
{
	name->state = state;
	name->until_us = name->resolver->now_us + for_us;
	if (name->waits)
		tell_later(name);
}

static void take_addresses(struct name *name, const struct answer *answer)
{
	struct resolver *r = name->resolver;
	int64_t ttl_s = answer->ttl_s, ttl_us;
	char *addresses = name->addresses;

	if (!addresses || strcmp(addresses, answer->addresses) != 0) {
		addresses = strdup(answer->addresses);
		if (!addresses) {
			name->detail = "out of memory";
			settle(name, NAME_FAILED, NAME_FAILED_S * US_PER_SECOND);
			return;
		}
		free(name->addresses);
		name->addresses = addresses;
		name->version++;
	}
	ttl_us = (ttl_s > NAME_TTL_MAX_S ? NAME_TTL_MAX_S : ttl_s) * US_PER_SECOND;
	settle(name, NAME_KNOWN, ttl_us > r->ttl_min_us ? ttl_us : r->ttl_min_us);
	name->known_us = name->until_us;
}

static bool may_serve_on(const struct name *name)
{
	return name->addresses &&
	       name->resolver->now_us - name->known_us < NAME_STALE_MAX_S * US_PER_SECOND;
}

static void on_answer(void *question, const struct answer *answer)
{
	struct name *name = question;
	struct resolver *r = name->resolver;

	if (answer->kind == ANSWER_ADDRESSES) {
		take_addresses(name, answer);
		return;
	}
	name->detail = answer->detail;
	if (answer->kind == ANSWER_FAILED) {
		settle(name, may_serve_on(name) ? NAME_KNOWN : NAME_FAILED,
		       NAME_FAILED_S * US_PER_SECOND);
		return;
	}
	/* NXDOMAIN is said of all families; but one of them may be in the hosts file. */
	if (name->n_families_asked < 2) {
		channel_ask(r->channel, name->text, r->families[name->n_families_asked++],
			    name);
		return;
	}
	free(name->addresses);
	name->addresses = NULL;
	name->version++;
	settle(name, r->has_other_sources ? NAME_FOREIGN : NAME_FAILED,
	       NAME_NEGATIVE_S * US_PER_SECOND);
}

static void ask(struct name *name)
{
	struct resolver *r = name->resolver;

	name->state = NAME_ASKED;
	name->n_families_asked = 1;
	channel_ask(r->channel, name->text, r->families[0], name);
}

/* ---- names -------------------------------------------------------------------------- */

static void name_free(struct resolver *r, struct name *name)
{
	HASH_DELETE(hh, r->names, name);
	free(name->addresses);
	free(name->uses);
	free(name);
}

static void sweep(struct resolver *r)
{
	struct name *name, *next;

	if (HASH_COUNT(r->names) < r->sweep_at)
		return;
	HASH_ITER(hh, r->names, name, next)
	{
		if (name->state != NAME_ASKED && !name->waits && !name->is_answered &&
		    name->until_us <= r->now_us)
			name_free(r, name);
	}
	r->sweep_at = 2 * HASH_COUNT(r->names) + SWEEP_MORE;
}

static struct name *name_new(struct resolver *r, struct span host)
{
	struct name *name = calloc(1, sizeof(*name) + host.len + 1);

	if (!name)
		return NULL;
	name->resolver = r;
	memcpy(name->text, host.data, host.len);
	HASH_ADD_KEYPTR(hh, r->names, name->text, host.len, name);
	if (!name->hh.tbl) {
		free(name);
		return NULL;
	}
	return name;
}

struct name *resolver_find(struct resolver *r, struct span host, int64_t now_us)
{
	struct name *name;

	r->now_us = now_us;
	HASH_FIND(hh, r->names, host.data, host.len, name);
	if (name && (name->state == NAME_ASKED || name->until_us > now_us))
		return name;
	if (!name) {
		if (!is_ours(host))
			return NULL;
		sweep(r);
		name = name_new(r, host);
	}
	if (name) {
		ask(name);
		r->due_at_us = 0; /* reckoned anew in the next turn */
	}
	return name;
}

void resolver_wait(struct name *name, struct name_wait *wait)
{
	wait->name = name;
	DL_APPEND(name->waits, wait);
	if (name->state != NAME_ASKED)
		tell_later(name);
}

void resolver_leave(struct name_wait *wait)
{
	if (wait->name)
		DL_DELETE(wait->name->waits, wait);
	wait->name = NULL;
}

/* ---- the loop ----------------------------------------------------------------------- */

size_t resolver_n_names(const struct resolver *r)
{
	return HASH_COUNT(r->names);
}

int resolver_fd(const struct resolver *r)
{
	return channel_fd(r->channel);
}

int64_t resolver_due_at_us(const struct resolver *r)
{
	return r->due_at_us;
}

/* Whoever is told may ask again: then the others wait for that answer. */
static void tell_waits(struct resolver *r)
{
	while (r->answers) {
		struct name *name = r->answers;

		r->answers = name->next_answered;
		while (name->waits && name->state != NAME_ASKED) {
			struct name_wait *wait = name->waits;

			resolver_leave(wait);
			r->answered(r->context, wait, name);
		}
		name->is_answered = false;
	}
}

void resolver_turn(struct resolver *r, int64_t now_us)
{
	int64_t wait_us;

	r->now_us = now_us;
	channel_turn(r->channel);
	tell_waits(r);
	wait_us = channel_wait_us(r->channel);
	r->due_at_us = wait_us == INT64_MAX ? INT64_MAX : now_us + wait_us;
}

/* ---- birth and end ------------------------------------------------------------------ */

enum err resolver_new(const char *servers, int64_t ttl_min_ms, name_answered *answered,
		      void *context, struct resolver **out, struct why *why)
{
	struct resolver *r = calloc(1, sizeof(*r));
	bool v6_first;
	enum err err;

	if (!r)
		return why_set(why, ERR_NOMEM, "out of memory");
	err = channel_open(servers, on_answer, &r->channel, why);
	if (err) {
		free(r);
		return err;
	}
	r->answered = answered;
	r->context = context;
	r->due_at_us = INT64_MAX;
	r->ttl_min_us = ttl_min_ms ? ttl_min_ms * 1000 : NAME_TTL_MIN_S * US_PER_SECOND;
	r->sweep_at = SWEEP_MORE;
	r->has_other_sources = system_has_other_sources();
	v6_first = channel_has_route(AF_INET6) && !channel_has_route(AF_INET);
	r->families[0] = v6_first ? AF_INET6 : AF_INET;
	r->families[1] = v6_first ? AF_INET : AF_INET6;
	*out = r;
	return ERR_OK;
}

void resolver_free(struct resolver *r)
{
	struct name *name, *next;

	if (!r)
		return;
	channel_close(r->channel);
	HASH_ITER(hh, r->names, name, next)
	{
		name_free(r, name);
	}
	free(r);
}
