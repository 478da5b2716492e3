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
const struct sms_config *outside_sms(void);
const struct smtp_config *outside_smtp(void);

#endif
