/* seed.c - e2e-seed -c FILE COMMAND: what a test needs in the store before the server starts, through the same use
 * cases as the server, and without waiting for a password hash each. Prints one JSON line for each thing made.
 *
 *   sessions                 a session for every active account; owners as owner0..owner39 in the order of the demo
 *   technicians N SKILL      N technicians t000.. on duty in all projects, each with a session
 *   company CODE             another company: project, room, owner, technician, staff of every role, a fault type, an order
 * SPDX-License-Identifier: MIT */
#include "seed.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/repair.h"
#include "platform/store/db.h"
#include "server/main/parts.h"
#include <stdlib.h>
#include <string.h>

STMT(q_all, "seed.accounts",
     "SELECT id, company_id, kind, COALESCE(login, ''), name FROM account WHERE state = 'active' ORDER BY id");
STMT(
    q_grant, "seed.grant",
    "INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_duty, "seed.duty", "UPDATE technician SET on_duty = 1, duty_at = $2 WHERE account_id = $1");
STMT(q_company, "seed.company", "SELECT id FROM company ORDER BY id LIMIT 1");

static const struct login_from from = {.company = "", .device = "seed", .user_agent = "e2e-seed"};
static int64_t count;
static const char *word;

struct account {
    int64_t id, company;
    char name[80];
};
struct list {
    struct account v[4096];
    size_t n;
    int owners;
};

static enum err on_account(struct ctx *cx, const struct row *r, void *out)
{
    struct list *l = out;
    struct account *a = &l->v[l->n++];
    a->id = row_i64(r, 0);
    a->company = row_i64(r, 1);
    if (str_eq(row_text(cx, r, 2), "resident"))
        snprintf(a->name, sizeof a->name, "owner%d", l->owners++);
    else
        snprintf(a->name, sizeof a->name, "%s", row_text(cx, r, 3));
    return OK;
}

static enum err session(struct ctx *cx, int64_t account, const char *name)
{
    struct login l = {0};
    struct jw w;
    enum err e = auth_open_session(cx, account, &from, 0, &l);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "who", name);
    kv_str(&w, "token", l.token);
    kv_id(&w, "account_id", account);
    kv_id(&w, "session_id", l.session_id);
    kv_id(&w, "project_id", l.project_id);
    kv_id(&w, "company_id", l.company_id);
    jw_end(&w);
    puts(jw_text(&w));
    return OK;
}

static enum err sessions(struct ctx *cx, void *arg)
{
    struct list *l = arg;
    l->n = 0;
    l->owners = 0;
    enum err e = db_each(cx, &q_all, NO_ARGS, on_account, l);
    for (size_t i = 0; i < l->n && !e; i++)
        e = session(cx, l->v[i].id, l->v[i].name);
    return e;
}

static enum err staff(struct ctx *cx, const char *login, const char *role, int64_t *id)
{
    struct account_in in = {.kind = "staff", .login = login, .name = login};
    enum err e = account_insert(cx, cx->who.company_id, &in, id);
    return e ? e
             : db_exec(cx, &q_grant,
                       ARGS(I64(id_new()), I64(cx->who.company_id), I64(*id), TXT(role), I64(0), I64(cx->now)), NULL);
}

static enum err technician(struct ctx *cx, const char *login, const char *skill, int64_t *id)
{
    /* More than a manager may set (100): with 200 rounds of one door one technician may win most of them. */
    struct technician t = {.max_open = 1000, .skills = &skill, .nskills = 1};
    enum err e = staff(cx, login, "technician", id);
    t.id = *id;
    if (!e)
        e = technician_save(cx, &t);
    if (!e)
        e = db_exec(cx, &q_duty, ARGS(I64(*id), I64(cx->now)), NULL);
    return e ? e : session(cx, *id, login);
}

static enum err technicians(struct ctx *cx, void *arg)
{
    int64_t id = 0;
    (void)arg;
    enum err e = db_i64(cx, &q_company, NO_ARGS, &cx->who.company_id, NULL);
    cx->who.name = "seed";
    for (int64_t i = 0; i < count && !e; i++)
        e = technician(cx, arena_printf(cx->arena, "t%03lld", (long long)i), word, &id);
    return e;
}

STMT(q_admin, "seed.admin", "SELECT id FROM account WHERE company_id = $1 AND login = 'admin'");
STMT(q_first_project, "seed.project", "SELECT id FROM project WHERE company_id = $1 ORDER BY id LIMIT 1");

/* Many rooms of the demo's first project, nobody in them: for crowds of bills */
static enum err rooms(struct ctx *cx, void *arg)
{
    int64_t id = 0;
    (void)arg;
    enum err e = db_i64(cx, &q_company, NO_ARGS, &cx->who.company_id, NULL);
    if (!e)
        e = db_i64(cx, &q_admin, ARGS(I64(cx->who.company_id)), &cx->who.id, NULL);
    if (!e)
        e = db_i64(cx, &q_first_project, ARGS(I64(cx->who.company_id)), &cx->who.project_id, NULL);
    cx->who.name = "seed";
    for (int64_t i = 0; i < count && !e; i++) {
        struct room m = {.building = arena_printf(cx->arena, "%lld栋", (long long)(100 + i / 500)),
                         .unit = "1单元",
                         .name = arena_printf(cx->arena, "%lld室", (long long)(101 + i % 500)),
                         .layout = "",
                         .area_e4 = 800000 + i};
        e = room_create(cx, &m, &id);
    }
    return e;
}

static enum err company(struct ctx *cx, void *arg)
{
    static const char *const roles[] = {"company_admin", "manager",          "dispatcher",
                                        "cashier",       "customer_service", "auditor"};
    int64_t id = 0, room = 0, tech = 0, second = 0;
    struct binding b;
    struct repair r;
    struct json_list dup = {0};
    struct project p = {.code = "ZZ", .name = "别处花园", .address = "别处路 1 号", .kind = "residential"};
    struct room m = {.building = "9栋", .unit = "9单元", .name = "901室", .layout = "", .area_e4 = 900000};
    struct fault_type t = {.name = "别处漏水",
                           .skill = "general",
                           .mode = MODE_GRAB,
                           .urgency = URGENCY_NORMAL,
                           .place = "any",
                           .visit = "never",
                           .enabled = true,
                           .respond_ms = HOUR_MS,
                           .arrive_ms = HOUR_MS,
                           .finish_ms = HOUR_MS};
    struct material mat = {.name = "别处阀", .measure = "个", .price_min_fen = 1, .price_max_fen = 9, .stock_e3 = 1000};
    (void)arg;
    enum err e = company_create(cx, word, word, &cx->who.company_id);
    cx->who.name = "seed";
    for (size_t i = 0; i < COUNT(roles) && !e; i++) {
        e = staff(cx, arena_printf(cx->arena, "%s_%s", word, roles[i]), roles[i], &id);
        if (!e && i == 0)
            cx->who.id = id;
        second = id;
    }
    if (!e && (e = project_create(cx, &p, &cx->who.project_id)) == OK)
        e = seed_say(cx, "project_id", cx->who.project_id);
    if (!e && (e = room_create(cx, &m, &room)) == OK)
        e = seed_say(cx, "room_id", room);
    if (!e)
        e = seed_estate(cx, room);
    if (!e && (e = binding_register(cx, room, BIND_OWNER, "别人", "13700000000", 0, &b)) == OK)
        e = seed_say(cx, "binding_id", b.id);
    if (!e)
        e = session(cx, b.account_id, arena_printf(cx->arena, "%s_owner", word));
    if (!e)
        e = technician(cx, arena_printf(cx->arena, "%s_technician", word), "general", &tech);
    if (!e)
        e = seed_say(cx, "technician_id", tech);
    if (!e && (e = fault_type_save(cx, &t)) == OK)
        e = seed_say(cx, "type_id", t.id);
    if (!e && (e = material_add(cx, &mat, &id)) == OK)
        e = seed_say(cx, "material_id", id);
    struct repair_report in = {.type_id = t.id,
                               .room_id = room,
                               .description = "别处的报修",
                               .contact_phone = "13700000000",
                               .contact_name = "别人",
                               .channel = CH_STAFF};
    if (!e && (e = repair_report(cx, &in, &r, &dup)) == OK)
        e = seed_say(cx, "repair_id", r.id);
    if (!e)
        e = seed_money(cx, room, second);
    if (!e)
        e = seed_facility(cx, tech);
    return e ? e : session(cx, cx->who.id, arena_printf(cx->arena, "%s_admin", word));
}

int main(int argc, char **argv)
{
    static struct list list;
    struct ctx cx;
    job_fn *fn = NULL;
    if (argc >= 4 && str_eq(argv[1], "-c")) {
        word = argc > 4 ? argv[argc - 1] : "";
        if (str_eq(argv[3], "sessions"))
            fn = sessions;
        else if (str_eq(argv[3], "technicians") && argc == 6 && parse_i64(argv[4], &count))
            fn = technicians;
        else if (str_eq(argv[3], "rooms") && argc == 5 && parse_i64(argv[4], &count))
            fn = rooms;
        else if (str_eq(argv[3], "company") && argc == 5)
            fn = company;
    }
    if (!fn) {
        fputs("usage: e2e-seed -c FILE sessions | technicians N SKILL | rooms N | company CODE\n", stderr);
        return 2;
    }
    struct store *s = open_store(argv[2]);
    if (!s)
        return 2;
    struct arena *a = arena_new((size_t)1 << 30);
    cx_init(&cx, a, s);
    cx.ip = "127.0.0.1";
    enum err e = store_write(&cx, fn, &list);
    if (e)
        fprintf(stderr, "e2e-seed: %s: %s\n", err_wire(e), cx.why.en ? cx.why.en : "");
    arena_free(a);
    store_close(s);
    return e ? 2 : 0;
}
