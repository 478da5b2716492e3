/* wechat_token.c - see wechat_token.h. SPDX-License-Identifier: MIT */
#include "providers/wechat_token.h"
#include "base/clock.h"
#include "base/text.h"
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define APPS     16
#define WAIT_S   10
#define EARLY_MS (60 * SECOND_MS) /* renewed before it ends; old and new both work for a while */

static struct app {
    char key[256]; /* url and appid */
    char token[1024];
    int64_t until_ms;
    bool fetching;
} apps[APPS];
static size_t next_app;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fetched = PTHREAD_COND_INITIALIZER;

static struct app *find(const struct mp_config *c)
{
    char key[256];
    snprintf(key, sizeof key, "%s %s", c->url, c->appid);
    for (size_t i = 0; i < APPS; i++)
        if (strcmp(apps[i].key, key) == 0)
            return &apps[i];
    struct app *app = &apps[next_app++ % APPS];
    if (app->fetching)
        return NULL; /* more than 16 apps at once: not cached */
    *app = (struct app){.until_ms = 0};
    memcpy(app->key, key, sizeof key);
    return app;
}

static bool usable(const struct app *app, const char *refused)
{
    return app->token[0] && clock_mono_ms() < app->until_ms && !str_eq(app->token, refused);
}

enum err wechat_token(struct arena *a, const struct mp_config *c, const char *refused, const char **token,
                      struct provider_answer *ans)
{
    int64_t life_s = 0;
    struct timespec until;
    *ans = (struct provider_answer){"", "", ""};
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&lock);
    struct app *app = find(c);
    while (app && app->fetching && pthread_cond_timedwait(&fetched, &lock, &until) != ETIMEDOUT)
        ;
    if (app && usable(app, refused)) {
        *token = arena_strdup(a, app->token);
        pthread_mutex_unlock(&lock);
        return OK;
    }
    bool ours = app && !app->fetching;
    if (ours)
        app->fetching = true;
    pthread_mutex_unlock(&lock);
    if (app && !ours)
        return ERR_BUSY; /* another thread has been at it for ten seconds */
    enum err e = wechat_fetch_token(a, c, token, &life_s, ans);
    if (!ours)
        return e;
    pthread_mutex_lock(&lock);
    app->fetching = false;
    app->token[0] = '\0';
    if (e == OK && strlen(*token) < sizeof app->token) {
        memcpy(app->token, *token, strlen(*token) + 1);
        app->until_ms = clock_mono_ms() + life_s * 1000 - (life_s > 120 ? EARLY_MS : 0);
    }
    pthread_cond_broadcast(&fetched);
    pthread_mutex_unlock(&lock);
    return e;
}
