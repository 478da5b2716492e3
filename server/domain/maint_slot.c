/* maint_slot.c - the calendar of plans. Pure: days in, days out. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/maint_int.h"

const char *const maint_unit_name[MU_COUNT] = {"day", "week", "month", "year"};

static int days_in(int64_t year, int64_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* `n` months after the month of `day`, on day `dom` of it or its last. */
static int32_t month_add(int32_t day, int64_t n, int dom)
{
    int64_t m = (int64_t)(day / 10000) * 12 + day / 100 % 100 - 1 + n, year = m / 12, month = m % 12 + 1;
    int last = days_in(year, month);
    return (int32_t)(year * 10000 + month * 100 + (dom < last ? dom : last));
}

static int64_t day_number(int32_t day)
{
    return clock_day_start(day) / DAY_MS; /* every day of Shanghai starts at the same remainder */
}

static int dom_of(const struct maint_rule *r)
{
    return r->month_day ? r->month_day : r->anchor % 100;
}

/* Slot number k, k = 0 the first. Always counted from the anchor: nothing drifts. */
static int32_t slot_at(const struct maint_rule *r, int64_t k)
{
    int64_t n = k * r->every_n;
    if (r->unit == MU_DAY || r->unit == MU_WEEK)
        return clock_day_add(r->anchor, (int)(r->unit == MU_WEEK ? n * 7 : n));
    int32_t first = month_add(r->anchor, 0, dom_of(r));
    if (first < r->anchor) /* the wanted day of the anchor's month has passed */
        first = month_add(r->anchor, 1, dom_of(r));
    return month_add(first, r->unit == MU_YEAR ? n * 12 : n, dom_of(r));
}

int32_t maint_slot_after(const struct maint_rule *r, int32_t after)
{
    int64_t k = 0;
    if (after >= r->anchor) { /* a number that is surely not too late, then onwards */
        if (r->unit == MU_DAY || r->unit == MU_WEEK)
            k = (day_number(after) - day_number(r->anchor)) / (r->every_n * (r->unit == MU_WEEK ? 7 : 1));
        else {
            int64_t months =
                (int64_t)(after / 10000 - r->anchor / 10000) * 12 + after / 100 % 100 - r->anchor / 100 % 100;
            k = months / (r->every_n * (r->unit == MU_YEAR ? 12 : 1));
        }
        k = k > 2 ? k - 2 : 0;
    }
    int32_t day = slot_at(r, k);
    while (day <= after || (r->workdays && maint_work_day(r, day) >= slot_at(r, k + 1)))
        day = slot_at(r, ++k);
    return day;
}

int32_t maint_add(int32_t day, int64_t n, int unit)
{
    switch (unit) {
    case MU_DAY:
        return clock_day_add(day, (int)n);
    case MU_WEEK:
        return clock_day_add(day, (int)(n * 7));
    case MU_YEAR:
        return month_add(day, n * 12, day % 100);
    default:
        return month_add(day, n, day % 100);
    }
}

int32_t maint_work_day(const struct maint_rule *r, int32_t slot)
{
    for (int k = 0; r->workdays && k < 20; k++) { /* the longest holidays take nine days */
        if (calendar_worked(r->workdays, slot))
            break;
        slot = clock_day_add(slot, 1);
    }
    return slot;
}

int64_t maint_usage_after(int64_t step_e3, int64_t after_e3)
{
    return (after_e3 / step_e3 + 1) * step_e3;
}

bool maint_remind_bits(const char *text, uint32_t *bits)
{
    *bits = 0;
    for (const char *s = text; *s;) {
        int n = 0, digits = 0;
        for (; *s >= '0' && *s <= '9' && digits < 3; s++, digits++)
            n = n * 10 + (*s - '0');
        if (!digits || n > 30 || (*s && (*s != ',' || !s[1])))
            return false;
        *bits |= UINT32_C(1) << n;
        s += *s == ',';
    }
    return true;
}

/* Reminders go out at eight in the morning; late is what was not handed in on its last day. */
int64_t maint_task_next(const struct maint_task *t, int64_t now)
{
    uint32_t bits = 0;
    int64_t best = 0;
    (void)now;
    if (t->state != TS_SCHEDULED && t->state != TS_IN_PROGRESS)
        return 0;
    (void)maint_remind_bits(t->remind, &bits);
    for (int d = 0; d <= 30 && t->state == TS_SCHEDULED; d++) {
        int64_t at = clock_day_start(clock_day_add((int32_t)t->day, -d)) + 8 * HOUR_MS;
        if ((bits & (UINT32_C(1) << d)) && !(t->told & (INT64_C(1) << d)) && (!best || at < best))
            best = at;
    }
    if (t->escalated < 2) {
        int64_t at = clock_day_start(clock_day_add((int32_t)t->due_day, t->escalated ? 4 : 1));
        if (!best || at < best)
            best = at;
    }
    return best;
}
