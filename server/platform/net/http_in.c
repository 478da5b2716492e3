/* http_in.c - request bodies: into memory as they come, or into a spool file; then over to the application.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/net/net_int.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORK_MS   (120 * SECOND_MS) /* no answer for so long: the connection is given up */
#define FIRST_CAP 4096

struct rq *rq_new(struct conn *c)
{
    struct arena *a = arena_new(0);
    struct rq *q = arena_alloc(a, sizeof *q);
    q->r.arena = a;
    q->r.conn = c->id;
    q->r.path = "/";
    q->r.query = q->r.host = "";
    q->r.ip = arena_strdup(a, c->ip);
    q->r.start_us = clock_mono_us();
    q->r.id = arena_printf(a, "%013llx", (unsigned long long)id_new());
    q->spool_fd = -1;
    q->reply.fd = -1;
    return q;
}

void rq_free(struct rq *q)
{
    if (q->spool_fd >= 0)
        close(q->spool_fd);
    if (q->r.spool_path)
        unlink(q->r.spool_path); /* the application has renamed what it keeps */
    if (q->reply.fd >= 0)
        close(q->reply.fd);
    free(q->r.body);
    arena_free(q->r.arena);
}

int http_body_begin(struct conn *c)
{
    struct rq *q = c->rq;
    c->st = S_BODY;
    c->deadline = clock_mono_ms() + net.cfg.body_s * SECOND_MS + (int64_t)(c->want / 65536) * SECOND_MS;
    if (c->discard || !q->spool)
        return 0;
    q->spool = arena_printf(q->r.arena, "%s/upload-XXXXXX", q->spool);
    q->spool_fd = mkostemp(q->spool, O_CLOEXEC);
    if (q->spool_fd >= 0) {
        q->r.spool_path = q->spool;
        return 0;
    }
    log_error("net.spool", L_S("dir", q->spool), L_ERRNO());
    http_error_reply(q, &q->reply, 503, ERR_BUSY, NULL);
    c->discard = true;
    return 0;
}

/* Grows with what has really come: a client cannot reserve memory by announcing a length. */
static bool keep(struct rq *q, const char *p, size_t n)
{
    if (q->r.body_len + n + 1 > q->cap) {
        size_t cap = q->cap ? q->cap * 2 : FIRST_CAP;
        while (cap < q->r.body_len + n + 1)
            cap *= 2;
        char *body = realloc(q->r.body, cap);
        if (!body)
            return false;
        q->r.body = body;
        q->cap = cap;
    }
    if (n)
        memcpy(q->r.body + q->r.body_len, p, n);
    q->r.body_len += n;
    q->r.body[q->r.body_len] = '\0';
    return true;
}

static bool spool(struct rq *q, const char *p, size_t n)
{
    while (n) {
        ssize_t w = write(q->spool_fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0) {
            log_error("net.spool", L_S("file", q->spool), L_ERRNO());
            return false;
        }
        p += w;
        n -= (size_t)w;
        q->r.body_len += (size_t)w;
    }
    return true;
}

/* No JSON, form or multipart begins with a capital letter, every request head does. A file may ("RIFF", "PK"), so an
 * upload is only suspected when it begins with a method's name. */
static bool looks_like_head(const struct rq *q, const char *p, size_t n)
{
    static const char *const more[] = {"CONNECT ", "TRACE "};
    if (*p < 'A' || *p > 'Z')
        return false;
    bool like = q->spool_fd < 0;
    for (int m = 0; m < M_COUNT && !like; m++) {
        size_t len = strlen(http_method_name[m]);
        like = strncmp(http_method_name[m], p, n < len ? n : len) == 0 && (n <= len || p[len] == ' ');
    }
    for (size_t i = 0; i < COUNT(more) && !like; i++)
        like = strncmp(more[i], p, n < strlen(more[i]) ? n : strlen(more[i])) == 0;
    return like;
}

int http_body(struct conn *c, const char *p, size_t n)
{
    if (c->st == S_LINGER) {
        c->got += n;
        return c->got > (4u << 20) ? -1 : 0;
    }
    if (n == 0 && c->want == 0 && c->rq) /* lws tells of an empty POST body although the head was all */
        return 0;
    if (guard(GUARD_STATE) && (c->st != S_BODY || c->got + n > c->want))
        return -1;
    if (!c->rq)
        return guard(GUARD_STATE) ? -1 : 0;
    if (n && c->got == 0 && guard(GUARD_FIRST) && looks_like_head(c->rq, p, n))
        return -1;
    c->got += n;
    if (c->discard)
        return 0;
    if (c->rq->spool_fd >= 0 ? spool(c->rq, p, n) : keep(c->rq, p, n))
        return 0;
    http_error_reply(c->rq, &c->rq->reply, 503, ERR_BUSY, NULL);
    c->discard = true;
    return 0;
}

int http_body_done(struct conn *c)
{
    if (c->want == 0 && !c->told_empty && c->rq) {
        c->told_empty = true;
        return 0;
    }
    if (c->st == S_LINGER)
        return -1;
    if (guard(GUARD_STATE) && (c->st != S_BODY || c->got != c->want))
        return -1;
    return c->rq ? http_submit(c) : 0;
}

int http_submit(struct conn *c)
{
    struct rq *q = c->rq;
    if (q->spool_fd >= 0) {
        close(q->spool_fd);
        q->spool_fd = -1;
    }
    c->st = S_WORK;
    c->deadline = clock_mono_ms() + WORK_MS;
    atomic_fetch_add(&net.requests, 1);
    if (c->discard) {
        http_ready(c, &q->reply);
    } else {
        if (!q->r.spool_path && !keep(q, NULL, 0))
            return -1;
        c->away = true;
        net.http->request(&q->r); /* may have answered already when it returns */
    }
    if (c->st == S_WORK && guard(GUARD_FLOW)) {
        /* a byte that comes now would wake lws 4.1 again and again, as it does not read it */
        c->paused = true;
        lws_rx_flow_control(c->wsi, 0);
    }
    if (c->st == S_READY && !guard(GUARD_DEFER)) /* tests: answer on the spot, as lws's own examples do */
        return http_writeable(c);
    return 0;
}
