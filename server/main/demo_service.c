/* demo_service.c - complaints in several states and notices for the demo company, by the use cases of the API.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/complaint.h"
#include "domain/notice.h"
#include "main/parts.h"
#include "platform/store/db.h"

STMT(q_company, "demo_service.company", "SELECT id FROM company WHERE code = 'demo'");
STMT(q_project, "demo_service.project", "SELECT id FROM project WHERE company_id = $1 AND code = 'YG'");
STMT(q_staff, "demo_service.staff", "SELECT id FROM account WHERE company_id = $1 AND login = $2");
STMT(q_owner, "demo_service.owner",
     "SELECT b.account_id FROM binding b WHERE b.company_id = $1 AND b.project_id = $2 AND b.state = 'active' ORDER BY "
     "b.id"
     " LIMIT 1");
STMT(q_room, "demo_service.room",
     "SELECT b.room_id FROM binding b WHERE b.account_id = $1 AND b.state = 'active' ORDER BY b.id LIMIT 1");
STMT(q_works, "demo_service.works",
     "SELECT id FROM department WHERE company_id = $1 AND name = '工程部' AND closed_at = 0");
STMT(q_have, "demo_service.have", "SELECT COUNT(*) FROM complaint WHERE company_id = $1");

struct people {
    int64_t owner, room, service, tech, manager, works;
};

static enum err submit(struct ctx *cx, const struct people *p, struct complaint_in in, int64_t *id)
{
    struct complaint c;
    cx->who.id = p->owner;
    cx->who.name = "业主";
    in.room_id = p->room;
    in.urgency = URGENCY_NORMAL;
    enum err e = complaint_submit(cx, &in, &c);
    *id = c.id;
    return e;
}

static enum err act(struct ctx *cx, int64_t who, const char *name, int64_t id, struct complaint_step s)
{
    struct complaint c;
    cx->who.id = who;
    cx->who.name = name;
    return complaint_act(cx, id, &s, &c);
}

static enum err assigned(struct ctx *cx, const struct people *p, int64_t id, const char *category)
{
    enum err e = act(cx, p->service, "孙客服", id,
                     (struct complaint_step){.event = CE_CLASSIFY, .category = category, .kind = -1, .urgency = -1});
    return e ? e
             : act(cx, p->service, "孙客服", id,
                   (struct complaint_step){.event = CE_ASSIGN, .target_id = p->tech, .department_id = p->works});
}

static enum err complaints(struct ctx *cx, const struct people *p)
{
    int64_t id = 0;
    enum err e = submit(cx, p,
                        (struct complaint_in){.kind = CK_COMPLAINT,
                                              .category = "environment",
                                              .title = "楼道堆放杂物",
                                              .text = "2 单元 5 层楼道长期堆放纸箱,影响通行。",
                                              .place = "2 单元 5 层"},
                        &id);
    if (!e)
        e = submit(cx, p,
                   (struct complaint_in){.kind = CK_SUGGESTION,
                                         .category = "facility",
                                         .title = "增设充电桩",
                                         .text = "建议在地库增设两处电动车充电桩。",
                                         .place = "地库"},
                   &id);
    if (!e)
        e = assigned(cx, p, id, "facility");
    if (!e)
        e = act(cx, p->tech, "陈师傅", id, (struct complaint_step){.event = CE_ACCEPT});
    if (!e)
        e = act(cx, p->tech, "陈师傅", id,
                (struct complaint_step){.event = CE_REPLY, .note = "已勘察地库,本周给出方案。"});
    if (!e)
        e = submit(cx, p,
                   (struct complaint_in){.kind = CK_COMPLAINT,
                                         .category = "security",
                                         .title = "夜间门岗无人",
                                         .text = "昨晚 11 点北门岗亭无人值守。",
                                         .place = "北门",
                                         .anonymous = true},
                   &id);
    if (!e)
        e = assigned(cx, p, id, "security");
    if (!e)
        e = act(cx, p->tech, "陈师傅", id, (struct complaint_step){.event = CE_ACCEPT});
    if (!e)
        e = act(cx, p->tech, "陈师傅", id,
                (struct complaint_step){.event = CE_RESOLVE, .note = "已调整夜班排班,并加装巡更点。"});
    return e ? e
             : act(cx, p->owner, "业主", id, (struct complaint_step){.event = CE_RATE, .stars = 5, .note = "处理及时"});
}

static enum err publish(struct ctx *cx, struct notice_in in)
{
    struct notice n;
    in.for_owner = in.for_family = in.for_tenant = true;
    enum err e = notice_save(cx, &in, &n);
    return e ? e : notice_act(cx, n.id, NE_PUBLISH, 0, NULL, &n);
}

static enum err notices(struct ctx *cx, const struct people *p)
{
    cx->who.id = p->manager;
    cx->who.name = "王经理";
    enum err e = publish(cx, (struct notice_in){.title = "电梯年检通知",
                                                .text = "本月 28 日 9 点至 12 点,1 栋、2 栋电梯轮流年检,请错峰出行。",
                                                .kind = NK_IMPORTANT,
                                                .audience = NA_PROJECT,
                                                .pinned = true});
    if (!e)
        e = publish(cx, (struct notice_in){.title = "冬季用水提醒",
                                           .text = "气温将降至零下,请检查阳台水管并做好保温。",
                                           .kind = NK_COMMON,
                                           .audience = NA_PROJECT});
    return e ? e
             : publish(cx, (struct notice_in){.title = "元旦放假安排",
                                              .text = "元旦期间物业服务中心照常值班,报修电话 24 小时有人接听。",
                                              .kind = NK_COMMON,
                                              .audience = NA_PROJECT,
                                              .publish_at = cx->now + 7 * DAY_MS});
}

static enum err run_service(struct ctx *cx, void *arg)
{
    struct people p = {0};
    int64_t have = 0;
    (void)arg;
    enum err e = db_i64(cx, &q_company, NO_ARGS, &cx->who.company_id, NULL);
    int64_t company = cx->who.company_id;
    if (!e)
        e = db_i64(cx, &q_have, ARGS(I64(company)), &have, NULL);
    if (e || have || !company)
        return e;
    e = db_i64(cx, &q_project, ARGS(I64(company)), &cx->who.project_id, NULL);
    if (!e)
        e = db_i64(cx, &q_owner, ARGS(I64(company), I64(cx->who.project_id)), &p.owner, NULL);
    if (!e)
        e = db_i64(cx, &q_room, ARGS(I64(p.owner)), &p.room, NULL);
    if (!e)
        e = db_i64(cx, &q_staff, ARGS(I64(company), TXT("service")), &p.service, NULL);
    if (!e)
        e = db_i64(cx, &q_staff, ARGS(I64(company), TXT("tech1")), &p.tech, NULL);
    if (!e)
        e = db_i64(cx, &q_works, ARGS(I64(company)), &p.works, NULL);
    if (!e)
        e = db_i64(cx, &q_staff, ARGS(I64(company), TXT("manager")), &p.manager, NULL);
    if (!e)
        e = complaints(cx, &p);
    return e ? e : notices(cx, &p);
}

enum err demo_service(struct ctx *cx)
{
    return store_write(cx, run_service, NULL);
}
