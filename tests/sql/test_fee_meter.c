/* test_fee_meter.c - meters swapped, corrected, imported, missing, odd. SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

#include "domain/estate.h"
#include "domain/fee_kind.h"
#include "domain/fee_meter.h"
#include "domain/handover.h"

struct call {
    struct meter meter;
    int64_t id, reading, usage, n;
    int32_t day, from, to;
    const char *text, *bytes;
    size_t nbytes;
    bool check_only;
    struct meter_import out;
    char serial[20][8];
    enum meter_oddity what[20];
};

static int64_t water, meter_of[ROOMS];

static enum err run_add(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return meter_add(cx, &c->meter, &c->id);
}

static enum err run_read(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return meter_read(cx, c->id, c->day, c->reading, &c->usage);
}

static enum err run_correct(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return meter_correct(cx, c->id, c->reading, c->text, &c->usage);
}

static enum err run_swap(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    int64_t id = 0;
    enum err e = meter_swap(cx, c->id, c->day, c->reading, &c->meter, &id);
    c->id = e ? c->id : id;
    return e;
}

static enum err run_event(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return meter_read_event(cx, c->id, c->day, c->reading, &c->usage);
}

/* c->from: the handover; it is signed with the file of the same number. */
static enum err run_hand_over(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct handover h;
    return handover_act(cx, c->from,
                        &(struct handover_step){
                            .event = HE_HAND_OVER,
                            .day = c->day,
                            .keys = 2,
                            .signature_id = c->from,
                            .room_state = ROOM_DELIVERED,
                            .readings = &(struct handover_reading){c->id, c->reading},
                            .nreadings = 1
    },
                        &h);
}

static enum err run_tiers(struct ctx *cx, void *arg)
{
    static const struct tier tiers[] = {
        {10000, 10000},
        {0,     50000}
    };
    struct call *c = arg;
    return fee_price_set(cx, c->id, 20260101, 0, tiers, COUNT(tiers));
}

static enum err run_share(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct fee_share s;
    enum err e = share_make(
        cx,
        &(struct fee_share){.item_id = c->n, .meter_id = c->id, .from = c->from, .to = c->to, .basis = SHARE_HOUSEHOLD},
        &s);
    c->usage = e ? 0 : s.usage_e3;
    return e;
}

static enum err run_end(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_assign_end(cx, water, 107, c->to);
}

static enum err run_unbilled(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = billing_all_billed(cx, 107);
    c->n = e == ERR_STATE;
    return e == ERR_STATE ? OK : e;
}

static void on_meter(void *arg, const struct meter_row *m)
{
    struct call *c = arg;
    if (c->n < 20)
        snprintf(c->serial[c->n++], sizeof c->serial[0], "%s", m->serial);
}

static enum err run_missing(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return meter_missing(cx, c->from, c->to, on_meter, c);
}

static enum err run_list(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return meter_list(cx, &(struct meter_filter){.limit = 100}, on_meter, c);
}

static void on_odd(void *arg, const struct odd_reading *o)
{
    struct call *c = arg;
    if (c->n == 20)
        return;
    c->what[c->n] = o->what;
    snprintf(c->serial[c->n++], sizeof c->serial[0], "%s", o->serial);
}

static enum err run_odd(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return meter_odd(cx, c->from, c->to, on_odd, c);
}

static enum err run_import(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = meter_import(cx, c->bytes, c->nbytes, c->check_only, &c->out);
    for (size_t i = 0; i < c->out.errors; i++)
        c->out.error[i].zh = c->out.error[i].en = NULL; /* they may die with the arena */
    return e;
}

static int set_up(void **state)
{
    int rc = fees_world(state);
    water = item((struct fee_item){.code = "sf", .name = "水费", .kind = FEE_METERED, .income = INCOME_OTHERS}, 34500,
                 true);
    for (int64_t i = 0; i < ROOMS; i++) {
        struct call c = {
            .meter = {.item_id = water,
                      .room_id = 100 + i,
                      .multiplier_e3 = 1000,
                      .modulus_e3 = 100000000,
                      .serial = arena_printf(harness_ctx(NULL)->arena, "W-%02d", (int)i),
                      .from_day = 20260801}
        };
        assert_int_equal(harness_write(&checker, run_add, &c), OK);
        meter_of[i] = c.id;
    }
    return rc;
}

static enum err put(int64_t meter, int32_t day, int64_t reading)
{
    struct call c = {.id = meter, .day = day, .reading = reading};
    return harness_write(&maker, run_read, &c);
}

static void test_reading_and_correcting(void **state)
{
    struct call c = {.id = meter_of[0], .reading = 11000, .text = "抄错"};
    (void)state;
    assert_int_equal(harness_write(&maker, run_correct, &c), ERR_STATE); /* nothing read yet */
    assert_int_equal(put(meter_of[0], 20261201, 10000), OK);
    assert_int_equal(put(meter_of[0], 20270101, 25000), OK);
    c.reading = 21000;
    assert_int_equal(harness_write(&stranger, run_correct, &c), ERR_NOT_FOUND);
    c.text = "";
    assert_int_equal(harness_write(&maker, run_correct, &c), ERR_INVALID);
    c.text = "抄错";
    assert_int_equal(harness_write(&maker, run_correct, &c), OK);
    assert_int_equal(c.usage, 11000);
    c.reading = 9000; /* on a meter that rolls over at 100,000 that would be 99,999 m3 */
    assert_int_equal(harness_write(&maker, run_correct, &c), OK);
    c.reading = 21000;
    assert_int_equal(harness_write(&maker, run_correct, &c), OK);
    int64_t bill = bill_of(billed(20270105, 100), 100);
    assert_int_equal(show(bill).bill.amount_fen, 3795);                  /* 11 x 3.45 */
    assert_int_equal(harness_write(&maker, run_correct, &c), ERR_STATE); /* billed: void first */
    assert_int_equal(void_bill(bill), OK);
    c.reading = 22000;
    assert_int_equal(harness_write(&maker, run_correct, &c), OK);
    int64_t again = bill_of(billed(20270105, 100), 100);
    assert_int_equal(show(again).bill.amount_fen, 4140);
    assert_int_equal(show(again).bill.replaces_id, bill);
    all_well();
}

static void test_swapping_adds_up(void **state)
{
    struct call c = {
        .id = meter_of[1],
        .day = 20261215,
        .reading = 16000,
        .meter = {.multiplier_e3 = 2000, .first_e3 = 5000, .serial = "W-01B"}
    };
    (void)state;
    assert_int_equal(put(meter_of[1], 20261201, 10000), OK);
    assert_int_equal(harness_write(&stranger, run_swap, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&maker, run_swap, &c), OK);
    assert_int_equal(put(meter_of[1], 20261220, 17000), ERR_INVALID); /* it hangs there no more */
    struct call again = c;
    again.id = meter_of[1];
    assert_int_equal(harness_write(&maker, run_swap, &again), ERR_STATE); /* nor is it swapped twice */
    assert_int_equal(put(c.id, 20270101, 9000), OK);
    int64_t bill = bill_of(billed(20270105, 101), 101);
    struct fees_call s = show(bill);
    assert_int_equal(s.bill.amount_fen, 4830); /* 6 by the old one, 2 x 4 by the new one */
    assert_non_null(strstr(s.snapshot[0], "\"usage_e3\":14000"));
    assert_int_equal(harness_read(&maker, run_list, &c), OK);
    assert_int_equal(c.n, ROOMS + 1);
    all_well();
}

static enum err import(struct call *c, const char *bytes)
{
    c->bytes = bytes;
    c->nbytes = strlen(bytes);
    return harness_write(&maker, run_import, c);
}

/* What was used in a month that is billed would never be billed: not read, swapped, corrected or imported into it. */
static void test_a_billed_month_takes_no_readings(void **state)
{
    struct call c = {
        .id = meter_of[7], .day = 20261230, .reading = 25000, .meter = {.multiplier_e3 = 1000, .serial = "W-07B"}
    };
    (void)state;
    assert_int_equal(put(meter_of[7], 20261201, 10000), OK);
    assert_int_equal(put(meter_of[7], 20261220, 20000), OK);
    int64_t bill = bill_of(billed(20270105, 107), 107);
    assert_int_equal(show(bill).bill.amount_fen, 3450);
    assert_int_equal(put(meter_of[7], 20261220, 20000), OK); /* told twice */
    assert_int_equal(put(meter_of[7], 20261225, 25000), ERR_STATE);
    assert_int_equal(put(meter_of[7], 20270101, 25000), ERR_STATE); /* the morning after is still December's */
    assert_int_equal(harness_write(&maker, run_swap, &c), ERR_STATE);
    assert_int_equal(import(&c, "W-07,20270101,25\n"), OK);
    assert_int_equal(c.out.errors, 1);
    assert_string_equal(c.out.error[0].column, "日期");
    assert_int_equal(put(meter_of[7], 20270102, 30000), OK);
    all_well();
}

static int64_t readings(void)
{
    return harness_i64("SELECT COUNT(*) FROM meter_reading", NO_ARGS);
}

static void test_importing(void **state)
{
    static const char good[] =
        "\xEF\xBB\xBF表号,抄表日期,读数\r\nW-02,2026-12-01,10.5\r\nW-02,2027/1/1,\"12.25\"\r\n\r\nW-03,20270101,7\r\n";
    static const char gb[] = "\xB1\xED\xBA\xC5,\xC8\xD5\xC6\xDA,\xB6\xC1\xCA\xFD\nW-04,20270101,8\n";
    static const char bad[] = "W-05,20270101,8\nW-99,20270101,1\nW-06,20270132,x\nW-05,20261231,9\nW-07,20270101\nW-08,"
                              "20270106,1\n";
    struct call c = {.check_only = true};
    (void)state;
    int64_t before = readings();
    assert_int_equal(import(&c, good), OK);
    assert_int_equal(c.out.rows, 3);
    assert_int_equal(c.out.errors, 0);
    assert_int_equal(readings(), before); /* only looked at */
    c.check_only = false;
    assert_int_equal(import(&c, good), OK);
    assert_int_equal(readings(), before + 3);
    assert_int_equal(harness_i64("SELECT usage_e3 FROM meter_reading WHERE meter_id = $1 AND day = 20270101",
                                 ARGS(I64(meter_of[2]))),
                     1750);
    assert_int_equal(import(&c, good), ERR_EXISTS);        /* the same file */
    assert_int_equal(import(&c, "W-03,20270101,7\n"), OK); /* another file with what is known */
    assert_int_equal(c.out.unchanged, 1);
    assert_int_equal(import(&c, gb), OK);
    assert_int_equal(readings(), before + 4);
    assert_int_equal(import(&c, bad), OK);
    assert_int_equal(readings(), before + 4); /* all or nothing */
    static const struct {
        int64_t row;
        const char *column;
    } want[] = {
        {2, "表号"},
        {3, "日期"},
        {3, "读数"},
        {4, "日期"},
        {5, "读数"},
        {6, "日期"}
    };
    assert_int_equal(c.out.errors, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_int_equal(c.out.error[i].row, want[i].row);
        assert_string_equal(c.out.error[i].column, want[i].column);
    }
    assert_int_equal(import(&c, "W-05,20270101,8\n\"W-06,20270101,1\n"), OK);
    assert_int_equal(c.out.errors, 1); /* the quote */
    assert_int_equal(import(&c, "\xFF\xFE\x80,1"), ERR_INVALID);
    assert_int_equal(import(&c, "表号,日期,读数\n"), ERR_INVALID);
    c.bytes = good;
    c.nbytes = sizeof good - 1;
    assert_int_equal(harness_write(&stranger, run_import, &c), OK);
    assert_int_equal(c.out.errors, 3); /* meters of another company are not there */
}

static void test_missing_and_odd(void **state)
{
    static const int64_t uses[][5] = {
        {10, 10, 10, 31, 5 }, /* 3.1 times the mean */
        {10, 10, 10, 30, 5 }, /* exactly 3 times is not more */
        {10, 10, 10, 0,  0 }, /* nothing after some; nothing after nothing is known */
        {10, 10, 10, 8,  -1}
    };
    struct call c = {.from = 20270101, .to = 20270131};
    (void)state;
    at(20270401);
    for (size_t i = 0; i < COUNT(uses); i++) {
        int64_t at_e3 = 1000;
        struct call m = {
            .meter = {.item_id = water,
                      .room_id = 109,
                      .multiplier_e3 = 1000,
                      .modulus_e3 = 100000,
                      .first_e3 = at_e3,
                      .serial = arena_printf(harness_ctx(NULL)->arena, "X-%zu", i),
                      .from_day = 20260901}
        };
        assert_int_equal(harness_write(&checker, run_add, &m), OK);
        for (int k = 0; k < 5; k++) {
            at_e3 += uses[i][k] * 1000;
            if (uses[i][k] < 0) /* rolled over: 99 m3 of the 100 */
                at_e3 = 38000;
            assert_int_equal(put(m.id, (int32_t[]){20260930, 20261031, 20261130, 20270115, 20270215}[k], at_e3), OK);
        }
    }
    assert_int_equal(harness_read(&maker, run_odd, &c), OK);
    assert_int_equal(c.n, 2);
    assert_string_equal(c.serial[0], "X-0");
    assert_int_equal(c.what[0], ODD_HIGH);
    assert_string_equal(c.serial[1], "X-2");
    assert_int_equal(c.what[1], ODD_ZERO);
    c.from = 20270201, c.to = 20270228;
    assert_int_equal(harness_read(&maker, run_odd, &c), OK);
    assert_int_equal(c.n, 1);
    assert_int_equal(c.what[0], ODD_ROLLED_OVER);
    assert_int_equal(harness_read(&maker, run_missing, &c), OK);
    assert_int_equal(c.n, ROOMS); /* W-01 was taken down, W-01B took its place; the X were read */
    assert_int_equal(put(meter_of[9], 20270214, 1000), OK);
    assert_int_equal(harness_read(&maker, run_missing, &c), OK);
    assert_int_equal(c.n, ROOMS - 1);
    assert_int_equal(harness_read(&stranger, run_missing, &c), OK);
    assert_int_equal(c.n, 0);
}

/* ---- swapped, or read at a handover, on the day after a billed period: charged once, in the next one ---- */

static int64_t hang(int64_t item_id, int64_t room, const char *serial)
{
    struct call c = {
        .meter = {.item_id = item_id,
                  .room_id = room,
                  .multiplier_e3 = 1000,
                  .modulus_e3 = 100000000,
                  .serial = serial,
                  .from_day = 20261101}
    };
    assert_int_equal(harness_write(&checker, run_add, &c), OK);
    return c.id;
}

static int64_t counts_on(int64_t meter, int32_t day)
{
    return harness_i64("SELECT counts_on FROM meter_reading WHERE meter_id = $1 AND day = $2",
                       ARGS(I64(meter), I64(day)));
}

static int64_t fen(int64_t run, int64_t room)
{
    return show(bill_of(run, room)).bill.amount_fen;
}

static void test_swapped_the_day_after(void **state)
{
    struct call c = {
        .id = meter_of[5], .reading = 26000, .meter = {.multiplier_e3 = 1000, .first_e3 = 0, .serial = "W-05B"}
    };
    (void)state;
    at(20270705);
    assert_int_equal(put(meter_of[5], 20270501, 10000), OK);
    assert_int_equal(put(meter_of[5], 20270520, 20000), OK);
    int64_t may = billed(20270605, 105);
    assert_int_equal(fen(may, 105), 3450);
    for (c.day = 20270530; c.day <= 20270531; c.day++)
        assert_int_equal(harness_write(&maker, run_swap, &c), ERR_STATE); /* inside of it */
    assert_int_equal(put(meter_of[5], 20270601, 26000), ERR_STATE);       /* a plain reading can wait a day */
    c.day = 20270601;
    assert_int_equal(harness_write(&maker, run_swap, &c), OK);
    assert_int_equal(counts_on(meter_of[5], 20270601), 20270602);
    struct call fix = {.id = meter_of[5], .reading = 25000, .text = "抄错"};
    assert_int_equal(harness_write(&maker, run_correct, &fix), OK); /* no bill rests on it yet */
    assert_int_equal(counts_on(meter_of[5], 20270601), 20270602);
    assert_int_equal(put(c.id, 20270701, 2000), OK);
    assert_int_equal(void_bill(bill_of(may, 105)), OK); /* nor does May take it when it is billed again */
    assert_int_equal(fen(billed(20270605, 105), 105), 3450);
    assert_int_equal(fen(billed(20270705, 105), 105), 2415); /* 5 by the old one, 2 by the new one */
    assert_int_equal(harness_write(&maker, run_correct, &fix), ERR_STATE);
    all_well();
}

static void test_swapped_when_both_are_billed(void **state)
{
    struct call c = {
        .id = meter_of[6], .day = 20270601, .reading = 26000, .meter = {.multiplier_e3 = 1000, .serial = "W-06B"}
    };
    (void)state;
    assert_int_equal(put(meter_of[6], 20270520, 20000), OK);
    int64_t next = hang(water, 106, "W-06C");
    assert_int_equal(put(next, 20270610, 1000), OK);
    assert_int_equal(fen(billed(20270605, 106), 106), 6900);
    int64_t june = bill_of(billed(20270705, 106), 106);
    assert_int_equal(show(june).bill.amount_fen, 345);
    assert_int_equal(harness_write(&maker, run_swap, &c), ERR_STATE);
    assert_int_equal(harness_write(&maker, run_event, &c), ERR_STATE);
    assert_int_equal(void_bill(june), OK);
    assert_int_equal(harness_write(&maker, run_swap, &c), OK);
    assert_int_equal(fen(billed(20270705, 106), 106), 345 + 2070);
    all_well();
}

static void test_handed_over_the_day_after(void **state)
{
    struct call c = {.id = meter_of[8], .from = 9401, .reading = 23000};
    (void)state;
    sql("INSERT INTO handover(id, company_id, project_id, room_id, state, day, created_by, created_at, changed_at)"
        " VALUES (9401, 1, 11, 108, 'inspected', 20270601, 32, 0, 0)",
        NO_ARGS);
    sql("INSERT INTO file(id, company_id, account_id, name, kind, stored, bytes, sha256, created_at)"
        " VALUES (9401, 1, 32, 'sign', 'image/jpeg', 'sign', 1, $1, 0)",
        ARGS(BLOB("x", 1)));
    assert_int_equal(put(meter_of[8], 20270520, 20000), OK);
    int64_t may = billed(20270605, 108);
    c.day = 20270531;
    assert_int_equal(harness_write(&checker, run_hand_over, &c), ERR_STATE);
    c.day = 20270601;
    assert_int_equal(harness_write(&checker, run_hand_over, &c), OK);
    assert_int_equal(counts_on(meter_of[8], 20270601), 20270602);
    assert_int_equal(void_bill(bill_of(may, 108)), OK);
    int64_t again = billed(20270605, 108), june = billed(20270705, 108);
    assert_int_equal(fen(again, 108), fen(may, 108));
    assert_int_equal(fen(june, 108), 1035);
    all_well();
}

/* Of an item that was ended no next period comes: the room still has something to be billed for. */
static void test_read_the_day_after_the_end(void **state)
{
    struct call c = {.id = meter_of[7], .day = 20270601, .to = 20270531, .reading = 33000, .text = "已另行结清"};
    (void)state;
    assert_int_equal(put(meter_of[7], 20270520, 32000), OK);
    assert_int_equal(harness_write(&checker, run_end, &c), OK);
    assert_int_equal(fen(billed(20270605, 107), 107), 690);
    assert_int_equal(harness_read(&maker, run_unbilled, &c), OK);
    assert_int_equal(c.n, 0);
    assert_int_equal(harness_write(&maker, run_event, &c), OK);
    assert_int_equal(harness_read(&maker, run_unbilled, &c), OK);
    assert_int_equal(c.n, 1);
    c.reading = 32000;
    assert_int_equal(harness_write(&maker, run_correct, &c), OK);
    assert_int_equal(harness_read(&maker, run_unbilled, &c), OK);
    assert_int_equal(c.n, 0);
    all_well();
}

/* A year of tiers: what was read on 1 January is the new year's once the old one is billed. */
static void test_tiers_over_the_new_year(void **state)
{
    struct call c = {
        .day = 20270101, .reading = 28000, .meter = {.multiplier_e3 = 1000, .serial = "T-01B"}
    };
    (void)state;
    int64_t gas = item((struct fee_item){.code = "rq", .name = "燃气", .kind = FEE_TIERED}, 0, false);
    struct call t = {.id = gas};
    assert_int_equal(harness_write(&checker, run_tiers, &t), OK);
    sql("INSERT INTO fee_assign(company_id, project_id, item_id, room_id, coefficient_e4, from_day, to_day)"
        " VALUES (1, 11, $1, 105, 10000, 20260101, 99991231)",
        ARGS(I64(gas)));
    c.id = hang(gas, 105, "T-01");
    int64_t old = c.id;
    assert_int_equal(put(c.id, 20261215, 20000), OK);
    assert_int_equal(fen(billed(20270105, 105), 105), 6000); /* 10 at 1.00, 10 at 5.00 */
    assert_int_equal(harness_write(&maker, run_swap, &c), OK);
    assert_int_equal(counts_on(old, 20270101), 20270102);
    assert_int_equal(put(c.id, 20270201, 1000), OK);
    assert_int_equal(fen(billed(20270205, 105), 105), 900); /* 8 + 1, from the first tier */
    assert_int_equal(put(c.id, 20270301, 3000), OK);
    assert_int_equal(fen(billed(20270305, 105), 105), 100 + 500); /* the 10th and the 11th */
    all_well();
}

static void test_a_public_meter_swapped_the_day_after(void **state)
{
    struct call c = {
        .day = 20270601, .reading = 24000, .meter = {.multiplier_e3 = 1000, .serial = "P-01B"}
    };
    (void)state;
    int64_t light = item((struct fee_item){.code = "gt", .name = "公摊", .kind = FEE_SHARED}, 10000, true);
    c.id = hang(light, 0, "P-01");
    struct call s = {.id = c.id, .n = light, .from = 20270501, .to = 20270531};
    assert_int_equal(put(c.id, 20270520, 20000), OK);
    assert_int_equal(harness_write(&checker, run_share, &s), OK);
    assert_int_equal(s.usage, 20000);
    assert_int_equal(harness_write(&maker, run_swap, &c), OK);
    s.from = 20270601, s.to = 20270630;
    assert_int_equal(harness_write(&checker, run_share, &s), OK);
    assert_int_equal(s.usage, 4000);
    all_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reading_and_correcting),
                                       cmocka_unit_test(test_swapping_adds_up),
                                       cmocka_unit_test(test_a_billed_month_takes_no_readings),
                                       cmocka_unit_test(test_importing),
                                       cmocka_unit_test(test_missing_and_odd),
                                       cmocka_unit_test(test_swapped_the_day_after),
                                       cmocka_unit_test(test_swapped_when_both_are_billed),
                                       cmocka_unit_test(test_handed_over_the_day_after),
                                       cmocka_unit_test(test_read_the_day_after_the_end),
                                       cmocka_unit_test(test_tiers_over_the_new_year),
                                       cmocka_unit_test(test_a_public_meter_swapped_the_day_after)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
