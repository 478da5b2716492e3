/* home_api.c - the first page of everybody: shortcuts, notices that matter, what waits. SPDX-License-Identifier: MIT */
#include "api/notice_json.h"
#include "api/route.h"
#include "domain/notice.h"

#define SHOWN     5   /* notices on the page */
#define LOOKED_AT 100 /* the newest ones addressed to somebody, from which they are chosen */

static const struct {
    const char *key, *title;
    unsigned roles;
} shortcuts[] = {
    {"pay",        "物业缴费", ROLES_RESIDENT                           },
    {"repair",     "报修",       ROLES_RESIDENT | ROLES_DESK              },
    {"complaint",  "投诉建议", ROLES_ANY                                },
    {"rooms",      "我的房屋", ROLES_RESIDENT                           },
    {"invoice",    "发票",       ROLES_RESIDENT | ROLES_TAKES             },
    {"notices",    "公告",       ROLES_ANY                                },
    {"jobs",       "我的工单", ROLE_TECHNICIAN                          },
    {"pool",       "抢单",       ROLE_TECHNICIAN                          },
    {"counter",    "收费台",    ROLES_TAKES                              },
    {"bills",      "账单批次", ROLES_TAKES                              },
    {"dispatch",   "派单看板", ROLES_DESK                               },
    {"complaints", "投诉处理", ROLES_DESK | ROLE_AUDITOR                },
    {"publish",    "发布公告", ROLES_ADMIN | ROLE_MANAGER | ROLE_SERVICE},
    {"reports",    "报表",       ROLES_MONEY                              },
    {"staff",      "员工",       ROLES_ADMIN                              },
    {"audit",      "审计",       ROLES_ADMIN | ROLE_AUDITOR               },
};

struct chosen {
    struct notice v[SHOWN];
    size_t n;
    int pass;
};

/* Pass by pass: emergencies, pinned ones, important ones; each once, newest first. */
static bool fits(const struct notice *n, int pass)
{
    int rank = n->kind == NK_EMERGENCY ? 0 : n->pinned ? 1 : n->kind == NK_IMPORTANT ? 2 : 3;
    return rank == pass;
}

static void choose(void *arg, const struct notice *n)
{
    struct chosen *c = arg;
    if (c->n < SHOWN && fits(n, c->pass))
        c->v[c->n++] = *n;
}

static void put_shortcuts(struct jw *w, unsigned roles)
{
    jw_key(w, "shortcuts");
    jw_arr(w);
    for (size_t i = 0; i < COUNT(shortcuts); i++)
        if (shortcuts[i].roles & roles) {
            jw_obj(w);
            kv_str(w, "key", shortcuts[i].key);
            kv_str(w, "title", shortcuts[i].title);
            jw_end(w);
        }
    jw_arr_end(w);
}

static void put_numbers(struct jw *w, const struct home *h, unsigned roles)
{
    kv_int(w, "unread_notices", h->unread_notices);
    kv_int(w, "unread_messages", h->unread_messages);
    if (roles & ROLES_RESIDENT) {
        jw_key(w, "resident");
        jw_obj(w);
        kv_int(w, "due_fen", h->due_fen);
        kv_int(w, "due_bills", h->due_bills);
        kv_int(w, "repairs", h->my_repairs);
        kv_int(w, "complaints", h->my_complaints);
        jw_end(w);
    }
    if (roles & ROLES_STAFF) {
        jw_key(w, "work");
        jw_obj(w);
        kv_int(w, "jobs", h->jobs);
        kv_int(w, "offers", h->offers);
        kv_int(w, "complaints", h->assigned_complaints);
        jw_end(w);
    }
    if (roles & (ROLES_DESK | ROLE_AUDITOR)) {
        jw_key(w, "waiting");
        jw_obj(w);
        kv_int(w, "bill_runs", h->bill_runs);
        kv_int(w, "fee_requests", h->fee_requests);
        kv_int(w, "refunds", h->refunds);
        kv_int(w, "bindings", h->bindings);
        kv_int(w, "complaints", h->complaints_waiting);
        kv_int(w, "complaints_overdue", h->complaints_overdue);
        kv_int(w, "repairs", h->repairs_waiting);
        kv_int(w, "repairs_overdue", h->repairs_overdue);
        jw_end(w);
    }
}

static enum err h_home(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct chosen c = {.n = 0};
    struct home h;
    struct jw w;
    (void)rq;
    enum err e = notice_home(cx, &h);
    for (c.pass = 0; c.pass < 3 && !e && c.n < SHOWN; c.pass++)
        e = notice_mine(cx, false, 0, LOOKED_AT, choose, &c);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    put_shortcuts(&w, cx->who.roles);
    jw_key(&w, "notices");
    jw_arr(&w);
    for (size_t i = 0; i < c.n; i++)
        notice_to_json(&w, &c.v[i], false);
    jw_arr_end(&w);
    put_numbers(&w, &h, cx->who.roles);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET, "/api/v1/home", h_home, LANE_READ, ROLES_LOGGED_IN, SCOPE_SELF, 0, 0, "getHome"},
};
/* clang-format on */
const struct route_set home_routes = {rows, COUNT(rows)};
