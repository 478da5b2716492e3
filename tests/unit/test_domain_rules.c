/* test_domain_rules.c - pure rules of people and property: room names, passwords, masks. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "domain/auth.h"
#include "domain/estate.h"
#include <cmocka.h>
#include <string.h>

static struct arena *a;

static void room_names(void **state)
{
    static const struct {
        const char *human, *norm;
    } cases[] = {
        {"3栋2单元1502室",        "3-2-1502"    },
        {"3#2-1502",                  "3-2-1502"    },
        {"３－２－１５０２",  "3-2-1502"    },
        {"3号楼2单元1502",        "3-2-1502"    },
        {" 3 栋 2 单元 1502 室 ", "3-2-1502"    },
        {"3幢2单元1502房",        "3-2-1502"    },
        {"3/2/1502",                  "3-2-1502"    },
        {"3—2—1502",              "3-2-1502"    },
        {"3_2_1502",                  "3-2-1502"    },
        {"３＃２－１５０２",  "3-2-1502"    },
        {"A座101",                   "A-101"       },
        {"a座101",                   "A-101"       },
        {"Ａ座１０１",           "A-101"       },
        {"二期3栋2单元1502室",  "二-3-2-1502"},
        {"地下B1-023",              "地下B1-023"},
        {"1502",                      "1502"        },
        {"---1502---",                "1502"        },
        {"",                          ""            },
        {"室",                       ""            },
        {"#-_/ .,",                   ""            },
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
        cmocka_unit_test(room_names),    cmocka_unit_test(norm_is_idempotent),     cmocka_unit_test(classes_policy),
        cmocka_unit_test(length_policy), cmocka_unit_test(reasons_name_the_field), cmocka_unit_test(masks),
    };
    a = arena_new(0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return failed;
}
