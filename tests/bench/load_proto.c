/* load_proto.c - HTTP/1.1 and WebSocket over a link. See load.h. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- HTTP ---- */

static const char *header_of(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strstr(head, "\r\n"); p && p[2] != '\r'; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, n) == 0 && p[2 + n] == ':')
            return p + 3 + n + strspn(p + 3 + n, " ");
    return NULL;
}

static void http_arrived(struct link *l)
{
    struct http_client *c = l->owner;
    char *end = strstr(l->in.p, "\r\n\r\n");
    if (!end)
        return;
    const char *length = header_of(l->in.p, "content-length"), *connection = header_of(l->in.p, "connection");
    size_t head = (size_t)(end - l->in.p) + 4, body = length ? (size_t)strtoul(length, NULL, 10) : 0;
    if (l->in.n < head + body)
        return;
    if (l->in.n > head + body || !c->waiting)
        give_up("more bytes than one answer: %.80s", l->in.p);
    int status = atoi(l->in.p + 9);
    bool last = connection && strncasecmp(connection, "close", 5) == 0;
    struct bytes whole = l->in; /* the callback may send the next request */
    l->in = (struct bytes){NULL, 0, 0};
    if (last) {
        c->link = NULL;
        link_close(l);
    }
    c->waiting = false;
    c->answer(c, status, whole.p + head, body);
    free(whole.p);
}

static void http_ended(struct link *l)
{
    struct http_client *c = l->owner;
    c->link = NULL;
    if (c->waiting)
        give_up("the server hung up on a request: %.60s", c->request);
}

void http_send(struct http_client *c, const char *method, const char *path, const char *token, const char *idempotency,
               const char *body)
{
    int n = snprintf(c->request, sizeof c->request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s%s%s%s%s", method, path,
                     token ? "Authorization: Bearer " : "", token ? token : "", token ? "\r\n" : "",
                     idempotency ? "Idempotency-Key: " : "", idempotency ? idempotency : "", idempotency ? "\r\n" : "");
    if (body)
        n += snprintf(c->request + n, sizeof c->request - (size_t)n,
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    n += snprintf(c->request + n, sizeof c->request - (size_t)n, "\r\n%s", body ? body : "");
    c->len = (size_t)n;
    c->waiting = true;
    if (!c->link)
        c->link = link_open(http_arrived, http_ended, c);
    c->sent_us = clock_mono_us();
    link_send(c->link, c->request, c->len);
}

/* ---- WebSocket ---- */

static void frame(struct ws_client *c, unsigned opcode, const char *p, size_t n)
{
    unsigned char head[8] = {(unsigned char)(0x80 | opcode), (unsigned char)(0x80 | (n < 126 ? n : 126))};
    size_t h = 2;
    if (n >= 126) {
        head[h++] = (unsigned char)(n >> 8);
        head[h++] = (unsigned char)n;
    }
    char whole[8 + 1024];
    if (n > 1024)
        give_up("frame too long");
    memset(head + h, 0, 4); /* mask 0: the bytes as they are */
    memcpy(whole, head, h + 4);
    memcpy(whole + h + 4, p, n);
    link_send(c->link, whole, h + 4 + n);
}

static bool upgraded(struct ws_client *c)
{
    struct link *l = c->link;
    char *end = strstr(l->in.p, "\r\n\r\n");
    if (!end)
        return false;
    if (strncmp(l->in.p, "HTTP/1.1 101", 12) != 0)
        give_up("no WebSocket: %.100s", l->in.p);
    c->up = true;
    link_eat(l, (size_t)(end - l->in.p) + 4);
    c->opened(c);
    return true;
}

/* One whole frame from the input; false: not yet there. */
static bool take_frame(struct ws_client *c)
{
    struct link *l = c->link;
    const unsigned char *p = (const unsigned char *)l->in.p;
    if (l->in.n < 2)
        return false;
    size_t n = p[1] & 0x7Fu, h = 2;
    if (n == 126) {
        if (l->in.n < 4)
            return false;
        n = (size_t)(p[2] << 8 | p[3]);
        h = 4;
    }
    if (l->in.n < h + n)
        return false;
    char *text = l->in.p + h, kept = text[n];
    unsigned op = p[0] & 0x0Fu;
    if (op == 8)
        give_up("socket closed by the server: %d %.60s", n >= 2 ? p[h] << 8 | p[h + 1] : 0, n > 2 ? text + 2 : "");
    if (op == 9)
        frame(c, 10, text, n);
    text[n] = '\0';
    if (op == 1)
        c->message(c, text, n);
    text[n] = kept;
    link_eat(l, h + n);
    return true;
}

static void ws_arrived(struct link *l)
{
    struct ws_client *c = l->owner;
    if (!c->up && !upgraded(c))
        return;
    while (l->in.n && take_frame(c))
        ;
}

static void ws_ended(struct link *l)
{
    (void)l;
    give_up("a socket broke");
}

void ws_open(struct ws_client *c)
{
    static const char request[] =
        "GET /live/v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: YW5qdS1iZW5jaC1zb2NrZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: push\r\n\r\n";
    c->link = link_open(ws_arrived, ws_ended, c);
    link_send(c->link, request, sizeof request - 1);
}

void ws_say(struct ws_client *c, const char *text)
{
    frame(c, 1, text, strlen(text));
}
