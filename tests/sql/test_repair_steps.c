/* test_repair_steps.c - every step of an order and its guards, on both engines.
 * SPDX-License-Identifier: MIT */

#include "tests/sql/world.h"

static void from_report_to_closed(void **state)
{
    int64_t id = order_in(w.visited, RS_IN_REPAIR);
    (void)state;
    assert_int_equal(order(id).holder_id, w.tech[0].id);
    assert_true(order(id).accepted_at && order(id).arrived_at && order(id).started_at);
    assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_FINISH, .cause_id = w.cause, .measure = "换阀"}));
    assert_state(id, RS_AWAIT_CONFIRM);
    assert_int_equal(order(id).cause_id, w.cause);
    assert_string_equal(order(id).measure, "换阀");
    assert_ok(step(&w.owner, id, (struct repair_step){.event = RE_RATE, .stars = 5, .tags = "快", .note = "好"}));
    assert_state(id, RS_AWAIT_VISIT);
    assert_int_equal(order(id).stars, 5);
    assert_ok(step(&w.service, id, (struct repair_step){.event = RE_VISIT, .satisfied = true}));
    assert_state(id, RS_CLOSED);
    assert_int_equal(order(id).closed_at, at);
    assert_int_equal(order(id).due_at, 0);
    assert_history(id);
}

static void each_actor_only(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED);
    (void)state;
    assert_err(simple(&w.owner, id, RE_ARRIVE), ERR_FORBIDDEN);
    assert_err(simple(&w.dispatcher, id, RE_ARRIVE), ERR_FORBIDDEN);
    assert_err(simple(&w.tech[1], id, RE_ARRIVE), ERR_TAKEN); /* a colleague learns only that it is gone */
    assert_err(simple(&w.neighbour, id, RE_CANCEL), ERR_NOT_FOUND);
    assert_err(simple(&w.foreign_admin, id, RE_VOID), ERR_NOT_FOUND);
    assert_err(simple(&w.cashier, id, RE_VOID), ERR_FORBIDDEN); /* reads it, no more */
    assert_err(simple(&w.dispatcher, id, RE_VOID), ERR_FORBIDDEN);
    assert_err(simple(&w.tech[0], id, RE_FINISH), ERR_STATE); /* right person, wrong moment */
    assert_field("state");
    assert_err(simple(&w.owner, id, RE_RATE), ERR_STATE);
    assert_int_equal(order(id).version, 4);
    assert_history(id);
}

static void if_match_is_honoured(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED), version = order(id).version;
    (void)state;
    assert_err(step(&w.tech[0], id, (struct repair_step){.event = RE_DEPART, .version = version - 1}), ERR_CONFLICT);
    assert_field("If-Match");
    assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_DEPART, .version = version}));
    assert_int_equal(order(id).version, version + 1);
}

static void events_of_the_system_are_not_for_people(void **state)
{
    static const enum repair_event ev[] = {RE_TRIAGE,     RE_OFFER,    RE_EXPIRE, RE_RELEASE, RE_ROUTE,  RE_PAID,
                                           RE_AUTO_CLOSE, RE_ESCALATE, RE_SUBMIT, RE_ACCEPT,  RE_DECLINE};
    (void)state;
    for (int s = RS_QUEUED; s <= RS_AWAIT_PAY; s++) {
        if (s == RS_DONE)
            continue;
        int64_t id = order_in(w.charged, (enum repair_state)s);
        for (size_t i = 0; i < COUNT(ev); i++) {
            enum err e = simple(&w.admin, id, ev[i]);
            assert_true(e == ERR_STATE || e == ERR_FORBIDDEN);
            e = simple(&w.owner, id, ev[i]);
            assert_true(e == ERR_STATE || e == ERR_FORBIDDEN);
        }
        assert_int_equal(order(id).state, s);
        assert_ok(simple(&w.manager, id, RE_VOID));
    }
}

static void quotes(void **state)
{
    int64_t id = order_in(w.charged, RS_ARRIVED);
    (void)state;
    assert_err(step(&w.tech[0], id, (struct repair_step){.event = RE_QUOTE}), ERR_INVALID);
    assert_field("quote_fen");
    assert_err(simple(&w.owner, id, RE_QUOTE_ACCEPT), ERR_STATE);
    assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_QUOTE, .quote_fen = 8000}));
    assert_err(simple(&w.tech[0], id, RE_START), ERR_STATE);
    assert_ok(simple(&w.owner, id, RE_QUOTE_REFUSE));
    assert_err(simple(&w.tech[0], id, RE_START), ERR_STATE);
    assert_err(simple(&w.owner, id, RE_QUOTE_ACCEPT), ERR_STATE); /* answered already */
    assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_QUOTE, .quote_fen = 6000}));
    assert_ok(simple(&w.owner, id, RE_QUOTE_ACCEPT));
    assert_ok(simple(&w.tech[0], id, RE_START));
    struct repair_line line = {.kind = 0, .name = "人工", .qty_e3 = 1000, .price_fen = 6001};
    struct repair_step finish = {.event = RE_FINISH, .cause_id = w.cause, .measure = "m", .lines = &line, .nlines = 1};
    assert_err(step(&w.tech[0], id, finish), ERR_INVALID); /* above what was agreed */
    assert_field("lines");
    line.price_fen = 6000;
    assert_ok(step(&w.tech[0], id, finish));
    assert_state(id, RS_AWAIT_PAY);
    assert_int_equal(order(id).charge_fen, 6000);
    int64_t free = order_in(w.plain, RS_ARRIVED);
    assert_err(step(&w.tech[0], free, (struct repair_step){.event = RE_QUOTE, .quote_fen = 100}), ERR_STATE);
}

static void finishing_is_guarded(void **state)
{
    int64_t id = order_in(w.charged, RS_IN_REPAIR);
    struct repair_line line = {.kind = 1, .material_id = w.valve, .qty_e3 = 2500, .price_fen = 1999};
    struct repair_step s = {.event = RE_FINISH, .measure = "换阀", .lines = &line, .nlines = 1};
    (void)state;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("cause_id");
    s.cause_id = w.cause + 1;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("cause_id");
    s.cause_id = w.cause;
    s.measure = "";
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("measure");
    s.measure = "换阀";
    line.price_fen = 1499;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("lines[0].price_fen");
    line.price_fen = 4501;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    line.price_fen = 1999;
    line.qty_e3 = 10001;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("lines[0].qty_e3");
    line.qty_e3 = 2500;
    line.material_id = w.valve + 1;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("lines[0].material_id");
    struct repair_line unnamed = {.kind = 0, .qty_e3 = 1000, .price_fen = 1};
    s.lines = &unnamed;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("lines[0].name");
    assert_int_equal(harness_i64("SELECT stock_e3 FROM material WHERE id = $1", ARGS(I64(w.valve))), 10000);
    line.material_id = w.valve;
    s.lines = &line;
    assert_ok(step(&w.tech[0], id, s));
    assert_int_equal(order(id).charge_fen, 4998); /* 2.5 x 19.99 = 49.975 */
    assert_int_equal(harness_i64("SELECT stock_e3 FROM material WHERE id = $1", ARGS(I64(w.valve))), 7500);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM outbox WHERE kind = 'bill.repair' AND ref = $1", ARGS(I64(id))),
                     1);
    assert_history(id);
}

static void two_lines_cannot_share_the_last_piece(void **state)
{
    int64_t id = order_in(w.charged, RS_IN_REPAIR);
    struct repair_line line[2] = {
        {.kind = 1, .material_id = w.valve, .qty_e3 = 6000, .price_fen = 1500},
        {.kind = 1, .material_id = w.valve, .qty_e3 = 6000, .price_fen = 1500}
    };
    struct repair_step s = {.event = RE_FINISH, .cause_id = w.cause, .measure = "m", .lines = line, .nlines = 2};
    (void)state;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("lines[1].qty_e3");
    assert_int_equal(harness_i64("SELECT stock_e3 FROM material WHERE id = $1", ARGS(I64(w.valve))), 10000);
}

static void free_orders_cost_nothing(void **state)
{
    struct repair_line line = {.kind = 0, .name = "人工", .qty_e3 = 1000, .price_fen = 1};
    struct repair_step s = {.event = RE_FINISH, .cause_id = w.cause, .measure = "m", .lines = &line, .nlines = 1};
    int64_t id = order_in(w.plain, RS_IN_REPAIR);
    (void)state;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("lines");
    line.price_fen = 0;
    assert_ok(step(&w.tech[0], id, s));
    int64_t outside = report_in(&w.owner, w.charged, 0); /* a public place is nobody's bill */
    dispatch(outside);
    assert_ok(accept_offer(&w.tech[0], open_offer(outside)));
    assert_ok(simple(&w.tech[0], outside, RE_ARRIVE));
    assert_err(step(&w.tech[0], outside, (struct repair_step){.event = RE_QUOTE, .quote_fen = 100}), ERR_STATE);
    assert_ok(simple(&w.tech[0], outside, RE_START));
    line.price_fen = 1;
    assert_err(step(&w.tech[0], outside, s), ERR_INVALID);
}

static void photo_by_type(void **state)
{
    int64_t id = order_in(w.photo, RS_IN_REPAIR), file = upload(&w.tech[0]);
    struct repair_step s = {.event = RE_FINISH, .cause_id = w.cause, .measure = "m"};
    (void)state;
    assert_err(step(&w.tech[0], id, s), ERR_INVALID);
    assert_field("photos");
    s.photos = &file;
    s.nphotos = 1;
    assert_ok(step(&w.tech[0], id, s));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM repair_photo WHERE repair_id = $1 AND stage = 'after'", ARGS(I64(id))), 1);
}

static int64_t finished_as(const struct actor *who, int64_t type, int64_t room)
{
    int64_t id = report_in(who, type, room);
    dispatch(id);
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    assert_ok(simple(&w.tech[0], id, RE_ARRIVE));
    assert_ok(simple(&w.tech[0], id, RE_START));
    assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_FINISH, .cause_id = w.cause, .measure = "m"}));
    return id;
}

static void finished_work_is_routed(void **state)
{
    int64_t unrated = make_type(&w.admin, (struct fault_type){.mode = MODE_AUTO, .visit = "unrated"});
    (void)state;
    assert_state(finished_as(&w.owner, w.plain, w.room), RS_AWAIT_CONFIRM);
    assert_state(finished_as(&w.service, w.plain, w.room), RS_CLOSED); /* visit never */
    assert_state(finished_as(&w.service, unrated, w.room), RS_AWAIT_VISIT);
    assert_state(finished_as(&w.service, w.visited, w.room), RS_AWAIT_VISIT);
    int64_t a = finished_as(&w.owner, unrated, w.room), b = finished_as(&w.owner, unrated, w.room);
    assert_ok(step(&w.owner, a, (struct repair_step){.event = RE_RATE, .stars = 4}));
    assert_state(a, RS_CLOSED);
    at += config()->confirm_h * HOUR_MS;
    tick(b);
    assert_state(b, RS_AWAIT_VISIT);
    assert_int_equal(order(b).stars, 0);
}

static enum err run_paid(struct ctx *cx, void *arg)
{
    return repair_paid(cx, *(int64_t *)arg);
}

static void payment_moves_on_once(void **state)
{
    int64_t id = order_in(w.charged, RS_AWAIT_PAY);
    struct actor system = {.company_id = w.company};
    (void)state;
    assert_int_equal(order(id).charge_fen, 5000);
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_RATE, .stars = 5}), ERR_STATE);
    assert_ok(write_as(&system, run_paid, &id));
    assert_state(id, RS_AWAIT_CONFIRM);
    int64_t version = order(id).version;
    assert_ok(write_as(&system, run_paid, &id)); /* told twice */
    assert_int_equal(order(id).version, version);
    assert_history(id);
}

/* Paid a week late: the owner is asked from then on, not from the day of the work. */
static void who_pays_late_can_still_say_how_it_was(void **state)
{
    int64_t rated = order_in(w.charged, RS_AWAIT_PAY), again = order_in(w.charged, RS_AWAIT_PAY),
            silent = order_in(w.charged, RS_AWAIT_PAY);
    struct actor system = {.company_id = w.company};
    (void)state;
    at += 31 * DAY_MS;
    assert_ok(write_as(&system, run_paid, &rated));
    assert_ok(write_as(&system, run_paid, &again));
    assert_ok(simple(&w.manager, silent, RE_WAIVE));
    assert_int_equal(order(silent).due_at, at + config()->confirm_h * HOUR_MS);
    at += config()->confirm_h * HOUR_MS - 1;
    tick(rated);
    tick(again);
    tick(silent);
    assert_state(silent, RS_AWAIT_CONFIRM);
    assert_ok(step(&w.owner, rated, (struct repair_step){.event = RE_RATE, .stars = 5}));
    assert_ok(simple(&w.owner, again, RE_REWORK));
    at += 1;
    tick(silent);
    assert_state(silent, RS_CLOSED);
    assert_history(silent);
}

static void waiving_needs_another_person(void **state)
{
    int64_t id = order_in(w.charged, RS_AWAIT_PAY);
    (void)state;
    assert_err(step(&w.manager, id, (struct repair_step){.event = RE_WAIVE}), ERR_INVALID);
    assert_field("note");
    assert_err(simple(&w.owner, id, RE_WAIVE), ERR_FORBIDDEN);
    grant(&w.tech[0], "manager", w.project);
    assert_err(simple(&w.tech[0], id, RE_WAIVE), ERR_FORBIDDEN);
    assert_err(simple(&w.tech[0], id, RE_VOID), ERR_FORBIDDEN);
    assert_ok(simple(&w.manager, id, RE_WAIVE));
    assert_state(id, RS_AWAIT_CONFIRM);
    assert_int_equal(order(id).charge_fen, 0);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'repair.waive' AND object_id = $1", ARGS(I64(id))), 1);
}

static void rating_once_and_in_time(void **state)
{
    int64_t id = order_in(w.visited, RS_AWAIT_CONFIRM);
    (void)state;
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_RATE, .stars = 0}), ERR_INVALID);
    assert_field("stars");
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_RATE, .stars = 6}), ERR_INVALID);
    assert_err(step(&w.neighbour, id, (struct repair_step){.event = RE_RATE, .stars = 5}), ERR_NOT_FOUND);
    assert_ok(step(&w.owner, id, (struct repair_step){.event = RE_RATE, .stars = 1}));
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_RATE, .stars = 5}), ERR_STATE);
    int64_t late = order_in(w.visited, RS_AWAIT_CONFIRM);
    at += 30 * DAY_MS + 1;
    assert_err(step(&w.owner, late, (struct repair_step){.event = RE_RATE, .stars = 5}), ERR_STATE);
}

static void rework_within_a_week(void **state)
{
    int64_t id = order_in(w.plain, RS_AWAIT_CONFIRM), late = order_in(w.plain, RS_AWAIT_CONFIRM);
    (void)state;
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_REWORK}), ERR_INVALID);
    assert_field("note");
    at += 7 * DAY_MS;
    assert_ok(simple(&w.owner, id, RE_REWORK));
    assert_state(id, RS_QUEUED);
    struct repair r = order(id);
    assert_int_equal(r.reopened, 1);
    assert_int_equal(r.holder_id, 0);
    assert_int_equal(r.finished_at, 0);
    assert_history(id);
    at += 1;
    assert_err(simple(&w.owner, late, RE_REWORK), ERR_STATE);
}

/* What the owner agreed to was for the first visit, and is paid. */
static void a_rework_is_quoted_anew(void **state)
{
    int64_t id = order_in(w.charged, RS_AWAIT_PAY);
    struct repair_line line = {.kind = 0, .name = "人工", .qty_e3 = 1000, .price_fen = 5000};
    const struct repair_step finish = {
        .event = RE_FINISH, .cause_id = w.cause, .measure = "m", .lines = &line, .nlines = 1};
    struct actor system = {.company_id = w.company};
    (void)state;
    assert_ok(write_as(&system, run_paid, &id));
    assert_state(id, RS_AWAIT_CONFIRM);
    assert_ok(simple(&w.owner, id, RE_REWORK));
    dispatch(id);
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    assert_ok(simple(&w.tech[0], id, RE_DEPART));
    assert_ok(simple(&w.tech[0], id, RE_ARRIVE));
    assert_ok(simple(&w.tech[0], id, RE_START));
    assert_err(step(&w.tech[0], id, finish), ERR_STATE);
    assert_field("lines");
    line.price_fen = 0;
    assert_ok(step(&w.tech[0], id, finish));
    assert_state(id, RS_AWAIT_CONFIRM);
}

/* An order that comes back gets its time anew: otherwise it is overdue the moment it is reopened. */
static void reworked_orders_start_their_clocks_again(void **state)
{
    int64_t id = order_in(w.plain, RS_AWAIT_CONFIRM);
    (void)state;
    at += 2 * DAY_MS;
    assert_ok(simple(&w.owner, id, RE_REWORK));
    struct repair r = order(id);
    assert_int_equal(r.respond_due, at + 30 * MINUTE_MS);
    assert_int_equal(r.arrive_due, at + 2 * HOUR_MS);
    assert_int_equal(r.finish_due, at + DAY_MS);
    assert_int_equal(r.sla_told, 0);
    assert_int_equal(r.started_at, 0);
    harness_forget();
    at += MINUTE_MS;
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.warning") + harness_count(NULL, "sla.overdue"), 0);
    at += 23 * MINUTE_MS; /* four fifths of the new half hour */
    tick(id);
    assert_true(harness_count(NULL, "sla.warning") > 0);
    assert_int_equal(harness_count(NULL, "sla.overdue"), 0);
}

static void visits_are_made_by_others(void **state)
{
    int64_t id = order_in(w.visited, RS_AWAIT_CONFIRM);
    (void)state;
    assert_ok(step(&w.owner, id, (struct repair_step){.event = RE_RATE, .stars = 2}));
    grant(&w.tech[0], "customer_service", w.project);
    assert_err(step(&w.tech[0], id, (struct repair_step){.event = RE_VISIT, .satisfied = true}), ERR_FORBIDDEN);
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_VISIT, .satisfied = true}), ERR_FORBIDDEN);
    assert_err(step(&w.service, id, (struct repair_step){.event = RE_VISIT}), ERR_INVALID);
    assert_field("note");
    assert_ok(simple(&w.service, id, RE_VISIT)); /* not satisfied, with a note */
    assert_state(id, RS_QUEUED);
    assert_int_equal(order(id).reopened, 1);
    assert_history(id);
}

static void cancel_frees_the_holder(void **state)
{
    (void)state;
    for (int s = RS_QUEUED; s <= RS_EN_ROUTE; s++) {
        int64_t id = order_in(w.plain, (enum repair_state)s);
        harness_forget();
        assert_ok(simple(&w.owner, id, RE_CANCEL));
        assert_state(id, RS_CANCELLED);
        assert_int_equal(order(id).holder_id, 0);
        assert_int_equal(open_offer(id), 0);
        assert_int_equal(harness_count(NULL, s == RS_OFFERED ? "offer.gone" : "job.gone"), s >= RS_OFFERED);
        assert_history(id);
    }
    assert_err(simple(&w.owner, order_in(w.plain, RS_ARRIVED), RE_CANCEL), ERR_STATE);
}

static void void_gives_the_stock_back(void **state)
{
    int64_t id = order_in(w.charged, RS_IN_REPAIR);
    struct repair_line line[2] = {
        {.kind = 1, .material_id = w.valve, .qty_e3 = 3000, .price_fen = 2000},
        {.kind = 1, .material_id = w.valve, .qty_e3 = 500,  .price_fen = 2000}
    };
    (void)state;
    assert_ok(step(
        &w.tech[0], id,
        (struct repair_step){.event = RE_FINISH, .cause_id = w.cause, .measure = "m", .lines = line, .nlines = 2}));
    assert_int_equal(harness_i64("SELECT stock_e3 FROM material WHERE id = $1", ARGS(I64(w.valve))), 6500);
    assert_err(step(&w.manager, id, (struct repair_step){.event = RE_VOID}), ERR_INVALID);
    assert_field("note");
    assert_ok(simple(&w.manager, id, RE_VOID));
    assert_state(id, RS_REJECTED);
    assert_int_equal(harness_i64("SELECT stock_e3 FROM material WHERE id = $1", ARGS(I64(w.valve))), 10000);
    assert_int_equal(
        harness_i64("SELECT CAST(SUM(qty_e3) AS BIGINT) FROM stock_move WHERE repair_id = $1", ARGS(I64(id))), 0);
    assert_err(simple(&w.manager, id, RE_VOID), ERR_STATE);
    assert_int_equal(harness_i64("SELECT stock_e3 FROM material WHERE id = $1", ARGS(I64(w.valve))), 10000);
    assert_history(id);
}

static void force_finish_is_marked_and_audited(void **state)
{
    (void)state;
    for (int s = RS_QUEUED; s <= RS_ON_HOLD; s++) {
        int64_t id = order_in(w.plain, (enum repair_state)s);
        assert_err(step(&w.manager, id, (struct repair_step){.event = RE_FORCE_FINISH}), ERR_INVALID);
        assert_err(simple(&w.dispatcher, id, RE_FORCE_FINISH), ERR_FORBIDDEN);
        assert_ok(simple(&w.manager, id, RE_FORCE_FINISH));
        assert_state(id, RS_AWAIT_VISIT);
        assert_true(order(id).forced);
        assert_int_equal(order(id).finished_at, at);
        assert_int_equal(
            harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'repair.force_finish' AND object_id = $1",
                        ARGS(I64(id))),
            1);
        assert_history(id);
    }
    assert_err(simple(&w.manager, order_in(w.plain, RS_AWAIT_CONFIRM), RE_FORCE_FINISH), ERR_STATE);
}

static void holding_and_resuming(void **state)
{
    int64_t id = order_in(w.plain, RS_ARRIVED);
    struct repair before = order(id);
    (void)state;
    assert_err(step(&w.tech[0], id, (struct repair_step){.event = RE_HOLD, .reason = "tired"}), ERR_INVALID);
    assert_field("reason");
    assert_err(step(&w.tech[0], id, (struct repair_step){.event = RE_HOLD, .reason = "part", .until = at}),
               ERR_INVALID);
    assert_field("until");
    assert_ok(step(&w.tech[0], id,
                   (struct repair_step){.event = RE_HOLD, .reason = "owner_absent", .until = at + 3 * HOUR_MS}));
    at += HOUR_MS;
    tick(id); /* not yet */
    assert_state(id, RS_ON_HOLD);
    at += 2 * HOUR_MS;
    tick(id);
    assert_state(id, RS_ARRIVED);
    struct repair r = order(id);
    assert_int_equal(r.paused_ms, 3 * HOUR_MS);
    assert_int_equal(r.finish_due, before.finish_due + 3 * HOUR_MS);
    assert_ok(simple(&w.tech[0], id, RE_START));
    assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_HOLD, .reason = "part"}));
    at += HOUR_MS;
    assert_ok(simple(&w.tech[0], id, RE_RESUME));
    assert_state(id, RS_IN_REPAIR); /* where it was held from */
    assert_int_equal(order(id).paused_ms, 3 * HOUR_MS);
    assert_int_equal(order(id).finish_due, r.finish_due); /* our own reason does not stop the clock */
    assert_history(id);
}

/* Clocks that stand still with no end said would never be looked at again. */
static void a_hold_without_an_end_ends_in_a_day(void **state)
{
    static const char *const reason[] = {"third_party", "owner_absent"};
    (void)state;
    for (size_t i = 0; i < COUNT(reason); i++) {
        int64_t id = order_in(w.plain, RS_ARRIVED);
        assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_HOLD, .reason = reason[i]}));
        struct repair r = order(id);
        assert_int_equal(r.hold_until, at + DAY_MS);
        assert_int_equal(r.due_at, at + DAY_MS);
        at += DAY_MS - 1;
        tick(id);
        assert_state(id, RS_ON_HOLD);
        at += 1;
        tick(id);
        assert_state(id, RS_ARRIVED);
        assert_int_equal(order(id).paused_ms, DAY_MS);
        assert_true(order(id).due_at > 0);
        assert_history(id);
        assert_ok(simple(&w.manager, id, RE_VOID));
    }
}

static void urging_at_most_once_in_half_an_hour(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED);
    (void)state;
    harness_forget();
    assert_ok(simple(&w.owner, id, RE_URGE));
    assert_int_equal(harness_count(NULL, "job.urged"), 1);
    at += 30 * MINUTE_MS - 1;
    assert_err(simple(&w.owner, id, RE_URGE), ERR_RATE);
    at += 1;
    assert_ok(simple(&w.owner, id, RE_URGE));
    assert_state(id, RS_ASSIGNED);
    assert_history(id);
}

#define T(f) cmocka_unit_test_setup(f, world_set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(from_report_to_closed),
        T(each_actor_only),
        T(if_match_is_honoured),
        T(events_of_the_system_are_not_for_people),
        T(quotes),
        T(finishing_is_guarded),
        T(two_lines_cannot_share_the_last_piece),
        T(free_orders_cost_nothing),
        T(photo_by_type),
        T(finished_work_is_routed),
        T(payment_moves_on_once),
        T(who_pays_late_can_still_say_how_it_was),
        T(waiving_needs_another_person),
        T(rating_once_and_in_time),
        T(rework_within_a_week),
        T(a_rework_is_quoted_anew),
        T(reworked_orders_start_their_clocks_again),
        T(visits_are_made_by_others),
        T(cancel_frees_the_holder),
        T(void_gives_the_stock_back),
        T(force_finish_is_marked_and_audited),
        T(holding_and_resuming),
        T(a_hold_without_an_end_ends_in_a_day),
        T(urging_at_most_once_in_half_an_hour),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
