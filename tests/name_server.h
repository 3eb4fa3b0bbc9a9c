/*
 * name_server.h - a scripted DNS server for tests, on loopback, over UDP and TCP. It
 * shares no code with the crawler. One thread; functions may be called at any time.
 */
#ifndef TESTS_NAME_SERVER_H
#define TESTS_NAME_SERVER_H

#include <stddef.h>

enum name_manner {
	NAMES_PLAIN,
	NAMES_SILENT,     /* no answer */
	NAMES_TRUNCATED,  /* over UDP only that there is more, over TCP all */
	NAMES_AFTER_JUNK, /* hostile packets that are no answer to it, then the answer */
	NAMES_BROKEN,     /* packets that claim to be the answer, none of them sound */
};

/* Texts are borrowed. Zeroed: the name exists and has nothing. */
struct name_reply {
	const char *a, *aaaa; /* "192.0.2.1,192.0.2.2"; NULL: no such record */
	const char *cnames;   /* "x.test,y.test": by way of these; NULL: none */
	unsigned ttl_s;
	int rcode; /* 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED; nothing else is then sent */
	enum name_manner manner;
};

struct name_server;

/* Aborts when nothing can be bound. */
struct name_server *name_server_start(void);
void name_server_stop(struct name_server *server);
/* "127.0.0.1:PORT" */
const char *name_server_address(const struct name_server *server);
/* From now on; `name` is "*" for all that are not given. Else they are NXDOMAIN. */
void name_server_say(struct name_server *server, const char *name,
		     struct name_reply reply);
/* Questions that came for a name (NULL: any), of type 1 (A), 28 (AAAA), or 0 (any). */
int name_server_n_asked(struct name_server *server, const char *name, int type);

#endif
