/* billing_line.c - what one room owes for one item and period, and the snapshot that explains it. Pure.
 * SPDX-License-Identifier: MIT */
#include "domain/billing.h"
#include "domain/formula.h"
#include <string.h>

const char *const fee_kind_name[FEE_KINDS] = {"area", "fixed", "metered", "tiered", "formula"};
const char *const fee_income_name[2] = {"fee_income", "collected_for_others"};

struct working {
    struct arena *arena;
    const struct line_input *in;
    int64_t months_num, months_den;
    struct why *why;
};

static bool skip(struct working *w, const char *zh, const char *en)
{
    *w->why = (struct why){w->in->item->code, zh, en};
    return false;
}

static bool by_formula(struct working *w, int64_t *fen)
{
    const struct line_input *in = w->in;
    const struct fee_item *f = in->item;
    struct formula_unit unit;
    struct formula_error err;
    if (!formula_unit_parse(f->price_unit, strlen(f->price_unit), &unit))
        return skip(w, "单价单位无效", "the price unit is not valid");
    struct formula *p = formula_parse(w->arena, f->formula, unit, &err);
    if (!p)
        return skip(w, "公式无效", "the formula is not valid");
    unsigned uses = formula_uses(p);
    if ((uses & (1u << FV_AREA) && in->area_e4 <= 0) || (uses & (1u << FV_INNER_AREA) && in->inner_area_e4 <= 0))
        return skip(w, "缺少面积", "the area is missing");
    if (uses & (1u << FV_USAGE) && !in->has_usage)
        return skip(w, "缺少读数", "the reading is missing");
    if (uses & (1u << FV_PRICE) && !in->has_price)
        return skip(w, "缺少单价", "the price is missing");
    struct formula_values v = {.area_e4 = in->area_e4,
                               .inner_area_e4 = in->inner_area_e4,
                               .price_e4 = in->price_e4,
                               .months_num = w->months_num,
                               .months_den = w->months_den,
                               .usage_e3 = in->usage_e3,
                               .days = fee_days(in->period),
                               .coefficient_e4 = in->coefficient_e4};
    return formula_eval(p, &v, (enum rounding)f->rounding, fen, w->why);
}

/* Fixed and area prices are formulas too: one engine, one rounding. */
static bool by_kind(struct working *w, int64_t *fen)
{
    const struct line_input *in = w->in;
    struct fee_item as = *in->item;
    struct line_input with = *in;
    struct working inner = *w;
    with.item = &as;
    inner.in = &with;
    switch (in->item->kind) {
    case FEE_AREA:
        as.formula =
            as.inner_area ? "inner_area * price * months * coefficient" : "area * price * months * coefficient";
        as.price_unit = "yuan/m2/month";
        return by_formula(&inner, fen);
    case FEE_FIXED:
        as.formula = "price * months * coefficient";
        as.price_unit = "yuan/month";
        return by_formula(&inner, fen);
    case FEE_METERED:
        as.formula = "usage * price * coefficient";
        as.price_unit = "yuan/qty";
        return by_formula(&inner, fen);
    case FEE_TIERED:
        if (!in->has_usage)
            return skip(w, "缺少读数", "the reading is missing");
        if (!in->ntiers)
            return skip(w, "缺少阶梯价", "the tiers are missing");
        return tiered_fen(in->tiers, in->ntiers, in->used_before_e3, in->usage_e3, (enum rounding)in->item->rounding,
                          fen, w->why);
    case FEE_FORMULA:
        return by_formula(w, fen);
    default:
        return skip(w, "未知的收费方式", "unknown kind of fee");
    }
}

static const char *snapshot_of(const struct working *w, int64_t fen)
{
    const struct line_input *in = w->in;
    struct jw j;
    jw_init(&j, w->arena);
    jw_obj(&j);
    kv_str(&j, "kind", fee_kind_name[in->item->kind]);
    if (in->item->kind == FEE_FORMULA)
        kv_str(&j, "formula", in->item->formula);
    kv_int(&j, "from", in->period.from);
    kv_int(&j, "to", in->period.to);
    kv_int(&j, "days", fee_days(in->period));
    kv_int(&j, "months_num", w->months_num);
    kv_int(&j, "months_den", w->months_den);
    kv_str(&j, "part_month", part_month_name[in->item->part_month]);
    kv_int(&j, "area_e4", in->item->inner_area ? in->inner_area_e4 : in->area_e4);
    kv_int(&j, "price_e4", in->price_e4);
    kv_int(&j, "coefficient_e4", in->coefficient_e4);
    if (in->has_usage)
        kv_int(&j, "usage_e3", in->usage_e3);
    if (in->item->kind == FEE_TIERED)
        kv_int(&j, "used_before_e3", in->used_before_e3);
    kv_str(&j, "rounding", rounding_name[in->item->rounding]);
    kv_int(&j, "amount_fen", fen);
    jw_end(&j);
    return jw_text(&j);
}

bool billing_line(struct arena *a, const struct line_input *in, int64_t *fen, const char **snapshot, struct why *why)
{
    struct working w = {.arena = a, .in = in, .why = why};
    fee_months(in->period, (enum part_month)in->item->part_month, &w.months_num, &w.months_den);
    if (!by_kind(&w, fen))
        return false;
    if (*fen == 0 && in->item->kind != FEE_METERED && in->item->kind != FEE_TIERED)
        return skip(&w, "金额为零", "the amount is zero");
    *snapshot = snapshot_of(&w, *fen);
    return true;
}
