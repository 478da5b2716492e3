/* sms.c - the two SMS clouds: signatures are recomputed, numbers are limited. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "providers/cloud_sign.h"
#include "sandbox/sandbox.h"
#include <stdlib.h>
#include <string.h>

/* What the clouds allow for codes: one a minute, five an hour, ten a day per number. */
static bool over_limit(const char *phone)
{
    int64_t now = clock_now_ms();
    return sb.sms_limits &&
           (sb_count_since("sms", phone, now - MINUTE_MS) >= 1 || sb_count_since("sms", phone, now - HOUR_MS) >= 5 ||
            sb_count_since("sms", phone, now - DAY_MS) >= 10);
}

static void capture(struct arena *a, const char *provider, const char *phone, const char *sign, const char *template_id,
                    const char *params_json, const char *id)
{
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "provider", provider);
    kv_str(&w, "sign", sign);
    kv_str(&w, "template", template_id);
    kv_raw(&w, "params", params_json);
    kv_str(&w, "id", id);
    jw_end(&w);
    sb_capture("sms", phone, jw_text(&w));
}

/* Of what we took, all has arrived, but at numbers that end in 404. NULL: no such message to that number. */
static const char *report(struct arena *a, const char *phone, const char *id)
{
    const char *all = sb_captured(a, "sms", phone);
    const struct json *list = json_parse(a, all, strlen(all)), *one;
    for (size_t i = 0; (one = json_at(list, i)) != NULL; i++)
        if (*id && str_eq(json_str(json_get(one, "content"), "id"), id))
            return str_eq(phone + strlen(phone) - 3, "404") ? "MK:0001" : "DELIVERED";
    return NULL;
}

static void aliyun_says(struct sb_request *rq, struct sb_reply *out, int status, const char *code, const char *biz)
{
    sb_text(out, status, "application/json",
            arena_printf(rq->arena, "{\"Message\":\"%s\",\"RequestId\":\"R-1\",\"Code\":\"%s\"%s%s%s}", code, code,
                         biz ? ",\"BizId\":\"" : "", biz ? biz : "", biz ? "\"" : ""));
}

static bool fresh_date(const char *iso)
{
    int64_t t;
    return clock_parse_rfc3339(iso, &t) && llabs(clock_now_ms() - t) <= 15 * MINUTE_MS;
}

/* NULL: the call is genuine. */
static const char *aliyun_gate(struct sb_request *rq, const struct acs3 *r)
{
    if (!str_eq(acs3_authorization(rq->arena, r, sb.sms_key_id, sb.sms_secret), sb_header(rq, "authorization")) ||
        !str_eq(acs3_content_sha256(rq->arena, r), sb_header(rq, "x-acs-content-sha256")))
        return "SignatureDoesNotMatch";
    if (!fresh_date(r->date))
        return "InvalidTimeStamp.Expired";
    if (strlen(r->nonce) < 8 || !sb_use_code(r->nonce))
        return "SignatureNonceUsed";
    return str_eq(r->version, "2017-05-25") ? NULL : "InvalidVersion";
}

static void aliyun_details(struct sb_request *rq, struct sb_reply *out, const struct provider_param *p, size_t n)
{
    struct arena *a = rq->arena;
    const char *phone = sb_param(p, n, "PhoneNumber"), *id = sb_param(p, n, "BizId");
    const char *word = phone_valid(phone) ? report(a, phone, id) : NULL;
    int64_t day = 0;
    if (!phone_valid(phone) || !parse_i64(sb_param(p, n, "SendDate"), &day) || !clock_day_valid((int32_t)day)) {
        aliyun_says(rq, out, 200, "isv.INVALID_PARAMETERS", NULL);
        return;
    }
    const char *one = word ? arena_printf(a, "{\"PhoneNum\":\"%s\",\"SendStatus\":%d,\"ErrCode\":\"%s\"}", phone,
                                          str_eq(word, "DELIVERED") ? 3 : 2, word)
                           : "";
    sb_text(out, 200, "application/json",
            arena_printf(a,
                         "{\"Code\":\"OK\",\"Message\":\"OK\",\"RequestId\":\"R-1\",\"TotalCount\":\"%d\","
                         "\"SmsSendDetailDTOs\":{\"SmsSendDetailDTO\":[%s]}}",
                         word != NULL, one));
}

static void aliyun_send(struct sb_request *rq, struct sb_reply *out, const struct provider_param *p, size_t n)
{
    const char *phone = sb_param(p, n, "PhoneNumbers"), *params = sb_param(p, n, "TemplateParam"), *id;
    if (!phone_valid(phone))
        aliyun_says(rq, out, 200, "isv.MOBILE_NUMBER_ILLEGAL", NULL);
    else if (!*sb_param(p, n, "SignName"))
        aliyun_says(rq, out, 200, "isv.SMS_SIGNATURE_ILLEGAL", NULL);
    else if (!*sb_param(p, n, "TemplateCode") || str_starts(sb_param(p, n, "TemplateCode"), "bad"))
        aliyun_says(rq, out, 200, "isv.SMS_TEMPLATE_ILLEGAL", NULL);
    else if (!json_parse(rq->arena, params, strlen(params)))
        aliyun_says(rq, out, 200, "isv.INVALID_JSON_PARAM", NULL);
    else if (over_limit(phone))
        aliyun_says(rq, out, 200, "isv.BUSINESS_LIMIT_CONTROL", NULL);
    else {
        id = arena_printf(rq->arena, "%lld^0", (long long)clock_now_ms());
        capture(rq->arena, "aliyun", phone, sb_param(p, n, "SignName"), sb_param(p, n, "TemplateCode"), params, id);
        aliyun_says(rq, out, 200, "OK", id);
    }
}

void aliyun_reply(struct sb_request *rq, struct sb_reply *out)
{
    struct provider_param p[32];
    size_t n = sb_params(rq->arena, rq->query, p, 32);
    struct acs3 r = {.method = rq->method,
                     .host = sb_header(rq, "host"),
                     .path = "/",
                     .query = acs3_query(rq->arena, p, n),
                     .action = sb_header(rq, "x-acs-action"),
                     .version = sb_header(rq, "x-acs-version"),
                     .date = sb_header(rq, "x-acs-date"),
                     .nonce = sb_header(rq, "x-acs-signature-nonce"),
                     .body = rq->body,
                     .body_len = rq->body_len};
    const char *wrong = aliyun_gate(rq, &r);
    if (wrong)
        aliyun_says(rq, out, 400, wrong, NULL);
    else if (str_eq(r.action, "SendSms"))
        aliyun_send(rq, out, p, n);
    else if (str_eq(r.action, "QuerySendDetails"))
        aliyun_details(rq, out, p, n);
    else
        aliyun_says(rq, out, 404, "InvalidAction.NotFound", NULL);
}

static void tencent_error(struct sb_request *rq, struct sb_reply *out, const char *code)
{
    sb_text(out, 200, "application/json",
            arena_printf(rq->arena,
                         "{\"Response\":{\"Error\":{\"Code\":\"%s\",\"Message\":\"%s\"},\"RequestId\":\"r\"}}", code,
                         code));
}

static void tencent_status(struct sb_request *rq, struct sb_reply *out, const char *phone, const char *code,
                           const char *id)
{
    sb_text(out, 200, "application/json",
            arena_printf(rq->arena,
                         "{\"Response\":{\"SendStatusSet\":[{\"SerialNo\":\"%s\",\"PhoneNumber\":\"%s\",\"Fee\":%d,"
                         "\"SessionContext\":\"\",\"Code\":\"%s\",\"Message\":\"%s\",\"IsoCode\":\"CN\"}],"
                         "\"RequestId\":\"r\"}}",
                         id, phone, str_eq(code, "Ok"), code, code));
}

/* The text of an array of strings, for the record. */
static const char *strings(struct arena *a, const struct json *list)
{
    struct jw w;
    jw_init(&w, a);
    jw_arr(&w);
    for (size_t i = 0; json_at(list, i); i++)
        jw_str(&w, json_text(json_at(list, i)));
    jw_arr_end(&w);
    return jw_text(&w);
}

static void tencent_send(struct sb_request *rq, struct sb_reply *out, const struct json *j)
{
    struct arena *a = rq->arena;
    const char *to = json_text(json_at(json_get(j, "PhoneNumberSet"), 0));
    const char *phone = to && str_starts(to, "+86") ? to + 3 : "", *id = "";
    if (!phone_valid(phone))
        tencent_status(rq, out, to ? to : "", "InvalidParameterValue.IncorrectPhoneNumber", id);
    else if (str_empty(json_str(j, "SignName")))
        tencent_status(rq, out, to, "FailedOperation.SignatureIncorrectOrUnapproved", id);
    else if (str_empty(json_str(j, "TemplateId")) || str_starts(json_str(j, "TemplateId"), "bad"))
        tencent_status(rq, out, to, "FailedOperation.TemplateIncorrectOrUnapproved", id);
    else if (over_limit(phone))
        tencent_status(rq, out, to, "LimitExceeded.PhoneNumberThirtySecondLimit", id);
    else {
        id = arena_printf(a, "2640:%lld", (long long)clock_now_ms());
        capture(a, "tencent", phone, json_str(j, "SignName"), json_str(j, "TemplateId"),
                strings(a, json_get(j, "TemplateParamSet")), id);
        tencent_status(rq, out, to, "Ok", id);
    }
}

static void tencent_pull(struct sb_request *rq, struct sb_reply *out, const struct json *j)
{
    struct arena *a = rq->arena;
    const char *to = json_str(j, "PhoneNumber"), *phone = to && str_starts(to, "+86") ? to + 3 : "";
    const char *all = sb_captured(a, "sms", phone);
    const struct json *list = json_parse(a, all, strlen(all)), *one;
    struct jw w;
    if (!phone_valid(phone)) {
        tencent_error(rq, out, "InvalidParameterValue.IncorrectPhoneNumber");
        return;
    }
    jw_init(&w, a);
    jw_obj(&w);
    jw_key(&w, "Response");
    jw_obj(&w);
    jw_key(&w, "PullSmsSendStatusSet");
    jw_arr(&w);
    for (size_t i = 0; (one = json_at(list, i)) != NULL; i++) {
        const char *id = json_str(json_get(one, "content"), "id"), *word = report(a, phone, or_empty(id));
        jw_obj(&w);
        kv_str(&w, "PhoneNumber", to);
        kv_str(&w, "SerialNo", id);
        kv_str(&w, "ReportStatus", str_eq(word, "DELIVERED") ? "SUCCESS" : "FAIL");
        kv_str(&w, "Description", word);
        jw_end(&w);
    }
    jw_arr_end(&w);
    kv_str(&w, "RequestId", "r");
    jw_end(&w);
    jw_end(&w);
    sb_text(out, 200, "application/json", jw_text(&w));
}

void tencent_reply(struct sb_request *rq, struct sb_reply *out)
{
    struct arena *a = rq->arena;
    struct tc3 r = {.service = "sms",
                    .host = sb_header(rq, "host"),
                    .content_type = sb_header(rq, "content-type"),
                    .body = rq->body};
    if (!parse_i64(sb_header(rq, "x-tc-timestamp"), &r.timestamp_s) ||
        llabs(clock_now_ms() / 1000 - r.timestamp_s) > 300) {
        tencent_error(rq, out, "AuthFailure.SignatureExpire");
        return;
    }
    if (!str_eq(tc3_authorization(a, &r, sb.sms_key_id, sb.sms_secret), sb_header(rq, "authorization"))) {
        tencent_error(rq, out, "AuthFailure.SignatureFailure");
        return;
    }
    struct json *j = json_parse(a, rq->body, rq->body_len);
    if (!str_eq(sb_header(rq, "x-tc-version"), "2021-01-11"))
        tencent_error(rq, out, "InvalidVersion");
    else if (!str_eq(json_str(j, "SmsSdkAppId"), sb.sms_app_id))
        tencent_error(rq, out, "UnauthorizedOperation.SmsSdkAppIdVerifyFail");
    else if (str_eq(sb_header(rq, "x-tc-action"), "SendSms"))
        tencent_send(rq, out, j);
    else if (str_eq(sb_header(rq, "x-tc-action"), "PullSmsSendStatusByPhoneNumber"))
        tencent_pull(rq, out, j);
    else
        tencent_error(rq, out, "InvalidAction");
}
