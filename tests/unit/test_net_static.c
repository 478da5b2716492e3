/* test_net_static.c - the table of static files. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/net/static.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h> /* wants the four standard ones before it */

static char dir[64];
static const char *const files[] = {"index.html",         "app.js",  "app.js.gz",     "app.js.br",     "sub/index.html",
                                    "sub/x-AbCd1234.css", ".hidden", "a.Du_-nTXR.js", "a-foo-barr.js", "a-wordword.js"};

static const char *in_dir(char out[256], const char *name)
{
    snprintf(out, 256, "%s/%s", dir, name);
    return out;
}

static int set_up(void **unused)
{
    (void)unused;
    char path[256];
    strcpy(dir, "/tmp/static-test-XXXXXX");
    if (!mkdtemp(dir) || mkdir(in_dir(path, "sub"), 0700) != 0)
        return -1;
    for (size_t i = 0; i < COUNT(files); i++) {
        FILE *f = fopen(in_dir(path, files[i]), "w");
        if (!f)
            return -1;
        fputs(files[i], f);
        fclose(f);
    }
    return symlink("/etc/passwd", in_dir(path, "link")) || !static_load(dir, "/console/");
}

static int tear_down(void **unused)
{
    (void)unused;
    char path[256];
    static_free();
    for (size_t i = 0; i < COUNT(files); i++)
        unlink(in_dir(path, files[i]));
    unlink(in_dir(path, "link"));
    rmdir(in_dir(path, "sub"));
    return rmdir(dir);
}

static const char *reply_header(const struct http_reply *r, const char *name)
{
    for (size_t i = 0; i < r->nheader; i++)
        if (strcmp(r->header[i].name, name) == 0)
            return r->header[i].value;
    return NULL;
}

static bool serve(struct arena *a, const char *path, const char *accept, const char *match, struct http_reply *r)
{
    struct http_request rq = {.arena = a, .method = M_GET, .path = path, .query = "", .host = "h"};
    rq.header[H_ACCEPT_ENCODING] = accept;
    rq.header[H_IF_NONE_MATCH] = match;
    return static_serve(&rq, r);
}

static void test_look_up(void **unused)
{
    (void)unused;
    static const struct {
        const char *path;
        int status; /* 0: not ours */
    } t[] = {
        {"/console/",                     200},
        {"/console/index.html",           200},
        {"/console/sub/",                 200},
        {"/console/sub",                  308},
        {"/console/app.js",               200},
        {"/console",                      308},
        {"/",                             0  },
        {"/console/app.js/",              0  },
        {"/console/.hidden",              0  },
        {"/console/link",                 0  },
        {"/console/../console/app.js",    0  },
        {"/console/sub/../../etc/passwd", 0  },
        {"/console/app.js.gz",            0  },
        {"/Console/app.js",               0  },
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        struct arena *a = arena_new(0);
        struct http_reply r = {0};
        bool ours = serve(a, t[i].path, NULL, NULL, &r);
        if (ours != (t[i].status != 0) || (ours && r.status != t[i].status))
            fail_msg("%s: %d", t[i].path, ours ? r.status : 0);
        arena_free(a);
    }
}

static void test_coding(void **unused)
{
    (void)unused;
    static const struct {
        const char *accept, *want;
    } t[] = {
        {NULL,                 NULL  },
        {"gzip, deflate, br",  "br"  },
        {"gzip",               "gzip"},
        {"br;q=0, gzip",       "gzip"},
        {"br;q=0.0, gzip;q=0", NULL  },
        {"br;q=0.5",           "br"  },
        {"brotli, gzippy",     NULL  },
        {"GZIP",               "gzip"},
        {"",                   NULL  },
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        struct arena *a = arena_new(0);
        struct http_reply r;
        assert_true(serve(a, "/console/app.js", t[i].accept, NULL, &r));
        const char *got = reply_header(&r, "content-encoding");
        if (!str_eq(got, t[i].want))
            fail_msg("%s: %s", t[i].accept ? t[i].accept : "-", got ? got : "-");
        assert_string_equal(reply_header(&r, "vary"), "accept-encoding");
        arena_free(a);
    }
}

static void test_etag(void **unused)
{
    (void)unused;
    struct arena *a = arena_new(0);
    struct http_reply r, again;
    assert_true(serve(a, "/console/app.js", NULL, NULL, &r));
    const char *etag = reply_header(&r, "etag");
    assert_true(serve(a, "/console/app.js", NULL, arena_printf(a, "\"no\", %s", etag), &again));
    assert_int_equal(again.status, 304);
    assert_int_equal(again.len, 0);
    assert_true(serve(a, "/console/app.js", "br", etag, &again));
    assert_int_equal(again.status, 200); /* another form, another tag */
    assert_true(serve(a, "/console/sub/x-AbCd1234.css", NULL, NULL, &r));
    assert_non_null(strstr(reply_header(&r, "cache-control"), "immutable"));
    assert_true(serve(a, "/console/a.Du_-nTXR.js", NULL, NULL, &r));
    assert_non_null(strstr(reply_header(&r, "cache-control"), "immutable"));
    assert_true(serve(a, "/console/a-foo-barr.js", NULL, NULL, &r));
    assert_string_equal(reply_header(&r, "cache-control"), "no-cache");
    assert_true(serve(a, "/console/a-wordword.js", NULL, NULL, &r));
    assert_string_equal(reply_header(&r, "cache-control"), "no-cache");
    assert_true(serve(a, "/console/", NULL, NULL, &r));
    assert_string_equal(reply_header(&r, "cache-control"), "no-cache");
    assert_non_null(strstr(reply_header(&r, "content-security-policy"), "connect-src 'self' wss://h;"));
    arena_free(a);
}

/* Runs last: it adds to the table. */
static void test_root_leads_to_the_residents(void **unused)
{
    (void)unused;
    struct arena *a = arena_new(0);
    struct http_reply r = {0};
    assert_false(serve(a, "/", NULL, NULL, &r));
    assert_true(static_load(dir, "/m/"));
    assert_true(serve(a, "/", NULL, NULL, &r));
    assert_int_equal(r.status, 302);
    assert_string_equal(reply_header(&r, "location"), "/m/");
    assert_true(serve(a, "/m/", NULL, NULL, &r));
    assert_non_null(strstr(reply_header(&r, "permissions-policy"), "camera=(self), geolocation=(self)"));
    assert_true(serve(a, "/console/", NULL, NULL, &r));
    assert_non_null(strstr(reply_header(&r, "permissions-policy"), "camera=(), geolocation=()"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_look_up), cmocka_unit_test(test_coding),
                                       cmocka_unit_test(test_etag), cmocka_unit_test(test_root_leads_to_the_residents)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
