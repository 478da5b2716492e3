/* repair_sla.c - clocks and timers of an order. Pure: no store, no clock.
 *
 * Three clocks run from the report, or from when the order came back: respond (until accepted), arrive, finish.
 * A warning is due when four fifths of a clock's time have passed. While the order is held for a reason that is not ours, no clock speaks; on resume
 * the arrive and finish deadlines move by the time held.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/repair_int.h"
#include "platform/config.h"

bool hold_pauses(const char *reason)
{
    return str_eq(reason, hold_reason_name[HOLD_OWNER_ABSENT]) || str_eq(reason, hold_reason_name[HOLD_THIRD_PARTY]);
}

static int64_t clock_due(const struct repair *r, enum sla_clock k)
{
    switch (k) {
    case SLA_RESPOND:
        return r->accepted_at ? 0 : r->respond_due;
    case SLA_ARRIVE:
        return r->arrived_at ? 0 : r->arrive_due;
    case SLA_FINISH:
        return r->finished_at ? 0 : r->finish_due;
    case SLA_CLOCKS:
        break;
    }
    return 0;
}

static bool clocks_run(const struct repair *r)
{
    return r->state < RS_DONE && !(r->state == RS_ON_HOLD && hold_pauses(r->hold_reason));
}

static int64_t warn_at(const struct repair *r, int64_t due)
{
    int64_t start = r->reopened && r->queued_at > r->created_at ? r->queued_at : r->created_at;
    return due - (due - start) / 5;
}

int64_t repair_sla_news(const struct repair *r, int64_t now)
{
    int64_t news = 0;
    for (int k = 0; k < SLA_CLOCKS && clocks_run(r); k++) {
        int64_t due = clock_due(r, (enum sla_clock)k);
        if (due && now >= due)
            news |= INT64_C(2) << (2 * k);
        else if (due && now >= warn_at(r, due))
            news |= INT64_C(1) << (2 * k);
    }
    return news & ~r->sla_told;
}

static void sooner(int64_t *best, int64_t at)
{
    if (at && (!*best || at < *best))
        *best = at;
}

int64_t repair_next_due(const struct repair *r, int64_t now)
{
    int64_t best = 0;
    for (int k = 0; k < SLA_CLOCKS && clocks_run(r); k++) {
        int64_t due = clock_due(r, (enum sla_clock)k);
        if (due && !(r->sla_told & (INT64_C(3) << (2 * k))))
            sooner(&best, warn_at(r, due));
        else if (due && !(r->sla_told & (INT64_C(2) << (2 * k))))
            sooner(&best, due);
    }
    if (r->state == RS_NEW || r->state == RS_QUEUED)
        sooner(&best, (r->queued_at > now ? r->queued_at : now) + config()->requeue_s * SECOND_MS);
    if (r->state == RS_ON_HOLD && r->hold_until)
        sooner(&best, r->hold_until);
    if (r->state == RS_AWAIT_CONFIRM)
        sooner(&best, r->confirm_at + config()->confirm_h * HOUR_MS);
    return best;
}
