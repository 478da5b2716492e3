/* fees_world.h - for the tests about fees: ten rooms of project 11, people, and short calls. Each call is a transaction.
 * Days are set by at(), which moves the clock forward only.  SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_FEES_WORLD_H
#define TESTS_SQL_FEES_WORLD_H
#include "tests/sql/two_companies.h"

#include "domain/billing.h"
#include "domain/billing_check.h"
#include "domain/fee_request.h"
#include "domain/ledger.h"
#include "domain/payment.h"
#include <stdio.h>
#include <string.h>

#define ROOMS 10 /* 100..109; areas 100, 101, ... m2; 109 has none */
#define MAYBE __attribute__((unused))

static const struct actor maker = {.id = 31, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "m"},
                          checker = {.id = 32, .company_id = 1, .project_id = 11, .roles = ROLE_MANAGER, .name = "c"},
                          stranger = {.id = 51, .company_id = 2, .project_id = 21, .roles = ROLE_MANAGER, .name = "s"};

static MAYBE void at(int32_t day)
{
    clock_shift_ms(clock_day_start(day) + 9 * HOUR_MS - clock_now_ms());
}

static MAYBE int fees_world(void **state)
{
    int rc = two_companies(state);
    for (int64_t i = 0; i < ROOMS; i++)
        sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
            " VALUES ($1, 1, 11, 12, $2, $2, $2, $3, 0)",
            ARGS(I64(100 + i), TXT(arena_printf(harness_ctx(NULL)->arena, "r%02d", (int)i)),
                 I64(i == 9 ? 0 : 1000000 + i * 10000)));
    const int64_t people[] = {31, 32, 41, 42};
    for (size_t i = 0; i < COUNT(people); i++)
        sql("INSERT INTO account(id, company_id, kind, name, created_at) VALUES ($1, 1, $2, $3, 0)",
            ARGS(I64(people[i]), TXT(people[i] > 40 ? "resident" : "staff"), TXT(people[i] == 42 ? "新业主" : "p")));
    for (int64_t i = 0; i < 2; i++)
        sql("INSERT INTO role_grant(id, company_id, account_id, role, created_at) VALUES ($1, 1, $2, 'manager', 0)",
            ARGS(I64(61 + i), I64(31 + i)));
    sql("INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source, created_at, "
        "changed_at)"
        " VALUES (71, 1, 11, 100, 41, 'owner', 'active', 'register', 0, 0)",
        NO_ARGS);
    at(20270105);
    return rc;
}

struct fees_call {
    struct fee_item item;
    int64_t id, n, fen, room;
    int32_t day;
    struct bill_run run;
    struct bill bill;
    struct bill_line line[16];
    size_t nlines;
    char snapshot[16][700], state[24];
    enum run_action act;
    const char *reason;
    bool more;
    struct payment_in pay;
    struct payment payment;
    int account;
    struct fee_request request;
};

static enum err fw_item(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    enum err e = fee_item_save(cx, &c->item);
    c->id = c->item.id;
    return e;
}

static enum err fw_price(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return fee_price_set(cx, c->id, c->day, c->n, NULL, 0);
}

static enum err fw_assign(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return fee_assign_rooms(cx, c->id, 0, c->day, &c->n);
}

static enum err fw_start(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return bill_run_start_for(cx, c->day, c->room, 0, &c->run);
}

static enum err fw_step(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return billing_step(cx, c->run.id, 3, &c->more);
}

static enum err fw_act(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    enum err e = bill_run_act(cx, c->run.id, c->act, c->reason ? c->reason : "", &c->run);
    snprintf(c->state, sizeof c->state, "%s", e ? "" : c->run.state);
    return e;
}

static enum err fw_drop(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return bill_drop(cx, c->id, "test");
}

static enum err fw_ask_void(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    c->request = (struct fee_request){.kind = RQ_VOID, .bill_id = c->id, .reason = "test"};
    return request_make(cx, &c->request, &c->request);
}

static enum err fw_approve(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return request_act(cx, c->request.id, RQ_APPROVE, "", &c->request);
}

static enum err fw_pay(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return payment_take(cx, &c->pay, &c->payment);
}

static enum err fw_balance(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    return ledger_balance(cx, 11, c->account, c->room, &c->fen);
}

static void fw_on_line(void *arg, const struct bill_line *l)
{
    struct fees_call *c = arg;
    if (c->nlines == COUNT(c->line))
        return;
    snprintf(c->snapshot[c->nlines], sizeof c->snapshot[0], "%s", l->snapshot);
    c->line[c->nlines] = *l;
    c->line[c->nlines++].snapshot = NULL;
}

static enum err fw_get(struct ctx *cx, void *arg)
{
    struct fees_call *c = arg;
    c->nlines = 0;
    enum err e = bill_get(cx, c->id, &c->bill, fw_on_line, c);
    snprintf(c->state, sizeof c->state, "%s", e ? "" : c->bill.state);
    return e;
}

/* An item with a price (0: none), paid by every room from 2026 on when `all`. */
static MAYBE int64_t item(struct fee_item f, int64_t price_e4, bool all)
{
    struct fees_call c = {.item = f};
    c.item.enabled = true;
    c.item.due_days = f.due_days ? f.due_days : 10;
    c.item.name = f.name ? f.name : f.code;
    c.item.income = f.kind == FEE_DEPOSIT ? INCOME_DEPOSITS : f.income;
    assert_int_equal(harness_write(&checker, fw_item, &c), OK);
    c.day = 20260101;
    c.n = price_e4;
    if (price_e4)
        assert_int_equal(harness_write(&checker, fw_price, &c), OK);
    if (all)
        assert_int_equal(harness_write(&checker, fw_assign, &c), OK);
    return c.id;
}

/* Drafts of a run on that day; the run's id. */
static MAYBE int64_t drafts(int32_t day, int64_t room)
{
    struct fees_call c = {.day = day, .room = room, .more = true};
    assert_int_equal(harness_write(&maker, fw_start, &c), OK);
    while (c.more)
        assert_int_equal(harness_write(NULL, fw_step, &c), OK);
    return c.run.id;
}

static MAYBE enum err run_act(const struct actor *who, int64_t run, enum run_action what)
{
    struct fees_call c = {.run.id = run, .act = what, .reason = "r"};
    return harness_write(who, fw_act, &c);
}

static MAYBE void publish(int64_t run)
{
    struct fees_call c = {.run.id = run, .more = true};
    assert_int_equal(run_act(&maker, run, RUN_SUBMIT), OK);
    assert_int_equal(run_act(&checker, run, RUN_APPROVE), OK);
    assert_int_equal(run_act(&maker, run, RUN_PUBLISH), OK);
    while (c.more)
        assert_int_equal(harness_write(NULL, fw_step, &c), OK);
}

static MAYBE int64_t billed(int32_t day, int64_t room) /* published; the run's id */
{
    int64_t run = drafts(day, room);
    publish(run);
    return run;
}

/* The bill of a room in a run; 0: none. With payer -1: any. */
static MAYBE int64_t bill_of(int64_t run, int64_t room)
{
    return harness_i64("SELECT COALESCE(MAX(id), 0) FROM bill WHERE run_id = $1 AND room_id = $2",
                       ARGS(I64(run), I64(room)));
}

static MAYBE struct fees_call show(int64_t bill)
{
    struct fees_call c = {.id = bill};
    assert_int_equal(harness_read(&maker, fw_get, &c), OK);
    return c;
}

/* A draft by whoever; what is published by two. */
static MAYBE enum err void_bill(int64_t bill)
{
    struct fees_call c = {.id = bill};
    if (harness_i64("SELECT COUNT(*) FROM bill WHERE id = $1 AND state = 'draft'", ARGS(I64(bill))))
        return harness_write(&checker, fw_drop, &c);
    enum err e = harness_write(&maker, fw_ask_void, &c);
    return e ? e : harness_write(&checker, fw_approve, &c);
}

static MAYBE void pay(int64_t bill, int64_t fen) /* 0: all */
{
    struct fees_call c = {
        .pay = {.method = PAY_CASH, .bills = &bill, .nbills = 1, .amount_fen = fen}
    };
    assert_int_equal(harness_write(&maker, fw_pay, &c), OK);
}

static MAYBE int64_t balance(int account, int64_t party)
{
    struct fees_call c = {.account = account, .room = party};
    assert_int_equal(harness_read(&maker, fw_balance, &c), OK);
    return c.fen;
}

static enum err fw_verify(struct ctx *cx, void *arg)
{
    return billing_verify(cx, arg);
}

static enum err fw_verify_pay(struct ctx *cx, void *arg)
{
    return payment_verify(cx, arg);
}

static MAYBE struct billing_faults faults(void)
{
    struct billing_faults f = {0};
    assert_int_equal(harness_read(NULL, fw_verify, &f), OK);
    return f;
}

/* Nothing is wrong anywhere. */
static MAYBE void all_well(void)
{
    struct billing_faults f = faults();
    struct payment_faults p = {0};
    assert_int_equal(f.sum, 0);
    assert_int_equal(f.twice, 0);
    assert_int_equal(f.late, 0);
    assert_int_equal(f.published, 0);
    assert_int_equal(f.room, 0);
    assert_int_equal(harness_read(NULL, fw_verify_pay, &p), OK);
    assert_int_equal(p.bill + p.payment + p.project, 0);
}

#endif
