/* message.h - messages to people outside the socket: SMS, mail, WeChat and Alipay mini-program messages.
 *
 *   PENDING -> SENDING -> SENT        a row a message and channel; `dedup` makes asking twice harmless
 *      ^          |-> PENDING (back-off) -> DEAD (given up)
 *      +- SUPPRESSED (no quota, no address)
 *
 * message_add() runs inside the transaction that causes the message; the sender job (main/) takes due
 * rows, calls the provider outside any transaction and records the outcome.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MESSAGE_H
#define DOMAIN_MESSAGE_H
#include "platform/ctx.h"

enum message_channel { MSG_SMS, MSG_MAIL, MSG_WECHAT, MSG_ALIPAY, MSG_CHANNELS };
extern const char *const message_channel_name[MSG_CHANNELS];

struct message {
    int64_t id, company_id, account_id, attempts, give_up_at;
    int channel;
    const char *kind;    /* "code", "offer", ... chooses the template */
    const char *dedup;   /* unique per company, e.g. "offer:123:sms" */
    const char *to;      /* phone, address or openid: sealed at rest */
    const char *text;    /* what the person reads; for codes: the code */
    const char *subject; /* mail */
    const char *page;    /* mini-program page */
};

/* A second message with the same dedup is dropped silently. give_up_after_ms: an old code or offer is worthless. */
MUST_CHECK enum err message_add(struct ctx *cx, const struct message *m, int64_t give_up_after_ms);

/* Sender: claims at most max due rows (state SENDING, next_at = now + lease); WRITE. */
struct message_list {
    struct message *v;
    size_t n;
};
MUST_CHECK enum err message_claim(struct ctx *cx, size_t max, int64_t lease_ms, struct message_list *out);
enum message_outcome { MSG_SENT, MSG_RETRY, MSG_REFUSED, MSG_SUPPRESSED };
MUST_CHECK enum err message_done(struct ctx *cx, const struct message *m, enum message_outcome how, const char *ref,
                                 const char *error);
/* When the next row is due (unix ms), 0: none. READ. */
MUST_CHECK enum err message_next_due(struct ctx *cx, int64_t *at);

/* Subscribe-message quota (订阅消息额度): granted by taps, used one by one. take: *had = false when none was left. */
MUST_CHECK enum err message_quota_add(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl,
                                      int64_t n);
MUST_CHECK enum err message_quota_take(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl,
                                       bool *had);

#endif
