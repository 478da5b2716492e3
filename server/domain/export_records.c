/* export_records.c - exports of what is not money: orders, maintenance, facilities, the audit log, the register of
 * people. The register's columns are those of its import: what comes out goes in again. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/board.h"
#include "domain/export_int.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

/* ---- lists that are one statement; ids are times, so a period is a range of ids ----
 * $1 company $2 project $3 state $4 first id $5 id behind the last $6 after $7 rows; the id first, then the columns. */
static int64_t first_id(const struct export_filters *f)
{
    return f->from ? id_at(clock_day_start((int32_t)f->from)) : 0;
}

static int64_t end_id(const struct export_filters *f)
{
    return f->to ? id_at(clock_day_start(clock_day_add((int32_t)f->to, 1))) : INT64_MAX;
}

static enum err record_page(struct ctx *cx, const struct stmt *q, const struct sheet_column *col,
                            const struct export_filters *f, struct export_page *p)
{
    return export_rows(cx, q,
                       ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->state)), I64(first_id(f)),
                            I64(end_id(f)), I64(p->after), I64(EXPORT_PAGE)),
                       col, p);
}

static enum err record_count(struct ctx *cx, const struct stmt *q, const struct export_filters *f, int64_t *n)
{
    return db_i64(cx, q,
                  ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->state)), I64(first_id(f)),
                       I64(end_id(f))),
                  n, NULL);
}

#define SPAN(t)  " AND ($3 = '' OR " t ".state = $3) AND " t ".id >= $4 AND " t ".id < $5"
#define PAGE(t)  " AND " t ".id > $6 ORDER BY " t ".id LIMIT $7"
#define OWN(t)   t ".company_id = $1 AND " t ".project_id = $2"
#define YES(cnd) "CASE WHEN " cnd " THEN '是' ELSE '' END"

const struct sheet_column export_repair_col[EXPORT_REPAIR_COLS] = {
    {"工单号",    SHEET_TEXT, 18},
    {"报修时间", SHEET_TIME, 20},
    {"类型",       SHEET_TEXT, 12},
    {"地点",       SHEET_TEXT, 22},
    {"描述",       SHEET_TEXT, 30},
    {"紧急程度", SHEET_TEXT, 10},
    {"状态",       SHEET_TEXT, 12},
    {"技师",       SHEET_TEXT, 10},
    {"接单时间", SHEET_TIME, 20},
    {"到达时间", SHEET_TIME, 20},
    {"完成时间", SHEET_TIME, 20},
    {"按时完成", SHEET_TEXT, 10},
    {"故障原因", SHEET_TEXT, 16},
    {"维修措施", SHEET_TEXT, 30},
    {"费用(元)",  SHEET_FEN,  10},
    {"评分",       SHEET_INT,  6 },
    {"重修次数", SHEET_INT,  8 }
};
#define REPAIRS " FROM repair r WHERE " OWN("r") SPAN("r")
#define IN_TIME "r.finished_at > 0 AND r.finished_at - r.paused_ms <= r.finish_due"
/* clang-format off */
STMT(q_repairs, "export.repairs",
     "SELECT r.id, r.number, r.created_at, (SELECT t.name FROM fault_type t WHERE t.id = r.type_id), r.place,"
     " r.description, r.urgency, r.state, COALESCE((SELECT a.name FROM account a WHERE a.id = r.holder_id), ''),"
     " r.accepted_at, r.arrived_at, r.finished_at, " YES(IN_TIME) ","
     " COALESCE((SELECT c.name FROM cause_code c WHERE c.id = r.cause_id), ''), r.measure, r.charge_fen, r.stars,"
     " r.reopened" REPAIRS PAGE("r"));
/* clang-format on */
STMT(q_repairs_count, "export.repairs_count", "SELECT COUNT(*)" REPAIRS);

const struct sheet_column export_task_col[EXPORT_TASK_COLS] = {
    {"任务编号", SHEET_INT,  18},
    {"计划",       SHEET_TEXT, 24},
    {"类型",       SHEET_TEXT, 10},
    {"设施",       SHEET_TEXT, 24},
    {"法定",       SHEET_TEXT, 6 },
    {"应做日期", SHEET_DAY,  12},
    {"截止日期", SHEET_DAY,  12},
    {"状态",       SHEET_TEXT, 12},
    {"逾期",       SHEET_TEXT, 6 },
    {"执行人",    SHEET_TEXT, 10},
    {"提交时间", SHEET_TIME, 20},
    {"验收时间", SHEET_TIME, 20},
    {"不合格项", SHEET_INT,  8 },
    {"工时(分)",  SHEET_INT,  8 },
    {"费用(元)",  SHEET_FEN,  10},
    {"备注",       SHEET_TEXT, 30}
};
/* The days are those a task is for, as in its list. */
#define TASKS                                                                                                          \
    " FROM maint_task t WHERE " OWN("t") " AND ($3 = '' OR t.state = $3) AND ($4 = 0 OR t.day >= $4)"                  \
                                         " AND ($5 = 0 OR t.day <= $5) AND ($6 = 0 OR t.overdue = 1)"                  \
                                         " AND ($7 = 0 OR t.state IN ('scheduled', 'in_progress', 'await_accept'))"
/* clang-format off */
STMT(q_tasks, "export.tasks",
     "SELECT t.id, t.id, t.name, t.kind, COALESCE((SELECT f.name FROM facility f WHERE f.id = t.facility_id), ''), "
     YES("t.statutory = 1") ", t.day, t.due_day, t.state, " YES("t.overdue = 1") ","
     " COALESCE((SELECT a.name FROM account a WHERE a.id = CASE WHEN t.doer_id > 0 THEN t.doer_id ELSE t.holder_id END),"
     " ''), t.submitted_at, t.closed_at, t.failed, t.labour_min, t.cost_fen, t.note"
     TASKS " AND t.id > $8 ORDER BY t.id LIMIT $9");
/* clang-format on */
STMT(q_tasks_count, "export.tasks_count", "SELECT COUNT(*)" TASKS);
#define OF_TASKS                                                                                                       \
    I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->state)), I64(f->from), I64(f->to),               \
        I64(f->overdue), I64(f->open)

enum err export_tasks_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    return export_rows(cx, &q_tasks, ARGS(OF_TASKS, I64(p->after), I64(EXPORT_PAGE)), export_task_col, p);
}

enum err export_tasks_count(struct ctx *cx, const struct export_filters *f, int64_t *n)
{
    return db_i64(cx, &q_tasks_count, ARGS(OF_TASKS), n, NULL);
}

const struct sheet_column export_facility_col[EXPORT_FACILITY_COLS] = {
    {"编号",            SHEET_TEXT, 14},
    {"名称",            SHEET_TEXT, 24},
    {"类别",            SHEET_TEXT, 10},
    {"品牌",            SHEET_TEXT, 12},
    {"型号",            SHEET_TEXT, 16},
    {"序列号",         SHEET_TEXT, 20},
    {"购买日期",      SHEET_DAY,  12},
    {"价格(元)",       SHEET_FEN,  14},
    {"安装位置",      SHEET_TEXT, 24},
    {"供应商",         SHEET_TEXT, 20},
    {"保修到期",      SHEET_DAY,  12},
    {"重要性",         SHEET_TEXT, 8 },
    {"登记证号",      SHEET_TEXT, 18},
    {"下次检验",      SHEET_DAY,  12},
    {"状态",            SHEET_TEXT, 10},
    {"停机",            SHEET_TEXT, 6 },
    {"累计费用(元)", SHEET_FEN,  14}
};
#define FACILITIES " FROM facility f WHERE " OWN("f") SPAN("f")
/* clang-format off */
STMT(q_facilities, "export.facilities",
     "SELECT f.id, f.code, f.name, f.category, f.brand, f.model, f.serial, f.bought_day, f.price_fen, f.place,"
     " COALESCE((SELECT s.name FROM facility_supplier s WHERE s.id = f.supplier_id), ''), f.warranty_day, f.importance,"
     " f.reg_no, f.inspect_due, f.state, " YES("f.up = 0") ","
     " (SELECT CAST(COALESCE(SUM(c.amount_fen), 0) AS BIGINT) FROM facility_cost c WHERE c.facility_id = f.id)"
     FACILITIES PAGE("f"));
/* clang-format on */
STMT(q_facilities_count, "export.facilities_count", "SELECT COUNT(*)" FACILITIES);

#define RECORDS(name, col)                                                                                             \
    enum err export_##name##_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)               \
    {                                                                                                                  \
        return record_page(cx, &q_##name, col, f, p);                                                                  \
    }                                                                                                                  \
    enum err export_##name##_count(struct ctx *cx, const struct export_filters *f, int64_t *n)                         \
    {                                                                                                                  \
        return record_count(cx, &q_##name##_count, f, n);                                                              \
    }
RECORDS(repairs, export_repair_col)
RECORDS(facilities, export_facility_col)

/* ---- the audit log, newest first ---- */

const struct sheet_column export_audit_col[EXPORT_AUDIT_COLS] = {
    {"编号",       SHEET_INT,  18},
    {"时间",       SHEET_TIME, 20},
    {"操作人",    SHEET_TEXT, 12},
    {"动作",       SHEET_TEXT, 22},
    {"对象",       SHEET_TEXT, 16},
    {"对象编号", SHEET_INT,  18},
    {"变更前",    SHEET_TEXT, 40},
    {"变更后",    SHEET_TEXT, 40},
    {"来源地址", SHEET_TEXT, 16},
    {"请求编号", SHEET_TEXT, 18}
};

static void on_audit(void *arg, const struct audit_entry *a)
{
    struct export_page *p = arg;
    struct sheet_cell *c = export_row(p);
    p->after = a->id;
    c[0].v = a->id;
    c[1].v = a->at;
    c[2].text = a->account;
    c[3].text = a->action;
    c[4].text = a->object;
    c[5].v = a->object_id;
    c[6].text = a->before;
    c[7].text = a->after;
    c[8].text = a->ip;
    c[9].text = a->request_id;
}

enum err export_audit_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    struct audit_filter a = {.object = f->account,
                             .action = f->action,
                             .ip = f->ip,
                             .request_id = f->request_id,
                             .object_id = f->object_id,
                             .from = f->from ? clock_day_start((int32_t)f->from) : 0,
                             .to = f->to ? clock_day_start(clock_day_add((int32_t)f->to, 1)) : 0};
    enum err e = audit_list(cx, &a, p->after, EXPORT_PAGE, on_audit, p);
    p->more = p->rows == EXPORT_PAGE;
    return e;
}

/* ---- the ranking ---- */

const struct sheet_column export_rank_col[EXPORT_RANK_COLS] = {
    {"技师",               SHEET_TEXT, 12},
    {"得分(百分之一)", SHEET_INT,  14},
    {"接单",               SHEET_INT,  8 },
    {"完成",               SHEET_INT,  8 },
    {"按时",               SHEET_INT,  8 },
    {"重修",               SHEET_INT,  8 },
    {"拒单",               SHEET_INT,  8 },
    {"评价数",            SHEET_INT,  8 },
    {"星数合计",         SHEET_INT,  10},
    {"收费(元)",          SHEET_FEN,  12},
    {"到场(分钟)",       SHEET_INT,  10},
    {"维修(分钟)",       SHEET_INT,  10}
};

static void on_rank(void *arg, const struct rank_row *r)
{
    struct sheet_cell *c = export_row(arg);
    const int64_t v[] = {r->score_e2, r->taken, r->finished,   r->in_time,    r->reopened,  r->declined,
                         r->rated,    r->stars, r->charge_fen, r->arrive_min, r->repair_min};
    c[0].text = r->name;
    for (size_t i = 0; i < COUNT(v); i++)
        c[i + 1].v = v[i];
}

enum err export_rank_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    int64_t to = f->to ? clock_day_start(clock_day_add((int32_t)f->to, 1)) : cx->now + 1;
    return board_ranking(cx, f->from ? clock_day_start((int32_t)f->from) : to - 30 * DAY_MS, to, on_rank, p);
}

/* ---- the register of people, as its import reads it ---- */

const struct sheet_column export_owner_col[EXPORT_OWNER_COLS] = {
    {"房屋",             SHEET_TEXT, 16},
    {"楼栋",             SHEET_TEXT, 8 },
    {"单元",             SHEET_TEXT, 8 },
    {"房号",             SHEET_TEXT, 8 },
    {"户型",             SHEET_TEXT, 12},
    {"建筑面积",       SHEET_TEXT, 10},
    {"套内面积",       SHEET_TEXT, 10},
    {"楼层",             SHEET_TEXT, 6 },
    {"用途",             SHEET_TEXT, 10},
    {"房屋状态",       SHEET_TEXT, 10},
    {"姓名",             SHEET_TEXT, 14},
    {"类型",             SHEET_TEXT, 8 },
    {"手机号",          SHEET_TEXT, 14},
    {"备用电话",       SHEET_TEXT, 14},
    {"电子邮箱",       SHEET_TEXT, 22},
    {"证件号",          SHEET_TEXT, 20},
    {"身份",             SHEET_TEXT, 8 },
    {"份额",             SHEET_TEXT, 8 },
    {"起始日期",       SHEET_TEXT, 12},
    {"到期日期",       SHEET_TEXT, 12},
    {"缴费人",          SHEET_TEXT, 8 },
    {"紧急联系人",    SHEET_TEXT, 12},
    {"紧急联系电话", SHEET_TEXT, 14},
    {"备注",             SHEET_TEXT, 24}
};

STMT(q_owners, "export.owners",
     "SELECT x.id, m.full_name, b.name, COALESCE(u.name, ''), m.name, m.layout, m.area_e4, m.inner_area_e4, m.floor, "
     "m.use,"
     " m.state, p.name, p.kind, p.id, p.email_enc, p.idno_enc, p.emergency_enc, x.role, x.share_n, x.share_d, "
     "x.from_day,"
     " x.to_day, x.pays, p.note FROM party_room x JOIN party p ON p.id = x.party_id JOIN room m ON m.id = x.room_id"
     " JOIN building b ON b.id = m.building_id LEFT JOIN unit u ON u.id = m.unit_id WHERE x.company_id = $1"
     " AND x.project_id = $2 AND p.state = 'active' AND x.to_day >= $3 AND x.id > $4 ORDER BY x.id LIMIT $5");
STMT(q_owners_count, "export.owners_count",
     "SELECT COUNT(*) FROM party_room x JOIN party p ON p.id = x.party_id WHERE x.company_id = $1 AND x.project_id = $2"
     " AND p.state = 'active' AND x.to_day >= $3");
STMT(q_phones, "export.owner_phones",
     "SELECT n, phone_enc FROM party_phone WHERE party_id = $1 AND company_id = $2 ORDER BY n LIMIT 2");

struct owner_row {
    int64_t id, party, area, inner, floor, share_n, share_d, from_day, to_day, pays;
    const char *building, *unit, *door, *layout, *use, *state, *name, *kind, *email, *idno, *sos, *role, *note;
    const char *phone[2];
    size_t nphone;
};
struct owner_rows {
    struct owner_row v[EXPORT_PAGE];
    size_t n;
};

static const char *opened(struct ctx *cx, const struct row *r, int col, const char *field, int64_t party)
{
    size_t n = 0;
    const void *blob = row_blob(cx, r, col, &n);
    return blob ? pii_open(cx->arena, blob, n, arena_printf(cx->arena, "party.%s|%lld", field, (long long)party))
                : NULL;
}

static enum err on_owner(struct ctx *cx, const struct row *r, void *out)
{
    struct owner_rows *all = out;
    struct owner_row *o = &all->v[all->n++];
    *o = (struct owner_row){.id = row_i64(r, 0),
                            .building = row_text(cx, r, 2),
                            .unit = row_text(cx, r, 3),
                            .door = row_text(cx, r, 4),
                            .layout = row_text(cx, r, 5),
                            .area = row_i64(r, 6),
                            .inner = row_i64(r, 7),
                            .floor = row_i64(r, 8),
                            .use = row_text(cx, r, 9),
                            .state = row_text(cx, r, 10),
                            .name = row_text(cx, r, 11),
                            .kind = row_text(cx, r, 12),
                            .party = row_i64(r, 13),
                            .role = row_text(cx, r, 17),
                            .share_n = row_i64(r, 18),
                            .share_d = row_i64(r, 19),
                            .from_day = row_i64(r, 20),
                            .to_day = row_i64(r, 21),
                            .pays = row_i64(r, 22),
                            .note = row_text(cx, r, 23)};
    o->email = opened(cx, r, 14, "email", o->party);
    o->idno = opened(cx, r, 15, "idno", o->party);
    o->sos = opened(cx, r, 16, "emergency", o->party);
    return OK;
}

static enum err on_phone(struct ctx *cx, const struct row *r, void *out)
{
    struct owner_row *o = out;
    size_t n = 0;
    const void *blob = row_blob(cx, r, 1, &n);
    if (o->nphone < 2)
        o->phone[o->nphone++] =
            pii_open(cx->arena, blob, n,
                     arena_printf(cx->arena, "party.phone|%lld|%lld", (long long)o->party, (long long)row_i64(r, 0)));
    return OK;
}

static const char *area_text(struct arena *a, int64_t e4)
{
    if (!e4)
        return "";
    char *t = arena_printf(a, "%lld.%04lld", (long long)(e4 / 10000), (long long)(e4 % 10000));
    for (size_t n = strlen(t); t[n - 1] == '0' && t[n - 3] != '.'; n--) /* two decimals at least */
        t[n - 1] = '\0';
    return t;
}

static const char *day_text(struct arena *a, int64_t day)
{
    return day <= 0 || day == 99991231 ? ""
                                       : arena_printf(a, "%04lld-%02lld-%02lld", (long long)(day / 10000),
                                                      (long long)(day / 100 % 100), (long long)(day % 100));
}

/* In the order of export_owner_col, which is that of the import. */
static void owner_cells(struct arena *a, const struct owner_row *o, struct sheet_cell *c)
{
    struct json *sos = o->sos ? json_parse(a, o->sos, strlen(o->sos)) : NULL;
    const char *const v[EXPORT_OWNER_COLS] = {
        "",
        o->building,
        o->unit,
        o->door,
        o->layout,
        area_text(a, o->area),
        area_text(a, o->inner),
        o->floor ? arena_printf(a, "%lld", (long long)o->floor) : "",
        o->use,
        o->state,
        o->name,
        o->kind,
        o->phone[0],
        o->phone[1],
        o->email,
        o->idno,
        o->role,
        o->share_n ? arena_printf(a, "%lld/%lld", (long long)o->share_n, (long long)o->share_d) : "",
        day_text(a, o->from_day),
        day_text(a, o->to_day),
        o->pays ? "是" : "否",
        sos ? json_str(sos, "name") : "",
        sos ? json_str(sos, "phone") : "",
        o->note};
    for (size_t i = 0; i < EXPORT_OWNER_COLS; i++)
        c[i].text = or_empty(v[i]);
}

/* Leases that are over stay out: they could not be imported as something that is. */
enum err export_owners_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    struct owner_rows *all = arena_alloc(cx->arena, sizeof *all);
    (void)f;
    enum err e = db_each(cx, &q_owners,
                         ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(clock_day(cx->now)), I64(p->after),
                              I64(EXPORT_PAGE)),
                         on_owner, all);
    for (size_t i = 0; i < all->n && !e; i++) {
        e = db_each(cx, &q_phones, ARGS(I64(all->v[i].party), I64(cx->who.company_id)), on_phone, &all->v[i]);
        owner_cells(cx->arena, &all->v[i], export_row(p));
        p->after = all->v[i].id;
    }
    p->more = all->n == EXPORT_PAGE;
    return e;
}

enum err export_owners_count(struct ctx *cx, const struct export_filters *f, int64_t *n)
{
    (void)f;
    return db_i64(cx, &q_owners_count, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(clock_day(cx->now))),
                  n, NULL);
}
