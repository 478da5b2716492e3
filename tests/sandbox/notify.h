/* notify.h - telling the merchant: notices of both channels, sealed and signed, sent with the channels' retry tables
 * (divided by pb_set.scale) by a few threads with kept connections; what came back is remembered.
 *
 * Kinds of a try: what is honest, what an attacker could send, what the network does to it.
 * SPDX-License-Identifier: MIT */
#ifndef SANDBOX_NOTIFY_H
#define SANDBOX_NOTIFY_H
#include "base/json.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"

enum nt_kind {
    NT_GENUINE,
    NT_DUP,       /* the same event once more, signed anew */
    NT_FORGED,    /* signed by somebody else */
    NT_AMOUNT,    /* signed well, another amount than was ordered */
    NT_REPLAYED,  /* signed well, ten minutes (WeChat) or a day (Alipay) ago */
    NT_TRUNCATED, /* signed as a whole, half of it arrives */
    NT_PROBE,     /* WECHATPAY/SIGNTEST/...: must be refused, the true one follows */
    NT_KINDS
};
extern const char *const nt_kind_name[NT_KINDS];

struct nt_notice { /* strings: malloc, owned */
    enum pb_channel channel;
    char *url, *plain;          /* WeChat: the document to seal; Alipay: an object of the parameters */
    char id[40], event[40];     /* event: of WeChat; Alipay: trade_status_sync */
    char no[72], refund_no[72]; /* refund_no "": a payment */
    int64_t amount;
};
/* What goes over the wire for one try. */
struct nt_wire {
    const char *body, *type;
    size_t len;
    struct provider_param header[8];
    size_t nheader;
};
void nt_wire(struct arena *a, const struct nt_notice *n, enum nt_kind kind, struct nt_wire *out);
struct nt_notice *nt_notice_payment(const struct pb_order *o, const struct pb_txn *t); /* [lock] malloc */
struct nt_notice *nt_notice_refund(const struct pb_refund *r);                         /* [lock]; NULL: none is sent */
struct nt_notice *nt_notice_new(enum pb_channel c, const char *url, const char *event, const char *plain);
void nt_notice_free(struct nt_notice *n);

struct nt_result {
    int status; /* 0: nobody answered */
    bool taken; /* in the channel's own terms */
    char body[256];
    int64_t us;
};
struct nt_client; /* one a thread: keeps its connection */
struct nt_client *nt_client_new(void);
void nt_client_free(struct nt_client *c);
void nt_send(struct nt_client *c, const struct nt_notice *n, enum nt_kind kind, struct nt_result *out);

/* [lock] Queues what the settings make of an event. */
void nt_payment(struct pb_order *o, struct pb_txn *t);
void nt_refund(struct pb_refund *r);
void nt_post(struct nt_notice *n); /* any other */
void nt_wake_at(int64_t when);     /* refunds that come due */
void nt_forget(void);
void nt_clock_moved(void);
bool nt_start(void);
void nt_stop(void);
const char *nt_list(struct arena *a, const char *no, const char *kind); /* deliveries as JSON, newest last */
bool nt_wait_idle(int timeout_ms, int64_t within_ms); /* nothing is under way, or due within so long */

/* storm.c: see there. */
const char *storm_start(struct arena *a, const struct json *j); /* NULL: runs; else why not */
const char *storm_report(struct arena *a, bool wait);
void storm_stop(void);

/* WeChat's platform keys: the public key (a key without a certificate) and one or two certificates. */
bool nt_keys_open(void);
void nt_keys_close(void);
void nt_rotate(void);
enum nt_signer { NT_BY_CERTIFICATE, NT_BY_PUBLIC_KEY, NT_BY_STRANGER };
/* Signs text with it; *serial: what Wechatpay-Serial says. */
const char *nt_sign(struct arena *a, enum nt_signer by, const char *text, size_t n, const char **serial);
const char *nt_sign_alipay(struct arena *a, const char *text, bool stranger);
struct nt_certificate {
    const char *pem, *serial;
    int64_t from, until;
};
size_t nt_certificates(struct arena *a, struct nt_certificate out[2]);

#endif
