/* complaint_tell.c - who hears of a complaint, by messages. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/complaint_int.h"

STMT(
    q_of_category, "complaint.of_category",
    "SELECT DISTINCT m.account_id FROM complaint_manager m JOIN account a ON a.id = m.account_id AND a.state = 'active'"
    " WHERE m.company_id = $1 AND m.code = $2 AND (m.project_id = 0 OR m.project_id = $3) AND m.account_id <> $4"
    " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND (g.project_id = 0 OR g.project_id = $3))"
    " ORDER BY m.account_id");
STMT(q_by_role, "complaint.by_role",
     "SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active'"
     " WHERE g.company_id = $1 AND g.role = $2 AND (g.project_id = 0 OR g.project_id = $3) AND g.account_id <> $4"
     " AND g.account_id <> $5 ORDER BY g.account_id");
STMT(q_holds, "complaint.holds_role",
     "SELECT id FROM role_grant WHERE account_id = $1 AND company_id = $2 AND role = $3 AND (project_id = 0 OR "
     "project_id "
     "= $4)");
STMT(q_merged, "complaint.merged",
     "SELECT DISTINCT reporter_id FROM complaint WHERE company_id = $1 AND project_id = $2 AND merged_into = $3"
     " AND reporter_id > $4 ORDER BY reporter_id LIMIT $5");

static enum err by_role(struct ctx *cx, const struct complaint *c, const char *role, int64_t but, int64_t *ids,
                        size_t max, size_t *n)
{
    return db_ids(cx, &q_by_role, ARGS(I64(c->company_id), TXT(role), I64(c->project_id), I64(c->accused_id), I64(but)),
                  ids, max, n);
}

enum err complaint_responsible(struct ctx *cx, const struct complaint *c, int64_t *ids, size_t *n)
{
    enum err e =
        db_ids(cx, &q_of_category, ARGS(I64(c->company_id), TXT(c->category), I64(c->project_id), I64(c->accused_id)),
               ids, COMPLAINT_TOLD, n);
    if (!e && !*n)
        e = by_role(cx, c, "manager", 0, ids, COMPLAINT_TOLD, n);
    if (!e && !*n)
        e = by_role(cx, c, "company_admin", 0, ids, COMPLAINT_TOLD, n);
    return e;
}

enum err complaint_admins(struct ctx *cx, const struct complaint *c, int64_t *ids, size_t *n)
{
    return by_role(cx, c, "company_admin", 0, ids, COMPLAINT_TOLD, n);
}

enum err complaint_superior(struct ctx *cx, const struct complaint *c, int64_t *account_id)
{
    int64_t id = 0;
    bool manager = false;
    size_t n = 0;
    *account_id = 0;
    enum err e = db_i64(cx, &q_holds, ARGS(I64(c->handler_id), I64(c->company_id), TXT("manager"), I64(c->project_id)),
                        &id, &manager);
    if (!e && !manager)
        e = by_role(cx, c, "manager", c->handler_id, account_id, 1, &n);
    if (!e && !n)
        e = by_role(cx, c, "company_admin", c->handler_id, account_id, 1, &n);
    if (!n)
        *account_id = 0;
    return e;
}

static const char *when(struct ctx *cx, int64_t at)
{
    char text[32];
    char *t = arena_strndup(cx->arena, clock_rfc3339(at, text), 16);
    t[10] = ' ';
    return t;
}

enum err complaint_tell(struct ctx *cx, const struct complaint *c, int64_t account_id, const char *kind,
                        const char *event, const char *state, const char *text)
{
    static const char *const urgency_zh[URGENCY_COUNT] = {"不急", "一般", "紧急", "特急"};
    struct complaint_category k;
    enum err e = complaint_category_get(cx, c->category, &k);
    bool staff = !str_starts(kind, "complaint_ack") && !str_starts(kind, "complaint_progress");
    const char *place = !str_empty(c->place) ? c->place : c->anonymous || !c->room_name ? "-" : c->room_name;
    /* clang-format off */
    const struct message_var var[] = {
        {"number",   c->number                                                 },
        {"kind",     complaint_kind_zh[c->kind]                                },
        {"category", e ? c->category : k.name                                  },
        {"title",    c->title                                                  },
        {"place",    place                                                     },
        {"urgency",  urgency_zh[c->urgency]                                    },
        {"due",      when(cx, c->due_at)                                       },
        {"level",    arena_printf(cx->arena, "%lld", (long long)c->escalation) },
        {"state",    state                                                     },
        {"text",     arena_strndup(cx->arena, text, utf8_prefix(text, 100))    }
    };
    /* clang-format on */
    if (e && e != ERR_NOT_FOUND)
        return e;
    cx->why = (struct why){0};
    struct message_tell t = {
        .company_id = c->company_id,
        .project_id = c->project_id,
        .account_id = account_id,
        .kind = kind,
        .object = "complaint",
        .object_id = c->id,
        .event = event,
        .var = var,
        .nvar = COUNT(var),
        .secret = c->anonymous && account_id == c->reporter_id,
        .page = staff ? "pkg-owner/messages/index"
                      : arena_printf(cx->arena, "pkg-owner/complaint/index?id=%lld", (long long)c->id)};
    return message_tell(cx, &t);
}

enum err complaint_tell_owner(struct ctx *cx, const struct complaint *c, const char *state, const char *text)
{
    int64_t ids[50];
    size_t n = 0;
    const char *event = arena_printf(cx->arena, "v%lld", (long long)c->version);
    enum err e = c->reporter_id ? complaint_tell(cx, c, c->reporter_id, "complaint_progress", event, state, text) : OK;
    for (int64_t last = 0; !e; last = ids[n - 1]) {
        e = db_ids(cx, &q_merged,
                   ARGS(I64(c->company_id), I64(c->project_id), I64(c->id), I64(last), I64((int64_t)COUNT(ids))), ids,
                   COUNT(ids), &n);
        for (size_t i = 0; i < n && !e; i++)
            if (ids[i] != c->reporter_id)
                e = complaint_tell(cx, c, ids[i], "complaint_progress", event, state, "您的投诉建议已并入此件");
        if (!n || n < COUNT(ids))
            break;
    }
    return e;
}
