/* test_complaint_read.c - complaints: who sees what, lists and numbers. SPDX-License-Identifier: MIT */
#include "tests/sql/complaint_world.h"

struct lines {
    size_t n, internal;
    bool named;
};
static void one_line(void *arg, const struct complaint_event_row *e)
{
    struct lines *l = arg;
    l->n++;
    l->internal += e->internal;
    l->named = l->named || strcmp(e->actor_name, "张伟") == 0;
}
struct history_call {
    int64_t id;
    struct lines l;
};
static enum err run_history(struct ctx *cx, void *arg)
{
    struct history_call *h = arg;
    struct complaint c;
    unsigned actor = 0;
    enum err e = complaint_get(cx, h->id, &c, &actor);
    return e ? e : complaint_history(cx, &c, actor, one_line, &h->l);
}

static void internal_notes_stay_inside(void **state)
{
    (void)state;
    int64_t id = working();
    harness_forget();
    assert_ok(ACT(&w.tech[0], id, CE_NOTE, .note = "内部:疑似无理"));
    char topic[40];
    snprintf(topic, sizeof topic, "complaint:%lld", (long long)id);
    assert_int_equal(harness_count(topic, "complaint.status"), 0);
    for (size_t i = 0; i < harness_heard(); i++)
        assert_null(strstr(harness_heard_at(i)->data, "疑似"));
    struct history_call own = {.id = id}, staff = {.id = id};
    assert_ok(read_as(&w.owner, run_history, &own));
    assert_int_equal(own.l.internal, 0);
    assert_ok(read_as(&w.service, run_history, &staff));
    assert_true(staff.l.internal >= 2);
}

static void anonymous_means_nobody_but_the_auditor(void **state)
{
    (void)state;
    struct complaint_in in = plain();
    in.anonymous = true;
    in.contact_name = "张伟";
    in.contact_phone = "13800000000";
    harness_forget();
    int64_t id = submit_in(&w.owner, in);
    for (size_t i = 0; i < harness_heard(); i++)
        assert_null(strstr(harness_heard_at(i)->data, "张伟"));
    assert_int_equal(get(&w.owner, id).reporter_id, w.owner.id); /* his own is his own */
    const struct actor *const others[] = {&w.service, &w.manager, &w.admin, &w.auditor};
    for (size_t i = 0; i < COUNT(others); i++) {
        struct complaint c = get(others[i], id);
        assert_int_equal(c.reporter_id, 0);
        assert_int_equal(c.room_id, 0);
        assert_null(c.room_name);
        assert_null(c.reporter_name);
        assert_string_equal(c.contact_name, "");
        assert_string_equal(c.contact_hint, "");
        struct history_call h = {.id = id};
        assert_ok(read_as(others[i], run_history, &h));
        assert_false(h.l.named);
    }
    struct act_call who = {.id = id};
    assert_err(write_as(&w.service, run_identity, &who), ERR_FORBIDDEN);
    assert_err(write_as(&w.manager, run_identity, &who), ERR_FORBIDDEN);
    assert_ok(write_as(&w.auditor, run_identity, &who));
    assert_string_equal(who.who.phone, "13800000000");
    assert_int_equal(who.who.account_id, w.owner.id);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'complaint.reveal' AND account_id = $1",
                                 ARGS(I64(w.auditor.id))),
                     1);
    /* nor by the log of what was sent to him */
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM message WHERE account_id = $1 AND secret = 1", ARGS(I64(w.owner.id))), 1);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM message WHERE account_id <> $1 AND company_id = $2 AND secret = 1",
                    ARGS(I64(w.owner.id), I64(w.company))),
        0);
    /* nor by what is made of it */
    assert_ok(ACT(&w.service, id, CE_CLASSIFY, .category = "service"));
    assert_ok(ACT(&w.service, id, CE_LINK_REPAIR, .type_id = w.plain));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair r JOIN complaint c ON c.repair_id = r.id WHERE c.id = $1"
                                 " AND r.room_id IS NULL",
                                 ARGS(I64(id))),
                     1);
    assert_err(ACT(&w.manager, id, CE_LINK_BILL, .target_id = 1), ERR_STATE);
}

static void other_companies_and_projects_see_nothing(void **state)
{
    (void)state;
    int64_t id = submit();
    struct actor elsewhere = make_person(w.company, w.other_project, "别处", "manager");
    assert_err(sees(&w.foreign_admin, id), ERR_NOT_FOUND);
    assert_err(sees(&elsewhere, id), ERR_NOT_FOUND);
    assert_err(sees(&w.neighbour, id), ERR_NOT_FOUND);
    assert_err(sees(&w.cashier, id), ERR_NOT_FOUND);
    assert_ok(sees(&w.auditor, id));
    assert_err(ACT(&w.auditor, id, CE_CLASSIFY, .category = "fee"), ERR_FORBIDDEN);
    assert_err(ACT(&w.foreign_admin, id, CE_CLASSIFY, .category = "fee"), ERR_NOT_FOUND);
}

/* ---- lists and numbers ---- */

struct list_call {
    struct complaint_filter f;
    size_t n;
    int64_t first;
};
static void one_listed(void *arg, const struct complaint *c)
{
    struct list_call *l = arg;
    if (!l->n++)
        l->first = c->id;
}
static enum err run_clist(struct ctx *cx, void *arg)
{
    struct list_call *l = arg;
    l->n = 0;
    return complaint_list(cx, &l->f, one_listed, l);
}
static size_t listed(const struct actor *who, struct complaint_filter f)
{
    struct list_call l = {.f = f};
    l.f.limit = 100;
    l.f.to = INT64_C(1) << 52;
    l.f.level = f.level ? f.level : -1;
    assert_ok(read_as(who, run_clist, &l));
    return l.n;
}
struct stat_call {
    const char *by;
    int64_t from, to, n, stars, reopened;
    size_t rows;
};
static void one_cstat(void *arg, const struct complaint_stat *s)
{
    struct stat_call *c = arg;
    c->rows++;
    c->n += s->n;
    c->stars += s->stars_sum;
    c->reopened += s->reopened;
}
static enum err run_analysis(struct ctx *cx, void *arg)
{
    struct stat_call *c = arg;
    return complaint_analysis(cx, c->by, c->from, c->to, one_cstat, c);
}

static void lists_and_numbers(void **state)
{
    (void)state;
    static const char *const ways[] = {"category", "kind", "handler", "building", "month"};
    int64_t a = resolved();
    assert_ok(ACT(&w.owner, a, CE_RATE, .stars = 4));
    int64_t b = working();
    struct complaint_in in = plain();
    in.category = "facility";
    in.kind = CK_SUGGESTION;
    in.room_id = w.room2;
    submit_in(&w.neighbour, in);
    (void)b;
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD}), 3);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .category = "facility"}), 1);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .kind = "suggestion"}), 1);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .state = "closed"}), 1);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .open_only = true}), 2);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .handler_id = w.tech[0].id}), 2);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .search = "保安"}), 3);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .overdue = true}), 0);
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .level = 1}), 0);
    assert_int_equal(listed(&w.owner, (struct complaint_filter){.view = CV_MINE}), 2);
    assert_int_equal(listed(&w.tech[0], (struct complaint_filter){.view = CV_ASSIGNED}), 2);
    assert_int_equal(listed(&w.foreign_admin, (struct complaint_filter){.view = CV_BOARD}), 0);
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct stat_call c = {.by = ways[i], .from = at_start - DAY_MS, .to = at + DAY_MS};
        assert_ok(read_as(&w.manager, run_analysis, &c));
        assert_int_equal(c.n, 3);
        assert_int_equal(c.stars, 4);
        assert_int_equal(c.reopened, 0);
    }
    struct stat_call c = {.by = "phase", .from = 0, .to = at};
    assert_err(read_as(&w.manager, run_analysis, &c), ERR_INVALID);
    at += 10 * DAY_MS;
    assert_int_equal(listed(&w.service, (struct complaint_filter){.view = CV_BOARD, .overdue = true}), 2);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {T(internal_notes_stay_inside), T(anonymous_means_nobody_but_the_auditor),
                                       T(other_companies_and_projects_see_nothing), T(lists_and_numbers)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
