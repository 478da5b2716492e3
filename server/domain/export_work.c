/* export_work.c - making the files: claim, pages of rows, progress, the finished file; and their end after a week.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/auth.h"
#include "domain/export_int.h"
#include "platform/config.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEASE_MS  60000
#define TRIES_MAX 5
#define STEP_E3   20 /* how often progress is told */

STMT(q_due, "export.due",
     "SELECT id, company_id, project_id, account_id, kind, filters, tries, version FROM export_task"
     " WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at, id LIMIT 1");
STMT(q_claim, "export.claim",
     "UPDATE export_task SET state = 'working', tries = tries + 1, next_at = $2, done_e3 = 0, version = version + 1"
     " WHERE id = $1 AND version = $3 AND state IN ('waiting', 'working')");
STMT(q_beat, "export.beat",
     "UPDATE export_task SET next_at = $2, done_e3 = $3, records = $4 WHERE id = $1 AND version = $5 AND state = "
     "'working'");
STMT(q_done, "export.done",
     "UPDATE export_task SET state = 'done', next_at = 0, done_e3 = 1000, records = $2, bytes = $3, file = $4,"
     " done_at = $5, version = version + 1 WHERE id = $1 AND version = $6 AND state = 'working'");
STMT(q_fail, "export.fail",
     "UPDATE export_task SET state = 'failed', next_at = 0, reason = $2, done_at = $3, version = version + 1"
     " WHERE id = $1 AND version = $4 AND state IN ('waiting', 'working')");
STMT(q_later, "export.later",
     "UPDATE export_task SET next_at = $2 WHERE id = $1 AND version = $3 AND state = 'working'");
STMT(q_name, "export.name", "SELECT name FROM account WHERE id = $1 AND state = 'active'");
STMT(q_project, "export.project", "SELECT name FROM project WHERE id = $1");
STMT(q_old, "export.old",
     "SELECT id FROM export_task WHERE state = 'done' AND done_at < $1 ORDER BY done_at LIMIT 100");
STMT(q_gone, "export.gone",
     "UPDATE export_task SET state = 'gone', bytes = 0, version = version + 1 WHERE id = $1 AND state = 'done'");

int64_t export_rows_max = 2000000;

struct work {
    int64_t id, company_id, tries, version, total, told_e3, bytes;
    struct actor who;
    int kind;
    const char *text, *project, *reason;
    struct export_filters f;
    struct export_page *page;
    struct sheet *sheet;
    bool found, lost;
};

/* ---- claiming ---- */

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    struct work *w = out;
    w->found = true;
    w->id = row_i64(r, 0);
    w->who = (struct actor){.company_id = row_i64(r, 1), .project_id = row_i64(r, 2), .id = row_i64(r, 3)};
    w->kind = str_index(export_kind_name, EXPORT_KINDS, row_text(cx, r, 4));
    w->text = row_text(cx, r, 5);
    w->tries = row_i64(r, 6);
    w->version = row_i64(r, 7);
    return OK;
}

static enum err tell(struct ctx *cx, const struct work *w, const char *event, int64_t done_e3, const char *state)
{
    cx_emit(cx, topic_user(cx, w->who.id), event,
            arena_printf(cx->arena, "{\"id\":\"%lld\",\"kind\":\"%s\",\"done_e3\":%lld,\"state\":\"%s\"}",
                         (long long)w->id, export_kind_name[w->kind], (long long)done_e3, state));
    return OK;
}

static enum err fail(struct ctx *cx, struct work *w, const char *reason)
{
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_fail, ARGS(I64(w->id), TXT(reason), I64(cx->now), I64(w->version)), &changed);
    return e || !changed ? e : tell(cx, w, "export.done", 0, "failed");
}

/* Whoever asked may have lost the right since. */
static enum err claim(struct ctx *cx, struct work *w)
{
    unsigned who = export_source[w->kind].roles;
    int64_t changed = 0;
    const char *name = NULL;
    enum err e = db_text(cx, &q_name, ARGS(I64(w->who.id)), &name);
    if (!e || e == ERR_NOT_FOUND) {
        struct actor system = cx->who;
        cx->who = w->who;
        e = name ? auth_roles_in(cx, w->who.project_id, &w->who.roles) : OK;
        cx->who = system;
    }
    w->who.name = name;
    if (!e && !(w->who.roles & who))
        return w->found = false, fail(cx, w, "没有权限");
    if (!e && w->tries >= TRIES_MAX)
        return w->found = false, fail(cx, w, "多次失败");
    if (!e)
        e = db_text(cx, &q_project, ARGS(I64(w->who.project_id)), &w->project);
    if (!e)
        e = db_exec(cx, &q_claim, ARGS(I64(w->id), I64(cx->now + LEASE_MS), I64(w->version)), &changed);
    w->found = changed == 1;
    w->version++;
    return e;
}

static enum err run_claim(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    *w = (struct work){.kind = -1};
    enum err e = db_one(cx, &q_due, ARGS(I64(cx->now)), on_due, w);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (!e && w->kind < 0)
        return w->kind = 0, w->found = false, fail(cx, w, "未知类型");
    return e ? e : claim(cx, w);
}

static const struct field filter_fields[] = {EXPORT_FILTER_FIELDS(0)};

/* ---- pages ---- */

static enum err run_count(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    cx->who = w->who;
    return export_source[w->kind].count(cx, &w->f, &w->total);
}

/* A rerun begins the page again. */
static enum err run_page(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    const struct export_page *from = w->page;
    struct export_page *p = arena_alloc(cx->arena, sizeof *p);
    *p = (struct export_page){
        .arena = cx->arena, .ncol = export_source[w->kind].ncol, .after = from->after, .book = from->book};
    cx->who = w->who;
    enum err e = export_source[w->kind].page(cx, &w->f, p);
    if (!e)
        w->page = p;
    return e;
}

static enum err run_beat(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    int64_t changed = 0, rows = sheet_rows(w->sheet),
            e3 = !w->total         ? 0
                 : rows < w->total ? rows * 1000 / w->total
                                   : 999;
    enum err e =
        db_exec(cx, &q_beat, ARGS(I64(w->id), I64(cx->now + LEASE_MS), I64(e3), I64(rows), I64(w->version)), &changed);
    w->lost = !changed;
    if (!e && changed && e3 >= w->told_e3 + STEP_E3) {
        w->told_e3 = e3;
        return tell(cx, w, "export.progress", e3, "working");
    }
    return e;
}

static void page_cx(struct ctx *cx, struct arena *a, const struct ctx *of)
{
    cx_init(cx, a, of->store); /* what the time is, anew: an export takes a while */
    cx->request_id = of->request_id;
}

/* Each page lives in an arena of its own; only where it ended is kept. */
static enum err one_page(struct ctx *of, struct work *w, struct export_page *at)
{
    struct arena *a = arena_new(0);
    struct ctx cx;
    page_cx(&cx, a, of);
    w->page = at;
    enum err e = store_read(&cx, run_page, w);
    for (size_t i = 0; i < w->page->rows && !e; i++)
        sheet_row(w->sheet, w->page->cell + i * w->page->ncol);
    *at = (struct export_page){.after = w->page->after, .book = w->page->book, .more = w->page->more};
    if (!e) {
        page_cx(&cx, a, of);
        e = store_write(&cx, run_beat, w);
    }
    if (e)
        w->reason = arena_strdup(of->arena, cx.why.zh);
    arena_free(a);
    return e;
}

static enum err too_long(struct work *w)
{
    w->reason = "行数过多,请缩小范围";
    return ERR_TOO_LARGE;
}

static enum err all_pages(struct ctx *cx, struct work *w, bool (*stop)(void))
{
    struct export_page at = {.more = true};
    enum err e = export_source[w->kind].count ? store_read(cx, run_count, w) : OK;
    while (!e && at.more && !w->lost && !(stop && stop()))
        e = sheet_rows(w->sheet) > export_rows_max ? too_long(w) : one_page(cx, w, &at);
    w->lost = w->lost || at.more;
    return e;
}

/* ---- the file ---- */

static enum err run_done(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    int64_t changed = 0;
    const char *name = arena_printf(cx->arena, "%s-%d.xlsx", export_source[w->kind].title, clock_day(cx->now));
    enum err e = db_exec(
        cx, &q_done,
        ARGS(I64(w->id), I64(sheet_rows(w->sheet)), I64(w->bytes), TXT(name), I64(cx->now), I64(w->version)), &changed);
    return e || !changed ? e : tell(cx, w, "export.done", 1000, "done");
}

static enum err run_fail(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return fail(cx, w, w->reason);
}

static enum err run_later(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return db_exec(cx, &q_later, ARGS(I64(w->id), I64(cx->now + w->tries * 5000 + 1000), I64(w->version)), NULL);
}

/* The name comes last and the folder is synced: a file under its name is whole. */
static enum err put(struct ctx *cx, struct work *w, const char *part)
{
    const char *path = export_path(cx->arena, w->id), *dir = arena_printf(cx->arena, "%s/exports", config()->data_dir);
    struct stat st;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && stat(part, &st) == 0 && rename(part, path) == 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    w->bytes = good ? st.st_size : 0;
    return good ? OK : ERR_BUSY;
}

static enum err make(struct ctx *cx, struct work *w, bool (*stop)(void))
{
    char when[32];
    const struct export_source *s = &export_source[w->kind];
    const char *dir = arena_printf(cx->arena, "%s/exports", config()->data_dir);
    const char *part = arena_printf(cx->arena, "%s/%lld-%lld.part", dir, (long long)w->id, (long long)w->version);
    const char *mark = arena_printf(cx->arena, "%s %s 导出人 %s 时间 %.19s 编号 %lld 仅供内部使用", w->project,
                                    s->title, w->who.name, clock_rfc3339(cx->now, when), (long long)w->id);
    struct why why = {0};
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return ERR_BUSY;
    for (int64_t v = w->version - 1; v > 0; v--) /* what a try that died has left */
        unlink(arena_printf(cx->arena, "%s/%lld-%lld.part", dir, (long long)w->id, (long long)v));
    enum err e = json_decode(cx->arena, w->text, strlen(w->text), filter_fields, COUNT(filter_fields), &w->f, &why);
    w->sheet = e ? NULL : sheet_new(cx->arena, part, s->title, mark, s->col, s->ncol);
    if (!w->sheet)
        return e ? e : ERR_BUSY;
    e = all_pages(cx, w, stop);
    bool whole = sheet_end(w->sheet) && !e && !w->lost;
    if (!e && whole)
        e = put(cx, w, part);
    else if (!e && !w->lost)
        e = ERR_BUSY;
    if (e || !whole)
        unlink(part);
    return e;
}

enum err export_work(struct ctx *cx, bool (*stop)(void), bool *worked)
{
    struct work *w = arena_alloc(cx->arena, sizeof *w);
    enum err e = store_write(cx, run_claim, w);
    *worked = !e && w->found;
    if (!*worked)
        return e;
    e = make(cx, w, stop);
    bool transient = e == ERR_BUSY || e == ERR_RETRY || e == ERR_READ_ONLY || e == ERR_TIMEOUT || e == ERR_INTERNAL;
    struct ctx own;
    page_cx(&own, cx->arena, cx);
    if (!e && !w->lost)
        return store_write(&own, run_done, w);
    if (e)
        log_warn("export.failed", L_I("id", w->id), L_S("err", err_wire(e)), L_S("why", w->reason ? w->reason : ""));
    if (!w->reason)
        w->reason = err_text(e, 0);
    return store_write(&own, e && !transient ? run_fail : run_later, w);
}

/* ---- the end of their week ---- */

struct old {
    int64_t id[100];
    size_t n;
    int64_t one;
};

static enum err run_old(struct ctx *cx, void *arg)
{
    struct old *o = arg;
    return db_ids(cx, &q_old, ARGS(I64(cx->now - EXPORT_KEEP_DAYS * DAY_MS)), o->id, COUNT(o->id), &o->n);
}

static enum err run_gone(struct ctx *cx, void *arg)
{
    return db_exec(cx, &q_gone, ARGS(I64(((struct old *)arg)->one)), NULL);
}

enum err export_sweep(struct ctx *cx, int64_t *gone)
{
    struct old *o = arena_alloc(cx->arena, sizeof *o);
    enum err e = store_read(cx, run_old, o);
    *gone = 0;
    for (size_t i = 0; i < o->n && !e; i++) {
        o->one = o->id[i];
        if (unlink(export_path(cx->arena, o->one)) != 0 && errno != ENOENT)
            log_warn("export.unlink", L_I("id", o->one), L_I("errno", errno));
        e = store_write(cx, run_gone, o);
        *gone += !e;
    }
    return e;
}
