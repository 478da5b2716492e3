/* test_estate.c - projects, rooms, bindings, and the wall between two companies. SPDX-License-Identifier: MIT */
#include "tests/sql/world.h"

static struct room named(const char *building, const char *unit, const char *name)
{
    return (struct room){.building = building, .unit = unit, .name = name, .layout = "", .area_e4 = 893500};
}

struct room_call {
    struct room in;
    int64_t id;
};
static enum err run_create(struct ctx *cx, void *arg)
{
    struct room_call *c = arg;
    return room_create(cx, &c->in, &c->id);
}
static enum err add_room(const struct actor *who, struct room r, int64_t *id)
{
    struct room_call c = {.in = r};
    enum err e = write_as(who, run_create, &c);
    if (id)
        *id = c.id;
    return e;
}

struct rooms_call {
    const char *search;
    int64_t after, limit, ids[64];
    size_t n;
    struct room last;
};
static void on_room(void *arg, const struct room *r)
{
    struct rooms_call *c = arg;
    if (c->n < COUNT(c->ids))
        c->ids[c->n++] = r->id;
    c->last = *r;
}
static enum err run_rooms(struct ctx *cx, void *arg)
{
    struct rooms_call *c = arg;
    c->n = 0;
    return room_list(cx, c->search, c->after, c->limit ? c->limit : 50, on_room, c);
}

static void one_room_one_name(void **state)
{
    static const struct {
        const char *building, *unit, *name;
    } same[] = {
        {"8栋",    "2单元",   "1502室"     },
        {"8#",      "2",         "1502"        },
        {"８幢",  "２单元", "１５０２"},
        {"8号楼", "2单元",   "1502房"     }
    };
    int64_t id = 0;
    (void)state;
    assert_ok(add_room(&w.admin, named("8栋", "2单元", "1502"), &id));
    for (size_t i = 0; i < COUNT(same); i++) {
        assert_err(add_room(&w.admin, named(same[i].building, same[i].unit, same[i].name), NULL), ERR_EXISTS);
        assert_field("name");
    }
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM building WHERE project_id = $1 AND norm = '8'", ARGS(I64(w.project))), 1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM unit WHERE project_id = $1 AND building_id ="
                                 " (SELECT building_id FROM room WHERE id = $2)",
                                 ARGS(I64(w.project), I64(id))),
                     1);
    assert_ok(add_room(&w.admin, named("8栋", "2单元", "1503"), NULL));
    assert_ok(add_room(&w.admin, named("A座", "", "101"), NULL));
    assert_err(add_room(&w.admin, named("a座", "", "101"), NULL), ERR_EXISTS);
    assert_err(add_room(&w.admin, named("栋", "", "101"), NULL), ERR_INVALID);
    assert_field("building");
    struct actor elsewhere = w.admin;
    elsewhere.project_id = w.other_project;
    assert_ok(add_room(&elsewhere, named("8栋", "2单元", "1502"), NULL)); /* the name is the project's */
    elsewhere.project_id = 0;
    assert_err(add_room(&elsewhere, named("8栋", "2单元", "1502"), NULL), ERR_INVALID);
}

static void any_spelling_finds_the_room(void **state)
{
    static const char *const spelling[] = {"8栋2单元1502室", "8#2-1502", "８－２－１５０２", "8-2-1502", "1502"};
    struct rooms_call c = {0};
    int64_t id = 0;
    (void)state;
    assert_ok(add_room(&w.admin, named("8栋", "2单元", "1502室"), &id));
    for (size_t i = 0; i < COUNT(spelling); i++) {
        c.search = spelling[i];
        assert_ok(read_as(&w.manager, run_rooms, &c));
        assert_int_equal(c.n, 1);
        assert_int_equal(c.ids[0], id);
    }
    assert_string_equal(c.last.building, "8栋");
    assert_string_equal(c.last.full_name, "8栋2单元1502室");
    assert_int_equal(c.last.area_e4, 893500);
    c.search = "9-9-9999";
    assert_ok(read_as(&w.manager, run_rooms, &c));
    assert_int_equal(c.n, 0);
    c.search = NULL;
    c.limit = 1;
    assert_ok(read_as(&w.manager, run_rooms, &c));
    assert_int_equal(c.n, 1);
    c.after = c.ids[0];
    c.limit = 50;
    assert_ok(read_as(&w.manager, run_rooms, &c));
    assert_int_equal(c.n, 2);
    c.after = 0;
    assert_ok(read_as(&w.foreign_admin, run_rooms, &c));
    assert_int_equal(c.n, 1); /* its own one only */
    assert_int_equal(c.ids[0], w.foreign_room);
}

static enum err run_project_as(struct ctx *cx, void *arg)
{
    struct project *p = arg;
    return p->id ? project_change(cx, p) : project_create(cx, p, &p->id);
}

static size_t nprojects;
static void on_project(void *arg, const struct project *p)
{
    nprojects++;
    if (arg && *(int64_t *)arg == p->id)
        *(int64_t *)arg = -p->version;
}
static enum err run_projects(struct ctx *cx, void *arg)
{
    nprojects = 0;
    return project_list(cx, on_project, arg);
}

static void projects_are_versioned(void **state)
{
    struct project p = {.code = "ZZ", .name = "某园", .address = "某路 1 号", .kind = "residential", .land_area_e4 = 5};
    (void)state;
    assert_ok(write_as(&w.admin, run_project_as, &p));
    struct project again = p;
    again.id = 0;
    assert_err(write_as(&w.admin, run_project_as, &again), ERR_EXISTS);
    assert_field("code");
    again.id = 0;
    assert_ok(write_as(&w.foreign_admin, run_project_as, &again));
    p.version = 1;
    p.name = "新园";
    assert_ok(write_as(&w.admin, run_project_as, &p));
    assert_err(write_as(&w.admin, run_project_as, &p), ERR_CONFLICT);
    p.version = 2;
    assert_err(write_as(&w.foreign_admin, run_project_as, &p), ERR_NOT_FOUND);
    int64_t id = p.id;
    assert_ok(read_as(&w.admin, run_projects, &id));
    assert_int_equal(id, -2);
}

static void projects_one_may_enter(void **state)
{
    (void)state;
    assert_ok(read_as(&w.admin, run_projects, NULL));
    assert_int_equal(nprojects, 2);
    assert_ok(read_as(&w.manager, run_projects, NULL));
    assert_int_equal(nprojects, 1);
    assert_ok(read_as(&w.owner, run_projects, NULL));
    assert_int_equal(nprojects, 1);
    assert_ok(read_as(&w.stranger, run_projects, NULL));
    assert_int_equal(nprojects, 0);
    assert_ok(read_as(&w.foreign_admin, run_projects, NULL));
    assert_int_equal(nprojects, 1);
    unbind(&w.owner, w.room);
    assert_ok(read_as(&w.owner, run_projects, NULL));
    assert_int_equal(nprojects, 0);
}

/* ---- bindings ---- */

struct binding_call {
    int64_t room, id, expires, account;
    int role;
    const char *name, *phone;
    bool approve, has;
    struct binding out;
};
static enum err run_apply(struct ctx *cx, void *arg)
{
    struct binding_call *c = arg;
    return binding_apply(cx, c->room, c->role, &c->out);
}
static enum err run_register(struct ctx *cx, void *arg)
{
    struct binding_call *c = arg;
    return binding_register(cx, c->room, c->role, c->name, c->phone, c->expires, &c->out);
}
static enum err run_decide(struct ctx *cx, void *arg)
{
    struct binding_call *c = arg;
    return c->approve ? binding_approve(cx, c->id, c->expires, "理由", &c->out) : binding_reject(cx, c->id, "理由");
}
static enum err run_revoke(struct ctx *cx, void *arg)
{
    struct binding_call *c = arg;
    return binding_revoke(cx, c->id, "理由", &c->out);
}
static enum err run_has(struct ctx *cx, void *arg)
{
    struct binding_call *c = arg;
    return binding_has(cx, c->account, c->room, &c->has);
}
static bool has(const struct actor *who, int64_t room)
{
    struct binding_call c = {.account = who->id, .room = room};
    assert_ok(read_as(who, run_has, &c));
    return c.has;
}
static int64_t apply(const struct actor *who, int64_t room, int role)
{
    struct binding_call c = {.room = room, .role = role};
    assert_ok(write_as(who, run_apply, &c));
    return c.out.id;
}
static enum err decide(const struct actor *who, int64_t id, bool approve)
{
    struct binding_call c = {.id = id, .approve = approve};
    return write_as(who, run_decide, &c);
}
static enum err approve_until(const struct actor *who, int64_t id, int64_t expires)
{
    struct binding_call c = {.id = id, .approve = true, .expires = expires};
    return write_as(who, run_decide, &c);
}
static enum err revoke(const struct actor *who, int64_t id)
{
    struct binding_call c = {.id = id};
    return write_as(who, run_revoke, &c);
}

static void applying_waits_for_the_desk(void **state)
{
    struct binding_call c = {.room = w.room, .role = BIND_OWNER};
    (void)state;
    harness_forget();
    assert_ok(write_as(&w.stranger, run_apply, &c));
    assert_string_equal(c.out.state, "applied");
    assert_int_equal(harness_count(NULL, "binding.applied"), 1);
    assert_false(has(&w.stranger, w.room));
    int64_t id = c.out.id;
    assert_int_equal(apply(&w.stranger, w.room, BIND_OWNER), id); /* asked twice, one row */
    assert_int_equal(harness_count(NULL, "binding.applied"), 1);
    assert_err(decide(&w.stranger, id, true), ERR_FORBIDDEN); /* not one's own */
    assert_err(decide(&w.neighbour, id, true), ERR_NOT_FOUND);
    assert_err(decide(&w.owner, id, true), ERR_NOT_FOUND); /* owners do not let in owners */
    assert_err(decide(&w.tech[0], id, true), ERR_NOT_FOUND);
    assert_err(decide(&w.foreign_admin, id, true), ERR_NOT_FOUND);
    assert_ok(decide(&w.service, id, true));
    assert_true(has(&w.stranger, w.room));
    assert_err(decide(&w.service, id, false), ERR_STATE);
    c = (struct binding_call){.room = w.foreign_room};
    assert_err(write_as(&w.stranger, run_apply, &c), ERR_INVALID);
    assert_field("room_id");
}

static void owners_let_in_family_and_tenants(void **state)
{
    struct actor cousin = make_person(w.company, 0, "表弟", NULL), lodger = make_person(w.company, 0, "房客", NULL);
    char home[32];
    (void)state;
    snprintf(home, sizeof home, "user:%lld", (long long)w.owner.id);
    harness_forget();
    int64_t a = apply(&cousin, w.room, BIND_FAMILY), b = apply(&lodger, w.room, BIND_TENANT);
    assert_int_equal(harness_count(home, "binding.changed"), 2); /* the owner hears of it at once */
    assert_err(decide(&w.neighbour, a, true), ERR_NOT_FOUND);
    assert_err(decide(&cousin, b, true), ERR_NOT_FOUND); /* nor does an applicant */
    harness_forget();
    assert_ok(decide(&w.owner, a, true));
    assert_true(has(&cousin, w.room));
    assert_int_equal(harness_count(NULL, "binding.changed"), 1);
    assert_err(decide(&cousin, b, true), ERR_NOT_FOUND); /* nor does family */
    assert_ok(decide(&w.owner, b, false));
    assert_false(has(&lodger, w.room));
    assert_int_equal(apply(&lodger, w.room, BIND_TENANT), b); /* may ask again */
    assert_err(decide(&w.owner, b, true), ERR_INVALID);       /* a tenant is let in until a day */
    assert_field("expires_on");
    assert_err(approve_until(&w.service, b, at), ERR_INVALID);
    assert_field("expires_on");
    assert_ok(approve_until(&w.owner, b, at + DAY_MS));
    at += DAY_MS;
    assert_false(has(&lodger, w.room));
    at -= DAY_MS;
    assert_true(has(&lodger, w.room));
    harness_forget();
    assert_ok(revoke(&w.owner, b));
    assert_false(has(&lodger, w.room));
    bool told = false;
    for (size_t i = 0; i < harness_heard(); i++)
        told |= harness_heard_at(i)->kind == 's' && harness_heard_at(i)->account_id == lodger.id;
    assert_true(told); /* topics are checked again in the same commit */
    assert_ok(revoke(&w.owner, b));
    assert_ok(revoke(&cousin, a)); /* one may leave */
    assert_false(has(&cousin, w.room));
    assert_err(revoke(&w.foreign_admin, a), ERR_NOT_FOUND);
}

/* An owner whose own time is over decides nothing, also before the job has swept. */
static void an_expired_owner_decides_nothing(void **state)
{
    struct actor owner = make_person(w.company, 0, "旧主", NULL), cousin = make_person(w.company, 0, "表弟", NULL);
    int64_t id = apply(&cousin, w.room2, BIND_FAMILY);
    (void)state;
    bind(&owner, w.room2, "owner", at + 1);
    at += 1;
    assert_err(decide(&owner, id, true), ERR_NOT_FOUND);
    assert_false(has(&cousin, w.room2));
}

static void the_register(void **state)
{
    const char *phone = new_phone();
    struct binding_call c = {
        .room = w.room, .role = BIND_TENANT, .name = "租客", .phone = phone, .expires = at + DAY_MS};
    (void)state;
    assert_err(write_as(&w.neighbour, run_register, &c), ERR_NOT_FOUND); /* another's room */
    struct binding_call own = c;
    own.role = BIND_OWNER;
    assert_err(write_as(&w.owner, run_register, &own), ERR_INVALID); /* family and tenants only */
    own.role = BIND_TENANT;
    own.expires = 0;
    assert_err(write_as(&w.owner, run_register, &own), ERR_INVALID);
    own.expires = c.expires;
    own.phone = new_phone();
    assert_ok(write_as(&w.owner, run_register, &own));
    assert_err(write_as(&w.owner, run_register, &own), ERR_EXISTS); /* is in */
    assert_err(write_as(&w.tech[0], run_register, &c), ERR_NOT_FOUND);
    assert_err(write_as(&w.foreign_admin, run_register, &c), ERR_NOT_FOUND);
    assert_field("id");
    assert_ok(write_as(&w.service, run_register, &c));
    assert_string_equal(c.out.state, "active");
    assert_string_equal(c.out.source, "register");
    int64_t account = c.out.account_id, id = c.out.id;
    struct actor tenant = {.id = account, .company_id = w.company, .name = "t"};
    assert_true(has(&tenant, w.room));
    c.room = w.room2;
    assert_ok(write_as(&w.service, run_register, &c));
    assert_int_equal(c.out.account_id, account); /* the same phone is the same person */
    c.room = w.room;
    c.role = BIND_FAMILY;
    c.expires = 0;
    assert_ok(write_as(&w.service, run_register, &c));
    assert_int_equal(c.out.id, id); /* one row a room and person */
    assert_string_equal(c.out.role, "family");
    c.phone = "123";
    assert_err(write_as(&w.service, run_register, &c), ERR_INVALID);
    assert_field("phone");
    struct actor elsewhere = make_person(w.company, w.other_project, "别处客服", "customer_service");
    c.phone = phone;
    assert_err(write_as(&elsewhere, run_register, &c), ERR_NOT_FOUND);
}

static enum err run_expire(struct ctx *cx, void *arg)
{
    (void)arg;
    return binding_expire(cx);
}

static void leases_run_out(void **state)
{
    struct binding_call c = {
        .room = w.room, .role = BIND_TENANT, .name = "租客", .phone = new_phone(), .expires = at + DAY_MS};
    struct actor system = {0};
    (void)state;
    assert_ok(write_as(&w.service, run_register, &c));
    struct actor tenant = {.id = c.out.account_id, .company_id = w.company, .name = "t"};
    at += DAY_MS - 1;
    assert_ok(write_as(&system, run_expire, NULL));
    assert_true(has(&tenant, w.room));
    at += 1;
    assert_false(has(&tenant, w.room)); /* at once, whatever the job does */
    assert_ok(write_as(&system, run_expire, NULL));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM binding WHERE id = $1 AND state = 'revoked'", ARGS(I64(c.out.id))), 1);
    assert_true(has(&w.owner, w.room));
}

static size_t nbindings;
static void on_binding(void *arg, const struct binding *b)
{
    (void)arg;
    (void)b;
    nbindings++;
}
static enum err run_mine(struct ctx *cx, void *arg)
{
    (void)arg;
    nbindings = 0;
    return binding_mine(cx, on_binding, NULL);
}
static enum err run_waiting(struct ctx *cx, void *arg)
{
    (void)arg;
    nbindings = 0;
    return binding_waiting(cx, on_binding, NULL);
}
static enum err run_of_room(struct ctx *cx, void *arg)
{
    nbindings = 0;
    return binding_of_room(cx, *(int64_t *)arg, on_binding, NULL);
}

static void lists_stay_inside(void **state)
{
    (void)state;
    apply(&w.stranger, w.room, BIND_FAMILY);
    assert_ok(read_as(&w.stranger, run_mine, NULL));
    assert_int_equal(nbindings, 1);
    assert_ok(read_as(&w.service, run_waiting, NULL));
    assert_int_equal(nbindings, 1);
    assert_ok(read_as(&w.foreign_admin, run_waiting, NULL));
    assert_int_equal(nbindings, 0);
    assert_ok(read_as(&w.service, run_of_room, &w.room));
    assert_int_equal(nbindings, 2);
    assert_ok(read_as(&w.owner, run_of_room, &w.room)); /* the own one */
    assert_err(read_as(&w.neighbour, run_of_room, &w.room), ERR_NOT_FOUND);
    assert_err(read_as(&w.foreign_admin, run_of_room, &w.room), ERR_NOT_FOUND);
}

#define T(f) cmocka_unit_test_setup(f, world_set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_room_one_name),
        T(any_spelling_finds_the_room),
        T(projects_are_versioned),
        T(projects_one_may_enter),
        T(applying_waits_for_the_desk),
        T(owners_let_in_family_and_tenants),
        T(an_expired_owner_decides_nothing),
        T(the_register),
        T(leases_run_out),
        T(lists_stay_inside),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
