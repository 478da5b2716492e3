/* http_out.c - outgoing HTTP by libcurl, one easy handle a thread. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/http_out_impl.h"
#include "platform/metrics.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define MAX_HEADERS      64
#define MAX_HEADER_BYTES (32 * 1024)

static char ca_path[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t handle_key;

static void drop_handle(void *p)
{
    curl_easy_cleanup(p);
}

static void init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    pthread_key_create(&handle_key, drop_handle);
}

void http_out_init(const char *ca_file)
{
    pthread_once(&once, init);
    snprintf(ca_path, sizeof ca_path, "%s", ca_file ? ca_file : "");
}

CURL *out_handle(void)
{
    pthread_once(&once, init);
    CURL *h = pthread_getspecific(handle_key);
    if (!h) {
        h = curl_easy_init();
        if (!h)
            return NULL;
        pthread_setspecific(handle_key, h);
    }
    curl_easy_reset(h); /* keeps connections and TLS sessions */
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_PROXY, ""); /* the environment does not choose where we connect */
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)OUT_CONNECT_MS);
    if (*ca_path)
        curl_easy_setopt(h, CURLOPT_CAINFO, ca_path);
    return h;
}

/* A line break in a header would let a value write headers of its own. */
bool out_text_safe(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7F)
            return false;
    return true;
}

struct answer {
    struct arena *arena;
    struct buf body;
    const char *line[MAX_HEADERS + 1];
    size_t nline, header_bytes, max_body;
    bool too_large;
};

static size_t on_body(char *p, size_t one, size_t n, void *arg)
{
    struct answer *w = arg;
    n *= one;
    if (w->body.n + n > w->max_body) {
        w->too_large = true;
        return 0;
    }
    buf_add(&w->body, p, n);
    return n;
}

static size_t on_header(char *p, size_t one, size_t n, void *arg)
{
    struct answer *w = arg;
    n *= one;
    w->header_bytes += n;
    if (w->header_bytes > MAX_HEADER_BYTES || w->nline >= MAX_HEADERS) {
        w->too_large = true;
        return 0;
    }
    size_t len = n;
    while (len && (p[len - 1] == '\r' || p[len - 1] == '\n'))
        len--;
    if (len > 5 && memcmp(p, "HTTP/", 5) == 0)
        w->nline = 0; /* 100 Continue and the like come first */
    else if (len)
        w->line[w->nline++] = arena_strndup(w->arena, p, len);
    return n;
}

const char *out_header(const struct out_reply *r, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; r->headers && r->headers[i]; i++)
        if (strncasecmp(r->headers[i], name, n) == 0 && r->headers[i][n] == ':') {
            const char *v = r->headers[i] + n + 1;
            return v + strspn(v, " \t");
        }
    return NULL;
}

static bool acceptable(const struct out_request *rq)
{
    if (!rq->url || !rq->method || strspn(rq->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(rq->method) ||
        !out_text_safe(rq->url) || strchr(rq->url, ' '))
        return false;
    for (size_t i = 0; rq->headers && rq->headers[i]; i++)
        if (!out_text_safe(rq->headers[i]) || !strchr(rq->headers[i], ':'))
            return false;
    return str_starts(rq->url, "https://") || (str_starts(rq->url, "http://") && url_is_loopback(rq->url));
}

static struct curl_slist *header_list(const struct out_request *rq)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list && rq->headers && rq->headers[i]; i++) {
        struct curl_slist *more = curl_slist_append(list, rq->headers[i]);
        if (!more) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = more;
    }
    return list;
}

/* After the name was resolved, so that no name leads inside. */
static curl_socket_t open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)arg;
    (void)purpose;
    return out_is_public(&to->addr) ? socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol) : CURL_SOCKET_BAD;
}

static CURLcode perform(CURL *h, const struct out_request *rq, struct answer *w)
{
    bool reads = str_eq(rq->method, "GET") || str_eq(rq->method, "HEAD");
    struct curl_slist *list = header_list(rq);
    if (!list)
        return CURLE_OUT_OF_MEMORY;
    curl_easy_setopt(h, CURLOPT_URL, rq->url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, str_starts(rq->url, "https:") ? "https" : "http");
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(rq->timeout_ms > 0 ? rq->timeout_ms : 5000));
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, w);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, w);
    if (str_eq(rq->method, "HEAD"))
        curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
    if (rq->public_only) {
        curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_public);
        curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L); /* a kept connection has not been looked at */
    }
    if (rq->body) {
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body_len);
        curl_easy_setopt(h, CURLOPT_POSTFIELDS, rq->body);
    }
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, rq->method);
    /* When a kept connection turns out to be dead, curl silently sends again; what pays or texts must not be. */
    if (!reads)
        curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
    CURLcode rc = curl_easy_perform(h);
    curl_slist_free_all(list);
    return rc;
}

void (*http_out_test_hook)(const char *where);

static void hook(const char *where)
{
    if (http_out_test_hook)
        http_out_test_hook(where);
}

enum err http_out(struct arena *a, const struct out_request *rq, struct out_reply *out)
{
    static struct metric
        good = {.name = "anju_outside_calls_total", .help = "Outgoing calls.", .label = "result=\"ok\""},
        bad = {.name = "anju_outside_calls_total", .help = "Outgoing calls.", .label = "result=\"error\""},
        took = {.name = "anju_outside_call_seconds", .help = "Time of outgoing calls.", .kind = METRIC_HISTOGRAM};
    *out = (struct out_reply){.body = "", .content_type = ""};
    if (!acceptable(rq)) {
        log_error("outside.refused_address", L_I("bytes", rq->url ? strlen(rq->url) : 0));
        return ERR_INTERNAL;
    }
    CURL *h = circuit_enter(rq->url, rq->public_only) ? out_handle() : NULL;
    if (!h)
        return ERR_UPSTREAM;
    struct answer *w = arena_alloc(a, sizeof *w);
    w->arena = a;
    w->max_body = rq->max_body ? rq->max_body : 1 << 20;
    buf_init(&w->body, a);
    int64_t start = clock_mono_us();
    hook("call.before");
    CURLcode rc = perform(h, rq, w);
    hook("call.after");
    long status = 0, sent = 0;
    char *type = NULL;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(h, CURLINFO_REQUEST_SIZE, &sent);
    curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
    circuit_leave(rq->url, rq->public_only, rc == CURLE_OK && status < 500);
    metric_time(&took, clock_mono_us() - start);
    metric_add(rc == CURLE_OK ? &good : &bad, 1);
    if (rc != CURLE_OK) {
        log_warn("outside.failed", L_S("why", w->too_large ? "answer too large" : curl_easy_strerror(rc)),
                 L_I("curl", rc), L_I("sent", sent));
        return sent > 0 ? ERR_TIMEOUT : ERR_UPSTREAM;
    }
    out->status = (int)status;
    out->body = buf_cstr(&w->body);
    out->len = w->body.n;
    out->content_type = type ? arena_strdup(a, type) : "";
    out->headers = w->line;
    return OK;
}
