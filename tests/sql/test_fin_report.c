/* test_fin_report.c - the reports on both engines: value dates, ages, splits that add up, takings against the books, and
 * random histories after which every sum agrees with the ledger.  SPDX-License-Identifier: MIT */
#include "tests/sql/counter_world.h"

#include "domain/fin_report.h"
#include "domain/payment_int.h"
#include <stdlib.h>

struct call {
    enum report_by by;
    enum takings_by takings;
    int32_t from, to;
    struct receivable_row row[64], sum;
    struct takings_row taken[64], taken_sum;
    struct trial_row trial[LA_COUNT];
    size_t n;
    int64_t room;
};

static int set_up(void **state)
{
    return counter_world(state);
}

static void on_row(void *arg, const struct receivable_row *r)
{
    struct call *c = arg;
    int64_t ages = 0;
    assert_true(c->n < COUNT(c->row));
    c->row[c->n++] = *r;
    for (int i = 0; i < REPORT_AGES; i++)
        ages += r->age[i];
    assert_int_equal(ages, r->arrears_fen);
    assert_int_equal(r->receivable_fen, r->received_fen + r->arrears_fen + r->written_off_fen);
    c->sum.receivable_fen += r->receivable_fen;
    c->sum.received_fen += r->received_fen;
    c->sum.arrears_fen += r->arrears_fen;
    c->sum.late_fen += r->late_fen;
}

static enum err run_receivable(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    c->sum = (struct receivable_row){0};
    return report_receivable(cx, c->by, c->to, on_row, c);
}

static struct call *receivable(enum report_by by, int32_t as_of)
{
    static struct call c;
    c = (struct call){.by = by, .to = as_of};
    assert_ok(read_as(&bert, run_receivable, &c));
    return &c;
}

static void on_taken(void *arg, const struct takings_row *r)
{
    struct call *c = arg;
    assert_true(c->n < COUNT(c->taken));
    c->taken[c->n++] = *r;
    for (int k = 0; k < TAKINGS_KINDS; k++) {
        c->taken_sum.n[k] += r->n[k];
        c->taken_sum.fen[k] += r->fen[k];
    }
}

static enum err run_takings(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    c->taken_sum = (struct takings_row){0};
    return report_takings(cx, c->takings, c->from, c->to, on_taken, c);
}

static struct call *takings(enum takings_by by, int32_t from, int32_t to)
{
    static struct call c;
    c = (struct call){.takings = by, .from = from, .to = to};
    assert_ok(read_as(&bert, run_takings, &c));
    return &c;
}

static enum err run_verify(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return report_verify(cx, &c->room);
}

static int64_t bad_room(void)
{
    struct call c = {.room = -1};
    assert_ok(read_as(&bert, run_verify, &c));
    return c.room;
}

/* What the ledger says was owed at the end of a day. */
static int64_t owed(int32_t day)
{
    return harness_i64("SELECT CAST(COALESCE(SUM(l.debit_fen - l.credit_fen), 0) AS BIGINT) FROM ledger_line l JOIN"
                       " ledger_entry e ON e.id = l.entry_id WHERE l.account = 'receivable' AND l.project_id = 11"
                       " AND e.day <= $1",
                       ARGS(I64(day)));
}

static void assert_agrees(int32_t day)
{
    int64_t want = owed(day);
    for (int by = BY_BUILDING; by < REPORT_BYS; by++)
        assert_int_equal(receivable((enum report_by)by, day)->sum.arrears_fen, want);
}

/* A payment as a channel's would be booked: on an older value day. */
struct dated {
    int32_t day;
    int64_t bill, room, fen, late;
    struct payment p;
};

static enum err run_dated(struct ctx *cx, void *arg)
{
    struct dated *d = arg;
    const struct share s = {d->bill, d->room, 41, d->fen, d->late};
    const struct booking b = {.method = PAY_TRANSFER,
                              .voucher = arena_printf(cx->arena, "V%lld", (long long)id_new()),
                              .payer = "张伟",
                              .project_id = 11,
                              .cashier_id = cx->who.id,
                              .day = d->day,
                              .money = LA_BANK,
                              .share = &s,
                              .n = 1};
    return payment_book(cx, &b, &d->p);
}

/* Principal that goes back on an older payment. */
struct back {
    int64_t id, payment, bill, room, fen;
};

static enum err run_back(struct ctx *cx, void *arg)
{
    struct back *b = arg;
    int64_t entry = 0;
    const struct share s = {b->bill, b->room, 41, b->fen, 0};
    const struct ledger_entry e = {
        .project_id = 11, .ref_id = b->id, .day = clock_day(cx->now), .kind = "refund", .ref_kind = "refund"};
    const struct ledger_line l[] = {DR(LA_RECEIVABLE, b->room, b->fen), CR(LA_BANK, 0, b->fen)};
    STMT(q_refund, "test.report_refund",
         "INSERT INTO refund(id, company_id, project_id, payment_id, method, out_refund_no, amount_fen, reason, state,"
         " entry_id, done_at, created_at) VALUES ($1, 1, 11, $2, 'transfer', $3, $4, 'x', 'success', $5, $6, $6)");
    STMT(q_part, "test.report_refund_bill",
         "INSERT INTO refund_bill(refund_id, bill_id, company_id, amount_fen) VALUES ($1, $2, 1, $3)");
    STMT(q_payment, "test.report_back", "UPDATE payment SET back_fen = back_fen + $2 WHERE id = $1");
    enum err err = ledger_post(cx, &e, l, 2, &entry);
    if (!err)
        err = db_exec(cx, &q_refund,
                      ARGS(I64(b->id), I64(b->payment), TXT(arena_printf(cx->arena, "R%lld", (long long)b->id)),
                           I64(b->fen), I64(entry), I64(cx->now)),
                      NULL);
    if (!err)
        err = db_exec(cx, &q_part, ARGS(I64(b->id), I64(b->bill), I64(b->fen)), NULL);
    if (!err)
        err = db_exec(cx, &q_payment, ARGS(I64(b->payment), I64(b->fen)), NULL);
    return err ? err : payment_take_off(cx, b->payment, &s, "bill.unpaid");
}

static void test_value_dates_and_ages(void **state)
{
    (void)state;
    add_bill((struct new_bill){.id = 200,
                               .room = 100,
                               .payer = 41,
                               .fee = 10000,
                               .water = 5000,
                               .from = 20251001,
                               .to = 20251231,
                               .due = 20251015,
                               .published = 20251001});
    add_bill((struct new_bill){.id = 201,
                               .room = 103,
                               .payer = 42,
                               .fee = 7000,
                               .from = 20261001,
                               .to = 20261031,
                               .due = 20261015,
                               .published = 20261001});
    add_bill((struct new_bill){
        .id = 202, .room = 104, .fee = 900, .from = 20261101, .to = 20261130, .due = 20261130, .published = 20261101});
    struct dated d = {.day = 20261020, .bill = 201, .room = 103, .fen = 3000};
    assert_ok(write_as(&anna, run_dated, &d)); /* typed on 5 November, value of 20 October */
    struct call *c = receivable(BY_BUILDING, 20261105);
    assert_int_equal(c->n, 2);
    assert_string_equal(c->row[0].name, "1");
    assert_int_equal(c->row[0].arrears_fen, 15000);
    assert_int_equal(c->row[0].age[AGE_OLDER], 15000); /* 386 days */
    assert_int_equal(c->row[1].received_fen, 3000);
    assert_int_equal(c->row[1].age[AGE_30], 4000);
    assert_int_equal(c->row[1].age[AGE_NOT_DUE], 900);
    assert_int_equal(report_rate_e4(&c->row[1]), 3797); /* 30.00 of 79.00 */
    assert_int_equal(receivable(BY_BUILDING, 20261019)->sum.received_fen, 0);
    assert_int_equal(receivable(BY_BUILDING, 20261020)->sum.received_fen, 3000);
    assert_int_equal(receivable(BY_BUILDING, 20261031)->sum.receivable_fen, 22000); /* 202 was not published yet */
    static const struct {
        int32_t day;
        enum report_age age;
    } edge[] = {
        {20261015, AGE_NOT_DUE},
        {20261016, AGE_30     },
        {20261114, AGE_30     },
        {20261115, AGE_90     },
        {20270113, AGE_90     },
        {20270114, AGE_180    },
        {20270413, AGE_180    },
        {20270414, AGE_365    },
        {20271015, AGE_365    },
        {20271016, AGE_OLDER  }
    };
    for (size_t i = 0; i < COUNT(edge); i++) {
        c = receivable(BY_PAYER, edge[i].day);
        for (size_t k = 0; k < c->n; k++)
            if (c->row[k].key == 42)
                assert_int_equal(c->row[k].age[edge[i].age], c->row[k].arrears_fen);
    }
    c = receivable(BY_PAYER, 20261105);
    assert_int_equal(c->n, 3);
    assert_int_equal(c->row[0].key, -104); /* nobody is known there */
    assert_string_equal(c->row[0].name, "2栋1单元102室");
    assert_string_equal(c->row[1].name, "张伟");
    assert_agrees(20261019);
    assert_agrees(20261105);
    assert_int_equal(bad_room(), 0);
}

static void test_months_and_items_add_up(void **state)
{
    (void)state;
    take_cash(&anna, 200, 10000); /* of 150.00 over two items and three months */
    struct call *c = receivable(BY_MONTH, 20261105);
    assert_string_equal(c->row[0].name, "2025-10");
    assert_int_equal(c->row[0].receivable_fen, 5001); /* 100.00 / 3 + 50.00 / 3, the odd fen first */
    assert_int_equal(c->row[1].receivable_fen, 5000);
    assert_int_equal(c->row[2].receivable_fen, 4999);
    assert_int_equal(c->row[0].received_fen + c->row[1].received_fen + c->row[2].received_fen, 10000);
    c = receivable(BY_ITEM, 20261105);
    assert_int_equal(c->n, 2);
    assert_string_equal(c->row[0].name, "物业费");
    assert_int_equal(c->row[0].received_fen, 6667 + 3000);
    assert_int_equal(c->row[1].received_fen, 3333);
    take_cash(&anna, 200, 5000);
    c = receivable(BY_MONTH, 20261105);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(c->row[i].arrears_fen, 0); /* paid in full: every part is */
    assert_agrees(20261105);
}

/* What two people have decided about a bill, as the requests module leaves it behind. */
struct decided {
    int64_t id, bill, room, fen;
    const char *kind;
};

static enum err run_decided(struct ctx *cx, void *arg)
{
    const struct decided *d = arg;
    int64_t entry = 0;
    const struct ledger_entry e = {
        .project_id = 11, .ref_id = d->id, .day = clock_day(cx->now), .kind = d->kind, .ref_kind = "fee_request"};
    const struct ledger_line l[] = {DR(str_eq(d->kind, "adjust") ? LA_DISCOUNT : LA_WRITE_OFF, 0, -d->fen),
                                    CR(LA_RECEIVABLE, d->room, -d->fen)};
    STMT(q_request, "test.request",
         "INSERT INTO fee_request(id, company_id, project_id, kind, bill_id, line_n, amount_fen, reason, state, "
         "maker_id,"
         " day, entry_id, created_at) VALUES ($1, 1, 11, $2, $3, 1, $4, 'x', 'approved', 31, $5, $6, $7)");
    enum err err = ledger_post(cx, &e, l, 2, &entry);
    return err ? err
               : db_exec(cx, &q_request,
                         ARGS(I64(d->id), TXT(d->kind), I64(d->bill), I64(str_eq(d->kind, "adjust") ? d->fen : -d->fen),
                              I64(clock_day(cx->now)), I64(entry), I64(cx->now)),
                         NULL);
}

static int64_t of_month(struct call *c, int64_t month, int what)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->row[i].key == month)
            return what == 0   ? c->row[i].receivable_fen
                   : what == 1 ? c->row[i].received_fen
                               : c->row[i].written_off_fen;
    return -1;
}

static void test_discounts_adjustments_and_write_offs(void **state)
{
    (void)state;
    add_bill((struct new_bill){.id = 210,
                               .room = 101,
                               .payer = 41,
                               .fee = 10000,
                               .from = 20260601,
                               .to = 20260630,
                               .due = 20260615,
                               .published = 20260601});
    add_bill((struct new_bill){.id = 211,
                               .room = 101,
                               .payer = 41,
                               .fee = 4000,
                               .water = 600,
                               .from = 20260701,
                               .to = 20260731,
                               .due = 20260715,
                               .published = 20260701});
    at_day(20261103); /* 10.00 off, agreed on 3 November */
    struct decided d = {960, 210, 101, -1000, "adjust"};
    assert_ok(write_as(&bert, run_decided, &d));
    assert_int_equal(bad_room(), 0);
    sql("INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, kind, name, income, period_from, period_to,"
        " amount_fen, snapshot) VALUES (210, 3, 1, 71, 101, 'adjust', '减免', 'discount', 20260601, 20260630, -1000, "
        "'{}')",
        NO_ARGS);
    sql("UPDATE bill SET amount_fen = 9000 WHERE id = 210", NO_ARGS);
    assert_int_equal(bad_room(), 0); /* the line of the adjustment is not counted a second time */
    assert_int_equal(of_month(receivable(BY_MONTH, 20261102), 202606, 0), 10000);
    assert_int_equal(of_month(receivable(BY_MONTH, 20261103), 202606, 0), 9000);
    take_cash(&anna, 210, 9000);
    assert_int_equal(of_month(receivable(BY_MONTH, 20261103), 202606, 1), 9000);
    take_cash(&anna, 211, 100);
    at_day(20261104);
    d = (struct decided){961, 211, 101, -4500, "write_off"};
    assert_ok(write_as(&bert, run_decided, &d));
    sql("UPDATE bill SET state = 'written_off' WHERE id = 211", NO_ARGS);
    assert_int_equal(of_month(receivable(BY_MONTH, 20261103), 202607, 2), 0);
    assert_int_equal(of_month(receivable(BY_MONTH, 20261104), 202607, 2), 4500);
    assert_int_equal(of_month(receivable(BY_MONTH, 20261104), 202607, 1), 100);
    for (int32_t day = 20261101; day <= 20261105; day++)
        assert_agrees(day);
    assert_int_equal(bad_room(), 0);
    at_day(20261105);
}

static void test_voids_and_refunds_count_on_their_day(void **state)
{
    (void)state;
    at_day(20261106);
    struct payment p = take_cash(&anna, 201, 1000);
    at_day(20261108);
    void_payment(&bert, p.id);
    assert_int_equal(receivable(BY_BUILDING, 20261107)->row[1].received_fen, 4000);
    assert_int_equal(receivable(BY_BUILDING, 20261108)->row[1].received_fen, 3000);
    struct dated d = {.day = 20261108, .bill = 201, .room = 103, .fen = 2000};
    assert_ok(write_as(&anna, run_dated, &d));
    at_day(20261110);
    struct back b = {.id = 950, .payment = d.p.id, .bill = 201, .room = 103, .fen = 500};
    assert_ok(write_as(&cora, run_back, &b));
    assert_int_equal(receivable(BY_BUILDING, 20261109)->row[1].received_fen, 5000);
    assert_int_equal(receivable(BY_BUILDING, 20261110)->row[1].received_fen, 4500);
    for (int32_t day = 20261104; day <= 20261111; day++)
        assert_agrees(day);

    struct call *c = takings(TAKEN_BY_DAY, 20261106, 20261110);
    assert_int_equal(c->n, 3);
    assert_int_equal(c->taken[0].key, 20261106);
    assert_int_equal(c->taken[0].fen[TAKINGS_TAKEN], 1000);
    assert_int_equal(c->taken[1].key, 20261108);
    assert_int_equal(c->taken[1].fen[TAKINGS_VOID], 1000);
    assert_int_equal(c->taken[1].fen[TAKINGS_TAKEN], 2000);
    assert_int_equal(c->taken[2].fen[TAKINGS_REFUND], 500);
    c = takings(TAKEN_BY_CASHIER, 20261106, 20261110);
    assert_int_equal(c->n, 2);
    assert_string_equal(c->taken[1].name, "钱收费"); /* who gave the money back */
    assert_int_equal(c->taken[1].fen[TAKINGS_REFUND], 500);
    assert_err(read_as(&bert, run_takings, &((struct call){.from = 20261110, .to = 20261109})), ERR_INVALID);
}

static void test_takings_are_the_books(void **state)
{
    const int64_t b[] = {202};
    (void)state;
    sql("UPDATE bill SET late_fen = 66 WHERE id = 202", NO_ARGS);
    take(&anna, (struct payment_in){.method = PAY_CASH,
                                    .bills = b,
                                    .nbills = 1,
                                    .rounding_fen = 6,
                                    .prepaid_fen = 4000,
                                    .prepaid_room_id = 104});
    struct call *c = takings(TAKEN_BY_ITEM, 20200101, 20261231);
    int64_t taken = harness_i64("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM payment WHERE project_id = 11", NO_ARGS);
    int64_t voided = harness_i64("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM payment WHERE state = 'void'", NO_ARGS);
    assert_int_equal(c->taken[0].key, ITEM_ROUNDING);
    assert_int_equal(c->taken[0].fen[TAKINGS_TAKEN], -6);
    assert_int_equal(c->taken[1].fen[TAKINGS_TAKEN], 4000);
    assert_string_equal(c->taken[2].name, "违约金");
    assert_int_equal(c->taken[2].fen[TAKINGS_TAKEN], 66);
    for (int by = 0; by < TAKEN_BY_PROJECT; by++) {
        c = takings((enum takings_by)by, 20200101, 20261231);
        assert_int_equal(c->taken_sum.fen[TAKINGS_TAKEN], taken);
        assert_int_equal(c->taken_sum.fen[TAKINGS_VOID], voided);
        assert_int_equal(c->taken_sum.fen[TAKINGS_REFUND], 500);
    }
    assert_int_equal(balance(LA_CASH, -1) + balance(LA_BANK, -1), taken - voided - 500);
    c = takings(TAKEN_BY_PROJECT, 20200101, 20261231);
    assert_int_equal(c->n, 0); /* bert has no grant in this world */
    sql("INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at) VALUES (1, 1, 32, 'manager', "
        "11, 0)",
        NO_ARGS);
    assert_int_equal(takings(TAKEN_BY_PROJECT, 20200101, 20261231)->taken_sum.fen[TAKINGS_TAKEN], taken);
    assert_int_equal(receivable(BY_PROJECT, 20261110)->sum.arrears_fen, owed(20261110));
}

/* ---- the ledger ---- */

static void on_trial(void *arg, const struct trial_row *r)
{
    struct call *c = arg;
    c->trial[c->n++] = *r;
}

static enum err run_trial(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return report_trial(cx, c->from, c->to, on_trial, c);
}

static void test_the_trial_balance_balances(void **state)
{
    struct call c = {.from = 20261101, .to = 20261130};
    int64_t open = 0, debit = 0, credit = 0, close = 0;
    (void)state;
    assert_ok(read_as(&bert, run_trial, &c));
    for (size_t i = 0; i < c.n; i++) {
        open += c.trial[i].opening_fen;
        close += c.trial[i].closing_fen;
        debit += c.trial[i].debit_fen;
        credit += c.trial[i].credit_fen;
        if (str_eq(c.trial[i].account, "receivable"))
            assert_int_equal(c.trial[i].closing_fen, owed(20261130));
    }
    assert_true(debit > 0 && debit == credit && open == 0 && close == 0);
    assert_ok(read_as(&stranger, run_trial, &c));
    assert_int_equal(c.n, 0);
}

struct book {
    struct book_at after;
    int64_t limit, opening, balance, n, party;
    bool carry; /* the next page trusts the balance of this one */
    int32_t from;
};

static void on_book(void *arg, const struct book_row *r)
{
    struct book *b = arg;
    assert_true(r->day > b->after.day ||
                (r->day == b->after.day && (r->entry_id > b->after.entry_id || r->n > b->after.n)));
    b->balance += r->debit_fen - r->credit_fen;
    assert_int_equal(r->balance_fen, b->balance);
    b->after = (struct book_at){r->day, r->entry_id, r->n, b->carry, r->balance_fen};
    b->n++;
}

static enum err run_book(struct ctx *cx, void *arg)
{
    struct book *b = arg;
    struct book_at at_page = b->after;
    int64_t before = b->balance;
    enum err e =
        report_book(cx, LA_RECEIVABLE, b->party, b->from, 20261231, &at_page, b->limit, &b->opening, on_book, b);
    if (b->n && at_page.day)
        assert_int_equal(b->opening, before); /* a page begins where the one before ended */
    return e;
}

static void test_the_account_ledger_pages(void **state)
{
    struct book all = {.limit = 500, .party = -1, .from = 20200101}, part = {.limit = 3, .party = -1, .from = 20200101};
    (void)state;
    assert_ok(read_as(&bert, run_book, &all));
    assert_int_equal(all.balance, owed(20261231));
    for (int carry = 0; carry < 2; carry++) {
        part = (struct book){.limit = 3, .party = -1, .from = 20200101, .carry = carry};
        for (int64_t seen = -1; seen != part.n;) {
            seen = part.n;
            assert_ok(read_as(&bert, run_book, &part));
        }
        assert_int_equal(part.n, all.n);
        assert_int_equal(part.balance, all.balance);
    }
    struct book room = {.limit = 500, .party = 103, .from = 20261101, .balance = 4000};
    assert_ok(read_as(&bert, run_book, &room));
    assert_int_equal(room.opening, 4000); /* 70.00 less what has the value of October */
    assert_int_equal(room.balance, balance(LA_RECEIVABLE, 103));
}

static void test_random_histories_agree(void **state)
{
    unsigned seed = 20261126;
    struct dated taken[200];
    size_t n = 0;
    (void)state;
    for (int64_t i = 0; i < 30; i++)
        add_bill((struct new_bill){.id = 300 + i,
                                   .room = 100 + i % 5,
                                   .payer = i % 3 ? 41 : 0,
                                   .fee = 1 + rand_r(&seed) % 50000,
                                   .water = rand_r(&seed) % 3 ? 1 + rand_r(&seed) % 9000 : 0,
                                   .from = 20240101 + (int32_t)(i % 12) * 100 + (int32_t)(i / 12) * 10000,
                                   .to = 20270228,
                                   .due = 20261001 + (int32_t)(i % 28),
                                   .published = 20261001 + (int32_t)(i % 28)});
    for (int step = 0; step < 200; step++) {
        at_day(clock_day_add(20261111, step / 8));
        if (n && rand_r(&seed) % 4 == 0) {
            struct dated *d = &taken[(size_t)rand_r(&seed) % n];
            struct back b = {
                .id = 1000 + step, .payment = d->p.id, .bill = d->bill, .room = d->room, .fen = 1 + rand_r(&seed) % 40};
            enum err e = write_as(&anna, run_back, &b);
            assert_true(e == OK || e == ERR_CONFLICT || e == ERR_INVALID);
            continue;
        }
        int64_t bill = 300 + rand_r(&seed) % 30;
        struct dated d = {.day = clock_day_add(clock_day(at), -(rand_r(&seed) % 10)),
                          .bill = bill,
                          .room = 100 + (bill - 300) % 5,
                          .fen = 1 + rand_r(&seed) % 9000};
        enum err e = write_as(&anna, run_dated, &d);
        assert_true(e == OK || e == ERR_CONFLICT);
        if (!e)
            taken[n++] = d;
    }
    assert_in_range(n, 50, 200);
    for (int32_t day = 20261101; day <= 20261210; day = clock_day_add(day, 3))
        assert_agrees(day);
    assert_int_equal(bad_room(), 0);
    sql("UPDATE bill_line SET amount_fen = amount_fen + 1 WHERE bill_id = 303 AND n = 1", NO_ARGS);
    assert_int_equal(bad_room(), 103);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_dates_and_ages),
        cmocka_unit_test(test_months_and_items_add_up),
        cmocka_unit_test(test_discounts_adjustments_and_write_offs),
        cmocka_unit_test(test_voids_and_refunds_count_on_their_day),
        cmocka_unit_test(test_takings_are_the_books),
        cmocka_unit_test(test_the_trial_balance_balances),
        cmocka_unit_test(test_the_account_ledger_pages),
        cmocka_unit_test(test_random_histories_agree),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
