/* owner_party.c - entries of the register: making, finding, changing, closing. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/owner_int.h"
#include "platform/crypto/crypto.h"
#include <ctype.h>
#include <string.h>

const char *const owner_kind_name[OWNER_KINDS] = {"person", "company"};

STMT(q_add, "party.add",
     "INSERT INTO party(id, company_id, project_id, kind, name, email_enc, email_idx, email_hint, idno_enc, idno_idx,"
     " idno_hint, wechat_enc, wechat_hint, emergency_enc, emergency_hint, note, created_at, changed_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)");
STMT(q_head, "party.head",
     "SELECT id, version, kind, name, note FROM party WHERE id = $1 AND company_id = $2 AND project_id = $3"
     " AND state = 'active'");
STMT(q_phone_add, "party_phone.add",
     "INSERT INTO party_phone(party_id, n, company_id, project_id, label, phone_enc, phone_idx, phone_hint)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
STMT(q_by_phone, "party.by_phone",
     "SELECT party_id FROM party_phone WHERE company_id = $1 AND phone_idx = $2 AND project_id = $3");
STMT(q_by_idno, "party.by_idno",
     "SELECT id FROM party WHERE company_id = $1 AND project_id = $2 AND idno_idx = $3 AND state = 'active'"
     " ORDER BY id LIMIT 1");
STMT(q_set, "party.set",
     "UPDATE party SET kind = $4, name = $5, note = $6, changed_at = $7, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $8 AND state = 'active'");
STMT(q_set_email, "party.set_email", "UPDATE party SET email_enc = $2, email_idx = $3, email_hint = $4 WHERE id = $1");
STMT(q_set_idno, "party.set_idno", "UPDATE party SET idno_enc = $2, idno_idx = $3, idno_hint = $4 WHERE id = $1");
STMT(q_set_wechat, "party.set_wechat", "UPDATE party SET wechat_enc = $2, wechat_hint = $3 WHERE id = $1");
STMT(q_set_emergency, "party.set_emergency", "UPDATE party SET emergency_enc = $2, emergency_hint = $3 WHERE id = $1");
STMT(q_hints, "party.hints",
     "SELECT COALESCE(email_hint, ''), COALESCE(idno_hint, ''), COALESCE(wechat_hint, ''),"
     " COALESCE(emergency_hint, ''), email_enc, idno_enc, wechat_enc, emergency_enc FROM party WHERE id = $1");
STMT(q_phones, "party_phone.list",
     "SELECT n, label, phone_enc, phone_hint FROM party_phone WHERE party_id = $1 ORDER BY n");
STMT(q_phones_off, "party_phone.delete", "DELETE FROM party_phone WHERE party_id = $1");
STMT(q_rooms, "party.live_rooms", "SELECT COUNT(*) FROM party_room WHERE party_id = $1 AND to_day >= $2");
STMT(q_close, "party.close",
     "UPDATE party SET state = 'closed', changed_at = $5, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $4 AND state = 'active'");

/* Digits only, without +86. NULL: neither a mobile nor a landline number. */
static const char *phone_plain(struct arena *a, const char *phone)
{
    const char *s = text_clean(a, phone, false);
    char *out = arena_alloc(a, strlen(s) + 1);
    size_t n = 0;
    if (str_starts(s, "+86"))
        s += 3;
    else if (str_starts(s, "0086"))
        s += 4;
    for (; *s; s++)
        if (isdigit((unsigned char)*s))
            out[n++] = *s;
        else if (*s != '-' && *s != ' ')
            return NULL;
    out[n] = '\0';
    return phone_valid(out) || (n >= 7 && n <= 12 && out[0] != '1') ? out : NULL;
}

static char *idno_mask(struct arena *a, const char *idno)
{
    size_t n = idno ? strlen(idno) : 0;
    if (n < 8)
        return arena_strdup(a, "***");
    char *out = arena_strdup(a, idno);
    memset(out + 3, '*', n - 5);
    return out;
}

/* The last of the 18 digits of a mainland identity number follows from the others; other papers are taken as they are. */
static bool idno_valid(const char *s)
{
    static const int weight[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    size_t n = s ? strlen(s) : 0;
    int sum = 0;
    if (n < 6 || n > 30)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '-')
            return false;
    for (int i = 0; i < 17 && n == 18; i++) {
        if (!isdigit((unsigned char)s[i]))
            return true; /* not that kind of number: 统一社会信用代码 have letters */
        sum += weight[i] * (s[i] - '0');
    }
    return n != 18 || s[17] == "10X98765432"[sum % 11];
}

static const char *upper(struct arena *a, const char *s)
{
    char *out = text_clean(a, s, false);
    for (char *p = out; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return out;
}

/* ---- sealing ---- */

struct sealed {
    struct arg enc, idx, hint;
    const char *hint_text;
};
static const struct sealed NOTHING = {.hint_text = ""};

static struct arg sealed_arg(struct ctx *cx, int64_t id, const char *field, const char *plain)
{
    size_t n = 0;
    const void *p = pii_seal(cx->arena, plain, arena_printf(cx->arena, "party.%s|%lld", field, (long long)id), &n);
    return BLOB(p, n);
}

static struct sealed seal(struct ctx *cx, int64_t id, const char *field, const char *plain, const char *hint)
{
    struct sealed s = NOTHING;
    uint8_t idx[16];
    if (str_empty(plain))
        return s;
    pii_index(cx->who.company_id, plain, idx);
    s.enc = sealed_arg(cx, id, field, plain);
    s.idx = BLOB(arena_memdup(cx->arena, idx, 16), 16);
    s.hint = TXT(hint);
    s.hint_text = hint;
    return s;
}

struct contact {
    struct sealed email, idno, wechat, emergency;
};

static enum err seal_contact(struct ctx *cx, int64_t id, const struct owner_in *in, struct contact *c)
{
    struct arena *a = cx->arena;
    const char *email = in->email ? text_clean(a, in->email, false) : NULL,
               *idno = in->idno ? upper(a, in->idno) : NULL;
    const char *call = str_empty(in->emergency_phone) ? "" : phone_plain(a, in->emergency_phone);
    if (!str_empty(email) && !email_valid(email))
        return cx_fail(cx, ERR_INVALID, "email", "邮箱格式不正确", "not an e-mail address");
    if (!str_empty(idno) && !idno_valid(idno))
        return cx_fail(cx, ERR_INVALID, "idno", "证件号码不正确", "not a valid identity number");
    if (!call)
        return cx_fail(cx, ERR_INVALID, "emergency_phone", "电话号码格式不正确", "not a phone number");
    c->email = seal(cx, id, "email", email, str_empty(email) ? "" : email_mask(a, email));
    c->idno = seal(cx, id, "idno", idno, str_empty(idno) ? "" : idno_mask(a, idno));
    c->wechat = seal(cx, id, "wechat", in->wechat, str_empty(in->wechat) ? "" : name_mask(a, in->wechat));
    c->emergency = NOTHING;
    if (!str_empty(in->emergency_name) || *call) {
        struct jw w;
        jw_init(&w, a);
        jw_obj(&w);
        kv_str(&w, "name", or_empty(in->emergency_name));
        kv_str(&w, "phone", call);
        jw_end(&w);
        c->emergency =
            seal(cx, id, "emergency", jw_text(&w),
                 arena_printf(a, "%s %s", name_mask(a, in->emergency_name), *call ? phone_mask(a, call) : ""));
    }
    return OK;
}

/* ---- phones ---- */

struct number {
    int64_t n;
    const char *label, *plain, *hint;
};
struct numbers {
    struct number v[OWNER_PHONES + 1];
    size_t n;
    int64_t party_id;
};

static char *open_phone(struct ctx *cx, int64_t party, int64_t n, const void *p, size_t len)
{
    return pii_open(cx->arena, p, len,
                    arena_printf(cx->arena, "party.phone|%lld|%lld", (long long)party, (long long)n));
}

static enum err on_number(struct ctx *cx, const struct row *r, void *out)
{
    struct numbers *l = out;
    size_t len = 0;
    const void *p = row_blob(cx, r, 2, &len);
    if (l->n < OWNER_PHONES)
        l->v[l->n++] = (struct number){row_i64(r, 0), row_text(cx, r, 1),
                                       open_phone(cx, l->party_id, row_i64(r, 0), p, len), row_text(cx, r, 3)};
    return OK;
}

static enum err put_phone(struct ctx *cx, int64_t party, int64_t n, const char *label, const char *plain)
{
    uint8_t idx[16];
    size_t len = 0;
    pii_index(cx->who.company_id, plain, idx);
    const void *enc = pii_seal(cx->arena, plain,
                               arena_printf(cx->arena, "party.phone|%lld|%lld", (long long)party, (long long)n), &len);
    enum err e = db_try(cx, &q_phone_add,
                        ARGS(I64(party), I64(n), I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(label)),
                             BLOB(enc, len), BLOB(idx, 16), TXT(phone_mask(cx->arena, plain))),
                        NULL);
    return e == ERR_EXISTS ? cx_fail(cx, e, "phones", "手机号 %s 已登记在他人名下", "%s names somebody else already",
                                     phone_mask(cx->arena, plain))
                           : e;
}

/* The numbers as they shall be, in clear. */
static enum err read_numbers(struct ctx *cx, const struct owner_in *in, const struct numbers *was, struct numbers *out)
{
    out->n = 0;
    if (in->nphones > OWNER_PHONES)
        return cx_fail(cx, ERR_INVALID, "phones", "最多 %d 个电话", "%d numbers at most", OWNER_PHONES);
    for (size_t i = 0; i < in->nphones; i++) {
        const struct owner_phone *p = &in->phones[i];
        const char *plain = p->phone ? phone_plain(cx->arena, p->phone) : NULL;
        for (size_t k = 0; was && !p->phone && k < was->n; k++)
            if (was->v[k].n == p->keep)
                plain = was->v[k].plain;
        if (!plain)
            return cx_fail(cx, ERR_INVALID, "phones", "电话号码格式不正确", "not a phone number");
        for (size_t k = 0; k < out->n; k++)
            if (str_eq(out->v[k].plain, plain))
                return cx_fail(cx, ERR_INVALID, "phones", "电话号码重复", "the same number twice");
        out->v[out->n++] = (struct number){(int64_t)i + 1, or_empty(p->label), plain, phone_mask(cx->arena, plain)};
    }
    return OK;
}

static bool has_number(const struct numbers *l, const char *plain)
{
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->v[i].plain, plain))
            return true;
    return false;
}

static const char *hints_of(struct ctx *cx, const struct numbers *l)
{
    struct buf b;
    buf_init(&b, cx->arena);
    for (size_t i = 0; i < l->n; i++)
        buf_printf(&b, "%s%s", i ? "," : "", l->v[i].hint);
    return buf_cstr(&b);
}

/* ---- making and finding ---- */

static enum err check_name(struct ctx *cx, const char *name)
{
    if (!cx->who.project_id)
        return cx_need_project(cx);
    return str_empty(name) || utf8_len(name) > 60
               ? cx_fail(cx, ERR_INVALID, "name", "请填写姓名或公司名", "the name is missing or too long")
               : OK;
}

enum err owner_put(struct ctx *cx, const struct owner_in *in, int64_t *id)
{
    struct contact c;
    struct numbers now = {.n = 0};
    *id = id_new();
    enum err e = check_name(cx, in->name);
    if (!e)
        e = read_numbers(cx, in, NULL, &now);
    if (!e)
        e = seal_contact(cx, *id, in, &c);
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(owner_kind_name[in->kind]),
                         TXT(in->name), c.email.enc, c.email.idx, c.email.hint, c.idno.enc, c.idno.idx, c.idno.hint,
                         c.wechat.enc, c.wechat.hint, c.emergency.enc, c.emergency.hint, TXT(or_empty(in->note)),
                         I64(cx->now)),
                    NULL);
    for (size_t i = 0; i < in->nphones && !e; i++)
        e = put_phone(cx, *id, now.v[i].n, now.v[i].label, now.v[i].plain);
    return e || in->quiet ? e : audit_add(cx, "party.create", "party", *id, NULL, NULL);
}

enum err owner_find_by_phone(struct ctx *cx, const char *phone, int64_t *id)
{
    uint8_t idx[16];
    const char *plain = phone_plain(cx->arena, phone);
    *id = 0;
    if (!plain)
        return OK;
    pii_index(cx->who.company_id, plain, idx);
    return db_i64(cx, &q_by_phone, ARGS(I64(cx->who.company_id), BLOB(idx, 16), I64(cx->who.project_id)), id, NULL);
}

enum err owner_find_by_idno(struct ctx *cx, const char *idno, int64_t *id)
{
    uint8_t idx[16];
    pii_index(cx->who.company_id, upper(cx->arena, idno), idx);
    return db_i64(cx, &q_by_idno, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), BLOB(idx, 16)), id, NULL);
}

static enum err on_head(struct ctx *cx, const struct row *r, void *out)
{
    *(struct party_head *)out = (struct party_head){.id = row_i64(r, 0),
                                                    .version = row_i64(r, 1),
                                                    .kind = row_text(cx, r, 2),
                                                    .name = row_text(cx, r, 3),
                                                    .note = row_text(cx, r, 4)};
    return OK;
}

enum err party_head(struct ctx *cx, int64_t id, struct party_head *out)
{
    enum err e = db_one(cx, &q_head, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_head, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "业主档案不存在", "no such entry of the register") : e;
}

/* ---- changing ---- */

enum secret { S_EMAIL, S_IDNO, S_WECHAT, S_EMERGENCY, SECRETS };
static const char *const secret_name[SECRETS] = {"email", "idno", "wechat", "emergency"};
struct secrets {
    const char *hint[SECRETS], *plain[SECRETS];
    int64_t id;
};

static enum err on_secrets(struct ctx *cx, const struct row *r, void *out)
{
    struct secrets *s = out;
    for (int i = 0; i < SECRETS; i++) {
        size_t n = 0;
        const void *p = row_blob(cx, r, SECRETS + i, &n);
        s->hint[i] = row_text(cx, r, i);
        s->plain[i] =
            p ? pii_open(cx->arena, p, n, arena_printf(cx->arena, "party.%s|%lld", secret_name[i], (long long)s->id))
              : "";
    }
    return OK;
}

/* Masks may look alike where the numbers do not. */
static void note_secret(struct history *h, const char *field, const char *was, const char *now, bool differs)
{
    if (differs && str_eq(was, now))
        now = arena_printf(h->cx->arena, "%s (已更换)", now);
    if (differs)
        history_text(h, field, *was ? was : NULL, *now ? now : NULL);
}

static enum err change_secrets(struct ctx *cx, const struct owner_in *in, struct history *h)
{
    const char *const given[SECRETS] = {in->email, in->idno, in->wechat,
                                        in->emergency_name ? in->emergency_name : in->emergency_phone};
    struct secrets was = {.id = in->id};
    struct contact c = {.email = NOTHING, .idno = NOTHING, .wechat = NOTHING, .emergency = NOTHING};
    enum err e = db_one(cx, &q_hints, ARGS(I64(in->id)), on_secrets, &was);
    if (!e)
        e = seal_contact(cx, in->id, in, &c);
    const struct sealed *const now[SECRETS] = {&c.email, &c.idno, &c.wechat, &c.emergency};
    static const struct stmt *const q[SECRETS] = {&q_set_email, &q_set_idno, &q_set_wechat, &q_set_emergency};
    for (int i = 0; i < SECRETS && !e; i++) {
        if (!given[i])
            continue;
        const struct arg id = I64(in->id);
        e = i <= S_IDNO ? db_exec(cx, q[i], ARGS(id, now[i]->enc, now[i]->idx, now[i]->hint), NULL)
                        : db_exec(cx, q[i], ARGS(id, now[i]->enc, now[i]->hint), NULL);
        const char *plain = now[i]->enc.p
                                ? pii_open(cx->arena, now[i]->enc.p, now[i]->enc.n,
                                           arena_printf(cx->arena, "party.%s|%lld", secret_name[i], (long long)in->id))
                                : "";
        note_secret(h, secret_name[i], was.hint[i], now[i]->hint_text, !str_eq(plain, was.plain[i]));
    }
    return e;
}

/* A number that is gone takes the rights away that it gave; a new one may give some. */
static enum err change_phones(struct ctx *cx, const struct owner_in *in, struct history *h)
{
    struct numbers was = {.n = 0, .party_id = in->id}, now = {.n = 0};
    bool differs = false;
    enum err e = db_each(cx, &q_phones, ARGS(I64(in->id)), on_number, &was);
    if (!e)
        e = read_numbers(cx, in, &was, &now);
    if (!e)
        e = db_exec(cx, &q_phones_off, ARGS(I64(in->id)), NULL);
    for (size_t i = 0; i < now.n && !e; i++) {
        e = put_phone(cx, in->id, now.v[i].n, now.v[i].label, now.v[i].plain);
        differs |= i >= was.n || !str_eq(was.v[i].plain, now.v[i].plain);
    }
    for (size_t i = 0; i < was.n && !e; i++) {
        int64_t account = 0;
        if (has_number(&now, was.v[i].plain))
            continue;
        differs = true;
        e = account_by_phone(cx, cx->who.company_id, "resident", was.v[i].plain, &account);
        if (!e && account)
            e = owner_unmatch(cx, in->id, account, "登记手机号已变更");
    }
    if (!e)
        note_secret(h, "phones", hints_of(cx, &was), hints_of(cx, &now), differs || was.n != now.n);
    return e ? e : owner_match(cx, in->id, 0, "register");
}

enum err owner_change(struct ctx *cx, const struct owner_in *in)
{
    struct party_head was;
    enum err e = party_head(cx, in->id, &was);
    if (!e)
        e = check_name(cx, in->name);
    if (!e)
        e = db_change_one(cx, &q_set,
                          ARGS(I64(in->id), I64(cx->who.company_id), I64(cx->who.project_id),
                               TXT(owner_kind_name[in->kind]), TXT(in->name), TXT(in->note ? in->note : was.note),
                               I64(cx->now), I64(in->version)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    if (e)
        return e;
    struct history h = {.cx = cx,
                        .object = HISTORY_PARTY,
                        .project_id = cx->who.project_id,
                        .object_id = in->id,
                        .version = in->version + 1,
                        .reason = in->reason};
    history_text(&h, "kind", was.kind, owner_kind_name[in->kind]);
    history_text(&h, "name", was.name, in->name);
    if (in->note)
        history_text(&h, "note", was.note, in->note);
    e = change_secrets(cx, in, &h);
    if (!e && !in->keep_phones)
        e = change_phones(cx, in, &h);
    if (!e)
        e = h.e;
    return e ? e
             : audit_add(cx, "party.change", "party", in->id, NULL, arena_printf(cx->arena, "{\"fields\":%zu}", h.n));
}

enum err owner_close(struct ctx *cx, int64_t id, int64_t version, const char *reason)
{
    struct party_head was;
    int64_t rooms = 0;
    enum err e = party_head(cx, id, &was);
    if (!e)
        e = db_i64(cx, &q_rooms, ARGS(I64(id), I64(clock_day(cx->now))), &rooms, NULL);
    if (!e && rooms)
        e = cx_fail(cx, ERR_STATE, "id", "名下还有 %lld 间房屋", "%lld rooms still hang on it", (long long)rooms);
    if (!e)
        e = db_change_one(cx, &q_close,
                          ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(version), I64(cx->now)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    if (!e)
        e = binding_end_party(cx, id, 0, 0, "业主档案已停用");
    if (!e)
        e = db_exec(cx, &q_phones_off, ARGS(I64(id)), NULL); /* the number may name somebody else now */
    if (e)
        return e;
    struct history h = {.cx = cx,
                        .object = HISTORY_PARTY,
                        .project_id = cx->who.project_id,
                        .object_id = id,
                        .version = version + 1,
                        .reason = reason};
    history_text(&h, "state", "active", "closed");
    return h.e ? h.e : audit_add(cx, "party.close", "party", id, NULL, NULL);
}
