/* auth_login.c - credential checks. All run in the SLOW lane: read, check (slow, outside any transaction),
 * then one transaction that records the outcome, good or bad.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"

#define FAIL_WINDOW_MS (15 * MINUTE_MS)
#define FAIL_MAX       5
#define FAIL_MAX_IP    30
#define LOCK_MAX_MS    DAY_MS
#define KEEP_PASSWORDS 4 /* and the current one */
#define PASSWORD_AGE   (90 * DAY_MS)

STMT(q_by_login, "account.by_login",
     "SELECT id, password, state, failed, failed_at, lock_level, locked_until, password_at, login, name FROM account"
     " WHERE company_id = $1 AND kind = 'staff' AND login = $2");
STMT(q_by_phone, "account.by_phone",
     "SELECT id, password, state, failed, failed_at, lock_level, locked_until, password_at, login, name FROM account"
     " WHERE company_id = $1 AND kind = 'resident' AND phone_idx = $2");
STMT(q_by_id, "account.by_id",
     "SELECT id, password, state, failed, failed_at, lock_level, locked_until, password_at, login, name FROM account"
     " WHERE id = $1");
STMT(q_ip_failures, "login_log.ip_failures", "SELECT COUNT(*) FROM login_log WHERE ip = $1 AND at > $2 AND ok = 0");
STMT(q_log, "login_log.add",
     "INSERT INTO login_log(id, company_id, account_id, how, ok, reason, ip, device, user_agent, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
STMT(q_log_list, "login_log.list",
     "SELECT l.id, l.account_id, COALESCE(a.name, ''), l.how, l.ok, l.reason, l.ip, l.device, l.user_agent, l.at"
     " FROM login_log l LEFT JOIN account a ON a.id = l.account_id WHERE l.company_id = $1"
     " AND ($2 = 0 OR l.account_id = $2) AND ($3 = 0 OR l.id < $3) ORDER BY l.id DESC LIMIT $4");
STMT(q_failed, "account.failed",
     "UPDATE account SET failed = $2, failed_at = $3, lock_level = $4, locked_until = $5 WHERE id = $1");
STMT(q_expire_password, "account.expire_password", "UPDATE account SET must_change = 1 WHERE id = $1");
STMT(
    q_set_password, "account.set_password",
    "UPDATE account SET password = $2, password_at = $3, must_change = 0, failed = 0, locked_until = 0, lock_level = 0,"
    " version = version + 1 WHERE id = $1");
STMT(q_remember_password, "account.remember_password",
     "INSERT INTO account_password(account_id, at, password) VALUES ($1, $2, $3)");
STMT(q_old_passwords, "account.old_passwords",
     "SELECT password FROM account_password WHERE account_id = $1 ORDER BY at DESC LIMIT $2");
STMT(q_proven, "session.proven", "UPDATE session SET proven_at = $2 WHERE id = $1");
STMT(q_identity, "identity.find",
     "SELECT i.account_id FROM identity i JOIN account a ON a.id = i.account_id WHERE i.company_id = $1"
     " AND i.provider = $2 AND i.appid = $3 AND i.openid = $4 AND a.state = 'active'");
STMT(q_identity_add, "identity.add",
     "INSERT INTO identity(id, company_id, account_id, provider, appid, openid, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (company_id, provider, appid, openid)"
     " DO UPDATE SET account_id = excluded.account_id");
STMT(q_set_phone, "account.set_phone",
     "UPDATE account SET phone_enc = $2, phone_idx = $3, phone_hint = $4, version = version + 1 WHERE id = $1");
STMT(q_staff, "account.is_staff", "SELECT COUNT(*) FROM account WHERE id = $1 AND kind = 'staff'");
STMT(q_email_owner, "account.email_owner",
     "SELECT id FROM account WHERE company_id = $1 AND email_idx = $2 AND state = 'active' ORDER BY id LIMIT 1");
STMT(q_phone_owner, "account.phone_owner",
     "SELECT id FROM account WHERE company_id = $1 AND kind IN ('staff', 'resident') AND phone_idx = $2"
     " AND state = 'active' ORDER BY id LIMIT 1");

struct login_work {
    const struct login_from *from;
    const char *how, *login, *code, *provider, *appid, *openid, *phone, *new_phc, *otp;
    struct login *out; /* NULL: no session is opened */
    enum second_factor second;
    int64_t company, id, failed, failed_at, lock_level, locked_until, password_at, ip_failures;
    const char *phc, *account_login, *name;
    bool active, good, need_phone, locked;
};

static enum err on_account(struct ctx *cx, const struct row *r, void *out)
{
    struct login_work *w = out;
    w->id = row_i64(r, 0);
    w->phc = row_text(cx, r, 1);
    w->active = str_eq(row_text(cx, r, 2), "active");
    w->failed = row_i64(r, 3);
    w->failed_at = row_i64(r, 4);
    w->lock_level = row_i64(r, 5);
    w->locked_until = row_i64(r, 6);
    w->password_at = row_i64(r, 7);
    w->account_login = row_text(cx, r, 8);
    w->name = row_text(cx, r, 9);
    return OK;
}

static enum err log_login(struct ctx *cx, const struct login_work *w, bool ok, const char *reason)
{
    return db_exec(cx, &q_log,
                   ARGS(I64(id_new()), I64(w->company), I64(w->id), TXT(w->how), I64(ok), TXT(reason), TXT(cx->ip),
                        TXT(w->from->device), TXT(w->from->user_agent), I64(cx->now)),
                   NULL);
}

struct attempts {
    login_attempt_fn *fn;
    void *arg;
};

static enum err on_attempt(struct ctx *cx, const struct row *r, void *out)
{
    struct attempts *l = out;
    struct login_attempt a = {.id = row_i64(r, 0),
                              .account_id = row_i64(r, 1),
                              .account = row_text(cx, r, 2),
                              .how = row_text(cx, r, 3),
                              .ok = row_i64(r, 4) != 0,
                              .reason = row_text(cx, r, 5),
                              .ip = row_text(cx, r, 6),
                              .device = row_text(cx, r, 7),
                              .user_agent = row_text(cx, r, 8),
                              .at = row_i64(r, 9)};
    l->fn(l->arg, &a);
    return OK;
}

enum err login_log_list(struct ctx *cx, int64_t account_id, int64_t before_id, int64_t limit, login_attempt_fn *fn,
                        void *arg)
{
    struct attempts l = {fn, arg};
    bool all = false;
    enum err e = audit_sees_all(cx, &all);
    if (!e && !all)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "登录日志属于整个公司,须由全公司的管理员或审计员查看",
                    "log-ins are the whole company's: for who looks after all of it");
    return e ? e
             : db_each(cx, &q_log_list, ARGS(I64(cx->who.company_id), I64(account_id), I64(before_id), I64(limit)),
                       on_attempt, &l);
}

static enum err read_account(struct ctx *cx, void *arg)
{
    struct login_work *w = arg;
    uint8_t idx[16];
    enum err e = company_by_code(cx, w->from->company, &w->company);
    if (!e)
        e = db_i64(cx, &q_ip_failures, ARGS(TXT(cx->ip), I64(cx->now - FAIL_WINDOW_MS)), &w->ip_failures, NULL);
    if (e)
        return e;
    if (phone_valid(w->login)) {
        pii_index(w->company, w->login, idx);
        e = db_one(cx, &q_by_phone, ARGS(I64(w->company), BLOB(idx, 16)), on_account, w);
    } else {
        e = db_one(cx, &q_by_login, ARGS(I64(w->company), TXT(w->login)), on_account, w);
    }
    return e == ERR_NOT_FOUND ? OK : e;
}

/* Five failures within the window lock for 15 min, doubling with every further lock up to a day. */
static enum err count_failure(struct ctx *cx, struct login_work *w)
{
    if (!w->id)
        return OK;
    int64_t failed = cx->now - w->failed_at > FAIL_WINDOW_MS ? 1 : w->failed + 1, level = w->lock_level, until = 0;
    if (failed >= FAIL_MAX) {
        int64_t lock = FAIL_WINDOW_MS << (level < 7 ? level : 7);
        until = cx->now + (lock < LOCK_MAX_MS ? lock : LOCK_MAX_MS);
        level++;
        failed = 0;
        log_warn("account.locked", L_I("account", w->id), L_I("minutes", (until - cx->now) / MINUTE_MS));
    }
    return db_exec(cx, &q_failed, ARGS(I64(w->id), I64(failed), I64(cx->now), I64(level), I64(until)), NULL);
}

static enum err refuse(struct ctx *cx, struct login_work *w, const char *reason)
{
    enum err e = count_failure(cx, w);
    return e ? e : log_login(cx, w, false, reason);
}

/* While one password was hashed, others may have been tried, or it was changed: what counts is what is there now. */
static enum err look_again(struct ctx *cx, struct login_work *w)
{
    struct login_work now = {.id = 0};
    enum err e = w->id ? db_one(cx, &q_by_id, ARGS(I64(w->id)), on_account, &now) : ERR_NOT_FOUND;
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    w->failed = now.failed;
    w->failed_at = now.failed_at;
    w->lock_level = now.lock_level;
    w->locked = now.locked_until > cx->now;
    w->good = w->good && now.active && str_eq(now.phc, w->phc);
    return OK;
}

/* The password has been looked at (w->good); the second factor and what follows from both, in one transaction. */
static enum err record_password(struct ctx *cx, void *arg)
{
    struct login_work *w = arg;
    enum err e = look_again(cx, w);
    if (e || w->locked)
        return e;
    if (!w->good)
        return refuse(cx, w, w->id ? "password" : "unknown");
    e = totp_check(cx, w->id, w->otp, &w->second);
    if (e || w->second == SECOND_MISSING)
        return e;
    if (w->second == SECOND_WRONG)
        return refuse(cx, w, "otp");
    e = db_exec(cx, &q_failed, ARGS(I64(w->id), I64(0), I64(0), I64(0), I64(0)), NULL);
    if (!e && str_eq(config()->password_policy, "djbh3") && cx->now - w->password_at > PASSWORD_AGE)
        e = db_exec(cx, &q_expire_password, ARGS(I64(w->id)), NULL);
    if (!e && w->out)
        e = auth_open_session(cx, w->id, w->from, 0, w->out);
    else if (!e)
        e = db_exec(cx, &q_proven, ARGS(I64(cx->who.session_id), I64(cx->now)), NULL);
    if (!e && !w->out)
        cx_scope_changed(cx, w->id); /* what is cached of the session is of before */
    return e ? e : log_login(cx, w, true, "");
}

static enum err check_password(struct ctx *cx, const char *phc, const char *password, bool *good)
{
    if (!password_gate_enter())
        return cx_fail(cx, ERR_RATE, NULL, "登录繁忙,请稍后再试", "too many log-ins at once; try again");
    *good = password_verify(phc, password);
    password_gate_leave();
    return OK;
}

/* Records the outcome and says it. */
static enum err conclude(struct ctx *cx, struct login_work *w)
{
    enum err e = store_write(cx, record_password, w);
    if (e)
        return e;
    if (w->locked)
        return cx_fail(cx, ERR_LOCKED, NULL, "账号已锁定,请稍后再试", "account locked; try later");
    if (!w->good)
        return cx_fail(cx, ERR_UNAUTHENTICATED, "password", "账号或密码错误(区分大小写)",
                       "wrong login or password (case matters)");
    if (w->second == SECOND_MISSING)
        return cx_fail(cx, ERR_OTP, "otp", "请输入动态口令", "enter the one-time code");
    if (w->second == SECOND_WRONG)
        return cx_fail(cx, ERR_UNAUTHENTICATED, "otp", "动态口令错误或已使用", "wrong or used code");
    return OK;
}

enum err auth_login_password(struct ctx *cx, const struct login_from *from, const char *login, const char *password,
                             const char *otp, struct login *out)
{
    struct login_work w = {.from = from, .how = "password", .login = login, .otp = otp, .out = out};
    enum err e = store_read(cx, read_account, &w);
    if (e)
        return e;
    if (w.ip_failures >= FAIL_MAX_IP) /* limits before hashing: hashing is what an attacker wants us to do */
        return cx_fail(cx, ERR_RATE, NULL, "尝试次数过多,请 15 分钟后再试",
                       "too many attempts; try again in 15 minutes");
    if (w.id && w.locked_until > cx->now)
        return cx_fail(cx, ERR_LOCKED, NULL, "账号已锁定,请 %lld 分钟后再试",
                       "account locked; try again in %lld minutes", (w.locked_until - cx->now) / MINUTE_MS + 1LL);
    if ((e = check_password(cx, w.active ? w.phc : NULL, password, &w.good)) != OK)
        return e;
    w.good = w.good && w.id && w.active;
    return conclude(cx, &w);
}

static struct auth_listener listener;

void auth_listen(const struct auth_listener *l)
{
    listener = l ? *l : (struct auth_listener){0};
}

static enum err tell_proven(struct ctx *cx, int64_t company, int64_t account, const char *phone)
{
    return listener.proven ? listener.proven(cx, company, account, phone) : OK;
}

/* The resident account of a phone; made on first sight (rooms come by binding, b8). */
static enum err resident_of_phone(struct ctx *cx, struct login_work *w)
{
    enum err e = account_by_phone(cx, w->company, "resident", w->phone, &w->id);
    if (e || w->id)
        return e;
    struct account_in in = {
        .kind = "resident", .name = arena_printf(cx->arena, "用户%s", w->phone + 7), .phone = w->phone};
    w->out->new_account = true;
    return account_insert(cx, w->company, &in, &w->id);
}

static enum err record_code(struct ctx *cx, void *arg)
{
    struct login_work *w = arg;
    w->id = 0;
    enum err e = company_by_code(cx, w->from->company, &w->company);
    if (!e)
        e = auth_code_check(cx, w->company, CODE_LOGIN, w->phone, w->code, &w->good);
    if (e || !w->good)
        return e ? e : log_login(cx, w, false, "code");
    e = resident_of_phone(cx, w);
    if (!e) /* before the session, which begins in a project that they may enter */
        e = tell_proven(cx, w->company, w->id, w->phone);
    if (!e)
        e = auth_open_session(cx, w->id, w->from, 0, w->out);
    return e ? e : log_login(cx, w, true, "");
}

enum err auth_login_code(struct ctx *cx, const struct login_from *from, const char *phone, const char *code,
                         struct login *out)
{
    struct login_work w = {.from = from, .how = "code", .phone = phone, .code = code, .out = out};
    if (!phone_valid(phone))
        return cx_fail(cx, ERR_INVALID, "phone", "手机号格式不正确", "not a mobile number");
    enum err e = store_write(cx, record_code, &w);
    if (!e && !w.good)
        e = cx_fail(cx, ERR_UNAUTHENTICATED, "code", "验证码错误或已过期", "wrong or expired code");
    return e;
}

static enum err record_openid(struct ctx *cx, void *arg)
{
    struct login_work *w = arg;
    enum err e = company_by_code(cx, w->from->company, &w->company);
    w->id = 0;
    w->need_phone = false;
    if (!e)
        e = db_i64(cx, &q_identity, ARGS(I64(w->company), TXT(w->provider), TXT(w->appid), TXT(w->openid)), &w->id,
                   NULL);
    if (!e && !w->id) {
        if (!w->phone) {
            w->need_phone = true;
            return OK;
        }
        e = resident_of_phone(cx, w);
        if (!e)
            e = db_exec(cx, &q_identity_add,
                        ARGS(I64(id_new()), I64(w->company), I64(w->id), TXT(w->provider), TXT(w->appid),
                             TXT(w->openid), I64(cx->now)),
                        NULL);
        if (!e)
            e = tell_proven(cx, w->company, w->id, w->phone);
    }
    if (!e)
        e = auth_open_session(cx, w->id, w->from, 0, w->out);
    return e ? e : log_login(cx, w, true, "");
}

enum err auth_login_openid(struct ctx *cx, const struct login_from *from, const char *provider, const char *appid,
                           const char *openid, const char *phone, struct login *out)
{
    struct login_work w = {.from = from,
                           .how = provider,
                           .provider = provider,
                           .appid = appid,
                           .openid = openid,
                           .phone = phone,
                           .out = out};
    if (phone && !phone_valid(phone))
        return cx_fail(cx, ERR_INVALID, "phone_code", "仅支持中国大陆手机号", "only mainland mobile numbers");
    enum err e = store_write(cx, record_openid, &w);
    if (!e && w.need_phone)
        e = cx_fail(cx, ERR_NOT_FOUND, "phone_code", "首次登录请授权手机号", "allow access to your phone number first");
    return e;
}

/* ---- new passwords ---- */

struct old_passwords {
    const char *phc[KEEP_PASSWORDS];
    size_t n;
};

static enum err on_old(struct ctx *cx, const struct row *r, void *out)
{
    struct old_passwords *o = out;
    o->phc[o->n++] = row_text(cx, r, 0);
    return OK;
}

struct password_work {
    struct login_work w;
    struct old_passwords old;
    const char *phone, *email, *code, *action;
    int64_t keep_session, account;
    bool good;
};

static enum err read_by_id(struct ctx *cx, void *arg)
{
    struct password_work *p = arg;
    enum err e = db_one(cx, &q_by_id, ARGS(I64(p->account)), on_account, &p->w);
    p->old.n = 0;
    return e ? e : db_each(cx, &q_old_passwords, ARGS(I64(p->account), I64(KEEP_PASSWORDS)), on_old, &p->old);
}

/* Policy, then the last five; slow (each comparison is a full hash), so outside any transaction. */
static enum err hash_new(struct ctx *cx, struct password_work *p, const char *password, char phc[128])
{
    struct why why = password_problem(config()->password_policy, password, p->w.account_login, p->w.name);
    bool reused = false, hashed = false;
    if (why.zh)
        return cx_fail(cx, ERR_INVALID, "new_password", "%s", "%s", cx->english ? why.en : why.zh);
    if (!password_gate_enter())
        return cx_fail(cx, ERR_RATE, NULL, "系统繁忙,请稍后再试", "busy; try again");
    reused = p->w.phc && password_verify(p->w.phc, password); /* also the temporary one it was issued with */
    if (str_eq(config()->password_policy, "djbh3"))
        for (size_t i = 0; i < p->old.n && !reused; i++)
            reused = password_verify(p->old.phc[i], password);
    if (!reused)
        hashed = password_hash(password, phc);
    password_gate_leave();
    if (reused)
        return cx_fail(cx, ERR_INVALID, "new_password", "不能使用当前或最近 5 次用过的密码",
                       "the present one, or one of your last 5 passwords");
    return hashed ? OK : ERR_INTERNAL;
}

static enum err save_password(struct ctx *cx, void *arg)
{
    struct password_work *p = arg;
    enum err e = db_exec(cx, &q_set_password, ARGS(I64(p->account), TXT(p->w.new_phc), I64(cx->now)), NULL);
    if (!e && p->w.phc) /* the one replaced, whoever chose it; hash_new() looks at the current one itself */
        e = db_exec(cx, &q_remember_password, ARGS(I64(p->account), I64(cx->now), TXT(p->w.phc)), NULL);
    if (!e)
        e = auth_end_all(cx, p->account, p->keep_session);
    return e ? e : audit_add(cx, p->action, "account", p->account, NULL, NULL);
}

enum err auth_change_password(struct ctx *cx, const char *old_password, const char *new_password)
{
    static const struct login_from nowhere = {.company = "", .device = "", .user_agent = ""};
    char phc[128];
    struct password_work p = {
        .account = cx->who.id,
        .keep_session = cx->who.session_id,
        .action = "password.change",
        .w = {.from = &nowhere, .how = "change", .company = cx->who.company_id}
    };
    bool good = false;
    enum err e = store_read(cx, read_by_id, &p);
    if (e)
        return e;
    if (p.w.locked_until > cx->now)
        return cx_fail(cx, ERR_LOCKED, NULL, "账号已锁定,请稍后再试", "account locked; try later");
    if ((e = check_password(cx, p.w.phc, old_password, &good)) != OK)
        return e;
    if (!good) {
        e = store_write(cx, record_password, &p.w); /* counts the failure */
        return e ? e : cx_fail(cx, ERR_INVALID, "old_password", "原密码错误", "wrong password");
    }
    if ((e = hash_new(cx, &p, new_password, phc)) != OK)
        return e;
    p.w.new_phc = phc;
    return store_write(cx, save_password, &p);
}

enum err auth_step_up(struct ctx *cx, const char *password, const char *otp)
{
    static const struct login_from nowhere = {.company = "", .device = "", .user_agent = ""};
    struct password_work p = {
        .account = cx->who.id, .w = {.from = &nowhere, .how = "step_up", .company = cx->who.company_id, .otp = otp}
    };
    enum err e = store_read(cx, read_by_id, &p);
    if (e)
        return e;
    if (p.w.locked_until > cx->now)
        return cx_fail(cx, ERR_LOCKED, NULL, "账号已锁定,请稍后再试", "account locked; try later");
    e = check_password(cx, p.w.phc, password, &p.w.good);
    return e ? e : conclude(cx, &p.w);
}

static enum err check_recovery(struct ctx *cx, void *arg)
{
    struct password_work *p = arg;
    uint8_t idx[16];
    const char *target = p->phone ? p->phone : p->email;
    enum err e = company_by_code(cx, p->w.from->company, &p->w.company);
    if (!e)
        e = auth_code_check(cx, p->w.company, CODE_RECOVER, target, p->code, &p->good);
    if (e || !p->good)
        return e ? e : log_login(cx, &p->w, false, "recover");
    pii_index(p->w.company, target, idx);
    return db_i64(cx, p->phone ? &q_phone_owner : &q_email_owner, ARGS(I64(p->w.company), BLOB(idx, 16)), &p->account,
                  &p->good);
}

enum err auth_recover(struct ctx *cx, const struct login_from *from, const char *phone, const char *email,
                      const char *code, const char *new_password)
{
    char phc[128];
    struct password_work p = {
        .phone = phone,
        .email = email,
        .code = code,
        .action = "password.recover",
        .w = {.from = from, .how = "recover"}
    };
    if (!phone == !email)
        return cx_fail(cx, ERR_INVALID, "phone", "请填写手机号或邮箱其中之一", "give either phone or email");
    struct why why = password_problem(config()->password_policy, new_password, NULL, NULL);
    if (why.zh) /* before the code is used up */
        return cx_fail(cx, ERR_INVALID, "new_password", "%s", "%s", cx->english ? why.en : why.zh);
    enum err e = store_write(cx, check_recovery, &p);
    if (!e && !p.good)
        e = cx_fail(cx, ERR_UNAUTHENTICATED, "code", "验证码错误或已过期", "wrong or expired code");
    if (!e)
        e = store_read(cx, read_by_id, &p);
    if (!e)
        e = hash_new(cx, &p, new_password, phc);
    if (e)
        return e;
    p.w.new_phc = phc;
    cx->who = (struct actor){.id = p.account, .company_id = p.w.company};
    return store_write(cx, save_password, &p);
}

/* ---- phone ---- */

struct phone_work {
    const char *phone, *code;
    bool good;
};

static enum err run_change_phone(struct ctx *cx, void *arg)
{
    struct phone_work *w = arg;
    uint8_t idx[16];
    size_t n = 0;
    int64_t staff = 0;
    enum err e = db_i64(cx, &q_staff, ARGS(I64(cx->who.id)), &staff, NULL);
    if (!e && staff && cx->now - cx->who.proven_at > STEP_UP_MS) /* a password of theirs can be had by the new number */
        return ERR_STEP_UP;
    if (!e)
        e = auth_code_check(cx, cx->who.company_id, CODE_PHONE, w->phone, w->code, &w->good);
    if (e || !w->good)
        return e;
    pii_index(cx->who.company_id, w->phone, idx);
    const void *sealed =
        pii_seal(cx->arena, w->phone, arena_printf(cx->arena, "account.phone|%lld", (long long)cx->who.id), &n);
    e = db_try(cx, &q_set_phone,
               ARGS(I64(cx->who.id), BLOB(sealed, n), BLOB(idx, 16), TXT(phone_mask(cx->arena, w->phone))), NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, ERR_EXISTS, "phone", "该手机号已被使用", "this number is in use");
    if (!e && listener.left) /* rights that the old number gave go, those of the new one come */
        e = listener.left(cx, cx->who.id);
    if (!e)
        e = tell_proven(cx, cx->who.company_id, cx->who.id, w->phone);
    if (!e)
        e = auth_end_all(cx, cx->who.id, 0);
    return e ? e : audit_add(cx, "phone.change", "account", cx->who.id, NULL, NULL);
}

enum err auth_change_phone(struct ctx *cx, const char *phone, const char *code)
{
    struct phone_work w = {phone, code, false};
    if (!phone_valid(phone))
        return cx_fail(cx, ERR_INVALID, "phone", "手机号格式不正确", "not a mobile number");
    enum err e = store_write(cx, run_change_phone, &w);
    if (!e && !w.good)
        e = cx_fail(cx, ERR_UNAUTHENTICATED, "code", "验证码错误或已过期", "wrong or expired code");
    return e;
}
