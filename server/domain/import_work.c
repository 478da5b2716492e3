/* import_work.c - the steps of an import that take their time: check the rows, apply them in one transaction, take them back.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/import_int.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include <string.h>

#define LEASE_MS  120000
#define TRIES_MAX 3

STMT(q_due, "import.due",
     "SELECT id, company_id, project_id, account_id, kind, step, skip_failed, tries, version, rows_n,"
     " asked_by, total_fen"
     " FROM import_task WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at, id LIMIT 1");
STMT(q_claim, "import.claim",
     "UPDATE import_task SET tries = tries + 1, next_at = $2, version = version + 1 WHERE id = $1 AND version = $3");
STMT(q_beat, "import.beat",
     "UPDATE import_task SET next_at = $2, done_n = $3, failed_n = $4"
     " WHERE id = $1 AND version = $5");
STMT(q_step, "import.step",
     "UPDATE import_task SET state = $2, step = $3, next_at = $4, reason = $5, reason_en = $6, tries = 0, done_n = 0,"
     " made_n = $7, changed_at = $8, total_fen = $10, version = version + 1 WHERE id = $1 AND version = $9");
STMT(q_forget, "import.forget", "DELETE FROM import_row WHERE task_id = $1");
STMT(q_forget_good, "import.forget_good", "DELETE FROM import_row WHERE task_id = $1 AND problems = ''");
STMT(q_no_problems, "import.no_problems", "UPDATE import_row SET problems = '' WHERE task_id = $1 AND problems <> ''");
STMT(q_problems, "import.problems", "UPDATE import_row SET problems = $3 WHERE task_id = $1 AND n = $2");
STMT(q_made, "import.made", "INSERT INTO import_made(task_id, n, object, object_id) VALUES ($1, $2, $3, $4)");
STMT(q_made_back, "import.made_back",
     "SELECT n, object, object_id FROM import_made WHERE task_id = $1 AND n < $2 ORDER BY n DESC LIMIT 500");
STMT(q_made_gone, "import.made_gone", "DELETE FROM import_made WHERE task_id = $1");
STMT(q_old, "import.old",
     "SELECT id FROM import_task WHERE kept = 1 AND ((step = '' AND changed_at < $1) OR (step = 'read' AND changed_at "
     "< $2))"
     " ORDER BY changed_at LIMIT 20");
STMT(q_expire, "import.expire",
     "UPDATE import_task SET kept = 0, step = '', version = version + 1, state = CASE WHEN state IN ('checked', "
     "'waiting')"
     " THEN 'expired' ELSE state END WHERE id = $1 AND step IN ('', 'read')");

struct work {
    int64_t id, tries, version, rows, failed, done, total_fen;
    int64_t starter;  /* who brought the file */
    struct actor who; /* who asked for the step */
    int kind;
    const char *step;
    bool found, skip_failed, lost;
    struct import_run run;
    const struct import_source *src;
    struct ctx *cx; /* the thread's */
    enum err e;
    struct why why;
    const char *state, *next_step; /* how it ends */
};

static const char *tell_data(struct ctx *cx, const struct work *w, const char *state)
{
    return arena_printf(
        cx->arena, "{\"id\":\"%lld\",\"state\":\"%s\",\"step\":\"%s\",\"rows\":%lld,\"done\":%lld,\"failed\":%lld}",
        (long long)w->id, state, w->step, (long long)w->rows, (long long)w->done, (long long)w->failed);
}

/* Whoever brought the file and whoever asked for this step. */
static void tell(struct ctx *cx, const struct work *w, const char *event, const char *state)
{
    cx_emit(cx, topic_user(cx, w->starter), event, tell_data(cx, w, state));
    if (w->who.id != w->starter)
        cx_emit(cx, topic_user(cx, w->who.id), event, tell_data(cx, w, state));
}

/* ---- claiming ---- */

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    struct work *w = out;
    w->found = true;
    w->id = row_i64(r, 0);
    w->who = (struct actor){.company_id = row_i64(r, 1), .project_id = row_i64(r, 2), .id = row_i64(r, 3)};
    w->kind = str_index(import_kind_name, IMPORT_KINDS, row_text(cx, r, 4));
    w->step = row_text(cx, r, 5);
    w->skip_failed = row_i64(r, 6) != 0;
    w->tries = row_i64(r, 7);
    w->version = row_i64(r, 8);
    w->rows = row_i64(r, 9);
    w->starter = w->who.id;
    w->who.id = row_i64(r, 10) ? row_i64(r, 10) : w->who.id;
    w->total_fen = row_i64(r, 11);
    return OK;
}

static enum err run_claim(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    int64_t changed = 0;
    w->found = false;
    enum err e = db_one(cx, &q_due, ARGS(I64(cx->now)), on_due, w);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (!e)
        e = db_exec(cx, &q_claim, ARGS(I64(w->id), I64(cx->now + LEASE_MS), I64(w->version)), &changed);
    w->version++;
    w->found = changed == 1;
    if (!e && w->found) { /* whoever asked may have lost the right since */
        struct actor system = cx->who;
        cx->who = w->who;
        e = auth_roles_in(cx, w->who.project_id, &w->who.roles);
        cx->who = system;
    }
    return e;
}

static void fresh(struct ctx *cx, struct arena *a, const struct work *w)
{
    cx_init(cx, a, w->cx->store);
    cx->request_id = w->cx->request_id;
}

static void keep_why(struct work *w, const struct ctx *cx, enum err e)
{
    if (e && cx->why.zh)
        w->why = (struct why){arena_strdup(w->cx->arena, or_empty(cx->why.field)),
                              arena_strdup(w->cx->arena, cx->why.zh), arena_strdup(w->cx->arena, cx->why.en)};
}

/* One transaction in an arena of its own; the reason of a failure is kept. */
static enum err once(struct work *w, job_fn *fn, void *arg, bool write)
{
    struct arena *a = arena_new(0);
    struct ctx cx;
    fresh(&cx, a, w);
    enum err e = write ? store_write(&cx, fn, arg) : store_read(&cx, fn, arg);
    keep_why(w, &cx, e);
    arena_free(a);
    return e;
}

static enum err beat(struct ctx *cx, struct work *w)
{
    int64_t changed = 0;
    enum err e =
        db_exec(cx, &q_beat, ARGS(I64(w->id), I64(cx->now + LEASE_MS), I64(w->done), I64(w->failed), I64(w->version)),
                &changed);
    if (!e && !changed)
        return cx_fail(cx, ERR_CONFLICT, NULL, "任务已被接管", "somebody else works on it");
    if (!e)
        tell(cx, w, "import.progress", "working");
    return e;
}

/* ---- checking ---- */

struct problem {
    int64_t n;
    const char *text;
};
struct checker {
    struct work *w;
    struct arena *arena; /* of the chunk: problems live past the read */
    struct import_row row[IMPORT_CHUNK];
    size_t nrow;
    struct problem problem[IMPORT_CHUNK];
    size_t nproblem;
    int64_t after;
};

static void on_checked_row(void *arg, const struct import_row *r)
{
    struct checker *c = arg;
    c->row[c->nrow++] = *r;
}

static struct import_task task_of(const struct work *w)
{
    return (struct import_task){.id = w->id, .kind = w->kind};
}

static enum err check_row(struct ctx *cx, struct checker *c, const struct import_row *row)
{
    struct complaints wrong = {.col = c->w->src->col};
    jw_init(&wrong.w, c->arena);
    enum err e = c->w->src->check(cx, &c->w->run, row, &wrong);
    if (!e && wrong.n) {
        jw_arr_end(&wrong.w);
        c->problem[c->nproblem++] = (struct problem){row->n, jw_text(&wrong.w)};
    }
    return e;
}

/* Not rerun: reads are not. */
static enum err run_check(struct ctx *cx, void *arg)
{
    struct checker *c = arg;
    struct import_task t = task_of(c->w);
    cx->who = c->w->who;
    enum err e = import_rows(cx, &t, false, c->after, IMPORT_CHUNK, on_checked_row, c);
    for (size_t i = 0; i < c->nrow && !e; i++)
        e = check_row(cx, c, &c->row[i]);
    if (!e && c->nrow)
        c->after = c->row[c->nrow - 1].n;
    return e;
}

static enum err run_note(struct ctx *cx, void *arg)
{
    struct checker *c = arg;
    enum err e = OK;
    for (size_t i = 0; i < c->nproblem && !e; i++)
        e = db_exec(cx, &q_problems, ARGS(I64(c->w->id), I64(c->problem[i].n), TXT(c->problem[i].text)), NULL);
    return e ? e : beat(cx, c->w);
}

static enum err run_no_problems(struct ctx *cx, void *arg)
{
    return db_exec(cx, &q_no_problems, ARGS(I64(((struct work *)arg)->id)), NULL);
}

static enum err step_check(struct work *w)
{
    struct checker *c = arena_alloc(w->cx->arena, sizeof *c);
    *c = (struct checker){.w = w, .arena = arena_new(0)};
    w->done = w->failed = 0;
    enum err e = once(w, run_no_problems, w, true);
    do {
        c->nrow = c->nproblem = 0;
        arena_reset(c->arena);
        if (!e)
            e = once(w, run_check, c, false);
        w->done += (int64_t)c->nrow;
        w->failed += (int64_t)c->nproblem;
        if (!e && c->nrow)
            e = once(w, run_note, c, true);
    } while (!e && c->nrow);
    arena_free(c->arena);
    w->total_fen = w->run.total_fen;
    w->state = "checked";
    w->next_step = "";
    return e;
}

/* ---- applying: one transaction ---- */

enum err import_made(struct ctx *cx, struct import_run *run, const char *object, int64_t object_id)
{
    int64_t n = ++run->made;
    return db_exec(cx, &q_made, ARGS(I64(run->task_id), I64(n), TXT(object), I64(object_id)), NULL);
}

/* The first complaint becomes the transaction's reason. */
static enum err say(struct ctx *cx, const struct import_row *row, const char *column, const char *zh, const char *en)
{
    return cx_fail(cx, ERR_INVALID, "file", "第 %lld 行 %s:%s", "row %lld, %s: %s", (long long)row->n, or_empty(column),
                   cx->english ? en : zh);
}

static enum err apply_row(struct ctx *cx, struct work *w, const struct import_row *row)
{
    struct complaints wrong = {.col = w->src->col};
    jw_init(&wrong.w, cx->arena);
    enum err e = w->src->check(cx, &w->run, row, &wrong);
    if (!e && wrong.n) {
        jw_arr_end(&wrong.w);
        const char *text = jw_text(&wrong.w);
        const struct json *j = json_at(json_parse(cx->arena, text, strlen(text)), 0);
        return say(cx, row, json_str(j, "column"), json_str(j, "zh"), json_str(j, "en"));
    }
    if (!e)
        e = w->src->apply(cx, &w->run, row);
    if (e && e != ERR_RETRY && cx->why.zh && e != ERR_INTERNAL) {
        struct why y = cx->why;
        cx->why = (struct why){0};
        return say(cx, row, y.field, y.zh, y.en);
    }
    return e;
}

struct kept { /* an arena that events point into; freed when the transaction is over */
    struct kept *next;
    struct arena *a;
};
struct applying {
    struct work *w;
    struct import_row row[IMPORT_CHUNK];
    size_t nrow;
    struct kept *kept;
};

static void on_apply_row(void *arg, const struct import_row *r)
{
    struct applying *p = arg;
    p->row[p->nrow++] = *r;
}

static void free_kept(struct kept **list)
{
    for (struct kept *k = *list; k; k = k->next) /* its own place is in the transaction's arena */
        arena_free(k->a);
    *list = NULL;
}

static void close_chunk(struct ctx *cx, struct kept **list, struct arena *a, enum err e, bool wanted)
{
    if (e && cx->why.zh)
        cx->why = (struct why){cx->why.field ? "file" : NULL, arena_strdup(cx->arena, cx->why.zh),
                               arena_strdup(cx->arena, cx->why.en)};
    if (!e && !wanted) {
        arena_free(a);
        return;
    }
    struct kept *k = arena_alloc(cx->arena, sizeof *k);
    *k = (struct kept){*list, a};
    *list = k;
}

/* Rows of one chunk share a small arena: fifty thousand rows must not lie in memory together. Only when a chunk has left
 * events or work for after the commit, which point into it, it is kept. */
static enum err apply_chunk(struct ctx *cx, struct applying *p, int64_t *after)
{
    struct import_task t = task_of(p->w);
    struct arena *own = cx->arena, *a = arena_new(0);
    struct pending_event **events = cx->events_tail;
    struct after **later = cx->after_tail;
    cx->arena = a;
    p->nrow = 0;
    enum err e = import_rows(cx, &t, false, *after, IMPORT_CHUNK, on_apply_row, p);
    for (size_t i = 0; i < p->nrow && !e; i++)
        if (str_empty(p->row[i].problems)) /* the others were left out by choice */
            e = apply_row(cx, p->w, &p->row[i]);
    if (!e && p->nrow)
        *after = p->row[p->nrow - 1].n;
    cx->arena = own;
    close_chunk(cx, &p->kept, a, e, events != cx->events_tail || later != cx->after_tail);
    return e;
}

static void run_reset(struct work *w)
{
    seen_free(w->run.seen);
    arena_free(w->run.arena);
    w->run = (struct import_run){.seen = seen_new(), .arena = arena_new((size_t)256 << 20), .task_id = w->id};
}

static enum err finish(struct ctx *cx, struct work *w, const char *event)
{
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_step,
                         ARGS(I64(w->id), TXT(w->state), TXT(w->next_step), I64(*w->next_step ? cx->now : 0),
                              TXT(or_empty(w->why.zh)), TXT(or_empty(w->why.en)), I64(w->run.made), I64(cx->now),
                              I64(w->version), I64(w->total_fen)),
                         &changed);
    if (!e && changed)
        tell(cx, w, event, w->state);
    return !e && !changed ? cx_fail(cx, ERR_CONFLICT, NULL, "任务已被接管", "somebody else works on it") : e;
}

static enum err run_apply(struct ctx *cx, void *arg)
{
    struct applying *p = arg;
    struct work *w = p->w;
    struct actor system = cx->who;
    int64_t after = 0;
    enum err e;
    run_reset(w);
    free_kept(&p->kept);
    cx->who = w->who;
    size_t chunks = 0;
    do {
        e = apply_chunk(cx, p, &after);
        chunks++;
        if (!e && p->nrow && (chunks & (chunks - 1)) == 0) /* 1, 2, 4, ... */
            e = db_learn(cx);
    } while (!e && p->nrow);
    w->state = "applied";
    w->next_step = "";
    if (!e)
        e = audit_add(
            cx, "import.applied", "import_task", w->id, NULL,
            arena_printf(cx->arena, "{\"made\":%lld,\"failed\":%lld}", (long long)w->run.made, (long long)w->failed));
    cx->who = system;
    return e ? e : finish(cx, w, "import.done");
}

static enum err run_forget_good(struct ctx *cx, void *arg)
{
    return db_exec(cx, &q_forget_good, ARGS(I64(((struct work *)arg)->id)), NULL);
}

static enum err step_apply(struct work *w)
{
    struct applying *p = arena_alloc(w->cx->arena, sizeof *p);
    p->w = w;
    p->kept = NULL;
    struct arena *a = arena_new(0);
    struct ctx cx;
    fresh(&cx, a, w);
    enum err e = store_write(&cx, run_apply, p);
    keep_why(w, &cx, e);
    free_kept(&p->kept);
    arena_free(a);
    if (!e)
        e = once(w, run_forget_good, w, true); /* personal data has done its duty */
    return e;
}

/* ---- taking back ---- */

struct taking_back {
    struct work *w;
    int64_t n;
    struct {
        int64_t n, id;
        const char *object;
    } made[500];
    size_t nmade;
    struct kept *kept;
};

static enum err on_made(struct ctx *cx, const struct row *r, void *out)
{
    struct taking_back *t = out;
    t->made[t->nmade].n = row_i64(r, 0);
    t->made[t->nmade].object = row_text(cx, r, 1);
    t->made[t->nmade++].id = row_i64(r, 2);
    return OK;
}

/* In an arena of its own, as the chunks of applying; kept when events point into it. */
static enum err undo_chunk(struct ctx *cx, struct taking_back *t)
{
    struct arena *own = cx->arena, *a = arena_new(0);
    struct pending_event **events = cx->events_tail;
    struct after **later = cx->after_tail;
    cx->arena = a;
    t->nmade = 0;
    enum err e = db_each(cx, &q_made_back, ARGS(I64(t->w->id), I64(t->n)), on_made, t);
    for (size_t i = 0; i < t->nmade && !e; i++)
        e = t->w->src->undo(cx, t->made[i].object, t->made[i].id);
    if (!e && t->nmade)
        t->n = t->made[t->nmade - 1].n;
    cx->arena = own;
    close_chunk(cx, &t->kept, a, e, events != cx->events_tail || later != cx->after_tail);
    return e;
}

static enum err run_undo(struct ctx *cx, void *arg)
{
    struct taking_back *t = arg;
    struct work *w = t->w;
    struct actor system = cx->who;
    enum err e;
    free_kept(&t->kept);
    cx->who = w->who;
    t->n = INT64_MAX;
    do
        e = undo_chunk(cx, t);
    while (!e && t->nmade);
    w->state = "undone";
    w->next_step = "";
    if (!e)
        e = db_exec(cx, &q_made_gone, ARGS(I64(w->id)), NULL);
    if (!e)
        e = audit_add(cx, "import.undone", "import_task", w->id, NULL, NULL);
    cx->who = system;
    return e ? e : finish(cx, w, "import.done");
}

static enum err step_undo(struct work *w)
{
    struct taking_back *t = arena_alloc(w->cx->arena, sizeof *t);
    *t = (struct taking_back){.w = w};
    struct arena *a = arena_new(0);
    struct ctx cx;
    fresh(&cx, a, w);
    enum err e = store_write(&cx, run_undo, t);
    keep_why(w, &cx, e);
    free_kept(&t->kept);
    arena_free(a);
    return e;
}

/* ---- one task, one step ---- */

static enum err run_finish(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return finish(cx, w, "import.done");
}

/* A step that failed for good leaves the task where it was and says why. */
static enum err give_up(struct work *w, enum err e)
{
    log_warn("import.failed", L_I("id", w->id), L_S("step", w->step), L_S("err", err_wire(e)));
    if (!w->why.zh)
        w->why = (struct why){NULL, err_text(e, 0), err_text(e, 1)};
    w->state = str_eq(w->step, "apply") ? "checked" : str_eq(w->step, "undo") ? "applied" : "failed";
    w->next_step = "";
    return once(w, run_finish, w, true);
}

static bool may_pass(enum err e)
{
    return e == ERR_BUSY || e == ERR_RETRY || e == ERR_READ_ONLY || e == ERR_TIMEOUT || e == ERR_INTERNAL;
}

static enum err step(struct work *w)
{
    if (w->kind < 0 || !(w->who.roles & w->src->roles))
        return ERR_FORBIDDEN;
    if (str_eq(w->step, "apply"))
        return step_apply(w);
    if (str_eq(w->step, "undo"))
        return step_undo(w);
    enum err e = step_check(w);
    return e ? e : once(w, run_finish, w, true);
}

enum err import_work(struct ctx *cx, bool *worked)
{
    struct work *w = arena_alloc(cx->arena, sizeof *w);
    *w = (struct work){.cx = cx, .kind = -1};
    enum err e = store_write(cx, run_claim, w);
    *worked = !e && w->found;
    if (!*worked)
        return e;
    w->src = w->kind < 0 ? NULL : import_source[w->kind];
    run_reset(w);
    e = step(w);
    if (e && e != ERR_CONFLICT && !(may_pass(e) && w->tries < TRIES_MAX))
        e = give_up(w, e);
    seen_free(w->run.seen);
    arena_free(w->run.arena);
    return e;
}

/* ---- the end of their week ---- */

struct old {
    int64_t id[20];
    size_t n, i;
};

static enum err run_old(struct ctx *cx, void *arg)
{
    struct old *o = arg;
    return db_ids(cx, &q_old, ARGS(I64(cx->now - IMPORT_KEEP_DAYS * DAY_MS), I64(cx->now - HOUR_MS)), o->id,
                  COUNT(o->id), &o->n);
}

static enum err run_expire(struct ctx *cx, void *arg)
{
    struct old *o = arg;
    enum err e = db_exec(cx, &q_forget, ARGS(I64(o->id[o->i])), NULL);
    return e ? e : db_exec(cx, &q_expire, ARGS(I64(o->id[o->i])), NULL);
}

enum err import_sweep(struct ctx *cx, int64_t *gone)
{
    struct old *o = arena_alloc(cx->arena, sizeof *o);
    enum err e = store_read(cx, run_old, o);
    *gone = 0;
    for (o->i = 0; o->i < o->n && !e; o->i++) {
        e = store_write(cx, run_expire, o);
        *gone += !e;
    }
    return e;
}
