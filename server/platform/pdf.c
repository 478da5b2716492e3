/* pdf.c - see pdf.h. SPDX-License-Identifier: MIT */
#include "platform/pdf.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/qr.h"
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdatomic.h>

#define MM   (72.0 / 25.4) /* points a millimetre */
#define FONT "WenQuanYi Micro Hei, Noto Sans CJK SC, sans-serif"

/* fontconfig links its cached patterns by offsets, which the leak checker cannot follow. */
#ifdef __SANITIZE_ADDRESS__
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

/* The libraries below are not built for the thread checker: it does not see their atomic operations. */
#ifdef __SANITIZE_THREAD__
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libfontconfig\nrace:libpango\nrace:libcairo\nrace:libglib\nrace:libharfbuzz\nrace:libfreetype\n";
}
#endif

struct pdf {
    struct arena *arena;
    struct buf out;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *fonts; /* of this document alone: a font map is for one thread */
    PangoContext *context;
    double width, height;
};

static cairo_status_t collect(void *out, const unsigned char *p, unsigned n)
{
    buf_add(out, p, n);
    return CAIRO_STATUS_SUCCESS;
}

static void drop(void *arg)
{
    struct pdf *p = arg;
    g_clear_object(&p->context);
    g_clear_object(&p->fonts);
    if (p->cairo)
        cairo_destroy(p->cairo);
    if (p->surface)
        cairo_surface_destroy(p->surface);
    p->cairo = NULL;
    p->surface = NULL;
}

struct pdf *pdf_new(struct arena *a, enum pdf_paper paper, const char *title)
{
    struct pdf *p = arena_alloc(a, sizeof *p);
    p->arena = a;
    p->width = 210;
    p->height = paper == PDF_A4 ? 297 : 148;
    buf_init(&p->out, a);
    p->surface = cairo_pdf_surface_create_for_stream(collect, &p->out, p->width * MM, p->height * MM);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "Anju");
    p->cairo = cairo_create(p->surface);
    p->fonts = pango_cairo_font_map_new();
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(p->fonts), 72);
    p->context = pango_font_map_create_context(p->fonts);
    pango_context_set_language(p->context, pango_language_from_string("zh-cn"));
    arena_defer(a, drop, p);
    return p;
}

static PangoLayout *layout(struct pdf *p, double size, bool bold, const char *text)
{
    static const PangoWeight weight[] = {PANGO_WEIGHT_NORMAL, PANGO_WEIGHT_BOLD};
    PangoLayout *l = pango_layout_new(p->context);
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, weight[bold]);
    pango_layout_set_font_description(l, font);
    pango_font_description_free(font);
    pango_layout_set_text(l, text ? text : "", -1);
    return l;
}

/* A document of little boxes is worth a word in the log, once. */
static void complain(PangoLayout *l)
{
    static _Atomic bool said;
    if (pango_layout_get_unknown_glyphs_count(l) > 0 && !atomic_exchange(&said, true))
        log_warn("pdf.no_font", L_S("hint", "install a Chinese font: fonts-wqy-microhei"));
}

double pdf_text(struct pdf *p, double x, double y, double w, struct pdf_style s, const char *text)
{
    static const PangoAlignment align[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT};
    PangoRectangle box;
    PangoLayout *l = layout(p, s.size, s.bold, text);
    pango_layout_set_alignment(l, align[s.align]);
    pango_layout_set_width(l, (int)(w * MM * PANGO_SCALE));
    if (s.wrap) {
        pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    } else {
        pango_layout_set_single_paragraph_mode(l, TRUE);
        pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
    }
    pango_layout_get_extents(l, NULL, &box);
    complain(l);
    cairo_set_source_rgb(p->cairo, 0, 0, 0);
    cairo_move_to(p->cairo, x * MM, y * MM);
    pango_cairo_show_layout(p->cairo, l);
    g_object_unref(l);
    return box.height / (PANGO_SCALE * MM);
}

void pdf_line(struct pdf *p, double x1, double y1, double x2, double y2)
{
    cairo_set_source_rgb(p->cairo, 0, 0, 0);
    cairo_set_line_width(p->cairo, 0.5);
    cairo_move_to(p->cairo, x1 * MM, y1 * MM);
    cairo_line_to(p->cairo, x2 * MM, y2 * MM);
    cairo_stroke(p->cairo);
}

void pdf_rect(struct pdf *p, double x, double y, double w, double h)
{
    cairo_set_source_rgb(p->cairo, 0, 0, 0);
    cairo_set_line_width(p->cairo, 0.5);
    cairo_rectangle(p->cairo, x * MM, y * MM, w * MM, h * MM);
    cairo_stroke(p->cairo);
}

bool pdf_qr(struct pdf *p, double x, double y, double side, const char *text)
{
    struct qr q;
    if (!qr_make(p->arena, text, &q))
        return false;
    double one = side * MM / (q.side + 2 * QR_QUIET);
    cairo_save(p->cairo);
    cairo_translate(p->cairo, x * MM, y * MM);
    cairo_scale(p->cairo, one, one);
    cairo_set_source_rgb(p->cairo, 0, 0, 0);
    for (int row = 0; row < q.side; row++)
        for (int from = 0, to; from < q.side; from = to) { /* a run of dark modules is one rectangle */
            for (to = from; to < q.side && q.dark[row * q.side + to]; to++)
                ;
            if (to > from)
                cairo_rectangle(p->cairo, from + QR_QUIET, row + QR_QUIET, to - from, 1);
            else
                to++;
        }
    cairo_fill(p->cairo);
    cairo_restore(p->cairo);
    return true;
}

void pdf_mark(struct pdf *p, const char *text)
{
    PangoRectangle box;
    PangoLayout *l = layout(p, 64, true, text);
    pango_layout_get_extents(l, NULL, &box);
    cairo_save(p->cairo);
    cairo_translate(p->cairo, p->width * MM / 2, p->height * MM / 2);
    cairo_rotate(p->cairo, -0.4);
    cairo_move_to(p->cairo, -box.width / (2.0 * PANGO_SCALE), -box.height / (2.0 * PANGO_SCALE));
    cairo_set_source_rgba(p->cairo, 0.8, 0.1, 0.1, 0.25);
    pango_cairo_show_layout(p->cairo, l);
    cairo_restore(p->cairo);
    g_object_unref(l);
}

void pdf_page(struct pdf *p)
{
    cairo_show_page(p->cairo);
}

const void *pdf_end(struct pdf *p, size_t *n)
{
    cairo_show_page(p->cairo);
    bool good = cairo_status(p->cairo) == CAIRO_STATUS_SUCCESS;
    cairo_surface_finish(p->surface);
    good = good && cairo_surface_status(p->surface) == CAIRO_STATUS_SUCCESS;
    *n = p->out.n;
    return good ? p->out.p : NULL;
}
