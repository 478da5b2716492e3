/* test_pay_alipay.c - paying over the Alipay gateway: forms, notifies, yuan as text, and every call against a server
 * that answers well, badly, forged or not at all. SPDX-License-Identifier: MIT */
#include "tests/unit/pay_stub.h"

#include "base/json.h"
#include "providers/alipay.h"
#include "providers/alipay_pay.h"

#define NUMBER "AL20261123000000001"
#define NOW    INT64_C(1795420421000)

static struct pair ours, gateway, other;
static struct pay_config cfg;
static struct provider_answer ans;
static const char *why;

/* value: the object; the gateway signs its text */
static void answer(const char *method, const char *value, const struct pair *by)
{
    char *key = arena_printf(a, "%s_response", method);
    for (char *p = key; *p; p++)
        if (*p == '.')
            *p = '_';
    const char *body = by ? arena_printf(a, "{\"%s\":%s,\"sign\":\"%s\"}", key, value,
                                         rsa_sign_b64(a, by->private_pem, value, strlen(value)))
                          : arena_printf(a, "{\"%s\":%s}", key, value);
    stub.answer_len = (size_t)snprintf(
        stub.answer, sizeof stub.answer,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(body), body);
}

static const char *refusal(const char *code, const char *sub)
{
    return arena_printf(a, "{\"code\":\"%s\",\"msg\":\"m\",\"sub_code\":\"%s\",\"sub_msg\":\"t\"}", code, sub);
}

/* The parameter of the request, decoded; NULL: not there. */
static const char *sent(const char *name)
{
    static struct provider_param p[ALIPAY_FORM_PARAMS];
    const char *body = strstr(stub.seen, "\r\n\r\n");
    size_t n = 0;
    assert_non_null(body);
    assert_int_equal(alipay_form(a, body + 4, strlen(body + 4), p, &n), OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, name) == 0)
            return p[i].value;
    return NULL;
}

static struct pay_order order(enum pay_scene scene)
{
    return (struct pay_order){.scene = scene,
                              .out_trade_no = NUMBER,
                              .amount_fen = 12850,
                              .description = "物业费 2026-11",
                              .notify_url = "https://pay.example.cn/notify/alipay",
                              .now = NOW,
                              .expires_at = NOW + 10 * MINUTE_MS,
                              .openid = "0abcdef"};
}

/* ---- text ---- */
static void yuan(void **state)
{
    (void)state;
    int64_t v;
    struct arena *own = arena_new(256u << 20);
    for (int i = 0; i < 200000; i++) { /* there and back, without a float in between */
        int64_t fen = (int64_t)(rnd() % (i % 2 ? 100000u : 99999999999u));
        const char *s = arena_printf(own, "%lld.%02lld", (long long)(fen / 100), (long long)(fen % 100));
        assert_true(pay_yuan_parse(s, &v) && v == fen);
        assert_string_equal(pay_yuan(own, fen), s);
    }
    arena_free(own);
    static const struct {
        const char *s;
        int64_t fen;
    } good[] = {
        {"0",            0          },
        {"1",            100        },
        {"1.5",          150        },
        {"0.01",         1          },
        {"999999999.99", 99999999999},
        {"007.10",       710        }
    };
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(pay_yuan_parse(good[i].s, &v) && v == good[i].fen);
    static const char *const bad[] = {"",         ".",     "1.",         ".5",  "-1",   "+1",  "1.234",
                                      "1,000.00", " 1",    "1 ",         "1e2", "0x10", "NaN", "1.-1",
                                      "1..2",     "1.2.3", "1234567890", "１",  "--1"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(pay_yuan_parse(bad[i], &v));
    assert_false(pay_yuan_parse(NULL, &v));
    for (int i = 0; i < 100000; i++) { /* whatever it takes has the one form */
        char s[14] = "";
        static const char set[] = "0123456789.-+e ,";
        size_t n = rnd() % 13;
        for (size_t k = 0; k < n; k++)
            s[k] = set[rnd() % (sizeof set - 1)];
        if (pay_yuan_parse(s, &v)) {
            assert_true(v >= 0 && v <= 99999999999);
            assert_int_equal(strspn(s, "0123456789."), n);
        }
    }
}

static void times(void **state)
{
    (void)state;
    int64_t t;
    assert_string_equal(pay_time(a, NOW), "2026-11-23 15:53:41");
    assert_true(pay_time_parse("2026-11-23 15:53:41", &t) && t == NOW);
    static const char *const bad[] = {
        "", "2026-11-23", "2026-11-23T15:53:41", "2026-13-23 15:53:41", "2026-11-23 15:53:4x", "2026-11-23 15:53:411"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(pay_time_parse(bad[i], &t));
}

/* ---- forms and notifies ---- */
static void forms(void **state)
{
    (void)state;
    struct provider_param p[ALIPAY_FORM_PARAMS];
    size_t n;
    const char *s = "a=1+2&b=%E5%AE%89%2B%25&c=&sign=x%3D";
    assert_int_equal(alipay_form(a, s, strlen(s), p, &n), OK);
    assert_int_equal(n, 4);
    assert_string_equal(p[0].value, "1 2");
    assert_string_equal(p[1].value, "安+%"); /* decoded once */
    assert_string_equal(alipay_notify_content(a, p, n), "a=1 2&b=安+%");
    static const char *const bad[] = {"",      "a",     "=1",    "a=1&a=2",  "a=1&%61=2", "a=%",     "a=%4",
                                      "a=%zz", "a=%00", "a=%FF", "a=1&&b=2", "&a=1",      "a=%E5%AE"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *e = exact(bad[i], strlen(bad[i]));
        assert_int_equal(alipay_form(a, e, strlen(bad[i]), p, &n), ERR_INVALID);
        free(e);
    }
    struct buf b;
    buf_init(&b, a);
    for (int i = 0; i <= ALIPAY_FORM_PARAMS; i++)
        buf_printf(&b, "%sp%d=1", i ? "&" : "", i);
    assert_int_equal(alipay_form(a, b.p, b.n, p, &n), ERR_INVALID);
    char *big = arena_alloc(a, ALIPAY_FORM_BYTES + 2);
    memset(big, 'a', ALIPAY_FORM_BYTES + 1);
    big[1] = '=';
    assert_int_equal(alipay_form(a, big, ALIPAY_FORM_BYTES, p, &n), OK);
    assert_int_equal(alipay_form(a, big, ALIPAY_FORM_BYTES + 1, p, &n), ERR_INVALID);
}

static const struct provider_param paid[] = {
    {"notify_time",  "2026-11-23 10:00:02"          },
    {"notify_type",  "trade_status_sync"            },
    {"notify_id",    "N1"                           },
    {"app_id",       "2021"                         },
    {"seller_id",    "2088000000000001"             },
    {"trade_no",     "2026112322001"                },
    {"out_trade_no", NUMBER                         },
    {"buyer_id",     "2088102534368455"             },
    {"trade_status", "TRADE_SUCCESS"                },
    {"total_amount", "128.50"                       },
    {"subject",      "物业费 & 100% + \"x\""     },
    {"gmt_payment",  "2026-11-23 10:00:00"          },
    {"new_field",    "signed like everything else ="},
    {"empty",        ""                             },
    {"charset",      "utf-8"                        },
    {"version",      "1.0"                          },
    {"sign_type",    "RSA2"                         }
};

/* The form of `paid` with some values replaced (or added), signed by `by`. */
static const char *form_of(const struct provider_param *change, size_t nchange, const struct pair *by)
{
    struct provider_param p[COUNT(paid) + 8];
    size_t n = COUNT(paid);
    struct buf b;
    memcpy(p, paid, sizeof paid);
    for (size_t i = 0; i < nchange; i++) {
        size_t k = 0;
        while (k < n && strcmp(p[k].name, change[i].name) != 0)
            k++;
        p[k] = change[i];
        n += k == n;
    }
    const char *content = alipay_notify_content(a, p, n);
    p[n++] = (struct provider_param){"sign", rsa_sign_b64(a, by->private_pem, content, strlen(content))};
    buf_init(&b, a);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s%s=%s", i ? "&" : "", p[i].name, out_escape(a, p[i].value));
    return buf_cstr(&b);
}

static enum err take(const char *body, struct pay_notify *n)
{
    struct pay_incoming in = {.body = body, .len = strlen(body), .now = NOW};
    return alipay_pay.notify(a, &cfg, &in, n, &ans);
}

static void notify_payment(void **state)
{
    (void)state;
    struct pay_notify n;
    assert_int_equal(take(form_of(NULL, 0, &gateway), &n), OK);
    assert_int_equal(n.event, PAY_EVENT_PAYMENT);
    assert_string_equal(n.id, "N1");
    assert_int_equal(n.pay.status, PAY_SUCCESS);
    assert_int_equal(n.pay.amount_fen, 12850);
    assert_int_equal(n.pay.paid_at, INT64_C(1795399200000));
    assert_null(pay_mismatch(&cfg, &n.pay, NUMBER, 12850));
    assert_string_equal(pay_mismatch(&cfg, &n.pay, NUMBER, 1285), "amount");
    const struct provider_param finished = {"trade_status", "TRADE_FINISHED"}, type = {"notify_type", "other"};
    assert_int_equal(take(form_of(&finished, 1, &gateway), &n), OK);
    assert_int_equal(n.pay.status, PAY_SUCCESS);
    assert_int_equal(take(form_of(&type, 1, &gateway), &n), OK);
    assert_int_equal(n.event, PAY_EVENT_OTHER);
    const struct provider_param gone[] = {
        {"trade_status", "TRADE_CLOSED"},
        {"gmt_payment",  ""            }
    };
    assert_int_equal(take(form_of(gone, 2, &gateway), &n), OK); /* ran out unpaid */
    assert_int_equal(n.pay.status, PAY_CLOSED);
    assert_non_null(pay_mismatch(&cfg, &n.pay, NUMBER, 12850));
}

static void notify_refund(void **state)
{
    (void)state;
    struct pay_notify n;
    const struct provider_param part[] = {
        {"refund_fee", "28.50"              },
        {"gmt_refund", "2026-11-23 11:00:00"},
        {"out_biz_no", "RF20261123000000001"}
    };
    const struct provider_param all[] = {
        {"refund_fee",   "128.50"             },
        {"gmt_refund",   "2026-11-23 11:00:00"},
        {"trade_status", "TRADE_CLOSED"       }
    };
    assert_int_equal(take(form_of(part, 3, &gateway), &n), OK);
    assert_int_equal(n.event, PAY_EVENT_REFUND); /* though it says TRADE_SUCCESS */
    assert_int_equal(n.pay.status, PAY_REFUNDED);
    assert_int_equal(n.refund.refunded_sum_fen, 2850);
    assert_string_equal(n.refund.out_refund_no, "RF20261123000000001");
    assert_int_equal(take(form_of(all, 3, &gateway), &n), OK);
    assert_int_equal(n.event, PAY_EVENT_REFUND);
    assert_int_equal(n.refund.refunded_sum_fen, 12850);
    const struct provider_param more = {"refund_fee", "128.51"};
    assert_int_equal(take(form_of(&more, 1, &gateway), &n), ERR_INVALID);
}

static void notify_forged(void **state)
{
    (void)state;
    struct pay_notify n;
    const char *good = form_of(NULL, 0, &gateway);
    assert_int_equal(take(form_of(NULL, 0, &other), &n), ERR_FORBIDDEN);
    assert_int_equal(take(arena_printf(a, "%s&total_amount=0.01", good), &n), ERR_FORBIDDEN); /* twice */
    assert_int_equal(take(arena_printf(a, "%s&extra=1", good), &n), ERR_FORBIDDEN);
    char *changed = arena_strdup(a, good);
    *(strstr(changed, "128.50") + 2) = '9';
    assert_int_equal(take(changed, &n), ERR_FORBIDDEN);
    for (size_t i = 0; i < strlen(good); i++) {
        char *cut = exact(good, i);
        struct pay_incoming in = {.body = cut, .len = i, .now = NOW};
        assert_int_equal(alipay_pay.notify(a, &cfg, &in, &n, &ans), ERR_FORBIDDEN);
        assert_int_equal(n.pay.status, PAY_ERROR_UNKNOWN);
        free(cut);
    }
    static const struct provider_param not_ours[] = {
        {"app_id",       "2022"            },
        {"seller_id",    "2088000000000002"},
        {"total_amount", "128.505"         },
        {"total_amount", "-1"              },
        {"total_amount", ""                },
        {"trade_status", "TRADE_PAID"      },
        {"out_trade_no", ""                },
        {"trade_no",     ""                },
        {"gmt_payment",  "yesterday"       }
    };
    for (size_t i = 0; i < COUNT(not_ours); i++) {
        assert_int_equal(take(form_of(&not_ours[i], 1, &gateway), &n), ERR_INVALID);
        assert_int_equal(n.event, PAY_EVENT_OTHER);
        assert_int_equal(n.pay.status, PAY_ERROR_UNKNOWN);
    }
    const struct provider_param rsa1 = {"sign_type", "RSA"};
    assert_int_equal(take(form_of(&rsa1, 1, &gateway), &n), ERR_FORBIDDEN);
}

/* ---- calls ---- */
static void creating(void **state)
{
    (void)state;
    struct pay_request rq;
    struct pay_created made;
    struct pay_order o = order(PAY_MINI);
    assert_int_equal(alipay_pay.prepare(a, &cfg, &o, &rq, &why), OK);
    assert_string_equal(rq.body, "{\"out_trade_no\":\"" NUMBER
                                 "\",\"total_amount\":\"128.50\",\"subject\":\"物业费 2026-11\",\"time_expire\":"
                                 "\"2026-11-23 16:03:41\",\"product_code\":\"JSAPI_PAY\",\"op_app_id\":\"2021\","
                                 "\"buyer_open_id\":\"0abcdef\"}");
    answer("alipay.trade.create", "{\"code\":\"10000\",\"out_trade_no\":\"" NUMBER "\",\"trade_no\":\"20261123\"}",
           &gateway);
    assert_int_equal(alipay_pay.create(a, &cfg, &rq, &made, &ans), OK);
    assert_string_equal(made.handle, "20261123");
    assert_string_equal(sent("biz_content"), rq.body);
    assert_string_equal(sent("method"), "alipay.trade.create");
    assert_string_equal(sent("notify_url"), "https://pay.example.cn/notify/alipay");
    assert_string_equal(alipay_pay.client(a, &cfg, made.handle, NOW), "{\"tradeNO\":\"20261123\"}");
    o.openid = "2088102534368455";
    assert_int_equal(alipay_pay.prepare(a, &cfg, &o, &rq, &why), OK);
    assert_non_null(strstr(rq.body, "\"buyer_id\":\"2088102534368455\""));
    o = order(PAY_QR);
    assert_int_equal(alipay_pay.prepare(a, &cfg, &o, &rq, &why), OK);
    assert_non_null(strstr(rq.body, "\"qr_code_timeout_express\":\"10m\""));
    answer("alipay.trade.precreate",
           "{\"code\":\"10000\",\"out_trade_no\":\"" NUMBER "\",\"qr_code\":\"https:\\/\\/qr.alipay.com\\/x\"}",
           &gateway);
    assert_int_equal(alipay_pay.create(a, &cfg, &rq, &made, &ans), OK);
    assert_string_equal(made.handle, "https://qr.alipay.com/x");
    assert_string_equal(sent("method"), "alipay.trade.precreate");
}

static void errors(void **state)
{
    (void)state;
    static const struct {
        const char *code, *sub;
        enum err e;
        enum pay_status status;
    } t[] = {
        {"40004", "ACQ.TRADE_HAS_SUCCESS",    ERR_FORBIDDEN, PAY_SUCCESS      },
        {"40004", "ACQ.TRADE_HAS_CLOSE",      ERR_FORBIDDEN, PAY_CLOSED       },
        {"40004", "ACQ.CONTEXT_INCONSISTENT", ERR_INVALID,   PAY_ERROR_UNKNOWN},
        {"40004", "ACQ.INVALID_PARAMETER",    ERR_INVALID,   PAY_ERROR_UNKNOWN},
        {"40004", "ACQ.SYSTEM_ERROR",         ERR_TIMEOUT,   PAY_ERROR_UNKNOWN},
        {"20000", "isp.unknow-error",         ERR_TIMEOUT,   PAY_ERROR_UNKNOWN},
        {"10003", "",                         ERR_TIMEOUT,   PAY_ERROR_UNKNOWN},
        {"40002", "isv.invalid-signature",    ERR_UPSTREAM,  PAY_ERROR_UNKNOWN},
        {"40006", "isv.insufficient",         ERR_UPSTREAM,  PAY_ERROR_UNKNOWN},
    };
    struct pay_request rq;
    struct pay_created made;
    struct pay_order o = order(PAY_MINI);
    assert_int_equal(alipay_pay.prepare(a, &cfg, &o, &rq, &why), OK);
    for (size_t i = 0; i < COUNT(t); i++) {
        answer("alipay.trade.create", refusal(t[i].code, t[i].sub), &gateway);
        assert_int_equal(alipay_pay.create(a, &cfg, &rq, &made, &ans), t[i].e);
        assert_int_equal(made.status, t[i].status);
        answer("alipay.trade.create", refusal(t[i].code, t[i].sub), i % 2 ? &other : NULL); /* nobody's word */
        assert_int_equal(alipay_pay.create(a, &cfg, &rq, &made, &ans), ERR_TIMEOUT);
        assert_int_equal(made.status, PAY_ERROR_UNKNOWN);
    }
    static const char *const odd[] = {"{\"code\":\"10000\",\"out_trade_no\":\"" NUMBER
                                      "\",\"trade_no\":\"1\",\"trade_no\":\"2\"}",
                                      "{}",
                                      "{\"code\":\"10000\"}",
                                      "{\"code\":\"10000\",\"out_trade_no\":\"x\",\"trade_no\":\"1\"}",
                                      "[]",
                                      "1"};
    for (size_t i = 0; i < COUNT(odd); i++) {
        answer("alipay.trade.create", odd[i], &gateway);
        assert_int_equal(alipay_pay.create(a, &cfg, &rq, &made, &ans), ERR_TIMEOUT);
    }
    stub.answer_len = 0;
    assert_int_equal(alipay_pay.create(a, &cfg, &rq, &made, &ans), ERR_TIMEOUT);
}

#define TRADE(st, amount, rest)                                                                                        \
    "{\"code\":\"10000\",\"trade_no\":\"2026112322001\",\"out_trade_no\":\"" NUMBER                                    \
    "\",\"buyer_open_id\":\"0abcdef\",\"trade_status\":\"" st "\",\"total_amount\":\"" amount "\"" rest "}"
#define DATE ",\"send_pay_date\":\"2026-11-23 10:00:00\""

static void query(void **state)
{
    (void)state;
    struct pay_answer p;
    static const struct {
        const char *value;
        enum pay_status status;
    } t[] = {
        {TRADE("WAIT_BUYER_PAY", "128.50", ""),   PAY_NOTPAY  },
        {TRADE("TRADE_SUCCESS",  "128.50", DATE), PAY_SUCCESS },
        {TRADE("TRADE_FINISHED", "128.50", DATE), PAY_SUCCESS },
        {TRADE("TRADE_CLOSED",   "128.50", ""),   PAY_CLOSED  },
        {TRADE("TRADE_CLOSED",   "128.50", DATE), PAY_REFUNDED},
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        answer("alipay.trade.query", t[i].value, &gateway);
        assert_int_equal(alipay_pay.query(a, &cfg, NUMBER, &p, &ans), OK);
        assert_int_equal(p.status, t[i].status);
        bool was = t[i].status == PAY_SUCCESS || t[i].status == PAY_REFUNDED;
        assert_true(was == !pay_mismatch(&cfg, &p, NUMBER, 12850));
        assert_non_null(pay_mismatch(&cfg, &p, NUMBER, 12849));
    }
    assert_string_equal(sent("biz_content"), "{\"out_trade_no\":\"" NUMBER "\"}");
    static const char *const bad[] = {TRADE("TRADE_SUCCESS", "128.505", DATE), TRADE("TRADE_SUCCESS", "128.50", ""),
                                      TRADE("TRADE_OTHER", "128.50", DATE), "{\"code\":\"10000\"}"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        answer("alipay.trade.query", bad[i], &gateway);
        assert_int_equal(alipay_pay.query(a, &cfg, NUMBER, &p, &ans), ERR_TIMEOUT);
        assert_int_equal(p.status, PAY_ERROR_UNKNOWN);
    }
    answer("alipay.trade.query", t[1].value, &gateway);
    assert_int_equal(alipay_pay.query(a, &cfg, "AL20261123000000002", &p, &ans), ERR_TIMEOUT);
    answer("alipay.trade.query", refusal("40004", "ACQ.TRADE_NOT_EXIST"), &gateway);
    assert_int_equal(alipay_pay.query(a, &cfg, NUMBER, &p, &ans), OK);
    assert_int_equal(p.status, PAY_UNKNOWN_NUMBER);
    assert_int_equal(alipay_pay.query(a, &cfg, "x", &p, &ans), ERR_INVALID);
}

static void closing(void **state)
{
    (void)state;
    enum pay_status s;
    answer("alipay.trade.close", "{\"code\":\"10000\",\"out_trade_no\":\"" NUMBER "\",\"trade_no\":\"1\"}", &gateway);
    assert_int_equal(alipay_pay.close(a, &cfg, NUMBER, &s, &ans), OK);
    assert_int_equal(s, PAY_CLOSED);
    answer("alipay.trade.close", refusal("40004", "ACQ.TRADE_NOT_EXIST"), &gateway);
    assert_int_equal(alipay_pay.close(a, &cfg, NUMBER, &s, &ans), OK);
    assert_int_equal(s, PAY_UNKNOWN_NUMBER);
    answer("alipay.trade.close", refusal("40004", "ACQ.SYSTEM_ERROR"), &gateway);
    assert_int_equal(alipay_pay.close(a, &cfg, NUMBER, &s, &ans), ERR_TIMEOUT);
    assert_int_equal(s, PAY_ERROR_UNKNOWN);
    /* refused as paid or closed: it looks, and what it sees here is no answer to a query */
    stub.calls = 0;
    answer("alipay.trade.close", refusal("40004", "ACQ.REASON_TRADE_STATUS_INVALID"), &gateway);
    assert_int_equal(alipay_pay.close(a, &cfg, NUMBER, &s, &ans), ERR_TIMEOUT);
    assert_int_equal(stub.calls, 2);
    assert_string_equal(sent("method"), "alipay.trade.query");
}

static void refunds(void **state)
{
    (void)state;
    struct pay_request rq;
    struct pay_refund_answer r;
    struct pay_refund f = {.out_trade_no = NUMBER,
                           .out_refund_no = "RF20261123000000001",
                           .refund_fen = 2850,
                           .total_fen = 12850,
                           .reason = "多收退回"};
    assert_int_equal(alipay_pay.refund_prepare(a, &cfg, &f, &rq, &why), OK);
    assert_string_equal(rq.body, "{\"out_trade_no\":\"" NUMBER
                                 "\",\"refund_amount\":\"28.50\",\"out_request_no\":\"RF20261123000000001\","
                                 "\"refund_reason\":\"多收退回\"}");
#define REFUND(change)                                                                                                 \
    "{\"code\":\"10000\",\"trade_no\":\"1\",\"out_trade_no\":\"" NUMBER "\",\"refund_fee\":\"50.00\"" change "}"
    answer("alipay.trade.refund", REFUND(",\"fund_change\":\"Y\",\"gmt_refund_pay\":\"2026-11-23 10:00:00\""),
           &gateway);
    assert_int_equal(alipay_pay.refund(a, &cfg, &rq, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS);
    assert_int_equal(r.refunded_sum_fen, 5000); /* the trade's, not this refund's */
    assert_int_equal(r.refund_fen, 0);
    static const char *const unsure[] = {REFUND(",\"fund_change\":\"N\""), REFUND("")};
    for (size_t i = 0; i < 2; i++) {
        answer("alipay.trade.refund", unsure[i], &gateway);
        assert_int_equal(alipay_pay.refund(a, &cfg, &rq, &r, &ans), OK);
        assert_int_equal(r.status, REFUND_PROCESSING);
    }
    answer("alipay.trade.refund", refusal("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"), &gateway);
    assert_int_equal(alipay_pay.refund(a, &cfg, &rq, &r, &ans), ERR_BUSY);
    assert_int_equal(r.status, REFUND_NO_BALANCE);
    answer("alipay.trade.fastpay.refund.query",
           "{\"code\":\"10000\",\"trade_no\":\"1\",\"out_trade_no\":\"" NUMBER
           "\",\"out_request_no\":\"RF20261123000000001\",\"refund_status\":\"REFUND_SUCCESS\",\"refund_amount\":"
           "\"28.50\",\"total_amount\":\"128.50\",\"gmt_refund_pay\":\"2026-11-23 10:00:00\"}",
           &gateway);
    assert_int_equal(alipay_pay.refund_query(a, &cfg, NUMBER, f.out_refund_no, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS);
    assert_int_equal(r.refund_fen, 2850);
    assert_int_equal(alipay_pay.refund_query(a, &cfg, NUMBER, "RF20261123000000002", &r, &ans), ERR_TIMEOUT);
    answer("alipay.trade.fastpay.refund.query", "{\"code\":\"10000\"}", &gateway);
    assert_int_equal(alipay_pay.refund_query(a, &cfg, NUMBER, f.out_refund_no, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_PROCESSING);
    answer("alipay.trade.fastpay.refund.query", refusal("40004", "ACQ.TRADE_NOT_EXIST"), &gateway);
    assert_int_equal(alipay_pay.refund_query(a, &cfg, NUMBER, f.out_refund_no, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_UNKNOWN_NUMBER);
}

/* ---- published vectors ---- */
static const char *encode_all(const struct json *params)
{
    struct buf b;
    const char *k;
    buf_init(&b, a);
    for (size_t i = 0; (k = json_key_at(params, i)); i++)
        buf_printf(&b, "%s%s=%s", i ? "&" : "", k, out_escape(a, json_str(params, k)));
    return buf_cstr(&b);
}

static void published_notify(const char *d)
{
    size_t n = 0, count = 0;
    const char *text = slurp(a, d, "notify_trade_v1.json", &n);
    const struct json *j = json_parse(a, text, n);
    const char *body = encode_all(json_get(j, "params"));
    struct provider_param p[ALIPAY_FORM_PARAMS];
    struct pay_notify out;
    assert_int_equal(alipay_form(a, body, strlen(body), p, &count), OK);
    assert_string_equal(alipay_notify_content(a, p, count), json_str(j, "sign_content"));
    struct pay_config c = {.appid = "2019073166072302",
                           .mchid = "2088531891668739",
                           .public_key = slurp(a, d, "notify_pubkey_v1.b64", NULL)};
    struct pay_incoming in = {.body = body, .len = strlen(body)};
    assert_int_equal(alipay_pay.notify(a, &c, &in, &out, &ans), OK);
    assert_null(pay_mismatch(&c, &out.pay, "20190815155618536-564-57", 10));
    char *forged = arena_strdup(a, body), *at = strstr(forged, "total_amount=0.10");
    at[15] = '9';
    in.body = forged;
    assert_int_equal(alipay_pay.notify(a, &c, &in, &out, &ans), ERR_FORBIDDEN);
}

static void published_answers(const char *d)
{
    size_t n = 0, len = 0;
    const char *text = slurp(a, d, "response_sign.json", &n);
    const struct json *j = json_parse(a, text, n), *row;
    const char *raw = json_str(j, "raw"),
               *part = alipay_signed_part(raw, strlen(raw), json_str(j, "response_key"), &len);
    assert_string_equal(arena_strndup(a, part, len), json_str(j, "signed_substring"));
    assert_true(rsa_verify_b64(slurp(a, d, json_str(j, "public_key"), NULL), part, len, json_str(j, "sign")));
    text = slurp(a, d, "response_substring_cases.json", &n);
    j = json_parse(a, text, n);
    for (size_t i = 0; (row = json_at(json_get(j, "cases"), i)); i++) {
        raw = json_str(row, "raw");
        part = alipay_signed_part(raw, strlen(raw), json_str(j, "response_key"), &len);
        assert_string_equal(arena_strndup(a, part, len), json_str(row, "expected_signed_substring"));
    }
    static const char *const keys[] = {"app-private-key.pem", "app-private-key-no-wrapper.pem",
                                       "app-private-key-pkcs8.pem", "app-private-key-pkcs8-no-wrapper.pem"};
    const char *first = NULL;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *s = rsa_sign_b64(a, slurp(a, d, keys[i], NULL), "x", 1);
        assert_non_null(s);
        first = first ? first : s;
        assert_string_equal(s, first);
    }
}

static void published(void **state)
{
    (void)state;
    const char *d = vectors(a);
    d = arena_printf(a, "%s/alipay", d);
    published_notify(d);
    published_answers(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yuan),           cmocka_unit_test(times),         cmocka_unit_test(forms),
        cmocka_unit_test(notify_payment), cmocka_unit_test(notify_refund), cmocka_unit_test(notify_forged),
        cmocka_unit_test(creating),       cmocka_unit_test(errors),        cmocka_unit_test(query),
        cmocka_unit_test(closing),        cmocka_unit_test(refunds),       cmocka_unit_test(published)};
    a = arena_new(512u << 20);
    ours = make_pair();
    gateway = make_pair();
    other = make_pair();
    http_out_init("");
    cfg = (struct pay_config){.appid = "2021",
                              .mchid = "2088000000000001",
                              .private_key = ours.private_pem,
                              .public_key = gateway.public_pem};
    cfg.url = arena_printf(a, "%s/gateway.do", stub_start());
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(ours.key);
    EVP_PKEY_free(gateway.key);
    EVP_PKEY_free(other.key);
    arena_free(a);
    return rc;
}
