/* wechat_pay_bill.c - asking WeChat Pay for a day's bill: the address comes signed, the file does not, but the signed
 * answer has its hash. SPDX-License-Identifier: MIT */
#include "platform/crypto/crypto.h"
#include "providers/wechat_pay.h"
#include <string.h>

#define ARENA_MAX ((size_t)1 << 30) /* the file packed and unpacked, and what growing buffers leave behind */

/* Path and query, for the host we are configured for: an answer does not choose where we connect. */
static const char *target_of(const char *url)
{
    const char *path = url ? strstr(url, "/v3/billdownload/file?") : NULL;
    return path && path != url && strlen(path) < 2048 ? path : NULL;
}

/* OK: the refusal was a word about the day, now in *state. */
static enum err state_of(enum err e, const char *code, enum pay_bill_state *state)
{
    if (e == ERR_INVALID) /* a day too long ago: the file is not what is wrong */
        return ERR_UPSTREAM;
    if (e != ERR_UPSTREAM && e != ERR_NOT_FOUND) /* only these are verified words about the bill */
        return e;
    *state = wechat_pay_code_is(code, "NOSTATEMENTEXIST")    ? BILL_EMPTY
             : wechat_pay_code_is(code, "STATEMENTCREATING") ? BILL_NOT_YET
                                                             : BILL_ERROR_UNKNOWN;
    return *state == BILL_ERROR_UNKNOWN ? ERR_UPSTREAM : OK;
}

static bool hash_fits(const struct json *j, const char *text, size_t n)
{
    const char *type = json_str(j, "hash_type"), *said = json_str(j, "hash_value");
    uint8_t ours[20], theirs[20];
    if (!str_eq(type, "SHA1") || !said || strlen(said) != 40 || !hex_decode(said, 40, theirs))
        return false;
    sha1(text, n, ours);
    return crypto_equal(ours, theirs, sizeof ours);
}

/* The file, unpacked and proven. OK with *text NULL: *state says why there is none. */
static enum err fetch(struct arena *a, const struct pay_config *c, const char *ask, char **text, size_t *n,
                      enum pay_bill_state *state, struct provider_answer *ans)
{
    const struct json *j;
    struct out_reply reply;
    *text = NULL;
    enum err e = wechat_pay_call(a, c, "GET", ask, NULL, &j, ans);
    if (e)
        return state_of(e, ans->code, state);
    const char *target = target_of(json_str(j, "download_url"));
    ans->text = "no address to download from";
    if (!target)
        return ERR_UPSTREAM;
    e = wechat_pay_download(a, c, target, PAY_BILL_FETCH, &reply, ans);
    if (e)
        return e;
    if (reply.status != 200) {
        ans->text = arena_printf(a, "HTTP %d instead of a bill", reply.status);
        return ERR_UPSTREAM;
    }
    ans->text = "cannot be unpacked";
    if (pay_bill_gunzip(a, reply.body, reply.len, PAY_BILL_FETCH, text, n))
        return ERR_INVALID;
    ans->text = "hash differs";
    if (!hash_fits(j, *text, *n))
        return ERR_INVALID;
    ans->text = "";
    *state = BILL_READY;
    return OK;
}

/* Everything big dies with `t`; what the caller keeps moves to its own arena. */
static void keep(struct arena *a, struct provider_answer *ans)
{
    ans->code = arena_strdup(a, ans->code);
    ans->text = arena_strdup(a, ans->text);
    ans->id = arena_strdup(a, ans->id);
}

enum err wechat_pay_bill(struct arena *a, const struct pay_config *c, const struct pay_bill_want *w,
                         struct pay_bill_answer *out, struct provider_answer *ans)
{
    const char *day = pay_day(a, w->day);
    char *text;
    size_t n = 0;
    *out = (struct pay_bill_answer){0};
    *ans = (struct provider_answer){"", "day", ""};
    if (!day)
        return ERR_INVALID;
    struct arena *t = arena_new(ARENA_MAX);
    enum pay_bill_state state = BILL_ERROR_UNKNOWN;
    enum err e = fetch(t, c, arena_printf(t, "/v3/bill/tradebill?bill_date=%s&bill_type=ALL&tar_type=GZIP", day), &text,
                       &n, &state, ans);
    if (!e && text && w->file)
        w->file(w->arg, text, n);
    if (!e && text)
        e = pay_bill_wechat(text, n, w->row, w->arg, &out->sum, &ans->text);
    if (!e)
        out->state = state;
    keep(a, ans);
    arena_free(t);
    return e;
}

enum err wechat_pay_flow(struct arena *a, const struct pay_config *c, int32_t yyyymmdd, pay_flow_fn *fn, void *arg,
                         struct pay_flow_answer *out, struct provider_answer *ans)
{
    const char *day = pay_day(a, yyyymmdd);
    char *text;
    size_t n = 0;
    *out = (struct pay_flow_answer){0};
    *ans = (struct provider_answer){"", "day", ""};
    if (!day)
        return ERR_INVALID;
    struct arena *t = arena_new(ARENA_MAX);
    enum pay_bill_state state = BILL_ERROR_UNKNOWN;
    enum err e =
        fetch(t, c, arena_printf(t, "/v3/bill/fundflowbill?bill_date=%s&account_type=BASIC&tar_type=GZIP", day), &text,
              &n, &state, ans);
    if (!e && text)
        e = pay_bill_flow(text, n, fn, arg, &out->sum, &ans->text);
    if (!e)
        out->state = state;
    keep(a, ans);
    arena_free(t);
    return e;
}
