/* alipay.c - the gateway: verifies what it gets, signs what it says, and prints JSON the way the real one may
 * (escaped slashes and letters, odd white space, any order of keys), because that is what breaks re-printing clients.
 * SPDX-License-Identifier: MIT */
#include "providers/alipay.h"
#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/alipay_gate.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include <cjson/cJSON.h>
#include <string.h>

const char *ali_param(const struct ali *x, const char *name)
{
    return sb_param(x->p, x->n, name);
}

const char *ali_yuan(struct arena *a, int64_t fen)
{
    char text[32];
    return arena_strdup(a, fen_format(fen, text));
}

const char *ali_time(struct arena *a, int64_t ms)
{
    struct civil c = clock_civil(ms);
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

/* One letter of UTF-8, all of the basic plane. */
static unsigned letter(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    if (*p < 0x80) {
        *s += 1;
        return *p;
    }
    if (*p < 0xE0) {
        *s += 2;
        return (*p & 31u) << 6 | (p[1] & 63u);
    }
    *s += 3;
    return (*p & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
}

static void print_string(struct buf *b, const char *s, bool escape)
{
    buf_char(b, '"');
    while (*s) {
        const char *start = s;
        if ((unsigned char)*s >= 0xF0) { /* beyond the basic plane: as it is */
            buf_add(b, s, 4);
            s += 4;
            continue;
        }
        unsigned c = letter(&s);
        if (c == '"' || c == '\\' || c == '/')
            buf_printf(b, "\\%c", (char)c);
        else if (c < 0x20 || (c >= 0x80 && escape))
            buf_printf(b, "\\u%04x", c);
        else
            buf_add(b, start, (size_t)(s - start));
    }
    buf_char(b, '"');
}

/* Two different permutations of the members are enough to break whoever relies on one. */
static const char *print_object(struct arena *a, const struct provider_param *m, size_t n)
{
    struct buf b;
    bool back = crypto_random_below(2), escape = crypto_random_below(2);
    const char *colon = crypto_random_below(3) ? ":" : " : ", *comma = crypto_random_below(3) ? "," : ",\n ";
    buf_init(&b, a);
    buf_char(&b, '{');
    for (size_t i = 0; i < n; i++) {
        const struct provider_param *one = &m[back ? n - 1 - i : i];
        bool raw = *one->name == '*';
        buf_printf(&b, "%s\"%s\"%s", i ? comma : "", one->name + raw, colon);
        if (raw)
            buf_str(&b, one->value);
        else
            print_string(&b, one->value, escape);
    }
    buf_char(&b, '}');
    return buf_cstr(&b);
}

static void send_signed(struct ali *x, const char *key, const char *object)
{
    char *sign = arena_strdup(x->a, nt_sign_alipay(x->a, object, false));
    const char *sn = "", *space = crypto_random_below(2) ? "\n  " : "";
    if (str_eq(x->mode, "badsign"))
        sign[5] = sign[5] == 'A' ? 'B' : 'A';
    if (x->certificates)
        sn = arena_printf(x->a, ",%s\"alipay_cert_sn\":\"%s\"", space, keys_alipay_sn(x->a, sb.alipay_cert));
    sb_text(x->out, 200, "text/html;charset=utf-8",
            crypto_random_below(2) ? arena_printf(x->a, "{%s\"sign\"%s:\"%s\",%s\"%s\" :%s%s%s}", space, space, sign,
                                                  space, key, space, object, sn)
                                   : arena_printf(x->a, "{%s\"%s\":%s%s,%s\"sign\": \"%s\"%s%s}", space, key, space,
                                                  object, space, sign, sn, space));
}

static const char *response_key(struct ali *x)
{
    char *key = arena_printf(x->a, "%s_response", x->method);
    for (char *p = key; *p; p++)
        if (*p == '.')
            *p = '_';
    return key;
}

void ali_object(struct ali *x, const struct provider_param *m, size_t n)
{
    send_signed(x, response_key(x), print_object(x->a, m, n));
}

void ali_ok(struct ali *x, const struct provider_param *m, size_t n)
{
    struct provider_param all[40] = {
        {"code", "10000"  },
        {"msg",  "Success"}
    };
    for (size_t i = 0; i < n && i < COUNT(all) - 2; i++)
        all[i + 2] = m[i];
    ali_object(x, all, n + 2);
}

void ali_refuse(struct ali *x, const char *code, const char *sub, const char *text)
{
    const struct provider_param m[] = {
        {"code", code       },
        {"msg",  str_eq(code, "40004") ? "Business Failed" : "Invalid Arguments"},
        {"sub_code",      sub       },
        {"sub_msg",      text }
    };
    bool gateway = !str_eq(code, "40004") && crypto_random_below(2); /* faults of the gateway have two shapes */
    send_signed(x, gateway ? "error_response" : response_key(x), print_object(x->a, m, COUNT(m)));
}

static void oauth(struct ali *x)
{
    const char *code = ali_param(x, "code"), *dot = strrchr(code, '.');
    char hex[65];
    if (!str_eq(ali_param(x, "grant_type"), "authorization_code")) {
        ali_refuse(x, "40002", "isv.grant-type-invalid", "grant_type");
        return;
    }
    if (!*code || str_starts(code, "bad") || !sb_use_code(code)) {
        ali_refuse(x, "40002", "isv.code-invalid", "授权码code无效");
        return;
    }
    keys_sha256(arena_strndup(x->a, code, dot ? (size_t)(dot - code) : strlen(code)), hex);
    const struct provider_param m[] = {
        {"access_token",     arena_printf(x->a, "auth/%.16s", hex)},
        {"alipay_user_id",              ""                              },
        {"*expires_in",   "1296000"},
        {"open_id",       arena_printf(x->a,                                   "0%.31s", hex)},
        {"union_id",""},
        {"*re_expires_in",                  "2592000"                         },
        {"note",                  "安居"                                                  }
    };
    ali_object(x, m, COUNT(m)); /* no "code" here: that is how this method answers */
}

static void template_message(struct ali *x)
{
    const char *to = json_str(x->biz, "to_open_id"), *id = json_str(x->biz, "user_template_id"),
               *data = json_str(x->biz, "data");
    if (!to)
        to = json_str(x->biz, "to_user_id");
    if (str_empty(to) || !data || !json_parse(x->a, data, strlen(data))) {
        ali_refuse(x, "40004", "USER_TEMPLATE_LACK_KEYWORD", "data");
        return;
    }
    if (str_empty(id) || str_starts(id, "bad") || !sb_consent_take(to, id)) {
        ali_refuse(x, "40004", "USER_TEMPLATE_ILLEGAL", "模板非法");
        return;
    }
    sb_capture("message", to, ali_param(x, "biz_content"));
    ali_ok(x, NULL, 0);
}

static void certificate(struct ali *x)
{
    const char *sn = json_str(x->biz, "alipay_cert_sn");
    if (!sb.alipay_cert || (!str_eq(x->mode, "altered") && !str_eq(sn, keys_alipay_sn(x->a, sb.alipay_cert)))) {
        ali_refuse(x, "40004", "CERT_NOT_EXIST", "证书不存在");
        return;
    }
    const struct provider_param m = {"alipay_cert_content", b64_encode(x->a, sb.alipay_cert, strlen(sb.alipay_cert))};
    ali_ok(x, &m, 1);
}

static const struct method {
    const char *method, *kind; /* kind: for faults */
    bool biz;
    void (*fn)(struct ali *x);
} methods[] = {
    {"alipay.system.oauth.token",                      "alipay.login",        false, oauth           },
    {"alipay.open.app.mini.templatemessage.send",      "alipay.message",      true,  template_message},
    {"alipay.open.app.alipaycert.download",            "alipay.certificate",  true,  certificate     },
    {"alipay.trade.create",                            "alipay.create",       true,  ali_create      },
    {"alipay.trade.precreate",                         "alipay.create",       true,  ali_precreate   },
    {"alipay.trade.query",                             "alipay.query",        true,  ali_query       },
    {"alipay.trade.close",                             "alipay.close",        true,  ali_close       },
    {"alipay.trade.cancel",                            "alipay.cancel",       true,  ali_cancel      },
    {"alipay.trade.refund",                            "alipay.refund",       true,  ali_refund      },
    {"alipay.trade.fastpay.refund.query",              "alipay.refund_query", true,  ali_refund_query},
    {"alipay.data.dataservice.bill.downloadurl.query", "alipay.bill",         true,  ali_bill_url    }
};

/* NULL: the call is genuine and whole. */
static const char *gate(struct ali *x, const char **text)
{
    const char *content = alipay_sign_content(x->a, x->p, x->n), *sn = ali_param(x, "app_cert_sn"),
               *root = ali_param(x, "alipay_root_cert_sn"), *time = ali_param(x, "timestamp");
    *text = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配";
    if (!str_eq(ali_param(x, "sign_type"), "RSA2"))
        return "isv.invalid-signature-type";
    if (!rsa_verify_b64(sb.alipay_app_public, content, strlen(content), ali_param(x, "sign")))
        return "isv.invalid-signature";
    *text = "时间戳参数无效";
    if (strlen(time) != 19 || time[10] != ' ')
        return "isv.invalid-timestamp";
    *text = "编码或版本无效";
    if (strcasecmp(ali_param(x, "charset"), "utf-8") != 0 || !str_eq(ali_param(x, "version"), "1.0"))
        return "isv.invalid-charset";
    *text = "证书序列号不匹配";
    x->certificates = *sn || *root;
    if (x->certificates && (!sb.alipay_app_cert || !str_eq(sn, keys_alipay_sn(x->a, sb.alipay_app_cert)))) {
        x->certificates = false;
        return "isv.invalid-app-cert-sn";
    }
    if (x->certificates && !str_eq(root, keys_alipay_sn(x->a, sb.alipay_root_cert)))
        return "isv.invalid-root-cert-sn";
    return NULL;
}

static void serve(struct ali *x, const struct method *m)
{
    const char *text, *wrong = gate(x, &text), *content = ali_param(x, "biz_content");
    if (wrong) {
        ali_refuse(x, "40002", wrong, text);
        return;
    }
    if (!m) {
        ali_refuse(x, "40002", "isv.invalid-method", "不存在的方法名");
        return;
    }
    x->biz = json_parse(x->a, content, strlen(content));
    if (m->biz && !cJSON_IsObject((const cJSON *)x->biz))
        ali_refuse(x, "40001", "isv.missing-biz-content", "biz_content");
    else
        m->fn(x);
}

static void after(struct ali *x)
{
    struct sb_reply *out = x->out;
    if (str_eq(x->mode, "timeout"))
        out->never = true;
    if (str_eq(x->mode, "drop_after"))
        out->hang_up = true;
    if (str_eq(x->mode, "cut"))
        out->cut = true;
    if (str_eq(x->mode, "broken"))
        out->body = arena_strndup(x->a, out->body, strlen(out->body) / 2);
    if (str_eq(x->mode, "500_after"))
        ali_refuse(x, "20000", "aop.unknow-error", "系统繁忙");
}

void alipay_reply(struct sb_request *rq, struct sb_reply *out)
{
    struct ali *x = arena_alloc(rq->arena, sizeof *x);
    const struct method *m = NULL;
    x->rq = rq;
    x->out = out;
    x->a = rq->arena;
    x->n = sb_params(rq->arena, rq->query, x->p, COUNT(x->p));
    x->n += sb_params(rq->arena, rq->body, x->p + x->n, COUNT(x->p) - x->n);
    x->method = ali_param(x, "method");
    for (size_t i = 0; i < COUNT(methods); i++)
        if (str_eq(methods[i].method, x->method))
            m = &methods[i];
    x->mode = arena_strdup(x->a, sb_fault_take(m ? m->kind : "alipay"));
    if (str_eq(x->mode, "500")) {
        sb_text(out, 500, "text/plain", "fault");
    } else if (str_eq(x->mode, "drop") || str_eq(x->mode, "timeout_before")) {
        out->hang_up = str_eq(x->mode, "drop");
        out->never = !out->hang_up;
    } else if (!str_eq(ali_param(x, "app_id"), sb.alipay_appid)) { /* unknown app: nothing to sign with */
        sb_text(out, 200, "text/html",
                "{\"error_response\":{\"code\":\"40002\",\"msg\":\"Invalid "
                "Arguments\",\"sub_code\":\"isv.invalid-app-id\"}}");
    } else if (str_eq(x->mode, "429")) {
        ali_refuse(x, "40005", "isv.app-call-limited", "应用调用次数超限");
    } else {
        serve(x, m);
        after(x);
    }
}
