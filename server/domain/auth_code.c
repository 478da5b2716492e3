/* auth_code.c - one-time codes and their budgets (hardening: 60 s apart, 5 an hour and 10 a day per number,
 * 20 an hour per address, 3 numbers a day per device, a daily budget per company; 5 min, 5 tries).
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "domain/auth.h"
#include "domain/message.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <stdio.h>
#include <string.h>

#define CODE_LIFE_MS (5 * MINUTE_MS)
#define CODE_TRIES   5

const char *const code_purpose_name[CODE_PURPOSES] = {"login", "recover", "phone"};

STMT(
    q_insert, "code.insert",
    "INSERT INTO login_code(id, company_id, purpose, channel, target_idx, account_id, code_mac, ip, device, expires_at,"
    " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_count_target, "code.count_target",
     "SELECT COUNT(*) FROM login_code WHERE company_id = $1 AND target_idx = $2 AND created_at > $3");
STMT(q_count_ip, "code.count_ip", "SELECT COUNT(*) FROM login_code WHERE ip = $1 AND created_at > $2");
STMT(q_count_device, "code.count_device",
     "SELECT COUNT(DISTINCT target_idx) FROM login_code WHERE device = $1 AND created_at > $2 AND target_idx <> $3");
STMT(q_count_company, "code.count_company",
     "SELECT COUNT(*) FROM login_code WHERE company_id = $1 AND created_at > $2");
STMT(q_latest, "code.latest",
     "SELECT id, code_mac, tries FROM login_code WHERE company_id = $1 AND target_idx = $2 AND purpose = $3"
     " AND used_at = 0 AND expires_at > $4 ORDER BY created_at DESC, id DESC LIMIT 1");
STMT(q_try, "code.try", "UPDATE login_code SET tries = tries + 1, used_at = $2 WHERE id = $1 AND used_at = 0");
STMT(q_known_email, "code.known_email",
     "SELECT id FROM account WHERE company_id = $1 AND email_idx = $2 AND state = 'active' ORDER BY id LIMIT 1");
STMT(q_known_phone, "code.known_phone",
     "SELECT id FROM account WHERE company_id = $1 AND kind IN ('staff', 'resident') AND phone_idx = $2"
     " AND state = 'active' ORDER BY id LIMIT 1");

static void code_mac(int64_t company_id, int purpose, const char *target, const char *code, uint8_t out[32])
{
    char text[512];
    int n = snprintf(text, sizeof text, "%lld|%d|%s|%s", (long long)company_id, purpose, target, code);
    hmac_sha256(crypto_key(KEY_CODE), 32, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, out);
}

struct budget {
    const struct stmt *q;
    struct args args;
    int64_t limit;
    const char *zh, *en;
};

static enum err check_budgets(struct ctx *cx, int64_t company, const uint8_t idx[16], const char *device)
{
    const struct budget b[] = {
        {&q_count_target,                                  ARGS(I64(company),                    BLOB(idx,16), I64(cx->now - MINUTE_MS)),1, "请 60 秒后再获取验证码",
         "wait 60 seconds before asking for another code"},
        {&q_count_target, ARGS(I64(company),                                     BLOB(idx,16),I64(cx->now - HOUR_MS)),5,"该号码一小时内获取次数过多",
         "too many codes for this number within an hour"},
        {&q_count_target,                                               ARGS(I64(company),                                          BLOB(idx,16),I64(cx->now - DAY_MS)),10,"该号码今日获取次数过多",
         "too many codes for this number today"},
        {&q_count_ip,                                             ARGS(TXT(cx->ip),                                                           I64(cx->now - HOUR_MS)),                20,                                                 "当前网络获取次数过多",
         "too many codes from this network"},
        {&q_count_device,ARGS(TXT(device),I64(cx->now - DAY_MS),BLOB(idx,16)),3,     "当前设备获取次数过多",
         "too many numbers from this device"},
        {&q_count_company,                                             ARGS(I64(company),                                                                                                                      I64(cx->now - DAY_MS)),                                                                                                                                                                                         config()->sms_daily_budget,                                                                                                                                                                                                                                                                                                                                                                                                                                                             "今日验证码已达上限",
         "the daily number of codes is used up"                                                                                                                                                                                                                                                                                                                                                                                                                                                                        },
    };
    for (size_t i = 0; i < COUNT(b); i++) {
        int64_t n = 0;
        if (b[i].q == &q_count_device && str_empty(device))
            continue;
        enum err e = db_i64(cx, b[i].q, b[i].args, &n, NULL);
        if (e)
            return e;
        if (n >= b[i].limit) {
            if (b[i].q == &q_count_company)
                log_error("code.budget_used_up", L_I("company", company));
            return cx_fail(cx, ERR_RATE, NULL, "%s", "%s", cx->english ? b[i].en : b[i].zh);
        }
    }
    return OK;
}

enum err auth_code_send(struct ctx *cx, const struct login_from *from, int purpose, const char *phone,
                        const char *email)
{
    int64_t company = 0, account = 0;
    uint8_t idx[16], mac[32];
    bool by_mail = !str_empty(email), known = true;
    const char *target = by_mail ? email : phone;
    if (by_mail && purpose != CODE_RECOVER)
        return cx_fail(cx, ERR_INVALID, "email", "邮箱仅可用于找回密码", "e-mail is for recovery only");
    if (by_mail ? !email_valid(email) : !phone_valid(phone))
        return cx_fail(cx, ERR_INVALID, by_mail ? "email" : "phone", "格式不正确", "not a valid address");
    enum err e = company_by_code(cx, from->company, &company);
    if (e)
        return e;
    pii_index(company, target, idx);
    if ((e = check_budgets(cx, company, idx, from->device)) != OK)
        return e;
    if (purpose == CODE_RECOVER)
        e = db_i64(cx, by_mail ? &q_known_email : &q_known_phone, ARGS(I64(company), BLOB(idx, 16)), &account, &known);
    if (e)
        return e;
    char code[8];
    snprintf(code, sizeof code, "%06u", crypto_random_below(1000000));
    code_mac(company, purpose, target, code, mac);
    int64_t id = id_new();
    e = db_exec(cx, &q_insert,
                ARGS(I64(id), I64(company), TXT(code_purpose_name[purpose]), TXT(by_mail ? "mail" : "sms"),
                     BLOB(idx, 16), I64(account), BLOB(mac, 32), TXT(cx->ip), TXT(from->device),
                     I64(cx->now + CODE_LIFE_MS), I64(cx->now)),
                NULL);
    if (e || !known) /* unknown targets use up the budget and get the same answer, but no message */
        return e;
    struct message m = {.company_id = company,
                        .account_id = account,
                        .channel = by_mail ? MSG_MAIL : MSG_SMS,
                        .kind = "code",
                        .dedup = arena_printf(cx->arena, "code:%lld", (long long)id),
                        .to = target,
                        .text = by_mail ? arena_printf(cx->arena, "您的验证码是 %s,5 分钟内有效。请勿告知他人。", code)
                                        : arena_strdup(cx->arena, code),
                        .subject = by_mail ? "验证码" : NULL};
    crypto_wipe(code, sizeof code);
    return message_add(cx, &m, CODE_LIFE_MS);
}

struct latest {
    int64_t id, tries;
    const uint8_t *mac;
};

static enum err on_latest(struct ctx *cx, const struct row *r, void *out)
{
    struct latest *l = out;
    size_t n = 0;
    l->id = row_i64(r, 0);
    l->mac = row_blob(cx, r, 1, &n);
    l->tries = row_i64(r, 2);
    return n == 32 ? OK : ERR_INTERNAL;
}

enum err auth_code_check(struct ctx *cx, int64_t company_id, int purpose, const char *target, const char *code,
                         bool *good)
{
    uint8_t idx[16], mac[32];
    struct latest l = {0};
    *good = false;
    pii_index(company_id, target, idx);
    enum err e =
        db_one(cx, &q_latest, ARGS(I64(company_id), BLOB(idx, 16), TXT(code_purpose_name[purpose]), I64(cx->now)),
               on_latest, &l);
    if (e == ERR_NOT_FOUND || (!e && l.tries >= CODE_TRIES))
        return OK;
    if (e)
        return e;
    code_mac(company_id, purpose, target, code, mac);
    bool match = crypto_equal(mac, l.mac, 32);
    int64_t changed = 0;
    e = db_exec(cx, &q_try, ARGS(I64(l.id), I64(match ? cx->now : 0)), &changed);
    *good = !e && match && changed == 1;
    return e;
}
