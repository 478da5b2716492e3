/* webhook.c - webhooks as records. SPDX-License-Identifier: MIT */
#include "domain/webhook.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "platform/store/db.h"
#include <string.h>

#define CHANGED_ZH "不存在或已被他人修改"
#define CHANGED_EN "no such webhook, or changed meanwhile"

const char *const webhook_event[] = {"repair.status",   "repair.escalated",  "bill_run.ready",      "pay.status",
                                     "refund.status",   "finance.alarm",     "complaint.status",    "binding.applied",
                                     "facility.status", "facility.reported", "facility.inspection", "maint.task",
                                     "maint.overdue",   "technician.duty",   "sla.overdue"};
const size_t webhook_events = COUNT(webhook_event);

STMT(q_count, "webhook.count", "SELECT COUNT(*) FROM webhook WHERE company_id = $1");
STMT(q_add, "webhook.add",
     "INSERT INTO webhook(id, company_id, project_id, url, events, secret_enc, created_by, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
STMT(q_set, "webhook.set",
     "UPDATE webhook SET project_id = $3, url = $4, events = $5, enabled = $6, off_reason = '', failing_since = 0, "
     "slow = 0,"
     " version = version + 1 WHERE id = $1 AND company_id = $2 AND version = $7");
STMT(q_there, "webhook.there", "SELECT id FROM webhook WHERE id = $1 AND company_id = $2");
STMT(q_drop_deliveries, "webhook.drop_deliveries",
     "DELETE FROM webhook_delivery WHERE webhook_id = $1 AND company_id = $2");
STMT(q_drop, "webhook.drop", "DELETE FROM webhook WHERE id = $1 AND company_id = $2 AND version = $3");
STMT(q_list, "webhook.list",
     "SELECT id, project_id, version, created_at, failing_since, url, events, off_reason, enabled FROM webhook"
     " WHERE company_id = $1 ORDER BY id");
STMT(q_deliveries, "webhook.deliveries",
     "SELECT id, webhook_id, project_id, attempts, status, created_at, done_at, next_at, event, body, state, error"
     " FROM webhook_delivery WHERE company_id = $1 AND webhook_id = $2 AND ($3 = 0 OR id < $3) ORDER BY id DESC LIMIT "
     "$4");
STMT(q_again, "webhook.again",
     "UPDATE webhook_delivery SET state = 'pending', attempts = 0, next_at = $3, error = '' WHERE id = $1"
     " AND company_id = $2 AND state = 'dead'");

static enum err check(struct ctx *cx, const struct webhook *in)
{
    const char *host = strstr(in->url, "://");
    if (strchr(in->url, '@') || !host ||
        !(str_starts(in->url, "https://") || (config()->test_hooks && url_is_loopback(in->url))))
        return cx_fail(cx, ERR_INVALID, "url", "地址须为 https,且不含用户名", "https only, and no user in it");
    if (url_is_loopback(in->url) && !config()->test_hooks)
        return cx_fail(cx, ERR_INVALID, "url", "不能指向本机", "not to this machine");
    if (str_eq(in->events, ","))
        return cx_fail(cx, ERR_INVALID, "events", "请选择事件", "choose events");
    return in->project_id ? company_has_project(cx, in->project_id, ERR_INVALID, "project_id") : OK;
}

static const char *shown(struct arena *a, const struct webhook *in)
{
    return arena_printf(a, "{\"project_id\":\"%lld\",\"events\":\"%s\"}", (long long)in->project_id, in->events);
}

enum err webhook_put(struct ctx *cx, const struct webhook *in, int64_t *id, const char **secret)
{
    int64_t have = 0;
    size_t n = 0;
    char *token = arena_alloc(cx->arena, 44);
    token_new(token);
    *id = id_new();
    *secret = token;
    enum err e = check(cx, in);
    if (!e)
        e = db_i64(cx, &q_count, ARGS(I64(cx->who.company_id)), &have, NULL);
    if (!e && have >= WEBHOOKS_MAX)
        e = cx_fail(cx, ERR_STATE, NULL, "最多 %d 个", "at most %d", WEBHOOKS_MAX);
    void *sealed = pii_seal(cx->arena, token, arena_printf(cx->arena, "webhook.secret|%lld", (long long)*id), &n);
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(*id), I64(cx->who.company_id), I64(in->project_id), TXT(in->url), TXT(in->events),
                         BLOB(sealed, n), I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e ? e : audit_add(cx, "webhook.create", "webhook", *id, NULL, shown(cx->arena, in));
}

static enum err there(struct ctx *cx, int64_t id)
{
    int64_t found = 0;
    bool is = false;
    enum err e = db_i64(cx, &q_there, ARGS(I64(id), I64(cx->who.company_id)), &found, &is);
    return e || is ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "不存在", "no such webhook");
}

enum err webhook_change(struct ctx *cx, const struct webhook *in)
{
    enum err e = there(cx, in->id);
    if (!e)
        e = check(cx, in);
    if (!e)
        e = db_change_one(cx, &q_set,
                          ARGS(I64(in->id), I64(cx->who.company_id), I64(in->project_id), TXT(in->url), TXT(in->events),
                               I64(in->enabled), I64(in->version)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    return e ? e : audit_add(cx, "webhook.change", "webhook", in->id, NULL, shown(cx->arena, in));
}

enum err webhook_drop(struct ctx *cx, int64_t id, int64_t version)
{
    enum err e = there(cx, id);
    if (!e)
        e = db_exec(cx, &q_drop_deliveries, ARGS(I64(id), I64(cx->who.company_id)), NULL);
    if (!e)
        e = db_change_one(cx, &q_drop, ARGS(I64(id), I64(cx->who.company_id), I64(version)), ERR_CONFLICT, CHANGED_ZH,
                          CHANGED_EN);
    return e ? e : audit_add(cx, "webhook.drop", "webhook", id, NULL, NULL);
}

struct listing {
    webhook_fn *fn;
    delivery_fn *each;
    void *arg;
};

static enum err on_webhook(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct webhook w = {.id = row_i64(r, 0),
                        .project_id = row_i64(r, 1),
                        .version = row_i64(r, 2),
                        .created_at = row_i64(r, 3),
                        .failing_since = row_i64(r, 4),
                        .url = row_text(cx, r, 5),
                        .events = row_text(cx, r, 6),
                        .off_reason = row_text(cx, r, 7),
                        .enabled = row_i64(r, 8) != 0};
    l->fn(l->arg, &w);
    return OK;
}

enum err webhook_list(struct ctx *cx, webhook_fn *fn, void *arg)
{
    struct listing l = {.fn = fn, .arg = arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id)), on_webhook, &l);
}

static enum err on_delivery(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct delivery d = {.id = row_i64(r, 0),
                         .webhook_id = row_i64(r, 1),
                         .project_id = row_i64(r, 2),
                         .attempts = row_i64(r, 3),
                         .status = row_i64(r, 4),
                         .created_at = row_i64(r, 5),
                         .done_at = row_i64(r, 6),
                         .next_at = row_i64(r, 7),
                         .event = row_text(cx, r, 8),
                         .body = row_text(cx, r, 9),
                         .state = row_text(cx, r, 10),
                         .error = row_text(cx, r, 11)};
    l->each(l->arg, &d);
    return OK;
}

enum err webhook_deliveries(struct ctx *cx, int64_t webhook_id, int64_t before, int64_t limit, delivery_fn *fn,
                            void *arg)
{
    struct listing l = {.each = fn, .arg = arg};
    enum err e = there(cx, webhook_id);
    return e ? e
             : db_each(cx, &q_deliveries, ARGS(I64(cx->who.company_id), I64(webhook_id), I64(before), I64(limit)),
                       on_delivery, &l);
}

enum err webhook_again(struct ctx *cx, int64_t delivery_id)
{
    enum err e = db_change_one(cx, &q_again, ARGS(I64(delivery_id), I64(cx->who.company_id), I64(cx->now)),
                               ERR_NOT_FOUND, "没有可重发的记录", "there is no dead delivery of that number");
    return e ? e : audit_add(cx, "webhook.again", "webhook_delivery", delivery_id, NULL, NULL);
}
