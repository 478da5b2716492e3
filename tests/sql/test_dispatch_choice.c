/* test_dispatch_choice.c - who is asked: fairness, load, shifts, skills; the ladder; on both engines.
 * SPDX-License-Identifier: MIT */

#include "domain/message.h"
#include "domain/outbox.h"
#include "tests/sql/world.h"

static void round_robin_is_fair_and_remembers(void **state)
{
    int64_t got[4] = {0};
    (void)state;
    for (int i = 0; i < 4; i++) {
        skilled(&w.tech[i], "plumbing", 100, NULL);
    }
    for (int i = 0; i < 18; i++) {
        int64_t id = report_in(&w.service, w.turns, 0), who = 0;
        dispatch(id);
        who = offered_to(id);
        for (int k = 0; k < 4; k++)
            if (w.tech[k].id == who) {
                got[k]++;
                assert_ok(accept_offer(&w.tech[k], open_offer(id)));
            }
    }
    for (int k = 0; k < 4; k++)
        assert_true(got[k] == 4 || got[k] == 5);
    /* the turn is a row: a restart in the middle does not begin anew */
    assert_int_equal(harness_i64("SELECT MAX(turn) FROM dispatch_turn WHERE project_id = $1", ARGS(I64(w.project))),
                     18);
}

static void the_least_busy_is_asked_first(void **state)
{
    (void)state;
    on_duty(&w.tech[1], true);
    int64_t a = report(w.plain), b = report(w.plain), c = report(w.plain);
    dispatch(a);
    int64_t first = offered_to(a);
    assert_ok(accept_offer(first == w.tech[0].id ? &w.tech[0] : &w.tech[1], open_offer(a)));
    dispatch(b);
    assert_int_not_equal(offered_to(b), first); /* an open offer counts as load too */
    dispatch(c);
    assert_int_equal(offered_to(c), first); /* one each: the longer ago asked */
}

static void the_cap_holds(void **state)
{
    int64_t a, b;
    (void)state;
    skilled(&w.tech[0], "plumbing", 1, NULL);
    a = report(w.plain);
    dispatch(a);
    b = report(w.plain);
    dispatch(b);
    assert_int_equal(open_offer(b), 0); /* the open offer fills it */
    assert_err(step(&w.dispatcher, b, (struct repair_step){.event = RE_ASSIGN, .target_id = w.tech[0].id}),
               ERR_INVALID);
    assert_field("technician_id");
    assert_ok(accept_offer(&w.tech[0], open_offer(a)));
    int64_t pool = report(w.pool);
    assert_err(simple(&w.tech[0], pool, RE_GRAB), ERR_FORBIDDEN);
    assert_ok(simple(&w.tech[0], a, RE_ARRIVE));
    assert_ok(simple(&w.tech[0], a, RE_START));
    assert_ok(step(&w.tech[0], a, (struct repair_step){.event = RE_FINISH, .cause_id = w.cause, .measure = "m"}));
    assert_ok(simple(&w.tech[0], pool, RE_GRAB));
}

static int64_t candidate_at(int64_t when)
{
    at = when;
    int64_t id = report_in(&w.service, w.plain, 0), who;
    dispatch(id);
    who = offered_to(id);
    assert_ok(simple(&w.manager, id, RE_VOID));
    return who;
}

static void shifts_cross_midnight(void **state)
{
    struct shift night = {0, 1 << 1, 22 * 60, 30 * 60}; /* Monday 22:00 to Tuesday 06:00 */
    (void)state;
    skilled(&w.tech[0], "plumbing", 100, &night);
    assert_int_equal(candidate_at(noon(2026, 11, 23, 21, 59)), 0);
    assert_int_equal(candidate_at(noon(2026, 11, 23, 22, 0)), w.tech[0].id);
    assert_int_equal(candidate_at(noon(2026, 11, 24, 0, 0)), w.tech[0].id);
    assert_int_equal(candidate_at(noon(2026, 11, 24, 5, 59)), w.tech[0].id);
    assert_int_equal(candidate_at(noon(2026, 11, 24, 6, 0)), 0);
    assert_int_equal(candidate_at(noon(2026, 11, 24, 22, 30)), 0); /* Tuesday night is not Monday night */
    assert_int_equal(candidate_at(noon(2026, 11, 23, 2, 0)), 0);   /* nor is Sunday's */
    struct shift saturday = {0, 1 << 6, 22 * 60, 26 * 60};         /* into Sunday: the week turns over */
    skilled(&w.tech[0], "plumbing", 100, &saturday);
    assert_int_equal(candidate_at(noon(2026, 11, 29, 1, 59)), w.tech[0].id);
    assert_int_equal(candidate_at(noon(2026, 11, 29, 2, 0)), 0);
    struct shift elsewhere = {w.other_project, 127, 0, 1440};
    skilled(&w.tech[0], "plumbing", 100, &elsewhere);
    assert_int_equal(candidate_at(noon(2026, 11, 23, 10, 0)), 0);
}

static void impossible_shifts_are_refused(void **state)
{
    const char *skill = "plumbing";
    struct shift back = {0, 127, 600, 600};
    struct technician t = {
        .id = w.tech[0].id, .max_open = 5, .skills = &skill, .nskills = 1, .shifts = &back, .nshifts = 1};
    (void)state;
    assert_err(write_as(&w.manager, run_technician, &t), ERR_INVALID);
    assert_field("shifts[0].to_min");
    t.nshifts = 0;
    t.id = w.owner.id; /* no member of staff */
    assert_err(write_as(&w.manager, run_technician, &t), ERR_NOT_FOUND);
    t.id = w.tech[0].id;
    assert_err(write_as(&w.foreign_admin, run_technician, &t), ERR_NOT_FOUND);
    assert_ok(write_as(&w.manager, run_technician, &t));
}

static void skill_project_and_duty_decide(void **state)
{
    struct actor far = make_person(w.company, w.other_project, "外援", "technician");
    struct actor wide = make_person(w.company, 0, "机动", "technician");
    (void)state;
    skilled(&far, "plumbing", 5, NULL);
    on_duty(&w.tech[0], false);
    int64_t id = report(w.plain);
    dispatch(id);
    assert_int_equal(offered_to(id), 0);
    assert_err(step(&w.dispatcher, id, (struct repair_step){.event = RE_ASSIGN, .target_id = far.id}), ERR_INVALID);
    skilled(&wide, "electric", 5, NULL);
    assert_err(step(&w.dispatcher, id, (struct repair_step){.event = RE_ASSIGN, .target_id = wide.id}), ERR_INVALID);
    skilled(&wide, "plumbing", 5, NULL);
    assert_ok(harness_sql("UPDATE account SET state = 'disabled' WHERE id = $1", ARGS(I64(wide.id))));
    assert_err(step(&w.dispatcher, id, (struct repair_step){.event = RE_ASSIGN, .target_id = wide.id}), ERR_INVALID);
    assert_ok(harness_sql("UPDATE account SET state = 'active' WHERE id = $1", ARGS(I64(wide.id))));
    assert_ok(
        step(&w.dispatcher, id,
             (struct repair_step){.event = RE_ASSIGN, .target_id = w.tech[0].id})); /* by hand: duty does not matter */
    assert_ok(decline_offer(&w.tech[0], open_offer(id)));
    at += config()->requeue_s * SECOND_MS;
    tick(id);
    dispatch(id);
    assert_int_equal(offered_to(id), wide.id); /* a grant for the whole company covers the project */
}

static void transfer_and_return(void **state)
{
    int64_t id = order_in(w.plain, RS_IN_REPAIR), due = order(id).finish_due;
    struct repair_step s = {.event = RE_TRANSFER, .target_id = w.tech[0].id, .note = "专业不对口"};
    (void)state;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID); /* to himself */
    assert_field("technician_id");
    s.target_id = w.tech[1].id;
    s.note = "";
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("note");
    s.note = "专业不对口";
    assert_err(step(&w.dispatcher, id, s), ERR_FORBIDDEN);
    assert_ok(step(&w.tech[0], id, s));
    assert_state(id, RS_OFFERED);
    assert_int_equal(offered_to(id), w.tech[1].id);
    assert_int_equal(order(id).holder_id, 0);
    assert_err(simple(&w.tech[0], id, RE_FINISH), ERR_TAKEN);
    assert_ok(accept_offer(&w.tech[1], open_offer(id)));
    assert_int_equal(order(id).finish_due, due); /* the clocks go on */
    assert_err(step(&w.tech[1], id, (struct repair_step){.event = RE_RETURN}), ERR_INVALID);
    assert_ok(simple(&w.tech[1], id, RE_RETURN));
    assert_state(id, RS_QUEUED);
    assert_history(id);
    assert_err(simple(&w.tech[0], order_in(w.plain, RS_ARRIVED), RE_RETURN), ERR_STATE);
}

static int64_t messages(int64_t offer, const char *channel)
{
    char dedup[64];
    snprintf(dedup, sizeof dedup, "offer:%lld:%s", (long long)offer, channel);
    return harness_i64("SELECT COUNT(*) FROM message WHERE company_id = $1 AND dedup = $2",
                       ARGS(I64(w.company), TXT(dedup)));
}

static enum err run_quota(struct ctx *cx, void *arg)
{
    return message_quota_add(cx, *(int64_t *)arg, "wechat", "repair", 1);
}

static enum err run_seen(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    return offer_seen(cx, c->id, c->bits);
}

static void the_ladder(void **state)
{
    int64_t id, offer;
    (void)state;
    assert_ok(harness_sql("INSERT INTO identity(id, company_id, account_id, provider, appid, openid, created_at)"
                          " VALUES ($1, $2, $3, 'wechat', 'wx', $4, 0)",
                          ARGS(I64(id_new()), I64(w.company), I64(w.tech[0].id), TXT("openid"))));
    assert_ok(write_as(&w.tech[0], run_quota, &w.tech[0].id));
    id = order_in(w.plain, RS_OFFERED);
    offer = open_offer(id);
    tick_offer(offer); /* too early */
    assert_int_equal(messages(offer, "wechat") + messages(offer, "sms"), 0);
    at += config()->offer_ack_s * SECOND_MS;
    tick_offer(offer);
    tick_offer(offer);
    assert_int_equal(messages(offer, "wechat"), 1);
    assert_int_equal(messages(offer, "sms"), 0);
    at += (config()->offer_sms_s - config()->offer_ack_s) * SECOND_MS;
    tick_offer(offer);
    assert_int_equal(messages(offer, "sms"), 1);
    at += (config()->offer_s - config()->offer_sms_s) * SECOND_MS;
    tick_offer(offer);
    assert_state(id, RS_QUEUED);
    dispatch(id);
    offer = open_offer(id); /* the quota is used up: no second platform message */
    at += config()->offer_ack_s * SECOND_MS;
    tick_offer(offer);
    assert_int_equal(messages(offer, "wechat"), 0);
}

static void seen_stops_the_ladder(void **state)
{
    int64_t id = order_in(w.plain, RS_OFFERED), offer = open_offer(id);
    struct order_call c = {.id = offer, .bits = 1};
    (void)state;
    assert_err(write_as(&w.tech[1], run_seen, &c), ERR_NOT_FOUND); /* not his */
    assert_int_equal(harness_i64("SELECT seen_at FROM repair_offer WHERE id = $1", ARGS(I64(offer))), 0);
    assert_ok(write_as(&w.tech[0], run_seen, &c));
    assert_int_equal(harness_i64("SELECT seen_at FROM repair_offer WHERE id = $1", ARGS(I64(offer))), at);
    at += config()->offer_sms_s * SECOND_MS;
    tick_offer(offer);
    assert_int_equal(messages(offer, "sms"), 0);
    at += config()->offer_s * SECOND_MS;
    tick_offer(offer); /* seen is not accepted */
    assert_state(id, RS_QUEUED);
}

static size_t nlisted;
static void on_offer(void *arg, const struct repair_offer *o, const struct repair *r)
{
    (void)arg;
    assert_int_equal(o->repair_id, r->id);
    nlisted++;
}
static enum err run_offers(struct ctx *cx, void *arg)
{
    (void)arg;
    nlisted = 0;
    return offer_list(cx, on_offer, NULL);
}

static void my_open_offers(void **state)
{
    (void)state;
    order_in(w.plain, RS_OFFERED);
    order_in(w.plain, RS_OFFERED);
    order_in(w.plain, RS_ASSIGNED);
    assert_ok(read_as(&w.tech[0], run_offers, NULL));
    assert_int_equal(nlisted, 2);
    assert_ok(read_as(&w.tech[1], run_offers, NULL));
    assert_int_equal(nlisted, 0);
    at += config()->offer_s * SECOND_MS;
    assert_ok(read_as(&w.tech[0], run_offers, NULL));
    assert_int_equal(nlisted, 0);
}

static int64_t found[16];
static size_t nfound;
static void on_candidate(void *arg, const struct candidate *c)
{
    (void)arg;
    found[nfound++] = c->id;
}
static enum err run_candidates(struct ctx *cx, void *arg)
{
    nfound = 0;
    return dispatch_candidates(cx, *(int64_t *)arg, on_candidate, NULL);
}

static void candidates_for_the_dispatcher(void **state)
{
    int64_t id = report(w.plain);
    (void)state;
    assert_ok(read_as(&w.dispatcher, run_candidates, &id));
    assert_int_equal(nfound, 4);
    assert_int_equal(found[0], w.tech[0].id); /* on duty first */
    assert_err(read_as(&w.foreign_admin, run_candidates, &id), ERR_NOT_FOUND);
}

static enum err run_colleagues(struct ctx *cx, void *arg)
{
    nfound = 0;
    return dispatch_colleagues(cx, *(int64_t *)arg, on_candidate, NULL);
}

static void colleagues_for_the_holder(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED);
    (void)state;
    assert_ok(read_as(&w.tech[0], run_colleagues, &id));
    assert_true(nfound > 0);
    assert_int_equal(found[0], w.tech[1].id); /* at work first */
    for (size_t i = 0; i < nfound; i++) {     /* whoever is named is taken by the transfer, and never himself */
        struct repair_step s = {.event = RE_TRANSFER, .target_id = found[i], .note = "专业不对口"};
        int64_t one = i ? order_in(w.plain, RS_ASSIGNED) : id;
        assert_int_not_equal(found[i], w.tech[0].id);
        assert_ok(step(&w.tech[0], one, s));
    }
    assert_err(read_as(&w.tech[0], run_colleagues, &id), ERR_NOT_FOUND); /* no longer his */
    assert_err(read_as(&w.tech[1], run_colleagues, &id), ERR_NOT_FOUND); /* offered is not held */
    assert_err(read_as(&w.dispatcher, run_colleagues, &id), ERR_NOT_FOUND);
    assert_err(read_as(&w.foreign_admin, run_colleagues, &id), ERR_NOT_FOUND);
}

static enum err run_rows(struct ctx *cx, void *arg)
{
    struct outbox_row *rows = NULL;
    size_t n = 0, mine = 0;
    int64_t *ref = arg;
    enum err e = outbox_due(cx, "dispatch", 500, &rows, &n);
    for (size_t i = 0; i < n && !e; i++)
        if (rows[i].ref == *ref) {
            mine++;
            e = mine == 1 ? outbox_retry(cx, &rows[i], "busy") : outbox_delete(cx, rows[i].id);
        }
    *ref = (int64_t)mine;
    return e;
}

static void outbox_backs_off(void **state)
{
    int64_t id = report(w.plain), x = id;
    (void)state;
    assert_ok(harness_sql("DELETE FROM outbox WHERE ref <> $1", ARGS(I64(id))));
    for (int i = 0; i < 10; i++) {
        x = id;
        assert_ok(write_as(&w.root, run_rows, &x));
        assert_int_equal(x, 1);
        x = id;
        assert_ok(write_as(&w.root, run_rows, &x));
        assert_int_equal(x, 0); /* later */
        at += 257 * SECOND_MS;
    }
    x = id; /* a dead letter: kept, not tried */
    assert_ok(write_as(&w.root, run_rows, &x));
    assert_int_equal(x, 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM outbox WHERE ref = $1", ARGS(I64(id))), 1);
}

#define T(f) cmocka_unit_test_setup(f, world_set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(round_robin_is_fair_and_remembers),
        T(the_least_busy_is_asked_first),
        T(the_cap_holds),
        T(shifts_cross_midnight),
        T(impossible_shifts_are_refused),
        T(skill_project_and_duty_decide),
        T(transfer_and_return),
        T(the_ladder),
        T(seen_stops_the_ladder),
        T(my_open_offers),
        T(candidates_for_the_dispatcher),
        T(colleagues_for_the_holder),
        T(outbox_backs_off),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
