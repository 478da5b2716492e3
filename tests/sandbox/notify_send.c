/* notify_send.c - one notice over HTTP. A certificate nobody vouches for is accepted on loopback, where the demo's server
 * has made its own, and nowhere else. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "platform/http_out.h"
#include "sandbox/notify.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 5000 /* what WeChat waits */

struct nt_client {
    CURL *curl;
};

struct nt_client *nt_client_new(void)
{
    struct nt_client *c = calloc(1, sizeof *c);
    if (c)
        c->curl = curl_easy_init();
    if (!c || !c->curl)
        abort();
    return c;
}

void nt_client_free(struct nt_client *c)
{
    curl_easy_cleanup(c->curl);
    free(c);
}

static size_t on_body(char *p, size_t one, size_t n, void *arg)
{
    struct nt_result *r = arg;
    size_t have = strlen(r->body), room = sizeof r->body - 1 - have, len = one * n;
    memcpy(r->body + have, p, len < room ? len : room);
    return len;
}

static void call(CURL *h, const struct nt_notice *n, const struct nt_wire *w, struct nt_result *out)
{
    struct arena *a = arena_new(0);
    bool own = url_is_loopback(n->url);
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    list = curl_slist_append(list, arena_printf(a, "Content-Type: %s", w->type));
    list = curl_slist_append(list, "User-Agent: Mozilla/4.0");
    for (size_t i = 0; i < w->nheader; i++)
        list = curl_slist_append(list, arena_printf(a, "%s: %s", w->header[i].name, w->header[i].value));
    curl_easy_reset(h); /* keeps the connection */
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_URL, n->url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, own ? "http,https" : "https");
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, own ? 0L : 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, own ? 0L : 2L);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)WAIT_MS);
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)w->len);
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, w->body);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, out);
    long status = 0;
    if (list && curl_easy_perform(h) == CURLE_OK)
        curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    curl_slist_free_all(list);
    arena_free(a);
}

/* WeChat looks at the status only; Alipay wants exactly seven letters. */
static bool accepted(enum pb_channel c, const struct nt_result *r)
{
    return c == PB_WECHAT ? r->status == 200 || r->status == 204 : r->status == 200 && str_eq(r->body, "success");
}

void nt_send(struct nt_client *c, const struct nt_notice *n, enum nt_kind kind, struct nt_result *out)
{
    struct arena *a = arena_new(0);
    struct nt_wire w;
    *out = (struct nt_result){0};
    nt_wire(a, n, kind, &w);
    int64_t start = clock_mono_us();
    call(c->curl, n, &w, out);
    out->us = clock_mono_us() - start;
    out->taken = accepted(n->channel, out);
    arena_free(a);
}
