/* demo_estate.c - the demo's register: owners with shares, a family, a tenant, a company, parking, a transfer to come.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/estate.h"
#include "domain/owner.h"
#include "domain/owner_transfer.h"
#include "main/parts.h"
#include "platform/store/db.h"

STMT(q_project, "demo_estate.project", "SELECT id FROM project WHERE company_id = $1 AND code = 'YG'");
STMT(q_any, "demo_estate.any", "SELECT COUNT(*) FROM party WHERE company_id = $1");
STMT(q_details, "demo_estate.details",
     "UPDATE project SET province = '江南省', city = '江城市', district = CASE code WHEN 'YG' THEN '滨江区' ELSE "
     "'湖畔区' END,"
     " street = CASE code WHEN 'YG' THEN '阳光路' ELSE '临湖街' END, door_number = CASE code WHEN 'YG' THEN '88号' "
     "ELSE '6号'"
     " END, year_built = 2016, developer = '江城置业有限公司', phone = '0571-88000000', parking_area_e4 = 120000000,"
     " green_area_e4 = 96000000 WHERE company_id = $1");
STMT(q_rooms, "demo_estate.rooms",
     "UPDATE room SET inner_area_e4 = area_e4 * 8 / 10, floor = CASE length(name) WHEN 5 THEN 10 ELSE"
     " CAST(substr(name, 1, 1) AS BIGINT) END, state = CASE WHEN EXISTS (SELECT 1 FROM binding b WHERE b.room_id = "
     "room.id"
     " AND b.state = 'active') THEN 'occupied' ELSE 'vacant' END WHERE company_id = $1");

static const struct {
    const char *name, *phone, *room;
    int kind, role;
    int64_t share_n, share_d;
    int32_t from_day, to_day;
} people[] = {
    {"张伟",                   "13800000100",   "1栋1单元101", OWNER_PERSON,  ROLE_IS_OWNER,    1, 2, 20180601, OWNER_FOREVER},
    {"李静",                   "13800000160",   "1栋1单元101", OWNER_PERSON,  ROLE_IS_CO_OWNER, 1, 2, 20180601, OWNER_FOREVER},
    {"张小明",                "13800000161",   "1栋1单元101", OWNER_PERSON,  ROLE_IS_FAMILY,   0, 1, 20180601, OWNER_FOREVER},
    {"王伟",                   "13800000101",   "1栋1单元102", OWNER_PERSON,  ROLE_IS_OWNER,    1, 1, 20190301, OWNER_FOREVER},
    {"何租客",                "13800000162",   "1栋1单元102", OWNER_PERSON,  ROLE_IS_TENANT,   0, 1, 20260901, 20270831     },
    {"江城软件有限公司", "0571-88001234", "1栋2单元601", OWNER_COMPANY, ROLE_IS_OWNER,    1, 1, 20200101, OWNER_FOREVER},
    {"冯卖家",                "13800000164",   "1栋2单元602", OWNER_PERSON,  ROLE_IS_OWNER,    1, 1, 20170901, OWNER_FOREVER},
    {"郑买家",                "13800000163",   NULL,             OWNER_PERSON,  ROLE_IS_OWNER,    0, 1, 0,        0            },
};

static enum err add_people(struct ctx *cx, int64_t *ids)
{
    enum err e = OK;
    for (size_t i = 0; i < COUNT(people) && !e; i++) {
        struct owner_phone phone = {"", people[i].phone, 0};
        struct owner_in in = {.kind = people[i].kind, .name = people[i].name, .phones = &phone, .nphones = 1};
        struct owner_room_in at = {.role = people[i].role,
                                   .share_n = people[i].share_n,
                                   .share_d = people[i].share_d,
                                   .from_day = people[i].from_day,
                                   .to_day = people[i].to_day};
        int64_t id = 0;
        e = owner_put(cx, &in, &ids[i]);
        at.party_id = ids[i];
        if (!e && people[i].room && (e = room_find(cx, people[i].room, &at.room_id)) == OK)
            e = owner_room_attach(cx, &at, &id);
    }
    return e;
}

static enum err add_parking(struct ctx *cx, int64_t owner)
{
    enum err e = OK;
    for (int n = 1; n <= 12 && !e; n++) {
        int64_t id = 0;
        struct parking s = {.name = arena_printf(cx->arena, "B1-%03d", n),
                            .zone = "B1",
                            .kind = "underground",
                            .area_e4 = 132500,
                            .holding = n == 1 ? "sold" : "free",
                            .party_id = n == 1 ? owner : 0,
                            .to_day = OWNER_FOREVER};
        e = parking_create(cx, &s, &id);
    }
    return e;
}

static enum err plan_transfer(struct ctx *cx, int64_t buyer)
{
    struct transfer t;
    struct transfer_party to = {.party_id = buyer, .role = ROLE_IS_OWNER, .share_n = 1, .share_d = 1, .pays = true};
    struct transfer_in in = {
        .day = clock_day_add(clock_day(cx->now), 30), .to = &to, .nto = 1, .end_family = true, .reason = "二手房交易"};
    enum err e = room_find(cx, "1栋2单元602", &in.room_id);
    return e ? e : transfer_make(cx, &in, &t);
}

enum err demo_estate(struct ctx *cx)
{
    int64_t ids[COUNT(people)] = {0}, n = 0;
    enum err e = db_i64(cx, &q_any, ARGS(I64(cx->who.company_id)), &n, NULL);
    if (e || n)
        return e;
    e = db_i64(cx, &q_project, ARGS(I64(cx->who.company_id)), &cx->who.project_id, NULL);
    if (!e)
        e = db_exec(cx, &q_details, ARGS(I64(cx->who.company_id)), NULL);
    if (!e)
        e = db_exec(cx, &q_rooms, ARGS(I64(cx->who.company_id)), NULL);
    if (!e)
        e = add_people(cx, ids);
    if (!e)
        e = add_parking(cx, ids[0]);
    return e ? e : plan_transfer(cx, ids[COUNT(people) - 1]);
}
