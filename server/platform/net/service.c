/* service.c - the lws callback: who may call what in which state. The guards are explained in
 * server/platform/net/README.md; each can be switched off by the tests, which show what happens then.
 * SPDX-License-Identifier: MIT */
#include "platform/net/net_int.h"

/* The only places where a transaction may begin or end. Anything else (lws ending one by itself after an unknown
 * Upgrade, for example, and then using freed memory) is vetoed. */
static int on_bind(struct conn *c)
{
    switch (c->st) {
    case S_NEW:
        c->st = S_IDLE;
        return 0;
    case S_HEAD:
    case S_UPGRADE:
        return 0;
    case S_DONE:
        conn_idle(c);
        return 0;
    case S_IDLE:
    case S_BODY:
    case S_WORK:
    case S_READY:
    case S_SEND:
    case S_LINGER:
    case S_WS:
        break;
    }
    return guard(GUARD_BIND) ? -1 : 0;
}

static int on_filter(struct conn *c)
{
    if (guard(GUARD_STATE) && c->st != S_IDLE && c->st != S_NEW)
        return -1;
    c->st = S_HEAD;
    return 0;
}

static int on_gone(struct conn *c)
{
    c->doomed = true; /* the wsi is about to be freed */
    lws_set_opaque_user_data(c->wsi, NULL);
    conn_free(c);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    switch ((int)reason) { /* those without a connection of ours */
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        return tls_setup(user);
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        loop_run_posts();
        return 0;
    case LWS_CALLBACK_HTTP_BIND_PROTOCOL:
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_RECEIVE_PONG:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_TIMER:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
        break;
    default:
        return 0;
    }
    struct conn *c = conn_of(wsi);
    if (!c)
        return 0;
    c->wsi = wsi;
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP_BIND_PROTOCOL:
        return on_bind(c);
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
        return on_filter(c);
    case LWS_CALLBACK_HTTP:
        return http_head(c);
    case LWS_CALLBACK_HTTP_BODY:
        return http_body(c, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return http_body_done(c);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return http_writeable(c);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return http_upgrade(c, in);
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT ends here */
    case LWS_CALLBACK_RAW_RX:
        return guard(GUARD_RAW) ? -1 : 0;
    case LWS_CALLBACK_WSI_DESTROY:
        return on_gone(c);
    case LWS_CALLBACK_CLOSED_HTTP:
        c->doomed = true;
        return 0;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        return 0;
    default:
        return ws_callback(wsi, c, (int)reason, in, len);
    }
}

/* The push protocol's buffer is allocated for every socket, hence small; bigger messages come in pieces. */
const struct lws_protocols net_protocols[] = {
    {.name = "http",               .callback = callback, .tx_packet_size = CHUNK_MAX},
    {.name = "push", .callback = callback, .rx_buffer_size = 512, .tx_packet_size = CHUNK_MAX},
    {.name = NULL              }
};
