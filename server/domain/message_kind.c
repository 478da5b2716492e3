/* message_kind.c - see message_kind.h. SPDX-License-Identifier: MIT */
#include "domain/message_kind.h"
#include "base/clock.h"
#include "base/text.h"
#include <string.h>

const char *const template_channel_name[TEMPLATE_CHANNELS] = {"sms", "mail", "wechat", "alipay", "inapp"};
const char *const message_lang_name[LANGS] = {"zh", "en"};

/* clang-format off */
static const struct message_kind kinds[] = {
    {.name = "complaint_new",
     .title = "新的投诉建议",
     .plan = "sms|mail",
     .quota = "complaint",
     .vars = "number,kind,category,title,place,urgency,due",
     .give_up_ms = 3 * DAY_MS,
     .words = {{"新{kind} {number}: {title}", "收到新{kind} {number}({category},{urgency}): {title}。位置: {place}。请于 {due} 前处理。"},
               {"New {kind} {number}: {title}", "A new {kind} {number} ({category}, {urgency}): {title}. Place: {place}. Due by {due}."}}},
    {.name = "complaint_ack",
     .title = "投诉建议受理通知",
     .plan = "wechat,alipay,sms",
     .quota = "complaint",
     .vars = "number,kind,title,due",
     .optional = true,
     .give_up_ms = DAY_MS,
     .words = {{"您的{kind}已收到", "您的{kind} {number} 已收到,我们将在 {due} 前答复。"},
               {"We have your {kind}", "Your {kind} {number} has arrived; you will hear from us by {due}."}}},
    {.name = "complaint_progress",
     .title = "投诉建议处理进展",
     .plan = "wechat,alipay",
     .quota = "complaint",
     .vars = "number,kind,title,state,text",
     .optional = true,
     .give_up_ms = 3 * DAY_MS,
     .words = {{"{kind} {number} {state}", "您的{kind} {number} {state}: {text}"},
               {"{kind} {number} {state}", "Your {kind} {number} {state}: {text}"}}},
    {.name = "complaint_task",
     .title = "投诉建议分派给我",
     .plan = "wechat,sms",
     .quota = "complaint",
     .vars = "number,kind,category,title,place,due",
     .give_up_ms = DAY_MS,
     .words = {{"{kind} {number} 请您处理", "{kind} {number}({category}): {title},请于 {due} 前处理。"},
               {"{kind} {number} is yours", "{kind} {number} ({category}): {title}. Due by {due}."}}},
    {.name = "complaint_overdue",
     .title = "投诉建议超时升级",
     .plan = "sms|mail",
     .quota = "complaint",
     .vars = "number,kind,category,title,level,due",
     .give_up_ms = 3 * DAY_MS,
     .words = {{"{kind} {number} 超时({level} 级)", "{kind} {number}({category}) 已超过 {due} 未办结,升级至 {level} 级: {title}"},
               {"{kind} {number} is overdue (L{level})", "{kind} {number} ({category}) was due by {due}; escalated to level {level}: {title}"}}},
    {.name = "repair_alarm",
     .title = "紧急工单无人接单",
     .plan = "sms|mail",
     .vars = "number,type,place,urgency",
     .urgent = true,
     .give_up_ms = 12 * HOUR_MS,
     .words = {{"紧急工单 {number} 无人接单", "{urgency}工单 {number}({type})多次派单无人接单,请立即安排。位置: {place}。"},
               {"Nobody takes urgent order {number}", "Nobody takes order {number} ({type}, {urgency}), please act now. Place: {place}."}}},
    {.name = "repair_untaken",
     .title = "工单无人接单",
     .plan = "mail",
     .vars = "number,type,place,urgency",
     .give_up_ms = 12 * HOUR_MS,
     .words = {{"工单 {number} 无人接单", "{urgency}工单 {number}({type})多次派单无人接单,请安排。位置: {place}。"},
               {"Nobody takes order {number}", "Nobody takes order {number} ({type}, {urgency}), please see to it. Place: {place}."}}},
    {.name = "facility_alarm",
     .title = "重要设备报障",
     .plan = "sms|mail",
     .vars = "code,name,place,text",
     .urgent = true,
     .give_up_ms = 12 * HOUR_MS,
     .words = {{"{name} 有人报障", "{name}({code})有人扫码报障,请立即查看: {text}。位置: {place}。"},
               {"A fault at {name}", "Somebody reported a fault at {name} ({code}), please look at once: {text}. Place: {place}."}}},
    {.name = "facility_report",
     .title = "设备报障",
     .plan = "mail",
     .vars = "code,name,place,text",
     .give_up_ms = DAY_MS,
     .words = {{"{name} 有人报障", "{name}({code})有人扫码报障,请处理: {text}。位置: {place}。"},
               {"A fault at {name}", "Somebody reported a fault at {name} ({code}): {text}. Place: {place}."}}},
    {.name = "notice_common",
     .title = "普通公告",
     .plan = "",
     .quota = "notice",
     .vars = "title,text,project",
     .optional = true,
     .give_up_ms = DAY_MS,
     .words = {{"{title}", "{text}"}, {"{title}", "{text}"}}},
    {.name = "notice",
     .title = "公告",
     .plan = "wechat,alipay",
     .quota = "notice",
     .vars = "title,text,project",
     .optional = true,
     .give_up_ms = DAY_MS,
     .words = {{"{title}", "{text}"}, {"{title}", "{text}"}}},
    {.name = "notice_emergency",
     .title = "紧急公告",
     .plan = "wechat,alipay,sms,mail",
     .quota = "notice",
     .vars = "title,text,project",
     .urgent = true,
     .give_up_ms = 12 * HOUR_MS,
     .words = {{"紧急: {title}", "{project}紧急通知: {title}。{text}"}, {"Emergency: {title}", "{project}: {title}. {text}"}}},
    {.name = "bill_published",
     .title = "新账单",
     .plan = "wechat,alipay",
     .quota = "bill",
     .vars = "room,amount,due,period",
     .optional = true,
     .give_up_ms = 3 * DAY_MS,
     .words = {{"您有新的账单", "{room} {period} 账单 {amount} 元,请于 {due} 前缴纳。"},
               {"A new bill", "{room} {period}: {amount} yuan, due by {due}."}}},
    {.name = "handover_notice",
     .title = "交房通知",
     .plan = "wechat,alipay,sms",
     .quota = "bill",
     .vars = "room,day,note",
     .give_up_ms = 3 * DAY_MS,
     .words = {{"请于 {day} 办理交房", "{room} 定于 {day} 办理交房,请携带身份证件前来。{note}"},
               {"Handover on {day}", "{room} is to be handed over on {day}; please bring your identity card. {note}"}}},
    {.name = "room_invited",
     .title = "房屋登记通知",
     .plan = "wechat,alipay,sms",
     .quota = "bill",
     .vars = "project,room,role,until",
     .give_up_ms = DAY_MS,
     .words = {{"您已登记为住户", "您已登记为{project} {room} 的{role}{until}。用本手机号登录即可使用;如非本人,请忽略或联系物业。"},
               {"You are registered for a room", "You are registered for {project} {room} ({role}{until}). Log in with this number; if this is not you, tell the office."}}},
};
/* clang-format on */

size_t message_kind_count(void)
{
    return COUNT(kinds);
}

const struct message_kind *message_kind_at(size_t i)
{
    return i < COUNT(kinds) ? &kinds[i] : NULL;
}

const struct message_kind *message_kind_find(const char *name)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_eq(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

bool list_has(const char *list, const char *one)
{
    size_t n = strlen(one);
    for (const char *p = list; p && *p;) {
        size_t k = strcspn(p, ",|");
        if (k == n && strncmp(p, one, n) == 0)
            return true;
        p += k + (p[k] != 0);
    }
    return false;
}

static const char *value_of(const struct message_var *var, size_t nvar, const char *name, size_t n)
{
    for (size_t i = 0; i < nvar; i++)
        if (strlen(var[i].name) == n && strncmp(var[i].name, name, n) == 0)
            return or_empty(var[i].value);
    return "";
}

char *message_render(struct arena *a, const char *text, const struct message_var *var, size_t nvar)
{
    struct buf b;
    buf_init(&b, a);
    for (const char *p = text; *p;) {
        const char *close = *p == '{' ? strchr(p, '}') : NULL;
        if (close) {
            buf_str(&b, value_of(var, nvar, p + 1, (size_t)(close - p - 1)));
            p = close + 1;
        } else {
            buf_char(&b, *p++);
        }
    }
    return arena_strdup(a, buf_cstr(&b));
}

const char *message_unknown(struct arena *a, const struct message_kind *k, const char *text)
{
    for (const char *p = text; (p = strchr(p, '{')) != NULL; p++) {
        const char *close = strchr(p, '}');
        if (!close)
            return "{";
        char *name = arena_strndup(a, p + 1, (size_t)(close - p - 1));
        if (!list_has(k->vars, name))
            return name;
    }
    return NULL;
}

char *message_hint(struct arena *a, int channel, const char *to)
{
    size_t n = strlen(to);
    const char *at = strchr(to, '@');
    if (channel == MSG_MAIL && at)
        return arena_printf(a, "%.*s***%s", (int)utf8_prefix(to, 1), to, at);
    if (channel == MSG_SMS && n == 11)
        return arena_printf(a, "%.3s****%s", to, to + 7);
    return arena_printf(a, "%.*s***", (int)utf8_prefix(to, 3), to);
}

int64_t message_quiet_end(int64_t now, int64_t from_min, int64_t to_min)
{
    int64_t m = clock_minute_of_day(now), start = clock_day_start(clock_day(now));
    if (from_min == to_min)
        return 0;
    if (from_min < to_min)
        return m >= from_min && m < to_min ? start + to_min * MINUTE_MS : 0;
    if (m >= from_min)
        return start + DAY_MS + to_min * MINUTE_MS;
    return m < to_min ? start + to_min * MINUTE_MS : 0;
}
