/* control_pay.c - looking into the two payment channels, and moving them. All of it below /control/pay/:
 *
 *   GET  orders?channel=&out_trade_no=&state=    what the channel knows: "the provider's successes" are state=paid
 *   GET  refunds?channel=&out_trade_no=
 *   GET  notifies?out_trade_no=&kind=            every delivery: what was sent, what came back
 *   GET  settings                                the names below with their values
 *   GET  storm?wait=1                            the report of the storm (storm.c)
 *   POST settings     {"scale":100,...}          see names[]; permilles are of 1000 notifies
 *   POST order        {"out_trade_no":..}        pays it; options "channel", "txn" (this transaction id), "amount" (fen),
 *                     "at" (unix ms), "late":true (after the close too), "second":true (a second payment of a paid
 *                     one), "notify":false
 *   POST all          {"notify":false}           pays every order that waits; answers how many
 *   POST scan         {"out_trade_no":..}        an Alipay QR: now the trade is there
 *   POST close        {"out_trade_no":..}
 *   POST refund       {"out_trade_no":..,"amount":..}             from the console, not asked for by API
 *   POST refund-outcome {"out_refund_no":..,"outcome":"success|closed|abnormal"}  now, of a waiting or abnormal one
 *   POST outcome      {"channel":"wechat","outcome":"success|closed|abnormal|processing"} of those to come
 *   POST balance      {"channel":..,"fen":..}    what refunds can take; -1: no end
 *   POST notify       {"out_trade_no":..,"kind":..,"out_refund_no":..}  one delivery now; answers what came back
 *   POST bill         {"channel":..,"day":20261123,"edit":"drop|amount|add","number":..,"amount":..}  paybill.h
 *   POST creating     {"channel":..,"n":1}       so many calls for a bill come too early
 *   POST rotate       {}                         one more WeChat platform certificate; it signs from now on
 *   POST storm        {...}                      see storm.c
 *   POST idle         {"ms":5000,"within":0}     returns when no notify is under way, or due within so many ms
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include "sandbox/paybill.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int64_t *at, max;
} names[] = {
    {"scale",            &pb_set.scale,                1000000000},
    {"wechat_refund_ms", &pb_set.refund_ms[PB_WECHAT], DAY_MS    },
    {"alipay_refund_ms", &pb_set.refund_ms[PB_ALIPAY], DAY_MS    },
    {"refund_gap_ms",    &pb_set.refund_gap_ms,        DAY_MS    },
    {"close_wait_ms",    &pb_set.close_wait_ms,        DAY_MS    },
    {"ramp",             &pb_set.ramp,                 1000      },
    {"certificates",     &pb_set.certificates,         1         },
    {"public_key",       &pb_set.public_key,           1         },
    {"any_day",          &pb_set.any_day,              1         },
    {"lost",             &pb_set.lost,                 1000      },
    {"dup",              &pb_set.dup,                  1000      },
    {"probe",            &pb_set.probe,                1000      },
    {"forged",           &pb_set.forged,               1000      },
    {"amount",           &pb_set.amount,               1000      },
    {"replayed",         &pb_set.replayed,             1000      },
    {"truncated",        &pb_set.truncated,            1000      },
    {"late_ms",          &pb_set.late_ms,              DAY_MS    },
    {"shuffle_ms",       &pb_set.shuffle_ms,           DAY_MS    }
};

struct cp {
    struct arena *a;
    const struct json *j;
    const char *why, *answer; /* answer NULL: {"ok":true} */
};

static void refuse(struct cp *c, const char *why)
{
    c->why = why;
}

static int channel_of(const struct json *j)
{
    const char *s = json_str(j, "channel");
    return s ? str_index(pb_channel_name, PB_CHANNELS, s) : -1;
}

/* [lock] The order that is meant; NULL: refused. */
static struct pb_order *order_of(struct cp *c)
{
    const char *no = json_str(c->j, "out_trade_no");
    int ch = channel_of(c->j);
    struct pb_order *o = !no ? NULL : ch >= 0 ? pb_order((enum pb_channel)ch, no) : pb_order_any(no);
    if (!o)
        refuse(c, "no such out_trade_no");
    return o;
}

static void set(struct cp *c)
{
    const char *key;
    int64_t v = 0;
    for (size_t i = 0; (key = json_key_at(c->j, i)); i++) {
        size_t k = 0;
        while (k < COUNT(names) && strcmp(names[k].name, key) != 0)
            k++;
        if (k == COUNT(names) || !json_i64(c->j, key, &v) || v < (k == 0) || v > names[k].max) {
            refuse(c, arena_printf(c->a, "%s: unknown or out of range", key));
            return;
        }
        *names[k].at = v;
    }
}

static void pay(struct cp *c)
{
    struct pb_pay p = {.txn = json_str(c->j, "txn"),
                       .late = sb_bool(c->j, "late", false),
                       .second = sb_bool(c->j, "second", false),
                       .quiet = !sb_bool(c->j, "notify", true)};
    json_i64(c->j, "amount", &p.amount);
    json_i64(c->j, "at", &p.at);
    struct pb_order *o = order_of(c);
    if (o && (p.amount < 0 || p.at < 0 || (p.txn && strlen(p.txn) > 60)))
        refuse(c, "amount, at or txn");
    else if (o)
        c->why = pb_pay(o, &p);
}

static void pay_all(struct cp *c)
{
    struct pb_pay p = {.quiet = !sb_bool(c->j, "notify", true)};
    int n = 0;
    for (struct pb_order *o = pb_orders(); o; o = o->next)
        n += pb_order(o->channel, o->no)->state == PB_NOTPAY && pb_pay(o, &p) == NULL;
    c->answer = arena_printf(c->a, "{\"ok\":true,\"paid\":%d}", n);
}

static void scan(struct cp *c)
{
    struct pb_order *o = order_of(c);
    if (o && (o->state != PB_NOTPAY || o->scanned))
        refuse(c, "not waiting for a scan");
    else if (o)
        pb_scan(o);
}

static void close_order(struct cp *c)
{
    struct pb_order *o = order_of(c);
    if (o && o->state == PB_PAID)
        refuse(c, "paid");
    else if (o)
        pb_order_close(o);
}

static void console_refund(struct cp *c)
{
    int64_t amount = 0;
    struct pb_order *o = order_of(c);
    if (!o)
        return;
    struct pb_txn *t = o->txn;
    if (!t || !json_i64(c->j, "amount", &amount) || amount < 1 || amount > t->amount - t->refunded) {
        refuse(c, "amount: more than was paid and is left");
        return;
    }
    struct pb_refund *r = pb_refund_new(o, t, arena_printf(c->a, "C%s", keys_digits(c->a, 20)), amount);
    r->console = true;
    pb_refund_finish(r, PB_R_SUCCESS);
    c->answer = arena_printf(c->a, "{\"ok\":true,\"out_refund_no\":\"%s\"}", r->no);
}

static int outcome_of(struct cp *c)
{
    const char *s = json_str(c->j, "outcome");
    int n = s ? str_index(pb_refund_name, PB_R_STATES, s) : -1;
    if (n < 0)
        refuse(c, "outcome");
    return n;
}

static void refund_outcome(struct cp *c)
{
    const char *no = json_str(c->j, "out_refund_no");
    int n = outcome_of(c);
    struct pb_refund *r = no ? pb_refunds() : NULL;
    while (r && strcmp(r->no, no) != 0)
        r = r->next;
    if (n >= 0 && (!r || r->state == PB_R_SUCCESS || r->state == PB_R_CLOSED))
        refuse(c, "no such out_refund_no, or it is final");
    else if (n >= 0)
        pb_refund_finish(r, (enum pb_refund_state)n);
}

static void outcome(struct cp *c)
{
    int n = outcome_of(c), ch = channel_of(c->j);
    if (n >= 0 && ch < 0)
        refuse(c, "channel");
    else if (n >= 0)
        pb_set.refund_outcome[ch] = n;
}

static void balance(struct cp *c)
{
    int64_t fen = 0;
    int ch = channel_of(c->j);
    if (ch < 0 || !json_i64(c->j, "fen", &fen) || fen < -1)
        refuse(c, "channel or fen");
    else
        pb_set.balance[ch] = fen;
}

static void creating(struct cp *c)
{
    int64_t n = 0;
    int ch = channel_of(c->j);
    if (ch < 0 || !json_i64(c->j, "n", &n) || n < 0)
        refuse(c, "channel or n");
    else
        pb_set.creating[ch] = (int)n;
}

static void edit_bill(struct cp *c)
{
    const char *edit = json_str(c->j, "edit"), *number = json_str(c->j, "number");
    int64_t day = 0, amount = 0;
    int ch = channel_of(c->j), e = edit ? str_index(bill_edit_name, BILL_EDITS, edit) : -1;
    json_i64(c->j, "amount", &amount);
    if (ch < 0 || e < 0 || str_empty(number) || strlen(number) > 64 || !json_i64(c->j, "day", &day) ||
        !clock_day_valid((int32_t)day) || (e != BILL_DROP && amount < 1))
        refuse(c, "channel, day, edit, number or amount");
    else if (!bill_edit((enum pb_channel)ch, (int32_t)day, (enum bill_edit)e, number, amount))
        refuse(c, "too many edits");
}

static void rotate(struct cp *c)
{
    (void)c;
    nt_rotate();
}

static const struct {
    const char *name;
    void (*fn)(struct cp *c);
} acts[] = {
    {"settings",       set           },
    {"order",          pay           },
    {"all",            pay_all       },
    {"scan",           scan          },
    {"close",          close_order   },
    {"refund",         console_refund},
    {"refund-outcome", refund_outcome},
    {"outcome",        outcome       },
    {"balance",        balance       },
    {"creating",       creating      },
    {"bill",           edit_bill     },
    {"rotate",         rotate        }
};

/* One delivery in this thread. */
static void notify(struct cp *c)
{
    const char *kind = json_str(c->j, "kind"), *refund = json_str(c->j, "out_refund_no");
    int k = kind ? str_index(nt_kind_name, NT_KINDS, kind) : NT_GENUINE;
    struct nt_notice *n = NULL;
    struct nt_result r;
    struct jw w;
    pb_lock();
    struct pb_order *o = order_of(c);
    if (o && refund) {
        struct pb_refund *back = pb_refund(o->channel, o->no, refund);
        n = back ? nt_notice_refund(back) : NULL;
    } else if (o && o->txn) {
        n = nt_notice_payment(o, o->txn);
    }
    pb_unlock();
    if (!n || k < 0) {
        nt_notice_free(n);
        if (!c->why)
            refuse(c, "nothing to tell, or unknown kind");
        return;
    }
    struct nt_client *client = nt_client_new();
    nt_send(client, n, (enum nt_kind)k, &r);
    nt_client_free(client);
    nt_notice_free(n);
    jw_init(&w, c->a);
    jw_obj(&w);
    kv_bool(&w, "ok", true);
    kv_int(&w, "status", r.status);
    kv_bool(&w, "taken", r.taken);
    kv_str(&w, "body", utf8_valid(r.body, strlen(r.body)) ? r.body : "(not UTF-8)");
    kv_int(&w, "us", r.us);
    jw_end(&w);
    c->answer = jw_text(&w);
}

static void act(struct cp *c, const char *what)
{
    int64_t ms = 5000, within = 0;
    if (str_eq(what, "notify")) {
        notify(c);
        return;
    }
    if (str_eq(what, "storm")) {
        c->why = storm_start(c->a, c->j);
        return;
    }
    if (str_eq(what, "idle")) {
        json_i64(c->j, "ms", &ms);
        json_i64(c->j, "within", &within);
        if (ms < 0 || ms > 600000 || within < 0 || !nt_wait_idle((int)ms, within))
            refuse(c, "still busy");
        return;
    }
    for (size_t i = 0; i < COUNT(acts); i++)
        if (str_eq(acts[i].name, what)) {
            pb_lock();
            acts[i].fn(c);
            pb_unlock();
            return;
        }
    refuse(c, "unknown");
}

/* ---- looking ---- */
static bool fits(const struct provider_param *p, size_t n, const char *name, const char *value)
{
    const char *s = sb_param(p, n, name);
    return !*s || strcmp(s, value) == 0;
}

static const char *orders(struct arena *a, const struct provider_param *p, size_t n)
{
    struct jw w;
    jw_init(&w, a);
    jw_arr(&w);
    for (struct pb_order *o = pb_orders(); o; o = o->next) {
        pb_order(o->channel, o->no); /* as of now */
        if (fits(p, n, "channel", pb_channel_name[o->channel]) && fits(p, n, "out_trade_no", o->no) &&
            fits(p, n, "state", pb_state_name[o->state]))
            pb_order_json(&w, o);
    }
    jw_arr_end(&w);
    return jw_text(&w);
}

static const char *refunds(struct arena *a, const struct provider_param *p, size_t n)
{
    struct jw w;
    jw_init(&w, a);
    jw_arr(&w);
    pb_refunds_due();
    for (struct pb_refund *r = pb_refunds(); r; r = r->next)
        if (fits(p, n, "channel", pb_channel_name[r->order->channel]) && fits(p, n, "out_trade_no", r->order->no) &&
            fits(p, n, "state", pb_refund_name[r->state]))
            pb_refund_json(&w, r);
    jw_arr_end(&w);
    return jw_text(&w);
}

static const char *settings(struct arena *a)
{
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    for (size_t i = 0; i < COUNT(names); i++)
        kv_int(&w, names[i].name, *names[i].at);
    jw_end(&w);
    return jw_text(&w);
}

static const char *look(struct arena *a, const char *what, const char *query)
{
    struct provider_param p[8];
    size_t n = sb_params(a, query, p, COUNT(p));
    const char *text = NULL;
    if (str_eq(what, "notifies"))
        return nt_list(a, sb_param(p, n, "out_trade_no"), sb_param(p, n, "kind"));
    if (str_eq(what, "storm"))
        return storm_report(a, *sb_param(p, n, "wait"));
    pb_lock();
    if (str_eq(what, "orders"))
        text = orders(a, p, n);
    else if (str_eq(what, "refunds"))
        text = refunds(a, p, n);
    else if (str_eq(what, "settings"))
        text = settings(a);
    pb_unlock();
    return text;
}

void control_pay_reply(struct sb_request *rq, struct sb_reply *out)
{
    const char *what = rq->path + strlen("/control/pay/");
    struct cp c = {.a = rq->arena};
    if (str_eq(rq->method, "GET")) {
        const char *text = look(rq->arena, what, rq->query);
        sb_text(out, text ? 200 : 404, "application/json", text ? text : "{\"ok\":false}");
        return;
    }
    c.j = json_parse(rq->arena, rq->body_len ? rq->body : "{}", rq->body_len ? rq->body_len : 2);
    if (!c.j)
        refuse(&c, "not JSON");
    else
        act(&c, what);
    sb_text(out, c.why ? 400 : 200, "application/json",
            c.why      ? arena_printf(c.a, "{\"ok\":false,\"why\":\"%s\"}", c.why)
            : c.answer ? c.answer
                       : "{\"ok\":true}");
}
