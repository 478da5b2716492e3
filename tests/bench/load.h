/* load.h - many TLS clients on one epoll, one thread: HTTP keep-alive and WebSocket, for the benchmarks only.
 *
 * A link is a connection; http_client and ws_client speak over one. All times are clock_mono_us(): the same clock in
 * every process of the machine. Anything unexpected ends the program: a benchmark that counts failures as work done
 * is worse than none.  SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    char *p;
    size_t n, cap;
};
struct ssl_st;
struct link {
    int fd;
    struct ssl_st *ssl;
    bool up, dead, armed; /* armed: waits for room to write */
    struct bytes in, out;
    int64_t read_us;                 /* when the bytes in `in` were read */
    void (*arrived)(struct link *l); /* take with link_eat() */
    void (*ended)(struct link *l);   /* l is freed soon after */
    void *owner;
    struct link *next_dead;
};

void load_init(int port); /* all links go to 127.0.0.1:port */
struct link *link_open(void (*arrived)(struct link *), void (*ended)(struct link *), void *owner);
void link_send(struct link *l, const void *p, size_t n); /* kept until the handshake is done */
void link_eat(struct link *l, size_t n);
void link_close(struct link *l);
void load_poll(int timeout_ms); /* one turn */
_Noreturn void give_up(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- HTTP: one request in flight, reconnects when the server has had enough ---- */
struct http_client {
    struct link *link;
    char request[2048];
    size_t len;
    int64_t sent_us;
    bool waiting;
    /* status < 0 never comes here; body is NUL-terminated for the duration of the call */
    void (*answer)(struct http_client *c, int status, const char *body, size_t n);
    void *arg;
};
void http_send(struct http_client *c, const char *method, const char *path, const char *token, const char *idempotency,
               const char *body);

/* ---- WebSocket ---- */
struct ws_client {
    struct link *link;
    bool up;
    void (*opened)(struct ws_client *c);
    void (*message)(struct ws_client *c, const char *text, size_t n);
    void *arg;
};
void ws_open(struct ws_client *c);
void ws_say(struct ws_client *c, const char *text);

/* ---- people made by bench_seed, and their sockets ---- */
struct person {
    int64_t account, room;
    char token[44];
};
struct people {
    struct person *resident, *tech;
    size_t nresident, ntech;
    int64_t auto_type, grab_type;
};
void people_read(struct people *p, const char *path);
/* Opens n sockets, the i-th of who[i % nwho], each with a ticket of its own, and says hello; returns when all are
 * live. event() hears every "event" message. before_sockets() is called when all tickets are there. */
struct live {
    struct ws_client ws;
    size_t i;
    char ticket[44];
};
struct live *live_open(const struct person *who, size_t nwho, size_t n, void (*before_sockets)(void),
                       void (*event)(struct live *l, const char *text));

/* ---- numbers ---- */
struct samples {
    int64_t *v;
    size_t n, cap;
};
void samples_add(struct samples *s, int64_t us);
void samples_sort(struct samples *s);
int64_t samples_at(const struct samples *s, double q); /* sorted; 0 when empty */
double cpu_us_of(const char *pids);                    /* "12,34": user + system time of all their threads */
int64_t rss_kib_of(const char *pid);
/* NAME=VALUE among the arguments */
const char *opt_text(int argc, char **argv, const char *name, const char *dflt);
double opt_num(int argc, char **argv, const char *name, double dflt);
/* The text value of "name":"..." in JSON whose texts need no unescaping; NULL when absent. */
const char *json_peek(const char *json, const char *name, char *out, size_t cap);

#endif
