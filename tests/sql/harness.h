/* harness.h - a store for a test program: a fresh SQLite file, or a fresh database when ANJU_TEST_PG names an
 * admin database (postgres://...; tests/with-pg starts one). schema/migrations of $ANJU_SOURCE are applied.
 *
 *     int main(void) { return cmocka_run_group_tests(tests, harness_open, harness_close); }
 *     e = harness_write(&actor, fn, arg);        one transaction, as that actor, committed when fn returns OK
 *     struct ctx *cx = harness_ctx(&actor);      for store_write()/store_read() of one's own; arena until close
 *
 * One store a program; tests share it and use ids of their own.  SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_HARNESS_H
#define TESTS_SQL_HARNESS_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "platform/ctx.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"

int harness_open(void **state);  /* cmocka group set-up; the process stops when the store does not open */
int harness_close(void **state); /* closes, drops the database; also fails when a connection leaked */

struct store *harness_store(void);
bool harness_is_pg(void);
const char *harness_url(void); /* of the store: to open it a second time */

extern const struct actor harness_system; /* id 0, platform_admin */
/* A new ctx on a thread-safe arena of its own, freed by harness_close. who NULL: harness_system. */
struct ctx *harness_ctx(const struct actor *who);
enum err harness_write(const struct actor *who, job_fn *fn, void *arg);
enum err harness_read(const struct actor *who, job_fn *fn, void *arg);
/* The reason of the last harness_write/read that failed; strings until the next call. */
extern struct why harness_why;

/* Statements of a test's own, in a transaction of their own: `sql` must stay valid until harness_close. */
enum err harness_sql(const char *sql, struct args a);
int64_t harness_i64(const char *sql, struct args a); /* fails the test on an error */

/* What the sink has heard, oldest first. Kinds: 'e' event, 's' scope changed, 'r' session revoked. */
struct heard {
    char kind;
    int64_t seq, at, account_id, session_id;
    char topic[64], type[64], data[512];
};
size_t harness_heard(void);
const struct heard *harness_heard_at(size_t i);
/* Number of events of that type heard; topic NULL: on any topic. */
size_t harness_count(const char *topic, const char *type);
void harness_forget(void);

#endif
