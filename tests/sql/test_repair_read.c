/* test_repair_read.c - timers, who may read what, lists and the numbers of the analysis, on both engines.
 * SPDX-License-Identifier: MIT */

#include "tests/sql/world.h"

static struct report_call call(int64_t type, int64_t room)
{
    return (struct report_call){
        .in = {.type_id = type, .room_id = room, .place = "", .description = "厨房漏水"}
    };
}

static size_t nseen;
static bool saw_internal;
static void on_event(void *arg, const struct repair_event_row *e)
{
    (void)arg;
    nseen++;
    saw_internal |= e->internal;
}

struct history_call {
    int64_t id;
    bool internal;
};
static enum err run_history(struct ctx *cx, void *arg)
{
    struct history_call *c = arg;
    nseen = 0;
    saw_internal = false;
    return repair_history(cx, c->id, c->internal, on_event, NULL);
}

static void internal_notes_stay_inside(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED);
    struct history_call c = {id, false};
    (void)state;
    assert_err(step(&w.owner, id, (struct repair_step){.event = RE_COMMENT}), ERR_INVALID);
    harness_forget();
    assert_ok(step(&w.service, id, (struct repair_step){.event = RE_COMMENT, .note = "业主脾气大", .internal = true}));
    for (size_t i = 0; i < harness_heard(); i++)
        if (strstr(harness_heard_at(i)->data, "业主脾气大"))
            assert_non_null(strstr(harness_heard_at(i)->topic, ":board"));
    assert_ok(step(&w.owner, id, (struct repair_step){.event = RE_COMMENT, .note = "请尽快", .internal = true}));
    assert_ok(read_as(&w.owner, run_history, &c));
    assert_false(saw_internal);
    size_t outside = nseen;
    c.internal = true;
    assert_ok(read_as(&w.manager, run_history, &c));
    assert_true(saw_internal);
    assert_int_equal(nseen, order(id).version);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM repair_event WHERE repair_id = $1 AND internal = 0 AND event = 'comment'",
                    ARGS(I64(id))),
        1);
    assert_true(outside < nseen);
}

static void sla_is_told_once(void **state)
{
    int64_t id = order_in(w.plain, RS_QUEUED);
    (void)state;
    harness_forget();
    at += 24 * MINUTE_MS;
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.warning"), 1);
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.warning"), 1);
    at += 6 * MINUTE_MS;
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.overdue"), 1);
    at += MINUTE_MS;
    tick(id);
    assert_int_equal(harness_count(NULL, "sla.overdue"), 1);
    assert_history(id); /* warnings are no steps */
}

static void auto_close_after_the_time_set(void **state)
{
    int64_t id = order_in(w.plain, RS_AWAIT_CONFIRM);
    (void)state;
    assert_int_equal(order(id).due_at, at + config()->confirm_h * HOUR_MS);
    at += config()->confirm_h * HOUR_MS - 1;
    tick(id);
    assert_state(id, RS_AWAIT_CONFIRM);
    at += 1;
    tick(id);
    assert_state(id, RS_CLOSED);
    assert_int_equal(order(id).stars, 0);
    assert_history(id);
}

static enum err run_due(struct ctx *cx, void *arg)
{
    int64_t ids[200], next = 0, *want = arg;
    size_t n = 0;
    enum err e = repair_due_ids(cx, ids, COUNT(ids), &n, &next);
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found |= ids[i] == *want;
    *want = found;
    return e;
}

static void due_orders_are_found(void **state)
{
    int64_t id = order_in(w.plain, RS_AWAIT_CONFIRM), x = id;
    (void)state;
    assert_ok(read_as(&w.root, run_due, &x));
    assert_int_equal(x, 0);
    assert_ok(harness_sql("UPDATE repair SET due_at = 0 WHERE id <> $1", ARGS(I64(id))));
    at += config()->confirm_h * HOUR_MS;
    x = id;
    assert_ok(read_as(&w.root, run_due, &x));
    assert_int_equal(x, 1);
}

static enum err see(const struct actor *who, int64_t id)
{
    struct order_call c = {.id = id};
    enum err e = read_as(who, run_load, &c);
    if (e)
        assert_null(c.out.number && e == ERR_TAKEN ? c.out.number : NULL);
    return e;
}

static void reading_rights(void **state)
{
    int64_t id = order_in(w.plain, RS_ASSIGNED), outside = report_in(&w.owner, w.plain, 0);
    struct actor family = make_person(w.company, w.project, "家人", NULL);
    (void)state;
    assert_ok(see(&w.owner, id));
    assert_ok(see(&w.tech[0], id));
    assert_ok(see(&w.manager, id));
    assert_ok(see(&w.dispatcher, id));
    assert_ok(see(&w.service, id));
    assert_err(see(&w.neighbour, id), ERR_NOT_FOUND);
    assert_err(see(&w.stranger, id), ERR_NOT_FOUND);
    assert_err(see(&w.foreign_admin, id), ERR_NOT_FOUND);
    assert_err(see(&w.foreign_owner, id), ERR_NOT_FOUND);
    assert_err(see(&w.tech[1], id), ERR_TAKEN);
    bind(&family, w.room, "family", 0);
    assert_ok(see(&family, id));
    unbind(&w.owner, w.room); /* the room decides, not who once reported */
    assert_err(see(&w.owner, id), ERR_NOT_FOUND);
    assert_ok(see(&w.owner, outside));
    assert_err(see(&w.neighbour, outside), ERR_NOT_FOUND);
    struct actor elsewhere = make_person(w.company, w.other_project, "别处经理", "manager");
    assert_err(see(&elsewhere, id), ERR_NOT_FOUND);
}

static void a_former_tenant_hears_nothing(void **state)
{
    struct actor tenant = make_person(w.company, w.project, "租客", NULL);
    char inbox[64];
    (void)state;
    bind(&tenant, w.room, "tenant", 0);
    int64_t id = report_in(&tenant, w.plain, w.room);
    snprintf(inbox, sizeof inbox, "user:%lld", (long long)tenant.id);
    dispatch(id);
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    assert_true(harness_count(inbox, "repair.status") > 0);
    unbind(&tenant, w.room);
    harness_forget();
    assert_ok(simple(&w.tech[0], id, RE_ARRIVE));
    assert_int_equal(harness_count(inbox, "repair.status"), 0);
    assert_err(see(&tenant, id), ERR_NOT_FOUND);
    assert_err(simple(&tenant, id, RE_COMMENT), ERR_NOT_FOUND);
}

static enum err run_contact(struct ctx *cx, void *arg)
{
    struct order_call *c = arg;
    enum err e = repair_contact(cx, c->id, &c->text);
    return e;
}

static void the_phone_number_is_revealed_with_a_trace(void **state)
{
    struct report_call r = call(w.plain, w.room);
    struct order_call c = {0};
    (void)state;
    r.in.contact_phone = "13812345678";
    assert_ok(write_as(&w.owner, run_report, &r));
    c.id = r.out.id;
    dispatch(c.id);
    assert_err(write_as(&w.owner, run_contact, &c), ERR_FORBIDDEN);
    assert_err(write_as(&w.tech[0], run_contact, &c), ERR_FORBIDDEN); /* offered is not held */
    assert_ok(accept_offer(&w.tech[0], open_offer(c.id)));
    assert_ok(write_as(&w.tech[0], run_contact, &c));
    assert_string_equal(c.text, "13812345678");
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'repair.contact_reveal' AND object_id = $1",
                                 ARGS(I64(c.id))),
                     1);
    for (size_t i = 0; i < harness_heard(); i++)
        assert_null(strstr(harness_heard_at(i)->data, "13812345678"));
}

struct list_call {
    struct repair_filter f;
    size_t n;
    int64_t ids[64];
};
static void on_listed(void *arg, const struct repair *r)
{
    struct list_call *l = arg;
    if (l->n < COUNT(l->ids))
        l->ids[l->n++] = r->id;
}
static enum err run_list(struct ctx *cx, void *arg)
{
    struct list_call *l = arg;
    l->n = 0;
    return repair_list(cx, &l->f, on_listed, l);
}
static size_t listed(const struct actor *who, struct list_call *l, int view)
{
    l->f.view = view;
    l->f.limit = l->f.limit ? l->f.limit : 50;
    assert_ok(read_as(who, run_list, l));
    return l->n;
}

static void views(void **state)
{
    int64_t held = order_in(w.plain, RS_ASSIGNED), queued = report(w.pool),
            theirs = report_in(&w.neighbour, w.plain, w.room2);
    struct list_call l = {0};
    (void)state;
    assert_int_equal(listed(&w.owner, &l, VIEW_MINE), 2);
    assert_int_equal(l.ids[0], queued); /* newest first */
    assert_int_equal(listed(&w.neighbour, &l, VIEW_MINE), 1);
    assert_int_equal(l.ids[0], theirs);
    assert_int_equal(listed(&w.stranger, &l, VIEW_MINE), 0);
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 3);
    assert_int_equal(listed(&w.foreign_admin, &l, VIEW_BOARD), 0);
    assert_int_equal(listed(&w.tech[0], &l, VIEW_JOBS), 1);
    assert_int_equal(l.ids[0], held);
    assert_int_equal(listed(&w.tech[1], &l, VIEW_JOBS), 0);
    assert_int_equal(listed(&w.tech[1], &l, VIEW_POOL), 1);
    assert_int_equal(l.ids[0], queued);
    struct actor electric = make_person(w.company, w.project, "电工", "technician");
    skilled(&electric, "electric", 5, NULL);
    assert_int_equal(listed(&electric, &l, VIEW_POOL), 0);
    l.f.state = "assigned";
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 1);
    l.f.state = NULL;
    l.f.search = order(theirs).number;
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 1);
    assert_int_equal(l.ids[0], theirs);
    char room[40];
    snprintf(room, sizeof room, "3#2-%lld",
             (long long)harness_i64("SELECT CAST(REPLACE(m.name, '室', '') AS BIGINT) FROM room m"
                                    " JOIN repair r ON r.room_id = m.id WHERE r.id = $1",
                                    ARGS(I64(theirs))));
    l.f.search = room; /* the room in another spelling than the order's place */
    size_t n = listed(&w.manager, &l, VIEW_BOARD);
    assert_true(n >= 1);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(order(l.ids[i]).room_id, order(theirs).room_id);
    l.f.search = NULL;
    assert_ok(simple(&w.owner, queued, RE_CANCEL));
    l.f.open_only = true;
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 2);
    l.f.open_only = false;
    l.f.limit = 2;
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 2);
    l.f.before_id = l.ids[1];
    assert_int_equal(listed(&w.manager, &l, VIEW_BOARD), 1);
    assert_int_equal(l.ids[0], held);
}

struct stat_call {
    const char *by;
    int64_t from, to;
    struct repair_stat v[16];
    size_t n;
};
static void on_stat(void *arg, const struct repair_stat *s)
{
    struct stat_call *c = arg;
    if (c->n < COUNT(c->v))
        c->v[c->n++] = *s;
}
static enum err run_analysis(struct ctx *cx, void *arg)
{
    struct stat_call *c = arg;
    c->n = 0;
    return repair_analysis(cx, c->by, c->from, c->to, on_stat, c);
}

static void numbers_of_the_analysis(void **state)
{
    int64_t start = at, ids[4];
    struct stat_call c = {.from = at, .to = at + 60 * DAY_MS};
    (void)state;
    ids[0] = order_in(w.charged, RS_AWAIT_PAY);
    ids[1] = order_in(w.charged, RS_AWAIT_PAY);
    ids[2] = order_in(w.charged, RS_ASSIGNED);
    ids[3] = report(w.charged);
    /* odd sums: an average that one engine cuts and the other rounds must not differ */
    assert_ok(harness_sql(
        "UPDATE repair SET accepted_at = created_at + 11, finished_at = created_at + 101, stars = 5 WHERE id = $1",
        ARGS(I64(ids[0]))));
    assert_ok(harness_sql(
        "UPDATE repair SET accepted_at = created_at + 12, finished_at = finish_due + 2, stars = 2 WHERE id = $1",
        ARGS(I64(ids[1]))));
    assert_ok(
        harness_sql("UPDATE repair SET accepted_at = created_at + 15, reopened = 2 WHERE id = $1", ARGS(I64(ids[2]))));
    assert_ok(simple(&w.owner, ids[3], RE_CANCEL)); /* not counted */
    c.by = "type";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    const struct repair_stat *s = &c.v[0];
    assert_int_equal(s->n, 3);
    assert_int_equal(s->closed, 2);
    assert_int_equal(s->overdue, 1);
    assert_int_equal(s->reopened, 2);
    assert_int_equal(s->avg_respond_ms, 12); /* 38 / 3 = 12.67 */
    assert_int_equal(s->avg_finish_ms, (101 + DAY_MS + 2) / 2);
    assert_int_equal(s->stars_sum, 7);
    assert_int_equal(s->stars_n, 2);
    assert_int_equal(s->charge_fen, 10000);
    c.by = "technician";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    assert_string_equal(c.v[0].key, "陈师傅");
    c.by = "cause";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 2); /* with and without */
    assert_string_equal(c.v[0].key, "管件老化");
    c.by = "place";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    c.by = "repeat";
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 1);
    assert_int_equal(c.v[0].n, 2); /* ids 1 and 2 came after a finished one of the same place and type */
    c.by = "weather";
    assert_err(read_as(&w.manager, run_analysis, &c), ERR_INVALID);
    assert_field("by");
    c.by = "type";
    c.to = start; /* [from, to) */
    assert_ok(read_as(&w.manager, run_analysis, &c));
    assert_int_equal(c.n, 0);
    c.to = at + DAY_MS;
    assert_ok(read_as(&w.foreign_admin, run_analysis, &c));
    assert_int_equal(c.n, 0);
}

static int64_t counted;
static void on_count(void *arg, const char *key, int64_t n)
{
    (void)arg;
    counted += strcmp(key, "assigned") == 0 ? 100 * n : n;
}
static enum err run_counts(struct ctx *cx, void *arg)
{
    (void)arg;
    counted = 0;
    return repair_counts(cx, on_count, NULL);
}

static void open_orders_are_counted(void **state)
{
    (void)state;
    order_in(w.plain, RS_ASSIGNED);
    assert_ok(simple(&w.owner, report(w.plain), RE_CANCEL));
    report(w.plain);
    assert_ok(read_as(&w.manager, run_counts, NULL));
    assert_int_equal(counted, 101);
    assert_ok(read_as(&w.foreign_admin, run_counts, NULL));
    assert_int_equal(counted, 0);
}

#define T(f) cmocka_unit_test_setup(f, world_set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(internal_notes_stay_inside),
        T(sla_is_told_once),
        T(auto_close_after_the_time_set),
        T(due_orders_are_found),
        T(reading_rights),
        T(a_former_tenant_hears_nothing),
        T(the_phone_number_is_revealed_with_a_trace),
        T(views),
        T(numbers_of_the_analysis),
        T(open_orders_are_counted),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
