/* test_payment_order.c - payment orders, facts and refunds on both engines: every state with every event, facts told in any
 * order and as often as one likes.  SPDX-License-Identifier: MIT */
#include "tests/sql/order_world.h"

static void test_a_bill_is_held_by_one_order(void **state)
{
    struct call c = {.id = 0};
    int64_t bill = 200, two[] = {200, 208}, other = 201;
    (void)state;
    int64_t id = create(&owner, bill, VIA_APP, CHANNEL_WECHAT);
    c.in = (struct payment_order_in){.bills = two, .nbills = 2, .scene = SCENE_QR};
    assert_int_equal(harness_write(&owner, run_create, &c), ERR_STATE);
    c.in.bills = &other, c.in.nbills = 1; /* of a room he does not live in */
    assert_int_equal(harness_write(&owner, run_create, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&stranger, run_create, &c), ERR_NOT_FOUND);
    c.pin = (struct payment_in){.method = PAY_CASH, .bills = &bill, .nbills = 1};
    assert_int_equal(harness_write(&anna, run_take, &c), ERR_STATE);
    c.id = id;
    assert_int_equal(harness_read(&owner, run_get, &c), OK);
    assert_int_equal(c.o.amount_fen, 1000);
    assert_int_equal(harness_read(&stranger, run_get, &c), ERR_NOT_FOUND);
    step(id, run_closing, 0, OK); /* never sent: closed at once */
    assert_int_equal(load(id).o.state, OS_CLOSED);
    assert_int_equal(harness_write(&anna, run_take, &c), OK);
    assert_sound();
}

/* Every state x every event: what the table has happens, what it has not is ERR_STATE and changes nothing. */
static void test_every_state_and_event(void **state)
{
    static const struct {
        enum order_state st;
        enum order_event ev;
    } path[OS_COUNT][3] = {
        [OS_UNKNOWN] = {{OS_CREATED, OE_CALL}     },
        [OS_PENDING] = {                       {OS_CREATED, OE_CALL}, {OS_UNKNOWN, OE_ANSWERED}},
        [OS_CLOSING] = {                       {OS_CREATED, OE_CALL}, {OS_UNKNOWN, OE_ANSWERED}, {OS_PENDING, OE_CLOSE}},
        [OS_CLOSED] = { {OS_CREATED, OE_CLOSED}   },
        [OS_FAILED] = {                      {OS_CREATED, OE_CALL},  {OS_UNKNOWN, OE_REFUSED}},
        [OS_PAID] = {                       {OS_CREATED, OE_CALL},     {OS_UNKNOWN, OE_PAID}},
        [OS_PAID_LATE] = {                       {OS_CREATED, OE_CLOSED},      {OS_CLOSED, OE_PAID}}
    };
    int64_t bill = 201;
    (void)state;
    for (int st = 0; st < OS_RETURNED; st++)
        for (int ev = 0; ev < OE_SENT_BACK; ev++, bill++) {
            int64_t id = create(&anna, bill, VIA_COUNTER, CHANNEL_ALIPAY);
            for (int k = 0; k <= 3; k++) {
                bool last =
                    k == 3 || (k < 3 && st == OS_CREATED) || (k > 0 && path[st][k].ev == 0 && path[st][k].st == 0);
                enum order_event what = last ? (enum order_event)ev : path[st][k].ev;
                struct call before = load(id);
                enum fact_verdict v = FACT_BOOKED;
                if (last)
                    assert_int_equal(before.o.state, st);
                const struct fsm_edge *edge = fsm_find(&order_fsm, before.o.state, what, UINT32_MAX, NULL);
                struct call c = {.id = id, .how = what == OE_ANSWERED ? OUTCOME_OK : OUTCOME_REFUSED};
                enum err e = what == OE_PAID
                                 ? tell(id, arena_printf(harness_ctx(NULL)->arena, "t%lld-%d", (long long)id, k), &v)
                                 : harness_write(&anna,
                                                 what == OE_CALL                             ? run_starting
                                                 : what == OE_ANSWERED || what == OE_REFUSED ? run_started
                                                 : what == OE_CLOSE                          ? run_closing
                                                                                             : run_closed,
                                                 &c);
                struct call now = load(id);
                bool quiet = what == OE_ANSWERED || what == OE_REFUSED; /* too late to matter: not an error */
                if (edge)
                    assert_int_equal(now.o.state,
                                     before.o.state == OS_CREATED && what == OE_CLOSE ? OS_CLOSED : edge->to);
                else if (what == OE_PAID)
                    assert_true(e == OK && v == FACT_SUSPENSE && now.o.state == before.o.state);
                else if ((what == OE_CALL && before.o.state == OS_PENDING) || /* answered already: nothing to send */
                         (what == OE_CLOSE && before.o.state == OS_CLOSING) ||
                         (what == OE_CLOSED && before.o.state == OS_CLOSED) || quiet)
                    assert_true(e == OK && now.o.state == before.o.state);
                else
                    assert_true(e == ERR_STATE && now.o.state == before.o.state);
                if (last)
                    break;
            }
        }
    assert_sound();
}

static void test_told_again_and_by_another_transaction(void **state)
{
    enum fact_verdict v;
    (void)state;
    int64_t id = create(&anna, 300, VIA_COUNTER, CHANNEL_WECHAT);
    harness_forget();
    assert_int_equal(tell(id, "same", &v), OK); /* before it was ever sent, as far as we remember */
    assert_int_equal(v, FACT_BOOKED);
    assert_int_equal(harness_count(NULL, "pay.status"), 4); /* order, payer, cashier, board */
    assert_int_equal(harness_count("user:41", "bill.paid"), 1);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(tell(id, "same", &v), OK);
        assert_int_equal(v, FACT_DUPLICATE);
    }
    int64_t n = harness_i64("SELECT COUNT(*) FROM refund", NO_ARGS);
    assert_int_equal(tell(id, "other", &v), OK);
    assert_int_equal(v, FACT_SUSPENSE);
    assert_int_equal(tell(id, "other", &v), OK);
    assert_int_equal(v, FACT_DUPLICATE);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM refund", NO_ARGS), n + 1);
    assert_int_equal(load(id).o.state, OS_PAID);
    assert_sound();
}

static void test_late_money_and_its_rivals(void **state)
{
    enum fact_verdict v;
    (void)state;
    int64_t late = create(&anna, 301, VIA_COUNTER, CHANNEL_WECHAT);
    step(late, run_closing, 0, OK);
    int64_t rival = create(&anna, 301, VIA_COUNTER, CHANNEL_ALIPAY);
    step(rival, run_starting, 0, OK);
    assert_int_equal(tell(late, "late-1", &v), OK); /* the bill wants it: booked, though another order holds it */
    assert_int_equal(v, FACT_BOOKED);
    assert_int_equal(load(late).o.state, OS_PAID_LATE);
    assert_int_equal(load(rival).o.state, OS_CLOSING); /* before somebody pays it too */
    assert_int_equal(tell(rival, "late-2", &v), OK);   /* too late for that */
    assert_int_equal(v, FACT_SUSPENSE);
    assert_int_equal(load(rival).o.state, OS_RETURNED);
    assert_sound();
}

static void test_unknown_orders_are_an_alarm_only(void **state)
{
    struct actor channel = {.company_id = 1, .name = "channel"};
    struct call c = {
        .f = {.merchant_id = WECHAT,
              .amount_fen = 1,
              .paid_at = 1,
              .out_trade_no = "P404",
              .txn_id = "x",
              .source = "notify"}
    };
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(harness_write(&channel, run_fact, &c), OK);
        assert_int_equal(c.verdict, FACT_UNKNOWN_ORDER);
    }
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM finance_alarm WHERE kind = 'unknown_order'", NO_ARGS), 1);
    assert_sound();
}

static void test_a_refund_is_reserved_decided_by_another_and_done_once(void **state)
{
    enum fact_verdict v;
    (void)state;
    int64_t id = create(&anna, 302, VIA_COUNTER, CHANNEL_WECHAT), payment; /* 1,102 + no late fee */
    assert_int_equal(tell(id, "refund-me", &v), OK);
    payment = load(id).o.payment_id;
    struct call c = {.id = payment, .fen = 102};
    assert_int_equal(harness_write(&anna, run_request, &c), OK);
    struct call too_much = {.id = payment, .fen = 1001};
    assert_int_equal(harness_write(&anna, run_request, &too_much), ERR_INVALID);
    struct call voiding = {.id = payment};
    assert_int_equal(harness_write(&bert, run_void, &voiding), ERR_STATE);
    c.id = c.r.id, c.flag = true;
    assert_int_equal(harness_write(&anna, run_decide, &c), ERR_FORBIDDEN);
    assert_int_equal(harness_write(&bert, run_decide, &c), OK);
    assert_int_equal(harness_write(&bert, run_decide, &c), ERR_STATE);
    assert_int_equal(harness_write(&harness_system, run_submit, &c), OK);
    assert_true(c.flag);
    assert_int_equal(harness_i64("SELECT paid_fen FROM bill WHERE id = 302", NO_ARGS),
                     1102); /* not before it is done */
    c.out = REFUND_IS_DONE;
    for (int i = 0; i < 3; i++)
        assert_int_equal(harness_write(&harness_system, run_outcome, &c), OK);
    assert_int_equal(harness_i64("SELECT paid_fen FROM bill WHERE id = 302", NO_ARGS), 1000);
    assert_int_equal(harness_i64("SELECT back_fen FROM payment WHERE id = $1", ARGS(I64(payment))), 102);
    /* rejected: free again */
    struct call all = {.id = payment, .fen = 1000};
    assert_int_equal(harness_write(&anna, run_request, &all), OK);
    all.id = all.r.id, all.flag = false;
    assert_int_equal(harness_write(&bert, run_decide, &all), OK);
    all.id = payment;
    assert_int_equal(harness_write(&anna, run_request, &all), OK);
    assert_sound();
}

/* Closed at the channel, asked for again by another number, and then the first one went through after all. */
static void test_a_closed_refund_that_succeeds_all_the_same(void **state)
{
    enum fact_verdict v;
    int64_t two[] = {304, 305}; /* 1,104 and 1,105, with late fees of 5 and 10 */
    struct call c = {
        .in = {.bills = two, .nbills = 2, .channel = CHANNEL_WECHAT, .scene = SCENE_QR, .via = VIA_COUNTER}
    };
    (void)state;
    assert_int_equal(harness_write(&anna, run_create, &c), OK);
    int64_t order = c.o.id;
    assert_int_equal(tell(order, "closed-refund", &v), OK);
    int64_t payment = load(order).o.payment_id, ids[2];
    for (int i = 0; i < 2; i++) {
        struct call r = {.id = payment, .fen = 1000};
        assert_int_equal(harness_write(&anna, run_request, &r), OK);
        ids[i] = r.id = r.r.id, r.flag = true;
        assert_int_equal(harness_write(&bert, run_decide, &r), OK);
        r.out = i == 0 ? REFUND_IS_CLOSED : REFUND_IS_DONE;
        assert_int_equal(harness_write(&harness_system, run_outcome, &r), OK);
    }
    struct call late = {.id = ids[0], .out = REFUND_IS_DONE};
    assert_int_equal(harness_write(&harness_system, run_outcome, &late), OK); /* its part of the bills has gone: anew */
    assert_int_equal(harness_i64("SELECT back_fen FROM payment WHERE id = $1", ARGS(I64(payment))), 2000);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM finance_alarm WHERE kind = 'refund_exceeds'", NO_ARGS), 0);
    assert_sound();
    struct call third = {.id = payment, .fen = 200};
    assert_int_equal(harness_write(&anna, run_request, &third), OK);
    third.id = third.r.id, third.flag = true;
    assert_int_equal(harness_write(&bert, run_decide, &third), OK);
    third.out = REFUND_IS_CLOSED;
    assert_int_equal(harness_write(&harness_system, run_outcome, &third), OK);
    sql("UPDATE refund SET amount_fen = 300 WHERE id = $1", ARGS(I64(third.id))); /* as if the channel had given more */
    third.out = REFUND_IS_DONE;
    assert_int_equal(harness_write(&harness_system, run_outcome, &third), OK);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM finance_alarm WHERE kind = 'refund_exceeds'", NO_ARGS), 1);
    sql("UPDATE refund SET amount_fen = 200 WHERE id = $1", ARGS(I64(third.id)));
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bill_is_held_by_one_order),
        cmocka_unit_test(test_every_state_and_event),
        cmocka_unit_test(test_told_again_and_by_another_transaction),
        cmocka_unit_test(test_late_money_and_its_rivals),
        cmocka_unit_test(test_unknown_orders_are_an_alarm_only),
        cmocka_unit_test(test_a_refund_is_reserved_decided_by_another_and_done_once),
        cmocka_unit_test(test_a_closed_refund_that_succeeds_all_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
