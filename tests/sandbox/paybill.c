/* paybill.c - see paybill.h. SPDX-License-Identifier: MIT */
#include "sandbox/paybill.h"
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/keys.h"
#include "sandbox/sandbox.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const bill_edit_name[BILL_EDITS] = {"drop", "amount", "add"};

static struct edit {
    enum pb_channel channel;
    int32_t day;
    enum bill_edit kind;
    char number[72];
    int64_t amount;
} edits[256];
static size_t nedits;
static struct file {
    struct file *next;
    char token[33];
    int64_t until;
    size_t n;
    char bytes[];
} * files;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool bill_edit(enum pb_channel c, int32_t day, enum bill_edit e, const char *number, int64_t amount)
{
    pthread_mutex_lock(&lock);
    bool room = nedits < COUNT(edits);
    if (room) {
        struct edit *to = &edits[nedits++];
        *to = (struct edit){.channel = c, .day = day, .kind = e, .amount = amount};
        snprintf(to->number, sizeof to->number, "%s", number);
    }
    pthread_mutex_unlock(&lock);
    return room;
}

void bill_forget(void)
{
    pthread_mutex_lock(&lock);
    nedits = 0;
    for (struct file *f = files, *next; f; f = next) {
        next = f->next;
        free(f);
    }
    files = NULL;
    pthread_mutex_unlock(&lock);
}

const char *bill_put(struct arena *a, const void *p, size_t n, int64_t until)
{
    struct file *f = calloc(1, sizeof *f + n);
    if (!f)
        abort();
    const char *token = keys_letters(a, 32);
    memcpy(f->token, token, 33);
    memcpy(f->bytes, p, n);
    f->n = n;
    f->until = until;
    pthread_mutex_lock(&lock);
    f->next = files;
    files = f;
    pthread_mutex_unlock(&lock);
    return token;
}

const void *bill_take(struct arena *a, const char *token, bool once, size_t *n)
{
    const void *p = NULL;
    pthread_mutex_lock(&lock);
    for (struct file **at = &files, *f; (f = *at);) {
        bool ours = strcmp(f->token, token) == 0, over = clock_now_ms() >= f->until;
        if (ours && !over) {
            p = arena_memdup(a, f->bytes, f->n ? f->n : 1);
            *n = f->n;
        }
        if (over || (ours && once)) {
            *at = f->next;
            free(f);
        } else {
            at = &f->next;
        }
    }
    pthread_mutex_unlock(&lock);
    return p;
}

/* 0.60 %, to the fen */
static int64_t fee_of(int64_t fen)
{
    return (fen * 6 + 500) / 1000;
}

static void add(struct arena *a, struct bill *b, size_t *room, struct bill_row row)
{
    if (b->n == *room) {
        size_t more = *room ? *room * 2 : 256;
        struct bill_row *grown = arena_alloc(a, more * sizeof *grown);
        if (b->n)
            memcpy(grown, b->row, b->n * sizeof *grown);
        b->row = grown;
        *room = more;
    }
    row.fee = row.refund ? -fee_of(row.amount) : fee_of(row.amount);
    b->row[b->n++] = row;
}

static struct bill_row row_of(struct arena *a, const struct pb_order *o, const char *txn)
{
    return (struct bill_row){.qr = o->qr,
                             .created = o->created,
                             .no = arena_strdup(a, o->no),
                             .txn = arena_strdup(a, txn),
                             .refund_no = "",
                             .refund_id = "",
                             .subject = arena_strdup(a, o->subject),
                             .attach = arena_strdup(a, o->attach),
                             .payer = arena_strdup(a, o->payer),
                             .appid = arena_strdup(a, o->appid)};
}

static void payments(struct arena *a, enum pb_channel c, int32_t day, struct bill *b, size_t *room)
{
    for (const struct pb_order *o = pb_orders(); o; o = o->next)
        for (const struct pb_txn *t = o->channel == c ? o->txn : NULL; t; t = t->next)
            if (clock_day(t->at) == day) {
                struct bill_row row = row_of(a, o, t->id);
                row.at = t->at;
                row.amount = t->amount;
                add(a, b, room, row);
            }
}

static void refunds(struct arena *a, enum pb_channel c, int32_t day, struct bill *b, size_t *room)
{
    for (const struct pb_refund *r = pb_refunds(); r; r = r->next)
        if (r->order->channel == c && r->state == PB_R_SUCCESS && clock_day(r->done) == day) {
            struct bill_row row = row_of(a, r->order, r->txn->id);
            row.refund = true;
            row.at = r->done;
            row.amount = r->amount;
            row.refund_no = arena_strdup(a, r->no);
            row.refund_id = arena_strdup(a, r->id);
            add(a, b, room, row);
        }
}

static const struct edit *edited(enum pb_channel c, int32_t day, const struct bill_row *row)
{
    const char *number = row->refund ? row->refund_no : row->no;
    for (size_t i = 0; i < nedits; i++)
        if (edits[i].channel == c && edits[i].day == day && edits[i].kind != BILL_ADD &&
            strcmp(edits[i].number, number) == 0)
            return &edits[i];
    return NULL;
}

/* The same digits for the same text: a bill asked for twice is the same bill. */
static const char *digits_of(struct arena *a, const char *text, int n)
{
    uint8_t h[32];
    char *out = arena_alloc(a, (size_t)n + 1);
    sha256(text, strlen(text), h);
    for (int i = 0; i < n; i++)
        out[i] = (char)('0' + h[i] % 10);
    out[n] = '\0';
    return out;
}

static void slipped_in(struct arena *a, const struct edit *e, struct bill *b, size_t *room)
{
    const char *day = arena_printf(a, "%d", e->day);
    add(a, b, room,
        (struct bill_row){.at = clock_day_start(e->day) + 12 * HOUR_MS,
                          .created = clock_day_start(e->day) + 12 * HOUR_MS,
                          .amount = e->amount,
                          .no = arena_strdup(a, e->number),
                          .txn = arena_printf(a, e->channel == PB_ALIPAY ? "%s2200%s" : "42000026%s%s", day,
                                              digits_of(a, e->number, e->channel == PB_ALIPAY ? 16 : 12)),
                          .refund_no = "",
                          .refund_id = "",
                          .subject = "物业费",
                          .attach = "",
                          .payer = "ostranger",
                          .appid = e->channel == PB_ALIPAY ? sb.alipay_appid : sb.wechat_appid});
}

static int by_time(const void *x, const void *y)
{
    const struct bill_row *p = x, *q = y;
    return p->at < q->at ? -1 : p->at > q->at ? 1 : p->refund - q->refund;
}

void bill_collect(struct arena *a, enum pb_channel c, int32_t day, struct bill *out)
{
    size_t room = 0, kept = 0;
    *out = (struct bill){0};
    pb_refunds_due();
    payments(a, c, day, out, &room);
    refunds(a, c, day, out, &room);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < out->n; i++) {
        const struct edit *e = edited(c, day, &out->row[i]);
        if (e && e->kind == BILL_DROP)
            continue;
        out->row[kept] = out->row[i];
        if (e) {
            out->row[kept].amount = e->amount;
            out->row[kept].fee = out->row[kept].refund ? -fee_of(e->amount) : fee_of(e->amount);
        }
        kept++;
    }
    out->n = kept;
    for (size_t i = 0; i < nedits; i++)
        if (edits[i].channel == c && edits[i].day == day && edits[i].kind == BILL_ADD)
            slipped_in(a, &edits[i], out, &room);
    pthread_mutex_unlock(&lock);
    if (out->n)
        qsort(out->row, out->n, sizeof *out->row, by_time);
    for (size_t i = 0; i < out->n; i++) {
        const struct bill_row *r = &out->row[i];
        out->pays += !r->refund;
        out->refunds += r->refund;
        *(r->refund ? &out->refund_fen : &out->pay_fen) += r->amount;
        out->fee += r->fee;
    }
}
