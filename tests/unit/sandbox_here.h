/* sandbox_here.h - the outside world in this process, for tests of those who talk to it. SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SANDBOX_HERE_H
#define TESTS_UNIT_SANDBOX_HERE_H
#include "base/arena.h"
#include "sandbox/keys.h"
#include "sandbox/sandbox.h"
#include "tests/unit/vectors.h"
#include <stdio.h>
#include <stdlib.h>

static struct arena *a;
static char dir[] = "/tmp/anju-sandbox-XXXXXX", base[64], smtp_url[64];

/* limits: its SMS services count. false: it does not start. */
static bool sandbox_here(bool limits)
{
    a = arena_new(256u << 20);
    if (!mkdtemp(dir))
        return false;
    keys_make_pair(arena_printf(a, "%s/app", dir), arena_printf(a, "%s/app_pub", dir));
    keys_make_pair(arena_printf(a, "%s/gateway", dir), arena_printf(a, "%s/gateway_pub", dir));
    struct sb_config c = {.wechat_appid = "wx1",
                          .wechat_secret = "s3cret&=",
                          .sms_key_id = "AK",
                          .sms_secret = "SK",
                          .sms_app_id = "1400",
                          .alipay_appid = "2021",
                          .sms_limits = limits,
                          .alipay_app_public = slurp(a, dir, "app_pub", NULL),
                          .alipay_private = slurp(a, dir, "gateway", NULL)};
    int port = 0, smtp_port = 0;
    if (!sandbox_start(&c, &port, &smtp_port))
        return false;
    snprintf(base, sizeof base, "http://127.0.0.1:%d", port);
    snprintf(smtp_url, sizeof smtp_url, "smtp://127.0.0.1:%d", smtp_port);
    return true;
}

/* The exit code: rc, or that something was left. */
static int sandbox_gone(int rc)
{
    char rm[64];
    sandbox_stop();
    snprintf(rm, sizeof rm, "rm -rf %s", dir);
    arena_free(a);
    return system(rm) || rc;
}

#endif
