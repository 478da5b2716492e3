/* test_review_rights.c - four eyes that see the same thing, and ids of other projects and companies.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/review_world.h"

#include "domain/invoice.h"
#include "domain/receipt.h"
#include "domain/room_code.h"

/* A manager of the same company, in another project. */
static const struct actor next_door = {
    .id = 34, .company_id = 1, .project_id = 15, .roles = ROLE_MANAGER, .name = "next"};

static int set_up(void **state)
{
    int rc = review_world(state);
    sql("INSERT INTO project(id, company_id, code, name, address, created_at) VALUES (15, 1, 'nx', 'nx', 'a', 0)",
        NO_ARGS);
    sql("INSERT INTO account(id, company_id, kind, name, created_at) VALUES (34, 1, 'staff', 'next', 0)", NO_ARGS);
    sql("INSERT INTO account(id, company_id, kind, name, created_at) VALUES (51, 2, 'staff', 's', 0)", NO_ARGS);
    return rc;
}

/* ---- a run: who changed or submitted it does not approve it, whoever started it ---- */

static enum err run_edit(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return bill_line_edit(cx, c->id, 1, c->fen, "合同");
}

static void test_who_edits_and_submits_does_not_approve(void **state)
{
    (void)state;
    at(20270205);
    int64_t run = drafts(20270205, 0); /* by maker */
    struct fees_call c = {.id = bill_of(run, 100), .fen = 1};
    assert_int_equal(harness_write(&checker, run_edit, &c), OK);
    assert_int_equal(run_act(&checker, run, RUN_SUBMIT), OK);
    assert_int_equal(run_act(&checker, run, RUN_APPROVE), ERR_FORBIDDEN);
    assert_int_equal(run_act(&boss, run, RUN_APPROVE), OK);
    assert_int_equal(run_act(&boss, run, RUN_REJECT), OK);
    /* one that nobody started */
    sql("UPDATE bill_run SET maker_id = 0 WHERE id = $1", ARGS(I64(run)));
    assert_int_equal(harness_write(&checker, run_edit, &c), OK);
    assert_int_equal(run_act(&checker, run, RUN_SUBMIT), OK);
    assert_int_equal(run_act(&checker, run, RUN_APPROVE), ERR_FORBIDDEN);
    /* what the checker edited and another person submitted has been seen by two */
    assert_int_equal(run_act(&boss, run, RUN_REJECT), OK);
    c.fen = 2;
    assert_int_equal(harness_write(&checker, run_edit, &c), OK);
    assert_int_equal(run_act(&maker, run, RUN_SUBMIT), OK);
    assert_int_equal(run_act(&maker, run, RUN_APPROVE), ERR_FORBIDDEN);
    assert_int_equal(run_act(&checker, run, RUN_APPROVE), OK);
    assert_int_equal(run_act(&boss, run, RUN_REJECT), OK);
    assert_int_equal(run_act(&maker, run, RUN_CANCEL), OK);
    money_agrees();
}

/* ---- what takes two people is not to be had by one in another way ---- */

struct dispute_call {
    int64_t bill;
    int32_t day;
};

static enum err run_dispute(struct ctx *cx, void *arg)
{
    struct dispute_call *c = arg;
    int64_t id = 0;
    return dispute_open(cx, c->bill, c->day, "r", &id);
}

/* A late fee is let off by two; a dispute pauses it from now on, or since the letter came a few days ago. */
static void test_a_dispute_is_no_waiver(void **state)
{
    struct ask a = {.flag = true};
    (void)state;
    at(20270306);
    int64_t bill = bill_of(billed(20270306, 103), 103);
    at(20270420); /* due on the 16th of March */
    while (a.flag)
        assert_int_equal(harness_write(NULL, rw_late, &a), OK);
    int64_t late = harness_i64("SELECT late_fen FROM bill WHERE id = $1", ARGS(I64(bill)));
    assert_true(late >= 300);
    struct dispute_call c = {bill, 20270316};
    assert_int_equal(harness_write(&maker, run_dispute, &c), ERR_INVALID);
    c.day = 20270412;
    assert_int_equal(harness_write(&maker, run_dispute, &c), ERR_INVALID);
    assert_int_equal(harness_i64("SELECT late_fen FROM bill WHERE id = $1", ARGS(I64(bill))), late);
    c.day = 20270413;
    assert_int_equal(harness_write(&maker, run_dispute, &c), OK);
    assert_int_equal(harness_i64("SELECT late_fen FROM bill WHERE id = $1", ARGS(I64(bill))), late - 70);
    money_agrees();
}

/* Whoever keeps the cash must not be able to make the bill go away, a manager alone neither. */
static void test_nobody_alone_voids_what_is_owed(void **state)
{
    (void)state;
    at(20270421);
    int64_t run = drafts(20270421, 104), bill = bill_of(run, 104);
    assert_true(bill > 0);
    publish(run);
    struct fees_call c = {.id = bill};
    assert_int_equal(harness_write(&maker, fw_drop, &c), ERR_STATE);
    assert_int_equal(harness_write(&checker, fw_drop, &c), ERR_STATE);
    assert_int_equal(harness_write(&checker, fw_ask_void, &c), OK);
    assert_int_equal(c.request.amount_fen, show(bill).bill.amount_fen);
    assert_int_equal(harness_write(&checker, fw_approve, &c), ERR_FORBIDDEN);
    assert_string_equal(show(bill).state, "published");
    assert_int_equal(void_bill(bill), OK);
    assert_string_equal(show(bill).state, "void");
    struct actor another = checker;
    another.id = maker.id;
    assert_int_equal(harness_write(&another, fw_approve, &c), ERR_STATE); /* two asked: once is enough */
    run = drafts(20270421, 104);
    bill = bill_of(run, 104);
    assert_int_equal(void_bill(bill), OK); /* a draft nobody has been told of */
    money_agrees();
}

/* ---- finance alarms ---- */

static enum err run_alarm(struct ctx *cx, void *arg)
{
    const struct finance_alarm a = {.project_id = 11, .kind = "x", .dedup = arg, .text = "x"};
    return finance_alarm_add(cx, &a);
}

static enum err run_alarm_close(struct ctx *cx, void *arg)
{
    return finance_alarm_close(cx, *(int64_t *)arg, "seen");
}

static void test_alarms_belong_to_their_project(void **state)
{
    (void)state;
    assert_int_equal(harness_write(&maker, run_alarm, (void *)(uintptr_t) "d1"), OK);
    int64_t id = harness_i64("SELECT id FROM finance_alarm WHERE dedup = 'd1'", NO_ARGS);
    assert_int_equal(harness_write(&next_door, run_alarm_close, &id), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&stranger, run_alarm_close, &id), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&boss, run_alarm_close, &id), OK);
}

/* ---- every id, asked for from next door and from another company ---- */

struct ids {
    int64_t bill, payment, refund, request, order, shift, invoice, run;
};
static struct ids ours;

#define ON(name, call)                                                                                                 \
    static enum err on_##name(struct ctx *cx, void *arg)                                                               \
    {                                                                                                                  \
        struct ask *a = arg;                                                                                           \
        (void)a;                                                                                                       \
        return call;                                                                                                   \
    }
ON(payment_get, payment_get(cx, ours.payment, &a->payment, NULL, NULL))
ON(payment_void, payment_void(cx, ours.payment, "x", &a->payment))
ON(refund_request, refund_request(cx, ours.payment, 1, "x", &a->refund))
ON(refund_get, refund_get(cx, ours.refund, &a->refund))
ON(refund_approve, refund_decide(cx, ours.refund, true, "x", &a->refund))
ON(refund_reject, refund_decide(cx, ours.refund, false, "x", &a->refund))
ON(refund_pay_out, refund_pay_out(cx, ours.refund, "", &a->refund))
ON(request_get, request_get(cx, ours.request, &a->done))
ON(request_approve, request_act(cx, ours.request, RQ_APPROVE, "x", &a->done))
ON(dispute_open, dispute_open(cx, ours.bill, clock_day(cx->now), "x", &a->id))
ON(dispute_close, dispute_close(cx, ours.bill, "x", true))
ON(bill_edit, bill_line_edit(cx, ours.bill, 1, 1, "x"))
ON(bill_drop, bill_drop(cx, ours.bill, "x"))
ON(order_get, payment_order_get(cx, ours.order, &a->order))
ON(shift_get, shift_get(cx, ours.shift, &a->shift))
ON(shift_confirm, shift_confirm(cx, ours.shift, 0, "x", &a->shift))

static enum err on_take(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    a->pay = (struct payment_in){.method = PAY_CASH, .bills = &ours.bill, .nbills = 1};
    return payment_take(cx, &a->pay, &a->payment);
}

static enum err on_order(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    a->want = (struct payment_order_in){
        .bills = &ours.bill, .nbills = 1, .channel = CHANNEL_WECHAT, .scene = SCENE_QR, .via = VIA_COUNTER};
    return payment_order_create(cx, &a->want, &a->order);
}

static enum err on_order_app(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    a->want = (struct payment_order_in){
        .bills = &ours.bill, .nbills = 1, .channel = CHANNEL_WECHAT, .scene = SCENE_QR, .via = VIA_APP};
    return payment_order_create(cx, &a->want, &a->order);
}

static enum err on_adjust(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    a->rq = (struct fee_request){.kind = RQ_ADJUST, .bill_id = ours.bill, .line_n = 1, .amount_fen = -1, .reason = "x"};
    return request_make(cx, &a->rq, &a->done);
}

static enum err on_bill_void(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    a->rq = (struct fee_request){.kind = RQ_VOID, .bill_id = ours.bill, .reason = "x"};
    return request_make(cx, &a->rq, &a->done);
}

static enum err on_receipt(struct ctx *cx, void *arg)
{
    struct receipt r;
    (void)arg;
    return receipt_print(cx, ours.payment, &r);
}

static enum err on_invoice(struct ctx *cx, void *arg)
{
    const struct invoice_in in = {.payment_id = ours.payment, .title = "x"};
    struct invoice i;
    (void)arg;
    return invoice_apply(cx, &in, &i);
}

static enum err on_invoice_get(struct ctx *cx, void *arg)
{
    struct invoice i;
    (void)arg;
    return invoice_get(cx, ours.invoice, &i);
}

static enum err on_invoice_act(struct ctx *cx, void *arg)
{
    const struct invoice_step s = {.action = INV_PROCESS};
    struct invoice i;
    (void)arg;
    return invoice_act(cx, ours.invoice, 0, &s, &i);
}

static enum err on_run(struct ctx *cx, void *arg)
{
    struct bill_run r;
    (void)arg;
    return bill_run_act(cx, ours.run, RUN_CANCEL, "x", &r);
}

static enum err on_code(struct ctx *cx, void *arg)
{
    struct room_code c;
    (void)arg;
    return room_code_make(cx, 100, 0, &c);
}

static enum err run_invoice(struct ctx *cx, void *arg)
{
    const struct invoice_in in = {.payment_id = *(int64_t *)arg, .title = "x"};
    struct invoice i;
    enum err e = invoice_apply(cx, &in, &i);
    ours.invoice = e ? 0 : i.id;
    return e;
}

static enum err run_shift(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    enum err e = shift_current(cx, &a->shift);
    return e ? e : shift_close(cx, 0, a->shift.expected_fen, "", &a->shift);
}

static void test_ids_of_others_do_not_exist(void **state)
{
    static const struct {
        const char *what;
        job_fn *fn;
    } calls[] = {
        {"payment",         on_payment_get    },
        {"void",            on_payment_void   },
        {"refund",          on_refund_request },
        {"refund.get",      on_refund_get     },
        {"refund.approve",  on_refund_approve },
        {"refund.reject",   on_refund_reject  },
        {"refund.pay_out",  on_refund_pay_out },
        {"request",         on_request_get    },
        {"request.approve", on_request_approve},
        {"request.make",    on_adjust         },
        {"dispute",         on_dispute_open   },
        {"dispute.close",   on_dispute_close  },
        {"line",            on_bill_edit      },
        {"bill.drop",       on_bill_drop      },
        {"bill.void",       on_bill_void      },
        {"take",            on_take           },
        {"order",           on_order          },
        {"order.app",       on_order_app      },
        {"order.get",       on_order_get      },
        {"shift",           on_shift_get      },
        {"shift.confirm",   on_shift_confirm  },
        {"receipt",         on_receipt        },
        {"invoice",         on_invoice        },
        {"invoice.get",     on_invoice_get    },
        {"invoice.act",     on_invoice_act    },
        {"run",             on_run            },
        {"code",            on_code           },
    };
    static const struct actor *const others[] = {&next_door, &stranger};
    int64_t id = 0, wrong = 0;
    (void)state;
    int64_t run = billed(20270210, 0);
    ours.bill = bill_of(run, 100);
    ours.payment = cash(bill_of(run, 101), 1000);
    assert_int_equal(refund_ask(ours.payment, 100, &ours.refund), OK);
    assert_int_equal(rq_ask((struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = ours.bill}, &ours.request), OK);
    struct ask o;
    id = bill_of(run, 102);
    assert_int_equal(order_of(&id, 1, &o), OK);
    ours.order = o.order.id;
    assert_int_equal(harness_write(&maker, run_invoice, &ours.payment), OK);
    assert_int_equal(harness_write(&maker, run_shift, &o), OK);
    ours.shift = o.shift.id;
    ours.run = drafts(20270305, 0);
    for (size_t k = 0; k < COUNT(others); k++)
        for (size_t i = 0; i < COUNT(calls); i++) {
            struct ask a = {.id = 0};
            enum err e = harness_write(others[k], calls[i].fn, &a);
            if (e != ERR_NOT_FOUND) {
                print_error("%s: %s answers %d\n", others[k]->name, calls[i].what, e);
                wrong++;
            }
        }
    assert_int_equal(wrong, 0);
    assert_int_equal(run_act(&maker, ours.run, RUN_CANCEL), OK);
    money_agrees();
}

/* ---- one order pays one recipient ---- */

static enum err run_two_projects(struct ctx *cx, void *arg)
{
    const int64_t bills[] = {ours.bill, 990};
    const struct payment_order_in in = {
        .bills = bills, .nbills = 2, .channel = CHANNEL_WECHAT, .scene = SCENE_QR, .via = VIA_APP};
    struct payment_order o;
    (void)arg;
    return payment_order_create(cx, &in, &o);
}

static void test_bills_of_two_projects_are_two_orders(void **state)
{
    static const struct actor owner = {.id = 41, .company_id = 1, .roles = ROLE_OWNER, .name = "o"};
    (void)state;
    sql("INSERT INTO building(id, company_id, project_id, name, norm, created_at) VALUES (16, 1, 15, '1', '1', 0)",
        NO_ARGS);
    sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
        " VALUES (160, 1, 15, 16, 'n1', 'n1', 'n1', 1000000, 0)",
        NO_ARGS);
    sql("INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source, created_at, "
        "changed_at) VALUES (79, 1, 15, 160, 41, 'owner', 'active', 'register', 0, 0)",
        NO_ARGS);
    sql("INSERT INTO bill(id, company_id, project_id, room_id, payer_id, room_name, state, period_from, period_to,"
        " due_day, amount_fen, created_at) VALUES (990, 1, 15, 160, 41, 'n1', 'published', 20270101, 20270131,"
        " 20270301, 100, 0)",
        NO_ARGS);
    assert_int_equal(harness_write(&owner, run_two_projects, NULL), ERR_INVALID);
    sql("DELETE FROM bill WHERE id = 990", NO_ARGS);
}

/* ---- the sandbox's merchant next to real channels ---- */

static enum err run_merchant(struct ctx *cx, void *arg)
{
    const struct merchant m = {
        .channel = CHANNEL_WECHAT, .name = "m", .appid = "wx1", .mchid = arg, .private_key = "k", .apiv3_key = "k"};
    int64_t id = 0;
    return merchant_add(cx, &m, &id);
}

static void test_the_sandbox_does_not_take_real_money(void **state)
{
    static const struct actor admin = {.id = 33, .company_id = 1, .roles = ROLE_COMPANY_ADMIN, .name = "a"};
    (void)state; /* the channels' addresses are the real ones here */
    assert_int_equal(harness_write(&admin, run_merchant, (void *)(uintptr_t) "1900000001"), ERR_INVALID);
    assert_int_equal(harness_write(&admin, run_merchant, (void *)(uintptr_t) "1600000777"), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_who_edits_and_submits_does_not_approve),
                                       cmocka_unit_test(test_alarms_belong_to_their_project),
                                       cmocka_unit_test(test_ids_of_others_do_not_exist),
                                       cmocka_unit_test(test_bills_of_two_projects_are_two_orders),
                                       cmocka_unit_test(test_a_dispute_is_no_waiver),
                                       cmocka_unit_test(test_nobody_alone_voids_what_is_owed),
                                       cmocka_unit_test(test_the_sandbox_does_not_take_real_money)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
