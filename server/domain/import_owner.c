/* import_owner.c - importing owners with their rooms: one row is one person in one room. Rooms that are not there yet are
 * made; people are known by their phone, without one by their id number, else every row is somebody new.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/estate.h"
#include "domain/import_place.h"
#include "domain/owner.h"
#include "platform/store/db.h"
#include <stdlib.h>
#include <string.h>

enum {
    C_NAME = PLACE_COLUMNS,
    C_KIND,
    C_PHONE,
    C_PHONE2,
    C_EMAIL,
    C_IDNO,
    C_ROLE,
    C_SHARE,
    C_FROM,
    C_TO,
    C_PAYS,
    C_SOS_NAME,
    C_SOS_PHONE,
    C_NOTE,
    COLS
};
static const struct import_column columns[COLS] = {
    PLACE_COLUMN_LIST,
    [C_NAME] = {"name",            "姓名",             "Name",            true,  14, "个人姓名或公司名称"                  },
    [C_KIND] = {"kind",            "类型",             "Type",            false, 8,  "个人、公司"                              },
    [C_PHONE] = {"phone",           "手机号",          "Phone",           false, 14, "13812345678"                                  },
    [C_PHONE2] = {"phone2",          "备用电话",       "Other phone",     false, 14, ""                                             },
    [C_EMAIL] = {"email",           "电子邮箱",       "E-mail",          false, 22, ""                                             },
    [C_IDNO] = {"idno",            "证件号",          "Id number",       false, 20, ""                                             },
    [C_ROLE] = {"role",            "身份",             "Role",            false, 8,  "业主、共有人、家属、租户、员工"},
    [C_SHARE] = {"share",           "份额",             "Share",           false, 8,  "50% 或 1/2"                                  },
    [C_FROM] = {"from_day",        "起始日期",       "From",            false, 12, "2026-01-01,缺省为今天"                   },
    [C_TO] = {"to_day",          "到期日期",       "Until",           false, 12, "租户的合同到期日"                     },
    [C_PAYS] = {"pays",            "缴费人",          "Pays",            false, 8,  "是、否"                                    },
    [C_SOS_NAME] = {"emergency_name",  "紧急联系人",    "Emergency name",  false, 12, ""                                             },
    [C_SOS_PHONE] = {"emergency_phone", "紧急联系电话", "Emergency phone", false, 14, ""                                             },
    [C_NOTE] = {"note",            "备注",             "Note",            false, 24, ""                                             },
};

static const char *const kinds[][3] = {
    {"person",  "个人", "自然人"},
    {"company", "公司", "单位"   }
};
static const char *const roles[][3] = {
    {"owner",    "业主",    "产权人"   },
    {"co_owner", "共有人", "共有"      },
    {"family",   "家属",    "家庭成员"},
    {"tenant",   "租户",    "租客"      },
    {"staff",    "员工",    "公司员工"}
};

STMT(q_name, "import_owner.name", "SELECT name FROM party WHERE id = $1 AND company_id = $2");
STMT(
    q_shares, "import_owner.shares",
    "SELECT share_n, share_d, from_day, to_day FROM party_room WHERE room_id = $1 AND company_id = $2 AND share_n > 0");
STMT(q_attached, "import_owner.attached",
     "SELECT COUNT(*) FROM party_room WHERE room_id = $1 AND party_id = $2 AND role = $3 AND to_day >= $4");

/* ---- the row as values ---- */

struct parsed {
    struct place place;
    const char *phone, *phone2, *email, *idno, *sos_phone;
    int64_t share_n, share_d;
    int32_t from_day, to_day;
    int kind, role;
    bool pays;
};

static bool any_phone(const char *s)
{
    size_t digits = 0;
    if (phone_valid(s))
        return true;
    if (str_starts(s, "1") && strlen(s) == 11) /* a mobile number with a wrong prefix is no landline */
        return false;
    for (const char *p = s; *p; p++) {
        if (*p != '-' && !(*p >= '0' && *p <= '9'))
            return false;
        digits += *p != '-';
    }
    return digits >= 7 && digits <= 12;
}

static void parse_person(struct ctx *cx, const struct import_row *r, struct complaints *c, struct parsed *p)
{
    static const struct {
        int col, max;
    } lengths[] = {
        {C_NAME,     60 },
        {C_SOS_NAME, 60 },
        {C_NOTE,     500},
        {C_IDNO,     40 }
    };
    if (!*r->cell[C_NAME])
        complain(c, C_NAME, "姓名必填", "the name is required");
    for (size_t i = 0; i < COUNT(lengths); i++)
        if (utf8_len(r->cell[lengths[i].col]) > (size_t)lengths[i].max)
            complain(c, lengths[i].col, "内容过长", "too long");
    p->phone = cell_phone(cx->arena, r->cell[C_PHONE]);
    p->phone2 = cell_phone(cx->arena, r->cell[C_PHONE2]);
    p->sos_phone = cell_phone(cx->arena, r->cell[C_SOS_PHONE]);
    p->email = r->cell[C_EMAIL];
    p->idno = r->cell[C_IDNO];
    if (*p->phone && !any_phone(p->phone))
        complain(c, C_PHONE, "电话号码无效", "not a phone number");
    if (*p->phone2 && !any_phone(p->phone2))
        complain(c, C_PHONE2, "电话号码无效", "not a phone number");
    if (*p->phone2 && strcmp(p->phone, p->phone2) == 0)
        complain(c, C_PHONE2, "与手机号相同", "the same as the phone");
    if (*p->sos_phone && !any_phone(p->sos_phone))
        complain(c, C_SOS_PHONE, "电话号码无效", "not a phone number");
    if (*p->email && !email_valid(p->email))
        complain(c, C_EMAIL, "邮箱无效", "not an e-mail address");
    if (strpbrk(p->idno, "eE.") && strpbrk(p->idno, "+"))
        complain(c, C_IDNO, "证件号已被表格软件改成科学计数法,请设为文本",
                 "the spreadsheet has turned it into a number");
    cell_choose(c, r, C_KIND, kinds, COUNT(kinds), 0, &p->kind);
    cell_choose(c, r, C_ROLE, roles, COUNT(roles), 0, &p->role);
    if (!cell_share(r->cell[C_SHARE], &p->share_n, &p->share_d))
        complain(c, C_SHARE, "份额无效,如 50% 或 1/2", "not a share; 50% or 1/2");
    else if (p->share_n && p->role != ROLE_IS_OWNER && p->role != ROLE_IS_CO_OWNER)
        complain(c, C_SHARE, "只有产权人有份额", "only owners have shares");
    if (!cell_yes(r->cell[C_PAYS], &p->pays))
        complain(c, C_PAYS, "请填写 是 或 否", "yes or no");
    if (!cell_day(r->cell[C_FROM], &p->from_day))
        complain(c, C_FROM, "日期无效", "not a day");
    if (!cell_day(r->cell[C_TO], &p->to_day))
        complain(c, C_TO, "日期无效", "not a day");
    if (!p->from_day)
        p->from_day = clock_day(cx->now);
    if (p->to_day && p->to_day < p->from_day)
        complain(c, C_TO, "早于起始日期", "before it begins");
}

/* ---- what the store and the file's other rows say ---- */

static enum err find_person(struct ctx *cx, const struct parsed *p, int64_t *id)
{
    *id = 0;
    enum err e = *p->phone ? owner_find_by_phone(cx, p->phone, id) : OK;
    return e || *id || !*p->idno ? e : owner_find_by_idno(cx, p->idno, id);
}

/* Who a row means, within this file: phone, else id number, else the row itself. */
static const char *person_key(struct ctx *cx, const struct import_row *r, const struct parsed *p)
{
    if (*p->phone)
        return arena_printf(cx->arena, "phone|%s", p->phone);
    if (*p->idno)
        return arena_printf(cx->arena, "idno|%s", p->idno);
    return arena_printf(cx->arena, "row|%lld", (long long)r->n);
}

static int64_t text_number(const char *s)
{
    uint64_t h = 1469598103934665603u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return (int64_t)(h & INT64_MAX);
}

static enum err check_person(struct ctx *cx, struct import_run *run, const struct import_row *r, const struct parsed *p,
                             struct complaints *c, int64_t party)
{
    const char *name = NULL;
    int64_t n = text_number(r->cell[C_NAME]);
    bool was = false;
    if (party) {
        enum err e = db_text(cx, &q_name, ARGS(I64(party), I64(cx->who.company_id)), &name);
        if (e)
            return e;
        if (!str_eq(name, r->cell[C_NAME]))
            complain(c, *p->phone ? C_PHONE : C_IDNO, "已登记在另一姓名下", "registered under another name");
    } else if (seen_put(run->seen, arena_printf(cx->arena, "name|%s", person_key(cx, r, p)), n, &was) != n) {
        complain(c, C_NAME, "同一电话或证件号在文件中有不同姓名",
                 "the file has the phone or id number under another name");
    }
    return OK;
}

struct shares {
    struct owner_share v[64];
    size_t n;
};
struct room_shares { /* of the file's rows so far, by room */
    struct room_shares *next;
    struct owner_share s;
};

static enum err on_share(struct ctx *cx, const struct row *r, void *out)
{
    struct shares *s = out;
    (void)cx;
    if (s->n < COUNT(s->v))
        s->v[s->n++] =
            (struct owner_share){row_i64(r, 0), row_i64(r, 1), (int32_t)row_i64(r, 2), (int32_t)row_i64(r, 3)};
    return OK;
}

/* The file's shares of a room hang on its first row; in the transaction that applies, the store has them already. */
static enum err check_share(struct ctx *cx, struct import_run *run, const struct parsed *p, int64_t room,
                            struct complaints *c)
{
    struct shares all = {.n = 0};
    bool was = false;
    if (!p->share_n)
        return OK;
    enum err e = room ? db_each(cx, &q_shares, ARGS(I64(room), I64(cx->who.company_id)), on_share, &all) : OK;
    struct room_shares *mine = arena_alloc(run->arena, sizeof *mine);
    mine->s = (struct owner_share){p->share_n, p->share_d, p->from_day, p->to_day ? p->to_day : OWNER_FOREVER};
    int64_t head =
        seen_put(run->seen, arena_printf(cx->arena, "share|%s", p->place.norm), (int64_t)(intptr_t)mine, &was);
    struct room_shares *first = (struct room_shares *)(intptr_t)head;
    for (struct room_shares *s = was && !run->made ? first : NULL; s && all.n < COUNT(all.v); s = s->next)
        all.v[all.n++] = s->s;
    if (was && first) {
        mine->next = first->next;
        first->next = mine;
    }
    if (all.n < COUNT(all.v))
        all.v[all.n++] = mine->s;
    if (!e && !owner_shares_fit(all.v, all.n))
        complain(c, C_SHARE, "该房屋的份额之和超过 100%", "the room's shares add up to more than one");
    return e;
}

static void check_pair(struct ctx *cx, struct import_run *run, const struct import_row *r, const struct parsed *p,
                       struct complaints *c)
{
    bool was = false;
    int64_t first = seen_put(
        run->seen, arena_printf(cx->arena, "pair|%s|%s|%s", p->place.norm, person_key(cx, r, p), roles[p->role][0]),
        r->n, &was);
    if (was)
        complain(c, C_NAME, arena_printf(cx->arena, "与第 %lld 行重复", (long long)first),
                 arena_printf(cx->arena, "the same as row %lld", (long long)first));
}

static enum err parse(struct ctx *cx, const struct import_row *r, struct complaints *c, struct parsed *p)
{
    *p = (struct parsed){.share_d = 1};
    place_parse(cx, r, c, &p->place);
    parse_person(cx, r, c, p);
    return OK;
}

static enum err check(struct ctx *cx, struct import_run *run, const struct import_row *r, struct complaints *c)
{
    struct parsed p;
    int64_t room = 0, party = 0, attached = 0;
    enum err e = parse(cx, r, c, &p);
    if (e || c->n)
        return e;
    e = room_find(cx, p.place.norm, &room);
    if (!e)
        e = find_person(cx, &p, &party);
    if (!e)
        e = place_check(cx, run, &p.place, room, c);
    if (!e)
        e = check_person(cx, run, r, &p, c, party);
    if (!e && party && room)
        e = db_i64(cx, &q_attached, ARGS(I64(room), I64(party), TXT(roles[p.role][0]), I64(p.from_day)), &attached,
                   NULL);
    if (!e && attached)
        complain(c, C_ROOM, "该人已登记在此房屋", "this person is registered for the room");
    check_pair(cx, run, r, &p, c);
    return e ? e : check_share(cx, run, &p, room, c);
}

/* ---- making it ---- */

static enum err make_person(struct ctx *cx, struct import_run *run, const struct import_row *r, const struct parsed *p,
                            int64_t *party)
{
    struct owner_phone phones[2];
    size_t n = 0;
    enum err e = find_person(cx, p, party);
    if (e || *party)
        return e;
    if (*p->phone)
        phones[n++] = (struct owner_phone){.label = "", .phone = p->phone};
    if (*p->phone2)
        phones[n++] = (struct owner_phone){.label = "", .phone = p->phone2};
    const struct owner_in in = {.kind = p->kind,
                                .name = r->cell[C_NAME],
                                .phones = phones,
                                .nphones = n,
                                .email = *p->email ? p->email : NULL,
                                .idno = *p->idno ? p->idno : NULL,
                                .emergency_name = *r->cell[C_SOS_NAME] ? r->cell[C_SOS_NAME] : NULL,
                                .emergency_phone = *p->sos_phone ? p->sos_phone : NULL,
                                .note = r->cell[C_NOTE],
                                .quiet = true};
    e = owner_put(cx, &in, party);
    return e ? e : import_made(cx, run, "party", *party);
}

static enum err apply(struct ctx *cx, struct import_run *run, const struct import_row *r)
{
    struct complaints c = {.col = columns};
    struct parsed p;
    int64_t room = 0, party = 0, id = 0;
    jw_init(&c.w, cx->arena);
    enum err e = parse(cx, r, &c, &p);
    if (!e)
        e = place_make(cx, run, r, &p.place, &room);
    if (!e)
        e = make_person(cx, run, r, &p, &party);
    const struct owner_room_in in = {.party_id = party,
                                     .room_id = room,
                                     .role = p.role,
                                     .share_n = p.share_n,
                                     .share_d = p.share_d,
                                     .from_day = p.from_day,
                                     .to_day = p.to_day,
                                     .pays = p.pays,
                                     .quiet = true};
    if (!e)
        e = owner_room_attach(cx, &in, &id);
    return e ? e : import_made(cx, run, "party_room", id);
}

const struct import_source import_owner_source = {columns, COLS, check, apply, import_unmake, ROLES_SETS | ROLE_SERVICE,
                                                  false};
