/* test_billing_review.c - preview, oddities, edits, scheduled publishing, runs by themselves, due floor, rooms that change
 * hands, discounts by rule, anniversaries. SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

#include "domain/billing_auto.h"
#include "domain/fee_discount.h"
#include "domain/fee_kind.h"
#include "domain/fee_request.h"
#include <stdlib.h>

struct call {
    int64_t id, n, fen, room;
    int32_t day;
    const char *text;
    struct preview preview;
    struct bill_run run;
    struct billing_setting setting;
    struct liable liable;
    struct discount discount;
    struct fee_request rq, done;
    int64_t ids[16];
    size_t nids;
    int64_t started, missed, of[BILL_ODDITIES];
};

static void on_odd(void *arg, const struct odd_line *o)
{
    ((struct call *)arg)->of[o->what]++;
}

static enum err run_preview(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    memset(c->of, 0, sizeof c->of);
    return billing_preview(cx, c->day, c->room, &c->preview, on_odd, c);
}

static enum err run_oddities(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    memset(c->of, 0, sizeof c->of);
    return billing_oddities(cx, c->id, &c->preview, on_odd, c);
}

static enum err run_edit(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bill_line_edit(cx, c->id, c->n, c->fen, c->text);
}

static enum err run_publish_on(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bill_run_publish_on(cx, c->id, c->day, &c->run);
}

static enum err run_due(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return billing_publish_due(cx, c->ids, COUNT(c->ids), &c->nids);
}

static enum err run_publish_start(struct ctx *cx, void *arg)
{
    return billing_publish_start(cx, ((struct call *)arg)->id);
}

static enum err run_setting(struct ctx *cx, void *arg)
{
    return billing_setting_set(cx, &((struct call *)arg)->setting);
}

static enum err run_auto(struct ctx *cx, void *arg)
{
    (void)arg;
    return billing_auto_step(cx, 11);
}

static void on_auto(void *arg, const struct auto_run *a)
{
    struct call *c = arg;
    c->started += str_eq(a->state, "started");
    c->missed += str_eq(a->state, "missed");
}

static enum err run_autos(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->started = c->missed = 0;
    return billing_auto_list(cx, on_auto, c);
}

static enum err run_liable(struct ctx *cx, void *arg)
{
    return liable_set(cx, &((struct call *)arg)->liable);
}

static enum err run_discount(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return discount_add(cx, &c->discount, &c->id);
}

static enum err run_request(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = request_make(cx, &c->rq, &c->done);
    c->id = c->done.id;
    return e;
}

static enum err run_approve(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return request_act(cx, c->id, RQ_APPROVE, "", &c->done);
}

static enum err run_price(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_price_set(cx, c->id, c->day, c->n, NULL, 0);
}

static int64_t area;

static void test_preview_writes_nothing_and_is_right(void **state)
{
    struct call c = {.day = 20270105};
    (void)state;
    area = item((struct fee_item){.code = "wy", .name = "物业费", .kind = FEE_AREA, .bill_day = 5}, 20000, true);
    assert_int_equal(harness_read(&maker, run_preview, &c), OK);
    assert_int_equal(c.preview.rooms, ROOMS);
    assert_int_equal(c.preview.bills, ROOMS - 1);
    assert_int_equal(c.preview.skipped, 1); /* 109 has no area */
    assert_int_equal(c.of[BILL_FIRST], ROOMS - 1);
    assert_int_equal(c.of[BILL_SKIPPED], 1);
    assert_int_equal(
        harness_i64("SELECT (SELECT COUNT(*) FROM bill) + (SELECT COUNT(*) FROM bill_skip) + (SELECT COUNT(*) FROM "
                    "bill_run) + (SELECT COUNT(*) FROM bill_basis)",
                    NO_ARGS),
        0);
    int64_t total = c.preview.total_fen;
    c.room = 100;
    assert_int_equal(harness_read(&maker, run_preview, &c), OK);
    assert_int_equal(c.preview.total_fen, 20000);
    assert_int_equal(harness_read(&stranger, run_preview, &c), ERR_INVALID); /* the room is not theirs */
    c.room = 0;
    int64_t run = drafts(20270105, 0);
    assert_int_equal(harness_i64("SELECT total_fen FROM bill_run WHERE id = $1", ARGS(I64(run))), total);
    c.id = run;
    assert_int_equal(harness_read(&maker, run_oddities, &c), OK);
    assert_int_equal(c.preview.total_fen, total);
    assert_int_equal(c.preview.rooms, ROOMS);
    assert_int_equal(c.of[BILL_FIRST], ROOMS - 1);
    assert_int_equal(c.of[BILL_SKIPPED], 1);
    assert_int_equal(harness_read(&stranger, run_oddities, &c), ERR_NOT_FOUND);
    publish(run);
    /* next month: one room half as large again, one much smaller, one a little */
    sql("UPDATE room SET area_e4 = area_e4 * 3 / 2 WHERE id = 100", NO_ARGS);
    sql("UPDATE room SET area_e4 = area_e4 / 2 WHERE id = 101", NO_ARGS);
    sql("UPDATE room SET area_e4 = area_e4 * 13 / 10 WHERE id = 102", NO_ARGS);
    at(20270205);
    c.day = 20270205;
    assert_int_equal(harness_read(&maker, run_preview, &c), OK);
    assert_int_equal(c.of[BILL_UP], 1);
    assert_int_equal(c.of[BILL_DOWN], 1);
    assert_int_equal(c.of[BILL_FIRST], 0);
}

static void test_editing_a_draft(void **state)
{
    struct call c = {.n = 1, .fen = 12345, .text = "合同价"};
    (void)state;
    int64_t run = drafts(20270205, 0), bill = bill_of(run, 103);
    int64_t total = harness_i64("SELECT total_fen FROM bill_run WHERE id = $1", ARGS(I64(run)));
    int64_t was = show(bill).bill.amount_fen;
    c.id = bill;
    assert_int_equal(harness_write(&stranger, run_edit, &c), ERR_NOT_FOUND);
    c.text = "";
    assert_int_equal(harness_write(&maker, run_edit, &c), ERR_INVALID);
    c.text = "合同价";
    assert_int_equal(run_act(&maker, run, RUN_SUBMIT), OK);
    assert_int_equal(harness_write(&maker, run_edit, &c), ERR_STATE);
    assert_int_equal(run_act(&checker, run, RUN_REJECT), OK);
    assert_int_equal(harness_write(&maker, run_edit, &c), OK);
    struct fees_call s = show(bill);
    assert_int_equal(s.bill.amount_fen, 12345);
    assert_non_null(strstr(s.snapshot[0], "\"edited\":{\"from_fen\":"));
    assert_non_null(strstr(s.snapshot[0], "合同价"));
    assert_int_equal(harness_i64("SELECT total_fen FROM bill_run WHERE id = $1", ARGS(I64(run))), total + 12345 - was);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'bill.edit' AND object_id = $1", ARGS(I64(bill))), 1);
    assert_int_equal(run_act(&maker, run, RUN_SUBMIT), OK); /* a new content, a new hash */
    assert_int_equal(run_act(&checker, run, RUN_APPROVE), OK);

    /* published on a day, by itself, unless something has changed */
    struct call p = {.id = run, .day = 20270205};
    assert_int_equal(harness_write(&maker, run_publish_on, &p), ERR_INVALID);
    p.day = 20270210;
    assert_int_equal(harness_write(&stranger, run_publish_on, &p), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&maker, run_publish_on, &p), OK);
    assert_int_equal(harness_read(NULL, run_due, &p), OK);
    assert_int_equal(p.nids, 0);
    at(20270210);
    assert_int_equal(harness_read(NULL, run_due, &p), OK);
    assert_int_equal(p.nids, 1);
    assert_int_equal(p.ids[0], run);
    sql("UPDATE bill_line SET amount_fen = amount_fen + 1 WHERE bill_id = $1 AND n = 1", ARGS(I64(bill)));
    assert_int_equal(harness_write(NULL, run_publish_start, &p), OK);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM bill_run WHERE id = $1 AND state = 'approved' AND publish_on = 0",
                    ARGS(I64(run))),
        1); /* not what was approved: a person has to look */
    sql("UPDATE bill_line SET amount_fen = amount_fen - 1 WHERE bill_id = $1 AND n = 1", ARGS(I64(bill)));
    p.day = 20270211;
    assert_int_equal(harness_write(&maker, run_publish_on, &p), OK);
    at(20270211);
    assert_int_equal(harness_write(NULL, run_publish_start, &p), OK);
    struct fees_call step = {.run.id = run, .more = true};
    while (step.more)
        assert_int_equal(harness_write(NULL, fw_step, &step), OK);
    assert_string_equal(show(bill).state, "published");
    all_well();
}

/* Nobody is late on the day they hear of a bill */
static void test_due_floor(void **state)
{
    struct call c = {.setting = {.due_floor_days = 20}};
    (void)state;
    sql("UPDATE fee_item SET due_days = 0 WHERE id = $1", ARGS(I64(area)));
    at(20270305);
    assert_int_equal(show(bill_of(billed(20270305, 104), 104)).bill.due_day,
                     20270312); /* 7 days unless said otherwise */
    assert_int_equal(harness_write(&checker, run_setting, &c), OK);
    assert_int_equal(show(bill_of(billed(20270305, 105), 105)).bill.due_day, 20270325);
    sql("UPDATE fee_item SET due_days = 30 WHERE id = $1", ARGS(I64(area)));
    assert_int_equal(show(bill_of(billed(20270305, 106), 106)).bill.due_day, 20270404);
    (void)billed(20270305, 0);
}

static int64_t open_run(void)
{
    return harness_i64("SELECT COALESCE(MAX(id), 0) FROM bill_run WHERE state NOT IN ('published', 'cancelled')",
                       NO_ARGS);
}

static void finish(int64_t run)
{
    struct fees_call c = {.run.id = run, .more = true};
    while (c.more)
        assert_int_equal(harness_write(NULL, fw_step, &c), OK);
    publish(run);
}

static void test_runs_by_themselves(void **state)
{
    struct call c = {
        .setting = {.auto_runs = true, .due_floor_days = 7}
    };
    (void)state;
    int64_t other =
        item((struct fee_item){.code = "wy2", .name = "保洁费", .kind = FEE_FIXED, .bill_day = 20}, 100000, true);
    assert_int_equal(harness_write(NULL, run_auto, &c), OK);
    assert_int_equal(open_run(), 0); /* not asked for */
    at(20270310);
    assert_int_equal(harness_write(&checker, run_setting, &c), OK);
    assert_int_equal(harness_write(NULL, run_auto, &c), OK);
    assert_int_equal(open_run(), 0); /* the 5th lies before that */
    at(20270320);
    assert_int_equal(harness_write(NULL, run_auto, &c), OK);
    int64_t run = open_run();
    assert_true(run > 0);
    finish(run);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill_line l JOIN bill b ON b.id = l.bill_id WHERE b.run_id = $1"
                                 " AND l.item_id <> $2",
                                 ARGS(I64(run), I64(other))),
                     0); /* only items of that bill day */
    assert_int_equal(harness_write(NULL, run_auto, &c), OK);
    assert_int_equal(open_run(), 0); /* once a day */
    /* asleep until July: of each bill day the latest, one run after the other; the others are noted */
    at(20270715);
    assert_int_equal(harness_write(NULL, run_auto, &c), OK);
    run = open_run();
    assert_int_equal(harness_i64("SELECT day FROM bill_run WHERE id = $1", ARGS(I64(run))), 20270705);
    assert_int_equal(harness_write(NULL, run_auto, &c), OK); /* waits for the open one */
    assert_int_equal(open_run(), run);
    finish(run);
    assert_int_equal(harness_write(NULL, run_auto, &c), OK);
    run = open_run();
    assert_int_equal(harness_i64("SELECT day FROM bill_run WHERE id = $1", ARGS(I64(run))), 20270620);
    finish(run);
    assert_int_equal(harness_write(NULL, run_auto, &c), OK);
    assert_int_equal(open_run(), 0);
    assert_int_equal(harness_read(&maker, run_autos, &c), OK);
    assert_int_equal(c.started, 3);
    assert_int_equal(c.missed, 3 + 2); /* 5 April, May, June; 20 April, May */
    sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(other)));
    c.setting.auto_runs = false;
    assert_int_equal(harness_write(&checker, run_setting, &c), OK);
    all_well();
}

static void test_a_room_changes_hands(void **state)
{
    struct call c = {
        .liable = {.room_id = 100, .payer_id = 42, .from_day = 20270811}
    };
    (void)state;
    at(20270905);
    struct call price = {.id = area, .day = 20270801, .n = 20001};
    assert_int_equal(harness_write(&checker, run_price, &price), OK);
    assert_int_equal(harness_write(&stranger, run_liable, &c), ERR_NOT_FOUND);
    c.liable.from_day = 20270615; /* billed already */
    assert_int_equal(harness_write(&checker, run_liable, &c), ERR_STATE);
    c.liable.from_day = 20270811;
    assert_int_equal(harness_write(&checker, run_liable, &c), OK);
    int64_t run = billed(20270905, 100);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1", ARGS(I64(run))), 2);
    /* 150 m2 x 2.0001 = 300.015, to the fen 300.02: 10 days and 21 days of 31 */
    int64_t old = harness_i64("SELECT amount_fen FROM bill WHERE run_id = $1 AND payer_id = 41", ARGS(I64(run)));
    int64_t new = harness_i64("SELECT amount_fen FROM bill WHERE run_id = $1 AND payer_id = 42", ARGS(I64(run)));
    assert_int_equal(old, 9678);
    assert_int_equal(new, 20324);
    assert_int_equal(old + new, 30002);
    struct fees_call s = show(harness_i64("SELECT id FROM bill WHERE run_id = $1 AND payer_id = 42", ARGS(I64(run))));
    assert_non_null(strstr(s.snapshot[0], "\"part_days\":21"));
    assert_non_null(strstr(s.snapshot[0], "\"of_fen\":30002"));
    assert_int_equal(s.bill.period_from, 20270811);
    /* one of the two was wrong: it alone is billed anew */
    assert_int_equal(void_bill(s.bill.id), OK);
    int64_t again = billed(20270905, 100);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1 AND payer_id = 42 AND amount_fen = 20324"
                                 " AND replaces_id = $2",
                                 ARGS(I64(again), I64(s.bill.id))),
                     1);
    assert_int_equal(harness_i64("SELECT bills FROM bill_run WHERE id = $1", ARGS(I64(again))), 1);
    run = drafts(20270905, 100); /* nothing is left over for a rerun */
    assert_int_equal(harness_i64("SELECT bills FROM bill_run WHERE id = $1", ARGS(I64(run))), 0);
    assert_int_equal(run_act(&maker, run, RUN_CANCEL), OK);
    at(20271005);
    run = billed(20271005, 100);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1 AND payer_id = 42", ARGS(I64(run))), 1);
    all_well();
}

static enum err ask_vacancy(struct call *c, int32_t from, int32_t to)
{
    c->rq =
        (struct fee_request){.kind = RQ_VACANCY, .room_id = 107, .from_day = from, .to_day = to, .reason = "未装修"};
    return harness_write(&maker, run_request, c);
}

static void test_discounts_by_rule(void **state)
{
    struct call c = {
        .discount = {
                     .name = "空置七折", .kind = DISCOUNT_VACANT, .off_e4 = 3000, .from_day = 20270101, .to_day = 99991231}
    };
    (void)state;
    assert_int_equal(harness_write(&checker, run_discount, &c), OK);
    c.discount.months = 12;
    assert_int_equal(harness_write(&checker, run_discount, &c), ERR_INVALID);
    assert_int_equal(ask_vacancy(&c, 20270911, 20271231), OK);
    assert_int_equal(harness_write(&maker, run_approve, &c), ERR_FORBIDDEN);
    int64_t run = drafts(20271005, 107);
    assert_int_equal(show(bill_of(run, 107)).nlines, 1); /* neither approved nor recorded as vacant */
    assert_int_equal(run_act(&maker, run, RUN_CANCEL), OK);
    assert_int_equal(harness_write(&checker, run_approve, &c), OK);
    assert_int_equal(ask_vacancy(&c, 20271001, 20271001), ERR_STATE); /* overlaps */
    sql("UPDATE room SET state = 'vacant' WHERE id = 107", NO_ARGS);
    c.id = run = billed(20271005, 107);
    int64_t bill = bill_of(run, 107);
    assert_int_equal(harness_read(&maker, run_oddities, &c), OK);
    assert_int_equal(c.preview.rooms, 1);
    assert_int_equal(c.preview.lines, 2);
    assert_int_equal(c.preview.total_fen, 21401 - 4280); /* what the run says of itself */
    struct fees_call s = show(bill);
    assert_int_equal(s.nlines, 2);
    assert_int_equal(s.line[0].amount_fen, 21401); /* 107 m2 x 2.0001 */
    assert_int_equal(s.line[1].amount_fen, -4280); /* 30 % of it for 20 of 30 days */
    assert_non_null(strstr(s.snapshot[1], "\"days\":20"));
    assert_non_null(strstr(s.snapshot[1], "空置七折"));
    assert_int_equal(s.bill.amount_fen, 21401 - 4280);
    assert_int_equal(balance(LA_DISCOUNT, -1), 4280);
    all_well();

    /* a year in advance: 5 % off; a quarter is too short */
    int64_t year = item(
        (struct fee_item){.code = "yr", .name = "年费", .kind = FEE_FIXED, .cycle = CYCLE_YEARLY, .in_advance = true},
        100000, false);
    int64_t quarter = item(
        (struct fee_item){
            .code = "qt", .name = "季费", .kind = FEE_FIXED, .cycle = CYCLE_QUARTERLY, .in_advance = true},
        100000, false);
    for (int i = 0; i < 2; i++)
        sql("INSERT INTO fee_assign(company_id, project_id, item_id, room_id, from_day) VALUES (1, 11, $1, 108, "
            "20270101)",
            ARGS(I64(i ? quarter : year)));
    c.discount = (struct discount){.name = "预缴优惠",
                                   .kind = DISCOUNT_ADVANCE,
                                   .off_e4 = 500,
                                   .months = 12,
                                   .from_day = 20270101,
                                   .to_day = 20271231};
    assert_int_equal(harness_write(&checker, run_discount, &c), OK);
    s = show(bill_of(billed(20271005, 108), 108));
    assert_int_equal(s.nlines, 4); /* September, the year with its discount, the quarter */
    assert_int_equal(s.line[1].amount_fen, 12000);
    assert_int_equal(s.line[2].amount_fen, -600);
    assert_int_equal(s.line[3].amount_fen, 3000);
    all_well();
    sql("UPDATE fee_item SET enabled = 0 WHERE id IN ($1, $2, $3)", ARGS(I64(year), I64(quarter), I64(area)));
}

/* Handed over on 29 February 2028: the years run from it, the 28th in common years, the 29th again in 2032 */
static void test_anniversary_of_a_leap_day(void **state)
{
    static const struct {
        int32_t run, from, to;
    } years[] = {
        {20290301, 20280229, 20290227},
        {20300301, 20290228, 20300227},
        {20310228, 20300228, 20310227},
        {20320301, 20310228, 20320228},
        {20330228, 20320229, 20330227}
    };
    (void)state;
    int64_t year =
        item((struct fee_item){.code = "zn", .name = "周年费", .kind = FEE_FIXED, .cycle = CYCLE_ANNIVERSARY}, 100000,
             false);
    sql("INSERT INTO fee_assign(company_id, project_id, item_id, room_id, from_day) VALUES (1, 11, $1, 106, 20280229)",
        ARGS(I64(year)));
    for (size_t i = 0; i < COUNT(years); i++) {
        at(years[i].run);
        struct fees_call s = show(bill_of(billed(years[i].run, 0), 106));
        assert_int_equal(s.bill.period_from, years[i].from);
        assert_int_equal(s.bill.period_to, years[i].to);
        assert_int_equal(s.bill.amount_fen, 12000);
    }
    all_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_preview_writes_nothing_and_is_right),
                                       cmocka_unit_test(test_editing_a_draft),
                                       cmocka_unit_test(test_due_floor),
                                       cmocka_unit_test(test_runs_by_themselves),
                                       cmocka_unit_test(test_a_room_changes_hands),
                                       cmocka_unit_test(test_discounts_by_rule),
                                       cmocka_unit_test(test_anniversary_of_a_leap_day)};
    return cmocka_run_group_tests(tests, fees_world, harness_close);
}
