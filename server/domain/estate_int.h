/* estate_int.h - what the files of estate share. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ESTATE_INT_H
#define DOMAIN_ESTATE_INT_H
#include "domain/estate.h"
#include "domain/estate_history.h"
#include "platform/store/db.h"

#define CHANGED_ZH "数据已被他人修改,请刷新"
#define CHANGED_EN "changed meanwhile; reload it"

/* By the name's comparable form; made when there is none. ERR_STATE: closed. */
MUST_CHECK enum err building_of(struct ctx *cx, const char *name, int64_t *id);
MUST_CHECK enum err unit_of(struct ctx *cx, int64_t building, const char *name, int64_t *id);

#endif
