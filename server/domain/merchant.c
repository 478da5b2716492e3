/* merchant.c - see merchant.h. SPDX-License-Identifier: MIT */
#include "domain/merchant.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "platform/store/db.h"
#include <string.h>

const char *const merchant_channel_name[CHANNELS] = {"wechat", "alipay"};

#define COLUMNS                                                                                                        \
    "SELECT id, company_id, project_id, channel, name, appid, mchid, serial, public_key_id, state, keys_at, version,"  \
    " created_at, secrets_enc FROM merchant"
STMT(q_get, "merchant.get", COLUMNS " WHERE id = $1");
STMT(q_list, "merchant.list", COLUMNS " WHERE company_id = $1 ORDER BY id");
STMT(q_for, "merchant.for",
     "SELECT id FROM merchant WHERE company_id = $1 AND project_id IN (0, $2) AND channel = $3 AND state = 'active'"
     " ORDER BY project_id DESC LIMIT 1");
STMT(q_ids, "merchant.ids", "SELECT id FROM merchant WHERE channel = $1 AND state = 'active' ORDER BY id");
STMT(q_add, "merchant.add",
     "INSERT INTO merchant(id, company_id, project_id, channel, name, appid, mchid, serial, public_key_id, secrets_enc,"
     " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_replace, "merchant.replace",
     "UPDATE merchant SET state = 'closed', version = version + 1 WHERE company_id = $1 AND project_id = $2"
     " AND channel = $3 AND state = 'active'");
STMT(q_close, "merchant.close",
     "UPDATE merchant SET state = 'closed', version = version + 1 WHERE id = $1 AND company_id = $2 AND state = "
     "'active'");
STMT(q_keys, "merchant_key.list",
     "SELECT key_id, pem, from_ms, until_ms FROM merchant_key WHERE merchant_id = $1 ORDER BY from_ms");
STMT(q_key_save, "merchant_key.save",
     "INSERT INTO merchant_key(merchant_id, key_id, company_id, pem, from_ms, until_ms) VALUES ($1, $2, $3, $4, $5, $6)"
     " ON CONFLICT (merchant_id, key_id) DO NOTHING");
STMT(q_fetched, "merchant.keys_fetched", "UPDATE merchant SET keys_at = $2 WHERE id = $1");

static const char *place(struct ctx *cx, int64_t id)
{
    return arena_printf(cx->arena, "merchant.secrets|%lld", (long long)id);
}

/* Numbers that only the sandbox has: money must never be believed to have come through it. */
static bool merchant_is_sandbox(const struct merchant *m)
{
    static const char *const numbers[] = {"1900000001", "2088000000000001", "wx00000000000000aa", "2021000000000000"};
    return str_index(numbers, COUNT(numbers), m->mchid) >= 0 || str_index(numbers, COUNT(numbers), m->appid) >= 0 ||
           (m->apiv3_key && str_starts(m->apiv3_key, "SANDBOX"));
}

static bool outside_is_here(void)
{
    const struct config *c = config();
    return url_is_loopback(c->wechat_pay_url) && url_is_loopback(c->wechat_api_url) &&
           url_is_loopback(c->alipay_gateway_url);
}

static enum err check(struct ctx *cx, const struct merchant *m)
{
    if (merchant_is_sandbox(m) && !outside_is_here())
        return cx_fail(cx, ERR_INVALID, "mchid", "沙箱商户只能用于本机沙箱",
                       "the sandbox's merchant works with a sandbox on this machine only");
    return m->project_id ? company_has_project(cx, m->project_id, ERR_NOT_FOUND, "project_id") : OK;
}

static const char *secrets_of(struct ctx *cx, const struct merchant *m)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "private_key", m->private_key);
    kv_str(&w, "apiv3_key", m->apiv3_key ? m->apiv3_key : "");
    kv_str(&w, "apiv3_key_old", m->apiv3_key_old ? m->apiv3_key_old : "");
    kv_str(&w, "public_key", m->public_key ? m->public_key : "");
    kv_str(&w, "app_cert", m->app_cert ? m->app_cert : "");
    kv_str(&w, "root_cert", m->root_cert ? m->root_cert : "");
    jw_end(&w);
    return jw_text(&w);
}

enum err merchant_add(struct ctx *cx, const struct merchant *m, int64_t *id)
{
    size_t n = 0;
    enum err e = check(cx, m);
    *id = id_new();
    if (!e)
        e = db_exec(cx, &q_replace,
                    ARGS(I64(cx->who.company_id), I64(m->project_id), TXT(merchant_channel_name[m->channel])), NULL);
    if (e)
        return e;
    const void *sealed = pii_seal(cx->arena, secrets_of(cx, m), place(cx, *id), &n);
    e = db_exec(cx, &q_add,
                ARGS(I64(*id), I64(cx->who.company_id), I64(m->project_id), TXT(merchant_channel_name[m->channel]),
                     TXT(m->name), TXT(m->appid), TXT(m->mchid), TXT(m->serial ? m->serial : ""),
                     TXT(m->public_key_id ? m->public_key_id : ""), BLOB(sealed, n), I64(cx->now)),
                NULL);
    return e ? e
             : audit_add(cx, "merchant.add", "merchant", *id, NULL,
                         arena_printf(cx->arena, "{\"channel\":\"%s\",\"mchid\":\"%s\"}",
                                      merchant_channel_name[m->channel], m->mchid));
}

enum err merchant_close(struct ctx *cx, int64_t id)
{
    enum err e = db_change_one(cx, &q_close, ARGS(I64(id), I64(cx->who.company_id)), ERR_NOT_FOUND,
                               "商户不存在或已停用", "no such active merchant");
    return e ? e : audit_add(cx, "merchant.close", "merchant", id, NULL, NULL);
}

struct sealed {
    struct merchant m;
    const void *p;
    size_t n;
};

static enum err on_merchant(struct ctx *cx, const struct row *r, void *out)
{
    struct sealed *s = out;
    s->m = (struct merchant){.id = row_i64(r, 0),
                             .company_id = row_i64(r, 1),
                             .project_id = row_i64(r, 2),
                             .channel = str_index(merchant_channel_name, CHANNELS, row_text(cx, r, 3)),
                             .name = row_text(cx, r, 4),
                             .appid = row_text(cx, r, 5),
                             .mchid = row_text(cx, r, 6),
                             .serial = row_text(cx, r, 7),
                             .public_key_id = row_text(cx, r, 8),
                             .state = row_text(cx, r, 9),
                             .keys_at = row_i64(r, 10),
                             .version = row_i64(r, 11),
                             .created_at = row_i64(r, 12),
                             .private_key = "",
                             .apiv3_key = "",
                             .apiv3_key_old = "",
                             .public_key = "",
                             .app_cert = "",
                             .root_cert = ""};
    s->p = row_blob(cx, r, 13, &s->n);
    return OK;
}

enum err merchant_open(struct ctx *cx, int64_t id, struct merchant *out)
{
    struct sealed s;
    enum err e = db_one(cx, &q_get, ARGS(I64(id)), on_merchant, &s);
    if (e)
        return e == ERR_NOT_FOUND ? cx_fail(cx, e, NULL, "商户不存在", "no such merchant") : e;
    const char *plain = pii_open(cx->arena, s.p, s.n, place(cx, id));
    const struct json *j = plain ? json_parse(cx->arena, plain, strlen(plain)) : NULL;
    if (!j)
        return cx_fail(cx, ERR_INTERNAL, NULL, "商户密钥无法解密", "the merchant's secrets cannot be opened");
    s.m.private_key = or_empty(json_str(j, "private_key"));
    s.m.apiv3_key = or_empty(json_str(j, "apiv3_key"));
    s.m.apiv3_key_old = or_empty(json_str(j, "apiv3_key_old"));
    s.m.public_key = or_empty(json_str(j, "public_key"));
    s.m.app_cert = or_empty(json_str(j, "app_cert"));
    s.m.root_cert = or_empty(json_str(j, "root_cert"));
    if (merchant_is_sandbox(&s.m) && !outside_is_here())
        return cx_fail(cx, ERR_FORBIDDEN, NULL, "沙箱商户只能用于本机沙箱",
                       "the sandbox's merchant works with a sandbox on this machine only");
    *out = s.m;
    cx->who.company_id = out->company_id;
    return OK;
}

struct listing {
    merchant_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct sealed s;
    enum err e = on_merchant(cx, r, &s);
    l->fn(l->arg, &s.m);
    return e;
}

enum err merchant_list(struct ctx *cx, merchant_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id)), on_listed, &l);
}

enum err merchant_for(struct ctx *cx, int64_t project_id, int channel, int64_t *id)
{
    bool found = false;
    enum err e = db_i64(cx, &q_for, ARGS(I64(cx->who.company_id), I64(project_id), TXT(merchant_channel_name[channel])),
                        id, &found);
    return e || found ? e
                      : cx_fail(cx, ERR_STATE, "channel", "该项目未开通此支付方式",
                                "this project does not take payments that way");
}

enum err merchant_ids(struct ctx *cx, int channel, int64_t *ids, size_t max, size_t *n)
{
    return db_ids(cx, &q_ids, ARGS(TXT(merchant_channel_name[channel])), ids, max, n);
}

struct keys {
    merchant_key_fn *fn;
    void *arg;
};

static enum err on_key(struct ctx *cx, const struct row *r, void *out)
{
    struct keys *k = out;
    k->fn(k->arg, row_text(cx, r, 0), row_text(cx, r, 1), row_i64(r, 2), row_i64(r, 3));
    return OK;
}

enum err merchant_keys(struct ctx *cx, int64_t id, merchant_key_fn *fn, void *arg)
{
    struct keys k = {fn, arg};
    return db_each(cx, &q_keys, ARGS(I64(id)), on_key, &k);
}

enum err merchant_key_save(struct ctx *cx, int64_t id, const char *key_id, const char *pem, int64_t from_ms,
                           int64_t until_ms)
{
    return db_exec(cx, &q_key_save,
                   ARGS(I64(id), TXT(key_id), I64(cx->who.company_id), TXT(pem), I64(from_ms), I64(until_ms)), NULL);
}

enum err merchant_keys_fetched(struct ctx *cx, int64_t id)
{
    return db_exec(cx, &q_fetched, ARGS(I64(id), I64(cx->now)), NULL);
}
