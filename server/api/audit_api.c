/* audit_api.c - what happened: the audit log and the log of log-ins. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include <string.h>

static void one_audit(void *arg, const struct audit_entry *a)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", a->id);
    kv_time(w, "at", a->at);
    kv_id(w, "account_id", a->account_id);
    kv_str(w, "account", a->account);
    kv_str(w, "action", a->action);
    kv_str(w, "object", a->object);
    kv_id(w, "object_id", a->object_id);
    kv_raw(w, "before", a->before ? a->before : "null");
    kv_raw(w, "after", a->after ? a->after : "null");
    kv_str(w, "ip", a->ip);
    kv_str(w, "request_id", a->request_id);
    jw_end(w);
}

struct log_page {
    int64_t account_id, before, limit;
};

static enum err read_page(struct ctx *cx, const struct request *rq, struct log_page *p)
{
    enum err e = query_id(cx, rq, "account_id", &p->account_id);
    if (!e)
        e = query_id(cx, rq, "before", &p->before);
    return e ? e : query_i64(cx, rq, "limit", 1, 200, 50, &p->limit);
}

static enum err read_filter(struct ctx *cx, const struct request *rq, struct audit_filter *f)
{
    const struct {
        const char *name;
        const char **out;
    } texts[] = {
        {"object",     &f->object    },
        {"action",     &f->action    },
        {"ip",         &f->ip        },
        {"request_id", &f->request_id}
    };
    enum err e = OK;
    for (size_t i = 0; i < COUNT(texts) && !e; i++)
        e = query_text(cx, rq, texts[i].name, texts[i].out);
    if (!e)
        e = query_id(cx, rq, "object_id", &f->object_id);
    if (!e)
        e = query_id(cx, rq, "project_id", &f->project_id);
    if (!e)
        e = query_time(cx, rq, "from", 0, &f->from);
    if (!e)
        e = query_time(cx, rq, "to", 0, &f->to);
    if (!e && f->action && strchr(f->action, '%'))
        e = cx_fail(cx, ERR_INVALID, "action", "动作名称无效", "not the name of an action");
    return e;
}

static enum err h_audit(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    struct log_page p = {0};
    struct audit_filter f = {0};
    enum err e = read_page(cx, rq, &p);
    if (!e)
        e = read_filter(cx, rq, &f);
    if (e)
        return e;
    f.account_id = p.account_id;
    list_open(cx, &w);
    return list_close(rs, &w, audit_list(cx, &f, p.before, p.limit, one_audit, &w));
}

static void one_attempt(void *arg, const struct login_attempt *a)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", a->id);
    kv_time(w, "at", a->at);
    kv_id(w, "account_id", a->account_id);
    kv_str(w, "account", a->account);
    kv_str(w, "how", a->how);
    kv_bool(w, "ok", a->ok);
    kv_str(w, "reason", a->reason);
    kv_str(w, "ip", a->ip);
    kv_str(w, "device", a->device);
    kv_str(w, "user_agent", a->user_agent);
    jw_end(w);
}

static enum err h_logins(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    struct log_page p = {0};
    enum err e = read_page(cx, rq, &p);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, login_log_list(cx, p.account_id, p.before, p.limit, one_attempt, &w));
}

#define WHO_AUDIT (ROLES_ADMIN | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET, "/api/v1/audit",     h_audit,  LANE_READ, WHO_AUDIT, SCOPE_COMPANY, 0, 0, "listAudit"},
    {M_GET, "/api/v1/login-log", h_logins, LANE_READ, WHO_AUDIT, SCOPE_COMPANY, 0, 0, "listLogIns"},
};
/* clang-format on */
const struct route_set audit_routes = {rows, COUNT(rows)};
