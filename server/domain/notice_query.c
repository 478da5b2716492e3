/* notice_query.c - reading notices, receipts. SPDX-License-Identifier: MIT */
#include "domain/notice_int.h"

#define SHOWN " n.state = 'published' AND (n.expire_at = 0 OR n.expire_at > $3)"
STMT(q_mine, "notice.mine",
     "SELECT " NOTICE_COLUMNS ", COALESCE(r.at, 0) FROM notice n LEFT JOIN notice_read r ON r.notice_id = n.id AND"
     " r.account_id = $2 WHERE n.company_id = $1 AND" SHOWN " AND " NOTICE_REACHES(
         "$2", "$3") " AND ($4 = 0 OR r.at IS NULL) AND ($5 = 0 OR n.id < $5) ORDER BY n.id DESC LIMIT $6");
STMT(q_addressed, "notice.addressed",
     "SELECT " NOTICE_COLUMNS ", COALESCE(r.at, 0) FROM notice n LEFT JOIN notice_read r ON r.notice_id = n.id AND"
     " r.account_id = $2 WHERE n.company_id = $1 AND" SHOWN " AND " NOTICE_REACHES("$2", "$3") " AND n.id = $4");
STMT(q_managed, "notice.managed",
     "SELECT " NOTICE_COLUMNS ", 0 FROM notice n WHERE n.company_id = $1 AND (n.project_id = $2 OR n.project_id = 0)"
     " AND ($3 = '' OR n.state = $3) AND ($4 = 0 OR n.id < $4) ORDER BY n.id DESC LIMIT $5");
STMT(q_read, "notice.read",
     "INSERT INTO notice_read(notice_id, account_id, company_id, at) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (notice_id, account_id) DO NOTHING");
STMT(q_targets, "notice.targets", "SELECT target_id FROM notice_target WHERE notice_id = $1 ORDER BY target_id");
STMT(q_files, "notice.files", "SELECT file_id FROM notice_file WHERE notice_id = $1 ORDER BY file_id");
STMT(q_of_file, "notice.of_file", "SELECT notice_id FROM notice_file WHERE file_id = $1 AND company_id = $2");
STMT(q_people, "notice.people",
     "SELECT COUNT(*), COUNT(r.at) FROM notice n JOIN account a ON a.company_id = n.company_id AND a.state = 'active'"
     " LEFT JOIN notice_read r ON r.notice_id = n.id AND r.account_id = a.id WHERE n.id = $1 AND " NOTICE_REACHES(
         "a.id", "$2"));
/* A room has read it when one of its people has. */
#define ROOM_READ                                                                                                      \
    " EXISTS (SELECT 1 FROM binding b JOIN notice_read r ON r.account_id = b.account_id AND r.notice_id = n.id"        \
    " WHERE b.room_id = m.id AND b.state = 'active')"
#define ROOMS " FROM notice n JOIN room m ON m.company_id = n.company_id WHERE n.id = $1 AND " NOTICE_PLACE
STMT(q_rooms, "notice.rooms",
     "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN" ROOM_READ " THEN 1 ELSE 0 END), 0) AS BIGINT)" ROOMS);
STMT(q_unread, "notice.unread_rooms",
     "SELECT m.id, m.full_name" ROOMS " AND m.id > $2 AND NOT" ROOM_READ " ORDER BY m.id LIMIT $3");

struct listing {
    notice_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct notice n;
    enum err e = notice_row(cx, r, &n);
    if (!e)
        l->fn(l->arg, &n);
    return e;
}

enum err notice_mine(struct ctx *cx, bool unread_only, int64_t before, int64_t limit, notice_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(
        cx, &q_mine,
        ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now), I64(unread_only), I64(before), I64(limit)),
        on_listed, &l);
}

enum err notice_managed(struct ctx *cx, const char *state, int64_t before, int64_t limit, notice_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(
        cx, &q_managed,
        ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(state)), I64(before), I64(limit)),
        on_listed, &l);
}

enum err notice_get(struct ctx *cx, int64_t id, struct notice *out, bool *manages)
{
    *manages = false;
    enum err e = notice_load(cx, id, out);
    if (!e)
        e = notice_may_manage(cx, out->project_id, manages);
    if (e)
        return e;
    struct notice mine;
    e = db_one(cx, &q_addressed, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now), I64(id)), notice_row,
               &mine);
    if (!e)
        *out = mine;
    else if (e == ERR_NOT_FOUND)
        e = *manages ? OK : cx_fail(cx, ERR_NOT_FOUND, "id", "公告不存在", "no such notice");
    return e;
}

enum err notice_read(struct ctx *cx, int64_t id)
{
    struct notice n;
    enum err e =
        db_one(cx, &q_addressed, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now), I64(id)), notice_row, &n);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "公告不存在", "no such notice");
    return e ? e : db_exec(cx, &q_read, ARGS(I64(id), I64(cx->who.id), I64(cx->who.company_id), I64(cx->now)), NULL);
}

struct ids {
    notice_id_fn *fn;
    void *arg;
};

static enum err on_id(struct ctx *cx, const struct row *r, void *out)
{
    struct ids *l = out;
    (void)cx;
    l->fn(l->arg, row_i64(r, 0));
    return OK;
}

enum err notice_targets(struct ctx *cx, int64_t id, notice_id_fn *fn, void *arg)
{
    struct ids l = {fn, arg};
    return db_each(cx, &q_targets, ARGS(I64(id)), on_id, &l);
}

enum err notice_files(struct ctx *cx, int64_t id, notice_id_fn *fn, void *arg)
{
    struct ids l = {fn, arg};
    return db_each(cx, &q_files, ARGS(I64(id)), on_id, &l);
}

enum err notice_file_get(struct ctx *cx, int64_t file_id, struct file_row *out)
{
    struct notice n;
    int64_t id = 0;
    bool found = false, manages = false;
    enum err e = db_i64(cx, &q_of_file, ARGS(I64(file_id), I64(cx->who.company_id)), &id, &found);
    if (!e && !found)
        return ERR_NOT_FOUND;
    if (!e)
        e = notice_get(cx, id, &n, &manages);
    return e ? e : file_load(cx, file_id, out);
}

static enum err managed(struct ctx *cx, int64_t id, struct notice *n)
{
    bool manages = false;
    enum err e = notice_get(cx, id, n, &manages);
    return e || manages ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "公告不存在", "no such notice");
}

enum err notice_receipts(struct ctx *cx, int64_t id, struct notice_receipts *out)
{
    struct notice n;
    int64_t people[2] = {0}, rooms[2] = {0};
    enum err e = managed(cx, id, &n);
    if (!e)
        e = db_pair(cx, &q_people, ARGS(I64(id), I64(cx->now)), people);
    if (!e && (n.for_owner || n.for_family || n.for_tenant))
        e = db_pair(cx, &q_rooms, ARGS(I64(id)), rooms);
    *out = (struct notice_receipts){people[0], people[1], rooms[0], rooms[1]};
    return e;
}

struct rooms {
    notice_room_fn *fn;
    void *arg;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct rooms *l = out;
    l->fn(l->arg, row_i64(r, 0), row_text(cx, r, 1));
    return OK;
}

enum err notice_unread_rooms(struct ctx *cx, int64_t id, int64_t after, int64_t limit, notice_room_fn *fn, void *arg)
{
    struct rooms l = {fn, arg};
    struct notice n;
    enum err e = managed(cx, id, &n);
    return e ? e : db_each(cx, &q_unread, ARGS(I64(id), I64(after), I64(limit)), on_room, &l);
}
