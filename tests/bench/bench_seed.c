/* bench_seed.c - residents with a room each, technicians with a plumber's skill, and a session for everybody.
 *
 *     bench_seed CONFIG RESIDENTS TECHNICIANS >people      the server must not run; `anjud demo` comes first
 *
 * Logging in thousands of people by the API would measure the password hash. Everything else goes through the use
 * cases of the program.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/repair.h"
#include "load.h"
#include "platform/store/db.h"
#include "seed.h"
#include <stdio.h>
#include <stdlib.h>

#define CHUNK 100

STMT(q_admin, "bench.admin", "SELECT id FROM account WHERE login = 'admin'");
STMT(q_company, "bench.company", "SELECT company_id FROM account WHERE login = 'admin'");
STMT(q_project, "bench.project", "SELECT id FROM project ORDER BY id LIMIT 1");
STMT(q_type, "bench.type", "SELECT id FROM fault_type WHERE mode = $1 AND place = 'any' ORDER BY id LIMIT 1");
STMT(q_grant, "bench.grant",
     "INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at) VALUES ($1, $2, $3, "
     "'technician', 0, $4)");
STMT(q_on_duty, "bench.on_duty", "UPDATE technician SET on_duty = 1, duty_at = $2 WHERE account_id = $1");

STMT(q_demo_home, "bench.demo_home", "UPDATE technician SET on_duty = 0"); /* they have no socket here */

static const struct login_from from = {.company = "", .device = "", .user_agent = "bench"};

struct range {
    long begin, end;
    int64_t admin, company, project, auto_type, grab_type;
};

static enum err run_find(struct ctx *cx, void *arg)
{
    struct range *r = arg;
    enum err e = db_i64(cx, &q_admin, NO_ARGS, &r->admin, NULL);
    if (!e)
        e = db_i64(cx, &q_company, NO_ARGS, &r->company, NULL);
    if (!e)
        e = db_i64(cx, &q_project, NO_ARGS, &r->project, NULL);
    if (!e)
        e = db_i64(cx, &q_type, ARGS(TXT("auto")), &r->auto_type, NULL);
    return e ? e : db_i64(cx, &q_type, ARGS(TXT("grab")), &r->grab_type, NULL);
}

static enum err session(struct ctx *cx, const char *kind, int64_t account, int64_t room)
{
    struct login l = {0};
    enum err e = auth_open_session(cx, account, &from, 0, &l);
    if (!e)
        printf("%s %lld %lld %s\n", kind, (long long)account, (long long)room, l.token);
    return e;
}

static enum err run_residents(struct ctx *cx, void *arg)
{
    const struct range *r = arg;
    enum err e = OK;
    for (long i = r->begin; i < r->end && !e; i++) {
        struct binding b = {0};
        int64_t room = 0;
        struct room in = {.building = arena_printf(cx->arena, "B%ld", i / 200 + 1),
                          .unit = "",
                          .name = arena_printf(cx->arena, "%ld", i % 200 + 101),
                          .layout = "",
                          .area_e4 = 900000};
        e = room_create(cx, &in, &room);
        if (!e)
            e = binding_register(cx, room, BIND_OWNER, "住户", arena_printf(cx->arena, "137%08ld", i), 0, &b);
        if (!e)
            e = session(cx, "resident", b.account_id, room);
    }
    return e;
}

static enum err run_techs(struct ctx *cx, void *arg)
{
    static const char *skills[] = {"plumbing", "general"};
    const struct range *r = arg;
    enum err e = r->begin ? OK : db_exec(cx, &q_demo_home, NO_ARGS, NULL);
    for (long i = r->begin; i < r->end && !e; i++) {
        struct account_in in = {.kind = "staff", .name = "师傅", .login = arena_printf(cx->arena, "bench%ld", i)};
        struct technician t = {.max_open = 100, .skills = skills, .nskills = 2};
        e = account_insert(cx, r->company, &in, &t.id);
        if (!e)
            e = db_exec(cx, &q_grant, ARGS(I64(id_new()), I64(r->company), I64(t.id), I64(cx->now)), NULL);
        if (!e)
            e = technician_save(cx, &t);
        if (!e)
            e = db_exec(cx, &q_on_duty, ARGS(I64(t.id), I64(cx->now)), NULL);
        if (!e)
            e = session(cx, "tech", t.id, 0);
    }
    return e;
}

static void run(struct store *s, struct range *r, job_fn *fn, bool write)
{
    struct arena *a = arena_new(0);
    struct ctx cx;
    cx_init(&cx, a, s);
    cx.ip = "127.0.0.1";
    cx.who = (struct actor){.id = r->admin, .company_id = r->company, .project_id = r->project, .name = "bench"};
    enum err e = write ? store_write(&cx, fn, r) : store_read(&cx, fn, r);
    if (e)
        give_up("seed: %s: %s", err_wire(e), cx.why.en ? cx.why.en : "");
    arena_free(a);
}

static void each_chunk(struct store *s, struct range *r, long n, job_fn *fn)
{
    for (r->begin = 0; r->begin < n; r->begin = r->end) {
        r->end = r->begin + CHUNK < n ? r->begin + CHUNK : n;
        run(s, r, fn, true);
    }
}

int main(int argc, char **argv)
{
    struct range r = {0};
    if (argc != 4)
        give_up("bench_seed CONFIG RESIDENTS TECHNICIANS");
    struct arena *a = arena_new(0);
    struct store *s = bench_open(argv[1], a);
    run(s, &r, run_find, false);
    printf("types %lld %lld -------------------------------------------\n", (long long)r.auto_type,
           (long long)r.grab_type);
    each_chunk(s, &r, atol(argv[2]), run_residents);
    each_chunk(s, &r, atol(argv[3]), run_techs);
    store_close(s);
    arena_free(a);
    return 0;
}
