/*
 * address.h - which addresses a crawler may talk to (REQ 66, 67).
 *
 * Pure: no socket, no resolver. The question is asked of the very sockaddr that is about
 * to be connected, so that no spelling of a name or number gets around it. By default
 * only addresses of the public internet pass; a list of nets opens exactly those nets.
 */
#ifndef CRAWLER_ADDRESS_H
#define CRAWLER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "store/base/buf.h"

/* A net in IPv6 form; an IPv4 net stands in its v4-mapped form (::ffff:0:0/96), so it
 * holds 10.0.0.1 and ::ffff:10.0.0.1 alike. */
struct address_net {
	uint8_t bytes[16];
	uint8_t n_bits; /* 0..128 */
};

/* Reads "10.0.0.0/8", "::1/128" or a lone address. ERR_INVALID: no such address, no such
 * prefix length, or bits set behind it (`why` says which). */
MUST_CHECK enum err address_net_parse(struct span text, struct address_net *net,
				      struct why *why);

/*
 * Why we do not talk to `address`: "loopback", "private", "metadata", ... (static), or
 * NULL when we do. An IPv6 address that carries an IPv4 one (mapped, compatible, NAT64,
 * 6to4, Teredo, ISATAP) is judged by that one too. `allowed` opens nets first.
 */
const char *address_refusal(const struct sockaddr *address,
			    const struct address_net *allowed, size_t n_allowed);

#define ADDRESS_TEXT_SIZE 64
/* "127.0.0.1:80", "[::1]:80"; "" for anything that is neither IPv4 nor IPv6. */
void address_format(const struct sockaddr *address, char text[ADDRESS_TEXT_SIZE]);

#endif
