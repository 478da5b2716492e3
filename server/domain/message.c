/* message.c - see message.h. SPDX-License-Identifier: MIT */
#include "domain/message.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/outbox.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

#define BACKOFF_FIRST_MS INT64_C(2000)
#define BACKOFF_MAX_MS   INT64_C(600000)

const char *const message_channel_name[MSG_CHANNELS] = {"sms", "mail", "wechat", "alipay"};

STMT(q_add, "message.add",
     "INSERT INTO message(id, company_id, account_id, channel, kind, dedup, payload_enc, next_at, give_up_at, "
     "created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8) ON CONFLICT (company_id, dedup) DO NOTHING");
STMT(q_due, "message.due",
     "SELECT id, company_id, account_id, channel, kind, dedup, payload_enc, attempts, give_up_at FROM message"
     " WHERE state IN ('pending', 'sending') AND next_at <= $1 ORDER BY next_at, id LIMIT $2");
STMT(q_claim, "message.claim",
     "UPDATE message SET state = 'sending', attempts = attempts + 1, next_at = $2 WHERE id = $1 AND next_at <= $3");
STMT(q_done, "message.done",
     "UPDATE message SET state = $2, next_at = $3, sent_at = $4, provider_ref = $5, error = $6 WHERE id = $1");
STMT(q_next, "message.next",
     "SELECT next_at FROM message WHERE state IN ('pending', 'sending') ORDER BY next_at LIMIT 1");
STMT(q_quota_add, "message.quota_add",
     "INSERT INTO message_quota(account_id, provider, template, left_n) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (account_id, provider, template) DO UPDATE SET left_n = message_quota.left_n + excluded.left_n");
STMT(q_quota_take, "message.quota_take",
     "UPDATE message_quota SET left_n = left_n - 1"
     " WHERE account_id = $1 AND provider = $2 AND template = $3 AND left_n > 0");

static const char *aad(struct ctx *cx, int64_t id)
{
    return arena_printf(cx->arena, "message.payload|%lld", (long long)id);
}

enum err message_add(struct ctx *cx, const struct message *m, int64_t give_up_after_ms)
{
    int64_t id = id_new();
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "to", m->to);
    kv_str(&w, "text", m->text);
    kv_str(&w, "subject", m->subject);
    kv_str(&w, "page", m->page);
    jw_end(&w);
    size_t n = 0;
    const void *sealed = pii_seal(cx->arena, jw_text(&w), aad(cx, id), &n);
    outbox_wake(cx);
    return db_exec(cx, &q_add,
                   ARGS(I64(id), I64(m->company_id), I64(m->account_id), TXT(message_channel_name[m->channel]),
                        TXT(m->kind), TXT(m->dedup), BLOB(sealed, n), I64(cx->now), I64(cx->now + give_up_after_ms)),
                   NULL);
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
    const char *plain = pii_open(cx->arena, blob, n, aad(cx, m->id));
    struct json *j = plain ? json_parse(cx->arena, plain, strlen(plain)) : NULL;
    m->to = json_str(j, "to"); /* NULL when it cannot be opened: the sender refuses it */
    m->text = json_str(j, "text");
    m->subject = json_str(j, "subject");
    m->page = json_str(j, "page");
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
    const char *state = "sent";
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
        break;
    }
    return db_exec(cx, &q_done,
                   ARGS(I64(m->id), TXT(state), I64(next), I64(how == MSG_SENT ? cx->now : 0), TXT(ref ? ref : ""),
                        TXT(error ? error : "")),
                   NULL);
}

enum err message_next_due(struct ctx *cx, int64_t *at)
{
    return db_i64(cx, &q_next, NO_ARGS, at, NULL);
}

enum err message_quota_add(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl, int64_t n)
{
    return db_exec(cx, &q_quota_add, ARGS(I64(account_id), TXT(provider), TXT(tmpl), I64(n)), NULL);
}

enum err message_quota_take(struct ctx *cx, int64_t account_id, const char *provider, const char *tmpl, bool *had)
{
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_quota_take, ARGS(I64(account_id), TXT(provider), TXT(tmpl)), &changed);
    *had = changed == 1;
    return e;
}
