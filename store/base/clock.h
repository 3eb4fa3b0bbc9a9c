/*
 * clock.h - Unix time in milliseconds, and the units made of it.
 *
 * Nothing below tools/ reads a clock: time is an argument (`now_ms`). 0 means never.
 */
#ifndef STORE_BASE_CLOCK_H
#define STORE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define MS_PER_DAY (24 * MS_PER_HOUR)

/* Wall-clock time. Only the main loop and main() call these. */
int64_t clock_now_ms(void);
/* Time that never jumps, for measuring how long something took. */
int64_t clock_monotonic_us(void);
/* The processor's time that another thread has had: pthread_getcpuclockid(). */
int64_t clock_of_thread_us(clockid_t thread);
/* Time that never jumps, and that goes by while the machine sleeps. */
int64_t clock_since_boot_ms(void);
/* Wall-clock time less that; another one when the clock was set. */
int64_t clock_lead_ms(void);

#endif
