/* test_repair_report.c - new orders on both engines: place, limits, number, photos; types and stock.
 * SPDX-License-Identifier: MIT */

#include "tests/sql/world.h"

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
    assert_err(write_as(&w.foreign_admin, run_type, &top), ERR_NOT_FOUND); /* another company's row is not there */
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
    assert_err(write_as(&w.foreign_admin, run_stock, &c), ERR_NOT_FOUND);
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
        T(types_are_two_levels_and_versioned),
        T(stock_never_goes_below_zero),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
