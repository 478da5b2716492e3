/* paybook.c - see paybook.h. SPDX-License-Identifier: MIT */
#include "sandbox/paybook.h"
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/notify.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS   65536
#define HANDLE_MS (2 * HOUR_MS)
#define DEFAULTS                                                                                                       \
    {                                                                                                                  \
        .scale = 1, .refund_ms = {1000, 0}, .refund_outcome = {PB_R_SUCCESS, PB_R_SUCCESS}, .balance = {-1, -1},       \
        .ramp = 1000, .certificates = 1, .public_key = 1                                                               \
    }

const char *const pb_channel_name[PB_CHANNELS] = {"wechat", "alipay"};
const char *const pb_state_name[PB_STATES] = {"notpay", "paid", "closed"};
const char *const pb_refund_name[PB_R_STATES] = {"processing", "success", "closed", "abnormal"};

struct pb_settings pb_set = DEFAULTS;

struct handle {
    struct handle *next;
    struct pb_order *order;
    int64_t until;
};
struct key { /* one table for numbers of every kind, told apart by their first letter */
    struct key *next;
    void *p;
    char text[];
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct key *bucket[BUCKETS];
static struct pb_order *orders, **order_tail = &orders;
static struct pb_refund *refunds, **refund_tail = &refunds;
static struct handle *handles;
static int processing;

void pb_lock(void)
{
    pthread_mutex_lock(&lock);
}

void pb_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void *fresh(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        abort();
    return p;
}

static struct key **place(const char *text)
{
    uint32_t h = 2166136261u;
    for (const char *s = text; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return &bucket[h % BUCKETS];
}

void *pb_key(const char *text)
{
    for (struct key *k = *place(text); k; k = k->next)
        if (strcmp(k->text, text) == 0)
            return k->p;
    return NULL;
}

void pb_key_put(const char *text, void *p)
{
    struct key **at = place(text);
    for (struct key *k = *at; k; k = k->next)
        if (strcmp(k->text, text) == 0) {
            k->p = p;
            return;
        }
    size_t n = strlen(text) + 1;
    struct key *k = fresh(sizeof *k + n);
    memcpy(k->text, text, n);
    k->p = p;
    k->next = *at;
    *at = k;
}

static const char *name_of(char out[256], char kind, enum pb_channel c, const char *a, const char *b)
{
    snprintf(out, 256, "%c%d/%s/%s", kind, (int)c, a, b);
    return out;
}

static void digits(char *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (char)('0' + crypto_random_below(10));
    out[n] = '\0';
}

/* ---- orders ---- */
struct pb_order *pb_orders(void)
{
    return orders;
}

/* Time passes for an order when somebody looks. */
static struct pb_order *as_of_now(struct pb_order *o)
{
    int64_t now = clock_now_ms();
    if (!o || o->state != PB_NOTPAY)
        return o;
    int64_t end = o->qr_until && !o->scanned && o->qr_until < o->expires ? o->qr_until : o->expires;
    if (now >= end) {
        o->state = PB_CLOSED;
        o->closed = end;
        pb_order_changed(o);
    }
    return o;
}

void pb_order_index(struct pb_order *o)
{
    char k[256];
    *order_tail = o;
    order_tail = &o->next;
    pb_key_put(name_of(k, 'o', o->channel, o->no, ""), o);
    if (*o->trade_no)
        pb_key_put(name_of(k, 't', o->channel, o->trade_no, ""), o);
}

struct pb_order *pb_order_new(enum pb_channel c, const char *no)
{
    struct pb_order *o = fresh(sizeof *o);
    o->channel = c;
    o->created = clock_now_ms();
    o->txn_tail = &o->txn;
    snprintf(o->no, sizeof o->no, "%s", no);
    pb_order_index(o);
    return o;
}

struct pb_order *pb_order(enum pb_channel c, const char *no)
{
    char k[256];
    return as_of_now(pb_key(name_of(k, 'o', c, no, "")));
}

struct pb_order *pb_order_any(const char *no)
{
    struct pb_order *o = pb_order(PB_WECHAT, no);
    return o ? o : pb_order(PB_ALIPAY, no);
}

struct pb_order *pb_order_by_txn(enum pb_channel c, const char *txn, struct pb_txn **t)
{
    char k[256];
    struct pb_order *o = as_of_now(pb_key(name_of(k, 't', c, txn, "")));
    *t = o ? o->txn : NULL;
    while (*t && strcmp((*t)->id, txn) != 0)
        *t = (*t)->next;
    return o;
}

void pb_handle_put(struct pb_order *o, const char *text, int64_t until)
{
    char k[256];
    struct handle *h = fresh(sizeof *h);
    h->order = o;
    h->until = until ? until : clock_now_ms() + HANDLE_MS;
    h->next = handles;
    handles = h;
    pb_key_put(name_of(k, 'h', 0, text, ""), h);
    pb_log_handle(o, text, h->until);
}

struct pb_order *pb_handle(const char *text)
{
    char k[256];
    struct handle *h = strlen(text) < 200 ? pb_key(name_of(k, 'h', 0, text, "")) : NULL;
    return h && clock_now_ms() < h->until ? as_of_now(h->order) : NULL;
}

void pb_order_changed(const struct pb_order *o)
{
    pb_log_order(o);
}

void pb_scan(struct pb_order *o)
{
    char k[256];
    if (o->scanned || o->state != PB_NOTPAY)
        return;
    o->scanned = true;
    if (!*o->trade_no) {
        snprintf(o->trade_no, sizeof o->trade_no, "%d2200", clock_day(clock_now_ms()));
        digits(o->trade_no + strlen(o->trade_no), 16);
        pb_key_put(name_of(k, 't', o->channel, o->trade_no, ""), o);
    }
    pb_order_changed(o);
}

struct pb_txn *pb_txn_add(struct pb_order *o, const char *id)
{
    char k[256];
    struct pb_txn *t = fresh(sizeof *t);
    snprintf(t->id, sizeof t->id, "%s", id);
    *o->txn_tail = t;
    o->txn_tail = &t->next;
    pb_key_put(name_of(k, 't', o->channel, t->id, ""), o);
    return t;
}

const char *pb_pay(struct pb_order *o, const struct pb_pay *p)
{
    char id[64];
    struct pb_txn *other;
    if (o->state == PB_PAID && !p->second)
        return "paid already";
    if (o->state == PB_CLOSED && !p->late)
        return "closed";
    if (p->txn && pb_order_by_txn(o->channel, p->txn, &other) && other)
        return "this transaction id is taken";
    if (o->channel == PB_ALIPAY && o->state == PB_NOTPAY)
        pb_scan(o);
    if (p->txn)
        snprintf(id, sizeof id, "%s", p->txn);
    else if (o->channel == PB_ALIPAY && !o->txn && *o->trade_no)
        snprintf(id, sizeof id, "%s", o->trade_no);
    else {
        snprintf(id, sizeof id, o->channel == PB_ALIPAY ? "%d2200" : "42000026%d", clock_day(clock_now_ms()));
        digits(id + strlen(id), o->channel == PB_ALIPAY ? 16 : 12);
    }
    if (o->channel == PB_ALIPAY && !*o->trade_no)
        snprintf(o->trade_no, sizeof o->trade_no, "%s", id);
    struct pb_txn *t = pb_txn_add(o, id);
    t->amount = p->amount ? p->amount : o->total;
    t->at = (p->at ? p->at : clock_now_ms()) / 1000 * 1000;
    o->state = PB_PAID;
    o->scanned = true;
    o->told = p->quiet;
    if (!*o->payer)
        snprintf(o->payer, sizeof o->payer, o->channel == PB_ALIPAY ? "0sandboxbuyer" : "osandboxscanner");
    pb_order_changed(o);
    if (!p->quiet)
        nt_payment(o, t);
    return NULL;
}

void pb_order_close(struct pb_order *o)
{
    if (o->state != PB_NOTPAY)
        return;
    o->state = PB_CLOSED;
    o->closed = clock_now_ms();
    pb_order_changed(o);
}

/* ---- refunds ---- */
struct pb_refund *pb_refunds(void)
{
    return refunds;
}

int64_t pb_last_refund(const struct pb_txn *t)
{
    int64_t at = 0;
    for (const struct pb_refund *r = pb_refunds(); r; r = r->next)
        if (r->txn == t && r->created > at)
            at = r->created;
    return at;
}

void pb_refund_index(struct pb_refund *r)
{
    char k[256];
    bool by_trade = r->order->channel == PB_ALIPAY; /* there the number is only unique in its trade */
    *refund_tail = r;
    refund_tail = &r->next;
    processing += r->state == PB_R_PROCESSING;
    pb_key_put(name_of(k, 'r', r->order->channel, by_trade ? r->order->no : "", r->no), r);
}

struct pb_refund *pb_refund(enum pb_channel c, const char *order_no, const char *no)
{
    char k[256];
    pb_refunds_due();
    return pb_key(name_of(k, 'r', c, c == PB_ALIPAY ? order_no : "", no));
}

bool pb_balance_take(enum pb_channel c, int64_t amount)
{
    if (pb_set.balance[c] < 0)
        return true;
    if (pb_set.balance[c] < amount)
        return false;
    pb_set.balance[c] -= amount;
    return true;
}

struct pb_refund *pb_refund_new(struct pb_order *o, struct pb_txn *t, const char *no, int64_t amount)
{
    struct pb_refund *r = fresh(sizeof *r);
    r->order = o;
    r->txn = t;
    r->amount = amount;
    r->total = o->total;
    r->created = clock_now_ms() / 1000 * 1000;
    r->due = clock_now_ms() + pb_set.refund_ms[o->channel];
    r->outcome = (int)pb_set.refund_outcome[o->channel];
    snprintf(r->no, sizeof r->no, "%s", no);
    snprintf(r->id, sizeof r->id, "503%d", clock_day(r->created));
    digits(r->id + strlen(r->id), 18);
    t->refunded += amount;
    t->nrefunds++;
    pb_refund_index(r);
    pb_log_refund(r);
    nt_wake_at(r->due);
    return r;
}

static void finish(struct pb_refund *r, enum pb_refund_state s, int64_t at)
{
    if (r->state == s || r->state == PB_R_SUCCESS || r->state == PB_R_CLOSED)
        return;
    processing -= r->state == PB_R_PROCESSING;
    r->state = s;
    r->done = at / 1000 * 1000;
    if (s == PB_R_CLOSED) { /* nothing went to the payer: it counts no more */
        r->txn->refunded -= r->amount;
        if (pb_set.balance[r->order->channel] >= 0)
            pb_set.balance[r->order->channel] += r->amount;
    }
    pb_log_refund(r);
    nt_refund(r);
}

void pb_refund_finish(struct pb_refund *r, enum pb_refund_state s)
{
    finish(r, s, clock_now_ms());
}

void pb_refund_settled(struct pb_refund *r, enum pb_refund_state s)
{
    processing -= r->state == PB_R_PROCESSING;
    r->state = s;
}

void pb_refunds_due(void)
{
    int64_t now = clock_now_ms();
    for (struct pb_refund *r = refunds; processing && r; r = r->next)
        if (r->state == PB_R_PROCESSING && r->due <= now && r->outcome != PB_R_PROCESSING)
            finish(r, (enum pb_refund_state)r->outcome, r->due); /* whenever somebody looks */
}

int64_t pb_refunded(const struct pb_order *o, enum pb_refund_state s)
{
    int64_t sum = 0;
    for (const struct pb_refund *r = refunds; r; r = r->next)
        if (r->order == o && r->state == s)
            sum += r->amount;
    return sum;
}

/* ---- all of it ---- */
static void forget(void)
{
    struct pb_settings defaults = DEFAULTS;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct key *k = bucket[i], *next; k; k = next) {
            next = k->next;
            free(k);
        }
        bucket[i] = NULL;
    }
    for (struct handle *h = handles, *next; h; h = next) {
        next = h->next;
        free(h);
    }
    for (struct pb_refund *r = refunds, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    for (struct pb_order *o = orders, *next; o; o = next) {
        next = o->next;
        for (struct pb_txn *t = o->txn, *after; t; t = after) {
            after = t->next;
            free(t);
        }
        free(o);
    }
    handles = NULL;
    refunds = NULL;
    refund_tail = &refunds;
    orders = NULL;
    order_tail = &orders;
    processing = 0;
    pb_set = defaults;
}

void pb_reset(void)
{
    pb_lock();
    int64_t scale = pb_set.scale;
    nt_forget();
    forget();
    pb_set.scale = scale;
    pb_log_reset();
    pb_unlock();
}

bool pb_open(const char *state_file)
{
    pb_lock();
    forget();
    bool ok = str_empty(state_file) || pb_log_open(state_file);
    for (struct pb_order *o = ok ? orders : NULL; o; o = o->next)
        if (o->state == PB_PAID && !o->told) /* what was under way when we were killed */
            for (struct pb_txn *t = o->txn; t; t = t->next)
                nt_payment(o, t);
    pb_unlock();
    return ok;
}

void pb_close(void)
{
    pb_lock();
    pb_log_close();
    forget();
    pb_unlock();
}
