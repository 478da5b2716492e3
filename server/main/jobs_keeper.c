/* jobs_keeper.c - what must not pile up or run out: the audit seal, sessions, bindings, old events; and what is let go after
 * its time (retention): log-ins, messages, audit rows. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/webhook.h"
#include "main/jobs.h"
#include "platform/config.h"
#include "platform/events.h"
#include "platform/store/db.h"

#define CHUNK 1000

STMT(q_companies, "keeper.companies", "SELECT id FROM company WHERE id > $1 ORDER BY id LIMIT $2");
STMT(q_old_notes, "keeper.old_notes",
     "DELETE FROM notification WHERE id IN (SELECT id FROM notification WHERE id < $1 ORDER BY id LIMIT $2)");
STMT(q_old_logins, "keeper.old_logins",
     "DELETE FROM login_log WHERE id IN (SELECT id FROM login_log WHERE at < $1 ORDER BY at LIMIT $2)");
STMT(q_old_messages, "keeper.old_messages",
     "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at < $1 AND state IN ('sent', 'delivered',"
     " 'suppressed', 'dead', 'discarded') ORDER BY created_at LIMIT $2)");

/* ---- the audit seal ---- */

struct companies {
    int64_t id[64], after;
    size_t n;
    bool all;
};
struct one {
    int64_t id;
    bool all;
};

static enum err run_seal(struct ctx *cx, void *arg)
{
    struct one *o = arg;
    int64_t sealed = 0;
    return audit_seal(cx, o->id, CHUNK, o->all, &sealed);
}

static void on_company(void *arg, int64_t id)
{
    struct companies *c = arg;
    if (c->n < COUNT(c->id))
        c->id[c->n++] = id;
}

static enum err run_unsealed(struct ctx *cx, void *arg)
{
    struct companies *c = arg;
    c->n = 0;
    return audit_unsealed(cx, c->all, on_company, c);
}

static void seal_all(bool all)
{
    struct companies c = {.all = all};
    if (jobs_run("keeper.unsealed", run_unsealed, &c, false) != OK)
        return;
    for (size_t i = 0; i < c.n && !jobs_stopping(); i++) {
        struct one o = {c.id[i], all};
        (void)jobs_run("keeper.seal", run_seal, &o, true);
    }
}

/* The newest link of each chain goes into the log, which is shipped elsewhere: whoever rewrites the whole chain, key and
 * all, cannot rewrite that. */
struct head {
    int64_t n;
    char hex[65];
    int64_t company;
};

STMT(q_head, "keeper.head", "SELECT n, hash FROM audit_seal WHERE company_id = $1 ORDER BY n DESC LIMIT 1");

static enum err on_head(struct ctx *cx, const struct row *r, void *out)
{
    struct head *h = out;
    size_t n = 0;
    const void *hash = row_blob(cx, r, 1, &n);
    h->n = row_i64(r, 0);
    if (n == 32)
        hex_encode(hash, 32, h->hex);
    return OK;
}

static enum err run_heads(struct ctx *cx, void *arg)
{
    int64_t id[1000];
    size_t n = 0;
    (void)arg;
    enum err e = db_ids(cx, &q_companies, ARGS(I64(0), I64((int64_t)COUNT(id))), id, COUNT(id), &n);
    for (size_t i = 0; i < n && !e; i++) {
        struct head h = {.company = id[i]};
        e = db_each(cx, &q_head, ARGS(I64(id[i])), on_head, &h);
        if (h.n)
            log_info("audit.head", L_I("company", h.company), L_I("n", h.n), L_S("hash", h.hex));
    }
    return e;
}

/* ---- every minute ---- */

static enum err run_sweep(struct ctx *cx, void *arg)
{
    (void)arg;
    return auth_sweep(cx);
}

static enum err run_expire(struct ctx *cx, void *arg)
{
    (void)arg;
    return binding_expire(cx);
}

static enum err run_trim(struct ctx *cx, void *arg)
{
    return events_trim(cx, config()->event_keep_h * HOUR_MS, arg);
}

/* ---- retention, every hour ---- */

struct letting_go {
    const struct stmt *q;
    int64_t days, gone, company;
};

static enum err run_let_go(struct ctx *cx, void *arg)
{
    struct letting_go *l = arg;
    return db_exec(cx, l->q, ARGS(I64(cx->now - l->days * DAY_MS), I64(CHUNK)), &l->gone);
}

/* Ids are times: no index of its own is needed. */
static enum err run_old_notes(struct ctx *cx, void *arg)
{
    struct letting_go *l = arg;
    return db_exec(cx, &q_old_notes, ARGS(I64(id_at(cx->now - l->days * DAY_MS)), I64(CHUNK)), &l->gone);
}

static enum err run_prune(struct ctx *cx, void *arg)
{
    struct letting_go *l = arg;
    return audit_prune(cx, l->company, cx->now - l->days * DAY_MS, CHUNK, &l->gone);
}

static enum err run_webhooks(struct ctx *cx, void *arg)
{
    struct letting_go *l = arg;
    return webhook_sweep(cx, &l->gone);
}

static enum err run_companies(struct ctx *cx, void *arg)
{
    struct companies *c = arg;
    return db_ids(cx, &q_companies, ARGS(I64(c->after), I64((int64_t)COUNT(c->id))), c->id, COUNT(c->id), &c->n);
}

/* A chunk a transaction, until nothing is left. */
static void all_of(const char *name, job_fn *fn, struct letting_go *l)
{
    do
        l->gone = 0;
    while (jobs_run(name, fn, l, true) == OK && l->gone == CHUNK && !jobs_stopping());
}

static void let_go(void)
{
    struct letting_go logins = {.q = &q_old_logins, .days = config()->keep_login_log_d},
                      messages = {.q = &q_old_messages, .days = config()->keep_messages_d};
    struct letting_go webhooks = {.gone = 0}, notes = {.days = config()->keep_inbox_d};
    struct companies c = {.n = 0};
    all_of("keeper.webhooks", run_webhooks, &webhooks);
    all_of("keeper.logins", run_let_go, &logins);
    all_of("keeper.messages", run_let_go, &messages);
    all_of("keeper.notes", run_old_notes, &notes);
    do {
        if (jobs_run("keeper.companies", run_companies, &c, false) != OK)
            return;
        for (size_t i = 0; i < c.n && !jobs_stopping(); i++) {
            struct letting_go audit = {.days = config()->keep_audit_d, .company = c.id[i]};
            all_of("keeper.audit", run_prune, &audit);
        }
        c.after = c.n ? c.id[c.n - 1] : 0;
    } while (c.n == COUNT(c.id) && !jobs_stopping());
}

static void every_minute(void)
{
    int64_t gone = 0;
    (void)jobs_run("keeper.sweep", run_sweep, NULL, true);
    (void)jobs_run("keeper.bindings", run_expire, NULL, true);
    jobs_owners();
    do
        gone = 0;
    while (jobs_run("keeper.trim", run_trim, &gone, true) == OK && gone > 0 && !jobs_stopping());
}

void *jobs_keeper(void *arg)
{
    int64_t next_minute = 0, next_hour = 0;
    int32_t today = 0;
    (void)arg;
    while (!jobs_stopping()) {
        int64_t now = clock_mono_ms();
        bool hour = now >= next_hour;
        seal_all(hour);
        if (now >= next_minute || today != clock_day(clock_now_ms())) { /* leases and sales keep to days */
            next_minute = now + MINUTE_MS;
            today = clock_day(clock_now_ms());
            every_minute();
        }
        if (hour) {
            next_hour = now + HOUR_MS;
            (void)jobs_run("keeper.heads", run_heads, NULL, false);
            let_go();
        }
        jobs_sleep(0, 2000);
    }
    return NULL;
}
