/* owner_self.c - a copy of one's own data; closing one's account. SPDX-License-Identifier: MIT */
#include "domain/owner_self.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/owner_int.h"
#include "platform/crypto/crypto.h"

STMT(q_account, "self.account",
     "SELECT name, phone_enc, email_enc, created_at, kind, phone_idx FROM account WHERE id = $1 AND company_id = $2");
STMT(q_bindings, "self.bindings",
     "SELECT p.name, m.full_name, b.role, b.state, b.source, b.created_at, b.changed_at, b.expires_at FROM binding b"
     " JOIN room m ON m.id = b.room_id JOIN project p ON p.id = b.project_id WHERE b.account_id = $1 ORDER BY b.id");
STMT(q_parties, "self.parties",
     "SELECT p.id, p.project_id, p.kind, p.name, p.email_enc, p.idno_enc, p.wechat_enc, p.emergency_enc, p.created_at"
     " FROM party_phone f JOIN party p ON p.id = f.party_id WHERE f.company_id = $1 AND f.phone_idx = $2"
     " AND p.state = 'active' ORDER BY p.id LIMIT 100");
STMT(q_phones, "self.phones", "SELECT n, label, phone_enc FROM party_phone WHERE party_id = $1 ORDER BY n");
STMT(q_rooms, "self.rooms",
     "SELECT m.full_name, x.role, x.share_n, x.share_d, x.from_day, x.to_day FROM party_room x JOIN room m"
     " ON m.id = x.room_id WHERE x.party_id = $1 ORDER BY x.id LIMIT 200");
STMT(q_bills, "self.bills",
     "SELECT id, room_name, state, period_from, period_to, due_day, amount_fen, late_fen, paid_fen FROM bill"
     " WHERE payer_id = $1 AND payer_id > 0 AND state NOT IN ('draft', 'void') ORDER BY id DESC LIMIT 2000");
STMT(q_orders, "self.orders",
     "SELECT out_trade_no, channel, amount_fen, state, created_at FROM pay_order WHERE +company_id = $2"
     " AND payer_id = $1 AND payer_id > 0 ORDER BY id DESC LIMIT 1000");
STMT(q_repairs, "self.repairs",
     "SELECT number, state, description, created_at FROM repair WHERE reporter_id = $1 AND company_id = $2"
     " ORDER BY id DESC LIMIT 1000");
STMT(q_logins, "self.logins",
     "SELECT how, ok, ip, user_agent, at FROM login_log WHERE company_id = $2 AND account_id = $1 ORDER BY at DESC"
     " LIMIT 500");
STMT(q_sessions, "self.sessions",
     "SELECT platform, ip, user_agent, created_at, last_at FROM session WHERE account_id = $1 ORDER BY id LIMIT 100");
STMT(q_open, "self.open_bills",
     "SELECT COUNT(*) FROM bill WHERE payer_id = $1 AND payer_id > 0 AND state IN ('published', 'partial')"
     " AND amount_fen + late_fen > paid_fen + late_paid_fen");
STMT(q_paying, "self.paying",
     "SELECT COUNT(*) FROM pay_order WHERE +company_id = $2 AND (payer_id = $1 AND payer_id > 0 OR"
     " created_by = $1 AND created_by > 0)"
     " AND state NOT IN ('paid', 'paid_late', 'closed', 'failed', 'created')");
STMT(q_forget, "self.forget",
     "UPDATE account SET name = '已注销用户', login = NULL, phone_enc = NULL, phone_idx = NULL, phone_hint = NULL,"
     " email_enc = NULL, email_idx = NULL, email_hint = NULL, password = NULL, state = 'disabled',"
     " version = version + 1 WHERE id = $1 AND company_id = $2 AND kind = 'resident' AND state = 'active'");
STMT(q_forget_mail, "self.forget_mail",
     "UPDATE account SET email_enc = NULL, email_idx = NULL, email_hint = NULL, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND kind = 'resident'");
STMT(q_passwords, "self.passwords", "DELETE FROM account_password WHERE account_id = $1");
STMT(q_identities, "self.identities", "DELETE FROM identity WHERE account_id = $1 AND company_id = $2");
STMT(q_live, "self.live_rooms", "SELECT COUNT(*) FROM party_room WHERE party_id = $1 AND to_day >= $2");
STMT(q_party_contact, "self.party_contact",
     "UPDATE party SET email_enc = NULL, email_idx = NULL, email_hint = NULL, wechat_enc = NULL, wechat_hint = NULL,"
     " emergency_enc = NULL, emergency_hint = NULL, changed_at = $2, version = version + 1 WHERE id = $1");
STMT(q_party_forget, "self.party_forget",
     "UPDATE party SET name = '已注销', email_enc = NULL, email_idx = NULL, email_hint = NULL, idno_enc = NULL,"
     " idno_idx = NULL, idno_hint = NULL, wechat_enc = NULL, wechat_hint = NULL, emergency_enc = NULL,"
     " emergency_hint = NULL, note = '', state = 'closed', erased_at = $2, changed_at = $2, version = version + 1"
     " WHERE id = $1");
STMT(q_phones_off, "self.phones_off", "DELETE FROM party_phone WHERE party_id = $1");
STMT(q_closing, "account_closing.add",
     "INSERT INTO account_closing(id, company_id, account_id, state, reason, at) VALUES ($1, $2, $3, $4, $5, $6)");

/* ---- a copy ---- */

/* How the columns of a list go out: the letter before the key tells. s text, i number, d id, t time. */
struct dump {
    struct jw *w;
    const char *const *cols;
    size_t ncols;
};

static enum err on_row(struct ctx *cx, const struct row *r, void *out)
{
    struct dump *d = out;
    jw_obj(d->w);
    for (size_t i = 0; i < d->ncols; i++) {
        const char *key = d->cols[i] + 2;
        switch (d->cols[i][0]) {
        case 's':
            kv_str(d->w, key, row_text(cx, r, (int)i));
            break;
        case 'd':
            kv_id(d->w, key, row_i64(r, (int)i));
            break;
        case 't':
            kv_time(d->w, key, row_i64(r, (int)i));
            break;
        default:
            kv_int(d->w, key, row_i64(r, (int)i));
        }
    }
    jw_end(d->w);
    return OK;
}

static enum err dump(struct ctx *cx, struct jw *w, const char *key, const struct stmt *q, struct args a,
                     const char *const *cols, size_t ncols)
{
    struct dump d = {w, cols, ncols};
    jw_key(w, key);
    jw_arr(w);
    enum err e = db_each(cx, q, a, on_row, &d);
    jw_arr_end(w);
    return e;
}

struct me {
    const char *name, *phone, *email, *kind;
    const void *phone_idx;
    size_t idx_n;
    int64_t created_at;
};

static char *open_blob(struct ctx *cx, const struct row *r, int col, const char *aad)
{
    size_t n = 0;
    const void *p = row_null(r, col) ? NULL : row_blob(cx, r, col, &n);
    return p ? pii_open(cx->arena, p, n, aad) : NULL;
}

static enum err on_me(struct ctx *cx, const struct row *r, void *out)
{
    struct me *m = out;
    long long id = (long long)cx->who.id;
    m->name = row_text(cx, r, 0);
    m->phone = open_blob(cx, r, 1, arena_printf(cx->arena, "account.phone|%lld", id));
    m->email = open_blob(cx, r, 2, arena_printf(cx->arena, "account.email|%lld", id));
    m->created_at = row_i64(r, 3);
    m->kind = row_text(cx, r, 4);
    m->phone_idx = row_null(r, 5) ? NULL : row_blob(cx, r, 5, &m->idx_n);
    return OK;
}

struct entry {
    int64_t id, project_id, created_at;
    const char *kind, *name, *email, *idno, *wechat, *emergency;
};
struct entries {
    struct entry v[100];
    size_t n;
};

static enum err on_entry(struct ctx *cx, const struct row *r, void *out)
{
    struct entries *l = out;
    struct entry *p = &l->v[l->n++];
    long long id = (long long)row_i64(r, 0);
    *p = (struct entry){.id = row_i64(r, 0),
                        .project_id = row_i64(r, 1),
                        .kind = row_text(cx, r, 2),
                        .name = row_text(cx, r, 3),
                        .email = open_blob(cx, r, 4, arena_printf(cx->arena, "party.email|%lld", id)),
                        .idno = open_blob(cx, r, 5, arena_printf(cx->arena, "party.idno|%lld", id)),
                        .wechat = open_blob(cx, r, 6, arena_printf(cx->arena, "party.wechat|%lld", id)),
                        .emergency = open_blob(cx, r, 7, arena_printf(cx->arena, "party.emergency|%lld", id)),
                        .created_at = row_i64(r, 8)};
    return OK;
}

static enum err my_entries(struct ctx *cx, const struct me *m, struct entries *l)
{
    l->n = 0;
    return m->phone_idx
               ? db_each(cx, &q_parties, ARGS(I64(cx->who.company_id), BLOB(m->phone_idx, m->idx_n)), on_entry, l)
               : OK;
}

struct phone_dump {
    struct jw *w;
    int64_t party;
};

static enum err on_phone(struct ctx *cx, const struct row *r, void *out)
{
    struct phone_dump *d = out;
    jw_obj(d->w);
    kv_str(d->w, "label", row_text(cx, r, 1));
    kv_str(d->w, "phone",
           open_blob(cx, r, 2,
                     arena_printf(cx->arena, "party.phone|%lld|%lld", (long long)d->party, (long long)row_i64(r, 0))));
    jw_end(d->w);
    return OK;
}

static enum err write_entry(struct ctx *cx, struct jw *w, const struct entry *p)
{
    static const char *const rooms[] = {"s room", "s role", "i share_n", "i share_d", "i from_day", "i to_day"};
    struct phone_dump d = {w, p->id};
    jw_obj(w);
    kv_id(w, "id", p->id);
    kv_id(w, "project_id", p->project_id);
    kv_str(w, "kind", p->kind);
    kv_str(w, "name", p->name);
    kv_str(w, "email", p->email);
    kv_str(w, "idno", p->idno);
    kv_str(w, "wechat", p->wechat);
    kv_raw(w, "emergency", p->emergency ? p->emergency : "null");
    kv_time(w, "created_at", p->created_at);
    jw_key(w, "phones");
    jw_arr(w);
    enum err e = db_each(cx, &q_phones, ARGS(I64(p->id)), on_phone, &d);
    jw_arr_end(w);
    if (!e)
        e = dump(cx, w, "rooms", &q_rooms, ARGS(I64(p->id)), rooms, COUNT(rooms));
    jw_end(w);
    return e;
}

enum err self_export(struct ctx *cx, struct jw *w)
{
    static const char *const bindings[] = {"s project", "s room",       "s role",       "s state",
                                           "s source",  "t created_at", "t changed_at", "t expires_at"};
    static const char *const bills[] = {"d id",      "s room",       "s state",    "i period_from", "i period_to",
                                        "i due_day", "i amount_fen", "i late_fen", "i paid_fen"};
    static const char *const orders[] = {"s number", "s channel", "i amount_fen", "s state", "t created_at"};
    static const char *const repairs[] = {"s number", "s state", "s description", "t created_at"};
    static const char *const logins[] = {"s how", "i ok", "s ip", "s user_agent", "t at"};
    static const char *const sessions[] = {"s platform", "s ip", "s user_agent", "t created_at", "t last_at"};
    struct me me = {0};
    struct entries *mine = arena_alloc(cx->arena, sizeof *mine);
    const struct arg id = I64(cx->who.id), company = I64(cx->who.company_id);
    enum err e = db_one(cx, &q_account, ARGS(id, company), on_me, &me);
    if (!e)
        e = my_entries(cx, &me, mine);
    if (e)
        return e;
    jw_obj(w);
    kv_time(w, "exported_at", cx->now);
    jw_key(w, "account");
    jw_obj(w);
    kv_id(w, "id", cx->who.id);
    kv_str(w, "name", me.name);
    kv_str(w, "phone", me.phone);
    kv_str(w, "email", me.email);
    kv_time(w, "created_at", me.created_at);
    jw_end(w);
    jw_key(w, "register");
    jw_arr(w);
    for (size_t i = 0; i < mine->n && !e; i++)
        e = write_entry(cx, w, &mine->v[i]);
    jw_arr_end(w);
    if (!e)
        e = dump(cx, w, "bindings", &q_bindings, ARGS(id), bindings, COUNT(bindings));
    if (!e)
        e = dump(cx, w, "bills", &q_bills, ARGS(id), bills, COUNT(bills));
    if (!e)
        e = dump(cx, w, "pay_orders", &q_orders, ARGS(id, company), orders, COUNT(orders));
    if (!e)
        e = dump(cx, w, "repairs", &q_repairs, ARGS(id, company), repairs, COUNT(repairs));
    if (!e)
        e = dump(cx, w, "logins", &q_logins, ARGS(id, company), logins, COUNT(logins));
    if (!e)
        e = dump(cx, w, "sessions", &q_sessions, ARGS(id), sessions, COUNT(sessions));
    jw_end(w);
    return e;
}

/* ---- being forgotten ---- */

static enum err nothing_open(struct ctx *cx)
{
    int64_t bills = 0, orders = 0;
    enum err e = db_i64(cx, &q_open, ARGS(I64(cx->who.id)), &bills, NULL);
    if (!e)
        e = db_i64(cx, &q_paying, ARGS(I64(cx->who.id), I64(cx->who.company_id)), &orders, NULL);
    if (!e && bills)
        e = cx_fail(cx, ERR_STATE, NULL, "还有 %lld 张未结清的账单,结清后方可注销;可先仅删除联系方式",
                    "%lld bills are open; pay them first, or let the contact data go alone", (long long)bills);
    if (!e && orders)
        e = cx_fail(cx, ERR_STATE, NULL, "还有进行中的支付", "an online payment is under way");
    return e;
}

static enum err note(struct ctx *cx, const struct entry *p, const char *field)
{
    struct history h = {
        .cx = cx, .object = HISTORY_PARTY, .project_id = p->project_id, .object_id = p->id, .reason = "本人申请"};
    history_text(&h, field, "***", NULL);
    return h.e;
}

/* One entry of the register; *kept: it could not go because somebody is an owner still. */
static enum err forget_entry(struct ctx *cx, const struct entry *p, bool contact_only, int64_t *kept)
{
    int64_t live = 0;
    enum err e = db_i64(cx, &q_live, ARGS(I64(p->id), I64(clock_day(cx->now))), &live, NULL);
    if (!e && !contact_only && !live) {
        e = db_exec(cx, &q_party_forget, ARGS(I64(p->id), I64(cx->now)), NULL);
        if (!e)
            e = db_exec(cx, &q_phones_off, ARGS(I64(p->id)), NULL);
        return e ? e : note(cx, p, "personal_data");
    }
    *kept += live != 0;
    e = e ? e : db_exec(cx, &q_party_contact, ARGS(I64(p->id), I64(cx->now)), NULL);
    return e ? e : note(cx, p, "contact");
}

static enum err forget_account(struct ctx *cx)
{
    const struct arg id = I64(cx->who.id), company = I64(cx->who.company_id);
    enum err e = binding_end_account(cx, cx->who.id, false, "账号已注销");
    if (!e)
        e = db_change_one(cx, &q_forget, ARGS(id, company), ERR_STATE, "账号已注销", "the account is closed");
    if (!e)
        e = db_exec(cx, &q_passwords, ARGS(id), NULL);
    if (!e)
        e = db_exec(cx, &q_identities, ARGS(id, company), NULL);
    return e ? e : auth_end_all(cx, cx->who.id, 0);
}

enum err self_close(struct ctx *cx, bool contact_only, const char *reason, int64_t *kept)
{
    struct me me = {0};
    struct entries *mine = arena_alloc(cx->arena, sizeof *mine);
    *kept = 0;
    enum err e = db_one(cx, &q_account, ARGS(I64(cx->who.id), I64(cx->who.company_id)), on_me, &me);
    if (!e && !str_eq(me.kind, "resident"))
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "员工账号由管理员处理", "staff accounts are the administrator's");
    if (!e && !contact_only)
        e = nothing_open(cx);
    if (!e)
        e = my_entries(cx, &me, mine);
    for (size_t i = 0; i < mine->n && !e; i++)
        e = forget_entry(cx, &mine->v[i], contact_only, kept);
    if (!e)
        e = contact_only ? db_exec(cx, &q_forget_mail, ARGS(I64(cx->who.id), I64(cx->who.company_id)), NULL)
                         : forget_account(cx);
    if (!e)
        e = db_exec(cx, &q_closing,
                    ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.id),
                         TXT(contact_only ? "contact_only" : "done"), TXT(or_empty(reason)), I64(cx->now)),
                    NULL);
    return e ? e
             : audit_add(cx, contact_only ? "account.forget_contact" : "account.close", "account", cx->who.id, NULL,
                         NULL);
}
