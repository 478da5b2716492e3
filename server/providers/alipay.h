/* alipay.h - the v2 gateway (RSA2, key mode or certificate mode): signing a request, judging an answer. Used by alipay_mp.c and by
 * payments. The two text functions are pure.  SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_ALIPAY_H
#define PROVIDERS_ALIPAY_H
#include "base/json.h"
#include "providers/mp.h"
#include <stdbool.h>

/* k=v joined by '&', sorted, raw values, without empty ones and without "sign". */
const char *alipay_sign_content(struct arena *a, const struct provider_param *p, size_t n);
/* The raw text of the value of a top-level key: the bytes that were signed. NULL: absent, twice there, not JSON. */
const char *alipay_signed_part(const char *raw, size_t n, const char *key, size_t *len);
/* Top-level string value, unescaped; NULL when absent or twice there. */
const char *alipay_top_string(struct arena *a, const char *raw, size_t n, const char *key);

/* One call. p: parameters of the method beside the public ones ("biz_content" or top-level ones).
 * *out: the answer object, verified; OK only for code 10000 or, without any code, for what the caller then checks. */
MUST_CHECK enum err alipay_call(struct arena *a, const struct mp_config *c, const char *method,
                                const struct provider_param *p, size_t n, const struct json **out,
                                struct provider_answer *ans);

/* Certificate mode: the certificate with that name (as "alipay_cert_sn" of an answer says), to replace public_key and
 * alipay_cert_sn. Their root file proves it. ERR_FORBIDDEN: not proven. */
MUST_CHECK enum err alipay_certificate(struct arena *a, const struct mp_config *c, const char *roots, const char *sn,
                                       const char **pem, struct provider_answer *ans);

#endif
