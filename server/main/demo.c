/* demo.c - anjud demo: one company with 2 projects, 3 buildings, 120 rooms, 40 owners, 6 technicians and an office.
 * Goes through the same use cases as the API. Refuses a store that has a company already.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/repair.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <stdlib.h>

#define PASSWORD "Anju-Demo-2026"
#define OWNERS   40

STMT(q_any, "demo.any_company", "SELECT COUNT(*) FROM company");
STMT(
    q_grant, "demo.grant",
    "INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_on_duty, "demo.on_duty", "UPDATE technician SET on_duty = 1, duty_at = $2 WHERE account_id = $1");
STMT(q_identity, "demo.identity",
     "INSERT INTO identity(id, company_id, account_id, provider, appid, openid, created_at) VALUES ($1, $2, $3, "
     "'wechat', $4, $5, $6)");

struct demo {
    char phc[128];
    int64_t project[2], room[120];
    size_t nrooms;
    bool exists;
};

static const struct {
    const char *login, *name, *phone, *role;
} office[] = {
    {"admin",      "系统管理员", "13900000001", "company_admin"   },
    {"manager",    "王经理",       "13900000002", "manager"         },
    {"dispatcher", "李调度",       "13900000003", "dispatcher"      },
    {"cashier",    "赵收费",       "13900000004", "cashier"         },
    {"service",    "孙客服",       "13900000005", "customer_service"},
    {"auditor",    "周审计",       "13900000006", "auditor"         }
};
static const struct {
    const char *login, *name, *phone, *skills[3];
} techs[] = {
    {"tech1", "陈师傅", "13900000011", {"plumbing", "general", NULL} },
    {"tech2", "刘师傅", "13900000012", {"plumbing", "electric", NULL}},
    {"tech3", "杨师傅", "13900000013", {"electric", "general", NULL} },
    {"tech4", "黄师傅", "13900000014", {"electric", "hvac", NULL}    },
    {"tech5", "吴师傅", "13900000015", {"general", "hvac", NULL}     },
    {"tech6", "徐师傅", "13900000016", {"lift", "electric", NULL}    }
};
static const struct material materials[] = {
    {.name = "角阀",       .measure = "个", .price_min_fen = 1500, .price_max_fen = 4500, .stock_e3 = 100000},
    {.name = "软管",       .measure = "根", .price_min_fen = 1000, .price_max_fen = 3000, .stock_e3 = 200000},
    {.name = "LED 灯泡",   .measure = "个", .price_min_fen = 800,  .price_max_fen = 2500, .stock_e3 = 500000},
    {.name = "空气开关", .measure = "个", .price_min_fen = 2500, .price_max_fen = 9000, .stock_e3 = 60000 }
};

static enum err person(struct ctx *cx, const struct demo *d, const char *kind, const char *login, const char *name,
                       const char *phone, const char *role, int64_t *id)
{
    struct account_in in = {.kind = kind, .login = login, .name = name, .phone = phone, .password_phc = d->phc};
    enum err e = account_insert(cx, cx->who.company_id, &in, id);
    if (!e && role)
        e = db_exec(cx, &q_grant,
                    ARGS(I64(id_new()), I64(cx->who.company_id), I64(*id), TXT(role), I64(0), I64(cx->now)), NULL);
    return e;
}

static enum err make_people(struct ctx *cx, struct demo *d)
{
    int64_t id = 0;
    enum err e = OK;
    for (size_t i = 0; i < COUNT(office) && !e; i++)
        e = person(cx, d, "staff", office[i].login, office[i].name, office[i].phone, office[i].role, &id);
    for (size_t i = 0; i < COUNT(techs) && !e; i++) {
        struct shift day = {0, 127, 0, 1440};
        struct technician t = {.max_open = 5,
                               .skills = (const char **)(uintptr_t)techs[i].skills,
                               .nskills = 2,
                               .shifts = &day,
                               .nshifts = 1};
        e = person(cx, d, "staff", techs[i].login, techs[i].name, techs[i].phone, "technician", &t.id);
        if (!e)
            e = technician_save(cx, &t);
        if (!e)
            e = db_exec(cx, &q_on_duty, ARGS(I64(t.id), I64(cx->now)), NULL);
        if (!e)
            e = db_exec(cx, &q_identity,
                        ARGS(I64(id_new()), I64(cx->who.company_id), I64(t.id), TXT(config()->wechat_appid),
                             TXT(arena_printf(cx->arena, "o-demo-%s", techs[i].login)), I64(cx->now)),
                        NULL);
    }
    return e;
}

static enum err make_rooms(struct ctx *cx, struct demo *d)
{
    static const struct {
        int project;
        const char *name;
    } buildings[] = {
        {0, "1栋"},
        {0, "2栋"},
        {1, "A座"}
    };
    static const struct project projects[] = {
        {.code = "YG",
         .name = "阳光花园",
         .address = "江城市滨江区阳光路 88 号",
         .kind = "residential",
         .land_area_e4 = 320000000,
         .building_area_e4 = 860000000},
        {.code = "HP",
         .name = "湖畔庭院",
         .address = "江城市湖畔区临湖街 6 号",
         .kind = "residential",
         .land_area_e4 = 180000000,
         .building_area_e4 = 410000000}
    };
    enum err e = OK;
    for (int p = 0; p < 2 && !e; p++)
        e = project_create(cx, &projects[p], &d->project[p]);
    for (size_t b = 0; b < COUNT(buildings) && !e; b++) {
        cx->who.project_id = d->project[buildings[b].project];
        for (int n = 0; n < 40 && !e; n++) { /* 2 units x 10 floors x 2 rooms */
            struct room r = {.building = buildings[b].name,
                             .unit = n < 20 ? "1单元" : "2单元",
                             .name = arena_printf(cx->arena, "%d0%d室", n % 20 / 2 + 1, n % 2 + 1),
                             .layout = n % 2 ? "两室一厅" : "三室两厅",
                             .area_e4 = n % 2 ? 893500 : 1307000};
            e = room_create(cx, &r, &d->room[d->nrooms++]);
        }
    }
    return e;
}

static enum err make_owners(struct ctx *cx, struct demo *d)
{
    static const char *const family[] = {"张", "王", "李", "赵", "陈", "刘", "杨", "黄", "周", "吴"};
    static const char *const given[] = {"伟", "芳", "娜", "敏"};
    enum err e = OK;
    for (int i = 0; i < OWNERS && !e; i++) {
        struct binding b;
        int64_t id = 0;
        const char *phone = arena_printf(cx->arena, "138000001%02d", i);
        e = person(cx, d, "resident", NULL, arena_printf(cx->arena, "%s%s", family[i % 10], given[i / 10]), phone, NULL,
                   &id);
        cx->who.project_id = d->project[i < 30 ? 0 : 1];
        if (!e)
            e = binding_register(cx, d->room[i < 30 ? i : 80 + i - 30], BIND_OWNER, "", phone, 0, &b);
    }
    return e;
}

static enum err make_setup(struct ctx *cx, struct demo *d)
{
    int64_t id = 0;
    enum err e = repair_defaults(cx);
    for (int p = 0; p < 2 && !e; p++) {
        cx->who.project_id = d->project[p];
        for (size_t i = 0; i < COUNT(materials) && !e; i++)
            e = material_add(cx, &materials[i], &id);
    }
    return e;
}

static enum err run_demo(struct ctx *cx, void *arg)
{
    struct demo *d = arg;
    int64_t n = 0, admin = 0;
    enum err e = db_i64(cx, &q_any, NO_ARGS, &n, NULL);
    d->exists = n > 0;
    d->nrooms = 0;
    if (e || n)
        return e;
    e = company_create(cx, "demo", "安居物业服务有限公司", &cx->who.company_id);
    cx->who.name = "demo";
    /* the owners' bindings are made by somebody with the right to: a set-up account nobody can log in to */
    if (!e)
        e = person(cx, d, "staff", "setup", "初始化", NULL, "company_admin", &admin);
    cx->who.id = admin;
    if (!e)
        e = make_rooms(cx, d);
    if (!e)
        e = make_people(cx, d);
    if (!e)
        e = make_owners(cx, d);
    if (!e)
        e = make_setup(cx, d);
    if (!e)
        e = demo_estate(cx);
    cx->who.project_id = d->project[0];
    if (!e)
        e = demo_facility(cx);
    cx->who.id = 0;
    return e;
}

STMT(q_lock_setup, "demo.lock_setup", "UPDATE account SET state = 'disabled', password = NULL WHERE login = 'setup'");

static enum err run_lock(struct ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, &q_lock_setup, NO_ARGS, NULL);
}

int cmd_demo(const char *config_path, const char *sandbox_json)
{
    struct store *s = open_store(config_path);
    struct demo *d = s ? calloc(1, sizeof *d) : NULL;
    struct ctx cx;
    if (!d || !password_hash(PASSWORD, d->phc))
        return 2;
    struct arena *a = arena_new(0);
    cx_init(&cx, a, s);
    enum err e = store_write(&cx, run_demo, d);
    if (!e && !d->exists)
        e = store_write(&cx, run_lock, NULL);
    if (!e && sandbox_json)
        e = demo_pay(&cx, sandbox_json);
    if (!e && sandbox_json) {
        cx_init(&cx, a, s);
        e = demo_org(&cx); /* before the complaints: they are given to departments */
    }
    if (!e && sandbox_json) {
        cx_init(&cx, a, s);
        e = demo_service(&cx);
    }
    if (e)
        fprintf(stderr, "demo: %s: %s\n", err_wire(e), cx.why.en ? cx.why.en : "");
    else if (d->exists)
        puts("demo: the store has data already; nothing was added");
    else
        puts("demo: loaded. Password of every account: " PASSWORD);
    arena_free(a);
    store_close(s);
    free(d);
    return e ? 2 : 0;
}
