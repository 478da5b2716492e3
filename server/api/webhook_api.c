/* webhook_api.c - HTTP face of webhooks. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/webhook.h"
#include <stdio.h>
#include <string.h>

static void put_events(struct jw *w, const char *events)
{
    jw_key(w, "events");
    jw_arr(w);
    for (size_t i = 0; i < webhook_events; i++) {
        char text[64];
        snprintf(text, sizeof text, ",%s,", webhook_event[i]);
        if (strstr(events, text))
            jw_str(w, webhook_event[i]);
    }
    jw_arr_end(w);
}

static void one_webhook(void *arg, const struct webhook *h)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", h->id);
    kv_id(w, "project_id", h->project_id);
    kv_str(w, "url", h->url);
    put_events(w, h->events);
    kv_bool(w, "enabled", h->enabled);
    kv_str(w, "off_reason", h->off_reason);
    kv_time(w, "failing_since", h->failing_since);
    kv_int(w, "version", h->version);
    kv_time(w, "created_at", h->created_at);
    jw_end(w);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, webhook_list(cx, one_webhook, &w));
}

struct webhook_in {
    const char *url;
    struct json_list events;
    int64_t project_id;
    bool enabled;
};
static const struct field webhook_fields[] = {
    FIELD_RAW(struct webhook_in, url, 8, 400), FIELD_STRS(struct webhook_in, events, 1, 20),
    OPT_ID(struct webhook_in, project_id), OPT_BOOL(struct webhook_in, enabled)};

static enum err read_webhook(struct ctx *cx, const struct request *rq, struct webhook *out)
{
    struct webhook_in in = {.enabled = true};
    struct buf b;
    enum err e = BODY(cx, rq, webhook_fields, &in);
    const char *const *event = in.events.p;
    buf_init(&b, cx->arena);
    buf_char(&b, ',');
    for (size_t i = 0; i < in.events.n && !e; i++) {
        if (str_index(webhook_event, webhook_events, event[i]) < 0)
            e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "events[%zu]", i), "没有事件 %s",
                        "there is no event %s", event[i]);
        buf_printf(&b, "%s,", event[i]);
    }
    *out = (struct webhook){.url = in.url, .events = buf_cstr(&b), .project_id = in.project_id, .enabled = in.enabled};
    return e;
}

static enum err h_put(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct webhook in;
    struct jw w;
    int64_t id = 0;
    const char *secret = NULL;
    enum err e = read_webhook(cx, rq, &in);
    if (!e)
        e = webhook_put(cx, &in, &id, &secret);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "id", id);
    kv_str(&w, "secret", secret);
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

static enum err h_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct webhook in;
    int64_t id = 0, version = 0;
    enum err e = read_webhook(cx, rq, &in);
    if (!e)
        e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    in.id = id;
    in.version = version;
    if (!e)
        e = webhook_change(cx, &in);
    return e ? e : reply_empty(rs);
}

static enum err h_drop(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_version(cx, rq, rs, webhook_drop);
}

static void one_delivery(void *arg, const struct delivery *d)
{
    struct page *p = arg;
    struct jw *w = &p->w;
    jw_obj(w);
    kv_id(w, "id", d->id);
    kv_id(w, "project_id", d->project_id);
    kv_str(w, "event", d->event);
    kv_raw(w, "body", d->body);
    kv_str(w, "state", d->state);
    kv_int(w, "attempts", d->attempts);
    kv_int(w, "status", d->status);
    kv_str(w, "error", d->error);
    kv_time(w, "created_at", d->created_at);
    kv_time(w, "next_at", d->next_at);
    kv_time(w, "done_at", d->done_at);
    jw_end(w);
    page_row(p, d->id);
}

static enum err h_deliveries(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p = {.n = 0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = page_open(cx, rq, &p);
    return e ? e : page_close(rs, &p, webhook_deliveries(cx, id, p.before, p.limit, one_delivery, &p));
}

static enum err h_again(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, webhook_again);
}

/* Not idempotent by key: a stored answer would keep the secret. */
/* clang-format off */
static const struct route rows[] = {
    {M_GET,    "/api/v1/webhooks",                        h_list,       LANE_READ,  ROLES_ADMIN, SCOPE_COMPANY, 0,    0,             "listWebhooks"},
    {M_POST,   "/api/v1/webhooks",                        h_put,        LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 2048, RF_STEP_UP,              "createWebhook"},
    {M_PUT,    "/api/v1/webhooks/{id}",                   h_change,     LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 2048, RF_STEP_UP,              "changeWebhook"},
    {M_DELETE, "/api/v1/webhooks/{id}",                   h_drop,       LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 0,    0,             "dropWebhook"},
    {M_GET,    "/api/v1/webhooks/{id}/deliveries",        h_deliveries, LANE_READ,  ROLES_ADMIN, SCOPE_COMPANY, 0,    0,             "listWebhookDeliveries"},
    {M_POST,   "/api/v1/webhook-deliveries/{id}/again",   h_again,      LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 0,    0,             "repeatWebhookDelivery"},
};
/* clang-format on */
const struct route_set webhook_routes = {rows, COUNT(rows)};
