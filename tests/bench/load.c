/* load.c - links: TLS 1.3 over non-blocking sockets. See load.h. SPDX-License-Identifier: MIT */
#include "load.h"
#include "base/clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    int epoll, port;
    SSL_CTX *tls;
    struct link *dead;
} load;

_Noreturn void give_up(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("bench: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

void load_init(int port)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
    signal(SIGPIPE, SIG_IGN);
    load.port = port;
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.tls = SSL_CTX_new(TLS_client_method());
    if (load.epoll < 0 || !load.tls || !SSL_CTX_set_min_proto_version(load.tls, TLS1_3_VERSION))
        give_up("no epoll or no TLS");
    SSL_CTX_set_mode(load.tls,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(load.tls, SSL_SESS_CACHE_OFF); /* every handshake a full one */
}

static void bytes_add(struct bytes *b, const void *p, size_t n)
{
    if (b->n + n + 1 > b->cap) {
        b->cap = (b->n + n + 1) * 2;
        b->p = realloc(b->p, b->cap);
        if (!b->p)
            give_up("out of memory");
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

static void bytes_cut(struct bytes *b, size_t n)
{
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
    if (b->n) {
        b->p[b->n] = '\0';
        return;
    }
    free(b->p); /* thousands of idle sockets */
    *b = (struct bytes){NULL, 0, 0};
}

static void arm(struct link *l, bool out)
{
    struct epoll_event ev = {.events = EPOLLIN | (out ? (unsigned)EPOLLOUT : 0u), .data.ptr = l};
    if (l->armed != out && epoll_ctl(load.epoll, EPOLL_CTL_MOD, l->fd, &ev) != 0)
        give_up("epoll_ctl: %s", strerror(errno));
    l->armed = out;
}

void link_close(struct link *l)
{
    if (l->dead)
        return;
    l->dead = true;
    l->next_dead = load.dead;
    load.dead = l;
    SSL_free(l->ssl);
    close(l->fd);
}

static void fail(struct link *l)
{
    link_close(l);
    l->ended(l);
}

/* false: the link is dead */
static bool ssl_result(struct link *l, int rc)
{
    int e = SSL_get_error(l->ssl, rc);
    ERR_clear_error();
    if (e == SSL_ERROR_WANT_WRITE)
        arm(l, true);
    if (e == SSL_ERROR_WANT_WRITE || e == SSL_ERROR_WANT_READ)
        return true;
    fail(l);
    return false;
}

static bool flush(struct link *l)
{
    while (l->out.n) {
        int n = SSL_write(l->ssl, l->out.p, (int)l->out.n);
        if (n <= 0)
            return ssl_result(l, n);
        bytes_cut(&l->out, (size_t)n);
    }
    arm(l, false);
    return true;
}

static bool advance(struct link *l)
{
    if (!l->up) {
        int rc = SSL_connect(l->ssl);
        if (rc != 1) {
            arm(l, false);
            return ssl_result(l, rc);
        }
        l->up = true;
    }
    return flush(l);
}

static void receive(struct link *l)
{
    char buf[16384];
    bool some = false;
    for (;;) {
        int n = SSL_read(l->ssl, buf, sizeof buf);
        if (n > 0) {
            l->read_us = clock_mono_us();
            bytes_add(&l->in, buf, (size_t)n);
            some = true;
            if ((size_t)n < sizeof buf && !SSL_pending(l->ssl))
                break;
            continue;
        }
        int e = SSL_get_error(l->ssl, n);
        if (e == SSL_ERROR_WANT_READ)
            break;
        if (some)
            l->arrived(l);
        if (!l->dead)
            ssl_result(l, n);
        return;
    }
    if (some)
        l->arrived(l);
}

struct link *link_open(void (*arrived)(struct link *), void (*ended)(struct link *), void *owner)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load.port)};
    struct link *l = calloc(1, sizeof *l);
    int one = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!l)
        give_up("out of memory");
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || (connect(l->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS))
        give_up("connect: %s", strerror(errno));
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    l->ssl = SSL_new(load.tls);
    SSL_set_fd(l->ssl, l->fd);
    l->arrived = arrived;
    l->ended = ended;
    l->owner = owner;
    l->armed = true;
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT, .data.ptr = l};
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, l->fd, &ev) != 0)
        give_up("epoll_ctl: %s", strerror(errno));
    return l;
}

void link_send(struct link *l, const void *p, size_t n)
{
    bytes_add(&l->out, p, n);
    if (l->up)
        flush(l);
}

void link_eat(struct link *l, size_t n)
{
    bytes_cut(&l->in, n);
}

void load_poll(int timeout_ms)
{
    struct epoll_event ev[256];
    int n = epoll_wait(load.epoll, ev, 256, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct link *l = ev[i].data.ptr;
        if (l->dead || (!l->up && !advance(l)))
            continue;
        if (l->up && (ev[i].events & EPOLLOUT) && !flush(l))
            continue;
        if (l->up && (ev[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
            receive(l);
    }
    while (load.dead) {
        struct link *l = load.dead;
        load.dead = l->next_dead;
        free(l->in.p);
        free(l->out.p);
        free(l);
    }
}
