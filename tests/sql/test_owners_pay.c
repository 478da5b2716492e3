/* test_owners_pay.c - whose a room's bills are while tenants who pay come and go. SPDX-License-Identifier: MIT */
#include "tests/sql/world.h"

#include "domain/estate.h"
#include "domain/owner.h"

struct call {
    struct owner_in in;
    struct owner_phone phone;
    struct owner_room_in rel;
    struct owner_room_set set;
    int64_t id, version;
    int32_t day;
};

static enum err run_put(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_put(cx, &c->in, &c->id);
}
static enum err run_attach(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_room_attach(cx, &c->rel, &c->id);
}
static enum err run_set(struct ctx *cx, void *arg)
{
    return owner_room_change(cx, &((struct call *)arg)->set);
}
static enum err run_end(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_room_end(cx, c->id, c->version, c->day, "退租");
}
static enum err run_show_out(struct ctx *cx, void *arg)
{
    return owner_show_out(cx, ((struct call *)arg)->id, "搬走");
}

static int64_t person(const char *name, const char *phone)
{
    struct call c = {
        .phone = {"", phone, 0}
    };
    c.in = (struct owner_in){.name = name, .phones = &c.phone, .nphones = 1};
    assert_ok(write_as(&w.service, run_put, &c));
    return c.id;
}

static int64_t attach(int64_t party, int role, int32_t from, int32_t to)
{
    struct call c = {
        .rel = {.party_id = party,
                .room_id = w.room,
                .role = role,
                .from_day = from,
                .to_day = to,
                .pays = role != ROLE_IS_OWNER}
    };
    assert_ok(write_as(&w.service, run_attach, &c));
    return c.id;
}

static void end(int64_t id, int64_t version, int32_t day)
{
    struct call c = {.id = id, .version = version, .day = day};
    assert_ok(write_as(&w.service, run_end, &c));
}

static void change(int64_t id, int64_t version, int32_t to, bool pays)
{
    struct call c = {
        .set = {.id = id, .version = version, .to_day = to, .pays = pays, .reason = "更正"}
    };
    assert_ok(write_as(&w.service, run_set, &c));
}

/* The register's entry that is billed for that day. */
static int64_t payer(int32_t day)
{
    return harness_i64(
        "SELECT party_id FROM fee_liable WHERE room_id = $1 AND from_day <= $2 ORDER BY from_day DESC LIMIT 1",
        ARGS(I64(w.room), I64(day)));
}

static struct {
    int64_t owner, a, b;
} x;

static int set_up(void **state)
{
    world_set_up(state);
    x.owner = person("房主", "13800000200");
    x.a = person("租客甲", "13800000201");
    x.b = person("租客乙", "13800000202");
    attach(x.owner, ROLE_IS_OWNER, 20200101, 0);
    return 0;
}

/* Whatever becomes of the lease before, the next tenant's bills are the next tenant's. Today is 2026-11-23. */
static void the_next_tenant_pays(int32_t from, int32_t last, int32_t early, int32_t gap)
{
    int64_t a = attach(x.a, ROLE_IS_TENANT, 20260101, last), b = attach(x.b, ROLE_IS_TENANT, from, 0);
    assert_int_equal(payer(last), x.a);
    assert_int_equal(payer(from), x.b);
    end(a, 1, last);
    assert_int_equal(payer(last), x.a);
    assert_int_equal(payer(from), x.b);
    end(a, 2, early);
    assert_int_equal(payer(early), x.a);
    assert_int_equal(payer(gap), x.owner);
    assert_int_equal(payer(from), x.b);
    change(a, 3, last, true);
    assert_int_equal(payer(gap), x.a);
    assert_int_equal(payer(from), x.b);
    change(a, 4, last, false);
    assert_int_equal(payer(from), x.b);
    end(b, 1, 20270531);
    assert_int_equal(payer(20270531), x.b);
    assert_int_equal(payer(20270601), x.owner);
}

static void the_next_tenant_pays_later(void **state)
{
    (void)state;
    the_next_tenant_pays(20270101, 20261231, 20261225, 20261226);
}
static void the_next_tenant_pays_already(void **state)
{
    (void)state;
    the_next_tenant_pays(20261115, 20261114, 20261031, 20261101);
}

static void a_lease_without_an_end_is_ended(void **state)
{
    int64_t a = attach(x.a, ROLE_IS_TENANT, 20260101, 0);
    (void)state;
    attach(x.b, ROLE_IS_TENANT, 20261201, 20261231);
    assert_int_equal(payer(20261130), x.a);
    assert_int_equal(payer(20261201), x.b);
    assert_int_equal(payer(20270101), x.a); /* whose relation goes on */
    end(a, 1, 20261130);
    assert_int_equal(payer(20261130), x.a);
    assert_int_equal(payer(20261201), x.b);
    assert_int_equal(payer(20270101), x.owner);
}

static void who_comes_first_is_entered_last(void **state)
{
    (void)state;
    attach(x.b, ROLE_IS_TENANT, 20270101, 0);
    attach(x.a, ROLE_IS_TENANT, 20261123, 20261231);
    assert_int_equal(payer(20261122), x.owner);
    assert_int_equal(payer(20261231), x.a);
    assert_int_equal(payer(20270101), x.b);
}

/* Somebody lives there by an active binding of the entry, and is shown out. */
static void show_out(int64_t party)
{
    struct call c = {.id = id_new()};
    assert_ok(harness_sql(
        "INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source, party_id,"
        " created_at, changed_at) VALUES ($1, $2, $3, $4, $5, 'tenant', 'active', 'register', $6, 0, 0)",
        ARGS(I64(c.id), I64(w.company), I64(w.project), I64(w.room), I64(w.stranger.id), I64(party))));
    assert_ok(write_as(&w.service, run_show_out, &c));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM party_room WHERE party_id = $1 AND to_day >= 20261123", ARGS(I64(party))), 0);
}

static void who_is_shown_out_pays_no_more(void **state)
{
    (void)state;
    attach(x.a, ROLE_IS_TENANT, 20260101, 0);
    show_out(x.a);
    assert_int_equal(payer(20261122), x.a);
    assert_int_equal(payer(20261123), x.owner);
    assert_int_equal(payer(20261124), x.owner);
}

static void who_is_shown_out_before_moving_in_never_pays(void **state)
{
    (void)state;
    attach(x.a, ROLE_IS_TENANT, 20261201, 20270630);
    attach(x.b, ROLE_IS_TENANT, 20270701, 0);
    show_out(x.a);
    assert_int_equal(payer(20261124), x.owner);
    assert_int_equal(payer(20261201), x.owner);
    assert_int_equal(payer(20270701), x.b);
}

static void who_is_shown_out_on_the_first_day_never_pays(void **state)
{
    (void)state;
    attach(x.a, ROLE_IS_TENANT, 20261123, 0);
    show_out(x.a);
    assert_int_equal(payer(20261123), x.owner);
    assert_int_equal(payer(20261124), x.owner);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_next_tenant_pays_later),
        T(the_next_tenant_pays_already),
        T(a_lease_without_an_end_is_ended),
        T(who_comes_first_is_entered_last),
        T(who_is_shown_out_pays_no_more),
        T(who_is_shown_out_before_moving_in_never_pays),
        T(who_is_shown_out_on_the_first_day_never_pays),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
