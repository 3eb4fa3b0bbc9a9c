/*
 * resolver.h - which addresses a name has: asked once, kept for as long as the answer says.
 *
 * It belongs to one transport and lives in its loop: no thread, no waiting, no clock of
 * its own (`now_us` is monotonic). Look-ups of one name are joined. A family is only asked
 * for when the other one, to which the machine has a way, gave no address.
 *
 * What it does not know how to find is left to the system's resolver: names of one label
 * (search lists), *.local, and, where /etc/nsswitch.conf names other sources than files
 * and dns, every name that those two do not know. Addresses are no names.
 */
#ifndef CRAWLER_RESOLVER_H
#define CRAWLER_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "store/base/buf.h"

/* How long an answer is kept. A host that is visited all the time costs one look-up in
 * the least of these; the greatest bounds for how long a mistake at the other end lasts. */
#define NAME_TTL_MIN_S 60
#define NAME_TTL_MAX_S 3600
/* A name that is not there, or has no address; one of which no server would speak. */
#define NAME_NEGATIVE_S 60
#define NAME_FAILED_S 10
/* Where no server answers, the addresses known before serve on (RFC 8767), and it is asked
 * again after NAME_FAILED_S. */
#define NAME_STALE_MAX_S 86400

enum name_state {
	NAME_ASKED,   /* a look-up is under way */
	NAME_KNOWN,   /* `addresses` */
	NAME_FAILED,  /* `detail` */
	NAME_FOREIGN, /* the system's resolver may know */
};

/* Somebody who waits for a look-up; part of what the waiter owns. */
struct name_wait {
	struct name_wait *prev, *next;
	struct name *name; /* NULL: it does not wait */
};

/* A port under which libcurl knows the name, see transport_names.c. */
struct name_use {
	uint16_t port, shard;
	uint32_t version;
	int64_t since_us;
};

struct name {
	UT_hash_handle hh;
	enum name_state state;
	char *addresses;    /* "192.0.2.1,[2001:db8::1]"; NULL: none were ever known */
	uint32_t version;   /* of `addresses` */
	const char *detail; /* static, for people */
	int64_t until_us;   /* what is known holds until then */
	int64_t known_us;   /* `addresses` were */
	struct name_use *uses;
	int n_uses;

	/* the resolver's own */
	struct resolver *resolver;
	struct name_wait *waits;
	struct name *next_answered;
	int n_families_asked;
	bool is_answered; /* in resolver.answers */
	char text[];
};

struct resolver;
/* From resolver_turn(), for each that waits: the name is not NAME_ASKED now. */
typedef void name_answered(void *context, struct name_wait *wait, struct name *name);

/* `servers`: "ADDRESS[:PORT],..."; NULL: the system's. `ttl_min_ms`: instead of
 * NAME_TTL_MIN_S; 0: that. ERR_INVALID: the servers cannot be read; ERR_NOMEM, ERR_IO. */
MUST_CHECK enum err resolver_new(const char *servers, int64_t ttl_min_ms,
				 name_answered *answered, void *context,
				 struct resolver **resolver, struct why *why);
/* Nobody may wait any more. */
void resolver_free(struct resolver *resolver);

/* What is known of `host` (of a canonical URL), beginning a look-up where nothing is. The
 * name stays valid until the next call with another host. NULL: it is not for us (an
 * address, a special name), or there is no memory: as NAME_FOREIGN. */
struct name *resolver_find(struct resolver *resolver, struct span host, int64_t now_us);
/* Until a turn finds the name answered (it may be already), which keeps it valid, or: */
void resolver_wait(struct name *name, struct name_wait *wait);
void resolver_leave(struct name_wait *wait);

/* Of so many something is known, or was. */
size_t resolver_n_names(const struct resolver *resolver);

/* Readable: it is time for a turn. Also at resolver_due_at_us(); INT64_MAX: never. */
int resolver_fd(const struct resolver *resolver);
int64_t resolver_due_at_us(const struct resolver *resolver);
void resolver_turn(struct resolver *resolver, int64_t now_us);

#endif
