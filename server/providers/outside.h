/* outside.h - the providers as configured: loaded once at start, then read-only. NULL: not configured.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_OUTSIDE_H
#define PROVIDERS_OUTSIDE_H
#include "providers/mp.h"
#include "providers/sms.h"
#include "providers/smtp.h"
#include <stdbool.h>

/* Reads the secret files named in config(). false: *why (arena) says which and why. */
bool outside_load(struct arena *a, const char **why);
const struct mp_config *outside_wechat(void);
const struct mp_config *outside_alipay(void);
/* The SMS clouds in the order they are tried: 0 the configured one, 1 its backup. NULL: not configured. */
enum { SMS_ROUTES = 2 };
struct sms_route {
    struct sms_config at;
    const struct sms_vt *vt;
    const char *template_code, *template_notice;
};
const struct sms_route *outside_sms(int which);
const struct sms_route *outside_sms_by(const char *provider); /* by the provider's name */
const struct smtp_config *outside_smtp(void);

#endif
