/* pay.h - paying through a channel: one table of calls for WeChat Pay v3 and the Alipay v2 gateway.
 *
 * Errors as in provider.h. ERR_TIMEOUT: the outcome is unknown; look with query(), or repeat with the very same
 * struct pay_request (both channels refuse the same number with other parameters). Nothing but a verified
 * document becomes a struct pay_answer, and nothing is booked before pay_mismatch() has agreed.
 * Pure protocol: no store, no state.  OWNERSHIP: what comes back is arena.  SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_PAY_H
#define PROVIDERS_PAY_H
#include "providers/pay_bill.h"
#include "providers/provider.h"
#include <stdbool.h>

#define PAY_KEYS    8 /* platform keys held at once: rotation needs two, the ramp to public keys one more */
#define PAY_MAX_FEN INT64_C(10000000000)

struct pay_key {
    const char *id;            /* serial of a certificate (hex) or PUB_KEY_ID_... */
    const char *pem;           /* certificate or public key */
    int64_t from_ms, until_ms; /* until 0: no end */
};
struct pay_keys {
    struct pay_key key[PAY_KEYS];
    size_t n;
};
struct pay_config {
    const char *url;         /* WeChat: https://api.mch.weixin.qq.com; Alipay: the gateway */
    const char *appid;       /* mini-program */
    const char *mchid;       /* WeChat: mchid; Alipay: seller_id (2088...), "" when not to be checked */
    const char *private_key; /* ours */
    /* WeChat only */
    const char *serial;                    /* of our API certificate */
    const char *apiv3_key, *apiv3_key_old; /* old: second try for some minutes after a change; may be NULL */
    const char *public_key_id;             /* PUB_KEY_ID_...: ask for answers signed with it; NULL: certificates */
    struct pay_keys keys;                  /* whatever may sign: certificates, public key, or both during the ramp */
    /* Alipay only */
    const char *public_key; /* theirs: a key, or in certificate mode their certificate */
    /* certificate mode: cert_sn() of our certificate, cert_root_sn() of their root file, cert_sn() of their certificate;
     * NULL: key mode */
    const char *app_cert_sn, *root_cert_sn, *alipay_cert_sn;
};

enum pay_scene { PAY_MINI, PAY_QR };
struct pay_order {
    enum pay_scene scene;
    const char *out_trade_no; /* 16..32 of [0-9A-Za-z]: what both channels take without escaping */
    int64_t amount_fen;
    const char *description; /* shown to the payer */
    const char *notify_url;
    int64_t now, expires_at; /* unix ms; at least a minute apart */
    const char *openid;      /* PAY_MINI */
};
struct pay_refund {
    const char *out_trade_no, *out_refund_no; /* the same number for ever: another one is another refund */
    int64_t refund_fen, total_fen;            /* total: of the order */
    const char *reason, *notify_url;          /* "" or NULL: none; Alipay notifies the URL of the payment */
};
/* Made once, stored, sent as often as needed: its bytes never change. */
struct pay_request {
    enum pay_scene scene;
    const char *number; /* out_trade_no, out_refund_no */
    const char *notify_url, *body;
};

enum pay_status {
    PAY_ERROR_UNKNOWN, /* nothing is known: look again */
    PAY_NOTPAY,
    PAY_USERPAYING,
    PAY_SUCCESS,
    PAY_CLOSED,
    PAY_REFUNDED,       /* it was paid; some or all of it was applied for as refund */
    PAY_UNKNOWN_NUMBER, /* the channel has no such order (yet: an Alipay QR exists from the scan on) */
};
struct pay_answer {
    enum pay_status status;
    const char *out_trade_no, *txn_id, *payer, *merchant, *appid, *currency; /* "" when absent */
    int64_t amount_fen;                                                      /* of the order, coupons included */
    int64_t paid_at;                                                         /* unix ms; 0: not paid */
    const char *code, *text;                                                 /* the channel's own word for the state */
};
struct pay_created {
    enum pay_status status; /* OK: PAY_NOTPAY. Refused: PAY_SUCCESS: query and book; PAY_CLOSED: new number */
    const char *handle;     /* prepay_id, trade_no; QR: the text of the code */
};
enum pay_refund_status {
    REFUND_ERROR_UNKNOWN,
    REFUND_PROCESSING, /* accepted is not refunded */
    REFUND_SUCCESS,
    REFUND_CLOSED,
    REFUND_ABNORMAL, /* the payer's card does not take it: a human must act */
    REFUND_UNKNOWN_NUMBER,
    REFUND_NO_BALANCE, /* refused for now: later, with the same number */
};
struct pay_refund_answer {
    enum pay_refund_status status;
    const char *out_trade_no, *out_refund_no, *txn_id, *refund_id, *merchant; /* "" when absent */
    int64_t refund_fen, total_fen;                                            /* 0: not said */
    int64_t refunded_sum_fen; /* Alipay: all refunds of this trade so far (compare with the sum); 0: not said */
    int64_t done_at;
    const char *code, *text;
};

enum pay_event { PAY_EVENT_OTHER, PAY_EVENT_PAYMENT, PAY_EVENT_REFUND };
struct pay_incoming {
    const char *timestamp, *nonce, *signature, *serial; /* Wechatpay-*; NULL: absent */
    const char *body;
    size_t len;
    int64_t now; /* unix ms */
};
struct pay_notify {
    enum pay_event event; /* OTHER: genuine, but nothing we act on: acknowledge */
    const char *id;
    struct pay_answer pay;
    struct pay_refund_answer refund; /* PAY_EVENT_REFUND */
};

/* The bill of a day. file() gets it as it was downloaded and unpacked, to be kept; then every row of it, once the whole
 * was understood and its totals agree. Either may be NULL. */
struct pay_bill_want {
    int32_t day; /* yyyymmdd, before today */
    pay_bill_fn *row;
    void (*file)(void *arg, const void *p, size_t n);
    void *arg;
};
enum pay_bill_state {
    BILL_ERROR_UNKNOWN,
    BILL_READY,
    BILL_EMPTY,   /* the channel says that nothing moved: compare with nothing */
    BILL_NOT_YET, /* later */
};
struct pay_bill_answer {
    enum pay_bill_state state;
    struct pay_bill_sum sum;
};

struct pay_vt {
    const char *name;
    /* ERR_INVALID: *why (static text) names what does not fit. Pure. */
    enum err (*prepare)(struct arena *a, const struct pay_config *c, const struct pay_order *o, struct pay_request *out,
                        const char **why);
    enum err (*create)(struct arena *a, const struct pay_config *c, const struct pay_request *rq,
                       struct pay_created *out, struct provider_answer *ans);
    /* What the page hands to requestPayment / tradePay, as a JSON object. NULL: our key is not usable. */
    const char *(*client)(struct arena *a, const struct pay_config *c, const char *handle, int64_t now);
    /* OK with PAY_UNKNOWN_NUMBER is a fact; any error leaves the status PAY_ERROR_UNKNOWN. */
    enum err (*query)(struct arena *a, const struct pay_config *c, const char *out_trade_no, struct pay_answer *out,
                      struct provider_answer *ans);
    /* OK: *status is PAY_CLOSED, PAY_SUCCESS (too late: query and book) or PAY_UNKNOWN_NUMBER. */
    enum err (*close)(struct arena *a, const struct pay_config *c, const char *out_trade_no, enum pay_status *status,
                      struct provider_answer *ans);
    enum err (*refund_prepare)(struct arena *a, const struct pay_config *c, const struct pay_refund *r,
                               struct pay_request *out, const char **why);
    enum err (*refund)(struct arena *a, const struct pay_config *c, const struct pay_request *rq,
                       struct pay_refund_answer *out, struct provider_answer *ans);
    enum err (*refund_query)(struct arena *a, const struct pay_config *c, const char *out_trade_no,
                             const char *out_refund_no, struct pay_refund_answer *out, struct provider_answer *ans);
    /* ERR_FORBIDDEN: not proven to be theirs. ERR_RETRY: signed by a key we do not hold: refresh, then once more.
     * ERR_INVALID: theirs, but not for us or not usable. Any error: answer failure, do nothing. */
    enum err (*notify)(struct arena *a, const struct pay_config *c, const struct pay_incoming *in,
                       struct pay_notify *out, struct provider_answer *ans);
    /* OK: look at the state. ERR_INVALID: not a day that is over, or a file that is cut, damaged or does not add up:
     * nothing of it was handed to row(); ask again. Any other: not to be had now. At most PAY_BILL_FETCH bytes. */
    enum err (*bill)(struct arena *a, const struct pay_config *c, const struct pay_bill_want *w,
                     struct pay_bill_answer *out, struct provider_answer *ans);
    /* Ends an order whatever it is: Alipay makes a QR code worthless that nobody has scanned (close() cannot), and pays
     * back what was paid: *status PAY_REFUNDED. WeChat: the same as close(). */
    enum err (*cancel)(struct arena *a, const struct pay_config *c, const char *out_trade_no, enum pay_status *status,
                       struct provider_answer *ans);
};
extern const struct pay_vt wechat_pay, alipay_pay;
extern const struct pay_answer pay_nothing; /* every string "", status unknown */
extern const struct pay_refund_answer pay_refund_nothing;
const struct pay_vt *pay_channel(const char *name); /* "wechat", "alipay"; NULL: no such */

/* NULL: usable; else what is missing or wrong (static text). Run at the start: it signs something. What belongs to the
 * sandbox is refused for any address but loopback. */
const char *pay_config_wrong(const struct pay_vt *v, const struct pay_config *c);

/* NULL: the document is about this order of ours, paid in full; else what differs (static text). */
const char *pay_mismatch(const struct pay_config *c, const struct pay_answer *p, const char *out_trade_no,
                         int64_t amount_fen);
bool pay_number_valid(const char *s); /* ^[0-9A-Za-z]{16,32}$ */
const char *pay_order_wrong(const struct pay_order *o);
const char *pay_refund_wrong(const struct pay_refund *r);

/* false: a key twice in one object of a signed document; which one was meant? */
struct json;
bool pay_json_unique(const struct json *j);

/* Yuan as text and fen, digits only: ^\d{1,9}(\.\d{1,2})?$ */
bool pay_yuan_parse(const char *s, int64_t *fen);
const char *pay_yuan(struct arena *a, int64_t fen);
bool pay_time_parse(const char *s, int64_t *unix_ms); /* "2026-11-23 10:00:00", Beijing; a fraction does not count */
const char *pay_time(struct arena *a, int64_t unix_ms);
const char *pay_day(struct arena *a, int32_t yyyymmdd); /* "2026-11-23"; NULL: no day, or not over yet */

/* The key of a message, valid at `now`; serials compare without leading zeros and case. NULL: none. */
const struct pay_key *pay_key_find(const struct pay_keys *set, const char *id, int64_t now);
/* Adds or replaces; drops what has ended; full: the one that ends first goes, never one without end. */
void pay_key_add(struct pay_keys *set, const struct pay_key *k, int64_t now);

#endif
