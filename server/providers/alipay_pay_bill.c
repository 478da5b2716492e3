/* alipay_pay_bill.c - asking Alipay for a day's bill. Its link needs no signature and lives for half a minute; no hash
 * comes along, so the trailer of the file has to agree with its rows. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/http_out.h"
#include "providers/alipay_pay.h"
#include <string.h>
#include <strings.h>

#define ARENA_MAX  ((size_t)1 << 30)
#define TIMEOUT_MS 60000

/* Alipay has one family of words for "nothing that day" and "not made yet": before noon of the next day it may be both. */
static enum err state_of(const char *code, int32_t day, enum pay_bill_state *state)
{
    if (!strcasestr(code, "bill") || (!strcasestr(code, "not") && !strcasestr(code, "creating")))
        return ERR_UPSTREAM;
    bool early = clock_now_ms() < clock_day_start(day) + DAY_MS + 12 * HOUR_MS;
    *state = early || !strcasestr(code, "exist") ? BILL_NOT_YET : BILL_EMPTY;
    return OK;
}

/* Plain http is possible there; not with us, but on loopback. */
static const char *address(struct arena *a, const char *url)
{
    if (str_starts(url, "https://") || (str_starts(url, "http://") && url_is_loopback(url)))
        return url;
    return str_starts(url, "http://") ? arena_printf(a, "https://%s", url + 7) : NULL;
}

static enum err download(struct arena *a, const char *url, struct out_reply *reply, struct provider_answer *ans)
{
    struct out_request rq = {.method = "GET", .url = url, .timeout_ms = TIMEOUT_MS, .max_body = PAY_BILL_FETCH};
    enum err e = http_out(a, &rq, reply);
    ans->text = "";
    if (e)
        return e == ERR_TIMEOUT ? ERR_UPSTREAM : e; /* asking changes nothing */
    if (reply->status == 200 && reply->len > 4 && memcmp(reply->body, "PK\3\4", 4) == 0)
        return OK;
    ans->text = arena_printf(a, "HTTP %d instead of a bill", reply->status);
    return ERR_UPSTREAM;
}

static enum err fetch(struct arena *a, const struct pay_config *c, const char *day, const struct pay_bill_want *w,
                      struct pay_bill_answer *out, struct provider_answer *ans)
{
    const struct json *j;
    struct out_reply reply;
    struct jw q;
    char *text;
    size_t n = 0;
    jw_init(&q, a);
    jw_obj(&q);
    kv_str(&q, "bill_type", "trade");
    kv_str(&q, "bill_date", day);
    jw_end(&q);
    enum err e = alipay_pay_call(a, c, "alipay.data.dataservice.bill.downloadurl.query", NULL, jw_text(&q), &j, ans);
    if (e == ERR_FORBIDDEN || e == ERR_UPSTREAM)
        return j ? state_of(ans->code, w->day, &out->state) : e;
    if (e)
        return e;
    const char *url = address(a, json_str(j, "bill_download_url"));
    ans->text = "no address to download from";
    if (!url)
        return ERR_UPSTREAM;
    e = download(a, url, &reply, ans);
    if (e)
        return e;
    ans->text = "cannot be unpacked";
    if (pay_bill_unzip(a, reply.body, reply.len, PAY_BILL_FETCH, &text, &n))
        return ERR_INVALID;
    if (w->file)
        w->file(w->arg, text, n);
    e = pay_bill_alipay(text, n, w->row, w->arg, &out->sum, &ans->text);
    if (!e)
        out->state = BILL_READY;
    return e;
}

enum err alipay_pay_bill(struct arena *a, const struct pay_config *c, const struct pay_bill_want *w,
                         struct pay_bill_answer *out, struct provider_answer *ans)
{
    const char *day = pay_day(a, w->day);
    *out = (struct pay_bill_answer){0};
    *ans = (struct provider_answer){"", "day", ""};
    if (!day)
        return ERR_INVALID;
    struct arena *t = arena_new(ARENA_MAX); /* everything big dies with it */
    enum err e = fetch(t, c, day, w, out, ans);
    ans->code = arena_strdup(a, ans->code);
    ans->text = arena_strdup(a, ans->text);
    ans->id = arena_strdup(a, ans->id);
    arena_free(t);
    return e;
}
