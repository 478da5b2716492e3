/* test_redis.c - against a real redis-server that the test starts, kills, empties. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/text.h"
#include "platform/redis/redis.h"
#include "platform/redis/redis_impl.h"
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/anju-redis-XXXXXX", sock_path[64], unix_url[80], tcp_url[64];
static int tcp_port;
static pid_t server;

static void pause_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

static int free_port(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
    getsockname(fd, (struct sockaddr *)&sa, &n);
    close(fd);
    return ntohs(sa.sin_port);
}

static void start(void)
{
    char port[16];
    snprintf(port, sizeof port, "%d", tcp_port);
    server = fork();
    if (server == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--unixsocket", sock_path,
               "--save", "", "--appendonly", "no", "--dir", dir, (char *)NULL);
        _exit(127);
    }
    assert_true(server > 0);
    struct rd_conn *c = rd_new(unix_url, 1000);
    for (int i = 0; i < 200 && !rd_up(c); i++)
        pause_ms(50);
    assert_true(rd_up(c));
    rd_free(c);
}

static void stop(int sig)
{
    if (server <= 0)
        return;
    kill(server, sig);
    waitpid(server, NULL, 0);
    server = 0;
}

static enum rd cmd(struct rd_conn *c, int64_t *i, char *text, size_t cap, const char *one, const char *two,
                   const char *three)
{
    const char *const argv[] = {one, two, three};
    return rd_cmd(c, three ? 3 : two ? 2 : 1, argv, i, text, cap);
}

static void urls(void **state)
{
    (void)state;
    struct rd_url u;
    assert_true(rd_url_parse("redis://me:pw@db.example:6380/3", &u));
    assert_string_equal(u.host, "db.example");
    assert_string_equal(u.user, "me");
    assert_string_equal(u.pass, "pw");
    assert_int_equal(u.port, 6380);
    assert_int_equal(u.db, 3);
    assert_true(rd_url_parse("redis://:a@b@h", &u));
    assert_string_equal(u.pass, "a@b");
    assert_string_equal(u.host, "h");
    assert_true(rd_url_parse("redis://[::1]:7/", &u));
    assert_string_equal(u.host, "::1");
    assert_int_equal(u.port, 7);
    assert_true(rd_url_parse("unix:/run/r.sock", &u));
    assert_string_equal(u.path, "/run/r.sock");
    static const char *const bad[] = {"",      "redis://",     "redis://h:0",    "redis://h:x",     "redis://h/x",
                                      "h:123", "redis://[::1", "redis://:70000", "redis://[::1]x:1"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(rd_url_parse(bad[i], &u));
}

static void commands(void **state)
{
    (void)state;
    const char *const url[] = {unix_url, tcp_url};
    for (size_t k = 0; k < 2; k++) {
        struct rd_conn *c = rd_new(url[k], 500);
        int64_t i = 0;
        char text[8];
        assert_int_equal(cmd(c, NULL, text, sizeof text, "SET", "k", "0123456789"), RD_OK);
        assert_int_equal(cmd(c, NULL, text, sizeof text, "GET", "k", NULL), RD_OK);
        assert_string_equal(text, "0123456");
        assert_int_equal(cmd(c, &i, NULL, 0, "GET", "none", NULL), RD_NIL);
        assert_int_equal(cmd(c, &i, NULL, 0, "DEL", "k", NULL), RD_OK);
        assert_int_equal(i, 1);
        assert_int_equal(cmd(c, &i, NULL, 0, "NOSUCH", NULL, NULL), RD_ERROR);
        assert_int_equal(rd_generation(c), 1);
        rd_free(c);
    }
    struct rd_conn *off = rd_new("", 500);
    bool allowed;
    int64_t retry;
    assert_false(rd_up(off));
    assert_int_equal(cmd(off, NULL, NULL, 0, "PING", NULL, NULL), RD_DOWN);
    assert_int_equal(rd_rate(off, "k", 1, 1, &allowed, &retry), RD_DOWN);
    rd_free(off);
}

static void add(struct rd_conn *c, const char *stream, int64_t first, size_t n)
{
    struct rd_msg *m = calloc(n, sizeof *m);
    for (size_t i = 0; i < n; i++) {
        snprintf(m[i].stream, sizeof m[i].stream, "%s", stream);
        m[i].id = first + (int64_t)i;
        m[i].version = 7;
    }
    assert_int_equal(rd_stream_add_many(c, m, n), RD_OK);
    free(m);
}

static void streams(void **state)
{
    (void)state;
    struct rd_conn *c = rd_new(unix_url, 500);
    static const char *const s[] = {"d:{p1}:s:water", "d:{p1}:s:power"};
    static struct rd_msg m[64];
    size_t n = 0;
    int64_t len = 0;
    assert_int_equal(rd_stream_read(c, s, 2, "me", 0, m, 64, &n), RD_NOGROUP);
    assert_int_equal(rd_stream_claim(c, s[0], "me", 0, m, 64, &n), RD_NOGROUP);
    add(c, s[0], 1000, 1500); /* before the group exists: must still be delivered */
    for (int twice = 0; twice < 2; twice++)
        for (int i = 0; i < 2; i++)
            assert_int_equal(rd_stream_group(c, s[i]), RD_OK);
    size_t got = 0;
    do {
        assert_int_equal(rd_stream_read(c, s, 2, "me", 0, m, 64, &n), RD_OK);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(m[i].id, 1000 + (int64_t)(got + i));
            assert_int_equal(m[i].version, 7);
            assert_string_equal(m[i].stream, s[0]);
        }
        got += n;
        assert_int_equal(rd_stream_done(c, m, n), RD_OK);
    } while (n);
    assert_int_equal(got, 1500);
    assert_int_equal(cmd(c, &len, NULL, 0, "XLEN", s[0], NULL), RD_OK);
    assert_int_equal(len, 0);
    int64_t t = clock_mono_ms();
    assert_int_equal(rd_stream_read(c, s, 2, "me", 700, m, 64, &n), RD_OK); /* longer than the time-out of 500 */
    assert_int_equal(n, 0);
    assert_in_range(clock_mono_ms() - t, 600, 1500);
    add(c, s[1], 1, 3); /* a consumer dies with three */
    assert_int_equal(rd_stream_read(c, s, 2, "dead", 0, m, 64, &n), RD_OK);
    assert_int_equal(n, 3);
    assert_int_equal(rd_stream_claim(c, s[1], "me", 60000, m, 64, &n), RD_OK);
    assert_int_equal(n, 0);
    pause_ms(30);
    const char *const rubbish[] = {"XADD", s[1], "*", "x", "y"};
    assert_int_equal(rd_cmd(c, 5, rubbish, NULL, NULL, 0), RD_OK);
    assert_int_equal(rd_stream_claim(c, s[1], "me", 10, m, 64, &n), RD_OK);
    assert_int_equal(n, 3);
    assert_int_equal(rd_stream_done(c, m, n), RD_OK);
    assert_int_equal(rd_stream_read(c, s, 2, "me", 0, m, 64, &n), RD_OK);
    assert_int_equal(n, 0); /* the foreign entry was thrown away, not handed out */
    cmd(c, &len, NULL, 0, "XLEN", s[1], NULL);
    assert_int_equal(len, 0);
    add(c, s[0], 1, 100);
    add(c, s[1], 1, 100);
    assert_int_equal(rd_stream_read(c, s, 2, "me", 0, m, 10, &n), RD_OK);
    assert_int_equal(n, 10); /* COUNT is per stream, max is for all */
    assert_int_equal(rd_stream_read(c, s, 2, "me", 0, m, 1, &n), RD_OK);
    char first[64];
    snprintf(first, sizeof first, "%s", m[0].stream);
    assert_int_equal(rd_stream_read(c, s, 2, "me", 0, m, 1, &n), RD_OK);
    assert_string_not_equal(first, m[0].stream); /* none starves */
    assert_int_equal(cmd(c, NULL, NULL, 0, "FLUSHALL", NULL, NULL), RD_OK);
    assert_int_equal(rd_stream_read(c, s, 2, "me", 0, m, 64, &n), RD_NOGROUP);
    rd_free(c);
}

static void rate(void **state)
{
    (void)state;
    struct rd_conn *c = rd_new(unix_url, 500);
    bool ok = false;
    int64_t retry = -1;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rd_rate(c, "rl:a", 10, 5, &ok, &retry), RD_OK);
        assert_true(ok);
    }
    assert_int_equal(rd_rate(c, "rl:a", 10, 5, &ok, &retry), RD_OK);
    assert_false(ok);
    assert_in_range(retry, 1, 100);
    assert_int_equal(cmd(c, NULL, NULL, 0, "SCRIPT", "FLUSH", NULL), RD_OK);
    pause_ms(120);
    assert_int_equal(rd_rate(c, "rl:a", 10, 5, &ok, &retry), RD_OK); /* NOSCRIPT: by EVAL */
    assert_true(ok);
    assert_int_equal(rd_rate(c, "rl:b", 10, 5, &ok, &retry), RD_OK);
    assert_true(ok);
    int64_t ttl = 0;
    cmd(c, &ttl, NULL, 0, "PTTL", "rl:b", NULL);
    assert_in_range(ttl, 1, 1500);
    rd_free(c);
}

static void outage(void **state)
{
    (void)state;
    struct rd_conn *c = rd_new(unix_url, 300);
    int64_t t;
    assert_int_equal(cmd(c, NULL, NULL, 0, "PING", NULL, NULL), RD_OK);
    kill(server, SIGSTOP); /* a hanging server: the time-out ends the call */
    t = clock_mono_ms();
    assert_int_equal(cmd(c, NULL, NULL, 0, "PING", NULL, NULL), RD_DOWN);
    assert_in_range(clock_mono_ms() - t, 250, 1200);
    kill(server, SIGCONT);
    stop(SIGKILL);
    t = clock_mono_ms();
    int tries = 0;
    while (clock_mono_ms() - t < 400) {
        assert_int_equal(cmd(c, NULL, NULL, 0, "PING", NULL, NULL), RD_DOWN);
        tries++;
    }
    assert_true(tries > 1000); /* between attempts the answer comes at once */
    start();
    for (int i = 0; i < 100 && !rd_up(c); i++)
        pause_ms(50);
    assert_true(rd_up(c));
    assert_int_equal(rd_generation(c), 2);
    assert_int_equal(cmd(c, NULL, NULL, 0, "PING", NULL, NULL), RD_OK);
    rd_free(c);
}

/* ---- the bus ---- */
static char heard[8][160];
static int nheard, ups, downs;

static void on_hint(const char *channel, const char *text)
{
    if (nheard < 8)
        snprintf(heard[nheard++], sizeof heard[0], "%s|%s", channel, text);
}

static void on_up(bool up)
{
    if (up)
        ups++;
    else
        downs++;
}

static void run_until(uv_loop_t *loop, const int *counter, int target, int ms)
{
    int64_t end = clock_mono_ms() + ms;
    while (*counter < target && clock_mono_ms() < end) {
        uv_run(loop, UV_RUN_NOWAIT);
        pause_ms(2);
    }
}

static void run_for(uv_loop_t *loop, int ms)
{
    int never = 0;
    run_until(loop, &never, 1, ms);
}

static void bus_on(const char *url)
{
    static const struct bus_hooks hooks = {on_hint, on_up};
    uv_loop_t loop;
    char text[16];
    nheard = ups = downs = 0;
    uv_loop_init(&loop);
    struct rd_conn *c = rd_new(url, 500);
    assert_true(bus_start(url, 3, &loop, &hooks));
    assert_false(bus_start(url, 3, &loop, &hooks));
    run_until(&loop, &ups, 1, 5000);
    assert_int_equal(ups, 1);
    assert_true(bus_is_up());
    bus_publish("topic", "own"); /* our own words do not come back */
    const char *const say[] = {"PUBLISH", "anju:bus:0", "5-abc repair:1 {\"seq\": 4}"};
    assert_int_equal(rd_cmd(c, 3, say, NULL, NULL, 0), RD_OK);
    const char *const noise[] = {"PUBLISH", "anju:bus:0", "rubbish"};
    assert_int_equal(rd_cmd(c, 3, noise, NULL, NULL, 0), RD_OK);
    run_until(&loop, &nheard, 1, 3000);
    run_for(&loop, 100);
    assert_int_equal(nheard, 1);
    assert_string_equal(heard[0], "repair:1|{\"seq\": 4}");
    for (int64_t id = 1; id <= 1000; id++)
        bus_presence(id, true);
    for (int64_t id = 1; id <= 1000; id += 2)
        bus_presence(id, false);
    run_for(&loop, 300);
    assert_int_equal(cmd(c, NULL, text, sizeof text, "GET", "presence:500", NULL), RD_OK);
    assert_string_equal(text, "3");
    assert_int_equal(cmd(c, NULL, text, sizeof text, "GET", "presence:501", NULL), RD_NIL);
    cmd(c, NULL, NULL, 0, "SET", "presence:500", "9"); /* now on another node: not ours to delete */
    bus_presence(500, false);
    run_for(&loop, 100);
    assert_int_equal(cmd(c, NULL, text, sizeof text, "GET", "presence:500", NULL), RD_OK);
    stop(SIGKILL);
    run_until(&loop, &downs, 1, 3000);
    assert_int_equal(downs, 1);
    assert_false(bus_is_up());
    bus_publish("topic", "lost");
    run_for(&loop, 500);
    start(); /* empty */
    run_until(&loop, &ups, 2, 8000);
    assert_int_equal(ups, 2);
    run_for(&loop, 200);
    for (int i = 0; i < 100 && cmd(c, NULL, NULL, 0, "PING", NULL, NULL) != RD_OK; i++)
        pause_ms(50);
    assert_int_equal(cmd(c, NULL, text, sizeof text, "GET", "presence:2", NULL), RD_OK); /* said again */
    assert_int_equal(cmd(c, NULL, text, sizeof text, "GET", "presence:500", NULL), RD_NIL);
    cmd(c, NULL, NULL, 0, "CLIENT", "KILL", "x");
    const char *const kill_all[] = {"CLIENT", "KILL", "TYPE", "pubsub"};
    assert_int_equal(rd_cmd(c, 4, kill_all, NULL, NULL, 0), RD_OK);
    run_until(&loop, &ups, 3, 5000);
    assert_int_equal(ups, 3);
    bus_stop();
    assert_false(bus_is_up());
    run_for(&loop, 50);
    assert_int_equal(uv_loop_close(&loop), 0);
    rd_free(c);
}

static void bus_unix(void **state)
{
    (void)state;
    bus_on(unix_url);
}

static void bus_tcp(void **state)
{
    (void)state;
    bus_on(tcp_url);
}

static void bus_off(void **state)
{
    (void)state;
    static const struct bus_hooks hooks = {on_hint, on_up};
    uv_loop_t loop;
    char refused[64];
    uv_loop_init(&loop);
    assert_true(bus_start("", 0, &loop, &hooks));
    bus_publish("a", "b");
    bus_presence(1, true);
    assert_false(bus_is_up());
    bus_stop();
    assert_false(bus_start("nonsense", 0, &loop, &hooks));
    snprintf(refused, sizeof refused, "redis://127.0.0.1:%d", free_port());
    assert_true(bus_start(refused, 0, &loop, &hooks)); /* refused again and again, then stopped */
    run_for(&loop, 600);
    bus_stop();
    run_for(&loop, 50);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),   cmocka_unit_test(commands), cmocka_unit_test(streams), cmocka_unit_test(rate),
        cmocka_unit_test(outage), cmocka_unit_test(bus_unix), cmocka_unit_test(bus_tcp), cmocka_unit_test(bus_off)};
    if (!mkdtemp(dir))
        return 1;
    snprintf(sock_path, sizeof sock_path, "%s/s", dir);
    snprintf(unix_url, sizeof unix_url, "unix:%s", sock_path);
    tcp_port = free_port();
    snprintf(tcp_url, sizeof tcp_url, "redis://127.0.0.1:%d", tcp_port);
    start();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    stop(SIGKILL);
    char rm[64];
    snprintf(rm, sizeof rm, "rm -rf %s", dir);
    return system(rm) || rc;
}
