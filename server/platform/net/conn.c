/* conn.c - the connection table. An id is generation << 20 | slot: a slot is used again, an id never.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/net/net_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SLOT_BITS 20
#define SLOT_MASK ((UINT64_C(1) << SLOT_BITS) - 1)

static struct {
    struct conn **slot;
    uint32_t *unused; /* stack of free slots */
    size_t cap, nunused;
    uint64_t generation;
} table;

static bool table_grow(void)
{
    size_t cap = table.cap ? table.cap * 2 : 256;
    if (cap > SLOT_MASK + 1)
        return false;
    struct conn **slot = realloc(table.slot, cap * sizeof *slot);
    if (slot)
        table.slot = slot;
    uint32_t *unused = realloc(table.unused, cap * sizeof *unused);
    if (unused)
        table.unused = unused;
    if (!slot || !unused)
        return false;
    for (size_t i = table.cap; i < cap; i++)
        slot[i] = NULL;
    for (size_t i = cap; i > table.cap; i--)
        unused[table.nunused++] = (uint32_t)(i - 1);
    table.cap = cap;
    return true;
}

struct conn *conn_open(const char *ip)
{
    if (table.nunused == 0 && !table_grow())
        return NULL;
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    uint32_t slot = table.unused[--table.nunused];
    table.slot[slot] = c;
    c->id = ++table.generation << SLOT_BITS | slot;
    c->deadline = clock_mono_ms() + net.cfg.head_s * SECOND_MS; /* a slow first head makes no callback: start now */
    snprintf(c->ip, sizeof c->ip, "%s", ip);
    atomic_fetch_add(&net.conns, 1);
    return c;
}

void conn_free(struct conn *c)
{
    ws_free(c);
    if (c->rq && !c->away) /* away: its late answer frees it */
        rq_free(c->rq);
    ip_release(c->from);
    uint64_t slot = c->id & SLOT_MASK;
    table.slot[slot] = NULL;
    table.unused[table.nunused++] = (uint32_t)slot;
    atomic_fetch_sub(&net.conns, 1);
    free(c);
}

struct conn *conn_by_id(uint64_t id)
{
    uint64_t slot = id & SLOT_MASK;
    struct conn *c = slot < table.cap ? table.slot[slot] : NULL;
    return c && c->id == id ? c : NULL;
}

struct conn *conn_of(struct lws *wsi)
{
    return wsi ? lws_get_opaque_user_data(wsi) : NULL;
}

void conn_idle(struct conn *c)
{
    c->st = S_IDLE;
    c->deadline = clock_mono_ms() + net.cfg.idle_s * SECOND_MS;
}

void conn_kill(struct conn *c)
{
    if (c->doomed || !c->wsi)
        return;
    c->doomed = true;
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    lws_cancel_service(net.lws); /* a timer set from a callback of libuv may be late without */
}

void conn_each(void (*fn)(struct conn *c, void *arg), void *arg)
{
    for (size_t i = 0; i < table.cap; i++)
        if (table.slot[i])
            fn(table.slot[i], arg);
}

void conn_table_free(void)
{
    free(table.slot);
    free(table.unused);
    memset(&table, 0, sizeof table);
}

void conn_drop_unread(struct conn *c)
{
    char waste[4096];
    int fd = lws_get_socket_fd(c->wsi);
    for (int i = 0; fd >= 0 && i < 64 && recv(fd, waste, sizeof waste, MSG_DONTWAIT) > 0; i++)
        ;
}
