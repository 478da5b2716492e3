/* wechat_pay.h - the parts of WeChat Pay v3 below the table in pay.h: signatures, sealed documents, certificates.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_WECHAT_PAY_H
#define PROVIDERS_WECHAT_PAY_H
#include "base/json.h"
#include "platform/http_out.h"
#include "providers/pay.h"

/* METHOD, target, time, nonce, body: each line ended by LF. url: whole or from the path on. Pure. */
const char *wechat_pay_message(struct arena *a, const char *method, const char *url, int64_t ts_s, const char *nonce,
                               const char *body);
/* Value of the header; NULL: our key is not usable. */
const char *wechat_pay_authorization(struct arena *a, const struct pay_config *c, const char *method, const char *url,
                                     const char *body, int64_t ts_s, const char *nonce);
/* ERR_FORBIDDEN, or ERR_RETRY for a key we do not hold; *why is static text. */
MUST_CHECK enum err wechat_pay_verify(const struct pay_config *c, const struct pay_incoming *in, const char **why);
const char *wechat_pay_nonce(struct arena *a); /* 32 of [0-9A-Za-z] */
/* The JSON object for wx.requestPayment with the given nonce. */
const char *wechat_pay_client(struct arena *a, const struct pay_config *c, const char *prepay_id, int64_t ts_s,
                              const char *nonce);

/* Opens {algorithm, nonce, associated_data, ciphertext}; NULL: not ours, damaged. */
const char *wechat_pay_open(struct arena *a, const struct pay_config *c, const struct json *sealed, size_t *len);
/* The documents of an order and of a refund; false: not usable. */
bool wechat_pay_transaction(const struct json *j, struct pay_answer *out);
bool wechat_pay_refund_document(const struct json *j, const char *status_key, struct pay_refund_answer *out);
MUST_CHECK enum err wechat_pay_notify(struct arena *a, const struct pay_config *c, const struct pay_incoming *in,
                                      struct pay_notify *out, struct provider_answer *ans);

/* One signed call; *j: the body as JSON, NULL when empty (204) or not JSON. OK: 2xx with a good signature.
 * ERR_UPSTREAM and the like: refused by a verified answer. ERR_TIMEOUT: anything that proves nothing. */
MUST_CHECK enum err wechat_pay_call(struct arena *a, const struct pay_config *c, const char *method, const char *target,
                                    const char *body, const struct json **j, struct provider_answer *ans);
/* Signs and sends; nothing of the answer is checked. */
MUST_CHECK enum err wechat_pay_send(struct arena *a, const struct pay_config *c, const char *method, const char *target,
                                    const char *body, struct out_reply *reply, struct provider_answer *ans);
/* The same for a file: nothing of it is signed, at most `max` bytes. */
MUST_CHECK enum err wechat_pay_download(struct arena *a, const struct pay_config *c, const char *target, size_t max,
                                        struct out_reply *reply, struct provider_answer *ans);
bool wechat_pay_code_is(const char *code, const char *plain); /* plain: without '_'; both spellings are about */
/* The Wechatpay-* headers of an answer. */
struct pay_incoming wechat_pay_signed(const struct out_reply *r, int64_t now);

/* GET /v3/certificates into *set (the old ones stay until they end). Run at start, every 12 h, and, rate-limited, on
 * ERR_RETRY of a notify. ERR_FORBIDDEN: not proven by a key we hold or by one of those inside. */
MUST_CHECK enum err wechat_pay_certificates(struct arena *a, const struct pay_config *c, struct pay_keys *set,
                                            struct provider_answer *ans);
/* The same for an answer that is already here. */
MUST_CHECK enum err wechat_pay_certificates_read(struct arena *a, const struct pay_config *c,
                                                 const struct pay_incoming *in, struct pay_keys *set, const char **why);
bool wechat_pay_key_of(struct arena *a, const char *pem, struct pay_key *out); /* from a certificate */

MUST_CHECK enum err wechat_pay_bill(struct arena *a, const struct pay_config *c, const struct pay_bill_want *w,
                                    struct pay_bill_answer *out, struct provider_answer *ans);
/* The account of a day, the same way: what came in and went out, fees too. */
struct pay_flow_answer {
    enum pay_bill_state state;
    struct pay_flow_sum sum;
};
MUST_CHECK enum err wechat_pay_flow(struct arena *a, const struct pay_config *c, int32_t yyyymmdd, pay_flow_fn *fn,
                                    void *arg, struct pay_flow_answer *out, struct provider_answer *ans);

#endif
