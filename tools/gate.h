/*
 * gate.h - who may ask the listener for what (REQ 84-86). Pure functions over the header
 * fields of a request; they know no socket.
 */
#ifndef TOOLS_GATE_H
#define TOOLS_GATE_H

#include "store/base/buf.h"

/* Is `address` ("127.0.0.1", "::1", "localhost") reached from this machine alone? */
bool gate_is_loopback(struct span address);

/*
 * Does the Host field name us (RFC 9110 7.2)? A page elsewhere whose name was bound to our
 * address says its own name here (REQ 85). `local` is the address that the connection came
 * in on, without brackets; `names` ends with NULL. The port does not count: a tunnel has
 * another one, and no attacker gains by it.
 */
bool gate_host_is_ours(struct span host, struct span local, const char *const *names);

/* Does Origin (RFC 6454) name the host that the request was sent to? */
bool gate_origin_is_ours(struct span origin, struct span host);

/*
 * Does the Authorization field bring `token`? As "Bearer TOKEN", or, where `basic` is
 * allowed, as the password of Basic (RFC 7617), which browsers ask people for. Takes as
 * long for a wrong token as for a right one. False when `token` is empty.
 */
bool gate_brings_token(struct span authorization, struct span token, bool basic);

#endif
