/* paybook_log.c - orders and refunds as JSON: one line a change appended to the state file, the last line of a number
 * counts; a line that is cut off (we were killed while writing) is skipped. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *out;
static bool loading;

static void txn_json(struct jw *w, const struct pb_order *o)
{
    jw_key(w, "txns");
    jw_arr(w);
    for (const struct pb_txn *t = o->txn; t; t = t->next) {
        jw_obj(w);
        kv_str(w, "id", t->id);
        kv_int(w, "amount", t->amount);
        kv_int(w, "at", t->at);
        kv_int(w, "refunded", t->refunded);
        kv_int(w, "nrefunds", t->nrefunds);
        jw_end(w);
    }
    jw_arr_end(w);
}

void pb_order_json(struct jw *w, const struct pb_order *o)
{
    jw_obj(w);
    kv_str(w, "is", "order");
    kv_str(w, "channel", pb_channel_name[o->channel]);
    kv_str(w, "out_trade_no", o->no);
    kv_str(w, "state", pb_state_name[o->state]);
    kv_int(w, "amount", o->total);
    kv_bool(w, "qr", o->qr);
    kv_bool(w, "scanned", o->scanned);
    kv_bool(w, "told", o->told);
    kv_str(w, "trade_no", o->trade_no);
    kv_str(w, "hash", o->hash);
    kv_str(w, "appid", o->appid);
    kv_str(w, "payer", o->payer);
    kv_str(w, "subject", o->subject);
    kv_str(w, "attach", o->attach);
    kv_str(w, "notify_url", o->notify_url);
    kv_int(w, "created", o->created);
    kv_int(w, "expires", o->expires);
    kv_int(w, "qr_until", o->qr_until);
    kv_int(w, "closed", o->closed);
    txn_json(w, o);
    jw_end(w);
}

void pb_refund_json(struct jw *w, const struct pb_refund *r)
{
    jw_obj(w);
    kv_str(w, "is", "refund");
    kv_str(w, "channel", pb_channel_name[r->order->channel]);
    kv_str(w, "out_trade_no", r->order->no);
    kv_str(w, "txn", r->txn->id);
    kv_str(w, "out_refund_no", r->no);
    kv_str(w, "refund_id", r->id);
    kv_str(w, "state", pb_refund_name[r->state]);
    kv_int(w, "amount", r->amount);
    kv_int(w, "total", r->total);
    kv_bool(w, "console", r->console);
    kv_str(w, "reason", r->reason);
    kv_str(w, "notify_url", r->notify_url);
    kv_int(w, "created", r->created);
    kv_int(w, "due", r->due);
    kv_int(w, "done", r->done);
    kv_int(w, "outcome", r->outcome);
    jw_end(w);
}

static void line(const char *text)
{
    if (out && !loading) {
        fprintf(out, "%s\n", text);
        fflush(out);
    }
}

void pb_log_order(const struct pb_order *o)
{
    struct jw w;
    if (!out || loading)
        return;
    struct arena *a = arena_new(0);
    jw_init(&w, a);
    pb_order_json(&w, o);
    line(jw_text(&w));
    arena_free(a);
}

void pb_log_refund(const struct pb_refund *r)
{
    struct jw w;
    if (!out || loading)
        return;
    pb_log_order(r->order); /* its sums have moved */
    struct arena *a = arena_new(0);
    jw_init(&w, a);
    pb_refund_json(&w, r);
    line(jw_text(&w));
    arena_free(a);
}

void pb_log_handle(const struct pb_order *o, const char *handle, int64_t until)
{
    struct jw w;
    if (!out || loading)
        return;
    struct arena *a = arena_new(0);
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "is", "handle");
    kv_str(&w, "channel", pb_channel_name[o->channel]);
    kv_str(&w, "out_trade_no", o->no);
    kv_str(&w, "handle", handle);
    kv_int(&w, "until", until);
    jw_end(&w);
    line(jw_text(&w));
    arena_free(a);
}

/* ---- reading again ---- */
static void text_of(const struct json *j, const char *key, char *to, size_t n)
{
    const char *s = json_str(j, key);
    snprintf(to, n, "%s", s ? s : "");
}

static int name_index(const char *const *names, size_t n, const struct json *j, const char *key)
{
    const char *s = json_str(j, key);
    return s ? str_index(names, n, s) : -1;
}

static void read_order(const struct json *j, int channel, const char *no)
{
    int state = name_index(pb_state_name, PB_STATES, j, "state");
    struct pb_order *o = pb_order((enum pb_channel)channel, no);
    if (state < 0)
        return;
    if (!o)
        o = pb_order_new((enum pb_channel)channel, no);
    o->state = (enum pb_state)state;
    o->qr = sb_bool(j, "qr", false);
    o->scanned = sb_bool(j, "scanned", false);
    o->told = sb_bool(j, "told", false);
    text_of(j, "trade_no", o->trade_no, sizeof o->trade_no);
    text_of(j, "hash", o->hash, sizeof o->hash);
    text_of(j, "appid", o->appid, sizeof o->appid);
    text_of(j, "payer", o->payer, sizeof o->payer);
    text_of(j, "subject", o->subject, sizeof o->subject);
    text_of(j, "attach", o->attach, sizeof o->attach);
    text_of(j, "notify_url", o->notify_url, sizeof o->notify_url);
    json_i64(j, "amount", &o->total);
    json_i64(j, "created", &o->created);
    json_i64(j, "expires", &o->expires);
    json_i64(j, "qr_until", &o->qr_until);
    json_i64(j, "closed", &o->closed);
    const struct json *t, *list = json_get(j, "txns");
    struct pb_txn *txn = o->txn;
    for (size_t i = 0; (t = json_at(list, i)); i++) {
        if (!txn)
            txn = pb_txn_add(o, json_str(t, "id") ? json_str(t, "id") : "");
        int64_t n = 0;
        json_i64(t, "amount", &txn->amount);
        json_i64(t, "at", &txn->at);
        json_i64(t, "refunded", &txn->refunded);
        json_i64(t, "nrefunds", &n);
        txn->nrefunds = (int)n;
        txn = txn->next;
    }
    if (*o->trade_no) {
        char k[128];
        snprintf(k, sizeof k, "t%d/%s/", channel, o->trade_no);
        pb_key_put(k, o);
    }
}

static void read_refund(const struct json *j, int channel, const char *no)
{
    struct pb_txn *t = NULL;
    const char *txn = json_str(j, "txn"), *number = json_str(j, "out_refund_no");
    int state = name_index(pb_refund_name, PB_R_STATES, j, "state");
    struct pb_order *o = txn ? pb_order_by_txn((enum pb_channel)channel, txn, &t) : NULL;
    if (!o || !t || !number || state < 0)
        return;
    char k[256];
    snprintf(k, sizeof k, "r%d/%s/%s", channel, channel == PB_ALIPAY ? no : "", number);
    struct pb_refund *r = pb_key(k);
    bool known = r != NULL;
    if (!known && !(r = calloc(1, sizeof *r)))
        abort();
    int64_t outcome = 0;
    r->order = o;
    r->txn = t;
    r->console = sb_bool(j, "console", false);
    text_of(j, "out_refund_no", r->no, sizeof r->no);
    text_of(j, "refund_id", r->id, sizeof r->id);
    text_of(j, "reason", r->reason, sizeof r->reason);
    text_of(j, "notify_url", r->notify_url, sizeof r->notify_url);
    json_i64(j, "amount", &r->amount);
    json_i64(j, "total", &r->total);
    json_i64(j, "created", &r->created);
    json_i64(j, "due", &r->due);
    json_i64(j, "done", &r->done);
    json_i64(j, "outcome", &outcome);
    r->outcome = (int)outcome;
    if (!known)
        pb_refund_index(r); /* as processing: it may be so still when its last line was lost */
    if (r->state == PB_R_PROCESSING && state != PB_R_PROCESSING)
        pb_refund_settled(r, (enum pb_refund_state)state);
    else
        r->state = (enum pb_refund_state)state;
}

static void read_line(struct arena *a, const char *text, size_t n)
{
    const struct json *j = json_parse(a, text, n);
    int channel = name_index(pb_channel_name, PB_CHANNELS, j, "channel");
    const char *is = json_str(j, "is"), *no = json_str(j, "out_trade_no"), *handle = json_str(j, "handle");
    int64_t until = 0;
    if (channel < 0 || !is || !no)
        return;
    struct pb_order *o = pb_order((enum pb_channel)channel, no);
    if (str_eq(is, "order"))
        read_order(j, channel, no);
    else if (str_eq(is, "refund"))
        read_refund(j, channel, no);
    else if (o && handle && json_i64(j, "until", &until))
        pb_handle_put(o, handle, until);
}

bool pb_log_open(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t n;
    FILE *in = fopen(path, "re");
    loading = true;
    while (in && (n = getline(&text, &room, in)) > 0) {
        struct arena *a = arena_new(0);
        if (text[n - 1] == '\n')
            read_line(a, text, (size_t)n - 1);
        arena_free(a);
    }
    free(text);
    bool torn = in && fseek(in, -1, SEEK_END) == 0 && fgetc(in) != '\n';
    if (in)
        fclose(in);
    loading = false;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    out = fd < 0 ? NULL : fdopen(fd, "a");
    if (out && torn)
        fputc('\n', out);
    return out != NULL;
}

void pb_log_close(void)
{
    if (out)
        fclose(out);
    out = NULL;
}

void pb_log_reset(void)
{
    if (out && ftruncate(fileno(out), 0) != 0)
        perror("anju-sandbox: state file");
}
