/* sandbox.h - simulators of the outside world, speaking the providers' real protocols, for the demo, the tests
 * and the fault runs. Loopback only. One thread a connection, a lock over the captured things and another over the payments: simple.
 * Notices to the merchant leave from threads of their own (notify.h).
 *
 *   api.weixin.qq.com   /sns/jscode2session, /cgi-bin/stable_token, /wxa/..., /cgi-bin/message/subscribe/send
 *   api.mch.weixin.qq.com  /v3/... (wxpay*.c)
 *   Alipay              /gateway.do (alipay*.c), bills at /bill/alipay
 *   the payer           /pay/... (page.c)
 *   Aliyun SMS          POST / with x-acs-*          Tencent SMS   POST / with X-TC-*
 *                       both also tell what became of a message: delivered, but not at numbers that end in 404
 *   SMTP                a capturing server on its own port
 *   control             /control/... (control.c)
 *
 * Log-in codes: "<user>.<anything>" logs <user> in; each code works once; "bad..." never. Phone codes:
 * "<11 digits>.<anything>".  SPDX-License-Identifier: MIT */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H
#include "base/arena.h"
#include "base/json.h"
#include "providers/provider.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sb_config {
    int port, smtp_port; /* 0: any */
    const char *wechat_appid, *wechat_secret;
    const char *sms_key_id, *sms_secret, *sms_app_id;
    const char *smtp_user, *smtp_pass;            /* NULL: everybody may send */
    const char *alipay_appid, *alipay_app_public; /* verifies requests */
    const char *alipay_private;                   /* the gateway's own, signs answers */
    bool sms_limits;                              /* 1 a minute, 5 an hour, 10 a day per number */
    /* payments; NULL where nothing of the kind is tested */
    const char *wechat_mchid, *wechat_merchant_cert; /* verifies requests */
    const char *wechat_apiv3_key;                    /* 32 characters */
    const char *wechat_platform_private, *wechat_public_key_id;
    const char *alipay_seller;
    const char *alipay_app_cert, *alipay_cert, *alipay_root_cert; /* certificate mode: PEM */
    const char *state_file;                                       /* orders survive a restart */
    int64_t scale;                                                /* retry tables are divided by it; 0: 1 */
};
extern struct sb_config sb;

bool sandbox_start(const struct sb_config *c, int *port, int *smtp_port);
void sandbox_stop(void);

#define SB_HEADERS 48
struct sb_request {
    struct arena *arena;
    const char *method, *path, *query; /* raw */
    struct provider_param header[SB_HEADERS];
    size_t nheader;
    const char *body;
    size_t body_len;
};
struct sb_reply {
    int status;
    const char *type, *body;
    size_t len; /* 0: strlen(body) */
    struct provider_param header[12];
    size_t nheader;
    bool never; /* no answer until the caller gives up */
    bool hang_up;
    bool cut; /* half of the body, then the connection is closed */
};
const char *sb_header(const struct sb_request *rq, const char *name); /* "" when absent */
/* Decoded parameters of a query or form; returns how many. */
size_t sb_params(struct arena *a, const char *text, struct provider_param *out, size_t max);
const char *sb_param(const struct provider_param *p, size_t n, const char *name); /* "" when absent */
void sb_route(struct sb_request *rq, struct sb_reply *out);
void sb_text(struct sb_reply *out, int status, const char *type, const char *body);

/* The protocols: pure but for the captured state. */
void wechat_reply(struct sb_request *rq, struct sb_reply *out);
void alipay_reply(struct sb_request *rq, struct sb_reply *out);
void aliyun_reply(struct sb_request *rq, struct sb_reply *out);
void tencent_reply(struct sb_request *rq, struct sb_reply *out);
void control_reply(struct sb_request *rq, struct sb_reply *out);
void control_pay_reply(struct sb_request *rq, struct sb_reply *out);
void wxpay_reply(struct sb_request *rq, struct sb_reply *out);
void alipay_bill_reply(struct sb_request *rq, struct sb_reply *out); /* the download */
void page_reply(struct sb_request *rq, struct sb_reply *out);
bool sb_bool(const struct json *j, const char *key, bool absent);
const char *sb_self(const struct sb_request *rq); /* http://host:port as the caller sees us */
void *smtp_serve(void *listen_fd);

/* Captured things, newest last. kind: "sms", "mail", "message". All take the lock themselves. */
void sb_capture(const char *kind, const char *to, const char *json_object);
const char *sb_captured(struct arena *a, const char *kind, const char *to); /* JSON array; to "": all */
bool sb_use_code(const char *code);                                         /* false: used before */
int sb_count_since(const char *kind, const char *to, int64_t since_ms);
/* Faults: the next n calls of a kind: "wechat", "sms", "smtp", "alipay" (all methods) or one ("alipay.create"),
 * "wxpay" (all) or one of wxpay.create, .query, .close, .refund, .refund_query, .certificates, .bill, .download. Modes:
 *   "500" (not processed)          "500_after" (processed, then 500; WeChat: SYSTEM_ERROR, Alipay: 20000)
 *   "drop" (connection closed)     "drop_after" (processed, then closed)
 *   "timeout" (processed, never answered)   "timeout_before" (not processed, never answered)
 *   "429" (not processed)          "broken" (processed, half of the document, as if whole)
 *   "cut" (processed, the connection breaks in the middle of the body)
 *   "badsign" (processed, signature damaged)   "nosign", "probe" (wxpay: no signature, one that must fail)
 *   "altered" (wxpay.download: a file that is whole, but not the one of the hash; alipay.download: a page instead of a
 *   file; alipay.certificate: another one than was asked for)               "grey" (smtp: 451) */
void sb_fault_set(const char *kind, const char *mode, int n);
const char *sb_fault_take(const char *kind); /* "": none; the fault of a group ("wxpay") counts for its members */
/* WeChat's access token and message consents. */
const char *sb_token(struct arena *a, bool renew);
bool sb_token_good(const char *token);
void sb_token_revoke(void);
void sb_consent_set(const char *openid, const char *template_id, int n);
bool sb_consent_take(const char *openid, const char *template_id);
void sb_reset(void);

#endif
