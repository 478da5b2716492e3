/* test_owners.c - the register of people: what is sealed, who is let in and out, shares, searching, what is shown in clear.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/world.h"

#include "domain/estate_history.h"
#include "domain/owner.h"
#include "domain/owner_self.h"

struct call {
    struct owner_in in;
    struct owner_phone phones[OWNER_PHONES];
    struct owner_room_in rel;
    struct owner_room_set set;
    struct owner_filter f;
    struct owner owner;
    int64_t id, version, n, before, ids[100], kept;
    int32_t day;
    const char *text, *reason, *clear;
    char copy[200];
    size_t count;
    bool contact_only;
};

static enum err run_put(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_put(cx, &c->in, &c->id);
}
static enum err run_change(struct ctx *cx, void *arg)
{
    return owner_change(cx, &((struct call *)arg)->in);
}
static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = owner_get(cx, c->id, &c->owner);
    snprintf(c->copy, sizeof c->copy, "%s|%s", e ? "" : or_empty(c->owner.phone_hint),
             e ? "" : or_empty(c->owner.email_hint));
    return e;
}
static enum err run_find(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_find_by_phone(cx, c->text, &c->id);
}
static enum err run_attach(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_room_attach(cx, &c->rel, &c->id);
}
static enum err run_set(struct ctx *cx, void *arg)
{
    return owner_room_change(cx, &((struct call *)arg)->set);
}
static enum err run_end(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_room_end(cx, c->id, c->version, c->day, "退租");
}
static enum err run_close(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_close(cx, c->id, c->version, "重复");
}
static void on_owner(void *arg, const struct owner *o)
{
    struct call *c = arg;
    if (c->count < COUNT(c->ids))
        c->ids[c->count++] = o->id;
}
static enum err run_list(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->count = 0;
    return owner_list(cx, &c->f, c->before, c->n ? c->n : 50, on_owner, c);
}
static enum err run_reveal(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = owner_reveal(cx, c->id, c->text, c->n, c->reason, &c->clear);
    snprintf(c->copy, sizeof c->copy, "%s", e ? "" : c->clear);
    return e;
}
static enum err run_proven(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return owner_account_proven(cx, w.company, c->id, c->text);
}
static enum err run_left(struct ctx *cx, void *arg)
{
    return owner_account_left(cx, ((struct call *)arg)->id);
}
static enum err run_revoke(struct ctx *cx, void *arg)
{
    struct binding was;
    return binding_revoke(cx, ((struct call *)arg)->id, "搬走", &was);
}
static enum err run_self_close(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return self_close(cx, c->contact_only, "不用了", &c->kept);
}

static int64_t person(const struct actor *who, const char *name, const char *phone)
{
    struct call c = {0};
    c.phones[0] = (struct owner_phone){"", phone, 0};
    c.in = (struct owner_in){.name = name, .phones = c.phones, .nphones = phone ? 1 : 0};
    assert_ok(write_as(who, run_put, &c));
    return c.id;
}

static int64_t attach(int64_t party, int64_t room, int role, int64_t n, int64_t d)
{
    struct call c = {
        .rel = {.party_id = party, .room_id = room, .role = role, .share_n = n, .share_d = d, .from_day = 20200101}
    };
    assert_ok(write_as(&w.service, run_attach, &c));
    return c.id;
}

static int64_t live_bindings(int64_t account, int64_t room)
{
    return harness_i64("SELECT COUNT(*) FROM binding WHERE account_id = $1 AND room_id = $2 AND state = 'active'",
                       ARGS(I64(account), I64(room)));
}

static const char *phone_of(const struct actor *who)
{
    static char text[24];
    struct ctx *cx = as(who);
    (void)cx;
    for (int n = 1; n < 400; n++) { /* the world's phones are counted up: the one whose index fits */
        uint8_t idx[16];
        snprintf(text, sizeof text, "139%08d", n);
        pii_index(who->company_id, text, idx);
        if (harness_i64("SELECT COUNT(*) FROM account WHERE id = $1 AND phone_idx = $2",
                        ARGS(I64(who->id), BLOB(idx, 16))))
            return text;
    }
    fail();
    return NULL;
}

/* ---- the entries ---- */

static void a_number_names_one_person(void **state)
{
    static const char *const spellings[] = {"13800000100", "138-0000-0100", "+86 13800000100", "138 0000 0100"};
    (void)state;
    int64_t id = person(&w.service, "张伟", "13800000100");
    for (size_t i = 0; i < COUNT(spellings); i++) {
        struct call c = {.text = spellings[i]};
        assert_ok(read_as(&w.service, run_find, &c));
        assert_int_equal(c.id, id);
    }
    struct call again = {0};
    again.phones[0] = (struct owner_phone){"", "13800000100", 0};
    again.in = (struct owner_in){.name = "别人", .phones = again.phones, .nphones = 1};
    assert_err(write_as(&w.service, run_put, &again), ERR_EXISTS);
    assert_field("phones");
    struct actor elsewhere = w.admin;
    elsewhere.project_id = w.other_project;
    assert_true(person(&elsewhere, "张伟", "13800000100") != id); /* each project has its own register */
    again.phones[0].phone = "12345";
    assert_err(write_as(&w.service, run_put, &again), ERR_INVALID);
    again.phones[0].phone = "13800000199";
    again.in.idno = "110101199003070018"; /* the last digit does not follow */
    assert_err(write_as(&w.service, run_put, &again), ERR_INVALID);
    assert_field("idno");
}

static void nothing_personal_is_stored_in_clear(void **state)
{
    struct call c = {0};
    (void)state;
    c.phones[0] = (struct owner_phone){"", "13800000101", 0};
    c.phones[1] = (struct owner_phone){"办公", "0571-88880000", 0};
    c.in = (struct owner_in){.name = "李四",
                             .phones = c.phones,
                             .nphones = 2,
                             .email = "lisi@example.com",
                             .idno = "110101199003070134",
                             .wechat = "lisi88",
                             .emergency_name = "李五",
                             .emergency_phone = "13800000102"};
    assert_ok(write_as(&w.service, run_put, &c));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM party WHERE id = $1 AND email_hint = 'l***@example.com'"
                    " AND idno_hint = '110*************34' AND length(email_enc) > 20 AND length(idno_idx) = 16",
                    ARGS(I64(c.id))),
        1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM party_phone WHERE party_id = $1 AND phone_hint LIKE '%****%'",
                                 ARGS(I64(c.id))),
                     2);
    struct call r = {.id = c.id, .text = "phone", .n = 2, .reason = ""};
    assert_err(write_as(&w.service, run_reveal, &r), ERR_INVALID);
    assert_field("reason");
    r.reason = "核对身份";
    assert_ok(write_as(&w.service, run_reveal, &r));
    assert_string_equal(r.copy, "057188880000");
    r.text = "idno";
    assert_ok(write_as(&w.service, run_reveal, &r));
    assert_string_equal(r.copy, "110101199003070134");
    r.text = "salary";
    assert_err(write_as(&w.service, run_reveal, &r), ERR_INVALID);
    assert_err(write_as(&w.foreign_admin, run_reveal, &r), ERR_NOT_FOUND);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM pii_reveal WHERE party_id = $1", ARGS(I64(c.id))), 2);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'party.reveal' AND object_id = $1", ARGS(I64(c.id))), 2);
    r.text = "email";
    for (int i = 0; i < 28; i++)
        assert_ok(write_as(&w.service, run_reveal, &r));
    assert_err(write_as(&w.service, run_reveal, &r), ERR_RATE);
    assert_ok(write_as(&w.manager, run_reveal, &r)); /* each account has its own measure */
    at += HOUR_MS + 1;
    assert_ok(write_as(&w.service, run_reveal, &r));
}

static void edits_leave_masked_traces(void **state)
{
    int64_t id = person(&w.service, "王五", "13800000103");
    struct call c = {0};
    (void)state;
    c.phones[0] = (struct owner_phone){"", "13899990103", 0}; /* the mask is the same */
    c.in = (struct owner_in){.id = id,
                             .version = 1,
                             .name = "王武",
                             .phones = c.phones,
                             .nphones = 1,
                             .email = "w@example.com",
                             .reason = "换号"};
    assert_ok(write_as(&w.service, run_change, &c));
    assert_err(write_as(&w.service, run_change, &c), ERR_CONFLICT);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM field_change WHERE object = 'party' AND object_id = $1"
                                 " AND reason = '换号' AND account_id = $2",
                                 ARGS(I64(id), I64(w.service.id))),
                     3);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM field_change WHERE object_id = $1 AND field = 'phones'"
                                 " AND before = '138****0103' AND after LIKE '138****0103 %'",
                                 ARGS(I64(id))),
                     1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM field_change WHERE object_id = $1 AND (before LIKE '%9999%'"
                                 " OR after LIKE '%9999%' OR after LIKE 'w@%')",
                                 ARGS(I64(id))),
                     0);
    c.in.version = 2; /* keeping a number without knowing it */
    c.phones[0] = (struct owner_phone){"手机", NULL, 1};
    c.phones[1] = (struct owner_phone){"", "13800000104", 0};
    c.in.nphones = 2;
    c.in.email = NULL;
    assert_ok(write_as(&w.service, run_change, &c));
    struct call r = {.id = id, .text = "phone", .n = 1, .reason = "核对"};
    assert_ok(write_as(&w.service, run_reveal, &r));
    assert_string_equal(r.copy, "13899990103");
    struct call g = {.id = id};
    assert_ok(read_as(&w.cashier, run_get, &g));
    assert_string_equal(g.copy, "138****0103|w***@example.com");
}

static void other_projects_and_companies_see_nothing(void **state)
{
    int64_t id = person(&w.service, "赵六", "13800000105"), rel = attach(id, w.room, ROLE_IS_FAMILY, 0, 1);
    struct actor elsewhere = w.admin;
    (void)state;
    elsewhere.project_id = w.other_project;
    const struct actor *const outside[] = {&elsewhere, &w.foreign_admin};
    for (size_t i = 0; i < COUNT(outside); i++) {
        struct call c = {.id = id, .version = 1};
        c.in = (struct owner_in){.id = id, .version = 1, .name = "偷", .keep_phones = true, .reason = "x"};
        assert_err(read_as(outside[i], run_get, &c), ERR_NOT_FOUND);
        assert_err(write_as(outside[i], run_change, &c), ERR_NOT_FOUND);
        assert_err(write_as(outside[i], run_close, &c), ERR_NOT_FOUND);
        c.rel = (struct owner_room_in){.party_id = id, .room_id = w.room, .role = ROLE_IS_OWNER};
        assert_err(write_as(outside[i], run_attach, &c), ERR_NOT_FOUND);
        c.id = rel;
        c.day = 20261130;
        assert_err(write_as(outside[i], run_end, &c), ERR_NOT_FOUND);
        c.text = "13800000105";
        assert_ok(read_as(outside[i], run_find, &c));
        assert_int_equal(c.id, 0);
        assert_ok(read_as(outside[i], run_list, &c));
        assert_int_equal(c.count, 0);
    }
    struct call c = {
        .rel = {.party_id = id, .room_id = w.foreign_room, .role = ROLE_IS_OWNER}
    };
    assert_err(write_as(&w.service, run_attach, &c), ERR_INVALID);
    assert_field("room_id");
}

/* ---- rooms and shares ---- */

static void shares_are_one_at_most(void **state)
{
    int64_t a = person(&w.service, "甲", "13800000110"), b = person(&w.service, "乙", "13800000111");
    (void)state;
    int64_t first = attach(a, w.room, ROLE_IS_OWNER, 2, 3);
    struct call c = {
        .rel = {.party_id = b,
                .room_id = w.room,
                .role = ROLE_IS_CO_OWNER,
                .share_n = 1,
                .share_d = 2,
                .from_day = 20260101}
    };
    assert_err(write_as(&w.service, run_attach, &c), ERR_INVALID);
    assert_field("share");
    c.rel.share_d = 3;
    assert_ok(write_as(&w.service, run_attach, &c));
    assert_err(write_as(&w.service, run_attach, &c), ERR_EXISTS);
    struct call s = {
        .set = {.id = first, .version = 1, .share_n = 3, .share_d = 4, .reason = "更正"}
    };
    assert_err(write_as(&w.service, run_set, &s), ERR_INVALID);
    s.set.share_n = 1;
    s.set.share_d = 2;
    assert_ok(write_as(&w.service, run_set, &s));
    assert_err(write_as(&w.service, run_set, &s), ERR_CONFLICT);
    c.rel.role = ROLE_IS_FAMILY;
    assert_err(write_as(&w.service, run_attach, &c), ERR_INVALID); /* families have none */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM field_change WHERE object = 'party_room' AND object_id = $1"
                                 " AND before = '2/3' AND after = '1/2'",
                                 ARGS(I64(first))),
                     1);
    struct call gone = {.id = a, .version = 1};
    assert_err(write_as(&w.service, run_close, &gone), ERR_STATE);
}

/* ---- accounts ---- */

static void the_register_lets_in_and_out(void **state)
{
    const char *phone = phone_of(&w.stranger);
    int64_t id = person(&w.service, "新业主", phone);
    (void)state;
    harness_forget();
    attach(id, w.room, ROLE_IS_OWNER, 0, 1); /* the account exists: in at once */
    assert_int_equal(live_bindings(w.stranger.id, w.room), 1);
    struct call c = {0};
    c.in = (struct owner_in){.id = id, .version = 1, .name = "新业主", .reason = "换号"};
    c.phones[0] = (struct owner_phone){"", "13800000120", 0};
    c.in.phones = c.phones;
    c.in.nphones = 1;
    harness_forget();
    assert_ok(write_as(&w.service, run_change, &c));
    assert_int_equal(live_bindings(w.stranger.id, w.room), 0);
    size_t told = 0;
    for (size_t i = 0; i < harness_heard(); i++)
        told += harness_heard_at(i)->kind == 's' && harness_heard_at(i)->account_id == w.stranger.id;
    assert_true(told > 0); /* sockets look at their rights again */
    struct call p = {.id = w.stranger.id, .text = phone};
    assert_ok(write_as(&w.root, run_proven, &p));
    assert_int_equal(live_bindings(w.stranger.id, w.room), 0);
    p.text = "13800000120";
    assert_ok(write_as(&w.root, run_proven, &p));
    assert_int_equal(live_bindings(w.stranger.id, w.room), 1);
    assert_ok(write_as(&w.root, run_proven, &p)); /* twice is once */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM binding WHERE account_id = $1", ARGS(I64(w.stranger.id))), 1);
    struct call l = {.id = w.stranger.id};
    struct actor self = w.stranger;
    assert_ok(write_as(&self, run_left, &l)); /* the phone is given up */
    assert_int_equal(live_bindings(w.stranger.id, w.room), 0);
}

/* A number written down wrong let a stranger in; put right, neither old bills nor those to come are the stranger's. */
static void what_a_number_gave_goes_with_it(void **state)
{
    int64_t bill = id_new(), id = person(&w.service, "写错号码", phone_of(&w.stranger));
    struct call c = {0};
    (void)state;
    assert_ok(
        harness_sql("INSERT INTO bill(id, company_id, project_id, room_id, party_id, payer_name, room_name, state,"
                    " period_from, period_to, due_day, amount_fen, created_at) VALUES ($1, $2, $3, $4, $5, 'x',"
                    " 'r', 'published', 20261001, 20261031, 20261115, 10000, 0)",
                    ARGS(I64(bill), I64(w.company), I64(w.project), I64(w.room), I64(id))));
    assert_ok(harness_sql("INSERT INTO fee_liable(company_id, project_id, room_id, from_day, payer_id, payer_name,"
                          " account_id, at, party_id) VALUES ($1, $2, $3, 20260101, 0, 'x', 1, 0, $4)",
                          ARGS(I64(w.company), I64(w.project), I64(w.room), I64(id))));
    attach(id, w.room, ROLE_IS_OWNER, 0, 1);
    static const char *const owed[] = {"SELECT payer_id FROM bill WHERE id = $1",
                                       "SELECT payer_id FROM fee_liable WHERE party_id = $1"};
    assert_int_equal(harness_i64(owed[0], ARGS(I64(bill))), w.stranger.id);
    assert_int_equal(harness_i64(owed[1], ARGS(I64(id))), w.stranger.id);
    c.in = (struct owner_in){.id = id, .version = 1, .name = "写错号码", .reason = "更正"};
    c.phones[0] = (struct owner_phone){"", phone_of(&w.neighbour), 0};
    c.in.phones = c.phones;
    c.in.nphones = 1;
    assert_ok(write_as(&w.service, run_change, &c));
    assert_int_equal(harness_i64(owed[0], ARGS(I64(bill))), w.neighbour.id);
    assert_int_equal(harness_i64(owed[1], ARGS(I64(id))), w.neighbour.id);
}

static void what_a_person_decided_stays(void **state)
{
    int64_t id = person(&w.service, "旁人", phone_of(&w.stranger));
    (void)state;
    attach(id, w.room, ROLE_IS_FAMILY, 0, 1);
    struct call c = {.id = harness_i64("SELECT id FROM binding WHERE account_id = $1", ARGS(I64(w.stranger.id)))};
    assert_ok(write_as(&w.owner, run_revoke, &c)); /* the owner puts them out */
    struct call p = {.id = w.stranger.id, .text = phone_of(&w.stranger)};
    assert_ok(write_as(&w.root, run_proven, &p));
    assert_int_equal(live_bindings(w.stranger.id, w.room), 0);
}

static void leases_begin_and_end(void **state)
{
    int64_t id = person(&w.service, "租客", phone_of(&w.stranger));
    (void)state;
    struct call c = {
        .rel = {.party_id = id, .room_id = w.room, .role = ROLE_IS_TENANT, .from_day = 20261101, .to_day = 20271031}
    };
    assert_ok(write_as(&w.service, run_attach, &c));
    assert_int_equal(harness_i64("SELECT expires_at FROM binding WHERE account_id = $1", ARGS(I64(w.stranger.id))),
                     clock_day_start(20271101));
    assert_int_equal(harness_i64("SELECT since_day FROM binding WHERE account_id = $1", ARGS(I64(w.stranger.id))),
                     OWNER_FOREVER); /* the bills are not theirs */
    c.version = 1;
    c.day = 20261122;
    assert_ok(write_as(&w.service, run_end, &c));
    assert_int_equal(live_bindings(w.stranger.id, w.room), 0);
    c.rel.from_day = 20261123;
    c.rel.to_day = 0;
    c.rel.pays = true;
    assert_ok(write_as(&w.service, run_attach, &c));
    assert_int_equal(harness_i64("SELECT since_day FROM binding WHERE account_id = $1 AND state = 'active'",
                                 ARGS(I64(w.stranger.id))),
                     20261123);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM fee_liable WHERE room_id = $1 AND from_day = 20261123 AND payer_id = $2",
                    ARGS(I64(w.room), I64(w.stranger.id))),
        1);
}

/* Who rents a room and comes to own it is its owner; when that ends, a tenant still. */
static void the_stronger_role_counts(void **state)
{
    int64_t id = person(&w.service, "两用", phone_of(&w.stranger));
    (void)state;
    int64_t owner = attach(id, w.room, ROLE_IS_OWNER, 0, 1);
    attach(id, w.room, ROLE_IS_TENANT, 0, 1);
    static const char role[] = "SELECT COUNT(*) FROM binding WHERE account_id = $1 AND state = 'active' AND role = $2";
    assert_int_equal(harness_i64(role, ARGS(I64(w.stranger.id), TXT("owner"))), 1);
    struct call c = {.id = owner, .version = 1, .day = 20261122};
    assert_ok(write_as(&w.service, run_end, &c));
    assert_int_equal(harness_i64(role, ARGS(I64(w.stranger.id), TXT("tenant"))), 1);
}

/* ---- searching ---- */

static size_t found(const struct actor *who, struct owner_filter f)
{
    static struct call c;
    c = (struct call){.f = f};
    assert_ok(read_as(who, run_list, &c));
    return c.count;
}

static void many_conditions_at_once(void **state)
{
    int64_t a = person(&w.service, "欧阳锋", "13800000130"), b = person(&w.service, "欧阳克", "13800000131");
    (void)state;
    attach(a, w.room, ROLE_IS_OWNER, 0, 1);
    attach(b, w.room2, ROLE_IS_TENANT, 0, 1);
    assert_ok(
        harness_sql("UPDATE room SET norm = '3-2-1502', full_name = '3栋2单元1502', area_e4 = 1200000 WHERE id = $1",
                    ARGS(I64(w.room))));
    assert_int_equal(found(&w.service, (struct owner_filter){.name = "欧阳"}), 2);
    assert_int_equal(found(&w.service, (struct owner_filter){.name = "%"}), 0);
    assert_int_equal(found(&w.service, (struct owner_filter){.phone = "138-0000-0131"}), 1);
    assert_int_equal(found(&w.service, (struct owner_filter){.phone = "13800009999"}), 0);
    static const char *const spellings[] = {"3#2-1502", "3栋2单元1502室", "３－２－１５０２",
                                            "3栋1502",  "1502",           "三栋二单元1502"};
    for (size_t i = 0; i < COUNT(spellings); i++)
        assert_int_equal(found(&w.service, (struct owner_filter){.name = "欧阳", .room = spellings[i]}), 1);
    assert_int_equal(found(&w.service, (struct owner_filter){.room = "13-2-1502"}), 0);
    assert_int_equal(found(&w.service, (struct owner_filter){.role = "tenant"}), 1);
    assert_int_equal(found(&w.service, (struct owner_filter){.role = "tenant", .room = "3-2-1502"}),
                     0); /* one room, both */
    assert_int_equal(found(&w.service, (struct owner_filter){.area_min_e4 = 1000000}), 1);
    assert_int_equal(found(&w.service, (struct owner_filter){.area_max_e4 = 1000000}), 1);
    assert_int_equal(found(&w.service, (struct owner_filter){.room_state = "delivered", .layout = "两室一厅"}), 2);
    assert_int_equal(found(&w.service, (struct owner_filter){.owing = 1}), 0);
    assert_ok(
        harness_sql("INSERT INTO bill(id, company_id, project_id, room_id, room_name, state, period_from, period_to,"
                    " due_day, amount_fen, created_at) VALUES ($1, $2, $3, $4, 'r', 'published', 20261001,"
                    " 20261031, 20261115, 10000, 0)",
                    ARGS(I64(id_new()), I64(w.company), I64(w.project), I64(w.room))));
    assert_int_equal(found(&w.service, (struct owner_filter){.owing = 1}), 1);
    assert_int_equal(found(&w.service, (struct owner_filter){.owing = -1, .name = "欧阳"}), 1);
    struct call g = {.id = a};
    assert_ok(read_as(&w.cashier, run_get, &g));
    assert_int_equal(g.owner.open_fen, 10000);
    struct call page = {.n = 1, .f = {.name = "欧阳"}};
    assert_ok(read_as(&w.service, run_list, &page));
    assert_int_equal(page.count, 1);
    int64_t seen = page.ids[0];
    page.before = seen;
    assert_ok(read_as(&w.service, run_list, &page));
    assert_int_equal(page.count, 1);
    assert_true(page.ids[0] < seen);
}

/* ---- being forgotten ---- */

static void the_account_goes_the_books_stay(void **state)
{
    int64_t bill = id_new(), id = person(&w.service, "张伟", phone_of(&w.owner));
    (void)state;
    struct call c = {0};
    assert_ok(
        harness_sql("INSERT INTO bill(id, company_id, project_id, room_id, payer_id, payer_name, room_name, state,"
                    " period_from, period_to, due_day, amount_fen, created_at) VALUES ($1, $2, $3, $4, $5, '张伟', 'r',"
                    " 'published', 20261001, 20261031, 20261115, 10000, 0)",
                    ARGS(I64(bill), I64(w.company), I64(w.project), I64(w.room), I64(w.owner.id))));
    assert_err(write_as(&w.owner, run_self_close, &c), ERR_STATE);
    c.contact_only = true;
    assert_ok(write_as(&w.owner, run_self_close, &c));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM account WHERE id = $1 AND state = 'active'", ARGS(I64(w.owner.id))), 1);
    assert_ok(harness_sql("UPDATE bill SET state = 'paid', paid_fen = amount_fen WHERE id = $1", ARGS(I64(bill))));
    c.contact_only = false;
    assert_ok(write_as(&w.owner, run_self_close, &c));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM account WHERE id = $1 AND state = 'disabled' AND phone_idx IS NULL"
                    " AND phone_enc IS NULL AND name = '已注销用户'",
                    ARGS(I64(w.owner.id))),
        1);
    assert_int_equal(live_bindings(w.owner.id, w.room), 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE id = $1 AND payer_name = '张伟'", ARGS(I64(bill))),
                     1);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM party WHERE id = $1 AND erased_at > 0 AND name = '已注销'", ARGS(I64(id))),
        1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM party_phone WHERE party_id = $1", ARGS(I64(id))), 0);
    assert_err(write_as(&w.manager, run_self_close, &c), ERR_FORBIDDEN);
}

#define T(f) cmocka_unit_test_setup(f, world_set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_number_names_one_person),
        T(nothing_personal_is_stored_in_clear),
        T(edits_leave_masked_traces),
        T(other_projects_and_companies_see_nothing),
        T(shares_are_one_at_most),
        T(the_register_lets_in_and_out),
        T(what_a_number_gave_goes_with_it),
        T(what_a_person_decided_stays),
        T(leases_begin_and_end),
        T(the_stronger_role_counts),
        T(many_conditions_at_once),
        T(the_account_goes_the_books_stay),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
