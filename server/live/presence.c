/* presence.c - who has a socket open on this node. Written by the loop, asked from the lanes. A table of open
 * addressing that is emptied slot by slot; with more accounts online than slots, the rest count as offline.
 * SPDX-License-Identifier: MIT */
#include "live/hub_int.h"
#include <pthread.h>

#define SLOTS 32768 /* power of two */

static struct {
    int64_t account_id;
    int sockets;
} table[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The account's slot, or a free one, or SLOTS when the table is full. Slots are never moved, only reused by others
 * once nobody sits in them, so a look-up goes on past empty ones that were used before. */
static size_t find(int64_t account_id, bool for_writing)
{
    size_t free_slot = SLOTS, i = (size_t)((uint64_t)account_id * UINT64_C(0x9E3779B97F4A7C15) >> 49);
    for (size_t n = 0; n < SLOTS; n++, i = (i + 1) & (SLOTS - 1)) {
        if (table[i].account_id == account_id)
            return i;
        if (!table[i].sockets && free_slot == SLOTS)
            free_slot = i;
        if (!table[i].account_id)
            break;
    }
    return for_writing ? free_slot : SLOTS;
}

bool presence_change(int64_t account_id, int by)
{
    pthread_mutex_lock(&lock);
    size_t i = find(account_id, true);
    bool turned = false;
    if (i < SLOTS) {
        bool was = table[i].account_id == account_id && table[i].sockets > 0;
        if (!was)
            table[i].sockets = 0;
        table[i].account_id = account_id;
        table[i].sockets += by;
        if (table[i].sockets < 0)
            table[i].sockets = 0;
        turned = was != (table[i].sockets > 0);
    }
    pthread_mutex_unlock(&lock);
    return turned;
}

bool hub_online(int64_t account_id)
{
    pthread_mutex_lock(&lock);
    size_t i = find(account_id, false);
    bool on = i < SLOTS && table[i].sockets > 0;
    pthread_mutex_unlock(&lock);
    return on;
}
