/* notify_keys.c - the keys the two platforms sign with. WeChat has a public key of its own and certificates that are
 * replaced by the next one while the old one is still good. SPDX-License-Identifier: MIT */
#include "platform/crypto/crypto.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct certificate {
    struct skey *key;
    char pem[4096], serial[64];
    int64_t from, until;
};
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct certificate cert[2]; /* the newest signs */
static size_t ncert;
static struct skey *public_key, *alipay_key, *stranger;

static bool make(struct certificate *c)
{
    struct arena *a = arena_new(0);
    struct cert_info info;
    c->key = skey_new();
    const char *pem = c->key ? skey_cert(a, c->key, "Tenpay Sandbox Platform") : "";
    bool ok = strlen(pem) < sizeof c->pem && cert_read(a, pem, &info) && strlen(info.serial) < sizeof c->serial;
    if (ok) {
        memcpy(c->pem, pem, strlen(pem) + 1);
        memcpy(c->serial, info.serial, strlen(info.serial) + 1);
        c->from = info.from_ms;
        c->until = info.until_ms;
    }
    arena_free(a);
    return ok;
}

bool nt_keys_open(void)
{
    public_key = skey_read(sb.wechat_platform_private);
    alipay_key = skey_read(sb.alipay_private);
    return alipay_key && (public_key || !sb.wechat_platform_private);
}

/* Making a key takes a tenth of a second: only when somebody wants it. */
static void need_certificate(void)
{
    pthread_rwlock_wrlock(&lock);
    if (!ncert && !make(&cert[ncert++]))
        abort();
    pthread_rwlock_unlock(&lock);
}

static void need_stranger(void)
{
    pthread_rwlock_wrlock(&lock);
    if (!stranger)
        stranger = skey_new();
    pthread_rwlock_unlock(&lock);
}

void nt_keys_close(void)
{
    for (size_t i = 0; i < ncert; i++)
        skey_free(cert[i].key);
    ncert = 0;
    skey_free(public_key);
    skey_free(alipay_key);
    skey_free(stranger);
    public_key = alipay_key = stranger = NULL;
}

void nt_rotate(void)
{
    struct certificate next = {0};
    need_certificate();
    if (!make(&next))
        abort();
    pthread_rwlock_wrlock(&lock);
    if (ncert == 2) {
        skey_free(cert[0].key);
        cert[0] = cert[1];
        ncert = 1;
    }
    cert[ncert++] = next;
    pthread_rwlock_unlock(&lock);
}

const char *nt_sign(struct arena *a, enum nt_signer by, const char *text, size_t n, const char **serial)
{
    const char *s;
    if (by == NT_BY_PUBLIC_KEY && public_key) {
        *serial = sb.wechat_public_key_id;
        return skey_sign(a, public_key, text, n);
    }
    if (by == NT_BY_STRANGER)
        need_stranger();
    else
        need_certificate();
    pthread_rwlock_rdlock(&lock);
    const struct certificate *c = &cert[ncert ? ncert - 1 : 0];
    *serial = arena_strdup(a, c->serial);
    s = skey_sign(a, by == NT_BY_STRANGER ? stranger : c->key, text, n);
    pthread_rwlock_unlock(&lock);
    return s;
}

const char *nt_sign_alipay(struct arena *a, const char *text, bool strange)
{
    if (strange)
        need_stranger();
    return skey_sign(a, strange ? stranger : alipay_key, text, strlen(text));
}

size_t nt_certificates(struct arena *a, struct nt_certificate out[2])
{
    need_certificate();
    pthread_rwlock_rdlock(&lock);
    size_t n = ncert;
    for (size_t i = 0; i < n; i++)
        out[i] = (struct nt_certificate){arena_strdup(a, cert[i].pem), arena_strdup(a, cert[i].serial), cert[i].from,
                                         cert[i].until};
    pthread_rwlock_unlock(&lock);
    return n;
}
