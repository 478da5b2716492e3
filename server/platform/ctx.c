/* ctx.c - see ctx.h. SPDX-License-Identifier: MIT */
#include "platform/ctx.h"
#include "base/clock.h"
#include <string.h>

const char *const role_name[ROLE_COUNT] = {
#define X(name, wire, zh) wire,
    ROLE_LIST(X)
#undef X
};

void cx_init(struct ctx *cx, struct arena *a, struct store *s)
{
    memset(cx, 0, sizeof *cx);
    cx->arena = a;
    cx->store = s;
    cx->now = clock_now_ms();
    cx->request_id = "";
    cx->ip = "";
    cx->device = "";
    cx->after_tail = &cx->after;
    cx->events_tail = &cx->events;
}

void cx_rewind(struct ctx *cx)
{
    cx_run_after(cx, false);
    cx->why = (struct why){0};
    cx->events = NULL;
    cx->events_tail = &cx->events;
}

enum err cx_fail(struct ctx *cx, enum err e, const char *field, const char *zh, const char *en, ...)
{
    va_list ap;
    if (cx->why.zh)
        return e; /* the lowest detail stands */
    cx->why.field = field ? arena_strdup(cx->arena, field) : NULL;
    va_start(ap, en);
    cx->why.zh = arena_vprintf(cx->arena, zh, ap);
    va_end(ap);
    va_start(ap, en);
    cx->why.en = arena_vprintf(cx->arena, en, ap);
    va_end(ap);
    return e;
}

enum err cx_need_project(struct ctx *cx)
{
    return cx->who.project_id ? OK : cx_fail(cx, ERR_INVALID, NULL, "请先选择项目", "choose a project first");
}

void cx_after(struct ctx *cx, void (*fn)(void *), void (*drop)(void *), void *arg)
{
    struct after *a = arena_alloc(cx->arena, sizeof *a);
    *a = (struct after){.fn = fn, .drop = drop, .arg = arg};
    *cx->after_tail = a;
    cx->after_tail = &a->next;
}

void cx_run_after(struct ctx *cx, bool committed)
{
    struct after *a = cx->after;
    cx->after = NULL;
    cx->after_tail = &cx->after;
    for (; a; a = a->next) {
        if (committed)
            a->fn(a->arg);
        else if (a->drop)
            a->drop(a->arg);
    }
}
