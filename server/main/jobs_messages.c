/* jobs_messages.c - sends due messages: claim (transaction), call the provider (none), record (transaction).
 * A node that dies between claim and record leaves a lease that runs out; the message goes again, except a code
 * or SMS whose outcome is unknown: those are not idempotent at the provider and are given up.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "domain/message.h"
#include "main/jobs.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/metrics.h"
#include "providers/outside.h"

#define CLAIM    16
#define LEASE_MS 30000

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
    const char *ref, *error;
};

static enum err run_done(struct ctx *cx, void *arg)
{
    struct outcome *o = arg;
    return message_done(cx, o->m, o->how, o->ref, o->error);
}

static enum err send_sms(struct arena *a, const struct message *m, struct provider_answer *ans)
{
    const struct sms_config *c = outside_sms();
    const struct sms_vt *vt = sms_provider(config()->sms_provider);
    bool code = str_eq(m->kind, "code");
    struct provider_param p = {code ? "code" : "text", m->text};
    struct sms_message s = {.phone = m->to,
                            .template_id = code ? config()->sms_template_code : config()->sms_template_notice,
                            .param = &p,
                            .nparam = 1,
                            .out_id = m->dedup};
    return c && vt ? vt->send(a, c, &s, ans) : ERR_NOT_IMPLEMENTED;
}

static enum err send_wechat(struct arena *a, const struct message *m, struct provider_answer *ans)
{
    char when[32];
    struct provider_param p[] = {
        {"thing1",         wechat_fit(a,                 "thing1", m->text)},
        { "time2", arena_strndup(a, clock_rfc3339(clock_now_ms(),    when),      16)}
    };
    struct mp_message msg = {
        .openid = m->to, .template_id = config()->wechat_template_repair, .page = m->page, .data = p, .ndata = 2};
    for (char *t = (char *)(uintptr_t)p[1].value; *t; t++)
        if (*t == 'T')
            *t = ' ';
    return outside_wechat() ? wechat_mp.message(a, outside_wechat(), &msg, ans) : ERR_NOT_IMPLEMENTED;
}

static enum err send_one(struct arena *a, const struct message *m, struct provider_answer *ans)
{
    if (!m->to || !m->text)
        return ERR_INVALID;
    switch (m->channel) {
    case MSG_SMS:
        return send_sms(a, m, ans);
    case MSG_MAIL:
        return outside_smtp() ? smtp_send(a, outside_smtp(), m->to, m->subject, m->text, m->dedup, ans)
                              : ERR_NOT_IMPLEMENTED;
    case MSG_WECHAT:
        return send_wechat(a, m, ans);
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
    enum err e = send_one(w.arena, m, &ans);
    struct outcome o = {m, outcome_of(m, e), ans.id, e ? arena_printf(w.arena, "%s %s", err_wire(e), ans.code) : ""};
    metric_add(o.how == MSG_SENT ? &sent : &failed, 1);
    if (e)
        log_warn("message.failed", L_S("channel", m->channel >= 0 ? message_channel_name[m->channel] : ""),
                 L_S("err", err_wire(e)), L_S("code", ans.code), L_S("text", ans.text));
    w.cx.now = clock_now_ms();
    jobs_report("messages.done", &w.cx, store_write(&w.cx, run_done, &o));
    jobs_end(&w);
}

static enum err run_next(struct ctx *cx, void *arg)
{
    return message_next_due(cx, arg);
}

void *jobs_messages(void *arg)
{
    uint64_t seen = 0;
    (void)arg;
    metric_register(&sent);
    metric_register(&failed);
    while (!jobs_stopping()) {
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
        bool idle = l.n == 0;
        jobs_end(&w);
        if (idle)
            jobs_sleep(&seen, 1000);
    }
    return NULL;
}
