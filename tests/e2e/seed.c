/* seed.c - e2e-seed -c FILE COMMAND: what a test needs in the store before the server starts, through the same use
 * cases as the server, and without waiting for a password hash each. Prints one JSON line for each thing made.
 *
 *   sessions                 a session for every active account; owners as owner0..owner39 in the order of the demo
 *   technicians N SKILL      N technicians t000.. on duty in all projects, each with a session
 *   company CODE             another company with one of everything; short for: place CODE ZZ CODE
 *   place CODE PROJECT TAG   one of everything (a room, its people, staff of every role, what they have to do with) in
 *                            a company's project; either is made when it is not there. Sessions TAG_owner, TAG_admin..
 * SPDX-License-Identifier: MIT */
#include "seed.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/repair.h"
#include "domain/webhook.h"
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

/* project: where the role counts; 0: everywhere */
static enum err staff(struct ctx *cx, const char *login, const char *role, int64_t project, int64_t *id)
{
    struct account_in in = {.kind = "staff", .login = login, .name = login};
    enum err e = account_insert(cx, cx->who.company_id, &in, id);
    return e ? e
             : db_exec(cx, &q_grant,
                       ARGS(I64(id_new()), I64(cx->who.company_id), I64(*id), TXT(role), I64(project), I64(cx->now)),
                       NULL);
}

static enum err technician(struct ctx *cx, const char *login, const char *skill, int64_t project, int64_t *id)
{
    /* More than a manager may set (100): with 200 rounds of one door one technician may win most of them. */
    struct technician t = {.max_open = 1000, .skills = &skill, .nskills = 1};
    enum err e = staff(cx, login, "technician", project, id);
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
        e = technician(cx, arena_printf(cx->arena, "t%03lld", (long long)i), word, 0, &id);
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

/* And a second session, to be ended */
static enum err sessions_of(struct ctx *cx, int64_t account, const char *name)
{
    enum err e = session(cx, account, name);
    return e ? e : session(cx, account, arena_printf(cx->arena, "%s.spare", name));
}

STMT(q_company_of, "seed.company_of", "SELECT id FROM company WHERE code = $1");
STMT(q_project_of, "seed.project_of", "SELECT id FROM project WHERE company_id = $1 AND code = $2");
STMT(q_delivery, "seed.webhook_delivery",
     "INSERT INTO webhook_delivery(id, company_id, webhook_id, project_id, seq, event, body, state, created_at) "
     "VALUES ($1, $2, $3, $4, 1, 'repair.status', '{}', 'dead', $5)");
STMT(q_building_of, "seed.building_of", "SELECT building_id FROM room WHERE id = $1");

/* Company and project as they are, or made */
static enum err place_open(struct ctx *cx, const struct seed_place *p)
{
    struct project project = {
        .code = p->project, .name = seed_name(cx, p, "别处花园"), .address = "别处路 1 号", .kind = "residential"};
    bool found = false;
    int64_t admin = 0, above = 0;
    enum err e = db_i64(cx, &q_company_of, ARGS(TXT(p->company)), &cx->who.company_id, &found);
    if (!e && !found)
        e = company_create(cx, p->company, p->company, &cx->who.company_id);
    if (!e)
        e = staff(cx, arena_printf(cx->arena, "%s_admin", p->tag), "company_admin", 0, &admin);
    cx->who.id = admin;
    cx->who.name = "seed";
    if (!e)
        e = db_i64(cx, &q_project_of, ARGS(I64(cx->who.company_id), TXT(p->project)), &cx->who.project_id, &found);
    if (!e && !found)
        e = project_create(cx, &project, &cx->who.project_id);
    if (!e)
        e = sessions_of(cx, admin, arena_printf(cx->arena, "%s_admin", p->tag));
    if (!e)
        e = staff(cx, arena_printf(cx->arena, "%s_platform_admin", p->tag), "platform_admin", 0, &above);
    if (!e)
        e = sessions_of(cx, above, arena_printf(cx->arena, "%s_platform_admin", p->tag));
    return e ? e : seed_say(cx, "project_id", cx->who.project_id);
}

/* Somebody of every role, none of whom has business outside the project; one who lives nowhere */
static enum err place_people(struct ctx *cx, struct seed_place *p)
{
    static const char *const roles[] = {"manager", "dispatcher", "cashier", "customer_service", "auditor"};
    struct account_in nobody = {.kind = "resident", .name = "新人", .phone = seed_phone(cx, p, 9)};
    struct room m = {.building = arena_printf(cx->arena, "%c9栋", p->tag[0]),
                     .unit = "9单元",
                     .name = "901室",
                     .layout = "",
                     .area_e4 = 900000};
    int64_t id = 0;
    enum err e = OK;
    for (size_t i = 0; i < COUNT(roles) && !e; i++) {
        const char *name = arena_printf(cx->arena, "%s_%s", p->tag, roles[i]);
        e = staff(cx, name, roles[i], cx->who.project_id, &p->second);
        if (!e)
            e = sessions_of(cx, p->second, name);
    }
    if (!e)
        e = technician(cx, arena_printf(cx->arena, "%s_technician", p->tag), "general", cx->who.project_id,
                       &p->technician);
    if (!e)
        e = session(cx, p->technician, arena_printf(cx->arena, "%s_technician.spare", p->tag));
    if (!e)
        e = seed_say(cx, "technician_id", p->technician);
    if (!e && (e = account_insert(cx, cx->who.company_id, &nobody, &id)) == OK)
        e = sessions_of(cx, id, arena_printf(cx->arena, "%s_newcomer", p->tag));
    if (!e && (e = room_create(cx, &m, &p->room)) == OK)
        e = seed_say(cx, "room_id", p->room);
    return e ? e : db_i64(cx, &q_building_of, ARGS(I64(p->room)), &p->building, NULL);
}

/* Owner, family and tenant of the room; ids are of the owner's */
static enum err place_residents(struct ctx *cx, const struct seed_place *p)
{
    struct binding b;
    enum err e = OK;
    for (int role = 0; role < BIND_ROLES && !e; role++) {
        e = binding_register(cx, p->room, role, "别人", seed_phone(cx, p, role), 0, &b);
        if (!e && role == BIND_OWNER)
            e = seed_say(cx, "binding_id", b.id);
        if (!e)
            e = sessions_of(cx, b.account_id, arena_printf(cx->arena, "%s_%s", p->tag, binding_role_name[role]));
    }
    return e;
}

static enum err place_repair(struct ctx *cx, const struct seed_place *p)
{
    struct repair r;
    struct json_list dup = {0};
    struct fault_type t = {.name = seed_name(cx, p, "别处漏水"),
                           .skill = "general",
                           .mode = MODE_GRAB,
                           .urgency = URGENCY_NORMAL,
                           .place = "any",
                           .visit = "never",
                           .enabled = true,
                           .respond_ms = HOUR_MS,
                           .arrive_ms = HOUR_MS,
                           .finish_ms = HOUR_MS};
    struct material mat = {
        .name = seed_name(cx, p, "别处阀"), .measure = "个", .price_min_fen = 1, .price_max_fen = 9, .stock_e3 = 1000};
    int64_t id = 0;
    enum err e = fault_type_save(cx, &t);
    if (!e)
        e = seed_say(cx, "type_id", t.id);
    if (!e && (e = material_add(cx, &mat, &id)) == OK)
        e = seed_say(cx, "material_id", id);
    struct repair_report in = {.type_id = t.id,
                               .room_id = p->room,
                               .description = "别处的报修",
                               .contact_phone = seed_phone(cx, p, 0),
                               .contact_name = "别人",
                               .channel = CH_STAFF};
    if (!e && (e = repair_report(cx, &in, &r, &dup)) == OK)
        e = seed_say(cx, "repair_id", r.id);
    return e;
}

/* Where other programs are told, and one telling that was given up. */
static enum err place_webhook(struct ctx *cx)
{
    struct webhook w = {.url = "https://hook.example.cn/", .events = ",repair.status,"};
    int64_t id = id_new();
    const char *secret = NULL;
    enum err e = webhook_put(cx, &w, &w.id, &secret);
    if (!e)
        e = db_exec(cx, &q_delivery,
                    ARGS(I64(id), I64(cx->who.company_id), I64(w.id), I64(cx->who.project_id), I64(cx->now)), NULL);
    if (!e)
        e = seed_say(cx, "webhook_id", w.id);
    return e ? e : seed_say(cx, "webhook_delivery_id", id);
}

static enum err place(struct ctx *cx, void *arg)
{
    struct seed_place p = *(const struct seed_place *)arg;
    enum err e = place_open(cx, &p);
    if (!e)
        e = place_people(cx, &p);
    if (!e)
        e = seed_estate(cx, &p);
    if (!e)
        e = place_residents(cx, &p);
    if (!e)
        e = place_repair(cx, &p);
    if (!e)
        e = place_webhook(cx);
    if (!e)
        e = seed_money(cx, &p);
    return e ? e : seed_facility(cx, &p);
}

int main(int argc, char **argv)
{
    static struct list list;
    struct seed_place in = {0};
    void *arg = &list;
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
            in = (struct seed_place){.company = word, .project = "ZZ", .tag = word};
        else if (str_eq(argv[3], "place") && argc == 7)
            in = (struct seed_place){.company = argv[4], .project = argv[5], .tag = word};
        if (in.tag) {
            fn = place;
            arg = &in;
        }
    }
    if (!fn) {
        fputs("usage: e2e-seed -c FILE sessions | technicians N SKILL | rooms N | company CODE | place CODE PROJECT "
              "TAG\n",
              stderr);
        return 2;
    }
    struct store *s = open_store(argv[2]);
    if (!s)
        return 2;
    struct arena *a = arena_new((size_t)1 << 30);
    cx_init(&cx, a, s);
    cx.ip = "127.0.0.1";
    enum err e = store_write(&cx, fn, arg);
    if (e)
        fprintf(stderr, "e2e-seed: %s: %s\n", err_wire(e), cx.why.en ? cx.why.en : "");
    arena_free(a);
    store_close(s);
    return e ? 2 : 0;
}
