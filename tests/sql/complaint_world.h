/* complaint_world.h - the small world with complaints in it: what the tests of complaints call. SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_COMPLAINT_WORLD_H
#define TESTS_SQL_COMPLAINT_WORLD_H
#include "domain/complaint.h"
#include "tests/sql/world.h"

static struct actor boss; /* the project's second manager, with a mail address */
static int64_t at_start;

static UNUSED_OK enum err run_mailed(struct ctx *cx, void *arg)
{
    struct person *p = arg;
    struct account_in in = {
        .kind = "staff", .login = p->login, .name = p->name, .phone = p->phone, .email = "boss@example.com"};
    return account_insert(cx, cx->who.company_id, &in, &p->id);
}

static UNUSED_OK int set_up(void **state)
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
static UNUSED_OK enum err run_submit(struct ctx *cx, void *arg)
{
    struct submit_call *c = arg;
    return complaint_submit(cx, &c->in, &c->out);
}
static UNUSED_OK struct complaint_in plain(void)
{
    return (struct complaint_in){.kind = CK_COMPLAINT,
                                 .urgency = URGENCY_NORMAL,
                                 .category = "service",
                                 .title = "保安态度差",
                                 .text = "门岗拒绝登记",
                                 .place = "北门",
                                 .room_id = w.room};
}
static UNUSED_OK int64_t submit_in(const struct actor *who, struct complaint_in in)
{
    struct submit_call c = {.in = in};
    assert_ok(write_as(who, run_submit, &c));
    return c.out.id;
}
static UNUSED_OK int64_t submit(void)
{
    return submit_in(&w.owner, plain());
}
static UNUSED_OK enum err refused(const struct actor *who, struct complaint_in in)
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
static UNUSED_OK enum err run_cact(struct ctx *cx, void *arg)
{
    struct act_call *c = arg;
    return complaint_act(cx, c->id, &c->s, &c->out);
}
static UNUSED_OK enum err act(const struct actor *who, int64_t id, struct complaint_step s)
{
    struct act_call c = {.id = id, .s = s};
    if (s.event == CE_CLASSIFY && !s.kind && !s.urgency)
        c.s.kind = c.s.urgency = -1;
    return write_as(who, run_cact, &c);
}
#define ACT(who, id, ev, ...) act(who, id, (struct complaint_step){.event = ev, __VA_ARGS__})
static UNUSED_OK enum err run_cget(struct ctx *cx, void *arg)
{
    struct act_call *c = arg;
    return complaint_get(cx, c->id, &c->out, &c->bits);
}
static UNUSED_OK struct complaint get(const struct actor *who, int64_t id)
{
    struct act_call c = {.id = id};
    assert_ok(read_as(who, run_cget, &c));
    return c.out;
}
static UNUSED_OK enum err sees(const struct actor *who, int64_t id)
{
    struct act_call c = {.id = id};
    return read_as(who, run_cget, &c);
}
static UNUSED_OK enum err run_identity(struct ctx *cx, void *arg)
{
    struct act_call *c = arg;
    return complaint_identity(cx, c->id, &c->who);
}
static UNUSED_OK enum err run_ctick(struct ctx *cx, void *arg)
{
    return complaint_tick(cx, *(int64_t *)arg);
}
static UNUSED_OK void ctick(int64_t id)
{
    struct actor job = {0};
    assert_ok(write_as(&job, run_ctick, &id));
}
#define assert_cstate(id, s) assert_string_equal(complaint_state_name[get(&w.admin, id).state], complaint_state_name[s])

static UNUSED_OK int64_t messages(int64_t account, const char *kind, const char *channel, const char *state)
{
    return harness_i64(
        "SELECT COUNT(*) FROM message WHERE account_id = $1 AND kind = $2 AND channel = $3 AND state = $4",
        ARGS(I64(account), TXT(kind), TXT(channel), TXT(state)));
}
static UNUSED_OK int64_t inbox(int64_t account, const char *kind)
{
    return harness_i64("SELECT COUNT(*) FROM notification WHERE account_id = $1 AND kind = $2",
                       ARGS(I64(account), TXT(kind)));
}

/* In progress with technician 0. */
static UNUSED_OK int64_t working(void)
{
    int64_t id = submit();
    assert_ok(ACT(&w.service, id, CE_CLASSIFY, .category = "service"));
    assert_ok(ACT(&w.service, id, CE_ASSIGN, .target_id = w.tech[0].id));
    assert_ok(ACT(&w.tech[0], id, CE_ACCEPT));
    return id;
}
static UNUSED_OK int64_t resolved(void)
{
    int64_t id = working();
    assert_ok(ACT(&w.tech[0], id, CE_RESOLVE, .note = "已培训"));
    return id;
}

#endif
