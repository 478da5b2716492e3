/* err.h - the closed list of errors: one row gives the C name, the HTTP status, the wire code and
 * the default texts. A function returns `enum err`; what was wrong exactly (field, reason) travels
 * beside it in a `struct why`. Nothing here allocates. SPDX-License-Identifier: MIT */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

/*        name                http  wire code                default text (zh)              (en) */
#define ERR_LIST(X)                                                                                \
    X(OK,                     200, "ok",                     "成功",                        "ok")  \
    X(ERR_BAD_REQUEST,        400, "bad_request",            "请求格式错误",                "malformed request") \
    X(ERR_UNAUTHENTICATED,    401, "unauthenticated",        "请先登录",                    "please log in") \
    X(ERR_OTP,                401, "otp_required",           "请输入动态口令",              "enter the one-time code") \
    X(ERR_STEP_UP,            403, "step_up_required",       "请再次验证身份",              "prove once more who you are") \
    X(ERR_FORBIDDEN,          403, "forbidden",              "没有权限",                    "not allowed") \
    X(ERR_NOT_FOUND,          404, "not_found",              "不存在",                      "not found") \
    X(ERR_METHOD,             405, "method_not_allowed",     "不支持该方法",                "method not allowed") \
    X(ERR_CONFLICT,           409, "version_conflict",       "数据已被他人修改,请刷新",    "changed meanwhile; reload it") \
    X(ERR_STATE,              409, "bad_transition",         "当前状态不能执行该操作",      "not possible in this state") \
    X(ERR_EXISTS,             409, "already_exists",         "已存在",                      "already exists") \
    X(ERR_TAKEN,              409, "taken",                  "已被他人抢先",                "someone else was faster") \
    X(ERR_TOO_LARGE,          413, "too_large",              "内容过大",                    "too large") \
    X(ERR_MEDIA,              415, "unsupported_media_type", "不支持的内容类型",            "unsupported content type") \
    X(ERR_INVALID,            422, "invalid_field",          "字段无效",                    "invalid field") \
    X(ERR_IDEMPOTENCY,        422, "idempotency_mismatch",   "幂等键已用于其他内容",        "idempotency key used with another body") \
    X(ERR_LOCKED,             423, "locked",                 "账号已锁定,请稍后再试",      "account locked; try later") \
    X(ERR_PRECONDITION,       428, "precondition_required",  "缺少 If-Match",               "If-Match is required") \
    X(ERR_RATE,               429, "rate_limited",           "操作过于频繁,请稍后再试",    "too many requests; try later") \
    X(ERR_INTERNAL,           500, "internal",               "服务器内部错误",              "internal error") \
    X(ERR_NOT_IMPLEMENTED,    501, "not_implemented",        "不支持",                      "not supported") \
    X(ERR_UPSTREAM,           502, "upstream",               "外部服务异常",                "an outside service failed") \
    X(ERR_BUSY,               503, "busy",                   "系统繁忙,请稍后再试",        "busy; try again") \
    X(ERR_READ_ONLY,          503, "read_only",              "系统暂时只读",                "temporarily read-only") \
    X(ERR_TIMEOUT,            504, "timeout",                "处理超时",                    "timed out") \
    X(ERR_RETRY,              503, "retry",                  "请重试",                      "retry")

enum err {
#define X(name, http, wire, zh, en) name,
    ERR_LIST(X)
#undef X
    ERR_COUNT
};

/* Detail of an error being returned: borrowed or arena strings, NULL where there is nothing to say. */
struct why {
    const char *field; /* JSON or query field, "" never */
    const char *zh, *en;
};

int err_http(enum err e);
const char *err_wire(enum err e);
const char *err_text(enum err e, int english);

#endif
