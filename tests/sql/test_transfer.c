/* test_transfer.c - rooms that change hands: who sees and owes what before and after.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/world.h"

#include "domain/billing.h"
#include "domain/ledger.h"
#include "domain/owner.h"
#include "domain/owner_transfer.h"
#include "domain/payment.h"
#include <stdlib.h>

struct call {
    struct owner_in in;
    struct owner_phone phone;
    struct owner_room_in rel;
    struct transfer_in tin;
    struct transfer_party to[2];
    struct transfer t;
    struct transfer_preview *p;
    struct fee_item item;
    struct bill_run run;
    int64_t id, room, fen, version, ids[50];
    int32_t day;
    size_t n;
    bool more;
    const char *text;
};

static enum err run_put(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_put(cx, &c->in, &c->id);
}
static enum err run_attach(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_room_attach(cx, &c->rel, &c->id);
}
static enum err run_preview(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return transfer_preview(cx, &c->tin, c->p);
}
static enum err run_make(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return transfer_make(cx, &c->tin, &c->t);
}
static enum err run_cancel(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return transfer_cancel(cx, c->id, c->version, "不卖了");
}
static enum err run_next(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return transfer_next_due(cx, 0, &c->id);
}
static enum err run_due(struct ctx *cx, void *arg)
{
    return transfer_run(cx, ((struct call *)arg)->id);
}
static enum err run_back(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return transfer_pay_back(cx, c->id, c->version, "cash", "");
}
static enum err run_balance(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return ledger_balance(cx, w.project, (int)c->version, c->room, &c->fen);
}
static enum err run_prepay(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    const struct ledger_entry e = {.project_id = w.project,
                                   .ref_id = id_new(),
                                   .day = clock_day(at),
                                   .kind = "test",
                                   .ref_kind = "test",
                                   .memo = ""};
    const struct ledger_line l[] = {DR(LA_CASH, 0, c->fen), CR(LA_PREPAID, c->room, c->fen)};
    return ledger_post(cx, &e, l, 2, &c->id);
}
static enum err run_use(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_from_prepaid(cx, c->room, &c->fen);
}
static enum err run_take(struct ctx *cx, void *arg)
{
    struct payment p;
    const struct payment_in in = {.method = PAY_PREPAID, .bills = &((struct call *)arg)->id, .nbills = 1};
    return payment_take(cx, &in, &p);
}
static void on_bill(void *arg, const struct bill *b)
{
    struct call *c = arg;
    c->ids[c->n++] = b->id;
}
static enum err run_bills(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return bill_list(cx, &(struct bill_filter){.mine = true, .limit = 50}, on_bill, c);
}
static void no_line(void *arg, const struct bill_line *l)
{
    (void)arg;
    (void)l;
}
static enum err run_bill(struct ctx *cx, void *arg)
{
    struct bill b;
    return bill_get(cx, ((struct call *)arg)->id, &b, no_line, NULL);
}
static enum err run_item(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    int64_t n = 0;
    enum err e = fee_item_save(cx, &c->item);
    if (!e)
        e = fee_price_set(cx, c->item.id, 20260101, 30000, NULL, 0);
    return e ? e : fee_assign_rooms(cx, c->item.id, 0, 20260101, &n);
}
static enum err run_start(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bill_run_start(cx, c->day, &c->run);
}
static enum err run_step(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return billing_step(cx, c->run.id, 100, &c->more);
}
static enum err run_proven(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_account_proven(cx, w.company, c->id, c->text);
}

static int64_t person(const char *name, const char *phone)
{
    struct call c = {
        .phone = {"", phone, 0}
    };
    c.in = (struct owner_in){.name = name, .phones = &c.phone, .nphones = phone ? 1 : 0};
    assert_ok(write_as(&w.service, run_put, &c));
    return c.id;
}

/* A registered resident with an account of that number. */
static struct actor resident(const char *name, const char *phone, int64_t *party)
{
    struct person p = {.kind = "resident", .name = name, .phone = phone};
    assert_ok(write_as(&w.root, run_person, &p));
    *party = person(name, phone);
    return (struct actor){.id = p.id, .company_id = w.company, .project_id = w.project, .name = name};
}

static int64_t attach(int64_t party, int64_t room, int role)
{
    struct call c = {
        .rel = {.party_id = party, .room_id = room, .role = role, .from_day = 20200101}
    };
    assert_ok(write_as(&w.service, run_attach, &c));
    return c.id;
}

static int64_t bill(int64_t room, int64_t payer, int32_t from, int32_t to, int64_t fen)
{
    int64_t id = id_new();
    assert_ok(harness_sql(
        "INSERT INTO bill(id, company_id, project_id, room_id, payer_id, room_name, state, period_from,"
        " period_to, due_day, amount_fen, published_at, created_at) VALUES ($1, $2, $3, $4, $5, 'r',"
        " 'published', $6, $7, 20261130, $8, 1, 0)",
        ARGS(I64(id), I64(w.company), I64(w.project), I64(room), I64(payer), I64(from), I64(to), I64(fen))));
    return id;
}

static size_t sees(const struct actor *who)
{
    struct call c = {0};
    assert_ok(read_as(who, run_bills, &c));
    return c.n;
}

static enum err opens(const struct actor *who, int64_t id)
{
    struct call c = {.id = id};
    return read_as(who, run_bill, &c);
}

static int64_t balance(int account, int64_t party)
{
    struct call c = {.version = account, .room = party};
    assert_ok(read_as(&w.manager, run_balance, &c));
    return c.fen;
}

static int64_t live(const struct actor *who)
{
    return harness_i64("SELECT COUNT(*) FROM binding WHERE account_id = $1 AND state = 'active'", ARGS(I64(who->id)));
}

static struct {
    struct actor seller, wife, buyer, tenant;
    int64_t seller_party, wife_party, buyer_party, tenant_party, room;
} x;

static int set_up(void **state)
{
    world_set_up(state);
    x.room = make_room(&w.admin);
    x.seller = resident("卖方", "13700000001", &x.seller_party);
    x.wife = resident("配偶", "13700000002", &x.wife_party);
    x.buyer = resident("买方", "13700000003", &x.buyer_party);
    x.tenant = resident("租客", "13700000004", &x.tenant_party);
    attach(x.seller_party, x.room, ROLE_IS_OWNER);
    attach(x.wife_party, x.room, ROLE_IS_FAMILY);
    attach(x.tenant_party, x.room, ROLE_IS_TENANT);
    return 0;
}

static struct call sale(int32_t day)
{
    return (struct call){
        .to = {{.party_id = x.buyer_party, .role = ROLE_IS_OWNER, .pays = true}},
        .tin = { .room_id = x.room, .day = day, .nto = 1, .end_family = true, .reason = "二手房交易"}
    };
}

static enum err sell(struct call *c)
{
    c->tin.to = c->to;
    return write_as(&w.service, run_make, c);
}

static void bills_stay_with_whose_they_are(void **state)
{
    int64_t old = bill(x.room, x.seller.id, 20261001, 20261031, 10000),
            crossing = bill(x.room, x.seller.id, 20261101, 20261130, 20000);
    int64_t nobodys = bill(x.room, 0, 20260901, 20260930, 500);
    struct call c = sale(20261115);
    (void)state;
    assert_int_equal(sees(&x.seller), 3);
    assert_int_equal(sees(&x.wife), 3);
    assert_int_equal(sees(&x.tenant), 0);
    c.p = calloc(1, sizeof *c.p);
    c.tin.to = c.to;
    assert_ok(read_as(&w.service, run_preview, &c));
    assert_int_equal(c.p->nbills, 3);
    assert_int_equal(c.p->open_fen, 30500);
    assert_true(c.p->at_once);
    assert_int_equal(c.p->bindings, 2); /* the tenant stays */
    assert_string_equal(c.p->from[0], "卖方");
    size_t crosses = 0;
    for (size_t i = 0; i < c.p->nbills; i++)
        crosses += c.p->bill[i].crosses;
    assert_int_equal(crosses, 1);
    free(c.p);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM room_transfer", NO_ARGS), 0); /* a look changes nothing */
    harness_forget();
    assert_ok(sell(&c));
    assert_int_equal(live(&x.seller), 0);
    assert_int_equal(live(&x.wife), 0);
    assert_int_equal(live(&x.tenant), 1);
    assert_int_equal(live(&x.buyer), 1);
    size_t told = 0;
    for (size_t i = 0; i < harness_heard(); i++)
        told += harness_heard_at(i)->kind == 's' &&
                (harness_heard_at(i)->account_id == x.seller.id || harness_heard_at(i)->account_id == x.wife.id);
    assert_true(told >= 2);
    /* the new people do not see the old bills, the old one does, wherever they live now */
    assert_int_equal(sees(&x.buyer), 0);
    assert_err(opens(&x.buyer, old), ERR_NOT_FOUND);
    assert_err(opens(&x.buyer, crossing), ERR_NOT_FOUND);
    assert_err(opens(&x.wife, old), ERR_NOT_FOUND);
    assert_int_equal(sees(&x.seller), 2);
    assert_ok(opens(&x.seller, old));
    assert_err(opens(&x.seller, nobodys), ERR_NOT_FOUND); /* nobody's account was on it ... */
    assert_int_equal(harness_i64("SELECT party_id FROM bill WHERE id = $1", ARGS(I64(nobodys))),
                     x.seller_party); /* ... but the name is */
    int64_t new_bill = bill(x.room, x.buyer.id, 20261201, 20261231, 30000);
    assert_int_equal(sees(&x.buyer), 1);
    assert_err(opens(&x.seller, new_bill), ERR_NOT_FOUND);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM field_change WHERE object = 'room' AND object_id = $1"
                                 " AND field = 'owner' AND before = '卖方' AND after = '买方'",
                                 ARGS(I64(x.room))),
                     1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM party_room WHERE party_id = $1 AND to_day = 20261114",
                                 ARGS(I64(x.seller_party))),
                     1);
    struct call again = sale(20261110);
    assert_err(sell(&again), ERR_STATE); /* before it changed hands */
}

static size_t nrepairs;
static void on_repair(void *arg, const struct repair *r)
{
    (void)arg;
    (void)r;
    nrepairs++;
}
static enum err run_repairs(struct ctx *cx, void *arg)
{
    struct repair_filter f = {.view = VIEW_MINE, .limit = 50};
    nrepairs = 0;
    return repair_list(cx, &f, on_repair, arg);
}
static enum err run_repair(struct ctx *cx, void *arg)
{
    struct repair r;
    unsigned bits = 0;
    return repair_get(cx, *(int64_t *)arg, &r, &bits);
}

/* What was repaired before is the former owner's story; what is still open goes on under the new one. */
static void repairs_of_before(void **state)
{
    int64_t done = report_in(&w.service, w.plain, x.room), open = report_in(&w.service, w.plain, x.room);
    struct call c = sale(20261120);
    (void)state;
    assert_ok(
        harness_sql("UPDATE repair SET state = 'closed', closed_at = $2 WHERE id = $1", ARGS(I64(done), I64(at))));
    x.seller.roles = x.buyer.roles = ROLE_OWNER;
    assert_ok(read_as(&x.seller, run_repairs, NULL));
    assert_int_equal(nrepairs, 2);
    at += MINUTE_MS;
    assert_ok(sell(&c));
    assert_ok(read_as(&x.seller, run_repairs, NULL));
    assert_int_equal(nrepairs, 0);
    assert_ok(read_as(&x.buyer, run_repairs, NULL));
    assert_int_equal(nrepairs, 1);
    assert_ok(read_as(&x.buyer, run_repair, &open));
    assert_err(read_as(&x.buyer, run_repair, &done), ERR_NOT_FOUND);
    assert_err(read_as(&x.seller, run_repair, &done), ERR_NOT_FOUND);
}

/* A month that is billed after the sale is each one's by days, to the fen. */
static void a_month_is_split(void **state)
{
    struct call c = sale(20261111), f = {
                                        .item = {.code = "WY",
                                                 .name = "物业费",
                                                 .kind = FEE_AREA,
                                                 .cycle = CYCLE_MONTHLY,
                                                 .due_days = 15,
                                                 .enabled = true}
    };
    (void)state;
    f.item.price_unit = "yuan/m2/month";
    assert_ok(write_as(&w.manager, run_item, &f));
    assert_ok(sell(&c));
    f.day = 20261205;
    at = noon(2026, 12, 5, 10, 0);
    assert_ok(write_as(&w.cashier, run_start, &f));
    do
        assert_ok(write_as(&w.root, run_step, &f));
    while (f.more);
    int64_t whole = 26805; /* 89.35 m2 x 3.00 */
    int64_t sellers =
        harness_i64("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM bill WHERE room_id = $1 AND payer_id = $2"
                    " AND period_to = 20261110 AND party_id = $3",
                    ARGS(I64(x.room), I64(x.seller.id), I64(x.seller_party)));
    int64_t buyers =
        harness_i64("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM bill WHERE room_id = $1 AND payer_id = $2"
                    " AND period_from = 20261111 AND party_id = $3",
                    ARGS(I64(x.room), I64(x.buyer.id), I64(x.buyer_party)));
    assert_int_equal(sellers + buyers, whole);
    assert_int_equal(sellers, whole / 3);
}

static int64_t billed(int64_t room, const char *who)
{
    return harness_i64(
        "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM bill WHERE room_id = $1 AND payer_name = $2",
        ARGS(I64(room), TXT(who)));
}

/* The register says whose the bill is, with or without an account; the inner area is billed where the item says so. */
static void the_register_names_the_payer(void **state)
{
    struct call f = {
        .day = 20261205,
        .item = {.code = "TN",
                 .name = "物业费(套内)",
                 .kind = FEE_AREA,
                 .cycle = CYCLE_MONTHLY,
                 .due_days = 15,
                 .inner_area = true,
                 .enabled = true}
    };
    int64_t room = make_room(&w.admin), co = person("无账号", "13700000055");
    struct call rel = {
        .rel = {.party_id = co, .room_id = room, .role = ROLE_IS_CO_OWNER, .from_day = 20200101, .pays = true}
    };
    (void)state;
    attach(x.buyer_party, room, ROLE_IS_OWNER); /* has an account, but the other one pays */
    assert_ok(write_as(&w.service, run_attach, &rel));
    assert_ok(harness_sql("UPDATE room SET inner_area_e4 = 500000 WHERE id IN ($1, $2)", ARGS(I64(room), I64(x.room))));
    f.item.price_unit = "yuan/m2/month";
    assert_ok(write_as(&w.manager, run_item, &f));
    at = noon(2026, 12, 5, 10, 0);
    assert_ok(write_as(&w.cashier, run_start, &f));
    do
        assert_ok(write_as(&w.root, run_step, &f));
    while (f.more);
    assert_int_equal(billed(room, "无账号"), 15000); /* 50 m2 x 3.00, not 89.35 */
    assert_int_equal(billed(room, "买方"), 0);
    assert_int_equal(billed(x.room, "卖方"), 15000);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE room_id = $1 AND party_id = $2 AND payer_id = 0",
                                 ARGS(I64(room), I64(co))),
                     1);
    struct person late = {.kind = "resident", .name = "无账号", .phone = "13700000055"};
    assert_ok(write_as(&w.root, run_person, &late));
    struct call proven = {.id = late.id, .text = late.phone};
    assert_ok(write_as(&w.root, run_proven, &proven)); /* the first log-in claims it */
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM bill WHERE room_id = $1 AND payer_id = $2", ARGS(I64(room), I64(late.id))),
        1);
}

static void a_day_to_come(void **state)
{
    struct call c = sale(20261201), other = sale(20261205), due = {0};
    (void)state;
    assert_ok(sell(&c));
    assert_string_equal(c.t.state, "planned");
    assert_int_equal(live(&x.seller), 1);
    assert_int_equal(live(&x.buyer), 0);
    assert_err(sell(&other), ERR_STATE); /* one at a time */
    assert_ok(read_as(&w.root, run_next, &due));
    assert_int_equal(due.id, 0);
    at = noon(2026, 12, 1, 0, 5);
    struct actor system = {.roles = ROLE_PLATFORM_ADMIN, .name = "system"};
    assert_ok(read_as(&system, run_next, &due));
    assert_int_equal(due.id, c.t.id);
    assert_ok(write_as(&system, run_due, &due));
    assert_ok(write_as(&system, run_due, &due)); /* twice is once */
    assert_int_equal(live(&x.seller), 0);
    assert_int_equal(live(&x.buyer), 1);
    assert_int_equal(harness_i64("SELECT owned_from FROM room WHERE id = $1", ARGS(I64(x.room))), 20261201);
    struct call cancel = {.id = c.t.id, .version = 2};
    assert_err(write_as(&w.service, run_cancel, &cancel), ERR_STATE);
}

static void a_plan_can_be_dropped(void **state)
{
    struct call c = sale(20261201);
    (void)state;
    assert_ok(sell(&c));
    struct call cancel = {.id = c.t.id, .version = 1};
    assert_err(write_as(&w.foreign_admin, run_cancel, &cancel), ERR_NOT_FOUND);
    assert_ok(write_as(&w.service, run_cancel, &cancel));
    assert_ok(sell(&c));
}

static void prepaid_money(void **state)
{
    int64_t to = make_room(&w.admin);
    struct call c = sale(20261115), pay = {.room = x.room, .fen = 5000};
    (void)state;
    assert_ok(write_as(&w.cashier, run_prepay, &pay));
    c.tin.prepaid = PREPAID_TRANSFER;
    assert_err(sell(&c), ERR_INVALID);
    assert_field("prepaid_room_id");
    c.tin.prepaid_room_id = to;
    assert_err(sell(&c), ERR_INVALID); /* whose is it? the desk sends nobody's money anywhere */
    assert_field("prepaid_room_id");
    attach(x.seller_party, to, ROLE_IS_TENANT);
    assert_err(sell(&c), ERR_INVALID);
    attach(x.seller_party, to, ROLE_IS_OWNER);
    assert_ok(sell(&c));
    assert_int_equal(balance(LA_PREPAID, x.room), 0);
    assert_int_equal(balance(LA_PREPAID, to), 5000);
    assert_true(c.t.entry_id > 0);
    assert_int_equal(c.t.prepaid_fen, 5000);
    /* sold on: this time it is set aside and paid back */
    pay = (struct call){.room = x.room, .fen = 700};
    assert_ok(write_as(&w.cashier, run_prepay, &pay));
    struct call back = sale(20261120);
    back.to[0].party_id = x.seller_party;
    back.tin.prepaid = PREPAID_REFUND;
    assert_ok(sell(&back));
    assert_int_equal(balance(LA_PREPAID, x.room), 0);
    assert_int_equal(balance(LA_SUSPENSE, x.room), 700);
    struct call out = {.id = back.t.id, .version = back.t.version};
    assert_err(write_as(&w.service, run_back, &out), ERR_FORBIDDEN); /* not by the one who made it */
    assert_ok(write_as(&w.manager, run_back, &out));
    assert_int_equal(balance(LA_SUSPENSE, x.room), 0);
    out.version++;
    assert_err(write_as(&w.manager, run_back, &out), ERR_STATE);
}

static int64_t paid(int64_t bill_id)
{
    return harness_i64("SELECT paid_fen FROM bill WHERE id = $1", ARGS(I64(bill_id)));
}

/* What the new owner prepays does not pay what the former one owes; neither by itself nor at the counter. */
static void prepaid_money_pays_its_owner_s_bills(void **state)
{
    int64_t old = bill(x.room, x.seller.id, 20261001, 20261031, 3000),
            crossing = bill(x.room, x.seller.id, 20261101, 20261130, 3000);
    struct call c = sale(20261115), pay = {.room = x.room, .fen = 5000}, use = {.room = x.room}, take = {.id = old};
    (void)state;
    assert_ok(sell(&c));
    assert_ok(write_as(&w.cashier, run_prepay, &pay));
    assert_ok(write_as(&w.cashier, run_use, &use));
    assert_int_equal(use.fen, 0);
    assert_err(write_as(&w.cashier, run_take, &take), ERR_STATE);
    assert_field("bills");
    assert_int_equal(paid(old) + paid(crossing), 0);
    assert_int_equal(balance(LA_PREPAID, x.room), 5000);
    take.id = bill(x.room, x.buyer.id, 20261116, 20261130, 1000);
    int64_t next = bill(x.room, x.buyer.id, 20261201, 20261231, 3000);
    assert_ok(write_as(&w.cashier, run_take, &take));
    assert_ok(write_as(&w.cashier, run_use, &use));
    assert_int_equal(use.fen, 3000);
    assert_int_equal(paid(take.id) + paid(next), 4000);
    assert_int_equal(paid(old) + paid(crossing), 0);
    assert_int_equal(balance(LA_PREPAID, x.room), 1000);
}

static void nothing_half_done(void **state)
{
    struct call c = sale(20261115);
    (void)state;
    c.to[0].share_n = 3;
    c.to[0].share_d = 2;
    assert_err(sell(&c), ERR_INVALID);
    c.to[0].share_d = 3;
    c.to[0].party_id = 12345;
    assert_err(sell(&c), ERR_INVALID);
    struct actor foreign = w.foreign_admin;
    c.to[0].party_id = x.buyer_party;
    c.tin.to = c.to;
    assert_err(write_as(&foreign, run_make, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM room_transfer WHERE room_id = $1", ARGS(I64(x.room))), 0);
    assert_int_equal(live(&x.seller), 1);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(bills_stay_with_whose_they_are),
        T(a_month_is_split),
        T(repairs_of_before),
        T(the_register_names_the_payer),
        T(a_day_to_come),
        T(a_plan_can_be_dropped),
        T(prepaid_money),
        T(prepaid_money_pays_its_owner_s_bills),
        T(nothing_half_done),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
