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

static enum err send(struct arena *a, const struct sms_config *c, const struct sms_message *m,
                     struct provider_answer *out)
{
    struct tc3 r = {.service = "sms",
                    .host = provider_host(a, c->url),
                    .content_type = CONTENT_TYPE,
                    .body = body_of(a, c, m),
                    .timestamp_s = clock_now_ms() / 1000};
    const char *const headers[] = {"Content-Type: " CONTENT_TYPE, /* NOLINT(bugprone-suspicious-missing-comma) */
                                   "X-TC-Action: SendSms",
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
    const struct json *response = json_get(json_parse(a, reply.body, reply.len), "Response");
    const struct json *error = json_get(response, "Error"), *one = json_at(json_get(response, "SendStatusSet"), 0);
    const struct json *verdict = error ? error : one; /* each number has a status of its own; we send to one */
    const char *code = json_str(verdict, "Code"), *text = json_str(verdict, "Message"),
               *id = json_str(verdict, "SerialNo");
    if (!code) {
        out->text = arena_printf(a, "HTTP %d", reply.status);
        return ERR_TIMEOUT;
    }
    *out = (struct provider_answer){code, text ? text : "", id ? id : ""};
    return judge(code);
}

const struct sms_vt sms_tencent = {"tencent", send};
