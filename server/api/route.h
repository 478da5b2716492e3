/* route.h - an API route is one row: method, path, handler, lane, roles, scope, body limit, flags.
 *
 * Before the handler runs, and from the row alone: method and path (404/405), rate limits, body size and type,
 * session, role, must-change-password, Idempotency-Key. A row without roles does not build its table (RT checks).
 * Lanes: LOOP memory only; READ one read transaction; WRITE the handler is one transaction and may run twice;
 * SLOW may block and reaches the store by store_read()/store_write(). NOTIFY is a SLOW lane of its own for the payment
 * channels' notices: calls that hang must not make us late for them.
 * SPDX-License-Identifier: MIT */
#ifndef API_ROUTE_H
#define API_ROUTE_H
#include "base/json.h"
#include "platform/ctx.h"
#include "platform/net/http.h"

enum lane { LANE_LOOP, LANE_READ, LANE_WRITE, LANE_SLOW, LANE_NOTIFY, LANE_COUNT };
extern const char *const lane_name[LANE_COUNT];
/* What limits the rows a caller can reach; documentation and contract, enforced in the domain's WHEREs. */
enum scope { SCOPE_NONE, SCOPE_SELF, SCOPE_COMPANY, SCOPE_PROJECT, SCOPE_ROOM, SCOPE_ORDER, SCOPE_COUNT };
extern const char *const scope_name[SCOPE_COUNT];

#define ROLES_PUBLIC    (1u << 30) /* no session needed */
#define ROLES_LOGGED_IN (1u << 29) /* any account, also a resident without a room */
enum {
    RF_IDEMPOTENT = 1,  /* Idempotency-Key required; answer kept 24 h. WRITE lane only */
    RF_UPLOAD = 2,      /* body is spooled to a file */
    RF_PASSWORD_OK = 4, /* usable while the password must be changed */
    RF_STRICT = 8,      /* guesses secrets: 120 a minute by address, shared through Redis. SLOW lane only */
    RF_TEST = 16,       /* exists only with test_hooks, loopback only */
    RF_LOCAL = 32,      /* loopback or metrics token */
    RF_STEP_UP = 128,   /* gives power away or turns money: the person was proven within the last 15 minutes */
    RF_RAW = 64,        /* the body is whatever it is: no JSON, no media type */
};

struct request {
    const struct http_request *http;
    const char *arg[4]; /* {name} parts of the path, in order */
    int64_t if_match;   /* version from If-Match, 0 when absent */
};
struct response {
    int status; /* 200 */
    const char *type, *body;
    size_t len;
    int fd; /* file to send, -1 none */
    const char *header[6][2];
    size_t nheader;
};
typedef enum err handler(struct ctx *cx, const struct request *rq, struct response *rs);

struct route {
    enum http_method method;
    const char *path;
    handler *fn;
    enum lane lane;
    unsigned roles;
    enum scope scope;
    unsigned max_body;
    unsigned flags;
    const char *op; /* operationId in openapi.yaml */
};
struct route_set {
    const struct route *row;
    size_t n;
};

/* Every table of routes, one a file; their order is that of the contract. */
/* clang-format off */
#define ROUTE_SETS(X) \
    X(auth) X(second_factor) X(staff) X(estate) X(repair) X(dispatch) X(setup) X(file) X(system) \
    X(billing) X(payment) X(fee_kind) X(fee_meter) X(fee_request) X(billing_review) X(pay) X(refund) \
    X(recon) X(receipt) X(shift) X(room_code) X(report) X(export) X(invoice) X(code_pay) \
    X(import) X(audit) X(room) X(handover) X(parking) X(binding) X(owner) X(transfer) X(self) \
    X(org) X(roster) X(complaint) X(complaint_handle) X(notice) X(home) X(message) X(facility) \
    X(facility_code) X(maint_plan) X(maint_task) X(patrol) X(board) X(webhook) X(api_key)
/* clang-format on */
#define X(name) extern const struct route_set name##_routes;
ROUTE_SETS(X)
#undef X

size_t route_count(void);
const struct route *route_at(size_t i);
/* NULL: none; *allowed = bit set of methods the path knows (0: no such path). arg[] gets borrowed copies from a. */
const struct route *route_find(struct arena *a, enum http_method m, const char *path, const char *arg[4],
                               unsigned *allowed);

/* ---- for handlers ---- */
MUST_CHECK enum err body_decode(struct ctx *cx, const struct request *rq, const struct field *f, size_t n, void *out);
#define BODY(cx, rq, fields, out) body_decode(cx, rq, fields, COUNT(fields), out)
/* {"csv": the file's bytes as base64}: its encoding is the file's, not the request's. */
MUST_CHECK enum err body_csv(struct ctx *cx, const struct request *rq, const void **bytes, size_t *n);
MUST_CHECK enum err path_id(struct ctx *cx, const struct request *rq, int i, int64_t *id);
/* The version from If-Match; ERR_PRECONDITION without one. */
MUST_CHECK enum err need_version(const struct request *rq, int64_t *version);
MUST_CHECK enum err query_id(struct ctx *cx, const struct request *rq, const char *name, int64_t *id); /* 0: absent */
MUST_CHECK enum err query_i64(struct ctx *cx, const struct request *rq, const char *name, int64_t min, int64_t max,
                              int64_t dflt, int64_t *out);
MUST_CHECK enum err query_text(struct ctx *cx, const struct request *rq, const char *name,
                               const char **out); /* NULL: absent */
/* One of the n known words; NULL: absent. */
MUST_CHECK enum err query_word(struct ctx *cx, const struct request *rq, const char *name, const char *const *known,
                               size_t n, const char **out);
MUST_CHECK enum err query_day(struct ctx *cx, const struct request *rq, const char *name, int32_t dflt,
                              int32_t *out); /* yyyymmdd */
MUST_CHECK enum err query_time(struct ctx *cx, const struct request *rq, const char *name, int64_t dflt, int64_t *out);
/* ?from&to as times; by default the last 30 days. to is excluded. */
MUST_CHECK enum err query_span(struct ctx *cx, const struct request *rq, int64_t *from, int64_t *to);
/* "actions": what that actor may do to something in that state. */
struct fsm;
void kv_actions(struct jw *w, const struct fsm *m, unsigned state, unsigned actor);
/* "errors": what is wrong in the rows of a file. */
struct csv_error;
void kv_csv_errors(struct ctx *cx, struct jw *w, const struct csv_error *e, size_t n);
enum err reply_json(struct response *rs, int status, struct jw *w);
enum err reply_id(struct ctx *cx, struct response *rs, int status, int64_t id); /* {"id":"..."} */
void list_open(struct ctx *cx, struct jw *w);                                   /* {"items":[ */
enum err list_close(struct response *rs, struct jw *w, enum err e);             /* ]} ; e: how filling went */
/* The same of a span of time, ?from&to as query_span: {"from":...,"to":...,"items":[ */
MUST_CHECK enum err span_open(struct ctx *cx, const struct request *rq, struct jw *w, int64_t *from, int64_t *to);
/* A page of a list, newest first: ?before=ID&limit=1..100 in, {"items":[...],"next_before":ID or null} out. */
struct page {
    struct jw w;
    int64_t before, limit, n, last;
};
MUST_CHECK enum err page_open(struct ctx *cx, const struct request *rq, struct page *p);
void page_row(struct page *p, int64_t id);                            /* after each row written to p->w */
enum err page_close(struct response *rs, struct page *p, enum err e); /* e: how filling went */
enum err reply_empty(struct response *rs);                            /* 204 */
void reply_header(struct response *rs, const char *name, const char *value);
void reply_etag(struct ctx *cx, struct response *rs, int64_t version);
/* The whole of a handler that does fn to the {id} of the path, of the version in If-Match: 204. */
typedef enum err id_fn(struct ctx *cx, int64_t id);
typedef enum err version_fn(struct ctx *cx, int64_t id, int64_t version);
MUST_CHECK enum err do_by_id(struct ctx *cx, const struct request *rq, struct response *rs, id_fn *fn);
/* The same with one text of the body, as f describes it (off 0). */
typedef enum err text_fn(struct ctx *cx, int64_t id, const char *text);
MUST_CHECK enum err do_by_text(struct ctx *cx, const struct request *rq, struct response *rs, const struct field *f,
                               text_fn *fn);
MUST_CHECK enum err do_by_version(struct ctx *cx, const struct request *rq, struct response *rs, version_fn *fn);

#endif
