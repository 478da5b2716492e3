/* clock.h - time. Instants are int64 unix milliseconds UTC; calendar days are yyyymmdd in Asia/Shanghai
 * (UTC+8 all year; the summer time of 1986-1991 lies before any record of ours), whatever TZ says.
 * Timers use clock_mono_ms(), which never jumps. Domain code never reads a clock: it gets cx->now.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include <stdbool.h>
#include <stdint.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

int64_t clock_now_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* Test servers only: shifts clock_now_ms() so that offers and deadlines run out without waiting. */
void clock_shift_ms(int64_t delta);

struct civil { /* local civil time at UTC+8 */
    int year, month, day, hour, minute, second, ms;
    int weekday; /* 0 = Sunday */
};
struct civil clock_civil(int64_t unix_ms);
int64_t clock_from_civil(const struct civil *c); /* weekday ignored */
int32_t clock_day(int64_t unix_ms);              /* yyyymmdd */
bool clock_day_valid(int32_t yyyymmdd);
int64_t clock_day_start(int32_t yyyymmdd); /* unix ms of 00:00 */
int32_t clock_day_add(int32_t yyyymmdd, int days);
int clock_minute_of_day(int64_t unix_ms); /* 0..1439 */

char *clock_rfc3339(int64_t unix_ms, char out[32]); /* 2026-11-23T10:00:00.000+08:00; returns out */
/* RFC 3339 with offset or Z, seconds and fraction optional. */
bool clock_parse_rfc3339(const char *s, int64_t *unix_ms);

#endif
