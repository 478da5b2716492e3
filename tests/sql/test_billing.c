/* test_billing.c - from fee item to published bill on both engines: amounts, skips, gaps, four eyes, tampering,
 * resuming in the middle, voiding, and books that agree.  SPDX-License-Identifier: MIT */
#include "tests/sql/two_companies.h"

#include "base/money.h"
#include "domain/billing.h"
#include "domain/fee_request.h"
#include "domain/ledger.h"
#include <stdio.h>
#include <string.h>

#define ROOMS 25

static const struct actor maker = {.id = 31, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "m"},
                          checker = {.id = 32, .company_id = 1, .project_id = 11, .roles = ROLE_MANAGER, .name = "c"},
                          owner = {.id = 41, .company_id = 1, .project_id = 11, .roles = ROLE_OWNER, .name = "o"},
                          stranger = {.id = 51, .company_id = 2, .project_id = 21, .roles = ROLE_MANAGER, .name = "s"};

static int set_up(void **state)
{
    int rc = two_companies(state);
    for (int64_t i = 0; i < ROOMS; i++)
        sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
            " VALUES ($1, 1, 11, 12, $2, $2, $2, $3, 0)",
            ARGS(I64(100 + i), TXT(arena_printf(harness_ctx(NULL)->arena, "r%02d", (int)i)),
                 I64(i == 3 ? 0 : 1307000)));
    const struct actor *people[] = {&maker, &checker, &owner, &stranger};
    for (size_t i = 0; i < COUNT(people); i++)
        sql("INSERT INTO account(id, company_id, kind, name, created_at) VALUES ($1, $2, $3, $4, 0)",
            ARGS(I64(people[i]->id), I64(people[i]->company_id), TXT(i == 2 ? "resident" : "staff"),
                 TXT(people[i]->name)));
    for (int64_t i = 0; i < 2; i++)
        sql("INSERT INTO role_grant(id, company_id, account_id, role, created_at) VALUES ($1, 1, $2, $3, 0)",
            ARGS(I64(61 + i), I64(31 + i), TXT(i ? "manager" : "cashier")));
    sql("INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source, created_at, "
        "changed_at)"
        " VALUES (71, 1, 11, 100, 41, 'owner', 'active', 'register', 0, 0)",
        NO_ARGS);
    return rc;
}

struct call {
    struct fee_item item;
    int64_t id, price, n, fen;
    int32_t day;
    struct bill_run run;
    enum run_action act;
    const char *reason;
    bool more;
    struct bill bill;
    struct bill_line line[8];
    struct bill bills[200];
    size_t nlines, nbills;
    char state[20], snapshot[8][600]; /* copies: what a call returns dies with its arena */
    struct tier tiers[3];
    size_t ntiers;
    struct fee_request request;
};

static enum err run_item(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->item.id = 0;
    enum err e = fee_item_save(cx, &c->item);
    c->id = c->item.id;
    return e;
}

static enum err run_price(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_price_set(cx, c->id, c->day, c->price, c->tiers, c->ntiers);
}

static enum err run_assign(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return fee_assign_rooms(cx, c->id, 0, c->day, &c->n);
}

static enum err run_start(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bill_run_start(cx, c->day, &c->run);
}

static enum err run_step(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return billing_step(cx, c->run.id, c->n, &c->more);
}

static enum err run_act(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = bill_run_act(cx, c->run.id, c->act, c->reason, &c->run);
    if (!e)
        snprintf(c->state, sizeof c->state, "%s", c->run.state);
    return e;
}

static void on_bill(void *arg, const struct bill *b)
{
    struct call *c = arg;
    if (c->nbills < COUNT(c->bills))
        c->bills[c->nbills++] = *b;
}

static enum err run_board(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->nbills = 0;
    return bill_list(cx, &(struct bill_filter){.run_id = c->run.id, .limit = 100}, on_bill, c);
}

static enum err run_mine(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->nbills = 0;
    return bill_list(cx, &(struct bill_filter){.mine = true, .limit = 100}, on_bill, c);
}

static void on_line(void *arg, const struct bill_line *l)
{
    struct call *c = arg;
    if (c->nlines == COUNT(c->line))
        return;
    snprintf(c->snapshot[c->nlines], sizeof c->snapshot[0], "%s", l->snapshot);
    c->line[c->nlines++] = *l;
}

static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->nlines = 0;
    return bill_get(cx, c->id, &c->bill, on_line, c);
}

static enum err run_void(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bill_drop(cx, c->id, c->reason);
}

/* A published bill: one asks, another approves. */
static enum err run_ask_void(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->request = (struct fee_request){.kind = RQ_VOID, .bill_id = c->id, .reason = c->reason};
    return request_make(cx, &c->request, &c->request);
}

static enum err run_approve(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return request_act(cx, c->request.id, RQ_APPROVE, "", &c->request);
}

static enum err run_receivable(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return ledger_balance(cx, 11, LA_RECEIVABLE, c->id, &c->fen);
}

static int64_t receivable(int64_t room)
{
    struct call c = {.id = room};
    assert_int_equal(harness_read(&maker, run_receivable, &c), OK);
    return c.fen;
}

static void step_all(struct call *c, int64_t rooms, int *steps)
{
    c->n = rooms;
    c->more = true;
    for (*steps = 0; c->more; (*steps)++)
        assert_int_equal(harness_write(NULL, run_step, c), OK);
}

static enum err act(const struct actor *who, struct call *c, enum run_action what)
{
    c->act = what;
    return harness_write(who, run_act, c);
}

static int64_t area_item, formula_item;

static void test_items_and_prices(void **state)
{
    struct call c = {
        .item = {
                 .code = "wy", .name = "物业费", .kind = FEE_AREA, .cycle = CYCLE_MONTHLY, .due_days = 15, .enabled = true}
    };
    (void)state;
    assert_int_equal(harness_write(&checker, run_item, &c), OK);
    area_item = c.id;
    assert_int_equal(harness_write(&checker, run_item, &c), ERR_EXISTS);
    c.id = area_item, c.day = 20260101, c.price = 1500;
    assert_int_equal(harness_write(&checker, run_price, &c), OK);
    c.day = 20261115, c.price = 2000; /* dearer in the middle of the month: counts from the next period on */
    assert_int_equal(harness_write(&checker, run_price, &c), OK);
    c.day = 20260230;
    assert_int_equal(harness_write(&checker, run_price, &c), ERR_INVALID);
    c.day = 20260101;
    assert_int_equal(harness_write(&checker, run_assign, &c), OK);
    assert_int_equal(c.n, ROOMS);
    assert_int_equal(harness_write(&checker, run_assign, &c), OK); /* again: they all pay already */
    assert_int_equal(c.n, 0);
    assert_int_equal(harness_write(&stranger, run_assign, &c), ERR_NOT_FOUND);

    struct call f = {
        .item = {.code = "jz",
                 .name = "电梯加收",
                 .kind = FEE_FORMULA,
                 .formula = "area * 0.1[yuan/m2/month] * months + days",
                 .price_unit = "yuan/m2/month",
                 .enabled = true}
    };
    assert_int_equal(harness_write(&checker, run_item, &f), ERR_INVALID); /* yuan + plain number */
    assert_string_equal(harness_why.field, "formula");
    assert_non_null(strstr(harness_why.en, "character 36"));
    f.item.formula = "max(area * 0.05[yuan/m2/month] * months, 5[yuan])";
    assert_int_equal(harness_write(&checker, run_item, &f), OK);
    formula_item = f.id;
    f.day = 20261016; /* half of October */
    assert_int_equal(harness_write(&checker, run_assign, &f), OK);
}

static struct call run; /* shared by the tests below, in order */

static void test_run_generates_every_room_once(void **state)
{
    int steps;
    (void)state;
    run.day = 20261101;
    assert_int_equal(harness_write(&maker, run_start, &run), OK);
    struct call second = {.day = 20261101};
    assert_int_equal(harness_write(&maker, run_start, &second), ERR_STATE); /* one at a time */
    step_all(&run, 4, &steps);
    assert_in_range(steps, 6, 8);
    assert_int_equal(harness_read(&maker, run_board, &run), OK);
    assert_int_equal(run.nbills, ROOMS - 1); /* room 3 has no area: skipped for both items, not billed 0 */
    for (size_t i = 0; i < run.nbills; i++) {
        assert_int_equal(run.bills[i].amount_fen,
                         1961 + 500); /* 130.70 x 0.15 = 19.605; half a month's lift: least 5 yuan */
        assert_int_equal(run.bills[i].period_from, 20261001);
        assert_int_equal(run.bills[i].period_to, 20261031);
    }
    assert_int_equal(harness_i64("SELECT skipped FROM bill_run WHERE id = $1", ARGS(I64(run.run.id))), 2);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM bill_skip WHERE run_id = $1 AND reason = '缺少面积'", ARGS(I64(run.run.id))),
        2);
    assert_int_equal(harness_i64("SELECT total_fen FROM bill_run WHERE id = $1", ARGS(I64(run.run.id))),
                     2461 * (ROOMS - 1));
    harness_write(NULL, run_step, &run); /* a step too many does nothing */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1", ARGS(I64(run.run.id))), ROOMS - 1);
    run.id = run.bills[0].id;
    assert_int_equal(harness_read(&owner, run_get, &run), ERR_NOT_FOUND); /* drafts are the office's */
}

static void test_four_eyes_and_tampering(void **state)
{
    (void)state;
    assert_int_equal(act(&checker, &run, RUN_APPROVE), ERR_STATE);
    assert_int_equal(act(&maker, &run, RUN_SUBMIT), OK);
    assert_int_equal(act(&maker, &run, RUN_APPROVE), ERR_FORBIDDEN);
    assert_int_equal(act(&stranger, &run, RUN_APPROVE), ERR_NOT_FOUND);
    run.id = run.bills[0].id, run.reason = "wrong";
    assert_int_equal(harness_write(&maker, run_void, &run), ERR_STATE); /* submitted: hands off */
    sql("UPDATE bill_line SET amount_fen = amount_fen + 1 WHERE bill_id = $1 AND n = 1", ARGS(I64(run.bills[0].id)));
    assert_int_equal(act(&checker, &run, RUN_APPROVE), ERR_CONFLICT);
    sql("UPDATE bill_line SET amount_fen = amount_fen - 1 WHERE bill_id = $1 AND n = 1", ARGS(I64(run.bills[0].id)));
    run.reason = "";
    assert_int_equal(act(&checker, &run, RUN_REJECT), ERR_INVALID);
    run.reason = "房间 5 有误";
    assert_int_equal(act(&checker, &run, RUN_REJECT), OK);
    assert_string_equal(run.state, "ready");
    run.id = run.bills[4].id, run.reason = "空置";
    assert_int_equal(harness_write(&maker, run_void, &run), OK); /* in review a bill can be taken out */
    assert_int_equal(harness_i64("SELECT bills FROM bill_run WHERE id = $1", ARGS(I64(run.run.id))), ROOMS - 2);
    assert_int_equal(act(&maker, &run, RUN_SUBMIT), OK);
    assert_int_equal(act(&checker, &run, RUN_APPROVE), OK);
    assert_int_equal(run.run.checker_id, checker.id);
}

static void test_publishing_books_and_tells(void **state)
{
    int steps;
    (void)state;
    harness_forget();
    assert_int_equal(receivable(100), 0);
    assert_int_equal(act(&maker, &run, RUN_PUBLISH), OK);
    step_all(&run, 7, &steps);
    assert_in_range(steps, 4, 5);
    assert_int_equal(receivable(-1), 2461 * (ROOMS - 2));
    assert_int_equal(receivable(100), 2461);
    assert_int_equal(harness_count("user:41", "bill.published"), 1);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM bill WHERE run_id = $1 AND state = 'published'", ARGS(I64(run.run.id))),
        ROOMS - 2);
    struct call mine = {0};
    assert_int_equal(harness_read(&owner, run_mine, &mine), OK);
    assert_int_equal(mine.nbills, 1);
    assert_int_equal(mine.bills[0].room_id, 100);
    mine.id = mine.bills[0].id;
    assert_int_equal(harness_read(&owner, run_get, &mine), OK);
    assert_int_equal(mine.nlines, 2);
    assert_int_equal(mine.line[0].amount_fen + mine.line[1].amount_fen, mine.bill.amount_fen);
    assert_non_null(strstr(mine.snapshot[0], "\"price_e4\":1500"));
    assert_non_null(strstr(mine.snapshot[1], "\"days\":16"));
    struct call other = {.id = run.bills[0].id};
    assert_int_equal(harness_read(&owner, run_get, &other), other.id == mine.id ? OK : ERR_NOT_FOUND);
    assert_int_equal(harness_read(&stranger, run_get, &other), ERR_NOT_FOUND);
    struct call price = {.id = area_item, .day = 20261001, .price = 1};
    assert_int_equal(harness_write(&checker, run_price, &price), ERR_STATE); /* the past is published */
}

static void test_void_and_bill_again(void **state)
{
    int steps;
    struct call mine = {.reason = "面积有误"}, again = {.day = 20261101};
    (void)state;
    assert_int_equal(harness_read(&owner, run_mine, &mine), OK);
    mine.id = mine.bills[0].id;
    assert_int_equal(harness_write(&owner, run_void, &mine), ERR_FORBIDDEN);
    assert_int_equal(harness_write(&checker, run_void, &mine), ERR_STATE);
    assert_int_equal(harness_write(&maker, run_ask_void, &mine), OK);
    assert_int_equal(harness_write(&checker, run_approve, &mine), OK);
    assert_int_equal(harness_write(&maker, run_ask_void, &mine), ERR_STATE);
    assert_int_equal(receivable(100), 0);
    assert_int_equal(harness_write(&maker, run_start, &again), OK); /* the same day: fills gaps only */
    step_all(&again, 100, &steps);
    assert_int_equal(harness_read(&maker, run_board, &again), OK);
    assert_int_equal(again.nbills, 2); /* the voided one and the one taken out in review */
    assert_int_equal(act(&maker, &again, RUN_CANCEL), OK);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill_line WHERE room_id = 100 AND live = 1", NO_ARGS), 0);
}

static void test_next_month_takes_the_new_price(void **state)
{
    int steps;
    struct call next = {.day = 20261201};
    (void)state;
    assert_int_equal(harness_write(&maker, run_start, &next), OK);
    step_all(&next, 100, &steps);
    assert_int_equal(harness_read(&maker, run_board, &next), OK);
    assert_int_equal(next.nbills, ROOMS - 1);
    assert_int_equal(next.bills[0].amount_fen, 1961 + 654); /* November began at the old price; a whole month's lift */
    assert_int_equal(act(&maker, &next, RUN_CANCEL), OK);
}

/* The unique index is the last word, whatever the code above it does */
static void test_no_second_live_charge(void **state)
{
    (void)state;
    const char *text =
        "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, name, income, period_from, period_to,"
        " amount_fen, snapshot) SELECT bill_id, 9, company_id, item_id, room_id, name, income, period_from,"
        " period_to, amount_fen, snapshot FROM bill_line WHERE live = 1 AND n = 1 AND room_id = $1";
    assert_int_equal(harness_sql(text, ARGS(I64(110))), ERR_EXISTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_and_prices),        cmocka_unit_test(test_run_generates_every_room_once),
        cmocka_unit_test(test_four_eyes_and_tampering), cmocka_unit_test(test_publishing_books_and_tells),
        cmocka_unit_test(test_void_and_bill_again),     cmocka_unit_test(test_next_month_takes_the_new_price),
        cmocka_unit_test(test_no_second_live_charge)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
