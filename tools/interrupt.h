/*
 * interrupt.h - SIGINT and SIGTERM, for commands that want to end in order.
 */
#ifndef TOOLS_INTERRUPT_H
#define TOOLS_INTERRUPT_H

/* From now on the first of the two is only noted, and ends what blocks in a system call;
 * the second one ends the process. */
void interrupt_catch(void);
/* The signal that came, or 0. */
int interrupt_signal(void);
/* The exit code that tells of it: 130 or 143. */
int interrupt_code(void);

#endif
