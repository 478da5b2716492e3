/* alipay.c - see alipay.h. SPDX-License-Identifier: MIT */
#include "providers/alipay.h"
#include "base/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include <string.h>

#define MAX_PARAMS 32

const char *alipay_sign_content(struct arena *a, const struct provider_param *p, size_t n)
{
    struct buf b;
    buf_init(&b, a);
    const char *last = "";
    for (;;) {
        const struct provider_param *next = NULL;
        for (size_t i = 0; i < n; i++)
            if (!str_empty(p[i].value) && strcmp(p[i].name, "sign") != 0 && strcmp(p[i].name, last) > 0 &&
                (!next || strcmp(p[i].name, next->name) < 0))
                next = &p[i];
        if (!next)
            break;
        buf_printf(&b, "%s%s=%s", b.n ? "&" : "", next->name, next->value);
        last = next->name;
    }
    return buf_cstr(&b);
}

struct cursor {
    const char *p, *end;
};

static void space(struct cursor *c)
{
    while (c->p < c->end && strchr(" \t\r\n", *c->p) && *c->p)
        c->p++;
}

static bool skip_string(struct cursor *c)
{
    if (c->p >= c->end || *c->p != '"')
        return false;
    for (c->p++; c->p < c->end; c->p++) {
        if (*c->p == '\\')
            c->p++;
        else if (*c->p == '"') {
            c->p++;
            return true;
        }
    }
    return false;
}

/* Any value, by strings and nesting only: whoever uses the text parses it properly afterwards. */
static bool skip_value(struct cursor *c)
{
    int depth = 0;
    do {
        if (c->p >= c->end)
            return false;
        if (*c->p == '"') {
            if (!skip_string(c))
                return false;
        } else if (*c->p == '{' || *c->p == '[') {
            depth++;
            c->p++;
        } else if (*c->p == '}' || *c->p == ']') {
            depth--;
            c->p++;
        } else if (depth) {
            c->p++;
        } else {
            const char *start = c->p;
            while (c->p < c->end && !strchr(",}] \t\r\n", *c->p))
                c->p++;
            return c->p > start;
        }
    } while (depth > 0);
    return depth == 0;
}

const char *alipay_signed_part(const char *raw, size_t n, const char *key, size_t *len)
{
    struct cursor c = {raw, raw + n};
    const char *found = NULL;
    size_t nk = strlen(key);
    space(&c);
    if (c.p >= c.end || *c.p++ != '{')
        return NULL;
    for (;;) {
        space(&c);
        const char *k = c.p;
        if (!skip_string(&c))
            return NULL;
        bool ours = (size_t)(c.p - k) == nk + 2 && memcmp(k + 1, key, nk) == 0;
        space(&c);
        if (c.p >= c.end || *c.p++ != ':')
            return NULL;
        space(&c);
        const char *v = c.p;
        if (!skip_value(&c) || (ours && found))
            return NULL;
        if (ours) {
            found = v;
            *len = (size_t)(c.p - v);
        }
        space(&c);
        if (c.p >= c.end)
            return NULL;
        if (*c.p == '}')
            return found;
        if (*c.p++ != ',')
            return NULL;
    }
}

const char *alipay_top_string(struct arena *a, const char *raw, size_t n, const char *key)
{
    size_t len = 0;
    const char *part = alipay_signed_part(raw, n, key, &len);
    if (!part || len < 2 || *part != '"')
        return NULL;
    const char *doc = arena_printf(a, "{\"v\":%.*s}", (int)len, part);
    return json_str(json_parse(a, doc, strlen(doc)), "v");
}

static const char *beijing_now(struct arena *a)
{
    struct civil c = clock_civil(clock_now_ms());
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

static const char *form(struct arena *a, const struct provider_param *p, size_t n)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < n; i++)
        if (!str_empty(p[i].value))
            buf_printf(&b, "%s%s=%s", b.n ? "&" : "", p[i].name, out_escape(a, p[i].value));
    return buf_cstr(&b);
}

/* The object of the answer, if its signature is good. */
static const struct json *verified(struct arena *a, const struct mp_config *c, const char *method,
                                   const struct out_reply *r, struct provider_answer *ans)
{
    char *key = arena_printf(a, "%s_response", method);
    for (char *p = key; *p; p++)
        if (*p == '.')
            *p = '_';
    size_t len = 0;
    const char *part = alipay_signed_part(r->body, r->len, key, &len);
    if (!part)
        part = alipay_signed_part(r->body, r->len, "error_response", &len);
    const struct json *j = part ? json_parse(a, arena_strndup(a, part, len), len) : NULL;
    if (!j) {
        ans->text = arena_printf(a, "HTTP %d, no answer object", r->status);
        return NULL;
    }
    const char *code = json_str(j, "code"), *sub = json_str(j, "sub_code"), *text = json_str(j, "sub_msg");
    ans->code = sub ? sub : code ? code : "";
    ans->text = text ? text : json_str(j, "msg") ? json_str(j, "msg") : "";
    if (c->alipay_cert_sn && !str_eq(alipay_top_string(a, r->body, r->len, "alipay_cert_sn"), c->alipay_cert_sn)) {
        ans->text = "answer signed by another certificate than the one we hold: fetch the new one";
        return NULL;
    }
    const char *sign = alipay_top_string(a, r->body, r->len, "sign");
    if (!sign || !rsa_verify_b64(c->public_key, part, len, sign)) {
        ans->text = arena_printf(a, "answer not signed by the gateway (%s)", ans->text);
        return NULL;
    }
    return j;
}

static enum err judge(const struct json *j)
{
    const char *code = json_str(j, "code"), *sub = json_str(j, "sub_code");
    if (!code || str_eq(code, "10000"))
        return OK;
    if (str_eq(code, "20000") || str_eq(code, "10003"))
        return ERR_TIMEOUT; /* busy or in process: the outcome is unknown */
    if (str_eq(sub, "isv.code-invalid") || str_eq(sub, "isv.code-is-old") || str_starts(sub, "USER_TEMPLATE_") ||
        str_starts(sub, "FORM_ID_"))
        return ERR_INVALID;
    return ERR_UPSTREAM;
}

enum err alipay_call(struct arena *a, const struct mp_config *c, const char *method, const struct provider_param *p,
                     size_t n, const struct json **out, struct provider_answer *ans)
{
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded;charset=utf-8", NULL};
    struct provider_param all[MAX_PARAMS] = {
        {"app_id",    c->appid      },
        {"method",    method        },
        {"format",    "JSON"        },
        {"charset",   "utf-8"       },
        {"sign_type", "RSA2"        },
        {"version",   "1.0"         },
        {"timestamp", beijing_now(a)}
    };
    size_t k = 7;
    if (c->app_cert_sn) {
        all[k++] = (struct provider_param){"app_cert_sn", c->app_cert_sn};
        all[k++] = (struct provider_param){"alipay_root_cert_sn", c->root_cert_sn};
    }
    *ans = (struct provider_answer){"", "", ""};
    for (size_t i = 0; i < n && k < MAX_PARAMS - 1; i++)
        all[k++] = p[i];
    const char *content = alipay_sign_content(a, all, k);
    const char *sign = rsa_sign_b64(a, c->private_key, content, strlen(content));
    if (!sign) {
        ans->text = "our private key is not usable";
        return ERR_UPSTREAM;
    }
    all[k++] = (struct provider_param){"sign", sign};
    const char *body = form(a, all, k);
    struct out_request rq = {.method = "POST",
                             .url = c->url,
                             .headers = headers,
                             .body = body,
                             .body_len = strlen(body),
                             .timeout_ms = 8000,
                             .max_body = 1 << 16};
    struct out_reply reply;
    enum err e = http_out(a, &rq, &reply);
    if (e)
        return e;
    *out = verified(a, c, method, &reply, ans);
    return *out ? judge(*out) : ERR_TIMEOUT;
}
