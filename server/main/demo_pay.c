/* demo_pay.c - the part of the demo that needs the sandbox: merchants at its payment channels, and published bills that
 * somebody can pay. The sandbox describes itself in one line of JSON.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "domain/billing.h"
#include "domain/merchant.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/store/db.h"
#include <string.h>

STMT(q_company, "demo.company", "SELECT id FROM company WHERE code = 'demo'");
STMT(q_project, "demo.project", "SELECT id FROM project WHERE company_id = $1 ORDER BY id LIMIT 1");
STMT(q_staff, "demo.staff", "SELECT id FROM account WHERE company_id = $1 AND login = $2");
STMT(q_have, "demo.merchants", "SELECT COUNT(*) FROM merchant WHERE company_id = $1 AND state = 'active'");

struct demo_pay {
    const struct json *sandbox;
    int64_t admin, cashier, manager;
};

static const char *text(const struct json *j, const char *key)
{
    return or_empty(json_str(j, key));
}

/* NULL: *why set. */
static const char *key_file(struct ctx *cx, const struct json *j, const char *name, bool secret, const char **why)
{
    const char *path = arena_printf(cx->arena, "%s/%s", text(j, "keys"), name);
    return secret ? config_secret(cx->arena, path, why) : config_public(cx->arena, path, why);
}

static enum err add(struct ctx *cx, struct merchant *m, const char *why)
{
    int64_t id = 0;
    if (!m->private_key || !m->public_key || !m->apiv3_key)
        return cx_fail(cx, ERR_INVALID, NULL, "沙箱密钥读不到:%s", "a key of the sandbox cannot be read: %s",
                       why ? why : "");
    return merchant_add(cx, m, &id);
}

static enum err merchants(struct ctx *cx, const struct json *j)
{
    const char *why = NULL;
    struct merchant wechat = {.channel = CHANNEL_WECHAT,
                              .name = "安居物业(微信沙箱)",
                              .appid = text(j, "wechat_appid"),
                              .mchid = text(j, "wechat_mchid"),
                              .serial = text(j, "wechat_serial"),
                              .public_key_id = text(j, "wechat_public_key_id"),
                              .private_key = key_file(cx, j, "wechat_merchant_private.pem", true, &why),
                              .apiv3_key = key_file(cx, j, "wechat_apiv3_key", true, &why),
                              .public_key = key_file(cx, j, "wechat_platform_public.pem", false, &why)};
    struct merchant alipay = {.channel = CHANNEL_ALIPAY,
                              .name = "安居物业(支付宝沙箱)",
                              .appid = text(j, "alipay_appid"),
                              .mchid = text(j, "alipay_seller"),
                              .serial = "",
                              .public_key_id = "",
                              .apiv3_key = "",
                              .private_key = key_file(cx, j, "alipay_app_private.pem", true, &why),
                              .public_key = key_file(cx, j, "alipay_gateway_public.pem", false, &why)};
    enum err e = add(cx, &wechat, why);
    return e ? e : add(cx, &alipay, why);
}

static enum err work(struct ctx *cx, int64_t run)
{
    struct actor who = cx->who;
    bool more = true;
    enum err e = OK;
    while (!e && more)
        e = billing_step(cx, run, 100, &more);
    cx->who = who;
    return e;
}

/* A fixed fee a month from every room; made by the cashier, approved by the manager. */
static enum err bill_all(struct ctx *cx, const struct demo_pay *d, const char *code, const char *name, int64_t price_e4)
{
    struct fee_item f = {.code = code,
                         .name = name,
                         .kind = FEE_FIXED,
                         .cycle = CYCLE_MONTHLY,
                         .due_days = 15,
                         .enabled = true,
                         .price_unit = "yuan/month"};
    struct bill_run run = {.id = 0};
    int64_t rooms = 0;
    cx->who.id = d->cashier;
    enum err e = fee_item_save(cx, &f);
    if (!e)
        e = fee_price_set(cx, f.id, 20240101, price_e4, NULL, 0);
    if (!e)
        e = fee_assign_rooms(cx, f.id, 0, 20240101, &rooms);
    if (!e)
        e = bill_run_start(cx, clock_day(cx->now), &run);
    if (!e)
        e = work(cx, run.id);
    if (!e)
        e = bill_run_act(cx, run.id, RUN_SUBMIT, "", &run);
    cx->who.id = d->manager;
    if (!e)
        e = bill_run_act(cx, run.id, RUN_APPROVE, "", &run);
    if (!e)
        e = bill_run_act(cx, run.id, RUN_PUBLISH, "", &run);
    return e ? e : work(cx, run.id);
}

/* Two bills a room: one for either channel. */
static enum err bills(struct ctx *cx, const struct demo_pay *d)
{
    enum err e = bill_all(cx, d, "GG", "公共能耗费", 150000);
    return e ? e : bill_all(cx, d, "BJ", "保洁费", 80000);
}

static enum err run_pay(struct ctx *cx, void *arg)
{
    struct demo_pay *d = arg;
    int64_t have = 0;
    enum err e = db_i64(cx, &q_company, NO_ARGS, &cx->who.company_id, NULL);
    if (!e)
        e = db_i64(cx, &q_project, ARGS(I64(cx->who.company_id)), &cx->who.project_id, NULL);
    if (!e)
        e = db_i64(cx, &q_staff, ARGS(I64(cx->who.company_id), TXT("admin")), &d->admin, NULL);
    if (!e)
        e = db_i64(cx, &q_staff, ARGS(I64(cx->who.company_id), TXT("cashier")), &d->cashier, NULL);
    if (!e)
        e = db_i64(cx, &q_staff, ARGS(I64(cx->who.company_id), TXT("manager")), &d->manager, NULL);
    if (!e)
        e = db_i64(cx, &q_have, ARGS(I64(cx->who.company_id)), &have, NULL);
    if (e || have || !cx->who.company_id)
        return e;
    cx->who.id = d->admin;
    cx->who.name = "demo";
    e = merchants(cx, d->sandbox);
    return e ? e : bills(cx, d);
}

enum err demo_pay(struct ctx *cx, const char *sandbox_json)
{
    const char *why = NULL, *json = config_public(cx->arena, sandbox_json, &why);
    struct demo_pay d = {.sandbox = json ? json_parse(cx->arena, json, strlen(json)) : NULL};
    if (!d.sandbox)
        return cx_fail(cx, ERR_INVALID, NULL, "沙箱说明无效:%s", "not a description of the sandbox: %s",
                       why ? why : "no JSON");
    return store_write(cx, run_pay, &d);
}
