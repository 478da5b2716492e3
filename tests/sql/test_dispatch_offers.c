/* test_dispatch_offers.c - offers: made, answered, expired, withdrawn; grabbing and the pool; on both engines.
 * SPDX-License-Identifier: MIT */

#include "domain/message.h"
#include "domain/outbox.h"
#include "tests/sql/world.h"

static void an_offer_is_made_and_accepted(void **state)
{
    int64_t id = order_in(w.plain, RS_OFFERED), offer = open_offer(id);
    char inbox[64];
    (void)state;
    snprintf(inbox, sizeof inbox, "user:%lld", (long long)w.tech[0].id);
    assert_int_equal(harness_count(inbox, "offer.new"), 1);
    assert_int_equal(harness_i64("SELECT version FROM repair_offer WHERE id = $1", ARGS(I64(offer))),
                     order(id).version);
    assert_int_equal(harness_i64("SELECT expires_at FROM repair_offer WHERE id = $1", ARGS(I64(offer))),
                     at + config()->offer_s * SECOND_MS);
    assert_err(accept_offer(&w.tech[1], offer), ERR_NOT_FOUND);
    assert_err(accept_offer(&w.foreign_admin, offer), ERR_NOT_FOUND);
    assert_err(accept_offer(&w.tech[0], offer + 1), ERR_NOT_FOUND);
    assert_ok(accept_offer(&w.tech[0], offer));
    assert_state(id, RS_ASSIGNED);
    assert_int_equal(order(id).holder_id, w.tech[0].id);
    assert_int_equal(order(id).accepted_at, at);
    int64_t version = order(id).version;
    assert_ok(accept_offer(&w.tech[0], offer)); /* tapped twice */
    assert_int_equal(order(id).version, version);
    assert_err(decline_offer(&w.tech[0], offer), ERR_TAKEN);
    assert_history(id);
}

static void an_expired_offer_cannot_be_accepted(void **state)
{
    int64_t id = order_in(w.plain, RS_OFFERED), offer = open_offer(id);
    (void)state;
    at += config()->offer_s * SECOND_MS;
    assert_err(accept_offer(&w.tech[0], offer), ERR_TAKEN);
    assert_field("offer_id");
    assert_state(id, RS_OFFERED);
    tick_offer(offer);
    assert_state(id, RS_QUEUED);
    assert_int_equal(open_offer(id), 0);
    assert_int_equal(order(id).attempts, 1);
    assert_err(accept_offer(&w.tech[0], offer), ERR_TAKEN);
    tick_offer(offer); /* again: nothing */
    assert_int_equal(order(id).attempts, 1);
    assert_history(id);
}

static void the_last_millisecond_counts(void **state)
{
    int64_t id = order_in(w.plain, RS_OFFERED);
    (void)state;
    at += config()->offer_s * SECOND_MS - 1;
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    assert_state(id, RS_ASSIGNED);
}

static void a_withdrawn_offer_is_worthless(void **state)
{
    int64_t id = order_in(w.plain, RS_OFFERED), old = open_offer(id);
    (void)state;
    assert_ok(step(&w.dispatcher, id, (struct repair_step){.event = RE_ASSIGN, .target_id = w.tech[1].id}));
    assert_int_equal(offered_to(id), w.tech[1].id);
    assert_err(accept_offer(&w.tech[0], old), ERR_TAKEN);
    assert_err(decline_offer(&w.tech[0], old), ERR_TAKEN);
    assert_state(id, RS_OFFERED);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM repair_offer WHERE repair_id = $1 AND state = 'open'", ARGS(I64(id))), 1);
    assert_ok(accept_offer(&w.tech[1], open_offer(id)));
    assert_history(id);
}

/* The version of the offer is the fence: an offer that the order has moved past does not move it again. */
static void the_version_is_the_fence(void **state)
{
    int64_t id = order_in(w.plain, RS_OFFERED), offer = open_offer(id);
    (void)state;
    assert_ok(harness_sql("UPDATE repair_offer SET version = version - 1 WHERE id = $1", ARGS(I64(offer))));
    assert_err(accept_offer(&w.tech[0], offer), ERR_TAKEN);
    assert_ok(decline_offer(&w.tech[0], offer)); /* closes the offer, leaves the order alone */
    assert_state(id, RS_OFFERED);
}

/* What does not change who holds the job must not cost anybody the offer. */
static void a_remark_does_not_spoil_the_offer(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        int64_t id = order_in(w.plain, RS_OFFERED), offer = open_offer(id);
        assert_ok(simple(way ? &w.dispatcher : &w.owner, id, RE_COMMENT));
        assert_ok(simple(&w.owner, id, RE_URGE));
        if (way == 0) {
            assert_ok(accept_offer(&w.tech[0], offer));
            assert_state(id, RS_ASSIGNED);
        } else if (way == 1) {
            assert_ok(decline_offer(&w.tech[0], offer));
            assert_state(id, RS_QUEUED);
        } else {
            at += config()->offer_s * SECOND_MS;
            tick_offer(offer);
            assert_state(id, RS_QUEUED);
        }
        assert_history(id);
        assert_ok(simple(&w.manager, id, RE_VOID));
    }
}

static void a_remark_does_not_delay_the_dispatch(void **state)
{
    int64_t id = report(w.plain);
    (void)state;
    assert_ok(simple(&w.owner, id, RE_COMMENT));
    dispatch(id); /* with the newest row of the outbox */
    assert_state(id, RS_OFFERED);
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
}

static void stale_hints_do_nothing(void **state)
{
    int64_t id = report(w.plain);
    struct order_call c = {.id = id, .version = order(id).version - 1};
    (void)state;
    assert_ok(write_as(&w.root, run_dispatch, &c));
    assert_state(id, RS_QUEUED);
    c.id = 12345;
    assert_ok(write_as(&w.root, run_dispatch, &c));
    dispatch(id);
    c = (struct order_call){.id = id, .version = order(id).version};
    assert_ok(write_as(&w.root, run_dispatch, &c)); /* offered already */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair_offer WHERE repair_id = $1", ARGS(I64(id))), 1);
}

static void declined_goes_to_the_next(void **state)
{
    int64_t id, first, second;
    (void)state;
    on_duty(&w.tech[1], true);
    id = report(w.plain);
    dispatch(id);
    first = offered_to(id);
    assert_ok(decline_offer(first == w.tech[0].id ? &w.tech[0] : &w.tech[1], open_offer(id)));
    assert_ok(
        decline_offer(first == w.tech[0].id ? &w.tech[0] : &w.tech[1],
                      harness_i64("SELECT MAX(id) FROM repair_offer WHERE repair_id = $1", ARGS(I64(id))))); /* twice */
    assert_state(id, RS_QUEUED);
    dispatch(id);
    second = offered_to(id);
    assert_int_not_equal(first, second);
    assert_int_equal(order(id).attempts, 1);
    assert_history(id);
}

static void managers_hear_when_nobody_takes_it(void **state)
{
    int64_t id = report(w.plain);
    (void)state;
    harness_forget();
    for (int64_t i = 0; i < config()->offer_tries; i++) {
        dispatch(id);
        assert_false(order(id).escalated);
        assert_ok(decline_offer(&w.tech[0], open_offer(id)));
    }
    dispatch(id);
    assert_true(order(id).escalated);
    assert_int_equal(harness_count(NULL, "repair.escalated"), 1);
    assert_state(id, RS_OFFERED); /* and it goes on being offered */
    assert_int_equal(harness_i64("SELECT version FROM repair_offer WHERE id = $1", ARGS(I64(open_offer(id)))),
                     order(id).version);
    assert_ok(decline_offer(&w.tech[0], open_offer(id)));
    dispatch(id);
    assert_int_equal(harness_count(NULL, "repair.escalated"), 1);
    assert_history(id);
}

static void nobody_there(void **state)
{
    int64_t id;
    (void)state;
    on_duty(&w.tech[0], false);
    id = report(w.plain);
    harness_forget();
    dispatch(id);
    assert_state(id, RS_QUEUED);
    assert_int_equal(harness_count(NULL, "repair.waiting"), 1);
    assert_int_equal(order(id).attempts, 1);
    on_duty(&w.tech[0], true);
    at += config()->requeue_s * SECOND_MS;
    tick(id); /* stood still: asked again */
    dispatch(id);
    assert_int_equal(offered_to(id), w.tech[0].id);
}

static int64_t alarms(const struct actor *who)
{
    return harness_i64(
        "SELECT COUNT(*) FROM notification WHERE account_id = $1 AND (kind = 'repair_alarm' AND urgent = 1"
        " OR kind = 'repair_untaken' AND urgent = 0)",
        ARGS(I64(who->id)));
}

static int64_t alarm_messages(const struct actor *who, const char *kind)
{
    return harness_i64("SELECT COUNT(*) FROM message WHERE account_id = $1 AND kind = $2"
                       " AND channel = 'sms' AND state = 'pending' AND next_at <= $3",
                       ARGS(I64(who->id), TXT(kind), I64(at)));
}

static void unheard_until_tried(int64_t id)
{
    for (int64_t i = 0; i < config()->offer_tries; i++) {
        assert_int_equal(alarms(&w.manager), 0);
        dispatch(id);
        at += config()->requeue_s * SECOND_MS;
        tick(id);
    }
}

/* A burst pipe at night, all technicians off duty: people are woken, once. */
static void an_alarm_reaches_people(void **state)
{
    (void)state;
    at = noon(2026, 11, 24, 2, 0);
    on_duty(&w.tech[0], false);
    int64_t id = report(w.urgent);
    unheard_until_tried(id);
    assert_true(order(id).escalated);
    assert_int_equal(alarms(&w.manager), 1);
    assert_int_equal(alarms(&w.dispatcher), 1);
    assert_int_equal(alarms(&w.admin), 0);
    assert_int_equal(alarms(&w.owner) + alarms(&w.tech[0]) + alarms(&w.foreign_admin), 0);
    assert_int_equal(alarm_messages(&w.manager, "repair_alarm"), 1); /* no quiet hours */
    dispatch(id);
    assert_int_equal(alarms(&w.manager), 1);
    on_duty(&w.tech[0], true);
    at += config()->requeue_s * SECOND_MS;
    tick(id);
    dispatch(id);
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    assert_false(order(id).escalated);
    on_duty(&w.tech[0], false);
    assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_RETURN, .note = "生病"}));
    for (int64_t i = 0; i < config()->offer_tries; i++) {
        dispatch(id);
        at += config()->requeue_s * SECOND_MS;
        tick(id);
    }
    assert_true(order(id).escalated);
    assert_int_equal(alarms(&w.manager), 2); /* it came back, and again nobody took it */
    assert_history(id);
}

static void without_managers_the_administrators_hear(void **state)
{
    (void)state;
    on_duty(&w.tech[0], false);
    assert_ok(harness_sql("DELETE FROM role_grant WHERE project_id = $1 AND role IN ('manager', 'dispatcher')",
                          ARGS(I64(w.project))));
    unheard_until_tried(report(w.urgent));
    assert_int_equal(alarms(&w.admin), 1);
    assert_int_equal(alarms(&w.manager), 0);
}

/* An order of the pool that somebody grabbed and gave back may alarm again, after as many tries. */
static void grabbing_ends_the_alarm(void **state)
{
    int64_t id = report(w.pool);
    (void)state;
    unheard_until_tried(id);
    assert_int_equal(alarms(&w.manager), 1);
    assert_int_equal(alarm_messages(&w.manager, "repair_untaken"), 0); /* a dripping tap wakes nobody */
    assert_ok(simple(&w.tech[0], id, RE_GRAB));
    assert_false(order(id).escalated);
    assert_int_equal(order(id).attempts, 0);
    assert_history(id);
}

static enum err run_duty(struct ctx *cx, void *arg)
{
    return technician_duty(cx, *(bool *)arg);
}

static void duty_wakes_what_waits_and_gives_offers_back(void **state)
{
    bool on = false;
    int64_t id = order_in(w.plain, RS_OFFERED), held = 0;
    (void)state;
    assert_err(write_as(&w.manager, run_duty, &on), ERR_FORBIDDEN);
    assert_ok(write_as(&w.tech[0], run_duty, &on));
    assert_state(id, RS_QUEUED);
    assert_int_equal(open_offer(id), 0);
    int64_t before = harness_i64("SELECT COUNT(*) FROM outbox WHERE ref = $1", ARGS(I64(id)));
    on = true;
    assert_ok(write_as(&w.tech[0], run_duty, &on));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM outbox WHERE ref = $1", ARGS(I64(id))), before + 1);
    assert_ok(write_as(&w.tech[0], run_duty, &on)); /* no change, no work */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM outbox WHERE ref = $1", ARGS(I64(id))), before + 1);
    dispatch(id);
    held = open_offer(id);
    assert_ok(accept_offer(&w.tech[0], held));
    on = false;
    assert_ok(write_as(&w.tech[0], run_duty, &on)); /* jobs stay with him */
    assert_state(id, RS_ASSIGNED);
    assert_history(id);
}

static enum err run_release(struct ctx *cx, void *arg)
{
    enum err e = staff_set_state(cx, *(int64_t *)arg, false);
    return e ? e : repair_release_technician(cx, *(int64_t *)arg, true);
}

static enum err run_enable(struct ctx *cx, void *arg)
{
    return staff_set_state(cx, *(int64_t *)arg, true);
}

static void a_disabled_technician_gives_everything_back(void **state)
{
    int64_t offered = order_in(w.plain, RS_OFFERED), assigned, arrived;
    (void)state;
    assert_ok(simple(&w.dispatcher, offered, RE_COMMENT)); /* also after a remark */
    on_duty(&w.tech[0], true);
    assigned = order_in(w.plain, RS_EN_ROUTE);
    arrived = order_in(w.plain, RS_ARRIVED);
    assert_ok(harness_sql("UPDATE account SET state = 'disabled' WHERE id = $1", ARGS(I64(w.tech[0].id))));
    assert_ok(write_as(&w.admin, run_release, &w.tech[0].id));
    assert_state(offered, RS_QUEUED);
    assert_state(assigned, RS_QUEUED);
    assert_state(arrived, RS_ARRIVED); /* he stands at the door: a person decides */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair_offer WHERE account_id = $1 AND state = 'open'",
                                 ARGS(I64(w.tech[0].id))),
                     0);
    assert_history(offered);
    assert_history(assigned);
    assert_ok(write_as(&w.admin, run_enable, &w.tech[0].id));
}

static void grabbing(void **state)
{
    int64_t id = report(w.pool);
    char pool[64];
    (void)state;
    snprintf(pool, sizeof pool, "project:%lld:pool", (long long)w.project);
    dispatch(id);
    assert_state(id, RS_QUEUED);
    assert_int_equal(harness_count(pool, "pool.new"), 1);
    assert_err(simple(&w.tech[1], id, RE_GRAB), ERR_FORBIDDEN); /* off duty */
    assert_err(simple(&w.manager, id, RE_GRAB), ERR_FORBIDDEN);
    assert_ok(simple(&w.tech[0], id, RE_GRAB));
    assert_int_equal(harness_count(pool, "pool.gone"), 1);
    assert_int_equal(order(id).holder_id, w.tech[0].id);
    on_duty(&w.tech[1], true);
    assert_err(simple(&w.tech[1], id, RE_GRAB), ERR_TAKEN);
    assert_err(simple(&w.tech[0], report(w.plain), RE_GRAB),
               ERR_TAKEN); /* not in the pool: a colleague's, as far as he sees */
    int64_t urgent = report_in(&w.owner, w.urgent, w.room);
    assert_err(simple(&w.tech[0], urgent, RE_GRAB), ERR_FORBIDDEN);
    dispatch(urgent);
    assert_state(urgent, RS_OFFERED); /* emergencies are never left to be grabbed */
    assert_history(id);
}

/* Whoever watches the pool hears of every order that leaves it, however it leaves. */
static void the_pool_hears_of_every_way_out(void **state)
{
    char pool[64];
    (void)state;
    snprintf(pool, sizeof pool, "project:%lld:pool", (long long)w.project);
    for (int way = 0; way < 3; way++) {
        int64_t id = report(w.pool);
        dispatch(id);
        harness_forget();
        if (way == 0)
            assert_ok(step(&w.dispatcher, id, (struct repair_step){.event = RE_ASSIGN, .target_id = w.tech[0].id}));
        else
            assert_ok(simple(way == 1 ? &w.owner : &w.manager, id, way == 1 ? RE_CANCEL : RE_VOID));
        assert_int_equal(harness_count(pool, "pool.gone"), 1);
    }
}

#define T(f) cmocka_unit_test_setup(f, world_set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_offer_is_made_and_accepted),
        T(an_expired_offer_cannot_be_accepted),
        T(the_last_millisecond_counts),
        T(a_withdrawn_offer_is_worthless),
        T(the_version_is_the_fence),
        T(a_remark_does_not_spoil_the_offer),
        T(a_remark_does_not_delay_the_dispatch),
        T(stale_hints_do_nothing),
        T(declined_goes_to_the_next),
        T(managers_hear_when_nobody_takes_it),
        T(nobody_there),
        T(an_alarm_reaches_people),
        T(without_managers_the_administrators_hear),
        T(grabbing_ends_the_alarm),
        T(duty_wakes_what_waits_and_gives_offers_back),
        T(a_disabled_technician_gives_everything_back),
        T(grabbing),
        T(the_pool_hears_of_every_way_out),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
