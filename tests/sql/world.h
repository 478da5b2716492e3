/* world.h - a small world for the domain's sql tests: two companies, three projects, a desk, technicians, residents.
 * The clock is `at` (unix ms) and stands still unless a test moves it; every call runs in a transaction of its own
 * and leaves its reason in `why`. Header only, because a test program is one file.  SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_WORLD_H
#define TESTS_SQL_WORLD_H
#include "tests/sql/harness.h"

#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/repair.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include <stdio.h>
#include <string.h>

#define UNUSED_OK __attribute__((unused))

static int64_t at; /* Monday 2026-11-23 10:00 in Shanghai, set by world_open() */
static struct why why;
static const char *from_ip = "10.1.1.1", *from_device = "";

static UNUSED_OK struct ctx *as(const struct actor *who)
{
    struct ctx *cx = harness_ctx(who);
    cx->now = at;
    cx->ip = from_ip;
    cx->device = from_device;
    return cx;
}

static UNUSED_OK enum err write_as(const struct actor *who, job_fn *fn, void *arg)
{
    struct ctx *cx = as(who);
    enum err e = store_write(cx, fn, arg);
    why = cx->why;
    return e;
}

static UNUSED_OK enum err read_as(const struct actor *who, job_fn *fn, void *arg)
{
    struct ctx *cx = as(who);
    enum err e = store_read(cx, fn, arg);
    why = cx->why;
    return e;
}

#define assert_ok(e)        assert_err((e), OK)
#define assert_err(e, want) assert_err_at((e), (want), __FILE__, __LINE__)
#define assert_field(name)  assert_string_equal(why.field ? why.field : "", (name))
static UNUSED_OK void assert_err_at(enum err e, enum err want, const char *file, int line)
{
    if (e == want)
        return;
    print_error("%s:%d: %s (%s: %s), expected %s\n", file, line, err_wire(e), why.field ? why.field : "-",
                why.en ? why.en : "-", err_wire(want));
    _fail(file, line);
}

/* ---- people and places ---- */

struct world {
    int64_t company, project, other_project, foreign_company, foreign_project;
    struct actor root, admin, manager, dispatcher, service, cashier, auditor, tech[4];
    struct actor owner, neighbour, stranger, foreign_admin, foreign_owner;
    int64_t room, room2, foreign_room;
    int64_t plain, pool, turns, by_hand, charged, urgent, photo, visited; /* fault types */
    int64_t cause, valve;                                                 /* material: 15.00 to 45.00, 10 in stock */
};
static struct world w;

static UNUSED_OK enum err run_company(struct ctx *cx, void *arg)
{
    int64_t *id = arg;
    return company_create(cx, arena_printf(cx->arena, "co%lld", (long long)id_new()), "测试物业", id);
}

static UNUSED_OK enum err run_project(struct ctx *cx, void *arg)
{
    int64_t *id = arg;
    struct project p = {.code = arena_printf(cx->arena, "P%lld", (long long)(id_new() % 100000000)),
                        .name = "阳光花园",
                        .address = "阳光路 1 号",
                        .kind = "residential"};
    return project_create(cx, &p, id);
}

static UNUSED_OK int64_t make_project(const struct actor *who)
{
    int64_t id = 0;
    assert_ok(write_as(who, run_project, &id));
    return id;
}

struct person {
    const char *kind, *login, *name, *phone, *role;
    int64_t project, id;
};

static UNUSED_OK enum err run_person(struct ctx *cx, void *arg)
{
    struct person *p = arg;
    struct account_in in = {.kind = p->kind, .login = p->login, .name = p->name, .phone = p->phone};
    return account_insert(cx, cx->who.company_id, &in, &p->id);
}

static UNUSED_OK void grant(const struct actor *who, const char *role, int64_t project)
{
    assert_ok(harness_sql("INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at)"
                          " VALUES ($1, $2, $3, $4, $5, 0)",
                          ARGS(I64(id_new()), I64(who->company_id), I64(who->id), TXT(role), I64(project))));
}

static UNUSED_OK const char *new_phone(void)
{
    static char text[64][12];
    static int n;
    char *p = text[n++ % 64];
    snprintf(p, 12, "139%08d", n);
    return p;
}

/* role: one of role_name, with a grant in `project` (0: whole company); NULL: a resident without a room. */
static UNUSED_OK struct actor make_person(int64_t company, int64_t project, const char *name, const char *role)
{
    struct actor maker = {.company_id = company, .roles = ROLE_PLATFORM_ADMIN, .name = "test"};
    char login[40];
    snprintf(login, sizeof login, "u%lld", (long long)id_new());
    struct person p = {
        .kind = role ? "staff" : "resident", .login = role ? login : NULL, .name = name, .phone = new_phone()};
    assert_ok(write_as(&maker, run_person, &p));
    struct actor who = {.id = p.id, .company_id = company, .project_id = project, .name = name};
    if (role) {
        grant(&who, role, project);
        who.roles = 1u << str_index(role_name, ROLE_COUNT, role);
    }
    return who;
}

static UNUSED_OK enum err run_room(struct ctx *cx, void *arg)
{
    int64_t *id = arg;
    struct room r = {.building = "3栋",
                     .unit = "2单元",
                     .layout = "两室一厅",
                     .area_e4 = 893500,
                     .name = arena_printf(cx->arena, "%lld室", (long long)(id_new() % 1000000000))};
    return room_create(cx, &r, id);
}

static UNUSED_OK int64_t make_room(const struct actor *who)
{
    int64_t id = 0;
    assert_ok(write_as(who, run_room, &id));
    return id;
}

static UNUSED_OK void bind(const struct actor *who, int64_t room, const char *role, int64_t expires)
{
    assert_ok(
        harness_sql("INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source,"
                    " expires_at, created_at, changed_at) SELECT $1, company_id, project_id, id, $2, $3, 'active',"
                    " 'register', $4, 0, 0 FROM room WHERE id = $5",
                    ARGS(I64(id_new()), I64(who->id), TXT(role), I64(expires), I64(room))));
}

static UNUSED_OK void unbind(const struct actor *who, int64_t room)
{
    assert_ok(harness_sql("UPDATE binding SET state = 'revoked' WHERE account_id = $1 AND room_id = $2",
                          ARGS(I64(who->id), I64(room))));
}

static UNUSED_OK enum err run_type(struct ctx *cx, void *arg)
{
    return fault_type_save(cx, arg);
}

static UNUSED_OK int64_t make_type(const struct actor *who, struct fault_type t)
{
    char name[40];
    snprintf(name, sizeof name, "类型%lld", (long long)id_new());
    t.name = name;
    t.skill = t.skill ? t.skill : "plumbing";
    t.place = t.place ? t.place : "any";
    t.visit = t.visit ? t.visit : "never";
    t.urgency = t.urgency ? t.urgency : URGENCY_NORMAL;
    t.enabled = true;
    t.respond_ms = 30 * MINUTE_MS;
    t.arrive_ms = 2 * HOUR_MS;
    t.finish_ms = DAY_MS;
    assert_ok(write_as(who, run_type, &t));
    return t.id;
}

static UNUSED_OK enum err run_technician(struct ctx *cx, void *arg)
{
    return technician_save(cx, arg);
}

static UNUSED_OK void on_duty(const struct actor *who, bool on)
{
    assert_ok(harness_sql("UPDATE technician SET on_duty = $2 WHERE account_id = $1", ARGS(I64(who->id), I64(on))));
}

static UNUSED_OK void skilled(const struct actor *who, const char *skill, int64_t max_open, struct shift *shift)
{
    struct technician t = {
        .id = who->id, .max_open = max_open, .skills = &skill, .nskills = 1, .shifts = shift, .nshifts = shift ? 1 : 0};
    struct actor maker = {.company_id = who->company_id, .roles = ROLE_PLATFORM_ADMIN, .name = "test"};
    assert_ok(write_as(&maker, run_technician, &t));
    on_duty(who, true);
}

static UNUSED_OK enum err run_cause(struct ctx *cx, void *arg)
{
    int64_t *id = arg;
    return cause_add(cx, "plumbing", arena_printf(cx->arena, "C%lld", (long long)(id_new() % 1000000000)), "管件老化",
                     id);
}

static UNUSED_OK enum err run_material(struct ctx *cx, void *arg)
{
    int64_t *id = arg;
    struct material m = {
        .name = "角阀", .measure = "个", .price_min_fen = 1500, .price_max_fen = 4500, .stock_e3 = 10000};
    return material_add(cx, &m, id);
}

static UNUSED_OK int64_t noon(int year, int month, int day, int hour, int minute)
{
    struct civil c = {.year = year, .month = month, .day = day, .hour = hour, .minute = minute};
    return clock_from_civil(&c);
}

/* A fresh world beside those of the other tests. */
static UNUSED_OK void world_make(void)
{
    static const char *const tech_name[] = {"陈师傅", "刘师傅", "杨师傅", "黄师傅"};
    at = noon(2026, 11, 23, 10, 0);
    w = (struct world){
        .root = {.roles = ROLE_PLATFORM_ADMIN, .name = "test"}
    };
    assert_ok(write_as(&w.root, run_company, &w.company));
    assert_ok(write_as(&w.root, run_company, &w.foreign_company));
    w.root.company_id = w.company;
    struct actor foreign = {.company_id = w.foreign_company, .roles = ROLE_PLATFORM_ADMIN, .name = "test"};
    w.project = make_project(&w.root);
    w.other_project = make_project(&w.root);
    w.foreign_project = make_project(&foreign);
    w.admin = make_person(w.company, 0, "管理员", "company_admin");
    w.admin.project_id = w.project;
    w.manager = make_person(w.company, w.project, "王经理", "manager");
    w.dispatcher = make_person(w.company, w.project, "李调度", "dispatcher");
    w.service = make_person(w.company, w.project, "孙客服", "customer_service");
    w.cashier = make_person(w.company, w.project, "赵收费", "cashier");
    w.auditor = make_person(w.company, w.project, "周审计", "auditor");
    for (int i = 0; i < 4; i++) {
        w.tech[i] = make_person(w.company, w.project, tech_name[i], "technician");
        skilled(&w.tech[i], "plumbing", 5, NULL);
        if (i)
            on_duty(&w.tech[i], false);
    }
    w.owner = make_person(w.company, w.project, "张伟", NULL);
    w.neighbour = make_person(w.company, w.project, "李娜", NULL);
    w.stranger = make_person(w.company, 0, "路人", NULL);
    w.foreign_admin = make_person(w.foreign_company, 0, "外人", "company_admin");
    w.foreign_admin.project_id = w.foreign_project;
    w.foreign_owner = make_person(w.foreign_company, w.foreign_project, "外业主", NULL);
    w.room = make_room(&w.admin);
    w.room2 = make_room(&w.admin);
    w.foreign_room = make_room(&w.foreign_admin);
    bind(&w.owner, w.room, "owner", 0);
    bind(&w.neighbour, w.room2, "owner", 0);
    bind(&w.foreign_owner, w.foreign_room, "owner", 0);
    w.owner.roles = w.neighbour.roles = w.foreign_owner.roles = ROLE_OWNER;
    w.plain = make_type(&w.admin, (struct fault_type){.mode = MODE_AUTO});
    w.pool = make_type(&w.admin, (struct fault_type){.mode = MODE_GRAB});
    w.turns = make_type(&w.admin, (struct fault_type){.mode = MODE_ROUND_ROBIN});
    w.by_hand = make_type(&w.admin, (struct fault_type){.mode = MODE_ASSIGN});
    w.charged = make_type(&w.admin, (struct fault_type){.mode = MODE_AUTO, .chargeable = true});
    w.urgent = make_type(&w.admin, (struct fault_type){.mode = MODE_GRAB, .urgency = URGENCY_EMERGENCY});
    w.photo = make_type(&w.admin, (struct fault_type){.mode = MODE_AUTO, .photo_needed = true});
    w.visited = make_type(&w.admin, (struct fault_type){.mode = MODE_AUTO, .visit = "always"});
    assert_ok(write_as(&w.admin, run_cause, &w.cause));
    assert_ok(write_as(&w.admin, run_material, &w.valve));
    harness_forget();
}

static UNUSED_OK int world_set_up(void **state)
{
    (void)state;
    world_make();
    return 0;
}

static UNUSED_OK int world_open(void **state)
{
    if (config_load(NULL, stderr) != OK ||
        !crypto_load_master("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"))
        return 1;
    return harness_open(state);
}

/* ---- orders ---- */

/* A picture of theirs that is not used yet. */
static UNUSED_OK int64_t upload(const struct actor *who)
{
    int64_t id = id_new();
    char name[40];
    snprintf(name, sizeof name, "f%lld", (long long)id);
    assert_ok(harness_sql(
        "INSERT INTO file(id, company_id, account_id, name, kind, stored, bytes, sha256, created_at)"
        " VALUES ($1, $2, $3, 'a.jpg', 'image/jpeg', $4, 10, $5, 0)",
        ARGS(I64(id), I64(who->company_id), I64(who->id), TXT(name), BLOB("0123456789abcdef0123456789abcdef", 32))));
    return id;
}

struct report_call {
    struct repair_report in;
    struct repair out;
    struct json_list dup;
};

static UNUSED_OK enum err run_report(struct ctx *cx, void *arg)
{
    struct report_call *c = arg;
    c->dup = (struct json_list){0};
    return repair_report(cx, &c->in, &c->out, &c->dup);
}

static UNUSED_OK int64_t report_in(const struct actor *who, int64_t type, int64_t room)
{
    struct report_call c = {
        .in = {.type_id = type,
               .room_id = room,
               .place = room ? "" : "北门",
               .description = "漏水",
               .urgency = URGENCY_LOW,
               .channel = CH_STAFF}
    };
    assert_ok(write_as(who, run_report, &c));
    return c.out.id;
}

static UNUSED_OK int64_t report(int64_t type)
{
    return report_in(&w.owner, type, w.room);
}

struct order_call {
    int64_t id, version;
    struct repair_step step;
    struct repair out;
    const char *text;
    unsigned bits;
};

static UNUSED_OK enum err run_act(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    return repair_act(cx, c->id, &c->step, &c->out);
}

static UNUSED_OK enum err step(const struct actor *who, int64_t id, struct repair_step s)
{
    struct order_call c = {.id = id, .step = s};
    return write_as(who, run_act, &c);
}

static UNUSED_OK enum err simple(const struct actor *who, int64_t id, enum repair_event ev)
{
    return step(who, id, (struct repair_step){.event = ev, .note = "说明"});
}

static UNUSED_OK enum err run_load(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    return repair_get(cx, c->id, &c->out, &c->bits);
}

/* As the company administrator, who sees everything. Strings live until the store closes. */
static UNUSED_OK struct repair order(int64_t id)
{
    struct order_call c = {.id = id};
    assert_ok(read_as(&w.admin, run_load, &c));
    return c.out;
}

#define assert_state(id, s) assert_string_equal(repair_state_name[order(id).state], repair_state_name[s])

static UNUSED_OK enum err run_dispatch(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    return dispatch_try(cx, c->id, c->version);
}

/* What the job does with the newest outbox row of the order. */
static UNUSED_OK void dispatch(int64_t id)
{
    struct actor job = {.company_id = w.company};
    struct order_call c = {.id = id,
                           .version = harness_i64("SELECT COALESCE(MAX(version), 0) FROM outbox"
                                                  " WHERE kind = 'dispatch' AND ref = $1",
                                                  ARGS(I64(id)))};
    assert_ok(write_as(&job, run_dispatch, &c));
}

static UNUSED_OK int64_t open_offer(int64_t id)
{
    return harness_i64("SELECT COALESCE(MAX(id), 0) FROM repair_offer WHERE repair_id = $1 AND state = 'open'",
                       ARGS(I64(id)));
}

static UNUSED_OK int64_t offered_to(int64_t id)
{
    return harness_i64("SELECT COALESCE(MAX(account_id), 0) FROM repair_offer WHERE repair_id = $1 AND state = 'open'",
                       ARGS(I64(id)));
}

static UNUSED_OK enum err run_accept(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    return offer_accept(cx, c->id, &c->out);
}

static UNUSED_OK enum err accept_offer(const struct actor *who, int64_t offer)
{
    struct order_call c = {.id = offer};
    return write_as(who, run_accept, &c);
}

static UNUSED_OK enum err run_decline(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    return offer_decline(cx, c->id, c->text);
}

static UNUSED_OK enum err decline_offer(const struct actor *who, int64_t offer)
{
    struct order_call c = {.id = offer, .text = "忙"};
    return write_as(who, run_decline, &c);
}

static UNUSED_OK enum err run_tick(struct ctx *cx, void *arg)
{
    return repair_tick(cx, *(int64_t *)arg);
}

static UNUSED_OK void tick(int64_t id)
{
    struct actor job = {0};
    assert_ok(write_as(&job, run_tick, &id));
}

static UNUSED_OK enum err run_offer_tick(struct ctx *cx, void *arg)
{
    return offer_tick(cx, *(int64_t *)arg);
}

static UNUSED_OK void tick_offer(int64_t offer)
{
    struct actor job = {0};
    assert_ok(write_as(&job, run_offer_tick, &offer));
}

/* Brings a fresh order of that type to technician 0 and on to `state`. */
static UNUSED_OK int64_t order_in(int64_t type, enum repair_state state)
{
    int64_t id = report(type);
    if (state == RS_QUEUED)
        return id;
    dispatch(id);
    assert_int_equal(offered_to(id), w.tech[0].id);
    if (state == RS_OFFERED)
        return id;
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    if (state == RS_ASSIGNED)
        return id;
    assert_ok(simple(&w.tech[0], id, RE_DEPART));
    if (state == RS_EN_ROUTE)
        return id;
    assert_ok(simple(&w.tech[0], id, RE_ARRIVE));
    if (state == RS_ARRIVED)
        return id;
    if (type == w.charged) { /* what costs something is agreed before it begins */
        assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_QUOTE, .quote_fen = 100000}));
        assert_ok(simple(&w.owner, id, RE_QUOTE_ACCEPT));
    }
    assert_ok(simple(&w.tech[0], id, RE_START));
    if (state == RS_IN_REPAIR)
        return id;
    if (state == RS_ON_HOLD) {
        assert_ok(step(&w.tech[0], id, (struct repair_step){.event = RE_HOLD, .reason = "part"}));
        return id;
    }
    struct repair_line line = {.kind = 0, .name = "人工", .qty_e3 = 1000, .price_fen = 5000};
    assert_ok(step(&w.tech[0], id,
                   (struct repair_step){.event = RE_FINISH,
                                        .cause_id = w.cause,
                                        .measure = "更换角阀",
                                        .labour_min = 30,
                                        .lines = &line,
                                        .nlines = state == RS_AWAIT_PAY}));
    return id;
}

/* The history from 1 without a gap, each step starting where the one before ended, the last one the order's state. */
static UNUSED_OK void assert_history(int64_t id)
{
    struct repair r = order(id);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair_event WHERE repair_id = $1", ARGS(I64(id))), r.version);
    assert_int_equal(harness_i64("SELECT MAX(n) FROM repair_event WHERE repair_id = $1", ARGS(I64(id))), r.version);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair_event b JOIN repair_event a ON a.repair_id = b.repair_id"
                                 " AND a.n = b.n - 1 WHERE b.repair_id = $1 AND b.from_state <> a.to_state",
                                 ARGS(I64(id))),
                     0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair_event WHERE repair_id = $1 AND n = $2 AND to_state = $3",
                                 ARGS(I64(id), I64(r.version), TXT(repair_state_name[r.state]))),
                     1);
    bool held = r.state >= RS_ASSIGNED && r.state <= RS_ON_HOLD;
    if (r.state < RS_DONE)
        assert_int_equal(r.holder_id != 0, held);
}

#endif
