/* fee_api.h - what the HTTP faces of billing share: who may do what, days. SPDX-License-Identifier: MIT */
#ifndef API_FEE_API_H
#define API_FEE_API_H
#include "api/route.h"
#include "domain/billing.h"

#define DAY(x)          ((int32_t)(x))
#define FIELD_DAY(t, m) FIELD_I64(t, m, 19000101, 99991231)
#define OPT_DAY(t, m)   OPT_I64(t, m, 19000101, 99991231)

#endif
