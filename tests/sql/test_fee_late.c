/* test_fee_late.c - late fees on bills: daily, after downtime, value-dated, disputed, held, waived; writing off; adjusting.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

#include "domain/fee_late.h"
#include "domain/fee_request.h"

struct call {
    int64_t id, steps;
    int32_t day;
    bool more;
    const char *text;
    struct fee_request rq, done;
    enum request_step step;
    int64_t disputes;
    bool dismissed;
};

static enum err run_late(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return late_step(cx, clock_day_add(clock_day(cx->now), -1), 3, &c->more);
}

static int64_t accrue(int32_t today) /* how many steps it took */
{
    struct call c = {.more = true};
    at(today);
    for (; c.more; c.steps++)
        assert_int_equal(harness_write(NULL, run_late, &c), OK);
    return c.steps;
}

static enum err run_dispute(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    int64_t id = 0;
    return dispute_open(cx, c->id, c->day, c->text, &id);
}

static enum err run_settle(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return dispute_close(cx, c->id, c->text, !c->dismissed);
}

static void on_dispute(void *arg, const struct dispute *d)
{
    ((struct call *)arg)->disputes += d->to_day < 99991231;
}

static enum err run_disputes(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->disputes = 0;
    return dispute_list(cx, c->id, on_dispute, c);
}

static enum err run_request(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = request_make(cx, &c->rq, &c->done);
    c->id = e ? c->id : c->done.id;
    return e;
}

static enum err run_decide(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return request_act(cx, c->id, c->step, c->text, &c->done);
}

static enum err ask(struct call *c, struct fee_request rq)
{
    c->rq = rq;
    c->rq.reason = "r";
    c->text = "n";
    return harness_write(&maker, run_request, c);
}

static enum err decide(const struct actor *who, struct call *c, enum request_step step)
{
    c->step = step;
    return harness_write(who, run_decide, c);
}

static int64_t late_of(int64_t bill)
{
    return harness_i64("SELECT late_fen FROM bill WHERE id = $1", ARGS(I64(bill)));
}

static int64_t bills[ROOMS];

/* 1,000 yuan a room, due on 15 January, 0.5 per mille a day from the fourth day on, 10 % at most */
static int set_up(void **state)
{
    int rc = fees_world(state);
    item((struct fee_item){.code = "wy",
                           .name = "物业费",
                           .kind = FEE_FIXED,
                           .due_days = 10,
                           .late_rate_e6 = 500,
                           .late_grace_days = 3,
                           .late_cap_e4 = 1000},
         10000000, true);
    int64_t run = billed(20270105, 0);
    for (int64_t i = 0; i < ROOMS; i++)
        bills[i] = bill_of(run, 100 + i);
    return rc;
}

static void test_accrues_daily_and_after_downtime(void **state)
{
    (void)state;
    assert_int_equal(harness_i64("SELECT due_day FROM bill WHERE id = $1", ARGS(I64(bills[0]))), 20270115);
    accrue(20270119);
    assert_int_equal(late_of(bills[0]), 0);
    assert_in_range(accrue(20270120), 4, 5); /* ten bills by threes */
    assert_int_equal(late_of(bills[0]), 50); /* the 19th was the first day that costs */
    assert_int_equal(accrue(20270120), 1);   /* again on the same day: nothing to do */
    assert_int_equal(late_of(bills[0]), 50);
    accrue(20270129); /* nine days later */
    for (int i = 0; i < ROOMS; i++)
        assert_int_equal(late_of(bills[i]), 500);
    all_well();
}

static void test_stops_with_the_payment(void **state)
{
    (void)state;
    pay(bills[1], 60000); /* on the 29th: that day costs what is left */
    accrue(20270130);
    assert_int_equal(late_of(bills[0]), 550);
    assert_int_equal(late_of(bills[1]), 520);
    accrue(20270208);
    assert_int_equal(late_of(bills[1]), 700); /* nine days of 400 yuan */
    pay(bills[2], 100000);                    /* the principal only */
    assert_string_equal(show(bills[2]).state, "partial");
    assert_int_equal(late_of(bills[2]), 1000);
    /* somebody typed in on the 8th what had come by bank on the 4th */
    pay(bills[3], 50000);
    sql("UPDATE payment SET day = 20270204 WHERE id = (SELECT payment_id FROM payment_bill WHERE bill_id = $1)",
        ARGS(I64(bills[3])));
    accrue(20270209);
    assert_int_equal(late_of(bills[2]), 1000);
    assert_int_equal(late_of(bills[3]), 50 * 16 + 25 * 5); /* 19 January to 3 February whole, 4 to 8 half */
    int64_t income = balance(LA_LATE_INCOME, -1);
    pay(bills[2], 1000);
    assert_string_equal(show(bills[2]).state, "paid");
    assert_int_equal(balance(LA_LATE_INCOME, -1), income + 1000); /* income when it is paid, not before */
    all_well();
}

static void test_disputes(void **state)
{
    struct call c = {.id = bills[4], .day = 20270209, .text = "面积不对"};
    (void)state;
    assert_int_equal(harness_write(&stranger, run_dispute, &c), ERR_NOT_FOUND);
    c.day = 20270301;
    assert_int_equal(harness_write(&maker, run_dispute, &c), ERR_INVALID);
    c.day = 20270206; /* as the owner's letter says: three days that were charged go back */
    assert_int_equal(late_of(bills[4]), 1050);
    assert_int_equal(harness_write(&maker, run_dispute, &c), OK);
    assert_int_equal(late_of(bills[4]), 900);
    assert_int_equal(harness_write(&maker, run_dispute, &c), ERR_STATE);
    accrue(20270219);
    assert_int_equal(late_of(bills[4]), 900);
    c.text = "复核无误";
    assert_int_equal(harness_write(&maker, run_settle, &c), ERR_FORBIDDEN); /* no waiver by one alone */
    assert_int_equal(harness_write(&checker, run_settle, &c), OK);          /* the 19th itself is still free */
    assert_int_equal(harness_write(&checker, run_settle, &c), ERR_STATE);
    accrue(20270222);
    assert_int_equal(late_of(bills[4]), 1000);
    assert_int_equal(harness_read(&maker, run_disputes, &c), OK);
    assert_int_equal(c.disputes, 1);
    assert_int_equal(harness_read(&stranger, run_disputes, &c), ERR_NOT_FOUND);
    all_well();
}

/* Nothing was wrong with the bill: the days of the dispute cost what they cost the neighbour. */
static void test_a_dismissed_dispute_costs_its_days(void **state)
{
    struct call c = {.id = bills[9], .day = 20270216, .text = "说没住", .dismissed = true};
    (void)state;
    assert_int_equal(late_of(bills[9]), late_of(bills[8]));
    assert_int_equal(harness_write(&maker, run_dispute, &c), OK);
    assert_true(late_of(bills[9]) < late_of(bills[8]));
    assert_int_equal(harness_write(&maker, run_settle, &c), OK); /* whoever opened it: it lets nothing off */
    assert_int_equal(late_of(bills[9]), late_of(bills[8]));
    c.day = 20270222;
    c.dismissed = false;
    assert_int_equal(harness_write(&checker, run_dispute, &c), OK);
    assert_int_equal(harness_write(&checker, run_settle, &c), ERR_FORBIDDEN); /* a manager alone neither */
    assert_int_equal(harness_write(&maker, run_settle, &c), OK);
    all_well();
}

static void hold(int64_t bill, int64_t held)
{
    static bool made;
    if (!made) {
        sql("INSERT INTO merchant(id, company_id, channel, name, appid, mchid, secrets_enc, created_at)"
            " VALUES (900, 1, 'wechat', 'm', 'a', 'm', $1, 0)",
            ARGS(BLOB("x", 1)));
        sql("INSERT INTO pay_order(id, company_id, project_id, merchant_id, channel, scene, out_trade_no, description,"
            " amount_fen, state, via, expires_at, created_at)"
            " VALUES (901, 1, 11, 900, 'wechat', 'mini', 'o1', 'd', 1, 'pending', 'app', 0, 0)",
            NO_ARGS);
        sql("INSERT INTO pay_order_bill(order_id, bill_id, company_id, amount_fen) VALUES (901, $1, 1, 1)",
            ARGS(I64(bill)));
    }
    made = true;
    sql("UPDATE pay_order_bill SET held = $2 WHERE bill_id = $1", ARGS(I64(bill), I64(held)));
}

static void test_a_held_bill_is_left_alone(void **state)
{
    struct call c = {0};
    (void)state;
    int64_t before = late_of(bills[5]);
    hold(bills[5], 1);
    accrue(20270224);
    assert_int_equal(late_of(bills[5]), before);
    assert_int_equal(late_of(bills[0]), before + 100);
    assert_int_equal(
        ask(&c, (struct fee_request){.kind = RQ_ADJUST, .bill_id = bills[5], .line_n = 1, .amount_fen = -1}),
        ERR_STATE);
    assert_non_null(strstr(harness_why.zh, "正在线上支付"));
    assert_int_equal(void_bill(bills[5]), ERR_STATE);
    /* what the order asks for is fixed: the days of a dispute could not be added to it */
    struct call d = {.id = bills[5], .day = 20270224, .text = "无误", .dismissed = true};
    assert_int_equal(harness_write(&maker, run_dispute, &d), OK);
    assert_int_equal(harness_write(&checker, run_settle, &d), ERR_STATE);
    assert_non_null(strstr(harness_why.zh, "正在线上支付"));
    hold(bills[5], 0);
    assert_int_equal(harness_write(&checker, run_settle, &d), OK);
    accrue(20270225);
    assert_int_equal(late_of(bills[5]), before + 150); /* the order was given up: it catches up */
    assert_int_equal(
        ask(&c, (struct fee_request){.kind = RQ_ADJUST, .bill_id = bills[5], .line_n = 1, .amount_fen = -1}), OK);
    hold(bills[5], 1); /* between asking and deciding somebody began to pay */
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), ERR_STATE);
    hold(bills[5], 0);
    assert_int_equal(decide(&maker, &c, RQ_WITHDRAW), OK);
    all_well();
}

/* Paid while it was disputed, and nothing was wrong with it: what the days until then cost is owed after all. */
static void test_a_dismissed_dispute_of_a_paid_bill_costs_as_well(void **state)
{
    struct call c = {.id = bills[9], .day = 20270601, .text = "说没住", .dismissed = true};
    (void)state;
    accrue(20270601);
    int64_t late = late_of(bills[9]);
    assert_int_equal(harness_write(&maker, run_dispute, &c), OK);
    accrue(20270605);
    assert_int_equal(late_of(bills[9]), late);
    pay(bills[9], 0);
    assert_string_equal(show(bills[9]).state, "paid");
    at(20270610);
    assert_int_equal(harness_write(&maker, run_settle, &c), OK);
    assert_int_equal(late_of(bills[9]), late + 200); /* the 1st to the 4th */
    assert_string_equal(show(bills[9]).state, "partial");
    accrue(20270620);
    assert_int_equal(late_of(bills[9]), late + 200);
    all_well();
    pay(bills[9], 0);
    assert_string_equal(show(bills[9]).state, "paid");
    all_well();
}

static void test_the_cap(void **state)
{
    (void)state;
    accrue(20280101);
    assert_int_equal(late_of(bills[0]), 10000);
    assert_int_equal(late_of(bills[1]), 500 + 20 * 337); /* 400 yuan from 29 January to the year's end */
    accrue(20300101);
    assert_int_equal(late_of(bills[0]), 10000);
    all_well();
}

static void test_waiving(void **state)
{
    struct call c = {0};
    (void)state;
    assert_int_equal(ask(&c, (struct fee_request){.kind = RQ_LATE_WAIVER, .bill_id = bills[0], .amount_fen = 10001}),
                     ERR_INVALID);
    assert_int_equal(ask(&c, (struct fee_request){.kind = RQ_LATE_WAIVER, .bill_id = bills[0], .amount_fen = 4000}),
                     OK);
    assert_int_equal(decide(&maker, &c, RQ_APPROVE), ERR_FORBIDDEN);
    assert_int_equal(decide(&stranger, &c, RQ_APPROVE), ERR_NOT_FOUND);
    assert_int_equal(late_of(bills[0]), 10000);
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), OK);
    assert_int_equal(late_of(bills[0]), 6000);
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), ERR_STATE);
    accrue(20300201);
    assert_int_equal(late_of(bills[0]), 6000); /* what was let off does not come back */
    assert_int_equal(ask(&c, (struct fee_request){.kind = RQ_LATE_WAIVER, .bill_id = bills[0], .amount_fen = 6000}),
                     OK);
    c.text = "";
    assert_int_equal(decide(&checker, &c, RQ_REJECT), ERR_INVALID);
    c.text = "不同意";
    assert_int_equal(decide(&checker, &c, RQ_REJECT), OK);
    assert_int_equal(late_of(bills[0]), 6000);
    /* all of the late fee, with the principal paid: the bill is paid */
    pay(bills[6], 100000);
    assert_int_equal(ask(&c, (struct fee_request){.kind = RQ_LATE_WAIVER, .bill_id = bills[6], .amount_fen = 10000}),
                     OK);
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), OK);
    assert_string_equal(show(bills[6]).state, "paid");
    all_well();
}

static void test_adjusting(void **state)
{
    struct call c = {0};
    (void)state;
    struct fee_request less = {.kind = RQ_ADJUST, .bill_id = bills[7], .line_n = 1, .amount_fen = -30000};
    int64_t discount = balance(LA_DISCOUNT, -1), income = balance(LA_INCOME, -1);
    assert_int_equal(ask(&c, less), OK);
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), OK);
    struct fees_call s = show(bills[7]);
    assert_int_equal(s.bill.amount_fen, 70000);
    assert_int_equal(s.nlines, 2); /* the line stays; the credit is one of its own */
    assert_int_equal(s.line[0].amount_fen, 100000);
    assert_int_equal(s.line[1].amount_fen, -30000);
    assert_non_null(strstr(s.snapshot[1], "\"kind\":\"adjust\""));
    assert_int_equal(balance(LA_RECEIVABLE, 107), 70000);
    assert_int_equal(balance(LA_DISCOUNT, -1), discount + 30000);
    assert_int_equal(late_of(bills[7]), 7000); /* the cap is of the principal as it is now */
    less.amount_fen = 5000;
    assert_int_equal(ask(&c, less), OK);
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), OK);
    assert_int_equal(balance(LA_RECEIVABLE, 107), 75000);
    assert_int_equal(balance(LA_INCOME, -1), income + 5000);
    less.amount_fen = -75001;
    assert_int_equal(ask(&c, less), ERR_INVALID);
    less.line_n = 2; /* an adjustment is not adjusted */
    assert_int_equal(ask(&c, less), ERR_INVALID);
    less.line_n = 1;
    less.amount_fen = -20000;
    assert_int_equal(ask(&c, less), OK);
    pay(bills[7], 60000); /* meanwhile: what is unpaid no longer allows it */
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), ERR_INVALID);
    all_well();
    /* voiding takes all of it back */
    less = (struct fee_request){.kind = RQ_ADJUST, .bill_id = bills[8], .line_n = 1, .amount_fen = -100};
    assert_int_equal(ask(&c, less), OK);
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), OK);
    assert_int_equal(void_bill(bills[8]), OK);
    assert_int_equal(balance(LA_RECEIVABLE, 108), 0);
    all_well();
}

static void test_writing_off(void **state)
{
    struct call c = {0};
    (void)state;
    assert_int_equal(ask(&c, (struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bills[1]}), OK);
    assert_int_equal(c.done.amount_fen, 40000);
    assert_int_equal(decide(&checker, &c, RQ_APPROVE), OK);
    assert_string_equal(show(bills[1]).state, "written_off");
    assert_int_equal(balance(LA_WRITE_OFF, -1), 40000);
    assert_int_equal(balance(LA_RECEIVABLE, 101), 0);
    assert_int_equal(ask(&c, (struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bills[1]}), ERR_STATE);
    all_well();
}

/* verify must notice */
static void test_verify_has_teeth(void **state)
{
    (void)state;
    sql("UPDATE bill_line SET amount_fen = amount_fen + 1 WHERE bill_id = $1 AND n = 1", ARGS(I64(bills[0])));
    assert_int_equal(faults().sum, bills[0]);
    sql("UPDATE bill SET amount_fen = amount_fen + 1 WHERE id = $1", ARGS(I64(bills[0])));
    assert_int_equal(faults().sum, 0);
    assert_int_equal(faults().published, bills[0]);
    assert_int_equal(faults().room, 100);
    sql("UPDATE bill SET amount_fen = amount_fen - 1 WHERE id = $1", ARGS(I64(bills[0])));
    sql("UPDATE bill_line SET amount_fen = amount_fen - 1 WHERE bill_id = $1 AND n = 1", ARGS(I64(bills[0])));
    sql("UPDATE bill SET late_fen = 10001 WHERE id = $1", ARGS(I64(bills[0])));
    assert_int_equal(faults().late, bills[0]);
    sql("UPDATE bill SET late_fen = 6000 WHERE id = $1", ARGS(I64(bills[0])));
    sql("INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, name, income, period_from, period_to, "
        "amount_fen,"
        " snapshot) SELECT bill_id, 9, company_id, item_id, room_id, name, income, period_from + 1, period_to, 0, '{}'"
        " FROM bill_line WHERE bill_id = $1 AND n = 1",
        ARGS(I64(bills[0])));
    assert_int_equal(faults().twice, bills[0]);
    sql("DELETE FROM bill_line WHERE bill_id = $1 AND n = 9", ARGS(I64(bills[0])));
    all_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_accrues_daily_and_after_downtime),
                                       cmocka_unit_test(test_stops_with_the_payment),
                                       cmocka_unit_test(test_disputes),
                                       cmocka_unit_test(test_a_dismissed_dispute_costs_its_days),
                                       cmocka_unit_test(test_a_held_bill_is_left_alone),
                                       cmocka_unit_test(test_a_dismissed_dispute_of_a_paid_bill_costs_as_well),
                                       cmocka_unit_test(test_the_cap),
                                       cmocka_unit_test(test_waiving),
                                       cmocka_unit_test(test_adjusting),
                                       cmocka_unit_test(test_writing_off),
                                       cmocka_unit_test(test_verify_has_teeth)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
