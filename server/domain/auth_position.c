/* auth_position.c - what positions (role_set) give a person becomes grants, so that whoever asks for roles asks in one place.
 * SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "domain/auth.h"
#include "platform/store/db.h"
#include <string.h>

STMT(q_held, "position.held",
     "SELECT m.role_set_id, m.project_id, r.roles FROM role_set_member m JOIN role_set r ON r.id = m.role_set_id"
     " WHERE m.account_id = $1 AND m.company_id = $2 ORDER BY m.role_set_id, m.project_id LIMIT 100");
STMT(q_drop, "position.drop", "DELETE FROM role_grant WHERE account_id = $1 AND company_id = $2 AND set_id > 0");
STMT(q_grant, "position.grant",
     "INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_by, created_at, set_id)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (company_id, account_id, role, project_id) DO NOTHING");

unsigned auth_roles_listed(struct arena *a, const char *text)
{
    unsigned roles = 0;
    for (int i = 0; i < ROLE_COUNT; i++)
        if (strstr(text, arena_printf(a, ",%s,", role_name[i])))
            roles |= 1u << i;
    return roles;
}

struct held {
    int64_t set_id, project_id;
    unsigned roles;
};
struct all_held {
    struct held v[100];
    size_t n;
};

static enum err on_held(struct ctx *cx, const struct row *r, void *out)
{
    struct all_held *a = out;
    if (a->n < COUNT(a->v))
        a->v[a->n++] = (struct held){row_i64(r, 0), row_i64(r, 1), auth_roles_listed(cx->arena, row_text(cx, r, 2))};
    return OK;
}

enum err auth_regrant(struct ctx *cx, int64_t account_id)
{
    struct all_held *a = arena_alloc(cx->arena, sizeof *a);
    enum err e = db_each(cx, &q_held, ARGS(I64(account_id), I64(cx->who.company_id)), on_held, a);
    if (!e)
        e = db_exec(cx, &q_drop, ARGS(I64(account_id), I64(cx->who.company_id)), NULL);
    for (size_t i = 0; i < a->n && !e; i++)
        for (int role = 0; role < ROLE_COUNT && !e; role++)
            if (a->v[i].roles & (1u << role))
                e = db_exec(cx, &q_grant,
                            ARGS(I64(id_new()), I64(cx->who.company_id), I64(account_id), TXT(role_name[role]),
                                 I64(a->v[i].project_id), I64(cx->who.id), I64(cx->now), I64(a->v[i].set_id)),
                            NULL);
    return e ? e : auth_end_all(cx, account_id, 0);
}
