/* jobs_messages.c - sends due messages: claim (transaction), call the provider (none), record (transaction).
 * A node that dies between claim and record leaves a lease that runs out; the message goes again, except a code
 * or SMS whose outcome is unknown: those are not idempotent at the provider and are given up.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/message_kind.h"
#include "domain/message_set.h"
#include "domain/outbox.h"
#include "main/jobs.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/metrics.h"
#include "providers/outside.h"
#include <pthread.h>
#include <string.h>

#define CLAIM    2
#define ASK_MS   (60 * SECOND_MS) /* the first time, after sending */
#define LEASE_MS 90000

static struct metric sent = {
    .name = "anju_messages_total", .help = "Messages by outcome", .label = "outcome=\"sent\"", .kind = METRIC_COUNTER};
static struct metric failed = {.name = "anju_messages_total",
                               .help = "Messages by outcome",
                               .label = "outcome=\"failed\"",
                               .kind = METRIC_COUNTER};

static enum err run_claim(struct ctx *cx, void *arg)
{
    return message_claim(cx, CLAIM, LEASE_MS, arg);
}

struct outcome {
    const struct message *m;
    enum message_outcome how;
    const char *ref, *error, *provider;
    int64_t ask_at;
};

static enum err run_done(struct ctx *cx, void *arg)
{
    struct outcome *o = arg;
    enum err e = message_done(cx, o->m, o->how, o->ref, o->error);
    return e || o->how != MSG_SENT ? e : message_taken(cx, o->m->id, o->provider, o->ask_at);
}

/* ---- SMS: the configured cloud, its backup when it fails without having sent ---- */

#define FAILS_MAX 5
#define REST_MS   MINUTE_MS
static pthread_mutex_t health_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int fails;
    int64_t rest_until;
} health[SMS_ROUTES];

static bool rests(int i)
{
    pthread_mutex_lock(&health_lock);
    bool r = clock_mono_ms() < health[i].rest_until;
    pthread_mutex_unlock(&health_lock);
    return r;
}

static void judge_route(int i, bool bad)
{
    pthread_mutex_lock(&health_lock);
    health[i].fails = bad ? health[i].fails + 1 : 0;
    if (health[i].fails >= FAILS_MAX) { /* not asked for a minute: every message would wait for it first */
        health[i].rest_until = clock_mono_ms() + REST_MS;
        health[i].fails = 0;
    }
    pthread_mutex_unlock(&health_lock);
}

/* What the kind's words may name, in its order: Tencent fills in by position. */
static size_t params_of(struct arena *a, const struct message *m, struct provider_param *p, size_t max)
{
    const struct message_kind *k = message_kind_find(m->kind);
    const struct json *j = m->vars ? json_parse(a, m->vars, strlen(m->vars)) : NULL;
    size_t n = 0;
    for (const char *v = k ? k->vars : ""; *v && n < max;) {
        size_t len = strcspn(v, ",");
        p[n].name = arena_strndup(a, v, len);
        p[n].value = or_empty(json_str(j, p[n].name));
        n++;
        v += len + (v[len] != 0);
    }
    return n;
}

static enum err by_route(struct arena *a, const struct sms_route *r, const struct message *m,
                         struct provider_answer *ans)
{
    struct provider_param p[16];
    bool code = str_eq(m->kind, "code");
    struct sms_message s = {.phone = m->to, .param = p, .out_id = m->dedup};
    if (!str_empty(m->tmpl)) {
        s.template_id = m->tmpl;
        s.nparam = params_of(a, m, p, COUNT(p));
    } else {
        s.template_id = code ? r->template_code : r->template_notice;
        p[0] = (struct provider_param){code ? "code" : "text", m->text};
        s.nparam = 1;
    }
    return r->vt->send(a, &r->at, &s, ans);
}

static enum err send_sms(struct arena *a, const struct message *m, struct provider_answer *ans, const char **by)
{
    enum err e = ERR_NOT_IMPLEMENTED;
    bool all_rest = true;
    for (int i = 0; i < SMS_ROUTES; i++)
        all_rest = all_rest && (!outside_sms(i) || rests(i));
    for (int i = 0; i < SMS_ROUTES; i++) {
        const struct sms_route *r = outside_sms(i);
        if (!r || (rests(i) && !all_rest) || (i > 0 && !str_empty(m->tmpl) && e != ERR_NOT_IMPLEMENTED))
            continue; /* a company's own template exists at one cloud only */
        e = by_route(a, r, m, ans);
        *by = r->vt->name;
        bool theirs = e == ERR_UPSTREAM || e == ERR_BUSY || e == ERR_TIMEOUT;
        judge_route(i, theirs);
        if (!theirs || e == ERR_TIMEOUT) /* a timeout may have sent it: twice is worse than late */
            break;
    }
    return e;
}

/* ---- mini-program messages ---- */

static size_t lines_of(struct arena *a, const char *text, struct provider_param *p, size_t max, bool wechat)
{
    size_t n = 0;
    while (*text && n < max) {
        size_t len = strcspn(text, "\n"), key = strcspn(text, "=");
        if (key < len) {
            p[n].name = arena_strndup(a, text, key);
            p[n].value = arena_strndup(a, text + key + 1, len - key - 1);
            if (wechat)
                p[n].value = wechat_fit(a, p[n].name, p[n].value);
            n++;
        }
        text += len + (text[len] != 0);
    }
    return n;
}

static enum err send_mini(struct arena *a, const struct message *m, struct provider_answer *ans)
{
    char when[32];
    struct provider_param p[12];
    bool wechat = m->channel == MSG_WECHAT;
    const struct mp_config *c = wechat ? outside_wechat() : outside_alipay();
    struct mp_message msg = {.openid = m->to, .template_id = m->tmpl, .page = m->page, .data = p};
    if (str_empty(m->tmpl)) { /* an offer: the job and the time */
        char *t = arena_strndup(a, clock_rfc3339(clock_now_ms(), when), 16);
        t[10] = ' ';
        msg.template_id = wechat ? config()->wechat_template_repair : config()->alipay_template_repair;
        p[0] = (struct provider_param){wechat ? "thing1" : "keyword1",
                                       wechat ? wechat_fit(a, "thing1", m->text) : m->text};
        p[1] = (struct provider_param){wechat ? "time2" : "keyword2", t};
        msg.ndata = 2;
    } else {
        msg.ndata = lines_of(a, m->text, p, COUNT(p), wechat);
    }
    return c ? (wechat ? &wechat_mp : &alipay_mp)->message(a, c, &msg, ans) : ERR_NOT_IMPLEMENTED;
}

static enum err send_one(struct arena *a, const struct message *m, struct provider_answer *ans, const char **by)
{
    if (!m->to || !m->text)
        return ERR_INVALID;
    *by = m->channel == MSG_MAIL ? "smtp" : message_channel_name[m->channel];
    switch (m->channel) {
    case MSG_SMS:
        return send_sms(a, m, ans, by);
    case MSG_MAIL:
        return outside_smtp() ? smtp_send(a, outside_smtp(), m->to, m->subject, m->text, m->dedup, ans)
                              : ERR_NOT_IMPLEMENTED;
    case MSG_WECHAT:
    case MSG_ALIPAY:
        return send_mini(a, m, ans);
    default:
        return ERR_NOT_IMPLEMENTED;
    }
}

static enum message_outcome outcome_of(const struct message *m, enum err e)
{
    if (e == OK)
        return MSG_SENT;
    if (e == ERR_NOT_IMPLEMENTED || e == ERR_FORBIDDEN)
        return MSG_SUPPRESSED;
    if (e == ERR_INVALID || (e == ERR_TIMEOUT && m->channel == MSG_SMS))
        return MSG_REFUSED;
    return MSG_RETRY;
}

static void deliver(const struct message *m)
{
    struct work_cx w;
    struct provider_answer ans = {"", "", ""};
    jobs_begin(&w);
    const char *by = "";
    enum err e = send_one(w.arena, m, &ans, &by);
    struct outcome o = {.m = m, .how = outcome_of(m, e), .ref = ans.id, .error = "", .provider = by};
    if (e)
        o.error = arena_printf(w.arena, "%s %s", err_wire(e), ans.code);
    if (m->channel == MSG_SMS && !str_eq(m->kind, "code") && !str_empty(ans.id))
        o.ask_at = clock_now_ms() + ASK_MS;
    metric_add(o.how == MSG_SENT ? &sent : &failed, 1);
    if (e)
        log_warn("message.failed", L_S("channel", m->channel >= 0 ? message_channel_name[m->channel] : ""),
                 L_S("err", err_wire(e)), L_S("code", ans.code), L_S("text", ans.text));
    w.cx.now = clock_now_ms();
    jobs_report("messages.done", &w.cx, store_write(&w.cx, run_done, &o));
    jobs_end(&w);
}

/* ---- status reports ---- */

#define ASKS 16

struct asks {
    struct message_ask v[ASKS];
    size_t n;
};

static enum err run_asks(struct ctx *cx, void *arg)
{
    struct asks *l = arg;
    return message_ask_due(cx, l->v, ASKS, &l->n);
}

struct fate {
    const struct message_ask *m;
    enum message_fate fate;
    const char *word;
};

static enum err run_fate(struct ctx *cx, void *arg)
{
    struct fate *f = arg;
    return message_fate(cx, f->m, f->fate, f->word);
}

static void ask_all(void)
{
    static const enum message_fate fates[] = {
        [SMS_WAITING] = FATE_WAITING, [SMS_DELIVERED] = FATE_DELIVERED, [SMS_LOST] = FATE_LOST};
    struct work_cx w;
    struct asks l = {.n = 0};
    jobs_begin(&w);
    jobs_report("messages.asks", &w.cx, store_read(&w.cx, run_asks, &l));
    for (size_t i = 0; i < l.n && !jobs_stopping(); i++) {
        const struct sms_route *r = outside_sms_by(l.v[i].provider);
        const struct sms_asked q = {l.v[i].to, l.v[i].ref, l.v[i].sent_at};
        struct provider_answer ans = {"", "", ""};
        enum sms_fate fate = SMS_WAITING;
        enum err e = r && q.phone ? r->vt->status(w.arena, &r->at, &q, &fate, &ans) : ERR_NOT_IMPLEMENTED;
        struct fate f = {&l.v[i], e ? FATE_WAITING : fates[fate], fate == SMS_LOST ? ans.code : ""};
        w.cx.now = clock_now_ms();
        jobs_report("messages.fate", &w.cx, store_write(&w.cx, run_fate, &f));
    }
    jobs_end(&w);
}

static enum err run_next(struct ctx *cx, void *arg)
{
    return message_next_due(cx, arg);
}

/* Takes and sends what is due; false: nothing was. */
static bool send_due(void)
{
    struct work_cx w;
    struct message_list l = {NULL, 0};
    int64_t next = 0;
    (void)jobs_run("messages.next", run_next, &next, false);
    jobs_begin(&w);
    if (next && next <= w.cx.now)
        jobs_report("messages.claim", &w.cx, store_write(&w.cx, run_claim, &l));
    for (size_t i = 0; i < l.n && !jobs_stopping(); i++)
        if (l.v[i].channel >= 0)
            deliver(&l.v[i]);
    jobs_end(&w);
    return l.n > 0;
}

void *jobs_messages(void *arg)
{
    (void)arg;
    metric_register(&sent);
    metric_register(&failed);
    while (!jobs_stopping())
        if (!send_due()) {
            ask_all();
            jobs_sleep(WAKE_MESSAGES, 1000);
        }
    return NULL;
}

/* Helps when much is due: an emergency for a thousand rooms does not go out one after the other. */
void *jobs_messages_more(void *arg)
{
    (void)arg;
    while (!jobs_stopping())
        if (!send_due())
            jobs_sleep(0, 1000);
    return NULL;
}
