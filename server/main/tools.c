/* tools.c - the small subcommands. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/auth.h"
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

STMT(q_staff_login, "tools.staff_login",
     "SELECT id FROM account WHERE company_id = $1 AND kind = 'staff' AND login = $2");

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
        printf(" %s %u %s%s%s%s%s\n", scope_name[r->scope], r->max_body, r->flags & RF_IDEMPOTENT ? "idempotent" : "-",
               r->flags & RF_UPLOAD ? ",upload" : "", r->flags & RF_TEST ? ",test" : "",
               r->flags & RF_RAW ? ",raw" : "", r->flags & RF_STEP_UP ? ",step_up" : "");
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

struct totp_off {
    const char *company, *login;
    bool had;
};

static enum err run_totp_off(struct ctx *cx, void *arg)
{
    struct totp_off *t = arg;
    int64_t id = 0;
    bool found = false;
    enum err e = company_by_code(cx, t->company, &cx->who.company_id);
    if (!e)
        e = db_i64(cx, &q_staff_login, ARGS(I64(cx->who.company_id), TXT(t->login)), &id, &found);
    return e || !found ? e : totp_drop(cx, id, &t->had);
}

int cmd_totp_off(const char *config_path, const char *login)
{
    struct ctx cx;
    const char *slash = strchr(login, '/');
    struct store *s = open_store(config_path);
    struct arena *a = arena_new(0);
    struct totp_off t = {.company = slash ? arena_strndup(a, login, (size_t)(slash - login)) : "",
                         .login = slash ? slash + 1 : login};
    if (!s)
        return 2;
    cx_init(&cx, a, s);
    enum err e = store_write(&cx, run_totp_off, &t);
    fprintf(stderr, "anjud: %s\n",
            e       ? cx.why.en ? cx.why.en : err_wire(e)
                  : t.had ? "the second factor is gone; log in by the password alone"
                    : "nobody of that login has a second factor");
    store_close(s);
    arena_free(a);
    return e || !t.had;
}
