/* demo_facility.c - facilities of the demo's first project, plans for them and a patrol.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/maint.h"
#include "main/parts.h"

static const struct facility facilities[] = {
    {.code = "YG-DT-01",
     .name = "1栋1单元客梯",
     .category = "lift",
     .brand = "通力",
     .model = "3000 MonoSpace",
     .serial = "KN-20190417",
     .place = "1栋1单元",
     .bought_day = 20190301,
     .service_day = 20190501,
     .warranty_day = 20240501,
     .price_fen = 26800000,
     .life_months = 180,
     .importance = 0,
     .reg_no = "梯11浙A00001(19)",
     .inspected_day = 20260412,
     .inspect_due = 20270412},
    {.code = "YG-DT-02",
     .name = "1栋2单元客梯",
     .category = "lift",
     .brand = "通力",
     .model = "3000 MonoSpace",
     .serial = "KN-20190418",
     .place = "1栋2单元",
     .bought_day = 20190301,
     .service_day = 20190501,
     .price_fen = 26800000,
     .life_months = 180,
     .importance = 0,
     .reg_no = "梯11浙A00002(19)",
     .inspected_day = 20260412,
     .inspect_due = 20270412},
    {.code = "YG-XF-01",
     .name = "消防泵组",
     .category = "fire",
     .place = "地下室消防泵房",
     .service_day = 20190501,
     .price_fen = 8600000,
     .life_months = 240,
     .importance = 0     },
    {.code = "YG-SX-01",
     .name = "二次供水水箱",
     .category = "water",
     .place = "地下室水泵房",
     .service_day = 20190501,
     .price_fen = 3200000,
     .life_months = 240,
     .importance = 0      },
    {.code = "YG-FD-01",
     .name = "柴油发电机",
     .category = "power",
     .place = "地下室发电机房",
     .service_day = 20190501,
     .price_fen = 15600000,
     .life_months = 180,
     .importance = 1,
     .measure = "h"},
    {.code = "YG-MJ-01",
     .name = "东门门禁",
     .category = "access",
     .place = "东门",
     .service_day = 20220801,
     .price_fen = 680000,
     .life_months = 60,
     .importance = 2   }
};
static const struct {
    const char *code, *skill;
    size_t first, n; /* of the facilities above */
    int after;       /* days until the first */
} plans[] = {
    {"lift_half_month", "lift",     0, 2, 3 },
    {"lift_year",       "lift",     0, 2, 20},
    {"fire_month",      "general",  2, 1, 2 },
    {"water_tank",      "plumbing", 3, 1, 25},
    {"generator_month", "electric", 4, 1, 5 }
};

static enum err activate(struct ctx *cx, int64_t plan_id)
{
    struct maint_plan p;
    return maint_plan_act(cx, plan_id, PE_ACTIVATE, NULL, &p);
}

static enum err demo_patrol(struct ctx *cx, int64_t pump)
{
    struct maint_point points[] = {
        {.name = "东门岗",    .at_min = 600, .window_min = 60     },
        {.name = "消防泵房", .at_min = 620, .window_min = 60,      .facility_id = pump},
        {.name = "1栋屋顶",                      .at_min = 640,                .window_min = 60  },
        {.name = "地下车库",                      .at_min = 660,              .window_min = 60}
    };
    struct maint_route r = {
        .name = "日间巡检", .enabled = true, .points = {points, COUNT(points)}
    };
    struct maint_plan p = {.name = "日间巡检",
                           .kind = MK_PATROL,
                           .catch_up = CU_NONE,
                           .every_n = 1,
                           .anchor_day = clock_day_add(clock_day(cx->now), 1),
                           .remind = "",
                           .skill = "general"};
    int64_t id = 0;
    enum err e = maint_route_save(cx, &r);
    p.route_id = r.id;
    if (!e)
        e = maint_plan_add(cx, &p, &id);
    return e ? e : activate(cx, id);
}

enum err demo_facility(struct ctx *cx)
{
    struct facility_supplier lift = {.name = "通力电梯江城分公司", .contact = "何工", .phone = "0571-55550000"};
    int64_t ids[COUNT(facilities)], id = 0;
    enum err e = supplier_save(cx, &lift);
    for (size_t i = 0; i < COUNT(facilities) && !e; i++) {
        struct facility f = facilities[i];
        f.supplier_id = i < 2 ? lift.id : 0;
        e = facility_add(cx, &f, &ids[i]);
    }
    for (size_t i = 0; i < COUNT(plans) && !e; i++) {
        struct maint_plan p = {
            .every_n = 1,
            .anchor_day = clock_day_add(clock_day(cx->now), plans[i].after),
            .late_days = 2,
            .remind = "1", /* nobody is disturbed on the first day */
            .skill = plans[i].skill,
            .facilities = {&ids[plans[i].first], plans[i].n}
        };
        e = maint_plan_from(cx, plans[i].code, &p, &id);
        if (!e)
            e = activate(cx, id);
    }
    return e ? e : demo_patrol(cx, ids[2]);
}
