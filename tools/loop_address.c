/* loop_address.c - where a host is, before it is asked for anything (REQ 53). */
#include "tools/loop_internal.h"

#include <stdio.h>
#include <string.h>

/* "[::1]:80", "[::1]" and "127.0.0.1:80" without what is about the address. */
static struct span bare(struct span text)
{
	const char *end;

	if (text.len && *text.data == '[') {
		text = span_from(text.data + 1, text.len - 1);
		return span_from(text.data, span_find(text, ']'));
	}
	end = text.len ? memrchr(text.data, ':', text.len) : NULL;
	return end ? span_from(text.data, (size_t)(end - text.data)) : text;
}

/* A canonical host that is an address: its last label begins with a digit. */
static bool is_address(struct span host)
{
	const char *dot = host.len ? memrchr(host.data, '.', host.len) : NULL;

	return host.len && (*host.data == '[' || (dot && dot + 1 < host.data + host.len &&
						  dot[1] >= '0' && dot[1] <= '9'));
}

static enum err look_up(struct loop *loop, struct flight *flight)
{
	struct fetch_request request = {
		.url = buf_text(&flight->url),
		.owner = flight,
		.look_up = true,
	};
	enum err err = fetcher_start(loop->fetcher, &request);

	if (err)
		return err;
	flight->looks_up = true;
	flight->reserved_bytes = 0;
	loop->n_in_flight++;
	return ERR_OK;
}

/* A page goes back to where its host's pages are held; what has come further waits. */
static enum err put_off(struct loop *loop, struct flight *flight, struct host *host)
{
	struct queue_entry entry = { .position = flight->page.stored.position,
				     .worth = flight->page.worth };
	enum err err;

	if (!flight->is_robots && !flight->poll && !flight->n_hops &&
	    !flight->forgotten) {
		entry.key = flight->page.key;
		flight->at_host = NULL;
		err = frontier_put_back(loop->frontier, host, &entry);
		flight_free(loop, flight);
		return err;
	}
	err = flight_wait(loop, flight, &host->key, buf_span(&host->name));
	/* Not before: a host for which nothing waits goes out of play, and where it is would be
	 * found out, and put off, again and again. */
	flight_leave_host(loop, flight);
	return err;
}

/* Tells the frontier what answers for the present hop: names share it that have the address
 * and the port in common. Another port is another server, as when one is slow. */
static enum err tell(struct loop *loop, struct flight *flight, struct span address,
		     bool *may_start)
{
	char text[sizeof(flight->result.address) + 8];
	struct url_parts parts;
	enum err err = url_split(buf_span(&flight->url), &parts);
	int len;

	if (err)
		return err;
	len = snprintf(text, sizeof(text), "%.*s %u", (int)address.len, address.data,
		       (unsigned)parts.port);
	if (len >= (int)sizeof(text))
		return ERR_INVALID;
	return frontier_host_at(loop->frontier, flight->at_host,
				span_from(text, address.len ? (size_t)len : 0),
				may_start);
}

static enum err take(struct loop *loop, struct flight *flight, struct host *host,
		     struct span address, bool *permitted)
{
	enum err err = tell(loop, flight, address, permitted);

	return err || *permitted ? err : put_off(loop, flight, host);
}

enum err address_permit(struct loop *loop, struct flight *flight, struct host *host,
			bool *permitted)
{
	struct url_parts parts;
	enum err err;

	*permitted = frontier_knows_address(loop->frontier, host);
	if (*permitted)
		return ERR_OK;
	err = url_split(buf_span(&flight->url), &parts);
	if (err)
		return err;
	if (!is_address(parts.host))
		return look_up(loop, flight);
	return take(loop, flight, host, bare(parts.host), permitted);
}

/* Without an address the request goes out all the same: it is what fails, and is noted. */
enum err address_found(struct loop *loop, struct flight *flight)
{
	struct host *host = flight->at_host;
	bool permitted = false;
	enum err err;

	flight->looks_up = false;
	err = take(loop, flight, host, bare(span_of(flight->result.address)), &permitted);
	if (err || !permitted)
		return err;
	fetch_result_release(&flight->result);
	return visit_go_on(loop, flight, host);
}

enum err address_seen(struct loop *loop, struct flight *flight)
{
	const struct fetch_result *result = &flight->result;
	bool ignored;

	if (!result->address[0] || result->reused_connection)
		return ERR_OK;
	return tell(loop, flight, bare(span_of(result->address)), &ignored);
}
