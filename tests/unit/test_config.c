/* test_config.c - files, environment, weak values, reload; and the metrics text. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/text.h"
#include "platform/config.h"
#include "platform/metrics.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/anju-config-XXXXXX";
static char path[64];
static char *complaints;

static void put(const char *name, const char *text, mode_t mode)
{
    char p[96];
    snprintf(p, sizeof p, "%s/%s", dir, name);
    unlink(p);
    FILE *f = fopen(p, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(p, mode);
}

static enum err load(const char *text)
{
    size_t n;
    free(complaints);
    complaints = NULL;
    FILE *err = open_memstream(&complaints, &n);
    put("c", text, 0644);
    enum err e = config_load(path, err);
    fclose(err);
    return e;
}

static void refused(const char *text, const char *complaint)
{
    assert_int_equal(load(text), ERR_INVALID);
    if (!strstr(complaints, complaint))
        fail_msg("expected \"%s\" in \"%s\"", complaint, complaints);
}

static void reads(void **state)
{
    (void)state;
    assert_int_equal(config()->port, 8443); /* defaults before any load */
    assert_int_equal(load("# comment\n\nport = 8080\r\n  hosts=a.example, b.example   # two\n"
                          "sms_sign = \"安居 # 1\" # quoted\ntest_hooks = false\n"),
                     OK);
    assert_string_equal(complaints, "");
    assert_int_equal(config()->port, 8080);
    assert_string_equal(config()->hosts, "a.example, b.example");
    assert_string_equal(config()->sms_sign, "安居 # 1");
    setenv("ANJU_PORT", "9090", 1);
    assert_int_equal(load("port = 8080\n"), OK);
    assert_int_equal(config()->port, 9090);
    setenv("ANJU_PORT", "x", 1);
    refused("", "environment: port: not a whole number");
    unsetenv("ANJU_PORT");
    assert_int_equal(config()->port, 9090); /* a refused load changes nothing */
}

static void refuses(void **state)
{
    (void)state;
    refused("port = 1\nprot = 2\n", "/c:2: prot: unknown key");
    refused("port 1\n", "/c:1: not `key = value`");
    refused("port = 1\nport = 2\n", "/c:2: port: given twice");
    refused("port = 65536\n", "between 0 and 65535");
    refused("port = \n", "not a whole number");
    refused("test_hooks = yes\n", "/c:1: test_hooks: must be true or false");
    refused("hosts = \"a\" b\n", "closing quote");
    refused("hosts = \xff\n", "UTF-8");
    refused("log_level = loud\nsms_provider = x\npassword_policy = none\n", "/c:3: password_policy");
    assert_non_null(strstr(complaints, "/c:1: log_level")); /* all complaints at once */
    assert_non_null(strstr(complaints, "/c:2: sms_provider"));
    refused("redis_url = memcached://x\n", "redis_url");
    refused("store_url = mysql://x\n", "store_url");
    refused("smtp_url = smtps://mx.example\n", "smtp_from");
    size_t n;
    char *text = NULL;
    FILE *err = open_memstream(&text, &n);
    assert_int_equal(config_load("/nonexistent/file", err), ERR_INVALID);
    fclose(err);
    assert_non_null(strstr(text, "/nonexistent/file:0: No such file"));
    free(text);
}

static void weak(void **state)
{
    (void)state;
    char text[1024], cert[80], key[80];
    snprintf(cert, sizeof cert, "%s/cert", dir);
    snprintf(key, sizeof key, "%s/key", dir);
    put("cert", "x\n", 0644);
    put("key", "x\n", 0640);
    refused("bind = 0.0.0.0\n", "/c:1: bind: without TLS");
    refused("bind = ::\n", "without TLS");
    refused("bind = localhost\n", "not an IPv4 or IPv6 address");
    snprintf(text, sizeof text, "bind = 0.0.0.0\ntls_cert_file = %s\ntls_key_file = %s\n", cert, key);
    refused(text, "/c:3: tls_key_file");
    assert_non_null(strstr(complaints, "mode 0640"));
    put("key", "x\n", 0600);
    assert_int_equal(load(text), OK);
    snprintf(text, sizeof text, "tls_cert_file = %s\n", cert);
    refused(text, "given together");
    refused("tls_cert_file = /none\ntls_key_file = /none\n", "/c:1: tls_cert_file: /none: No such file");
    refused("wechat_api_url = http://api.weixin.qq.com\n", "plain http");
    refused("wechat_api_url = http://127.0.0.1@evil.example/\n", "user or password");
    refused("wechat_api_url = http://127.0.0.1.evil.example/\n", "plain http");
    refused("wechat_api_url = ftp://127.0.0.1/\n", "must start with https://");
    refused("wechat_api_url = \n", "must start with https://");
    assert_int_equal(load("wechat_api_url = http://127.0.0.1:8000\nsms_aliyun_url = http://[::1]:1/\n"), OK);
    refused("test_redis_off = true\n", "only with test_hooks");
    refused("test_hooks = true\n", "wechat_api_url: test_hooks is on"); /* the defaults are the real ones */
    static const char local[] =
        "test_hooks = true\ntest_redis_off = true\nwechat_api_url = http://127.0.0.1:1\n"
        "alipay_gateway_url = http://127.0.0.1:1/gateway.do\nsms_aliyun_url = http://localhost:1\n"
        "sms_tencent_url = http://127.0.0.1:1\nwechat_pay_url = http://127.0.0.1:1\n";
    assert_int_equal(load(local), OK);
    assert_true(config()->test_redis_off);
    snprintf(text, sizeof text, "%sbind = 0.0.0.0\ntls_cert_file = %s\ntls_key_file = %s\n", local, cert, key);
    refused(text, "bind: test_hooks is on");
    put("s", "", 0600);
    snprintf(text, sizeof text, "sms_key_file = %s/s\n", dir);
    refused(text, "empty");
}

/* What only the sandbox takes goes nowhere else; and the channels must be able to reach us. */
static void sandbox_and_public_url(void **state)
{
    (void)state;
    refused("alipay_appid = 2021000000000000\n", "wechat_pay_url: the sandbox's keys");
    refused("wechat_appid = wx00000000000000aa\n", "alipay_gateway_url: the sandbox's keys");
    refused("sms_key_id = SANDBOX-KEY-ID\n", "sms_aliyun_url: the sandbox's keys");
    refused("public_url = http://pay.example.cn\n", "public_url: must start with https://");
    refused("public_url = https://pay.example.cn/\n", "public_url: no query");
    refused("public_url = https://pay.example.cn?x=1\n", "public_url: no query");
    refused("wechat_pay_url = http://api.mch.weixin.qq.com\n", "plain http");
    assert_int_equal(load("public_url = https://pay.example.cn/anju\n"), OK);
    assert_int_equal(load("public_url = http://127.0.0.1:8443\n"), OK);
}

static void reload(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n;
    assert_int_equal(load("port = 1000\nrate_per_ip = 5\nhosts = a\n"), OK);
    const struct config *old = config();
    put("c", "port = 2000\nrate_per_ip = 6\nhosts = b\n", 0644);
    FILE *err = open_memstream(&text, &n);
    assert_int_equal(config_reload(err), OK);
    fclose(err);
    assert_string_equal(text, "port: needs a restart, kept\nhosts: needs a restart, kept\n");
    free(text);
    assert_int_equal(config()->port, 1000);
    assert_int_equal(config()->rate_per_ip, 6);
    assert_string_equal(config()->hosts, "a");
    assert_int_equal(old->rate_per_ip, 5); /* old readers are safe */
    put("c", "port = x\n", 0644);
    err = open_memstream(&text, &n);
    assert_int_equal(config_reload(err), ERR_INVALID);
    fclose(err);
    free(text);
    assert_int_equal(config()->rate_per_ip, 6);
}

static void print(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n;
    assert_int_equal(load("store_url = postgres://u:hunter2@db/anju\nredis_url = redis://:hunter2@r:1/0\n"), OK);
    FILE *out = open_memstream(&text, &n);
    config_print(out);
    fclose(out);
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "store_url = postgres://u:****@db/anju\n"));
    assert_non_null(strstr(text, "redis_url = redis://:****@r:1/0\n"));
    assert_non_null(strstr(text, "port = 8443\n"));
    char *copy = strdup(text);
    char *mask = strstr(copy, "redis://:****@");
    memcpy(mask, "redis://r:0001", 14);
    assert_int_equal(load(copy), ERR_INVALID); /* test_* lines need test_hooks; all else reads back */
    for (char *line = strtok(complaints, "\n"); line; line = strtok(NULL, "\n"))
        assert_non_null(strstr(line, ": test_"));
    free(copy);
    free(text);
}

static void secrets(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    const char *why = NULL;
    char p[80];
    snprintf(p, sizeof p, "%s/s", dir);
    put("s", "secret\r\n", 0400);
    assert_string_equal(config_secret(a, p, &why), "secret");
    put("s", "secret", 0604);
    assert_string_equal(config_public(a, p, &why), "secret");
    assert_null(config_secret(a, p, &why));
    assert_non_null(strstr(why, "0604"));
    assert_null(config_secret(a, dir, &why));
    assert_null(config_secret(a, "/nonexistent", &why));
    arena_free(a);
}

static int64_t read_seven(void)
{
    return 7;
}

static void metrics(void **state)
{
    (void)state;
    static struct metric w = {.name = "t_jobs_total", .help = "Jobs.", .label = "lane=\"write\""},
                         r = {.name = "t_jobs_total", .help = "Jobs.", .label = "lane=\"read\""},
                         other = {.name = "t_other", .help = "A\\b\nc", .kind = METRIC_GAUGE, .read = read_seven},
                         h = {.name = "t_wait_seconds", .help = "W.", .label = "x=\"1\"", .kind = METRIC_HISTOGRAM};
    metric_add(&w, 2);
    metric_register(&other);
    metric_add(&r, 1);
    metric_add(&w, 1);
    metric_time(&h, 400);
    metric_time(&h, 501);
    metric_time(&h, 3000000);
    struct arena *a = arena_new(0);
    struct buf b;
    buf_init(&b, a);
    metrics_render(&b);
    const char *t = buf_cstr(&b), *help = strstr(t, "# HELP t_jobs_total Jobs.\n# TYPE t_jobs_total counter\n");
    assert_non_null(help);
    assert_null(strstr(help + 1, "# HELP t_jobs_total"));
    assert_non_null(strstr(t, "t_jobs_total{lane=\"write\"} 3\n"));
    assert_non_null(strstr(t, "t_jobs_total{lane=\"read\"} 1\n"));
    assert_non_null(strstr(t, "# HELP t_other A\\\\b\\nc\n# TYPE t_other gauge\nt_other 7\n"));
    assert_non_null(strstr(t, "t_wait_seconds_bucket{x=\"1\",le=\"0.0005\"} 1\n"));
    assert_non_null(strstr(t, "t_wait_seconds_bucket{x=\"1\",le=\"0.001\"} 2\n"));
    assert_non_null(strstr(t, "t_wait_seconds_bucket{x=\"1\",le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(t, "t_wait_seconds_sum{x=\"1\"} 3.000901\nt_wait_seconds_count{x=\"1\"} 3\n"));
    assert_non_null(strstr(t, "process_resident_memory_bytes "));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads),   cmocka_unit_test(refuses),
                                       cmocka_unit_test(weak),    cmocka_unit_test(sandbox_and_public_url),
                                       cmocka_unit_test(reload),  cmocka_unit_test(print),
                                       cmocka_unit_test(secrets), cmocka_unit_test(metrics)};
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/c", dir);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    free(complaints);
    char cmd[64];
    snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
    return system(cmd) || rc;
}
