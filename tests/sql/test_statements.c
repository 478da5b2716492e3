/* test_statements.c - every statement of the program is prepared on the engine under test: names, tables,
 * columns, parameter and result types. What one engine refuses must not be found by a customer.
 * SPDX-License-Identifier: MIT */
#include "platform/store/driver.h"
#include "tests/sql/harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err check(struct ctx *cx, void *q)
{
    enum err e = cx->db->driver->check(cx->db, q);
    cx->db->failed = e;
    return e;
}

static void test_every_statement_prepares(void **state)
{
    size_t bad = 0;
    (void)state;
    assert_true(stmt_count() > 10);
    for (size_t i = 0; i < stmt_count(); i++) {
        struct stmt q = *stmt_at(i);
        if (harness_write(NULL, check, (void *)(uintptr_t)stmt_at(i)) != OK) {
            print_error("cannot prepare %s: %s\n", q.name, q.sql);
            bad++;
        }
    }
    print_message("%zu statements\n", stmt_count());
    assert_int_equal(bad, 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct stmt *const *)a)->name, (*(const struct stmt *const *)b)->name);
}

static void test_names_are_unique(void **state)
{
    size_t n = stmt_count(), twice = 0;
    const struct stmt **list = malloc(n * sizeof *list);
    (void)state;
    for (size_t i = 0; i < n; i++)
        list[i] = stmt_at(i);
    qsort(list, n, sizeof *list, by_name);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(list[i]->name, list[i - 1]->name)) {
            print_error("two statements are called %s\n", list[i]->name);
            twice++;
        }
    free(list);
    assert_int_equal(twice, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_statement_prepares),
                                       cmocka_unit_test(test_names_are_unique)};
    return cmocka_run_group_tests(tests, harness_open, harness_close);
}
