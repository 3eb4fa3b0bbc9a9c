#include "tests/name_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Below the system's own ports, as origin.c. */
#define PORT_FIRST 22000
#define PORT_SPAN 8000
#define PORT_TRIES 200
#define NAMES_MAX 64
#define ASKED_MAX 8192
#define PACKET_MAX 4096
#define TYPE_A 1
#define TYPE_CNAME 5
#define TYPE_AAAA 28
#define HEAD_SIZE 12

struct asked {
	char name[256];
	int type;
};

struct name_server {
	pthread_t thread;
	pthread_mutex_t mutex;
	int udp, tcp, wake[2], port;
	char address[32];
	struct {
		char name[256];
		struct name_reply reply;
	} names[NAMES_MAX];
	size_t n_names;
	struct asked asked[ASKED_MAX];
	size_t n_asked;
};

struct packet {
	unsigned char data[PACKET_MAX];
	size_t len;
};

/* ---- packets ---------------------------------------------------------------------- */

static void put(struct packet *p, const void *bytes, size_t len)
{
	if (p->len + len > sizeof(p->data))
		abort();
	memcpy(p->data + p->len, bytes, len);
	p->len += len;
}

static void put16(struct packet *p, unsigned n)
{
	put(p, (unsigned char[]){ (unsigned char)(n >> 8), (unsigned char)n }, 2);
}

static void put_name(struct packet *p, const char *name, size_t len)
{
	while (len) {
		const char *dot = memchr(name, '.', len);
		size_t label = dot ? (size_t)(dot - name) : len;

		put(p, (unsigned char[]){ (unsigned char)label }, 1);
		put(p, name, label);
		name += label + (dot ? 1 : 0);
		len -= label + (dot ? 1 : 0);
	}
	put(p, "", 1);
}

static void put_record(struct packet *p, const char *owner, size_t owner_len,
		       unsigned type, unsigned ttl_s, const void *data, size_t len)
{
	put_name(p, owner, owner_len);
	put16(p, type);
	put16(p, 1);
	put16(p, ttl_s >> 16);
	put16(p, ttl_s);
	put16(p, (unsigned)len);
	put(p, data, len);
	p->data[7]++;
}

/* The question, read; false: it is none that we can. */
static bool read_question(const struct packet *q, struct asked *asked, size_t *end)
{
	size_t at = HEAD_SIZE, out = 0;

	while (at < q->len && q->data[at]) {
		size_t len = q->data[at++];

		if (len > 63 || at + len >= q->len || out + len + 2 > sizeof(asked->name))
			return false;
		if (out)
			asked->name[out++] = '.';
		memcpy(asked->name + out, q->data + at, len);
		out += len;
		at += len;
	}
	asked->name[out] = '\0';
	if (at + 5 > q->len)
		return false;
	asked->type = q->data[at + 1] << 8 | q->data[at + 2];
	*end = at + 5;
	return true;
}

/* Head and question of an answer. */
static struct packet answer_to(const struct packet *q, size_t end, int rcode)
{
	struct packet p = { .len = 0 };

	put(&p, q->data, 2);
	put16(&p, 0x8180u | (unsigned)rcode);
	put(&p, "\0\1\0\0\0\0\0\0", 8);
	put(&p, q->data + HEAD_SIZE, end - HEAD_SIZE);
	return p;
}

/* The first part of a list, and how long it is; NULL: it is empty. */
static const char *next_of(const char *list, size_t *len)
{
	*len = list ? strcspn(list, ",") : 0;
	return *len ? list : NULL;
}

static void put_addresses(struct packet *p, const struct name_reply *reply, int type,
			  const char *owner, size_t owner_len)
{
	const char *at = type == TYPE_A      ? reply->a
			 : type == TYPE_AAAA ? reply->aaaa
					     : NULL;
	size_t len;

	for (; (at = next_of(at, &len)); at += at[len] ? len + 1 : len) {
		unsigned char bytes[16];
		char text[64];

		snprintf(text, sizeof(text), "%.*s", (int)len, at);
		if (inet_pton(type == TYPE_A ? AF_INET : AF_INET6, text, bytes) != 1)
			abort();
		put_record(p, owner, owner_len, (unsigned)type, reply->ttl_s, bytes,
			   type == TYPE_A ? 4 : 16);
	}
}

static struct packet whole_answer(const struct packet *q, size_t end,
				  const struct asked *asked,
				  const struct name_reply *reply)
{
	struct packet p = answer_to(q, end, reply->rcode);
	const char *owner = asked->name, *at = reply->cnames;
	size_t owner_len = strlen(owner), len;

	if (reply->rcode)
		return p;
	for (; (at = next_of(at, &len)); at += at[len] ? len + 1 : len) {
		struct packet target = { .len = 0 };

		put_name(&target, at, len);
		put_record(&p, owner, owner_len, TYPE_CNAME, reply->ttl_s, target.data,
			   target.len);
		owner = at;
		owner_len = len;
	}
	put_addresses(&p, reply, asked->type, owner, owner_len);
	return p;
}

/* ---- sending ---------------------------------------------------------------------- */

struct sender {
	int fd;
	struct sockaddr_storage to;
	socklen_t to_len;
	bool is_tcp;
};

static void send_packet(const struct sender *s, const struct packet *p)
{
	unsigned char len[2] = { (unsigned char)(p->len >> 8), (unsigned char)p->len };

	if (s->is_tcp && (send(s->fd, len, 2, MSG_NOSIGNAL) != 2 ||
			  send(s->fd, p->data, p->len, MSG_NOSIGNAL) < 0))
		return;
	if (!s->is_tcp)
		(void)!sendto(s->fd, p->data, p->len, 0, (const struct sockaddr *)&s->to,
			      s->to_len);
}

/* None of these may be taken for an answer. */
static void send_junk(const struct sender *s, const struct packet *answer)
{
	struct packet p = { .len = 0 };

	send_packet(s, &p); /* nothing at all */
	p = *answer;
	p.len = 5; /* half a head */
	send_packet(s, &p);
	p = *answer;
	p.data[0] ^= 0x55; /* to another question */
	send_packet(s, &p);
	p = *answer;
	p.data[HEAD_SIZE + 1] ^= 1; /* of another name */
	send_packet(s, &p);
	memset(p.data, 0xff, sizeof(p.data));
	p.len = sizeof(p.data) / 8;
	send_packet(s, &p);
}

/* Its question is ours, and what follows is nonsense; the n-th kind of it. */
static void send_broken(const struct sender *s, const struct packet *question_only,
			size_t kind)
{
	struct packet p = *question_only;

	p.data[7] = 9; /* so many answers: none is there, or: */
	if (kind % 3 == 1)
		put(&p, "\xc0\xff", 2); /* a name that points out of the packet */
	if (kind % 3 == 2) {
		unsigned char at = (unsigned char)p.len;

		put(&p, (unsigned char[]){ 0xc0, at }, 2); /* ... to itself */
		put(&p, "\0\1\0\1\0\0\0\1\xff\xff", 10);
	}
	send_packet(s, &p);
}

static struct name_reply find_reply(struct name_server *ns, const char *name)
{
	struct name_reply reply = { .rcode = 3 };

	for (size_t i = 0; i < ns->n_names; i++)
		if (strcmp(ns->names[i].name, name) == 0)
			return ns->names[i].reply;
		else if (strcmp(ns->names[i].name, "*") == 0)
			reply = ns->names[i].reply;
	return reply;
}

static void answer(struct name_server *ns, const struct sender *s, const struct packet *q)
{
	struct name_reply reply;
	struct packet p, head;
	struct asked asked;
	size_t end, kind;

	if (q->len < HEAD_SIZE || !read_question(q, &asked, &end))
		return;
	pthread_mutex_lock(&ns->mutex);
	reply = find_reply(ns, asked.name);
	kind = ns->n_asked;
	if (ns->n_asked < ASKED_MAX)
		ns->asked[ns->n_asked++] = asked;
	pthread_mutex_unlock(&ns->mutex);
	p = whole_answer(q, end, &asked, &reply);
	head = answer_to(q, end, 0);
	if (reply.manner == NAMES_SILENT)
		return;
	if (reply.manner == NAMES_BROKEN) {
		send_broken(s, &head, kind);
		return;
	}
	if (reply.manner == NAMES_TRUNCATED && !s->is_tcp) {
		head.data[2] |= 2;
		p = head;
	}
	if (reply.manner == NAMES_AFTER_JUNK)
		send_junk(s, &p);
	send_packet(s, &p);
}

/* ---- the thread ------------------------------------------------------------------- */

static void serve_udp(struct name_server *ns)
{
	struct sender s = { .fd = ns->udp, .to_len = sizeof(s.to) };
	struct packet q;
	ssize_t n = recvfrom(ns->udp, q.data, sizeof(q.data), 0, (struct sockaddr *)&s.to,
			     &s.to_len);

	q.len = n > 0 ? (size_t)n : 0;
	answer(ns, &s, &q);
}

static void serve_tcp(struct name_server *ns)
{
	struct sender s = { .fd = accept(ns->tcp, NULL, NULL), .is_tcp = true };
	struct timeval patience = { .tv_sec = 2 };
	unsigned char len[2];
	struct packet q;

	if (s.fd < 0)
		return;
	setsockopt(s.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (recv(s.fd, len, 2, MSG_WAITALL) == 2) {
		q.len = (size_t)(len[0] << 8 | len[1]);
		if (q.len > sizeof(q.data) ||
		    recv(s.fd, q.data, q.len, MSG_WAITALL) != (ssize_t)q.len)
			break;
		answer(ns, &s, &q);
	}
	close(s.fd);
}

static void *serve(void *context)
{
	struct name_server *ns = context;
	struct pollfd fds[] = { { .fd = ns->udp, .events = POLLIN },
				{ .fd = ns->tcp, .events = POLLIN },
				{ .fd = ns->wake[0], .events = POLLIN } };

	while (poll(fds, 3, -1) > 0 && !fds[2].revents) {
		if (fds[0].revents)
			serve_udp(ns);
		if (fds[1].revents)
			serve_tcp(ns);
	}
	return NULL;
}

static bool listen_at(struct name_server *ns, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	ns->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ns->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(ns->tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(ns->udp, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    bind(ns->tcp, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(ns->tcp, 16) == 0) {
		ns->port = port;
		snprintf(ns->address, sizeof(ns->address), "127.0.0.1:%d", port);
		return true;
	}
	close(ns->udp);
	close(ns->tcp);
	return false;
}

struct name_server *name_server_start(void)
{
	struct name_server *ns = calloc(1, sizeof(*ns));
	int first = getpid() * 53 % PORT_SPAN;

	if (!ns)
		return NULL;
	for (int i = 0; i < PORT_TRIES && !ns->port; i++)
		listen_at(ns, PORT_FIRST + (first + i * 31) % PORT_SPAN);
	pthread_mutex_init(&ns->mutex, NULL);
	if (!ns->port || pipe(ns->wake) || pthread_create(&ns->thread, NULL, serve, ns))
		abort();
	return ns;
}

void name_server_stop(struct name_server *ns)
{
	(void)!write(ns->wake[1], "", 1);
	pthread_join(ns->thread, NULL);
	pthread_mutex_destroy(&ns->mutex);
	close(ns->udp);
	close(ns->tcp);
	close(ns->wake[0]);
	close(ns->wake[1]);
	free(ns);
}

const char *name_server_address(const struct name_server *ns)
{
	return ns->address;
}

void name_server_say(struct name_server *ns, const char *name, struct name_reply reply)
{
	size_t i = 0;

	pthread_mutex_lock(&ns->mutex);
	while (i < ns->n_names && strcmp(ns->names[i].name, name) != 0)
		i++;
	if (i == NAMES_MAX)
		abort();
	snprintf(ns->names[i].name, sizeof(ns->names[i].name), "%s", name);
	ns->names[i].reply = reply;
	ns->n_names += i == ns->n_names;
	pthread_mutex_unlock(&ns->mutex);
}

int name_server_n_asked(struct name_server *ns, const char *name, int type)
{
	int n = 0;

	pthread_mutex_lock(&ns->mutex);
	for (size_t i = 0; i < ns->n_asked; i++)
		n += (!name || strcmp(ns->asked[i].name, name) == 0) &&
		     (!type || ns->asked[i].type == type);
	pthread_mutex_unlock(&ns->mutex);
	return n;
}
