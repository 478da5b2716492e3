/* message.h - messages to people: SMS, mail, WeChat and Alipay mini-program messages, and the inbox of the application.
 *
 *   PENDING -> SENDING -> SENT -> DELIVERED     a row a message and channel; `dedup` makes asking twice harmless
 *      ^          |-> PENDING (back-off) -> DEAD (given up; requeued or DISCARDED by hand)
 *      +- SUPPRESSED (quota, blacklist, throttle, quiet hours, preference, no address, no template) -> the plan's next channel
 *
 * message_tell() is the door for whatever happens to somebody: it chooses channels, words and time by the kind's row
 * (message_kind.h), the company's templates, the person's preferences. message_add() is the bare row below it, for codes and
 * offers, whose time is their own. Both run inside the transaction that causes the message; the sender job (main/) takes due
 * rows, calls the provider outside any transaction and records the outcome.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MESSAGE_H
#define DOMAIN_MESSAGE_H
#include "platform/ctx.h"

enum message_channel { MSG_SMS, MSG_MAIL, MSG_WECHAT, MSG_ALIPAY, MSG_CHANNELS };
extern const char *const message_channel_name[MSG_CHANNELS];

struct message {
    int64_t id, company_id, project_id, account_id, attempts, give_up_at, not_before;
    int channel;
    const char *kind;    /* "code", "offer", or a kind of message_kind.h */
    const char *dedup;   /* unique per company, e.g. "offer:123:sms" */
    const char *to;      /* phone, address or openid: sealed at rest */
    const char *text;    /* what the person reads; for codes: the code; for templates: lines "key=text" */
    const char *subject; /* mail */
    const char *page;    /* mini-program page */
    const char *tmpl;    /* the platform's template; NULL or "": the configured one */
    const char *plan;    /* channels to try when this one fails, "sms,mail"; NULL: none */
    const char *vars;    /* JSON object, what the next channel's words are made of; NULL: none */
    bool urgent, secret;
};

/* A second message with the same dedup is dropped silently. give_up_after_ms: an old code or offer is worthless. What goes
 * to a blocked address is kept as suppressed. */
MUST_CHECK enum err message_add(struct ctx *cx, const struct message *m, int64_t give_up_after_ms);

/* Something happened that this account should hear of. vars: what the templates name; unknown ones are not printed.
 * Inbox at once; every ladder of the kind's plan gets one message. WRITE */
struct message_var {
    const char *name, *value;
};
struct message_tell {
    int64_t company_id, project_id, account_id;
    const char *kind;
    const char *object; /* what it is about, "complaint" */
    int64_t object_id;
    const char *event; /* makes the dedup with object and account: "filed", "overdue1" */
    const struct message_var *var;
    size_t nvar;
    const char *page; /* mini-program page; NULL: none */
    bool secret;      /* the delivery log does not show to whom */
};
MUST_CHECK enum err message_tell(struct ctx *cx, const struct message_tell *t);
/* The same to everybody who runs the project (managers, dispatchers; none: the company's administrators); t->account_id is not
 * looked at. */
MUST_CHECK enum err message_tell_desk(struct ctx *cx, const struct message_tell *t);

/* Sender: claims at most max due rows, urgent ones first (state SENDING, next_at = now + lease); WRITE. */
struct message_list {
    struct message *v;
    size_t n;
};
MUST_CHECK enum err message_claim(struct ctx *cx, size_t max, int64_t lease_ms, struct message_list *out);
enum message_outcome { MSG_SENT, MSG_RETRY, MSG_REFUSED, MSG_SUPPRESSED };
/* A message that is given up goes on with the next channel of its plan. WRITE */
MUST_CHECK enum err message_done(struct ctx *cx, const struct message *m, enum message_outcome how, const char *ref,
                                 const char *error);
/* Which provider took it, and when (unix ms) to ask whether it has arrived; 0: cannot be asked. WRITE */
MUST_CHECK enum err message_taken(struct ctx *cx, int64_t id, const char *provider, int64_t ask_at);
/* When the next row is due (unix ms), 0: none. READ. */
MUST_CHECK enum err message_next_due(struct ctx *cx, int64_t *at);
/* What message_tell() has put in about that object and nobody has begun to send is not sent. */
MUST_CHECK enum err message_recall(struct ctx *cx, const char *object, int64_t id);

/* Subscribe-message quota (订阅消息额度): granted by taps, used one by one. take: *had = false when none was left. */
MUST_CHECK enum err message_quota_add(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl,
                                      int64_t n);
MUST_CHECK enum err message_quota_take(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl,
                                       bool *had);

#endif
