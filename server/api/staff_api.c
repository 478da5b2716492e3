/* staff_api.c - HTTP face of staff accounts and technicians. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/auth.h"
#include "domain/repair.h"
#include "live/hub.h"

static const struct field grant_fields[] = {FIELD_ENUM(struct grant, role, role_name),
                                            OPT_ID(struct grant, project_id)};

struct create_in {
    const char *login, *name, *phone, *email, *password;
    struct json_list grants;
};
static const struct field create_fields[] = {FIELD_RAW(struct create_in, login, 3, 40),
                                             FIELD_STR(struct create_in, name, 1, 40),
                                             OPT_RAW(struct create_in, phone, 11, 11),
                                             OPT_RAW(struct create_in, email, 3, 254),
                                             FIELD_RAW(struct create_in, password, 8, 128),
                                             FIELD_LIST(struct create_in, grants, grant_fields, struct grant, 1, 64)};

static enum err h_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct create_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, create_fields, &in);
    struct staff_in s = {in.login, in.name, in.phone, in.email, in.password, in.grants.p, in.grants.n};
    if (!e)
        e = staff_create(cx, &s, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static void one_staff(void *arg, const struct staff *s)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", s->id);
    kv_str(w, "login", s->login);
    kv_str(w, "name", s->name);
    kv_str(w, "phone", s->phone_hint);
    kv_str(w, "email", s->email_hint);
    kv_str(w, "state", s->state);
    kv_int(w, "version", s->version);
    kv_time(w, "created_at", s->created_at);
    kv_bool(w, "service", s->service);
    kv_bool(w, "second_factor", s->second_factor);
    jw_key(w, "grants");
    jw_arr(w);
    for (size_t i = 0; i < s->ngrants; i++) {
        jw_obj(w);
        kv_str(w, "role", role_name[s->grants[i].role]);
        kv_id(w, "project_id", s->grants[i].project_id);
        kv_bool(w, "position", s->grants[i].position);
        jw_end(w);
    }
    jw_arr_end(w);
    jw_end(w);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t after = 0, limit = 0;
    enum err e = query_id(cx, rq, "after", &after);
    if (!e)
        e = query_i64(cx, rq, "limit", 1, 100, 50, &limit);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, staff_list(cx, after, limit, one_staff, &w));
}

struct grants_in {
    struct json_list grants;
};
static const struct field grants_fields[] = {FIELD_LIST(struct grants_in, grants, grant_fields, struct grant, 0, 64)};

static enum err h_grants(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct grants_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e && !rq->if_match)
        e = ERR_PRECONDITION;
    if (!e)
        e = BODY(cx, rq, grants_fields, &in);
    if (!e)
        e = staff_set_grants(cx, id, rq->if_match, in.grants.p, in.grants.n);
    if (!e) /* whoever is no technician any more hands the jobs back */
        e = repair_release_technician(cx, id, true);
    return e ? e : reply_empty(rs);
}

static enum err h_reset(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const struct field password = {.key = "password", .type = F_RAW, .min = 8, .max = 128};
    return do_by_text(cx, rq, rs, &password, staff_reset_password);
}

static enum err set_state(struct ctx *cx, const struct request *rq, struct response *rs, bool active)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = staff_set_state(cx, id, active);
    if (!e && !active)
        e = repair_release_technician(cx, id, true);
    return e ? e : reply_empty(rs);
}

static enum err h_disable(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return set_state(cx, rq, rs, false);
}

static enum err h_enable(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return set_state(cx, rq, rs, true);
}

/* ---- technicians ---- */

static const struct field shift_fields[] = {OPT_ID(struct shift, project_id), FIELD_I64(struct shift, weekdays, 1, 127),
                                            FIELD_I64(struct shift, from_min, 0, 1439),
                                            FIELD_I64(struct shift, to_min, 1, 2880)};
struct tech_in {
    struct json_list skills, shifts;
    int64_t max_open;
};
static const struct field tech_fields[] = {OPT_STRS(struct tech_in, skills, 32),
                                           OPT_LIST(struct tech_in, shifts, shift_fields, struct shift, 32),
                                           FIELD_I64(struct tech_in, max_open, 1, 100)};

static enum err h_tech_save(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct tech_in in = {0};
    struct technician t = {0};
    enum err e = path_id(cx, rq, 0, &t.id);
    if (!e)
        e = BODY(cx, rq, tech_fields, &in);
    t.max_open = in.max_open;
    t.skills = in.skills.p;
    t.nskills = in.skills.n;
    t.shifts = in.shifts.p;
    t.nshifts = in.shifts.n;
    if (!e)
        e = technician_save(cx, &t);
    return e ? e : reply_empty(rs);
}

static void one_tech(void *arg, const struct technician *t)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", t->id);
    kv_str(w, "name", t->name);
    kv_bool(w, "on_duty", t->on_duty);
    kv_bool(w, "online", hub_online(t->id));
    kv_time(w, "duty_at", t->duty_at);
    kv_int(w, "max_open", t->max_open);
    kv_int(w, "open_jobs", t->open_jobs);
    jw_key(w, "skills");
    jw_arr(w);
    for (size_t i = 0; i < t->nskills; i++)
        jw_str(w, t->skills[i]);
    jw_arr_end(w);
    jw_key(w, "shifts");
    jw_arr(w);
    for (size_t i = 0; i < t->nshifts; i++) {
        jw_obj(w);
        kv_id(w, "project_id", t->shifts[i].project_id);
        kv_int(w, "weekdays", t->shifts[i].weekdays);
        kv_int(w, "from_min", t->shifts[i].from_min);
        kv_int(w, "to_min", t->shifts[i].to_min);
        jw_end(w);
    }
    jw_arr_end(w);
    jw_end(w);
}

static enum err h_techs(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, technician_list(cx, one_tech, &w));
}

struct duty_in {
    bool on;
};
static const struct field duty_fields[] = {FIELD_BOOL(struct duty_in, on)};

static enum err h_duty(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct duty_in in = {0};
    enum err e = BODY(cx, rq, duty_fields, &in);
    if (!e)
        e = technician_duty(cx, in.on);
    return e ? e : reply_empty(rs);
}

static enum err h_my_duty(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    struct technician t;
    (void)rq;
    enum err e = technician_get(cx, cx->who.id, &t);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    one_tech(&w, &t);
    return reply_json(rs, 200, &w);
}

#define WHO_ADMIN  ROLES_ADMIN
#define WHO_LEADER (ROLES_ADMIN | ROLE_MANAGER | ROLE_DISPATCHER)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/staff",               h_list,      LANE_READ,  ROLES_ADMIN | ROLE_MANAGER | ROLE_AUDITOR, SCOPE_COMPANY, 0, 0, "listStaff"},
    {M_POST, "/api/v1/staff",               h_create,    LANE_SLOW,  WHO_ADMIN,       SCOPE_COMPANY, 8192, RF_STEP_UP,              "createStaff"},
    {M_PUT,  "/api/v1/staff/{id}/grants",   h_grants,    LANE_WRITE, WHO_ADMIN,       SCOPE_COMPANY, 8192, RF_STEP_UP,              "setStaffGrants"},
    {M_POST, "/api/v1/staff/{id}/password", h_reset,     LANE_SLOW,  WHO_ADMIN,       SCOPE_COMPANY, 1024, RF_STEP_UP,              "resetStaffPassword"},
    {M_POST, "/api/v1/staff/{id}/disable",  h_disable,   LANE_WRITE, WHO_ADMIN,       SCOPE_COMPANY, 16,   0,             "disableStaff"},
    {M_POST, "/api/v1/staff/{id}/enable",   h_enable,    LANE_WRITE, WHO_ADMIN,       SCOPE_COMPANY, 16,   RF_STEP_UP,              "enableStaff"},
    {M_GET,  "/api/v1/technicians",         h_techs,     LANE_READ,  WHO_LEADER | ROLE_SERVICE, SCOPE_PROJECT, 0, 0,      "listTechnicians"},
    {M_PUT,  "/api/v1/technicians/{id}",    h_tech_save, LANE_WRITE, WHO_LEADER,      SCOPE_COMPANY, 8192, 0,             "saveTechnician"},
    {M_GET,  "/api/v1/duty",                h_my_duty,   LANE_READ,  ROLE_TECHNICIAN, SCOPE_SELF,    0,    0,             "getDuty"},
    {M_POST, "/api/v1/duty",                h_duty,      LANE_WRITE, ROLE_TECHNICIAN, SCOPE_SELF,    64,   0,             "setDuty"},
};
/* clang-format on */
const struct route_set staff_routes = {rows, COUNT(rows)};
