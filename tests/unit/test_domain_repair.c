/* test_domain_repair.c - the order's state machine against a table of its own, over every (state, event, actor);
 * the owner's progress; the SLA clocks. Pure.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "domain/repair_int.h"
#include "platform/config.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* What the requirements say, written without looking at repair_states.c. "=" the state stays, "?" a guard picks it
 * among `among`. "Active" orders that somebody holds can be forced; an order nobody holds can only be voided. */
static const struct rule {
    const char *from, *event, *to, *who, *among;
} rules[] = {
    {"new",                                                                                                     "triage",       "queued",      "desk system",                        ""                                          },
    {"queued",                                                                                                  "offer",        "offered",     "system",                             ""                                          },
    {"queued offered",                                                                                          "assign",       "offered",     "desk",                               ""                                          },
    {"queued",                                                                                                  "grab",         "assigned",    "technician",                         ""                                          },
    {"offered",                                                                                                 "accept",       "assigned",    "offeree",                            ""                                          },
    {"offered",                                                                                                 "decline",      "queued",      "offeree",                            ""                                          },
    {"offered",                                                                                                 "expire",       "queued",      "system",                             ""                                          },
    {"offered assigned en_route",                                                                               "release",      "queued",      "system",                             ""                                          },
    {"assigned",                                                                                                "depart",       "en_route",    "holder",                             ""                                          },
    {"assigned en_route",                                                                                       "arrive",       "arrived",     "holder",                             ""                                          },
    {"arrived",                                                                                                 "quote",        "=",           "holder",                             ""                                          },
    {"arrived",                                                                                                 "quote_accept", "=",           "owner desk",                         ""                                          },
    {"arrived",                                                                                                 "quote_refuse", "=",           "owner desk",                         ""                                          },
    {"arrived",                                                                                                 "start",        "in_repair",   "holder",                             ""                                          },
    {"arrived in_repair",                                                                                       "hold",         "on_hold",     "holder",                             ""                                          },
    {"on_hold",                                                                                                 "resume",       "?",           "holder system",                      "arrived in_repair"                         },
    {"assigned en_route arrived in_repair on_hold",                                                             "transfer",     "offered",     "holder manager",                     ""                                          },
    {"assigned en_route",                                                                                       "return",       "queued",      "holder",                             ""                                          },
    {"in_repair",                                                                                               "finish",       "done",        "holder",                             ""                                          },
    {"done",                                                                                                    "route",        "?",           "system",                             "await_pay await_confirm await_visit closed"},
    {"await_pay",                                                                                               "paid",         "?",           "system",                             "await_confirm await_visit closed"          },
    {"await_pay",                                                                                               "waive",        "?",           "manager system",                     "await_confirm await_visit closed"          },
    {"await_confirm",                                                                                           "rate",         "?",           "owner",                              "await_visit closed"                        },
    {"await_confirm",                                                                                           "rework",       "queued",      "owner",                              ""                                          },
    {"await_confirm",                                                                                           "auto_close",   "?",           "system",                             "await_visit closed"                        },
    {"await_visit",                                                                                             "visit",        "?",           "customer_service manager",           "closed queued"                             },
    {"new queued offered assigned en_route",                                                                    "cancel",       "cancelled",   "owner",                              ""                                          },
    {"new queued offered assigned en_route arrived in_repair on_hold done await_pay await_confirm await_visit", "void",
     "rejected",                                                                                                                               "manager",                            ""                                          },
    {"new queued offered assigned en_route arrived in_repair on_hold",                                          "force_finish", "await_visit", "manager",                            ""                                          },
    {"new queued offered assigned en_route arrived in_repair on_hold",                                          "urge",         "=",           "owner",                              ""                                          },
    {"new queued offered assigned en_route arrived in_repair on_hold done await_pay await_confirm await_visit",
     "comment",                                                                                                                 "=",           "owner holder desk customer_service", ""                                          },
    {"new queued offered",                                                                                      "escalate",     "=",           "system",                             ""                                          },
};

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)); p++)
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    return false;
}

static const struct rule *rule_for(const char *state, const char *event)
{
    const struct rule *found = NULL;
    for (size_t i = 0; i < COUNT(rules); i++)
        if (!strcmp(rules[i].event, event) && has_word(rules[i].from, state)) {
            assert_null(found);
            found = &rules[i];
        }
    return found;
}

static void expect_target(const struct rule *rule, const struct fsm_edge *e)
{
    const char *to = e->to == FSM_SAME ? "=" : e->to == FSM_GUARD ? "?" : repair_fsm.state[e->to];
    assert_string_equal(to, rule->to);
}

static void every_state_event_actor(void **state)
{
    size_t legal = 0, all = 0;
    (void)state;
    assert_int_equal(repair_fsm.nstate, 15);
    assert_int_equal(repair_fsm.nactor, 9); /* the ninth, a reader, has no edges */
    for (unsigned s = 0; s < repair_fsm.nstate; s++)
        for (unsigned ev = 0; ev < repair_fsm.nevent; ev++)
            for (unsigned a = 0; a < repair_fsm.nactor; a++, all++) {
                int wrong = -1;
                const struct rule *rule = rule_for(repair_fsm.state[s], repair_fsm.event[ev]);
                const struct fsm_edge *e = fsm_find(&repair_fsm, s, ev, 1u << a, &wrong);
                bool may = rule && has_word(rule->who, repair_fsm.actor[a]);
                if (may != (e != NULL))
                    fail_msg("%s --%s(%s): expected %s", repair_fsm.state[s], repair_fsm.event[ev], repair_fsm.actor[a],
                             may ? "legal" : "illegal");
                assert_int_equal(wrong, rule && !may);
                if (e)
                    expect_target(rule, e);
                legal += may;
            }
    assert_int_equal(all, 15 * RE_COUNT * 9);
    assert_true(legal > 100);
}

static void all_actors_together_are_the_union(void **state)
{
    (void)state;
    for (unsigned s = 0; s < repair_fsm.nstate; s++) {
        unsigned ev[RE_COUNT];
        size_t n = fsm_events(&repair_fsm, s, (1u << RA_COUNT) - 1, ev, RE_COUNT), want = 0;
        for (size_t i = 0; i < n; i++)
            assert_non_null(rule_for(repair_fsm.state[s], repair_fsm.event[ev[i]]));
        for (size_t i = 0; i < COUNT(rules); i++)
            want += has_word(rules[i].from, repair_fsm.state[s]);
        assert_int_equal(n, want);
        assert_int_equal(fsm_events(&repair_fsm, s, 0, ev, RE_COUNT), 0);
    }
}

static void the_end_is_the_end(void **state)
{
    static const enum repair_state over[] = {RS_CLOSED, RS_CANCELLED, RS_REJECTED};
    unsigned ev[RE_COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT(over); i++)
        assert_int_equal(fsm_events(&repair_fsm, over[i], ~0u, ev, RE_COUNT), 0);
}

/* From the first state every state but itself can be reached, guards included: no dead rows in the table. */
static void every_state_is_reached(void **state)
{
    unsigned seen = FSM_IN(RS_NEW);
    (void)state;
    for (unsigned before = 0; before != seen;) {
        before = seen;
        for (size_t i = 0; i < COUNT(rules); i++)
            for (unsigned s = 0; s < RS_COUNT; s++)
                if ((seen & FSM_IN(s)) && has_word(rules[i].from, repair_fsm.state[s]))
                    for (unsigned t = 0; t < RS_COUNT; t++)
                        if (!strcmp(rules[i].to, repair_fsm.state[t]) || has_word(rules[i].among, repair_fsm.state[t]))
                            seen |= FSM_IN(t);
    }
    assert_int_equal(seen, FSM_IN(RS_COUNT) - 1);
}

static void progress(void **state)
{
    static const struct {
        const char *states;
        int step;
    } want[] = {
        {"new queued offered assigned en_route",            0 },
        {"arrived",                                         1 },
        {"in_repair on_hold",                               2 },
        {"done await_pay await_confirm await_visit closed", 3 },
        {"cancelled rejected",                              -1}
    };
    size_t n = 0;
    (void)state;
    for (unsigned s = 0; s < RS_COUNT; s++)
        for (size_t i = 0; i < COUNT(want); i++)
            if (has_word(want[i].states, repair_state_name[s])) {
                assert_int_equal(repair_progress((enum repair_state)s), want[i].step);
                n++;
            }
    assert_int_equal(n, RS_COUNT);
}

/* ---- clocks ---- */

#define T0 INT64_C(1800000000000)

static struct repair order(void)
{
    return (struct repair){.state = RS_QUEUED,
                           .created_at = T0,
                           .queued_at = T0,
                           .respond_due = T0 + 100 * SECOND_MS,
                           .arrive_due = T0 + 1000 * SECOND_MS,
                           .finish_due = T0 + 10000 * SECOND_MS,
                           .hold_reason = ""};
}

static int64_t bit(enum sla_clock k, bool overdue)
{
    return INT64_C(1) << (2 * k + overdue);
}

static void warning_at_four_fifths(void **state)
{
    struct repair r = order();
    (void)state;
    assert_int_equal(repair_sla_news(&r, T0), 0);
    assert_int_equal(repair_sla_news(&r, T0 + 80 * SECOND_MS - 1), 0);
    assert_int_equal(repair_sla_news(&r, T0 + 80 * SECOND_MS), bit(SLA_RESPOND, false));
    assert_int_equal(repair_sla_news(&r, T0 + 100 * SECOND_MS - 1), bit(SLA_RESPOND, false));
    assert_int_equal(repair_sla_news(&r, T0 + 100 * SECOND_MS), bit(SLA_RESPOND, true));
    r.sla_told = bit(SLA_RESPOND, false);
    assert_int_equal(repair_sla_news(&r, T0 + 90 * SECOND_MS), 0);
    assert_int_equal(repair_sla_news(&r, T0 + 100 * SECOND_MS), bit(SLA_RESPOND, true));
    r.sla_told |= bit(SLA_RESPOND, true);
    assert_int_equal(repair_sla_news(&r, T0 + 799 * SECOND_MS), 0);
    assert_int_equal(repair_sla_news(&r, T0 + 800 * SECOND_MS), bit(SLA_ARRIVE, false));
    r.sla_told = 0;
    assert_int_equal(repair_sla_news(&r, T0 + DAY_MS),
                     bit(SLA_RESPOND, true) | bit(SLA_ARRIVE, true) | bit(SLA_FINISH, true));
}

static void each_clock_stops(void **state)
{
    struct repair r = order();
    (void)state;
    r.state = RS_ASSIGNED;
    r.accepted_at = T0 + 1;
    assert_int_equal(repair_sla_news(&r, T0 + 100 * SECOND_MS), 0);
    assert_int_equal(repair_sla_news(&r, T0 + 1000 * SECOND_MS), bit(SLA_ARRIVE, true));
    r.arrived_at = T0 + 2;
    assert_int_equal(repair_sla_news(&r, T0 + 1000 * SECOND_MS), 0);
    assert_int_equal(repair_sla_news(&r, T0 + 8000 * SECOND_MS), bit(SLA_FINISH, false));
    r.finished_at = T0 + 3;
    r.state = RS_AWAIT_PAY;
    assert_int_equal(repair_sla_news(&r, T0 + DAY_MS), 0);
    r.finished_at = 0; /* over without having been finished: nobody is late any more */
    r.state = RS_CANCELLED;
    assert_int_equal(repair_sla_news(&r, T0 + DAY_MS), 0);
}

static void only_foreign_reasons_pause(void **state)
{
    struct repair r = order();
    (void)state;
    assert_true(hold_pauses("owner_absent"));
    assert_true(hold_pauses("third_party"));
    assert_false(hold_pauses("part"));
    assert_false(hold_pauses("other"));
    assert_false(hold_pauses(""));
    r.state = RS_ON_HOLD;
    r.accepted_at = r.arrived_at = T0 + 1;
    for (int i = 0; i < HOLD_COUNT; i++) {
        r.hold_reason = hold_reason_name[i];
        assert_int_equal(repair_sla_news(&r, T0 + DAY_MS), hold_pauses(r.hold_reason) ? 0 : bit(SLA_FINISH, true));
    }
    r.state = RS_ARRIVED; /* a reason left behind does not pause a running order */
    r.hold_reason = "owner_absent";
    assert_int_equal(repair_sla_news(&r, T0 + DAY_MS), bit(SLA_FINISH, true));
}

static void next_due(void **state)
{
    struct repair r = order();
    int64_t requeue = config()->requeue_s * SECOND_MS;
    (void)state;
    assert_int_equal(repair_next_due(&r, T0), T0 + (requeue < 80 * SECOND_MS ? requeue : 80 * SECOND_MS));
    r.queued_at = T0 + HOUR_MS; /* clocks first when the queue is fresh */
    assert_int_equal(repair_next_due(&r, T0), T0 + 80 * SECOND_MS);
    r.state = RS_ASSIGNED;
    r.accepted_at = T0 + 1;
    assert_int_equal(repair_next_due(&r, T0), T0 + 800 * SECOND_MS);
    r.sla_told = bit(SLA_ARRIVE, false);
    assert_int_equal(repair_next_due(&r, T0), T0 + 1000 * SECOND_MS);
    r.sla_told |= bit(SLA_ARRIVE, true);
    assert_int_equal(repair_next_due(&r, T0), T0 + 8000 * SECOND_MS);
    r.state = RS_ON_HOLD;
    r.hold_reason = "owner_absent";
    assert_int_equal(repair_next_due(&r, T0), 0); /* paused, and nobody said until when */
    r.hold_until = T0 + 5 * DAY_MS;
    assert_int_equal(repair_next_due(&r, T0), T0 + 5 * DAY_MS);
    r.hold_reason = "part";
    assert_int_equal(repair_next_due(&r, T0), T0 + 8000 * SECOND_MS);
    r.state = RS_AWAIT_CONFIRM;
    r.finished_at = T0;
    r.confirm_at = T0 + 7; /* paid then */
    assert_int_equal(repair_next_due(&r, T0), T0 + 7 + config()->confirm_h * HOUR_MS);
    for (int s = RS_CLOSED; s < RS_COUNT; s++) {
        r.state = (enum repair_state)s;
        assert_int_equal(repair_next_due(&r, T0), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_event_actor),
        cmocka_unit_test(all_actors_together_are_the_union),
        cmocka_unit_test(the_end_is_the_end),
        cmocka_unit_test(every_state_is_reached),
        cmocka_unit_test(progress),
        cmocka_unit_test(warning_at_four_fifths),
        cmocka_unit_test(each_clock_stops),
        cmocka_unit_test(only_foreign_reasons_pause),
        cmocka_unit_test(next_due),
    };
    if (config_load(NULL, stderr) != OK)
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
