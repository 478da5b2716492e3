/* merchant.h - merchants (商户号): whose account a payment goes to, and the secrets to ask for it with. Money settles with
 * the property company itself: a project has its own merchant, or its company's.
 * Secrets are sealed at rest and never leave but for a provider call.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MERCHANT_H
#define DOMAIN_MERCHANT_H
#include "platform/ctx.h"

enum merchant_channel { CHANNEL_WECHAT, CHANNEL_ALIPAY, CHANNELS };
extern const char *const merchant_channel_name[CHANNELS];

struct merchant {
    int64_t id, company_id, project_id, keys_at, version, created_at;
    int channel;
    const char *name, *appid, *mchid, *state;
    const char *serial;        /* WeChat: of our API certificate */
    const char *public_key_id; /* WeChat: PUB_KEY_ID_..., "" with platform certificates */
    /* secrets; "" when there is none. Filled by merchant_open() only */
    const char *private_key, *apiv3_key, *apiv3_key_old;
    const char *public_key;           /* the channel's, PEM: a key, or its certificate in certificate mode */
    const char *app_cert, *root_cert; /* Alipay in certificate mode: ours, and its roots */
};
/* Seals, inserts (the caller has tried the keys); a live merchant of the same project and channel is closed (its orders go on with it).
 * Numbers and keys of the sandbox are refused unless the channels' addresses are loopback. WRITE */
MUST_CHECK enum err merchant_add(struct ctx *cx, const struct merchant *m, int64_t *id);
MUST_CHECK enum err merchant_close(struct ctx *cx, int64_t id);
typedef void merchant_fn(void *arg, const struct merchant *m);
MUST_CHECK enum err merchant_list(struct ctx *cx, merchant_fn *fn, void *arg); /* without secrets */
/* The one that takes money for a project by a channel; ERR_STATE: none. */
MUST_CHECK enum err merchant_for(struct ctx *cx, int64_t project_id, int channel, int64_t *id);
/* Any company's: fills cx->who.company_id (callbacks and jobs act as that company's system). ERR_NOT_FOUND: none.
 * ERR_FORBIDDEN: the sandbox's while the channels' addresses are real. */
MUST_CHECK enum err merchant_open(struct ctx *cx, int64_t id, struct merchant *out);
/* Ids of active merchants of a channel, all companies. */
MUST_CHECK enum err merchant_ids(struct ctx *cx, int channel, int64_t *ids, size_t max, size_t *n);

/* Platform certificates that have been fetched. */
typedef void merchant_key_fn(void *arg, const char *key_id, const char *pem, int64_t from_ms, int64_t until_ms);
MUST_CHECK enum err merchant_keys(struct ctx *cx, int64_t id, merchant_key_fn *fn, void *arg);
MUST_CHECK enum err merchant_key_save(struct ctx *cx, int64_t id, const char *key_id, const char *pem, int64_t from_ms,
                                      int64_t until_ms);
MUST_CHECK enum err merchant_keys_fetched(struct ctx *cx, int64_t id); /* now: the next refresh counts from here */

#endif
