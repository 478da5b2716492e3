/* billing_line.c - what one room owes for one item and period, and what explains it. Pure.
 * SPDX-License-Identifier: MIT */
#include "domain/billing.h"
#include "domain/formula.h"
#include <string.h>

const char *const fee_kind_name[FEE_KINDS] = {"area",    "fixed",  "metered", "tiered", "formula",
                                              "parking", "shared", "one_off", "deposit"};
const char *const fee_income_name[FEE_INCOMES] = {"fee_income", "collected_for_others", "deposits"};

static bool skip(const struct line_input *in, struct why *why, const char *zh, const char *en)
{
    *why = (struct why){in->item->code, zh, en};
    return false;
}

static int64_t area_of(const struct line_input *in)
{
    return in->item->inner_area ? in->inner_area_e4 : in->area_e4;
}

struct formula *billing_formula(struct arena *a, const struct fee_item *f)
{
    struct formula_unit unit;
    struct formula_error err;
    if (!formula_unit_parse(f->price_unit, strlen(f->price_unit), &unit))
        return NULL;
    return formula_parse(a, f->formula, unit, &err);
}

static bool by_formula(const struct line_input *in, int64_t *fen, struct why *why)
{
    if (!in->formula)
        return skip(in, why, "公式无效", "the formula is not valid");
    unsigned uses = formula_uses(in->formula);
    if ((uses & (1u << FV_AREA) && in->area_e4 <= 0) || (uses & (1u << FV_INNER_AREA) && in->inner_area_e4 <= 0))
        return skip(in, why, "缺少面积", "the area is missing");
    if (uses & (1u << FV_USAGE) && !in->has_usage)
        return skip(in, why, "缺少读数", "the reading is missing");
    if (uses & (1u << FV_PRICE) && !in->has_price)
        return skip(in, why, "缺少单价", "the price is missing");
    struct formula_values v = {.area_e4 = in->area_e4,
                               .inner_area_e4 = in->inner_area_e4,
                               .price_e4 = in->price_e4,
                               .months_num = in->months_num,
                               .months_den = in->months_den,
                               .usage_e3 = in->usage_e3,
                               .days = fee_days(in->period),
                               .coefficient_e4 = in->coefficient_e4,
                               .unit_fen = round_to_fen[in->item->round_to]};
    return formula_eval(in->formula, &v, (enum rounding)in->item->rounding, fen, why);
}

/* quantity x price x months x coefficient as one fraction: what the formula engine would say, without its parsing and
 * reducing. scale: what makes the product of the scaled integers fen. */
static bool by_product(const struct line_input *in, int64_t quantity, bool months, int64_t scale, int64_t *fen,
                       struct why *why)
{
    wide num = (wide)quantity * in->price_e4, den = scale;
    if (!in->has_price)
        return skip(in, why, "缺少单价", "the price is missing");
    bool over = __builtin_mul_overflow(num, (wide)in->coefficient_e4, &num) ||
                (months && (__builtin_mul_overflow(num, (wide)in->months_num, &num) ||
                            __builtin_mul_overflow(den, (wide)in->months_den, &den)));
    if (over || !round_fen(num, den, (enum rounding)in->item->rounding, round_to_fen[in->item->round_to], fen))
        return skip(in, why, "金额过大", "the amount is too large");
    return true;
}

static bool by_kind(const struct line_input *in, int64_t *fen, struct why *why)
{
    switch (in->item->kind) {
    case FEE_AREA:
        return area_of(in) <= 0 ? skip(in, why, "缺少面积", "the area is missing")
                                : by_product(in, area_of(in), true, 10000000000, fen, why);
    case FEE_FIXED:
    case FEE_PARKING:
        return by_product(in, 1, true, 1000000, fen, why);
    case FEE_METERED:
        return in->has_usage ? by_product(in, in->usage_e3, false, 1000000000, fen, why)
                             : skip(in, why, "缺少读数", "the reading is missing");
    case FEE_TIERED:
        if (!in->has_usage)
            return skip(in, why, "缺少读数", "the reading is missing");
        if (!in->ntiers)
            return skip(in, why, "缺少阶梯价", "the tiers are missing");
        return tiered_fen(in->tiers, in->ntiers, in->used_before_e3, in->usage_e3, (enum rounding)in->item->rounding,
                          round_to_fen[in->item->round_to], fen, why);
    case FEE_FORMULA:
        return by_formula(in, fen, why);
    default: /* shared, one-off, deposit: their amount is given */
        return skip(in, why, "未知的收费方式", "unknown kind of fee");
    }
}

bool billing_amount(const struct line_input *in, int64_t *fen, struct why *why)
{
    if (!by_kind(in, fen, why))
        return false;
    if (*fen == 0 && in->item->kind != FEE_METERED && in->item->kind != FEE_TIERED)
        return skip(in, why, "金额为零", "the amount is zero");
    return true;
}

const char *billing_basis_text(struct arena *a, const struct line_input *in)
{
    struct jw j;
    jw_init(&j, a);
    jw_obj(&j);
    kv_str(&j, "kind", fee_kind_name[in->item->kind]);
    if (in->item->kind == FEE_FORMULA)
        kv_str(&j, "formula", in->item->formula);
    kv_int(&j, "from", in->period.from);
    kv_int(&j, "to", in->period.to);
    kv_int(&j, "days", fee_days(in->period));
    kv_int(&j, "months_num", in->months_num);
    kv_int(&j, "months_den", in->months_den);
    kv_str(&j, "part_month", part_month_name[in->item->part_month]);
    kv_int(&j, "price_e4", in->price_e4);
    for (size_t i = 0; i < in->ntiers; i++) {
        if (i == 0) {
            jw_key(&j, "tiers");
            jw_arr(&j);
        }
        jw_obj(&j);
        kv_int(&j, "upto_e3", in->tiers[i].upto_e3);
        kv_int(&j, "price_e4", in->tiers[i].price_e4);
        jw_end(&j);
        if (i + 1 == in->ntiers)
            jw_arr_end(&j);
    }
    kv_str(&j, "rounding", rounding_name[in->item->rounding]);
    kv_str(&j, "round_to", round_to_name[in->item->round_to]);
    jw_end(&j);
    return jw_text(&j);
}

const char *billing_own_text(struct arena *a, const struct line_input *in)
{
    const struct fee_item *f = in->item;
    struct jw j;
    if (f->kind == FEE_AREA && in->coefficient_e4 == 10000) /* by far the most */
        return arena_printf(a, "{\"area_e4\":%lld}", (long long)area_of(in));
    jw_init(&j, a);
    jw_obj(&j);
    if (f->kind == FEE_AREA || f->kind == FEE_FORMULA)
        kv_int(&j, "area_e4", area_of(in));
    if (in->coefficient_e4 != 10000)
        kv_int(&j, "coefficient_e4", in->coefficient_e4);
    if (in->has_usage)
        kv_int(&j, "usage_e3", in->usage_e3);
    if (f->kind == FEE_TIERED)
        kv_int(&j, "used_before_e3", in->used_before_e3);
    jw_end(&j);
    return jw_text(&j);
}

const char *billing_explain(struct arena *a, const char *basis, const char *own)
{
    size_t n = str_empty(basis) ? 0 : strlen(basis);
    if (n < 3)
        return own;
    if (!own || strlen(own) < 3)
        return basis;
    return arena_printf(a, "%.*s,%s", (int)(n - 1), basis, own + 1);
}
