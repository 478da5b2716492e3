/* redis_bus.c - hints between nodes and presence keys, on the loop thread. The two connections (publish,
 * subscribe) live and die together. The bus hears its own beat: when that stays away for 15 s the link is
 * dead, whatever TCP thinks. Message: "<origin> <channel> <text>". SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/redis/redis_impl.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS        1000
#define CONNECT_MS     2000
#define BEAT_MS        5000
#define SILENCE_MS     15000
#define PRESENCE_LIFE  "60"
#define REFRESH_ROUNDS 20 /* each presence key is refreshed every 20 ticks */
#define PENDING_MAX    20000

static struct {
    uv_loop_t *loop;
    uv_timer_t tick, retry;
    struct rd_url url;
    struct bus_hooks hooks;
    redisAsyncContext *pub, *sub;
    bool started, pub_ok, sub_ok;
    int64_t backoff_ms, since_ms, beat_ms, heard_ms;
    size_t pending;
    char origin[32], channel[32], node[8];
} bus;
static atomic_bool is_up;

/* Accounts present on this node: open addressing, 0 = free. */
static struct {
    int64_t *slot;
    size_t cap, n, cursor;
} present;

static void link_down(const char *why);

static void judge_up(void)
{
    bool up = bus.pub_ok && bus.sub_ok;
    if (up == atomic_load(&is_up))
        return;
    atomic_store(&is_up, up);
    if (up) {
        bus.backoff_ms = 0;
        present.cursor = 0;
        log_info("bus.up", L_S("origin", bus.origin));
    }
    if (bus.hooks.up)
        bus.hooks.up(up);
}

static void on_reply(redisAsyncContext *ac, void *reply, void *arg)
{
    const redisReply *r = reply;
    (void)arg;
    if (ac != bus.pub)
        return;
    bus.pending--;
    if (r && r->type == REDIS_REPLY_ERROR)
        link_down(r->str);
}

static void send_argv(int argc, const char **argv)
{
    if (!bus.pub || bus.pending > PENDING_MAX)
        return;
    if (redisAsyncCommandArgv(bus.pub, on_reply, NULL, argc, argv, NULL) == REDIS_OK)
        bus.pending++;
}

static size_t slot_of(int64_t id)
{
    uint64_t h = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(h >> 32) & (present.cap - 1);
    while (present.slot[i] && present.slot[i] != id)
        i = (i + 1) & (present.cap - 1);
    return i;
}

static void present_grow(void)
{
    int64_t *old = present.slot;
    size_t n = present.cap;
    present.cap = n ? n * 2 : 256;
    present.slot = calloc(present.cap, sizeof *present.slot);
    if (!present.slot)
        abort();
    for (size_t i = 0; i < n; i++)
        if (old[i])
            present.slot[slot_of(old[i])] = old[i];
    free(old);
}

static void present_remove(int64_t id)
{
    size_t i = present.cap ? slot_of(id) : 0, mask = present.cap - 1;
    if (!present.cap || !present.slot[i])
        return;
    present.slot[i] = 0;
    present.n--;
    for (size_t j = (i + 1) & mask; present.slot[j]; j = (j + 1) & mask) { /* close the gap in the run */
        int64_t moved = present.slot[j];
        present.slot[j] = 0;
        present.slot[slot_of(moved)] = moved;
    }
}

static void announce(int64_t id)
{
    char key[48];
    snprintf(key, sizeof key, "presence:%lld", (long long)id);
    send_argv(5, (const char *[]){"SET", key, bus.node, "EX", PRESENCE_LIFE});
}

static void refresh(bool all)
{
    size_t n = all ? present.cap : present.cap / REFRESH_ROUNDS + 1;
    for (; n && present.cap; n--) {
        size_t i = present.cursor++ & (present.cap - 1);
        if (present.slot[i])
            announce(present.slot[i]);
    }
}

static void on_message(redisAsyncContext *ac, void *reply, void *arg)
{
    const redisReply *r = reply;
    (void)arg;
    if (!r || ac != bus.sub)
        return;
    if (r->type == REDIS_REPLY_ERROR) {
        link_down(r->str);
        return;
    }
    if (r->type != REDIS_REPLY_ARRAY || r->elements != 3)
        return;
    if (str_eq(r->element[0]->str, "subscribe")) {
        bus.sub_ok = true;
        bus.heard_ms = clock_mono_ms();
        judge_up();
        if (atomic_load(&is_up))
            refresh(true);
        return;
    }
    char *text = r->element[2]->str, *sep = text ? strchr(text, ' ') : NULL, *sep2 = sep ? strchr(sep + 1, ' ') : NULL;
    if (!str_eq(r->element[0]->str, "message") || !sep2)
        return;
    *sep = *sep2 = '\0';
    if (strcmp(text, bus.origin) == 0)
        bus.heard_ms = clock_mono_ms();
    else if (sep[1] && bus.hooks.hint)
        bus.hooks.hint(sep + 1, sep2 + 1);
}

static void on_setup(redisAsyncContext *ac, void *reply, void *arg)
{
    const redisReply *r = reply;
    (void)arg;
    if ((ac == bus.pub || ac == bus.sub) && r && r->type == REDIS_REPLY_ERROR)
        link_down(r->str);
}

/* hiredis frees the context after this call: forget it first. */
static void gone(const redisAsyncContext *ac, const char *why)
{
    if (ac != bus.pub && ac != bus.sub)
        return;
    if (ac == bus.pub)
        bus.pub = NULL;
    else
        bus.sub = NULL;
    link_down(why);
}

static void on_connect(const redisAsyncContext *ac, int status)
{
    if (status != REDIS_OK) {
        gone(ac, ac->errstr);
    } else if (ac == bus.pub) {
        bus.pub_ok = true;
        judge_up();
        if (atomic_load(&is_up))
            refresh(true);
    }
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
    gone(ac, status == REDIS_OK ? "closed" : ac->errstr);
}

static redisAsyncContext *open_one(void)
{
    const struct rd_url *u = &bus.url;
    redisAsyncContext *ac = u->path[0] ? redisAsyncConnectUnix(u->path) : redisAsyncConnect(u->host, u->port);
    if (!ac)
        return NULL;
    if (ac->err || !rd_uv_attach(ac, bus.loop)) {
        redisAsyncFree(ac);
        return NULL;
    }
    return ac;
}

static void open_both(uv_timer_t *t)
{
    (void)t;
    const struct rd_url *u = &bus.url;
    bus.since_ms = bus.heard_ms = clock_mono_ms();
    bus.pending = 0;
    bus.pub = open_one();
    bus.sub = bus.pub ? open_one() : NULL;
    if (!bus.sub) {
        link_down("cannot connect");
        return;
    }
    redisAsyncContext *both[] = {bus.pub, bus.sub};
    for (size_t i = 0; i < COUNT(both); i++) {
        redisAsyncSetConnectCallback(both[i], on_connect);
        redisAsyncSetDisconnectCallback(both[i], on_disconnect);
        if (u->pass[0] && u->user[0])
            redisAsyncCommand(both[i], on_setup, NULL, "AUTH %s %s", u->user, u->pass);
        else if (u->pass[0])
            redisAsyncCommand(both[i], on_setup, NULL, "AUTH %s", u->pass);
    }
    if (u->db)
        redisAsyncCommand(bus.pub, on_setup, NULL, "SELECT %d", u->db);
    redisAsyncCommand(bus.sub, on_message, NULL, "SUBSCRIBE %s", bus.channel);
}

static void link_down(const char *why)
{
    redisAsyncContext *pub = bus.pub, *sub = bus.sub;
    if (bus.started && bus.backoff_ms == 0)
        log_warn("bus.down", L_S("why", why));
    bus.pub = bus.sub = NULL; /* callbacks of what is freed below must not find themselves */
    bus.pub_ok = bus.sub_ok = false;
    if (pub)
        redisAsyncFree(pub);
    if (sub)
        redisAsyncFree(sub);
    judge_up();
    if (!bus.started)
        return;
    bus.backoff_ms = rd_backoff_next(bus.backoff_ms);
    uv_timer_start(&bus.retry, open_both, (uint64_t)rd_jitter(bus.backoff_ms), 0);
}

static void publish(const char *channel, const char *text)
{
    size_t n = strlen(bus.origin) + strlen(channel) + strlen(text) + 3;
    char small[512], *m = n <= sizeof small ? small : malloc(n);
    if (!m)
        return;
    snprintf(m, n, "%s %s %s", bus.origin, channel, text);
    send_argv(3, (const char *[]){"PUBLISH", bus.channel, m});
    if (m != small)
        free(m);
}

static void on_tick(uv_timer_t *t)
{
    (void)t;
    int64_t now = clock_mono_ms();
    if (!bus.pub)
        return; /* the retry timer is running */
    if (!atomic_load(&is_up)) {
        if (now - bus.since_ms > CONNECT_MS)
            link_down("connecting took too long");
        return;
    }
    if (now - bus.heard_ms > SILENCE_MS) {
        link_down("silent");
        return;
    }
    if (now - bus.beat_ms >= BEAT_MS) {
        bus.beat_ms = now;
        publish("", "");
    }
    refresh(false);
}

bool bus_start(const char *url, int node, void *uv_loop, const struct bus_hooks *h)
{
    uint8_t nonce[8];
    char hex[17];
    if (bus.started)
        return false;
    memset(&bus, 0, sizeof bus);
    bus.hooks = *h;
    if (str_empty(url))
        return true;
    if (!rd_url_parse(url, &bus.url))
        return false;
    rd_ignore_sigpipe();
    crypto_random(nonce, sizeof nonce);
    hex_encode(nonce, sizeof nonce, hex);
    snprintf(bus.origin, sizeof bus.origin, "%d-%s", node & 15, hex); /* the nonce tells two runs of a node apart */
    snprintf(bus.node, sizeof bus.node, "%d", node & 15);
    snprintf(bus.channel, sizeof bus.channel, "anju:bus:%d", bus.url.db); /* pub/sub knows no databases */
    bus.loop = uv_loop;
    bus.started = true;
    uv_timer_init(bus.loop, &bus.tick);
    uv_timer_init(bus.loop, &bus.retry);
    uv_timer_start(&bus.tick, on_tick, TICK_MS, TICK_MS);
    open_both(NULL);
    return true;
}

void bus_stop(void)
{
    if (!bus.started)
        return;
    bus.started = false;
    bus.hooks = (struct bus_hooks){0};
    uv_close((uv_handle_t *)&bus.tick, NULL);
    uv_close((uv_handle_t *)&bus.retry, NULL);
    link_down("stopped");
    free(present.slot);
    memset(&present, 0, sizeof present);
}

bool bus_is_up(void)
{
    return atomic_load(&is_up);
}

void bus_publish(const char *channel, const char *text)
{
    if (atomic_load(&is_up) && *channel && !strchr(channel, ' '))
        publish(channel, text);
}

void bus_presence(int64_t account_id, bool online)
{
    /* another node may have taken over the account: only our own key is deleted */
    static const char script[] = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end"
                                 " return 0";
    if (!bus.started || account_id == 0)
        return;
    if (!online) {
        char key[48];
        present_remove(account_id);
        snprintf(key, sizeof key, "presence:%lld", (long long)account_id);
        send_argv(5, (const char *[]){"EVAL", script, "1", key, bus.node});
        return;
    }
    if (present.n * 2 >= present.cap)
        present_grow();
    size_t i = slot_of(account_id);
    present.n += present.slot[i] == 0;
    present.slot[i] = account_id;
    announce(account_id);
}
