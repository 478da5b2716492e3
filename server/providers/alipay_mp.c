/* alipay_mp.c - mini-program log-in, phone, messages on Alipay. SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "platform/crypto/crypto.h"
#include "providers/alipay.h"
#include "providers/mp.h"
#include <string.h>

static enum err login(struct arena *a, const struct mp_config *c, const char *code, struct mp_login *out,
                      struct provider_answer *ans)
{
    const struct provider_param p[] = {
        {"grant_type", "authorization_code"},
        {"code",       code                }
    };
    const struct json *j = NULL;
    enum err e = alipay_call(a, c, "alipay.system.oauth.token", p, COUNT(p), &j, ans);
    if (e)
        return e == ERR_TIMEOUT ? ERR_UPSTREAM : e; /* the user simply logs in again */
    const char *unionid = json_str(j, "union_id");
    out->openid = json_str(j, "open_id"); /* older apps get user_id instead */
    if (str_empty(out->openid))
        out->openid = json_str(j, "user_id");
    out->unionid = unionid ? unionid : "";
    return str_empty(out->openid) ? ERR_UPSTREAM : OK;
}

/* `code` is the document that my.getPhoneNumber hands to the page: signed over the quoted base64, AES inside. */
static enum err phone(struct arena *a, const struct mp_config *c, const char *code, const char **number,
                      struct provider_answer *ans)
{
    static const uint8_t zero_iv[16];
    size_t n = strlen(code), part_len = 0, key_len = 0, ct_len = 0, len = 0;
    *ans = (struct provider_answer){"", "", ""};
    const char *part = alipay_signed_part(code, n, "response", &part_len),
               *sign = alipay_top_string(a, code, n, "sign");
    if (!part || *part != '"') {
        const struct json *error = json_get(json_parse(a, code, n), "response");
        const char *sub = json_str(error, "subCode");
        ans->code = sub ? sub : "";
        return ERR_INVALID;
    }
    if (!sign || !rsa_verify_b64(c->public_key, part, part_len, sign)) {
        ans->text = "not signed by the gateway";
        return ERR_INVALID;
    }
    const char *b64 = alipay_top_string(a, code, n, "response");
    uint8_t *key = b64_decode(a, c->aes_key, &key_len), *ct = b64_decode(a, b64, &ct_len);
    if (!key || key_len != 16) {
        ans->text = "content key not usable";
        return ERR_UPSTREAM;
    }
    char *plain = ct ? aes128_cbc_open(a, key, zero_iv, ct, ct_len, &len) : NULL;
    const struct json *j = plain ? json_parse(a, plain, len) : NULL;
    *number = json_str(j, "mobile");
    if (!str_eq(json_str(j, "code"), "10000") || !phone_valid(*number)) {
        ans->text = "no mainland mobile number inside";
        return ERR_INVALID;
    }
    return OK;
}

static enum err message(struct arena *a, const struct mp_config *c, const struct mp_message *m,
                        struct provider_answer *ans)
{
    struct jw data, w;
    const struct json *j = NULL;
    jw_init(&data, a);
    jw_obj(&data);
    for (size_t i = 0; i < m->ndata; i++) {
        jw_key(&data, m->data[i].name);
        jw_obj(&data);
        kv_str(&data, "value", m->data[i].value);
        jw_end(&data);
    }
    jw_end(&data);
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, str_starts(m->openid, "2088") ? "to_user_id" : "to_open_id", m->openid);
    kv_str(&w, "user_template_id", m->template_id);
    kv_str(&w, "page", m->page ? m->page : "pages/home/index");
    kv_str(&w, "data", jw_text(&data)); /* a string that holds JSON */
    jw_end(&w);
    const struct provider_param p[] = {
        {"biz_content", jw_text(&w)}
    };
    return alipay_call(a, c, "alipay.open.app.mini.templatemessage.send", p, 1, &j, ans);
}

const struct mp_vt alipay_mp = {"alipay", login, phone, message};
