/* two_companies.h - the smallest world for the tests about money: companies 1 and 2 with projects 11 and 21 and
 * buildings 12 and 22.  SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_TWO_COMPANIES_H
#define TESTS_SQL_TWO_COMPANIES_H
#include "tests/sql/harness.h"

#include "platform/crypto/crypto.h"

static void sql(const char *text, struct args a)
{
    assert_int_equal(harness_sql(text, a), OK);
}

/* Opens the store too: a cmocka group set-up may return what this returns. */
static int two_companies(void **state)
{
    int rc = harness_open(state);
    assert_true(crypto_load_master("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));
    for (int64_t c = 1; c <= 2 && !rc; c++) {
        sql("INSERT INTO company(id, code, name, created_at) VALUES ($1, $2, 'x', 0)",
            ARGS(I64(c), TXT(c == 1 ? "one" : "two")));
        sql("INSERT INTO project(id, company_id, code, name, address, created_at) VALUES ($1, $2, 'p', 'p', 'a', 0)",
            ARGS(I64(c * 10 + 1), I64(c)));
        sql("INSERT INTO building(id, company_id, project_id, name, norm, created_at) VALUES ($1, $2, $3, '1', '1', 0)",
            ARGS(I64(c * 10 + 2), I64(c), I64(c * 10 + 1)));
    }
    return rc;
}

#endif
