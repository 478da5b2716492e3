/* test_base_time.c - clock, ids, state machines. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/fsm.h"
#include "base/id.h"
#include "base/text.h"
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void instants(void)
{
    static const struct {
        int64_t ms;
        const char *text;
        int32_t day;
        int weekday;
    } c[] = {
        {0,                        "1970-01-01T08:00:00.000+08:00", 19700101, 4},
        {-1,                       "1970-01-01T07:59:59.999+08:00", 19700101, 4},
        {-28800001,                "1969-12-31T23:59:59.999+08:00", 19691231, 3},
        {INT64_C(951753600000),    "2000-02-29T00:00:00.000+08:00", 20000229, 2},
        {INT64_C(1795391999999),   "2026-11-23T07:59:59.999+08:00", 20261123, 1},
        {INT64_C(1709136000000),   "2024-02-29T00:00:00.000+08:00", 20240229, 4},
        {INT64_C(4107513600000),   "2100-03-01T00:00:00.000+08:00", 21000301, 1},
        {INT64_C(253402271999999), "9999-12-31T23:59:59.999+08:00", 99991231, 5}
    };
    char text[32];
    for (size_t i = 0; i < COUNT(c); i++) {
        int64_t back = 7;
        assert_string_equal(clock_rfc3339(c[i].ms, text), c[i].text);
        assert_int_equal(clock_day(c[i].ms), c[i].day);
        struct civil v = clock_civil(c[i].ms);
        assert_int_equal(v.weekday, c[i].weekday);
        assert_int_equal(clock_from_civil(&v), c[i].ms);
        assert_true(clock_parse_rfc3339(text, &back));
        assert_int_equal(back, c[i].ms);
    }
    int64_t t = INT64_C(-2200000000000); /* 1900 .. 2100 */
    for (uint64_t s = 1; t < INT64_C(4200000000000); t += (int64_t)(s >> 40) * 97 + 1) {
        s = s * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int64_t back = 0;
        assert_true(clock_parse_rfc3339(clock_rfc3339(t, text), &back));
        assert_int_equal(back, t);
        assert_true(clock_day_valid(clock_day(t)));
        int64_t start = clock_day_start(clock_day(t));
        assert_true(start <= t && t - start < DAY_MS);
        assert_int_equal(clock_minute_of_day(t), (t - start) / MINUTE_MS);
    }
}

static void any_zone(void **state)
{
    (void)state;
    static const char *const zone[] = {"UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"};
    for (size_t i = 0; i < COUNT(zone); i++) {
        setenv("TZ", zone[i], 1);
        tzset();
        instants();
    }
}

static void days(void **state)
{
    (void)state;
    assert_int_equal(clock_day_add(20240228, 1), 20240229);
    assert_int_equal(clock_day_add(20230228, 1), 20230301);
    assert_int_equal(clock_day_add(21000228, 1), 21000301);
    assert_int_equal(clock_day_add(20000228, 1), 20000229);
    assert_int_equal(clock_day_add(20240101, -1), 20231231);
    assert_int_equal(clock_day_add(20240131, 366), 20250131);
    static const int32_t bad[] = {20230229, 21000229, 20231301,  20230001, 20230100,
                                  20230431, 0,        -20230101, 18991231, 99999};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(clock_day_valid(bad[i]));
    int32_t d = 19000101;
    for (int n = 0; n < 100000; n++, d = clock_day_add(d, 1))
        assert_true(clock_day_valid(d));
    assert_int_equal(d, 21731016);
}

static void parsing(void **state)
{
    (void)state;
    int64_t v = 0;
    assert_true(clock_parse_rfc3339("2026-11-23T00:00:00Z", &v) && v == INT64_C(1795392000000));
    assert_true(clock_parse_rfc3339("2026-11-22T19:30:00-04:30", &v) && v == INT64_C(1795392000000));
    assert_true(clock_parse_rfc3339("2026-11-23 08:00+08:00", &v) && v == INT64_C(1795392000000));
    assert_true(clock_parse_rfc3339("2026-11-23T00:00:00.1239999Z", &v) && v == INT64_C(1795392000123));
    v = 5;
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-11-23",
                                      "2026-11-23T",
                                      "2026-11-23T00:00:00",
                                      "2026-11-23T00:00:00+0800",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T00:60:00Z",
                                      "2026-11-23T00:00:60Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-11-23T00:00:00Zx",
                                      "2026-11-23T00:00:00+15:00",
                                      "2026-11-23T00:00:00+08:60",
                                      "2026-11-23T00:00:00.Z",
                                      "2026-11-23T00:00:00+08",
                                      "2026-11-23T00:00:00+08:0",
                                      "-026-11-23T00:00:00Z",
                                      "2026-11-23T00:00:00 08:00",
                                      "２026-11-23T00:00:00Z"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *exact = strdup(bad[i]);
        if (clock_parse_rfc3339(exact, &v))
            fail_msg("%s", bad[i]);
        free(exact);
    }
    assert_false(clock_parse_rfc3339(NULL, &v));
    assert_int_equal(v, 5);
    int64_t before = clock_now_ms(), mono = clock_mono_ms();
    clock_shift_ms(HOUR_MS);
    assert_true(clock_now_ms() - before >= HOUR_MS);
    assert_true(clock_mono_ms() - mono < MINUTE_MS);
    clock_shift_ms(-HOUR_MS);
}

#define THREADS 4
#define EACH    50000

static void *make_ids(void *arg)
{
    int64_t *out = arg;
    for (int i = 0; i < EACH; i++)
        out[i] = id_new();
    return NULL;
}

static int by_value(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static void ids(void **state)
{
    (void)state;
    static int64_t id[THREADS][EACH];
    pthread_t t[THREADS];
    id_set_node(9);
    int64_t before = clock_now_ms();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&t[i], NULL, make_ids, id[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < EACH; k++) {
            assert_true(k == 0 || id[i][k] > id[i][k - 1]);
            assert_true(id[i][k] > 0 && id[i][k] < INT64_C(1) << 53);
            assert_int_equal(id[i][k] >> 8 & 15, 9);
        }
    assert_true(id_time_ms(id[0][0]) >= before && id_time_ms(id[0][0]) < before + 60000);
    qsort(id, (size_t)THREADS * EACH, sizeof(int64_t), by_value);
    for (size_t i = 1; i < (size_t)THREADS * EACH; i++)
        assert_true((&id[0][0])[i] != (&id[0][0])[i - 1]);
}

static void machine(void **state)
{
    (void)state;
    enum { A, B, C };
    enum { GO, BACK, STOP };
    enum { ME = 1, YOU = 2 };
    static const struct fsm_edge e[] = {
        {FSM_IN(A),             GO,   B,        ME,       ""},
        {FSM_IN(A),             GO,   C,        YOU,      ""},
        {FSM_IN(A) | FSM_IN(B), STOP, FSM_SAME, YOU,      ""},
        {FSM_IN(B),             BACK, A,        ME | YOU, ""}
    };
    static const struct fsm m = {.name = "t", .nstate = 3, .nevent = 3, .nactor = 2, .edge = e, .nedge = 4};
    int wrong;
    assert_int_equal(fsm_find(&m, A, GO, ME, &wrong)->to, B);
    assert_int_equal(fsm_find(&m, A, GO, YOU, &wrong)->to, C);
    assert_null(fsm_find(&m, A, STOP, ME, &wrong));
    assert_int_equal(wrong, 1);
    assert_null(fsm_find(&m, C, GO, ME | YOU, &wrong));
    assert_int_equal(wrong, 0);
    unsigned ev[3];
    assert_int_equal(fsm_events(&m, A, ME | YOU, ev, 3), 2);
    assert_int_equal(ev[1], STOP);
    assert_int_equal(fsm_events(&m, A, ME | YOU, ev, 1), 1);
    assert_int_equal(fsm_events(&m, C, ME, ev, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_zone), cmocka_unit_test(days), cmocka_unit_test(parsing),
                                       cmocka_unit_test(ids), cmocka_unit_test(machine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
