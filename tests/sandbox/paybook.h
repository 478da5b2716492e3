/* paybook.h - what the two payment channels remember: orders, payments, refunds, and how they are told to behave.
 * One lock over all of it; functions marked [lock] want it held. With a state file every change is appended to it and
 * read again at the next start.  SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PAYBOOK_H
#define SANDBOX_PAYBOOK_H
#include "base/arena.h"
#include "base/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pb_channel { PB_WECHAT, PB_ALIPAY, PB_CHANNELS };
enum pb_state { PB_NOTPAY, PB_PAID, PB_CLOSED, PB_STATES };
enum pb_refund_state { PB_R_PROCESSING, PB_R_SUCCESS, PB_R_CLOSED, PB_R_ABNORMAL, PB_R_STATES };
extern const char *const pb_channel_name[PB_CHANNELS], *const pb_state_name[PB_STATES],
                                                           *const pb_refund_name[PB_R_STATES];

#define PB_PARTIALS 50

struct pb_txn { /* one payment; more than one only when control says so */
    struct pb_txn *next;
    char id[64];
    int64_t amount, at, refunded; /* refunded: all that is not closed */
    int nrefunds;
};
struct pb_order {
    struct pb_order *next; /* by age */
    enum pb_channel channel;
    enum pb_state state;
    bool qr, scanned;           /* an Alipay QR order is nowhere before its scan */
    bool told;                  /* a notify was accepted (or was not to be sent) */
    char no[72], trade_no[64];  /* trade_no: Alipay's */
    char hash[65];              /* of the request: the same number must come with the same one */
    char appid[40], payer[136]; /* payer "": whoever scans */
    char subject[1100], attach[600], notify_url[520];
    int64_t total, created, expires, qr_until, closed;
    struct pb_txn *txn, **txn_tail;
};
struct pb_refund {
    struct pb_refund *next; /* by age */
    struct pb_order *order;
    struct pb_txn *txn;
    enum pb_refund_state state;
    bool console, asked_again; /* console: not asked for by API */
    char no[72], id[64], reason[1100], notify_url[520];
    int64_t amount, total, created, due, done;
    int outcome; /* enum pb_refund_state when due */
};

struct pb_settings {
    int64_t scale;                        /* retry tables are divided by it */
    int64_t refund_ms[PB_CHANNELS];       /* so long a refund is PROCESSING; Alipay: fund_change N when > 0 */
    int64_t refund_outcome[PB_CHANNELS];  /* enum pb_refund_state of the refunds to come */
    int64_t balance[PB_CHANNELS];         /* what refunds can take; -1: no end */
    int64_t refund_gap_ms, close_wait_ms; /* the channels' least times; 0: do not insist */
    int64_t ramp;                         /* of 1000 callbacks are signed by the public key */
    int64_t certificates, public_key;     /* WeChat: which of the two modes the merchant has (0, 1) */
    int64_t creating[PB_CHANNELS];        /* the next n calls for a bill come too early */
    int64_t any_day;                      /* 1: bills of today too */
    int64_t lost, dup, probe, forged, amount, replayed, truncated; /* of 1000 notifies */
    int64_t late_ms, shuffle_ms;                                   /* first try so much later; at random up to */
};
extern struct pb_settings pb_set; /* [lock] */

void pb_lock(void);
void pb_unlock(void);
bool pb_open(const char *state_file); /* "" or NULL: memory only; false: cannot be read */
void pb_reset(void);
void pb_close(void);

/* [lock] all below. Whoever looks at an order sees it as of now: what has run out is closed, what is due done. */
struct pb_order *pb_order_new(enum pb_channel c, const char *no);
struct pb_order *pb_order(enum pb_channel c, const char *no);
struct pb_order *pb_order_any(const char *no); /* of either channel */
struct pb_order *pb_order_by_txn(enum pb_channel c, const char *txn, struct pb_txn **t);
struct pb_order *pb_orders(void);
void pb_handle_put(struct pb_order *o, const char *handle, int64_t until); /* prepay_id, what a QR code says */
struct pb_order *pb_handle(const char *handle);                            /* NULL: unknown or run out */
void pb_order_changed(const struct pb_order *o);                           /* to the log */
void pb_scan(struct pb_order *o);
struct pb_pay {
    const char *txn;    /* NULL: made up */
    int64_t amount, at; /* 0: as ordered, now */
    bool late, second, quiet;
};
const char *pb_pay(struct pb_order *o, const struct pb_pay *p); /* NULL: paid; else why not */
void pb_order_close(struct pb_order *o);
int64_t pb_refunded(const struct pb_order *o, enum pb_refund_state s);

struct pb_refund *pb_refund(enum pb_channel c, const char *order_no, const char *no); /* order_no: Alipay only */
struct pb_refund *pb_refunds(void);
int64_t pb_last_refund(const struct pb_txn *t); /* when one of it was made last; 0: never */
struct pb_refund *pb_refund_new(struct pb_order *o, struct pb_txn *t, const char *no, int64_t amount);
void pb_refund_finish(struct pb_refund *r, enum pb_refund_state s);
void pb_refunds_due(void);
bool pb_balance_take(enum pb_channel c, int64_t amount);

/* The same JSON for the log and for control. */
void pb_order_json(struct jw *w, const struct pb_order *o);
void pb_refund_json(struct jw *w, const struct pb_refund *r);
/* paybook_log.c */
bool pb_log_open(const char *path);
void pb_log_close(void);
void pb_log_order(const struct pb_order *o);
void pb_log_refund(const struct pb_refund *r);
void pb_log_handle(const struct pb_order *o, const char *handle, int64_t until);
void pb_log_reset(void);
void pb_key_put(const char *key, void *p);
void *pb_key(const char *key);
void pb_order_index(struct pb_order *o);
void pb_refund_index(struct pb_refund *r);
void pb_refund_settled(struct pb_refund *r, enum pb_refund_state s); /* as read: nobody is told */
struct pb_txn *pb_txn_add(struct pb_order *o, const char *id);

#endif
