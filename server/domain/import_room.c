/* import_room.c - the room of a row: its cells, what the register and the file's other rows say, making it; and the import
 * of rooms alone. SPDX-License-Identifier: MIT */
#include "domain/estate.h"
#include "domain/import_place.h"
#include "platform/store/db.h"
#include <string.h>

static const char *const uses[][3] = {
    {"residence", "住宅",    "residence"},
    {"shop",      "商铺",    "shop"     },
    {"office",    "办公",    "office"   },
    {"storage",   "储藏间", "storage"  }
};
static const char *const states[][3] = {
    {"unsold",     "未售",    "未销售"},
    {"sold",       "已售",    "sold"     },
    {"delivered",  "已交房", "交房"   },
    {"occupied",   "已入住", "入住"   },
    {"rented",     "已出租", "出租"   },
    {"vacant",     "空置",    "空闲"   },
    {"decorating", "装修中", "装修"   }
};
/* "3栋2单元1502" -> its parts; a door alone names nothing. */
static bool split_room(struct ctx *cx, const char *human, struct place *p)
{
    char *norm = room_norm(cx->arena, human), *door = strrchr(norm, '-');
    if (!door || door == norm || !door[1])
        return false;
    *door = '\0';
    char *unit = strrchr(norm, '-');
    p->door = door + 1;
    p->unit = "";
    if (unit && strchr("0123456789", unit[1])) {
        *unit = '\0';
        p->unit = unit + 1;
    }
    p->building = norm;
    return *norm != '\0';
}

void place_parse(struct ctx *cx, const struct import_row *r, struct complaints *c, struct place *p)
{
    bool whole = *r->cell[C_ROOM], parts = *r->cell[C_BUILDING] || *r->cell[C_UNIT] || *r->cell[C_DOOR];
    if (whole && !parts) {
        if (!split_room(cx, r->cell[C_ROOM], p))
            complain(c, C_ROOM, "房屋名称须含楼栋和房号", "a room needs building and door");
    } else {
        p->building = r->cell[C_BUILDING];
        p->unit = r->cell[C_UNIT];
        p->door = r->cell[C_DOOR];
        if (!*p->building)
            complain(c, C_BUILDING, "楼栋必填", "the building is required");
        if (!*p->door)
            complain(c, C_DOOR, "房号必填", "the door is required");
    }
    const struct {
        int col;
        const char *v;
    } names[] = {
        {C_BUILDING, p->building},
        {C_UNIT,     p->unit    },
        {C_DOOR,     p->door    }
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (names[i].v && utf8_len(names[i].v) > 20)
            complain(c, whole ? C_ROOM : names[i].col, "名称过长", "the name is too long");
    if (!c->n)
        p->norm = room_norm(cx->arena, arena_printf(cx->arena, "%s-%s-%s", p->building, p->unit, p->door));
    if (!cell_area(r->cell[C_AREA], &p->area_e4))
        complain(c, C_AREA, "面积无效,最多四位小数", "not an area; four decimals at most");
    if (!cell_area(r->cell[C_INNER], &p->inner_e4))
        complain(c, C_INNER, "面积无效,最多四位小数", "not an area; four decimals at most");
    else if (p->inner_e4 > p->area_e4 && p->area_e4)
        complain(c, C_INNER, "套内面积大于建筑面积", "larger than the whole area");
    if (*r->cell[C_FLOOR] && (!parse_i64(r->cell[C_FLOOR], &p->floor) || p->floor < -9 || p->floor > 200))
        complain(c, C_FLOOR, "楼层无效", "not a floor");
    cell_choose(c, r, C_USE, uses, COUNT(uses), 0, &p->use);
    cell_choose(c, r, C_STATE, states, COUNT(states), 2, &p->state);
}

enum err place_check(struct ctx *cx, struct import_run *run, const struct place *p, int64_t room, struct complaints *c)
{
    struct room have;
    bool was = false;
    if (!room) {
        int64_t area = seen_put(run->seen, arena_printf(cx->arena, "room|%s", p->norm), p->area_e4, &was);
        if (!was && !p->area_e4)
            complain(c, C_AREA, "新房屋须填写建筑面积", "a new room needs its area");
        if (was && p->area_e4 && p->area_e4 != area)
            complain(c, C_AREA, "同一房屋在文件中有不同面积", "the file has this room with another area");
        return OK;
    }
    enum err e = room_get(cx, room, &have);
    if (!e && have.closed_at)
        complain(c, C_ROOM, "房屋已停用", "the room was taken out of use");
    if (!e && p->area_e4 && p->area_e4 != have.area_e4)
        complain(c, C_AREA,
                 arena_printf(cx->arena, "与登记面积 %lld.%04lld 不同", (long long)(have.area_e4 / 10000),
                              (long long)(have.area_e4 % 10000)),
                 arena_printf(cx->arena, "the register says %lld.%04lld", (long long)(have.area_e4 / 10000),
                              (long long)(have.area_e4 % 10000)));
    return e;
}

enum err place_make(struct ctx *cx, struct import_run *run, const struct import_row *r, const struct place *p,
                    int64_t *room)
{
    enum err e = room_find(cx, p->norm, room);
    if (e || *room)
        return e;
    const struct room in = {.building = p->building,
                            .unit = p->unit,
                            .name = p->door,
                            .layout = r->cell[C_LAYOUT],
                            .area_e4 = p->area_e4,
                            .inner_area_e4 = p->inner_e4,
                            .floor = p->floor,
                            .use = uses[p->use][0],
                            .state = states[p->state][0]};
    e = room_create(cx, &in, room);
    return e ? e : import_made(cx, run, "room", *room);
}

/* ---- rooms alone ---- */

static const struct import_column columns[PLACE_COLUMNS] = {PLACE_COLUMN_LIST};

static enum err check(struct ctx *cx, struct import_run *run, const struct import_row *r, struct complaints *c)
{
    struct place p = {0};
    int64_t room = 0;
    bool was = false;
    place_parse(cx, r, c, &p);
    if (c->n)
        return OK;
    int64_t first = seen_put(run->seen, arena_printf(cx->arena, "row|%s", p.norm), r->n, &was);
    if (was)
        complain(c, C_ROOM, arena_printf(cx->arena, "与第 %lld 行重复", (long long)first),
                 arena_printf(cx->arena, "the same as row %lld", (long long)first));
    enum err e = room_find(cx, p.norm, &room);
    if (!e && room)
        complain(c, C_ROOM, "房屋已存在", "the room exists");
    return e ? e : place_check(cx, run, &p, room, c);
}

static enum err apply(struct ctx *cx, struct import_run *run, const struct import_row *r)
{
    struct complaints c = {.col = columns};
    struct place p = {0};
    int64_t room = 0;
    jw_init(&c.w, cx->arena);
    place_parse(cx, r, &c, &p);
    return place_make(cx, run, r, &p, &room);
}

const struct import_source import_room_source = {
    columns, PLACE_COLUMNS, check, apply, import_unmake, ROLES_SETS | ROLE_SERVICE, false};
