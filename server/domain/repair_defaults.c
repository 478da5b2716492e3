/* repair_defaults.c - what a new company starts with: fault types with their dispatch and time limits, and causes. All of it can
 * be changed afterwards. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/repair.h"

static const struct fault_type types[] = {
    {.name = "水管漏水",
     .skill = "plumbing",
     .mode = MODE_AUTO,
     .urgency = URGENCY_HIGH,
     .place = "any",
     .visit = "unrated",
     .chargeable = true,
     .respond_ms = 10 * MINUTE_MS,
     .arrive_ms = 60 * MINUTE_MS,
     .finish_ms = 8 * HOUR_MS     },
    {.name = "马桶堵塞",
     .skill = "plumbing",
     .mode = MODE_ROUND_ROBIN,
     .urgency = URGENCY_NORMAL,
     .place = "room",
     .visit = "unrated",
     .chargeable = true,
     .respond_ms = 30 * MINUTE_MS,
     .arrive_ms = 2 * HOUR_MS,
     .finish_ms = DAY_MS          },
    {.name = "室内停电",
     .skill = "electric",
     .mode = MODE_AUTO,
     .urgency = URGENCY_HIGH,
     .place = "room",
     .visit = "unrated",
     .chargeable = true,
     .respond_ms = 10 * MINUTE_MS,
     .arrive_ms = 60 * MINUTE_MS,
     .finish_ms = 8 * HOUR_MS     },
    {.name = "公共照明",
     .skill = "electric",
     .mode = MODE_GRAB,
     .urgency = URGENCY_NORMAL,
     .place = "public",
     .visit = "never",
     .respond_ms = HOUR_MS,
     .arrive_ms = 4 * HOUR_MS,
     .finish_ms = 2 * DAY_MS    },
    {.name = "门窗维修",
     .skill = "general",
     .mode = MODE_GRAB,
     .urgency = URGENCY_LOW,
     .place = "any",
     .visit = "unrated",
     .chargeable = true,
     .respond_ms = 2 * HOUR_MS,
     .arrive_ms = DAY_MS,
     .finish_ms = 3 * DAY_MS},
    {.name = "电梯故障",
     .skill = "lift",
     .mode = MODE_AUTO,
     .urgency = URGENCY_EMERGENCY,
     .place = "public",
     .visit = "always",
     .photo_needed = true,
     .respond_ms = 5 * MINUTE_MS,
     .arrive_ms = 30 * MINUTE_MS,
     .finish_ms = 12 * HOUR_MS    },
    {.name = "空调暖通",
     .skill = "hvac",
     .mode = MODE_ASSIGN,
     .urgency = URGENCY_NORMAL,
     .place = "any",
     .visit = "unrated",
     .chargeable = true,
     .respond_ms = HOUR_MS,
     .arrive_ms = 8 * HOUR_MS,
     .finish_ms = 3 * DAY_MS},
};
static const struct {
    const char *skill, *code, *name;
} causes[] = {
    {"plumbing", "P01", "管件老化"},
    {"plumbing", "P02", "接口松动"},
    {"plumbing", "P03", "异物堵塞"},
    {"electric", "E01", "线路短路"},
    {"electric", "E02", "灯具损坏"},
    {"electric", "E03", "空开跳闸"},
    {"general",  "G01", "五金磨损"},
    {"lift",     "L01", "门机故障"},
    {"hvac",     "H01", "滤网堵塞"}
};

enum err repair_defaults(struct ctx *cx)
{
    int64_t id = 0;
    enum err e = OK;
    for (size_t i = 0; i < COUNT(types) && !e; i++) {
        struct fault_type t = types[i];
        t.enabled = true;
        e = fault_type_save(cx, &t);
    }
    for (size_t i = 0; i < COUNT(causes) && !e; i++)
        e = cause_add(cx, causes[i].skill, causes[i].code, causes[i].name, &id);
    return e;
}
