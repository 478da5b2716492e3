/* config_check.c - what a value may be and which combinations are refused at the start.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/config_impl.h"
#include "platform/http_out.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *text_of(const struct config_load *in, size_t k)
{
    return *(const char *const *)(const void *)((const char *)&in->c + cfg_keys[k].off);
}

static bool ip_loopback(const char *s, bool *valid)
{
    struct in_addr v4;
    struct in6_addr v6;
    *valid = true;
    if (inet_pton(AF_INET, s, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, s, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    *valid = false;
    return false;
}

static void check_choice(struct config_load *in, size_t k, const char *const *names, size_t n, const char *why)
{
    if (str_index(names, n, text_of(in, k)) < 0)
        cfg_complain(in, k, why);
}

/* A file that must be there; secret ones for the owner's eyes only. */
static void check_file(struct config_load *in, size_t k, bool secret)
{
    const char *path = text_of(in, k), *why = NULL;
    struct stat st;
    if (!*path)
        return;
    if (secret && !config_secret(in->arena, path, &why))
        cfg_complain(in, k, why);
    else if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        cfg_complain(in, k, arena_printf(in->arena, "%s: %s", path, strerror(errno)));
    else if (!S_ISREG(st.st_mode))
        cfg_complain(in, k, arena_printf(in->arena, "%s: not a file", path));
}

static void check_listen(struct config_load *in)
{
    const struct config *c = &in->c;
    bool valid, local = ip_loopback(c->bind, &valid), cert = *c->tls_cert_file, key = *c->tls_key_file;
    if (!valid)
        cfg_complain(in, CFG_NO_bind, "not an IPv4 or IPv6 address");
    if (cert != key)
        cfg_complain(in, cert ? CFG_NO_tls_key_file : CFG_NO_tls_cert_file,
                     "certificate and key must be given together");
    if (valid && !local && !cert)
        cfg_complain(in, CFG_NO_bind, "without TLS only a loopback address may be used");
    if (valid && !local && c->test_hooks)
        cfg_complain(in, CFG_NO_bind, "test_hooks is on: only a loopback address may be used");
}

static void check_provider(struct config_load *in, size_t k, bool mail)
{
    const char *url = text_of(in, k);
    if (mail && !*url)
        return;
    const char *safe = mail ? "smtps://" : "https://", *plain = mail ? "smtp://" : "http://";
    bool local = url_is_loopback(url);
    if (!str_starts(url, safe) && !str_starts(url, plain))
        cfg_complain(in, k, arena_printf(in->arena, "must start with %s", safe));
    else if (strchr(url, '@'))
        cfg_complain(in, k, "must not carry a user or password");
    else if (!mail && str_starts(url, plain) && !local) /* smtp:// off loopback is STARTTLS or nothing */
        cfg_complain(in, k, "plain http is allowed to loopback only");
    else if (in->c.test_hooks && !local)
        cfg_complain(in, k, "test_hooks is on: only loopback addresses may be used");
}

/* Where the channels send their notices: a plain address with a host, no query. */
static void check_public_url(struct config_load *in)
{
    const char *url = in->c.public_url;
    if (!*url)
        return;
    if (!str_starts(url, "https://") && !url_is_loopback(url))
        cfg_complain(in, CFG_NO_public_url, "must start with https://");
    else if (strpbrk(url, "?#@ ") || url[strlen(url) - 1] == '/')
        cfg_complain(in, CFG_NO_public_url, "no query, no user, no slash at the end");
}

/* What only the sandbox accepts must not be sent anywhere else. */
static void check_sandbox(struct config_load *in)
{
    static const size_t url[] = {CFG_NO_sms_aliyun_url, CFG_NO_sms_tencent_url, CFG_NO_wechat_api_url,
                                 CFG_NO_alipay_gateway_url, CFG_NO_wechat_pay_url};
    const struct config *c = &in->c;
    if (strcmp(c->sms_key_id, "SANDBOX-KEY-ID") != 0 && strcmp(c->wechat_appid, "wx00000000000000aa") != 0 &&
        strcmp(c->alipay_appid, "2021000000000000") != 0)
        return;
    for (size_t i = 0; i < COUNT(url); i++)
        if (!url_is_loopback(text_of(in, url[i])))
            cfg_complain(in, url[i], "the sandbox's keys are configured: only loopback addresses may be used");
}

static void check_test_keys(struct config_load *in)
{
    for (size_t k = 0; k < CFG_KEYS; k++)
        if ((cfg_keys[k].flags & CFG_TEST) && in->line[k] && !in->c.test_hooks)
            cfg_complain(in, k, "only with test_hooks = true");
}

void cfg_check(struct config_load *in)
{
    static const char *const level[] = {"debug", "info", "warn", "error"}, *const sms[] = {"aliyun", "tencent"},
                             *const policy[] = {"djbh3", "asvs"};
    static const size_t secret[] = {CFG_NO_tls_key_file,       CFG_NO_metrics_token_file,  CFG_NO_secret_key_file,
                                    CFG_NO_sms_key_file,       CFG_NO_sms_backup_key_file, CFG_NO_smtp_pass_file,
                                    CFG_NO_wechat_secret_file, CFG_NO_alipay_key_file,     CFG_NO_alipay_aes_file},
                        open_file[] = {CFG_NO_tls_cert_file, CFG_NO_alipay_public_file, CFG_NO_outside_ca_file},
                        https[] = {CFG_NO_sms_aliyun_url, CFG_NO_sms_tencent_url, CFG_NO_wechat_api_url,
                                   CFG_NO_alipay_gateway_url, CFG_NO_wechat_pay_url};
    const struct config *c = &in->c;
    check_choice(in, CFG_NO_log_level, level, COUNT(level), "must be debug, info, warn or error");
    if (*c->sms_backup_provider)
        check_choice(in, CFG_NO_sms_backup_provider, sms, COUNT(sms), "must be aliyun or tencent");
    check_choice(in, CFG_NO_sms_provider, sms, COUNT(sms), "must be aliyun or tencent");
    check_choice(in, CFG_NO_password_policy, policy, COUNT(policy), "must be djbh3 or asvs");
    if (!*c->data_dir)
        cfg_complain(in, CFG_NO_data_dir, "must not be empty");
    if (*c->store_url && !str_starts(c->store_url, "sqlite:/") && !str_starts(c->store_url, "postgres://") &&
        !str_starts(c->store_url, "postgresql://"))
        cfg_complain(in, CFG_NO_store_url, "must start with sqlite:/, postgres:// or postgresql://");
    if (*c->redis_url && !str_starts(c->redis_url, "redis://") && !str_starts(c->redis_url, "unix:/"))
        cfg_complain(in, CFG_NO_redis_url, "must start with redis:// or unix:/");
    if (*c->smtp_url && !email_valid(c->smtp_from))
        cfg_complain(in, CFG_NO_smtp_from, "a sender address is required with smtp_url");
    if (c->offer_sms_s < c->offer_ack_s)
        cfg_complain(in, CFG_NO_offer_sms_s, "must not be shorter than offer_ack_s");
    for (size_t i = 0; i < COUNT(secret); i++)
        check_file(in, secret[i], true);
    for (size_t i = 0; i < COUNT(open_file); i++)
        check_file(in, open_file[i], false);
    for (size_t i = 0; i < COUNT(https); i++)
        check_provider(in, https[i], false);
    check_provider(in, CFG_NO_smtp_url, true);
    check_public_url(in);
    check_sandbox(in);
    check_listen(in);
    check_test_keys(in);
}
