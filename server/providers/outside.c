/* outside.c - see outside.h. SPDX-License-Identifier: MIT */
#include "providers/outside.h"
#include "base/text.h"
#include "platform/config.h"

static struct mp_config wechat, alipay;
static struct sms_config sms;
static struct smtp_config smtp;

static bool secret(struct arena *a, const char *file, const char **out, const char **why)
{
    if (str_empty(file))
        return true;
    *out = config_secret(a, file, why);
    return *out != NULL;
}

static bool published(struct arena *a, const char *file, const char **out, const char **why)
{
    if (str_empty(file))
        return true;
    *out = config_public(a, file, why);
    return *out != NULL;
}

bool outside_load(struct arena *a, const char **why)
{
    const struct config *c = config();
    wechat = (struct mp_config){.url = c->wechat_api_url, .appid = c->wechat_appid};
    alipay = (struct mp_config){.url = c->alipay_gateway_url, .appid = c->alipay_appid};
    sms = (struct sms_config){.url = str_eq(c->sms_provider, "tencent") ? c->sms_tencent_url : c->sms_aliyun_url,
                              .key_id = c->sms_key_id,
                              .app_id = c->sms_app_id,
                              .sign = c->sms_sign};
    smtp = (struct smtp_config){.url = c->smtp_url, .user = c->smtp_user, .pass = "", .from = c->smtp_from};
    return secret(a, c->wechat_secret_file, &wechat.secret, why) &&
           secret(a, c->alipay_key_file, &alipay.private_key, why) &&
           published(a, c->alipay_public_file, &alipay.public_key, why) &&
           secret(a, c->alipay_aes_file, &alipay.aes_key, why) && secret(a, c->sms_key_file, &sms.secret, why) &&
           secret(a, c->smtp_pass_file, &smtp.pass, why);
}

const struct mp_config *outside_wechat(void)
{
    return !str_empty(wechat.appid) && wechat.secret ? &wechat : NULL;
}

const struct mp_config *outside_alipay(void)
{
    return !str_empty(alipay.appid) && alipay.private_key && alipay.public_key ? &alipay : NULL;
}

const struct sms_config *outside_sms(void)
{
    return !str_empty(sms.key_id) && sms.secret ? &sms : NULL;
}

const struct smtp_config *outside_smtp(void)
{
    return !str_empty(smtp.url) ? &smtp : NULL;
}
