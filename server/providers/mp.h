/* mp.h - mini-program platforms: who is logging in, which phone, a message to somebody.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_MP_H
#define PROVIDERS_MP_H
#include "providers/provider.h"

struct mp_config {
    const char *url, *appid;
    const char *secret;                   /* WeChat */
    const char *private_key, *public_key; /* Alipay: ours, theirs (PEM or bare base64) */
    /* Alipay, certificate mode: see struct pay_config; NULL: key mode */
    const char *app_cert_sn, *root_cert_sn, *alipay_cert_sn;
    const char *aes_key; /* Alipay: base64 of the 16-byte content key; only for phone() */
};
struct mp_login {
    const char *openid, *unionid; /* unionid "": none */
};
struct mp_message {
    const char *openid, *template_id, *page; /* page may be NULL */
    const struct provider_param *data;
    size_t ndata;
};
struct mp_vt {
    const char *name;
    /* code: of wx.login / my.getAuthCode, single use */
    enum err (*login)(struct arena *a, const struct mp_config *c, const char *code, struct mp_login *out,
                      struct provider_answer *ans);
    /* code: of the phone button; Alipay hands out an encrypted document instead. *phone: mainland number, 11 digits */
    enum err (*phone)(struct arena *a, const struct mp_config *c, const char *code, const char **phone,
                      struct provider_answer *ans);
    enum err (*message)(struct arena *a, const struct mp_config *c, const struct mp_message *m,
                        struct provider_answer *ans);
};
extern const struct mp_vt wechat_mp, alipay_mp;

/* Cuts a value to what the key's kind allows ("thing1": 20 letters); pure. */
const char *wechat_fit(struct arena *a, const char *key, const char *value);

#endif
