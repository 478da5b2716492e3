/* test_fee_kinds.c - spaces, charges, deposits, shares: billed once, explained, voided, billed again; rounding of items.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

#include "domain/estate.h"
#include "domain/fee_kind.h"
#include "domain/fee_meter.h"
#include "domain/fee_request.h"
#include <stdlib.h>

struct call {
    int64_t id, fen, n;
    int32_t day;
    const char *name;
    struct lease lease;
    struct charge charge;
    struct fee_share share, made;
    struct meter meter;
    struct fee_request rq, done;
    enum request_step step;
    int64_t sum, parts, skipped;
};

static enum err run_space(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct parking in = {.name = c->name, .kind = "ground", .holding = "free", .to_day = 99991231};
    return parking_create(cx, &in, &c->id);
}

static enum err run_lease(struct ctx *cx, void *arg)
{
    return space_lease(cx, &((struct call *)arg)->lease);
}

static enum err run_lease_end(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return space_lease_end(cx, c->lease.item_id, c->lease.space_id, c->day);
}

static enum err run_charge(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return charge_add(cx, &c->charge, &c->id);
}

static enum err run_charge_cancel(struct ctx *cx, void *arg)
{
    return charge_cancel(cx, ((struct call *)arg)->id);
}

static enum err run_share(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return share_make(cx, &c->share, &c->made);
}

static enum err run_share_cancel(struct ctx *cx, void *arg)
{
    return share_cancel(cx, ((struct call *)arg)->id);
}

static void on_part(void *arg, const struct share_part *p)
{
    struct call *c = arg;
    c->sum += p->amount_fen;
    c->parts += p->amount_fen > 0;
    c->skipped += *p->reason != 0;
}

static enum err run_parts(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->sum = c->parts = c->skipped = 0;
    return share_parts(cx, c->id, on_part, c);
}

static enum err run_meter(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return meter_add(cx, &c->meter, &c->id);
}

static enum err run_read(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return meter_read(cx, c->id, c->day, c->n, &c->fen);
}

static enum err run_request(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = request_make(cx, &c->rq, &c->done);
    c->id = c->done.id;
    return e;
}

static enum err run_decide(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return request_act(cx, c->id, c->step, "n", &c->done);
}

/* 0.15 x 130.70 = 19.605; 1.4 x 100.24 x 12 = 1684.032; 1.2 x 317.06 x 12 = 4565.664; to fen, jiao, yuan, each way */
static void test_rounding_of_items(void **state)
{
    static const struct {
        int64_t area_e4, price_e4;
        int rounding, round_to;
        int64_t fen;
    } cases[] = {
        {1307000, 1500,  ROUND_HALF_UP, TO_FEN,  12 * 1961 - 6},
        {1002400, 14000, ROUND_HALF_UP, TO_YUAN, 168400       },
        {3170600, 12000, ROUND_HALF_UP, TO_YUAN, 456600       },
        {1002400, 14000, ROUND_UP,      TO_YUAN, 168500       },
        {3170600, 12000, ROUND_DOWN,    TO_YUAN, 456500       },
        {1002400, 14000, ROUND_HALF_UP, TO_JIAO, 168400       },
        {1002400, 14000, ROUND_UP,      TO_JIAO, 168410       },
        {3170600, 12000, ROUND_HALF_UP, TO_FEN,  456566       }
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fee_item f = {.code = arena_printf(harness_ctx(NULL)->arena, "y%zu", i),
                             .kind = FEE_AREA,
                             .cycle = CYCLE_YEARLY,
                             .rounding = cases[i].rounding,
                             .round_to = cases[i].round_to};
        int64_t id = item(f, cases[i].price_e4, true);
        sql("UPDATE room SET area_e4 = $1 WHERE id = 101", ARGS(I64(cases[i].area_e4)));
        int64_t run = drafts(20270105, 101);
        assert_int_equal(harness_i64("SELECT amount_fen FROM bill WHERE id = $1", ARGS(I64(bill_of(run, 101)))),
                         cases[i].fen);
        assert_int_equal(run_act(&maker, run, RUN_CANCEL), OK);
        sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(id)));
    }
    sql("UPDATE room SET area_e4 = 1010000 WHERE id = 101", NO_ARGS);
}

static int64_t parking, space;

static void test_spaces_are_paid_for_each(void **state)
{
    struct call c = {.name = "A-01"};
    (void)state;
    parking = item((struct fee_item){.code = "tc", .name = "停车费", .kind = FEE_PARKING}, 3000000, false);
    assert_int_equal(harness_write(&checker, run_space, &c), OK);
    space = c.id;
    assert_int_equal(harness_write(&checker, run_space, &c), ERR_EXISTS);
    c.lease = (struct lease){parking, space, 100, 10000, 20260101};
    assert_int_equal(harness_write(&stranger, run_lease, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&checker, run_lease, &c), OK);
    assert_int_equal(harness_write(&checker, run_lease, &c), ERR_STATE); /* let already */
    struct call d = {.name = "A-02"};
    assert_int_equal(harness_write(&checker, run_space, &d), OK);
    d.lease = (struct lease){parking, d.id, 100, 5000, 20261211}; /* a small one, for part of December */
    assert_int_equal(harness_write(&checker, run_lease, &d), OK);

    int64_t run = billed(20270105, 0), bill = bill_of(run, 100);
    struct fees_call s = show(bill);
    assert_int_equal(s.nlines, 2);
    assert_int_equal(s.line[0].amount_fen, 30000);
    assert_int_equal(s.line[1].amount_fen, 10161); /* 150 x 21/31 */
    assert_non_null(strstr(s.snapshot[1], "\"coefficient_e4\":5000"));
    assert_non_null(strstr(s.snapshot[1], "\"days\":21"));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM bill_line WHERE bill_id = $1 AND name = '停车费 A-01'", ARGS(I64(bill))), 1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1", ARGS(I64(run))), 1);

    /* given up on 15 January, let to somebody else the day after: two bills, each by its days */
    c.day = 20270115;
    assert_int_equal(harness_write(&checker, run_lease_end, &c), OK);
    c.lease = (struct lease){parking, space, 101, 10000, 20270116};
    assert_int_equal(harness_write(&checker, run_lease, &c), OK);
    at(20270205);
    run = billed(20270205, 0);
    assert_int_equal(show(bill_of(run, 101)).bill.amount_fen, 15484);    /* 300 x 16/31 */
    assert_int_equal(show(bill_of(run, 100)).line[0].amount_fen, 14516); /* 300 x 15/31 */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1", ARGS(I64(run))), 2);
    sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(parking)));
    all_well();
}

static void test_charges_are_billed_once(void **state)
{
    struct call c = {0};
    (void)state;
    int64_t once = item((struct fee_item){.code = "zx", .name = "装修管理费", .kind = FEE_ONE_OFF}, 0, false);
    c.charge =
        (struct charge){.item_id = once, .room_id = 102, .amount_fen = 50000, .day = 20270201, .note = "三楼装修"};
    assert_int_equal(harness_write(&maker, run_charge, &c), OK);
    int64_t first = c.id;
    assert_int_equal(harness_write(&maker, run_charge, &c), OK); /* another on the same day */
    int64_t second = c.id;
    c.charge.day = 20270301; /* later than the run */
    assert_int_equal(harness_write(&maker, run_charge, &c), OK);
    struct call wrong = c;
    wrong.charge.item_id = parking;
    assert_int_equal(harness_write(&maker, run_charge, &wrong), ERR_INVALID);
    assert_int_equal(harness_write(&maker, run_charge_cancel, &c), OK);
    c.id = second;
    assert_int_equal(harness_write(&stranger, run_charge_cancel, &c), ERR_NOT_FOUND);

    int64_t run = billed(20270205, 0), bill = bill_of(run, 102);
    struct fees_call s = show(bill);
    assert_int_equal(s.nlines, 2);
    assert_int_equal(s.bill.amount_fen, 100000);
    assert_non_null(strstr(s.snapshot[0], "三楼装修"));
    assert_non_null(strstr(s.snapshot[0], "\"kind\":\"one_off\""));
    assert_int_equal(harness_write(&maker, run_charge_cancel, &c), ERR_NOT_FOUND); /* too late */
    int64_t again = drafts(20270206, 0);
    assert_int_equal(bill_of(again, 102), 0);
    assert_int_equal(run_act(&maker, again, RUN_CANCEL), OK);
    assert_int_equal(void_bill(bill), OK);
    assert_int_equal(balance(LA_RECEIVABLE, 102), 0);
    again = drafts(20270206, 0);
    assert_int_equal(harness_i64("SELECT replaces_id FROM bill WHERE id = $1", ARGS(I64(bill_of(again, 102)))), bill);
    assert_int_equal(run_act(&maker, again, RUN_CANCEL), OK); /* nor does cancelling a run lose them */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM fee_charge WHERE id IN ($1, $2) AND state = 'open'",
                                 ARGS(I64(first), I64(second))),
                     2);
    sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(once)));
    all_well();
}

static void test_deposits_go_back(void **state)
{
    struct call c = {0};
    (void)state;
    int64_t deposit = item((struct fee_item){.code = "yj", .name = "装修押金", .kind = FEE_DEPOSIT}, 0, false);
    struct fees_call wrong = {
        .item = {.code = "yj2", .name = "x", .kind = FEE_DEPOSIT, .income = INCOME_FEES, .enabled = true}
    };
    assert_int_equal(harness_write(&checker, fw_item, &wrong), ERR_INVALID);
    c.charge = (struct charge){.item_id = deposit, .room_id = 103, .amount_fen = 200000, .day = 20270201};
    assert_int_equal(harness_write(&maker, run_charge, &c), OK);
    int64_t bill = bill_of(billed(20270205, 0), 103);
    assert_int_equal(balance(LA_DEPOSITS, 103), 200000);
    assert_int_equal(balance(LA_INCOME, -1), balance(LA_INCOME, 0));
    c.rq = (struct fee_request){.kind = RQ_DEPOSIT_BACK,
                                .bill_id = bill,
                                .line_n = 1,
                                .amount_fen = 150000,
                                .method = "transfer",
                                .voucher = "T-1",
                                .reason = "验收合格"};
    assert_int_equal(harness_write(&maker, run_request, &c), ERR_STATE); /* not paid yet */
    pay(bill, 0);
    assert_int_equal(harness_write(&maker, run_request, &c), OK);
    assert_int_equal(harness_write(&maker, run_decide, &c), ERR_FORBIDDEN);
    assert_int_equal(harness_write(&stranger, run_decide, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&checker, run_decide, &c), OK);
    assert_int_equal(balance(LA_DEPOSITS, 103), 50000);
    assert_int_equal(balance(LA_BANK, -1), -150000);
    assert_int_equal(harness_write(&checker, run_decide, &c), ERR_STATE);
    c.rq.amount_fen = 50001;
    assert_int_equal(harness_write(&maker, run_request, &c), ERR_INVALID); /* more than is left */
    c.rq.amount_fen = 50000;
    assert_int_equal(harness_write(&maker, run_request, &c), OK);
    struct call two = c;
    assert_int_equal(harness_write(&maker, run_request, &two), OK); /* asked twice: only one of them can be done */
    assert_int_equal(harness_write(&checker, run_decide, &c), OK);
    assert_int_equal(harness_write(&checker, run_decide, &two), ERR_INVALID);
    assert_int_equal(balance(LA_DEPOSITS, 103), 0);
    sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(deposit)));
    all_well();
}

static void test_shares_add_up(void **state)
{
    struct call c = {0};
    (void)state;
    int64_t shared = item(
        (struct fee_item){.code = "gt", .name = "公摊电费", .kind = FEE_SHARED, .income = INCOME_OTHERS}, 6000, true);
    c.share = (struct fee_share){
        .item_id = shared, .from = 20270101, .to = 20270131, .basis = SHARE_AREA, .total_fen = 10001};
    assert_int_equal(harness_write(&stranger, run_share, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&maker, run_share, &c), OK);
    assert_int_equal(c.made.rooms, 9);
    assert_int_equal(c.made.skipped, 1); /* room 109 has no area: it is told, not billed 0 */
    c.id = c.made.id;
    assert_int_equal(harness_read(&maker, run_parts, &c), OK);
    assert_int_equal(c.sum, 10001);
    assert_int_equal(c.parts, 9);
    assert_int_equal(c.skipped, 1);
    int64_t run = billed(20270205, 0), bill = bill_of(run, 104);
    assert_int_equal(harness_i64("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM bill WHERE run_id = $1", ARGS(I64(run))),
                     10001);
    struct fees_call s = show(bill);
    assert_non_null(strstr(s.snapshot[0], "\"basis\":\"area\""));
    assert_non_null(strstr(s.snapshot[0], "\"total_fen\":10001"));
    assert_non_null(strstr(s.snapshot[0], "\"weight\":1040000"));
    assert_int_equal(harness_write(&maker, run_share_cancel, &c), ERR_STATE); /* billed */
    for (int64_t room = 100; room < 109; room++)
        assert_int_equal(void_bill(bill_of(run, room)), OK);
    assert_int_equal(harness_write(&maker, run_share_cancel, &c), OK);
    run = drafts(20270205, 0);
    assert_int_equal(harness_i64("SELECT bills FROM bill_run WHERE id = $1", ARGS(I64(run))), 0);
    assert_int_equal(run_act(&maker, run, RUN_CANCEL), OK);

    /* a share of a room that changed hands: split, and either part can be voided and billed again by itself */
    sql("INSERT INTO fee_liable(company_id, project_id, room_id, from_day, payer_id, payer_name, account_id, at)"
        " VALUES (1, 11, 105, 19000101, 41, 'p', 0, 0), (1, 11, 105, 20270116, 42, 'q', 0, 0)",
        NO_ARGS);
    assert_int_equal(harness_write(&maker, run_share, &c), OK);
    run = billed(20270205, 0);
    int64_t whole = harness_i64("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM bill WHERE run_id = $1 AND room_id = 105",
                                ARGS(I64(run)));
    for (int64_t payer = 41; payer <= 42; payer++) {
        int64_t half = harness_i64(
            "SELECT MAX(id) FROM bill WHERE room_id = 105 AND payer_id = $1 AND state = 'published'", ARGS(I64(payer)));
        assert_int_equal(void_bill(half), OK);
        int64_t cancelled = drafts(20270205, 0);
        assert_int_equal(harness_i64("SELECT bills FROM bill_run WHERE id = $1", ARGS(I64(cancelled))), 1);
        assert_int_equal(run_act(&maker, cancelled, RUN_CANCEL), OK);
        (void)billed(20270205, 0);
        assert_int_equal(balance(LA_RECEIVABLE, 105), whole);
    }
    sql("DELETE FROM fee_liable WHERE room_id = 105", NO_ARGS);

    /* the use of a public meter, by household; once */
    c.meter = (struct meter){
        .item_id = shared, .multiplier_e3 = 1000, .first_e3 = 1000000, .serial = "P-1", .from_day = 20270101};
    assert_int_equal(harness_write(&checker, run_meter, &c), OK);
    c.share = (struct fee_share){
        .item_id = shared, .from = 20270101, .to = 20270131, .basis = SHARE_HOUSEHOLD, .meter_id = c.id};
    assert_int_equal(harness_write(&maker, run_share, &c), ERR_INVALID); /* not read yet */
    c.day = 20270201;
    c.n = 1167000;
    assert_int_equal(harness_write(&maker, run_read, &c), OK);
    assert_int_equal(harness_write(&maker, run_share, &c), OK);
    assert_int_equal(c.made.total_fen, 10020); /* 167 x 0.60 */
    assert_int_equal(c.made.rooms, 10);
    assert_int_equal(harness_write(&maker, run_share, &c), ERR_EXISTS);
    run = billed(20270205, 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1 AND amount_fen = 1002", ARGS(I64(run))),
                     10);
    assert_non_null(strstr(show(bill_of(run, 109)).snapshot[0], "\"usage_e3\":167000"));
    all_well();
}

static enum err run_assign_one(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_assign_room(cx, c->id, c->n, c->day, c->fen);
}

static void test_shares_by_weight(void **state)
{
    (void)state;
    int64_t lift = item((struct fee_item){.code = "dt", .name = "电梯费", .kind = FEE_SHARED}, 0, true);
    struct call c = {.id = lift, .n = 100, .day = 20270201, .fen = 30000};
    assert_int_equal(harness_write(&stranger, run_assign_one, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&checker, run_assign_one, &c), OK);
    assert_int_equal(harness_write(&checker, run_assign_one, &c), OK); /* said twice */
    c.share = (struct fee_share){
        .item_id = lift, .from = 20270201, .to = 20270228, .basis = SHARE_WEIGHT, .total_fen = 12000};
    assert_int_equal(harness_write(&maker, run_share, &c), OK);
    assert_int_equal(c.made.weights, 120000); /* nine of 1 and one of 3 */
    assert_int_equal(harness_i64("SELECT amount_fen FROM fee_share_part WHERE share_id = $1 AND room_id = 100",
                                 ARGS(I64(c.made.id))),
                     3000);
    assert_int_equal(harness_i64("SELECT amount_fen FROM fee_share_part WHERE share_id = $1 AND room_id = 109",
                                 ARGS(I64(c.made.id))),
                     1000);
    int64_t deposit = item((struct fee_item){.code = "yj3", .kind = FEE_DEPOSIT}, 0, false);
    c.id = deposit;
    assert_int_equal(harness_write(&checker, run_assign_one, &c), ERR_INVALID);
}

static void test_shares_for_any_numbers(void **state)
{
    enum { MOST = 40 };
    int64_t weight[MOST], part[MOST], slow[MOST];
    (void)state;
    srandom(9);
    for (int i = 0; i < 100000; i++) {
        struct arena *a = arena_new(0);
        size_t n = (size_t)(1 + random() % MOST);
        int64_t total = random() % 100000000, sum = 0, weights = 0;
        for (size_t k = 0; k < n; k++)
            weights += weight[k] = random() % 4 ? random() % 3000000 : 0;
        bool ok = share_split(a, total, weight, n, part);
        assert_int_equal(ok, weights > 0);
        for (size_t k = 0; k < n && ok; k++) {
            wide exact = (wide)total * weight[k];
            sum += part[k];
            assert_true((wide)part[k] * weights > exact - weights && (wide)part[k] * weights < exact + weights);
        }
        assert_true(!ok || sum == total);
        if (ok && i % 10 == 0) { /* the simple one says the same */
            assert_true(split_fen(total, weight, n, slow));
            assert_memory_equal(part, slow, n * sizeof *part);
        }
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounding_of_items),       cmocka_unit_test(test_spaces_are_paid_for_each),
        cmocka_unit_test(test_charges_are_billed_once), cmocka_unit_test(test_deposits_go_back),
        cmocka_unit_test(test_shares_add_up),           cmocka_unit_test(test_shares_by_weight),
        cmocka_unit_test(test_shares_for_any_numbers)};
    return cmocka_run_group_tests(tests, fees_world, harness_close);
}
