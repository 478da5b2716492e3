/* message_log.c - inbox, delivery log, dead letters, receipts, numbers; see message_set.h. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/message_int.h"
#include "domain/message_set.h"
#include "domain/outbox.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include <string.h>

#define ASK_TIMES 5

STMT(q_inbox, "notification.list",
     "SELECT id, kind, title, text, object, object_id, urgent, read_at, created_at FROM notification"
     " WHERE account_id = $1 AND ($2 = 0 OR read_at = 0) AND ($3 = 0 OR id < $3) ORDER BY id DESC LIMIT $4");
STMT(q_unread, "notification.unread", "SELECT COUNT(*) FROM notification WHERE account_id = $1 AND read_at = 0");
STMT(q_read_one, "notification.read",
     "UPDATE notification SET read_at = $3 WHERE account_id = $1 AND id = $2 AND read_at = 0");
STMT(q_read_all, "notification.read_all", "UPDATE notification SET read_at = $2 WHERE account_id = $1 AND read_at = 0");
STMT(q_mine, "notification.mine", "SELECT id FROM notification WHERE account_id = $1 AND id = $2");
STMT(
    q_log, "message.log",
    "SELECT m.id, CASE m.secret WHEN 0 THEN m.account_id ELSE 0 END, m.attempts, m.next_at, m.created_at, m.sent_at,"
    " m.delivered_at, m.channel, m.kind, m.state, m.reason, m.error, m.provider, CASE m.secret WHEN 0 THEN m.to_hint "
    "ELSE"
    " '' END, CASE m.secret WHEN 0 THEN COALESCE(a.name, '') ELSE '' END FROM message m LEFT JOIN account a ON a.id ="
    " m.account_id WHERE m.company_id = $1 AND ($2 = '' OR m.channel = $2) AND ($3 = '' OR m.kind = $3) AND ($4 = '' OR"
    " m.state = $4) AND ($5 = 0 OR (m.account_id = $5 AND m.secret = 0)) AND m.created_at >= $6 AND m.created_at < $7"
    " AND ($8 = 0 OR m.id < $8) AND ($9 = 0 OR (m.to_idx = $10 AND m.secret = 0)) ORDER BY m.id DESC LIMIT $11");
STMT(q_requeue, "message.requeue",
     "UPDATE message SET state = 'pending', attempts = 0, next_at = $3, give_up_at = $4, error = '' WHERE id = $1"
     " AND company_id = $2 AND state = 'dead'");
STMT(q_discard, "message.discard",
     "UPDATE message SET state = 'discarded', reason = $3 WHERE id = $1 AND company_id = $2 AND state = 'dead'");
STMT(q_known, "message.known", "SELECT id FROM message WHERE id = $1 AND company_id = $2");
STMT(q_stats, "message.stats",
     "SELECT channel, state, COUNT(*) FROM message WHERE company_id = $1 AND created_at >= $2 AND created_at < $3"
     " GROUP BY channel, state ORDER BY channel, state");
STMT(
    q_ask, "message.ask",
    "SELECT id, company_id, sent_at, provider, provider_ref, payload_enc FROM message WHERE ask_at > 0 AND ask_at <= $1"
    " ORDER BY ask_at LIMIT $2");
STMT(q_fate, "message.fate",
     "UPDATE message SET state = CASE WHEN $2 = '' THEN state ELSE $2 END, delivered_at = $3, error = $4, ask_at = $5"
     " WHERE id = $1 AND state = 'sent'");
STMT(q_quotas, "message.quotas",
     "SELECT provider, template, left_n FROM message_quota WHERE account_id = $1 ORDER BY provider, template");

struct inbox {
    notification_fn *fn;
    void *arg;
};

static enum err on_notification(struct ctx *cx, const struct row *r, void *out)
{
    struct inbox *l = out;
    struct notification n = {.id = row_i64(r, 0),
                             .kind = row_text(cx, r, 1),
                             .title = row_text(cx, r, 2),
                             .text = row_text(cx, r, 3),
                             .object = row_text(cx, r, 4),
                             .object_id = row_i64(r, 5),
                             .urgent = row_i64(r, 6) != 0,
                             .read_at = row_i64(r, 7),
                             .created_at = row_i64(r, 8)};
    l->fn(l->arg, &n);
    return OK;
}

enum err notification_list(struct ctx *cx, bool unread_only, int64_t before, int64_t limit, notification_fn *fn,
                           void *arg)
{
    struct inbox l = {fn, arg};
    return db_each(cx, &q_inbox, ARGS(I64(cx->who.id), I64(unread_only), I64(before), I64(limit)), on_notification, &l);
}

enum err notification_unread(struct ctx *cx, int64_t *n)
{
    return db_i64(cx, &q_unread, ARGS(I64(cx->who.id)), n, NULL);
}

enum err notification_read(struct ctx *cx, int64_t id)
{
    int64_t changed = 0, mine = 0;
    bool found = true;
    enum err e = id ? db_i64(cx, &q_mine, ARGS(I64(cx->who.id), I64(id)), &mine, &found) : OK;
    if (!e && !found)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "消息不存在", "no such message");
    if (!e)
        e = id ? db_exec(cx, &q_read_one, ARGS(I64(cx->who.id), I64(id), I64(cx->now)), &changed)
               : db_exec(cx, &q_read_all, ARGS(I64(cx->who.id), I64(cx->now)), &changed);
    if (!e && changed)
        cx_emit(cx, topic_user(cx, cx->who.id), "notification.read",
                arena_printf(cx->arena, "{\"notification_id\":%s}",
                             id ? arena_printf(cx->arena, "\"%lld\"", (long long)id) : "null"));
    return e;
}

struct listing {
    message_row_fn *fn;
    void *arg;
};

static enum err on_row(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct message_row m = {.id = row_i64(r, 0),
                            .account_id = row_i64(r, 1),
                            .attempts = row_i64(r, 2),
                            .next_at = row_i64(r, 3),
                            .created_at = row_i64(r, 4),
                            .sent_at = row_i64(r, 5),
                            .delivered_at = row_i64(r, 6),
                            .channel = row_text(cx, r, 7),
                            .kind = row_text(cx, r, 8),
                            .state = row_text(cx, r, 9),
                            .reason = row_text(cx, r, 10),
                            .error = row_text(cx, r, 11),
                            .provider = row_text(cx, r, 12),
                            .to_hint = row_text(cx, r, 13),
                            .account = row_text(cx, r, 14)};
    l->fn(l->arg, &m);
    return OK;
}

enum err message_log(struct ctx *cx, const struct message_search *s, message_row_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    uint8_t idx[16] = {0};
    if (!str_empty(s->to))
        pii_index(cx->who.company_id, s->to, idx);
    return db_each(cx, &q_log,
                   ARGS(I64(cx->who.company_id), TXT(or_empty(s->channel)), TXT(or_empty(s->kind)),
                        TXT(or_empty(s->state)), I64(s->account_id), I64(s->from), I64(s->until), I64(s->before),
                        I64(!str_empty(s->to)), BLOB(idx, 16), I64(s->limit)),
                   on_row, &l);
}

static enum err change_dead(struct ctx *cx, int64_t id, const struct stmt *q, struct args a, const char *action,
                            const char *after)
{
    int64_t changed = 0, known = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_known, ARGS(I64(id), I64(cx->who.company_id)), &known, &found);
    if (!e && !found)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "消息不存在", "no such message");
    if (!e)
        e = db_exec(cx, q, a, &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_STATE, "state", "仅可处理发送失败的消息", "only messages that were given up");
    return e ? e : audit_add(cx, action, "message", id, "{\"state\":\"dead\"}", after);
}

enum err message_requeue(struct ctx *cx, int64_t id)
{
    outbox_wake(cx, WAKE_MESSAGES);
    return change_dead(cx, id, &q_requeue, ARGS(I64(id), I64(cx->who.company_id), I64(cx->now), I64(cx->now + DAY_MS)),
                       "message.requeue", "{\"state\":\"pending\"}");
}

enum err message_discard(struct ctx *cx, int64_t id, const char *reason)
{
    return change_dead(cx, id, &q_discard, ARGS(I64(id), I64(cx->who.company_id), TXT(reason)), "message.discard",
                       "{\"state\":\"discarded\"}");
}

struct counts {
    message_count_fn *fn;
    void *arg;
};

static enum err on_count(struct ctx *cx, const struct row *r, void *out)
{
    struct counts *c = out;
    c->fn(c->arg, row_text(cx, r, 0), row_text(cx, r, 1), row_i64(r, 2));
    return OK;
}

enum err message_stats(struct ctx *cx, int64_t from, int64_t until, message_count_fn *fn, void *arg)
{
    struct counts c = {fn, arg};
    return db_each(cx, &q_stats, ARGS(I64(cx->who.company_id), I64(from), I64(until)), on_count, &c);
}

struct asks {
    struct message_ask *v;
    size_t n;
};

static enum err on_ask(struct ctx *cx, const struct row *r, void *out)
{
    struct asks *l = out;
    struct message_ask *m = &l->v[l->n++];
    size_t n = 0;
    *m = (struct message_ask){.id = row_i64(r, 0),
                              .company_id = row_i64(r, 1),
                              .sent_at = row_i64(r, 2),
                              .provider = row_text(cx, r, 3),
                              .ref = row_text(cx, r, 4)};
    const void *blob = row_blob(cx, r, 5, &n);
    const char *plain = pii_open(cx->arena, blob, n, arena_printf(cx->arena, "message.payload|%lld", (long long)m->id));
    m->to = json_str(plain ? json_parse(cx->arena, plain, strlen(plain)) : NULL, "to");
    return OK;
}

enum err message_ask_due(struct ctx *cx, struct message_ask *out, size_t max, size_t *n)
{
    struct asks l = {out, 0};
    enum err e = db_each(cx, &q_ask, ARGS(I64(cx->now), I64(max)), on_ask, &l);
    *n = l.n;
    return e;
}

enum err message_fate(struct ctx *cx, const struct message_ask *m, enum message_fate fate, const char *why)
{
    /* one, two, four ... minutes after it was sent, then nobody asks any more */
    int64_t age = cx->now - m->sent_at, next = 0, wait = MINUTE_MS;
    for (int i = 0; i < ASK_TIMES && !next; i++, wait *= 4)
        if (wait > age)
            next = m->sent_at + wait;
    const char *state = fate == FATE_DELIVERED ? "delivered" : fate == FATE_LOST ? "dead" : "";
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_fate,
                         ARGS(I64(m->id), TXT(state), I64(fate == FATE_DELIVERED ? cx->now : 0), TXT(or_empty(why)),
                              I64(fate == FATE_WAITING ? next : 0)),
                         &changed);
    return e || fate != FATE_LOST || !changed ? e : message_lost(cx, m->id);
}

struct quotas {
    message_quota_fn *fn;
    void *arg;
};

static enum err on_quota(struct ctx *cx, const struct row *r, void *out)
{
    struct quotas *l = out;
    l->fn(l->arg, row_text(cx, r, 0), row_text(cx, r, 1), row_i64(r, 2));
    return OK;
}

enum err message_quota_list(struct ctx *cx, message_quota_fn *fn, void *arg)
{
    struct quotas l = {fn, arg};
    return db_each(cx, &q_quotas, ARGS(I64(cx->who.id)), on_quota, &l);
}
