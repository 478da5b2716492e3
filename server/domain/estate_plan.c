/* estate_plan.c - rooms by a pattern. Pure. SPDX-License-Identifier: MIT */
#include "domain/estate_plan.h"
#include "base/text.h"
#include <ctype.h>
#include <string.h>

static enum err no(struct why *why, const char *field, const char *zh, const char *en)
{
    *why = (struct why){.field = field, .zh = zh, .en = en};
    return ERR_INVALID;
}

static bool skipped(const struct room_plan *p, int64_t floor)
{
    for (size_t i = 0; i < p->nskip; i++)
        if (p->skip[i] == floor)
            return true;
    return floor == 0;
}

static bool good_suffix(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]))
            return false;
    return n >= 1 && n <= 4;
}

static enum err check(const struct room_plan *p, struct why *why)
{
    bool no_units = p->unit_from == 0 && p->unit_to == 0;
    if (str_empty(p->building))
        return no(why, "building", "请填写楼栋", "say which building");
    if (!no_units && (p->unit_from < 1 || p->unit_to < p->unit_from || p->unit_to > 99))
        return no(why, "unit_to", "单元范围无效", "units run from 1 upwards");
    if (p->floor_from < -9 || p->floor_to > 200 || p->floor_from > p->floor_to)
        return no(why, "floor_to", "楼层范围无效", "floors run upwards");
    if (p->ndoors == 0)
        return no(why, "doors", "请填写每层房号", "say which doors a floor has");
    for (size_t i = 0; i < p->ndoors; i++) {
        if (!good_suffix(p->doors[i].suffix))
            return no(why, "doors", "房号尾数无效", "a door's number is 1 to 4 letters or digits");
        if (p->doors[i].inner_area_e4 > p->doors[i].area_e4)
            return no(why, "doors", "套内面积大于建筑面积", "the inner area is larger than the built one");
        for (size_t k = 0; k < i; k++)
            if (str_eq(p->doors[k].suffix, p->doors[i].suffix))
                return no(why, "doors", "房号尾数重复", "the same door twice");
    }
    return OK;
}

/* 15 and "02": 1502; -1 and "02": B102 */
static const char *door_name(struct arena *a, const struct room_plan *p, int64_t floor, const char *suffix)
{
    if (floor < 0)
        return arena_printf(a, "B%lld%s", (long long)-floor, suffix);
    return arena_printf(a, p->pad ? "%02lld%s" : "%lld%s", (long long)floor, suffix);
}

enum err room_plan_expand(struct arena *a, const struct room_plan *p, struct planned_room **v, size_t *n,
                          struct why *why)
{
    enum err e = check(p, why);
    *v = NULL;
    *n = 0;
    if (e)
        return e;
    size_t floors = 0;
    for (int64_t f = p->floor_from; f <= p->floor_to; f++)
        floors += !skipped(p, f);
    size_t total = (size_t)(p->unit_to - p->unit_from + 1) * floors * p->ndoors;
    if (total == 0)
        return no(why, "skip", "没有可建的楼层", "every floor is skipped");
    if (total > PLAN_ROOMS)
        return no(why, "floor_to", "一次最多 5000 间", "5000 rooms at once at most");
    struct planned_room *out = arena_alloc(a, total * sizeof *out);
    for (int64_t u = p->unit_from; u <= p->unit_to; u++) {
        const char *unit = u ? arena_printf(a, "%lld单元", (long long)u) : "";
        for (int64_t f = p->floor_from; f <= p->floor_to; f++)
            for (size_t d = 0; d < p->ndoors && !skipped(p, f); d++)
                out[(*n)++] = (struct planned_room){.unit = unit,
                                                    .name = door_name(a, p, f, p->doors[d].suffix),
                                                    .layout = or_empty(p->doors[d].layout),
                                                    .floor = f,
                                                    .area_e4 = p->doors[d].area_e4,
                                                    .inner_area_e4 = p->doors[d].inner_area_e4};
    }
    *v = out;
    return OK;
}
