/* server.c - a plain HTTP/1.1 server for loopback. Not the product's: it must be able to misbehave (never answer,
 * hang up, break off), and it needs every header as it came. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/notify.h"
#include "sandbox/paybill.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX 65536
#define BODY_MAX (4 << 20)

struct sb_config sb;
static int http_fd = -1, smtp_fd = -1;
static pthread_t http_thread, smtp_thread;
static atomic_int live;

const char *sb_header(const struct sb_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->nheader; i++)
        if (strcasecmp(rq->header[i].name, name) == 0)
            return rq->header[i].value;
    return "";
}

static char *decode(struct arena *a, const char *s, size_t n)
{
    char *out = arena_alloc(a, n + 1), *o = out;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%' && i + 2 < n && hex_decode(s + i + 1, 2, o)) {
            o++;
            i += 2;
        } else {
            *o++ = s[i] == '+' ? ' ' : s[i];
        }
    }
    return out;
}

size_t sb_params(struct arena *a, const char *text, struct provider_param *out, size_t max)
{
    size_t n = 0;
    while (*text && n < max) {
        size_t len = strcspn(text, "&");
        const char *eq = memchr(text, '=', len);
        size_t nk = eq ? (size_t)(eq - text) : len;
        out[n].name = decode(a, text, nk);
        out[n++].value = eq ? decode(a, eq + 1, len - nk - 1) : "";
        text += len + (text[len] == '&');
    }
    return n;
}

const char *sb_param(const struct provider_param *p, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, name) == 0)
            return p[i].value;
    return "";
}

void sb_text(struct sb_reply *out, int status, const char *type, const char *body)
{
    *out = (struct sb_reply){.status = status, .type = type, .body = body};
}

/* Runs one of the protocols under the faults that are set for its kind. */
static void faulty(const char *kind, void (*protocol)(struct sb_request *, struct sb_reply *), struct sb_request *rq,
                   struct sb_reply *out)
{
    const char *mode = sb_fault_take(kind);
    if (str_eq(mode, "500")) {
        sb_text(out, 500, "text/plain", "fault");
        return;
    }
    if (str_eq(mode, "drop") || str_eq(mode, "timeout_before")) {
        out->hang_up = str_eq(mode, "drop");
        out->never = !out->hang_up;
        return;
    }
    protocol(rq, out);
    out->never = str_eq(mode, "timeout");
    out->hang_up = str_eq(mode, "drop_after");
    out->cut = str_eq(mode, "cut");
    if (str_eq(mode, "500_after")) {
        sb_text(out, 500, "text/plain", "fault");
    } else if (str_eq(mode, "broken")) {
        out->body = arena_strndup(rq->arena, out->body, strlen(out->body) / 2);
        out->len = strlen(out->body);
    }
}

bool sb_bool(const struct json *j, const char *key, bool absent)
{
    const cJSON *v = (const cJSON *)json_get(j, key);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : absent;
}

const char *sb_self(const struct sb_request *rq)
{
    const char *host = sb_header(rq, "host");
    return arena_printf(rq->arena, "http://%s", *host ? host : "127.0.0.1");
}

void sb_route(struct sb_request *rq, struct sb_reply *out)
{
    if (str_starts(rq->path, "/control/pay/"))
        control_pay_reply(rq, out);
    else if (str_starts(rq->path, "/control/"))
        control_reply(rq, out);
    else if (str_starts(rq->path, "/v3/"))
        wxpay_reply(rq, out);
    else if (str_eq(rq->path, "/gateway.do"))
        alipay_reply(rq, out);
    else if (str_eq(rq->path, "/bill/alipay"))
        alipay_bill_reply(rq, out);
    else if (str_eq(rq->path, "/pay") || str_starts(rq->path, "/pay/"))
        page_reply(rq, out);
    else if (str_starts(rq->path, "/sns/") || str_starts(rq->path, "/cgi-bin/") || str_starts(rq->path, "/wxa/"))
        faulty("wechat", wechat_reply, rq, out);
    else if (str_eq(rq->path, "/") && *sb_header(rq, "x-acs-action"))
        faulty("sms", aliyun_reply, rq, out);
    else if (str_eq(rq->path, "/") && *sb_header(rq, "x-tc-action"))
        faulty("sms", tencent_reply, rq, out);
    else
        sb_text(out, 404, "text/plain", "no such page in the sandbox");
}

/* Splits the head in place. */
static bool parse_head(struct sb_request *rq, char *head)
{
    char *line = head, *next = strstr(line, "\r\n"), *target, *version;
    if (!next)
        return false;
    *next = '\0';
    target = strchr(line, ' ');
    version = target ? strchr(target + 1, ' ') : NULL;
    if (!version)
        return false;
    *target++ = *version = '\0';
    char *question = strchr(target, '?');
    if (question)
        *question++ = '\0';
    rq->method = line;
    rq->path = target;
    rq->query = question ? question : "";
    for (line = next + 2; *line && rq->nheader < SB_HEADERS; line = next + 2) {
        next = strstr(line, "\r\n");
        char *colon = next ? memchr(line, ':', (size_t)(next - line)) : NULL;
        if (!colon)
            return next == line;
        *next = *colon++ = '\0';
        rq->header[rq->nheader].name = line;
        rq->header[rq->nheader++].value = colon + strspn(colon, " \t");
    }
    return true;
}

static bool read_request(int fd, struct sb_request *rq)
{
    char *head = arena_alloc(rq->arena, HEAD_MAX + 1), *end = NULL;
    size_t n = 0;
    while (!end) {
        ssize_t got = n < HEAD_MAX ? recv(fd, head + n, HEAD_MAX - n, 0) : 0;
        if (got <= 0)
            return false;
        n += (size_t)got;
        head[n] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    size_t have = n - (size_t)(end + 4 - head);
    char *rest = arena_memdup(rq->arena, end + 4, have + 1);
    end[2] = '\0';
    int64_t want = 0;
    if (!parse_head(rq, head))
        return false;
    if (*sb_header(rq, "content-length") && !parse_i64(sb_header(rq, "content-length"), &want))
        return false;
    if (want < 0 || want > BODY_MAX || (size_t)want < have)
        return false;
    char *body = arena_alloc(rq->arena, (size_t)want + 1);
    memcpy(body, rest, have);
    while (have < (size_t)want) {
        ssize_t got = recv(fd, body + have, (size_t)want - have, 0);
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    rq->body = body;
    rq->body_len = (size_t)want;
    return true;
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

static void send_reply(int fd, struct arena *a, const struct sb_reply *r)
{
    struct buf head;
    size_t len = r->len ? r->len : strlen(r->body);
    buf_init(&head, a);
    buf_printf(&head, "HTTP/1.1 %d X\r\nConnection: close\r\n", r->status);
    if (r->status != 204)
        buf_printf(&head, "Content-Type: %s\r\nContent-Length: %zu\r\n", r->type, len);
    for (size_t i = 0; i < r->nheader; i++)
        buf_printf(&head, "%s: %s\r\n", r->header[i].name, r->header[i].value);
    buf_str(&head, "\r\n");
    send_all(fd, head.p, head.n);
    if (r->status != 204)
        send_all(fd, r->body, r->cut ? len / 2 : len);
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    struct arena *a = arena_new(1u << 30);
    struct sb_request rq = {.arena = a};
    struct sb_reply r = {.status = 500, .type = "text/plain", .body = ""};
    char rest[512];
    if (read_request(fd, &rq)) {
        sb_route(&rq, &r);
        if (!r.never && !r.hang_up)
            send_reply(fd, a, &r);
        if (!r.never)
            shutdown(fd, SHUT_WR);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        while (poll(&p, 1, 60000) == 1 && recv(fd, rest, sizeof rest, 0) > 0)
            ; /* until the caller closes, so that a reset does not eat the answer */
    }
    close(fd);
    arena_free(a);
    atomic_fetch_sub(&live, 1);
    return NULL;
}

static void *accept_http(void *arg)
{
    int fd;
    (void)arg;
    while ((fd = accept4(http_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == ECONNABORTED || errno == EINTR) {
        pthread_t t;
        if (fd < 0)
            continue;
        atomic_fetch_add(&live, 1);
        if (pthread_create(&t, NULL, serve_one, (void *)(intptr_t)fd) == 0) {
            pthread_detach(t);
        } else {
            atomic_fetch_sub(&live, 1);
            close(fd);
        }
    }
    return NULL;
}

static int listen_on(int port, int *got)
{
    struct sockaddr_in sa = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    socklen_t n = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&sa, n) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&sa, &n) != 0) {
        perror("anju-sandbox: listen");
        close(fd);
        return -1;
    }
    *got = ntohs(sa.sin_port);
    return fd;
}

bool sandbox_start(const struct sb_config *c, int *port, int *smtp_port)
{
    sb = *c;
    if (!nt_keys_open() || !pb_open(c->state_file)) {
        fprintf(stderr, "anju-sandbox: keys or state file\n");
        return false;
    }
    pb_set.scale = c->scale > 0 ? c->scale : 1;
    http_fd = listen_on(c->port, port);
    smtp_fd = http_fd < 0 ? -1 : listen_on(c->smtp_port, smtp_port);
    return smtp_fd >= 0 && nt_start() && pthread_create(&http_thread, NULL, accept_http, NULL) == 0 &&
           pthread_create(&smtp_thread, NULL, smtp_serve, (void *)(intptr_t)smtp_fd) == 0;
}

void sandbox_stop(void)
{
    storm_stop();
    shutdown(http_fd, SHUT_RDWR);
    shutdown(smtp_fd, SHUT_RDWR);
    pthread_join(http_thread, NULL);
    pthread_join(smtp_thread, NULL);
    nt_stop();
    for (int i = 0; i < 2000 && atomic_load(&live) > 0; i++)
        usleep(1000);
    close(http_fd);
    close(smtp_fd);
    sb_reset();
    bill_forget();
    pb_close();
    nt_keys_close();
}
