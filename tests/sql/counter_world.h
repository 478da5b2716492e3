/* counter_world.h - for the tests of the counter: the two companies with staff, two items, five rooms in two buildings,
 * owners with phones, and bills that are in the books. The clock is `at`.  SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_COUNTER_WORLD_H
#define TESTS_SQL_COUNTER_WORLD_H
#include "tests/sql/two_companies.h"

#include "domain/ledger.h"
#include "domain/payment.h"
#include <stdio.h>
#include <string.h>

#define UNUSED_OK __attribute__((unused))

static const struct actor anna = {.id = 31, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "赵收费"},
                          bert = {.id = 32, .company_id = 1, .project_id = 11, .roles = ROLE_MANAGER, .name = "王经理"},
                          cora = {.id = 33, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "钱收费"},
                          owner = {.id = 41, .company_id = 1, .project_id = 0, .roles = ROLE_OWNER, .name = "张伟"},
                          tenant = {.id = 42, .company_id = 1, .project_id = 0, .roles = ROLE_TENANT, .name = "李娜"},
                          stranger UNUSED_OK = {
                              .id = 51, .company_id = 2, .project_id = 21, .roles = ROLE_CASHIER, .name = "外人"};
static int64_t at;
static struct why why;
#define assert_ok(e)     assert_int_equal((e), OK)
#define assert_err(e, w) assert_int_equal((e), (w))

static UNUSED_OK enum err write_as(const struct actor *who, job_fn *fn, void *arg)
{
    struct ctx *cx = harness_ctx(who);
    cx->now = at;
    cx->ip = "10.1.1.1";
    enum err e = store_write(cx, fn, arg);
    why = cx->why;
    return e;
}

static UNUSED_OK enum err read_as(const struct actor *who, job_fn *fn, void *arg)
{
    struct ctx *cx = harness_ctx(who);
    cx->now = at;
    cx->ip = "10.1.1.1";
    enum err e = store_read(cx, fn, arg);
    why = cx->why;
    return e;
}

static UNUSED_OK void at_day(int32_t day)
{
    at = clock_day_start(day) + 10 * HOUR_MS;
}

static void person(int64_t id, int64_t company, const char *kind, const char *name, const char *phone)
{
    size_t n = 0;
    uint8_t index[16];
    struct arena *a = harness_ctx(NULL)->arena;
    const void *blob = pii_seal(a, phone, arena_printf(a, "account.phone|%lld", (long long)id), &n);
    pii_index(company, phone, index);
    sql("INSERT INTO account(id, company_id, kind, name, phone_enc, phone_idx, phone_hint, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, '***', 0)",
        ARGS(I64(id), I64(company), TXT(kind), TXT(name), BLOB(blob, n), BLOB(index, 16)));
}

static UNUSED_OK void lives_in(int64_t account, int64_t room, const char *role)
{
    sql("INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source, created_at, "
        "changed_at)"
        " VALUES ($1, 1, 11, $2, $3, $4, 'active', 'register', 0, 0)",
        ARGS(I64(id_new()), I64(room), I64(account), TXT(role)));
}

struct publish {
    int64_t bill, room, fen;
    int32_t day;
};

static enum err run_publish(struct ctx *cx, void *arg)
{
    struct publish *p = arg;
    int64_t id = 0;
    const struct ledger_entry e = {
        .project_id = 11, .ref_id = p->bill, .day = p->day, .kind = "publish", .ref_kind = "bill"};
    const struct ledger_line l[] = {DR(LA_RECEIVABLE, p->room, p->fen), CR(LA_INCOME, 0, p->fen)};
    return ledger_post(cx, &e, l, 2, &id);
}

struct new_bill {
    int64_t id, room, payer, fee, water; /* fen of items 71 and 72 */
    int32_t from, to, due, published;
};

static UNUSED_OK void add_bill(struct new_bill b)
{
    const int64_t fen[] = {b.fee, b.water};
    static const char *const name[] = {"物业费", "水费"};
    sql("INSERT INTO bill(id, company_id, project_id, room_id, payer_id, payer_name, room_name, state, period_from,"
        " period_to, due_day, amount_fen, created_at) SELECT $1, 1, 11, r.id, $2, COALESCE((SELECT a.name FROM account "
        "a"
        " WHERE a.id = $2), ''), r.full_name, 'published', $3, $4, $5, $6, 0 FROM room r WHERE r.id = $7",
        ARGS(I64(b.id), I64(b.payer), I64(b.from), I64(b.to), I64(b.due), I64(b.fee + b.water), I64(b.room)));
    for (int i = 0; i < 2; i++)
        if (fen[i])
            sql("INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, name, income, period_from, period_to,"
                " amount_fen, snapshot) VALUES ($1, $2, 1, $3, $4, $5, 'fee_income', $6, $7, $8, '{}')",
                ARGS(I64(b.id), I64(i + 1), I64(71 + i), I64(b.room), TXT(name[i]), I64(b.from), I64(b.to),
                     I64(fen[i])));
    struct publish p = {b.id, b.room, b.fee + b.water, b.published};
    assert_ok(write_as(&anna, run_publish, &p));
}

struct take {
    struct payment_in in;
    struct payment p;
    int64_t id;
};

static enum err run_take(struct ctx *cx, void *arg)
{
    struct take *t = arg;
    return payment_take(cx, &t->in, &t->p);
}

static UNUSED_OK struct payment take(const struct actor *who, struct payment_in in)
{
    struct take t = {.in = in};
    assert_ok(write_as(who, run_take, &t));
    return t.p;
}

static UNUSED_OK struct payment take_cash(const struct actor *who, int64_t bill, int64_t fen)
{
    return take(who, (struct payment_in){.method = PAY_CASH, .bills = &bill, .nbills = 1, .amount_fen = fen});
}

static enum err run_void(struct ctx *cx, void *arg)
{
    struct take *t = arg;
    return payment_void(cx, t->id, "收错", &t->p);
}

static UNUSED_OK void void_payment(const struct actor *who, int64_t id)
{
    struct take t = {.id = id};
    assert_ok(write_as(who, run_void, &t));
}

struct balance {
    int account;
    int64_t party, fen;
};

static enum err run_balance(struct ctx *cx, void *arg)
{
    struct balance *b = arg;
    return ledger_balance(cx, 11, b->account, b->party, &b->fen);
}

static UNUSED_OK int64_t balance(int account, int64_t party)
{
    struct balance b = {account, party, 0};
    assert_ok(read_as(&anna, run_balance, &b));
    return b.fen;
}

/* Rooms 100..102 in building 12 (1栋), 103 and 104 in building 13 (2栋). */
static int counter_world(void **state)
{
    static const char *const room[] = {"1栋1单元101室", "1栋1单元102室", "1栋1单元1502室", "2栋1单元101室",
                                       "2栋1单元102室"};
    int rc = two_companies(state);
    at_day(20261105);
    sql("UPDATE company SET name = '安居物业' WHERE id = 1", NO_ARGS);
    sql("UPDATE project SET name = '阳光花园', code = 'YG' WHERE id = 11", NO_ARGS);
    sql("INSERT INTO building(id, company_id, project_id, name, norm, created_at) VALUES (13, 1, 11, '2栋', '2', 0)",
        NO_ARGS);
    for (int64_t i = 0; i < 5; i++)
        sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
            " VALUES ($1, 1, 11, $2, $3, $3, $3, 1000000, 0)",
            ARGS(I64(100 + i), I64(i < 3 ? 12 : 13), TXT(room[i])));
    for (int64_t i = 0; i < 2; i++)
        sql("INSERT INTO fee_item(id, company_id, project_id, code, name, kind, cycle, part_month, rounding, "
            "created_at)"
            " VALUES ($1, 1, 11, $2, $3, 'fixed', 'monthly', 'actual', 'half_up', 0)",
            ARGS(I64(71 + i), TXT(i ? "SF" : "WY"), TXT(i ? "水费" : "物业费")));
    person(31, 1, "staff", "赵收费", "13900000031");
    person(32, 1, "staff", "王经理", "13900000032");
    person(33, 1, "staff", "钱收费", "13900000033");
    person(41, 1, "resident", "张伟", "13800001234");
    person(42, 1, "resident", "李娜", "13800005678");
    person(51, 2, "staff", "外人", "13900000051");
    return rc;
}

#endif
