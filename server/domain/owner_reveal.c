/* owner_reveal.c - personal data in clear, with a reason, written down; and lists' conditions kept under a name.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/owner_int.h"
#include "platform/crypto/crypto.h"

#define AN_HOUR 30
#define A_DAY   200
#define FILTERS 50

STMT(q_count, "pii_reveal.count",
     "SELECT CAST(COALESCE(SUM(CASE WHEN at > $2 THEN 1 ELSE 0 END), 0) AS BIGINT), COUNT(*) FROM pii_reveal"
     " WHERE account_id = $1 AND at > $3");
STMT(q_note, "pii_reveal.add",
     "INSERT INTO pii_reveal(id, company_id, project_id, account_id, party_id, field, reason, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
STMT(
    q_list, "pii_reveal.list",
    "SELECT r.id, r.account_id, r.at, a.name, r.field, r.reason FROM pii_reveal r JOIN account a ON a.id = r.account_id"
    " WHERE r.company_id = $1 AND r.party_id = $2 AND r.project_id = $3 AND r.id < $4 ORDER BY r.id DESC LIMIT $5");
STMT(q_phone, "pii_reveal.phone",
     "SELECT phone_enc FROM party_phone WHERE party_id = $1 AND n = $2 AND company_id = $3");
STMT(q_email, "pii_reveal.email", "SELECT email_enc FROM party WHERE id = $1 AND company_id = $2");
STMT(q_idno, "pii_reveal.idno", "SELECT idno_enc FROM party WHERE id = $1 AND company_id = $2");
STMT(q_wechat, "pii_reveal.wechat", "SELECT wechat_enc FROM party WHERE id = $1 AND company_id = $2");
STMT(q_emergency, "pii_reveal.emergency", "SELECT emergency_enc FROM party WHERE id = $1 AND company_id = $2");
STMT(q_filter, "owner_filter.put",
     "INSERT INTO owner_filter(id, company_id, project_id, account_id, name, query, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, project_id, name) DO UPDATE SET"
     " query = excluded.query RETURNING id");
STMT(
    q_filters, "owner_filter.list",
    "SELECT id, name, query, created_at FROM owner_filter WHERE account_id = $1 AND company_id = $2 AND project_id = $3"
    " ORDER BY name LIMIT 50");
STMT(q_filter_count, "owner_filter.count",
     "SELECT COUNT(*) FROM owner_filter WHERE account_id = $1 AND project_id = $2 AND name <> $3");
STMT(q_filter_off, "owner_filter.delete",
     "DELETE FROM owner_filter WHERE id = $1 AND account_id = $2 AND company_id = $3 AND project_id = $4");

static enum err open_field(struct ctx *cx, int64_t id, const char *field, int64_t n, const char **clear)
{
    static const struct {
        const char *field;
        const struct stmt *q;
    } fields[] = {
        {"email",     &q_email    },
        {"idno",      &q_idno     },
        {"wechat",    &q_wechat   },
        {"emergency", &q_emergency}
    };
    const void *sealed = NULL;
    size_t len = 0;
    const char *aad = arena_printf(cx->arena, "party.%s|%lld", field, (long long)id);
    enum err e = ERR_INVALID;
    if (str_eq(field, "phone")) {
        aad = arena_printf(cx->arena, "party.phone|%lld|%lld", (long long)id, (long long)n);
        e = db_blob(cx, &q_phone, ARGS(I64(id), I64(n), I64(cx->who.company_id)), &sealed, &len);
    }
    for (size_t i = 0; i < COUNT(fields); i++)
        if (str_eq(field, fields[i].field))
            e = db_blob(cx, fields[i].q, ARGS(I64(id), I64(cx->who.company_id)), &sealed, &len);
    if (e == ERR_INVALID)
        return cx_fail(cx, e, "field", "没有该字段", "not such a field");
    if (e == ERR_NOT_FOUND || (!e && !sealed))
        return cx_fail(cx, ERR_NOT_FOUND, "field", "未登记", "there is none");
    *clear = e ? NULL : pii_open(cx->arena, sealed, len, aad);
    return e ? e : *clear ? OK : cx_fail(cx, ERR_INTERNAL, NULL, "数据无法解密", "the data cannot be opened");
}

enum err owner_reveal(struct ctx *cx, int64_t id, const char *field, int64_t n, const char *reason, const char **clear)
{
    struct party_head p;
    int64_t seen[2] = {0, 0};
    *clear = NULL;
    if (utf8_len(or_empty(reason)) < 2)
        return cx_fail(cx, ERR_INVALID, "reason", "请填写查看原因", "say why");
    enum err e = party_head(cx, id, &p);
    if (!e)
        e = db_pair(cx, &q_count, ARGS(I64(cx->who.id), I64(cx->now - HOUR_MS), I64(cx->now - DAY_MS)), seen);
    if (!e && (seen[0] >= AN_HOUR || seen[1] >= A_DAY))
        e = cx_fail(cx, ERR_RATE, NULL, "查看明文过于频繁", "too much was shown in clear lately");
    if (!e)
        e = open_field(cx, id, field, n, clear);
    if (!e)
        e = db_exec(cx, &q_note,
                    ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id), I64(id),
                         TXT(field), TXT(reason), I64(cx->now)),
                    NULL);
    return e ? e
             : audit_add(cx, "party.reveal", "party", id, NULL, arena_printf(cx->arena, "{\"field\":\"%s\"}", field));
}

struct revealed {
    owner_revealed_fn *fn;
    void *arg;
};

static enum err on_revealed(struct ctx *cx, const struct row *r, void *out)
{
    struct revealed *l = out;
    struct owner_revealed x = {.id = row_i64(r, 0),
                               .account_id = row_i64(r, 1),
                               .at = row_i64(r, 2),
                               .account = row_text(cx, r, 3),
                               .field = row_text(cx, r, 4),
                               .reason = row_text(cx, r, 5)};
    l->fn(l->arg, &x);
    return OK;
}

enum err owner_reveals(struct ctx *cx, int64_t id, int64_t before, int64_t limit, owner_revealed_fn *fn, void *arg)
{
    struct revealed l = {fn, arg};
    return db_each(
        cx, &q_list,
        ARGS(I64(cx->who.company_id), I64(id), I64(cx->who.project_id), I64(before ? before : INT64_MAX), I64(limit)),
        on_revealed, &l);
}

/* ---- kept conditions ---- */

static enum err on_id(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(int64_t *)out = row_i64(r, 0);
    return OK;
}

enum err owner_filter_save(struct ctx *cx, const char *name, const char *query, int64_t *id)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_filter_count, ARGS(I64(cx->who.id), I64(cx->who.project_id), TXT(name)), &n, NULL);
    if (!e && n >= FILTERS)
        e = cx_fail(cx, ERR_STATE, NULL, "最多保存 %d 个筛选条件", "%d of them are kept at most", FILTERS);
    return e ? e
             : db_one(cx, &q_filter,
                      ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id), TXT(name),
                           TXT(query), I64(cx->now)),
                      on_id, id);
}

enum err owner_filter_delete(struct ctx *cx, int64_t id)
{
    return db_change_one(cx, &q_filter_off,
                         ARGS(I64(id), I64(cx->who.id), I64(cx->who.company_id), I64(cx->who.project_id)),
                         ERR_NOT_FOUND, "筛选条件不存在", "no such filter");
}

struct filters {
    owner_filter_fn *fn;
    void *arg;
};

static enum err on_filter(struct ctx *cx, const struct row *r, void *out)
{
    struct filters *l = out;
    l->fn(l->arg, row_i64(r, 0), row_text(cx, r, 1), row_text(cx, r, 2), row_i64(r, 3));
    return OK;
}

enum err owner_filter_list(struct ctx *cx, owner_filter_fn *fn, void *arg)
{
    struct filters l = {fn, arg};
    return db_each(cx, &q_filters, ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(cx->who.project_id)), on_filter,
                   &l);
}
