/* auth_totp.c - the second factor (动态口令): RFC 6238 over HMAC-SHA-1, steps of 30 s, six digits, one step of grace either way
 * for clocks that differ; a code is good once. Ten spare codes for a lost phone. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include <stdio.h>
#include <string.h>

#define STEP_MS    (30 * SECOND_MS)
#define GRACE      1
#define SECRET_LEN 20 /* RFC 4226 4: 160 bits */

STMT(q_find, "totp.find", "SELECT secret_enc, confirmed_at, last_step FROM account_totp WHERE account_id = $1");
STMT(q_begin, "totp.begin",
     "INSERT INTO account_totp(account_id, company_id, secret_enc, created_at) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (account_id) DO UPDATE SET secret_enc = excluded.secret_enc, created_at = excluded.created_at"
     " WHERE account_totp.confirmed_at = 0");
STMT(q_used, "totp.used", "UPDATE account_totp SET last_step = $2 WHERE account_id = $1 AND last_step < $2");
STMT(q_confirm, "totp.confirm", "UPDATE account_totp SET confirmed_at = $2 WHERE account_id = $1 AND confirmed_at = 0");
STMT(q_drop, "totp.drop", "DELETE FROM account_totp WHERE account_id = $1");
STMT(q_spare_add, "totp.spare_add", "INSERT INTO account_totp_code(account_id, mac) VALUES ($1, $2)");
STMT(q_spare_use, "totp.spare_use",
     "UPDATE account_totp_code SET used_at = $3 WHERE account_id = $1 AND mac = $2 AND used_at = 0");
STMT(q_spare_left, "totp.spare_left", "SELECT COUNT(*) FROM account_totp_code WHERE account_id = $1 AND used_at = 0");
STMT(q_spare_drop, "totp.spare_drop", "DELETE FROM account_totp_code WHERE account_id = $1");
STMT(q_required, "totp.required", "SELECT totp_required FROM company WHERE id = $1");
STMT(q_require, "totp.require", "UPDATE company SET totp_required = $2 WHERE id = $1");

void totp_at(const void *secret, size_t n, int64_t step, char out[7])
{
    uint8_t count[8], mac[20];
    for (int i = 0; i < 8; i++)
        count[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    hmac_sha1(secret, n, count, sizeof count, mac);
    const uint8_t *p = mac + (mac[19] & 15);
    uint32_t bits = (uint32_t)(p[0] & 127) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    snprintf(out, 7, "%06u", bits % 1000000);
}

char *base32(struct arena *a, const void *p, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const uint8_t *b = p;
    char *out = arena_alloc(a, n * 8 / 5 + 2), *s = out;
    for (size_t bit = 0; bit < n * 8; bit += 5) {
        unsigned two = (unsigned)b[bit / 8] << 8 | (bit / 8 + 1 < n ? b[bit / 8 + 1] : 0);
        *s++ = letters[two >> (11 - bit % 8) & 31];
    }
    *s = '\0';
    return out;
}

struct totp {
    const char *secret; /* hex; NULL: none */
    int64_t confirmed_at, last_step;
};
static const char *place(struct ctx *cx, int64_t account)
{
    return arena_printf(cx->arena, "account_totp.secret|%lld", (long long)account);
}

struct find {
    int64_t account;
    struct totp t;
};
static enum err on_totp(struct ctx *cx, const struct row *r, void *out)
{
    struct find *f = out;
    size_t n = 0;
    const void *sealed = row_blob(cx, r, 0, &n);
    f->t = (struct totp){pii_open(cx->arena, sealed, n, place(cx, f->account)), row_i64(r, 1), row_i64(r, 2)};
    return f->t.secret ? OK : ERR_INTERNAL;
}

static enum err find(struct ctx *cx, int64_t account, struct totp *out)
{
    struct find f = {.account = account};
    enum err e = db_one(cx, &q_find, ARGS(I64(account)), on_totp, &f);
    *out = f.t;
    return e == ERR_NOT_FOUND ? OK : e;
}

static void spare_mac(int64_t account, const char *code, uint8_t mac[32])
{
    char text[64];
    int n = snprintf(text, sizeof text, "totp|%lld|%.16s", (long long)account, code);
    hmac_sha256(crypto_key(KEY_CODE), 32, text, (size_t)n, mac);
}

/* A code of the device that has not been used yet; uses it up. */
static enum err try_device(struct ctx *cx, int64_t account, const struct totp *t, const char *otp, bool *good)
{
    uint8_t secret[SECRET_LEN];
    char code[7];
    if (!hex_decode(t->secret, 2 * SECRET_LEN, secret))
        return ERR_INTERNAL;
    int64_t used = 0, now = cx->now / STEP_MS;
    for (int64_t step = now - GRACE; step <= now + GRACE; step++) {
        totp_at(secret, SECRET_LEN, step, code);
        if (crypto_equal(code, otp, 6) && step > t->last_step)
            used = step;
    }
    crypto_wipe(secret, sizeof secret);
    int64_t changed = 0;
    enum err e = used ? db_exec(cx, &q_used, ARGS(I64(account), I64(used)), &changed) : OK;
    *good = changed == 1;
    return e;
}

static enum err try_spare(struct ctx *cx, int64_t account, const char *otp, bool *good)
{
    uint8_t mac[32];
    int64_t changed = 0;
    spare_mac(account, otp, mac);
    enum err e = db_exec(cx, &q_spare_use, ARGS(I64(account), BLOB(mac, 32), I64(cx->now)), &changed);
    *good = changed == 1;
    return e;
}

enum err totp_check(struct ctx *cx, int64_t account, const char *otp, enum second_factor *out)
{
    struct totp t;
    bool good = false;
    enum err e = find(cx, account, &t);
    *out = SECOND_NONE;
    if (e || !t.secret || !t.confirmed_at)
        return e;
    *out = str_empty(otp) ? SECOND_MISSING : SECOND_WRONG;
    if (!str_empty(otp))
        e = is_digits(otp, 6, 6) ? try_device(cx, account, &t, otp, &good) : try_spare(cx, account, otp, &good);
    if (good)
        *out = SECOND_GOOD;
    return e;
}

enum err totp_begin(struct ctx *cx, const char **secret)
{
    uint8_t raw[SECRET_LEN];
    char hex[2 * SECRET_LEN + 1];
    size_t n = 0;
    int64_t changed = 0;
    crypto_random(raw, sizeof raw);
    hex_encode(raw, sizeof raw, hex);
    *secret = base32(cx->arena, raw, sizeof raw);
    const void *sealed = pii_seal(cx->arena, hex, place(cx, cx->who.id), &n);
    enum err e =
        db_exec(cx, &q_begin, ARGS(I64(cx->who.id), I64(cx->who.company_id), BLOB(sealed, n), I64(cx->now)), &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_EXISTS, NULL, "已启用动态口令,请先停用", "there is one already; remove it first");
    return e;
}

enum err totp_confirm(struct ctx *cx, const char *otp, const char *spare[SPARE_CODES])
{
    struct totp t;
    bool good = false;
    enum err e = find(cx, cx->who.id, &t);
    if (!e && (!t.secret || t.confirmed_at))
        return cx_fail(cx, ERR_STATE, NULL, "请先获取新的动态口令密钥", "begin with a new secret");
    if (!e)
        e = try_device(cx, cx->who.id, &t, otp, &good);
    if (!e && !good)
        return cx_fail(cx, ERR_INVALID, "otp", "动态口令错误,请检查手机时间",
                       "wrong code; is the phone's clock right?");
    if (!e)
        e = db_exec(cx, &q_confirm, ARGS(I64(cx->who.id), I64(cx->now)), NULL);
    if (!e)
        e = db_exec(cx, &q_spare_drop, ARGS(I64(cx->who.id)), NULL);
    for (size_t i = 0; i < SPARE_CODES && !e; i++) {
        uint8_t raw[5], mac[32];
        crypto_random(raw, sizeof raw);
        spare[i] = base32(cx->arena, raw, sizeof raw);
        spare_mac(cx->who.id, spare[i], mac);
        e = db_exec(cx, &q_spare_add, ARGS(I64(cx->who.id), BLOB(mac, 32)), NULL);
    }
    if (!e)
        e = auth_end_all(cx, cx->who.id, cx->who.session_id); /* what was opened by the password alone */
    return e ? e : audit_add(cx, "totp.on", "account", cx->who.id, NULL, NULL);
}

enum err totp_drop(struct ctx *cx, int64_t account, bool *had)
{
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_spare_drop, ARGS(I64(account)), NULL);
    if (!e)
        e = db_exec(cx, &q_drop, ARGS(I64(account)), &changed);
    *had = changed == 1;
    if (!e && *had)
        cx_scope_changed(cx, account);
    return e || !*had ? e : audit_add(cx, "totp.off", "account", account, NULL, NULL);
}

enum err totp_state(struct ctx *cx, int64_t account, bool *on, int64_t *spare_left)
{
    struct totp t;
    enum err e = find(cx, account, &t);
    *on = !e && t.secret && t.confirmed_at;
    return e ? e : db_i64(cx, &q_spare_left, ARGS(I64(account)), spare_left, NULL);
}

enum err totp_required(struct ctx *cx, bool *required)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_required, ARGS(I64(cx->who.company_id)), &n, NULL);
    *required = n != 0;
    return e;
}

enum err totp_require(struct ctx *cx, bool required)
{
    bool on = false, was = false;
    int64_t left = 0;
    enum err e = totp_state(cx, cx->who.id, &on, &left);
    if (!e && required && !on)
        return cx_fail(cx, ERR_STATE, "totp_required", "请先为自己启用动态口令", "switch yours on first");
    if (!e)
        e = totp_required(cx, &was);
    if (!e && was != required)
        e = db_exec(cx, &q_require, ARGS(I64(cx->who.company_id), I64(required)), NULL);
    return e || was == required
               ? e
               : audit_add(cx, required ? "totp.require" : "totp.optional", "company", cx->who.company_id, NULL, NULL);
}
