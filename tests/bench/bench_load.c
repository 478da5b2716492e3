/* bench_load.c - drives a server over TLS and prints one line of NAME=VALUE.
 *
 *     bench_load get    port=N pid=P[,P] [path=/livez] [conns=32] [s=2] [rate=0]   rate 0: as fast as the answers come
 *     bench_load report port=N pid=P people=FILE [conns=64] [s=2] [first=0]    reports from different rooms
 *     bench_load idle   port=N pid=P people=FILE [n=5000]                      memory of idle sockets
 *     bench_load jobs   port=N pid=P people=FILE [rate=100] [s=5] [techs=40]   report -> the technician's socket
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CONNS 1024
#define MAX_JOBS  65536 /* power of two */

static struct {
    int argc;
    char **argv;
    const char *pid, *path;
    struct people people;
    struct http_client http[MAX_CONNS];
    size_t conns;
    struct samples took;
    void (*more)(struct http_client *c); /* sends the next request */
    int64_t from_us, until_us;           /* answers in between count */
    long next;                           /* number of the next report */
    double rate;                         /* requests a second; 0: no pause */
    int64_t sent;
    size_t turn;
} b;

static double num(const char *name, double dflt)
{
    return opt_num(b.argc, b.argv, name, dflt);
}

static void print_took(double seconds, double cpu_us)
{
    samples_sort(&b.took);
    printf("n=%zu per_s=%.0f cpu_us=%.2f p50_us=%lld p99_us=%lld max_us=%lld\n", b.took.n, (double)b.took.n / seconds,
           b.took.n ? cpu_us / (double)b.took.n : 0, (long long)samples_at(&b.took, 0.5),
           (long long)samples_at(&b.took, 0.99), (long long)samples_at(&b.took, 1));
}

/* ---- get and report: as fast as the answers come ---- */

static void next_get(struct http_client *c)
{
    http_send(c, "GET", b.path, NULL, NULL, NULL);
}

static void send_report(struct http_client *c, int64_t type)
{
    char body[256], key[48];
    long i = b.next++;
    const struct person *who = &b.people.resident[(size_t)i % b.people.nresident];
    snprintf(key, sizeof key, "bench-%d-%ld", (int)getpid(), i);
    snprintf(body, sizeof body, "{\"type_id\":\"%lld\",\"room_id\":\"%lld\",\"description\":\"厨房水槽下面漏水\"}",
             (long long)type, (long long)who->room);
    http_send(c, "POST", "/api/v1/repairs", who->token, key, body);
}

static void next_report(struct http_client *c)
{
    send_report(c, b.people.grab_type);
}

static void on_answer(struct http_client *c, int status, const char *body, size_t n)
{
    int64_t now = clock_mono_us();
    if (status / 100 != 2)
        give_up("%.40s: %d %.*s", c->request, status, (int)n, body);
    if (c->sent_us >= b.from_us && now < b.until_us)
        samples_add(&b.took, now - c->sent_us);
    if (now < b.until_us && !b.rate)
        b.more(c);
}

/* Requests at fixed times, whatever the server's speed: two servers are then compared under the same load. */
static void send_due(int64_t begun)
{
    int64_t due = (int64_t)((double)(clock_mono_us() - begun) * b.rate / 1e6);
    for (size_t k = 0; k < b.conns && b.sent < due; k++) {
        struct http_client *c = &b.http[b.turn++ % b.conns];
        if (c->waiting)
            continue;
        b.more(c);
        b.sent++;
    }
}

static bool all_answered(void)
{
    for (size_t i = 0; i < b.conns; i++)
        if (b.http[i].waiting)
            return false;
    return true;
}

static void closed_loop(void)
{
    double s = num("s", 2), cpu = 0;
    bool counting = false;
    b.from_us = clock_mono_us() + (int64_t)(s * 0.2e6); /* handshakes and caches first */
    b.until_us = b.from_us + (int64_t)(s * 1e6);
    for (size_t i = 0; i < b.conns; i++) {
        b.http[i].answer = on_answer;
        if (!b.rate)
            b.more(&b.http[i]);
    }
    int64_t begun = clock_mono_us();
    while (clock_mono_us() < b.until_us) {
        if (!counting && clock_mono_us() >= b.from_us) {
            counting = true;
            cpu = cpu_us_of(b.pid);
        }
        if (b.rate)
            send_due(begun);
        load_poll(b.rate ? 0 : 10);
    }
    cpu = cpu_us_of(b.pid) - cpu;
    while (!all_answered())
        load_poll(1000);
    print_took(s, cpu);
}

/* ---- idle ---- */

static int64_t rss_before;

static void note_rss(void)
{
    rss_before = rss_kib_of(b.pid);
}

static void idle(void)
{
    size_t n = (size_t)num("n", 5000), accounts = n / 8 + 1; /* an account may have 8 sockets */
    if (accounts > b.people.nresident)
        give_up("%zu sockets need %zu residents", n, accounts);
    live_open(b.people.resident, accounts, n, note_rss, NULL);
    for (int64_t until = clock_mono_us() + 1500000; clock_mono_us() < until;)
        load_poll(50);
    int64_t now = rss_kib_of(b.pid);
    printf("n=%zu kib_each=%.2f before_kib=%lld after_kib=%lld\n", n, (double)(now - rss_before) / (double)n,
           (long long)rss_before, (long long)now);
}

/* ---- jobs: from the request's first byte to the offer in the technician's hands ---- */

static struct job_seen {
    int64_t id, sent_us, offered_us;
} seen[MAX_JOBS];
static size_t reported, offered;

static struct job_seen *job_of(int64_t id)
{
    size_t i = ((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) >> 48;
    while (seen[i].id && seen[i].id != id)
        i = (i + 1) % MAX_JOBS;
    seen[i].id = id;
    return &seen[i];
}

static void note_job(struct job_seen *j)
{
    if (j->sent_us && j->offered_us) {
        offered++;
        samples_add(&b.took, j->offered_us - j->sent_us);
    }
}

static void on_reported(struct http_client *c, int status, const char *body, size_t n)
{
    char id[32];
    if (status != 201 || !json_peek(body, "id", id, sizeof id))
        give_up("report: %d %.*s", status, (int)n, body);
    struct job_seen *j = job_of(atoll(id));
    j->sent_us = c->sent_us;
    reported++;
    note_job(j);
}

static void on_offer(struct live *l, const char *text)
{
    char id[32], offer[32], ack[80];
    if (!strstr(text, "\"event\":\"offer.new\"") || !json_peek(text, "repair_id", id, sizeof id) ||
        !json_peek(text, "offer_id", offer, sizeof offer))
        return;
    struct job_seen *j = job_of(atoll(id));
    if (j->offered_us)
        give_up("offered twice: %s", id);
    j->offered_us = l->ws.link->read_us;
    note_job(j);
    snprintf(ack, sizeof ack, "{\"op\":\"ack\",\"offer\":\"%s\"}", offer);
    ws_say(&l->ws, ack);
}

static void jobs(void)
{
    double s = num("s", 5), rate = num("rate", 100);
    size_t techs = (size_t)num("techs", 40), total = (size_t)(s * rate), sent = 0, at = 0;
    if (techs > b.people.ntech || total > MAX_JOBS / 4)
        give_up("too many technicians or jobs");
    live_open(b.people.tech, techs, techs, NULL, on_offer);
    for (size_t i = 0; i < b.conns; i++)
        b.http[i].answer = on_reported;
    double cpu = cpu_us_of(b.pid);
    int64_t begun = clock_mono_us();
    while (offered < total || reported < total) {
        int64_t now = clock_mono_us();
        if (now - begun > (int64_t)((s + 15) * 1e6))
            give_up("%zu sent, %zu reported, only %zu offered", sent, reported, offered);
        int64_t due = begun + (int64_t)((double)sent * 1e6 / rate);
        if (sent < total && now >= due) {
            for (size_t k = 0; k < b.conns && b.http[at].waiting; k++)
                at = (at + 1) % b.conns;
            if (!b.http[at].waiting) {
                send_report(&b.http[at], b.people.auto_type);
                b.http[at].sent_us = due; /* a late client must not look like a fast server */
                sent++;
                continue;
            }
        }
        load_poll(sent < total && due > now ? (int)((due - now) / 1000) : 1);
    }
    print_took((double)(clock_mono_us() - begun) / 1e6, cpu_us_of(b.pid) - cpu);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    bool get = strcmp(what, "get") == 0, report = strcmp(what, "report") == 0, wants_jobs = strcmp(what, "jobs") == 0;
    if (!get && !report && !wants_jobs && strcmp(what, "idle") != 0)
        give_up("bench_load get|report|idle|jobs NAME=VALUE...");
    b.argc = argc;
    b.argv = argv;
    b.pid = opt_text(argc, argv, "pid", "");
    b.path = opt_text(argc, argv, "path", "/livez");
    b.next = (long)num("first", 0);
    b.rate = num("rate", 0);
    b.conns = (size_t)num("conns", report ? 64 : 32);
    if (b.conns < 1 || b.conns > MAX_CONNS)
        give_up("conns");
    load_init((int)num("port", 8443));
    if (!get)
        people_read(&b.people, opt_text(argc, argv, "people", "people"));
    b.more = get ? next_get : next_report;
    if (get || report)
        closed_loop();
    else if (wants_jobs)
        jobs();
    else
        idle();
    return 0;
}
