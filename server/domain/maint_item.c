/* maint_item.c - checklists: as JSON, back, and whether an answer is one. Pure. SPDX-License-Identifier: MIT */
#include "domain/maint.h"
#include <string.h>

static void write_list(struct jw *w, const char *key, const struct json_list *l)
{
    jw_key(w, key);
    jw_arr(w);
    for (size_t i = 0; i < l->n; i++)
        jw_str(w, ((const char *const *)l->p)[i]);
    jw_arr_end(w);
}

const char *maint_items_json(struct arena *a, const struct maint_item *v, size_t n)
{
    struct jw w;
    jw_init(&w, a);
    jw_arr(&w);
    for (size_t i = 0; i < n; i++) {
        jw_obj(&w);
        kv_str(&w, "kind", maint_item_kind_name[v[i].kind]);
        kv_str(&w, "text", v[i].text);
        kv_bool(&w, "required", v[i].required);
        if (!str_empty(v[i].measure))
            kv_str(&w, "measure", v[i].measure);
        if (v[i].has_min)
            kv_int(&w, "min_e3", v[i].min_e3);
        if (v[i].has_max)
            kv_int(&w, "max_e3", v[i].max_e3);
        if (v[i].kind == IK_CHOICE) {
            write_list(&w, "choices", &v[i].choices);
            write_list(&w, "bad", &v[i].bad);
        }
        if (v[i].kind == IK_YES_NO)
            kv_bool(&w, "bad_yes", v[i].bad_yes);
        jw_end(&w);
    }
    jw_arr_end(&w);
    return jw_text(&w);
}

static struct json_list read_list(struct arena *a, const struct json *j)
{
    const char **v = arena_alloc(a, 20 * sizeof *v);
    struct json_list l = {v, 0};
    for (const struct json *x; j && l.n < 20 && (x = json_at(j, l.n)) != NULL; l.n++)
        v[l.n] = json_text(x);
    return l;
}

size_t maint_items_read(struct arena *a, const char *text, struct maint_item *v, size_t max)
{
    struct json *j = json_parse(a, text, strlen(text));
    size_t n = 0;
    for (const struct json *x; j && n < max && (x = json_at(j, n)) != NULL; n++) {
        int kind = str_index(maint_item_kind_name, IK_COUNT, or_empty(json_str(x, "kind")));
        v[n] = (struct maint_item){.kind = kind < 0 ? IK_TEXT : kind,
                                   .text = or_empty(json_str(x, "text")),
                                   .measure = or_empty(json_str(x, "measure")),
                                   .required = json_true(json_get(x, "required")),
                                   .bad_yes = json_true(json_get(x, "bad_yes")),
                                   .choices = read_list(a, json_get(x, "choices")),
                                   .bad = read_list(a, json_get(x, "bad"))};
        v[n].has_min = json_i64(x, "min_e3", &v[n].min_e3);
        v[n].has_max = json_i64(x, "max_e3", &v[n].max_e3);
    }
    return n;
}

/* -12.345 in 1/1000: at most nine digits before and three behind the dot. */
static bool read_e3(const char *s, int64_t *out)
{
    bool minus = *s == '-';
    int64_t whole = 0, frac = 0;
    int digits = 0, behind = 0;
    for (s += minus; *s >= '0' && *s <= '9' && digits < 9; s++, digits++)
        whole = whole * 10 + (*s - '0');
    if (digits && *s == '.')
        for (s++; *s >= '0' && *s <= '9' && behind < 3; s++, behind++)
            frac = frac * 10 + (*s - '0');
    if (!digits || *s || (s[-1] == '.'))
        return false;
    for (; behind < 3; behind++)
        frac *= 10;
    *out = (whole * 1000 + frac) * (minus ? -1 : 1);
    return true;
}

static bool listed(const struct json_list *l, const char *value)
{
    return str_index(l->p, l->n, value) >= 0;
}

bool maint_item_check(const struct maint_item *it, const char *value, bool *pass, struct why *why)
{
    int64_t e3 = 0;
    *pass = true;
    switch (it->kind) {
    case IK_NUMBER:
        if (!read_e3(value, &e3)) {
            *why = (struct why){"value", "须为数字,最多三位小数", "must be a number with at most three decimals"};
            return false;
        }
        *pass = !(it->has_min && e3 < it->min_e3) && !(it->has_max && e3 > it->max_e3);
        return true;
    case IK_CHOICE:
        if (!listed(&it->choices, value)) {
            *why = (struct why){"value", "不在选项之中", "not one of the choices"};
            return false;
        }
        *pass = !listed(&it->bad, value);
        return true;
    case IK_YES_NO:
        if (!str_eq(value, "yes") && !str_eq(value, "no")) {
            *why = (struct why){"value", "应为 yes 或 no", "yes or no"};
            return false;
        }
        *pass = str_eq(value, it->bad_yes ? "no" : "yes");
        return true;
    default:
        return true;
    }
}
