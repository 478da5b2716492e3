/* verify.c - anjud verify: what must be true of every store, whatever happened to it. Each line names the first row that
 * does not fit.  SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "domain/audit.h"
#include "domain/billing_check.h"
#include "domain/ledger.h"
#include "domain/payment_order.h"
#include "domain/refund.h"
#include "domain/repair.h"
#include "domain/shift.h"
#include "main/parts.h"
#include "platform/store/db.h"

STMT(q_companies, "verify.companies", "SELECT id FROM company ORDER BY id");
STMT(q_history_gap, "verify.history_gap",
     "SELECT COALESCE(MIN(r.id), 0) FROM repair r WHERE r.version <>"
     " (SELECT COUNT(*) FROM repair_event e WHERE e.repair_id = r.id)"
     " OR r.version <> (SELECT COALESCE(MAX(e.n), 0) FROM repair_event e WHERE e.repair_id = r.id)");
STMT(q_history_state, "verify.history_state",
     "SELECT COALESCE(MIN(r.id), 0) FROM repair r JOIN repair_event e ON e.repair_id = r.id AND e.n = r.version"
     " WHERE e.to_state <> r.state");
STMT(q_history_chain, "verify.history_chain",
     "SELECT COALESCE(MIN(b.repair_id), 0) FROM repair_event b JOIN repair_event a ON a.repair_id = b.repair_id"
     " AND a.n = b.n - 1 WHERE b.from_state <> a.to_state");
STMT(q_holder, "verify.holder",
     "SELECT COALESCE(MIN(id), 0) FROM repair WHERE (state IN ('assigned', 'en_route', 'arrived', 'in_repair', "
     "'on_hold'))"
     " <> (holder_id IS NOT NULL) AND state IN ('new', 'queued', 'offered', 'assigned', 'en_route', 'arrived', "
     "'in_repair',"
     " 'on_hold')");
STMT(q_two_offers, "verify.two_offers",
     "SELECT COALESCE(MIN(a.repair_id), 0) FROM repair_offer a JOIN repair_offer b ON b.repair_id = a.repair_id AND "
     "b.id > a.id"
     " WHERE a.state = 'open' AND b.state = 'open'");
STMT(q_event_gap, "verify.event_gap",
     "SELECT COUNT(*) FROM topic_seq t WHERE EXISTS (SELECT 1 FROM event e WHERE e.topic = t.topic AND e.seq > t.seq)");
STMT(q_stock, "verify.stock", "SELECT COALESCE(MIN(m.id), 0) FROM material m WHERE m.stock_e3 < 0");
STMT(q_down, "verify.facility_down",
     "SELECT COALESCE(MIN(f.id), 0) FROM facility f WHERE (f.up = 0) <>"
     " (EXISTS (SELECT 1 FROM facility_down d WHERE d.facility_id = f.id AND d.to_at = 0))");
STMT(q_slot_twice, "verify.slot_twice",
     "SELECT COALESCE(MIN(t.id), 0) FROM maint_task t JOIN maint_gap g ON g.plan_id = t.plan_id"
     " AND g.facility_id = t.facility_id AND g.slot = t.slot");
STMT(q_stuck, "verify.plan_stuck",
     "SELECT COALESCE(MIN(t.plan_id), 0) FROM maint_target t JOIN maint_plan p ON p.id = t.plan_id"
     " LEFT JOIN facility f ON f.id = t.facility_id WHERE p.state = 'active' AND p.last_day = 0 AND t.next_slot = 0"
     " AND COALESCE(f.state, '') <> 'scrapped' AND (p.basis = 'scheduled' OR NOT EXISTS (SELECT 1 FROM maint_task k"
     " WHERE k.plan_id = t.plan_id AND k.facility_id = t.facility_id AND k.state NOT IN ('done', 'skipped')))");

static const struct {
    const char *what;
    const struct stmt *q;
} checks[] = {
    {"order history without gaps",                          &q_history_gap  },
    {"order state equals the last event",                   &q_history_state},
    {"each event starts where the one before ended",        &q_history_chain},
    {"a holder exactly while a job is held",                &q_holder       },
    {"at most one open offer per order",                    &q_two_offers   },
    {"event numbers within their topic",                    &q_event_gap    },
    {"no negative stock",                                   &q_stock        },
    {"a facility is down exactly while a downtime is open", &q_down         },
    {"no slot of a plan is both a task and a gap",          &q_slot_twice   },
    {"every active plan goes on",                           &q_stuck        }
};

STMT(q_edges, "verify.edges", "SELECT DISTINCT repair_id, event, from_state, to_state FROM repair_event");

static enum err on_edge(struct ctx *cx, const struct row *r, void *out)
{
    int64_t *bad = out;
    int ev = str_index(repair_event_name, RE_COUNT, row_text(cx, r, 1));
    int from = str_index(repair_state_name, RS_COUNT, row_text(cx, r, 2));
    int to = str_index(repair_state_name, RS_COUNT, row_text(cx, r, 3)), wrong = 0;
    const struct fsm_edge *e =
        ev < 0 || from < 0 || to < 0 ? NULL : fsm_find(&repair_fsm, (unsigned)from, (unsigned)ev, ~0u, &wrong);
    bool fits = (ev == RE_SUBMIT && to == RS_NEW) ||
                (e && (e->to == FSM_GUARD || (e->to == FSM_SAME ? from == to : e->to == to)));
    if (!fits && !*bad)
        *bad = row_i64(r, 0);
    return OK;
}

/* One line; names come in pairs with numbers, 0 being none. */
struct finding {
    const char *what;
    int64_t id;
};

static void say(int *failures, const char *what, const struct finding *f, size_t n)
{
    bool bad = false;
    for (size_t i = 0; i < n; i++)
        bad = bad || f[i].id != 0;
    printf("%s %s", bad ? "FAIL" : "ok  ", what);
    for (size_t i = 0; bad && i < n; i++)
        if (f[i].id)
            printf(": first %s %lld", f[i].what, (long long)f[i].id);
    printf("\n");
    *failures += bad;
}
#define SAY(failures, what, ...)                                                                                       \
    say(failures, what, (const struct finding[]){__VA_ARGS__},                                                         \
        sizeof((const struct finding[]){__VA_ARGS__}) / sizeof(struct finding))

static enum err verify_repairs(struct ctx *cx, int *failures)
{
    int64_t edge = 0;
    enum err e = OK;
    for (size_t i = 0; i < COUNT(checks) && !e; i++) {
        int64_t bad = 0;
        e = db_i64(cx, checks[i].q, NO_ARGS, &bad, NULL);
        SAY(failures, checks[i].what, {"row", bad});
    }
    if (!e)
        e = db_each(cx, &q_edges, NO_ARGS, on_edge, &edge);
    SAY(failures, "every step is an edge of the state machine", {"order", edge});
    return e;
}

static enum err verify_bills(struct ctx *cx, int *failures)
{
    struct billing_faults bills = {0};
    int64_t shift = 0;
    enum err e = billing_verify(cx, &bills);
    SAY(failures, "bills are the sum of their lines, charged once, late fees within their cap", {"bill", bills.sum},
        {"bill charged twice", bills.twice}, {"bill with a late fee", bills.late});
    SAY(failures, "bills and ledger agree, room by room", {"bill", bills.published}, {"room", bills.room});
    if (!e)
        e = shift_verify(cx, &shift);
    SAY(failures, "shifts are the sum of their payments and refunds", {"shift", shift});
    return e;
}

static enum err verify_money(struct ctx *cx, int *failures)
{
    int64_t entries = 0, lopsided = 0, diff = 0;
    struct payment_faults pay = {0};
    struct order_faults orders = {0};
    struct refund_faults refunds = {0};
    enum err e = ledger_verify(cx, &entries, &lopsided, &diff);
    SAY(failures, arena_printf(cx->arena, "ledger balances: %lld entries", (long long)entries), {"entry", lopsided},
        {"difference in fen", diff});
    if (!e)
        e = payment_verify(cx, &pay);
    SAY(failures, "payments, bills and receipt numbers agree", {"bill", pay.bill}, {"payment", pay.payment},
        {"project", pay.project});
    if (!e)
        e = payment_order_verify(cx, &orders);
    SAY(failures, "payment orders, channel transactions and clearing accounts agree", {"order", orders.order},
        {"transaction", orders.txn}, {"project", orders.project});
    if (!e)
        e = refund_verify(cx, &refunds);
    SAY(failures, "refunds, payments and ledger agree", {"refund", refunds.refund}, {"payment", refunds.payment});
    return e ? e : verify_bills(cx, failures);
}

static enum err verify_audit(struct ctx *cx, int64_t company, int *failures)
{
    struct audit_report a;
    char hex[65];
    enum err e = audit_verify(cx, company, &a);
    if (e)
        return e;
    hex_encode(a.head, 8, hex);
    SAY(failures,
        arena_printf(cx->arena, "audit chain of company %lld: %lld rows up to link %lld, %s...", (long long)company,
                     (long long)a.rows, (long long)a.head_n, hex),
        {"row that does not fit", a.bad}, {"row slipped in below the seal", a.stray});
    return OK;
}

static enum err run_audit_verify(struct ctx *cx, void *arg)
{
    int *failures = arg;
    int64_t company[1000];
    size_t companies = 0;
    *failures = 0;
    enum err e = db_ids(cx, &q_companies, NO_ARGS, company, COUNT(company), &companies);
    for (size_t i = 0; i < companies && !e; i++)
        e = verify_audit(cx, company[i], failures);
    return e;
}

static enum err run_verify(struct ctx *cx, void *arg)
{
    int *failures = arg;
    *failures = 0;
    enum err e = verify_repairs(cx, failures);
    if (!e)
        e = verify_money(cx, failures);
    int audit = 0;
    if (!e)
        e = run_audit_verify(cx, &audit);
    *failures += audit;
    return e;
}

static int verify(const char *config_path, job_fn *fn)
{
    struct store *s = open_store(config_path);
    struct ctx cx;
    int failures = 0;
    if (!s)
        return 2;
    struct arena *a = arena_new((size_t)4 << 30);
    cx_init(&cx, a, s);
    enum err e = store_read(&cx, fn, &failures);
    if (e)
        fprintf(stderr, "verify: %s %s\n", err_wire(e), cx.why.en ? cx.why.en : "");
    arena_free(a);
    store_close(s);
    return e ? 2 : failures ? 1 : 0;
}

int cmd_verify(const char *config_path)
{
    return verify(config_path, run_verify);
}

int cmd_audit_verify(const char *config_path)
{
    return verify(config_path, run_audit_verify);
}
