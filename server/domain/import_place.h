/* import_place.h - the columns of a room, which every kind with rooms begins with. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_IMPORT_PLACE_H
#define DOMAIN_IMPORT_PLACE_H
#include "domain/import_int.h"

enum { C_ROOM, C_BUILDING, C_UNIT, C_DOOR, C_LAYOUT, C_AREA, C_INNER, C_FLOOR, C_USE, C_STATE, PLACE_COLUMNS };
#define PLACE_COLUMN_LIST                                                                                              \
    [C_ROOM] = {"room", "房屋", "Room", false, 16, "3栋2单元1502,或填写楼栋、单元、房号三列"},                         \
    [C_BUILDING] = {"building", "楼栋", "Building", false, 8, "3栋"}, [C_UNIT] = {"unit", "单元", "Unit",              \
                                                                                  false,  8,      "2单元,没有则留空"}, \
    [C_DOOR] = {"door", "房号", "Door", false, 8, "1502"}, [C_LAYOUT] = {"layout", "户型", "Layout",                   \
                                                                         false,    12,     "三室两厅"},                \
    [C_AREA] = {"area", "建筑面积", "Area", false, 10, "89.55,新房屋必填"}, [C_INNER] = {"inner_area", "套内面积",     \
                                                                                         "Inner area", false,          \
                                                                                         10,           "72.30"},       \
    [C_FLOOR] = {"floor", "楼层", "Floor", false, 6, "15"}, [C_USE] = {"use", "用途", "Use",                           \
                                                                       false, 8,      "住宅、商铺、办公、储藏间"},     \
    [C_STATE] = {"state", "房屋状态", "Room state", false, 10, "未售、已售、已交房、已入住、已出租、空置、装修中"}

struct place { /* norm: as rooms are compared */
    const char *building, *unit, *door, *norm;
    int64_t area_e4, inner_e4, floor;
    int use, state;
};
/* Cells -> place; complains. norm is set when nothing was wrong before. */
void place_parse(struct ctx *cx, const struct import_row *r, struct complaints *c, struct place *p);
/* room: the register's, 0 none. */
enum err place_check(struct ctx *cx, struct import_run *run, const struct place *p, int64_t room, struct complaints *c);
/* Finds the room or makes it. */
enum err place_make(struct ctx *cx, struct import_run *run, const struct import_row *r, const struct place *p,
                    int64_t *room);

extern const struct import_source import_owner_source, import_room_source, import_facility_source,
    import_arrears_source;
/* import_undo.c: takes back rooms with what came with them, people and what binds them. */
enum err import_unmake(struct ctx *cx, const char *object, int64_t object_id);

#endif
