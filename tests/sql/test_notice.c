/* test_notice.c - notices: who is addressed, when they appear, how they are pushed, who has read them; the home page's numbers.
 * SPDX-License-Identifier: MIT */
#include "domain/complaint.h"
#include "domain/notice.h"
#include "tests/sql/world.h"

static int set_up(void **state)
{
    (void)state;
    world_make();
    return 0;
}

struct call {
    struct notice_in in;
    struct notice out;
    int64_t id, version;
    enum notice_event ev;
    const char *reason;
    bool manages;
    size_t n;
    struct notice_receipts receipts;
    struct home home;
};
static enum err run_save(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return notice_save(cx, &c->in, &c->out);
}
static enum err run_nact(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return notice_act(cx, c->id, c->ev, c->version, c->reason, &c->out);
}
static enum err run_nget(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return notice_get(cx, c->id, &c->out, &c->manages);
}
static enum err run_nread(struct ctx *cx, void *arg)
{
    return notice_read(cx, ((struct call *)arg)->id);
}
static void count(void *arg, const struct notice *n)
{
    (void)n;
    ((struct call *)arg)->n++;
}
static enum err run_mine(struct ctx *cx, void *arg)
{
    return notice_mine(cx, false, 0, 100, count, arg);
}
static enum err run_ntick(struct ctx *cx, void *arg)
{
    return notice_tick(cx, ((struct call *)arg)->id);
}
static enum err run_receipts(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return notice_receipts(cx, c->id, &c->receipts);
}
static enum err run_home(struct ctx *cx, void *arg)
{
    return notice_home(cx, &((struct call *)arg)->home);
}
static void count_room(void *arg, int64_t id, const char *name)
{
    (void)id;
    (void)name;
    ((struct call *)arg)->n++;
}
static enum err run_unread(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return notice_unread_rooms(cx, c->id, 0, 100, count_room, c);
}

static struct notice_in plain(void)
{
    return (struct notice_in){.title = "停水通知",
                              .text = "明日 9 点至 17 点停水",
                              .kind = NK_IMPORTANT,
                              .audience = NA_PROJECT,
                              .for_owner = true,
                              .for_family = true,
                              .for_tenant = true};
}
static int64_t draft(const struct actor *who, struct notice_in in)
{
    struct call c = {.in = in};
    assert_ok(write_as(who, run_save, &c));
    return c.out.id;
}
static enum err act(const struct actor *who, int64_t id, enum notice_event ev)
{
    struct call c = {.id = id, .ev = ev, .reason = "说明"};
    return write_as(who, run_nact, &c);
}
static int64_t published(struct notice_in in)
{
    int64_t id = draft(&w.manager, in);
    assert_ok(act(&w.manager, id, NE_PUBLISH));
    return id;
}
static enum err sees(const struct actor *who, int64_t id)
{
    struct call c = {.id = id};
    return read_as(who, run_nget, &c);
}
static size_t mine(const struct actor *who)
{
    struct call c = {.n = 0};
    assert_ok(read_as(who, run_mine, &c));
    return c.n;
}
static void ntick(int64_t id)
{
    struct actor job = {0};
    struct call c = {.id = id};
    assert_ok(write_as(&job, run_ntick, &c));
}
static int64_t told(int64_t account, const char *kind)
{
    return harness_i64("SELECT COUNT(*) FROM notification WHERE account_id = $1 AND kind = $2",
                       ARGS(I64(account), TXT(kind)));
}
static int64_t building_of(int64_t room)
{
    return harness_i64("SELECT building_id FROM room WHERE id = $1", ARGS(I64(room)));
}
static const char *state_of(int64_t id)
{
    struct call c = {.id = id};
    assert_ok(read_as(&w.admin, run_nget, &c));
    return notice_state_name[c.out.state];
}

static void only_whom_it_is_for(void **state)
{
    (void)state;
    int64_t id = draft(&w.manager, plain());
    assert_err(sees(&w.owner, id), ERR_NOT_FOUND); /* a draft */
    assert_ok(act(&w.manager, id, NE_PUBLISH));
    assert_ok(sees(&w.owner, id));
    assert_err(sees(&w.stranger, id), ERR_NOT_FOUND);
    assert_err(sees(&w.foreign_owner, id), ERR_NOT_FOUND);
    assert_err(sees(&w.foreign_admin, id), ERR_NOT_FOUND);
    assert_err(sees(&w.tech[0], id), ERR_NOT_FOUND); /* not for staff */
    /* one room, one role */
    struct notice_in in = plain();
    in.audience = NA_ROOMS;
    in.targets = &w.room;
    in.ntargets = 1;
    id = published(in);
    assert_ok(sees(&w.owner, id));
    assert_err(sees(&w.neighbour, id), ERR_NOT_FOUND);
    in.for_owner = false;
    id = published(in);
    assert_err(sees(&w.owner, id), ERR_NOT_FOUND);
    /* a building */
    int64_t building = building_of(w.room);
    in = plain();
    in.audience = NA_BUILDINGS;
    in.targets = &building;
    in.ntargets = 1;
    id = published(in);
    assert_ok(sees(&w.owner, id));
    unbind(&w.owner, w.room); /* moved out: gone with the room */
    assert_err(sees(&w.owner, id), ERR_NOT_FOUND);
    in = plain();
    in.for_owner = in.for_family = in.for_tenant = false;
    in.for_staff = true;
    id = published(in);
    assert_ok(sees(&w.tech[0], id));
    assert_err(sees(&w.neighbour, id), ERR_NOT_FOUND);
}

static void who_may_write(void **state)
{
    (void)state;
    struct call c = {.in = plain()};
    const struct actor *const cannot[] = {&w.owner, &w.tech[0], &w.cashier, &w.auditor, &w.foreign_owner};
    for (size_t i = 0; i < COUNT(cannot); i++)
        assert_err(write_as(cannot[i], run_save, &c), ERR_NOT_FOUND);
    c.in.audience = NA_COMPANY;
    assert_err(write_as(&w.manager, run_save, &c), ERR_FORBIDDEN);
    assert_ok(write_as(&w.admin, run_save, &c));
    c.in = plain();
    c.in.audience = NA_ROOMS;
    assert_err(write_as(&w.manager, run_save, &c), ERR_INVALID);
    c.in.targets = &w.foreign_room;
    c.in.ntargets = 1;
    assert_err(write_as(&w.manager, run_save, &c), ERR_INVALID);
    assert_field("targets");
    c.in = plain();
    c.in.for_owner = c.in.for_family = c.in.for_tenant = false;
    assert_err(write_as(&w.manager, run_save, &c), ERR_INVALID);
    c.in = plain();
    c.in.expire_at = at;
    assert_err(write_as(&w.manager, run_save, &c), ERR_INVALID);
    /* emergencies are the manager's */
    c.in = plain();
    c.in.kind = NK_EMERGENCY;
    int64_t id = draft(&w.service, c.in);
    assert_err(act(&w.service, id, NE_PUBLISH), ERR_FORBIDDEN);
    assert_ok(act(&w.manager, id, NE_PUBLISH));
    c.in.kind = NK_COMMON; /* nor by way of one that waits for its time */
    c.in.publish_at = at + HOUR_MS;
    c.in.id = draft(&w.service, c.in);
    assert_ok(act(&w.service, c.in.id, NE_PUBLISH));
    c.in.kind = NK_EMERGENCY;
    assert_err(write_as(&w.service, run_save, &c), ERR_FORBIDDEN);
    assert_ok(write_as(&w.manager, run_save, &c));
    c.in = plain();
    c.in.kind = NK_EMERGENCY;
    /* once out, not changed */
    c.in.id = id;
    assert_err(write_as(&w.manager, run_save, &c), ERR_STATE);
    assert_err(act(&w.manager, id, NE_PUBLISH), ERR_STATE);
    assert_err(act(&w.manager, id, NE_UNPUBLISH), ERR_STATE);
    c = (struct call){.id = id, .ev = NE_WITHDRAW};
    assert_err(write_as(&w.manager, run_nact, &c), ERR_INVALID);
    assert_err(act(&w.foreign_admin, id, NE_WITHDRAW), ERR_NOT_FOUND);
    assert_ok(act(&w.manager, id, NE_WITHDRAW));
    assert_err(sees(&w.owner, id), ERR_NOT_FOUND);
}

static void its_time_comes(void **state)
{
    (void)state;
    struct notice_in in = plain();
    in.publish_at = at + HOUR_MS;
    in.expire_at = at + 3 * HOUR_MS;
    int64_t id = published(in);
    assert_string_equal(state_of(id), "scheduled");
    ntick(id);
    assert_string_equal(state_of(id), "scheduled");
    struct call c = {.in = in}; /* moved to later */
    c.in.id = id;
    c.in.publish_at = at + 2 * HOUR_MS;
    assert_ok(write_as(&w.manager, run_save, &c));
    at += HOUR_MS;
    ntick(id);
    assert_string_equal(state_of(id), "scheduled");
    at += HOUR_MS;
    ntick(id);
    assert_string_equal(state_of(id), "published");
    assert_int_equal(told(w.owner.id, "notice"), 0);
    ntick(id);
    assert_int_equal(told(w.owner.id, "notice"), 1);
    assert_int_equal(mine(&w.owner), 1);
    at += 2 * HOUR_MS;
    assert_int_equal(mine(&w.owner), 0); /* expired */
    struct call stale = {.id = id, .ev = NE_WITHDRAW, .version = 1, .reason = "x"};
    assert_err(write_as(&w.manager, run_nact, &stale), ERR_CONFLICT);
}

static void one_push_an_hour_but_for_emergencies(void **state)
{
    (void)state;
    int64_t a = published(plain()), b = published(plain());
    ntick(a);
    ntick(b);
    assert_int_equal(told(w.owner.id, "notice"), 1);
    assert_int_equal(mine(&w.owner), 2); /* to be read at once, only not pushed */
    struct notice_in in = plain();
    in.kind = NK_EMERGENCY;
    int64_t c = published(in);
    harness_forget();
    ntick(c);
    assert_int_equal(told(w.owner.id, "notice_emergency"), 1);
    char topic[40];
    snprintf(topic, sizeof topic, "user:%lld", (long long)w.owner.id);
    assert_int_equal(harness_count(topic, "notification.new"), 1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM message WHERE account_id = $1 AND kind = 'notice_emergency'"
                                 " AND channel = 'sms' AND state = 'pending'",
                                 ARGS(I64(w.owner.id))),
                     1);
    ntick(b);
    assert_int_equal(told(w.owner.id, "notice"), 1);
    at += HOUR_MS;
    ntick(b);
    ntick(b);
    assert_int_equal(told(w.owner.id, "notice"), 2);
    assert_int_equal(harness_i64("SELECT tick_at FROM notice WHERE id = $1", ARGS(I64(b))), 0);
}

static int64_t tick_of(int64_t id)
{
    return harness_i64("SELECT tick_at FROM notice WHERE id = $1", ARGS(I64(id)));
}

/* What goes to inboxes only keeps nobody waiting, nor do the projects keep the company waiting. */
static void who_does_not_wait_for_whom(void **state)
{
    (void)state;
    struct notice_in in = plain();
    in.kind = NK_COMMON;
    int64_t a = published(in), b = published(plain());
    ntick(a);
    ntick(b);
    assert_true(tick_of(a) <= at && tick_of(b) <= at); /* told, or the next portion is due */
    assert_int_equal(harness_i64("SELECT pushed FROM notice WHERE id = $1", ARGS(I64(b))) > 0, 1);
    in = plain();
    in.audience = NA_COMPANY;
    int64_t c = draft(&w.admin, in);
    assert_ok(act(&w.admin, c, NE_PUBLISH));
    ntick(c);
    assert_true(harness_i64("SELECT pushed FROM notice WHERE id = $1", ARGS(I64(c))) > 0);
}

static int64_t waiting_of(int64_t id)
{
    char like[40];
    snprintf(like, sizeof like, "notice:%lld:%%", (long long)id);
    return harness_i64("SELECT COUNT(*) FROM message WHERE state = 'pending' AND dedup LIKE $1", ARGS(TXT(like)));
}

static void an_emergency_does_not_wait_for_the_morning(void **state)
{
    (void)state;
    at = noon(2026, 11, 23, 23, 30);
    struct notice_in in = plain();
    in.kind = NK_EMERGENCY;
    int64_t id = published(in);
    ntick(id);
    assert_int_equal(harness_i64("SELECT next_at FROM message WHERE account_id = $1 AND kind = 'notice_emergency'"
                                 " AND channel = 'sms'",
                                 ARGS(I64(w.owner.id))),
                     at);
    /* taken back before anybody has got it: nobody does */
    assert_true(waiting_of(id) > 0);
    const char *left = "SELECT COUNT(*) FROM notification WHERE object = 'notice' AND object_id = $1";
    assert_true(harness_i64(left, ARGS(I64(id))) > 0);
    assert_ok(act(&w.manager, id, NE_WITHDRAW));
    assert_int_equal(waiting_of(id), 0);
    assert_int_equal(harness_i64(left, ARGS(I64(id))), 0); /* nor does it stay in anybody's inbox */
}

static void portions_reach_everybody_once(void **state)
{
    (void)state;
    for (int i = 0; i < 230; i++) {
        struct actor p = make_person(w.company, w.project, "住户", NULL);
        bind(&p, w.room, "family", 0);
    }
    int64_t id = published(plain());
    for (int i = 0; i < 4; i++)
        ntick(id);
    assert_int_equal(harness_i64("SELECT pushed FROM notice WHERE id = $1", ARGS(I64(id))), 232);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM notification WHERE object = 'notice' AND object_id = $1", ARGS(I64(id))),
        232);
    assert_int_equal(harness_i64("SELECT tick_at FROM notice WHERE id = $1", ARGS(I64(id))), 0);
}

static void receipts(void **state)
{
    (void)state;
    int64_t id = published(plain());
    struct call c = {.id = id};
    assert_ok(write_as(&w.owner, run_nread, &c));
    at += 5;
    assert_ok(write_as(&w.owner, run_nread, &c)); /* the first counts */
    assert_err(write_as(&w.stranger, run_nread, &c), ERR_NOT_FOUND);
    assert_ok(read_as(&w.manager, run_receipts, &c));
    assert_int_equal(c.receipts.people, 2);
    assert_int_equal(c.receipts.read, 1);
    assert_int_equal(c.receipts.rooms, 2);
    assert_int_equal(c.receipts.rooms_read, 1);
    assert_ok(read_as(&w.manager, run_unread, &c));
    assert_int_equal(c.n, 1);
    assert_err(read_as(&w.owner, run_receipts, &c), ERR_NOT_FOUND);
    assert_err(read_as(&w.owner, run_unread, &c), ERR_NOT_FOUND);
    assert_err(read_as(&w.foreign_admin, run_receipts, &c), ERR_NOT_FOUND);
    struct call h = {.n = 0};
    assert_ok(read_as(&w.owner, run_home, &h));
    assert_int_equal(h.home.unread_notices, 0);
    assert_ok(read_as(&w.neighbour, run_home, &h));
    assert_int_equal(h.home.unread_notices, 1);
}

static void home_is_each_ones_own(void **state)
{
    (void)state;
    struct call h = {.n = 0};
    order_in(w.plain, RS_ASSIGNED);
    assert_ok(read_as(&w.owner, run_home, &h));
    assert_int_equal(h.home.my_repairs, 1);
    assert_int_equal(h.home.jobs, 0);
    assert_ok(read_as(&w.neighbour, run_home, &h));
    assert_int_equal(h.home.my_repairs, 0);
    assert_ok(read_as(&w.tech[0], run_home, &h));
    assert_int_equal(h.home.jobs, 1);
    assert_int_equal(h.home.repairs_waiting, 0); /* the desk's number */
    report(w.by_hand);
    assert_ok(read_as(&w.manager, run_home, &h));
    assert_int_equal(h.home.repairs_waiting, 1);
    at += 30 * DAY_MS;
    assert_ok(read_as(&w.manager, run_home, &h));
    assert_int_equal(h.home.repairs_overdue, 2);
    assert_ok(read_as(&w.foreign_admin, run_home, &h));
    assert_int_equal(h.home.repairs_waiting + h.home.repairs_overdue, 0);
}

static void owes(int64_t room, int32_t from, int32_t to, int64_t fen)
{
    assert_ok(
        harness_sql("INSERT INTO bill(id, company_id, project_id, room_id, room_name, state, period_from,"
                    " period_to, due_day, amount_fen, created_at) VALUES ($1, $2, $3, $4, 'r', 'published', $5,"
                    " $6, $6, $7, 1)",
                    ARGS(I64(id_new()), I64(w.company), I64(w.project), I64(room), I64(from), I64(to), I64(fen))));
}

/* What a tenant's landlord owes, or who lived there before, is nobody else's business: as in the list of bills. */
static void what_is_due_is_what_the_list_shows(void **state)
{
    (void)state;
    struct call h = {.n = 0};
    struct actor tenant = make_person(w.company, w.project, "租客", NULL);
    tenant.roles = ROLE_TENANT;
    bind(&tenant, w.room, "tenant", 0);
    assert_ok(harness_sql("UPDATE binding SET since_day = 20260601 WHERE account_id = $1", ARGS(I64(tenant.id))));
    assert_ok(harness_sql("UPDATE room SET owned_from = 20260101 WHERE id = $1", ARGS(I64(w.room))));
    owes(w.room, 20251201, 20251231, 100); /* a former owner's */
    owes(w.room, 20260501, 20260531, 20);
    owes(w.room, 20260601, 20260630, 3);
    assert_ok(read_as(&w.owner, run_home, &h));
    assert_int_equal(h.home.due_fen, 23);
    assert_int_equal(h.home.due_bills, 2);
    assert_ok(read_as(&tenant, run_home, &h));
    assert_int_equal(h.home.due_fen, 3);
    assert_ok(harness_sql("UPDATE bill SET payer_id = $1 WHERE room_id = $2 AND amount_fen = 100",
                          ARGS(I64(w.neighbour.id), I64(w.room))));
    assert_ok(read_as(&w.neighbour, run_home, &h));
    assert_int_equal(h.home.due_fen, 100); /* moved out, owed still */
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {T(only_whom_it_is_for),
                                       T(who_may_write),
                                       T(its_time_comes),
                                       T(one_push_an_hour_but_for_emergencies),
                                       T(who_does_not_wait_for_whom),
                                       T(an_emergency_does_not_wait_for_the_morning),
                                       T(portions_reach_everybody_once),
                                       T(receipts),
                                       T(home_is_each_ones_own),
                                       T(what_is_due_is_what_the_list_shows)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
