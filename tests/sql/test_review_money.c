/* test_review_money.c - a fen lost, a fen made, states without a way out: what an unfriendly reading of the money paths has
 * found, one test each. After every test bills, payments, orders, refunds, shifts and books agree.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/review_world.h"

#include "domain/fee_kind.h"
#include "domain/fin_report.h"
#include "domain/receipt.h"

static int64_t bills[ROOMS]; /* of December, published on 5 January, due on 15 January */

static int set_up(void **state)
{
    int rc = review_world(state);
    int64_t run = billed(20270105, 0);
    for (int64_t i = 0; i < ROOMS; i++)
        bills[i] = bill_of(run, 100 + i);
    return rc;
}

static const char *state_of(int64_t bill)
{
    static char text[24];
    struct fees_call s = show(bill);
    snprintf(text, sizeof text, "%s", s.state);
    return text;
}

/* ---- written off in part, and then the part that was paid goes back ---- */

static void test_money_of_a_written_off_bill_can_go_back(void **state)
{
    int64_t refund = 0, payment = cash(bills[0], 4000), second = cash(bills[0], 1000);
    int64_t lost = balance(LA_WRITE_OFF, -1);
    (void)state;
    rq_done((struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bills[0]});
    assert_string_equal(state_of(bills[0]), "written_off");
    assert_int_equal(balance(LA_WRITE_OFF, -1), lost + 5000);
    assert_int_equal(refund_ask(payment, 3000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    assert_int_equal(refund_cash(refund), OK);
    /* what was given up stays given up; what went back is owed again */
    struct fees_call s = show(bills[0]);
    assert_string_equal(s.state, "partial");
    assert_int_equal(s.bill.amount_fen, 5000);
    assert_int_equal(s.bill.paid_fen, 2000);
    assert_int_equal(balance(LA_RECEIVABLE, 100), 3000);
    assert_int_equal(balance(LA_WRITE_OFF, -1), lost + 5000);
    assert_int_equal(void_by(&checker, second), OK);
    assert_int_equal(balance(LA_RECEIVABLE, 100), 4000);
    money_agrees();
    assert_int_equal(cash(bills[0], 4000) > 0, true);
    assert_string_equal(state_of(bills[0]), "paid");
    money_agrees();
}

/* All of what was paid went back: voided, what was given up comes off the books with the rest, and it can be billed anew. */
static void test_a_bill_that_was_given_up_in_part_can_be_voided(void **state)
{
    int64_t bill = bills[4], refund = 0, payment = cash(bill, 4000), lost = balance(LA_WRITE_OFF, -1);
    (void)state;
    rq_done((struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bill});
    assert_int_equal(refund_ask(payment, 4000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    assert_int_equal(refund_cash(refund), OK);
    assert_string_equal(state_of(bill), "published");
    assert_int_equal(balance(LA_RECEIVABLE, 104), 4000);
    assert_int_equal(void_bill(bill), OK);
    assert_int_equal(balance(LA_RECEIVABLE, 104), 0);
    assert_int_equal(balance(LA_WRITE_OFF, -1), lost);
    money_agrees();
    assert_int_equal(show(bill_of(billed(20270105, 104), 104)).bill.amount_fen, 10000);
    money_agrees();
}

static void test_a_channel_gives_back_money_of_a_written_off_bill(void **state)
{
    enum fact_verdict v;
    int64_t refund = 0;
    (void)state;
    struct ask o = order_pending(bills[1]);
    assert_int_equal(fact(&o, "T-wo", clock_now_ms(), &v), OK);
    assert_int_equal(v, FACT_BOOKED);
    int64_t payment = harness_i64("SELECT payment_id FROM pay_order WHERE id = $1", ARGS(I64(o.id)));
    assert_int_equal(refund_ask(payment, 2000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    struct ask a = {.id = refund, .out = REFUND_IS_DONE};
    assert_int_equal(harness_write(&channel, rw_submit, &a), OK);
    a.now = 0;
    assert_int_equal(harness_write(&channel, rw_outcome, &a), OK);
    assert_string_equal(state_of(bills[1]), "partial");
    rq_done((struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bills[1]}); /* the 20 yuan that went back */
    assert_int_equal(refund_ask(payment, 8000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    a = (struct ask){.id = refund, .out = REFUND_IS_DONE};
    clock_shift_ms(2 * MINUTE_MS);
    assert_int_equal(harness_write(&channel, rw_submit, &a), OK);
    assert_true(a.flag);
    a.now = 0;
    assert_int_equal(harness_write(&channel, rw_outcome, &a), OK); /* the money has gone: the books have to say so */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM refund WHERE id = $1 AND state = 'success'", ARGS(I64(refund))),
                     1);
    assert_int_equal(balance(LA_RECEIVABLE, 101), 8000);
    assert_string_equal(state_of(bills[1]), "published");
    money_agrees();
}

/* ---- an approved refund whose money has been used meanwhile ---- */

static void test_an_approved_refund_at_the_counter_can_be_taken_back(void **state)
{
    int64_t refund = 0;
    (void)state;
    struct ask a = {
        .pay = {.method = PAY_CASH, .prepaid_fen = 3000, .prepaid_room_id = 102}
    };
    assert_int_equal(harness_write(&maker, rw_take, &a), OK);
    int64_t payment = a.payment.id;
    assert_int_equal(refund_ask(payment, 3000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    a = (struct ask){.id = 102};
    struct actor system = {.company_id = 1, .project_id = 11, .name = "system"};
    assert_int_equal(harness_write(&system, rw_prepaid, &a), OK); /* a bill takes it first */
    assert_int_equal(a.fen, 3000);
    assert_int_equal(refund_cash(refund), ERR_STATE); /* nothing is left to hand out */
    assert_int_equal(refund_say(&maker, refund, false), ERR_FORBIDDEN);
    assert_int_equal(refund_say(&checker, refund, false), OK);
    assert_int_equal(refund_say(&checker, refund, false), ERR_STATE);
    assert_int_equal(refund_cash(refund), ERR_STATE);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM refund WHERE id = $1 AND state = 'rejected'", ARGS(I64(refund))),
                     1);
    /* what a channel may have been asked for is not taken back */
    enum fact_verdict v;
    struct ask o = order_pending(bills[3]);
    assert_int_equal(fact(&o, "T-keep", clock_now_ms(), &v), OK);
    payment = harness_i64("SELECT payment_id FROM pay_order WHERE id = $1", ARGS(I64(o.id)));
    assert_int_equal(refund_ask(payment, 100, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    assert_int_equal(refund_say(&checker, refund, false), ERR_STATE);
    money_agrees();
}

/* ---- a deposit goes back once, by whichever door ---- */

static enum err run_charge(struct ctx *cx, void *arg)
{
    struct charge *c = arg;
    int64_t id = 0;
    return charge_add(cx, c, &id);
}

static int64_t deposit(int64_t room, int32_t day, int64_t *payment)
{
    struct charge c = {.item_id = yj, .room_id = room, .amount_fen = 200000, .day = day, .note = "装修"};
    assert_int_equal(harness_write(&maker, run_charge, &c), OK);
    int64_t bill = bill_of(billed(day, room), room);
    *payment = cash(bill, 0);
    return bill;
}

static void test_a_deposit_goes_back_once(void **state)
{
    int64_t payment = 0, refund = 0, request = 0, n = 0;
    (void)state;
    int64_t bill = deposit(104, 20270106, &payment);
    n = harness_i64("SELECT n FROM bill_line WHERE bill_id = $1 AND income = 'deposits'", ARGS(I64(bill)));
    struct fee_request back = {
        .kind = RQ_DEPOSIT_BACK, .bill_id = bill, .line_n = n, .amount_fen = 200000, .method = "cash"};
    /* while a refund of the payment is on its way */
    assert_int_equal(refund_ask(payment, 200000, &refund), OK);
    assert_int_equal(rq_ask(back, &request), ERR_STATE);
    assert_int_equal(refund_say(&checker, refund, false), OK);
    /* asked for before the refund, decided after it was asked for */
    assert_int_equal(rq_ask(back, &request), OK);
    assert_int_equal(refund_ask(payment, 200000, &refund), OK);
    assert_int_equal(rq_act(&checker, request, RQ_APPROVE), ERR_STATE);
    assert_int_equal(refund_say(&checker, refund, false), OK);
    assert_int_equal(rq_act(&checker, request, RQ_APPROVE), OK);
    assert_int_equal(balance(LA_DEPOSITS, 104), 0);
    /* it is back: neither a refund nor a void gives it once more */
    assert_int_equal(refund_ask(payment, 200000, &refund), ERR_STATE);
    assert_int_equal(void_by(&checker, payment), ERR_STATE);
    assert_int_equal(balance(LA_DEPOSITS, 104), 0);
    money_agrees();
    /* a refund that was approved before the deposit went back is not handed out after it */
    bill = deposit(105, 20270107, &payment);
    back.bill_id = bill;
    back.line_n = harness_i64("SELECT n FROM bill_line WHERE bill_id = $1 AND income = 'deposits'", ARGS(I64(bill)));
    back.amount_fen = 50000;
    rq_done(back);
    assert_int_equal(refund_ask(payment, 100, &refund), ERR_STATE);
    money_agrees();
}

/* What nobody paid is no debt to give back: a deposit that was billed is taken down by its line, not at a loss. */
static void test_a_deposit_is_not_written_off(void **state)
{
    struct charge c = {.item_id = yj, .room_id = 102, .amount_fen = 200000, .day = 20270108, .note = "装修"};
    int64_t id = 0, lost = balance(LA_WRITE_OFF, -1);
    (void)state;
    assert_int_equal(harness_write(&maker, run_charge, &c), OK);
    int64_t bill = bill_of(billed(20270108, 102), 102);
    assert_int_equal(rq_ask((struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bill}, &id), ERR_STATE);
    int64_t n = harness_i64("SELECT n FROM bill_line WHERE bill_id = $1 AND income = 'deposits'", ARGS(I64(bill)));
    rq_done((struct fee_request){.kind = RQ_ADJUST, .bill_id = bill, .line_n = n, .amount_fen = -200000});
    assert_string_equal(state_of(bill), "written_off");
    assert_int_equal(balance(LA_DEPOSITS, 102), 0);
    assert_int_equal(balance(LA_WRITE_OFF, -1), lost);
    money_agrees();
}

/* ---- nothing to pay is paid ---- */

static enum err run_edit(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return bill_line_edit(cx, c->id, c->n, c->fen, "合同");
}

static enum err edit(const struct actor *who, int64_t bill, int64_t n, int64_t fen)
{
    struct fees_call c = {.id = bill, .n = n, .fen = fen};
    return harness_write(who, run_edit, &c);
}

static void test_a_bill_of_nothing_does_not_stay_open(void **state)
{
    (void)state;
    at(20270205);
    int64_t run = drafts(20270205, 0), bill = bill_of(run, 106);
    assert_int_equal(edit(&maker, bill, 1, 0), OK);
    publish(run);
    assert_string_equal(state_of(bill), "paid");
    assert_int_equal(balance(LA_RECEIVABLE, 106), 10000); /* December's */
    money_agrees();
    /* it can still be taken back and billed anew */
    assert_int_equal(void_bill(bill), OK);
    assert_string_equal(state_of(bill), "void");
    money_agrees();
}

/* Principal taken back whole, and then the late fee falls away too: nothing is left that anybody could pay. */
static void test_an_emptied_bill_does_not_stay_open(void **state)
{
    struct ask a = {.flag = true};
    (void)state;
    at(20270407);
    int64_t bill = bill_of(billed(20270407, 109), 109);
    at(20270420); /* due on the 17th */
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    assert_true(show(bill).bill.late_fen > 0);
    rq_done((struct fee_request){
        .kind = RQ_ADJUST, .bill_id = bill, .line_n = 1, .amount_fen = -show(bill).bill.amount_fen});
    assert_int_equal(show(bill).bill.late_fen, 0);
    assert_string_equal(state_of(bill), "written_off");
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM bill WHERE state = 'published' AND amount_fen + late_fen = 0", NO_ARGS), 0);
    money_agrees();
}

/* ---- while an order holds a bill its amounts are frozen, whoever wants what ---- */

static void test_what_is_being_paid_does_not_change(void **state)
{
    int64_t bill = bills[8], id[3] = {0};
    (void)state;
    at(20270205);
    assert_int_equal(
        rq_ask((struct fee_request){.kind = RQ_ADJUST, .bill_id = bill, .line_n = 1, .amount_fen = -1}, &id[0]), OK);
    assert_int_equal(rq_ask((struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bill}, &id[1]), OK);
    struct ask o = order_pending(bill), a = {.flag = true};
    assert_int_equal(rq_act(&checker, id[0], RQ_APPROVE), ERR_STATE);
    assert_int_equal(rq_act(&checker, id[1], RQ_APPROVE), ERR_STATE);
    assert_int_equal(void_bill(bill), ERR_STATE);
    a.pay = (struct payment_in){.method = PAY_CASH, .bills = &bill, .nbills = 1, .amount_fen = 1};
    assert_int_equal(harness_write(&maker, rw_take, &a), ERR_STATE);
    at(20270206);
    a = (struct ask){.flag = true};
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    struct fees_call s = show(bill);
    assert_int_equal(s.bill.amount_fen - s.bill.paid_fen + s.bill.late_fen - s.bill.late_paid_fen, o.order.amount_fen);
    a = (struct ask){.id = o.id};
    assert_int_equal(harness_write(&maker, rw_closed, &a), OK);
    assert_int_equal(rq_act(&checker, id[1], RQ_REJECT), OK);
    assert_int_equal(rq_act(&checker, id[0], RQ_REJECT), OK);
    money_agrees();
}

/* ---- late money pays the late fee of its day ---- */

static void test_money_told_late_pays_what_was_owed_on_its_day(void **state)
{
    enum fact_verdict v;
    (void)state;
    int64_t bill = bills[8];
    at(20270206);
    struct ask a = {.flag = true};
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    struct ask o = order_pending(bill);
    int64_t paid_at = clock_now_ms();
    a = (struct ask){.id = o.id};
    assert_int_equal(harness_write(&maker, rw_closed, &a), OK);
    at(20270210); /* the bill was free again and went on being late */
    a = (struct ask){.flag = true};
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    assert_true(show(bill).bill.late_fen + 10000 > o.order.amount_fen);
    assert_int_equal(fact(&o, "T-late", paid_at, &v), OK);
    assert_int_equal(v, FACT_BOOKED);
    struct fees_call s = show(bill);
    assert_int_equal(s.bill.late_fen, o.order.amount_fen - 10000);
    assert_string_equal(s.state, "paid");
    money_agrees();
}

/* ---- a channel closes a refund and pays it after all: what others had reserved is gone ---- */

static int64_t approved(int64_t payment, int64_t fen)
{
    int64_t id = 0;
    assert_int_equal(refund_ask(payment, fen, &id), OK);
    assert_int_equal(refund_say(&checker, id, true), OK);
    return id;
}

static void channel_says(int64_t refund, enum refund_outcome how)
{
    struct ask a = {.id = refund, .out = how};
    clock_shift_ms(2 * MINUTE_MS);
    assert_int_equal(harness_write(&channel, rw_submit, &a), OK);
    a.now = 0;
    assert_int_equal(harness_write(&channel, rw_outcome, &a), OK);
}

static void test_a_closed_refund_that_is_paid_after_all_takes_only_its_own(void **state)
{
    struct args of = ARGS(I64(bills[8])); /* paid online, late fee and all */
    int64_t payment = harness_i64("SELECT payment_id FROM payment_bill WHERE bill_id = $1", of),
            late = harness_i64("SELECT late_fen FROM payment_bill WHERE bill_id = $1", of);
    (void)state;
    assert_true(late > 0);
    int64_t a = approved(payment, late); /* all of the late fee */
    channel_says(a, REFUND_IS_CLOSED);
    int64_t b = approved(payment, late); /* it is free again */
    channel_says(a, REFUND_IS_DONE);
    int64_t c = approved(payment, 30); /* of the late fee twice as much is spoken for as there is */
    channel_says(c, REFUND_IS_DONE);
    channel_says(b, REFUND_IS_DONE);
    assert_int_equal(harness_i64("SELECT back_fen FROM payment WHERE id = $1", ARGS(I64(payment))), 2 * late + 30);
    assert_int_equal(harness_i64("SELECT back_fen FROM payment_bill WHERE bill_id = $1", of), late + 30);
    assert_int_equal(harness_i64("SELECT back_late_fen FROM payment_bill WHERE bill_id = $1", of), late);
    money_agrees();
}

/* The day counts on which it was paid, not the first that was open in the books when we heard of it. */
static enum err run_close_days(struct ctx *cx, void *arg)
{
    return ledger_close(cx, 11, *(int32_t *)arg);
}

static void test_closed_books_do_not_make_a_payer_late(void **state)
{
    enum fact_verdict v;
    int32_t until = 20270214;
    (void)state;
    at(20270211);
    struct ask a = {.flag = true};
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    struct ask o = order_pending(bills[9]);
    int64_t paid_at = clock_now_ms();
    a = (struct ask){.id = o.id};
    assert_int_equal(harness_write(&maker, rw_closed, &a), OK);
    at(20270213);
    a = (struct ask){.flag = true};
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    at(20270216);
    assert_int_equal(harness_write(&boss, run_close_days, &until), OK);
    assert_int_equal(fact(&o, "T-closed", paid_at, &v), OK);
    assert_int_equal(v, FACT_BOOKED);
    assert_int_equal(harness_i64("SELECT day FROM payment WHERE order_id = $1", ARGS(I64(o.id))), 20270215);
    a = (struct ask){.flag = true};
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    assert_int_equal(show(bills[9]).bill.late_fen, o.order.amount_fen - 10000);
    assert_string_equal(state_of(bills[9]), "paid");
    money_agrees();
}

/* ---- amounts at their limits: refused where they are typed, not found by a job ---- */

static enum err run_shift_close(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return shift_close(cx, 0, a->fen, "r", &a->shift);
}

static void test_amounts_end_at_ten_to_the_thirteen(void **state)
{
    int64_t id = 0, refund = 0;
    (void)state;
    at(20270305);
    int64_t extra = item((struct fee_item){.code = "ex", .name = "附加", .kind = FEE_FIXED}, 10000, true);
    int64_t run = drafts(20270305, 0), big = bill_of(run, 100), full = bill_of(run, 101);
    assert_int_equal(edit(&maker, big, 1, FEN_MAX), ERR_INVALID); /* with the other line it would be more */
    assert_int_equal(edit(&maker, big, 1, FEN_MAX - 100), OK);
    assert_int_equal(edit(&maker, big, 2, 101), ERR_INVALID);
    assert_int_equal(edit(&maker, full, 1, FEN_MAX - 100), OK);
    publish(run); /* would try for ever otherwise */
    assert_string_equal(state_of(big), "published");
    assert_int_equal(show(big).bill.amount_fen, FEN_MAX);
    assert_int_equal(rq_ask((struct fee_request){.kind = RQ_ADJUST, .bill_id = big, .line_n = 1, .amount_fen = 1}, &id),
                     ERR_INVALID);
    assert_int_equal(
        rq_ask((struct fee_request){.kind = RQ_ADJUST, .bill_id = big, .line_n = 1, .amount_fen = INT64_MIN}, &id),
        ERR_INVALID);
    const int64_t both[] = {big, full};
    struct ask a = {
        .pay = {.method = PAY_CASH, .bills = both, .nbills = 2}
    };
    assert_int_equal(harness_write(&maker, rw_take, &a), ERR_INVALID);
    a.pay =
        (struct payment_in){.method = PAY_CASH, .bills = both, .nbills = 1, .prepaid_fen = 1, .prepaid_room_id = 100};
    assert_int_equal(harness_write(&maker, rw_take, &a), ERR_INVALID);
    a.pay = (struct payment_in){.method = PAY_CASH, .prepaid_fen = INT64_MAX, .prepaid_room_id = 100};
    assert_int_equal(harness_write(&maker, rw_take, &a), ERR_INVALID);
    a.pay = (struct payment_in){.method = PAY_CASH, .bills = both, .nbills = 1, .amount_fen = -1};
    assert_int_equal(harness_write(&maker, rw_take, &a), ERR_INVALID);
    a.pay = (struct payment_in){.method = PAY_CASH, .bills = both, .nbills = 1, .tendered_fen = INT64_MAX};
    assert_int_equal(harness_write(&maker, rw_take, &a), ERR_INVALID);
    assert_int_equal(order_of(both, 2, &a), ERR_INVALID); /* money that could not be booked must not be asked for */
    assert_int_equal(order_of(both, 1, &a), OK);
    a.id = a.order.id;
    assert_int_equal(harness_write(&maker, rw_closed, &a), OK);
    int64_t payment = cash(bills[2], 100);
    assert_int_equal(refund_ask(payment, 0, &refund), ERR_INVALID);
    assert_int_equal(refund_ask(payment, -1, &refund), ERR_INVALID);
    assert_int_equal(refund_ask(payment, 101, &refund), ERR_INVALID);
    assert_int_equal(refund_ask(payment, INT64_MAX, &refund), ERR_INVALID);
    /* a drawer from which more went out than came in, counted as the largest sum there is */
    a = (struct ask){.fen = 0};
    struct ask s = {.fen = 0};
    assert_int_equal(harness_write(&maker, run_shift_close, &s), OK);
    assert_int_equal(refund_ask(payment, 100, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    assert_int_equal(refund_cash(refund), OK);
    s.fen = FEN_MAX;
    assert_int_equal(harness_write(&maker, run_shift_close, &s), ERR_INVALID);
    sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(extra)));
    rq_done((struct fee_request){.kind = RQ_ADJUST, .bill_id = big, .line_n = 1, .amount_fen = 1 - FEN_MAX / 10});
    money_agrees();
}

/* ---- rounding off: once a bill, not once a yuan ---- */

static void test_only_what_is_paid_whole_is_rounded_off(void **state)
{
    int64_t bill = bills[6];
    (void)state;
    struct ask a = {
        .pay = {.method = PAY_CASH, .bills = &bill, .nbills = 1, .amount_fen = 100, .rounding_fen = 99}
    };
    assert_int_equal(harness_write(&maker, rw_take, &a), ERR_INVALID); /* a hundred times a fen for a hundred yuan */
    struct fees_call s = show(bill);
    a.pay.amount_fen = s.bill.amount_fen - s.bill.paid_fen + s.bill.late_fen - s.bill.late_paid_fen;
    a.pay.rounding_fen = 5;
    assert_int_equal(harness_write(&maker, rw_take, &a), OK);
    assert_string_equal(state_of(bill), "paid");
    money_agrees();
}

/* ---- as many lines as a receipt and the reports can show ---- */

static enum err run_print(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    struct receipt r;
    a->fen = 0;
    enum err e = receipt_print(cx, a->id, &r);
    for (size_t i = 0; i < r.nline && !e; i++)
        a->fen += r.line[i].fen;
    return e;
}

static void no_row(void *arg, const struct receivable_row *r)
{
    (void)arg;
    (void)r;
}

static void no_taking(void *arg, const struct takings_row *r)
{
    (void)arg;
    (void)r;
}

static enum err run_reports(struct ctx *cx, void *arg)
{
    enum err e = report_receivable(cx, BY_ITEM, 20271231, no_row, arg);
    return e ? e : report_takings(cx, TAKEN_BY_ITEM, 20270101, 20271231, no_taking, arg);
}

static void test_a_bill_does_not_outgrow_its_receipt(void **state)
{
    (void)state;
    int64_t bill = harness_i64("SELECT MAX(id) FROM bill WHERE room_id = 103 AND state = 'published'", NO_ARGS);
    int64_t id = 0, k = 0;
    enum err e = OK;
    for (; k < 200 && !e; k++) {
        e = rq_ask((struct fee_request){.kind = RQ_ADJUST, .bill_id = bill, .line_n = 1, .amount_fen = 1}, &id);
        if (!e)
            e = rq_act(&checker, id, RQ_APPROVE);
    }
    assert_int_equal(e, ERR_STATE);
    assert_true(k > 100);
    int64_t payment = cash(bill, 0);
    struct ask a = {.id = payment};
    assert_int_equal(harness_write(&maker, run_print, &a), OK);
    assert_int_equal(a.fen, harness_i64("SELECT amount_fen FROM payment WHERE id = $1", ARGS(I64(payment))));
    assert_int_equal(harness_read(&boss, run_reports, NULL), OK);
    assert_int_equal(void_by(&checker, payment), OK);
    assert_int_equal(void_bill(bill), OK);
    money_agrees();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_money_of_a_written_off_bill_can_go_back),
                                       cmocka_unit_test(test_a_bill_that_was_given_up_in_part_can_be_voided),
                                       cmocka_unit_test(test_a_channel_gives_back_money_of_a_written_off_bill),
                                       cmocka_unit_test(test_an_approved_refund_at_the_counter_can_be_taken_back),
                                       cmocka_unit_test(test_a_deposit_goes_back_once),
                                       cmocka_unit_test(test_a_deposit_is_not_written_off),
                                       cmocka_unit_test(test_a_bill_of_nothing_does_not_stay_open),
                                       cmocka_unit_test(test_what_is_being_paid_does_not_change),
                                       cmocka_unit_test(test_money_told_late_pays_what_was_owed_on_its_day),
                                       cmocka_unit_test(test_a_closed_refund_that_is_paid_after_all_takes_only_its_own),
                                       cmocka_unit_test(test_closed_books_do_not_make_a_payer_late),
                                       cmocka_unit_test(test_amounts_end_at_ten_to_the_thirteen),
                                       cmocka_unit_test(test_only_what_is_paid_whole_is_rounded_off),
                                       cmocka_unit_test(test_a_bill_does_not_outgrow_its_receipt),
                                       cmocka_unit_test(test_an_emptied_bill_does_not_stay_open)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
