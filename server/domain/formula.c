/* formula.c - parser (recursive descent) and evaluator over exact fractions. SPDX-License-Identifier: MIT */
#include "domain/formula.h"
#include "base/text.h"
#include "domain/fee_rules.h"
#include <assert.h>
#include <string.h>

#define TEXT_MAX  500
#define NODE_MAX  200
#define DEPTH_MAX 24

const char *const formula_var_name[FV_COUNT] = {"area",  "inner_area", "price",      "months",
                                                "usage", "days",       "coefficient"};

enum op { OP_NUMBER, OP_VAR, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MIN, OP_MAX, OP_IF, OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ };
struct node {
    enum op op;
    struct formula_unit unit;
    int64_t number_e4; /* OP_NUMBER */
    enum formula_var var;
    const struct node *a, *b, *c;
};
struct formula {
    const struct node *top;
    unsigned uses;
};

/* ---- units ---- */

static struct formula_unit unit_mul(struct formula_unit a, struct formula_unit b, int sign)
{
    return (struct formula_unit){(int8_t)(a.yuan + sign * b.yuan), (int8_t)(a.m2 + sign * b.m2),
                                 (int8_t)(a.qty + sign * b.qty), (int8_t)(a.month + sign * b.month)};
}

static bool unit_eq(struct formula_unit a, struct formula_unit b)
{
    return a.yuan == b.yuan && a.m2 == b.m2 && a.qty == b.qty && a.month == b.month;
}

static bool unit_sane(struct formula_unit u)
{
    return u.yuan >= -4 && u.yuan <= 4 && u.m2 >= -4 && u.m2 <= 4 && u.qty >= -4 && u.qty <= 4 && u.month >= -4 &&
           u.month <= 4;
}

bool formula_unit_parse(const char *s, size_t n, struct formula_unit *out)
{
    static const struct {
        const char *name;
        struct formula_unit unit;
    } names[] = {
        {"yuan",  {.yuan = 1} },
        {"m2",    {.m2 = 1}   },
        {"qty",   {.qty = 1}  },
        {"month", {.month = 1}},
        {"1",     {0}         }
    };
    *out = (struct formula_unit){0};
    for (size_t i = 0, part = 0; i < n; part++) {
        size_t len = 0, k = 0;
        while (i + len < n && s[i + len] != '/')
            len++;
        while (k < COUNT(names) && !(strlen(names[k].name) == len && memcmp(names[k].name, s + i, len) == 0))
            k++;
        if (k == COUNT(names) || part > 4)
            return false;
        *out = unit_mul(*out, names[k].unit, part ? -1 : 1);
        i += len + 1;
        if (i == n) /* ends in '/' */
            return false;
    }
    return true;
}

/* ---- parser ---- */

struct parser {
    struct arena *arena;
    const char *text, *p;
    struct formula_unit price;
    struct formula_error *err;
    unsigned uses;
    int nodes, depth;
    bool failed;
};

static const struct node *fail_at(struct parser *s, const char *at, const char *zh, const char *en)
{
    if (!s->failed) {
        size_t n = 0;
        for (const char *c = s->text; c < at; c++)
            n += ((unsigned char)*c & 0xC0) != 0x80;
        *s->err = (struct formula_error){n, zh, en};
    }
    s->failed = true;
    return NULL;
}

static void skip(struct parser *s)
{
    while (*s->p == ' ')
        s->p++;
}

static bool take(struct parser *s, const char *token)
{
    skip(s);
    size_t n = strlen(token);
    if (strncmp(s->p, token, n) != 0)
        return false;
    s->p += n;
    return true;
}

static const struct node *make(struct parser *s, const char *at, struct node n)
{
    if (++s->nodes > NODE_MAX)
        return fail_at(s, at, "公式过长", "the formula is too long");
    if (!unit_sane(n.unit))
        return fail_at(s, at, "单位过于复杂", "the unit has become absurd");
    return arena_memdup(s->arena, &n, sizeof n);
}

static const struct node *parse_expr(struct parser *s);

static const struct node *parse_number(struct parser *s)
{
    const char *at = s->p;
    int64_t v = 0;
    int decimals = -1, digits = 0;
    for (; (*s->p >= '0' && *s->p <= '9') || *s->p == '.'; s->p++) {
        if (*s->p == '.') {
            if (decimals >= 0)
                return fail_at(s, s->p, "数字有误", "not a number");
            decimals = 0;
            continue;
        }
        v = v * 10 + (*s->p - '0');
        decimals += decimals >= 0;
        if (++digits > 13 || decimals > 4)
            return fail_at(s, s->p, "数字过长(最多 4 位小数)", "too many digits (4 decimals at most)");
    }
    if (!digits || decimals == 0)
        return fail_at(s, at, "数字有误", "not a number");
    for (int d = decimals < 0 ? 0 : decimals; d < 4; d++)
        v *= 10;
    struct formula_unit unit = {0};
    if (*s->p == '[') {
        const char *from = ++s->p;
        while (*s->p && *s->p != ']')
            s->p++;
        if (*s->p != ']' || s->p == from || !formula_unit_parse(from, (size_t)(s->p - from), &unit))
            return fail_at(s, from, "单位有误,例如 [yuan/m2/month]", "not a unit; e.g. [yuan/m2/month]");
        s->p++;
    }
    return make(s, at, (struct node){.op = OP_NUMBER, .number_e4 = v, .unit = unit});
}

static const struct node *parse_min_max(struct parser *s, const char *at, enum op op)
{
    const struct node *a = parse_expr(s);
    if (!s->failed && !take(s, ","))
        return fail_at(s, s->p, "缺少逗号", "a comma is missing");
    const struct node *b = s->failed ? NULL : parse_expr(s);
    if (!s->failed && !take(s, ")"))
        return fail_at(s, s->p, "缺少右括号", "')' is missing");
    if (s->failed)
        return NULL;
    if (!unit_eq(a->unit, b->unit))
        return fail_at(s, at, "min/max 两边单位不同", "the two sides have different units");
    return make(s, at, (struct node){.op = op, .unit = a->unit, .a = a, .b = b});
}

static const struct node *parse_condition(struct parser *s)
{
    static const struct {
        const char *token;
        enum op op;
    } ops[] = {
        {"<=", OP_LE},
        {">=", OP_GE},
        {"==", OP_EQ},
        {"<",  OP_LT},
        {">",  OP_GT}
    };
    const struct node *a = parse_expr(s);
    size_t k = 0;
    while (!s->failed && k < COUNT(ops) && !take(s, ops[k].token))
        k++;
    const char *at = s->p;
    if (!s->failed && k == COUNT(ops))
        return fail_at(s, at, "缺少比较符号", "a comparison is missing");
    const struct node *b = s->failed ? NULL : parse_expr(s);
    if (s->failed)
        return NULL;
    if (!unit_eq(a->unit, b->unit))
        return fail_at(s, at, "比较两边单位不同", "the two sides have different units");
    return make(s, at, (struct node){.op = ops[k].op, .a = a, .b = b});
}

static const struct node *parse_if(struct parser *s, const char *at)
{
    const struct node *c = parse_condition(s), *a = NULL, *b = NULL;
    if (!s->failed && !take(s, ","))
        return fail_at(s, s->p, "缺少逗号", "a comma is missing");
    if (!s->failed)
        a = parse_expr(s);
    if (!s->failed && !take(s, ","))
        return fail_at(s, s->p, "缺少逗号", "a comma is missing");
    if (!s->failed)
        b = parse_expr(s);
    if (!s->failed && !take(s, ")"))
        return fail_at(s, s->p, "缺少右括号", "')' is missing");
    if (s->failed)
        return NULL;
    if (!unit_eq(a->unit, b->unit))
        return fail_at(s, at, "if 两个结果单位不同", "the two results have different units");
    return make(s, at, (struct node){.op = OP_IF, .unit = a->unit, .a = a, .b = b, .c = c});
}

static const struct node *parse_name(struct parser *s)
{
    static const struct formula_unit units[FV_COUNT] = {
        [FV_AREA] = {.m2 = 1}, [FV_INNER_AREA] = {.m2 = 1}, [FV_MONTHS] = {.month = 1}, [FV_USAGE] = {.qty = 1}};
    const char *at = s->p;
    while ((*s->p >= 'a' && *s->p <= 'z') || *s->p == '_' || (s->p > at && *s->p >= '0' && *s->p <= '9'))
        s->p++;
    size_t n = (size_t)(s->p - at);
    const char *name = arena_strndup(s->arena, at, n);
    int v = str_index(formula_var_name, FV_COUNT, name);
    if (v >= 0) {
        s->uses |= 1u << v;
        return make(
            s, at,
            (struct node){.op = OP_VAR, .var = (enum formula_var)v, .unit = v == FV_PRICE ? s->price : units[v]});
    }
    bool call = take(s, "(");
    if (call && str_eq(name, "min"))
        return parse_min_max(s, at, OP_MIN);
    if (call && str_eq(name, "max"))
        return parse_min_max(s, at, OP_MAX);
    if (call && str_eq(name, "if"))
        return parse_if(s, at);
    return fail_at(s, at, "未知的名称", "unknown name");
}

static const struct node *parse_factor(struct parser *s)
{
    skip(s);
    const char *at = s->p;
    if (take(s, "(")) {
        const struct node *n = parse_expr(s);
        if (!s->failed && !take(s, ")"))
            return fail_at(s, s->p, "缺少右括号", "')' is missing");
        return n;
    }
    if ((*at >= '0' && *at <= '9') || *at == '.')
        return parse_number(s);
    if (*at >= 'a' && *at <= 'z')
        return parse_name(s);
    return fail_at(s, at, *at ? "此处不应出现该字符" : "公式不完整",
                   *at ? "unexpected character" : "the formula ends too early");
}

static const struct node *parse_term(struct parser *s)
{
    const struct node *a = parse_factor(s);
    while (!s->failed) {
        skip(s);
        const char *at = s->p;
        bool mul = take(s, "*");
        if (!mul && !take(s, "/"))
            break;
        const struct node *b = parse_factor(s);
        if (!s->failed)
            a = make(
                s, at,
                (struct node){
                    .op = mul ? OP_MUL : OP_DIV, .unit = unit_mul(a->unit, b->unit, mul ? 1 : -1), .a = a, .b = b});
    }
    return a;
}

static const struct node *parse_expr(struct parser *s)
{
    if (++s->depth > DEPTH_MAX)
        return fail_at(s, s->p, "括号层数过多", "nested too deeply");
    const struct node *a = parse_term(s);
    while (!s->failed) {
        skip(s);
        const char *at = s->p;
        bool add = take(s, "+");
        if (!add && !take(s, "-"))
            break;
        const struct node *b = parse_term(s);
        if (!s->failed && !unit_eq(a->unit, b->unit))
            return fail_at(s, at, "加减两边单位不同", "the two sides have different units");
        if (!s->failed)
            a = make(s, at, (struct node){.op = add ? OP_ADD : OP_SUB, .unit = a->unit, .a = a, .b = b});
    }
    s->depth--;
    return a;
}

struct formula *formula_parse(struct arena *a, const char *text, struct formula_unit price, struct formula_error *err)
{
    struct parser s = {.arena = a, .text = text, .p = text, .price = price, .err = err};
    if (utf8_len(text) > TEXT_MAX) {
        fail_at(&s, text, "公式过长", "the formula is too long");
        return NULL;
    }
    const struct node *top = parse_expr(&s);
    skip(&s);
    if (!s.failed && *s.p)
        fail_at(&s, s.p, "多余的内容", "something is left over");
    if (!s.failed && !unit_eq(top->unit, (struct formula_unit){.yuan = 1}))
        fail_at(&s, text, "公式结果的单位不是元", "the result is not in yuan");
    if (s.failed)
        return NULL;
    struct formula *f = arena_alloc(a, sizeof *f);
    *f = (struct formula){top, s.uses};
    return f;
}

unsigned formula_uses(const struct formula *f)
{
    return f->uses;
}

/* ---- evaluation: exact fractions, always reduced, den > 0 ---- */

struct frac {
    wide num, den;
};
struct eval {
    const struct formula_values *v;
    struct why *why;
    bool failed;
};

static struct frac eval_fail(struct eval *e, const char *zh, const char *en)
{
    if (!e->failed)
        *e->why = (struct why){"formula", zh, en};
    e->failed = true;
    return (struct frac){0, 1};
}

static struct frac reduce(struct eval *e, wide num, wide den)
{
    if (den == 0)
        return eval_fail(e, "除数为零", "division by zero");
    wide a = num < 0 ? -num : num, b = den < 0 ? -den : den, x = a, y = b;
    while (y) {
        wide t = x % y;
        x = y;
        y = t;
    }
    if (x > 1) {
        a /= x;
        b /= x;
    }
    return (struct frac){(num < 0) != (den < 0) ? -a : a, b};
}

static struct frac combine(struct eval *e, enum op op, struct frac a, struct frac b)
{
    wide x, y, num = 0, den = 1;
    bool over;
    if (op == OP_MUL || op == OP_DIV) {
        struct frac o = op == OP_MUL ? b : (struct frac){b.den, b.num};
        over = __builtin_mul_overflow(a.num, o.num, &num) || __builtin_mul_overflow(a.den, o.den, &den);
    } else {
        over = __builtin_mul_overflow(a.num, b.den, &x) || __builtin_mul_overflow(b.num, a.den, &y) ||
               (op == OP_ADD ? __builtin_add_overflow(x, y, &num) : __builtin_sub_overflow(x, y, &num)) ||
               __builtin_mul_overflow(a.den, b.den, &den);
    }
    return over ? eval_fail(e, "数值过大", "numbers grow too large") : reduce(e, num, den);
}

static struct frac value_of(struct eval *e, enum formula_var var)
{
    const struct formula_values *v = e->v;
    switch (var) {
    case FV_AREA:
        return reduce(e, v->area_e4, 10000);
    case FV_INNER_AREA:
        return reduce(e, v->inner_area_e4, 10000);
    case FV_PRICE:
        return reduce(e, v->price_e4, 10000);
    case FV_MONTHS:
        return reduce(e, v->months_num, v->months_den);
    case FV_USAGE:
        return reduce(e, v->usage_e3, 1000);
    case FV_DAYS:
        return reduce(e, v->days, 1);
    case FV_COEFFICIENT:
        return reduce(e, v->coefficient_e4, 10000);
    case FV_COUNT:
        break;
    }
    return eval_fail(e, "未知的变量", "unknown variable");
}

static struct frac eval_node(struct eval *e, const struct node *n);

static int compare(struct eval *e, const struct node *a, const struct node *b)
{
    struct frac x = eval_node(e, a), y = eval_node(e, b), d = e->failed ? x : combine(e, OP_SUB, x, y);
    return d.num < 0 ? -1 : d.num > 0;
}

static bool holds(struct eval *e, const struct node *n)
{
    int c = compare(e, n->a, n->b);
    return n->op == OP_LT ? c < 0 : n->op == OP_LE ? c <= 0 : n->op == OP_GT ? c > 0 : n->op == OP_GE ? c >= 0 : c == 0;
}

static struct frac eval_node(struct eval *e, const struct node *n)
{
    if (e->failed)
        return (struct frac){0, 1};
    switch (n->op) {
    case OP_NUMBER:
        return reduce(e, n->number_e4, 10000);
    case OP_VAR:
        return value_of(e, n->var);
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV: {
        struct frac a = eval_node(e, n->a), b = eval_node(e, n->b);
        return e->failed ? a : combine(e, n->op, a, b);
    }
    case OP_MIN:
    case OP_MAX:
        return eval_node(e, (compare(e, n->a, n->b) <= 0) == (n->op == OP_MIN) ? n->a : n->b);
    case OP_IF:
        return eval_node(e, holds(e, n->c) ? n->a : n->b);
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OP_EQ:
        break; /* only below OP_IF */
    }
    return eval_fail(e, "公式有误", "malformed formula");
}

bool formula_eval(const struct formula *f, const struct formula_values *v, enum rounding mode, int64_t *fen,
                  struct why *why)
{
    struct eval e = {v, why, false};
    struct frac r = eval_node(&e, f->top);
    if (!e.failed && r.num < 0)
        eval_fail(&e, "结果为负数", "the result is negative");
    wide hundredfold = 0;
    if (!e.failed && __builtin_mul_overflow(r.num, (wide)100, &hundredfold))
        eval_fail(&e, "数值过大", "numbers grow too large");
    if (e.failed)
        return false;
    assert(r.den > 0); /* reduce() sees to it */
    if (!round_fen(hundredfold, r.den, mode, v->unit_fen ? v->unit_fen : 1, fen)) {
        eval_fail(&e, "金额过大", "the amount is too large");
        return false;
    }
    return true;
}
