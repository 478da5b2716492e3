/* facility_log.c - what happens to a facility: history, downtime, readings, files, costs, repairs.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/facility_int.h"
#include "platform/events.h"
#include "platform/store/db.h"

const char *const facility_file_kind[FILE_KINDS] = {"photo", "manual", "certificate", "contract", "report", "other"};
const char *const facility_cost_kind[COST_KINDS] = {"repair", "parts", "maintenance", "inspection", "other"};

STMT(q_log, "facility.log",
     "INSERT INTO facility_event(id, facility_id, company_id, kind, field, old_text, new_text, ref_id, account_id, "
     "actor,"
     " at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_history, "facility.history",
     "SELECT id, kind, field, old_text, new_text, ref_id, actor, at FROM facility_event WHERE facility_id = $1"
     " AND ($2 = '' OR kind = $2) AND ($3 = 0 OR id < $3) ORDER BY id DESC LIMIT $4");
STMT(
    q_set_down, "facility.set_down",
    "UPDATE facility SET up = 0, down_at = $2, version = version + 1 WHERE id = $1 AND up = 1 AND state <> 'scrapped'");
STMT(q_set_up, "facility.set_up",
     "UPDATE facility SET up = 1, down_at = 0, version = version + 1 WHERE id = $1 AND up = 0");
STMT(q_open_down, "facility.open_down",
     "INSERT INTO facility_down(id, facility_id, company_id, project_id, from_at, reason, repair_id)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7)");
/* A clock that was set back must not make a negative downtime. */
STMT(q_close_down, "facility.close_down",
     "UPDATE facility_down SET to_at = CASE WHEN from_at < $2 THEN $2 ELSE from_at + 1 END"
     " WHERE facility_id = $1 AND to_at = 0");
STMT(q_downs, "facility.downtimes",
     "SELECT id, from_at, to_at, repair_id, reason FROM facility_down WHERE facility_id = $1 ORDER BY id DESC LIMIT "
     "200");
STMT(q_reading, "facility.reading",
     "UPDATE facility SET reading_e3 = $2, version = version + 1 WHERE id = $1 AND reading_e3 <= $2");
STMT(q_reading_row, "facility.reading_row",
     "INSERT INTO facility_reading(id, facility_id, company_id, value_e3, account_id, at) VALUES ($1, $2, $3, $4, $5, "
     "$6)");
STMT(q_take_file, "facility.take_file",
     "UPDATE file SET object = $2, object_id = $3 WHERE id = $1 AND account_id = $4 AND company_id = $5"
     " AND object = ''");
STMT(q_file, "facility.file",
     "INSERT INTO facility_file(facility_id, file_id, company_id, kind, account_id, at) VALUES ($1, $2, $3, $4, $5, "
     "$6)");
STMT(q_file_drop, "facility.file_drop", "DELETE FROM facility_file WHERE facility_id = $1 AND file_id = $2");
STMT(q_file_free, "facility.file_free",
     "UPDATE file SET object = '', object_id = 0 WHERE id = $1 AND object = 'facility' AND object_id = $2");
STMT(q_files, "facility.files",
     "SELECT l.file_id, l.kind, f.name, l.at FROM facility_file l JOIN file f ON f.id = l.file_id"
     " WHERE l.facility_id = $1 ORDER BY l.file_id");
STMT(q_cost, "facility.cost",
     "INSERT INTO facility_cost(id, facility_id, company_id, kind, amount_fen, day, note, account_id, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
STMT(
    q_sum_repairs, "facility.sum_repairs",
    "SELECT COUNT(*), (SELECT CAST(COALESCE(SUM(l.amount_fen), 0) AS BIGINT) FROM repair_line l JOIN repair r"
    " ON r.id = l.repair_id WHERE r.facility_id = $1 AND r.state <> 'rejected' AND l.kind = 'labour'),"
    " (SELECT CAST(COALESCE(SUM(CASE WHEN l.amount_fen > l.qty_e3 * m.price_min_fen / 1000 THEN l.amount_fen"
    " ELSE l.qty_e3 * m.price_min_fen / 1000 END), 0) AS BIGINT) FROM repair_line l JOIN repair r ON r.id = l.repair_id"
    " JOIN material m ON m.id = l.material_id WHERE r.facility_id = $1 AND r.state <> 'rejected'"
    " AND l.kind = 'material') FROM repair WHERE facility_id = $1");
STMT(q_sum_rest, "facility.sum_rest",
     "SELECT (SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM facility_cost WHERE facility_id = $1"
     " AND kind = 'repair'), (SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM facility_cost"
     " WHERE facility_id = $1 AND kind = 'parts'), (SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT)"
     " FROM facility_cost WHERE facility_id = $1 AND kind IN ('maintenance', 'inspection')),"
     " (SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM facility_cost WHERE facility_id = $1 AND kind = "
     "'other'),"
     " (SELECT CAST(COALESCE(SUM(cost_fen), 0) AS BIGINT) FROM maint_task WHERE facility_id = $1 AND state = 'done'),"
     " (SELECT COUNT(*) FROM maint_task WHERE facility_id = $1 AND state = 'done'),"
     " (SELECT CAST(COALESCE(SUM(CASE WHEN to_at > 0 THEN to_at - from_at WHEN from_at < $2 THEN $2 - from_at ELSE 0 "
     "END), 0) AS BIGINT) FROM facility_down WHERE facility_id = $1)");
STMT(q_cause, "facility.cause", "SELECT name FROM cause_code WHERE id = $1");

/* ---- history ---- */

enum err facility_log(struct ctx *cx, int64_t id, const char *kind, const char *field, const char *before,
                      const char *after, int64_t ref_id)
{
    return db_exec(cx, &q_log,
                   ARGS(I64(id_new()), I64(id), I64(cx->who.company_id), TXT(kind), TXT(or_empty(field)),
                        TXT(or_empty(before)), TXT(or_empty(after)), I64(ref_id), I64(cx->who.id),
                        TXT(or_empty(cx->who.name)), I64(cx->now)),
                   NULL);
}

struct history {
    facility_event_fn *fn;
    void *arg;
};

static enum err on_event(struct ctx *cx, const struct row *r, void *out)
{
    struct history *h = out;
    struct facility_event e = {.id = row_i64(r, 0),
                               .kind = row_text(cx, r, 1),
                               .field = row_text(cx, r, 2),
                               .before = row_text(cx, r, 3),
                               .after = row_text(cx, r, 4),
                               .ref_id = row_i64(r, 5),
                               .actor = row_text(cx, r, 6),
                               .at = row_i64(r, 7)};
    h->fn(h->arg, &e);
    return OK;
}

enum err facility_history(struct ctx *cx, int64_t id, const char *kind, int64_t before_id, int64_t limit,
                          facility_event_fn *fn, void *arg)
{
    struct history h = {fn, arg};
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    return e ? e
             : db_each(cx, &q_history, ARGS(I64(id), TXT(or_empty(kind)), I64(before_id), I64(limit)), on_event, &h);
}

/* ---- downtime ---- */

static void tell(struct ctx *cx, const struct facility *f, bool up)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "facility_id", f->id);
    kv_str(&w, "code", f->code);
    kv_str(&w, "name", f->name);
    kv_bool(&w, "up", up);
    jw_end(&w);
    cx_emit(cx, topic_board(cx, cx->who.project_id), "facility.status", jw_text(&w));
}

enum err facility_down(struct ctx *cx, int64_t id, const char *reason, int64_t repair_id)
{
    struct facility f;
    int64_t changed = 0;
    enum err e = facility_get(cx, id, &f);
    if (!e && f.state == FS_SCRAPPED)
        e = cx_fail(cx, ERR_STATE, "state", "设备已报废", "the facility is scrapped");
    if (!e)
        e = db_exec(cx, &q_set_down, ARGS(I64(id), I64(cx->now)), &changed);
    if (e || !changed)
        return e;
    e = db_exec(cx, &q_open_down,
                ARGS(I64(id_new()), I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->now),
                     TXT(or_empty(reason)), I64(repair_id)),
                NULL);
    tell(cx, &f, false);
    return e ? e : facility_log(cx, id, "down", NULL, NULL, reason, repair_id);
}

enum err facility_up(struct ctx *cx, int64_t id, const char *reason)
{
    struct facility f;
    int64_t changed = 0;
    enum err e = facility_get(cx, id, &f);
    if (!e)
        e = db_exec(cx, &q_set_up, ARGS(I64(id)), &changed);
    if (e || !changed)
        return e;
    e = db_exec(cx, &q_close_down, ARGS(I64(id), I64(cx->now)), NULL);
    tell(cx, &f, true);
    return e ? e : facility_log(cx, id, "up", NULL, NULL, reason, 0);
}

struct downs {
    downtime_fn *fn;
    void *arg;
};

static enum err on_down(struct ctx *cx, const struct row *r, void *out)
{
    struct downs *l = out;
    struct facility_downtime d = {row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3), row_text(cx, r, 4)};
    l->fn(l->arg, &d);
    return OK;
}

enum err facility_downtimes(struct ctx *cx, int64_t id, downtime_fn *fn, void *arg)
{
    struct downs l = {fn, arg};
    return db_each(cx, &q_downs, ARGS(I64(id)), on_down, &l);
}

enum err facility_read(struct ctx *cx, int64_t id, int64_t value_e3)
{
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    if (!e && value_e3 < f.reading_e3)
        e = cx_fail(cx, ERR_INVALID, "value_e3", "读数不能小于上次读数", "a reading never goes down");
    if (!e)
        e = db_change_one(cx, &q_reading, ARGS(I64(id), I64(value_e3)), ERR_CONFLICT, "设备已被他人修改,请刷新",
                          "changed meanwhile; reload it");
    if (!e)
        e = db_exec(cx, &q_reading_row,
                    ARGS(I64(id_new()), I64(id), I64(cx->who.company_id), I64(value_e3), I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e ? e
             : facility_log(cx, id, "reading", NULL, arena_printf(cx->arena, "%lld", (long long)f.reading_e3),
                            arena_printf(cx->arena, "%lld", (long long)value_e3), 0);
}

/* ---- files ---- */

enum err facility_take_file(struct ctx *cx, int64_t file_id, const char *object, int64_t id)
{
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_take_file,
                         ARGS(I64(file_id), TXT(object), I64(id), I64(cx->who.id), I64(cx->who.company_id)), &changed);
    return e || changed
               ? e
               : cx_fail(cx, ERR_INVALID, "file_id", "文件不存在或已被使用", "no such file of yours, or used already");
}

enum err facility_file_add(struct ctx *cx, int64_t id, int64_t file_id, int kind)
{
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    if (!e)
        e = facility_take_file(cx, file_id, "facility", id);
    if (!e)
        e = db_exec(cx, &q_file,
                    ARGS(I64(id), I64(file_id), I64(cx->who.company_id), TXT(facility_file_kind[kind]), I64(cx->who.id),
                         I64(cx->now)),
                    NULL);
    return e ? e : facility_log(cx, id, "file", facility_file_kind[kind], NULL, "added", file_id);
}

enum err facility_file_drop(struct ctx *cx, int64_t id, int64_t file_id)
{
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    if (!e)
        e = db_change_one(cx, &q_file_drop, ARGS(I64(id), I64(file_id)), ERR_NOT_FOUND, "文件不存在", "no such file");
    if (!e)
        e = db_exec(cx, &q_file_free, ARGS(I64(file_id), I64(id)), NULL);
    return e ? e : facility_log(cx, id, "file", NULL, NULL, "removed", file_id);
}

struct files {
    facility_file_fn *fn;
    void *arg;
};

static enum err on_file(struct ctx *cx, const struct row *r, void *out)
{
    struct files *l = out;
    l->fn(l->arg, row_i64(r, 0), row_text(cx, r, 1), row_text(cx, r, 2), row_i64(r, 3));
    return OK;
}

enum err facility_files(struct ctx *cx, int64_t id, facility_file_fn *fn, void *arg)
{
    struct files l = {fn, arg};
    return db_each(cx, &q_files, ARGS(I64(id)), on_file, &l);
}

/* ---- costs ---- */

enum err facility_cost_add(struct ctx *cx, int64_t id, int kind, int64_t amount_fen, int64_t day, const char *note,
                           int64_t *cost_id)
{
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    if (!e && !clock_day_valid((int32_t)day))
        e = cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day");
    *cost_id = id_new();
    if (!e)
        e = db_exec(cx, &q_cost,
                    ARGS(I64(*cost_id), I64(id), I64(cx->who.company_id), TXT(facility_cost_kind[kind]),
                         I64(amount_fen), I64(day), TXT(or_empty(note)), I64(cx->who.id), I64(cx->now)),
                    NULL);
    if (!e)
        e = facility_log(cx, id, "cost", facility_cost_kind[kind], NULL,
                         arena_printf(cx->arena, "%lld", (long long)amount_fen), *cost_id);
    return e ? e
             : audit_add(cx, "facility.cost", "facility", id, NULL,
                         arena_printf(cx->arena, "{\"amount_fen\":%lld}", (long long)amount_fen));
}

static enum err on_repairs(struct ctx *cx, const struct row *r, void *out)
{
    struct facility_costs *c = out;
    (void)cx;
    c->repairs = row_i64(r, 0);
    c->repair_fen = row_i64(r, 1);
    c->parts_fen = row_i64(r, 2);
    return OK;
}

static enum err on_rest(struct ctx *cx, const struct row *r, void *out)
{
    struct facility_costs *c = out;
    (void)cx;
    c->repair_fen += row_i64(r, 0);
    c->parts_fen += row_i64(r, 1);
    c->maintenance_fen = row_i64(r, 2) + row_i64(r, 4);
    c->other_fen = row_i64(r, 3);
    c->tasks = row_i64(r, 5);
    c->downtime_ms = row_i64(r, 6);
    return OK;
}

enum err facility_cost_sum(struct ctx *cx, int64_t id, struct facility_costs *out)
{
    enum err e = db_one(cx, &q_sum_repairs, ARGS(I64(id)), on_repairs, out);
    return e ? e : db_one(cx, &q_sum_rest, ARGS(I64(id), I64(cx->now)), on_rest, out);
}

/* ---- repairs ---- */

/* Whoever acts may be in another project's session: the order says which one it is of. */
static enum err turn(struct ctx *cx, const struct repair *r, bool up)
{
    int64_t project = cx->who.project_id;
    cx->who.project_id = r->project_id;
    enum err e = up ? facility_up(cx, r->facility_id, r->number) : facility_down(cx, r->facility_id, r->number, r->id);
    cx->who.project_id = project;
    return e;
}

enum err facility_repair_opened(struct ctx *cx, const struct repair *r, bool down)
{
    enum err e = facility_log(cx, r->facility_id, "repair", "opened", NULL, r->number, r->id);
    return e || !(down || r->urgency == URGENCY_EMERGENCY) ? e : turn(cx, r, false);
}

enum err facility_repair_step(struct ctx *cx, const struct repair *r, bool finished, bool up)
{
    const char *cause = NULL;
    enum err e = OK;
    if (!r->facility_id)
        return OK;
    if (finished && r->cause_id)
        e = db_text(cx, &q_cause, ARGS(I64(r->cause_id)), &cause);
    if (!e && finished)
        e = facility_log(cx, r->facility_id, "repair", "finished", cause, r->measure, r->id);
    return e || !up ? e : turn(cx, r, true);
}
