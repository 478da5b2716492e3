/* wechat_mp.c - api.weixin.qq.com: answers are JSON whatever the content type says; errcode 0 or absent is good.
 * URLs carry secrets and are never logged. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "platform/http_out.h"
#include "providers/mp.h"
#include "providers/wechat_token.h"
#include <string.h>

static const struct {
    int64_t code;
    enum err e;
} meaning[] = {
    {0,     OK           },
    {-1,    ERR_BUSY     },
    {40029, ERR_INVALID  }, /* code wrong or used */
    {40163, ERR_INVALID  },
    {41008, ERR_INVALID  },
    {40003, ERR_INVALID  }, /* openid */
    {41030, ERR_INVALID  }, /* page */
    {47003, ERR_INVALID  }, /* data */
    {45168, ERR_INVALID  }, /* words */
    {45011, ERR_RATE     },
    {45009, ERR_RATE     },
    {40226, ERR_FORBIDDEN}, /* high-risk user */
    {43101, ERR_FORBIDDEN}, /* no consent, or used up */
    {43104, ERR_FORBIDDEN},
    {43116, ERR_FORBIDDEN},
};

static enum err judge(struct arena *a, const struct json *j, struct provider_answer *ans)
{
    int64_t code = 0;
    const char *text = json_str(j, "errmsg");
    json_i64(j, "errcode", &code);
    ans->code = arena_printf(a, "%lld", (long long)code);
    ans->text = text ? text : "";
    for (size_t i = 0; i < COUNT(meaning); i++)
        if (meaning[i].code == code)
            return meaning[i].e;
    return ERR_UPSTREAM; /* app id, secret, template, right of use: for the operator */
}

static enum err call(struct arena *a, const char *method, const char *url, const char *body, const struct json **out,
                     struct provider_answer *ans)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct out_request rq = {.method = method,
                             .url = url,
                             .headers = body ? headers : NULL,
                             .body = body,
                             .body_len = body ? strlen(body) : 0,
                             .timeout_ms = 5000,
                             .max_body = 1 << 16};
    struct out_reply reply;
    *ans = (struct provider_answer){"", "", ""};
    enum err e = http_out(a, &rq, &reply);
    if (e)
        return e;
    *out = json_parse(a, reply.body, reply.len);
    if (reply.status != 200 || !*out) {
        ans->text = arena_printf(a, "HTTP %d, %s", reply.status, *out ? "JSON" : "not JSON");
        return ERR_TIMEOUT;
    }
    return judge(a, *out, ans);
}

enum err wechat_fetch_token(struct arena *a, const struct mp_config *c, const char **token, int64_t *life_s,
                            struct provider_answer *ans)
{
    struct jw w;
    const struct json *j = NULL;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "grant_type", "client_credential");
    kv_str(&w, "appid", c->appid);
    kv_str(&w, "secret", c->secret);
    kv_bool(&w, "force_refresh", false);
    jw_end(&w);
    enum err e =
        call(a, "POST", arena_printf(a, "%s/cgi-bin/stable_token", provider_base(a, c->url)), jw_text(&w), &j, ans);
    if (e)
        return e == ERR_TIMEOUT ? ERR_UPSTREAM : e; /* asking for a token changes nothing */
    *token = json_str(j, "access_token");
    if (!*token || !json_i64(j, "expires_in", life_s) || *life_s <= 0)
        return ERR_UPSTREAM;
    return OK;
}

static bool token_refused(const struct provider_answer *ans)
{
    return str_eq(ans->code, "40001") || str_eq(ans->code, "42001") || str_eq(ans->code, "40014");
}

/* One call with the access token; a refused token is dropped and the call repeated once. */
static enum err call_with_token(struct arena *a, const struct mp_config *c, const char *path, const char *body,
                                const struct json **out, struct provider_answer *ans)
{
    const char *token = NULL;
    enum err e = OK;
    for (int attempt = 0; attempt < 2; attempt++) {
        e = wechat_token(a, c, token, &token, ans);
        if (e)
            return e;
        const char *url = arena_printf(a, "%s%s?access_token=%s", provider_base(a, c->url), path, out_escape(a, token));
        e = call(a, "POST", url, body, out, ans);
        if (e == OK || !token_refused(ans))
            break;
    }
    return e;
}

static enum err login(struct arena *a, const struct mp_config *c, const char *code, struct mp_login *out,
                      struct provider_answer *ans)
{
    const struct json *j = NULL;
    const char *url =
        arena_printf(a, "%s/sns/jscode2session?appid=%s&secret=%s&js_code=%s&grant_type=authorization_code",
                     provider_base(a, c->url), out_escape(a, c->appid), out_escape(a, c->secret), out_escape(a, code));
    enum err e = call(a, "GET", url, NULL, &j, ans);
    if (e)
        return e;
    const char *unionid = json_str(j, "unionid");
    out->openid = json_str(j, "openid");
    out->unionid = unionid ? unionid : "";
    return str_empty(out->openid) ? ERR_UPSTREAM : OK;
}

static enum err phone(struct arena *a, const struct mp_config *c, const char *code, const char **number,
                      struct provider_answer *ans)
{
    struct jw w;
    const struct json *j = NULL;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "code", code);
    jw_end(&w);
    enum err e = call_with_token(a, c, "/wxa/business/getuserphonenumber", jw_text(&w), &j, ans);
    if (e)
        return e;
    const struct json *info = json_get(j, "phone_info");
    const char *pure = json_str(info, "purePhoneNumber");
    /* a code made by another app must not log anybody in here */
    if (!str_eq(json_str(json_get(info, "watermark"), "appid"), c->appid)) {
        ans->text = "watermark of another app";
        return ERR_UPSTREAM;
    }
    if (!str_eq(json_str(info, "countryCode"), "86") || !phone_valid(pure)) {
        ans->text = "not a mainland mobile number";
        return ERR_INVALID;
    }
    *number = arena_strdup(a, pure);
    return OK;
}

const char *wechat_fit(struct arena *a, const char *key, const char *value)
{
    static const struct {
        const char *kind;
        size_t chars;
        bool dots;
    } limit[] = {
        {"thing",            20, true },
        {"character_string", 32, false},
        {"number",           32, false},
        {"letter",           32, false},
        {"symbol",           5,  false},
        {"phone_number",     17, false},
        {"car_number",       8,  false},
        {"name",             10, false},
        {"phrase",           5,  false}
    };
    size_t n = strcspn(key, "0123456789");
    for (size_t i = 0; i < COUNT(limit); i++) {
        if (strlen(limit[i].kind) != n || strncmp(key, limit[i].kind, n) != 0)
            continue;
        if (utf8_len(value) <= limit[i].chars)
            break;
        size_t keep = utf8_prefix(value, limit[i].chars - limit[i].dots);
        return arena_printf(a, "%.*s%s", (int)keep, value, limit[i].dots ? "…" : "");
    }
    return value;
}

static enum err message(struct arena *a, const struct mp_config *c, const struct mp_message *m,
                        struct provider_answer *ans)
{
    struct jw w;
    const struct json *j = NULL;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "touser", m->openid);
    kv_str(&w, "template_id", m->template_id);
    if (!str_empty(m->page))
        kv_str(&w, "page", m->page);
    kv_str(&w, "miniprogram_state", "formal");
    kv_str(&w, "lang", "zh_CN");
    jw_key(&w, "data");
    jw_obj(&w);
    for (size_t i = 0; i < m->ndata; i++) {
        jw_key(&w, m->data[i].name);
        jw_obj(&w);
        kv_str(&w, "value", wechat_fit(a, m->data[i].name, m->data[i].value));
        jw_end(&w);
    }
    jw_end(&w);
    jw_end(&w);
    return call_with_token(a, c, "/cgi-bin/message/subscribe/send", jw_text(&w), &j, ans);
}

const struct mp_vt wechat_mp = {"wechat", login, phone, message};
