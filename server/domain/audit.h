/* audit.h - who changed what, from what to what. Rows are written by the transaction that changes; a job
 * seals them per company with a hash chain after the commit (a chain taken inside the transaction would
 * make every writer wait for every other).  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_AUDIT_H
#define DOMAIN_AUDIT_H
#include "platform/ctx.h"

/* before/after: JSON object text without personal data, or NULL. */
MUST_CHECK enum err audit_add(struct ctx *cx, const char *action, const char *object, int64_t object_id,
                              const char *before, const char *after);
/* What happened in the own company, newest first; object "" and account 0: any. READ. */
struct audit_entry {
    int64_t id, account_id, object_id, at;
    const char *account, *action, *object, *before, *after, *ip, *request_id;
};
typedef void audit_fn(void *arg, const struct audit_entry *a);
MUST_CHECK enum err audit_list(struct ctx *cx, const char *object, int64_t account_id, int64_t before_id, int64_t limit,
                               audit_fn *fn, void *arg);
/* Seals at most max unsealed rows of one company; *sealed tells how many. WRITE. */
MUST_CHECK enum err audit_seal(struct ctx *cx, int64_t company_id, int64_t max, int64_t *sealed);
/* Walks the chain; *bad = id of the first row that does not fit, 0 when all do. READ. */
MUST_CHECK enum err audit_verify(struct ctx *cx, int64_t company_id, int64_t *rows, int64_t *bad);
/* Companies that have unsealed rows: fn gets each id. READ. */
MUST_CHECK enum err audit_unsealed(struct ctx *cx, void (*fn)(void *arg, int64_t company_id), void *arg);

#endif
