/* test_http_out.c - against a small local server that misbehaves on request. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "platform/http_out_impl.h"
#include <arpa/inet.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *a;
static int http_port, smtp_port, http_fd, smtp_fd;
static atomic_int requests;
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static char seen_request[8192], seen_mail[16384]; /* written by the server threads before they answer */
static _Atomic(const char *) smtp_mode = "ok";

static int listen_on(int *port)
{
    struct sockaddr_in sa = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)*port)};
    socklen_t n = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
    assert_int_equal(listen(fd, 16), 0);
    getsockname(fd, (struct sockaddr *)&sa, &n);
    *port = ntohs(sa.sin_port);
    return fd;
}

static const char *copy_of(const char *seen)
{
    pthread_mutex_lock(&seen_lock);
    const char *copy = arena_strdup(a, seen);
    pthread_mutex_unlock(&seen_lock);
    return copy;
}

static void say(int fd, const char *s)
{
    ssize_t n = send(fd, s, strlen(s), MSG_NOSIGNAL);
    (void)n;
}

static void answer(int fd, const char *path)
{
    if (str_eq(path, "/ok")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Seen: yes\r\nContent-Length: 5\r\n\r\nhello");
    } else if (str_eq(path, "/truncated")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
    } else if (str_eq(path, "/chunk")) {
        say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    } else if (str_eq(path, "/oversize")) {
        char kb[1025];
        memset(kb, 'x', 1024);
        kb[1024] = '\0';
        say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        for (int i = 0; i < 2048; i++)
            say(fd, kb);
    } else if (str_eq(path, "/headers")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
        for (int i = 0; i < 200; i++)
            say(fd, "X-Many: 1\r\n");
        say(fd, "\r\n");
    } else if (str_eq(path, "/redirect")) {
        say(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
    } else if (str_eq(path, "/slow")) {
        usleep(700000);
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    } else if (str_eq(path, "/500")) {
        say(fd, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    } else if (str_eq(path, "/rubbish")) {
        say(fd, "SSH-2.0-x\r\n\r\n");
    } /* "/hangup": nothing at all */
}

static void *serve_http(void *arg)
{
    int fd;
    (void)arg;
    while ((fd = accept(http_fd, NULL, NULL)) >= 0) {
        char rq[8192], path[256] = "";
        size_t n = 0, need = 0;
        for (;;) {
            ssize_t got = recv(fd, rq + n, sizeof rq - 1 - n, 0);
            if (got <= 0)
                break;
            n += (size_t)got;
            rq[n] = '\0';
            char *end = strstr(rq, "\r\n\r\n"), *len = strcasestr(rq, "content-length:");
            if (end) {
                need = (size_t)(end + 4 - rq) + (len && len < end ? (size_t)atol(len + 15) : 0);
                if (n >= need)
                    break;
            }
        }
        if (need) {
            sscanf(rq, "%*s %255s", path);
            pthread_mutex_lock(&seen_lock);
            memcpy(seen_request, rq, n + 1);
            pthread_mutex_unlock(&seen_lock);
            atomic_fetch_add(&requests, 1);
            answer(fd, path);
        }
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    return NULL;
}

/* Line by line; in DATA until the lone dot. */
static void *serve_smtp(void *arg)
{
    int fd;
    (void)arg;
    while ((fd = accept(smtp_fd, NULL, NULL)) >= 0) {
        FILE *f = fdopen(fd, "r+");
        char line[2048];
        bool data = false;
        size_t n = 0;
        const char *mode = atomic_load(&smtp_mode);
        say(fd, "220 test\r\n");
        while (fgets(line, sizeof line, f)) {
            if (data && strcmp(line, ".\r\n") != 0) {
                pthread_mutex_lock(&seen_lock);
                n += (size_t)snprintf(seen_mail + n, sizeof seen_mail - n, "%s", line);
                pthread_mutex_unlock(&seen_lock);
                continue;
            }
            if (data && str_eq(mode, "hangup"))
                break;
            if (data)
                say(fd, str_eq(mode, "spam") ? "554 no\r\n" : "250 taken\r\n");
            else if (str_starts(line, "EHLO"))
                say(fd, "250-test\r\n250 AUTH PLAIN LOGIN\r\n");
            else if (str_starts(line, "AUTH"))
                say(fd, "334 \r\n");
            else if (str_starts(line, "AG1l")) /* \0me... */
                say(fd, str_eq(mode, "auth") ? "535 wrong\r\n" : "235 ok\r\n");
            else if (str_starts(line, "RCPT"))
                say(fd, str_eq(mode, "grey")   ? "451 later\r\n"
                        : str_eq(mode, "none") ? "550 nobody\r\n"
                                               : "250 ok\r\n");
            else if (str_starts(line, "DATA"))
                say(fd, "354 go\r\n");
            else if (str_starts(line, "QUIT"))
                break;
            else
                say(fd, "250 ok\r\n");
            data = str_starts(line, "DATA");
        }
        fclose(f);
    }
    return NULL;
}

static enum err call_with(const char *method, const char *path, const char *const *headers, const char *body,
                          struct out_reply *r)
{
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", http_port, path);
    struct out_request rq = {.method = method,
                             .url = url,
                             .headers = headers,
                             .body = body,
                             .body_len = body ? strlen(body) : 0,
                             .timeout_ms = 400};
    return http_out(a, &rq, r);
}

static enum err call(const char *path, struct out_reply *r)
{
    return call_with("GET", path, NULL, NULL, r);
}

static void good(void **state)
{
    (void)state;
    struct out_reply r;
    assert_int_equal(call("/ok", &r), OK);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "hello");
    assert_int_equal(r.len, 5);
    assert_string_equal(r.content_type, "text/plain");
    assert_string_equal(out_header(&r, "x-seen"), "yes");
    assert_null(out_header(&r, "x-see"));
    static const char *const headers[] = {"Content-Type: application/json", "X-Own: a b", NULL};
    assert_int_equal(call_with("POST", "/ok", headers, "{\"a\":1}", &r), OK);
    assert_true(str_starts(copy_of(seen_request), "POST /ok HTTP/1.1\r\n"));
    assert_non_null(strstr(copy_of(seen_request), "\r\nX-Own: a b\r\n"));
    assert_non_null(strstr(copy_of(seen_request), "\r\n\r\n{\"a\":1}"));
    assert_null(strcasestr(copy_of(seen_request), "expect:"));
    assert_int_equal(call_with("DELETE", "/ok", NULL, NULL, &r), OK);
    assert_true(str_starts(copy_of(seen_request), "DELETE /ok"));
    assert_int_equal(call_with("POST", "/ok", NULL, "", &r), OK);
    assert_non_null(strstr(copy_of(seen_request), "Content-Length: 0\r\n"));
    assert_int_equal(call("/a/../ok", &r), ERR_TIMEOUT); /* sent as written */
    assert_true(str_starts(copy_of(seen_request), "GET /a/../ok"));
}

static void bad(void **state)
{
    (void)state;
    struct out_reply r;
    static const char *const broken[] = {"/truncated", "/chunk",  "/oversize", "/headers",
                                         "/slow",      "/hangup", "/rubbish"};
    for (size_t i = 0; i < COUNT(broken); i++) {
        int before = atomic_load(&requests);
        if (call(broken[i], &r) != ERR_TIMEOUT)
            fail_msg("%s", broken[i]);
        assert_string_equal(r.body, "");
        assert_int_equal(call("/ok", &r), OK); /* keeps the circuit open and the handle usable */
        if (!str_eq(broken[i], "/slow"))
            assert_int_equal(atomic_load(&requests), before + 2); /* nothing was sent twice */
    }
    assert_int_equal(call("/redirect", &r), OK);
    assert_int_equal(r.status, 302); /* not followed */
    assert_int_equal(call("/ok", &r), OK);
}

static void injection(void **state)
{
    (void)state;
    struct out_reply r;
    int before = atomic_load(&requests);
    static const char *const header[][2] = {
        {"X: a\r\nY: b", NULL},
        {"X: a\nY",      NULL},
        {"no-colon",     NULL},
        {"X: \x7f",      NULL}
    };
    for (size_t i = 0; i < COUNT(header); i++)
        assert_int_equal(call_with("GET", "/ok", header[i], NULL, &r), ERR_INTERNAL);
    assert_int_equal(call("/ok\r\nX: 1", &r), ERR_INTERNAL);
    assert_int_equal(call("/o k", &r), ERR_INTERNAL);
    assert_int_equal(call_with("GET /x", "/ok", NULL, NULL, &r), ERR_INTERNAL);
    static const char *const url[] = {"http://example.com/",
                                      "ftp://127.0.0.1/",
                                      "file:///etc/passwd",
                                      "http://127.0.0.1@example.com/",
                                      "http://127.0.0.1.example.com/",
                                      "http://example.com\\@127.0.0.1/",
                                      "gopher://127.0.0.1/",
                                      "",
                                      "HTTP://x/"};
    for (size_t i = 0; i < COUNT(url); i++) {
        struct out_request rq = {.method = "GET", .url = url[i]};
        if (http_out(a, &rq, &r) != ERR_INTERNAL)
            fail_msg("%s", url[i]);
    }
    assert_int_equal(atomic_load(&requests), before);
}

static void loopback(void **state)
{
    (void)state;
    static const char *const yes[] = {"http://127.0.0.1", "http://127.9.9.9:1/x", "http://localhost/",
                                      "http://[::1]:80/", "smtp://127.0.0.1:25"};
    static const char *const no[] = {"http://128.0.0.1",
                                     "http://127.0.0.1.a",
                                     "http://localhost.a",
                                     "http://[::2]/",
                                     "http://[::1]a/",
                                     "127.0.0.1",
                                     "http://",
                                     "http://a@127.0.0.1/",
                                     "http://0x7f.1/",
                                     "http://127.1/",
                                     NULL};
    for (size_t i = 0; i < COUNT(yes); i++)
        assert_true(url_is_loopback(yes[i]));
    for (size_t i = 0; i < COUNT(no); i++)
        assert_false(url_is_loopback(no[i]));
    assert_string_equal(out_escape(a, "a b*~/安+"), "a%20b%2A~%2F%E5%AE%89%2B");
}

static void circuit(void **state)
{
    (void)state;
    struct out_reply r;
    int port = 0, fd = listen_on(&port), calls = 0;
    char url[64];
    close(fd);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", port);
    struct out_request rq = {.method = "GET", .url = url, .timeout_ms = 400};
    circuit_open_ms = 300;
    for (int i = 0; i < 5; i++)
        assert_int_equal(http_out(a, &rq, &r), ERR_UPSTREAM); /* refused: nothing was sent */
    fd = listen_on(&port);
    assert_int_equal(http_out(a, &rq, &r), ERR_UPSTREAM); /* the circuit is open: no connection is made */
    usleep(350000);
    assert_int_equal(http_out(a, &rq, &r), ERR_TIMEOUT); /* the one probe, not answered */
    assert_int_equal(http_out(a, &rq, &r), ERR_UPSTREAM);
    close(fd);
    for (int i = 0; i < 5; i++)
        calls += call("/500", &r) == OK;
    assert_int_equal(calls, 5);
    assert_int_equal(call("/ok", &r), ERR_UPSTREAM); /* answers of 5xx count too */
    usleep(350000);
    assert_int_equal(call("/ok", &r), OK);
    assert_int_equal(call("/ok", &r), OK);
    circuit_open_ms = 10000;
}

/* A webhook that names our own gateway must not close it off for everybody. */
static void users_addresses_close_off_nothing_of_ours(void **state)
{
    (void)state;
    struct out_reply r;
    char url[64];
    assert_int_equal(call("/ok", &r), OK);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", http_port);
    struct out_request rq = {.method = "POST", .url = url, .timeout_ms = 400, .public_only = true};
    for (int i = 0; i < 6; i++)
        assert_int_equal(http_out(a, &rq, &r), ERR_UPSTREAM); /* not public: no connection is made */
    for (int i = 0; i < 40; i++) {
        snprintf(url, sizeof url, "http://127.0.0.1:%d/", 1000 + i);
        assert_int_equal(http_out(a, &rq, &r), ERR_UPSTREAM); /* more hosts than there are places */
    }
    assert_int_equal(call("/ok", &r), OK);
}

static enum err send_mail(const char *subject, const char *text, const char *user, int *code)
{
    char url[64];
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", smtp_port);
    struct out_mail m = {.url = url,
                         .user = user,
                         .pass = "pw",
                         .from = "noreply@anju.example",
                         .to = "owner@a.example",
                         .subject = subject,
                         .text = text,
                         .message_id = "m-1"};
    pthread_mutex_lock(&seen_lock);
    memset(seen_mail, 0, sizeof seen_mail);
    pthread_mutex_unlock(&seen_lock);
    return mail_out(a, &m, code);
}

static void mail(void **state)
{
    (void)state;
    int code = 0;
    assert_int_equal(send_mail("Hello\r\nBcc: all@example.com", ".line\n..\n", NULL, &code), OK);
    assert_int_equal(code, 250);
    assert_non_null(strstr(copy_of(seen_mail), "Subject: Hello  Bcc: all@example.com\r\n"));
    assert_null(strstr(copy_of(seen_mail), "\nBcc:"));
    assert_non_null(strstr(copy_of(seen_mail), "Message-ID: <m-1@anju.example>\r\n"));
    assert_non_null(strstr(copy_of(seen_mail), " +0800\r\n"));
    assert_non_null(strstr(copy_of(seen_mail), "\r\n\r\nLmxpbmUKLi4K\r\n"));
    struct buf b;
    buf_init(&b, a);
    for (int i = 0; i < 40; i++)
        buf_str(&b, "物业费催缴");
    assert_int_equal(send_mail(buf_cstr(&b), "正文", "me", &code), OK);
    struct buf back; /* every encoded word decodes on its own to whole code points */
    buf_init(&back, a);
    const char *mail_text = copy_of(seen_mail);
    for (char *w = strstr(mail_text, "=?UTF-8?B?"); w; w = strstr(w + 1, "=?UTF-8?B?")) {
        char *end = strstr(w + 10, "?=");
        size_t n = 0;
        assert_true(end + 2 - w <= 75);
        char *part = b64_decode(a, arena_strndup(a, w + 10, (size_t)(end - w - 10)), &n);
        assert_non_null(part);
        assert_true(utf8_valid(part, n));
        buf_add(&back, part, n);
    }
    assert_string_equal(buf_cstr(&back), buf_cstr(&b));
    static const struct {
        const char *mode;
        enum err e;
        int code;
    } c[] = {
        {"grey",   ERR_UPSTREAM, 451},
        {"none",   ERR_UPSTREAM, 550},
        {"spam",   ERR_UPSTREAM, 554},
        {"auth",   ERR_UPSTREAM, 535},
        {"hangup", ERR_TIMEOUT,  354}
    };
    for (size_t i = 0; i < COUNT(c); i++) {
        atomic_store(&smtp_mode, c[i].mode);
        enum err e = send_mail("s", "t", "me", &code);
        if (e != c[i].e || (c[i].code != 354 && code != c[i].code))
            fail_msg("%s: %d %d", c[i].mode, (int)e, code);
    }
    atomic_store(&smtp_mode, "ok");
    struct out_mail m = {.url = "smtp://127.0.0.1:1",
                         .from = "a@b.c",
                         .to = "x@y.z>\r\nRCPT TO:<q@r.s",
                         .subject = "",
                         .text = "",
                         .message_id = "1"};
    assert_int_equal(mail_out(a, &m, &code), ERR_INTERNAL);
    m.to = "x@y.z";
    m.message_id = "1>\r\nX: y";
    assert_int_equal(mail_out(a, &m, &code), ERR_INTERNAL);
    m.message_id = "1";
    m.url = "http://127.0.0.1/";
    assert_int_equal(mail_out(a, &m, &code), ERR_INTERNAL);
}

static void *many(void *arg)
{
    (void)arg;
    struct arena *own = arena_new(0);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", http_port);
    struct out_request rq = {.method = "GET", .url = url, .timeout_ms = 5000};
    struct out_reply r;
    intptr_t n = 0;
    for (int i = 0; i < 20; i++)
        n += http_out(own, &rq, &r) == OK;
    arena_free(own);
    return (void *)n;
}

static void threads(void **state)
{
    (void)state;
    pthread_t t[8];
    for (size_t i = 0; i < COUNT(t); i++)
        pthread_create(&t[i], NULL, many, NULL);
    for (size_t i = 0; i < COUNT(t); i++) {
        void *n;
        pthread_join(t[i], &n);
        assert_int_equal((intptr_t)n, 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback), cmocka_unit_test(good),
        cmocka_unit_test(bad),      cmocka_unit_test(injection),
        cmocka_unit_test(circuit),  cmocka_unit_test(users_addresses_close_off_nothing_of_ours),
        cmocka_unit_test(mail),     cmocka_unit_test(threads)};
    pthread_t t;
    setenv("http_proxy", "http://127.0.0.1:9", 1); /* must not matter */
    http_out_init("");
    a = arena_new(0);
    http_fd = listen_on(&http_port);
    smtp_fd = listen_on(&smtp_port);
    pthread_create(&t, NULL, serve_http, NULL);
    pthread_detach(t);
    pthread_create(&t, NULL, serve_smtp, NULL);
    pthread_detach(t);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return rc;
}
