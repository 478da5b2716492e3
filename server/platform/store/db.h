/* db.h - statements inside a transaction, the same on SQLite and PostgreSQL.
 *
 * A statement is a named constant with $1..$n placeholders, written beside its only user:
 *     STMT(q_load, "repair.load", "SELECT id, state FROM repair WHERE id = $1 AND company_id = $2");
 *     e = db_one(cx, &q_load, ARGS(I64(id), I64(cx->who.company_id)), load_row, &r);
 * STMT also lists it in a linker section, so that a test can prepare every statement on both engines.
 * Dialect: schema/README.md. Three value kinds: int64, UTF-8 text, bytes; each may be NULL.
 *
 * Every function works on cx->db, the transaction the lane has opened; nothing here begins or ends one.
 * ERRORS: ERR_EXISTS (unique key), ERR_INVALID (foreign key, check), ERR_RETRY (the lane reruns the
 * work), ERR_READ_ONLY (disk full), ERR_INTERNAL (logged with the statement's name). After ERR_EXISTS
 * the caller may go on only if it ran the statement by db_try().
 * THREAD: the lane's; blocking.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_STORE_DB_H
#define PLATFORM_STORE_DB_H
#include "platform/ctx.h"

struct stmt {
    const char *name, *sql;
};
#define STMT(var, stmt_name, text)                                                                                     \
    static const struct stmt var = {stmt_name, text};                                                                  \
    __attribute__((used, retain_if_known, section("anju_stmt"))) static const struct stmt *const var##_listed = &var
#if defined(__has_attribute) && __has_attribute(retain)
#define retain_if_known retain
#else
#define retain_if_known unused
#endif

enum arg_kind { ARG_NULL, ARG_I64, ARG_TEXT, ARG_BLOB };
struct arg {
    enum arg_kind kind;
    int64_t i;
    const void *p;
    size_t n;
};
struct args {
    const struct arg *v;
    size_t n;
};
#define I64(x)        ((struct arg){.kind = ARG_I64, .i = (int64_t)(x)})
#define TXT(s)        arg_text(s) /* NULL pointer: NULL */
#define BLOB(q, m)    ((struct arg){.kind = ARG_BLOB, .p = (q), .n = (m)})
#define ID_OR_NULL(x) arg_id(x) /* 0: NULL */
#define ARGS(...)                                                                                                      \
    ((struct args){(const struct arg[]){__VA_ARGS__}, sizeof((const struct arg[]){__VA_ARGS__}) / sizeof(struct arg)})
#define NO_ARGS ((struct args){NULL, 0})
struct arg arg_text(const char *s);
struct arg arg_id(int64_t id);

/* One result row, valid only inside the row function. Columns count from 0. */
struct row;
bool row_null(const struct row *r, int col);
int64_t row_i64(const struct row *r, int col);                                 /* NULL: 0 */
const char *row_text(struct ctx *cx, const struct row *r, int col);            /* arena copy; NULL: NULL */
const void *row_blob(struct ctx *cx, const struct row *r, int col, size_t *n); /* arena copy */
typedef enum err row_fn(struct ctx *cx, const struct row *r, void *out);

/* changed may be NULL. */
MUST_CHECK enum err db_exec(struct ctx *cx, const struct stmt *q, struct args a, int64_t *changed);
/* Exactly the first row; ERR_NOT_FOUND without detail when there is none. */
MUST_CHECK enum err db_one(struct ctx *cx, const struct stmt *q, struct args a, row_fn *fn, void *out);
/* Every row in order; stops at the first error of fn. */
MUST_CHECK enum err db_each(struct ctx *cx, const struct stmt *q, struct args a, row_fn *fn, void *out);
/* First column of the first row; *found (may be NULL) tells whether there was one, *out is 0 if not. */
MUST_CHECK enum err db_i64(struct ctx *cx, const struct stmt *q, struct args a, int64_t *out, bool *found);
/* The first column, or the first two, of the first row; ERR_NOT_FOUND without detail when there is none. NULL stays NULL. */
MUST_CHECK enum err db_text(struct ctx *cx, const struct stmt *q, struct args a, const char **out);
MUST_CHECK enum err db_blob(struct ctx *cx, const struct stmt *q, struct args a, const void **out, size_t *n);
MUST_CHECK enum err db_pair(struct ctx *cx, const struct stmt *q, struct args a, int64_t out[2]);
/* The first column of each row, max of them at most. */
MUST_CHECK enum err db_ids(struct ctx *cx, const struct stmt *q, struct args a, int64_t *ids, size_t max, size_t *n);
/* What is due of a statement that gives (id, due time ms) by due time, oldest first, at most $1 rows: up to max ids whose
 * time has come by cx->now in ids[0..*n), and in *next the first time still to come (0: none within those rows). */
MUST_CHECK enum err db_due(struct ctx *cx, const struct stmt *q, int64_t *ids, size_t max, size_t *n, int64_t *next);
/* Changed exactly one row, else `none` with the given reason (guarded UPDATE). */
MUST_CHECK enum err db_change_one(struct ctx *cx, const struct stmt *q, struct args a, enum err none, const char *zh,
                                  const char *en);
/* db_exec inside a savepoint: after ERR_EXISTS the transaction goes on as if nothing had been tried. */
MUST_CHECK enum err db_try(struct ctx *cx, const struct stmt *q, struct args a, int64_t *changed);

/* For a transaction that writes thousands of rows, when they have doubled: PostgreSQL, which plans by statistics, looks at the
 * tables as this transaction has them, and plans anew. Without that a first import reads them row by row. */
MUST_CHECK enum err db_learn(struct ctx *cx);

/* All statements of the program, for tests and `anjud statements`. */
size_t stmt_count(void);
const struct stmt *stmt_at(size_t i);

#endif
