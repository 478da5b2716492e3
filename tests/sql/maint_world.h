/* maint_world.h - facilities and plans for the tests of maintenance. Header only. SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_MAINT_WORLD_H
#define TESTS_SQL_MAINT_WORLD_H
#include "tests/sql/world.h"

#include "domain/maint.h"

struct facility_call {
    struct facility f, out;
    int64_t id;
};

static UNUSED_OK enum err run_facility_add(struct ctx *cx, void *arg)
{
    struct facility_call *c = arg;
    struct facility f = c->f; /* a rerun starts from the same */
    return facility_add(cx, &f, &c->id);
}

static UNUSED_OK int64_t make_facility(const struct actor *who, const char *category)
{
    char code[40];
    snprintf(code, sizeof code, "F%lld", (long long)id_new());
    struct facility_call c = {
        .f = {.code = code, .name = "1号客梯", .category = category, .place = "1栋", .importance = 0}
    };
    assert_ok(write_as(who, run_facility_add, &c));
    return c.id;
}

struct plan_call {
    struct maint_plan p, out;
    int64_t id;
    enum maint_plan_event ev;
    const char *reason;
};

static UNUSED_OK enum err run_plan_add(struct ctx *cx, void *arg)
{
    struct plan_call *c = arg;
    struct maint_plan p = c->p;
    return maint_plan_add(cx, &p, &c->id);
}

static UNUSED_OK enum err run_plan_act(struct ctx *cx, void *arg)
{
    struct plan_call *c = arg;
    return maint_plan_act(cx, c->id, c->ev, c->reason, &c->out);
}

static UNUSED_OK enum err plan_act(const struct actor *who, int64_t id, enum maint_plan_event ev, const char *reason)
{
    struct plan_call c = {.id = id, .ev = ev, .reason = reason};
    return write_as(who, run_plan_act, &c);
}

/* Made by w.manager for the facilities, name and everything else that is missing filled in. */
static UNUSED_OK int64_t make_plan(struct maint_plan p, int64_t *facilities, size_t n, int64_t *staff)
{
    char name[40];
    snprintf(name, sizeof name, "计划%lld", (long long)id_new());
    p.name = name;
    p.every_n = p.every_n ? p.every_n : 1;
    p.facilities = (struct json_list){facilities, n};
    p.staff = (struct json_list){staff, staff ? 1 : 0};
    p.skill = staff ? "" : "plumbing";
    struct plan_call c = {.p = p};
    assert_ok(write_as(&w.manager, run_plan_add, &c));
    return c.id;
}

struct make_call {
    struct maint_due v[64], after;
    int64_t ids[64], next;
    size_t n;
    bool more;
};

static UNUSED_OK enum err run_maint_due(struct ctx *cx, void *arg)
{
    struct make_call *c = arg;
    return maint_due(cx, &(struct maint_due){0, 0}, c->v, COUNT(c->v), &c->n);
}

static UNUSED_OK enum err run_maint_make(struct ctx *cx, void *arg)
{
    struct make_call *c = arg;
    return maint_make(cx, &c->v[c->n], &c->more);
}

static UNUSED_OK enum err run_task_due(struct ctx *cx, void *arg)
{
    struct make_call *c = arg;
    return maint_task_due(cx, c->ids, COUNT(c->ids), &c->n, &c->next);
}

static UNUSED_OK enum err run_task_tick(struct ctx *cx, void *arg)
{
    return maint_task_tick(cx, *(int64_t *)arg);
}

/* What the job does until nothing is left. */
static UNUSED_OK void maint_all(void)
{
    static const struct actor job = {0};
    struct make_call c = {.n = 0};
    do {
        assert_ok(read_as(&job, run_maint_due, &c));
        size_t n = c.n;
        for (size_t i = 0; i < n; i++)
            do {
                struct make_call one = {.v = {c.v[i]}};
                assert_ok(write_as(&job, run_maint_make, &one));
                c.more = one.more;
            } while (c.more);
    } while (c.n);
}

static UNUSED_OK void tick_all_tasks(void)
{
    static const struct actor job = {0};
    struct make_call c = {.n = 0};
    do {
        assert_ok(read_as(&job, run_task_due, &c));
        for (size_t i = 0; i < c.n; i++)
            assert_ok(write_as(&job, run_task_tick, &c.ids[i]));
    } while (c.n);
}

struct task_call {
    int64_t id;
    struct maint_step s;
    struct maint_task out;
    unsigned actor;
};

static UNUSED_OK enum err run_task_act(struct ctx *cx, void *arg)
{
    struct task_call *c = arg;
    return maint_task_act(cx, c->id, &c->s, &c->out);
}

#define STEP(ev, ...) ((struct maint_step){.event = ev, __VA_ARGS__})

static UNUSED_OK enum err task_step(const struct actor *who, int64_t id, struct maint_step s)
{
    struct task_call c = {.id = id, .s = s};
    return write_as(who, run_task_act, &c);
}

static UNUSED_OK enum err run_task_get(struct ctx *cx, void *arg)
{
    struct task_call *c = arg;
    return maint_task_get(cx, c->id, &c->out, &c->actor);
}

static UNUSED_OK struct maint_task task_as(const struct actor *who, int64_t id)
{
    struct task_call c = {.id = id};
    assert_ok(read_as(who, run_task_get, &c));
    return c.out;
}

#endif
