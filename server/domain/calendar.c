/* calendar.c - see calendar.h. Source of the table: the State Council's yearly notices on holidays (国务院办公厅关于部分节假日安排的
 * 通知). SPDX-License-Identifier: MIT */
#include "domain/calendar.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "platform/store/db.h"

const char *const day_kind_name[DAY_KINDS] = {"workday", "weekend", "holiday", "made_up"};

STMT(q_set, "calendar.set",
     "INSERT INTO calendar_day(company_id, day, kind, name) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (company_id, day) DO UPDATE SET kind = excluded.kind, name = excluded.name");
STMT(q_unset, "calendar.unset", "DELETE FROM calendar_day WHERE company_id = $1 AND day = $2");
STMT(q_range, "calendar.range",
     "SELECT day, kind, name FROM calendar_day WHERE company_id = $1 AND day >= $2 AND day <= $3 ORDER BY day");

static const struct {
    int32_t from, to;
    const char *name;
} holidays[] = {
    {20250101, 20250101, "元旦"               },
    {20250128, 20250204, "春节"               },
    {20250404, 20250406, "清明节"            },
    {20250501, 20250505, "劳动节"            },
    {20250531, 20250602, "端午节"            },
    {20251001, 20251008, "国庆节、中秋节"},
    {20260101, 20260103, "元旦"               },
    {20260215, 20260223, "春节"               },
    {20260404, 20260406, "清明节"            },
    {20260501, 20260505, "劳动节"            },
    {20260619, 20260621, "端午节"            },
    {20260925, 20260927, "中秋节"            },
    {20261001, 20261007, "国庆节"            }
};
static const int32_t made_up[] = {20250126, 20250208, 20250427, 20250928, 20251011, 20260104,
                                  20260214, 20260228, 20260509, 20260920, 20261010};
/* By law, before the notice of the year is out: month, first day, last day */
static const struct {
    int month, from, to;
    const char *name;
} fixed[] = {
    {1,  1, 1, "元旦"   },
    {5,  1, 2, "劳动节"},
    {10, 1, 3, "国庆节"}
};

int calendar_known_until(void)
{
    return holidays[COUNT(holidays) - 1].to / 10000;
}

enum day_kind calendar_published(int32_t day, const char **name)
{
    const char *unused = "", **out = name ? name : &unused;
    int weekday = clock_civil(clock_day_start(day)).weekday, month = day / 100 % 100, date = day % 100;
    *out = "";
    for (size_t i = 0; i < COUNT(holidays); i++)
        if (day >= holidays[i].from && day <= holidays[i].to) {
            *out = holidays[i].name;
            return DAY_HOLIDAY;
        }
    for (size_t i = 0; i < COUNT(made_up); i++)
        if (made_up[i] == day)
            return DAY_MADE_UP;
    for (size_t i = 0; day / 10000 > calendar_known_until() && i < COUNT(fixed); i++)
        if (month == fixed[i].month && date >= fixed[i].from && date <= fixed[i].to) {
            *out = fixed[i].name;
            return DAY_HOLIDAY;
        }
    return weekday == 0 || weekday == 6 ? DAY_WEEKEND : DAY_WORK;
}

/* ---- a company's own ---- */

enum err calendar_set(struct ctx *cx, int32_t day, enum day_kind kind, const char *name)
{
    if (!clock_day_valid(day))
        return cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day");
    if (kind != DAY_WORK && kind != DAY_HOLIDAY)
        return cx_fail(cx, ERR_INVALID, "kind", "只能设为工作日或假日", "a working day or a holiday");
    enum err e = db_exec(cx, &q_set,
                         ARGS(I64(cx->who.company_id), I64(day), TXT(day_kind_name[kind]), TXT(or_empty(name))), NULL);
    return e ? e
             : audit_add(cx, "calendar.set", "calendar", day, NULL,
                         arena_printf(cx->arena, "{\"kind\":\"%s\"}", day_kind_name[kind]));
}

enum err calendar_unset(struct ctx *cx, int32_t day)
{
    enum err e = db_change_one(cx, &q_unset, ARGS(I64(cx->who.company_id), I64(day)), ERR_NOT_FOUND, "该日没有单独设置",
                               "that day is as published");
    return e ? e : audit_add(cx, "calendar.unset", "calendar", day, NULL, NULL);
}

#define OWN_MAX 1000 /* exceptions in a span: more than anybody sets */
struct calendar_own {
    size_t n;
    struct calendar_day v[];
};
const struct calendar_own calendar_as_published;

static enum err on_own(struct ctx *cx, const struct row *r, void *out)
{
    struct calendar_own *o = out;
    if (o->n < OWN_MAX)
        o->v[o->n++] = (struct calendar_day){(int32_t)row_i64(r, 0),
                                             str_eq(row_text(cx, r, 1), "holiday") ? DAY_HOLIDAY : DAY_WORK,
                                             row_text(cx, r, 2), true};
    return OK;
}

static struct calendar_day one_day(const struct calendar_own *o, int32_t day)
{
    struct calendar_day d = {.day = day};
    for (size_t i = 0; i < o->n; i++)
        if (o->v[i].day == day)
            return o->v[i];
    d.kind = calendar_published(day, &d.name);
    return d;
}

enum err calendar_load(struct ctx *cx, int64_t company_id, int32_t from, int32_t to, const struct calendar_own **out)
{
    struct calendar_own *o = arena_alloc(cx->arena, sizeof *o + OWN_MAX * sizeof o->v[0]);
    o->n = 0;
    *out = o;
    return db_each(cx, &q_range, ARGS(I64(company_id), I64(from), I64(to)), on_own, o);
}

bool calendar_worked(const struct calendar_own *own, int32_t day)
{
    enum day_kind kind = one_day(own, day).kind;
    return kind == DAY_WORK || kind == DAY_MADE_UP;
}

enum err calendar_list(struct ctx *cx, int32_t from, int32_t to, calendar_fn *fn, void *arg)
{
    const struct calendar_own *o = NULL;
    if (!clock_day_valid(from) || !clock_day_valid(to) || to < from || to > clock_day_add(from, 400))
        return cx_fail(cx, ERR_INVALID, "to", "日期范围无效,最多 400 天", "not a span of days; 400 at most");
    enum err e = calendar_load(cx, cx->who.company_id, from, to, &o);
    for (int32_t day = from; day <= to && !e; day = clock_day_add(day, 1)) {
        struct calendar_day d = one_day(o, day);
        fn(arg, &d);
    }
    return e;
}

enum err calendar_add_workdays(struct ctx *cx, int64_t company_id, int32_t day, int n, int32_t *out)
{
    const struct calendar_own *o = NULL;
    int step = n < 0 ? -1 : 1, left = n < 0 ? -n : n;
    int32_t end = clock_day_add(day, step * 400);
    enum err e = calendar_load(cx, company_id, step > 0 ? day : end, step > 0 ? end : day, &o);
    *out = day;
    for (int i = 0; left > 0 && i < 400 && !e; i++) {
        *out = clock_day_add(*out, step);
        left -= calendar_worked(o, *out);
    }
    return !e && left ? cx_fail(cx, ERR_INVALID, "n", "一年内没有足够的工作日", "not so many working days in a year")
                      : e;
}
