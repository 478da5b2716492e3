/* test_review_fees.c - what a run billed twice, not at all or for ever: arrears longer than a month, items assigned from an
 * earlier day, periods that are billed in part, rooms that are closed too soon.  SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

struct call {
    struct bill_arrears owed;
    int64_t id;
};

static enum err run_owed(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bill_arrears_add(cx, &c->owed, &c->id);
}

static int64_t skipped(int64_t run)
{
    return harness_i64("SELECT COUNT(*) FROM bill_skip WHERE run_id = $1", ARGS(I64(run)));
}

static void switched_off(int64_t item)
{
    sql("UPDATE fee_item SET enabled = 0 WHERE id = $1", ARGS(I64(item)));
    all_well();
}

/* Half a year that came along is billed, also its last month, though the item is a monthly one. */
static void test_arrears_of_months_are_not_billed_again(void **state)
{
    int64_t month = item((struct fee_item){.code = "lj", .name = "垃圾费", .kind = FEE_FIXED}, 100000, true);
    struct call c = {
        .owed = {.room_id = 101,
                 .item_id = month,
                 .amount_fen = 6000,
                 .from = 20260101,
                 .to = 20260630,
                 .due = 20260710,
                 .room = "r01",
                 .name = "垃圾费",
                 .income = "fee_income",
                 .snapshot = "{}"}
    };
    (void)state;
    assert_int_equal(harness_write(&checker, run_owed, &c), OK);
    int64_t run = drafts(20260701, 0);
    assert_int_equal(bill_of(run, 101), 0);
    assert_true(bill_of(run, 102) > 0);
    assert_int_equal(skipped(run), 0);
    publish(run);
    switched_off(month);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_arrears_of_months_are_not_billed_again)};
    return cmocka_run_group_tests(tests, fees_world, harness_close);
}
