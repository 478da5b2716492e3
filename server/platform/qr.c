/* qr.c - see qr.h. SPDX-License-Identifier: MIT */
#include "platform/qr.h"
#include "base/text.h"
#include <cairo.h>
#include <qrencode.h>
#include <string.h>

bool qr_make(struct arena *a, const char *text, struct qr *out)
{
    size_t len = text ? strlen(text) : 0;
    if (!len || len > QR_TEXT_MAX)
        return false;
    QRcode *c = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!c)
        return false;
    size_t n = (size_t)c->width * (size_t)c->width;
    uint8_t *dark = arena_alloc(a, n);
    for (size_t i = 0; i < n; i++)
        dark[i] = c->data[i] & 1;
    *out = (struct qr){c->width, dark};
    QRcode_free(c);
    return true;
}

static cairo_status_t collect(void *out, const unsigned char *p, unsigned n)
{
    buf_add(out, p, n);
    return CAIRO_STATUS_SUCCESS;
}

const void *qr_png(struct arena *a, const char *text, int scale, size_t *n)
{
    struct qr q;
    struct buf b;
    if (scale < 1 || scale > 40 || !qr_make(a, text, &q))
        return NULL;
    int side = (q.side + 2 * QR_QUIET) * scale;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, side, side);
    cairo_t *c = cairo_create(s);
    cairo_set_source_rgb(c, 1, 1, 1);
    cairo_paint(c);
    cairo_set_source_rgb(c, 0, 0, 0);
    for (int y = 0; y < q.side; y++)
        for (int x = 0; x < q.side; x++)
            if (q.dark[y * q.side + x])
                cairo_rectangle(c, (x + QR_QUIET) * scale, (y + QR_QUIET) * scale, scale, scale);
    cairo_fill(c);
    cairo_destroy(c);
    buf_init(&b, a);
    bool good = cairo_surface_write_to_png_stream(s, collect, &b) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(s);
    *n = b.n;
    return good ? b.p : NULL;
}

const char *qr_svg(struct arena *a, const char *text)
{
    struct qr q;
    struct buf b;
    if (!qr_make(a, text, &q))
        return NULL;
    int side = q.side + 2 * QR_QUIET;
    buf_init(&b, a);
    buf_printf(&b,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
               "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
               side, side, side, side);
    for (int y = 0; y < q.side; y++)
        for (int x = 0; x < q.side; x++)
            if (q.dark[y * q.side + x])
                buf_printf(&b, "M%d %dh1v1h-1z", x + QR_QUIET, y + QR_QUIET);
    buf_str(&b, "\"/></svg>\n");
    return buf_cstr(&b);
}
