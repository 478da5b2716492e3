/* test_repair.c - the life of an order on both engines: reporting, every step and its guards, timers, who may read
 * what, the numbers of the analysis.  SPDX-License-Identifier: MIT */
#include "tests/sql/world.h"

/* ---- reporting ---- */

static struct report_call call(int64_t type, int64_t room)
{
    return (struct report_call){
        .in = {.type_id = type, .room_id = room, .place = "", .description = "厨房漏水"}
    };
}

static void report_fills_the_order(void **state)
{
    struct report_call c = call(w.plain, w.room);
    (void)state;
    c.in.contact_name = "张伟";
    c.in.contact_phone = "13812345678";
    c.in.place = "厨房";
    assert_ok(write_as(&w.owner, run_report, &c));
    struct repair r = order(c.out.id);
    assert_int_equal(r.state, RS_QUEUED);
    assert_int_equal(r.version, 2);
    assert_int_equal(r.channel, CH_OWNER);
    assert_int_equal(r.reporter_id, w.owner.id);
    assert_int_equal(r.project_id, w.project);
    assert_false(r.public_area);
    assert_non_null(strstr(r.place, "厨房"));
    assert_string_equal(r.contact_hint, "138****5678");
    assert_int_equal(r.respond_due, at + 30 * MINUTE_MS);
    assert_int_equal(r.arrive_due, at + 2 * HOUR_MS);
    assert_int_equal(r.finish_due, at + DAY_MS);
    assert_int_equal(r.urgency, URGENCY_NORMAL); /* the type's, as the higher one */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM outbox WHERE kind = 'dispatch' AND ref = $1 AND version = 2",
                                 ARGS(I64(r.id))),
                     1);
    assert_history(r.id);
    for (size_t i = 0; i < harness_heard(); i++) { /* every key once: strict readers refuse anything else */
        const char *first = strstr(harness_heard_at(i)->data, "\"state\":");
        assert_true(harness_heard_at(i)->kind != 'e' || (first && !strstr(first + 1, "\"state\":")));
    }
    assert_int_equal(harness_count(NULL, "repair.status"), 4); /* submit: board, order, inbox; triage: board only */
}

static void numbers_run_by_project_and_day(void **state)
{
    int64_t a = report(w.plain), b = report(w.plain);
    (void)state;
    const char *na = order(a).number, *nb = order(b).number;
    assert_non_null(strstr(na, "-261123-0001"));
    assert_non_null(strstr(nb, "-261123-0002"));
    at = noon(2026, 11, 24, 0, 0); /* midnight in Shanghai, not in UTC */
    assert_non_null(strstr(order(report(w.plain)).number, "-261124-0001"));
    at -= 1;
    assert_non_null(strstr(order(report(w.plain)).number, "-261123-0003"));
}

static void rooms_of_others_do_not_exist(void **state)
{
    static const struct actor nobody = {0};
    struct report_call c = call(w.plain, w.room2);
    (void)state;
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_field("room_id");
    c = call(w.plain, w.foreign_room);
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_err(write_as(&w.dispatcher, run_report, &c), ERR_INVALID);
    c = call(w.plain, w.room);
    assert_err(write_as(&w.stranger, run_report, &c), ERR_INVALID);
    c = call(w.plain, w.room); /* the other company's types neither */
    struct actor foreign = w.foreign_owner;
    assert_err(write_as(&foreign, run_report, &c), ERR_INVALID);
    assert_field("type_id");
    (void)nobody;
}

static void an_ended_lease_ends_the_right(void **state)
{
    struct actor tenant = make_person(w.company, w.project, "租客", NULL);
    struct report_call c = call(w.plain, w.room);
    (void)state;
    bind(&tenant, w.room, "tenant", at + HOUR_MS);
    assert_ok(write_as(&tenant, run_report, &c));
    at += HOUR_MS;
    assert_err(write_as(&tenant, run_report, &c), ERR_INVALID);
    assert_field("room_id");
}

static void public_places(void **state)
{
    struct report_call c = call(w.plain, 0);
    (void)state;
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_field("place");
    c.in.place = "北门路灯";
    assert_ok(write_as(&w.owner, run_report, &c));
    assert_true(order(c.out.id).public_area);
    assert_int_equal(order(c.out.id).room_id, 0);
    assert_err(write_as(&w.stranger, run_report, &c), ERR_INVALID); /* no project chosen */
    assert_field("room_id");
    int64_t indoors = make_type(&w.admin, (struct fault_type){.place = "room"});
    int64_t outdoors = make_type(&w.admin, (struct fault_type){.place = "public"});
    c.in.type_id = indoors;
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_field("type_id");
    c = call(outdoors, w.room);
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_field("type_id");
}

static void channels_follow_the_reporter(void **state)
{
    struct report_call c = call(w.plain, w.room);
    (void)state;
    c.in.channel = CH_PHONE;
    assert_ok(write_as(&w.owner, run_report, &c));
    assert_int_equal(order(c.out.id).channel, CH_OWNER); /* whatever an owner claims */
    assert_ok(write_as(&w.service, run_report, &c));
    assert_int_equal(order(c.out.id).channel, CH_PHONE);
    c.in.channel = CH_STAFF;
    assert_ok(write_as(&w.tech[0], run_report, &c));
    assert_int_equal(order(c.out.id).channel, CH_STAFF);
}

static void slots_and_contacts_are_checked(void **state)
{
    struct report_call c = call(w.plain, w.room);
    (void)state;
    c.in.slot_from = at + HOUR_MS;
    c.in.slot_to = at;
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_field("slot_to");
    c.in.slot_from = at - 2 * HOUR_MS;
    c.in.slot_to = at - HOUR_MS;
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    c.in.slot_from = at + 2 * HOUR_MS;
    c.in.slot_to = at + 4 * HOUR_MS;
    assert_ok(write_as(&w.owner, run_report, &c));
    assert_int_equal(order(c.out.id).respond_due, at + 30 * MINUTE_MS);
    assert_int_equal(order(c.out.id).arrive_due, at + 4 * HOUR_MS); /* nobody is late before the agreed slot */
    c.in.contact_phone = "12345678901";
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_field("contact_phone");
}

static void disabled_types_are_refused(void **state)
{
    struct report_call c = call(w.plain, w.room);
    (void)state;
    assert_ok(harness_sql("UPDATE fault_type SET enabled = 0 WHERE id = $1", ARGS(I64(w.plain))));
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    assert_field("type_id");
}

static void duplicates_are_a_hint(void **state)
{
    int64_t first = report(w.plain);
    struct report_call c = call(w.plain, w.room);
    (void)state;
    assert_ok(write_as(&w.owner, run_report, &c));
    assert_int_equal(c.dup.n, 1);
    assert_int_equal(((int64_t *)c.dup.p)[0], first);
    c = call(w.charged, w.room); /* another type */
    assert_ok(write_as(&w.owner, run_report, &c));
    assert_int_equal(c.dup.n, 0);
    c = call(w.plain, w.room2); /* another room */
    assert_ok(write_as(&w.neighbour, run_report, &c));
    assert_int_equal(c.dup.n, 0);
    assert_ok(simple(&w.owner, first, RE_CANCEL)); /* over: no hint any more */
    c = call(w.plain, w.room);
    assert_ok(write_as(&w.owner, run_report, &c));
    assert_int_equal(c.dup.n, 1);
    int64_t outside = report_in(&w.owner, w.plain, 0);
    c = call(w.plain, 0);
    c.in.place = "北门";
    assert_ok(write_as(&w.service, run_report, &c));
    assert_int_equal(c.dup.n, 1);
    assert_int_equal(((int64_t *)c.dup.p)[0], outside);
}

static void a_room_takes_twenty(void **state)
{
    struct report_call c = call(w.plain, w.room);
    int64_t first = 0;
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_ok(write_as(i % 2 ? &w.owner : &w.service, run_report, &c));
        first = first ? first : c.out.id;
        assert_true(c.dup.n <= 5);
    }
    assert_err(write_as(&w.owner, run_report, &c), ERR_RATE);
    assert_err(write_as(&w.service, run_report, &c), ERR_RATE);
    assert_ok(simple(&w.owner, first, RE_CANCEL));
    assert_ok(write_as(&w.owner, run_report, &c));
}

static int64_t upload(const struct actor *who)
{
    int64_t id = id_new();
    char name[40];
    snprintf(name, sizeof name, "f%lld", (long long)id);
    assert_ok(harness_sql(
        "INSERT INTO file(id, company_id, account_id, name, kind, stored, bytes, sha256, created_at)"
        " VALUES ($1, $2, $3, 'a.jpg', 'image/jpeg', $4, 10, $5, 0)",
        ARGS(I64(id), I64(who->company_id), I64(who->id), TXT(name), BLOB("0123456789abcdef0123456789abcdef", 32))));
    return id;
}

static void photos_are_ones_own_and_used_once(void **state)
{
    int64_t mine[2] = {upload(&w.owner), upload(&w.owner)}, foreign = upload(&w.neighbour);
    struct report_call c = call(w.plain, w.room);
    (void)state;
    c.in.photos = &foreign;
    c.in.nphotos = 1;
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
    c.in.photos = mine;
    c.in.nphotos = 2;
    assert_ok(write_as(&w.owner, run_report, &c));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM repair_photo WHERE repair_id = $1 AND stage = 'report'", ARGS(I64(c.out.id))),
        2);
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID); /* used already */
    int64_t twice[2] = {upload(&w.owner), 0};
    twice[1] = twice[0];
    c.in.photos = twice;
    assert_err(write_as(&w.owner, run_report, &c), ERR_INVALID);
}

/* ---- the way through ---- */

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
    assert_err(simple(&w.cashier, id, RE_VOID), ERR_NOT_FOUND);
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

static size_t nseen;
static bool saw_internal;
static void on_event(void *arg, const struct repair_event_row *e)
{
    (void)arg;
    nseen++;
    saw_internal |= e->internal;
}

struct history_call {
    int64_t id;
    bool internal;
};
static enum err run_history(struct ctx *cx, void *arg)
{
    struct history_call *c = arg;
    nseen = 0;
    saw_internal = false;
    return repair_history(cx, c->id, c->internal, on_event, NULL);
}

static void internal_notes_stay_inside(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED);
    struct history_call c = {id, false};
    (void)state;
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_COMMENT}), ERR_INVALID);
    harness_forget();
    assert_ok(step(&w.service, id, (struct repair_step){.event = RE_COMMENT, .note = "业主脾气大", .internal = true}));
    for (size_t i = 0; i < harness_heard(); i++)
        if (strstr(harness_heard_at(i)->data, "业主脾气大"))
            assert_non_null(strstr(harness_heard_at(i)->topic, ":board"));
    assert_ok(step(&w.owner, id, (struct repair_step){.event = RE_COMMENT, .note = "请尽快", .internal = true}));
    assert_ok(read_as(&w.owner, run_history, &c));
    assert_false(saw_internal);
    size_t outside = nseen;
    c.internal = true;
    assert_ok(read_as(&w.manager, run_history, &c));
    assert_true(saw_internal);
    assert_int_equal(nseen, order(id).version);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM repair_event WHERE repair_id = $1 AND internal = 0 AND event = 'comment'",
                    ARGS(I64(id))),
        1);
    assert_true(outside < nseen);
}

/* ---- clocks ---- */

static void sla_is_told_once(void **state)
{
    int64_t id = order_in(w.plain, RS_QUEUED);
    (void)state;
    harness_forget();
    at += 24 * MINUTE_MS;
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.warning"), 1);
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.warning"), 1);
    at += 6 * MINUTE_MS;
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.overdue"), 1);
    at += MINUTE_MS;
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.overdue"), 1);
    assert_history(id); /* warnings are no steps */
}

static void auto_close_after_the_time_set(void **state)
{
    int64_t id = order_in(w.plain, RS_AWAIT_CONFIRM);
    (void)state;
    assert_int_equal(order(id).due_at, at + config()->confirm_h * HOUR_MS);
    at += config()->confirm_h * HOUR_MS - 1;
    tick(id);
    assert_state(id, RS_AWAIT_CONFIRM);
    at += 1;
    tick(id);
    assert_state(id, RS_CLOSED);
    assert_int_equal(order(id).stars, 0);
    assert_history(id);
}

static enum err run_due(struct ctx *cx, void *arg)
{
    int64_t ids[200], next = 0, *want = arg;
    size_t n = 0;
    enum err e = repair_due_ids(cx, ids, COUNT(ids), &n, &next);
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found |= ids[i] == *want;
    *want = found;
    return e;
}

static void due_orders_are_found(void **state)
{
    int64_t id = order_in(w.plain, RS_AWAIT_CONFIRM), x = id;
    (void)state;
    assert_ok(read_as(&w.root, run_due, &x));
    assert_int_equal(x, 0);
    assert_ok(harness_sql("UPDATE repair SET due_at = 0 WHERE id <> $1", ARGS(I64(id))));
    at += config()->confirm_h * HOUR_MS;
    x = id;
    assert_ok(read_as(&w.root, run_due, &x));
    assert_int_equal(x, 1);
}

/* ---- who reads what ---- */

static enum err see(const struct actor *who, int64_t id)
{
    struct order_call c = {.id = id};
    enum err e = read_as(who, run_load, &c);
    if (e)
        assert_null(c.out.number && e == ERR_TAKEN ? c.out.number : NULL);
    return e;
}

static void reading_rights(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED), outside = report_in(&w.owner, w.plain, 0);
    struct actor family = make_person(w.company, w.project, "家人", NULL);
    (void)state;
    assert_ok(see(&w.owner, id));
    assert_ok(see(&w.tech[0], id));
    assert_ok(see(&w.manager, id));
    assert_ok(see(&w.dispatcher, id));
    assert_ok(see(&w.service, id));
    assert_err(see(&w.neighbour, id), ERR_NOT_FOUND);
    assert_err(see(&w.stranger, id), ERR_NOT_FOUND);
    assert_err(see(&w.foreign_admin, id), ERR_NOT_FOUND);
    assert_err(see(&w.foreign_owner, id), ERR_NOT_FOUND);
    assert_err(see(&w.tech[1], id), ERR_TAKEN);
    bind(&family, w.room, "family", 0);
    assert_ok(see(&family, id));
    unbind(&w.owner, w.room); /* the room decides, not who once reported */
    assert_err(see(&w.owner, id), ERR_NOT_FOUND);
    assert_ok(see(&w.owner, outside));
    assert_err(see(&w.neighbour, outside), ERR_NOT_FOUND);
    struct actor elsewhere = make_person(w.company, w.other_project, "别处经理", "manager");
    assert_err(see(&elsewhere, id), ERR_NOT_FOUND);
}

static void a_former_tenant_hears_nothing(void **state)
{
    struct actor tenant = make_person(w.company, w.project, "租客", NULL);
    char inbox[64];
    (void)state;
    bind(&tenant, w.room, "tenant", 0);
    int64_t id = report_in(&tenant, w.plain, w.room);
    snprintf(inbox, sizeof inbox, "user:%lld", (long long)tenant.id);
    dispatch(id);
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    assert_true(harness_count(inbox, "repair.status") > 0);
    unbind(&tenant, w.room);
    harness_forget();
    assert_ok(simple(&w.tech[0], id, RE_ARRIVE));
    assert_int_equal(harness_count(inbox, "repair.status"), 0);
    assert_err(see(&tenant, id), ERR_NOT_FOUND);
    assert_err(simple(&tenant, id, RE_COMMENT), ERR_NOT_FOUND);
}

static enum err run_contact(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    enum err e = repair_contact(cx, c->id, &c->text);
    return e;
}

static void the_phone_number_is_revealed_with_a_trace(void **state)
{
    struct report_call r = call(w.plain, w.room);
    struct order_call c = {0};
    (void)state;
    r.in.contact_phone = "13812345678";
    assert_ok(write_as(&w.owner, run_report, &r));
    c.id = r.out.id;
    dispatch(c.id);
    assert_err(write_as(&w.owner, run_contact, &c), ERR_FORBIDDEN);
    assert_err(write_as(&w.tech[0], run_contact, &c), ERR_FORBIDDEN); /* offered is not held */
    assert_ok(accept_offer(&w.tech[0], open_offer(c.id)));
    assert_ok(write_as(&w.tech[0], run_contact, &c));
    assert_string_equal(c.text, "13812345678");
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'repair.contact_reveal' AND object_id = $1",
                                 ARGS(I64(c.id))),
                     1);
    for (size_t i = 0; i < harness_heard(); i++)
        assert_null(strstr(harness_heard_at(i)->data, "13812345678"));
}

/* ---- lists and numbers ---- */

struct list_call {
    struct repair_filter f;
    size_t n;
    int64_t ids[64];
};
static void on_listed(void *arg, const struct repair *r)
{
    struct list_call *l = arg;
    if (l->n < COUNT(l->ids))
        l->ids[l->n++] = r->id;
}
static enum err run_list(struct ctx *cx, void *arg)
{
    struct list_call *l = arg;
    l->n = 0;
    return repair_list(cx, &l->f, on_listed, l);
}
static size_t listed(const struct actor *who, struct list_call *l, int view)
{
    l->f.view = view;
    l->f.limit = l->f.limit ? l->f.limit : 50;
    assert_ok(read_as(who, run_list, l));
    return l->n;
}

static void views(void **state)
{
    int64_t held = order_in(w.plain, RS_ASSIGNED), queued = report(w.pool),
            theirs = report_in(&w.neighbour, w.plain, w.room2);
    struct list_call l = {0};
    (void)state;
    assert_int_equal(listed(&w.owner, &l, VIEW_MINE), 2);
    assert_int_equal(l.ids[0], queued); /* newest first */
    assert_int_equal(listed(&w.neighbour, &l, VIEW_MINE), 1);
    assert_int_equal(l.ids[0], theirs);
    assert_int_equal(listed(&w.stranger, &l, VIEW_MINE), 0);
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 3);
    assert_int_equal(listed(&w.foreign_admin, &l, VIEW_BOARD), 0);
    assert_int_equal(listed(&w.tech[0], &l, VIEW_JOBS), 1);
    assert_int_equal(l.ids[0], held);
    assert_int_equal(listed(&w.tech[1], &l, VIEW_JOBS), 0);
    assert_int_equal(listed(&w.tech[1], &l, VIEW_POOL), 1);
    assert_int_equal(l.ids[0], queued);
    struct actor electric = make_person(w.company, w.project, "电工", "technician");
    skilled(&electric, "electric", 5, NULL);
    assert_int_equal(listed(&electric, &l, VIEW_POOL), 0);
    l.f.state = "assigned";
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 1);
    l.f.state = NULL;
    l.f.search = order(theirs).number;
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 1);
    assert_int_equal(l.ids[0], theirs);
    l.f.search = NULL;
    assert_ok(simple(&w.owner, queued, RE_CANCEL));
    l.f.open_only = true;
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 2);
    l.f.open_only = false;
    l.f.limit = 2;
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 2);
    l.f.before_id = l.ids[1];
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 1);
    assert_int_equal(l.ids[0], held);
}

struct stat_call {
    const char *by;
    int64_t from, to;
    struct repair_stat v[16];
    size_t n;
};
static void on_stat(void *arg, const struct repair_stat *s)
{
    struct stat_call *c = arg;
    if (c->n < COUNT(c->v))
        c->v[c->n++] = *s;
}
static enum err run_analysis(struct ctx *cx, void *arg)
{
    struct stat_call *c = arg;
    c->n = 0;
    return repair_analysis(cx, c->by, c->from, c->to, on_stat, c);
}

static void numbers_of_the_analysis(void **state)
{
    int64_t start = at, ids[4];
    struct stat_call c = {.from = at, .to = at + 60 * DAY_MS};
    (void)state;
    ids[0] = order_in(w.charged, RS_AWAIT_PAY);
    ids[1] = order_in(w.charged, RS_AWAIT_PAY);
    ids[2] = order_in(w.charged, RS_ASSIGNED);
    ids[3] = report(w.charged);
    /* odd sums: an average that one engine cuts and the other rounds must not differ */
    assert_ok(harness_sql(
        "UPDATE repair SET accepted_at = created_at + 11, finished_at = created_at + 101, stars = 5 WHERE id = $1",
        ARGS(I64(ids[0]))));
    assert_ok(harness_sql(
        "UPDATE repair SET accepted_at = created_at + 12, finished_at = finish_due + 2, stars = 2 WHERE id = $1",
        ARGS(I64(ids[1]))));
    assert_ok(
        harness_sql("UPDATE repair SET accepted_at = created_at + 15, reopened = 2 WHERE id = $1", ARGS(I64(ids[2]))));
    assert_ok(simple(&w.owner, ids[3], RE_CANCEL)); /* not counted */
    c.by = "type";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    const struct repair_stat *s = &c.v[0];
    assert_int_equal(s->n, 3);
    assert_int_equal(s->closed, 2);
    assert_int_equal(s->overdue, 1);
    assert_int_equal(s->reopened, 2);
    assert_int_equal(s->avg_respond_ms, 12); /* 38 / 3 = 12.67 */
    assert_int_equal(s->avg_finish_ms, (101 + DAY_MS + 2) / 2);
    assert_int_equal(s->stars_sum, 7);
    assert_int_equal(s->stars_n, 2);
    assert_int_equal(s->charge_fen, 10000);
    c.by = "technician";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    assert_string_equal(c.v[0].key, "陈师傅");
    c.by = "cause";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 2); /* with and without */
    assert_string_equal(c.v[0].key, "管件老化");
    c.by = "place";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    c.by = "repeat";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    assert_int_equal(c.v[0].n, 2); /* ids 1 and 2 came after a finished one of the same place and type */
    c.by = "weather";
    assert_err(read_as(&w.manager, run_analysis, &c), ERR_INVALID);
    assert_field("by");
    c.by = "type";
    c.to = start; /* [from, to) */
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 0);
    c.to = at + DAY_MS;
    assert_ok(read_as(&w.foreign_admin, run_analysis, &c));
    assert_int_equal(c.n, 0);
}

static int64_t counted;
static void on_count(void *arg, const char *key, int64_t n)
{
    (void)arg;
    counted += strcmp(key, "assigned") == 0 ? 100 * n : n;
}
static enum err run_counts(struct ctx *cx, void *arg)
{
    (void)arg;
    counted = 0;
    return repair_counts(cx, on_count, NULL);
}

static void open_orders_are_counted(void **state)
{
    (void)state;
    order_in(w.plain, RS_ASSIGNED);
    assert_ok(simple(&w.owner, report(w.plain), RE_CANCEL));
    report(w.plain);
    assert_ok(read_as(&w.manager, run_counts, NULL));
    assert_int_equal(counted, 101);
    assert_ok(read_as(&w.foreign_admin, run_counts, NULL));
    assert_int_equal(counted, 0);
}

/* ---- set-up ---- */

static void types_are_two_levels_and_versioned(void **state)
{
    struct fault_type top = {.name = "水电",
                             .skill = "plumbing",
                             .place = "any",
                             .visit = "never",
                             .enabled = true,
                             .respond_ms = 1000,
                             .arrive_ms = 1000,
                             .finish_ms = 1000};
    (void)state;
    assert_ok(write_as(&w.admin, run_type, &top));
    struct fault_type same = top;
    same.id = 0;
    assert_err(write_as(&w.admin, run_type, &same), ERR_EXISTS);
    assert_field("name");
    struct fault_type child = top;
    child.id = 0;
    child.version = 0;
    child.name = "水管";
    child.parent_id = top.id;
    assert_ok(write_as(&w.admin, run_type, &child));
    struct fault_type third = child;
    third.id = 0;
    third.name = "龙头";
    third.parent_id = child.id;
    assert_err(write_as(&w.admin, run_type, &third), ERR_INVALID);
    assert_field("parent_id");
    struct fault_type stale = top;
    assert_ok(write_as(&w.admin, run_type, &top));
    stale.version = 1;
    top.version = 1;
    assert_err(write_as(&w.admin, run_type, &stale), ERR_CONFLICT);
    assert_err(write_as(&w.foreign_admin, run_type, &top), ERR_CONFLICT); /* another company's row is not there */
}

struct stock_call {
    int64_t id, qty;
};
static enum err run_stock(struct ctx *cx, void *arg)
{
    struct stock_call *c = arg;
    return material_stock(cx, c->id, c->qty, "盘点");
}

static void stock_never_goes_below_zero(void **state)
{
    struct stock_call c = {w.valve, -10000};
    (void)state;
    assert_ok(write_as(&w.manager, run_stock, &c));
    c.qty = -1;
    assert_err(write_as(&w.manager, run_stock, &c), ERR_INVALID);
    c.qty = 5;
    assert_err(write_as(&w.foreign_admin, run_stock, &c), ERR_INVALID);
    assert_ok(write_as(&w.manager, run_stock, &c));
    assert_int_equal(harness_i64("SELECT stock_e3 FROM material WHERE id = $1", ARGS(I64(w.valve))), 5);
    assert_int_equal(
        harness_i64("SELECT CAST(SUM(qty_e3) AS BIGINT) FROM stock_move WHERE material_id = $1", ARGS(I64(w.valve))),
        -9995);
}

#define T(f) cmocka_unit_test_setup(f, world_set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(report_fills_the_order),
        T(numbers_run_by_project_and_day),
        T(rooms_of_others_do_not_exist),
        T(an_ended_lease_ends_the_right),
        T(public_places),
        T(channels_follow_the_reporter),
        T(slots_and_contacts_are_checked),
        T(disabled_types_are_refused),
        T(duplicates_are_a_hint),
        T(a_room_takes_twenty),
        T(photos_are_ones_own_and_used_once),
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
        T(waiving_needs_another_person),
        T(rating_once_and_in_time),
        T(rework_within_a_week),
        T(reworked_orders_start_their_clocks_again),
        T(visits_are_made_by_others),
        T(cancel_frees_the_holder),
        T(void_gives_the_stock_back),
        T(force_finish_is_marked_and_audited),
        T(holding_and_resuming),
        T(urging_at_most_once_in_half_an_hour),
        T(internal_notes_stay_inside),
        T(sla_is_told_once),
        T(auto_close_after_the_time_set),
        T(due_orders_are_found),
        T(reading_rights),
        T(a_former_tenant_hears_nothing),
        T(the_phone_number_is_revealed_with_a_trace),
        T(views),
        T(numbers_of_the_analysis),
        T(open_orders_are_counted),
        T(types_are_two_levels_and_versioned),
        T(stock_never_goes_below_zero),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
