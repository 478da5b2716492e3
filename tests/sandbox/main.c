/* main.c - anju-sandbox [--port N] [--smtp-port N] [--keys DIR] [--state FILE] [--scale N] [--no-limits]
 *
 * Prints one JSON line with its ports when it is ready and runs until SIGTERM. --state: payments survive a restart.
 * --scale: the retry tables of notifies are divided by it. In DIR (default ./sandbox-keys) it makes, when missing, the
 * demo's keys for both sides:
 *
 *   ours     alipay_app_private.pem alipay_app_public.pem alipay_aes wechat_secret sms_secret wechat_apiv3_key
 *            wechat_merchant_private.pem wechat_merchant_cert.pem
 *   theirs   alipay_gateway_private.pem alipay_gateway_public.pem wechat_platform_private.pem
 *            wechat_platform_public.pem (public-key mode); the platform certificates are made anew at every start
 *   Alipay's certificate mode (the same keys)   alipay_root_cert.crt alipay_app_cert.crt alipay_cert.crt
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/keys.h"
#include "sandbox/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "anju-sandbox: %s: %s\n", what, strerror(errno));
    exit(1);
}

static FILE *create(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        stop(path);
    return f;
}

static void make_pair(struct arena *a, const char *dir, const char *who)
{
    const char *private = arena_printf(a, "%s/%s_private.pem", dir, who),
               *public = arena_printf(a, "%s/%s_public.pem", dir, who);
    if (access(private, R_OK) == 0 && access(public, R_OK) == 0)
        return;
    if (!keys_make_pair(private, public))
        stop(private);
}

/* Over the key of `who`, which is made when missing; issuer "": self-signed. */
static void make_cert(struct arena *a, const char *dir, const char *who, const char *file, const char *issuer,
                      const char *issuer_file)
{
    const char *private = arena_printf(a, "%s/%s_private.pem", dir, who), *cert = arena_printf(a, "%s/%s", dir, file);
    if (access(private, R_OK) == 0 && access(cert, R_OK) == 0)
        return;
    if (!keys_make_cert(private, cert, who, *issuer ? arena_printf(a, "%s/%s_private.pem", dir, issuer) : NULL,
                        *issuer ? arena_printf(a, "%s/%s", dir, issuer_file) : NULL))
        stop(cert);
}

static void make_secret(struct arena *a, const char *dir, const char *name, const char *text)
{
    const char *path = arena_printf(a, "%s/%s", dir, name);
    if (access(path, R_OK) == 0)
        return;
    FILE *f = create(path, 0600);
    fprintf(f, "%s\n", text);
    fclose(f);
}

static const char *read_key(struct arena *a, const char *dir, const char *name)
{
    const char *path = arena_printf(a, "%s/%s", dir, name);
    FILE *f = fopen(path, "re");
    char *text = arena_alloc(a, 16384);
    if (!f || fread(text, 1, 16383, f) == 0)
        stop(path);
    fclose(f);
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n')
        text[--n] = '\0';
    return text;
}

static void make_keys(struct arena *a, const char *dir)
{
    char token[44];
    uint8_t aes[16];
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        stop(dir);
    make_pair(a, dir, "alipay_app");
    make_pair(a, dir, "alipay_gateway");
    make_pair(a, dir, "wechat_platform");
    make_cert(a, dir, "wechat_merchant", "wechat_merchant_cert.pem", "", "");
    make_cert(a, dir, "alipay_root", "alipay_root_cert.crt", "", "");
    make_cert(a, dir, "alipay_app", "alipay_app_cert.crt", "alipay_root", "alipay_root_cert.crt");
    make_cert(a, dir, "alipay_gateway", "alipay_cert.crt", "alipay_root", "alipay_root_cert.crt");
    crypto_random(aes, sizeof aes);
    make_secret(a, dir, "alipay_aes", b64_encode(a, aes, sizeof aes));
    token_new(token);
    make_secret(a, dir, "wechat_secret", token);
    token_new(token);
    make_secret(a, dir, "sms_secret", token);
    make_secret(a, dir, "wechat_apiv3_key", arena_printf(a, "SANDBOX%s", keys_letters(a, 25))); /* 32 characters */
}

static int64_t number(const char *s, const char *what, int64_t max)
{
    int64_t v;
    errno = EINVAL;
    if (!parse_i64(s, &v) || v < 0 || v > max)
        stop(what);
    return v;
}

static void read_keys(struct arena *a, const char *dir, struct sb_config *c)
{
    c->wechat_secret = read_key(a, dir, "wechat_secret");
    c->sms_secret = read_key(a, dir, "sms_secret");
    c->alipay_app_public = read_key(a, dir, "alipay_app_public.pem");
    c->alipay_private = read_key(a, dir, "alipay_gateway_private.pem");
    c->alipay_app_cert = read_key(a, dir, "alipay_app_cert.crt");
    c->alipay_cert = read_key(a, dir, "alipay_cert.crt");
    c->alipay_root_cert = read_key(a, dir, "alipay_root_cert.crt");
    c->wechat_merchant_cert = read_key(a, dir, "wechat_merchant_cert.pem");
    c->wechat_platform_private = read_key(a, dir, "wechat_platform_private.pem");
    c->wechat_apiv3_key = read_key(a, dir, "wechat_apiv3_key");
    if (strlen(c->wechat_apiv3_key) != 32) {
        errno = EINVAL;
        stop("wechat_apiv3_key: not 32 characters");
    }
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new(0);
    const char *dir = "sandbox-keys";
    struct sb_config c = {.wechat_appid = "wx00000000000000aa",
                          .sms_key_id = "SANDBOX-KEY-ID",
                          .sms_app_id = "1400000000",
                          .alipay_appid = "2021000000000000",
                          .wechat_mchid = "1900000001",
                          .wechat_public_key_id = "PUB_KEY_ID_0190000000002026",
                          .alipay_seller = "2088000000000001",
                          .sms_limits = true};
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (str_eq(argv[i], "--port") && more)
            c.port = (int)number(argv[++i], "port", 65535);
        else if (str_eq(argv[i], "--smtp-port") && more)
            c.smtp_port = (int)number(argv[++i], "port", 65535);
        else if (str_eq(argv[i], "--keys") && more)
            dir = argv[++i];
        else if (str_eq(argv[i], "--state") && more)
            c.state_file = argv[++i];
        else if (str_eq(argv[i], "--scale") && more)
            c.scale = number(argv[++i], "scale", 1000000000);
        else if (str_eq(argv[i], "--no-limits"))
            c.sms_limits = false;
        else {
            fprintf(stderr, "usage: anju-sandbox [--port N] [--smtp-port N] [--keys DIR] [--state FILE] [--scale N] "
                            "[--no-limits]\n");
            return 2;
        }
    }
    sigset_t wait;
    sigemptyset(&wait);
    sigaddset(&wait, SIGTERM);
    sigaddset(&wait, SIGINT);
    sigprocmask(SIG_BLOCK, &wait, NULL); /* before the threads start: they inherit it */
    signal(SIGPIPE, SIG_IGN);
    make_keys(a, dir);
    read_keys(a, dir, &c);
    struct cert_info merchant;
    if (!cert_read(a, c.wechat_merchant_cert, &merchant))
        stop("wechat_merchant_cert.pem");
    int port = 0, smtp_port = 0, sig = 0;
    if (!sandbox_start(&c, &port, &smtp_port))
        return 1;
    printf("{\"port\":%d,\"smtp_port\":%d,\"wechat_appid\":\"%s\",\"alipay_appid\":\"%s\",\"sms_key_id\":\"%s\","
           "\"sms_app_id\":\"%s\",\"wechat_mchid\":\"%s\",\"wechat_serial\":\"%s\",\"wechat_public_key_id\":\"%s\","
           "\"alipay_seller\":\"%s\",\"keys\":\"%s\"}\n",
           port, smtp_port, c.wechat_appid, c.alipay_appid, c.sms_key_id, c.sms_app_id, c.wechat_mchid, merchant.serial,
           c.wechat_public_key_id, c.alipay_seller, dir);
    fflush(stdout);
    sigwait(&wait, &sig);
    sandbox_stop();
    arena_free(a);
    return 0;
}
