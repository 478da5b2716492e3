/* maint_template.c - what the law and good practice ask for, as data: a plan is made of one in a minute and may be changed
 * afterwards. Cycles after TSG T5002 (lifts), GB 25201 (fire), GB 17051 (water tanks), GB/T 21431 (lightning).
 * SPDX-License-Identifier: MIT */
#include "domain/maint_int.h"

#define YES(t)                                                                                                         \
    {                                                                                                                  \
        .kind = IK_YES_NO, .text = t, .required = true                                                                 \
    }
#define NUMBER(t, unit, lo, hi)                                                                                        \
    {                                                                                                                  \
        .kind = IK_NUMBER, .text = t, .measure = unit, .min_e3 = lo, .max_e3 = hi, .has_min = true, .has_max = true,   \
        .required = true                                                                                               \
    }
#define PHOTO(t)                                                                                                       \
    {                                                                                                                  \
        .kind = IK_PHOTO, .text = t                                                                                    \
    }
#define SIGNED                                                                                                         \
    {                                                                                                                  \
        .kind = IK_SIGNATURE, .text = "使用单位安全管理员签字", .required = true                                       \
    }

static const struct maint_item lift_half_month[] = {
    YES("机房、滑轮间清洁,门窗完好,照明正常"),
    YES("手动紧急操作装置齐全,在指定位置"),
    YES("制动器各销轴转动灵活,间隙正常"),
    YES("轿厢内报警装置、对讲系统有效"),
    YES("轿门防撞击保护装置有效"),
    YES("层门地坎清洁,自动关门装置正常"),
    YES("底坑无渗水、积水,照明正常"),
    {.kind = IK_TEXT, .text = "备注"},
    SIGNED
};
static const struct maint_item lift_quarter[] = {
    YES("减速机润滑油油量适宜,无渗漏"),    YES("制动衬清洁,磨损量不超标"),
    YES("选层器动静触点无烧蚀"),           YES("曳引轮槽、悬挂装置清洁,张力均匀"),
    YES("限速器轮槽、限速器钢丝绳清洁"),   YES("靴衬、滚轮磨损量不超标"),
    YES("验证轿门关闭的电气安全装置有效"), SIGNED};
static const struct maint_item lift_half_year[] = {YES("电动机与减速机联轴器螺栓无松动"),
                                                   YES("曳引轮、导向轮轴承无异响"),
                                                   YES("制动器上检测开关有效"),
                                                   YES("控制柜内接线端子紧固,仪表显示正确"),
                                                   YES("井道、对重、轿顶各反绳轮无异响"),
                                                   YES("悬挂装置、补偿绳磨损与断丝不超标"),
                                                   YES("限速器钢丝绳张紧轮、电气安全装置正常"),
                                                   SIGNED};
static const struct maint_item lift_year[] = {YES("减速机润滑油按要求更换"),
                                              YES("控制柜接触器、继电器触点良好"),
                                              YES("制动器铁芯清洁润滑,磨损不超标"),
                                              YES("轿厢意外移动保护装置试验合格"),
                                              YES("限速器安全钳联动试验合格"),
                                              YES("上行超速保护装置动作试验合格"),
                                              YES("缓冲器固定可靠,复位正常"),
                                              PHOTO("试验记录照片"),
                                              SIGNED};
static const struct maint_item fire_daily[] = {YES("疏散通道、安全出口畅通"), YES("疏散指示标志、应急照明完好"),
                                               YES("消防车通道未被占用"), YES("常闭式防火门关闭"),
                                               YES("消防控制室有人值班,设备运行正常")};
static const struct maint_item fire_month[] = {NUMBER("灭火器压力", "MPa", 1000, 1400),
                                               NUMBER("最不利点消火栓静水压力", "MPa", 70, 1000),
                                               YES("消防水泵手动、自动启动正常"),
                                               YES("火灾探测器抽查报警正常"),
                                               YES("防火卷帘升降正常"),
                                               YES("应急广播播放正常"),
                                               PHOTO("检查照片")};
static const struct maint_item fire_year[] = {
    YES("火灾自动报警系统全面检测合格"),
    YES("自动喷水灭火系统全面检测合格"),
    YES("消火栓系统全面检测合格"),
    YES("防排烟系统全面检测合格"),
    YES("电气防火检测合格"),
    {.kind = IK_PHOTO, .text = "检测报告", .required = true}
};
static const struct maint_item water_tank[] = {
    YES("水箱清洗消毒完成"),
    YES("清洗人员健康证有效"),
    NUMBER("浑浊度", "NTU", 0, 1000),
    NUMBER("余氯", "mg/L", 50, 2000),
    {.kind = IK_PHOTO, .text = "水质检测报告", .required = true}
};
static const struct maint_item lightning[] = {
    NUMBER("接地电阻", "Ω", 0, 10000),
    YES("接闪器、引下线无锈蚀断裂"),
    YES("电涌保护器状态正常"),
    {.kind = IK_PHOTO, .text = "检测报告", .required = true}
};
static const struct maint_item power_month[] = {NUMBER("变压器温度", "℃", 0, 85000),
                                                NUMBER("电压", "V", 198000, 235400), YES("配电柜无异响、异味"),
                                                YES("绝缘工具在检验有效期内"), YES("挡鼠板、门窗完好")};
static const struct maint_item generator[] = {NUMBER("试运行时间", "min", 10000, 120000),
                                              NUMBER("机油压力", "MPa", 200, 700), YES("燃油储量充足"),
                                              YES("蓄电池电压正常")};
static const struct maint_item vessel[] = {YES("安全阀在校验有效期内"), YES("压力表在检定有效期内"),
                                           YES("无泄漏、变形、严重腐蚀"), PHOTO("铭牌与合格证照片")};
static const struct maint_item hvac[] = {YES("滤网清洗完成"), YES("冷凝水排放通畅"),
                                         NUMBER("出风温度", "℃", 5000, 45000)};

/* clang-format off */
#define ITEMS(v) v, COUNT(v)
static const struct maint_template templates[] = {
    {"lift_half_month", "电梯半月保养",       "lift",  "TSG T5002-2017:间隔不超过 15 日",    MK_DAILY,  MU_DAY,   15, true,  ITEMS(lift_half_month)},
    {"lift_quarter",    "电梯季度保养",       "lift",  "TSG T5002-2017",                          MK_MINOR,  MU_MONTH, 3,  true,  ITEMS(lift_quarter)},
    {"lift_half_year",  "电梯半年保养",       "lift",  "TSG T5002-2017",                          MK_MINOR,  MU_MONTH, 6,  true,  ITEMS(lift_half_year)},
    {"lift_year",       "电梯年度保养",       "lift",  "TSG T5002-2017;定期检验于到期前一个月申请", MK_ANNUAL, MU_YEAR,  1,  true,  ITEMS(lift_year)},
    {"fire_daily",      "消防每日防火巡查", "fire",  "消防法;公安部令第 61 号",              MK_DAILY,  MU_DAY,   1,  true,  ITEMS(fire_daily)},
    {"fire_month",      "消防月度检查",       "fire",  "GB 25201-2010",                           MK_MINOR,  MU_MONTH, 1,  true,  ITEMS(fire_month)},
    {"fire_year",       "消防年度检测",       "fire",  "消防法第十六条:每年至少一次全面检测", MK_ANNUAL, MU_YEAR,  1,  true,  ITEMS(fire_year)},
    {"water_tank",      "二次供水水箱清洗消毒", "water", "GB 17051-1997:每半年一次",        MK_MAJOR,  MU_MONTH, 6,  true,  ITEMS(water_tank)},
    {"lightning",       "防雷装置年检",       "power", "GB/T 21431;每年一次",                 MK_ANNUAL, MU_YEAR,  1,  true,  ITEMS(lightning)},
    {"pressure_vessel", "压力容器年度检查", "other", "TSG 21-2016",                             MK_ANNUAL, MU_YEAR,  1,  true,  ITEMS(vessel)},
    {"power_month",     "配电房月度保养",    "power", "",                                        MK_MINOR,  MU_MONTH, 1,  false, ITEMS(power_month)},
    {"generator_month", "发电机月度试机",    "power", "",                                        MK_MINOR,  MU_MONTH, 1,  false, ITEMS(generator)},
    {"hvac_quarter",    "空调季度保养",       "hvac",  "",                                        MK_MINOR,  MU_MONTH, 3,  false, ITEMS(hvac)},
};
/* clang-format on */

size_t maint_template_count(void)
{
    return COUNT(templates);
}

const struct maint_template *maint_template_at(size_t i)
{
    return &templates[i];
}

enum err maint_plan_from(struct ctx *cx, const char *code, struct maint_plan *p, int64_t *id)
{
    for (size_t i = 0; i < COUNT(templates); i++) {
        const struct maint_template *t = &templates[i];
        if (!str_eq(t->code, code))
            continue;
        p->name = str_empty(p->name) ? t->name : p->name;
        p->kind = t->kind;
        p->unit = t->unit;
        p->every_n = t->every_n;
        p->basis = MB_SCHEDULED;
        p->cycle = MC_CALENDAR;
        p->catch_up = CU_LATEST;
        p->statutory = t->statutory;
        p->law = t->law;
        p->items = maint_items_json(cx->arena, t->items, t->nitems);
        if (t->unit == MU_DAY && t->every_n == 1) /* a week of notice for what comes every day is noise */
            p->remind = "0";
        return maint_plan_add(cx, p, id);
    }
    return cx_fail(cx, ERR_NOT_FOUND, "code", "没有该模板", "no such template");
}
