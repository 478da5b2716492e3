/* test_domain_maint.c - the calendar of maintenance plans, checklists and the two machines: tables, no store.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "domain/maint_int.h"

#define WORK (&calendar_as_published)
#define ANY  NULL

static void slots(void **state)
{
    static const struct {
        struct maint_rule r;
        int32_t want[7]; /* the first, and each after the one before; 0: the table's end */
    } t[] = {
  /* {every, unit, anchor, month_day, workdays} */
        {{1, MU_DAY, 20260227, 0, ANY},    {20260227, 20260228, 20260301, 20260302}                    },
        {{15, MU_DAY, 20261220, 0, ANY},   {20261220, 20270104, 20270119}                              },
        {{1, MU_WEEK, 20261228, 0, ANY},   {20261228, 20270104, 20270111}                              },
        {{2, MU_WEEK, 20240219, 0, ANY},   {20240219, 20240304, 20240318}                              },
        {{1, MU_MONTH, 20260131, 0, ANY},  {20260131, 20260228, 20260331, 20260430, 20260531}          },
        {{1, MU_MONTH, 20240131, 0, ANY},  {20240131, 20240229, 20240331}                              }, /* leap year */
        {{1, MU_MONTH, 20260110, 31, ANY}, {20260131, 20260228, 20260331, 20260430}                    },
        {{1, MU_MONTH, 20260120, 15, ANY}, {20260215, 20260315}                                        }, /* the 15th has passed */
        {{3, MU_MONTH, 20261130, 0, ANY},  {20261130, 20270228, 20270530, 20270830, 20271130}          },
        {{6, MU_MONTH, 20260831, 0, ANY},  {20260831, 20270228, 20270831, 20280229}                    },
        {{1, MU_YEAR, 20240229, 0, ANY},   {20240229, 20250228, 20260228, 20270228, 20280229, 20290228}},
        {{4, MU_YEAR, 20960229, 0, ANY},   {20960229, 21000228, 21040229}                              }, /* 2100 is none */
        {{2, MU_YEAR, 20260301, 29, ANY},  {20260329, 20280329}                                        },
        {{1, MU_DAY, 20261127, 0, WORK},   {20261127, 20261130, 20261201}                              }, /* not thrice on Monday */
        {{1, MU_DAY, 20261128, 0, WORK},   {20261130, 20261201}                                        },
        {{2, MU_DAY, 20261126, 0, WORK},   {20261126, 20261130, 20261202}                              },
        {{3, MU_DAY, 20261128, 0, WORK},   {20261128, 20261201, 20261204}                              },
        {{1, MU_WEEK, 20261128, 0, WORK},  {20261128, 20261205}                                        },
        {{7, MU_DAY, 20261001, 0, WORK},   {20261008, 20261015}                                        }, /* the holiday week goes into the next */
        {{30, MU_DAY, 20261001, 0, WORK},  {20261001, 20261031}                                        }, /* the slot keeps its day */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(t); i++) {
        int32_t day = 0;
        for (int k = 0; k < 7 && t[i].want[k]; k++) {
            int32_t next = maint_slot_after(&t[i].r, day);
            assert_int_equal(next, t[i].want[k]);
            if (day) { /* from any day in between it is the same one */
                assert_int_equal(maint_slot_after(&t[i].r, clock_day_add(next, -1)), next);
                assert_int_equal(maint_slot_after(&t[i].r, clock_day_add(day, 1) < next ? clock_day_add(day, 1) : day),
                                 next);
            }
            day = next;
        }
    }
}

/* Fifty years of a rule against a walk over every day, so that jumping ahead in one go is as right as step by step. */
static void far_ahead_is_the_same_series(void **state)
{
    static const struct maint_rule rules[] = {
        {1,  MU_DAY,   20260101, 0,  ANY },
        {13, MU_DAY,   20260117, 0,  ANY },
        {3,  MU_WEEK,  20260105, 0,  ANY },
        {1,  MU_MONTH, 20260131, 0,  ANY },
        {5,  MU_MONTH, 20260129, 30, ANY },
        {1,  MU_YEAR,  20240229, 0,  ANY },
        {7,  MU_MONTH, 20261231, 0,  ANY },
        {1,  MU_DAY,   20260103, 0,  WORK},
        {2,  MU_DAY,   20260102, 0,  WORK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rules); i++) {
        int32_t slot = maint_slot_after(&rules[i], 0), day = clock_day_add(rules[i].anchor, -3);
        for (int n = 0; n < 50 * 365; n++, day = clock_day_add(day, 1)) {
            assert_int_equal(maint_slot_after(&rules[i], day), day < slot ? slot : maint_slot_after(&rules[i], slot));
            if (day >= slot)
                slot = maint_slot_after(&rules[i], slot);
        }
    }
}

static void work_days(void **state)
{
    const struct maint_rule r = {1, MU_DAY, 20261101, 0, WORK}, all = {1, MU_DAY, 20261101, 0, ANY};
    (void)state;
    assert_int_equal(maint_work_day(&r, 20261127), 20261127); /* Friday */
    assert_int_equal(maint_work_day(&r, 20261128), 20261130); /* Saturday */
    assert_int_equal(maint_work_day(&r, 20261129), 20261130); /* Sunday */
    assert_int_equal(maint_work_day(&r, 20270102), 20270104); /* over the year */
    assert_int_equal(maint_work_day(&all, 20261128), 20261128);
    assert_int_equal(maint_work_day(&r, 20261001), 20261008); /* the national holiday */
    assert_int_equal(maint_work_day(&r, 20261010), 20261010); /* a Saturday worked instead */
    assert_int_equal(maint_work_day(&r, 20260215), 20260224); /* the spring festival */
    assert_int_equal(maint_work_day(&r, 20280101), 20280103); /* not published yet: a fixed holiday, then a weekend */
}

static void after_completion(void **state)
{
    static const struct {
        int32_t day;
        int64_t n;
        int unit;
        int32_t want;
    } t[] = {
        {20260131, 1,  MU_MONTH, 20260228},
        {20240229, 1,  MU_YEAR,  20250228},
        {20261215, 15, MU_DAY,   20261230},
        {20261230, 1,  MU_WEEK,  20270106},
        {20261031, 4,  MU_MONTH, 20270228},
        {20231031, 4,  MU_MONTH, 20240229}
    };
    (void)state;
    for (size_t i = 0; i < COUNT(t); i++)
        assert_int_equal(maint_add(t[i].day, t[i].n, t[i].unit), t[i].want);
}

static void usage(void **state)
{
    (void)state;
    assert_int_equal(maint_usage_after(500000, 0), 500000);
    assert_int_equal(maint_usage_after(500000, 499999), 500000);
    assert_int_equal(maint_usage_after(500000, 500000), 1000000);
    assert_int_equal(maint_usage_after(500000, 1700000), 2000000);
}

static void reminders(void **state)
{
    uint32_t bits = 0;
    struct maint_task t = {.day = 20261210, .due_day = 20261212, .remind = "7,1,0"};
    int64_t eight = 8 * HOUR_MS;
    (void)state;
    assert_true(maint_remind_bits("7,1,0", &bits));
    assert_int_equal(bits, 1u << 7 | 1u << 1 | 1u);
    assert_true(maint_remind_bits("", &bits) && bits == 0);
    for (const char *const *bad = (const char *const[]){"x", "7,", ",7", "31", "7 1", "7,,1", "-1", NULL}; *bad; bad++)
        assert_false(maint_remind_bits(*bad, &bits));
    assert_int_equal(maint_task_next(&t, 0), clock_day_start(20261203) + eight);
    t.told = 1 << 7;
    assert_int_equal(maint_task_next(&t, 0), clock_day_start(20261209) + eight);
    t.told |= 1 << 1 | 1;
    assert_int_equal(maint_task_next(&t, 0), clock_day_start(20261213)); /* late from here on */
    t.escalated = 1;
    assert_int_equal(maint_task_next(&t, 0), clock_day_start(20261216));
    t.escalated = 2;
    assert_int_equal(maint_task_next(&t, 0), 0);
    t = (struct maint_task){.day = 20261210, .due_day = 20261210, .remind = "7", .state = TS_IN_PROGRESS};
    assert_int_equal(maint_task_next(&t, 0), clock_day_start(20261211)); /* begun: nobody needs reminding */
    for (int s = TS_AWAIT_ACCEPT; s < TS_COUNT; s++) {
        t.state = s;
        assert_int_equal(maint_task_next(&t, 0), 0);
    }
}

static void answers(void **state)
{
    static const char *choices[] = {"正常", "异响", "漏油"}, *bad[] = {"异响", "漏油"};
    const struct maint_item number =
                                {
                                    .kind = IK_NUMBER,
                                    .min_e3 = -5000,
                                    .max_e3 = 60000,
                                    .has_min = true,
                                    .has_max = true
    },
                            choice = {.kind = IK_CHOICE, .choices = {choices, 3}, .bad = {bad, 2}},
                            yes = {.kind = IK_YES_NO}, no = {.kind = IK_YES_NO, .bad_yes = true},
                            open = {.kind = IK_NUMBER};
    const struct {
        const struct maint_item *it;
        const char *value;
        int want; /* 1 passes, 0 fails, -1 is no answer */
    } t[] = {
        {&number, "60",            1 },
        {&number, "60.001",        0 },
        {&number, "-5",            1 },
        {&number, "-5.5",          0 },
        {&number, "0.1234",        -1},
        {&number, "12.",           -1},
        {&number, "",              -1},
        {&number, "1e3",           -1},
        {&number, "1234567890",    -1},
        {&open,   "999999999.999", 1 },
        {&choice, "正常",        1 },
        {&choice, "漏油",        0 },
        {&choice, "好",           -1},
        {&yes,    "yes",           1 },
        {&yes,    "no",            0 },
        {&no,     "yes",           0 },
        {&no,     "no",            1 },
        {&yes,    "maybe",         -1}
    };
    (void)state;
    for (size_t i = 0; i < COUNT(t); i++) {
        bool pass = false;
        struct why why = {0};
        bool ok = maint_item_check(t[i].it, t[i].value, &pass, &why);
        assert_int_equal(ok ? pass : -1, t[i].want);
        assert_true(ok == (why.zh == NULL));
    }
}

static void lists_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < maint_template_count(); i++) {
        const struct maint_template *t = maint_template_at(i);
        struct arena *a = arena_new(0);
        struct maint_item back[MAINT_ITEMS];
        const char *json = maint_items_json(a, t->items, t->nitems);
        assert_int_equal(maint_items_read(a, json, back, MAINT_ITEMS), t->nitems);
        assert_string_equal(maint_items_json(a, back, t->nitems), json);
        assert_true(t->nitems > 0 && t->every_n > 0);
        arena_free(a);
    }
}

/* Every (state, event, actor): what the tables say is what the comments of the domain promise. */
static void machines(void **state)
{
    int wrong = 0;
    (void)state;
    for (unsigned s = 0; s < TS_COUNT; s++)
        for (unsigned ev = 0; ev < TE_COUNT; ev++) {
            bool doer = fsm_find(&maint_task_fsm, s, ev, MA_DOER, &wrong) != NULL;
            bool desk = fsm_find(&maint_task_fsm, s, ev, MA_DESK, &wrong) != NULL;
            bool boss = fsm_find(&maint_task_fsm, s, ev, MA_MANAGER, &wrong) != NULL;
            bool open = s == TS_SCHEDULED || s == TS_IN_PROGRESS;
            assert_int_equal(doer, (ev == TE_START && s == TS_SCHEDULED) || (ev == TE_SUBMIT && s == TS_IN_PROGRESS) ||
                                       (ev == TE_TRANSFER && open));
            assert_int_equal(desk, (ev == TE_ACCEPT || ev == TE_REJECT) && s == TS_AWAIT_ACCEPT);
            assert_int_equal(boss, desk || (ev == TE_SKIP && s == TS_SCHEDULED) || (ev == TE_TRANSFER && open));
        }
    for (unsigned s = 0; s < PS_COUNT; s++)
        for (unsigned ev = 0; ev < PE_COUNT; ev++) {
            const struct fsm_edge *e = fsm_find(&maint_plan_fsm, s, ev, MA_MANAGER, &wrong);
            int want = ev == PE_ACTIVATE && s == PS_DRAFT  ? PS_ACTIVE
                       : ev == PE_PAUSE && s == PS_ACTIVE  ? PS_PAUSED
                       : ev == PE_RESUME && s == PS_PAUSED ? PS_ACTIVE
                       : ev == PE_END && s != PS_ENDED     ? PS_ENDED
                                                           : -1;
            assert_int_equal(e ? e->to : -1, want);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots),     cmocka_unit_test(far_ahead_is_the_same_series),
        cmocka_unit_test(work_days), cmocka_unit_test(after_completion),
        cmocka_unit_test(usage),     cmocka_unit_test(reminders),
        cmocka_unit_test(answers),   cmocka_unit_test(lists_come_back),
        cmocka_unit_test(machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
