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
struct audit_filter { /* NULL, "" or 0: any. action: whole, or the part before its dot ("bill") */
    const char *object, *action, *ip, *request_id;
    int64_t account_id, object_id, project_id, from, to; /* unix ms, to is excluded */
};
typedef void audit_fn(void *arg, const struct audit_entry *a);
/* Holds who looks a role that sees all of the company's log, not one project's? */
MUST_CHECK enum err audit_sees_all(struct ctx *cx, bool *all);
MUST_CHECK enum err audit_list(struct ctx *cx, const struct audit_filter *f, int64_t before_id, int64_t limit,
                               audit_fn *fn, void *arg);

/* ---- the seal (audit_seal.c) ---- */
/* Seals at most max unsealed rows of one company; *sealed tells how many. Looks at the last hour's rows; all: at every row
 * (after a clock that went back a smaller id may come later). WRITE. */
MUST_CHECK enum err audit_seal(struct ctx *cx, int64_t company_id, int64_t max, bool all, int64_t *sealed);
/* Walks the chain from its anchor. bad: the first row that does not fit; stray: a row that slipped in below the seal;
 * 0 when all is well. READ. */
struct audit_report {
    int64_t rows, bad, stray, head_n;
    uint8_t head[32]; /* hash of the last link: written elsewhere, it proves later that nothing before it has changed */
};
MUST_CHECK enum err audit_verify(struct ctx *cx, int64_t company_id, struct audit_report *out);
/* Companies that have unsealed rows: fn gets each id. READ. */
MUST_CHECK enum err audit_unsealed(struct ctx *cx, bool all, void (*fn)(void *arg, int64_t company_id), void *arg);
/* Lets go at most max sealed rows older than `before` from the front of the chain and moves the anchor. WRITE. */
MUST_CHECK enum err audit_prune(struct ctx *cx, int64_t company_id, int64_t before, int64_t max, int64_t *removed);

#endif
