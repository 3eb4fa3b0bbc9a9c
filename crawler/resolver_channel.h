/*
 * resolver_channel.h - questions to the name servers, and what they answer.
 *
 * c-ares lives here and nowhere else. One question is for one family of one name. The
 * machine's hosts file is asked before any server, anew each time. No thread, no waiting:
 * whoever owns the channel calls channel_turn() when its descriptor is readable or its
 * time has come.
 */
#ifndef CRAWLER_RESOLVER_CHANNEL_H
#define CRAWLER_RESOLVER_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"

/* Addresses kept of one name, in the order of the answer. */
#define ANSWER_ADDRESSES_MAX 8
/* "[v6]" and a comma, each. */
#define ANSWER_TEXT_SIZE (ANSWER_ADDRESSES_MAX * 50)

enum answer_kind {
	ANSWER_ADDRESSES,
	ANSWER_NO_NAME,    /* NXDOMAIN */
	ANSWER_NO_ADDRESS, /* the name is there, an address of this family is not */
	ANSWER_FAILED,     /* no server gave a sound answer: perhaps later */
};

struct answer {
	enum answer_kind kind;
	char addresses[ANSWER_TEXT_SIZE]; /* "192.0.2.1,[2001:db8::1]"; else "" */
	int64_t ttl_s;                    /* the least on the way there; 0: not known */
	const char *detail; /* of all but ANSWER_ADDRESSES; static, for people */
};

struct channel;
/* Never called for questions that are open when the channel is closed. May ask others. */
typedef void channel_answered(void *question, const struct answer *answer);

/* `servers`: "ADDRESS[:PORT],..."; NULL: the system's, re-read when they change.
 * ERR_INVALID: they cannot be read; ERR_NOMEM, ERR_IO. */
MUST_CHECK enum err channel_open(const char *servers, channel_answered *answered,
				 struct channel **channel, struct why *why);
void channel_close(struct channel *channel);
/* `family`: AF_INET or AF_INET6. The answer may come before this returns. */
void channel_ask(struct channel *channel, const char *name, int family, void *question);
int channel_fd(const struct channel *channel);
/* In so many microseconds it wants its turn; INT64_MAX: only for its descriptor. */
int64_t channel_wait_us(const struct channel *channel);
void channel_turn(struct channel *channel);
/* Has the machine a way to public addresses of this family? No packet is sent. */
bool channel_has_route(int family);

#endif
