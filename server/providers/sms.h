/* sms.h - text messages by template. Sending is not idempotent at either provider: after ERR_TIMEOUT a code
 * is not sent again by itself (the user asks again).  SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_SMS_H
#define PROVIDERS_SMS_H
#include "providers/provider.h"

struct sms_config {
    const char *url, *key_id, *secret;
    const char *app_id; /* Tencent only */
    const char *sign;
};
struct sms_message {
    const char *phone;                  /* 11 digits */
    const char *template_id;            /* of the code or of the notice */
    const struct provider_param *param; /* Aliyun goes by name, Tencent by order */
    size_t nparam;
    const char *out_id; /* ours, comes back in reports; may be NULL */
};
enum sms_fate { SMS_WAITING, SMS_DELIVERED, SMS_LOST };
struct sms_asked {
    const char *phone, *id; /* id: what sending returned */
    int64_t sent_at;        /* unix ms */
};
struct sms_vt {
    const char *name;
    enum err (*send)(struct arena *a, const struct sms_config *c, const struct sms_message *m,
                     struct provider_answer *out);
    /* What became of a message (status report). Not yet known, or too old: SMS_WAITING. out->code: the carrier's word */
    enum err (*status)(struct arena *a, const struct sms_config *c, const struct sms_asked *q, enum sms_fate *fate,
                       struct provider_answer *out);
};
extern const struct sms_vt sms_aliyun, sms_tencent;
const struct sms_vt *sms_provider(const char *name); /* NULL: no such */

#endif
