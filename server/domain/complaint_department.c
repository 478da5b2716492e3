/* complaint_department.c - complaints given to a department of the organisation: its people hear of it, see it and may take it
 * until one of them has. SPDX-License-Identifier: MIT */
#include "domain/complaint_int.h"
#include "platform/events.h"

#define PEOPLE                                                                                                         \
    " FROM (SELECT m.account_id AS id FROM department_member m WHERE m.department_id = $1 UNION"                       \
    " SELECT d.leader_id FROM department d WHERE d.id = $1) x JOIN account a ON a.id = x.id AND a.state = 'active'"    \
    " AND a.company_id = $2 WHERE a.id <> $4 AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id"         \
    " AND (g.project_id = 0 OR g.project_id = $3))"
STMT(q_department, "complaint.department",
     "SELECT name FROM department WHERE id = $1 AND company_id = $2 AND closed_at = 0 AND (project_id = 0 OR"
     " project_id = $3)");
STMT(q_people, "complaint.department_people", "SELECT a.id" PEOPLE " ORDER BY a.id LIMIT $5");
STMT(q_is_of, "complaint.department_is_of", "SELECT a.id" PEOPLE " AND a.id = $5");

bool complaint_at_department(const struct complaint *c)
{
    return c->state == CS_ASSIGNED && !c->handler_id && c->department_id;
}

static enum err people(struct ctx *cx, const struct complaint *c, int64_t department, int64_t *ids, size_t *n)
{
    return db_ids(
        cx, &q_people,
        ARGS(I64(department), I64(c->company_id), I64(c->project_id), I64(c->accused_id), I64(COMPLAINT_DEPARTMENT)),
        ids, COMPLAINT_DEPARTMENT, n);
}

enum err complaint_department(struct ctx *cx, const struct complaint *c, int64_t id, bool must_have, const char **name)
{
    int64_t ids[COMPLAINT_DEPARTMENT];
    size_t n = 0;
    enum err e = db_text(cx, &q_department, ARGS(I64(id), I64(c->company_id), I64(c->project_id)), name);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_INVALID, "department_id", "部门不存在", "no such department here");
    if (!e && must_have)
        e = people(cx, c, id, ids, &n);
    return !e && must_have && !n ? cx_fail(cx, ERR_INVALID, "department_id", "该部门在本项目没有可处理的人员",
                                           "nobody of that department works here")
                                 : e;
}

enum err complaint_department_has(struct ctx *cx, const struct complaint *c, int64_t account_id, bool *has)
{
    int64_t id = 0;
    return db_i64(
        cx, &q_is_of,
        ARGS(I64(c->department_id), I64(c->company_id), I64(c->project_id), I64(c->accused_id), I64(account_id)), &id,
        has);
}

enum err complaint_department_tell(struct ctx *cx, const struct complaint *c)
{
    int64_t ids[COMPLAINT_DEPARTMENT];
    size_t n = 0;
    const char *event = arena_printf(cx->arena, "task%lld", (long long)c->version);
    enum err e = people(cx, c, c->department_id, ids, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = complaint_tell(cx, c, ids[i], "complaint_task", event, "", "");
    return e;
}

enum err complaint_department_left(struct ctx *cx, const struct complaint *c, int64_t department)
{
    int64_t ids[COMPLAINT_DEPARTMENT];
    size_t n = 0;
    enum err e = people(cx, c, department, ids, &n);
    for (size_t i = 0; i < n && !e; i++)
        cx_scope_changed(cx, ids[i]);
    return e;
}
