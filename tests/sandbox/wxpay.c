/* wxpay.c - WeChat Pay v3: who asks, what for, and the signature below the answer. SPDX-License-Identifier: MIT */
#include "sandbox/wxpay.h"
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WINDOW_S 300

static const struct route {
    const char *method, *head, *tail; /* the number stands between; tail NULL: head is all of it */
    const char *kind;                 /* for faults */
    void (*fn)(struct wx *x);
} routes[] = {
    {"POST", "/v3/pay/transactions/jsapi",         NULL,     "wxpay.create",       wx_jsapi       },
    {"POST", "/v3/pay/transactions/native",        NULL,     "wxpay.create",       wx_native      },
    {"POST", "/v3/pay/transactions/out-trade-no/", "/close", "wxpay.close",        wx_close       },
    {"GET",  "/v3/pay/transactions/out-trade-no/", "",       "wxpay.query",        wx_query       },
    {"GET",  "/v3/pay/transactions/id/",           "",       "wxpay.query",        wx_query_id    },
    {"POST", "/v3/refund/domestic/refunds",        NULL,     "wxpay.refund",       wx_refund      },
    {"GET",  "/v3/refund/domestic/refunds/",       "",       "wxpay.refund_query", wx_refund_query},
    {"GET",  "/v3/certificates",                   NULL,     "wxpay.certificates", wx_certificates},
    {"POST", "/v3/security/echo",                  NULL,     "wxpay.echo",         wx_echo        },
    {"GET",  "/v3/bill/tradebill",                 NULL,     "wxpay.bill",         wx_tradebill   },
    {"GET",  "/v3/bill/fundflowbill",              NULL,     "wxpay.bill",         wx_flowbill    },
    {"GET",  "/v3/billdownload/file",              NULL,     "wxpay.download",     wx_download    }
};

const char *wx_time(struct arena *a, int64_t ms)
{
    char text[32];
    return arena_printf(a, "%.19s+08:00", clock_rfc3339(ms, text));
}

void wx_ok(struct wx *x, int status, const char *body)
{
    x->status = status;
    x->body = body;
}

void wx_refuse(struct wx *x, int status, const char *code, const char *message)
{
    struct jw w;
    jw_init(&w, x->a);
    jw_obj(&w);
    kv_str(&w, "code", code);
    kv_str(&w, "message", message);
    jw_end(&w);
    wx_ok(x, status, jw_text(&w));
}

/* ---- documents ---- */
static bool wrong(struct wx *x, const char *path, const char *issue)
{
    struct jw w;
    jw_init(&w, x->a);
    jw_obj(&w);
    kv_str(&w, "code", "PARAM_ERROR");
    kv_str(&w, "message", arena_printf(x->a, "参数错误: %s %s", path, issue));
    jw_key(&w, "detail");
    jw_obj(&w);
    kv_str(&w, "field", path);
    kv_str(&w, "issue", issue);
    kv_str(&w, "location", "body");
    jw_end(&w);
    jw_end(&w);
    wx_ok(x, 400, jw_text(&w));
    return false;
}

static const struct wx_field *known(const struct wx_field *f, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(f[i].key, key) == 0)
            return &f[i];
    return NULL;
}

static bool check_at(struct wx *x, const struct json *j, const struct wx_field *f, size_t n, const char *at);

static bool check_value(struct wx *x, const struct json *j, const struct wx_field *f, const char *path)
{
    const cJSON *v = (const cJSON *)j;
    int64_t i = 0;
    if (cJSON_IsNull(v))
        return wrong(x, path, "null is not allowed");
    switch (f->type) {
    case 's':
        if (!cJSON_IsString(v))
            return wrong(x, path, "string expected");
        i = (int64_t)utf8_len(v->valuestring);
        break;
    case 'i':
        if (!cJSON_IsNumber(v) || v->valuedouble < -9e15 || v->valuedouble > 9e15 ||
            v->valuedouble != (double)(int64_t)v->valuedouble)
            return wrong(x, path, "integer expected");
        i = (int64_t)v->valuedouble;
        break;
    case 'a':
        return cJSON_IsArray(v) || wrong(x, path, "array expected");
    case 'b':
        return cJSON_IsBool(v) || wrong(x, path, "boolean expected");
    default:
        if (!cJSON_IsObject(v))
            return wrong(x, path, "object expected");
        return f->type == 'x' || check_at(x, j, f->fields, f->nfields, path);
    }
    return (i >= f->min && i <= f->max) || wrong(x, path, "out of range");
}

static bool check_at(struct wx *x, const struct json *j, const struct wx_field *f, size_t n, const char *at)
{
    const char *key;
    for (size_t i = 0; (key = json_key_at(j, i)); i++) {
        const struct wx_field *one = known(f, n, key);
        const char *path = arena_printf(x->a, "%s/%s", at, key);
        if (!one)
            return wrong(x, path, "unknown field (270924358)");
        if (!check_value(x, json_get(j, key), one, path))
            return false;
    }
    for (size_t i = 0; i < n; i++)
        if (f[i].must && !json_get(j, f[i].key))
            return wrong(x, arena_printf(x->a, "%s/%s", at, f[i].key), "missing");
    return true;
}

bool wx_check(struct wx *x, const struct json *j, const struct wx_field *f, size_t n)
{
    return check_at(x, j, f, n, "");
}

bool wx_merchant(struct wx *x, const char *mchid)
{
    if (!str_eq(mchid, sb.wechat_mchid))
        wx_refuse(x, 400, "PARAM_ERROR", "mchid differs from the one that signed");
    return str_eq(mchid, sb.wechat_mchid);
}

/* ---- who asks ---- */
struct auth {
    const char *mchid, *nonce_str, *timestamp, *serial_no, *signature;
};

/* Five pairs name="value" with commas and nothing else between. */
static bool pairs(struct arena *a, const char *s, struct auth *out)
{
    const struct {
        const char *name;
        const char **to;
    } part[] = {
        {"mchid",     &out->mchid    },
        {"nonce_str", &out->nonce_str},
        {"timestamp", &out->timestamp},
        {"serial_no", &out->serial_no},
        {"signature", &out->signature}
    };
    for (size_t seen = 0; seen < COUNT(part); seen++) {
        size_t n = strcspn(s, "="), i = 0;
        while (i < COUNT(part) && (strlen(part[i].name) != n || strncmp(s, part[i].name, n) != 0))
            i++;
        if (i == COUNT(part) || *part[i].to || s[n] != '=' || s[n + 1] != '"')
            return false;
        s += n + 2;
        n = strcspn(s, "\"");
        if (!n || !s[n])
            return false;
        *part[i].to = arena_strndup(a, s, n);
        s += n + 1;
        if (*s != (seen + 1 < COUNT(part) ? ',' : '\0'))
            return false;
        s += *s == ',';
    }
    return true;
}

static bool same_serial(const char *a, const char *b)
{
    a += strspn(a, "0");
    b += strspn(b, "0");
    return strcasecmp(a, b) == 0;
}

/* NULL: it is our merchant; else what is wrong. */
static const char *not_authorised(struct wx *x)
{
    static const char scheme[] = "WECHATPAY2-SHA256-RSA2048 ";
    const char *h = sb_header(x->rq, "authorization");
    struct auth t = {0};
    struct cert_info ours;
    int64_t ts = 0;
    if (!str_starts(h, scheme))
        return "认证类型不正确";
    if (!pairs(x->a, h + sizeof scheme - 1, &t))
        return "Authorization 不完整";
    if (!str_eq(t.mchid, sb.wechat_mchid))
        return "商户号不存在";
    if (strlen(t.nonce_str) > 32 || !is_digits(t.timestamp, 1, 12) || !parse_i64(t.timestamp, &ts))
        return "nonce_str 或 timestamp 不正确";
    int64_t off = clock_now_ms() / 1000 - ts;
    if (off > WINDOW_S || off < -WINDOW_S)
        return "时间戳已过期";
    if (!cert_read(x->a, sb.wechat_merchant_cert, &ours) || !same_serial(t.serial_no, ours.serial))
        return "商户证书序列号有误";
    const char *m = arena_printf(x->a, "%s\n%s%s%s\n%s\n%s\n%s\n", x->rq->method, x->rq->path, *x->rq->query ? "?" : "",
                                 x->rq->query, t.timestamp, t.nonce_str, x->rq->body);
    return rsa_verify_b64(sb.wechat_merchant_cert, m, strlen(m), t.signature) ? NULL : "签名错误";
}

static const char *bad_headers(const struct sb_request *rq)
{
    const char *accept = sb_header(rq, "accept");
    if (!strstr(accept, "application/json") && !strstr(accept, "*/*"))
        return "Accept";
    if (!*sb_header(rq, "user-agent"))
        return "User-Agent";
    if (rq->body_len && !str_starts(sb_header(rq, "content-type"), "application/json"))
        return "Content-Type";
    return NULL;
}

/* Which key signs: the one the caller names, else what the merchant has. false: it names none of ours. */
static bool signer(struct wx *x, enum nt_signer *by)
{
    struct nt_certificate c[2];
    const char *serial = sb_header(x->rq, "wechatpay-serial");
    pb_lock();
    bool public_key = pb_set.public_key, certificates = pb_set.certificates;
    pb_unlock();
    *by = certificates ? NT_BY_CERTIFICATE : NT_BY_PUBLIC_KEY;
    if (!*serial)
        return true;
    if (str_starts(serial, "PUB_KEY_ID_")) {
        if (public_key)
            *by = NT_BY_PUBLIC_KEY;
        return public_key && str_eq(serial, sb.wechat_public_key_id);
    }
    for (size_t i = nt_certificates(x->a, c); certificates && i-- > 0;)
        if (same_serial(c[i].serial, serial))
            return true;
    return false;
}

static const struct route *find(struct wx *x, bool *path_known)
{
    *path_known = false;
    for (size_t i = 0; i < COUNT(routes); i++) {
        const struct route *r = &routes[i];
        size_t nh = strlen(r->head), np = strlen(x->rq->path), nt = r->tail ? strlen(r->tail) : 0;
        if (!str_starts(x->rq->path, r->head) || np < nh + nt || (!r->tail && np != nh) ||
            (r->tail && (np == nh + nt || strcmp(x->rq->path + np - nt, r->tail) != 0)))
            continue;
        const char *number = arena_strndup(x->a, x->rq->path + nh, np - nh - nt);
        if (strchr(number, '/'))
            continue;
        *path_known = true;
        if (!str_eq(r->method, x->rq->method))
            continue;
        x->number = number;
        return r;
    }
    return NULL;
}

static void handle(struct wx *x, const struct route *r, bool path_known, bool serial_good)
{
    const char *no = not_authorised(x), *header = bad_headers(x->rq);
    if (!r) {
        if (path_known)
            wx_refuse(x, 405, "METHOD_NOT_ALLOWED", "方法不支持");
        else
            wx_refuse(x, 404, "RESOURCE_NOT_EXISTS", "无此接口");
        return;
    }
    if (no) {
        wx_refuse(x, 401, "SIGN_ERROR", no);
        return;
    }
    if (header || !serial_good) {
        wx_refuse(x, 400, "PARAM_ERROR", arena_printf(x->a, "Http头%s不正确", header ? header : "Wechatpay-Serial"));
        return;
    }
    if (str_eq(r->method, "POST")) {
        x->j = json_parse(x->a, x->rq->body, x->rq->body_len);
        if (!cJSON_IsObject((const cJSON *)x->j)) {
            wx_refuse(x, 400, "PARAM_ERROR", "请求体不是合法的JSON");
            return;
        }
    }
    x->np = sb_params(x->a, x->rq->query, x->p, COUNT(x->p));
    r->fn(x);
}

static void put(struct sb_reply *out, const char *name, const char *value)
{
    out->header[out->nheader++] = (struct provider_param){name, value};
}

static void sign(struct wx *x, struct sb_reply *out, enum nt_signer by, const char *mode)
{
    const char *ts = arena_printf(x->a, "%lld", (long long)(clock_now_ms() / 1000)), *nonce = keys_letters(x->a, 32),
               *serial;
    const char *text = arena_printf(x->a, "%s\n%s\n%s\n", ts, nonce, x->body);
    char *s = arena_strdup(x->a, nt_sign(x->a, by, text, strlen(text), &serial));
    if (str_eq(mode, "badsign"))
        s[5] = s[5] == 'A' ? 'B' : 'A';
    if (str_eq(mode, "probe"))
        s = arena_printf(x->a, "WECHATPAY/SIGNTEST/%s", s);
    put(out, "Wechatpay-Timestamp", ts);
    put(out, "Wechatpay-Nonce", nonce);
    put(out, "Wechatpay-Signature", s);
    put(out, "Wechatpay-Serial", serial);
    put(out, "Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048");
}

static void after(struct wx *x, struct sb_reply *out, const char *mode)
{
    if (str_eq(mode, "timeout"))
        out->never = true;
    if (str_eq(mode, "drop_after"))
        out->hang_up = true;
    if (str_eq(mode, "cut"))
        out->cut = true;
    if (str_eq(mode, "broken")) {
        out->len = (x->len ? x->len : strlen(x->body)) / 2;
        out->body = arena_strndup(x->a, x->body, out->len);
    }
}

void wxpay_reply(struct sb_request *rq, struct sb_reply *out)
{
    struct wx x = {.rq = rq, .a = rq->arena, .number = "", .status = 500, .body = "", .type = "application/json"};
    bool path_known;
    enum nt_signer by;
    const struct route *r = find(&x, &path_known);
    const char *mode = x.mode = arena_strdup(x.a, r ? sb_fault_take(r->kind) : "");
    if (str_eq(mode, "drop") || str_eq(mode, "timeout_before")) {
        out->hang_up = str_eq(mode, "drop");
        out->never = !out->hang_up;
        return;
    }
    bool serial_good = signer(&x, &by);
    if (str_eq(mode, "500"))
        wx_refuse(&x, 500, "SYSTEM_ERROR", "系统错误");
    else if (str_eq(mode, "429"))
        wx_refuse(&x, 429, "FREQUENCY_LIMITED", "频率超限");
    else
        handle(&x, r, path_known, serial_good);
    if (str_eq(mode, "500_after")) {
        x.len = 0;
        wx_refuse(&x, 500, "SYSTEM_ERROR", "系统错误");
    }
    *out = (struct sb_reply){.status = x.status, .type = x.type, .body = x.body, .len = x.len};
    put(out, "Request-Id", arena_printf(x.a, "%s-%s", keys_letters(x.a, 32), keys_digits(x.a, 9)));
    if (!x.unsigned_ && !str_eq(mode, "nosign"))
        sign(&x, out, by, mode);
    after(&x, out, mode);
}
