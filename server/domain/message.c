/* message.c - see message.h. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/json.h"
#include "domain/message_int.h"
#include "domain/message_kind.h"
#include "domain/outbox.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

#define BACKOFF_FIRST_MS INT64_C(2000)
#define BACKOFF_MAX_MS   INT64_C(600000)

const char *const message_channel_name[MSG_CHANNELS] = {"sms", "mail", "wechat", "alipay"};

STMT(q_add, "message.add",
     "INSERT INTO message(id, company_id, account_id, channel, kind, dedup, payload_enc, next_at, give_up_at, "
     "created_at, project_id, to_hint, to_idx, urgent, plan, state, reason, "
     "secret)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
     " ON CONFLICT (company_id, dedup) DO NOTHING");
STMT(q_blocked, "message.blocked", "SELECT id FROM message_block WHERE company_id = $1 AND to_idx = $2");
#define CLAIMED                                                                                                        \
    "SELECT id, company_id, account_id, channel, kind, dedup, payload_enc, attempts, give_up_at, project_id, plan,"    \
    " urgent, secret FROM message"
STMT(q_due, "message.due",
     CLAIMED " WHERE state IN ('pending', 'sending') AND next_at <= $1 ORDER BY urgent DESC, next_at, id LIMIT $2");
STMT(q_one, "message.one", CLAIMED " WHERE id = $1");
STMT(q_claim, "message.claim",
     "UPDATE message SET state = 'sending', attempts = attempts + 1, next_at = $2 WHERE id = $1 AND next_at <= $3");
STMT(q_done, "message.done",
     "UPDATE message SET state = $2, next_at = $3, sent_at = $4, provider_ref = $5, error = $6, reason = $7 WHERE id = "
     "$1");
STMT(q_recall, "message.recall",
     "UPDATE message SET state = 'suppressed', reason = 'withdrawn' WHERE company_id = $1 AND state IN ('pending', "
     "'sending') AND next_at > 0 AND state = 'pending' AND dedup LIKE $2");
STMT(q_taken, "message.taken", "UPDATE message SET provider = $2, ask_at = $3 WHERE id = $1");
STMT(q_next, "message.next",
     "SELECT next_at FROM message WHERE state IN ('pending', 'sending') ORDER BY next_at LIMIT 1");
STMT(q_quota_add, "message.quota_add",
     "INSERT INTO message_quota(account_id, provider, template, left_n) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (account_id, provider, template) DO UPDATE SET left_n = message_quota.left_n + excluded.left_n");
STMT(q_quota_take, "message.quota_take",
     "UPDATE message_quota SET left_n = left_n - 1"
     " WHERE account_id = $1 AND provider = $2 AND template = $3 AND left_n > 0");
STMT(q_quota_move, "message.quota_move",
     "INSERT INTO message_quota_move(id, account_id, provider, template, n, left_n, at)"
     " SELECT $1, account_id, provider, template, $5, left_n, $6 FROM message_quota"
     " WHERE account_id = $2 AND provider = $3 AND template = $4");

static const char *aad(struct ctx *cx, int64_t id)
{
    return arena_printf(cx->arena, "message.payload|%lld", (long long)id);
}

static const void *seal(struct ctx *cx, int64_t id, const struct message *m, size_t *n)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "to", m->to);
    kv_str(&w, "text", m->text);
    kv_str(&w, "subject", m->subject);
    kv_str(&w, "page", m->page);
    kv_str(&w, "tmpl", m->tmpl);
    kv_str(&w, "vars", m->vars);
    jw_end(&w);
    return pii_seal(cx->arena, jw_text(&w), aad(cx, id), n);
}

enum err message_blocked(struct ctx *cx, int64_t company_id, const char *to, bool *blocked)
{
    uint8_t idx[16];
    int64_t id = 0;
    pii_index(company_id, to, idx);
    return db_i64(cx, &q_blocked, ARGS(I64(company_id), BLOB(idx, 16)), &id, blocked);
}

enum err message_insert(struct ctx *cx, const struct message *m, int64_t give_up_after_ms, const char *reason)
{
    int64_t id = id_new(), at = m->not_before > cx->now ? m->not_before : cx->now;
    uint8_t idx[16];
    struct arg none = {.kind = ARG_NULL};
    size_t n = 0;
    const void *sealed = seal(cx, id, m, &n);
    if (m->to)
        pii_index(m->company_id, m->to, idx);
    if (!reason)
        outbox_wake(cx, WAKE_MESSAGES);
    return db_exec(cx, &q_add,
                   ARGS(I64(id), I64(m->company_id), I64(m->account_id), TXT(message_channel_name[m->channel]),
                        TXT(m->kind), TXT(m->dedup), BLOB(sealed, n), I64(at), I64(cx->now + give_up_after_ms),
                        I64(cx->now), I64(m->project_id), TXT(m->to ? message_hint(cx->arena, m->channel, m->to) : ""),
                        m->to ? BLOB(idx, 16) : none, I64(m->urgent), TXT(or_empty(m->plan)),
                        TXT(reason ? "suppressed" : "pending"), TXT(or_empty(reason)), I64(m->secret)),
                   NULL);
}

enum err message_add(struct ctx *cx, const struct message *m, int64_t give_up_after_ms)
{
    bool blocked = false;
    enum err e = message_blocked(cx, m->company_id, m->to, &blocked);
    return e ? e : message_insert(cx, m, give_up_after_ms, blocked ? "blacklist" : NULL);
}

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    struct message_list *l = out;
    struct message *m = &l->v[l->n];
    size_t n = 0;
    m->id = row_i64(r, 0);
    m->company_id = row_i64(r, 1);
    m->account_id = row_i64(r, 2);
    m->channel = str_index(message_channel_name, MSG_CHANNELS, row_text(cx, r, 3));
    m->kind = row_text(cx, r, 4);
    m->dedup = row_text(cx, r, 5);
    const void *blob = row_blob(cx, r, 6, &n);
    m->attempts = row_i64(r, 7) + 1;
    m->give_up_at = row_i64(r, 8);
    m->project_id = row_i64(r, 9);
    m->plan = row_text(cx, r, 10);
    m->urgent = row_i64(r, 11) != 0;
    m->secret = row_i64(r, 12) != 0;
    const char *plain = pii_open(cx->arena, blob, n, aad(cx, m->id));
    struct json *j = plain ? json_parse(cx->arena, plain, strlen(plain)) : NULL;
    m->to = json_str(j, "to"); /* NULL when it cannot be opened: the sender refuses it */
    m->text = json_str(j, "text");
    m->subject = json_str(j, "subject");
    m->page = json_str(j, "page");
    m->tmpl = json_str(j, "tmpl");
    m->vars = json_str(j, "vars");
    l->n++;
    return OK;
}

enum err message_claim(struct ctx *cx, size_t max, int64_t lease_ms, struct message_list *out)
{
    *out = (struct message_list){.v = arena_alloc(cx->arena, max * sizeof *out->v)};
    enum err e = db_each(cx, &q_due, ARGS(I64(cx->now), I64(max)), on_due, out);
    for (size_t i = 0; i < out->n && !e; i++) {
        int64_t changed = 0;
        e = db_exec(cx, &q_claim, ARGS(I64(out->v[i].id), I64(cx->now + lease_ms), I64(cx->now)), &changed);
        if (!e && !changed)
            out->v[i].channel = -1; /* another node took it */
    }
    return e;
}

enum err message_done(struct ctx *cx, const struct message *m, enum message_outcome how, const char *ref,
                      const char *error)
{
    const char *state = "sent", *reason = "";
    int64_t next = cx->now;
    switch (how) {
    case MSG_SENT:
        break;
    case MSG_RETRY: {
        int64_t wait = BACKOFF_FIRST_MS << (m->attempts < 9 ? m->attempts - 1 : 9);
        next = cx->now + (wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS);
        state = next < m->give_up_at ? "pending" : "dead";
        break;
    }
    case MSG_REFUSED:
        state = "dead";
        break;
    case MSG_SUPPRESSED:
        state = "suppressed";
        reason = "refused"; /* the platform does not let us, or there is none */
        break;
    }
    enum err e = db_exec(cx, &q_done,
                         ARGS(I64(m->id), TXT(state), I64(next), I64(how == MSG_SENT ? cx->now : 0),
                              TXT(ref ? ref : ""), TXT(error ? error : ""), TXT(reason)),
                         NULL);
    bool over = str_eq(state, "dead") || str_eq(state, "suppressed");
    return e || !over || str_empty(m->plan) ? e : message_fall(cx, m);
}

enum err message_lost(struct ctx *cx, int64_t id)
{
    struct message m = {.plan = NULL};
    struct message_list l = {&m, 0};
    enum err e = db_each(cx, &q_one, ARGS(I64(id)), on_due, &l);
    return e || !l.n || str_empty(m.plan) ? e : message_fall(cx, &m);
}

enum err message_taken(struct ctx *cx, int64_t id, const char *provider, int64_t ask_at)
{
    return db_exec(cx, &q_taken, ARGS(I64(id), TXT(provider), I64(ask_at)), NULL);
}

enum err message_recall(struct ctx *cx, const char *object, int64_t id)
{
    return db_exec(cx, &q_recall,
                   ARGS(I64(cx->who.company_id), TXT(arena_printf(cx->arena, "%s:%lld:%%", object, (long long)id))),
                   NULL);
}

enum err message_next_due(struct ctx *cx, int64_t *at)
{
    return db_i64(cx, &q_next, NO_ARGS, at, NULL);
}

static enum err quota_move(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl, int64_t n)
{
    return db_exec(cx, &q_quota_move,
                   ARGS(I64(id_new()), I64(account_id), TXT(provider), TXT(tmpl), I64(n), I64(cx->now)), NULL);
}

enum err message_quota_add(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl, int64_t n)
{
    enum err e = db_exec(cx, &q_quota_add, ARGS(I64(account_id), TXT(provider), TXT(tmpl), I64(n)), NULL);
    return e ? e : quota_move(cx, account_id, provider, tmpl, n);
}

enum err message_quota_take(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl, bool *had)
{
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_quota_take, ARGS(I64(account_id), TXT(provider), TXT(tmpl)), &changed);
    *had = changed == 1;
    return e || !*had ? e : quota_move(cx, account_id, provider, tmpl, -1);
}
