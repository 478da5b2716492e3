/* message_desk.c - those who run a project, told of what cannot wait for somebody to look. SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "domain/message.h"
#include "platform/store/db.h"

#define TOLD 100

STMT(q_desk, "message.desk",
     "SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active'"
     " WHERE g.company_id = $1 AND g.role IN ('manager', 'dispatcher') AND (g.project_id = 0 OR g.project_id = $2)"
     " ORDER BY g.account_id");
STMT(q_admins, "message.admins",
     "SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active'"
     " WHERE g.company_id = $1 AND g.role = 'company_admin' AND (g.project_id = 0 OR g.project_id = $2)"
     " ORDER BY g.account_id");

enum err message_tell_desk(struct ctx *cx, const struct message_tell *what)
{
    struct message_tell t = *what;
    int64_t ids[TOLD];
    size_t n = 0;
    enum err e = db_ids(cx, &q_desk, ARGS(I64(t.company_id), I64(t.project_id)), ids, COUNT(ids), &n);
    if (!e && !n)
        e = db_ids(cx, &q_admins, ARGS(I64(t.company_id), I64(t.project_id)), ids, COUNT(ids), &n);
    if (n == TOLD)
        log_warn("message.desk_full", L_I("project", t.project_id));
    for (size_t i = 0; i < n && !e; i++) {
        t.account_id = ids[i];
        e = message_tell(cx, &t);
    }
    return e;
}
