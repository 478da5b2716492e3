/* load_live.c - people of bench_seed, their sockets, and the arithmetic of results. See load.h.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "load.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICKETS_IN_FLIGHT 32
#define OPENING           64 /* sockets that have not said hello yet */

void people_read(struct people *p, const char *path)
{
    char kind[16], token[64];
    long long a = 0, b = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        give_up("cannot read %s", path);
    *p = (struct people){0};
    p->resident = calloc(20000, sizeof *p->resident);
    p->tech = calloc(20000, sizeof *p->tech);
    if (!p->resident || !p->tech)
        give_up("out of memory");
    while (fscanf(f, "%15s %lld %lld %63s", kind, &a, &b, token) == 4) {
        if (strcmp(kind, "types") == 0) {
            p->auto_type = a;
            p->grab_type = b;
            continue;
        }
        bool tech = strcmp(kind, "tech") == 0;
        struct person *one = tech ? &p->tech[p->ntech] : &p->resident[p->nresident];
        if (++*(tech ? &p->ntech : &p->nresident) > 20000 || strlen(token) != 43)
            give_up("%s: not from bench_seed", path);
        *one = (struct person){.account = a, .room = b};
        strcpy(one->token, token);
    }
    fclose(f);
    if (!p->nresident || !p->ntech || !p->auto_type || !p->grab_type)
        give_up("%s: nobody in it", path);
}

/* ---- sockets ---- */

static struct {
    struct live *v;
    const struct person *who;
    size_t nwho, n, asked, ticketed, opened, ready;
    struct http_client http[TICKETS_IN_FLIGHT];
    void (*event)(struct live *l, const char *text);
} crowd;

static void ask(struct http_client *c)
{
    if (crowd.asked == crowd.n)
        return;
    c->arg = &crowd.v[crowd.asked++];
    http_send(c, "POST", "/api/v1/live/tickets", crowd.who[((struct live *)c->arg)->i % crowd.nwho].token, NULL, "{}");
}

static void on_ticket(struct http_client *c, int status, const char *body, size_t n)
{
    struct live *l = c->arg;
    (void)n;
    if (status / 100 != 2 || !json_peek(body, "ticket", l->ticket, sizeof l->ticket))
        give_up("no ticket: %d %s", status, body);
    crowd.ticketed++;
    ask(c);
}

static void on_open(struct ws_client *ws)
{
    char hello[128];
    struct live *l = ws->arg;
    snprintf(hello, sizeof hello, "{\"op\":\"hello\",\"ticket\":\"%s\"}", l->ticket);
    ws_say(ws, hello);
}

static void on_message(struct ws_client *ws, const char *text, size_t n)
{
    (void)n;
    if (strncmp(text, "{\"type\":\"event\"", 15) == 0) {
        if (crowd.event)
            crowd.event(ws->arg, text);
    } else if (strncmp(text, "{\"type\":\"live\"", 14) == 0) {
        crowd.ready++;
    }
}

struct live *live_open(const struct person *who, size_t nwho, size_t n, void (*before_sockets)(void),
                       void (*event)(struct live *l, const char *text))
{
    memset(&crowd, 0, sizeof crowd);
    crowd.who = who;
    crowd.nwho = nwho;
    crowd.n = n;
    crowd.event = event;
    crowd.v = calloc(n, sizeof *crowd.v);
    if (!crowd.v)
        give_up("out of memory");
    for (size_t i = 0; i < n; i++) {
        crowd.v[i].i = i;
        crowd.v[i].ws = (struct ws_client){.opened = on_open, .message = on_message, .arg = &crowd.v[i]};
    }
    for (size_t i = 0; i < TICKETS_IN_FLIGHT; i++) {
        crowd.http[i].answer = on_ticket;
        ask(&crowd.http[i]);
    }
    while (crowd.ticketed < n)
        load_poll(1000);
    for (size_t i = 0; i < TICKETS_IN_FLIGHT; i++)
        if (crowd.http[i].link)
            link_close(crowd.http[i].link);
    if (before_sockets)
        before_sockets();
    int64_t until = clock_mono_us() + 28 * 1000000; /* a ticket lives 30 s */
    while (crowd.ready < n) {
        while (crowd.opened < n && crowd.opened - crowd.ready < OPENING)
            ws_open(&crowd.v[crowd.opened++].ws);
        load_poll(1000);
        if (clock_mono_us() > until)
            give_up("only %zu of %zu sockets became live", crowd.ready, n);
    }
    return crowd.v;
}

/* ---- numbers ---- */

void samples_add(struct samples *s, int64_t us)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 4096;
        s->v = realloc(s->v, s->cap * sizeof *s->v);
        if (!s->v)
            give_up("out of memory");
    }
    s->v[s->n++] = us;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void samples_sort(struct samples *s)
{
    if (s->n)
        qsort(s->v, s->n, sizeof *s->v, by_value);
}

int64_t samples_at(const struct samples *s, double q)
{
    size_t i = (size_t)(q * (double)s->n);
    return s->n ? s->v[i < s->n ? i : s->n - 1] : 0;
}

/* schedstat counts nanoseconds; utime and stime of /proc only ticks */
double cpu_us_of(const char *pids)
{
    double us = 0;
    for (const char *p = pids; *p; p += strspn(p, ",")) {
        char path[300];
        char *end = NULL;
        long pid = strtol(p, &end, 10);
        snprintf(path, sizeof path, "/proc/%ld/task", pid);
        DIR *d = opendir(path);
        if (!d || end == p)
            give_up("no process %s", p);
        for (struct dirent *e; (e = readdir(d));) {
            long long ns = 0;
            snprintf(path, sizeof path, "/proc/%ld/task/%.20s/schedstat", pid, e->d_name);
            FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
            if (f && fscanf(f, "%lld", &ns) == 1)
                us += (double)ns / 1000;
            if (f)
                fclose(f);
        }
        closedir(d);
        p = end;
    }
    return us;
}

int64_t rss_kib_of(const char *pid)
{
    char path[64];
    long long pages = 0, resident = 0;
    snprintf(path, sizeof path, "/proc/%.20s/statm", pid);
    FILE *f = fopen(path, "re");
    if (!f || fscanf(f, "%lld %lld", &pages, &resident) != 2)
        give_up("no process %s", pid);
    fclose(f);
    return resident * sysconf(_SC_PAGESIZE) / 1024;
}

const char *opt_text(int argc, char **argv, const char *name, const char *dflt)
{
    size_t n = strlen(name);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
            return argv[i] + n + 1;
    return dflt;
}

double opt_num(int argc, char **argv, const char *name, double dflt)
{
    const char *s = opt_text(argc, argv, name, NULL);
    return s ? atof(s) : dflt;
}

const char *json_peek(const char *json, const char *name, char *out, size_t cap)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *p = strstr(json, key);
    if (!p)
        return NULL;
    p += strlen(key);
    size_t n = strcspn(p, "\"");
    if (n >= cap)
        return NULL;
    memcpy(out, p, n);
    out[n] = '\0';
    return out;
}
