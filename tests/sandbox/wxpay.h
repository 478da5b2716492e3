/* wxpay.h - the pieces of api.mch.weixin.qq.com. A call fills status and body of its answer; wxpay.c has checked who is
 * asking and signs what comes out. SPDX-License-Identifier: MIT */
#ifndef SANDBOX_WXPAY_H
#define SANDBOX_WXPAY_H
#include "base/json.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"

struct wx {
    struct sb_request *rq;
    struct arena *a;
    const char *number;   /* the part of the path that varies; "" */
    const struct json *j; /* of a POST */
    struct provider_param p[16];
    size_t np;
    const char *mode; /* the fault that is on */
    int status;       /* the answer */
    const char *body, *type;
    size_t len;     /* 0: strlen(body) */
    bool unsigned_; /* a download */
};
void wx_ok(struct wx *x, int status, const char *body);
void wx_refuse(struct wx *x, int status, const char *code, const char *message);
const char *wx_time(struct arena *a, int64_t ms); /* RFC 3339 at +08:00, whole seconds */

/* What a document may hold. Everything else is refused, as are nulls. */
struct wx_field {
    const char *key;
    char type; /* s string, i integer, o object with fields, x object of any kind, a array, b bool */
    bool must;
    int64_t min, max; /* letters of a string, value of an integer */
    const struct wx_field *fields;
    size_t nfields;
};
bool wx_check(struct wx *x, const struct json *j, const struct wx_field *f, size_t n); /* false: refused */
bool wx_merchant(struct wx *x, const char *mchid);                                     /* ours; false: refused */

void wx_jsapi(struct wx *x);
void wx_native(struct wx *x);
void wx_query(struct wx *x);
void wx_query_id(struct wx *x);
void wx_close(struct wx *x);
void wx_refund(struct wx *x);
void wx_refund_query(struct wx *x);
void wx_certificates(struct wx *x);
void wx_echo(struct wx *x);
void wx_tradebill(struct wx *x);
void wx_flowbill(struct wx *x);
void wx_download(struct wx *x);

#endif
