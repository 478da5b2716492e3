/* alipay_gate.h - one call at the Alipay gateway: its parameters, its answer. SPDX-License-Identifier: MIT */
#ifndef SANDBOX_ALIPAY_GATE_H
#define SANDBOX_ALIPAY_GATE_H
#include "base/json.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"

struct ali {
    struct sb_request *rq;
    struct sb_reply *out;
    struct arena *a;
    const char *method, *mode; /* mode: the fault that is on */
    struct provider_param p[100];
    size_t n;
    const struct json *biz;
    bool certificates; /* the caller speaks certificate mode */
};
const char *ali_param(const struct ali *x, const char *name);
/* Answers with code 10000 and these members; a name that begins with '*' has JSON as its value. */
void ali_ok(struct ali *x, const struct provider_param *m, size_t n);
void ali_object(struct ali *x, const struct provider_param *m, size_t n); /* without the code */
void ali_refuse(struct ali *x, const char *code, const char *sub, const char *text);
const char *ali_yuan(struct arena *a, int64_t fen);
const char *ali_time(struct arena *a, int64_t ms);

void ali_create(struct ali *x);
void ali_precreate(struct ali *x);
void ali_query(struct ali *x);
void ali_close(struct ali *x);
void ali_cancel(struct ali *x);
void ali_refund(struct ali *x);
void ali_refund_query(struct ali *x);
void ali_bill_url(struct ali *x);

#endif
