/* clock.c - civil arithmetic after Howard Hinnant's days-from-civil (public domain algorithm).
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ZONE_MS (8 * HOUR_MS)

static _Atomic int64_t shift_ms;

static int64_t read_clock_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_now_ms(void)
{
    return read_clock_us(CLOCK_REALTIME) / 1000 + atomic_load_explicit(&shift_ms, memory_order_relaxed);
}

int64_t clock_mono_ms(void)
{
    return read_clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}

void clock_shift_ms(int64_t delta)
{
    atomic_fetch_add(&shift_ms, delta);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = floor_div(y, 400), yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, int *y, int *m, int *d)
{
    z += 719468;
    int64_t era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(yoe + era * 400 + (*m <= 2));
}

struct civil clock_civil(int64_t unix_ms)
{
    struct civil c;
    int64_t local = unix_ms + ZONE_MS, day = floor_div(local, DAY_MS), rest = local - day * DAY_MS;
    civil_from_days(day, &c.year, &c.month, &c.day);
    c.hour = (int)(rest / HOUR_MS);
    c.minute = (int)(rest / MINUTE_MS % 60);
    c.second = (int)(rest / SECOND_MS % 60);
    c.ms = (int)(rest % 1000);
    c.weekday = (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    return c;
}

int64_t clock_from_civil(const struct civil *c)
{
    return days_from_civil(c->year, c->month, c->day) * DAY_MS + c->hour * HOUR_MS + c->minute * MINUTE_MS +
           c->second * SECOND_MS + c->ms - ZONE_MS;
}

int32_t clock_day(int64_t unix_ms)
{
    struct civil c = clock_civil(unix_ms);
    return (int32_t)(c.year * 10000 + c.month * 100 + c.day);
}

static int month_days(int y, int m)
{
    static const int days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return m == 2 && leap ? 29 : days[m];
}

bool clock_day_valid(int32_t d)
{
    int y = d / 10000, m = d / 100 % 100, day = d % 100;
    return y >= 1900 && y <= 9999 && m >= 1 && m <= 12 && day >= 1 && day <= month_days(y, m);
}

int64_t clock_day_start(int32_t d)
{
    return days_from_civil(d / 10000, d / 100 % 100, d % 100) * DAY_MS - ZONE_MS;
}

int32_t clock_day_add(int32_t d, int days)
{
    return clock_day(clock_day_start(d) + days * DAY_MS);
}

int clock_minute_of_day(int64_t unix_ms)
{
    struct civil c = clock_civil(unix_ms);
    return c.hour * 60 + c.minute;
}

char *clock_rfc3339(int64_t unix_ms, char out[32])
{
    struct civil c = clock_civil(unix_ms);
    snprintf(out, 32, "%04u-%02u-%02uT%02u:%02u:%02u.%03u+08:00", (unsigned)c.year % 10000, (unsigned)c.month % 100,
             (unsigned)c.day % 100, (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100,
             (unsigned)c.ms % 1000);
    return out;
}

/* Reads exactly n digits at *s and moves on. */
static bool digits(const char **s, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return false;
        v = v * 10 + (**s - '0');
    }
    *out = v;
    return true;
}

static bool expect(const char **s, char c)
{
    return *(*s)++ == c;
}

bool clock_parse_rfc3339(const char *s, int64_t *unix_ms)
{
    struct civil c = {0};
    int oh = 0, om = 0, sign = 1;
    if (!s || !digits(&s, 4, &c.year) || *s != '-')
        return false;
    s++;
    if (!digits(&s, 2, &c.month) || *s != '-')
        return false;
    s++;
    if (!digits(&s, 2, &c.day) || (*s != 'T' && *s != ' '))
        return false;
    s++;
    if (!digits(&s, 2, &c.hour) || *s != ':')
        return false;
    s++;
    if (!digits(&s, 2, &c.minute))
        return false;
    if (*s == ':') {
        s++;
        if (!digits(&s, 2, &c.second))
            return false;
        if (*s == '.') {
            int scale = 100;
            if (s[1] < '0' || s[1] > '9')
                return false;
            for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
                c.ms += (*s - '0') * scale;
        }
    }
    if (*s == 'Z') {
        s++;
    } else {
        sign = *s == '-' ? -1 : 1;
        if (*s != '+' && *s != '-')
            return false;
        s++;
        if (!digits(&s, 2, &oh) || !expect(&s, ':') || !digits(&s, 2, &om))
            return false;
    }
    if (*s || !clock_day_valid((int32_t)(c.year * 10000 + c.month * 100 + c.day)) || c.hour > 23 || c.minute > 59 ||
        c.second > 59 || oh > 14 || om > 59)
        return false;
    *unix_ms = clock_from_civil(&c) + ZONE_MS - sign * (oh * HOUR_MS + om * MINUTE_MS);
    return true;
}
