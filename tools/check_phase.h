/*
 * check_phase.h - one fetch, cut into the phases that people know. Pure.
 */
#ifndef TOOLS_CHECK_PHASE_H
#define TOOLS_CHECK_PHASE_H

#include "crawler/transport.h"

enum check_phase {
	PHASE_LOOKUP,
	PHASE_CONNECTION,
	PHASE_TLS,
	PHASE_REQUEST,    /* until the request goes out */
	PHASE_FIRST_BYTE, /* until the first byte of the answer */
	PHASE_LAST_BYTE,
	N_CHECK_PHASES,
};

struct check_phases {
	/* Negative: not a phase of this fetch, or not reached. */
	double ms[N_CHECK_PHASES];
	enum check_phase failed; /* where it ended too early; N_CHECK_PHASES: nowhere */
};

/* "name lookup", ... and "dns_ms", ...: static. */
const char *check_phase_text(enum check_phase phase);
const char *check_phase_key(enum check_phase phase);

/* A fetch that failed spent the rest of its time in the phase where it ended. On a reused
 * connection the first three are missing. `secure`: of an https URL. */
void check_phases_make(struct check_phases *phases, const struct fetch_result *result,
		       bool secure);

#endif
