/* redis_uv.c - hiredis on libuv. The adapter that hiredis ships ignores poll errors; libuv reports a refused
 * connection exactly so (and stops polling), hence a refused connection would hang. Here an error lets hiredis
 * look at the socket. SPDX-License-Identifier: MIT */
#include "platform/redis/redis_impl.h"
#include <stdlib.h>

struct link {
    uv_poll_t poll;
    redisAsyncContext *ac; /* NULL once hiredis has let go */
    int events;
};

static void ready(uv_poll_t *poll, int status, int events)
{
    struct link *l = poll->data;
    if (status < 0)
        events = UV_READABLE | UV_WRITABLE;
    if (l->ac && (events & UV_WRITABLE) && (status < 0 || (l->events & UV_WRITABLE)))
        redisAsyncHandleWrite(l->ac);
    if (l->ac && (events & UV_READABLE))
        redisAsyncHandleRead(l->ac);
}

static void want(struct link *l, int events)
{
    if (events == l->events)
        return;
    l->events = events;
    if (events)
        uv_poll_start(&l->poll, events, ready);
    else
        uv_poll_stop(&l->poll);
}

static void add_read(void *p)
{
    struct link *l = p;
    want(l, l->events | UV_READABLE);
}

static void del_read(void *p)
{
    struct link *l = p;
    want(l, l->events & ~UV_READABLE);
}

static void add_write(void *p)
{
    struct link *l = p;
    want(l, l->events | UV_WRITABLE);
}

static void del_write(void *p)
{
    struct link *l = p;
    want(l, l->events & ~UV_WRITABLE);
}

static void closed(uv_handle_t *h)
{
    free(h->data);
}

static void cleanup(void *p)
{
    struct link *l = p;
    l->ac = NULL;
    uv_close((uv_handle_t *)&l->poll, closed);
}

bool rd_uv_attach(redisAsyncContext *ac, uv_loop_t *loop)
{
    struct link *l = calloc(1, sizeof *l);
    if (!l || uv_poll_init(loop, &l->poll, ac->c.fd) != 0) {
        free(l);
        return false;
    }
    l->poll.data = l;
    l->ac = ac;
    ac->ev.data = l;
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = cleanup;
    return true;
}
