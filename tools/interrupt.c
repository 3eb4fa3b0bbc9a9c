#include "tools/interrupt.h"

#include <signal.h>

/* A handler has no argument: this is all that it can reach. */
static volatile sig_atomic_t caught;

static void note(int number)
{
	caught = number;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int interrupt_signal(void)
{
	return caught;
}

int interrupt_code(void)
{
	return 128 + caught;
}
