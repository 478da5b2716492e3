/* notice_push.c - notices whose time has come, and their audience told in portions. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/message.h"
#include "domain/notice_int.h"
#include "platform/events.h"

#define PORTION    100
#define PUSH_GAP   HOUR_MS
#define TEXT_SHORT 200

STMT(q_due, "notice.due", "SELECT id, tick_at FROM notice WHERE tick_at > 0 ORDER BY tick_at LIMIT $1");
STMT(q_work, "notice.work",
     "SELECT n.company_id, n.push_at, n.push_after, n.tick_at, COALESCE(p.name, c.name) FROM notice n JOIN company c ON"
     " c.id = n.company_id LEFT JOIN project p ON p.id = n.project_id WHERE n.id = $1");
STMT(q_appear, "notice.appear",
     "UPDATE notice SET state = 'published', published_at = $3, push_at = $3, tick_at = $3, version = version + 1"
     " WHERE id = $1 AND version = $2 AND state = 'scheduled'");
STMT(q_last, "notice.last_push", "SELECT MAX(at) FROM notice_push WHERE company_id = $1 AND project_id IN ($2, 0)");
STMT(q_pushed, "notice.push_begun",
     "INSERT INTO notice_push(company_id, project_id, at) VALUES ($1, $2, $3)"
     " ON CONFLICT (company_id, project_id) DO UPDATE SET at = excluded.at");
STMT(q_later, "notice.push_later", "UPDATE notice SET tick_at = $2 WHERE id = $1");
STMT(q_portion, "notice.portion",
     "SELECT a.id FROM notice n JOIN account a ON a.company_id = n.company_id WHERE n.id = $1 AND a.id > $2"
     " AND a.state = 'active' AND " NOTICE_REACHES("a.id", "$3") " ORDER BY a.id LIMIT $4");
STMT(q_progress, "notice.push_progress",
     "UPDATE notice SET push_after = $2, pushed = pushed + $3, tick_at = $4, pushed_at = $5 WHERE id = $1");

struct work {
    int64_t company_id, push_at, push_after, tick_at;
    const char *place;
};

static enum err on_work(struct ctx *cx, const struct row *r, void *out)
{
    *(struct work *)out = (struct work){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3), row_text(cx, r, 4)};
    return OK;
}

static enum err tell(struct ctx *cx, const struct notice *n, const struct work *w, int64_t account)
{
    static const char *const kind[NK_COUNT] = {"notice_common", "notice", "notice_emergency"};
    const struct message_var var[] = {
        {"title",              n->title               },
        {"text",               arena_strndup(cx->arena, n->text, utf8_prefix(n->text, TEXT_SHORT))},
        {"project", w->place           }
    };
    struct message_tell t = {.company_id = w->company_id,
                             .project_id = n->project_id,
                             .account_id = account,
                             .kind = kind[n->kind],
                             .object = "notice",
                             .object_id = n->id,
                             .event = "push",
                             .var = var,
                             .nvar = COUNT(var),
                             .page = arena_printf(cx->arena, "pkg-owner/notice/index?id=%lld", (long long)n->id)};
    return message_tell(cx, &t);
}

/* The next portion; the first one takes the project's turn, or waits for it. A common one is for inboxes only, and takes no
 * turn; the company's wait for its own. */
static enum err push(struct ctx *cx, const struct notice *n, const struct work *w)
{
    int64_t ids[PORTION] = {0}, last = 0;
    size_t k = 0;
    enum err e = OK;
    if (!w->push_after && n->kind == NK_IMPORTANT) {
        e = db_i64(cx, &q_last, ARGS(I64(w->company_id), I64(n->project_id)), &last, NULL);
        if (!e && last && cx->now < last + PUSH_GAP)
            return db_exec(cx, &q_later, ARGS(I64(n->id), I64(last + PUSH_GAP)), NULL);
        if (!e)
            e = db_exec(cx, &q_pushed, ARGS(I64(w->company_id), I64(n->project_id), I64(cx->now)), NULL);
    }
    if (!e)
        e = db_ids(cx, &q_portion, ARGS(I64(n->id), I64(w->push_after), I64(cx->now), I64(PORTION)), ids, PORTION, &k);
    for (size_t i = 0; i < k && !e; i++)
        e = tell(cx, n, w, ids[i]);
    bool done = k < PORTION;
    return e ? e
             : db_exec(cx, &q_progress,
                       ARGS(I64(n->id), I64(k ? ids[k - 1] : w->push_after), I64(k), I64(done ? 0 : cx->now),
                            I64(done ? cx->now : 0)),
                       NULL);
}

enum err notice_tick(struct ctx *cx, int64_t id)
{
    struct work w;
    struct notice n;
    enum err e = db_one(cx, &q_work, ARGS(I64(id)), on_work, &w);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    if (!w.tick_at || cx->now < w.tick_at)
        return OK;
    cx->who.company_id = w.company_id;
    if ((e = notice_load(cx, id, &n)) != OK)
        return e;
    if (n.state == NS_SCHEDULED)
        return db_exec(cx, &q_appear, ARGS(I64(id), I64(n.version), I64(cx->now)), NULL);
    if (n.state == NS_PUBLISHED && (!n.expire_at || n.expire_at > cx->now))
        return push(cx, &n, &w);
    return db_exec(cx, &q_later, ARGS(I64(id), I64(0)), NULL);
}

enum err notice_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_due, ids, max, n, next);
}
