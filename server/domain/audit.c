/* audit.c - audit rows: written, searched. The seal is in audit_seal.c. SPDX-License-Identifier: MIT */
#include "domain/audit.h"
#include "base/id.h"
#include "platform/store/db.h"

STMT(q_add, "audit.add",
     "INSERT INTO audit(id, company_id, project_id, account_id, action, object, object_id, before, after, ip,"
     " request_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STMT(q_list, "audit.list",
     "SELECT a.id, a.account_id, a.action, a.object, a.object_id, a.before, a.after, a.ip, a.request_id, a.at,"
     " COALESCE(c.name, '') FROM audit a LEFT JOIN account c ON c.id = a.account_id WHERE a.company_id = $1"
     " AND ($2 = '' OR a.object = $2) AND ($3 = 0 OR a.account_id = $3) AND a.id < $4 AND a.id >= $5"
     " AND ($6 = 0 OR a.object_id = $6) AND ($7 = 0 OR a.project_id = $7) AND ($8 = '' OR a.action = $8 OR"
     " SUBSTR(a.action, 1, LENGTH($8) + 1) = $8 || '.') AND ($9 = '' OR a.ip = $9) AND ($10 = '' OR a.request_id = $10)"
     " ORDER BY a.id DESC LIMIT $11");

STMT(q_all, "audit.sees_all",
     "SELECT COUNT(*) FROM role_grant WHERE account_id = $1 AND company_id = $2 AND project_id = 0"
     " AND role IN ('platform_admin', 'company_admin', 'auditor')");

enum err audit_add(struct ctx *cx, const char *action, const char *object, int64_t object_id, const char *before,
                   const char *after)
{
    return db_exec(cx, &q_add,
                   ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id), TXT(action),
                        TXT(object), I64(object_id), TXT(before), TXT(after), TXT(cx->ip), TXT(cx->request_id),
                        I64(cx->now)),
                   NULL);
}

struct listing {
    audit_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct audit_entry a = {.id = row_i64(r, 0),
                            .account_id = row_i64(r, 1),
                            .action = row_text(cx, r, 2),
                            .object = row_text(cx, r, 3),
                            .object_id = row_i64(r, 4),
                            .before = row_text(cx, r, 5),
                            .after = row_text(cx, r, 6),
                            .ip = row_text(cx, r, 7),
                            .request_id = row_text(cx, r, 8),
                            .at = row_i64(r, 9),
                            .account = row_text(cx, r, 10)};
    l->fn(l->arg, &a);
    return OK;
}

enum err audit_sees_all(struct ctx *cx, bool *all)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_all, ARGS(I64(cx->who.id), I64(cx->who.company_id)), &n, NULL);
    *all = n > 0;
    return e;
}

/* Ids are times: a period is a range of ids. */
enum err audit_list(struct ctx *cx, const struct audit_filter *f, int64_t before_id, int64_t limit, audit_fn *fn,
                    void *arg)
{
    struct listing l = {fn, arg};
    int64_t below = before_id ? before_id : INT64_MAX, until = f->to ? id_at(f->to) : INT64_MAX;
    int64_t project = f->project_id;
    bool all = false;
    enum err e = audit_sees_all(cx, &all);
    if (e || (!all && project && project != cx->who.project_id))
        return e; /* of another project there is nothing */
    if (!all)
        project = cx->who.project_id ? cx->who.project_id : -1;
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), TXT(or_empty(f->object)), I64(f->account_id),
                        I64(below < until ? below : until), I64(id_at(f->from)), I64(f->object_id), I64(project),
                        TXT(or_empty(f->action)), TXT(or_empty(f->ip)), TXT(or_empty(f->request_id)), I64(limit)),
                   on_listed, &l);
}
