/* export_lists.c - what can be exported: columns, and how a page of rows is read. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/export_int.h"
#include "domain/ledger.h"
#include "domain/shift.h"
#include "platform/store/db.h"

struct sheet_cell *export_row(struct export_page *p)
{
    if (p->rows == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 256;
        struct sheet_cell *more = arena_alloc(p->arena, cap * p->ncol * sizeof *more);
        for (size_t i = 0; i < p->rows * p->ncol; i++)
            more[i] = p->cell[i];
        p->cell = more;
        p->cap = cap;
    }
    return p->cell + p->rows++ * p->ncol;
}

/* ---- lists that are one statement: an id, then the columns in order ---- */

static const struct sheet_column bill_col[] = {
    {"账单编号",         SHEET_INT,  18},
    {"房间",               SHEET_TEXT, 22},
    {"缴费人",            SHEET_TEXT, 14},
    {"期间起",            SHEET_DAY,  12},
    {"期间止",            SHEET_DAY,  12},
    {"到期日",            SHEET_DAY,  12},
    {"应收(元)",          SHEET_FEN,  12},
    {"违约金(元)",       SHEET_FEN,  12},
    {"已收(元)",          SHEET_FEN,  12},
    {"已收违约金(元)", SHEET_FEN,  16},
    {"欠费(元)",          SHEET_FEN,  12},
    {"状态",               SHEET_TEXT, 10}
};
#define BILLS                                                                                                          \
    " FROM bill b WHERE b.company_id = $1 AND b.project_id = $2 AND b.state <> 'draft' AND ($3 = '' OR b.state = $3)"  \
    " AND b.due_day >= $4 AND b.due_day <= $5 AND ($6 = 0 OR b.room_id = $6)"
STMT(
    q_bills, "export.bills",
    "SELECT b.id, b.id, b.room_name, b.payer_name, b.period_from, b.period_to, b.due_day, b.amount_fen, b.late_fen,"
    " b.paid_fen, b.late_paid_fen, CASE WHEN b.state IN ('published', 'partial') THEN b.amount_fen - b.paid_fen +"
    " b.late_fen - b.late_paid_fen ELSE 0 END, CASE b.state WHEN 'published' THEN '未缴' WHEN 'partial' THEN '部分缴纳'"
    " WHEN 'paid' THEN '已缴清' WHEN 'void' THEN '已作废' ELSE '已核销' END" BILLS
    " AND b.id > $7 ORDER BY b.id LIMIT $8");
STMT(q_bills_count, "export.bills_count", "SELECT COUNT(*)" BILLS);

static const struct sheet_column payment_col[] = {
    {"收据号",         SHEET_INT,  10},
    {"记账日",         SHEET_DAY,  12},
    {"收款时间",      SHEET_TIME, 20},
    {"方式",            SHEET_TEXT, 10},
    {"凭证号",         SHEET_TEXT, 30},
    {"缴费人",         SHEET_TEXT, 14},
    {"金额(元)",       SHEET_FEN,  12},
    {"其中预存(元)", SHEET_FEN,  14},
    {"抹零(元)",       SHEET_FEN,  10},
    {"已退(元)",       SHEET_FEN,  12},
    {"状态",            SHEET_TEXT, 10},
    {"收费员",         SHEET_TEXT, 12},
    {"班次",            SHEET_INT,  18},
    {"作废原因",      SHEET_TEXT, 24}
};
#define PAYMENTS                                                                                                       \
    " FROM payment p WHERE p.company_id = $1 AND p.project_id = $2 AND ($3 = '' OR p.state = $3) AND p.day >= $4"      \
    " AND p.day <= $5 AND ($6 = 0 OR p.id IN (SELECT x.payment_id FROM bill b JOIN payment_bill x ON x.bill_id = b.id" \
    " WHERE b.room_id = $6 UNION SELECT o.id FROM payment o WHERE o.prepaid_room_id = $6 AND o.prepaid_room_id > 0))"  \
    " AND ($7 = '' OR p.method = $7) AND ($8 = 0 OR p.receipt_no = $8)"
STMT(q_payments, "export.payments",
     "SELECT p.id, p.receipt_no, p.day, p.created_at, CASE p.method WHEN 'cash' THEN '现金' WHEN 'card' THEN '刷卡'"
     " WHEN 'transfer' THEN '转账' WHEN 'prepaid' THEN '预存款' WHEN 'wechat' THEN '微信支付' ELSE '支付宝' END,"
     " p.voucher, p.payer_name, p.amount_fen, p.prepaid_fen, p.rounding_fen, p.back_fen,"
     " CASE p.state WHEN 'void' THEN '已作废' ELSE '有效' END,"
     " COALESCE((SELECT a.name FROM account a WHERE a.id = p.cashier_id), ''), p.shift_id, p.reason" PAYMENTS
     " AND p.id > $9 ORDER BY p.id LIMIT $10");
STMT(q_payments_count, "export.payments_count", "SELECT COUNT(*)" PAYMENTS);

enum err export_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct export_list *l = out;
    struct sheet_cell *c = export_row(l->p);
    l->p->after = row_i64(r, 0);
    for (size_t i = 0; i < l->p->ncol; i++)
        if (l->col[i].type == SHEET_TEXT)
            c[i].text = row_text(cx, r, (int)i + 1);
        else
            c[i].v = row_i64(r, (int)i + 1);
    return OK;
}

static int64_t first_day(const struct export_filters *f)
{
    return f->from ? f->from : 19700101;
}

static int64_t last_day(const struct export_filters *f)
{
    return f->to ? f->to : 99991231;
}

enum err export_rows(struct ctx *cx, const struct stmt *q, struct args args, const struct sheet_column *col,
                     struct export_page *p)
{
    struct export_list l = {p, col};
    enum err e = db_each(cx, q, args, export_listed, &l);
    p->more = p->rows == EXPORT_PAGE;
    return e;
}

#define OF_DAYS                                                                                                        \
    I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->state)), I64(first_day(f)), I64(last_day(f)),    \
        I64(f->room_id)
#define BEHIND I64(p->after), I64(EXPORT_PAGE)

static enum err bills_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    return export_rows(cx, &q_bills, ARGS(OF_DAYS, BEHIND), bill_col, p);
}

static enum err bills_count(struct ctx *cx, const struct export_filters *f, int64_t *n)
{
    return db_i64(cx, &q_bills_count, ARGS(OF_DAYS), n, NULL);
}

static enum err payments_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    return export_rows(cx, &q_payments, ARGS(OF_DAYS, TXT(or_empty(f->method)), I64(f->receipt_no), BEHIND),
                       payment_col, p);
}

static enum err payments_count(struct ctx *cx, const struct export_filters *f, int64_t *n)
{
    return db_i64(cx, &q_payments_count, ARGS(OF_DAYS, TXT(or_empty(f->method)), I64(f->receipt_no)), n, NULL);
}

/* ---- the account ledger ---- */

static const struct sheet_column ledger_col[] = {
    {"记账日",    SHEET_DAY,  12},
    {"分录",       SHEET_INT,  18},
    {"业务",       SHEET_TEXT, 14},
    {"单据",       SHEET_TEXT, 14},
    {"单据编号", SHEET_INT,  18},
    {"对象编号", SHEET_INT,  18},
    {"摘要",       SHEET_TEXT, 30},
    {"借方(元)",  SHEET_FEN,  14},
    {"贷方(元)",  SHEET_FEN,  14},
    {"余额(元)",  SHEET_FEN,  14}
};

static void on_line(void *arg, const struct book_row *r)
{
    struct export_page *p = arg;
    struct sheet_cell *c = export_row(p);
    c[0].v = r->day;
    c[1].v = r->entry_id;
    c[2].text = r->kind;
    c[3].text = r->ref_kind;
    c[4].v = r->ref_id;
    c[5].v = r->party_id;
    c[6].text = r->memo;
    c[7].v = r->debit_fen;
    c[8].v = r->credit_fen;
    c[9].v = r->balance_fen;
    p->book = (struct book_at){r->day, r->entry_id, r->n, true, r->balance_fen};
}

static enum err ledger_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    struct book_at after = p->book;
    int64_t opening = 0;
    int account = str_index(ledger_account_name, LA_COUNT, f->account);
    enum err e = report_book(cx, account < 0 ? LA_RECEIVABLE : account, f->party_id ? f->party_id : -1,
                             (int32_t)first_day(f), (int32_t)last_day(f), &after, EXPORT_PAGE, &opening, on_line, p);
    p->more = p->rows == EXPORT_PAGE;
    return e;
}

/* ---- reports ---- */

static const struct sheet_column receivable_col[] = {
    {"名称",            SHEET_TEXT, 24},
    {"应收(元)",       SHEET_FEN,  14},
    {"实收(元)",       SHEET_FEN,  14},
    {"核销(元)",       SHEET_FEN,  12},
    {"欠费(元)",       SHEET_FEN,  14},
    {"违约金(元)",    SHEET_FEN,  12},
    {"收缴率(万分)", SHEET_INT,  14},
    {"未到期",         SHEET_FEN,  12},
    {"0-30天",           SHEET_FEN,  12},
    {"31-90天",          SHEET_FEN,  12},
    {"91-180天",         SHEET_FEN,  12},
    {"181-365天",        SHEET_FEN,  12},
    {"365天以上",      SHEET_FEN,  12}
};

static void on_receivable(void *arg, const struct receivable_row *r)
{
    struct sheet_cell *c = export_row(arg);
    c[0].text = r->name;
    c[1].v = r->receivable_fen;
    c[2].v = r->received_fen;
    c[3].v = r->written_off_fen;
    c[4].v = r->arrears_fen;
    c[5].v = r->late_fen;
    c[6].v = report_rate_e4(r);
    for (int i = 0; i < REPORT_AGES; i++)
        c[7 + i].v = r->age[i];
}

static enum err receivable_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    int by = str_empty(f->by) ? BY_PROJECT : str_index(report_by_name, REPORT_BYS, f->by);
    return report_receivable(cx, (enum report_by)by, f->as_of ? (int32_t)f->as_of : clock_day(cx->now), on_receivable,
                             p);
}

static const struct sheet_column takings_col[] = {
    {"名称",       SHEET_TEXT, 24},
    {"收款笔数", SHEET_INT,  10},
    {"收款(元)",  SHEET_FEN,  14},
    {"作废笔数", SHEET_INT,  10},
    {"作废(元)",  SHEET_FEN,  14},
    {"退款笔数", SHEET_INT,  10},
    {"退款(元)",  SHEET_FEN,  14},
    {"净额(元)",  SHEET_FEN,  14}
};

static void on_takings(void *arg, const struct takings_row *r)
{
    struct sheet_cell *c = export_row(arg);
    c[0].text = r->name;
    for (int k = 0; k < TAKINGS_KINDS; k++) {
        c[1 + 2 * k].v = r->n[k];
        c[2 + 2 * k].v = r->fen[k];
    }
    c[7].v = r->fen[TAKINGS_TAKEN] - r->fen[TAKINGS_VOID] - r->fen[TAKINGS_REFUND];
}

static enum err takings_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    int by = str_empty(f->by) ? TAKEN_BY_DAY : str_index(takings_by_name, TAKINGS_BYS, f->by);
    return report_takings(cx, (enum takings_by)by, (int32_t)first_day(f), (int32_t)last_day(f), on_takings, p);
}

static const struct sheet_column trial_col[] = {
    {"科目代码", SHEET_TEXT, 22},
    {"科目",       SHEET_TEXT, 14},
    {"期初(元)",  SHEET_FEN,  16},
    {"借方(元)",  SHEET_FEN,  16},
    {"贷方(元)",  SHEET_FEN,  16},
    {"期末(元)",  SHEET_FEN,  16}
};

static void on_trial(void *arg, const struct trial_row *r)
{
    struct sheet_cell *c = export_row(arg);
    c[0].text = r->account;
    c[1].text = r->name;
    c[2].v = r->opening_fen;
    c[3].v = r->debit_fen;
    c[4].v = r->credit_fen;
    c[5].v = r->closing_fen;
}

static enum err trial_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    return report_trial(cx, (int32_t)first_day(f), (int32_t)last_day(f), on_trial, p);
}

/* ---- one shift ---- */

static const struct sheet_column shift_col[] = {
    {"项目",      SHEET_TEXT, 22},
    {"方式",      SHEET_TEXT, 12},
    {"笔数",      SHEET_INT,  10},
    {"金额(元)", SHEET_FEN,  14}
};

static void shift_row(struct export_page *p, const char *name, const char *method, int64_t n, int64_t fen)
{
    struct sheet_cell *c = export_row(p);
    c[0].text = name;
    c[1].text = method;
    c[2].v = n;
    c[3].v = fen;
}

static enum err shift_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    struct cash_shift s;
    enum err e = shift_get(cx, f->shift_id, &s);
    for (size_t i = 0; i < s.ntotal && !e; i++)
        if (s.total[i].kind >= 0 && s.total[i].method >= 0)
            shift_row(p, shift_kind_zh[s.total[i].kind], pay_method_zh[s.total[i].method], s.total[i].n,
                      s.total[i].fen);
    if (e)
        return e;
    shift_row(p, arena_printf(p->arena, "第 %lld 班 备用金", (long long)s.number), s.cashier, 0, s.float_fen);
    shift_row(p, "应有现金(含备用金)", "", 0, s.expected_fen);
    shift_row(p, "收费员实点", s.cashier, 0, s.counted_fen);
    shift_row(p, "长短款", s.reason, 0, s.counted_fen - s.expected_fen);
    if (str_eq(s.state, "confirmed"))
        shift_row(p, "复点", s.confirmer, 0, s.recounted_fen);
    return OK;
}

/* ---- complaints: nothing of who they are from, nor those about whoever exports ---- */

static const struct sheet_column complaint_col[] = {
    {"编号",       SHEET_TEXT, 20},
    {"类型",       SHEET_TEXT, 8 },
    {"类别",       SHEET_TEXT, 12},
    {"标题",       SHEET_TEXT, 30},
    {"位置",       SHEET_TEXT, 20},
    {"提交时间", SHEET_TIME, 20},
    {"期限",       SHEET_TIME, 20},
    {"首次答复", SHEET_TIME, 20},
    {"办结时间", SHEET_TIME, 20},
    {"处理人",    SHEET_TEXT, 12},
    {"部门",       SHEET_TEXT, 12},
    {"状态",       SHEET_TEXT, 10},
    {"升级次数", SHEET_INT,  10},
    {"超时级别", SHEET_INT,  10},
    {"重开次数", SHEET_INT,  10},
    {"评分",       SHEET_INT,  8 },
    {"处理结果", SHEET_TEXT, 40}
};
#define COMPLAINTS                                                                                                     \
    " FROM complaint c WHERE c.company_id = $1 AND c.project_id = $2 AND ($3 = '' OR c.state = $3)"                    \
    " AND c.created_at >= $4 AND c.created_at < $5 AND c.accused_id <> $6 AND ($7 = '' OR c.category = $7)"            \
    " AND ($8 = '' OR c.kind = $8) AND ($9 = '' OR c.number LIKE $9 OR c.title LIKE $9)"                               \
    " AND ($10 = 0 OR (c.due_at < $13 AND c.closed_at = 0 AND c.resolved_at = 0))"                                     \
    " AND ($11 = 0 OR (c.closed_at = 0 AND c.resolved_at = 0))"                                                        \
    " AND ($12 = 0 OR (c.escalation > 0 AND c.closed_at = 0 AND c.resolved_at = 0))"
STMT(q_complaints, "export.complaints",
     "SELECT c.id, c.number, CASE c.kind WHEN 'complaint' THEN '投诉' WHEN 'suggestion' THEN '建议' WHEN 'inquiry' THEN"
     " '咨询' ELSE '表扬' END, COALESCE((SELECT k.name FROM complaint_category k WHERE k.company_id = c.company_id AND "
     "k.code"
     " = c.category), CASE c.category WHEN 'service' THEN '服务态度' WHEN 'facility' THEN '设施设备' WHEN "
     "'environment' THEN"
     " '环境卫生' WHEN 'security' THEN '安全秩序' WHEN 'fee' THEN '物业收费' ELSE '其他' END), c.title, c.place,"
     " c.created_at, c.due_at, c.answered_at, c.resolved_at, COALESCE((SELECT a.name FROM account a WHERE a.id ="
     " c.handler_id), ''), c.department, CASE c.state WHEN 'new' THEN '待分类' WHEN 'classified' THEN '待分派' WHEN"
     " 'assigned' THEN '待受理' WHEN 'in_progress' THEN '处理中' WHEN 'resolved' THEN '待评价' WHEN 'reopened' THEN "
     "'重开'"
     " WHEN 'closed' THEN '已办结' WHEN 'merged' THEN '已合并' ELSE '已撤回' END, c.level, c.escalation, c.reopened,"
     " c.stars, c.result" COMPLAINTS " AND c.id > $14 ORDER BY c.id LIMIT $15");
STMT(q_complaints_count, "export.complaints_count", "SELECT COUNT(*)" COMPLAINTS);

static int64_t from_ms(const struct export_filters *f)
{
    return f->from ? clock_day_start((int32_t)f->from) : 0;
}

static int64_t until_ms(const struct export_filters *f)
{
    return f->to ? clock_day_start(clock_day_add((int32_t)f->to, 1)) : INT64_C(1) << 52;
}

#define OF_COMPLAINTS                                                                                                  \
    I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->state)), I64(from_ms(f)), I64(until_ms(f)),      \
        I64(cx->who.id), TXT(or_empty(f->category)), TXT(or_empty(f->about)),                                          \
        TXT(str_empty(f->search) ? "" : arena_printf(cx->arena, "%%%s%%", f->search)), I64(f->overdue), I64(f->open),  \
        I64(f->escalated), I64(cx->now)

static enum err complaints_page(struct ctx *cx, const struct export_filters *f, struct export_page *p)
{
    return export_rows(cx, &q_complaints, ARGS(OF_COMPLAINTS, BEHIND), complaint_col, p);
}

static enum err complaints_count(struct ctx *cx, const struct export_filters *f, int64_t *n)
{
    return db_i64(cx, &q_complaints_count, ARGS(OF_COMPLAINTS), n, NULL);
}

#define COLS(c) c, COUNT(c)
#define TAKES   ROLES_MONEY /* who sees money */
#define BOOKS   (ROLES_SETS | ROLE_AUDITOR)
#define DESK    (ROLES_DESK | ROLE_AUDITOR)
const struct export_source export_source[EXPORT_KINDS] = {
    [EXPORT_BILLS] = {"账单",          COLS(bill_col),            TAKES,                      bills_page,             bills_count         },
    [EXPORT_PAYMENTS] = {"收款",          COLS(payment_col),         TAKES,                      payments_page,          payments_count      },
    [EXPORT_LEDGER] = {"明细账",       COLS(ledger_col),          BOOKS,                      ledger_page,            NULL                },
    [EXPORT_RECEIVABLE] = {"应收账龄",    COLS(receivable_col),      TAKES,                      receivable_page,        NULL                },
    [EXPORT_TAKINGS] = {"收款统计",    COLS(takings_col),         TAKES,                      takings_page,           NULL                },
    [EXPORT_TRIAL] = {"试算平衡表", COLS(trial_col),           BOOKS,                      trial_page,             NULL                },
    [EXPORT_SHIFT] = {"交班",          COLS(shift_col),           TAKES,                      shift_page,             NULL                },
    [EXPORT_REPAIRS] = {"工单",          COLS(export_repair_col),   DESK,                       export_repairs_page,    export_repairs_count},
    [EXPORT_COMPLAINTS] = {"投诉建议",    COLS(complaint_col),       DESK,                       complaints_page,        complaints_count    },
    [EXPORT_TASKS] = {"维保任务",    COLS(export_task_col),     DESK,                       export_tasks_page,      export_tasks_count  },
    [EXPORT_FACILITIES] = {"设施设备",    COLS(export_facility_col), DESK,                       export_facilities_page,
                      export_facilities_count                                                                                               },
    [EXPORT_AUDIT] = {"操作审计",    COLS(export_audit_col),    ROLES_ADMIN | ROLE_AUDITOR, export_audit_page,      NULL                },
    [EXPORT_TECHNICIANS] = {"技师排名",    COLS(export_rank_col),     BOOKS,                      export_rank_page,       NULL                },
    [EXPORT_OWNERS] = {"业主档案",    COLS(export_owner_col),    ROLES_SETS,                 export_owners_page,     export_owners_count }
};
