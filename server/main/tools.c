/* tools.c - the small subcommands. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/complaint.h"
#include "domain/handover.h"
#include "domain/maint.h"
#include "domain/notice.h"
#include "domain/payment_order.h"
#include "domain/refund.h"
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
        printf(" %s %u %s%s%s%s\n", scope_name[r->scope], r->max_body, r->flags & RF_IDEMPOTENT ? "idempotent" : "-",
               r->flags & RF_UPLOAD ? ",upload" : "", r->flags & RF_TEST ? ",test" : "",
               r->flags & RF_RAW ? ",raw" : "");
    }
    return 0;
}

static void print_machine(const struct fsm *m)
{
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
}

/* The state machines as Markdown tables; schema/README.md holds copies that a test compares. */
int cmd_states(void)
{
    static const struct fsm *const machines[] = {&repair_fsm,     &order_fsm,     &refund_fsm, &maint_plan_fsm,
                                                 &maint_task_fsm, &complaint_fsm, &notice_fsm, &handover_fsm};
    for (size_t i = 0; i < COUNT(machines); i++) {
        if (i)
            printf("\n");
        print_machine(machines[i]);
    }
    return 0;
}

int cmd_statements(void)
{
    for (size_t i = 0; i < stmt_count(); i++)
        printf("%s\t%s\n", stmt_at(i)->name, stmt_at(i)->sql);
    return 0;
}
