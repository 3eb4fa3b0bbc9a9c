#include "store/base/clock.h"

#include <time.h>

/* Two clocks are read within a millisecond, if that can be had. */
#define LOOKS 16

int64_t clock_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_of_thread_us(clockid_t thread)
{
	struct timespec t = { 0 };

	clock_gettime(thread, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_since_boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_lead_ms(void)
{
	int64_t least_ms = INT64_MAX, lead_ms = 0;

	for (int i = 0; i < LOOKS && least_ms > 1; i++) {
		int64_t before_ms = clock_since_boot_ms(), now_ms = clock_now_ms();
		int64_t took_ms = clock_since_boot_ms() - before_ms;

		if (took_ms < least_ms) {
			least_ms = took_ms;
			lead_ms = now_ms - before_ms;
		}
	}
	return lead_ms;
}
