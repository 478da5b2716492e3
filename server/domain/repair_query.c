/* repair_query.c - reading orders: one predicate of who sees what, used by every view. SPDX-License-Identifier: MIT */
#include "domain/audit.h"
#include "domain/estate.h"
#include "domain/repair_int.h"
#include "platform/crypto/crypto.h"
#include <string.h>

/* Filters that are not wanted are passed as '' or 0; one statement a view keeps the plan obvious. */
#define FILTER                                                                                                         \
    " AND ($2 = '' OR r.state = $2) AND ($3 = '' OR r.number LIKE $3 OR r.place LIKE $3 OR EXISTS (SELECT 1 FROM "     \
    "room z"                                                                                                           \
    " WHERE z.id = r.room_id AND ('-' || z.norm LIKE $8 OR '-' || z.norm LIKE $9))) AND ($4 = 0 OR r.id < $4)"         \
    " AND ($5 = 0 OR r.closed_at = 0) AND ($10 = 0 OR r.facility_id = $10) ORDER BY r.id DESC LIMIT $6"
STMT(q_mine, "repair.list_mine",
     "SELECT " REPAIR_COLUMNS REPAIR_FROM
     " WHERE (r.room_id IN (SELECT b.room_id FROM binding b WHERE b.account_id = $1"
     " AND b.state = 'active' AND (b.expires_at = 0 OR b.expires_at > $7)) AND (r.closed_at = 0 OR r.created_at >="
     " (SELECT m.owned_at FROM room m WHERE m.id = r.room_id)) OR (r.room_id IS NULL AND r.reporter_id = "
     "$1))" FILTER);
STMT(q_board, "repair.list_board",
     "SELECT " REPAIR_COLUMNS REPAIR_FROM " WHERE r.project_id = $1 AND r.company_id = $7" FILTER);
STMT(q_jobs, "repair.list_jobs",
     "SELECT " REPAIR_COLUMNS REPAIR_FROM " WHERE r.holder_id = $1 AND +r.company_id = $7" FILTER);
STMT(q_pool, "repair.list_pool",
     "SELECT " REPAIR_COLUMNS REPAIR_FROM
     " WHERE r.company_id = (SELECT a.company_id FROM account a WHERE a.id = $7) AND r.project_id = $1"
     " AND r.state = 'queued' AND r.mode = 'grab' AND r.urgency <> 'emergency'"
     " AND r.skill IN (SELECT s.skill FROM technician_skill s WHERE s.account_id = $7)" FILTER);
STMT(q_history, "repair.history",
     "SELECT n, at, actor_id, holder_id, actor_name, event, from_state, to_state, note, internal FROM repair_event"
     " WHERE repair_id = $1 AND internal <= $2 ORDER BY n");
STMT(q_lines, "repair.lines",
     "SELECT kind, material_id, name, qty_e3, price_fen, amount_fen FROM repair_line WHERE repair_id = $1 ORDER BY n");
STMT(q_photos, "repair.photos", "SELECT file_id, stage FROM repair_photo WHERE repair_id = $1 ORDER BY at, file_id");
STMT(q_contact, "repair.contact", "SELECT contact_enc FROM repair WHERE id = $1");
STMT(q_counts, "repair.counts",
     "SELECT state, COUNT(*) FROM repair WHERE company_id = $1 AND project_id = $2 AND closed_at = 0 GROUP BY state");
STMT(q_due, "repair.due", "SELECT id, due_at FROM repair WHERE due_at > 0 ORDER BY due_at LIMIT $1");
STMT(q_queued, "repair.each_queued",
     "SELECT id, version, project_id, skill FROM repair WHERE state = 'queued' ORDER BY id");

#define STAT_COLUMNS                                                                                                   \
    ", COUNT(*), CAST(SUM(CASE WHEN r.finished_at > 0 THEN 1 ELSE 0 END) AS BIGINT),"                                  \
    " CAST(SUM(CASE WHEN r.finished_at > r.finish_due THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(r.reopened) AS BIGINT)," \
    " COALESCE(CAST(SUM(CASE WHEN r.accepted_at > 0 THEN r.accepted_at - r.created_at ELSE 0 END) AS BIGINT)"          \
    " / NULLIF(SUM(CASE WHEN r.accepted_at > 0 THEN 1 ELSE 0 END), 0), 0),"                                            \
    " COALESCE(CAST(SUM(CASE WHEN r.finished_at > 0 THEN r.finished_at - r.created_at ELSE 0 END) AS BIGINT)"          \
    " / NULLIF(SUM(CASE WHEN r.finished_at > 0 THEN 1 ELSE 0 END), 0), 0),"                                            \
    " CAST(SUM(r.stars) AS BIGINT), CAST(SUM(CASE WHEN r.stars > 0 THEN 1 ELSE 0 END) AS BIGINT),"                     \
    " CAST(SUM(r.charge_fen) AS BIGINT)"
#define STAT_FROM                                                                                                      \
    REPAIR_FROM " WHERE r.company_id = $1 AND r.project_id = $2 AND r.created_at >= $3 AND r.created_at < $4"          \
                " AND r.state NOT IN ('cancelled', 'rejected')"
STMT(q_by_type, "repair.stat_type",
     "SELECT t.name" STAT_COLUMNS STAT_FROM " GROUP BY t.name ORDER BY COUNT(*) DESC, t.name LIMIT 200");
STMT(q_by_cause, "repair.stat_cause",
     "SELECT COALESCE(c.name, '')" STAT_COLUMNS STAT_FROM
     " GROUP BY COALESCE(c.name, '') ORDER BY COUNT(*) DESC, COALESCE(c.name, '') LIMIT 200");
STMT(q_by_tech, "repair.stat_technician",
     "SELECT COALESCE(h.name, '')" STAT_COLUMNS STAT_FROM
     " GROUP BY COALESCE(h.name, '') ORDER BY COUNT(*) DESC, COALESCE(h.name, '') LIMIT 200");
STMT(q_by_place, "repair.stat_place",
     "SELECT r.place" STAT_COLUMNS STAT_FROM " GROUP BY r.place ORDER BY COUNT(*) DESC, r.place LIMIT 200");
/* The same place and type failing again within 30 days of the repair before */
STMT(q_repeat, "repair.stat_repeat",
     "SELECT r.place || ' · ' || t.name" STAT_COLUMNS STAT_FROM
     " AND EXISTS (SELECT 1 FROM repair p WHERE p.company_id = r.company_id AND p.project_id = r.project_id"
     " AND p.type_id = r.type_id AND p.place = r.place AND p.id < r.id AND p.finished_at > 0"
     " AND r.created_at - p.finished_at < 2592000000)"
     " GROUP BY r.place || ' · ' || t.name ORDER BY COUNT(*) DESC, r.place || ' · ' || t.name LIMIT 200");

enum err repair_get(struct ctx *cx, int64_t id, struct repair *out, unsigned *actor)
{
    enum err e = repair_load(cx, id, out);
    if (!e)
        e = repair_actor_bits(cx, out, actor);
    if (e)
        return e;
    /* A technician of the project sees what he holds, what is offered to him and the pool; not every job. */
    unsigned sees = *actor & ~(unsigned)RA_TECH;
    if ((*actor & RA_TECH) && out->state == RS_QUEUED && out->mode == MODE_GRAB)
        sees |= RA_TECH;
    if ((*actor & RA_TECH) && !sees) { /* he may have tried to grab it: he learns that it is gone, nothing else */
        *out = (struct repair){.id = out->id};
        return cx_fail(cx, ERR_TAKEN, NULL, "已被其他师傅接单", "somebody else has the job");
    }
    return sees ? OK : cx_fail(cx, ERR_NOT_FOUND, "id", "工单不存在", "no such order");
}

struct history {
    repair_event_fn *fn;
    void *arg;
};

static enum err on_event(struct ctx *cx, const struct row *r, void *out)
{
    struct history *h = out;
    struct repair_event_row e = {.n = row_i64(r, 0),
                                 .at = row_i64(r, 1),
                                 .actor_id = row_i64(r, 2),
                                 .holder_id = row_i64(r, 3),
                                 .actor_name = row_text(cx, r, 4),
                                 .event = row_text(cx, r, 5),
                                 .from = row_text(cx, r, 6),
                                 .to = row_text(cx, r, 7),
                                 .note = row_text(cx, r, 8),
                                 .internal = row_i64(r, 9) != 0};
    h->fn(h->arg, &e);
    return OK;
}

enum err repair_history(struct ctx *cx, int64_t id, bool internal_too, repair_event_fn *fn, void *arg)
{
    struct history h = {fn, arg};
    return db_each(cx, &q_history, ARGS(I64(id), I64(internal_too)), on_event, &h);
}

struct lines {
    repair_line_fn *fn;
    void *arg;
};

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct lines *l = out;
    struct repair_line one = {.kind = str_index(repair_line_kind, 2, row_text(cx, r, 0)),
                              .material_id = row_i64(r, 1),
                              .name = row_text(cx, r, 2),
                              .qty_e3 = row_i64(r, 3),
                              .price_fen = row_i64(r, 4),
                              .amount_fen = row_i64(r, 5)};
    l->fn(l->arg, &one);
    return OK;
}

enum err repair_lines(struct ctx *cx, int64_t id, repair_line_fn *fn, void *arg)
{
    struct lines l = {fn, arg};
    return db_each(cx, &q_lines, ARGS(I64(id)), on_line, &l);
}

struct photos {
    repair_photo_fn *fn;
    void *arg;
};

static enum err on_photo(struct ctx *cx, const struct row *r, void *out)
{
    struct photos *p = out;
    p->fn(p->arg, row_i64(r, 0), row_text(cx, r, 1));
    return OK;
}

enum err repair_photos(struct ctx *cx, int64_t id, repair_photo_fn *fn, void *arg)
{
    struct photos p = {fn, arg};
    return db_each(cx, &q_photos, ARGS(I64(id)), on_photo, &p);
}

enum err repair_contact(struct ctx *cx, int64_t id, const char **phone)
{
    struct repair r;
    unsigned who = 0;
    const void *sealed = NULL;
    size_t n = 0;
    *phone = NULL;
    enum err e = repair_get(cx, id, &r, &who);
    if (!e && !(who & (RA_HOLDER | RA_DESK)))
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "仅接单技师和管理人员可查看",
                    "only for the technician of the order and the desk");
    if (!e)
        e = db_blob(cx, &q_contact, ARGS(I64(id)), &sealed, &n);
    if (!e && sealed)
        *phone = pii_open(cx->arena, sealed, n, arena_printf(cx->arena, "repair.contact|%lld", (long long)id));
    return e ? e : audit_add(cx, "repair.contact_reveal", "repair", id, NULL, NULL);
}

struct listing {
    repair_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *row, void *out)
{
    struct listing *l = out;
    struct repair r;
    enum err e = repair_row(cx, row, &r);
    if (!e)
        l->fn(l->arg, &r);
    return e;
}

enum err repair_list(struct ctx *cx, const struct repair_filter *f, repair_fn *fn, void *arg)
{
    static const struct {
        const struct stmt *q;
        bool by_project;
    } views[VIEW_COUNT] = {
        [VIEW_MINE] = {&q_mine,  false},
        [VIEW_BOARD] = {&q_board, true },
        [VIEW_JOBS] = {&q_jobs,  false},
        [VIEW_POOL] = {&q_pool,  true }
    };
    struct listing l = {fn, arg};
    int64_t key = views[f->view].by_project ? cx->who.project_id : cx->who.id;
    int64_t last = f->view == VIEW_MINE ? cx->now : f->view == VIEW_POOL ? cx->who.id : cx->who.company_id;
    const char *like = str_empty(f->search) ? "" : arena_printf(cx->arena, "%%%s%%", f->search), *room[2];
    room_like(cx->arena, f->search, room);
    return db_each(cx, views[f->view].q,
                   ARGS(I64(key), TXT(f->state ? f->state : ""), TXT(like), I64(f->before_id), I64(f->open_only),
                        I64(f->limit), I64(last), TXT(room[0]), TXT(room[1]), I64(f->facility_id)),
                   on_listed, &l);
}

struct counts {
    count_fn *fn;
    void *arg;
};

static enum err on_count(struct ctx *cx, const struct row *r, void *out)
{
    struct counts *c = out;
    c->fn(c->arg, row_text(cx, r, 0), row_i64(r, 1));
    return OK;
}

enum err repair_counts(struct ctx *cx, count_fn *fn, void *arg)
{
    struct counts c = {fn, arg};
    return db_each(cx, &q_counts, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_count, &c);
}

struct stats {
    stat_fn *fn;
    void *arg;
};

static enum err on_stat(struct ctx *cx, const struct row *r, void *out)
{
    struct stats *s = out;
    struct repair_stat one = {.key = row_text(cx, r, 0),
                              .n = row_i64(r, 1),
                              .closed = row_i64(r, 2),
                              .overdue = row_i64(r, 3),
                              .reopened = row_i64(r, 4),
                              .avg_respond_ms = row_i64(r, 5),
                              .avg_finish_ms = row_i64(r, 6),
                              .stars_sum = row_i64(r, 7),
                              .stars_n = row_i64(r, 8),
                              .charge_fen = row_i64(r, 9)};
    s->fn(s->arg, &one);
    return OK;
}

enum err repair_analysis(struct ctx *cx, const char *by, int64_t from, int64_t to, stat_fn *fn, void *arg)
{
    static const struct {
        const char *by;
        const struct stmt *q;
    } ways[] = {
        {"type",       &q_by_type },
        {"cause",      &q_by_cause},
        {"technician", &q_by_tech },
        {"place",      &q_by_place},
        {"repeat",     &q_repeat  }
    };
    struct stats s = {fn, arg};
    for (size_t i = 0; i < COUNT(ways); i++)
        if (str_eq(ways[i].by, by))
            return db_each(cx, ways[i].q, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from), I64(to)),
                           on_stat, &s);
    return cx_fail(cx, ERR_INVALID, "by", "应为 type、cause、technician、place 或 repeat",
                   "type, cause, technician, place or repeat");
}

enum err repair_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_due, ids, max, n, next);
}

struct queued {
    queued_fn *fn;
    void *arg;
};

static enum err on_queued(struct ctx *cx, const struct row *r, void *out)
{
    struct queued *q = out;
    q->fn(q->arg, row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_text(cx, r, 3));
    return OK;
}

enum err repair_each_queued(struct ctx *cx, queued_fn *fn, void *arg)
{
    struct queued q = {fn, arg};
    return db_each(cx, &q_queued, NO_ARGS, on_queued, &q);
}
