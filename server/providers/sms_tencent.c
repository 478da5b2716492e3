/* sms_tencent.c - SendSms 2021-01-11. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "platform/http_out.h"
#include "providers/cloud_sign.h"
#include "providers/sms.h"
#include <string.h>

#define CONTENT_TYPE "application/json; charset=utf-8"

static const struct {
    const char *prefix;
    enum err e;
} meaning[] = {
    {"Ok",                                         OK           },
    {"LimitExceeded.",                             ERR_RATE     },
    {"RequestLimitExceeded",                       ERR_BUSY     },
    {"InternalError",                              ERR_TIMEOUT  },
    {"InvalidParameterValue.IncorrectPhoneNumber", ERR_INVALID  },
    {"FailedOperation.PhoneNumberInBlacklist",     ERR_FORBIDDEN},
};

static enum err judge(const char *code)
{
    for (size_t i = 0; i < COUNT(meaning); i++)
        if (str_starts(code, meaning[i].prefix))
            return meaning[i].e;
    return ERR_UPSTREAM;
}

static const char *body_of(struct arena *a, const struct sms_config *c, const struct sms_message *m)
{
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    jw_key(&w, "PhoneNumberSet");
    jw_arr(&w);
    jw_str(&w, arena_printf(a, "+86%s", m->phone));
    jw_arr_end(&w);
    kv_str(&w, "SmsSdkAppId", c->app_id);
    kv_str(&w, "SignName", c->sign);
    kv_str(&w, "TemplateId", m->template_id);
    jw_key(&w, "TemplateParamSet");
    jw_arr(&w);
    for (size_t i = 0; i < m->nparam; i++)
        jw_str(&w, m->param[i].value);
    jw_arr_end(&w);
    if (m->out_id)
        kv_str(&w, "SessionContext", m->out_id);
    jw_end(&w);
    return jw_text(&w);
}

/* One signed call; *response: its document. An error in it is judged here. */
static enum err call(struct arena *a, const struct sms_config *c, const char *action, const char *body,
                     const struct json **response, struct provider_answer *out)
{
    struct tc3 r = {.service = "sms",
                    .host = provider_host(a, c->url),
                    .content_type = CONTENT_TYPE,
                    .body = body,
                    .timestamp_s = clock_now_ms() / 1000};
    const char *const headers[] = {"Content-Type: " CONTENT_TYPE, /* NOLINT(bugprone-suspicious-missing-comma) */
                                   arena_printf(a, "X-TC-Action: %s", action),
                                   "X-TC-Version: 2021-01-11",
                                   "X-TC-Region: ap-guangzhou",
                                   arena_printf(a, "X-TC-Timestamp: %lld", (long long)r.timestamp_s),
                                   arena_printf(a, "Authorization: %s", tc3_authorization(a, &r, c->key_id, c->secret)),
                                   NULL};
    struct out_request rq = {.method = "POST",
                             .url = arena_printf(a, "%s/", provider_base(a, c->url)),
                             .headers = headers,
                             .body = r.body,
                             .body_len = strlen(r.body),
                             .timeout_ms = 8000,
                             .max_body = 1 << 16};
    struct out_reply reply;
    *out = (struct provider_answer){"", "", ""};
    enum err e = http_out(a, &rq, &reply);
    if (e)
        return e;
    *response = json_get(json_parse(a, reply.body, reply.len), "Response");
    const struct json *error = json_get(*response, "Error");
    const char *code = json_str(error, "Code"), *text = json_str(error, "Message");
    if (!*response) {
        out->text = arena_printf(a, "HTTP %d", reply.status);
        return ERR_TIMEOUT;
    }
    if (!code)
        return OK;
    *out = (struct provider_answer){code, text ? text : "", ""};
    return judge(code);
}

static enum err send(struct arena *a, const struct sms_config *c, const struct sms_message *m,
                     struct provider_answer *out)
{
    const struct json *response = NULL;
    enum err e = call(a, c, "SendSms", body_of(a, c, m), &response, out);
    if (e)
        return e;
    const struct json *one = json_at(json_get(response, "SendStatusSet"), 0); /* a status a number; we send to one */
    const char *code = json_str(one, "Code"), *text = json_str(one, "Message"), *id = json_str(one, "SerialNo");
    if (!code)
        return ERR_TIMEOUT;
    *out = (struct provider_answer){code, text ? text : "", id ? id : ""};
    return judge(code);
}

static enum err status(struct arena *a, const struct sms_config *c, const struct sms_asked *q, enum sms_fate *fate,
                       struct provider_answer *out)
{
    const struct json *response = NULL, *all, *one;
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_int(&w, "BeginTime", q->sent_at / 1000 - 60);
    kv_int(&w, "Offset", 0);
    kv_int(&w, "Limit", 100);
    kv_str(&w, "PhoneNumber", arena_printf(a, "+86%s", q->phone));
    kv_str(&w, "SmsSdkAppId", c->app_id);
    jw_end(&w);
    *fate = SMS_WAITING;
    enum err e = call(a, c, "PullSmsSendStatusByPhoneNumber", jw_text(&w), &response, out);
    if (e)
        return e;
    all = json_get(response, "PullSmsSendStatusSet");
    for (size_t i = 0; (one = json_at(all, i)) != NULL; i++) {
        const char *word = json_str(one, "Description");
        if (!str_eq(json_str(one, "SerialNo"), q->id))
            continue;
        *fate = str_eq(json_str(one, "ReportStatus"), "SUCCESS") ? SMS_DELIVERED : SMS_LOST;
        out->code = word ? word : "";
    }
    return OK;
}

const struct sms_vt sms_tencent = {"tencent", send, status};
