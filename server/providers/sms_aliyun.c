/* sms_aliyun.c - SendSms of dysmsapi 2017-05-25. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "providers/cloud_sign.h"
#include "providers/sms.h"
#include <string.h>

static const struct {
    const char *code;
    enum err e;
} meaning[] = {
    {"OK",                          OK           },
    {"isv.BUSINESS_LIMIT_CONTROL",  ERR_RATE     },
    {"isv.DAY_LIMIT_CONTROL",       ERR_RATE     },
    {"Throttling.User",             ERR_BUSY     },
    {"Throttling.Api",              ERR_BUSY     },
    {"isp.SYSTEM_ERROR",            ERR_TIMEOUT  }, /* theirs: may have been sent */
    {"isv.MOBILE_NUMBER_ILLEGAL",   ERR_INVALID  },
    {"isv.MOBILE_COUNT_OVER_LIMIT", ERR_INVALID  },
    {"isv.BLACK_KEY_CONTROL_LIMIT", ERR_FORBIDDEN},
};

static enum err judge(const char *code)
{
    for (size_t i = 0; i < COUNT(meaning); i++)
        if (strcmp(meaning[i].code, code) == 0)
            return meaning[i].e;
    return ERR_UPSTREAM; /* signature, template, balance, clock: for the operator */
}

static const char *utc_now(struct arena *a)
{
    struct civil c = clock_civil(clock_now_ms() - 8 * HOUR_MS);
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

/* One signed call; *reply: its document when there is one. */
static enum err call(struct arena *a, const struct sms_config *c, const char *action, const char *query,
                     struct json **reply, struct provider_answer *out)
{
    char nonce[44];
    token_new(nonce);
    struct acs3 r = {.method = "POST",
                     .host = provider_host(a, c->url),
                     .path = "/",
                     .query = query,
                     .action = action,
                     .version = "2017-05-25",
                     .date = utc_now(a),
                     .nonce = nonce};
    const char *const headers[] = {
        arena_printf(a, "x-acs-action: %s", r.action),
        arena_printf(a, "x-acs-version: %s", r.version),
        arena_printf(a, "x-acs-date: %s", r.date),
        arena_printf(a, "x-acs-signature-nonce: %s", r.nonce),
        arena_printf(a, "x-acs-content-sha256: %s", acs3_content_sha256(a, &r)),
        arena_printf(a, "Authorization: %s", acs3_authorization(a, &r, c->key_id, c->secret)),
        "Content-Type:", /* curl would add one, and one that is sent must be signed */
        NULL,
    };
    struct out_request rq = {.method = "POST",
                             .url = arena_printf(a, "%s/?%s", provider_base(a, c->url), r.query),
                             .headers = headers,
                             .body = "",
                             .timeout_ms = 8000,
                             .max_body = 1 << 16};
    struct out_reply answer;
    *out = (struct provider_answer){"", "", ""};
    enum err e = http_out(a, &rq, &answer);
    if (e)
        return e;
    *reply = json_parse(a, answer.body, answer.len);
    const char *code = json_str(*reply, "Code"), *text = json_str(*reply, "Message"), *id = json_str(*reply, "BizId");
    if (!code) {
        out->text = arena_printf(a, "HTTP %d", answer.status);
        return ERR_TIMEOUT; /* no word from the provider: it may have been sent */
    }
    *out = (struct provider_answer){code, text ? text : "", id ? id : ""};
    return judge(code);
}

static enum err send(struct arena *a, const struct sms_config *c, const struct sms_message *m,
                     struct provider_answer *out)
{
    struct json *reply = NULL;
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    for (size_t i = 0; i < m->nparam; i++)
        kv_str(&w, m->param[i].name, m->param[i].value);
    jw_end(&w);
    const struct provider_param query[] = {
        {"PhoneNumbers",  m->phone      },
        {"SignName",      c->sign       },
        {"TemplateCode",  m->template_id},
        {"TemplateParam", jw_text(&w)   },
        {"OutId",         m->out_id     }
    };
    return call(a, c, "SendSms", acs3_query(a, query, COUNT(query) - (m->out_id == NULL)), &reply, out);
}

static enum err status(struct arena *a, const struct sms_config *c, const struct sms_asked *q, enum sms_fate *fate,
                       struct provider_answer *out)
{
    struct json *reply = NULL;
    const struct provider_param query[] = {
        {"PhoneNumber",           q->phone      },
        {"BizId",                 q->id         },
        {"SendDate",              arena_printf(a, "%d", clock_day(q->sent_at))},
        {"PageSize", "10"              },
        {"CurrentPage",                   "1"                  }
    };
    int64_t n = 0;
    *fate = SMS_WAITING;
    enum err e = call(a, c, "QuerySendDetails", acs3_query(a, query, COUNT(query)), &reply, out);
    if (e)
        return e;
    const struct json *one = json_at(json_get(json_get(reply, "SmsSendDetailDTOs"), "SmsSendDetailDTO"), 0);
    const char *word = json_str(one, "ErrCode");
    if (json_i64(one, "SendStatus", &n))
        *fate = n == 3 ? SMS_DELIVERED : n == 2 ? SMS_LOST : SMS_WAITING;
    out->code = word ? word : "";
    return OK;
}

const struct sms_vt sms_aliyun = {"aliyun", send, status};

const struct sms_vt *sms_provider(const char *name)
{
    static const struct sms_vt *const all[] = {&sms_aliyun, &sms_tencent};
    for (size_t i = 0; i < COUNT(all); i++)
        if (str_eq(all[i]->name, name))
            return all[i];
    return NULL;
}
