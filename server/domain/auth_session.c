/* auth_session.c - sessions, refresh families, tickets and the session cache. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include <pthread.h>
#include <string.h>

#define TICKET_MS   (30 * SECOND_MS)
#define GRACE_MS    (10 * SECOND_MS) /* a lost answer: the same device may repeat its last refresh */
#define TOUCH_MS    (60 * SECOND_MS) /* last_at is written at most once a minute */
#define CACHE_MS    (60 * SECOND_MS)
#define CACHE_SLOTS 8192

const char *const platform_name[PLATFORM_COUNT] = {"console", "wechat", "alipay", "h5"};

/* Whose company asks for a second factor, and who has none; a key has nobody to ask. */
#define LACKS_SECOND                                                                                                   \
    "(SELECT COUNT(*) FROM company c WHERE c.id = a.company_id AND c.totp_required = 1 AND a.kind = 'staff'"           \
    " AND s.key_name = '' AND NOT EXISTS (SELECT 1 FROM account_totp t WHERE t.account_id = a.id AND t.confirmed_at "  \
    "> 0))"
STMT(q_by_token, "session.by_token",
     "SELECT s.id, s.account_id, s.company_id, s.project_id, s.expires_at, s.ends_at, s.last_at, a.name, a.must_change,"
     " a.kind, s.proven_at, " LACKS_SECOND " FROM session s JOIN account a ON a.id = s.account_id"
     " WHERE s.token_hash = $1 AND s.expires_at > $2 AND a.state = 'active'");
STMT(q_by_id, "session.by_id",
     "SELECT s.id, s.account_id, s.company_id, s.project_id, s.expires_at, s.ends_at, s.last_at, a.name, a.must_change,"
     " a.kind, s.proven_at, " LACKS_SECOND " FROM session s JOIN account a ON a.id = s.account_id"
     " WHERE s.id = $1 AND s.expires_at > $2 AND a.state = 'active'");
STMT(q_grants, "session.grants",
     "SELECT role FROM role_grant WHERE company_id = $1 AND account_id = $2 AND (project_id = 0 OR project_id = $3)");
STMT(q_grants_in, "session.grants_in",
     "SELECT g.role FROM role_grant g JOIN project p ON p.id = $2 AND p.company_id = g.company_id"
     " WHERE g.account_id = $1 AND g.company_id = $3 AND (g.project_id = 0 OR g.project_id = $2)");
STMT(q_bindings, "session.bindings",
     "SELECT DISTINCT role FROM binding WHERE account_id = $1 AND project_id = $2 AND state = 'active'"
     " AND (expires_at = 0 OR expires_at > $3)");
STMT(q_staff_project, "session.staff_project",
     "SELECT p.id FROM project p JOIN role_grant g ON g.company_id = p.company_id"
     " AND (g.project_id = 0 OR g.project_id = p.id) WHERE g.account_id = $1 AND p.state = 'active'"
     " ORDER BY p.id LIMIT 1");
STMT(q_resident_project, "session.resident_project",
     "SELECT project_id FROM binding WHERE account_id = $1 AND state = 'active' AND (expires_at = 0 OR expires_at > $2)"
     " ORDER BY changed_at DESC, id DESC LIMIT 1");
STMT(q_may_project, "session.may_project",
     "SELECT p.id FROM project p WHERE p.id = $1 AND p.company_id = $2 AND p.state = 'active' AND ("
     " EXISTS (SELECT 1 FROM role_grant g WHERE g.company_id = $2 AND g.account_id = $3"
     " AND (g.project_id = 0 OR g.project_id = p.id))"
     " OR EXISTS (SELECT 1 FROM binding b WHERE b.account_id = $3 AND b.project_id = p.id AND b.state = 'active'"
     " AND (b.expires_at = 0 OR b.expires_at > $4)))");
STMT(q_account, "session.account",
     "SELECT company_id, name, kind, must_change FROM account WHERE id = $1 AND state = 'active'");
STMT(q_insert, "session.insert",
     "INSERT INTO session(id, company_id, account_id, token_hash, family_id, project_id, platform, device, ip, "
     "user_agent,"
     " created_at, last_at, expires_at, ends_at, proven_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14)");
STMT(q_touch, "session.touch",
     "UPDATE session SET last_at = $2, expires_at = CASE WHEN expires_at > $3 THEN expires_at ELSE $3 END"
     " WHERE id = $1 AND last_at < $2");
STMT(q_set_project, "session.set_project", "UPDATE session SET project_id = $2 WHERE id = $1");
STMT(q_list, "session.list",
     "SELECT id, platform, device, ip, user_agent, created_at, last_at, expires_at FROM session"
     " WHERE account_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 100");
STMT(q_delete, "session.delete", "DELETE FROM session WHERE id = $1 AND account_id = $2 RETURNING family_id");
STMT(q_delete_all, "session.delete_all", "DELETE FROM session WHERE account_id = $1 AND id <> $2");
STMT(q_delete_family, "session.delete_family", "DELETE FROM session WHERE family_id = $1");
STMT(q_refresh_insert, "refresh.insert",
     "INSERT INTO refresh_token(id, company_id, account_id, family_id, hash, device, platform, created_at, expires_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
STMT(q_refresh_find, "refresh.find",
     "SELECT id, account_id, family_id, device, expires_at, used_at, revoked_at FROM refresh_token WHERE hash = $1");
STMT(q_refresh_use, "refresh.use", "UPDATE refresh_token SET used_at = $2 WHERE id = $1 AND used_at = $3");
STMT(q_refresh_family, "refresh.revoke_family",
     "UPDATE refresh_token SET revoked_at = $2 WHERE family_id = $1 AND revoked_at = 0");
STMT(q_refresh_all, "refresh.revoke_all",
     "UPDATE refresh_token SET revoked_at = $3 WHERE account_id = $1 AND revoked_at = 0 AND family_id <>"
     " COALESCE((SELECT family_id FROM session WHERE id = $2), 0)");
STMT(q_ticket_insert, "ticket.insert",
     "INSERT INTO live_ticket(hash, company_id, account_id, session_id, expires_at) VALUES ($1, $2, $3, $4, $5)");
STMT(q_ticket_take, "ticket.take", "DELETE FROM live_ticket WHERE hash = $1 AND expires_at > $2 RETURNING session_id");
STMT(q_sweep_sessions, "session.sweep", "DELETE FROM session WHERE expires_at <= $1");
STMT(q_sweep_tickets, "ticket.sweep", "DELETE FROM live_ticket WHERE expires_at <= $1");
STMT(q_sweep_codes, "code.sweep", "DELETE FROM login_code WHERE created_at <= $1");
STMT(q_sweep_idempotency, "idempotency.sweep", "DELETE FROM idempotency WHERE created_at <= $1");

/* ---- cache: direct-mapped by token hash; a collision only evicts ---- */

struct cached {
    uint8_t hash[32];
    struct actor who; /* name points to the field below */
    char name[64];
    int64_t expires_at, cached_mono, touched;
};
static struct cached cache[CACHE_SLOTS];
static int64_t cached_account[CACHE_SLOTS]; /* of each slot: forgetting looks here only, not at a megabyte of slots */
static uint64_t forgotten;                  /* under cache_lock: how often something was forgotten */
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;

static struct cached *slot_of(const uint8_t hash[32])
{
    return &cache[(hash[0] | hash[1] << 8 | hash[2] << 16) % CACHE_SLOTS];
}

static uint64_t cache_epoch(void)
{
    pthread_mutex_lock(&cache_lock);
    uint64_t n = forgotten;
    pthread_mutex_unlock(&cache_lock);
    return n;
}

/* epoch: from before the row was read. If anything was forgotten since, this row may be what was meant: not kept. */
static void cache_put(const uint8_t hash[32], const struct actor *who, int64_t expires_at, uint64_t epoch)
{
    pthread_mutex_lock(&cache_lock);
    if (forgotten != epoch) {
        pthread_mutex_unlock(&cache_lock);
        return;
    }
    struct cached *c = slot_of(hash);
    memcpy(c->hash, hash, 32);
    c->who = *who;
    cached_account[c - cache] = who->id;
    size_t n = utf8_prefix(who->name, 15);
    memcpy(c->name, who->name, n);
    c->name[n] = '\0';
    c->expires_at = expires_at;
    c->cached_mono = clock_mono_ms();
    pthread_mutex_unlock(&cache_lock);
}

bool auth_cached(struct ctx *cx, const char *token)
{
    uint8_t hash[32];
    token_hash(token, hash);
    pthread_mutex_lock(&cache_lock);
    struct cached *c = slot_of(hash);
    bool hit = c->who.id && crypto_equal(c->hash, hash, 32) && c->expires_at > cx->now &&
               clock_mono_ms() - c->cached_mono < CACHE_MS;
    if (hit) {
        cx->who = c->who;
        cx->who.name = arena_strdup(cx->arena, c->name);
    }
    pthread_mutex_unlock(&cache_lock);
    return hit;
}

void auth_forget(int64_t account_id)
{
    pthread_mutex_lock(&cache_lock);
    forgotten++;
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        if (cached_account[i] == account_id)
            cache[i].who.id = cached_account[i] = 0;
    pthread_mutex_unlock(&cache_lock);
}

/* ---- resolving ---- */

struct found {
    struct actor who;
    int64_t expires_at, ends_at, last_at;
    bool resident;
};

static enum err on_session(struct ctx *cx, const struct row *r, void *out)
{
    struct found *f = out;
    f->who.session_id = row_i64(r, 0);
    f->who.id = row_i64(r, 1);
    f->who.company_id = row_i64(r, 2);
    f->who.project_id = row_i64(r, 3);
    f->expires_at = row_i64(r, 4);
    f->ends_at = row_i64(r, 5);
    f->last_at = row_i64(r, 6);
    f->who.name = row_text(cx, r, 7);
    f->who.must_change_password = row_i64(r, 8) != 0;
    f->resident = str_eq(row_text(cx, r, 9), "resident");
    f->who.proven_at = row_i64(r, 10);
    f->who.must_enrol = row_i64(r, 11) != 0;
    return OK;
}

static enum err on_role(struct ctx *cx, const struct row *r, void *out)
{
    int k = str_index(role_name, ROLE_COUNT, row_text(cx, r, 0));
    if (k >= 0)
        *(unsigned *)out |= 1u << k;
    return OK;
}

static enum err load_roles(struct ctx *cx, int64_t company_id, int64_t account_id, bool resident, int64_t project_id,
                           unsigned *roles)
{
    *roles = 0;
    return resident ? db_each(cx, &q_bindings, ARGS(I64(account_id), I64(project_id), I64(cx->now)), on_role, roles)
                    : db_each(cx, &q_grants, ARGS(I64(company_id), I64(account_id), I64(project_id)), on_role, roles);
}

enum err auth_roles_in(struct ctx *cx, int64_t project_id, unsigned *roles)
{
    *roles = 0;
    return db_each(cx, &q_grants_in, ARGS(I64(cx->who.id), I64(project_id), I64(cx->who.company_id)), on_role, roles);
}

struct touch {
    struct arena *arena;
    struct ctx cx;
    struct job job;
    int64_t session_id, now, expires_at;
};

static enum err run_touch(struct ctx *cx, void *arg)
{
    struct touch *t = arg;
    return db_exec(cx, &q_touch, ARGS(I64(t->session_id), I64(t->now), I64(t->expires_at)), NULL);
}

static void done_touch(struct job *job, enum err e)
{
    struct touch *t = job->arg;
    (void)e; /* a missed touch only shortens the session by a minute */
    arena_free(t->arena);
}

/* The session slides: written behind the reader's back, because readers cannot write. */
static void touch_session(struct ctx *cx, const struct found *f)
{
    int64_t until = cx->now + config()->access_min * MINUTE_MS;
    if (cx->now - f->last_at < TOUCH_MS || !cx->store)
        return;
    struct arena *a = arena_new(0);
    struct touch *t = arena_alloc(a, sizeof *t);
    t->arena = a;
    t->session_id = f->who.session_id;
    t->now = cx->now;
    t->expires_at = until < f->ends_at ? until : f->ends_at;
    cx_init(&t->cx, a, cx->store);
    t->job = (struct job){.cx = &t->cx, .run = run_touch, .done = done_touch, .arg = t};
    if (!store_submit_write(cx->store, &t->job))
        arena_free(a);
}

static enum err resolve(struct ctx *cx, const struct stmt *q, struct args args, struct found *f)
{
    enum err e = db_one(cx, q, args, on_session, f);
    if (!e)
        e = load_roles(cx, f->who.company_id, f->who.id, f->resident, f->who.project_id, &f->who.roles);
    f->who.must_enrol = f->who.must_enrol && (f->who.roles & ROLES_SETS);
    if (!e)
        cx->who = f->who;
    return e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e;
}

enum err auth_resolve(struct ctx *cx, const char *token)
{
    uint8_t hash[32];
    struct found f = {0};
    uint64_t epoch = cache_epoch(); /* before the first statement, hence before the snapshot */
    token_hash(token, hash);
    enum err e = resolve(cx, &q_by_token, ARGS(BLOB(hash, 32), I64(cx->now)), &f);
    if (e)
        return e;
    cache_put(hash, &f.who, f.expires_at, epoch);
    touch_session(cx, &f);
    return OK;
}

enum err auth_resolve_session(struct ctx *cx, int64_t session_id)
{
    struct found f = {0};
    return resolve(cx, &q_by_id, ARGS(I64(session_id), I64(cx->now)), &f);
}

/* ---- opening and refreshing ---- */

static enum err on_account(struct ctx *cx, const struct row *r, void *out)
{
    struct login *l = out;
    l->company_id = row_i64(r, 0);
    l->name = row_text(cx, r, 1);
    l->kind = row_text(cx, r, 2);
    l->must_change_password = row_i64(r, 3) != 0;
    return OK;
}

static enum err add_refresh(struct ctx *cx, const struct login_from *from, int64_t family, struct login *out)
{
    char *token = arena_alloc(cx->arena, 44);
    uint8_t hash[32];
    token_new(token);
    token_hash(token, hash);
    out->refresh_token = token;
    out->refresh_expires_at = cx->now + config()->refresh_d * DAY_MS;
    return db_exec(cx, &q_refresh_insert,
                   ARGS(I64(id_new()), I64(out->company_id), I64(out->account_id), I64(family), BLOB(hash, 32),
                        TXT(from->device), TXT(platform_name[from->platform]), I64(cx->now),
                        I64(out->refresh_expires_at)),
                   NULL);
}

enum err auth_open_session(struct ctx *cx, int64_t account_id, const struct login_from *from, int64_t family_id,
                           struct login *out)
{
    enum err e = db_one(cx, &q_account, ARGS(I64(account_id)), on_account, out);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e;
    bool resident = str_eq(out->kind, "resident");
    e = resident ? db_i64(cx, &q_resident_project, ARGS(I64(account_id), I64(cx->now)), &out->project_id, NULL)
                 : db_i64(cx, &q_staff_project, ARGS(I64(account_id)), &out->project_id, NULL);
    if (!e)
        e = load_roles(cx, out->company_id, account_id, resident, out->project_id, &out->roles);
    if (e)
        return e;
    char *token = arena_alloc(cx->arena, 44);
    uint8_t hash[32];
    token_new(token);
    token_hash(token, hash);
    int64_t ends = cx->now + config()->session_h * HOUR_MS, slide = cx->now + config()->access_min * MINUTE_MS;
    out->account_id = account_id;
    out->session_id = id_new();
    out->token = token;
    out->expires_at = slide < ends ? slide : ends;
    int64_t family = family_id ? family_id : out->session_id;
    e = db_exec(cx, &q_insert,
                ARGS(I64(out->session_id), I64(out->company_id), I64(account_id), BLOB(hash, 32), I64(family),
                     I64(out->project_id), TXT(platform_name[from->platform]), TXT(from->device), TXT(cx->ip),
                     TXT(from->user_agent), I64(cx->now), I64(out->expires_at), I64(ends),
                     I64(family_id ? 0 : cx->now)),
                NULL);
    if (!e && from->remember && !str_empty(from->device))
        e = add_refresh(cx, from, family, out);
    return e;
}

struct refresh_work {
    const char *token;
    const struct login_from *from;
    struct login *out;
    int64_t id, account_id, family_id, expires_at, used_at, revoked_at;
    const char *device;
    bool refused;
};

static enum err on_refresh(struct ctx *cx, const struct row *r, void *out)
{
    struct refresh_work *w = out;
    w->id = row_i64(r, 0);
    w->account_id = row_i64(r, 1);
    w->family_id = row_i64(r, 2);
    w->device = row_text(cx, r, 3);
    w->expires_at = row_i64(r, 4);
    w->used_at = row_i64(r, 5);
    w->revoked_at = row_i64(r, 6);
    return OK;
}

/* Commits a revocation although the answer is a refusal: hence *refused, not an error. */
static enum err run_refresh(struct ctx *cx, void *arg)
{
    struct refresh_work *w = arg;
    uint8_t hash[32];
    token_hash(w->token, hash);
    w->refused = true;
    enum err e = db_one(cx, &q_refresh_find, ARGS(BLOB(hash, 32)), on_refresh, w);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    bool same_device = str_eq(w->device, w->from->device);
    bool lost_answer = w->used_at && cx->now - w->used_at <= GRACE_MS && same_device;
    if (w->revoked_at || w->expires_at <= cx->now)
        return OK;
    if ((w->used_at && !lost_answer) || !same_device) { /* somebody holds a copy */
        e = db_exec(cx, &q_refresh_family, ARGS(I64(w->family_id), I64(cx->now)), NULL);
        if (!e)
            e = db_exec(cx, &q_delete_family, ARGS(I64(w->family_id)), NULL);
        if (!e)
            cx_session_revoked(cx, w->account_id, 0);
        return e;
    }
    if (!w->used_at)
        e = db_change_one(cx, &q_refresh_use, ARGS(I64(w->id), I64(cx->now), I64(0)), ERR_RETRY, "请重试", "retry");
    struct login_from from = *w->from;
    from.remember = true;
    if (!e)
        e = auth_open_session(cx, w->account_id, &from, w->family_id, w->out);
    w->refused = e == ERR_UNAUTHENTICATED;
    return w->refused ? OK : e;
}

enum err auth_refresh(struct ctx *cx, const char *refresh_token, const struct login_from *from, struct login *out)
{
    struct refresh_work w = {.token = refresh_token, .from = from, .out = out};
    enum err e = store_write(cx, run_refresh, &w);
    if (!e && w.refused)
        e = cx_fail(cx, ERR_UNAUTHENTICATED, "refresh_token", "登录已失效,请重新登录", "please log in again");
    return e;
}

/* ---- ending ---- */

enum err auth_end_session(struct ctx *cx, int64_t account_id, int64_t session_id)
{
    int64_t family = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_delete, ARGS(I64(session_id), I64(account_id)), &family, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "会话不存在", "no such session");
    if (!e)
        e = db_exec(cx, &q_refresh_family, ARGS(I64(family), I64(cx->now)), NULL);
    if (!e)
        cx_session_revoked(cx, account_id, session_id);
    return e;
}

enum err auth_logout(struct ctx *cx)
{
    return auth_end_session(cx, cx->who.id, cx->who.session_id);
}

enum err auth_end_all(struct ctx *cx, int64_t account_id, int64_t keep_session)
{
    enum err e = db_exec(cx, &q_refresh_all, ARGS(I64(account_id), I64(keep_session), I64(cx->now)), NULL);
    if (!e)
        e = db_exec(cx, &q_delete_all, ARGS(I64(account_id), I64(keep_session)), NULL);
    if (!e)
        cx_session_revoked(cx, account_id, keep_session ? -keep_session : 0); /* negative: all but this one */
    return e;
}

struct list_sessions {
    session_fn *fn;
    void *arg;
};

static enum err on_list(struct ctx *cx, const struct row *r, void *out)
{
    struct list_sessions *l = out;
    struct session_info s = {.id = row_i64(r, 0),
                             .platform = row_text(cx, r, 1),
                             .device = row_text(cx, r, 2),
                             .ip = row_text(cx, r, 3),
                             .user_agent = row_text(cx, r, 4),
                             .created_at = row_i64(r, 5),
                             .last_at = row_i64(r, 6),
                             .expires_at = row_i64(r, 7)};
    l->fn(l->arg, &s);
    return OK;
}

enum err auth_sessions(struct ctx *cx, int64_t account_id, session_fn *fn, void *arg)
{
    struct list_sessions l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(account_id), I64(cx->now)), on_list, &l);
}

enum err auth_set_project(struct ctx *cx, int64_t project_id)
{
    bool may = false;
    int64_t id = 0;
    enum err e = db_i64(cx, &q_may_project,
                        ARGS(I64(project_id), I64(cx->who.company_id), I64(cx->who.id), I64(cx->now)), &id, &may);
    if (!e && !may)
        e = cx_fail(cx, ERR_NOT_FOUND, "project_id", "项目不存在", "no such project");
    if (!e)
        e = db_exec(cx, &q_set_project, ARGS(I64(cx->who.session_id), I64(project_id)), NULL);
    if (!e)
        cx_scope_changed(cx, cx->who.id);
    return e;
}

/* ---- tickets ---- */

enum err auth_ticket_new(struct ctx *cx, const char **ticket, int64_t *expires_at)
{
    char *token = arena_alloc(cx->arena, 44);
    uint8_t hash[32];
    token_new(token);
    token_hash(token, hash);
    *ticket = token;
    *expires_at = cx->now + TICKET_MS;
    return db_exec(
        cx, &q_ticket_insert,
        ARGS(BLOB(hash, 32), I64(cx->who.company_id), I64(cx->who.id), I64(cx->who.session_id), I64(*expires_at)),
        NULL);
}

enum err auth_ticket_take(struct ctx *cx, const char *ticket)
{
    uint8_t hash[32];
    int64_t session = 0;
    bool found = false;
    token_hash(ticket, hash);
    enum err e = db_i64(cx, &q_ticket_take, ARGS(BLOB(hash, 32), I64(cx->now)), &session, &found);
    if (e || !found)
        return e ? e : ERR_UNAUTHENTICATED;
    return auth_resolve_session(cx, session);
}

enum err auth_sweep(struct ctx *cx)
{
    enum err e = db_exec(cx, &q_sweep_sessions, ARGS(I64(cx->now)), NULL);
    if (!e)
        e = db_exec(cx, &q_sweep_tickets, ARGS(I64(cx->now)), NULL);
    if (!e)
        e = db_exec(cx, &q_sweep_codes, ARGS(I64(cx->now - 2 * DAY_MS)), NULL);
    if (!e)
        e = db_exec(cx, &q_sweep_idempotency, ARGS(I64(cx->now - DAY_MS)), NULL);
    return e;
}
