/* smtp.h - mail as a provider. SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_SMTP_H
#define PROVIDERS_SMTP_H
#include "providers/provider.h"

struct smtp_config {
    const char *url, *user, *pass, *from; /* user "": no log-in */
};
/* id: constant over retries (it becomes the Message-ID). ERR_BUSY: 4xx, later; ERR_INVALID: this recipient never. */
MUST_CHECK enum err smtp_send(struct arena *a, const struct smtp_config *c, const char *to, const char *subject,
                              const char *text, const char *id, struct provider_answer *out);

#endif
