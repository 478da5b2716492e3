/* test_rooms.c - rooms by a pattern, the grid of a building, what keeps a room from being closed. SPDX-License-Identifier: MIT */
#include "tests/sql/world.h"

#include "domain/estate_bulk.h"

struct call {
    int64_t id, room, version;
    bool skip;
    struct room_plan plan;
    struct room m;
};
static enum err run_bulk(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return bulk_create(cx, &c->plan, "residence", "unsold", c->skip, &c->id);
}
static enum err run_room_close(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return room_close(cx, c->room, c->version, "合并");
}
static enum err run_room_set(struct ctx *cx, void *arg)
{
    return room_change(cx, &((struct call *)arg)->m);
}

static int64_t room; /* somebody lives there */

static int set_up(void **state)
{
    world_set_up(state);
    room = w.room;
    return 0;
}

static int64_t bill(int64_t of, int32_t from, int32_t to, int64_t fen)
{
    int64_t id = id_new();
    assert_ok(
        harness_sql("INSERT INTO bill(id, company_id, project_id, room_id, room_name, state, period_from, period_to,"
                    " due_day, amount_fen, published_at, created_at) VALUES ($1, $2, $3, $4, 'r', 'published', $5, $6,"
                    " 20261130, $7, 1, 0)",
                    ARGS(I64(id), I64(w.company), I64(w.project), I64(of), I64(from), I64(to), I64(fen))));
    return id;
}

static void rooms_by_pattern_once(void **state)
{
    static const struct plan_door doors[] = {
        {"01", "三室", 1200000, 900000},
        {"02", "两室", 800000,  600000}
    };
    static const int64_t skip[] = {4};
    struct call c = {
        .plan = {.building = "88栋",
                 .unit_from = 1,
                 .unit_to = 2,
                 .floor_from = 1,
                 .floor_to = 6,
                 .skip = skip,
                 .nskip = 1,
                 .doors = doors,
                 .ndoors = 2}
    };
    (void)state;
    assert_ok(write_as(&w.service, run_bulk, &c));
    assert_int_equal(c.id, 20);
    assert_err(write_as(&w.service, run_bulk, &c), ERR_EXISTS);
    c.skip = true;
    c.plan.floor_to = 7;
    assert_ok(write_as(&w.service, run_bulk, &c));
    assert_int_equal(c.id, 4);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM room m JOIN building b ON b.id = m.building_id WHERE b.norm = '88'"
                    " AND m.company_id = $1 AND m.floor <> 4 AND m.inner_area_e4 > 0",
                    ARGS(I64(w.company))),
        24);
}

static size_t ncells;
static struct room_cell cell;
static void on_cell(void *arg, const struct room_cell *c)
{
    ncells++;
    if (c->id == *(int64_t *)arg) {
        cell = *c;
        cell.money = str_eq(c->money, "overdue") ? "overdue"
                     : str_eq(c->money, "owing") ? "owing"
                     : str_eq(c->money, "paid")  ? "paid"
                                                 : "none";
    }
}
static enum err run_grid(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return room_grid(cx, c->id, 0, on_cell, &c->room);
}

static void the_grid_tells_who_owes(void **state)
{
    struct call c = {.id = harness_i64("SELECT building_id FROM room WHERE id = $1", ARGS(I64(room))), .room = room};
    (void)state;
    ncells = 0;
    assert_ok(read_as(&w.cashier, run_grid, &c));
    assert_int_equal(ncells, 2);
    assert_string_equal(cell.money, "none");
    int64_t id = bill(room, 20261101, 20261130, 100);
    assert_ok(read_as(&w.cashier, run_grid, &c));
    assert_string_equal(cell.money, "owing");
    assert_int_equal(cell.open_fen, 100);
    at = noon(2026, 12, 1, 10, 0);
    assert_ok(read_as(&w.cashier, run_grid, &c));
    assert_string_equal(cell.money, "overdue");
    assert_int_equal(cell.overdue_fen, 100);
    assert_ok(harness_sql("UPDATE bill SET state = 'paid', paid_fen = 100 WHERE id = $1", ARGS(I64(id))));
    assert_ok(read_as(&w.cashier, run_grid, &c));
    assert_string_equal(cell.money, "paid");
    assert_err(read_as(&w.foreign_admin, run_grid, &c), ERR_NOT_FOUND);
}

static void what_hangs_on_a_room(void **state)
{
    int64_t empty = make_room(&w.admin);
    struct call c = {.room = room, .version = 1};
    (void)state;
    assert_err(write_as(&w.manager, run_room_close, &c), ERR_STATE);
    c.room = empty;
    bill(empty, 20261101, 20261130, 100);
    assert_err(write_as(&w.manager, run_room_close, &c), ERR_STATE);
    assert_ok(harness_sql("UPDATE bill SET state = 'void' WHERE room_id = $1", ARGS(I64(empty))));
    c.version = 7;
    assert_err(write_as(&w.manager, run_room_close, &c), ERR_CONFLICT);
    c.version = 1;
    struct call elsewhere = c;
    assert_err(write_as(&w.foreign_admin, run_room_close, &elsewhere), ERR_NOT_FOUND);
    assert_ok(write_as(&w.manager, run_room_close, &c));
    assert_err(write_as(&w.manager, run_room_close, &c), ERR_CONFLICT);
    c.m = (struct room){.id = empty, .version = 2, .name = "1", .layout = "", .use = "residence", .state = "vacant"};
    assert_err(write_as(&w.manager, run_room_set, &c), ERR_STATE);
    c.m = (struct room){.id = w.room2,
                        .version = 1,
                        .name = "1号",
                        .layout = "一室",
                        .area_e4 = 500000,
                        .inner_area_e4 = 600000,
                        .use = "shop",
                        .state = "rented",
                        .reason = "实测"};
    assert_err(write_as(&w.manager, run_room_set, &c), ERR_INVALID);
    c.m.inner_area_e4 = 400000;
    assert_ok(write_as(&w.manager, run_room_set, &c));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM field_change WHERE object = 'room' AND object_id = $1 AND reason = '实测'",
                    ARGS(I64(w.room2))),
        6);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {T(rooms_by_pattern_once), T(the_grid_tells_who_owes), T(what_hangs_on_a_room)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
