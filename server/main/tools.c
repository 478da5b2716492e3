/* tools.c - the small subcommands. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "domain/payment.h"
#include "domain/repair.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/store/db.h"
#include <string.h>

int cmd_migrate(const char *config_path)
{
    struct store *s = open_store(config_path);
    if (!s)
        return 2;
    store_close(s);
    return 0;
}

int cmd_check_config(const char *config_path)
{
    if (config_load(config_path, stderr) != OK)
        return 2;
    config_print(stdout);
    return 0;
}

static void print_roles(unsigned roles)
{
    const char *sep = "";
    if (roles & ROLES_PUBLIC)
        fputs("public", stdout);
    else if (roles & ROLES_LOGGED_IN)
        fputs("logged_in", stdout);
    else
        for (int i = 0; i < ROLE_COUNT; i++)
            if (roles & (1u << i)) {
                printf("%s%s", sep, role_name[i]);
                sep = ",";
            }
}

/* method path operation lane roles scope max_body flags: read by the contract test */
int cmd_routes(void)
{
    for (size_t i = 0; i < route_count(); i++) {
        const struct route *r = route_at(i);
        printf("%s %s %s %s ", http_method_name[r->method], r->path, r->op, lane_name[r->lane]);
        print_roles(r->roles);
        printf(" %s %u %s%s%s\n", scope_name[r->scope], r->max_body, r->flags & RF_IDEMPOTENT ? "idempotent" : "-",
               r->flags & RF_UPLOAD ? ",upload" : "", r->flags & RF_TEST ? ",test" : "");
    }
    return 0;
}

/* The state machine as a Markdown table; schema/README.md holds a copy that a test compares. */
int cmd_states(void)
{
    const struct fsm *m = &repair_fsm;
    printf("| from | event | to | who | guard and effect |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < m->nedge; i++) {
        const struct fsm_edge *e = &m->edge[i];
        const char *sep = "";
        printf("| ");
        for (unsigned s = 0; s < m->nstate; s++)
            if (e->from & FSM_IN(s)) {
                printf("%s%s", sep, m->state[s]);
                sep = ", ";
            }
        printf(" | %s | %s | ", m->event[e->event],
               e->to == FSM_SAME    ? "(same)"
               : e->to == FSM_GUARD ? "(by guard)"
                                    : m->state[e->to]);
        sep = "";
        for (unsigned a = 0; a < m->nactor; a++)
            if (e->who & (1u << a)) {
                printf("%s%s", sep, m->actor[a]);
                sep = ", ";
            }
        printf(" | %s |\n", e->note);
    }
    return 0;
}

int cmd_statements(void)
{
    for (size_t i = 0; i < stmt_count(); i++)
        printf("%s\t%s\n", stmt_at(i)->name, stmt_at(i)->sql);
    return 0;
}

/* ---- verify: what must be true of every store, whatever happened to it ---- */

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

static const struct {
    const char *what;
    const struct stmt *q;
} checks[] = {
    {"order history without gaps",                   &q_history_gap  },
    {"order state equals the last event",            &q_history_state},
    {"each event starts where the one before ended", &q_history_chain},
    {"a holder exactly while a job is held",         &q_holder       },
    {"at most one open offer per order",             &q_two_offers   },
    {"event numbers within their topic",             &q_event_gap    },
    {"no negative stock",                            &q_stock        }
};

static enum err on_company(struct ctx *cx, const struct row *r, void *out)
{
    struct json_list *l = out;
    (void)cx;
    if (l->n < 1000)
        ((int64_t *)l->p)[l->n++] = row_i64(r, 0);
    return OK;
}

struct edge_check {
    int64_t bad;
};

STMT(q_edges, "verify.edges", "SELECT DISTINCT repair_id, event, from_state, to_state FROM repair_event");

static enum err on_edge(struct ctx *cx, const struct row *r, void *out)
{
    struct edge_check *c = out;
    int ev = str_index(repair_event_name, RE_COUNT, row_text(cx, r, 1));
    int from = str_index(repair_state_name, RS_COUNT, row_text(cx, r, 2));
    int to = str_index(repair_state_name, RS_COUNT, row_text(cx, r, 3)), wrong = 0;
    const struct fsm_edge *e =
        ev < 0 || from < 0 || to < 0 ? NULL : fsm_find(&repair_fsm, (unsigned)from, (unsigned)ev, ~0u, &wrong);
    bool fits = (ev == RE_SUBMIT && to == RS_NEW) ||
                (e && (e->to == FSM_GUARD || (e->to == FSM_SAME ? from == to : e->to == to)));
    if (!fits && !c->bad)
        c->bad = row_i64(r, 0);
    return OK;
}

static enum err run_verify(struct ctx *cx, void *arg)
{
    int *failures = arg;
    struct json_list companies = {arena_alloc(cx->arena, 1000 * sizeof(int64_t)), 0};
    struct edge_check edges = {0};
    *failures = 0;
    enum err e = db_each(cx, &q_companies, NO_ARGS, on_company, &companies);
    for (size_t i = 0; i < COUNT(checks) && !e; i++) {
        int64_t bad = 0;
        e = db_i64(cx, checks[i].q, NO_ARGS, &bad, NULL);
        printf("%s %s%s", bad ? "FAIL" : "ok  ", checks[i].what, bad ? ": first " : "\n");
        if (bad)
            printf("%lld\n", (long long)bad);
        *failures += bad != 0;
    }
    if (!e)
        e = db_each(cx, &q_edges, NO_ARGS, on_edge, &edges);
    printf("%s every step is an edge of the state machine", edges.bad ? "FAIL" : "ok  ");
    printf(edges.bad ? ": first %lld\n" : "\n", (long long)edges.bad);
    *failures += edges.bad != 0;
    int64_t entries = 0, lopsided = 0, diff = 0;
    if (!e)
        e = ledger_verify(cx, &entries, &lopsided, &diff);
    printf("%s ledger balances: %lld entries", lopsided || diff ? "FAIL" : "ok  ", (long long)entries);
    printf(lopsided || diff ? ", first bad entry %lld, difference %lld fen\n" : "\n", (long long)lopsided,
           (long long)diff);
    *failures += lopsided || diff;
    struct payment_faults pay = {0};
    if (!e)
        e = payment_verify(cx, &pay);
    printf("%s payments, bills and receipt numbers agree", pay.bill || pay.payment || pay.project ? "FAIL" : "ok  ");
    printf(pay.bill || pay.payment || pay.project ? ": first bill %lld, payment %lld, project %lld\n" : "\n",
           (long long)pay.bill, (long long)pay.payment, (long long)pay.project);
    *failures += pay.bill || pay.payment || pay.project;
    for (size_t i = 0; i < companies.n && !e; i++) {
        int64_t rows = 0, bad = 0, id = ((int64_t *)companies.p)[i];
        e = audit_verify(cx, id, &rows, &bad);
        printf("%s audit chain of company %lld: %lld rows", bad ? "FAIL" : "ok  ", (long long)id, (long long)rows);
        printf(bad ? ", first bad row %lld\n" : "\n", (long long)bad);
        *failures += bad != 0;
    }
    return e;
}

int cmd_verify(const char *config_path)
{
    struct store *s = open_store(config_path);
    struct ctx cx;
    int failures = 0;
    if (!s)
        return 2;
    struct arena *a = arena_new((size_t)4 << 30);
    cx_init(&cx, a, s);
    enum err e = store_read(&cx, run_verify, &failures);
    if (e)
        fprintf(stderr, "verify: %s %s\n", err_wire(e), cx.why.en ? cx.why.en : "");
    arena_free(a);
    store_close(s);
    return e ? 2 : failures ? 1 : 0;
}
