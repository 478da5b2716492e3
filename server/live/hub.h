/* hub.h - live push without gaps.
 *
 *   commit -> event_sink (any thread) -> loop -> topic -> subscriptions -> sockets
 *
 * A subscription is CATCHING (nothing is sent; a READ job checks the right and reads what was missed) or LIVE
 * (an event goes out if its number is the next one). A number that is too high, a change of rights, a hint from
 * another node: back to CATCHING. So nothing is skipped, nothing is sent twice, and nothing is sent to somebody
 * whose right is in doubt. Memory is bounded: while CATCHING no event is kept, the store has them.
 *
 * Wire protocol: schema/asyncapi.yaml. THREAD: loop, but the functions marked "any".
 * SPDX-License-Identifier: MIT */
#ifndef LIVE_HUB_H
#define LIVE_HUB_H
#include "platform/events.h"
#include "platform/net/ws.h"
#include "platform/store/store.h"

const struct ws_hooks *hub_hooks(struct store *s); /* once, before net_start() */
const struct event_sink *hub_sink(void);           /* for events_set_sink(); its functions: any thread */
void hub_bus_hint(const char *channel,
                  const char *text); /* from another node: "topic seq", "scope id", "session id sid" */
void hub_set_publisher(void (*publish)(const char *channel, const char *text)); /* to other nodes; NULL: none */
void hub_set_presence(void (*presence)(int64_t account_id, bool online));
bool hub_online(int64_t account_id); /* has a socket on this node; any thread */
void hub_drain(void);                /* no new hellos; the sockets are closed by net_drain() */

struct hub_stats {
    int64_t clients, topics, subscriptions, pushed, caught_up, gaps, resyncs;
};
void hub_stats(struct hub_stats *out); /* any */

#define HUB_CHANNEL "anju:live"

#endif
