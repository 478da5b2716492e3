/* test_review_fees.c - what a run billed twice, not at all or for ever: arrears longer than a month, items assigned from an
 * earlier day, periods that are billed in part, rooms that are closed too soon.  SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

#include "domain/estate.h"
#include "domain/fee_kind.h"

struct call {
    struct bill_arrears owed;
    struct preview preview;
    struct charge charge;
    struct fee_share share, made;
    int64_t id, item, room, n;
    int32_t day;
};

static enum err run_owed(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bill_arrears_add(cx, &c->owed, &c->id);
}

static void no_odd(void *arg, const struct odd_line *o)
{
    (void)arg;
    (void)o;
}

static enum err run_preview(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return billing_preview(cx, c->day, c->room, &c->preview, no_odd, c);
}

static enum err run_assign(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_assign_room(cx, c->item, c->room, c->day, 10000);
}

static enum err run_assign_all(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_assign_rooms(cx, c->item, 0, c->day, &c->n);
}

static enum err run_end(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_assign_end(cx, c->item, c->room, c->day);
}

static void may(job_fn *fn, int64_t item, int64_t room, int32_t day)
{
    struct call c = {.item = item, .room = room, .day = day};
    assert_int_equal(harness_write(&checker, fn, &c), OK);
}

static struct preview looked(int32_t day, int64_t room)
{
    struct call c = {.day = day, .room = room};
    assert_int_equal(harness_read(&maker, run_preview, &c), OK);
    return c.preview;
}

static int64_t skipped(int64_t run)
{
    return harness_i64("SELECT COUNT(*) FROM bill_skip WHERE run_id = $1", ARGS(I64(run)));
}

static void switched_off(int64_t item)
{
    sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(item)));
    all_well();
}

/* Half a year that came along is billed, also its last month, though the item is a monthly one. */
static void test_arrears_of_months_are_not_billed_again(void **state)
{
    int64_t month = item((struct fee_item){.code = "lj", .name = "垃圾费", .kind = FEE_FIXED}, 100000, true);
    struct call c = {
        .owed = {.room_id = 101,
                 .item_id = month,
                 .amount_fen = 6000,
                 .from = 20260101,
                 .to = 20260630,
                 .due = 20260710,
                 .room = "r01",
                 .name = "垃圾费",
                 .income = "fee_income",
                 .snapshot = "{}"}
    };
    (void)state;
    assert_int_equal(harness_write(&checker, run_owed, &c), OK);
    int64_t run = drafts(20260701, 0);
    assert_int_equal(bill_of(run, 101), 0);
    assert_true(bill_of(run, 102) > 0);
    assert_int_equal(skipped(run), 0);
    publish(run);
    switched_off(month);
}

/* From an earlier day than it was assigned from already: until then, and no month has two lines. */
static void test_an_earlier_day_ends_before_the_later_one(void **state)
{
    int64_t fee = item((struct fee_item){.code = "qj", .name = "清洁费", .kind = FEE_FIXED}, 310000, false);
    struct call all = {.item = fee, .day = 20261101};
    (void)state;
    may(run_assign, fee, 103, 20261216);
    may(run_assign, fee, 103, 20261201);
    may(run_assign, fee, 103, 20261201);              /* said twice */
    assert_int_equal(looked(20270105, 103).lines, 2); /* 15 days and 16 */
    assert_int_equal(looked(20270105, 103).total_fen, 3100);
    may(run_assign, fee, 104, 20270101);
    may(run_assign, fee, 104, 20261201); /* would have been two lines of January */
    /* all rooms from before that: those that pay later are filled up to then */
    assert_int_equal(harness_write(&checker, run_assign_all, &all), OK);
    assert_int_equal(all.n, ROOMS);
    assert_int_equal(harness_write(&checker, run_assign_all, &all), OK);
    assert_int_equal(all.n, 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM fee_assign a JOIN fee_assign b ON b.item_id = a.item_id"
                                 " AND b.room_id = a.room_id AND b.ref_id = a.ref_id AND b.from_day > a.from_day"
                                 " AND b.from_day <= a.to_day",
                                 NO_ARGS),
                     0);
    assert_int_equal(harness_i64("SELECT to_day FROM fee_assign WHERE item_id = $1 AND room_id = 103"
                                 " AND from_day = 20261101",
                                 ARGS(I64(fee))),
                     20261130);
    assert_int_equal(looked(20261205, 103).lines, 1); /* the whole of November */
    assert_int_equal(looked(20261205, 103).total_fen, 3100);
    assert_int_equal(looked(20270105, 104).lines, 1);
    assert_int_equal(looked(20270205, 104).lines, 1);
    publish(drafts(20261205, 0));
    publish(drafts(20270105, 0));
    at(20270205);
    publish(drafts(20270205, 0));
    switched_off(fee);
}

/* What was ended is there again when it is assigned from its day again. */
static void test_an_ended_item_is_taken_up_again(void **state)
{
    int64_t fee = item((struct fee_item){.code = "ws", .name = "卫生费", .kind = FEE_FIXED}, 310000, false);
    (void)state;
    may(run_assign, fee, 105, 20261201);
    may(run_end, fee, 105, 20261215);
    assert_true(looked(20270105, 105).total_fen < 3100);
    may(run_assign, fee, 105, 20261201);
    assert_int_equal(looked(20270105, 105).total_fen, 3100);
    may(run_end, fee, 105, 20261215);
    may(run_assign, fee, 105, 20261221);
    may(run_assign, fee, 105, 20261201); /* up to where it goes on */
    assert_int_equal(looked(20270105, 105).lines, 2);
    assert_int_equal(looked(20270105, 105).total_fen, 3100);
    switched_off(fee);
}

static bool told(int64_t run, int64_t room)
{
    return harness_i64(
               "SELECT COUNT(*) FROM bill_skip WHERE run_id = $1 AND room_id = $2 AND reason = '部分期间已出账'",
               ARGS(I64(run), I64(room))) == 1;
}

/* Days that nobody bills, as others of the period are billed: somebody has to see them. What is billed whole is no news. */
static void test_what_is_billed_in_part_is_told(void **state)
{
    int64_t fee = item((struct fee_item){.code = "bf", .name = "部分", .kind = FEE_FIXED}, 310000, false);
    (void)state;
    at(20270305);
    for (int64_t room = 105; room <= 107; room++)
        may(run_assign, fee, room, 20270101);
    may(run_end, fee, 106, 20270210);
    sql("INSERT INTO fee_liable(company_id, project_id, room_id, from_day, payer_id, payer_name, party_id, account_id, "
        "at)"
        " VALUES (1, 11, 107, 20270101, 41, 'p', 0, 31, 0)",
        NO_ARGS);
    may(run_end, fee, 107, 20270210);
    publish(drafts(20270305, 0));
    may(run_assign, fee, 106, 20270101); /* it went on after all */
    may(run_assign, fee, 107, 20270101);
    int64_t run = drafts(20270305, 0);
    assert_int_equal(bill_of(run, 106), 0);
    assert_true(told(run, 106));
    assert_true(told(run, 107));
    assert_int_equal(skipped(run), 2); /* 105 is billed whole */
    assert_int_equal(run_act(&maker, run, RUN_CANCEL), OK);
    assert_int_equal(looked(20270305, 106).skipped, 1);
    may(run_end, fee, 106, 20270205);
    assert_int_equal(looked(20270305, 106).skipped, 0);
    switched_off(fee);
}

static enum err run_charge(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return charge_add(cx, &c->charge, &c->id);
}

static enum err run_charge_off(struct ctx *cx, void *arg)
{
    return charge_cancel(cx, ((struct call *)arg)->id);
}

static enum err run_share(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return share_make(cx, &c->share, &c->made);
}

static enum err run_close(struct ctx *cx, void *arg)
{
    int64_t room = arg ? *(int64_t *)arg : 120;
    enum err e = billing_all_billed(cx, room);
    return e ? e : room_close(cx, room, 1, "合并");
}

static void new_room(int64_t id)
{
    sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
        " VALUES ($1, 1, 11, 12, $2, $2, $2, 1000000, 0)",
        ARGS(I64(id), TXT(arena_printf(harness_ctx(NULL)->arena, "r%lld", (long long)id))));
}

/* Runs pass by rooms that are closed: what is still to be billed keeps them open. */
static void test_a_room_is_not_closed_on_what_is_to_be_billed(void **state)
{
    int64_t once = item((struct fee_item){.code = "yc", .name = "开荒", .kind = FEE_ONE_OFF}, 0, false),
            shared = item((struct fee_item){.code = "gt", .name = "公摊", .kind = FEE_SHARED}, 0, false);
    struct call c = {
        .charge = {.item_id = once,   .room_id = 120,   .amount_fen = 100, .day = 20270301,          .note = "n"     },
        .share = {.item_id = shared, .from = 20270201, .to = 20270228,    .basis = SHARE_HOUSEHOLD, .total_fen = 900}
    };
    (void)state;
    new_room(120);
    assert_int_equal(harness_write(&maker, run_charge, &c), OK);
    assert_int_equal(harness_write(&checker, run_close, NULL), ERR_STATE);
    assert_int_equal(harness_write(&maker, run_charge_off, &c), OK);
    may(run_assign, shared, 120, 20270101);
    assert_int_equal(harness_write(&maker, run_share, &c), OK);
    may(run_end, shared, 120, 20270228);
    assert_int_equal(harness_write(&checker, run_close, NULL), ERR_STATE);
    int64_t bill = bill_of(billed(20270305, 120), 120);
    assert_int_equal(show(bill).bill.amount_fen, 900);
    pay(bill, 0);
    assert_int_equal(harness_write(&checker, run_close, NULL), OK);
    assert_int_equal(harness_write(&maker, run_charge, &c), ERR_INVALID); /* nor is anything more put on it */
    /* nor does it bear a part of what is shared out later, or pay what all rooms begin to pay */
    may(run_assign, shared, 105, 20270101);
    assert_int_equal(harness_write(&maker, run_share, &c), OK);
    assert_int_equal(c.made.rooms, 1);
    c.item =
        item((struct fee_item){.code = "bj", .name = "保洁", .kind = FEE_FIXED, .cycle = CYCLE_MONTHLY}, 100, false);
    c.day = 20270401;
    assert_int_equal(harness_write(&checker, run_assign_all, &c), OK);
    assert_true(c.n > 0);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM fee_assign WHERE item_id = $1 AND room_id = 120", ARGS(I64(c.item))), 0);
    all_well();
}

/* What it paid until it was given up is billed in the run after: closed before that, it never would be. */
static void test_a_room_is_not_closed_on_its_last_period(void **state)
{
    int64_t care = item((struct fee_item){.code = "wy9", .name = "物业费", .kind = FEE_FIXED, .cycle = CYCLE_MONTHLY},
                        10000, false),
            water = item((struct fee_item){.code = "sf9", .name = "水费", .kind = FEE_METERED, .cycle = CYCLE_MONTHLY},
                         10000, false),
            room = 121, bill;
    (void)state;
    new_room(room);
    at(20270601);
    may(run_assign, care, room, 20270501);
    may(run_assign, water, room, 20270501);
    sql("INSERT INTO meter(id, company_id, project_id, room_id, item_id, serial, from_day)"
        " VALUES (9121, 1, 11, $1, $2, 'W9', 20270501)",
        ARGS(I64(room), I64(water)));
    sql("INSERT INTO meter_reading(meter_id, company_id, day, reading_e3, usage_e3, account_id, at)"
        " VALUES (9121, 1, 20270601, 7000, 7000, 31, 0)",
        NO_ARGS);
    bill = bill_of(billed(20270601, room), room);
    assert_int_equal(show(bill).bill.amount_fen, 100 + 700);
    pay(bill, 0);
    may(run_end, care, room, 20270614);
    may(run_end, water, room, 20270614);
    sql("INSERT INTO meter_reading(meter_id, company_id, day, reading_e3, usage_e3, account_id, at)"
        " VALUES (9121, 1, 20270614, 9000, 2000, 31, 0)",
        NO_ARGS);
    at(20270620);
    assert_int_equal(harness_write(&checker, run_close, &room), ERR_STATE);
    at(20270701);
    bill = bill_of(billed(20270701, room), room);
    assert_int_equal(harness_write(&checker, run_close, &room), ERR_STATE); /* open */
    pay(bill, 0);
    assert_int_equal(harness_write(&checker, run_close, &room), OK);
    all_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_arrears_of_months_are_not_billed_again),
                                       cmocka_unit_test(test_an_earlier_day_ends_before_the_later_one),
                                       cmocka_unit_test(test_an_ended_item_is_taken_up_again),
                                       cmocka_unit_test(test_what_is_billed_in_part_is_told),
                                       cmocka_unit_test(test_a_room_is_not_closed_on_what_is_to_be_billed),
                                       cmocka_unit_test(test_a_room_is_not_closed_on_its_last_period)};
    return cmocka_run_group_tests(tests, fees_world, harness_close);
}
