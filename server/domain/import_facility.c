/* import_facility.c - importing facilities: the register's own row check (facility.h) behind the common import, so that
 * spreadsheets, staged rows, one transaction and undo hold for them too. SPDX-License-Identifier: MIT */
#include "domain/facility.h"
#include "domain/import_place.h"
#include "platform/store/db.h"

enum { COL_CODE, COL_NAME, COL_CATEGORY };
static const struct import_column columns[] = {
    {"code",        "编号",       "Code",            true,  14, "每个项目内唯一"                        },
    {"name",        "名称",       "Name",            true,  24, "1 号客梯"                                  },
    {"category",    "类别",       "Category",        true,  12, "电梯、消防、供配电、给排水……"},
    {"brand",       "品牌",       "Brand",           false, 12, ""                                             },
    {"model",       "型号",       "Model",           false, 16, ""                                             },
    {"serial",      "序列号",    "Serial",          false, 20, ""                                             },
    {"bought",      "购置日期", "Bought",          false, 12, "2020-05-01"                                   },
    {"price",       "价格",       "Price",           false, 12, "元"                                          },
    {"service",     "启用日期", "In service",      false, 12, ""                                             },
    {"building",    "楼栋",       "Building",        false, 10, ""                                             },
    {"place",       "位置",       "Place",           false, 20, "1 单元机房"                               },
    {"supplier",    "供应商",    "Supplier",        false, 20, "须已登记"                                 },
    {"warranty",    "保修到期", "Warranty until",  false, 12, ""                                             },
    {"life",        "寿命月数", "Life, months",    false, 10, ""                                             },
    {"importance",  "重要性",    "Importance",      false, 8,  "A、B、C"                                    },
    {"reg_no",      "登记编号", "Registration",    false, 18, "特种设备使用登记证"                  },
    {"inspected",   "上次检验", "Last inspection", false, 12, ""                                             },
    {"inspect_due", "下次检验", "Next inspection", false, 12, ""                                             }
};
_Static_assert(COUNT(columns) == FACILITY_COLUMNS, "the register's own columns, in its order");

STMT(q_by_code, "import_facility.by_code",
     "SELECT id FROM facility WHERE company_id = $1 AND project_id = $2 AND code = $3");
STMT(q_events, "import_facility.events",
     "SELECT COUNT(*) FROM facility_event WHERE facility_id = $1 AND kind NOT IN ('added', 'code')");
STMT(q_repairs, "import_facility.repairs", "SELECT COUNT(*) FROM repair WHERE facility_id = $1");
STMT(q_events_gone, "import_facility.events_gone", "DELETE FROM facility_event WHERE facility_id = $1");
STMT(q_gone, "import_facility.gone", "DELETE FROM facility WHERE id = $1 AND company_id = $2");

static enum err take(struct ctx *cx, const struct import_row *r, bool check_only, struct complaints *c)
{
    int map[FACILITY_COLUMNS];
    struct facility_import *out = arena_alloc(cx->arena, sizeof *out);
    for (int i = 0; i < FACILITY_COLUMNS; i++)
        map[i] = i;
    enum err e = facility_import_row(cx, map, r->cell, r->ncell, r->n, check_only, out);
    for (size_t i = 0; i < out->errors && !e; i++) {
        int column = str_index(facility_column_name, FACILITY_COLUMNS, or_empty(out->error[i].column));
        complain(c, column, out->error[i].zh, out->error[i].en);
    }
    return e;
}

static enum err check(struct ctx *cx, struct import_run *run, const struct import_row *r, struct complaints *c)
{
    bool was = false;
    int64_t first = *r->cell[COL_CODE] ? seen_put(run->seen, r->cell[COL_CODE], r->n, &was) : 0;
    if (was)
        complain(c, COL_CODE, arena_printf(cx->arena, "与第 %lld 行重复", (long long)first),
                 arena_printf(cx->arena, "the same as row %lld", (long long)first));
    return take(cx, r, true, c);
}

static enum err apply(struct ctx *cx, struct import_run *run, const struct import_row *r)
{
    struct complaints c = {.col = columns};
    int64_t id = 0;
    jw_init(&c.w, cx->arena);
    enum err e = take(cx, r, false, &c);
    if (!e && c.n)
        return cx_fail(cx, ERR_INVALID, NULL, "内容有误", "something is wrong");
    if (!e)
        e = db_i64(cx, &q_by_code, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(r->cell[COL_CODE])), &id,
                   NULL);
    return e ? e : import_made(cx, run, "facility", id);
}

static enum err undo(struct ctx *cx, const char *object, int64_t id)
{
    int64_t events = 0, repairs = 0, changed = 0;
    (void)object;
    enum err e = db_i64(cx, &q_events, ARGS(I64(id)), &events, NULL);
    if (!e)
        e = db_i64(cx, &q_repairs, ARGS(I64(id)), &repairs, NULL);
    if (!e && !events && !repairs)
        e = db_exec(cx, &q_events_gone, ARGS(I64(id)), NULL);
    if (!e && !events && !repairs)
        e = db_exec(cx, &q_gone, ARGS(I64(id), I64(cx->who.company_id)), &changed);
    if (e && e != ERR_INVALID)
        return e;
    return e || !changed ? import_used(cx, "导入的设施已被使用", "an imported facility was used") : OK;
}

const struct import_source import_facility_source = {
    columns, COUNT(columns), check, apply, undo, ROLES_SETS | ROLE_SERVICE, false};
