/* test_fee_history.c - random histories: months are billed, paid, adjusted, waived, disputed, voided, written off, rooms
 * change hands, and the books agree at every stop.  SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

#include "domain/fee_discount.h"
#include "domain/fee_late.h"
#include "domain/fee_request.h"
#include <stdlib.h>

#define MONTHS 8
#define STEPS  60 /* a month */

struct call {
    int64_t id;
    int32_t day;
    bool more;
    struct fee_request rq, done;
    enum request_step step;
    struct liable liable;
    struct payment_in pay;
    struct payment paid;
};

static enum err run_late(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return late_step(cx, clock_day_add(clock_day(cx->now), -1), 7, &c->more);
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

static enum err run_dispute(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    int64_t id = 0;
    return dispute_open(cx, c->id, clock_day_add(clock_day(cx->now), -(int)(c->day % 9)), "r", &id);
}

static enum err run_settle(struct ctx *cx, void *arg)
{
    return dispute_close(cx, ((struct call *)arg)->id, "r", random() % 2);
}

static enum err run_pay(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_take(cx, &c->pay, &c->paid);
}

static enum err run_unpay(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_void(cx, c->id, "r", &c->paid);
}

static enum err run_liable(struct ctx *cx, void *arg)
{
    return liable_set(cx, &((struct call *)arg)->liable);
}

/* What may be refused is refused; nothing else happens. */
static void may(enum err e)
{
    if (e != OK && e != ERR_STATE && e != ERR_INVALID && e != ERR_CONFLICT)
        fail_msg("%s %s %s", err_wire(e), harness_why.field ? harness_why.field : "",
                 harness_why.en ? harness_why.en : "");
}

static int64_t some_bill(void)
{
    int64_t n = harness_i64("SELECT COUNT(*) FROM bill WHERE state IN ('published', 'partial')", NO_ARGS);
    return n ? harness_i64(
                   "SELECT b.id FROM bill b WHERE b.state IN ('published', 'partial') AND (SELECT COUNT(*) FROM bill x"
                   " WHERE x.state IN ('published', 'partial') AND x.id < b.id) = $1",
                   ARGS(I64(random() % n)))
             : 0;
}

static void ask_and_decide(struct fee_request rq)
{
    struct call c = {.rq = rq, .step = random() % 5 ? RQ_APPROVE : RQ_REJECT};
    c.rq.reason = "r";
    enum err e = harness_write(&maker, run_request, &c);
    may(e);
    if (!e)
        may(harness_write(&checker, run_decide, &c));
}

static void some_step(void)
{
    int64_t bill = some_bill();
    struct call c = {.id = bill, .day = (int32_t)(random() % 100)};
    if (!bill)
        return;
    int64_t open = harness_i64("SELECT amount_fen - paid_fen FROM bill WHERE id = $1", ARGS(I64(bill)));
    int64_t all = open + harness_i64("SELECT late_fen - late_paid_fen FROM bill WHERE id = $1", ARGS(I64(bill)));
    switch (random() % 10) {
    case 0:
    case 1:
    case 2: /* some, or all of it with its late fee */
        c.pay = (struct payment_in){
            .method = PAY_CASH, .bills = &bill, .nbills = 1, .amount_fen = random() % 3 ? 1 + random() % (all + 1) : 0};
        may(harness_write(&maker, run_pay, &c));
        break;
    case 3:
        ask_and_decide((struct fee_request){
            .kind = RQ_ADJUST, .bill_id = bill, .line_n = 1 + random() % 2, .amount_fen = random() % 4000 - 3000});
        break;
    case 4:
        ask_and_decide((struct fee_request){
            .kind = RQ_LATE_WAIVER, .bill_id = bill, .amount_fen = 1 + random() % (all - open + 1)});
        break;
    case 5:
        if (random() % 4 == 0)
            ask_and_decide((struct fee_request){.kind = RQ_WRITE_OFF, .bill_id = bill});
        break;
    case 6:
        may(random() % 2 ? harness_write(&maker, run_dispute, &c) : harness_write(&checker, run_settle, &c));
        break;
    case 7:
        may(void_bill(bill));
        break;
    case 8: /* a payment was a mistake */
        c.id = harness_i64("SELECT COALESCE(MAX(id), 0) FROM payment WHERE state = 'taken'", NO_ARGS);
        if (c.id)
            may(harness_write(&checker, run_unpay, &c));
        break;
    default:
        c.liable = (struct liable){.room_id = 100 + random() % ROOMS, .payer_id = 41 + random() % 2};
        c.liable.from_day = clock_day_add(clock_day(clock_now_ms()), (int)(random() % 40) - 5);
        may(harness_write(&checker, run_liable, &c));
    }
}

static void test_the_books_agree(void **state)
{
    int32_t day = 20270105;
    (void)state;
    const char *seed = getenv("ANJU_SEED"); /* other histories by hand */
    srandom(seed ? (unsigned)strtoul(seed, NULL, 10) : 4);
    (void)item((struct fee_item){.code = "a",
                                 .kind = FEE_AREA,
                                 .late_rate_e6 = 3000,
                                 .late_grace_days = 2,
                                 .late_cap_e4 = 2000,
                                 .due_days = 8},
               1234, true);
    (void)item((struct fee_item){.code = "b", .kind = FEE_FIXED, .late_rate_e6 = 500, .late_cap_e4 = 3000}, 450000,
               true);
    (void)item((struct fee_item){.code = "c", .kind = FEE_FIXED, .income = INCOME_OTHERS}, 70000, true);
    for (int m = 0; m < MONTHS; m++) {
        struct call late = {.more = true};
        at(day);
        while (late.more)
            assert_int_equal(harness_write(NULL, run_late, &late), OK);
        (void)billed(day, 0);
        for (int i = 0; i < STEPS; i++) {
            some_step();
            if (i % 12 == 11) { /* some days later */
                at(clock_day_add(day, 2 + i / 3));
                late.more = random() % 3 != 0; /* the server was not always there */
                while (late.more)
                    assert_int_equal(harness_write(NULL, run_late, &late), OK);
                all_well();
            }
        }
        (void)billed(day, 0); /* what was voided meanwhile */
        all_well();
        day = day_add_months(day, 1);
    }
    assert_true(harness_i64("SELECT COUNT(*) FROM bill WHERE state = 'paid'", NO_ARGS) > 10);
    assert_true(harness_i64("SELECT COUNT(*) FROM bill WHERE state = 'written_off'", NO_ARGS) > 0);
    assert_true(harness_i64("SELECT COUNT(*) FROM bill WHERE late_fen > 0", NO_ARGS) > 5);
    assert_true(harness_i64("SELECT COUNT(*) FROM bill WHERE replaces_id > 0", NO_ARGS) > 3);
    assert_true(harness_i64("SELECT COUNT(*) FROM bill WHERE late_waived_fen > 0", NO_ARGS) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_books_agree)};
    return cmocka_run_group_tests(tests, fees_world, harness_close);
}
