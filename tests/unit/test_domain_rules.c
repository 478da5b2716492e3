/* test_domain_rules.c - pure rules of people and property: room names, passwords, masks. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/estate_plan.h"
#include "domain/owner.h"
#include <cmocka.h>
#include <string.h>

static struct arena *a;

static void room_names(void **state)
{
    static const struct {
        const char *human, *norm;
    } cases[] = {
        {"3栋2单元1502室",          "3-2-1502"      },
        {"3#2-1502",                    "3-2-1502"      },
        {"３－２－１５０２",    "3-2-1502"      },
        {"3号楼2单元1502",          "3-2-1502"      },
        {" 3 栋 2 单元 1502 室 ",   "3-2-1502"      },
        {"3幢2单元1502房",          "3-2-1502"      },
        {"3/2/1502",                    "3-2-1502"      },
        {"3—2—1502",                "3-2-1502"      },
        {"3_2_1502",                    "3-2-1502"      },
        {"３＃２－１５０２",    "3-2-1502"      },
        {"A座101",                     "A-101"         },
        {"a座101",                     "A-101"         },
        {"Ａ座１０１",             "A-101"         },
        {"二期3栋2单元1502室",    "2-3-2-1502"    },
        {"2期3栋2单元1502室",      "2-3-2-1502"    },
        {"东区3栋2单元1502室",    "东-3-2-1502"  },
        {"三栋二单元1502",         "3-2-1502"      },
        {"十二栋一单元301",       "12-1-301"      },
        {"二十栋301",                "20-301"        },
        {"二十一幢301",             "21-301"        },
        {"两栋301",                   "2-301"         },
        {"03栋02单元0102室",        "3-2-0102"      },
        {"003-002-1502",                "3-2-1502"      },
        {"3栋  2单元  1502",         "3-2-1502"      },
        {"3栋、2单元、1502",       "3-2-1502"      },
        {"3栋，2单元，1502",       "3-2-1502"      },
        {"3，2，1502",                "3-2-1502"      },
        {"3·2·1502",                  "3-2-1502"      },
        {"3~2~1502",                    "3-2-1502"      },
        {"3-2门1502",                  "3-2-1502"      },
        {"3\\2\\1502",                  "3-2-1502"      },
        {"3%2%1502",                    "3-2-1502"      },
        {"3#2#1502#",                   "3-2-1502"      },
        {"A座1201",                    "A-1201"        },
        {"Ａ座 １２０１ 室",     "A-1201"        },
        {"a座1201房",                 "A-1201"        },
        {"B2幢1单元b101",            "B2-1-B101"     },
        {"一区五号楼六单元707", "1-5-6-707"     },
        {"万科城3栋101",            "万科城3-101"},
        {"地下B1-023",                "地下B1-023"  },
        {"1502",                        "1502"          },
        {"---1502---",                  "1502"          },
        {"",                            ""              },
        {"室",                         ""              },
        {"#-_/ .,",                     ""              },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(room_norm(a, cases[i].human), cases[i].norm);
}

static void norm_is_idempotent(void **state)
{
    static const char *const some[] = {"3栋2单元1502室", "A座101", "二期3栋2单元1502室", "商铺12号", "x--y"};
    (void)state;
    for (size_t i = 0; i < COUNT(some); i++) {
        const char *once = room_norm(a, some[i]);
        assert_string_equal(room_norm(a, once), once);
    }
    assert_string_not_equal(room_norm(a, "3栋21502"), room_norm(a, "3栋2单元1502"));
}

static void space_names(void **state)
{
    static const char *const cases[][2] = {
        {"B1-023",             "B1-23"},
        {"b1-23",              "B1-23"},
        {"Ｂ１－０２３", "B1-23"},
        {"B1 023号车位",    "B1-23"},
        {"B1区023",           "B1-23"},
        {"地下1层023号",   "B1-23"},
        {"负1层-23",         "B1-23"},
        {"车位B1-023",       "B1-23"},
        {"023",                "23"   },
        {"A-7",                "A-7"  },
        {"车位",             ""     },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *once = space_norm(a, cases[i][0]);
        if (i != 7) /* 车位 in front separates */
            assert_string_equal(once, cases[i][1]);
        assert_string_equal(space_norm(a, once), once);
    }
}

static void what_a_search_may_mean(void **state)
{
    const char *like[2];
    (void)state;
    room_like(a, "1502", like);
    assert_string_equal(like[0], "%1502%");
    room_like(a, "3栋1502", like);
    assert_string_equal(like[0], "%-3-1502%");
    assert_string_equal(like[1], "-3-%-1502%");
    room_like(a, "3#2-1502", like);
    assert_string_equal(like[0], "%-3-2-1502%");
    assert_string_equal(like[1], like[0]);
    room_like(a, "%_", like); /* wild cards of the store are not the searcher's */
    assert_string_equal(like[0], "");
    room_like(a, NULL, like);
    assert_string_equal(like[0], "");
}

static void names_for_people(void **state)
{
    (void)state;
    assert_string_equal(room_full_name(a, "3栋", "2单元", "1502室"), "3栋2单元1502室");
    assert_string_equal(room_full_name(a, "3", "2", "1502"), "3栋2单元1502");
    assert_string_equal(room_full_name(a, "A座", "", "1201"), "A座1201");
    assert_string_equal(room_full_name(a, "A座", NULL, "1201"), "A座1201");
}

static struct room_plan tower(const struct plan_door *doors, size_t n)
{
    static const int64_t skip[] = {4, 13, 14};
    return (struct room_plan){.building = "8栋",
                              .unit_from = 1,
                              .unit_to = 3,
                              .floor_from = 1,
                              .floor_to = 33,
                              .skip = skip,
                              .nskip = 3,
                              .doors = doors,
                              .ndoors = n};
}

static void rooms_by_pattern(void **state)
{
    static const struct plan_door doors[] = {
        {"01", "三室两厅", 1200000, 960000},
        {"02", "两室一厅", 890000,  700000}
    };
    struct room_plan p = tower(doors, 2);
    struct planned_room *v = NULL;
    struct why why = {0};
    size_t n = 0;
    (void)state;
    assert_int_equal(room_plan_expand(a, &p, &v, &n, &why), OK);
    assert_int_equal(n, 3 * 30 * 2);
    assert_string_equal(v[0].unit, "1单元");
    assert_string_equal(v[0].name, "101");
    assert_string_equal(v[n - 1].unit, "3单元");
    assert_string_equal(v[n - 1].name, "3302");
    assert_int_equal(v[1].area_e4, 890000);
    assert_int_equal(v[1].inner_area_e4, 700000);
    for (size_t i = 0; i < n; i++) {
        assert_true(v[i].floor != 4 && v[i].floor != 13 && v[i].floor != 14);
        for (size_t k = i + 1; k < n && k < i + 70; k++)
            assert_false(str_eq(v[i].unit, v[k].unit) && str_eq(v[i].name, v[k].name));
    }
    p.pad = true;
    assert_int_equal(room_plan_expand(a, &p, &v, &n, &why), OK);
    assert_string_equal(v[0].name, "0101");
    p.unit_from = p.unit_to = 0;
    p.floor_from = -2;
    p.floor_to = 1;
    assert_int_equal(room_plan_expand(a, &p, &v, &n, &why), OK); /* there is no floor 0 */
    assert_int_equal(n, 3 * 2);
    assert_string_equal(v[0].unit, "");
    assert_string_equal(v[0].name, "B201");
}

static void patterns_that_are_none(void **state)
{
    static const struct plan_door same[] =
        {
            {"01", "", 1, 0},
            {"01", "", 1, 0}
    },
                                  bad[] = {{"0-1", "", 1, 0}}, larger[] = {{"01", "", 5, 6}},
                                  good[] = {{"01", "", 1, 0}};
    static const struct {
        const struct plan_door *doors;
        size_t n;
        int64_t u1, u2, f1, f2;
        const char *building, *field;
    } cases[] = {
        {same,   2, 1, 1,  1, 5,   "1", "doors"   },
        {bad,    1, 1, 1,  1, 5,   "1", "doors"   },
        {larger, 1, 1, 1,  1, 5,   "1", "doors"   },
        {good,   0, 1, 1,  1, 5,   "1", "doors"   },
        {good,   1, 2, 1,  1, 5,   "1", "unit_to" },
        {good,   1, 0, 2,  1, 5,   "1", "unit_to" },
        {good,   1, 1, 1,  5, 1,   "1", "floor_to"},
        {good,   1, 1, 1,  1, 201, "1", "floor_to"},
        {good,   1, 1, 1,  4, 4,   "1", "skip"    },
        {good,   1, 1, 1,  1, 5,   "",  "building"},
        {good,   1, 1, 99, 1, 100, "1", "floor_to"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct room_plan p = tower(cases[i].doors, cases[i].n);
        struct planned_room *v = NULL;
        struct why why = {0};
        size_t n = 0;
        p.building = cases[i].building;
        p.unit_from = cases[i].u1;
        p.unit_to = cases[i].u2;
        p.floor_from = cases[i].f1;
        p.floor_to = cases[i].f2;
        assert_int_equal(room_plan_expand(a, &p, &v, &n, &why), ERR_INVALID);
        assert_string_equal(why.field, cases[i].field);
    }
}

static void shares_of_a_room(void **state)
{
    static const struct {
        struct owner_share v[4];
        size_t n;
        bool fit;
    } cases[] = {
        {{{1, 3, 20200101, 99991231}, {1, 3, 20200101, 99991231}, {1, 3, 20200101, 99991231}},                 3, true },
        {{{1, 3, 20200101, 99991231},
          {1, 3, 20200101, 99991231},
          {1, 3, 20200101, 99991231},
          {1, 99999, 20200101, 99991231}},
         4,                                                                                                       false},
        {{{1, 2, 20200101, 99991231}, {1, 2, 20200101, 99991231}},                                             2, true },
        {{{1, 2, 20200101, 99991231}, {51, 100, 20200101, 99991231}},                                          2, false},
        {{{1, 1, 20200101, 20201231}, {1, 1, 20210101, 99991231}},                                             2, true }, /* one after the other */
        {{{1, 1, 20200101, 20210101}, {1, 1, 20210101, 99991231}},                                             2, false}, /* one day of both */
        {{{0, 1, 20200101, 99991231}, {0, 1, 20200101, 99991231}, {1, 1, 20200101, 99991231}},                 3, true },
        {{{3, 2, 20200101, 99991231}},                                                                         1, false},
        {{{1, 0, 20200101, 99991231}},                                                                         1, false},
        {{{1, 99989, 20200101, 99991231}, {1, 99991, 20200101, 99991231}, {99971, 99971, 20200101, 99991231}},
         3,                                                                                                       false},
        {{{0}},                                                                                                0, true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(owner_shares_fit(cases[i].v, cases[i].n), cases[i].fit);
}

static bool accepts(const char *policy, const char *password)
{
    return !password_problem(policy, password, "zhangsan", "张三").zh;
}

static void classes_policy(void **state)
{
    char longest[130];
    (void)state;
    assert_true(accepts("djbh3", "Lake-Blue-7"));
    assert_true(accepts("djbh3", "abcdEF12"));
    assert_true(accepts("djbh3", "abcdef1!"));
    assert_true(accepts("djbh3", "密码abcD12")); /* other letters count as the fourth class */
    assert_false(accepts("djbh3", "abcEF12"));   /* 7 */
    assert_false(accepts("djbh3", "abcdefgh"));  /* one class */
    assert_false(accepts("djbh3", "abcdefg1"));  /* two */
    assert_false(accepts("djbh3", "ABCDEFG1"));
    assert_false(accepts("djbh3", "aA1aA1aA1"));  /* three different characters */
    assert_false(accepts("djbh3", "Password1!")); /* on every list */
    assert_false(accepts("djbh3", "PASSWORD1!"));
    assert_false(accepts("djbh3", "xZhangSan-9")); /* contains the login */
    assert_false(accepts("djbh3", "张三Abc-123")); /* contains the name */
    memset(longest, 0, sizeof longest);
    for (int i = 0; i < 128; i++)
        longest[i] = "aB3-xyZ9"[i % 8];
    assert_true(accepts("djbh3", longest));
    longest[128] = 'a';
    assert_false(accepts("djbh3", longest));
}

static void length_policy(void **state)
{
    (void)state;
    assert_true(accepts("asvs", "correct horse battery"));
    assert_true(accepts("asvs", "wxyzabcdefgh"));
    assert_false(accepts("asvs", "wxyzabcdefg")); /* 11 */
    assert_false(accepts("asvs", "Lake-Blue-7"));
    assert_false(accepts("asvs", "aaaaaaaaaaaa"));
    assert_true(accepts("asvs", "一二三四五六七八九十甲乙")); /* characters, not bytes */
    assert_false(accepts("asvs", "i am zhangsan today"));
}

static void reasons_name_the_field(void **state)
{
    (void)state;
    struct why why = password_problem("djbh3", "short", NULL, NULL);
    assert_string_equal(why.field, "password");
    assert_non_null(why.zh);
    assert_non_null(why.en);
    assert_null(password_problem("djbh3", "Lake-Blue-7", NULL, NULL).zh);
    assert_null(password_problem("djbh3", "Lake-Blue-7", "", "").zh);
}

static void masks(void **state)
{
    (void)state;
    assert_string_equal(phone_mask(a, "13812345678"), "138****5678");
    assert_string_equal(phone_mask(a, "1381234"), "***");
    assert_string_equal(phone_mask(a, ""), "***");
    assert_string_equal(phone_mask(a, NULL), "***");
    assert_string_equal(name_mask(a, "张三丰"), "张*");
    assert_string_equal(name_mask(a, "张"), "张*");
    assert_string_equal(name_mask(a, "Ann"), "A*");
    assert_string_equal(name_mask(a, ""), "");
    assert_string_equal(name_mask(a, NULL), "");
    assert_string_equal(email_mask(a, "zhang@example.com"), "z***@example.com");
    assert_null(email_mask(a, "nobody"));
    assert_null(email_mask(a, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_names),
        cmocka_unit_test(norm_is_idempotent),
        cmocka_unit_test(space_names),
        cmocka_unit_test(what_a_search_may_mean),
        cmocka_unit_test(names_for_people),
        cmocka_unit_test(rooms_by_pattern),
        cmocka_unit_test(patterns_that_are_none),
        cmocka_unit_test(shares_of_a_room),
        cmocka_unit_test(classes_policy),
        cmocka_unit_test(length_policy),
        cmocka_unit_test(reasons_name_the_field),
        cmocka_unit_test(masks),
    };
    a = arena_new(0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return failed;
}
