/* test_complaint.c - complaints: who is told, who sees what, every refusal, the clocks, the links. SPDX-License-Identifier: MIT */
#include "domain/complaint.h"
#include "domain/fee_late.h"
#include "tests/sql/world.h"

static struct actor boss; /* the project's second manager, with a mail address */
static int64_t at_start;

static enum err run_mailed(struct ctx *cx, void *arg)
{
    struct person *p = arg;
    struct account_in in = {
        .kind = "staff", .login = p->login, .name = p->name, .phone = p->phone, .email = "boss@example.com"};
    return account_insert(cx, cx->who.company_id, &in, &p->id);
}

static int set_up(void **state)
{
    (void)state;
    world_make();
    at_start = at;
    struct person p = {.login = "boss", .name = "郑经理", .phone = new_phone()};
    struct actor maker = w.root;
    assert_ok(write_as(&maker, run_mailed, &p));
    boss = (struct actor){.id = p.id, .company_id = w.company, .project_id = w.project, .name = "郑经理"};
    grant(&boss, "manager", w.project);
    boss.roles = ROLE_MANAGER;
    return 0;
}

/* ---- calls ---- */

struct submit_call {
    struct complaint_in in;
    struct complaint out;
};
static enum err run_submit(struct ctx *cx, void *arg)
{
    struct submit_call *c = arg;
    return complaint_submit(cx, &c->in, &c->out);
}
static struct complaint_in plain(void)
{
    return (struct complaint_in){.kind = CK_COMPLAINT,
                                 .urgency = URGENCY_NORMAL,
                                 .category = "service",
                                 .title = "保安态度差",
                                 .text = "门岗拒绝登记",
                                 .place = "北门",
                                 .room_id = w.room};
}
static int64_t submit_in(const struct actor *who, struct complaint_in in)
{
    struct submit_call c = {.in = in};
    assert_ok(write_as(who, run_submit, &c));
    return c.out.id;
}
static int64_t submit(void)
{
    return submit_in(&w.owner, plain());
}
static enum err refused(const struct actor *who, struct complaint_in in)
{
    struct submit_call c = {.in = in};
    return write_as(who, run_submit, &c);
}

struct act_call {
    int64_t id;
    struct complaint_step s;
    struct complaint out;
    unsigned bits;
    struct complaint_identity who;
};
static enum err run_cact(struct ctx *cx, void *arg)
{
    struct act_call *c = arg;
    return complaint_act(cx, c->id, &c->s, &c->out);
}
static enum err act(const struct actor *who, int64_t id, struct complaint_step s)
{
    struct act_call c = {.id = id, .s = s};
    if (s.event == CE_CLASSIFY && !s.kind && !s.urgency)
        c.s.kind = c.s.urgency = -1;
    return write_as(who, run_cact, &c);
}
#define ACT(who, id, ev, ...) act(who, id, (struct complaint_step){.event = ev, __VA_ARGS__})
static enum err run_cget(struct ctx *cx, void *arg)
{
    struct act_call *c = arg;
    return complaint_get(cx, c->id, &c->out, &c->bits);
}
static struct complaint get(const struct actor *who, int64_t id)
{
    struct act_call c = {.id = id};
    assert_ok(read_as(who, run_cget, &c));
    return c.out;
}
static enum err sees(const struct actor *who, int64_t id)
{
    struct act_call c = {.id = id};
    return read_as(who, run_cget, &c);
}
static enum err run_identity(struct ctx *cx, void *arg)
{
    struct act_call *c = arg;
    return complaint_identity(cx, c->id, &c->who);
}
static enum err run_ctick(struct ctx *cx, void *arg)
{
    return complaint_tick(cx, *(int64_t *)arg);
}
static void ctick(int64_t id)
{
    struct actor job = {0};
    assert_ok(write_as(&job, run_ctick, &id));
}
#define assert_cstate(id, s) assert_string_equal(complaint_state_name[get(&w.admin, id).state], complaint_state_name[s])

static int64_t messages(int64_t account, const char *kind, const char *channel, const char *state)
{
    return harness_i64(
        "SELECT COUNT(*) FROM message WHERE account_id = $1 AND kind = $2 AND channel = $3 AND state = $4",
        ARGS(I64(account), TXT(kind), TXT(channel), TXT(state)));
}
static int64_t inbox(int64_t account, const char *kind)
{
    return harness_i64("SELECT COUNT(*) FROM notification WHERE account_id = $1 AND kind = $2",
                       ARGS(I64(account), TXT(kind)));
}

/* In progress with technician 0. */
static int64_t working(void)
{
    int64_t id = submit();
    assert_ok(ACT(&w.service, id, CE_CLASSIFY, .category = "service"));
    assert_ok(ACT(&w.service, id, CE_ASSIGN, .target_id = w.tech[0].id));
    assert_ok(ACT(&w.tech[0], id, CE_ACCEPT));
    return id;
}
static int64_t resolved(void)
{
    int64_t id = working();
    assert_ok(ACT(&w.tech[0], id, CE_RESOLVE, .note = "已培训"));
    return id;
}

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
    assert_ok(write_as(&w.manager, run_category, &c));
    assert_err(write_as(&w.manager, run_category, &c), ERR_CONFLICT); /* it has a version now */
    int64_t id = submit();
    assert_int_equal(get(&w.owner, id).due_at, at + 10 * HOUR_MS);
    assert_int_equal(inbox(w.cashier.id, "complaint_new"), 1);
    assert_int_equal(inbox(boss.id, "complaint_new"), 0);
    c = (struct category_call){
        .c = {"service", "服务", 10, 1, true},
          .managers = {w.owner.id      },
          .n = 1
    };
    assert_err(write_as(&w.manager, run_category, &c), ERR_INVALID); /* not staff */
    c = (struct category_call){
        .c = {"service", "服务", 10, 1, false}
    };
    assert_ok(write_as(&w.manager, run_category, &c));
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
    assert_ok(ACT(&w.service, id, CE_ASSIGN, .target_id = w.tech[0].id, .department = "工程部"));
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
    /* nor by what is made of it */
    assert_ok(ACT(&w.service, id, CE_CLASSIFY, .category = "service"));
    assert_ok(ACT(&w.service, id, CE_LINK_REPAIR, .type_id = w.plain));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair r JOIN complaint c ON c.repair_id = r.id WHERE c.id = $1"
                                 " AND r.room_id IS NULL",
                                 ARGS(I64(id))),
                     1);
    assert_err(ACT(&w.manager, id, CE_LINK_BILL, .target_id = 1), ERR_STATE);
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
    assert_ok(ACT(&w.service, id, CE_ASSIGN, .department = "客服部"));
    assert_ok(ACT(&w.dispatcher, id, CE_ACCEPT)); /* a department's: whoever takes it */
    assert_int_equal(get(&w.service, id).handler_id, w.dispatcher.id);
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
    const struct CMUnitTest tests[] = {T(managers_are_told_by_mail_and_sms),
                                       T(a_category_has_managers_of_its_own),
                                       T(quiet_hours_wait),
                                       T(who_may_submit_where),
                                       T(a_caller_is_found_by_the_number),
                                       T(the_whole_way),
                                       T(internal_notes_stay_inside),
                                       T(anonymous_means_nobody_but_the_auditor),
                                       T(the_accused_does_not_handle_it),
                                       T(dissatisfied_goes_to_a_superior),
                                       T(silence_closes),
                                       T(overdue_escalates_twice),
                                       T(merging_and_withdrawing),
                                       T(other_companies_and_projects_see_nothing),
                                       T(lists_and_numbers)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
