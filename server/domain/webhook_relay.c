/* webhook_relay.c - from board events to deliveries, and what becomes of each. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/webhook.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include <string.h>

#define CHUNK    200
#define LEASE_MS 60000
#define GIVE_UP  (7 * DAY_MS) /* of failing without one success: switched off */

static const int64_t pause_ms[] = {MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS};

STMT(
    q_moved, "webhook.moved",
    "SELECT p.company_id, p.id, COALESCE(c.seq, -1), t.seq FROM project p"
    " JOIN topic_seq t ON t.topic = 'project:' || p.id || ':board'"
    " LEFT JOIN webhook_cursor c ON c.project_id = p.id WHERE (c.seq IS NULL OR c.seq < t.seq) AND EXISTS (SELECT 1"
    " FROM webhook w WHERE w.company_id = p.company_id AND (w.project_id = 0 OR w.project_id = p.id) AND w.enabled = 1)"
    " ORDER BY p.id LIMIT $1");
STMT(q_hooks, "webhook.of_project",
     "SELECT id, events FROM webhook WHERE company_id = $1 AND (project_id = 0 OR project_id = $2) AND enabled = 1"
     " ORDER BY id LIMIT 20");
STMT(q_deliver, "webhook.deliver",
     "INSERT INTO webhook_delivery(id, company_id, webhook_id, project_id, seq, event, body, next_at, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (webhook_id, project_id, seq) DO NOTHING");
STMT(q_cursor, "webhook.cursor",
     "INSERT INTO webhook_cursor(project_id, seq) VALUES ($1, $2) ON CONFLICT (project_id) DO UPDATE SET seq ="
     " CASE WHEN excluded.seq > webhook_cursor.seq THEN excluded.seq ELSE webhook_cursor.seq END");
STMT(q_due, "webhook.due",
     "SELECT d.id, d.webhook_id, d.attempts, d.created_at, w.turn_at, w.url, w.secret_enc, d.event, d.body FROM "
     "webhook w"
     " JOIN webhook_delivery d ON d.id = (SELECT x.id FROM webhook_delivery x WHERE x.webhook_id = w.id"
     " AND x.next_at > 0 AND x.next_at <= $1 ORDER BY x.next_at, x.id LIMIT 1)"
     " WHERE w.enabled = 1 AND w.slow = $2 AND w.turn_at <= $1 ORDER BY w.turn_at, w.id LIMIT 1");
STMT(q_turn, "webhook.turn", "UPDATE webhook SET turn_at = $2 WHERE id = $1 AND turn_at = $3");
STMT(q_try, "webhook.try", "UPDATE webhook_delivery SET attempts = $2, next_at = $3 WHERE id = $1");
STMT(q_done, "webhook.done",
     "UPDATE webhook_delivery SET state = $2, next_at = $3, status = $4, error = $5, done_at = $6 WHERE id = $1");
STMT(
    q_tried, "webhook.tried",
    "UPDATE webhook SET turn_at = $2, slow = $3, failing_since = CASE WHEN $4 = 1 THEN 0 WHEN failing_since = 0 THEN $2"
    " ELSE failing_since END WHERE id = $1 AND turn_at = $5");
STMT(q_off, "webhook.off",
     "UPDATE webhook SET enabled = 0, off_reason = $2, version = version + 1 WHERE id = $1 AND enabled = 1"
     " AND failing_since > 0 AND failing_since < $3");
STMT(q_sweep, "webhook.sweep",
     "DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM webhook_delivery WHERE state <> 'pending'"
     " AND created_at < $1 ORDER BY created_at LIMIT 1000)");

/* ---- events -> deliveries ---- */

struct moved {
    struct webhook_due *due;
    size_t n, max;
};

static enum err on_moved(struct ctx *cx, const struct row *r, void *out)
{
    struct moved *m = out;
    (void)cx;
    if (m->n < m->max)
        m->due[m->n++] = (struct webhook_due){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

enum err webhook_moved(struct ctx *cx, struct webhook_due *due, size_t max, size_t *n)
{
    struct moved m = {due, 0, max};
    enum err e = db_each(cx, &q_moved, ARGS(I64(max)), on_moved, &m);
    *n = m.n;
    return e;
}

struct hook {
    int64_t id;
    const char *events;
};
struct relaying {
    struct ctx *cx;
    const struct webhook_due *due;
    struct hook hook[WEBHOOKS_MAX];
    size_t nhook;
    struct {
        int64_t seq, at;
        const char *type, *data;
    } ev[CHUNK];
    size_t nev;
};

static enum err on_hook(struct ctx *cx, const struct row *r, void *out)
{
    struct relaying *x = out;
    if (x->nhook < COUNT(x->hook))
        x->hook[x->nhook++] = (struct hook){row_i64(r, 0), row_text(cx, r, 1)};
    return OK;
}

static void on_event(void *arg, const struct live_event *ev)
{
    struct relaying *x = arg;
    if (x->nev == CHUNK)
        return;
    x->ev[x->nev].seq = ev->seq;
    x->ev[x->nev].at = ev->at;
    x->ev[x->nev].type = arena_strdup(x->cx->arena, ev->type);
    x->ev[x->nev++].data = arena_strdup(x->cx->arena, ev->data);
}

static enum err deliver(struct ctx *cx, const struct relaying *x, size_t i, const struct hook *h)
{
    struct jw w;
    int64_t id = id_new();
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "id", id);
    kv_id(&w, "project_id", x->due->project_id);
    kv_str(&w, "event", x->ev[i].type);
    kv_time(&w, "at", x->ev[i].at);
    kv_raw(&w, "data", x->ev[i].data);
    jw_end(&w);
    return db_exec(cx, &q_deliver,
                   ARGS(I64(id), I64(x->due->company_id), I64(h->id), I64(x->due->project_id), I64(x->ev[i].seq),
                        TXT(x->ev[i].type), TXT(jw_text(&w)), I64(cx->now)),
                   NULL);
}

/* A project that was never looked at begins now: nobody wants last week's news. */
enum err webhook_relay(struct ctx *cx, const struct webhook_due *due)
{
    struct relaying *x = arena_alloc(cx->arena, sizeof *x);
    int64_t oldest = 0, newest = 0, upto = due->to;
    x->cx = cx;
    x->due = due;
    enum err e = db_each(cx, &q_hooks, ARGS(I64(due->company_id), I64(due->project_id)), on_hook, x);
    if (!e && due->from >= 0)
        e = events_since(cx, topic_board(cx, due->project_id), due->from, CHUNK, on_event, x, &oldest, &newest);
    for (size_t i = 0; i < x->nev && !e; i++)
        for (size_t k = 0; k < x->nhook && !e; k++)
            if (strstr(x->hook[k].events, arena_printf(cx->arena, ",%s,", x->ev[i].type)))
                e = deliver(cx, x, i, &x->hook[k]);
    if (x->nev == CHUNK)
        upto = x->ev[x->nev - 1].seq;
    return e ? e : db_exec(cx, &q_cursor, ARGS(I64(due->project_id), I64(upto)), NULL);
}

/* ---- deliveries -> the other program ---- */

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    struct sending *s = out;
    size_t n = 0;
    const void *blob = row_blob(cx, r, 6, &n);
    *s = (struct sending){.id = row_i64(r, 0),
                          .webhook_id = row_i64(r, 1),
                          .attempts = row_i64(r, 2),
                          .created_at = row_i64(r, 3),
                          .turn_at = row_i64(r, 4),
                          .url = row_text(cx, r, 5),
                          .event = row_text(cx, r, 7),
                          .body = row_text(cx, r, 8)};
    s->secret = pii_open(cx->arena, blob, n, arena_printf(cx->arena, "webhook.secret|%lld", (long long)s->webhook_id));
    return OK;
}

enum err webhook_claim(struct ctx *cx, bool slow, struct sending *out, bool *found)
{
    int64_t changed = 0, lease = cx->now + LEASE_MS;
    enum err e = db_one(cx, &q_due, ARGS(I64(cx->now), I64(slow)), on_due, out);
    *found = false;
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    e = db_exec(cx, &q_turn, ARGS(I64(out->webhook_id), I64(lease), I64(out->turn_at)), &changed);
    out->turn_at = lease;
    out->attempts++;
    *found = changed == 1;
    return e || !*found ? e : db_exec(cx, &q_try, ARGS(I64(out->id), I64(out->attempts), I64(lease)), NULL);
}

const char *webhook_signature(struct arena *a, const char *secret, int64_t unix_s, const char *body)
{
    uint8_t mac[32];
    char hex[65];
    const char *text = arena_printf(a, "%lld.%s", (long long)unix_s, body);
    hmac_sha256(secret, strlen(secret), text, strlen(text), mac);
    hex_encode(mac, 32, hex);
    return arena_printf(a, "t=%lld,v1=%s", (long long)unix_s, hex);
}

enum err webhook_done(struct ctx *cx, const struct sending *s, int status, const char *error, int64_t took_ms)
{
    bool good = status >= 200 && status < 300, over = good || s->attempts > (int64_t)COUNT(pause_ms);
    int64_t next = over ? 0 : cx->now + pause_ms[s->attempts - 1], changed = 0;
    enum err e = db_exec(
        cx, &q_tried,
        ARGS(I64(s->webhook_id), I64(cx->now), I64(took_ms >= WEBHOOK_SLOW_MS), I64(good), I64(s->turn_at)), &changed);
    if (e || !changed) /* removed meanwhile, or the lease ran out and the next try is somebody else's */
        return e;
    e = db_exec(cx, &q_done,
                ARGS(I64(s->id),
                     TXT(good   ? "done"
                         : over ? "dead"
                                : "pending"),
                     I64(next), I64(status), TXT(or_empty(error)), I64(over ? cx->now : 0)),
                NULL);
    return e || good
               ? e
               : db_exec(cx, &q_off, ARGS(I64(s->webhook_id), TXT(or_empty(error)), I64(cx->now - GIVE_UP)), NULL);
}

enum err webhook_sweep(struct ctx *cx, int64_t *gone)
{
    return db_exec(cx, &q_sweep, ARGS(I64(cx->now - WEBHOOK_KEEP_DAYS * DAY_MS)), gone);
}
