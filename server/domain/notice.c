/* notice.c - writing, publishing and withdrawing notices. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/message.h"
#include "domain/notice_int.h"
#include "platform/events.h"

#define MANAGERS (ROLES_ADMIN | ROLE_MANAGER | ROLE_SERVICE)

const char *const notice_state_name[NS_COUNT] = {"draft", "scheduled", "published", "withdrawn"};
const char *const notice_event_name[NE_COUNT] = {"publish", "unpublish", "appear", "withdraw"};
const char *const notice_kind_name[NK_COUNT] = {"common", "important", "emergency"};
const char *const notice_audience_name[NA_COUNT] = {"company", "project", "buildings", "rooms"};

enum { WHO_STAFF = 1, WHO_SYSTEM = 2 };
static const char *const actor_name[] = {"staff", "system"};
#define IN(s) FSM_IN(NS_##s)
/* clang-format off */
static const struct fsm_edge edges[] = {
    {IN(DRAFT),                   NE_PUBLISH,   FSM_GUARD,    WHO_STAFF,  "scheduled when its time is to come, else published; emergencies by managers only"},
    {IN(SCHEDULED),               NE_UNPUBLISH, NS_DRAFT,     WHO_STAFF,  ""},
    {IN(SCHEDULED),               NE_APPEAR,    NS_PUBLISHED, WHO_SYSTEM, "its time has come"},
    {IN(SCHEDULED) | IN(PUBLISHED), NE_WITHDRAW, NS_WITHDRAWN, WHO_STAFF, "with a reason; nobody sees it any more"},
};
/* clang-format on */
const struct fsm notice_fsm = {.name = "notice",
                               .state = notice_state_name,
                               .event = notice_event_name,
                               .actor = actor_name,
                               .nstate = NS_COUNT,
                               .nevent = NE_COUNT,
                               .nactor = COUNT(actor_name),
                               .edge = edges,
                               .nedge = COUNT(edges)};

STMT(q_forget, "notice.forget",
     "DELETE FROM notification WHERE company_id = $1 AND object = 'notice' AND object_id = $2");
STMT(q_load, "notice.load", "SELECT " NOTICE_COLUMNS ", 0 FROM notice n WHERE n.id = $1 AND n.company_id = $2");
STMT(q_role, "notice.role",
     "SELECT role FROM role_grant WHERE account_id = $1 AND company_id = $2 AND (project_id = 0 OR (project_id = $3 "
     "AND $3 "
     "> 0))");
STMT(q_insert, "notice.insert",
     "INSERT INTO notice(id, company_id, project_id, title, text, kind, audience, for_owner, for_family, for_tenant,"
     " for_staff, pinned, state, publish_at, expire_at, created_by, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'draft', $13, $14, $15, $16)");
STMT(q_update, "notice.update",
     "UPDATE notice SET project_id = $3, title = $4, text = $5, kind = $6, audience = $7, for_owner = $8, for_family = "
     "$9,"
     " for_tenant = $10, for_staff = $11, pinned = $12, publish_at = $13, expire_at = $14, tick_at = CASE state WHEN"
     " 'scheduled' THEN CAST($13 AS BIGINT) ELSE 0 END, version = version + 1 WHERE id = $1 AND version = $2 AND state "
     "IN ('draft',"
     " 'scheduled')");
STMT(q_state, "notice.state",
     "UPDATE notice SET state = $3, published_at = $4, push_at = $5, tick_at = $6, version = version + 1"
     " WHERE id = $1 AND version = $2");
STMT(q_untarget, "notice.untarget", "DELETE FROM notice_target WHERE notice_id = $1");
STMT(q_target_building, "notice.target_building",
     "INSERT INTO notice_target(notice_id, target_id, company_id) SELECT $1, id, company_id FROM building"
     " WHERE id = $2 AND company_id = $3 AND project_id = $4 ON CONFLICT (notice_id, target_id) DO NOTHING");
STMT(q_target_room, "notice.target_room",
     "INSERT INTO notice_target(notice_id, target_id, company_id) SELECT $1, id, company_id FROM room"
     " WHERE id = $2 AND company_id = $3 AND project_id = $4 ON CONFLICT (notice_id, target_id) DO NOTHING");
STMT(q_take_file, "notice.take_file",
     "UPDATE file SET object = 'notice', object_id = $2 WHERE id = $1 AND account_id = $3 AND company_id = $4 AND "
     "object = ''");
STMT(q_file, "notice.file", "INSERT INTO notice_file(notice_id, file_id, company_id) VALUES ($1, $2, $3)");
STMT(q_ntarget, "notice.ntarget", "SELECT COUNT(*) FROM notice_target WHERE notice_id = $1");

enum err notice_row(struct ctx *cx, const struct row *r, void *out)
{
    struct notice *n = out;
    int i = 0;
    *n = (struct notice){0};
    int64_t *const number[] = {&n->id,     &n->project_id, &n->publish_at, &n->expire_at, &n->published_at,
                               &n->pushed, &n->pushed_at,  &n->created_by, &n->version,   &n->created_at};
    for (size_t k = 0; k < COUNT(number); k++)
        *number[k] = row_i64(r, i++);
    n->title = row_text(cx, r, i++);
    n->text = row_text(cx, r, i++);
    n->kind = str_index(notice_kind_name, NK_COUNT, row_text(cx, r, i++));
    n->audience = str_index(notice_audience_name, NA_COUNT, row_text(cx, r, i++));
    n->state = (enum notice_state)str_index(notice_state_name, NS_COUNT, row_text(cx, r, i++));
    bool *const flag[] = {&n->for_owner, &n->for_family, &n->for_tenant, &n->for_staff, &n->pinned};
    for (size_t k = 0; k < COUNT(flag); k++)
        *flag[k] = row_i64(r, i++) != 0;
    n->read_at = row_i64(r, i);
    return OK;
}

enum err notice_load(struct ctx *cx, int64_t id, struct notice *out)
{
    enum err e = db_one(cx, &q_load, ARGS(I64(id), I64(cx->who.company_id)), notice_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "公告不存在", "no such notice") : e;
}

static enum err on_role(struct ctx *cx, const struct row *r, void *out)
{
    int k = str_index(role_name, ROLE_COUNT, row_text(cx, r, 0));
    if (k >= 0)
        *(unsigned *)out |= 1u << k;
    return OK;
}

static enum err roles_at(struct ctx *cx, int64_t project_id, unsigned *roles)
{
    *roles = 0;
    return db_each(cx, &q_role, ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(project_id)), on_role, roles);
}

enum err notice_may_manage(struct ctx *cx, int64_t project_id, bool *may)
{
    unsigned roles = 0;
    enum err e = roles_at(cx, project_id, &roles);
    *may = (roles & (project_id ? MANAGERS : ROLES_ADMIN)) != 0;
    return e;
}

static enum err need_right(struct ctx *cx, int64_t project_id)
{
    bool may = false;
    enum err e = notice_may_manage(cx, project_id, &may);
    return e || may ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "公告不存在", "no such notice");
}

static enum err check_input(struct ctx *cx, const struct notice_in *in)
{
    if (!in->for_owner && !in->for_family && !in->for_tenant && !in->for_staff)
        return cx_fail(cx, ERR_INVALID, "roles", "请选择接收对象", "choose who it is for");
    if (in->expire_at && (in->expire_at <= cx->now || in->expire_at <= in->publish_at))
        return cx_fail(cx, ERR_INVALID, "expire_at", "失效时间须晚于发布时间", "must lie behind its publishing");
    if (in->audience >= NA_BUILDINGS && !in->ntargets)
        return cx_fail(cx, ERR_INVALID, "targets", "请选择楼栋或房间", "choose buildings or rooms");
    return OK;
}

static enum err put_targets(struct ctx *cx, const struct notice_in *in, int64_t id, int64_t project)
{
    enum err e = db_exec(cx, &q_untarget, ARGS(I64(id)), NULL);
    int64_t n = 0;
    if (in->audience < NA_BUILDINGS)
        return e;
    for (size_t i = 0; i < in->ntargets && !e; i++)
        e = db_exec(cx, in->audience == NA_BUILDINGS ? &q_target_building : &q_target_room,
                    ARGS(I64(id), I64(in->targets[i]), I64(cx->who.company_id), I64(project)), NULL);
    if (!e)
        e = db_i64(cx, &q_ntarget, ARGS(I64(id)), &n, NULL);
    if (!e && n != (int64_t)in->ntargets)
        e = cx_fail(cx, ERR_INVALID, "targets", "楼栋或房间不存在,或重复", "no such building or room here, or twice");
    return e;
}

static enum err put_files(struct ctx *cx, const struct notice_in *in, int64_t id)
{
    enum err e = OK;
    for (size_t i = 0; i < in->nfiles && !e; i++) {
        e = db_change_one(cx, &q_take_file, ARGS(I64(in->files[i]), I64(id), I64(cx->who.id), I64(cx->who.company_id)),
                          ERR_INVALID, "文件不存在或已被使用", "no such file of yours, or used already");
        if (!e)
            e = db_exec(cx, &q_file, ARGS(I64(id), I64(in->files[i]), I64(cx->who.company_id)), NULL);
    }
    return e;
}

static struct args columns(struct arg a[12], const struct notice_in *in, int64_t project)
{
    const struct arg v[] = {I64(project),
                            TXT(in->title),
                            TXT(in->text),
                            TXT(notice_kind_name[in->kind]),
                            TXT(notice_audience_name[in->audience]),
                            I64(in->for_owner),
                            I64(in->for_family),
                            I64(in->for_tenant),
                            I64(in->for_staff),
                            I64(in->pinned),
                            I64(in->publish_at),
                            I64(in->expire_at)};
    for (size_t i = 0; i < COUNT(v); i++)
        a[i] = v[i];
    return (struct args){a, COUNT(v)};
}

/* One that waits for its time goes out by itself: what it becomes is published by whoever changes it. */
static enum err may_send(struct ctx *cx, const struct notice *was, const struct notice_in *in)
{
    unsigned roles = 0;
    if (was->state != NS_SCHEDULED || in->kind != NK_EMERGENCY)
        return OK;
    enum err e = roles_at(cx, was->project_id, &roles);
    return e || (roles & ROLES_SETS) ? e
                                     : cx_fail(cx, ERR_FORBIDDEN, "kind", "紧急公告须由项目经理发布",
                                               "emergencies are published by managers");
}

/* Where it belongs, and whether cx->who may write there. A notice stays in its project, wherever the session stands. */
static enum err find_project(struct ctx *cx, const struct notice_in *in, int64_t *project, int64_t *version)
{
    struct notice was = {.project_id = 0};
    bool may = false;
    enum err e = in->id ? notice_load(cx, in->id, &was) : OK;
    if (!e && in->id)
        e = need_right(cx, was.project_id);
    if (!e && in->id && was.state != NS_DRAFT && was.state != NS_SCHEDULED)
        e = cx_fail(cx, ERR_STATE, "state", "已发布的公告不可修改", "what is published is not changed");
    if (!e && in->id && was.state == NS_SCHEDULED && in->publish_at <= cx->now)
        e = cx_fail(cx, ERR_INVALID, "publish_at", "发布时间须晚于现在", "must lie in the future");
    if (!e && in->id)
        e = may_send(cx, &was, in);
    if (e)
        return e;
    *version = in->version ? in->version : was.version;
    *project = in->audience == NA_COMPANY ? 0 : was.project_id ? was.project_id : cx->who.project_id;
    if (in->audience != NA_COMPANY && !*project)
        return cx_fail(cx, ERR_INVALID, "audience", "请先选择项目", "choose a project first");
    e = notice_may_manage(cx, *project, &may);
    if (!e && !may && !*project)
        e = cx_fail(cx, ERR_FORBIDDEN, "audience", "仅公司管理员可面向全公司发布", "only company administrators");
    return e || may ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "公告不存在", "no such notice");
}

enum err notice_save(struct ctx *cx, const struct notice_in *in, struct notice *out)
{
    int64_t id = in->id ? in->id : id_new(), project = 0, version = 0;
    struct arg a[16];
    enum err e = check_input(cx, in);
    if (!e)
        e = find_project(cx, in, &project, &version);
    if (e)
        return e;
    if (in->id) {
        a[0] = I64(id);
        a[1] = I64(version);
        (void)columns(a + 2, in, project);
        e = db_change_one(cx, &q_update, (struct args){a, 14}, ERR_CONFLICT, "公告已被修改,请刷新",
                          "the notice has changed; reload it");
    } else {
        a[0] = I64(id);
        a[1] = I64(cx->who.company_id);
        (void)columns(a + 2, in, project);
        a[14] = I64(cx->who.id);
        a[15] = I64(cx->now);
        e = db_exec(cx, &q_insert, (struct args){a, 16}, NULL);
    }
    if (!e)
        e = put_targets(cx, in, id, project);
    if (!e)
        e = put_files(cx, in, id);
    if (!e)
        e = audit_add(cx, "notice.save", "notice", id, NULL,
                      arena_printf(cx->arena, "{\"kind\":\"%s\",\"audience\":\"%s\"}", notice_kind_name[in->kind],
                                   notice_audience_name[in->audience]));
    return e ? e : notice_load(cx, id, out);
}

static enum err set_state(struct ctx *cx, struct notice *n, enum notice_state to)
{
    bool out = to == NS_PUBLISHED;
    int64_t tick = out ? cx->now : to == NS_SCHEDULED ? n->publish_at : 0;
    if (out)
        n->published_at = cx->now;
    return db_change_one(cx, &q_state,
                         ARGS(I64(n->id), I64(n->version), TXT(notice_state_name[to]), I64(n->published_at),
                              I64(out ? cx->now : 0), I64(tick)),
                         ERR_CONFLICT, "公告已被修改,请刷新", "the notice has changed; reload it");
}

/* Neither queue nor inbox keeps it. */
static enum err untell(struct ctx *cx, int64_t id)
{
    enum err e = message_recall(cx, "notice", id);
    return e ? e : db_exec(cx, &q_forget, ARGS(I64(cx->who.company_id), I64(id)), NULL);
}

enum err notice_act(struct ctx *cx, int64_t id, enum notice_event ev, int64_t version, const char *reason,
                    struct notice *out)
{
    unsigned roles = 0;
    enum err e = notice_load(cx, id, out);
    if (!e)
        e = need_right(cx, out->project_id);
    if (!e)
        e = roles_at(cx, out->project_id, &roles);
    if (e)
        return e;
    const struct fsm_edge *edge = fsm_find(&notice_fsm, out->state, ev, WHO_STAFF, NULL);
    if (!edge)
        return cx_fail(cx, ERR_STATE, "state", "公告当前状态为 %s,不能执行该操作", "not possible while it is %s",
                       notice_state_name[out->state]);
    if (version && version != out->version)
        return cx_fail(cx, ERR_CONFLICT, "If-Match", "公告已被修改,请刷新", "the notice has changed; reload it");
    if (ev == NE_PUBLISH && out->kind == NK_EMERGENCY && !(roles & ROLES_SETS))
        return cx_fail(cx, ERR_FORBIDDEN, "kind", "紧急公告须由项目经理发布", "emergencies are published by managers");
    if (ev == NE_PUBLISH && out->expire_at && out->expire_at <= cx->now)
        return cx_fail(cx, ERR_STATE, "expire_at", "公告已过失效时间", "it has expired already");
    if (ev == NE_WITHDRAW && str_empty(reason))
        return cx_fail(cx, ERR_INVALID, "note", "请填写撤回原因", "say why");
    enum notice_state was = out->state, to = edge->to == FSM_GUARD
                                                 ? (out->publish_at > cx->now ? NS_SCHEDULED : NS_PUBLISHED)
                                                 : (enum notice_state)edge->to;
    e = set_state(cx, out, to);
    if (!e && ev == NE_WITHDRAW)
        e = untell(cx, id);
    if (!e)
        e = audit_add(cx, arena_printf(cx->arena, "notice.%s", notice_event_name[ev]), "notice", id,
                      arena_printf(cx->arena, "{\"state\":\"%s\"}", notice_state_name[was]),
                      arena_printf(cx->arena, "{\"state\":\"%s\"}", notice_state_name[to]));
    return e ? e : notice_load(cx, id, out);
}
