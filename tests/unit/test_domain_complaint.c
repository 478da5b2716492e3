/* test_domain_complaint.c - the tables of complaints and notices by themselves. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/text.h"
#include "domain/complaint.h"
#include "domain/notice.h"
#include <cmocka.h>

static bool may(unsigned state, unsigned event, unsigned who)
{
    return fsm_find(&complaint_fsm, state, event, who, NULL) != NULL;
}

/* No two edges for one (state, event, actor): which one counted would depend on the order of the table. */
static void no_two_ways(void **state)
{
    (void)state;
    const struct fsm *const all[] = {&complaint_fsm, &notice_fsm};
    for (size_t m = 0; m < COUNT(all); m++)
        for (size_t i = 0; i < all[m]->nedge; i++)
            for (size_t k = i + 1; k < all[m]->nedge; k++) {
                const struct fsm_edge *x = &all[m]->edge[i], *y = &all[m]->edge[k];
                assert_false(x->event == y->event && (x->from & y->from) && (x->who & y->who));
            }
}

static void what_only_some_may(void **state)
{
    (void)state;
    for (unsigned s = 0; s < CS_COUNT; s++) {
        for (unsigned a = 0; a < CA_COUNT; a++) {
            unsigned who = 1u << a;
            if (who != CA_OWNER) { /* the owner's words are the owner's */
                assert_false(may(s, CE_RATE, who));
                assert_false(may(s, CE_WITHDRAW, who));
                assert_false(may(s, CE_COMMENT, who));
            }
            if (who != CA_SYSTEM) {
                assert_false(may(s, CE_ESCALATE, who));
                assert_false(may(s, CE_AUTO_CLOSE, who));
                assert_false(may(s, CE_SUPERIOR, who));
            }
        }
        for (unsigned e = 0; e < CE_COUNT; e++) /* who checks does not work */
            assert_false(may(s, e, CA_AUDITOR));
        for (unsigned e = 0; e < CE_COUNT; e++) /* the owner gives nothing to anybody and writes no internal notes */
            if (e == CE_CLASSIFY || e == CE_ASSIGN || e == CE_ACCEPT || e == CE_RESOLVE || e == CE_NOTE ||
                e == CE_MERGE)
                assert_false(may(s, e, CA_OWNER));
    }
}

static void over_is_over(void **state)
{
    (void)state;
    for (unsigned s = 0; s < CS_COUNT; s++) {
        bool any = false;
        assert_false(complaint_open(s) && complaint_over(s));
        assert_true(complaint_open(s) || complaint_over(s) || s == CS_RESOLVED);
        for (unsigned e = 0; e < CE_COUNT; e++)
            any = any || may(s, e, ~0u);
        assert_int_equal(any, s != CS_MERGED && s != CS_WITHDRAWN);
        assert_int_equal(may(s, CE_ESCALATE, CA_SYSTEM), complaint_open(s));
        assert_int_equal(may(s, CE_WITHDRAW, CA_OWNER), !complaint_over(s));
    }
    for (unsigned e = 0; e < NE_COUNT; e++)
        assert_null(fsm_find(&notice_fsm, NS_WITHDRAWN, e, ~0u, NULL));
    assert_null(fsm_find(&notice_fsm, NS_DRAFT, NE_WITHDRAW, ~0u, NULL));
    assert_null(fsm_find(&notice_fsm, NS_PUBLISHED, NE_UNPUBLISH, ~0u, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_two_ways), cmocka_unit_test(what_only_some_may),
                                       cmocka_unit_test(over_is_over)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
