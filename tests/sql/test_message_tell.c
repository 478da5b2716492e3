/* test_message_tell.c - which way a message goes: ladders, quota, preferences, blocked addresses, throttle, words; and what is
 * left of it: inbox, log, dead letters, receipts. SPDX-License-Identifier: MIT */
#include "domain/message_set.h"
#include "tests/sql/world.h"

static const struct actor nobody = {0};

static int set_up(void **state)
{
    (void)state;
    assert_ok(harness_sql("DELETE FROM message", NO_ARGS));
    world_make();
    return 0;
}

static enum err run_tell(struct ctx *cx, void *arg)
{
    return message_tell(cx, arg);
}
static void tell_as(int64_t account, const char *kind, const char *event)
{
    static const struct message_var var[] = {
        {"number", "YG-T1"           },
        {"kind",   "投诉"          },
        {"title",  "标题"          },
        {"due",    "2026-11-25 10:00"},
        {"state",  "已办结"       },
        {"text",   "内容"          }
    };
    struct message_tell t = {.company_id = w.company,
                             .project_id = w.project,
                             .account_id = account,
                             .kind = kind,
                             .object = "complaint",
                             .object_id = 7,
                             .event = event,
                             .var = var,
                             .nvar = COUNT(var)};
    assert_ok(write_as(&nobody, run_tell, &t));
}
static int64_t count(const char *channel, const char *state, const char *reason)
{
    return harness_i64(
        "SELECT COUNT(*) FROM message WHERE company_id = $1 AND channel = $2 AND state = $3 AND reason = $4",
        ARGS(I64(w.company), TXT(channel), TXT(state), TXT(reason)));
}
static void identity(const struct actor *who, const char *provider)
{
    assert_ok(harness_sql("INSERT INTO identity(id, company_id, account_id, provider, appid, openid, created_at)"
                          " VALUES ($1, $2, $3, $4, 'app', $5, 0)",
                          ARGS(I64(id_new()), I64(who->company_id), I64(who->id), TXT(provider), TXT("o-123456789"))));
}

struct set_call {
    const char *kind, *to;
    int channel, lang;
    struct message_template t;
    struct message_pref p;
    struct message_setting s;
    struct message_search q;
    int64_t id, n;
    size_t rows;
    const char *hint;
};
static enum err run_template(struct ctx *cx, void *arg)
{
    struct set_call *c = arg;
    return message_template_save(cx, message_kind_find(c->kind), c->channel, c->lang, &c->t);
}
static enum err run_drop(struct ctx *cx, void *arg)
{
    struct set_call *c = arg;
    return message_template_drop(cx, message_kind_find(c->kind), c->channel, c->lang);
}
static enum err run_pref(struct ctx *cx, void *arg)
{
    return message_pref_set(cx, &((struct set_call *)arg)->p);
}
static enum err run_setting(struct ctx *cx, void *arg)
{
    return message_setting_save(cx, &((struct set_call *)arg)->s);
}
static enum err run_block(struct ctx *cx, void *arg)
{
    struct set_call *c = arg;
    return message_block_add(cx, c->to, "退订", &c->id);
}
static enum err run_quota(struct ctx *cx, void *arg)
{
    struct set_call *c = arg;
    return message_quota_add(cx, c->id, "wechat", "complaint", c->n);
}
static void one_row(void *arg, const struct message_row *m)
{
    struct set_call *c = arg;
    c->rows++;
    c->id = m->id;
    c->hint = m->to_hint;
}
static enum err run_log(struct ctx *cx, void *arg)
{
    struct set_call *c = arg;
    c->rows = 0;
    return message_log(cx, &c->q, one_row, c);
}
static enum err run_requeue(struct ctx *cx, void *arg)
{
    return message_requeue(cx, ((struct set_call *)arg)->id);
}
static enum err run_discard(struct ctx *cx, void *arg)
{
    return message_discard(cx, ((struct set_call *)arg)->id, "空号");
}

static void template_for_wechat(void)
{
    struct set_call c = {
        .kind = "complaint_ack",
        .channel = MSG_WECHAT,
        .t = {"", "thing1={title}\ncharacter_string2={number}", "tmpl-ack", 0}
    };
    assert_ok(write_as(&w.admin, run_template, &c));
}

static void quota_first_then_sms(void **state)
{
    (void)state;
    identity(&w.owner, "wechat");
    tell_as(w.owner.id, "complaint_ack", "a");
    assert_int_equal(count("wechat", "suppressed", "no_template"), 1);
    assert_int_equal(count("sms", "pending", ""), 1);
    template_for_wechat();
    tell_as(w.owner.id, "complaint_ack", "b");
    assert_int_equal(count("wechat", "suppressed", "quota"), 1);
    assert_int_equal(count("sms", "pending", ""), 2);
    struct set_call c = {.id = w.owner.id, .n = 1};
    assert_ok(write_as(&nobody, run_quota, &c));
    tell_as(w.owner.id, "complaint_ack", "c");
    assert_int_equal(count("wechat", "pending", ""), 1);
    assert_int_equal(count("sms", "pending", ""), 2);
    tell_as(w.owner.id, "complaint_ack", "d"); /* used up */
    assert_int_equal(count("sms", "pending", ""), 3);
    /* the ledger: one grant, one use */
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM message_quota_move WHERE account_id = $1", ARGS(I64(w.owner.id))), 2);
    assert_int_equal(harness_i64("SELECT CAST(SUM(n) AS BIGINT) FROM message_quota_move WHERE account_id = $1",
                                 ARGS(I64(w.owner.id))),
                     0);
    tell_as(w.owner.id, "complaint_ack", "d"); /* told twice is told once */
    assert_int_equal(count("sms", "pending", ""), 3);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM notification WHERE account_id = $1", ARGS(I64(w.owner.id))), 4);
}

struct claim_call {
    struct message_list l;
    enum message_outcome how;
    size_t i;
};
static enum err run_claim(struct ctx *cx, void *arg)
{
    return message_claim(cx, 10, MINUTE_MS, &((struct claim_call *)arg)->l);
}
static enum err run_done(struct ctx *cx, void *arg)
{
    struct claim_call *c = arg;
    return message_done(cx, &c->l.v[c->i], c->how, "", "refused");
}

static void what_fails_goes_on_by_the_next_channel(void **state)
{
    (void)state;
    struct set_call q = {.id = w.owner.id, .n = 1};
    struct claim_call c = {.how = MSG_SUPPRESSED};
    identity(&w.owner, "wechat");
    template_for_wechat();
    assert_ok(write_as(&nobody, run_quota, &q));
    tell_as(w.owner.id, "complaint_ack", "a");
    assert_ok(write_as(&nobody, run_claim, &c));
    assert_int_equal(c.l.n, 1);
    assert_string_equal(c.l.v[0].text, "thing1=标题\ncharacter_string2=YG-T1");
    assert_string_equal(c.l.v[0].tmpl, "tmpl-ack");
    assert_string_equal(c.l.v[0].plan, "alipay,sms");
    assert_ok(write_as(&nobody, run_done, &c)); /* the platform says: the user has refused */
    assert_int_equal(count("wechat", "suppressed", "refused"), 1);
    assert_int_equal(count("sms", "pending", ""), 1);
    assert_int_equal(count("alipay", "suppressed", "no_address"), 0); /* not worth a row while another way is open */
    c = (struct claim_call){.how = MSG_REFUSED};
    assert_ok(write_as(&nobody, run_claim, &c));
    assert_non_null(strstr(c.l.v[0].text, "YG-T1"));
    assert_ok(write_as(&nobody, run_done, &c)); /* the last rung: a dead letter */
    assert_int_equal(count("sms", "dead", ""), 1);
}

static void preferences_and_blocks(void **state)
{
    (void)state;
    struct set_call c = {
        .p = {"complaint_ack", MSG_SMS, false}
    };
    assert_ok(write_as(&w.owner, run_pref, &c));
    tell_as(w.owner.id, "complaint_ack", "a");
    assert_int_equal(count("sms", "suppressed", "preference"), 1);
    tell_as(w.neighbour.id, "complaint_ack", "a"); /* his own business only */
    assert_int_equal(count("sms", "pending", ""), 1);
    c.p = (struct message_pref){"complaint_new", MSG_SMS, false};
    assert_err(write_as(&w.manager, run_pref, &c), ERR_INVALID); /* that is his job */
    c.p.kind = "nonsense";
    assert_err(write_as(&w.manager, run_pref, &c), ERR_INVALID);
    /* a blocked number gets nothing, whoever sends */
    struct set_call b = {.to = "13912345678"};
    assert_ok(write_as(&w.admin, run_block, &b));
    assert_err(write_as(&w.admin, run_block, &b), ERR_EXISTS);
    b.to = "12";
    assert_err(write_as(&w.admin, run_block, &b), ERR_INVALID);
    uint8_t idx[16];
    pii_index(w.company, "13912345678", idx);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM message_block WHERE to_idx = $1 AND to_hint = '139****5678'",
                                 ARGS(BLOB(idx, 16))),
                     1);
}

static void a_blocked_number_in_the_ladder(void **state)
{
    (void)state;
    assert_ok(harness_sql("INSERT INTO message_block(id, company_id, to_idx, to_hint, reason, created_by, created_at)"
                          " SELECT id, company_id, phone_idx, phone_hint, 'x', 0, 0 FROM account WHERE id = $1",
                          ARGS(I64(w.owner.id))));
    tell_as(w.owner.id, "complaint_ack", "a");
    assert_int_equal(count("sms", "suppressed", "blacklist"), 1);
    assert_int_equal(count("sms", "pending", ""), 0);
}

static void too_many_an_hour(void **state)
{
    (void)state;
    struct set_call c = {
        .s = {22 * 60, 8 * 60, 2, 0}
    };
    assert_ok(write_as(&w.admin, run_setting, &c));
    assert_err(write_as(&w.admin, run_setting, &c), ERR_CONFLICT); /* there is a version now */
    for (int i = 0; i < 4; i++) {
        char event[16];
        snprintf(event, sizeof event, "e%d", i);
        tell_as(w.owner.id, "complaint_ack", event);
    }
    assert_int_equal(count("sms", "pending", ""), 2);
    assert_int_equal(count("sms", "suppressed", "throttle"), 2);
    at += HOUR_MS + 1;
    tell_as(w.owner.id, "complaint_ack", "later");
    assert_int_equal(count("sms", "pending", ""), 3);
}

static void words_of_ones_own(void **state)
{
    (void)state;
    struct set_call c = {
        .kind = "complaint_ack", .channel = MSG_SMS, .t = {"", "收到 {number}", "", 0}
    };
    struct claim_call got = {.how = MSG_SENT};
    assert_ok(write_as(&w.admin, run_template, &c));
    tell_as(w.owner.id, "complaint_ack", "a");
    assert_ok(write_as(&nobody, run_claim, &got));
    assert_string_equal(got.l.v[0].text, "收到 YG-T1");
    c.t.body = "收到 {phone}";
    assert_err(write_as(&w.admin, run_template, &c), ERR_INVALID);
    assert_field("body");
    assert_non_null(strstr(why.en, "phone"));
    c.t.body = "收到 {number";
    assert_err(write_as(&w.admin, run_template, &c), ERR_INVALID);
    c.t.body = "又改";
    assert_err(write_as(&w.admin, run_template, &c), ERR_CONFLICT);
    c.t.version = 1;
    assert_ok(write_as(&w.admin, run_template, &c));
    assert_ok(write_as(&w.admin, run_drop, &c));
    assert_err(write_as(&w.admin, run_drop, &c), ERR_NOT_FOUND);
    c = (struct set_call){
        .kind = "complaint_ack", .channel = MSG_WECHAT, .t = {"", "没有字段", "t", 0}
    };
    assert_err(write_as(&w.admin, run_template, &c), ERR_INVALID);
}

static void urgent_ones_first(void **state)
{
    struct claim_call c = {.how = MSG_SENT};
    (void)state;
    tell_as(w.owner.id, "complaint_ack", "a");
    at += MINUTE_MS;
    tell_as(w.owner.id, "notice_emergency", "b");
    assert_ok(write_as(&nobody, run_claim, &c));
    assert_int_equal(c.l.n, 2);
    assert_string_equal(c.l.v[0].kind, "notice_emergency");
}

static enum err run_secret(struct ctx *cx, void *arg)
{
    struct message_tell t = {.company_id = w.company,
                             .account_id = w.owner.id,
                             .kind = "complaint_ack",
                             .object = "complaint",
                             .object_id = 9,
                             .event = "s",
                             .secret = true};
    (void)arg;
    return message_tell(cx, &t);
}

static void the_log_keeps_a_secret(void **state)
{
    (void)state;
    assert_ok(write_as(&nobody, run_secret, NULL));
    struct set_call q = {
        .q = {.until = at + 1, .limit = 10}
    };
    assert_ok(read_as(&w.admin, run_log, &q));
    assert_int_equal(q.rows, 1);
    assert_string_equal(q.hint, "");
    q.q.account_id = w.owner.id; /* nor does asking for him find it */
    assert_ok(read_as(&w.admin, run_log, &q));
    assert_int_equal(q.rows, 0);
}

static void log_and_dead_letters(void **state)
{
    (void)state;
    struct claim_call c = {.how = MSG_REFUSED};
    tell_as(w.owner.id, "complaint_ack", "a");
    tell_as(w.neighbour.id, "complaint_ack", "a");
    struct set_call q = {
        .q = {.until = at + 1, .limit = 10}
    };
    assert_ok(read_as(&w.admin, run_log, &q));
    assert_int_equal(q.rows, 2);
    assert_non_null(strstr(q.hint, "****"));
    q.q.account_id = w.owner.id;
    assert_ok(read_as(&w.admin, run_log, &q));
    assert_int_equal(q.rows, 1);
    assert_ok(read_as(&w.foreign_admin, run_log, &q));
    assert_int_equal(q.rows, 0);
    assert_ok(read_as(&w.admin, run_log, &q));
    assert_err(write_as(&w.admin, run_requeue, &q), ERR_STATE); /* it is not dead */
    assert_err(write_as(&w.foreign_admin, run_requeue, &q), ERR_NOT_FOUND);
    assert_ok(write_as(&nobody, run_claim, &c));
    for (c.i = 0; c.i < c.l.n; c.i++)
        assert_ok(write_as(&nobody, run_done, &c));
    q.q.state = "dead";
    assert_ok(read_as(&w.admin, run_log, &q));
    assert_int_equal(q.rows, 1);
    assert_ok(write_as(&w.admin, run_requeue, &q));
    assert_ok(write_as(&nobody, run_claim, &c));
    assert_int_equal(c.l.n, 1);
    c.i = 0;
    assert_ok(write_as(&nobody, run_done, &c));
    assert_ok(write_as(&w.admin, run_discard, &q));
    assert_int_equal(count("sms", "discarded", "空号"), 1);
    assert_err(write_as(&w.admin, run_requeue, &q), ERR_STATE);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM audit WHERE object = 'message' AND company_id = $1", ARGS(I64(w.company))),
        2);
}

static enum err run_taken(struct ctx *cx, void *arg)
{
    struct set_call *c = arg;
    return message_taken(cx, c->id, "aliyun", at + MINUTE_MS);
}
struct ask_call {
    struct message_ask m[4];
    size_t n;
    enum message_fate fate;
};
static enum err run_ask(struct ctx *cx, void *arg)
{
    struct ask_call *a = arg;
    return message_ask_due(cx, a->m, 4, &a->n);
}
static enum err run_fate(struct ctx *cx, void *arg)
{
    struct ask_call *a = arg;
    return message_fate(cx, &a->m[0], a->fate, "");
}

static void receipts_are_asked_for(void **state)
{
    (void)state;
    struct claim_call c = {.how = MSG_SENT};
    struct ask_call a = {.fate = FATE_WAITING};
    tell_as(w.owner.id, "complaint_ack", "a");
    assert_ok(write_as(&nobody, run_claim, &c));
    assert_ok(write_as(&nobody, run_done, &c));
    struct set_call t = {.id = c.l.v[0].id};
    assert_ok(write_as(&nobody, run_taken, &t));
    assert_ok(read_as(&nobody, run_ask, &a));
    assert_int_equal(a.n, 0);
    at += MINUTE_MS;
    assert_ok(read_as(&nobody, run_ask, &a));
    assert_int_equal(a.n, 1);
    assert_true(phone_valid(a.m[0].to));
    assert_ok(write_as(&nobody, run_fate, &a)); /* still on its way: asked again, later */
    assert_ok(read_as(&nobody, run_ask, &a));
    assert_int_equal(a.n, 0);
    at += 3 * MINUTE_MS;
    assert_ok(read_as(&nobody, run_ask, &a));
    assert_int_equal(a.n, 1);
    a.fate = FATE_DELIVERED;
    assert_ok(write_as(&nobody, run_fate, &a));
    assert_int_equal(count("sms", "delivered", ""), 1);
    at += DAY_MS;
    assert_ok(read_as(&nobody, run_ask, &a));
    assert_int_equal(a.n, 0);
}

/* The network says that it never arrived: the next channel, as when a provider refuses. */
static void what_was_lost_goes_on_by_the_next_channel(void **state)
{
    (void)state;
    struct claim_call c = {.how = MSG_SENT};
    struct ask_call a = {.fate = FATE_LOST};
    tell_as(w.owner.id, "complaint_ack", "a");
    assert_ok(write_as(&nobody, run_claim, &c));
    assert_ok(write_as(&nobody, run_done, &c));
    struct set_call t = {.id = c.l.v[0].id};
    assert_ok(write_as(&nobody, run_taken, &t));
    assert_ok(harness_sql("UPDATE message SET plan = 'mail' WHERE id = $1", ARGS(I64(t.id))));
    at += MINUTE_MS;
    assert_ok(read_as(&nobody, run_ask, &a));
    assert_ok(write_as(&nobody, run_fate, &a));
    assert_int_equal(count("sms", "dead", ""), 1);
    assert_int_equal(count("mail", "pending", "") + count("mail", "suppressed", "no_address"), 1);
    assert_ok(write_as(&nobody, run_fate, &a)); /* told twice */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM message WHERE account_id = $1", ARGS(I64(w.owner.id))), 2);
}

static void pure_parts(void **state)
{
    static const struct message_var v[] = {
        {"a", "1" },
        {"b", NULL}
    };
    struct arena *a = arena_new(0);
    (void)state;
    assert_string_equal(message_render(a, "x{a}y{b}z{c}{", v, 2), "x1yz{");
    assert_int_equal(message_quiet_end(noon(2026, 11, 23, 7, 59), 22 * 60, 8 * 60), noon(2026, 11, 23, 8, 0));
    assert_int_equal(message_quiet_end(noon(2026, 11, 23, 8, 0), 22 * 60, 8 * 60), 0);
    assert_int_equal(message_quiet_end(noon(2026, 11, 23, 22, 0), 22 * 60, 8 * 60), noon(2026, 11, 24, 8, 0));
    assert_int_equal(message_quiet_end(noon(2026, 11, 23, 13, 0), 12 * 60, 14 * 60), noon(2026, 11, 23, 14, 0));
    assert_int_equal(message_quiet_end(noon(2026, 11, 23, 13, 0), 0, 0), 0);
    assert_string_equal(message_hint(a, MSG_SMS, "13812345678"), "138****5678");
    assert_string_equal(message_hint(a, MSG_MAIL, "alice@example.com"), "a***@example.com");
    for (size_t i = 0; i < message_kind_count(); i++) { /* every built-in word names only what exists */
        const struct message_kind *k = message_kind_at(i);
        for (int l = 0; l < LANGS; l++) {
            assert_null(message_unknown(a, k, k->words[l].subject));
            assert_null(message_unknown(a, k, k->words[l].body));
        }
    }
    arena_free(a);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {T(quota_first_then_sms),
                                       T(what_fails_goes_on_by_the_next_channel),
                                       T(preferences_and_blocks),
                                       T(a_blocked_number_in_the_ladder),
                                       T(too_many_an_hour),
                                       T(words_of_ones_own),
                                       T(log_and_dead_letters),
                                       T(urgent_ones_first),
                                       T(the_log_keeps_a_secret),
                                       T(receipts_are_asked_for),
                                       T(what_was_lost_goes_on_by_the_next_channel),
                                       T(pure_parts)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
