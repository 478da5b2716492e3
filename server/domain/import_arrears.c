/* import_arrears.c - importing what residents owed before (历史欠费): each row becomes a published bill, as it was due. Who
 * brings the file is not who applies it. No late fee unless the row says since when.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "domain/billing.h"
#include "domain/estate.h"
#include "domain/fin_report.h"
#include "domain/import_place.h"
#include "platform/store/db.h"
#include <string.h>
#include <strings.h>

enum { COL_ROOM, COL_ITEM, COL_FROM, COL_TO, COL_DUE, COL_AMOUNT, COL_NUMBER, COL_NOTE, COL_LATE };
static const struct import_column columns[] = {
    {"room",      "房屋",             "Room",          true,  18, "3栋2单元1502"                                                             },
    {"item",      "费用项目",       "Fee item",      true,  14, "收费项目的编号或名称"                                              },
    {"from_day",  "账期起",          "Period from",   true,  12, "2025-01-01"                                                                  },
    {"to_day",    "账期止",          "Period to",     true,  12, "2025-12-31"                                                                  },
    {"due_day",   "应缴日期",       "Due",           true,  12, "2025-01-31"                                                                  },
    {"amount",    "金额",             "Amount",        true,  12, "元,最多两位小数,如 1234.50"                                          },
    {"number",    "原单号",          "Old number",    false, 16, "原系统的账单号"                                                       },
    {"note",      "备注",             "Note",          false, 20, ""                                                                            },
    {"late_from", "违约金起算日", "Late fee from", false, 12, "留空则不计违约金;填写后按收费项目现行约定自该日起计"}
};

#define AMOUNT_MAX  INT64_C(10000000000) /* a hundred million yuan */
#define PERIOD_MAX  3660
#define FUTURE_DAYS 366

STMT(q_room, "import_arrears.room", "SELECT full_name, closed_at FROM room WHERE id = $1 AND company_id = $2");

struct item {
    struct item *next;
    struct fee_item f;
    int64_t basis_id;
};
struct span { /* of one room and item, in this file */
    struct span *next;
    int32_t from, to;
    int64_t row;
};
struct own { /* what a pass over the file knows */
    struct arena *arena;
    struct item *items;
    int32_t closed;
    bool checked;
};
struct parsed {
    struct item *item;
    int64_t room_id, fen;
    int32_t from, to, due, late;
    const char *room;
};

/* ---- what the project has ---- */

static void on_item(void *arg, const struct fee_item *f)
{
    struct own *o = arg;
    struct item *i = arena_alloc(o->arena, sizeof *i);
    *i = (struct item){.next = o->items, .f = *f};
    i->f.code = arena_strdup(o->arena, f->code);
    i->f.name = arena_strdup(o->arena, f->name);
    o->items = i;
}

static enum err own_of(struct ctx *cx, struct import_run *run, struct own **out)
{
    struct own *o = run->own;
    *out = o;
    if (o)
        return OK;
    *out = o = arena_alloc(run->arena, sizeof *o);
    *o = (struct own){.arena = run->arena};
    enum err e = fee_item_list(cx, on_item, o);
    if (!e)
        e = report_closed_until(cx, &o->closed);
    if (!e)
        run->own = o;
    return e;
}

/* By its code; by its name when only one is called so. */
static struct item *find_item(struct own *o, const char *s, bool *many)
{
    struct item *found = NULL;
    *many = false;
    for (struct item *i = o->items; i; i = i->next)
        if (strcasecmp(i->f.code, s) == 0)
            return i;
    for (struct item *i = o->items; i; i = i->next)
        if (str_eq(i->f.name, s)) {
            *many = found != NULL;
            found = i;
        }
    return found;
}

/* ---- the row as values ---- */

static const char *need(const struct import_row *r, struct complaints *c, int col)
{
    if (!*r->cell[col])
        complain(c, col, "必填", "required");
    return r->cell[col];
}

static void parse_day(const struct import_row *r, struct complaints *c, int col, int32_t *day)
{
    *day = 0;
    if (*r->cell[col] && !cell_day(r->cell[col], day))
        complain(c, col, "日期无效", "not a day");
}

/* "1234.5", "¥1234.50", "1234.50元": digits all the way, never through a floating number. */
static bool parse_yuan(struct arena *a, const char *s, int64_t *fen)
{
    char *t = arena_strdup(a, str_starts(s, "¥") ? s + strlen("¥") : str_starts(s, "￥") ? s + strlen("￥") : s);
    size_t n = strlen(t), u = strlen("元");
    if (n > u && str_eq(t + n - u, "元"))
        t[n - u] = '\0';
    return fen_parse(t, fen);
}

static void parse_amount(struct ctx *cx, const struct import_row *r, struct complaints *c, struct parsed *p)
{
    const char *s = need(r, c, COL_AMOUNT);
    if (!*s)
        return;
    if (!parse_yuan(cx->arena, s, &p->fen))
        complain(c, COL_AMOUNT, "金额无效,最多两位小数", "not an amount in yuan; two decimals at most");
    else if (p->fen <= 0)
        complain(c, COL_AMOUNT, "金额须大于零", "must be above 0");
    else if (p->fen > AMOUNT_MAX)
        complain(c, COL_AMOUNT, "金额过大", "too much for one bill");
}

static void parse_days(struct ctx *cx, const struct import_row *r, struct complaints *c, const struct own *o,
                       struct parsed *p)
{
    int32_t last = clock_day_add(clock_day(cx->now), FUTURE_DAYS);
    static const int cols[] = {COL_FROM, COL_TO, COL_DUE};
    int32_t *const days[] = {&p->from, &p->to, &p->due};
    for (size_t i = 0; i < COUNT(cols); i++) {
        need(r, c, cols[i]);
        parse_day(r, c, cols[i], days[i]);
        if (*days[i] > last || (*days[i] && *days[i] < 19900101))
            complain(c, cols[i], "日期过早或过晚", "too long ago or too far ahead");
    }
    parse_day(r, c, COL_LATE, &p->late);
    if (!p->from || !p->to || !p->due)
        return;
    if (p->to < p->from)
        complain(c, COL_TO, "早于账期起", "before the period begins");
    else if (fee_days((struct period){p->from, p->to}) > PERIOD_MAX)
        complain(c, COL_TO, "账期超过十年", "a period of more than ten years");
    if (p->due < p->from && !(p->item && p->item->f.in_advance))
        complain(c, COL_DUE, "早于账期起", "due before the period begins");
    if (p->due <= o->closed)
        complain(
            c, COL_DUE, arena_printf(cx->arena, "该月已结账(至 %d),历史欠费须在首次结账前导入", o->closed),
            arena_printf(cx->arena, "the books are closed up to %d; arrears come before the first closing", o->closed));
}

static void parse_late(struct complaints *c, const struct parsed *p)
{
    if (!p->late)
        return;
    if (p->item && !p->item->f.late_rate_e6)
        complain(c, COL_LATE, "该收费项目没有约定违约金", "the item has no late fee");
    if (p->due && p->late <= p->due)
        complain(c, COL_LATE, "须晚于应缴日期", "must be after the due day");
}

struct room_head {
    const char *name;
    int64_t closed_at;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    *(struct room_head *)out = (struct room_head){row_text(cx, r, 0), row_i64(r, 1)};
    return OK;
}

static enum err parse_room(struct ctx *cx, const struct import_row *r, struct complaints *c, struct parsed *p)
{
    struct room_head room = {0};
    const char *s = need(r, c, COL_ROOM);
    if (!*s)
        return OK;
    enum err e = room_find(cx, s, &p->room_id);
    if (!e && !p->room_id) {
        complain(c, COL_ROOM, "房屋不存在", "no such room");
        return OK;
    }
    if (!e)
        e = db_one(cx, &q_room, ARGS(I64(p->room_id), I64(cx->who.company_id)), on_room, &room);
    if (!e && room.closed_at)
        complain(c, COL_ROOM, "房屋已停用", "the room was taken out of use");
    p->room = room.name;
    return e;
}

static enum err parse(struct ctx *cx, struct own *o, const struct import_row *r, struct complaints *c, struct parsed *p)
{
    bool many = false;
    enum err e = parse_room(cx, r, c, p);
    const char *item = need(r, c, COL_ITEM);
    p->item = *item ? find_item(o, item, &many) : NULL;
    if (*item && !p->item)
        complain(c, COL_ITEM, "收费项目不存在", "no such fee item");
    if (many)
        complain(c, COL_ITEM, "有多个同名收费项目,请填写编号", "several items are called so: write the code");
    parse_days(cx, r, c, o, p);
    parse_amount(cx, r, c, p);
    parse_late(c, p);
    if (utf8_len(r->cell[COL_NUMBER]) > 40)
        complain(c, COL_NUMBER, "内容过长", "too long");
    if (utf8_len(r->cell[COL_NOTE]) > 200)
        complain(c, COL_NOTE, "内容过长", "too long");
    return e;
}

/* ---- what else is billed for these days ---- */

static void within_file(struct ctx *cx, struct import_run *run, const struct import_row *r, struct complaints *c,
                        const struct parsed *p)
{
    bool was = false;
    struct span *s = arena_alloc(run->arena, sizeof *s);
    *s = (struct span){NULL, p->from, p->to, r->n};
    const char *key = arena_printf(cx->arena, "%lld|%lld", (long long)p->room_id, (long long)p->item->f.id);
    struct span *first = (struct span *)(intptr_t)seen_put(run->seen, key, (int64_t)(intptr_t)s, &was);
    if (!was || !first)
        return;
    for (const struct span *x = first; x; x = x->next)
        if (x->from <= p->to && x->to >= p->from) {
            complain(c, COL_FROM, arena_printf(cx->arena, "与第 %lld 行账期重叠", (long long)x->row),
                     arena_printf(cx->arena, "the same days as row %lld", (long long)x->row));
            return;
        }
    s->next = first->next;
    first->next = s;
}

static enum err check(struct ctx *cx, struct import_run *run, const struct import_row *r, struct complaints *c)
{
    struct own *o;
    struct parsed p = {0};
    int64_t bill = 0;
    enum err e = own_of(cx, run, &o);
    if (!e)
        e = parse(cx, o, r, c, &p);
    if (e || c->n)
        return e;
    within_file(cx, run, r, c, &p);
    e = bill_overlapping(cx, p.room_id, &p.item->f, p.from, p.to, &bill);
    if (!e && bill)
        complain(c, COL_FROM, "该房屋该项目在此账期已有账单", "the room has a bill of that item for these days");
    if (!e && !c->n)
        run->total_fen += p.fen;
    return e;
}

/* ---- making and taking back ---- */

static const char *snapshot(struct ctx *cx, const struct import_run *run, const struct import_row *r,
                            const struct parsed *p)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "kind", "arrears");
    kv_id(&w, "import_id", run->task_id);
    kv_int(&w, "row", r->n);
    kv_str(&w, "number", r->cell[COL_NUMBER]);
    kv_str(&w, "note", r->cell[COL_NOTE]);
    if (p->late)
        kv_int(&w, "late_from", p->late);
    jw_end(&w);
    return jw_text(&w);
}

static enum err apply(struct ctx *cx, struct import_run *run, const struct import_row *r)
{
    struct complaints c = {.col = columns};
    struct parsed p = {0};
    struct own *o;
    int64_t bill = 0;
    jw_init(&c.w, cx->arena);
    enum err e = own_of(cx, run, &o);
    if (!e && !o->checked) /* no run decides at this moment what is billed already */
        e = bill_nothing_moving(cx);
    if (e)
        return e;
    o->checked = true;
    e = parse(cx, o, r, &c, &p);
    if (!e && p.late && !p.item->basis_id)
        e = bill_arrears_basis(cx, &p.item->f, &p.item->basis_id);
    const struct bill_arrears in = {.room_id = p.room_id,
                                    .room = p.room,
                                    .item_id = p.item->f.id,
                                    .amount_fen = p.fen,
                                    .basis_id = p.late ? p.item->basis_id : 0,
                                    .from = p.from,
                                    .to = p.to,
                                    .due = p.due,
                                    .late_from = p.late,
                                    .name = p.item->f.name,
                                    .income = fee_income_name[p.item->f.income],
                                    .snapshot = snapshot(cx, run, r, &p)};
    if (!e)
        e = bill_arrears_add(cx, &in, &bill);
    return e ? e : import_made(cx, run, "bill", bill);
}

static enum err undo(struct ctx *cx, const char *object, int64_t id)
{
    (void)object;
    enum err e = bill_arrears_undo(cx, id);
    if (e != ERR_STATE || !cx->why.zh)
        return e;
    struct why y = cx->why;
    return import_used(cx, y.zh, y.en);
}

const struct import_source import_arrears_source = {columns, COUNT(columns), check,       apply,
                                                    undo,    NULL,           ROLES_TAKES, true};
