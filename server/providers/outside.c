/* outside.c - see outside.h. SPDX-License-Identifier: MIT */
#include "providers/outside.h"
#include "base/text.h"
#include "platform/config.h"

static struct mp_config wechat, alipay;
static struct sms_route sms[SMS_ROUTES];
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
    sms[0] = (struct sms_route){
        .at = {.key_id = c->sms_key_id, .app_id = c->sms_app_id, .sign = c->sms_sign},
        .vt = sms_provider(c->sms_provider),
        .template_code = c->sms_template_code,
        .template_notice = c->sms_template_notice
    };
    sms[1] = (struct sms_route){
        .at = {.key_id = c->sms_backup_key_id, .app_id = c->sms_backup_app_id, .sign = c->sms_backup_sign},
        .vt = sms_provider(c->sms_backup_provider),
        .template_code = c->sms_backup_template_code,
        .template_notice = c->sms_backup_template_notice
    };
    for (int i = 0; i < SMS_ROUTES; i++)
        sms[i].at.url = sms[i].vt == &sms_tencent ? c->sms_tencent_url : c->sms_aliyun_url;
    smtp = (struct smtp_config){.url = c->smtp_url, .user = c->smtp_user, .pass = "", .from = c->smtp_from};
    return secret(a, c->wechat_secret_file, &wechat.secret, why) &&
           secret(a, c->alipay_key_file, &alipay.private_key, why) &&
           published(a, c->alipay_public_file, &alipay.public_key, why) &&
           secret(a, c->alipay_aes_file, &alipay.aes_key, why) && secret(a, c->sms_key_file, &sms[0].at.secret, why) &&
           secret(a, c->sms_backup_key_file, &sms[1].at.secret, why) && secret(a, c->smtp_pass_file, &smtp.pass, why);
}

const struct mp_config *outside_wechat(void)
{
    return !str_empty(wechat.appid) && wechat.secret ? &wechat : NULL;
}

const struct mp_config *outside_alipay(void)
{
    return !str_empty(alipay.appid) && alipay.private_key && alipay.public_key ? &alipay : NULL;
}

const struct sms_route *outside_sms(int which)
{
    const struct sms_route *r = &sms[which];
    return r->vt && !str_empty(r->at.key_id) && r->at.secret ? r : NULL;
}

const struct sms_route *outside_sms_by(const char *provider)
{
    for (int i = 0; i < SMS_ROUTES; i++)
        if (outside_sms(i) && str_eq(sms[i].vt->name, provider))
            return &sms[i];
    return NULL;
}

const struct smtp_config *outside_smtp(void)
{
    return !str_empty(smtp.url) ? &smtp : NULL;
}
