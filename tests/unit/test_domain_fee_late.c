/* test_domain_fee_late.c - late fees against a day-by-day model in 128 bits, and what must hold for all of them.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "domain/fee_rules.h"
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

#define CASES 100000

static const struct late_part one[] = {
    {100000, {.rate_e6 = 500, .grace_days = 5, .cap_e4 = 3000}}
};

static void test_known_cases(void **state)
{
    struct late_bill b = {.part = one, .nparts = 1, .unpaid_fen = 100000, .due_day = 20260110};
    (void)state;
    assert_int_equal(late_accrued_fen(&b, 20260115), 0);     /* grace */
    assert_int_equal(late_accrued_fen(&b, 20260116), 50);    /* the first day that costs */
    assert_int_equal(late_accrued_fen(&b, 20260214), 1500);  /* thirty of them */
    assert_int_equal(late_accrued_fen(&b, 20300101), 30000); /* the cap */
    const struct late_event paid[] = {
        {20260121, 60000}
    };
    b.event = paid;
    b.nevents = 1;
    b.unpaid_fen = 40000;
    assert_int_equal(late_accrued_fen(&b, 20260120), 250); /* five days on the whole */
    assert_int_equal(late_accrued_fen(&b, 20260121), 270); /* who pays on a day does not pay for it */
    assert_int_equal(late_accrued_fen(&b, 20260130), 450); /* ten on what is left */
    b.unpaid_fen = 0;
    const struct late_event all[] = {
        {20260120, 100000}
    };
    b.event = all;
    assert_int_equal(late_accrued_fen(&b, 20260119), 200);
    assert_int_equal(late_accrued_fen(&b, 20270101), 200); /* paid: it stands */
}

static void test_disputes_pause(void **state)
{
    const struct period pause[] = {
        {20260118, 20260122},
        {20260120, 20260125}
    }; /* overlapping ones count once */
    struct late_bill b = {
        .part = one, .nparts = 1, .unpaid_fen = 100000, .due_day = 20260110, .pause = pause, .npauses = 2};
    (void)state;
    assert_int_equal(late_accrued_fen(&b, 20260117), 100);
    assert_int_equal(late_accrued_fen(&b, 20260125), 100);
    assert_int_equal(late_accrued_fen(&b, 20260126), 150);
    const struct period open[] = {
        {20260118, 99991231}
    };
    b.pause = open;
    b.npauses = 1;
    assert_int_equal(late_accrued_fen(&b, 20280101), 100);
}

static void test_each_line_has_its_own_terms(void **state)
{
    const struct late_part parts[] = {
        {60000,  {.rate_e6 = 1000, .grace_days = 0, .cap_e4 = 1000} },
        {30000,  {.rate_e6 = 500, .grace_days = 10, .cap_e4 = 10000}},
        {10000,  {.rate_e6 = 0}                                     },
        {-20000, {.rate_e6 = 3000, .cap_e4 = 10000}                 }
    };
    struct late_bill b = {.part = parts, .nparts = 4, .unpaid_fen = 100000, .due_day = 20260110};
    (void)state;
    assert_int_equal(late_cap_fen(parts, 4), 6000 + 30000);
    assert_int_equal(late_accrued_fen(&b, 20260120), 600);         /* ten days of the first */
    assert_int_equal(late_accrued_fen(&b, 20260130), 1200 + 150);  /* and ten of the second */
    assert_int_equal(late_accrued_fen(&b, 20260520), 6000 + 1800); /* the first at its cap, alone */
}

/* Day by day, each in 128 bits: what the marks and spans of the real one must come to. */
static int64_t model(const struct late_bill *b, int32_t until)
{
    int64_t principal = 0, total = 0;
    for (size_t i = 0; i < b->nparts; i++)
        principal += b->part[i].amount_fen > 0 ? b->part[i].amount_fen : 0;
    for (size_t i = 0; i < b->nparts; i++) {
        const struct late_part *p = &b->part[i];
        wide sum = 0;
        int64_t fen = 0, cap = late_cap_fen(p, 1);
        for (int32_t day = clock_day_add(b->due_day, (int)p->rule.grace_days + 1); day <= until;
             day = clock_day_add(day, 1)) {
            int64_t unpaid = b->unpaid_fen;
            bool off = false;
            for (size_t k = 0; k < b->nevents; k++)
                unpaid += b->event[k].day > day ? b->event[k].fen : 0;
            for (size_t k = 0; k < b->npauses; k++)
                off |= b->pause[k].from <= day && day <= b->pause[k].to;
            sum += off || unpaid < 0 ? 0 : unpaid;
        }
        if (p->amount_fen <= 0)
            continue;
        if (!round_fen(sum * p->amount_fen * p->rule.rate_e6, (wide)principal * 1000000, ROUND_HALF_UP, 1, &fen) ||
            fen > cap)
            fen = cap;
        total += fen;
    }
    return total;
}

struct made {
    struct late_part part[4];
    struct late_event event[6];
    struct period pause[3];
    struct late_bill b;
};

static void make(struct made *m)
{
    int64_t principal = 0;
    m->b = (struct late_bill){.part = m->part,
                              .nparts = (size_t)(1 + random() % 4),
                              .event = m->event,
                              .nevents = (size_t)(random() % 7),
                              .pause = m->pause,
                              .npauses = (size_t)(random() % 4),
                              .due_day = clock_day_add(20240101, (int)(random() % 700))};
    for (size_t i = 0; i < m->b.nparts; i++) {
        m->part[i] = (struct late_part){
            1 + random() % 10000000, {random() % 3001, random() % 40, random() % 10001}
        };
        principal += m->part[i].amount_fen;
    }
    m->b.unpaid_fen = principal;
    for (size_t i = 0; i < m->b.nevents; i++) {
        int64_t fen = random() % (m->b.unpaid_fen + 1);
        m->event[i] = (struct late_event){clock_day_add(m->b.due_day, (int)(random() % 300) - 50), fen};
        m->b.unpaid_fen -= fen;
    }
    for (size_t i = 0; i < m->b.npauses; i++) {
        m->pause[i].from = clock_day_add(m->b.due_day, (int)(random() % 200) - 20);
        m->pause[i].to = random() % 5 ? clock_day_add(m->pause[i].from, (int)(random() % 40)) : 99991231;
    }
}

static void test_agrees_with_the_day_by_day_model(void **state)
{
    struct made m;
    (void)state;
    srandom(77);
    for (int i = 0; i < 4000; i++) {
        make(&m);
        int32_t until = clock_day_add(m.b.due_day, (int)(random() % 250));
        assert_int_equal(late_accrued_fen(&m.b, until), model(&m.b, until));
    }
}

/* Never above the cap, never less on a later day, and working it out on any days in between changes nothing */
static void test_capped_and_monotone(void **state)
{
    struct made m;
    (void)state;
    srandom(11);
    for (int i = 0; i < CASES; i++) {
        make(&m);
        int64_t cap = late_cap_fen(m.part, m.b.nparts), last = 0;
        int32_t day = m.b.due_day;
        for (int k = 0; k < 4; k++) {
            day = clock_day_add(day, (int)(random() % 120));
            int64_t fen = late_accrued_fen(&m.b, day);
            assert_true(fen >= last && fen <= cap);
            last = fen;
        }
    }
}

/* Money that comes later, or less of it, never makes the fee smaller */
static void test_paying_earlier_costs_less(void **state)
{
    struct made m;
    (void)state;
    srandom(12);
    for (int i = 0; i < CASES; i++) {
        make(&m);
        int32_t until = clock_day_add(m.b.due_day, (int)(random() % 400));
        int64_t fen = late_accrued_fen(&m.b, until);
        if (m.b.nevents)
            m.event[0].day = clock_day_add(m.event[0].day, -(int)(random() % 60));
        assert_true(late_accrued_fen(&m.b, until) <= fen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_cases),
                                       cmocka_unit_test(test_disputes_pause),
                                       cmocka_unit_test(test_each_line_has_its_own_terms),
                                       cmocka_unit_test(test_agrees_with_the_day_by_day_model),
                                       cmocka_unit_test(test_capped_and_monotone),
                                       cmocka_unit_test(test_paying_earlier_costs_less)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
