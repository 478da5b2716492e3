/* alipay_pay.h - the parts of paying with Alipay below the table in pay.h. SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_ALIPAY_PAY_H
#define PROVIDERS_ALIPAY_PAY_H
#include "base/json.h"
#include "providers/pay.h"

#define ALIPAY_FORM_BYTES  65536
#define ALIPAY_FORM_PARAMS 100

/* application/x-www-form-urlencoded, decoded once. ERR_INVALID: too large, bad escapes, NUL, not UTF-8, a name twice. */
MUST_CHECK enum err alipay_form(struct arena *a, const char *body, size_t n, struct provider_param *out, size_t *count);
/* What a trade notify signs: everything received but sign, sign_type and empty values, sorted, raw. */
const char *alipay_notify_content(struct arena *a, const struct provider_param *p, size_t n);
enum pay_status alipay_trade_status(const char *word, bool was_paid);
MUST_CHECK enum err alipay_pay_notify(struct arena *a, const struct pay_config *c, const struct pay_incoming *in,
                                      struct pay_notify *out, struct provider_answer *ans);

/* One call; *j: the verified answer or NULL. ERR_FORBIDDEN: business failure, look at ans->code (ACQ.*). */
MUST_CHECK enum err alipay_pay_call(struct arena *a, const struct pay_config *c, const char *method,
                                    const char *notify_url, const char *biz_content, const struct json **j,
                                    struct provider_answer *ans);
MUST_CHECK enum err alipay_pay_bill(struct arena *a, const struct pay_config *c, const struct pay_bill_want *w,
                                    struct pay_bill_answer *out, struct provider_answer *ans);

#endif
