/* listen.c - our own listening socket, adopted connection by connection: bound exactly where the configuration says
 * (lws 4.1 may listen on every address instead), counted before any TLS work, and gone at once when draining.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "platform/net/net_int.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_BATCH 64
#define BUCKETS      4096

struct ip_count {
    struct ip_count *next;
    int n;
    char ip[INET6_ADDRSTRLEN];
};
static struct ip_count *bucket[BUCKETS];
static uv_poll_t listener;
static uv_timer_t again; /* out of descriptors: look again in a moment instead of spinning on the readable socket */
static int listen_fd = -1;

static struct ip_count **find_ip(const char *ip)
{
    unsigned h = 5381;
    for (const char *p = ip; *p; p++)
        h = h * 33 + (unsigned char)*p;
    struct ip_count **at = &bucket[h % BUCKETS];
    while (*at && strcmp((*at)->ip, ip) != 0)
        at = &(*at)->next;
    return at;
}

static struct ip_count *ip_take(const char *ip)
{
    struct ip_count **at = find_ip(ip);
    if (!*at) {
        struct ip_count *new = calloc(1, sizeof *new);
        if (!new)
            return NULL;
        snprintf(new->ip, sizeof new->ip, "%s", ip);
        *at = new;
    }
    int limit = net.cfg.max_conns_per_ip;
    for (const char *const *proxy = net.cfg.proxies; proxy && *proxy; proxy++)
        if (strcmp(*proxy, ip) == 0)
            limit = net.cfg.max_conns; /* many clients behind one address */
    if ((*at)->n >= limit)
        return NULL;
    (*at)->n++;
    return *at;
}

void ip_release(struct ip_count *from)
{
    if (!from || --from->n > 0)
        return;
    struct ip_count **at = find_ip(from->ip);
    *at = from->next;
    free(from);
}

static void peer_text(const struct sockaddr_storage *sa, char out[INET6_ADDRSTRLEN])
{
    out[0] = '\0';
    if (sa->ss_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, out, INET6_ADDRSTRLEN);
    } else if (sa->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, out, INET6_ADDRSTRLEN);
        if (strncmp(out, "::ffff:", 7) == 0 && strchr(out, '.'))
            memmove(out, out + 7, strlen(out + 7) + 1);
    }
}

static void welcome(int fd, const struct sockaddr_storage *sa)
{
    char ip[INET6_ADDRSTRLEN];
    peer_text(sa, ip);
    struct ip_count *from = atomic_load(&net.conns) < net.cfg.max_conns ? ip_take(ip) : NULL;
    struct conn *c = from ? conn_open(ip) : NULL;
    if (!c) {
        if (from)
            ip_release(from);
        atomic_fetch_add(&net.refused, 1);
        log_warn("net.conn_limit", L_S("ip", ip));
        close(fd);
        return;
    }
    c->from = from;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    lws_adopt_desc_t how = {
        .vh = net.vhost, .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL, .fd.sockfd = fd, .opaque = c};
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&how);
    if (!wsi && !c->wsi)
        conn_free(c); /* never came into being, so nobody will announce its end */
}

static void on_readable(uv_poll_t *p, int status, int events);

static void on_again(uv_timer_t *t)
{
    (void)t;
    if (listen_fd >= 0)
        uv_poll_start(&listener, UV_READABLE, on_readable);
}

static void on_readable(uv_poll_t *p, int status, int events)
{
    (void)p, (void)status, (void)events;
    for (int i = 0; i < ACCEPT_BATCH && listen_fd >= 0; i++) {
        struct sockaddr_storage sa = {0};
        socklen_t len = sizeof sa;
        int fd = accept4(listen_fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(fd, &sa);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            log_error("net.accept", L_ERRNO());
            uv_poll_stop(&listener);
            uv_timer_start(&again, on_again, 100, 0);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

/* Is the socket bound to what was asked for? */
static bool bound_as_asked(const struct sockaddr_storage *want)
{
    struct sockaddr_storage got = {0};
    socklen_t len = sizeof got;
    if (getsockname(listen_fd, (struct sockaddr *)&got, &len) != 0 || got.ss_family != want->ss_family)
        return false;
    if (got.ss_family == AF_INET) {
        const struct sockaddr_in *g = (struct sockaddr_in *)&got, *w = (const struct sockaddr_in *)want;
        net.port = ntohs(g->sin_port);
        return g->sin_addr.s_addr == w->sin_addr.s_addr && (w->sin_port == 0 || g->sin_port == w->sin_port);
    }
    const struct sockaddr_in6 *g = (struct sockaddr_in6 *)&got, *w = (const struct sockaddr_in6 *)want;
    net.port = ntohs(g->sin6_port);
    return memcmp(&g->sin6_addr, &w->sin6_addr, sizeof g->sin6_addr) == 0 &&
           (w->sin6_port == 0 || g->sin6_port == w->sin6_port);
}

static bool loopback(const struct sockaddr_storage *sa)
{
    if (sa->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

bool listen_start(struct arena *a, const char **why)
{
    struct sockaddr_storage sa = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&sa;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&sa;
    socklen_t len = sizeof *v4;
    if (inet_pton(AF_INET, net.cfg.bind, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)net.cfg.port);
    } else if (inet_pton(AF_INET6, net.cfg.bind, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)net.cfg.port);
        len = sizeof *v6;
    } else {
        *why = arena_printf(a, "bind: '%s' is not an address", net.cfg.bind);
        return false;
    }
    if (!net.tls && !loopback(&sa)) {
        *why = "plain HTTP is for loopback addresses only; set tls_cert_file and tls_key_file";
        return false;
    }
    int on = 1;
    listen_fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listen_fd >= 0)
        setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listen_fd >= 0 && sa.ss_family == AF_INET6)
        setsockopt(listen_fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (listen_fd < 0 || bind(listen_fd, (struct sockaddr *)&sa, len) != 0 || listen(listen_fd, 1024) != 0) {
        *why = arena_printf(a, "cannot listen on %s port %d: %s", net.cfg.bind, net.cfg.port, log_errno());
        if (listen_fd >= 0)
            close(listen_fd);
        listen_fd = -1;
        return false;
    }
    if (!bound_as_asked(&sa)) {
        *why = "the socket is bound to another address than asked for";
        close(listen_fd);
        listen_fd = -1;
        return false;
    }
    uv_poll_init(&net.uv, &listener, listen_fd);
    uv_timer_init(&net.uv, &again);
    uv_poll_start(&listener, UV_READABLE, on_readable);
    return true;
}

void listen_stop(void)
{
    if (listen_fd < 0)
        return;
    if (net.draining)
        on_readable(&listener, 0, 0); /* closing the socket resets those who are still in its queue */
    uv_poll_stop(&listener);
    uv_close((uv_handle_t *)&listener, NULL);
    uv_close((uv_handle_t *)&again, NULL);
    close(listen_fd);
    listen_fd = -1;
}
