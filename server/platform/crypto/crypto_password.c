/* crypto_password.c - argon2id behind a pepper and a bounded gate. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/crypto/crypto.h"
#include <argon2.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define T_COST      2
#define M_COST      19456
#define LANES       1
#define SALT_LEN    16
#define HASH_LEN    32
#define GATE_QUEUE  32
#define GATE_WAIT_S 2

static void peppered(const char *password, uint8_t out[32])
{
    hmac_sha256(crypto_key(KEY_PEPPER), 32, password, strlen(password), out);
}

bool password_hash(const char *password, char out[128])
{
    uint8_t salt[SALT_LEN], pw[32];
    crypto_random(salt, sizeof salt);
    peppered(password, pw);
    int rc = argon2id_hash_encoded(T_COST, M_COST, LANES, pw, sizeof pw, salt, sizeof salt, HASH_LEN, out, 128);
    crypto_wipe(pw, sizeof pw);
    if (rc != ARGON2_OK)
        out[0] = '\0';
    return rc == ARGON2_OK;
}

/* An unknown account must cost what a known one does; a hash that is not argon2id (damaged row) does too. */
static bool burn(const uint8_t pw[32])
{
    static const uint8_t salt[SALT_LEN] = "anju-dummy-salt";
    uint8_t hash[HASH_LEN];
    argon2id_hash_raw(T_COST, M_COST, LANES, pw, 32, salt, sizeof salt, hash, sizeof hash);
    crypto_wipe(hash, sizeof hash);
    return false;
}

bool password_verify(const char *phc_or_null, const char *password)
{
    uint8_t pw[32];
    peppered(password, pw);
    bool ok;
    if (phc_or_null && strncmp(phc_or_null, "$argon2id$", 10) == 0)
        ok = argon2id_verify(phc_or_null, pw, sizeof pw) == ARGON2_OK;
    else
        ok = burn(pw);
    crypto_wipe(pw, sizeof pw);
    return ok;
}

static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int limit, running, waiting;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER};
static pthread_once_t gate_once = PTHREAD_ONCE_INIT;

static void gate_init(void)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&gate.freed, &attr);
    pthread_condattr_destroy(&attr);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    gate.limit = cores >= 4 ? (int)(cores / 2) : 1;
}

bool password_gate_enter(void)
{
    struct timespec until;
    pthread_once(&gate_once, gate_init);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += GATE_WAIT_S;
    pthread_mutex_lock(&gate.lock);
    bool ok = gate.running < gate.limit;
    if (!ok && gate.waiting < GATE_QUEUE) {
        gate.waiting++;
        int rc = 0;
        while (gate.running >= gate.limit && rc != ETIMEDOUT)
            rc = pthread_cond_timedwait(&gate.freed, &gate.lock, &until);
        ok = gate.running < gate.limit;
        gate.waiting--;
    }
    gate.running += ok;
    pthread_mutex_unlock(&gate.lock);
    return ok;
}

void password_gate_leave(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.running--;
    pthread_cond_signal(&gate.freed);
    pthread_mutex_unlock(&gate.lock);
}
