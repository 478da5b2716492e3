/* test_complaint.c - complaints: who is told, every step and refusal, the clocks. SPDX-License-Identifier: MIT */
#include "domain/org.h"
#include "tests/sql/complaint_world.h"

/* ---- tests ---- */

static void managers_are_told_by_mail_and_sms(void **state)
{
    (void)state;
    int64_t id = submit();
    assert_int_equal(messages(boss.id, "complaint_new", "sms", "pending"), 1);
    assert_int_equal(messages(boss.id, "complaint_new", "mail", "pending"), 1);
    /* the other manager has no mail address: written down, not forgotten */
    assert_int_equal(messages(w.manager.id, "complaint_new", "sms", "pending"), 1);
    assert_int_equal(messages(w.manager.id, "complaint_new", "mail", "suppressed"), 1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM message WHERE account_id = $1 AND reason = 'no_address'",
                                 ARGS(I64(w.manager.id))),
                     1);
    assert_int_equal(inbox(boss.id, "complaint_new"), 1);
    assert_int_equal(messages(w.owner.id, "complaint_ack", "sms", "pending"), 1);
    assert_int_equal(inbox(w.owner.id, "complaint_ack"), 1);
    assert_int_equal(inbox(w.admin.id, "complaint_new"), 0); /* the company only when the project has nobody */
    assert_int_equal(get(&w.owner, id).due_at, at + 48 * HOUR_MS);
    assert_cstate(id, CS_NEW);
}

struct category_call {
    struct complaint_category c;
    int64_t managers[3];
    size_t n;
};
static enum err run_category(struct ctx *cx, void *arg)
{
    struct category_call *c = arg;
    return complaint_category_save(cx, &c->c, c->managers, c->n);
}

static void a_category_has_managers_of_its_own(void **state)
{
    (void)state;
    struct category_call c = {
        .c = {"service", "服务", 10, 0, true},
          .managers = {w.cashier.id      },
          .n = 1
    };
    assert_err(write_as(&w.manager, run_category, &c), ERR_FORBIDDEN); /* ten hours would be so in every project */
    assert_field("name");
    assert_ok(write_as(&w.admin, run_category, &c));
    assert_err(write_as(&w.manager, run_category, &c), ERR_CONFLICT); /* it has a version now */
    c.c.version = 1;
    assert_ok(write_as(&w.manager, run_category, &c)); /* who hears of it is the project's own */
    int64_t id = submit();
    assert_int_equal(get(&w.owner, id).due_at, at + 10 * HOUR_MS);
    assert_int_equal(inbox(w.cashier.id, "complaint_new"), 1);
    assert_int_equal(inbox(boss.id, "complaint_new"), 0);
    c = (struct category_call){
        .c = {"service", "服务", 10, 2, true},
          .managers = {w.owner.id      },
          .n = 1
    };
    assert_err(write_as(&w.manager, run_category, &c), ERR_INVALID); /* not staff */
    c = (struct category_call){
        .c = {"service", "服务", 10, 2, false}
    };
    assert_err(write_as(&w.manager, run_category, &c), ERR_FORBIDDEN);
    assert_ok(write_as(&w.admin, run_category, &c));
    assert_err(refused(&w.owner, plain()), ERR_INVALID);
    assert_field("category");
    /* accused managers hear nothing of it */
    struct complaint_in in = plain();
    in.category = "other";
    in.accused_id = boss.id;
    id = submit_in(&w.owner, in);
    assert_int_equal(inbox(boss.id, "complaint_new"), 0);
    assert_int_equal(inbox(w.manager.id, "complaint_new"), 1);
    assert_err(sees(&boss, id), ERR_NOT_FOUND);
    assert_err(ACT(&boss, id, CE_CLASSIFY, .category = "other"), ERR_NOT_FOUND);
}

static void quiet_hours_wait(void **state)
{
    (void)state;
    at = noon(2026, 11, 23, 23, 30);
    submit();
    assert_int_equal(
        harness_i64("SELECT next_at FROM message WHERE account_id = $1 AND channel = 'sms' AND kind = 'complaint_new'",
                    ARGS(I64(boss.id))),
        noon(2026, 11, 24, 8, 0));
    assert_int_equal(
        harness_i64("SELECT next_at FROM message WHERE account_id = $1 AND channel = 'mail' AND kind = 'complaint_new'",
                    ARGS(I64(boss.id))),
        at);
}

static void who_may_submit_where(void **state)
{
    (void)state;
    struct complaint_in in = plain();
    assert_err(refused(&w.neighbour, in), ERR_INVALID); /* not his room */
    assert_field("room_id");
    assert_err(refused(&w.foreign_owner, in), ERR_INVALID);
    in.room_id = w.foreign_room;
    assert_err(refused(&w.owner, in), ERR_INVALID);
    in.room_id = 0;
    struct actor stranger = w.stranger;
    stranger.project_id = w.project;
    assert_err(refused(&stranger, in), ERR_INVALID); /* lives nowhere here */
    submit_in(&w.owner, in);
    in.accused_id = w.neighbour.id;
    assert_err(refused(&w.owner, in), ERR_INVALID);
    assert_field("accused_id");
    in = plain();
    in.category = "nonsense";
    assert_err(refused(&w.owner, in), ERR_INVALID);
}

static void a_caller_is_found_by_the_number(void **state)
{
    (void)state;
    struct complaint_in in = plain();
    in.by_phone = true;
    in.contact_name = "张先生";
    in.contact_phone = "13700001234";
    int64_t id = submit_in(&w.service, in);
    struct complaint c = get(&w.service, id);
    assert_int_equal(c.reporter_id, 0);
    assert_int_equal(c.channel, CC_PHONE);
    assert_string_equal(c.contact_hint, "137****1234");
    struct act_call who = {.id = id};
    assert_ok(write_as(&w.service, run_identity, &who));
    assert_string_equal(who.who.phone, "13700001234");
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'complaint.contact' AND object_id = $1", ARGS(I64(id))),
        1);
}

/* A department with these people in it. */
struct made_department {
    const char *name;
    struct member people[2];
    size_t n;
    int64_t id;
};
static enum err run_department(struct ctx *cx, void *arg)
{
    struct made_department *d = arg;
    struct department in = {.name = d->name};
    enum err e = department_put(cx, &in, &d->id);
    return e ? e : department_set_members(cx, d->id, 1, d->people, d->n);
}
static int64_t department(const char *name, int64_t first, int64_t second)
{
    struct made_department d = {
        .name = name,
        .people = {{.account_id = first, .title = ""}, {.account_id = second, .title = ""}},
        .n = (size_t)(first > 0) + (second > 0)
    };
    assert_ok(write_as(&w.root, run_department, &d));
    return d.id;
}

static void the_whole_way(void **state)
{
    (void)state;
    int64_t id = submit();
    assert_err(ACT(&w.service, id, CE_ASSIGN, .target_id = w.tech[0].id), ERR_STATE); /* not before it is classified */
    assert_err(ACT(&w.owner, id, CE_CLASSIFY, .category = "facility"), ERR_FORBIDDEN);
    assert_ok(ACT(&w.service, id, CE_CLASSIFY, .category = "facility"));
    assert_cstate(id, CS_CLASSIFIED);
    assert_int_equal(get(&w.service, id).due_at, at + 72 * HOUR_MS);
    assert_err(ACT(&w.service, id, CE_ASSIGN), ERR_INVALID);
    assert_err(ACT(&w.service, id, CE_ASSIGN, .target_id = w.owner.id), ERR_INVALID);
    assert_err(sees(&w.tech[0], id), ERR_NOT_FOUND);
    assert_ok(ACT(&w.service, id, CE_ASSIGN, .target_id = w.tech[0].id,
                  .department_id = department("工程部", w.tech[1].id, 0)));
    assert_int_equal(inbox(w.tech[1].id, "complaint_task"), 0); /* a person was named */
    assert_string_equal(get(&w.service, id).department, "工程部");
    assert_int_equal(inbox(w.tech[0].id, "complaint_task"), 1);
    assert_ok(sees(&w.tech[0], id));
    assert_err(sees(&w.tech[1], id), ERR_NOT_FOUND);
    assert_err(ACT(&w.service, id, CE_ACCEPT), ERR_FORBIDDEN); /* it is somebody's */
    assert_ok(ACT(&w.tech[0], id, CE_ACCEPT));
    assert_ok(ACT(&w.tech[0], id, CE_NOTE, .note = "业主情绪激动"));
    at += HOUR_MS;
    assert_ok(ACT(&w.tech[0], id, CE_REPLY, .note = "明日上门"));
    assert_int_equal(get(&w.owner, id).answered_at, at);
    assert_ok(ACT(&w.owner, id, CE_COMMENT, .note = "好的"));
    assert_err(ACT(&w.owner, id, CE_NOTE, .note = "x"), ERR_FORBIDDEN);
    assert_err(ACT(&w.tech[0], id, CE_RESOLVE), ERR_INVALID);
    assert_err(ACT(&w.owner, id, CE_RATE, .stars = 5), ERR_STATE);
    assert_ok(ACT(&w.tech[0], id, CE_RESOLVE, .note = "已修复"));
    assert_err(ACT(&w.tech[0], id, CE_RATE, .stars = 5), ERR_FORBIDDEN);
    assert_err(ACT(&w.neighbour, id, CE_RATE, .stars = 5), ERR_NOT_FOUND);
    assert_err(ACT(&w.owner, id, CE_RATE, .stars = 5, .version = 1), ERR_CONFLICT);
    assert_ok(ACT(&w.owner, id, CE_RATE, .stars = 4, .note = "还行"));
    struct complaint c = get(&w.owner, id);
    assert_int_equal(c.state, CS_CLOSED);
    assert_int_equal(c.stars, 4);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM complaint_event WHERE complaint_id = $1", ARGS(I64(id))),
                     c.version);
    assert_int_equal(harness_i64("SELECT MAX(n) FROM complaint_event WHERE complaint_id = $1", ARGS(I64(id))),
                     c.version);
}

static void the_accused_does_not_handle_it(void **state)
{
    (void)state;
    int64_t id = working();
    assert_err(ACT(&w.service, id, CE_CLASSIFY, .category = "service", .accused_id = w.service.id), ERR_INVALID);
    assert_ok(ACT(&w.service, id, CE_CLASSIFY, .category = "service", .accused_id = w.tech[0].id));
    assert_cstate(id, CS_CLASSIFIED); /* it was his: taken away */
    assert_err(sees(&w.tech[0], id), ERR_NOT_FOUND);
    assert_err(ACT(&w.service, id, CE_ASSIGN, .target_id = w.tech[0].id), ERR_INVALID);
    assert_err(ACT(&w.service, id, CE_ASSIGN, .department_id = department("空部", 0, 0)), ERR_INVALID);
    assert_err(ACT(&w.service, id, CE_ASSIGN, .department_id = department("只有他", w.tech[0].id, 0)), ERR_INVALID);
    assert_ok(ACT(&w.service, id, CE_ASSIGN, .department_id = department("客服部", w.tech[0].id, w.tech[1].id)));
    assert_err(sees(&w.tech[0], id), ERR_NOT_FOUND); /* of the department, but it is about him */
    assert_ok(ACT(&w.dispatcher, id, CE_ACCEPT));    /* a department's: whoever of the desk takes it */
    assert_int_equal(get(&w.service, id).handler_id, w.dispatcher.id);
}

static void a_department_takes_it(void **state)
{
    (void)state;
    int64_t id = submit();
    assert_ok(ACT(&w.service, id, CE_CLASSIFY, .category = "facility"));
    int64_t works = department("维修部", w.tech[0].id, w.tech[1].id);
    int64_t tasks[2] = {inbox(w.tech[0].id, "complaint_task"), inbox(w.tech[1].id, "complaint_task")};
    assert_err(ACT(&w.service, id, CE_ASSIGN, .department_id = 999), ERR_INVALID);
    assert_ok(ACT(&w.service, id, CE_ASSIGN, .department_id = works));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(inbox(w.tech[i].id, "complaint_task"), tasks[i] + 1);
        assert_ok(sees(&w.tech[i], id));
    }
    assert_ok(ACT(&w.tech[1], id, CE_ACCEPT));
    assert_int_equal(get(&w.service, id).handler_id, w.tech[1].id);
    assert_err(sees(&w.tech[0], id), ERR_NOT_FOUND); /* one has taken it */
    assert_string_equal(get(&w.service, id).department, "维修部");
    assert_ok(harness_sql("UPDATE department SET name = '工程维修部' WHERE id = $1", ARGS(I64(works))));
    assert_string_equal(get(&w.service, id).department, "维修部"); /* as it was called then */
    /* A row from before has the text only: it is the desk's to take */
    int64_t old = submit();
    assert_ok(ACT(&w.service, old, CE_CLASSIFY, .category = "facility"));
    assert_ok(
        harness_sql("UPDATE complaint SET state = 'assigned', department = '旧部门' WHERE id = $1", ARGS(I64(old))));
    assert_err(sees(&w.tech[0], old), ERR_NOT_FOUND);
    assert_ok(ACT(&w.service, old, CE_ACCEPT));
    assert_string_equal(get(&w.service, old).department, "旧部门");
}

static void dissatisfied_goes_to_a_superior(void **state)
{
    (void)state;
    int64_t id = resolved();
    assert_ok(ACT(&w.owner, id, CE_RATE, .stars = 2, .note = "没解决"));
    struct complaint c = get(&w.manager, id);
    assert_int_equal(c.state, CS_ASSIGNED);
    assert_int_equal(c.level, 1);
    assert_int_equal(c.reopened, 1);
    assert_true(c.handler_id == w.manager.id || c.handler_id == boss.id);
    const struct actor *now = c.handler_id == boss.id ? &boss : &w.manager, *other = now == &boss ? &w.manager : &boss;
    assert_err(ACT(&w.tech[0], id, CE_ACCEPT), ERR_NOT_FOUND);
    assert_ok(ACT(now, id, CE_ACCEPT));
    assert_ok(ACT(now, id, CE_RESOLVE, .note = "再次处理"));
    assert_ok(ACT(&w.owner, id, CE_RATE, .stars = 1));
    c = get(&w.admin, id);
    assert_int_equal(c.level, 2);
    assert_int_equal(c.handler_id, w.admin.id); /* above a manager is the company */
    (void)other;
    assert_ok(ACT(&w.admin, id, CE_ACCEPT));
    assert_ok(ACT(&w.admin, id, CE_RESOLVE, .note = "赔礼"));
    assert_ok(ACT(&w.owner, id, CE_RATE, .stars = 5));
    at += 31 * DAY_MS;
    assert_err(ACT(&w.owner, id, CE_REOPEN, .note = "又来了"), ERR_STATE);
    at -= 2 * DAY_MS;
    assert_ok(ACT(&w.owner, id, CE_REOPEN, .note = "又来了"));
}

struct orphans {
    int64_t ids[64];
    size_t n;
};
static enum err run_orphans(struct ctx *cx, void *arg)
{
    struct orphans *o = arg;
    return complaint_orphans(cx, o->ids, 64, &o->n);
}
static enum err run_release(struct ctx *cx, void *arg)
{
    return complaint_release(cx, *(int64_t *)arg);
}
static bool orphaned(int64_t id)
{
    struct orphans o = {.n = 0};
    struct actor job = {0};
    bool found = false;
    assert_ok(read_as(&job, run_orphans, &o));
    for (size_t i = 0; i < o.n; i++)
        found = found || o.ids[i] == id;
    return found;
}

static void whose_handler_leaves_finds_another(void **state)
{
    struct actor job = {0};
    (void)state;
    int64_t id = working();
    assert_false(orphaned(id));
    assert_ok(write_as(&job, run_release, &id)); /* nothing to release */
    assert_cstate(id, CS_IN_PROGRESS);
    assert_ok(harness_sql("UPDATE account SET state = 'disabled' WHERE id = $1", ARGS(I64(w.tech[0].id))));
    assert_true(orphaned(id));
    int64_t before = inbox(boss.id, "complaint_new");
    assert_ok(write_as(&job, run_release, &id));
    assert_ok(write_as(&job, run_release, &id));
    assert_cstate(id, CS_CLASSIFIED);
    assert_int_equal(get(&w.admin, id).handler_id, 0);
    assert_int_equal(inbox(boss.id, "complaint_new"), before + 1);
    assert_false(orphaned(id));
}

static void silence_closes(void **state)
{
    (void)state;
    int64_t id = resolved();
    at += 7 * DAY_MS - 1;
    ctick(id);
    assert_cstate(id, CS_RESOLVED);
    at += 1;
    ctick(id);
    assert_cstate(id, CS_CLOSED);
    assert_int_equal(get(&w.owner, id).stars, 0);
    ctick(id);
    assert_int_equal(get(&w.admin, id).tick_at, 0);
}

static void overdue_escalates_twice(void **state)
{
    (void)state;
    int64_t id = working();
    int64_t due = get(&w.admin, id).due_at, admins = inbox(w.admin.id, "complaint_overdue");
    assert_int_equal(admins, 0);
    at = due - 1;
    ctick(id);
    assert_int_equal(get(&w.admin, id).escalation, 0);
    at = due;
    harness_forget();
    ctick(id);
    ctick(id);
    assert_int_equal(get(&w.admin, id).escalation, 1);
    assert_int_equal(inbox(boss.id, "complaint_overdue"), 1);
    assert_int_equal(messages(boss.id, "complaint_overdue", "mail", "pending"), 1);
    assert_int_equal(inbox(w.admin.id, "complaint_overdue"), 0);
    assert_true(harness_count(NULL, "complaint.status") > 0);
    at = due + DAY_MS;
    ctick(id);
    assert_int_equal(get(&w.admin, id).escalation, 2);
    assert_int_equal(inbox(w.admin.id, "complaint_overdue"), 1);
    at += DAY_MS;
    ctick(id);
    assert_int_equal(get(&w.admin, id).escalation, 2);
}

static void merging_and_withdrawing(void **state)
{
    (void)state;
    int64_t a = submit(), b = working();
    struct complaint_in in = plain();
    in.room_id = w.room2;
    int64_t c = submit_in(&w.neighbour, in);
    assert_err(ACT(&w.service, c, CE_MERGE, .target_id = c), ERR_INVALID);
    assert_err(ACT(&w.service, c, CE_MERGE, .target_id = 1), ERR_INVALID);
    assert_ok(ACT(&w.service, c, CE_MERGE, .target_id = b));
    assert_cstate(c, CS_MERGED);
    assert_err(ACT(&w.service, a, CE_MERGE, .target_id = c), ERR_INVALID); /* that one is over */
    int64_t before = inbox(w.neighbour.id, "complaint_progress");
    assert_ok(ACT(&w.tech[0], b, CE_RESOLVE, .note = "一并处理"));
    assert_int_equal(inbox(w.neighbour.id, "complaint_progress"), before + 1); /* he hears how it ended */
    assert_err(ACT(&w.neighbour, a, CE_WITHDRAW), ERR_NOT_FOUND);
    assert_err(ACT(&w.service, a, CE_WITHDRAW), ERR_FORBIDDEN);
    assert_ok(ACT(&w.owner, a, CE_WITHDRAW, .note = "误会"));
    assert_err(ACT(&w.owner, a, CE_WITHDRAW), ERR_STATE);
    assert_int_equal(get(&w.admin, a).tick_at, 0);
}

/* Nobody's complaint ends with another's: it goes into one that is worked on, follows it on, and keeps it from being taken
 * back. */
static void what_was_merged_is_not_lost(void **state)
{
    (void)state;
    int64_t a = working(), b = working(), done = resolved();
    struct complaint_in in = plain();
    in.room_id = w.room2;
    int64_t c = submit_in(&w.neighbour, in);
    assert_err(ACT(&w.service, c, CE_MERGE, .target_id = done), ERR_INVALID);
    assert_field("target_id");
    assert_ok(ACT(&w.service, c, CE_MERGE, .target_id = a));
    assert_err(ACT(&w.owner, a, CE_WITHDRAW, .note = "误会"), ERR_STATE);
    assert_ok(ACT(&w.service, a, CE_MERGE, .target_id = b));
    assert_int_equal(harness_i64("SELECT merged_into FROM complaint WHERE id = $1", ARGS(I64(c))), b);
    int64_t before = inbox(w.neighbour.id, "complaint_progress");
    assert_ok(ACT(&w.tech[0], b, CE_RESOLVE, .note = "一并处理"));
    assert_int_equal(inbox(w.neighbour.id, "complaint_progress"), before + 1);
}

/* Another category brings another deadline, but not one that was agreed, nor back to the day it was submitted. */
static void another_category_keeps_what_was_agreed(void **state)
{
    (void)state;
    int64_t a = submit(), b, c = resolved();
    assert_ok(ACT(&w.service, a, CE_CLASSIFY, .category = "facility", .kind = -1, .urgency = -1));
    int64_t due = get(&w.service, a).due_at;
    assert_ok(ACT(&w.service, a, CE_CLASSIFY, .category = "security", .kind = -1, .urgency = -1));
    assert_int_not_equal(get(&w.service, a).due_at, due); /* by the book until something else is said */
    assert_err(ACT(&w.service, a, CE_CLASSIFY, .category = "facility", .due_at = at, .kind = -1, .urgency = -1),
               ERR_INVALID);
    assert_field("due_at");
    b = submit();
    assert_ok(ACT(&w.service, b, CE_CLASSIFY, .category = "facility", .kind = -1, .urgency = -1));
    assert_ok(ACT(&w.service, b, CE_ASSIGN, .target_id = w.tech[0].id, .due_at = at + 240 * HOUR_MS));
    assert_ok(ACT(&w.service, b, CE_CLASSIFY, .category = "security", .kind = -1, .urgency = -1));
    assert_int_equal(get(&w.service, b).due_at, at + 240 * HOUR_MS);
    at += 6 * DAY_MS;
    assert_ok(ACT(&w.owner, c, CE_RATE, .stars = 1, .note = "没解决"));
    due = get(&w.service, c).due_at;
    assert_ok(ACT(&w.service, c, CE_CLASSIFY, .category = "facility", .kind = -1, .urgency = -1));
    assert_int_equal(get(&w.service, c).due_at, due);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {T(managers_are_told_by_mail_and_sms),
                                       T(a_category_has_managers_of_its_own),
                                       T(quiet_hours_wait),
                                       T(who_may_submit_where),
                                       T(a_caller_is_found_by_the_number),
                                       T(the_whole_way),
                                       T(the_accused_does_not_handle_it),
                                       T(a_department_takes_it),
                                       T(a_department_takes_it),
                                       T(dissatisfied_goes_to_a_superior),
                                       T(whose_handler_leaves_finds_another),
                                       T(silence_closes),
                                       T(overdue_escalates_twice),
                                       T(merging_and_withdrawing),
                                       T(what_was_merged_is_not_lost),
                                       T(another_category_keeps_what_was_agreed)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
