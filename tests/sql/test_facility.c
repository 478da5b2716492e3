/* test_facility.c - the register on both engines: fields, history, states, downtime, costs, files, import, codes, what
 * strangers report, repairs of facilities and what is counted of them.  SPDX-License-Identifier: MIT */
#include "tests/sql/maint_world.h"

#include <stdlib.h>

static const struct actor nobody = {0};

struct call {
    struct facility f, out;
    struct facility_filter filter;
    struct facility_code code;
    struct facility_public page;
    struct facility_costs costs;
    struct facility_import import;
    struct facility_supplier supplier;
    struct facility_category category;
    struct repair repair;
    int64_t id, version, from, to, got;
    int state;
    bool check_only;
    size_t n;
    const char *text, *token, *seen;
};

static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_get(cx, c->id, &c->out);
}
static enum err run_add(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct facility f = c->f;
    return facility_add(cx, &f, &c->id);
}
static enum err run_change(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct facility f = c->f;
    return facility_change(cx, &f, &c->out);
}
static enum err run_state(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_set_state(cx, c->id, c->version, c->state, c->text, &c->out);
}
static enum err run_down(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_down(cx, c->id, c->text, 0);
}
static enum err run_up(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_up(cx, c->id, c->text);
}
static enum err run_read(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_read(cx, c->id, c->version);
}
static void count(void *arg, const struct facility *f)
{
    struct call *c = arg;
    c->n++;
    c->got = f->id;
}
static enum err run_list(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return facility_list(cx, &c->filter, count, c);
}
static enum err run_costs(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_cost_sum(cx, c->id, &c->costs);
}
static enum err run_cost(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_cost_add(cx, c->id, c->state, c->version, 20261120, "外包", &c->got);
}
static enum err run_import(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_import_csv(cx, c->text, strlen(c->text), c->check_only, &c->import);
}
static enum err run_code(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_code_make(cx, c->id, &c->code);
}
static enum err run_revoke(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_code_revoke(cx, c->id);
}
static enum err run_page(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_public_page(cx, c->token, &c->page);
}
static enum err run_take(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_report_accept(cx, c->id, w.by_hand, URGENCY_NORMAL, &c->repair);
}
static enum err run_reject(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return facility_report_reject(cx, c->id, c->text);
}
static enum err run_supplier(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct facility_supplier s = c->supplier;
    enum err e = supplier_save(cx, &s);
    c->got = s.id;
    return e;
}
static enum err run_category(struct ctx *cx, void *arg)
{
    return facility_category_save(cx, &((struct call *)arg)->category);
}

static struct facility get(int64_t id)
{
    struct call c = {.id = id};
    assert_ok(read_as(&w.manager, run_get, &c));
    return c.out;
}

static int64_t events(int64_t id, const char *kind, const char *field)
{
    return harness_i64("SELECT COUNT(*) FROM facility_event WHERE facility_id = $1 AND kind = $2 AND field = $3",
                       ARGS(I64(id), TXT(kind), TXT(field)));
}

static void every_field_and_its_history(void **state)
{
    (void)state;
    int64_t id = make_facility(&w.manager, "lift"), part = make_facility(&w.manager, "power");
    struct call c = {.f = get(id)};
    assert_string_equal(c.f.name, "1号客梯");
    assert_int_equal(c.f.state, FS_IN_USE);
    assert_true(c.f.up);
    c.f.name = "2号货梯";
    c.f.price_fen = 18800000;
    c.f.inspected_day = 20260601;
    c.f.inspect_due = 20270601;
    c.f.keeper_id = w.tech[0].id;
    c.f.room_id = w.room;
    c.f.importance = 1;
    assert_ok(write_as(&w.manager, run_change, &c));
    assert_int_equal(c.out.version, 2);
    assert_string_equal(c.out.keeper, "陈师傅");
    assert_int_equal(events(id, "edit", "name") + events(id, "edit", "price_fen") + events(id, "edit", "keeper_id") +
                         events(id, "edit", "importance") + events(id, "edit", "room_id"),
                     5);
    assert_int_equal(events(id, "edit", "code"), 0); /* what did not change is no line */
    assert_err(write_as(&w.manager, run_change, &c), ERR_CONFLICT);
    c.f.version = 2;

    const struct {
        const char *field;
        int64_t *member, bad;
    } wrong[] = {
        {"parent_id",   &c.f.parent_id,   id            },
        {"room_id",     &c.f.room_id,     w.foreign_room},
        {"keeper_id",   &c.f.keeper_id,   w.owner.id    },
        {"supplier_id", &c.f.supplier_id, 77            },
        {"building_id", &c.f.building_id, 77            },
        {"bought_day",  &c.f.bought_day,  20260231      },
        {"inspect_due", &c.f.inspect_due, 20260601      }
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        int64_t was = *wrong[i].member;
        *wrong[i].member = wrong[i].bad;
        assert_err(write_as(&w.manager, run_change, &c), ERR_INVALID);
        assert_field(wrong[i].field);
        *wrong[i].member = was;
    }
    c.f.category = "没有";
    assert_err(write_as(&w.manager, run_change, &c), ERR_INVALID);
    c.f.category = "lift";
    c.f.code = get(part).code;
    assert_err(write_as(&w.manager, run_change, &c), ERR_EXISTS);
    c.f.code = "L-1";
    /* a circle over two */
    struct call sub = {.f = get(part)};
    sub.f.parent_id = id;
    assert_ok(write_as(&w.manager, run_change, &sub));
    c.f.parent_id = part;
    assert_err(write_as(&w.manager, run_change, &c), ERR_INVALID);
    assert_field("parent_id");
    /* somebody else's */
    c.id = id;
    assert_err(read_as(&w.foreign_admin, run_get, &c), ERR_NOT_FOUND);
    struct actor elsewhere = w.manager;
    elsewhere.project_id = w.other_project;
    assert_err(read_as(&elsewhere, run_get, &c), ERR_NOT_FOUND);
}

static void lists_by_what_is_asked(void **state)
{
    (void)state;
    int64_t lift = make_facility(&w.manager, "lift"), pump = make_facility(&w.manager, "water");
    struct call c = {.f = get(pump)};
    c.f.serial = "SN-Abc-77";
    c.f.inspect_due = 20261201;
    assert_ok(write_as(&w.manager, run_change, &c));
    const struct {
        struct facility_filter f;
        size_t n;
        int64_t got;
    } t[] = {
        {{.limit = 100},                             2, 0   },
        {{.limit = 1},                               1, pump},
        {{.limit = 100, .before_id = pump},          1, lift},
        {{.limit = 100, .category = "lift"},         1, lift},
        {{.limit = 100, .search = "sn-aBC"},         1, pump}, /* whatever the case */
        {{.limit = 100, .search = "1栋"},           2, 0   },
        {{.limit = 100, .inspect_before = 20261202}, 1, pump},
        {{.limit = 100, .inspect_before = 20261201}, 0, 0   },
        {{.limit = 100, .importance = "C"},          0, 0   },
        {{.limit = 100, .state = "idle"},            0, 0   },
        {{.limit = 100, .down_only = true},          0, 0   }
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        c.filter = t[i].f;
        assert_ok(read_as(&w.manager, run_list, &c));
        assert_int_equal(c.n, t[i].n);
        if (t[i].got)
            assert_int_equal(c.got, t[i].got);
    }
    assert_ok(read_as(&w.foreign_admin, run_list, &c));
    assert_int_equal(c.n, 0);
}

static void states_and_downtime(void **state)
{
    (void)state;
    int64_t id = make_facility(&w.manager, "lift");
    struct call c = {.id = id, .text = "异响"};
    assert_ok(write_as(&w.tech[0], run_down, &c));
    assert_ok(write_as(&w.tech[0], run_down, &c)); /* down already: nothing */
    assert_false(get(id).up);
    assert_int_equal(harness_count(NULL, "facility.status"), 1);
    at += 3 * HOUR_MS;
    assert_ok(write_as(&w.tech[0], run_up, &c));
    at += HOUR_MS;
    assert_ok(write_as(&w.tech[0], run_down, &c));
    at -= 5 * HOUR_MS; /* the clock is set back: no downtime is negative */
    assert_ok(write_as(&w.tech[0], run_up, &c));
    assert_ok(read_as(&w.manager, run_costs, &c));
    assert_int_equal(c.costs.downtime_ms, 3 * HOUR_MS + 1);
    /* readings only go up */
    c.version = 5000;
    assert_ok(write_as(&w.tech[0], run_read, &c));
    c.version = 4999;
    assert_err(write_as(&w.tech[0], run_read, &c), ERR_INVALID);
    /* scrapped is the end */
    c = (struct call){.id = id, .state = FS_STOPPED};
    assert_ok(write_as(&w.manager, run_state, &c));
    c.state = FS_SCRAPPED;
    assert_err(write_as(&w.manager, run_state, &c), ERR_INVALID);
    assert_field("reason");
    c.text = "老化";
    c.version = 1;
    assert_err(write_as(&w.manager, run_state, &c), ERR_CONFLICT);
    c.version = 0;
    assert_ok(write_as(&w.manager, run_state, &c));
    c.state = FS_IN_USE;
    assert_err(write_as(&w.manager, run_state, &c), ERR_STATE);
    assert_err(write_as(&w.manager, run_down, &c), ERR_STATE);
    assert_err(write_as(&w.manager, run_code, &c), ERR_STATE);
}

static void suppliers_and_categories(void **state)
{
    (void)state;
    struct call c = {
        .supplier = {.name = "通力电梯", .contact = "何工", .phone = "021-55550000"}
    };
    assert_ok(write_as(&w.manager, run_supplier, &c));
    int64_t id = c.got;
    assert_err(write_as(&w.manager, run_supplier, &c), ERR_EXISTS);
    assert_ok(write_as(&w.foreign_admin, run_supplier, &c)); /* a name is taken in one company only */
    c.supplier.id = id;
    c.supplier.version = 1;
    assert_err(write_as(&w.foreign_admin, run_supplier, &c), ERR_NOT_FOUND);
    assert_ok(write_as(&w.manager, run_supplier, &c));
    assert_err(write_as(&w.manager, run_supplier, &c), ERR_CONFLICT);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM facility_supplier WHERE id = $1 AND phone_enc IS NOT NULL", ARGS(I64(id))),
        1);
    c.category = (struct facility_category){.code = "pool", .name = "泳池", .enabled = true};
    assert_ok(write_as(&w.manager, run_category, &c));
    make_facility(&w.manager, "pool");
    c.category.enabled = false;
    assert_ok(write_as(&w.manager, run_category, &c));
    c.f = (struct facility){.code = "P2", .name = "池", .category = "pool"};
    assert_err(write_as(&w.manager, run_add, &c), ERR_INVALID);
    assert_field("category");
}

static void imported_whole_or_not(void **state)
{
    (void)state;
    static const char good[] = "编号,名称,类别,品牌,购置日期,价格,重要性,备用\n"
                               "E1,1号梯,电梯,通力,2020-01-05,180000.50,A,x\n"
                               "E2,\"水泵,大\",water,,2021/3/1,,,\n";
    static const char bad[] = "编号,名称,类别,购置日期,价格,楼栋,重要性,寿命月数\n"
                              "E3,好的,电梯,2020-01-05,1,,A,120\n"
                              "E1,已有,电梯,,,,,\n"
                              "E4,坏的,飞机,2020-13-01,1.234,99栋,D,x\n"
                              ",没有编号,电梯,,,,,\n"
                              "E3,重复,电梯,,,,,\n";
    struct call *c = calloc(1, sizeof *c);
    c->text = good;
    c->check_only = true;
    assert_ok(read_as(&w.manager, run_import, c));
    assert_int_equal(c->import.errors, 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM facility WHERE company_id = $1", ARGS(I64(w.company))), 0);
    c->check_only = false;
    assert_ok(write_as(&w.manager, run_import, c));
    assert_int_equal(c->import.rows, 2);
    assert_int_equal(
        harness_i64("SELECT price_fen FROM facility WHERE company_id = $1 AND code = 'E1'", ARGS(I64(w.company))),
        18000050);
    assert_err(write_as(&w.manager, run_import, c), ERR_EXISTS); /* the same file again */
    c->text = bad;
    assert_ok(write_as(&w.manager, run_import, c));
    assert_int_equal(c->import.errors, 9);
    const struct {
        int64_t row;
        const char *column;
    } want[] = {
        {3, "编号"      },
        {4, "类别"      },
        {4, "购置日期"},
        {4, "价格"      },
        {4, "楼栋"      },
        {4, "重要性"   },
        {4, "寿命月数"},
        {5, "编号"      },
        {6, "编号"      }
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_int_equal(c->import.error[i].row, want[i].row);
        assert_string_equal(c->import.error[i].column, want[i].column);
    }
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM facility WHERE company_id = $1", ARGS(I64(w.company))), 2);
    c->text = "编号,名称\nX,Y\n";
    assert_err(write_as(&w.manager, run_import, c), ERR_INVALID);
    c->text = "编号,名称,类别\n";
    assert_err(write_as(&w.manager, run_import, c), ERR_INVALID);
    free(c);
}

/* ---- codes ---- */

static enum err told(const char *token, const char *phone, int64_t *id)
{
    struct ctx *cx = harness_ctx(&nobody);
    cx->now = at;
    cx->ip = from_ip;
    enum err e = facility_public_report(cx, token, "电梯异响,请来看看", phone, id);
    why = cx->why;
    return e;
}

static void the_code_and_what_strangers_report(void **state)
{
    (void)state;
    int64_t id = make_facility(&w.manager, "lift"), first = 0, second = 0;
    struct call c = {.id = id};
    assert_ok(write_as(&w.manager, run_code, &c));
    const char *old = c.code.token;
    assert_ok(write_as(&w.manager, run_code, &c));
    c.token = old;
    assert_err(read_as(&nobody, run_page, &c), ERR_NOT_FOUND); /* replaced */
    c.token = c.code.token;
    assert_ok(read_as(&nobody, run_page, &c));
    assert_string_equal(c.page.category, "电梯");
    assert_string_equal(c.page.project, "阳光花园");

    assert_ok(harness_sql("UPDATE facility SET importance = 'B' WHERE id = $1", ARGS(I64(id))));
    from_ip = "10.9.9.1";
    assert_err(told(c.token, "12345678901", &first), ERR_INVALID);
    assert_ok(told(c.token, "13900001111", &first));
    assert_ok(told(c.token, NULL, &second));
    for (int i = 2; i < FACILITY_REPORTS_IP; i++)
        assert_ok(told(c.token, NULL, &c.got));
    assert_err(told(c.token, NULL, &c.got), ERR_RATE);
    from_ip = "10.9.9.2"; /* somebody else may, until there are too many of all */
    assert_ok(told(c.token, NULL, &c.got));
    for (int i = FACILITY_REPORTS_IP + 1; i < FACILITY_REPORTS_ALL; i++) {
        static char ip[20];
        snprintf(ip, sizeof ip, "10.9.8.%d", i);
        from_ip = ip;
        assert_ok(told(c.token, NULL, &c.got));
    }
    from_ip = "10.9.9.200";
    assert_err(told(c.token, NULL, &c.got), ERR_RATE);
    const char *heard = "SELECT COUNT(*) FROM notification WHERE account_id = $1 AND object_id = $2";
    assert_int_equal(harness_i64(heard, ARGS(I64(w.manager.id), I64(id))), 1); /* once an hour */
    assert_int_equal(harness_i64(heard, ARGS(I64(w.tech[0].id), I64(id))), 0);
    assert_ok(harness_sql("UPDATE facility SET importance = 'A' WHERE id = $1", ARGS(I64(id))));
    at += 2 * HOUR_MS;
    assert_ok(told(c.token, NULL, &c.got));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM message WHERE account_id = $1 AND kind = 'facility_alarm'"
                                 " AND channel = 'sms' AND state = 'pending' AND urgent = 1",
                                 ARGS(I64(w.manager.id))),
                     1);
    from_ip = "10.1.1.1";
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair WHERE company_id = $1", ARGS(I64(w.company))), 0);

    c.id = first;
    assert_err(write_as(&w.foreign_admin, run_take, &c), ERR_NOT_FOUND);
    assert_ok(write_as(&w.service, run_take, &c));
    assert_int_equal(c.repair.facility_id, id);
    assert_string_equal(c.repair.contact_hint, "139****1111");
    assert_err(write_as(&w.service, run_take, &c), ERR_STATE);
    c.id = second;
    c.text = "无故障";
    assert_ok(write_as(&w.service, run_reject, &c));
    assert_err(write_as(&w.service, run_take, &c), ERR_STATE);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM repair WHERE facility_id = $1", ARGS(I64(id))), 1);
    c.id = id;
    assert_ok(write_as(&w.manager, run_revoke, &c));
    assert_err(read_as(&nobody, run_page, &c), ERR_NOT_FOUND);
    assert_err(told(c.token, NULL, &c.got), ERR_NOT_FOUND);
}

/* ---- repairs and statistics ---- */

struct opened {
    struct repair_report in;
    struct repair out;
    struct json_list dup;
    bool down;
};

static enum err run_open(struct ctx *cx, void *arg)
{
    struct opened *o = arg;
    enum err e = repair_report(cx, &o->in, &o->out, &o->dup);
    return e || !o->out.facility_id ? e : facility_repair_opened(cx, &o->out, o->down);
}

static enum err open_for(const struct actor *who, int64_t facility, int64_t type, bool down, int64_t *id)
{
    struct opened o = {
        .in = {.type_id = type,
               .facility_id = facility,
               .place = "机房",
               .description = "不动了",
               .urgency = URGENCY_LOW},
        .down = down
    };
    enum err e = write_as(who, run_open, &o);
    *id = o.out.id;
    return e;
}

struct finishing {
    int64_t id;
    struct repair out;
};

static enum err run_finish(struct ctx *cx, void *arg)
{
    struct finishing *f = arg;
    struct repair_line part = {.kind = 1, .material_id = w.valve, .qty_e3 = 2000, .price_fen = 0};
    struct repair_step s = {
        .event = RE_FINISH, .cause_id = w.cause, .measure = "更换", .lines = &part, .nlines = 1, .labour_min = 30};
    enum err e = repair_act(cx, f->id, &s, &f->out);
    return e ? e : facility_repair_step(cx, &f->out, true, true);
}

static void repair_it(int64_t id)
{
    struct finishing f = {.id = id};
    assert_ok(step(&w.dispatcher, id, (struct repair_step){.event = RE_ASSIGN, .target_id = w.tech[0].id}));
    assert_ok(accept_offer(&w.tech[0], open_offer(id)));
    assert_ok(simple(&w.tech[0], id, RE_ARRIVE));
    assert_ok(simple(&w.tech[0], id, RE_START));
    assert_ok(write_as(&w.tech[0], run_finish, &f));
}

struct stat {
    int64_t from, to;
    size_t n;
    struct facility_reliability r;
    struct facility_repeat rep;
    struct facility_pareto p[8];
};
static void on_reliability(void *arg, const struct facility_reliability *r)
{
    struct stat *s = arg;
    s->n++;
    s->r = *r;
}
static enum err run_reliability(struct ctx *cx, void *arg)
{
    struct stat *s = arg;
    s->n = 0;
    return facility_stat_reliability(cx, "category", s->from, s->to, on_reliability, s);
}
static void on_repeat(void *arg, const struct facility_repeat *r)
{
    struct stat *s = arg;
    s->n++;
    s->rep = *r;
}
static enum err run_repeats(struct ctx *cx, void *arg)
{
    struct stat *s = arg;
    s->n = 0;
    return facility_stat_repeats(cx, s->from, s->to, on_repeat, s);
}
static void on_pareto(void *arg, const struct facility_pareto *p)
{
    struct stat *s = arg;
    s->p[s->n++] = *p;
}
static enum err run_pareto(struct ctx *cx, void *arg)
{
    struct stat *s = arg;
    s->n = 0;
    return facility_stat_pareto(cx, s->from, s->to, "lift", on_pareto, s);
}

static void repairs_stop_it_start_it_and_are_counted(void **state)
{
    (void)state;
    int64_t id = make_facility(&w.manager, "lift"), begun = at, r = 0, second = 0;
    assert_err(open_for(&w.owner, id, w.by_hand, false, &r), ERR_INVALID); /* residents name no facility */
    assert_field("facility_id");
    assert_err(open_for(&w.foreign_admin, id, w.by_hand, false, &r), ERR_INVALID);
    at += 10 * DAY_MS;
    assert_ok(open_for(&w.service, id, w.urgent, false, &r)); /* an emergency stops it */
    assert_false(get(id).up);
    at += 4 * HOUR_MS;
    repair_it(r);
    assert_true(get(id).up);
    assert_int_equal(events(id, "repair", "opened") + events(id, "repair", "finished"), 2);
    at += 20 * DAY_MS;
    assert_ok(open_for(&w.service, id, w.by_hand, false, &second));
    assert_true(get(id).up); /* an ordinary one does not, unless it is said */
    at += 2 * HOUR_MS;
    repair_it(second);
    at += 10 * DAY_MS;

    struct stat s = {.from = begun, .to = at};
    assert_ok(read_as(&w.manager, run_reliability, &s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.r.failures, 2);
    assert_int_equal(s.r.down_ms, 4 * HOUR_MS);
    assert_int_equal(s.r.mttr_ms, 3 * HOUR_MS);
    assert_int_equal(s.r.mtbf_ms, (40 * DAY_MS + 6 * HOUR_MS - 4 * HOUR_MS) / 2);
    assert_ok(read_as(&w.manager, run_repeats, &s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.rep.repair_id, second);
    assert_int_equal(s.rep.before_id, r);
    assert_int_equal(s.rep.days, 20);
    assert_ok(open_for(&w.service, id, w.by_hand, true, &r));
    assert_false(get(id).up);
    assert_ok(read_as(&w.manager, run_pareto, (s.to = at + 1, &s)));
    assert_int_equal(s.n, 2);
    assert_string_equal(s.p[0].cause, "管件老化");
    assert_int_equal(s.p[0].share_e4, 6666);
    assert_int_equal(s.p[1].sum_e4, 10000);
    assert_ok(read_as(&w.foreign_admin, run_pareto, &s));
    assert_int_equal(s.n, 0);

    struct call c = {.id = id, .state = 0, .version = 50000};
    assert_ok(write_as(&w.manager, run_cost, &c));
    assert_ok(read_as(&w.manager, run_costs, &c));
    assert_int_equal(c.costs.repairs, 3);
    assert_int_equal(c.costs.parts_fen, 2 * 2 * 1500); /* given away, yet worth what a valve costs */
    assert_int_equal(c.costs.repair_fen, 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_field_and_its_history, world_set_up),
        cmocka_unit_test_setup(lists_by_what_is_asked, world_set_up),
        cmocka_unit_test_setup(states_and_downtime, world_set_up),
        cmocka_unit_test_setup(suppliers_and_categories, world_set_up),
        cmocka_unit_test_setup(imported_whole_or_not, world_set_up),
        cmocka_unit_test_setup(the_code_and_what_strangers_report, world_set_up),
        cmocka_unit_test_setup(repairs_stop_it_start_it_and_are_counted, world_set_up),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
