/* complaint_query.c - reading complaints: who sees what, lists, history, numbers. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/complaint_int.h"
#include "platform/crypto/crypto.h"

/* Filters that are not wanted are '' or 0. Buildings find no anonymous ones: a small building would name the person. */
#define FILTER                                                                                                         \
    " AND ($4 = '' OR c.state = $4) AND ($5 = '' OR c.category = $5) AND ($6 = '' OR c.kind = $6)"                     \
    " AND ($7 = 0 OR c.handler_id = $7) AND ($8 = 0 OR (c.building_id = $8 AND c.anonymous = 0))"                      \
    " AND c.created_at >= $9 AND c.created_at < $10"                                                                   \
    " AND ($11 = 0 OR (c.due_at < $12 AND c.closed_at = 0 AND c.resolved_at = 0)) AND ($13 < 0 OR c.level = $13)"      \
    " AND ($14 = '' OR c.number LIKE $14 OR c.title LIKE $14) AND ($15 = 0 OR c.id < $15)"                             \
    " AND ($16 = 0 OR (c.closed_at = 0 AND c.resolved_at = 0)) AND "                                                   \
    "($18 = 0 OR (c.escalation > 0 AND c.closed_at = 0 AND c.resolved_at = 0))"                                        \
    " ORDER BY c.id DESC LIMIT $17"
STMT(q_mine, "complaint.list_mine",
     "SELECT " COMPLAINT_COLUMNS COMPLAINT_FROM
     " WHERE c.reporter_id = $1 AND c.reporter_id > 0 AND +c.company_id = $2 AND c.accused_id <> $3" FILTER);
STMT(q_board, "complaint.list_board",
     "SELECT " COMPLAINT_COLUMNS COMPLAINT_FROM
     " WHERE c.project_id = $1 AND c.company_id = $2 AND c.accused_id <> $3" FILTER);
STMT(
    q_assigned, "complaint.list_assigned",
    "SELECT " COMPLAINT_COLUMNS COMPLAINT_FROM
    " WHERE c.id IN (SELECT x.id FROM complaint x WHERE x.handler_id = $1 AND x.handler_id > 0 UNION SELECT y.id"
    " FROM complaint y WHERE y.department_id > 0 AND y.handler_id = 0 AND y.state = 'assigned' AND y.department_id IN"
    " (SELECT m.department_id FROM department_member m WHERE m.account_id = $1 UNION SELECT d.id FROM department d"
    " WHERE d.leader_id = $1 AND d.leader_id > 0)) AND +c.company_id = $2 AND c.accused_id <> $3 AND EXISTS (SELECT 1 "
    "FROM role_grant g WHERE"
    " g.account_id = $3 AND g.company_id = c.company_id AND (g.project_id = 0 OR g.project_id = c.project_id))" FILTER);
STMT(q_history, "complaint.history",
     "SELECT n, at, handler_id, actor_name, event, from_state, to_state, note, internal, by_owner FROM complaint_event"
     " WHERE complaint_id = $1 AND internal <= $2 ORDER BY n");
STMT(q_files, "complaint.files",
     "SELECT file_id, stage, internal FROM complaint_file WHERE complaint_id = $1 AND internal <= $2 ORDER BY at, "
     "file_id");
STMT(q_of_file, "complaint.of_file",
     "SELECT complaint_id, internal FROM complaint_file WHERE file_id = $1 AND company_id = $2");
STMT(q_contact, "complaint.contact", "SELECT contact_enc FROM complaint WHERE id = $1");
STMT(q_counts, "complaint.counts",
     "SELECT CAST(COALESCE(SUM(CASE WHEN state IN ('new', 'classified', 'reopened') THEN 1 ELSE 0 END), 0) AS BIGINT),"
     " CAST(COALESCE(SUM(CASE WHEN state IN ('assigned', 'in_progress') THEN 1 ELSE 0 END), 0) AS BIGINT),"
     " CAST(COALESCE(SUM(CASE WHEN state = 'resolved' THEN 1 ELSE 0 END), 0) AS BIGINT),"
     " CAST(COALESCE(SUM(CASE WHEN resolved_at = 0 AND due_at < $4 THEN 1 ELSE 0 END), 0) AS BIGINT),"
     " CAST(COALESCE(SUM(CASE WHEN resolved_at = 0 AND handler_id = $3 THEN 1 ELSE 0 END), 0) AS BIGINT)"
     " FROM complaint WHERE company_id = $1 AND project_id = $2 AND accused_id <> $3 AND closed_at = 0");

enum err complaint_get(struct ctx *cx, int64_t id, struct complaint *out, unsigned *actor)
{
    enum err e = complaint_load(cx, id, out);
    if (!e)
        e = complaint_actor_bits(cx, out, actor);
    if (!e && !*actor)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "投诉建议不存在", "no such complaint");
    if (!e)
        complaint_hide(out, *actor);
    return e;
}

enum err complaint_identity(struct ctx *cx, int64_t id, struct complaint_identity *out)
{
    struct complaint c;
    const void *sealed = NULL;
    size_t n = 0;
    unsigned who = 0;
    *out = (struct complaint_identity){0};
    enum err e = complaint_get(cx, id, &c, &who); /* rights first */
    if (!e)
        e = complaint_load(cx, id, &c);
    if (!e && !(who & (c.anonymous ? CA_AUDITOR : CA_AUDITOR | CA_HANDLER | CA_DESK)))
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, c.anonymous ? "匿名投诉仅审计员和公司管理员可查看" : "无权查看联系方式",
                    c.anonymous ? "anonymous: only for auditors and company administrators" : "not for you");
    if (!e)
        e = db_blob(cx, &q_contact, ARGS(I64(id)), &sealed, &n);
    if (!e && sealed)
        out->phone = pii_open(cx->arena, sealed, n, arena_printf(cx->arena, "complaint.contact|%lld", (long long)id));
    else if (!e && c.reporter_id)
        e = account_phone(cx, c.reporter_id, &out->phone);
    if (e)
        return e;
    out->name = !str_empty(c.contact_name) ? c.contact_name : c.reporter_name;
    out->room = c.room_name;
    out->account_id = c.reporter_id;
    return audit_add(cx, c.anonymous ? "complaint.reveal" : "complaint.contact", "complaint", id, NULL, NULL);
}

struct history {
    complaint_event_fn *fn;
    void *arg;
    bool hide;
};

static enum err on_event(struct ctx *cx, const struct row *r, void *out)
{
    struct history *h = out;
    struct complaint_event_row e = {.n = row_i64(r, 0),
                                    .at = row_i64(r, 1),
                                    .handler_id = row_i64(r, 2),
                                    .actor_name = row_text(cx, r, 3),
                                    .event = row_text(cx, r, 4),
                                    .from = row_text(cx, r, 5),
                                    .to = row_text(cx, r, 6),
                                    .note = row_text(cx, r, 7),
                                    .internal = row_i64(r, 8) != 0,
                                    .by_owner = row_i64(r, 9) != 0};
    if (h->hide && e.by_owner)
        e.actor_name = "匿名";
    h->fn(h->arg, &e);
    return OK;
}

enum err complaint_history(struct ctx *cx, const struct complaint *c, unsigned actor, complaint_event_fn *fn, void *arg)
{
    bool staff = (actor & ~(unsigned)CA_OWNER) != 0;
    struct history h = {fn, arg, c->anonymous && !(actor & CA_OWNER)};
    return db_each(cx, &q_history, ARGS(I64(c->id), I64(staff)), on_event, &h);
}

struct files {
    complaint_file_fn *fn;
    void *arg;
};

static enum err on_file(struct ctx *cx, const struct row *r, void *out)
{
    struct files *l = out;
    l->fn(l->arg, row_i64(r, 0), row_text(cx, r, 1), row_i64(r, 2) != 0);
    return OK;
}

enum err complaint_files(struct ctx *cx, int64_t id, bool internal_too, complaint_file_fn *fn, void *arg)
{
    struct files l = {fn, arg};
    return db_each(cx, &q_files, ARGS(I64(id), I64(internal_too)), on_file, &l);
}

struct of_file {
    int64_t id;
    bool internal;
};

static enum err on_of_file(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(struct of_file *)out = (struct of_file){row_i64(r, 0), row_i64(r, 1) != 0};
    return OK;
}

enum err complaint_file_get(struct ctx *cx, int64_t file_id, struct file_row *out)
{
    struct of_file of = {0};
    struct complaint c;
    unsigned actor = 0;
    enum err e = db_one(cx, &q_of_file, ARGS(I64(file_id), I64(cx->who.company_id)), on_of_file, &of);
    if (!e)
        e = complaint_get(cx, of.id, &c, &actor);
    if (!e && of.internal && !(actor & ~(unsigned)CA_OWNER))
        e = ERR_NOT_FOUND;
    return e ? e : file_load(cx, file_id, out);
}

struct listing {
    complaint_fn *fn;
    void *arg;
    unsigned as;
};

static enum err on_listed(struct ctx *cx, const struct row *row, void *out)
{
    struct listing *l = out;
    struct complaint c;
    enum err e = complaint_row(cx, row, &c);
    complaint_hide(&c, l->as);
    if (!e)
        l->fn(l->arg, &c);
    return e;
}

enum err complaint_list(struct ctx *cx, const struct complaint_filter *f, complaint_fn *fn, void *arg)
{
    static const struct stmt *const q[CV_COUNT] = {&q_mine, &q_board, &q_assigned};
    struct listing l = {fn, arg, f->view == CV_MINE ? CA_OWNER : CA_DESK};
    const char *like = str_empty(f->search) ? "" : arena_printf(cx->arena, "%%%s%%", f->search);
    return db_each(cx, q[f->view],
                   ARGS(I64(f->view == CV_BOARD ? cx->who.project_id : cx->who.id), I64(cx->who.company_id),
                        I64(cx->who.id), TXT(or_empty(f->state)), TXT(or_empty(f->category)), TXT(or_empty(f->kind)),
                        I64(f->handler_id), I64(f->building_id), I64(f->from), I64(f->to), I64(f->overdue),
                        I64(cx->now), I64(f->level), TXT(like), I64(f->before_id), I64(f->open_only), I64(f->limit),
                        I64(f->escalated)),
                   on_listed, &l);
}

static enum err on_counts(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(struct complaint_counts *)out =
        (struct complaint_counts){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3), row_i64(r, 4)};
    return OK;
}

enum err complaint_counts(struct ctx *cx, struct complaint_counts *out)
{
    return db_one(cx, &q_counts, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id), I64(cx->now)),
                  on_counts, out);
}
