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

/* The object of the answer and its raw text, which is what was signed. */
static const struct json *object(struct arena *a, const char *method, const struct out_reply *r, const char **part,
                                 size_t *len, struct provider_answer *ans)
{
    char *key = arena_printf(a, "%s_response", method);
    for (char *p = key; *p; p++)
        if (*p == '.')
            *p = '_';
    *part = alipay_signed_part(r->body, r->len, key, len);
    if (!*part)
        *part = alipay_signed_part(r->body, r->len, "error_response", len);
    const struct json *j = *part ? json_parse(a, arena_strndup(a, *part, *len), *len) : NULL;
    if (!j) {
        ans->text = arena_printf(a, "HTTP %d, no answer object", r->status);
        return NULL;
    }
    const char *code = json_str(j, "code"), *sub = json_str(j, "sub_code"), *text = json_str(j, "sub_msg");
    ans->code = sub ? sub : code ? code : "";
    ans->text = text ? text : json_str(j, "msg") ? json_str(j, "msg") : "";
    return j;
}

static bool signed_by(struct arena *a, const char *public_key, const struct out_reply *r, const char *part, size_t len)
{
    const char *sign = alipay_top_string(a, r->body, r->len, "sign");
    return sign && rsa_verify_b64(public_key, part, len, sign);
}

/* The object of the answer, if its signature is good. */
static const struct json *verified(struct arena *a, const struct mp_config *c, const char *method,
                                   const struct out_reply *r, struct provider_answer *ans)
{
    const char *part;
    size_t len = 0;
    const struct json *j = object(a, method, r, &part, &len, ans);
    if (!j)
        return NULL;
    if (c->alipay_cert_sn && !str_eq(alipay_top_string(a, r->body, r->len, "alipay_cert_sn"), c->alipay_cert_sn)) {
        ans->text = "answer signed by another certificate than the one we hold: fetch the new one";
        return NULL;
    }
    if (!signed_by(a, c->public_key, r, part, len)) {
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

/* Signs and sends; nothing of the answer is checked. */
static enum err send_signed(struct arena *a, const struct mp_config *c, const char *method,
                            const struct provider_param *p, size_t n, struct out_reply *reply,
                            struct provider_answer *ans)
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
    return http_out(a, &rq, reply);
}

enum err alipay_call(struct arena *a, const struct mp_config *c, const char *method, const struct provider_param *p,
                     size_t n, const struct json **out, struct provider_answer *ans)
{
    struct out_reply reply;
    enum err e = send_signed(a, c, method, p, n, &reply, ans);
    if (e)
        return e;
    *out = verified(a, c, method, &reply, ans);
    return *out ? judge(*out) : ERR_TIMEOUT;
}

/* The answer is signed by the very certificate it brings: what proves it is the root file we have. */
enum err alipay_certificate(struct arena *a, const struct mp_config *c, const char *roots, const char *sn,
                            const char **pem, struct provider_answer *ans)
{
    static const char method[] = "alipay.open.app.alipaycert.download";
    struct out_reply reply;
    const char *part;
    size_t len = 0, n = 0;
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "alipay_cert_sn", sn);
    jw_end(&w);
    const struct provider_param p = {"biz_content", jw_text(&w)};
    enum err e = send_signed(a, c, method, &p, 1, &reply, ans);
    if (e)
        return e == ERR_TIMEOUT ? ERR_UPSTREAM : e; /* asking changes nothing */
    const struct json *j = object(a, method, &reply, &part, &len, ans);
    const char *content = j ? b64_decode(a, json_str(j, "alipay_cert_content"), &n) : NULL;
    if (!j || !str_eq(json_str(j, "code"), "10000") || !content)
        return ERR_UPSTREAM;
    content = arena_strndup(a, content, n);
    ans->text = "not the certificate that was asked for, or not issued by the root we hold";
    if (!str_eq(cert_sn(a, content), sn) || !cert_chain_ok(content, roots, clock_now_ms()) ||
        !signed_by(a, content, &reply, part, len))
        return ERR_FORBIDDEN;
    ans->text = "";
    *pem = content;
    return OK;
}
