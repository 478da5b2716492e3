/* state.c - everything the sandbox remembers, behind one lock. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/sandbox.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS 20000

struct item { /* captured thing, used code or consent: a list by age */
    struct item *next;
    int64_t at;
    int left;
    char kind[12], to[160];
    char text[];
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct item *items, **tail = &items;
static size_t nitems;
static char token[64];
static struct {
    char kind[24], mode[16];
    int left;
} faults[16];

static struct item *put(const char *kind, const char *to, const char *text)
{
    size_t n = strlen(text);
    struct item *i = calloc(1, sizeof *i + n + 1);
    if (!i)
        abort();
    snprintf(i->kind, sizeof i->kind, "%s", kind);
    snprintf(i->to, sizeof i->to, "%s", to);
    memcpy(i->text, text, n);
    i->at = clock_now_ms();
    *tail = i;
    tail = &i->next;
    if (++nitems > MAX_ITEMS) { /* a long load run: the oldest go */
        struct item *old = items;
        items = old->next;
        free(old);
        nitems--;
    }
    return i;
}

static struct item *find(const char *kind, const char *to, const char *text)
{
    for (struct item *i = items; i; i = i->next)
        if (strcmp(i->kind, kind) == 0 && strcmp(i->to, to) == 0 && (!text || strcmp(i->text, text) == 0))
            return i;
    return NULL;
}

void sb_capture(const char *kind, const char *to, const char *json_object)
{
    pthread_mutex_lock(&lock);
    put(kind, to, json_object);
    pthread_mutex_unlock(&lock);
}

const char *sb_captured(struct arena *a, const char *kind, const char *to)
{
    struct jw w;
    jw_init(&w, a);
    jw_arr(&w);
    pthread_mutex_lock(&lock);
    for (struct item *i = items; i; i = i->next) {
        if (strcmp(i->kind, kind) != 0 || (*to && strcmp(i->to, to) != 0))
            continue;
        jw_obj(&w);
        kv_str(&w, "to", i->to);
        kv_time(&w, "at", i->at);
        kv_raw(&w, "content", i->text);
        jw_end(&w);
    }
    pthread_mutex_unlock(&lock);
    jw_arr_end(&w);
    return jw_text(&w);
}

bool sb_use_code(const char *code)
{
    pthread_mutex_lock(&lock);
    bool fresh = !find("code", "", code);
    if (fresh)
        put("code", "", code);
    pthread_mutex_unlock(&lock);
    return fresh;
}

int sb_count_since(const char *kind, const char *to, int64_t since_ms)
{
    int n = 0;
    pthread_mutex_lock(&lock);
    for (struct item *i = items; i; i = i->next)
        n += i->at >= since_ms && strcmp(i->kind, kind) == 0 && strcmp(i->to, to) == 0;
    pthread_mutex_unlock(&lock);
    return n;
}

void sb_fault_set(const char *kind, const char *mode, int n)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < COUNT(faults); i++)
        if (!faults[i].kind[0] || strcmp(faults[i].kind, kind) == 0) {
            snprintf(faults[i].kind, sizeof faults[i].kind, "%s", kind);
            snprintf(faults[i].mode, sizeof faults[i].mode, "%s", mode);
            faults[i].left = n;
            break;
        }
    pthread_mutex_unlock(&lock);
}

static bool covers(const char *group, const char *kind)
{
    size_t n = strlen(group);
    return strncmp(group, kind, n) == 0 && (!kind[n] || kind[n] == '.');
}

const char *sb_fault_take(const char *kind)
{
    static _Thread_local char mode[16];
    mode[0] = '\0';
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < COUNT(faults); i++)
        if (faults[i].left > 0 && covers(faults[i].kind, kind)) {
            faults[i].left--;
            memcpy(mode, faults[i].mode, sizeof mode);
            break;
        }
    pthread_mutex_unlock(&lock);
    return mode;
}

const char *sb_token(struct arena *a, bool renew)
{
    pthread_mutex_lock(&lock);
    if (renew || !token[0])
        token_new(token);
    const char *copy = arena_strdup(a, token);
    pthread_mutex_unlock(&lock);
    return copy;
}

bool sb_token_good(const char *s)
{
    pthread_mutex_lock(&lock);
    bool good = token[0] && strcmp(s, token) == 0;
    pthread_mutex_unlock(&lock);
    return good;
}

void sb_token_revoke(void)
{
    pthread_mutex_lock(&lock);
    token[0] = '\0';
    pthread_mutex_unlock(&lock);
}

void sb_consent_set(const char *openid, const char *template_id, int n)
{
    pthread_mutex_lock(&lock);
    struct item *i = find("consent", openid, template_id);
    if (!i)
        i = put("consent", openid, template_id);
    i->left = n;
    pthread_mutex_unlock(&lock);
}

/* Nothing said about a template: consent without end, so that the demo needs no ceremony. */
bool sb_consent_take(const char *openid, const char *template_id)
{
    pthread_mutex_lock(&lock);
    struct item *i = find("consent", openid, template_id);
    bool yes = !i || i->left > 0;
    if (i && yes)
        i->left--;
    pthread_mutex_unlock(&lock);
    return yes;
}

void sb_reset(void)
{
    pthread_mutex_lock(&lock);
    for (struct item *i = items, *next; i; i = next) {
        next = i->next;
        free(i);
    }
    items = NULL;
    tail = &items;
    nitems = 0;
    token[0] = '\0';
    memset(faults, 0, sizeof faults);
    pthread_mutex_unlock(&lock);
}
