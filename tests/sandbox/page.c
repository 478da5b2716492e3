/* page.c - what the payer sees after the scan: for whom, what for, how much, and two buttons.
 *
 *   GET  /pay/{prepay_id, trade_no or code}    GET /pay?code={the text of the QR code, escaped}
 *   POST the same with act=pay or act=cancel
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"
#include <string.h>

#define MERCHANT "安居物业服务有限公司"

static const char style[] =
    "*{box-sizing:border-box;margin:0}"
    "body{font:16px/1.5 -apple-system,\"PingFang SC\",\"Noto Sans CJK SC\",\"WenQuanYi Zen Hei\",sans-serif;"
    "background:#f2f3f5;color:#1d2129;min-height:100vh;display:flex;flex-direction:column;align-items:center}"
    "header{width:100%;padding:14px 16px;color:#fff;background:var(--c);text-align:center;font-weight:600;"
    "letter-spacing:.08em}"
    "main{width:100%;max-width:420px;padding:20px 16px;flex:1}"
    ".card{background:#fff;border-radius:14px;padding:28px 20px;box-shadow:0 1px 3px rgba(0,0,0,.05)}"
    ".who{text-align:center;color:#4e5969}"
    ".sum{text-align:center;font-size:44px;font-weight:600;line-height:1.2;margin:10px 0 22px;"
    "font-variant-numeric:tabular-nums}"
    ".sum small{font-size:24px;font-weight:500;margin-right:4px}"
    "dl{border-top:1px solid #e5e6eb;padding-top:16px;font-size:15px}"
    "dl div{display:flex;justify-content:space-between;gap:16px;padding:5px 0}"
    "dt{color:#86909c;white-space:nowrap}dd{text-align:right;word-break:break-all}"
    "button{display:block;width:100%;height:50px;margin-top:14px;border:0;border-radius:10px;font:inherit;"
    "font-size:18px;font-weight:600;color:#fff;background:var(--c);cursor:pointer}"
    "button:active{opacity:.85}button:focus-visible{outline:3px solid var(--f);outline-offset:2px}"
    ".second{background:#fff;color:#4e5969;border:1px solid #d5d8de;font-weight:500}"
    ".mark{display:block;width:72px;height:72px;margin:4px auto 14px;border-radius:50%;background:var(--m);"
    "fill:none;stroke:#fff;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}"
    "h1{font-size:22px;text-align:center;margin-bottom:6px}"
    "footer{padding:16px;color:#86909c;font-size:13px}";

#define TICK  "M7 12.5l3.5 3.5L17 9"
#define CROSS "M8.5 8.5l7 7M15.5 8.5l-7 7"
#define BANG  "M12 7v6M12 16.5v.1"

static const char *mark_of(struct arena *a, const char *path)
{
    return arena_printf(a, "<svg class=\"mark\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"%s\"/></svg>",
                        path);
}

static const char *html(struct arena *a, const char *s)
{
    struct buf b;
    buf_init(&b, a);
    for (; *s; s++) {
        const char *e = *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : *s == '"' ? "&quot;" : NULL;
        if (e)
            buf_str(&b, e);
        else
            buf_char(&b, *s);
    }
    return buf_cstr(&b);
}

static const char *frame(struct arena *a, const struct pb_order *o, const char *mark, const char *inner)
{
    bool alipay = o && o->channel == PB_ALIPAY;
    const char *color = !o ? "#4e5969" : alipay ? "#1677ff" : "#078a45", *ring = alipay ? "#9cc5ff" : "#8fd6ae";
    return arena_printf(a,
                        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"
                        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>%s</title>"
                        "<style>:root{--c:%s;--f:%s;--m:%s}%s</style></head><body><header>%s</header><main>"
                        "<div class=\"card\">%s</main><footer>支付渠道模拟器，不会扣款</footer></body></html>",
                        !o       ? "支付"
                        : alipay ? "支付宝"
                                 : "微信支付",
                        color, ring, *mark ? mark : color, style,
                        !o       ? "支付"
                        : alipay ? "支付宝"
                                 : "微信支付",
                        inner);
}

static const char *message(struct arena *a, const struct pb_order *o, const char *mark, const char *sign,
                           const char *title, const char *text)
{
    return frame(a, o, mark,
                 arena_printf(a, "%s<h1>%s</h1><p class=\"who\">%s</p></div>", mark_of(a, sign), title, text));
}

static const char *row(struct arena *a, const char *name, const char *value)
{
    return arena_printf(a, "<div><dt>%s</dt><dd>%s</dd></div>", name, html(a, value));
}

static const char *summary(struct arena *a, const struct pb_order *o)
{
    char yuan[32];
    return arena_printf(a, "<p class=\"who\">付款给 %s</p><p class=\"sum\"><small>¥</small>%s</p><dl>%s%s</dl>",
                        MERCHANT, fen_format(o->total, yuan), row(a, "商品", o->subject), row(a, "订单号", o->no));
}

static const char *ask(struct arena *a, const struct pb_order *o)
{
    return frame(a, o, "",
                 arena_printf(a,
                              "%s</div><form method=\"post\"><button name=\"act\" value=\"pay\">支付</button>"
                              "<button class=\"second\" name=\"act\" value=\"cancel\">取消</button></form>",
                              summary(a, o)));
}

static const char *paid(struct arena *a, const struct pb_order *o)
{
    char yuan[32], when[32];
    const struct pb_txn *t = o->txn;
    clock_rfc3339(t->at, when);
    return frame(a, o, "",
                 arena_printf(a,
                              "%s<h1>支付成功</h1>"
                              "<p class=\"sum\"><small>¥</small>%s</p><dl>%s%s%s%s</dl></div>",
                              mark_of(a, TICK), fen_format(t->amount, yuan), row(a, "收款方", MERCHANT),
                              row(a, "商品", o->subject), row(a, "交易单号", t->id),
                              row(a, "时间", arena_printf(a, "%.10s %.8s", when, when + 11))));
}

/* The text of a code ends with its handle: weixin://wxpay/bizpayurl?pr=X, https://qr.alipay.com/X */
static const char *handle_of(struct sb_request *rq)
{
    struct provider_param p[4];
    size_t n = sb_params(rq->arena, rq->query, p, COUNT(p));
    const char *code = sb_param(p, n, "code"), *pr = strstr(code, "pr="), *slash = strrchr(code, '/');
    if (str_starts(rq->path, "/pay/"))
        return rq->path + 5;
    return pr ? pr + 3 : slash ? slash + 1 : code;
}

/* [lock] */
static const char *page(struct sb_request *rq, struct pb_order *o, const char *act)
{
    struct arena *a = rq->arena;
    struct pb_pay p = {0};
    pb_scan(o);
    if (o->state == PB_NOTPAY && str_eq(act, "pay"))
        pb_pay(o, &p);
    else if (o->state == PB_NOTPAY && str_eq(act, "cancel"))
        return message(a, o, "#86909c", CROSS, "已取消支付", "订单仍待支付，可重新扫码或返回小程序继续");
    if (o->state == PB_PAID)
        return paid(a, o);
    if (o->state == PB_CLOSED)
        return message(a, o, "#86909c", BANG, "订单已关闭", "请返回小程序重新下单");
    return ask(a, o);
}

void page_reply(struct sb_request *rq, struct sb_reply *out)
{
    struct provider_param p[8];
    size_t n = sb_params(rq->arena, rq->body, p, COUNT(p));
    bool post = str_eq(rq->method, "POST");
    pb_lock();
    struct pb_order *o = pb_handle(handle_of(rq));
    const char *text = o ? page(rq, o, post ? sb_param(p, n, "act") : "")
                         : message(rq->arena, NULL, "#86909c", BANG, "二维码已失效", "请返回小程序重新获取");
    pb_unlock();
    sb_text(out, o ? 200 : 404, "text/html;charset=utf-8", text);
}
