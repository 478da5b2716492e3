/* auth_password.c - what passwords we accept. Pure. The two policies contradict each other on purpose
 * (GB/T 22239 asks for classes, ASVS for length); the operator chooses.  SPDX-License-Identifier: MIT */
#include "domain/auth.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The head of every published breach list; longer lists add little behind a lock-out of five tries. */
static const char *const common[] = {
    "123456",    "12345678",   "123456789", "1234567890", "password",   "password1",  "passw0rd",  "qwerty",
    "qwerty123", "qwertyuiop", "abc123",    "abcd1234",   "a123456",    "a12345678",  "1q2w3e4r",  "1qaz2wsx",
    "1qaz@wsx",  "iloveyou",   "111111",    "11111111",   "000000",     "00000000",   "88888888",  "66666666",
    "admin",     "admin123",   "admin888",  "root123",    "p@ssw0rd",   "p@ssword",   "woaini",    "woaini1314",
    "5201314",   "wang1234",   "zxcvbnm",   "asdfghjkl",  "welcome1",   "letmein",    "monkey",    "dragon",
    "sunshine",  "princess",   "football",  "aa123456",   "aaa111",     "q1w2e3r4",   "qwe123",    "qq123456",
    "test1234",  "changeme",   "anju1234",  "wuye1234",   "Aa123456",   "Admin@123",  "Admin123",  "Abc12345",
    "Password1", "Password1!", "Passw0rd!", "Qwerty123",  "Huawei@123", "Admin@1234", "Aa123456!", "Abcd1234!",
};

static bool is_common(const char *p)
{
    for (size_t i = 0; i < COUNT(common); i++)
        if (strcasecmp(common[i], p) == 0)
            return true;
    return false;
}

static size_t distinct(const char *p)
{
    bool seen[256] = {false};
    size_t n = 0;
    for (; *p; p++) {
        n += !seen[(unsigned char)*p];
        seen[(unsigned char)*p] = true;
    }
    return n;
}

static int classes(const char *p)
{
    bool lower = false, upper = false, digit = false, other = false;
    for (; *p; p++) {
        lower |= islower((unsigned char)*p) != 0;
        upper |= isupper((unsigned char)*p) != 0;
        digit |= isdigit((unsigned char)*p) != 0;
        other |= !isalnum((unsigned char)*p);
    }
    return lower + upper + digit + other;
}

struct why password_problem(const char *policy, const char *password, const char *login, const char *name)
{
    bool asvs = str_eq(policy, "asvs");
    size_t n = utf8_len(password), least = asvs ? 12 : 8;
    if (n < least)
        return asvs ? (struct why){"password", "密码至少 12 位", "at least 12 characters"}
                    : (struct why){"password", "密码至少 8 位", "at least 8 characters"};
    if (strlen(password) > 128)
        return (struct why){"password", "密码最多 128 字节", "at most 128 bytes"};
    if (!asvs && classes(password) < 3)
        return (struct why){"password", "须包含大写、小写、数字、符号中的三种",
                            "needs three of: upper case, lower case, digits, symbols"};
    if (distinct(password) < 4 || is_common(password))
        return (struct why){"password", "密码过于常见", "too common"};
    if ((!str_empty(login) && strcasestr(password, login)) || (!str_empty(name) && strcasestr(password, name)))
        return (struct why){"password", "密码不能包含账号或姓名", "must not contain the login or the name"};
    return (struct why){0};
}
