#include "tools/check_phase.h"

static const struct {
	const char *text, *key;
} names[] = {
	[PHASE_LOOKUP] = { "name lookup", "dns_ms" },
	[PHASE_CONNECTION] = { "connect", "connect_ms" },
	[PHASE_TLS] = { "TLS", "tls_ms" },
	[PHASE_REQUEST] = { "request", "request_ms" },
	[PHASE_FIRST_BYTE] = { "first byte", "first_byte_ms" },
	[PHASE_LAST_BYTE] = { "last byte", "last_byte_ms" },
};

const char *check_phase_text(enum check_phase phase)
{
	return names[phase].text;
}

const char *check_phase_key(enum check_phase phase)
{
	return names[phase].key;
}

static bool is_part(enum check_phase phase, const struct fetch_result *r, bool secure)
{
	if (phase == PHASE_TLS && !secure)
		return false;
	return phase >= PHASE_REQUEST || !r->reused_connection;
}

/* The last phase that ended; -1: none. An instant of 0 was not reached, unless a later
 * one was. When TLS fails libcurl forgets the time of the connection, but not the peer. */
static int last_ended(const int64_t ends_us[], const struct fetch_result *r)
{
	int last = r->address[0] ? PHASE_CONNECTION : -1;

	for (int i = 0; i < PHASE_LAST_BYTE; i++)
		if (ends_us[i] > 0 && i > last)
			last = i;
	return r->error == FETCH_OK ? PHASE_LAST_BYTE : last;
}

void check_phases_make(struct check_phases *p, const struct fetch_result *r, bool secure)
{
	const int64_t ends_us[] = {
		[PHASE_LOOKUP] = r->dns_us,
		[PHASE_CONNECTION] = r->connect_us,
		[PHASE_TLS] = r->tls_us,
		[PHASE_REQUEST] = r->sent_us,
		[PHASE_FIRST_BYTE] = r->first_byte_us,
		[PHASE_LAST_BYTE] = r->total_us,
	};
	int last = last_ended(ends_us, r);
	int64_t at_us = 0;

	p->failed = N_CHECK_PHASES;
	for (int i = 0; i < N_CHECK_PHASES; i++) {
		bool ended = i <= last;
		int64_t end_us = ended ? ends_us[i] : r->total_us;

		p->ms[i] = -1;
		if (!is_part((enum check_phase)i, r, secure) ||
		    p->failed != N_CHECK_PHASES || (ended && end_us == 0))
			continue;
		if (end_us < at_us)
			end_us = at_us;
		p->ms[i] = (double)(end_us - at_us) / 1000;
		at_us = end_us;
		if (!ended)
			p->failed = (enum check_phase)i;
	}
}
