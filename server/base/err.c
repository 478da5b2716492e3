/* err.c - the error table. SPDX-License-Identifier: MIT */
#include "base/err.h"

static const struct row {
    int http;
    const char *wire, *zh, *en;
} rows[ERR_COUNT] = {
#define X(name, http, wire, zh, en) [name] = {http, wire, zh, en},
    ERR_LIST(X)
#undef X
};

int err_http(enum err e)
{
    return rows[e].http;
}

const char *err_wire(enum err e)
{
    return rows[e].wire;
}

const char *err_text(enum err e, int english)
{
    return english ? rows[e].en : rows[e].zh;
}
